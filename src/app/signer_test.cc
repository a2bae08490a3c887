// Filings from a portal to a town with a real linker between them: whose card signed decides, whatever the portal says.
#include <gtest/gtest.h>

#include "app/demo_world.h"
#include "evidence/log.h"
#include "exchange/member.h"
#include "identity/card_message.h"
#include "identity/identity.h"
#include "identity/linker.h"
#include "procedures/test_answers.h"
#include "records/queue.h"
#include "records/records.h"
#include "support/store_fixture.h"
#include "trust/certificates.h"

namespace musubi::app {
namespace {

constexpr std::int64_t kDay_us = 24LL * 3600 * 1'000'000;

class Signer : public testing::StoreTest {
 protected:
  struct Person {
    std::string id, code;  // at the linker, at the portal
    std::string card;
    std::unique_ptr<crypto::Signer> key;
    std::optional<crypto::Certificate> signing;
  };

  void SetUp() override {
    testing::StoreTest::SetUp();
    if (HasFatalFailure()) return;
    Config config;
    config.postgres = postgres();
    config.data = folder.path() + "/data";
    auto opened = DemoWorld::open(config, {"127.0.0.1", 8080}, &clock);
    ASSERT_OK(opened);
    world = std::move(*opened);
    ASSERT_OK(world->found());
    ASSERT_OK(world->introduce());
    auto open = identity::Linker::open(linker_keys());
    ASSERT_OK(open);
    linker.emplace(*open);
    ASSERT_OK(make("taro", taro));
    ASSERT_OK(make("hanako", hanako));
  }
  void TearDown() override {
    if (world) all_clean();
    world.reset();
    testing::StoreTest::TearDown();
  }
  void all_clean() {
    for (const char* id : {"portal", "linker", "minato"}) {
      auto report = world->installation(id).verify(id, {});
      ASSERT_OK(report);
      EXPECT_TRUE(report->clean()) << id;
    }
  }

  std::string linker_keys() { return trust::keys_folder(world->installation("linker").config().data, "linker"); }

  Result<void> make(const std::string& name, Person& out, int days = 365) {
    auto root = TRY(world->installation("linker").keys("linker"))->root;
    auto root_key = TRY(crypto::load_signer(linker_keys() + "/root.pem"));
    out.key = TRY(crypto::create_signer(folder.path() + "/" + name + ".pem", crypto::Algorithm::kEcdsaP256));
    return world->database("linker")->write([&](db::Transaction& tx) -> Result<void> {
      Time until{clock.now().us + days * kDay_us};
      out.id = TRY(linker->add_person(tx, "operator"));
      out.code = TRY(linker->code_for(tx, out.id, "portal", "sign-in", "portal"));
      auto card = TRY(linker->order_card(tx, out.id, until, "operator", clock.now()));
      out.card = card.id;
      crypto::Order order{crypto::Profile::kLogin, out.key->public_key(), {"musubi card", card.id}, "", clock.now(), until};
      auto login = TRY(crypto::issue_certificate(*root_key, root, order));
      order.profile = crypto::Profile::kSigning;
      out.signing = TRY(crypto::issue_certificate(*root_key, root, order));
      TRY(linker->issue_card(tx, card.id, {login, *out.signing}, "operator"));
      return {};
    });
  }

