// What is posted: delivered once, in order, however long the receiver is away; what fails, and what is swept.

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <map>
#include <mutex>

#include "exchange/state.h"
#include "exchange/test_towns.h"

namespace musubi::exchange {
namespace {

class Outbox : public Towns {};

TEST_P(Outbox, APostIsDeliveredOnceHoweverOftenItIsSent) {
  int taken = 0, delivered = 0;
  std::string answered;
  at("aoba").serve("filing", [&](Incoming& incoming) -> Result<json::object> {
    json::object answer{{"number", "令和8-000001"}};
    auto written = data("aoba")->write([&](db::Transaction& tx) {
      return incoming.record(tx, {{"procedure", "move-out"}, {"outcome", "ok"}}, answer);
    });
    if (!written.ok()) return written.error();
    ++taken;
    EXPECT_EQ(incoming.person, "aoba-7");
    EXPECT_EQ(incoming.further, std::vector<std::string>{"aoba-8"});
    return answer;
  });
  at("portal").on_delivered(
      "filing", [&](db::Transaction&, const Outgoing&, const json::object& answer, std::string_view receipt) -> Result<void> {
        ++delivered;
        answered = std::string(answer.at("number").get_string());
        EXPECT_FALSE(receipt.empty());
        return {};
      });
  auto post = [&](const char* key) {
    return data("portal")->write([&](db::Transaction& tx) {
      return act_and_post(tx, at("portal"), {"aoba", "filing", "portal-7", {"portal-8"}, {{"form", 1}}, key});
    });
  };
  ASSERT_OK(post("basket-1/0"));
  ASSERT_OK(post("basket-1/0"));  // a double submission
  // The answer is lost on its way.
  world->transport.instead = [&](const std::string& from, const Member& to, const Message& message) -> Result<Carried> {
    auto carried = world->transport.local.carry(from, to, message, 1000);
    if (to.id == "aoba") return peer_slow(to.id, 1);
    return carried;
  };
  EXPECT_EQ(all->deliver_all(), 0u);
  EXPECT_EQ(taken, 1);
  EXPECT_EQ(delivered, 0);
  world->transport.instead = nullptr;
  EXPECT_EQ(all->deliver_all(), 0u) << "not due yet";
  reopen();
  at("portal").on_delivered("filing",
                            [&](db::Transaction&, const Outgoing&, const json::object& answer, std::string_view) -> Result<void> {
                              ++delivered;
                              answered = std::string(answer.at("number").get_string());
                              return {};
                            });
  at("aoba").serve("filing", [&](Incoming&) -> Result<json::object> {
    ADD_FAILURE() << "taken twice";
    return json::object();
  });
  clock.advance_us(1'000'000);
  EXPECT_EQ(all->deliver_all(), 1u);
  EXPECT_EQ(delivered, 1);
  EXPECT_EQ(answered, "令和8-000001") << "the first answer again";
  EXPECT_EQ(outcomes("aoba", "exchange.answered"), "filing:ok filing:repeated");
  EXPECT_EQ(outcomes("portal", "exchange.delivered"), "filing:ok");
  EXPECT_EQ(all->deliver_all(), 0u);
  auto left = read("portal", [](db::Reader& reader) { return outbox(reader); });
  ASSERT_EQ(left->size(), 1u);
  EXPECT_EQ((*left)[0].state, "delivered");
  expect_clean();
}

TEST_P(Outbox, APostWaitsForAReceiverThatIsDownForADayAndKeepsItsOrder) {
  std::vector<std::string> order;
  at("aoba").serve("filing", [&](Incoming& incoming) -> Result<json::object> {
    order.emplace_back(incoming.body.at("n").get_string());
    return json::object();
  });
  auto post = [&](const char* to, const char* n) {
    auto done = data("portal")->write([&](db::Transaction& tx) {
      return act_and_post(tx, at("portal"), {to, "filing", "", {}, {{"n", n}}, n});
    });
    EXPECT_TRUE(done.ok());
    clock.advance_us(1);
  };
  world->down = {"aoba"};
  post("aoba", "1");
  post("aoba", "2");
  for (int minute = 0; minute < 24 * 60; minute += 7) {
    EXPECT_EQ(all->deliver_all(), 0u);
    clock.advance_us(7LL * 60 * 1'000'000);
  }
  auto waiting = read("portal", [](db::Reader& reader) { return outbox(reader); });
  ASSERT_EQ(waiting->size(), 2u);
  EXPECT_NE((*waiting)[1].last_error.en.find("cannot be reached"), std::string::npos);
  world->down = {};
  post("aoba", "3");
  for (int i = 0; i < 3; ++i) {
    clock.advance_us(600'000'000);
    all->deliver_all();
  }
  EXPECT_EQ(order, (std::vector<std::string>{"1", "2", "3"}));
}

TEST_P(Outbox, TheBackgroundDeliversWhatWasPostedBeforeAndAfterItsStart) {
  std::promise<void> before, after;
  world->prepare = [&, offer = world->prepare](Exchange& exchange) {
    offer(exchange);
    exchange.serve("filing", [](Incoming&) -> Result<json::object> { return json::object(); });
    exchange.on_delivered("filing", [&](db::Transaction&, const Outgoing& out, const json::object&, std::string_view) -> Result<void> {
      (out.key == "1" ? before : after).set_value();
      return {};
    });
  };
  auto post = [&](const char* key) {
    return data("portal")->write([&](db::Transaction& tx) {
      return act_and_post(tx, at("portal"), {"aoba", "filing", "", {}, {}, key});
    });
  };
  ASSERT_OK(post("1"));
  reopen();  // the process ended: nothing but the outbox knows of the post
  all->start();
  EXPECT_EQ(before.get_future().wait_for(std::chrono::seconds(60)), std::future_status::ready);
  ASSERT_OK(post("2"));
  EXPECT_EQ(after.get_future().wait_for(std::chrono::seconds(60)), std::future_status::ready);
  all->stop();
}

TEST_P(Outbox, AReceiverThatDoesNotAnswerHoldsUpNobodyElse) {
  std::promise<void> arrived, held, release;
  auto released = release.get_future().share();
  world->prepare = [&, offer = world->prepare](Exchange& exchange) {
    offer(exchange);
    exchange.serve("filing", [&, self = exchange.organisation()](Incoming&) -> Result<json::object> {
      if (self == "minato") {
        held.set_value();
        released.wait_for(std::chrono::seconds(60));
      }
      return json::object();
    });
    exchange.on_delivered("filing", [&](db::Transaction&, const Outgoing& out, const json::object&, std::string_view) -> Result<void> {
      if (out.to == "aoba") arrived.set_value();
      return {};
    });
  };
  reopen();
  all->start();
  ASSERT_OK(data("portal")->write([&](db::Transaction& tx) {
    return act_and_post(tx, at("portal"), {"minato", "filing", "", {}, {}, "1"});
  }));
  ASSERT_EQ(held.get_future().wait_for(std::chrono::seconds(60)), std::future_status::ready);
  ASSERT_OK(data("linker")->write([&](db::Transaction& tx) {
    return enter_permits(tx, {permit("filing.linker", "linker", "aoba", "*", {"service:filing"})}, "operator");
  }));
  ASSERT_OK(data("aoba")->write([&](db::Transaction& tx) {
    return enter_permits(tx, {permit("filing.linker", "linker", "aoba", "*", {"service:filing"})}, "operator");
  }));
  ASSERT_OK(data("linker")->write([&](db::Transaction& tx) {
    return act_and_post(tx, at("linker"), {"aoba", "filing", "", {}, {}, "2"});
  }));
  EXPECT_EQ(arrived.get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready) << "while minato still thinks";
  release.set_value();
  all->stop();
}

TEST_P(Outbox, PostsAboutOnePersonGoInOrderAndThoseAboutOthersBesideThem) {
  std::mutex mutex;
  std::map<std::string, std::string> taken;
  std::promise<void> second;
  auto arrived = second.get_future().share();
  at("aoba").serve("filing", [&](Incoming& incoming) -> Result<json::object> {
    std::string n(incoming.body.at("n").get_string());
    if (n == "2") second.set_value();
    if (n == "1" && arrived.wait_for(std::chrono::seconds(60)) != std::future_status::ready)
      ADD_FAILURE() << "one person's post waits for another's";
    std::lock_guard lock(mutex);
    taken[incoming.person] += n;
    return json::object();
  });
  auto post = [&](const char* n, const char* person) {
    ASSERT_OK(data("portal")->write([&](db::Transaction& tx) {
      return act_and_post(tx, at("portal"), {"aoba", "filing", person, {}, {{"n", n}}, n});
    }));
    clock.advance_us(1);
  };
  post("0", "portal-6");  // goes alone: nobody knows yet whether the receiver is there
  post("1", "portal-7");
  post("2", "portal-8");
  for (const char* n : {"3", "4", "5"}) post(n, "portal-7");
  EXPECT_EQ(all->deliver_all(), 6u);
  EXPECT_EQ(taken, (std::map<std::string, std::string>{{"aoba-6", "0"}, {"aoba-7", "1345"}, {"aoba-8", "2"}}));
  expect_clean();
}

TEST_P(Outbox, WhoIsAwayIsAskedOnceInARound) {
  at("minato").serve("filing", [](Incoming&) -> Result<json::object> { return json::object(); });
  for (int n = 0; n < 12; ++n)
    for (const char* to : {"aoba", "minato"}) {
      std::string person = "portal-" + std::to_string(n);
      ASSERT_OK(data("portal")->write([&](db::Transaction& tx) {
        return act_and_post(tx, at("portal"), {to, "filing", person, {}, {}, to + person});
      }));
      clock.advance_us(1);
    }
  std::atomic<int> asked{0};
  world->transport.instead = [&](const std::string& from, const Member& to, const Message& message) -> Result<Carried> {
    if (to.id != "aoba") return world->transport.local.carry(from, to, message, 60'000);
    ++asked;
    return peer_down(to.id, "no route");
  };
  EXPECT_EQ(all->deliver_all(), 12u) << "all for the other town";
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(all->deliver_all(), 0u);
  EXPECT_EQ(asked, 1) << "the others wait behind it";
}

TEST_P(Outbox, ARefusedPostFailsOnceAndSaysWhy) {
  at("aoba").serve("bad", [](Incoming&) -> Result<json::object> {
    return Error{Code::kInvalid,
                 "records.bad_form",
                 {"様式に誤りがあります。", "The form has faults."},
                 {{"/name", {"要ります。", "Needed."}}}};
  });
  std::string why;
  at("portal").on_delivered("bad", {}, [&](db::Transaction&, const Outgoing&, const Error& error) -> Result<void> {
    why = error.name + " " + error.faults.at(0).where;
    return {};
  });
  ASSERT_OK(data("portal")->write([&](db::Transaction& tx) {
    return act_and_post(tx, at("portal"), {"aoba", "bad", "", {}, {}, "k"});
  }));
  EXPECT_EQ(all->deliver_all(), 0u);
  EXPECT_EQ(why, "records.bad_form /name");
  EXPECT_EQ(outcomes("aoba", "exchange.answered"), "bad:refused");
  EXPECT_EQ(outcomes("portal", "exchange.delivered"), "bad:refused");
  EXPECT_ERROR(data("portal")->write([&](db::Transaction& tx) {
    return act_and_post(tx, at("portal"), {"nowhere", "bad", "", {}, {}, "k2"});
  }),
               "exchange.unknown_member");
}

TEST_P(Outbox, OneMessageThatFailsForEverHoldsUpTheOthersForADayOnly) {
  std::vector<std::string> taken;
  at("aoba").serve("filing", [&](Incoming& incoming) -> Result<json::object> {
    std::string n(incoming.body.at("n").get_string());
    if (n == "1")
      return Error{
          Code::kIo, "file.unreadable", {"/srv/musubi/aoba/keys を読めません。", "/srv/musubi/aoba/keys cannot be read."}, {}};
    taken.push_back(n);
    return json::object();
  });
  for (const char* n : {"1", "2"}) {
    ASSERT_OK(data("portal")->write([&](db::Transaction& tx) {
      return act_and_post(tx, at("portal"), {"aoba", "filing", "", {}, {{"n", n}}, n});
    }));
    clock.advance_us(1);
  }
  for (int hour = 0; hour < 23; ++hour) {
    all->deliver_all();
    clock.advance_us(3600LL * 1'000'000);
  }
  EXPECT_TRUE(taken.empty()) << "in order, while it may yet succeed";
  auto waiting = read("portal", [](db::Reader& reader) { return outbox(reader); });
  EXPECT_EQ((*waiting)[1].last_error.en.find("/srv"), std::string::npos) << "what is inside another organisation stays there";
  for (int hour = 0; hour < 3; ++hour) {
    clock.advance_us(3600LL * 1'000'000);
    all->deliver_all();
  }
  EXPECT_EQ(taken, std::vector<std::string>{"2"});
}

TEST_P(Outbox, ADeliveryThatItsOwnerCannotTakeIsNotRepeatedAtOnce) {
  at("aoba").serve("filing", [](Incoming&) -> Result<json::object> { return json::object(); });
  int asked_owner = 0;
  at("portal").on_delivered("filing", [&](db::Transaction&, const Outgoing&, const json::object&, std::string_view) -> Result<void> {
    return ++asked_owner < 3 ? Result<void>(Error{Code::kConflict, "test.busy", {"後で", "later"}, {}}) : Result<void>();
  });
  ASSERT_OK(data("portal")->write([&](db::Transaction& tx) {
    return act_and_post(tx, at("portal"), {"aoba", "filing", "", {}, {}, "k"});
  }));
  for (int i = 0; i < 10; ++i) all->deliver_all();
  EXPECT_EQ(asked_owner, 1) << "once, and then not before a second has passed";
  clock.advance_us(1'000'000);
  all->deliver_all();
  clock.advance_us(1'000'000);
  EXPECT_EQ(all->deliver_all(), 0u) << "two seconds now";
  clock.advance_us(1'000'000);
  EXPECT_EQ(all->deliver_all(), 1u);
  EXPECT_EQ(asked_owner, 3);
  EXPECT_EQ(read("portal", [](db::Reader& reader) { return outbox(reader); })->at(0).state, "delivered");
}

TEST_P(Outbox, OldGuardsAndDonePostsGo) {
  at("aoba").serve("filing", [&](Incoming& incoming) -> Result<json::object> {
    auto done = data("aoba")->write([&](db::Transaction& tx) { return incoming.record(tx, {{"outcome", "ok"}}, {}); });
    return done.ok() ? Result<json::object>(json::object()) : Result<json::object>(done.error());
  });
  auto post = [&](int n) {
    ASSERT_OK(data("portal")->write([&](db::Transaction& tx) {
      return act_and_post(tx, at("portal"), {"aoba", "filing", "portal-7", {}, {}, "key-" + std::to_string(n)});
    }));
    ASSERT_EQ(all->deliver_all(), 1u);
  };
  auto count = [&](const char* id, const char* table) {
    return read(id, [&](db::Reader& reader) { return reader.query(std::string("SELECT count(*) FROM ") + table); })
        .value()[0]
        .integer(0);
  };
  auto let_pass = [&](int days) {
    clock.advance_us(days * 24LL * 3600 * 1'000'000);
    for (const char* id : {"aoba", "portal"}) at(id).state().recorded = 0;  // every 256th record sweeps
    ASSERT_EQ(asked(question()), "ok");
  };
  for (int n = 0; n < 5; ++n) post(n);
  let_pass(30);
  EXPECT_EQ(count("aoba", "exchange_taken"), 5) << "a sender may still repeat them";
  let_pass(11);
  EXPECT_EQ(count("aoba", "exchange_taken"), 0);
  EXPECT_EQ(count("portal", "exchange_outbox"), 5) << "an officer may still look at them";
  let_pass(50);
  EXPECT_EQ(count("portal", "exchange_outbox"), 0);
  // Refusals alone sweep too: whoever asks without a permit fills nothing.
  clock.advance_us(24LL * 3600 * 1'000'000);
  ASSERT_OK(data("aoba")->write([](db::Transaction& tx) { return withdraw_permit(tx, "portal.town", "operator"); }));
  at("aoba").state().recorded = 0;
  ASSERT_EQ(asked(question()), "exchange.not_permitted");
  EXPECT_EQ(count("aoba", "exchange_used"), 1);
  expect_clean();
}

TEST_P(Outbox, WhatIsErasedBeforeItWasSentLeavesNeitherTheHouseNorATrace) {
  int taken = 0;
  at("aoba").serve("filing", [&](Incoming& in) -> Result<json::object> {
    ++taken;
    TRY(data("aoba")->write([&](db::Transaction& tx) { return in.record(tx, {{"outcome", "ok"}}, json::object{}); }));
    return json::object{};
  });
  auto post = [&](const char* key, const char* reference) {
    return data("portal")->write([&](db::Transaction& tx) {
      return act_and_post(tx, at("portal"),
                          {"aoba", "filing", "portal-7", {}, {{"reference", reference}, {"name", "花子"}}, key, reference});
    });
  };
  ASSERT_OK(post("filing/abc", "abc"));
  ASSERT_OK(post("withdraw/xyz", "abc"));
  ASSERT_OK(post("filing/def", "def"));
  std::vector<std::string> told;
  auto tell = [&](db::Transaction&, const Outgoing& out, const Error& why) -> Result<void> {
    told.push_back(out.service + " " + out.key + " " + why.name + " " + std::string(out.body.at("reference").as_string()));
    return {};
  };
  EXPECT_EQ(data("portal")->write([&](db::Transaction& tx) { return drop_waiting(tx, "abc", tell); }).value(), 2u);
  std::sort(told.begin(), told.end());
  EXPECT_EQ(told, (std::vector<std::string>{"filing filing/abc exchange.erased abc", "filing withdraw/xyz exchange.erased abc"}));
  auto gone = read("portal", [](db::Reader& reader) { return evidence::read_records(reader, 0, 100, "exchange.delivered"); }).value();
  ASSERT_EQ(gone.size(), 2u) << "each is on record";
  EXPECT_NE(gone[0].head.find("\"outcome\":\"erased\""), std::string::npos);
  EXPECT_FALSE(gone[0].had_body());
  EXPECT_EQ(data("portal")->write([&](db::Transaction& tx) { return drop_waiting(tx, ""); }).value(), 0u)
      << "what names nothing is about nothing";
  auto left = read("portal", [](db::Reader& reader) {
                return reader.query("SELECT count(*) FROM exchange_outbox WHERE body LIKE '%花子%' OR person <> ''");
              }).value();
  EXPECT_EQ(left[0].integer(0), 1) << "the other one's";
  EXPECT_EQ(all->deliver_all(), 1u);
  EXPECT_EQ(taken, 1);
  auto posts = read("portal", [](db::Reader& reader) { return outbox(reader); }).value();
  std::size_t said = 0;
  for (const auto& one : posts) said += one.state == "failed" && one.last_error.en.find("erased") != std::string::npos;
  EXPECT_EQ(said, 2u);
  EXPECT_EQ(data("portal")->write([&](db::Transaction& tx) { return drop_waiting(tx, "abc"); }).value(), 0u);
}

TEST_P(Outbox, TheOutboxHasALimit) {
  world->down = {"aoba"};
  at("portal").state().options.outbox_at_most = 3;
  auto post = [&](int n) {
    return data("portal")->write([&](db::Transaction& tx) {
      return act_and_post(tx, at("portal"), {"aoba", "filing", "", {}, {}, std::to_string(n)});
    });
  };
  for (int n = 0; n < 3; ++n) ASSERT_OK(post(n));
  EXPECT_ERROR(post(3), "exchange.outbox_full");
}

INSTANTIATE_TEST_SUITE_P(Both, Outbox, ::testing::ValuesIn(testing::back_ends()), testing::back_end_name);

}  // namespace
}  // namespace musubi::exchange
