#include "exchange/exchange.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "crypto/jose.h"
#include "evidence/receipt.h"
#include "evidence/verify.h"
#include "exchange/rules.h"
#include "exchange/signature.h"
#include "exchange/test_towns.h"
#include "exchange/token.h"

namespace musubi::exchange {
namespace {

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
    EXPECT_EQ((*reads)[0].reference, std::string(id) == "portal" ? "basket-1" : "") << "one value on both sides would join them";
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
  EXPECT_ERROR(data("aoba")->write([](db::Transaction& tx) { return remove_member(tx, "portal", "operator"); }),
               "exchange.unknown_member");
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
    EXPECT_TRUE(
        sign_question(message, *world->keys.at(from)->message_key, from, std::to_string(clock.now().us) + "-nonce", clock.now()).ok());
    clock.advance_us(1);
    Reply reply = at(to).receive(message, world->keys.at(from)->message);
    auto parsed = parse_json(reply.body)->get_object();
    return parsed.contains("error")
               ? std::string(parsed.at("error").at("name").get_string()) + ": " + std::string(parsed.at("error").at("en").get_string())
               : std::string("ok");
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
  EXPECT_NE(send("aoba", made({"aoba-7", "aoba", "portal", "n4", Time{clock.now().us - 61'000'000}}, linker)).find("expired"),
            std::string::npos);
  EXPECT_NE(send("aoba", made({"aoba-7", "aoba", "portal", "n5", Time{clock.now().us + 300'000'000}}, linker)).find("expired"),
            std::string::npos);
  EXPECT_NE(send("aoba", made({"aoba-7", "aoba", "portal", "n6", soon}, *world->keys.at("portal"))).find("not signed by the linker"),
            std::string::npos)
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
    if (to.id == "aoba" && !sign_answer(carried->reply, message, *world->keys.at("aoba")->message_key, "minato", clock.now()).ok())
      ADD_FAILURE();
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
  world->transport.instead = [](const std::string&, const Member& to, const Message&) -> Result<Carried> {
    return peer_slow(to.id, 3000);
  };
  EXPECT_EQ(asked(question()), "exchange.peer_slow");
  EXPECT_EQ(outcomes("portal", "exchange.asked"), "query:peer_down query:peer_down query:peer_slow");
}

TEST_P(Towns, AlteredMessagesAreRefusedAndLeaveNothing) {
  ASSERT_EQ(asked(question()), "ok");
  Message good = world->transport.sent.back().second;
  clock.advance_us(1);
  auto sender = world->keys.at("portal")->message;
  auto status = [&](Message message, const crypto::Certificate& certificate) {
    return at("aoba").receive(message, certificate).status;
  };
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

TEST_P(Towns, WhatOfficersSawStandsInTheHistoryWithItsReceipt) {
  auto seen = [&](std::string person, std::string purpose) {
    Read read;
    read.person = std::move(person);
    read.items = {"case"};
    read.procedure = "moving-in";
    read.legal_basis = {"法", "Act"};
    read.purpose = {purpose, purpose};
    read.at = clock.now();
    return read;
  };
  ASSERT_OK(data("aoba")->write([&](db::Transaction& tx) -> Result<void> {
    std::string stream = TRY(note_officer_reads(
        tx, "aoba", {seen("aoba-7", "case 1"), seen("aoba-8", "case 1"), seen("aoba-7", "case 2"), seen("", "nobody")}));
    EXPECT_TRUE(stream.starts_with("exchange/read/"));
    TRY(evidence::append(tx, {record_types()[4], stream, "officer-x"}));
    return {};
  }));
  auto answer = at("portal").call({"aoba", "history", "portal-7", {}, {}, ""}, "resident");
  ASSERT_OK(answer);
  const auto& reads = answer->at("reads").get_array();
  ASSERT_EQ(reads.size(), 1u) << "one row a person, whatever was seen of them";
  EXPECT_EQ(reads[0].at("officer"), json::value(true));
  EXPECT_EQ(reads[0].at("peer"), "aoba");
  EXPECT_EQ(reads[0].at("purpose").at("en"), "case 1; case 2");
  EXPECT_EQ(json::serialize(*answer).find("officer-x"), std::string::npos) << "the post, not the person behind it";
  auto receipt = evidence::parse_receipt(std::string(reads[0].at("receipt").get_string()));
  ASSERT_OK(receipt);
  std::vector<crypto::NoteVerifier> trusted = {crypto::NoteVerifier::parse(world->member("aoba").log_keys[0]).value()};
  EXPECT_TRUE(evidence::verify_receipt(*receipt, trusted).ok());
  auto other = at("portal").call({"aoba", "history", "portal-9", {}, {}, ""}, "resident");
  ASSERT_OK(other);
  EXPECT_TRUE(other->at("reads").get_array().empty());
  // It goes with the body of its record.
  auto records =
      read("aoba", [](db::Reader& reader) { return evidence::read_records(reader, 0, 1000, record_types()[4].name); }).value();
  std::vector<std::uint64_t> indexes = {records.back().index};
  ASSERT_OK(data("aoba")->write([&](db::Transaction& tx) -> Result<void> {
    TRY(erase_reads(tx, indexes));
    TRY(evidence::append(tx, {record_types()[4], "exchange/test", "operator"}));
    return {};
  }));
  EXPECT_TRUE(read("aoba", [](db::Reader& reader) { return reads_of(reader, "aoba-7"); })->empty());
  expect_clean();
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
  ASSERT_OK(data("portal")->write([&](db::Transaction& tx) {
    return act_and_post(tx, at("portal"), {"aoba", "filing", "portal-7", {}, {}, "basket"});
  }));
  EXPECT_EQ(all->deliver_all(), 1u);
  auto values = [&](const char* id) {
    std::set<std::string> out;
    auto rows = [&](const char* sql) { return read(id, [&](db::Reader& reader) { return reader.query(sql); }).value(); };
    for (const char* sql : {"SELECT id, person, reference FROM exchange_read WHERE reference <> ''",
                            "SELECT id, person FROM exchange_read", "SELECT id, idempotency_key FROM exchange_outbox"}) {
      auto found = rows(sql);
      for (const auto& row : found)
        for (std::size_t i = 0; i < row.size(); ++i) out.insert(row.text(i));
    }
    for (const char* sql :
         {"SELECT digest FROM exchange_used", "SELECT digest FROM exchange_taken", "SELECT secret FROM exchange_secret"}) {
      auto found = rows(sql);
      for (const auto& row : found) out.insert(row.blob(0));
    }
    auto records = read(id, [&](db::Reader& reader) { return evidence::read_records(reader, 0, 1000); }).value();
    for (const auto& record : records)
      if (record.type.starts_with("exchange.a") || record.type.starts_with("exchange.d"))
        out.insert(record.stream.substr(0, 14) == "exchange/read/" ? record.stream : record.leaf_hash);
    return out;
  };
  auto portal = values("portal");
  for (const char* other : {"aoba", "linker"})
    for (const auto& value : values(other)) EXPECT_FALSE(portal.contains(value)) << other << " " << value;
  EXPECT_GT(portal.size(), 5u);
}

TEST_P(Towns, MembersAndPermitsWithFaultsAreRefusedWithAllOfThem) {
  auto database = data("aoba");
  auto bad = database->write([](db::Transaction& tx) {
    return enter_member(tx, Member{"X", {}, "", "http://x", "", "", {}, ""}, "operator");
  });
  ASSERT_FALSE(bad.ok());
  EXPECT_EQ(bad.error().faults.size(), 8u);
  auto permits = read_permits(
      R"({"permits":[{"id":"a","asking":"x!","procedure":"p","answering":"aoba","items":[],"purpose":{"ja":"あ","en":"a"},"legal_basis":{"ja":"あ","en":"a"},"from":"2026-01-01","until":"2025-01-01"},{"id":"a","what":1}]})");
  ASSERT_FALSE(permits.ok());
  EXPECT_GE(permits.error().faults.size(), 8u);
  expect_clean();
}

TEST_P(Towns, ErasureTakesTheRowsOfReads) {
  ASSERT_EQ(asked(question({"person.household"})), "ok");
  auto records = read("aoba", [](db::Reader& reader) { return evidence::read_records(reader, 0, 1000, "exchange.answered"); });
  std::vector<std::uint64_t> indexes = {records->back().index};
  ASSERT_OK(data("aoba")->write([&](db::Transaction& tx) -> Result<void> {
    EXPECT_EQ(TRY(erase_reads(tx, indexes)), (std::vector<std::string>{"exchange_read", "exchange_outbox"}))
        << "rewritten where old rows stay";
    TRY(evidence::append(tx, {record_types()[4], "exchange/test", "operator"}));
    return {};
  }));
  EXPECT_TRUE(read("aoba", [](db::Reader& reader) { return reads_of(reader, "aoba-7"); })->empty());
  EXPECT_TRUE(read("aoba", [](db::Reader& reader) { return reads_of(reader, "aoba-71"); })->empty());
  expect_clean();
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
  auto enter = [&](Member member) {
    return data("aoba")->write([&](db::Transaction& tx) { return enter_member(tx, member, "operator"); });
  };
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

// What the service answered stays in the body; the refusals of exchange say what to do, in both languages.
TEST(ExchangeErrors, SayWhatToDoInBothLanguages) {
  auto refused = decide({}, {{"portal", "portal"}, {"aoba", "municipality"}, "moving", {"person.name", "person.sex"}, {2026, 1, 1}});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().faults.size(), 2u) << "every item that is not permitted, at once";
  for (const auto& error : {unknown_member("x"), peer_down("x", "why"), peer_slow("x", 3000), peer_lied("x", {"理由", "why"}),
                            bad_token({"理由", "why"}), replayed(), refused.error()}) {
    EXPECT_GE(std::count(error.message.ja.begin(), error.message.ja.end(), '\xe3'), 5) << error.name << " in Japanese";
    EXPECT_TRUE(is_utf8(error.message.ja)) << error.name;
    EXPECT_GE(error.message.en.size(), 30u) << error.name;
    EXPECT_TRUE(std::all_of(error.message.en.begin(), error.message.en.end(), [](char c) { return c != '\xe3'; })) << error.name;
    for (const auto& fault : error.faults) EXPECT_FALSE(fault.message.ja.empty() || fault.message.en.empty()) << error.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Both, Towns, ::testing::ValuesIn(testing::back_ends()), testing::back_end_name);

}  // namespace
}  // namespace musubi::exchange