  // What a portal does that leaves it to others whose card signs.
  std::string file(const Person& applicant, const Person& signer) {
    auto neighbours = world->services("portal").neighbours("portal").value();
    procedures::Procedures portal(*world->database("portal"), clock, "portal", *neighbours);
    const auto& pack = procedures::embedded_packs()[0];
    json::object answers = procedures::guide_answers();
    answers["about"] = json::array{};
    auto basket = portal.start(applicant.code, pack, "moving", answers);
    EXPECT_TRUE(basket.ok());
    procedures::answer_all(*basket);
    basket->answers["new_address"].as_object()["municipality"] = "みなと町";
    basket = portal.save(*basket);
    EXPECT_TRUE(basket.ok());
    identity::Challenge challenge;
    challenge.purpose = identity::CardPurpose::kSign;
    challenge.payload = portal.list_to_sign(*basket, pack).value();
    challenge.handle = "test";
    auto jws = identity::sign_answer(challenge, "test", *signer.key, *signer.signing, clock.now());
    EXPECT_TRUE(jws.ok());
    auto filings = portal.submit(applicant.code, basket->id, *jws);
    EXPECT_TRUE(filings.ok());
    for (const auto& one : *filings)
      if (one.procedure == "moving-in") return one.reference;
    ADD_FAILURE() << "nothing was filed";
    return "";
  }
  procedures::Filing filing(const Person& applicant, const std::string& reference) {
    auto neighbours = world->services("portal").neighbours("portal").value();
    procedures::Procedures portal(*world->database("portal"), clock, "portal", *neighbours);
    auto all = portal.filings(applicant.code).value();
    for (const auto& one : all)
      if (one.reference == reference) return one;
    ADD_FAILURE() << "no such filing";
    return {};
  }
  std::size_t cases() {
    records::QueueQuery query;
    query.view = records::QueueView::kOpen;
    query.now = clock.now();
    return world->database("minato")
        ->read([&](db::Reader& reader) { return records::find_queue(reader, query); })
        .value()
        .lines.size();
  }
  std::vector<evidence::Record> records_of(const std::string& id, const char* type) {
    return world->database(id)->read([&](db::Reader& reader) { return evidence::read_records(reader, 0, 1000, type); }).value();
  }
  Result<void> linker_answers_minato(bool yes) {
    return world->database("linker")->write([&](db::Transaction& tx) {
      return yes ? exchange::enter_permits(tx, demo_permits(text::jst_date(clock.now())), "operator")
                 : exchange::withdraw_permit(tx, "demo.link.municipality", "operator");
    });
  }

