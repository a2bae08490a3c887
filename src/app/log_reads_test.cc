// What an administrator reads in the log leaves a record, and stands in the list of whom it is about.

#include <gtest/gtest.h>

#include "app/wiring.h"
#include "evidence/log.h"
#include "exchange/member.h"
#include "identity/identity.h"
#include "identity/residents.h"
#include "support/store_fixture.h"

namespace musubi::app {
namespace {

class LogReads : public testing::StoreTest {
 protected:
  void SetUp() override {
    testing::StoreTest::SetUp();
    if (HasFatalFailure()) return;
    config.postgres = postgres();
    config.data = folder.path() + "/data";
    auto opened = Installation::open(config, Opening::kServe);
    ASSERT_OK(opened);
    installation = std::move(*opened);
    ASSERT_OK(installation->create_organisation({"aoba", {"municipality", {"町", "Town"}}, "example.jp/aoba", "管理者"}));
    town = installation->store().organisation("aoba").value();
    wiring = std::make_unique<Wiring>(*installation);
    identity::Resident one;
    one.name = {"架空", "花子", "カクウ", "ハナコ", {}};
    one.birth_date = {1990, 4, 1};
    one.since = {2020, 4, 1};
    one.address = {"999-0001", "架空県", "青葉町", "みどり1-2-3", ""};
    person = town->write([&](db::Transaction& tx) { return identity::enter_resident(tx, one, "operator"); }).value().code;
    entered = newest();
    administrator =
        "musubi_aoba=" + town->write([&](db::Transaction& tx) -> Result<std::string> {
                               Time now = installation->clock().now();
                               auto made = TRY(identity::appoint(tx, "佐藤", identity::Role::kAdministrator, "operator", now));
                               officer = made.code;
                               return TRY(identity::sign_in(tx, TRY(identity::make_link(tx, made.code, now, "operator")), now)).token;
                             })
                             .value();
  }
  std::uint64_t newest() { return evidence::Log::of(*town).size() - 1; }
  http::Response get(const std::string& target, const std::string& cookie) {
    http::Request request;
    request.target = target;
    request.id = "01";
    if (!cookie.empty()) request.headers.add("Cookie", cookie);
    EXPECT_TRUE(http::parse_target(request).ok());
    return wiring->router().dispatch(request);
  }
  std::vector<evidence::Record> looks() {
    return town->read([](db::Reader& reader) { return evidence::read_records(reader, 0, 1000, "evidence.body_read"); }).value();
  }
  std::vector<exchange::Read> reads() {
    return town->read([&](db::Reader& reader) { return exchange::reads_of(reader, person); }).value();
  }

  void TearDown() override {
    wiring.reset();
    town.reset();
    installation.reset();
    testing::StoreTest::TearDown();
  }

  Config config;
  std::unique_ptr<Installation> installation;
  std::unique_ptr<Wiring> wiring;
  std::shared_ptr<db::Database> town;
  std::string person, officer, administrator;
  std::uint64_t entered = 0;
};

INSTANTIATE_TEST_SUITE_P(Both, LogReads, ::testing::ValuesIn(testing::back_ends()), testing::back_end_name);

TEST_P(LogReads, WhoOpensABodyIsOnRecord) {
  std::string self = "/aoba/log/records/" + std::to_string(entered);
  EXPECT_EQ(get(self, "").status, 403);
  EXPECT_TRUE(looks().empty()) << "who sees nothing reads nothing";
  for (const std::string& target : {self, self + ".json"}) {
    auto before = looks().size();
    auto answer = get(target, administrator);
    EXPECT_EQ(answer.status, 200);
    EXPECT_NE(answer.bytes().find("架空"), std::string::npos);
    ASSERT_EQ(looks().size(), before + 1) << target;
    EXPECT_NE(looks().back().head.find(officer), std::string::npos);
    EXPECT_NE(looks().back().body->find("\"" + std::to_string(entered) + "\""), std::string::npos);
  }
  ASSERT_EQ(reads().size(), 2u);
  EXPECT_EQ(exchange::read_stream_of(reads()[0].id),
            looks()[looks()[0].stream == exchange::read_stream_of(reads()[0].id) ? 0 : 1].stream);
  EXPECT_NE(reads()[0].purpose.en.find("record " + std::to_string(entered)), std::string::npos);
  EXPECT_EQ(reads()[0].purpose.en.find(officer), std::string::npos) << "the list names no officer";
  auto report = installation->verify("aoba", {});
  ASSERT_OK(report);
  EXPECT_TRUE(report->clean());
}

TEST_P(LogReads, AnAnswerWithManyBodiesIsOneRecord) {
  EXPECT_EQ(get("/aoba/log/records.json?from=0&limit=100", administrator).status, 200);
  ASSERT_EQ(looks().size(), 1u);
  EXPECT_EQ(reads().size(), 1u);
  std::string look = "/aoba/log/records/" + std::to_string(newest());
  EXPECT_EQ(get(look, administrator).status, 200);
  EXPECT_EQ(looks().size(), 1u) << "a record of a look names numbers alone: to read it is no look at anybody";
  EXPECT_EQ(get("/aoba/log/records.json?from=0&limit=100", "").status, 200);
  EXPECT_EQ(get("/aoba/log", administrator).status, 200);
  EXPECT_EQ(looks().size(), 1u) << "a list of heads shows no body";
}

TEST_P(LogReads, ManyBodiesOfOnePersonAreOneSentence) {
  std::vector<evidence::Record> many(300);
  for (std::size_t i = 0; i < many.size(); ++i) many[i].index = i + 7, many[i].stream = "identity/resident/" + person;
  ASSERT_OK(town->write([&](db::Transaction& tx) -> Result<void> {
    auto stream = TRY(note_log_read(tx, "aoba", many, installation->clock().now()));
    TRY(evidence::append(tx, {evidence::body_read_type(), stream, officer, "", {{"records", 300}}, json::object{}}));
    return {};
  }));
  ASSERT_EQ(reads().size(), 1u);
  EXPECT_EQ(reads()[0].purpose.en, "An administrator opened the bodies of 300 records of the log, from 7 to 306");
}

}  // namespace
}  // namespace musubi::app
