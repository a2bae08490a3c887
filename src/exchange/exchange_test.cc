#include "exchange/exchange.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>

#include "base/file.h"
#include "crypto/jose.h"
#include "evidence/receipt.h"
#include "evidence/verify.h"
#include "exchange/rules.h"
#include "exchange/signature.h"
#include "exchange/state.h"
#include "exchange/test_world.h"
#include "exchange/token.h"
#include "support/store_fixture.h"

namespace musubi::exchange {
namespace {

class Towns : public testing::StoreTest {
 protected:
  void SetUp() override {
    testing::StoreTest::SetUp();
    if (HasFatalFailure()) return;
    world = std::make_unique<TestWorld>(folder.path() + "/keys", clock);
    reopen();
    if (HasFatalFailure()) return;
    world->found(*store);
  }
  void TearDown() override {
    all.reset();
    testing::StoreTest::TearDown();
  }
  void reopen() {
    all.reset();
    store.reset();
    auto with = options(TestWorld::schema());
    world->listen(with);
    open(std::move(with));
    if (HasFatalFailure()) return;
    all = world->exchanges(*store);
  }
  Exchange& at(const std::string& id) { return **all->of(id); }
  std::shared_ptr<db::Database> data(const std::string& id) { return store->organisation(id).value(); }
  template <class F>
  auto read(const std::string& id, F&& act) { return data(id)->read(std::forward<F>(act)); }

  Question question(std::vector<std::string> items = {"person.name"}) { return {"aoba", "moving", "basket-1", "portal-7", std::move(items), "resident"}; }
  std::string asked(Question wanted) {
    auto answer = at("portal").ask(wanted);
    return answer.ok() ? "ok" : answer.error().name;
  }
  // "outcome outcome ..." of the heads of one type, oldest first.
  std::string outcomes(const std::string& id, const char* type) {
    std::string out;
    auto records = read(id, [&](db::Reader& reader) { return evidence::read_records(reader, 0, 1000, type); }).value();
    for (const auto& record : records) {
      auto facts = parse_json(record.head)->at("facts");
      out += (out.empty() ? "" : " ") + std::string(facts.at("service").get_string()) + ":" + std::string(facts.at("outcome").get_string());
    }
    return out;
  }
  void expect_clean() {
    for (const char* id : TestWorld::kAll) {
      auto report = evidence::verify(*data(id), {});
      ASSERT_OK(report);
      for (const auto& finding : report->findings) ADD_FAILURE() << id << " " << finding.kind << " " << finding.where << ": " << finding.message.en;
    }
  }