  ManualClock clock{parse_rfc3339("2026-11-20T10:00:00+09:00").value()};
  std::unique_ptr<DemoWorld> world;
  std::optional<identity::Linker> linker;
  Person taro, hanako;
};

INSTANTIATE_TEST_SUITE_P(Both, Signer, ::testing::ValuesIn(testing::back_ends()), testing::back_end_name);

TEST_P(Signer, WhatAnOfficeTakesOnLineIsOnRecordOnceItMayBeFiled) {
  auto published = [&](const char* id) {
    return world->database(id)
        ->read([](db::Reader& reader) { return evidence::read_records(reader, 0, 100, "procedures.published"); })
        .value()
        .size();
  };
  EXPECT_EQ(published("minato"), published("aoba"));
  EXPECT_GE(published("minato"), 4u);
  EXPECT_EQ(published("water"), 1u);
  EXPECT_EQ(published("portal"), 0u);
  EXPECT_EQ(world->services("minato").publish_procedures("minato").value(), 0u) << "nothing new";
}

TEST_P(Signer, OwnCardIsTakenAndAnothersRefused) {
  std::string own = file(taro, taro), others = file(taro, hanako);
  world->deliver();
  EXPECT_EQ(filing(taro, own).state, "received");
  EXPECT_EQ(filing(taro, others).state, "rejected");
  EXPECT_EQ(cases(), 1u);
  bool on_record = false;
  for (const auto& record : records_of("minato", "exchange.answered"))
    on_record = on_record || (record.body && record.body->find("filing.other_signer") != std::string::npos &&
                              record.head.find("\"refused\"") != std::string::npos);
  EXPECT_TRUE(on_record) << "the refusal and why";
}

TEST_P(Signer, TheLinkerLearnsNeitherTheProcedureNorForWhom) {
  file(taro, taro);
  world->deliver();
  ASSERT_EQ(cases(), 1u);
  std::size_t asked = 0;
  for (const auto& record : records_of("linker", "exchange.answered")) {
    if (record.head.find("link.resolve") == std::string::npos) continue;
    ++asked;
    EXPECT_EQ((record.head + record.body.value_or("")).find("moving"), std::string::npos) << record.head;
    EXPECT_EQ((record.head + record.body.value_or("")).find(taro.code), std::string::npos);
  }
  EXPECT_GE(asked, 1u);
}

TEST_P(Signer, WithoutAnAnswerOfTheLinkerTheFilingWaitsAndArrivesLater) {
  ASSERT_OK(linker_answers_minato(false));
  std::string own = file(taro, taro), others = file(taro, hanako);
  for (int i = 0; i < 3; ++i) {
    world->deliver();
    EXPECT_EQ(filing(taro, own).state, "sent");
    EXPECT_EQ(cases(), 0u);
    clock.advance_us(30'000'000);
  }
  ASSERT_OK(linker_answers_minato(true));
  clock.advance_us(1'200'000'000);
  world->deliver();
  world->deliver();
  EXPECT_EQ(filing(taro, own).state, "received");
  EXPECT_EQ(filing(taro, others).state, "rejected");
  EXPECT_EQ(cases(), 1u);
}

TEST_P(Signer, ACardThatWasReportedLostSignsNothingMore) {
  std::string before = file(taro, taro);
  world->deliver();
  ASSERT_OK(world->database("linker")->write(
      [&](db::Transaction& tx) { return linker->change_card(tx, taro.card, identity::CardState::kLost, "operator"); }));
  std::string after = file(taro, taro);
  world->deliver();
  EXPECT_EQ(filing(taro, before).state, "received");
  EXPECT_EQ(filing(taro, after).state, "rejected");
}

TEST_P(Signer, AFilingMadeBeforeTheReportIsTakenHoweverLateItArrives) {
  ASSERT_OK(linker_answers_minato(false));
  std::string before = file(taro, taro);
  clock.advance_us(60'000'000);
  auto report = [&](identity::CardState state) {
    ASSERT_OK(
        world->database("linker")->write([&](db::Transaction& tx) { return linker->change_card(tx, taro.card, state, "operator"); }));
  };
  report(identity::CardState::kSuspended);
  clock.advance_us(60'000'000);
  std::string between = file(taro, taro);
  clock.advance_us(60'000'000);
  report(identity::CardState::kLost);
  clock.advance_us(60'000'000);
  std::string after = file(taro, taro);
  ASSERT_OK(linker_answers_minato(true));
  clock.advance_us(1'200'000'000);
  world->deliver();
  world->deliver();
  EXPECT_EQ(filing(taro, before).state, "received");
  EXPECT_EQ(filing(taro, between).state, "rejected") << "suspended first and lost later: out of use all along";
  EXPECT_EQ(filing(taro, after).state, "rejected");
  auto neighbours = world->services("portal").neighbours("portal").value();
  procedures::Procedures portal(*world->database("portal"), clock, "portal", *neighbours);
  auto lines = portal.history(after).value();
  EXPECT_NE(lines.back().text.en.find("the card went out of use on"), std::string::npos) << lines.back().text.en;
}

TEST_P(Signer, ACardThatWasSuspendedSignsNothingMoreWhenItsDaysEnd) {
  Person jiro;
  ASSERT_OK(make("jiro", jiro, 1));
  auto sign = [&] {
    identity::Challenge challenge;
    challenge.purpose = identity::CardPurpose::kSign;
    challenge.payload = "{}", challenge.handle = "test";
    auto jws = identity::sign_answer(challenge, "test", *jiro.key, *jiro.signing, clock.now()).value();
    return world->services("linker").neighbours("linker").value()->verify_list(jws, clock.now()).value();
  };
  auto signer = [&](const procedures::SignedList& list, Time filed_at) {  // an organisation that asks nobody
    auto code = world->services("linker").neighbours("linker").value()->signer_of(list, filed_at);
    return code.ok() ? "ok" : code.error().name;
  };
  Time before = clock.now();
  auto list = sign();
  clock.advance_us(60'000'000);
  ASSERT_OK(world->database("linker")->write(
      [&](db::Transaction& tx) { return linker->change_card(tx, jiro.card, identity::CardState::kSuspended, "operator"); }));
  clock.advance_us(60'000'000);
  Time after = clock.now();
  EXPECT_EQ(signer(list, before), "ok");
  EXPECT_EQ(signer(list, after), "identity.card_suspended");
  clock.advance_us(2 * kDay_us);
  EXPECT_EQ(signer(list, before), "ok");
  EXPECT_EQ(signer(list, after), "identity.card_expired") << "its days have ended, but it was suspended when it was filed";
}

TEST_P(Signer, AFilingErasedBeforeItWasSentNeverLeaves) {
  ASSERT_OK(linker_answers_minato(false));
  std::string reference = file(taro, taro);
  world->deliver();
  auto waiting = [&] {
    auto rows = world->database("portal")->read([&](db::Reader& reader) {
      return reader.query("SELECT count(*) FROM exchange_outbox WHERE body LIKE $1", {"%" + reference + "%"});
    });
    return rows.value()[0].integer(0);
  };
  EXPECT_EQ(waiting(), 1);
  std::vector<std::uint64_t> records;
  auto all = world->database("portal")->read([](db::Reader& reader) { return evidence::read_records(reader, 0, 1000); }).value();
  for (const auto& record : all)
    if (record.body && record.stream == "procedures/filing/" + reference) records.push_back(record.index);
  ASSERT_FALSE(records.empty());
  ASSERT_OK(world->installation("portal").erase("portal", records, "request", "operator"));
  EXPECT_EQ(waiting(), 0);
  auto row = world->database("portal")
                 ->read([&](db::Reader& reader) {
                   return reader.query("SELECT state FROM procedures_filing WHERE reference = $1", {reference});
                 })
                 .value();
  ASSERT_EQ(row.size(), 1u);
  EXPECT_EQ(row[0].text(0), "rejected") << "it says that nobody ever had it";
  auto dropped = world->database("portal")
                     ->read([](db::Reader& reader) { return evidence::read_records(reader, 0, 1000, "exchange.delivered"); })
                     .value();
  ASSERT_FALSE(dropped.empty());
  EXPECT_NE(dropped.back().head.find("\"outcome\":\"erased\""), std::string::npos);
  ASSERT_OK(linker_answers_minato(true));
  clock.advance_us(1'200'000'000);
  world->deliver();
  EXPECT_EQ(cases(), 0u);
}

TEST_P(Signer, WhatOfficersReadOfACaseStandsInThePersonsList) {
  file(taro, taro);
  world->deliver();
  auto office = world->services("minato").office("minato");
  ASSERT_OK(office);
  records::Cases work(*world->database("minato"), *office);
  std::string id = "2026-000001";
  auto desk = world->holder("minato", "desk");
  ASSERT_OK(desk);
  ASSERT_OK(work.open_for(id, *desk));
  ASSERT_OK(work.record_list_read({id}, *desk));
  auto stranger = world->database("minato")->write(
      [&](db::Transaction& tx) { return identity::appoint(tx, "よそ 課", identity::Role::kOfficer, "operator", clock.now()); });
  ASSERT_OK(stranger);
  EXPECT_ERROR(work.open_for(id, stranger->code), "records.read_refused");
  auto list = (*world->exchange("portal"))->call({"minato", "history", taro.code, {}, {}, ""}, taro.code);
  ASSERT_OK(list);
  std::size_t officers = 0;
  for (const auto& one : list->at("reads").get_array()) {
    if (one.at("officer") != json::value(true)) continue;
    ++officers;
    EXPECT_TRUE(one.at("receipt").is_string());
    EXPECT_NE(std::string(one.at("purpose").at("en").as_string()).find("\"Residents' desk\""), std::string::npos);
    EXPECT_NE(std::string(one.at("purpose").at("ja").as_string()).find(id), std::string::npos);
    EXPECT_FALSE(one.at("legal_basis").at("ja").as_string().empty());
  }
  EXPECT_EQ(officers, 2u);
  EXPECT_EQ(json::serialize(*list).find(*desk), std::string::npos) << "the post, not the officer";
  auto others = (*world->exchange("portal"))->call({"minato", "history", hanako.code, {}, {}, ""}, hanako.code);
  ASSERT_OK(others);
  EXPECT_TRUE(others->at("reads").get_array().empty());
}

TEST_P(Signer, BeforeItsFirstAndAfterItsLastDayACardSignsNothing) {
  auto verify = [&](std::int64_t after_us) {
    identity::Challenge challenge;
    challenge.purpose = identity::CardPurpose::kSign;
    challenge.payload = "{}", challenge.handle = "test";
    auto jws = identity::sign_answer(challenge, "test", *taro.key, *taro.signing, clock.now()).value();
    auto done = world->services("minato").neighbours("minato").value()->verify_list(jws, Time{clock.now().us + after_us});
    return done.ok() ? "ok" : done.error().name;
  };
  EXPECT_EQ(verify(0), "ok");
  EXPECT_EQ(verify(-2 * 3600 * 1'000'000LL), "identity.bad_card_signature");
  EXPECT_EQ(verify(366 * kDay_us), "identity.card_expired");
}

}  // namespace
}  // namespace musubi::app