  ManualClock clock{Time{1'800'000'000'000'000}};  // 2027-01-15
  std::unique_ptr<TestWorld> world;
  std::unique_ptr<Exchanges> all;
};

TEST_P(Towns, AQuestionIsAnsweredAndRecordedOnBothSides) {
  auto answer = at("portal").ask(question({"person.name", "person.household"}));
  ASSERT_OK(answer);
  EXPECT_EQ(answer->items.at("person.name"), "結 花子 (aoba-7)");
  ASSERT_EQ(answer->further.size(), 1u);
  EXPECT_EQ(answer->further[0].index, "/person.household/0");
  EXPECT_EQ(answer->further[0].person, "portal-71") << "the asker's own code, through the linker";
  EXPECT_EQ(answer->legal_basis.en, "Number Act (fictional), Article 19");
  EXPECT_EQ(outcomes("portal", "exchange.asked"), "query:ok");
  EXPECT_EQ(outcomes("aoba", "exchange.answered"), "query:ok");
  EXPECT_EQ(outcomes("linker", "exchange.answered"), "link.token:ok link.token:ok");
  // The other side's receipt holds against its published key.
  auto receipt = evidence::parse_receipt(answer->peer_receipt);
  ASSERT_OK(receipt);
  std::vector<crypto::NoteVerifier> trusted = {crypto::NoteVerifier::parse(world->member("aoba").log_keys[0]).value()};
  auto verdict = evidence::verify_receipt(*receipt, trusted);
  ASSERT_OK(verdict);
  EXPECT_EQ(verdict->index, answer->peer_record);
  // Everybody concerned finds it, on both sides.
  for (auto [id, person] : {std::pair("portal", "portal-7"), {"portal", "portal-71"}, {"aoba", "aoba-7"}, {"aoba", "aoba-71"}}) {
    auto reads = read(id, [&](db::Reader& reader) { return reads_of(reader, person); });
    ASSERT_OK(reads);
    ASSERT_EQ(reads->size(), 1u) << person;
    EXPECT_EQ((*reads)[0].reference, "basket-1");
    EXPECT_EQ((*reads)[0].items.size(), 2u);
  }
  expect_clean();
}

TEST_P(Towns, WhatNoPermitNamesIsRefusedWithTheMissingLine) {
  auto refused = at("portal").ask(question({"person.name", "person.sex"}));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().name, "exchange.not_permitted");
  ASSERT_EQ(refused.error().faults.size(), 1u);
  EXPECT_EQ(refused.error().faults[0].where, "person.sex");
  EXPECT_NE(refused.error().faults[0].message.en.find("portal.town"), std::string::npos) << refused.error().faults[0].message.en;
  EXPECT_TRUE(world->transport.sent.empty()) << "nothing leaves";
  Question other = question();
  other.procedure = "pension";
  EXPECT_EQ(asked(other), "exchange.not_permitted");
  clock.set(parse_rfc3339("2025-12-31T00:00:00Z").value());
  EXPECT_EQ(asked(question()), "exchange.not_permitted") << "before the first day";
  clock.set(Time{1'800'000'000'000'000});
  // The answering side decides by its own table.
  ASSERT_OK(data("aoba")->write([](db::Transaction& tx) { return withdraw_permit(tx, "portal.town", "operator"); }));
  auto there = at("portal").ask(question());
  ASSERT_FALSE(there.ok());
  EXPECT_EQ(there.error().name, "exchange.not_permitted");
  EXPECT_EQ(outcomes("aoba", "exchange.answered"), "query:not_permitted");
  EXPECT_EQ(outcomes("portal", "exchange.asked"), "query:not_permitted query:not_permitted query:not_permitted query:not_permitted");
  EXPECT_TRUE(read("aoba", [](db::Reader& reader) { return reads_of(reader, "aoba-7"); })->empty());
  expect_clean();
}

TEST_P(Towns, StrangersAreRefused) {
  Question unknown = question();
  unknown.answering = "nowhere";
  EXPECT_EQ(asked(unknown), "exchange.unknown_member");
  ASSERT_OK(data("aoba")->write([](db::Transaction& tx) { return remove_member(tx, "portal", "operator"); }));
  EXPECT_EQ(asked(question()), "exchange.unknown_member");
  EXPECT_EQ(outcomes("aoba", "exchange.answered"), "") << "a stranger cannot fill the log";
  EXPECT_ERROR(data("aoba")->write([](db::Transaction& tx) { return remove_member(tx, "portal", "operator"); }), "exchange.unknown_member");
}

TEST_P(Towns, ADeliveredMessageIsTakenOnceAlsoAfterReopening) {
  ASSERT_EQ(asked(question()), "ok");
  Message message = world->transport.sent.back().second;
  ASSERT_EQ(world->transport.sent.back().first, "aoba");
  auto again = [&] { return at("aoba").receive(message, world->keys.at("portal")->message); };
  Reply reply = again();
  EXPECT_EQ(reply.status, 409);
  EXPECT_NE(reply.body.find("exchange.replayed"), std::string::npos);
  reopen();
  EXPECT_EQ(again().status, 409);
  clock.advance_us(121'000'000);
  EXPECT_EQ(again().status, 422);
  EXPECT_NE(again().body.find("exchange.clock_skew"), std::string::npos);
  clock.advance_us(600'000'000);
  for (int i = 0; i < 300; ++i) ASSERT_EQ(asked(question()), "ok");  // old nonces are swept meanwhile
  EXPECT_NE(again().status, 200);
  auto kept = read("aoba", [](db::Reader& reader) { return reader.query("SELECT count(*) FROM exchange_used"); });
  EXPECT_LT((*kept)[0].integer(0), 700);
}

TEST_P(Towns, TokensAreGoodOnceAndForOneOrganisation) {
  ASSERT_EQ(asked(question()), "ok");
  auto token = std::string(parse_json(world->transport.sent.back().second.body)->at("person").get_string());
  // A new, rightly signed question with the same token.
  auto send = [&](const std::string& to, const std::string& sealed, const std::string& from = "portal") {
    json::object body{{"procedure", "moving"}, {"items", json::array{"person.name"}}, {"person", sealed}};
    Message message{"POST", trust::message_host(to), "/exchange/query", {}, json::serialize(body)};
    message.headers.set("Content-Type", "application/json");
    EXPECT_TRUE(sign_question(message, *world->keys.at(from)->message_key, from, std::to_string(clock.now().us) + "-nonce", clock.now()).ok());
    clock.advance_us(1);
    Reply reply = at(to).receive(message, world->keys.at(from)->message);
    auto parsed = parse_json(reply.body)->get_object();
    return parsed.contains("error") ? std::string(parsed.at("error").at("name").get_string()) + ": " + std::string(parsed.at("error").at("en").get_string()) : std::string("ok");
  };
  EXPECT_NE(send("aoba", token).find("used before"), std::string::npos) << send("aoba", token);
  EXPECT_NE(send("minato", token).find("not sealed to this"), std::string::npos);
  EXPECT_NE(send("aoba", "rubbish").find("exchange.bad_token"), std::string::npos);
  const auto& linker = *world->keys.at("linker");
  auto made = [&](const Token& each, const trust::OrganisationKeys& by) {
    return make_token(each, *by.message_key, by.message, world->keys.at("aoba")->seal_key->public_key()).value();
  };
  Time soon{clock.now().us + kTokenLife_us};
  EXPECT_EQ(send("aoba", made({"aoba-7", "aoba", "portal", "n1", soon}, linker)), "ok");
  EXPECT_NE(send("aoba", made({"aoba-7", "minato", "portal", "n2", soon}, linker)).find("for another"), std::string::npos);
  EXPECT_NE(send("aoba", made({"aoba-7", "aoba", "minato", "n3", soon}, linker)).find("given to another"), std::string::npos);
  EXPECT_NE(send("aoba", made({"aoba-7", "aoba", "portal", "n4", Time{clock.now().us - 61'000'000}}, linker)).find("expired"), std::string::npos);
  EXPECT_NE(send("aoba", made({"aoba-7", "aoba", "portal", "n5", Time{clock.now().us + 300'000'000}}, linker)).find("expired"), std::string::npos);
  EXPECT_NE(send("aoba", made({"aoba-7", "aoba", "portal", "n6", soon}, *world->keys.at("portal"))).find("not signed by the linker"), std::string::npos)
      << "whoever has the seal key can seal, but not sign";
  expect_clean();
}

TEST_P(Towns, APeerThatLiesIsNotBelieved) {
  auto& transport = world->transport;
  Reply earlier;
  ASSERT_EQ(asked(question()), "ok");
  earlier = transport.replies.back();
  using Change = std::function<void(Carried&)>;
  const Change changes[] = {
      [](Carried& c) { c.reply.body += " "; },
      [](Carried& c) { c.reply.status = 404; },
      [](Carried& c) { c.reply.headers.remove("Signature"); },
      [&](Carried& c) { c.reply = earlier; },  // a genuine answer, to another question
      [&](Carried& c) { c.peer = world->keys.at("minato")->message; },
      [&](Carried& c) { c.peer = world->keys.at("aoba")->root; },
      [](Carried& c) { c.reply = Reply{}; },
  };
  for (std::size_t i = 0; i < std::size(changes); ++i) {
    transport.instead = [&, i](const std::string& from, const Member& to, const Message& message) -> Result<Carried> {
      auto carried = transport.local.carry(from, to, message, 1000);
      if (carried.ok() && to.id == "aoba") changes[i](*carried);
      return carried;
    };
    EXPECT_EQ(asked(question()), "exchange.peer_lied") << i;
  }
  // Signed by the right key in another's name.
  transport.instead = [&](const std::string& from, const Member& to, const Message& message) -> Result<Carried> {
    auto carried = transport.local.carry(from, to, message, 1000);
    if (to.id == "aoba" && !sign_answer(carried->reply, message, *world->keys.at("aoba")->message_key, "minato", clock.now()).ok()) ADD_FAILURE();
    return carried;
  };
  EXPECT_EQ(asked(question()), "exchange.peer_lied");
  transport.instead = nullptr;
  EXPECT_EQ(asked(question()), "ok");
}

TEST_P(Towns, APeerThatIsDownSlowOrLateLeavesAnErrorThatSaysSo) {
  world->down = {"aoba"};
  EXPECT_EQ(asked(question()), "exchange.peer_down");
  world->down = {"linker"};
  EXPECT_EQ(asked(question()), "exchange.peer_down");
  world->down = {};
  world->transport.instead = [](const std::string&, const Member& to, const Message&) -> Result<Carried> { return peer_slow(to.id, 3000); };
  EXPECT_EQ(asked(question()), "exchange.peer_slow");
  EXPECT_EQ(outcomes("portal", "exchange.asked"), "query:peer_down query:peer_down query:peer_slow");
}

TEST_P(Towns, AlteredMessagesAreRefusedAndLeaveNothing) {
  ASSERT_EQ(asked(question()), "ok");
  Message good = world->transport.sent.back().second;
  clock.advance_us(1);
  auto sender = world->keys.at("portal")->message;
  auto status = [&](Message message, const crypto::Certificate& certificate) { return at("aoba").receive(message, certificate).status; };
  Message altered = good;
  altered.body = "{}";
  EXPECT_EQ(status(altered, sender), 422);
  altered = good;
  altered.path = "/exchange/history";
  EXPECT_EQ(status(altered, sender), 422);
  altered = good;
  altered.headers.remove("Signature-Input");
  EXPECT_EQ(status(altered, sender), 400);
  EXPECT_EQ(status(good, world->keys.at("minato")->message), 503) << "another member's certificate";
  EXPECT_EQ(status(good, world->keys.at("portal")->tsa), 503) << "not one for messages";
  EXPECT_EQ(at("minato").receive(good, sender).status, 400) << "addressed to another";
  EXPECT_EQ(outcomes("aoba", "exchange.answered"), "query:ok");
  EXPECT_EQ(outcomes("minato", "exchange.answered"), "");
}

TEST_P(Towns, APostIsDeliveredOnceHoweverOftenItIsSent) {
  int taken = 0, delivered = 0;
  std::string answered;
  at("aoba").serve("filing", [&](Incoming& incoming) -> Result<json::object> {
    json::object answer{{"number", "令和8-000001"}};
    auto written = data("aoba")->write([&](db::Transaction& tx) { return incoming.record(tx, {{"procedure", "move-out"}, {"outcome", "ok"}}, answer); });
    if (!written.ok()) return written.error();
    ++taken;
    EXPECT_EQ(incoming.person, "aoba-7");
    EXPECT_EQ(incoming.further, std::vector<std::string>{"aoba-8"});
    return answer;
  });
  at("portal").on_delivered("filing", [&](db::Transaction&, const Outgoing&, const json::object& answer, std::string_view receipt) -> Result<void> {
    ++delivered;
    answered = std::string(answer.at("number").get_string());
    EXPECT_FALSE(receipt.empty());
    return {};
  });
  auto post = [&](const char* key) {
    return data("portal")->write([&](db::Transaction& tx) { return at("portal").post(tx, {"aoba", "filing", "portal-7", {"portal-8"}, {{"form", 1}}, key}); });
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
  at("portal").on_delivered("filing", [&](db::Transaction&, const Outgoing&, const json::object& answer, std::string_view) -> Result<void> {
    ++delivered;
    answered = std::string(answer.at("number").get_string());
    return {};
  });
  at("aoba").serve("filing", [&](Incoming&) -> Result<json::object> { ADD_FAILURE() << "taken twice"; return json::object(); });
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

TEST_P(Towns, APostWaitsForAReceiverThatIsDownForADayAndKeepsItsOrder) {
  std::vector<std::string> order;
  at("aoba").serve("filing", [&](Incoming& incoming) -> Result<json::object> {
    order.emplace_back(incoming.body.at("n").get_string());
    return json::object();
  });
  auto post = [&](const char* to, const char* n) {
    auto done = data("portal")->write([&](db::Transaction& tx) { return at("portal").post(tx, {to, "filing", "", {}, {{"n", n}}, n}); });
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

TEST_P(Towns, TheBackgroundDeliversWhatWasPostedBeforeAndAfterItsStart) {
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
    return data("portal")->write([&](db::Transaction& tx) { return at("portal").post(tx, {"aoba", "filing", "", {}, {}, key}); });
  };
  ASSERT_OK(post("1"));
  reopen();  // the process ended: nothing but the outbox knows of the post
  all->start();
  EXPECT_EQ(before.get_future().wait_for(std::chrono::seconds(60)), std::future_status::ready);
  ASSERT_OK(post("2"));
  EXPECT_EQ(after.get_future().wait_for(std::chrono::seconds(60)), std::future_status::ready);
  all->stop();
}

TEST_P(Towns, ARefusedPostFailsOnceAndSaysWhy) {
  at("aoba").serve("bad", [](Incoming&) -> Result<json::object> {
    return Error{Code::kInvalid, "records.bad_form", {"様式に誤りがあります。", "The form has faults."}, {{"/name", {"要ります。", "Needed."}}}};
  });
  std::string why;
  at("portal").on_delivered("bad", {}, [&](db::Transaction&, const Outgoing&, const Error& error) -> Result<void> {
    why = error.name + " " + error.faults.at(0).where;
    return {};
  });
  ASSERT_OK(data("portal")->write([&](db::Transaction& tx) { return at("portal").post(tx, {"aoba", "bad", "", {}, {}, "k"}); }));
  EXPECT_EQ(all->deliver_all(), 0u);
  EXPECT_EQ(why, "records.bad_form /name");
  EXPECT_EQ(outcomes("aoba", "exchange.answered"), "bad:refused");
  EXPECT_EQ(outcomes("portal", "exchange.delivered"), "bad:refused");
  EXPECT_ERROR(data("portal")->write([&](db::Transaction& tx) { return at("portal").post(tx, {"nowhere", "bad", "", {}, {}, "k2"}); }), "exchange.unknown_member");
}

TEST_P(Towns, HistoryComesWithProofs) {
  ASSERT_EQ(asked(question()), "ok");
  auto answer = at("portal").call({"aoba", "history", "portal-7", {}, {}, ""}, "resident");
  ASSERT_OK(answer);
  const auto& reads = answer->at("reads").get_array();
  ASSERT_EQ(reads.size(), 1u);
  EXPECT_EQ(reads[0].at("peer"), "portal");
  auto receipt = evidence::parse_receipt(std::string(reads[0].at("receipt").get_string()));
  ASSERT_OK(receipt);
  std::vector<crypto::NoteVerifier> trusted = {crypto::NoteVerifier::parse(world->member("aoba").log_keys[0]).value()};
  EXPECT_TRUE(evidence::verify_receipt(*receipt, trusted).ok());
  auto other = at("portal").call({"aoba", "history", "portal-8", {}, {}, ""}, "resident");
  ASSERT_OK(other);
  EXPECT_TRUE(other->at("reads").get_array().empty());
}

TEST_P(Towns, TheLinkerAnswersForCardsAndNewPersons) {
  auto card = resolve_card(at("portal"), world->keys.at("portal")->root, "resident");
  ASSERT_OK(card);
  EXPECT_EQ(card->code, "portal-1");
  EXPECT_EQ(assign_person(at("portal"), "officer").value(), "portal-9");
  EXPECT_ERROR(assign_person(at("aoba"), "officer"), "exchange.not_permitted");
}

TEST_P(Towns, ATownMayBeItsOwnPortal) {
  ASSERT_OK(data("aoba")->write([](db::Transaction& tx) {
    return enter_permits(tx, {permit("own", "aoba", "aoba", "moving", {"person.name", "person.household"})}, "operator");
  }));
  auto answer = at("aoba").ask({"aoba", "moving", "b", "aoba-7", {"person.household"}, "resident"});
  ASSERT_OK(answer);
  EXPECT_EQ(answer->further.at(0).person, "aoba-71");
}

TEST_P(Towns, NoValueStandsOnBothSides) {
  ASSERT_EQ(asked(question({"person.name", "person.household"})), "ok");
  at("aoba").serve("filing", [&](Incoming& incoming) -> Result<json::object> {
    auto done = data("aoba")->write([&](db::Transaction& tx) { return incoming.record(tx, {}, {}); });
    return done.ok() ? Result<json::object>(json::object()) : Result<json::object>(done.error());
  });
  ASSERT_OK(data("portal")->write([&](db::Transaction& tx) { return at("portal").post(tx, {"aoba", "filing", "portal-7", {}, {}, "basket"}); }));
  EXPECT_EQ(all->deliver_all(), 1u);
  auto values = [&](const char* id) {
    std::set<std::string> out;
    auto rows = [&](const char* sql) { return read(id, [&](db::Reader& reader) { return reader.query(sql); }).value(); };
    for (const char* sql : {"SELECT id, person FROM exchange_read", "SELECT id, idempotency_key FROM exchange_outbox"}) {
      auto found = rows(sql);
      for (const auto& row : found)
        for (std::size_t i = 0; i < row.size(); ++i) out.insert(row.text(i));
    }
    for (const char* sql : {"SELECT digest FROM exchange_used", "SELECT digest FROM exchange_taken", "SELECT secret FROM exchange_secret"}) {
      auto found = rows(sql);
      for (const auto& row : found) out.insert(row.blob(0));
    }
    auto records = read(id, [&](db::Reader& reader) { return evidence::read_records(reader, 0, 1000); }).value();
    for (const auto& record : records)
      if (record.type.starts_with("exchange.a") || record.type.starts_with("exchange.d")) out.insert(record.stream.substr(0, 14) == "exchange/read/" ? record.stream : record.leaf_hash);
    return out;
  };
  auto portal = values("portal");
  for (const char* other : {"aoba", "linker"})
    for (const auto& value : values(other)) EXPECT_FALSE(portal.contains(value)) << other << " " << value;
  EXPECT_GT(portal.size(), 5u);
}

TEST_P(Towns, MembersAndPermitsWithFaultsAreRefusedWithAllOfThem) {
  auto database = data("aoba");
  auto bad = database->write([](db::Transaction& tx) { return enter_member(tx, Member{"X", {}, "", "http://x", "", "", {}, ""}, "operator"); });
  ASSERT_FALSE(bad.ok());
  EXPECT_EQ(bad.error().faults.size(), 8u);
  auto permits = read_permits(R"({"permits":[{"id":"a","asking":"x!","procedure":"p","answering":"aoba","items":[],"purpose":{"ja":"あ","en":"a"},"legal_basis":{"ja":"あ","en":"a"},"from":"2026-01-01","until":"2025-01-01"},{"id":"a","what":1}]})");
  ASSERT_FALSE(permits.ok());
  EXPECT_GE(permits.error().faults.size(), 8u);
  expect_clean();
}

TEST_P(Towns, ErasureTakesTheRowsOfReads) {
  ASSERT_EQ(asked(question({"person.household"})), "ok");
  auto records = read("aoba", [](db::Reader& reader) { return evidence::read_records(reader, 0, 1000, "exchange.answered"); });
  std::vector<std::uint64_t> indexes = {records->back().index};
  ASSERT_OK(data("aoba")->write([&](db::Transaction& tx) -> Result<void> {
    TRY(erase_reads(tx, indexes));
    TRY(evidence::append(tx, {record_types()[4], "exchange/test", "operator"}));
    return {};
  }));
  EXPECT_TRUE(read("aoba", [](db::Reader& reader) { return reads_of(reader, "aoba-7"); })->empty());
  EXPECT_TRUE(read("aoba", [](db::Reader& reader) { return reads_of(reader, "aoba-71"); })->empty());
  expect_clean();
}

TEST_P(Towns, OneMessageThatFailsForEverHoldsUpTheOthersForADayOnly) {
  std::vector<std::string> taken;
  at("aoba").serve("filing", [&](Incoming& incoming) -> Result<json::object> {
    std::string n(incoming.body.at("n").get_string());
    if (n == "1") return Error{Code::kIo, "file.unreadable", {"/srv/musubi/aoba/keys を読めません。", "/srv/musubi/aoba/keys cannot be read."}, {}};
    taken.push_back(n);
    return json::object();
  });
  for (const char* n : {"1", "2"}) {
    ASSERT_OK(data("portal")->write([&](db::Transaction& tx) { return at("portal").post(tx, {"aoba", "filing", "", {}, {{"n", n}}, n}); }));
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

TEST_P(Towns, ADeliveryThatItsOwnerCannotTakeIsNotRepeatedAtOnce) {
  at("aoba").serve("filing", [](Incoming&) -> Result<json::object> { return json::object(); });
  int asked_owner = 0;
  at("portal").on_delivered("filing", [&](db::Transaction&, const Outgoing&, const json::object&, std::string_view) -> Result<void> {
    return ++asked_owner < 3 ? Result<void>(Error{Code::kConflict, "test.busy", {"後で", "later"}, {}}) : Result<void>();
  });
  ASSERT_OK(data("portal")->write([&](db::Transaction& tx) { return at("portal").post(tx, {"aoba", "filing", "", {}, {}, "k"}); }));
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

TEST_P(Towns, WhatSomebodyTypedStandsInNoHead) {
  std::string typed = "結 花子 1985-04-12";
  EXPECT_ERROR(at("portal").call({typed, "history", "portal-7", {}, {}, ""}, "resident"), "exchange.unknown_member");
  Question wrong = question();
  wrong.answering = typed;
  EXPECT_EQ(asked(wrong), "exchange.unknown_member");
  auto records = read("portal", [](db::Reader& reader) { return evidence::read_records(reader, 0, 1000, "exchange.asked"); }).value();
  ASSERT_EQ(records.size(), 2u);
  for (const auto& record : records) {
    EXPECT_EQ(record.head.find("花子"), std::string::npos) << record.head;
    EXPECT_EQ(record.stream, "exchange/asked/unknown");
  }
  expect_clean();
}

TEST_P(Towns, WhatAMemberSaysOfItsKindIsNotTakenTwice) {
  auto enter = [&](Member member) { return data("aoba")->write([&](db::Transaction& tx) { return enter_member(tx, member, "operator"); }); };
  Member minato = world->member("minato");
  for (const char* kind : {"linker", "portal"}) {
    minato.kind = kind;
    EXPECT_ERROR(enter(minato), "exchange.kind_changed");  // it would gain what the law gives others
  }
  Member other = world->member("portal");
  other.id = "aaa";
  other.kind = "linker";
  EXPECT_ERROR(enter(other), "exchange.second_linker");  // the first by id would issue everybody's cards
  EXPECT_EQ(read("aoba", [](db::Reader& reader) { return member_of_kind(reader, "linker"); }).value()->id, "linker");
}

TEST_P(Towns, OldGuardsAndDonePostsGo) {
  at("aoba").serve("filing", [&](Incoming& incoming) -> Result<json::object> {
    auto done = data("aoba")->write([&](db::Transaction& tx) { return incoming.record(tx, {{"outcome", "ok"}}, {}); });
    return done.ok() ? Result<json::object>(json::object()) : Result<json::object>(done.error());
  });
  auto post = [&](int n) {
    ASSERT_OK(data("portal")->write([&](db::Transaction& tx) { return at("portal").post(tx, {"aoba", "filing", "portal-7", {}, {}, "key-" + std::to_string(n)}); }));
    ASSERT_EQ(all->deliver_all(), 1u);
  };
  auto count = [&](const char* id, const char* table) {
    return read(id, [&](db::Reader& reader) { return reader.query(std::string("SELECT count(*) FROM ") + table); }).value()[0].integer(0);
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

TEST_P(Towns, AnswersThatHoldTooMuchOrTooLittle) {
  const auto& aoba = *world->keys.at("aoba");
  std::string replayed;
  auto reply_with = [&](std::function<void(json::object&)> change) {
    world->transport.instead = [&, change](const std::string& from, const Member& to, const Message& message) -> Result<Carried> {
      auto carried = world->transport.local.carry(from, to, message, 1000);
      if (!carried.ok() || to.id != "aoba") return carried;
      auto body = parse_json(carried->reply.body)->get_object();
      change(body);
      carried->reply.body = json::serialize(body);
      EXPECT_TRUE(sign_answer(carried->reply, message, *aoba.message_key, "aoba", clock.now()).ok());
      return carried;
    };
  };
  reply_with([](json::object& body) { body["answer"].get_object()["items"].get_object()["person.secret"] = "x"; });
  auto more = at("portal").ask(question());
  ASSERT_OK(more);
  EXPECT_EQ(more->items.size(), 1u) << "what nobody asked for is dropped";
  reply_with([](json::object& body) { body["answer"] = json::object{}; });
  EXPECT_EQ(asked(question()), "exchange.peer_lied");
  reply_with([&](json::object& body) { replayed = std::string(body.at("further").get_array()[0].at("person").get_string()); });
  EXPECT_EQ(asked(question({"person.household"})), "ok");
  reply_with([&](json::object& body) { body["further"].get_array()[0].get_object()["person"] = replayed; });
  EXPECT_EQ(asked(question({"person.household"})), "exchange.peer_lied");
  EXPECT_EQ(outcomes("portal", "exchange.asked"), "query:ok query:peer_lied query:ok query:peer_lied") << "every outcome once";
  expect_clean();
}

TEST_P(Towns, TheOutboxHasALimit) {
  world->down = {"aoba"};
  at("portal").state().options.outbox_at_most = 3;
  auto post = [&](int n) { return data("portal")->write([&](db::Transaction& tx) { return at("portal").post(tx, {"aoba", "filing", "", {}, {}, std::to_string(n)}); }); };
  for (int n = 0; n < 3; ++n) ASSERT_OK(post(n));
  EXPECT_ERROR(post(3), "exchange.outbox_full");
}

INSTANTIATE_TEST_SUITE_P(Both, Towns, ::testing::ValuesIn(testing::back_ends()), testing::back_end_name);

}  // namespace
}  // namespace musubi::exchange
