// What an administrator reads in the log leaves a record, and stands in the list of whom it is about.

#include <gtest/gtest.h>

#include "app/wiring.h"
#include "base/encoding.h"
#include "crypto/note.h"
#include "evidence/log.h"
#include "evidence/merkle.h"
#include "exchange/member.h"
#include "identity/identity.h"
#include "identity/residents.h"
#include "support/store_fixture.h"
#include "text/csv.h"

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

TEST_P(LogReads, AnybodyHoldsTwoCheckpointsAgainstEachOther) {
  auto checkpoint = [&] {
    return evidence::parse_checkpoint(crypto::parse_note(get("/aoba/log/checkpoint", "").bytes()).value().text).value();
  };
  auto from = checkpoint();
  for (int i = 0; i < 5; ++i)
    ASSERT_OK(town->write([&](db::Transaction& tx) {
      return identity::appoint(tx, "鈴木", identity::Role::kOfficer, "operator", installation->clock().now());
    }));
  auto to = checkpoint();
  ASSERT_EQ(to.size, from.size + 5);
  auto answer = get("/aoba/log/consistency?from=" + std::to_string(from.size) + "&to=" + std::to_string(to.size), "");
  ASSERT_EQ(answer.status, 200) << answer.bytes();
  auto told = parse_json(answer.bytes()).value();
  EXPECT_EQ(told.at("from"), from.size);
  EXPECT_EQ(told.at("to"), to.size);
  std::vector<crypto::Digest> proof;
  for (const auto& one : told.at("proof").as_array()) {
    auto raw = from_base64(one.as_string());
    ASSERT_TRUE(raw && raw->size() == 32);
    std::copy(raw->begin(), raw->end(), proof.emplace_back().begin());
  }
  EXPECT_TRUE(evidence::verify_consistency(from.size, to.size, from.root, to.root, proof));
  ASSERT_FALSE(proof.empty());
  proof[0][0] ^= 1;
  EXPECT_FALSE(evidence::verify_consistency(from.size, to.size, from.root, to.root, proof));
  for (const char* bad : {"?from=3&to=2", "?from=0&to=99999", "?from=01&to=2", "?from=-1&to=2"}) {
    int status = get(std::string("/aoba/log/consistency") + bad, "").status;
    EXPECT_TRUE(status >= 400 && status < 500) << bad << " " << status;
  }
}

TEST_P(LogReads, ARangeThatCannotBeReadIsNamedInAllItsParts) {
  auto faults = [&](const std::string& target) {
    auto answer = get(target, "");
    EXPECT_EQ(answer.status, 422) << target;
    auto value = parse_json(answer.bytes()).value();
    std::string all;
    for (const auto& one : value.at("errors").as_array()) {
      EXPECT_FALSE(one.at("detail_ja") == one.at("detail_en"));
      all += std::string(one.at("where").as_string()) + " ";
    }
    return all;
  };
  EXPECT_EQ(faults("/aoba/log/consistency"), "from to ");
  EXPECT_EQ(faults("/aoba/log/consistency?from=x&to=y"), "from to ");
  EXPECT_EQ(faults("/aoba/log/records.json?from=x&limit=y"), "from limit ");
  EXPECT_EQ(faults("/aoba/log/records.json?from=-1&limit=1001"), "from limit ");
  EXPECT_EQ(faults("/aoba/log/records.json?limit=0"), "limit ");
}

// The list of the log is one of its kind as page, JSON and CSV; what is not everybody's is shown to officers alone.
TEST_P(LogReads, TheListAsDataSaysWhatThePageSays) {
  auto rows = [&](const std::string& cookie) {
    auto answer = get("/aoba/log.json?per_page=3", cookie);
    EXPECT_EQ(answer.status, 200);
    auto value = parse_json(answer.bytes()).value();
    EXPECT_EQ(value.at("total"), newest() + 1);
    return value.at("rows").as_array();
  };
  auto csv = [&](const std::string& cookie) {
    auto answer = get("/aoba/log.csv?per_page=3", cookie);
    EXPECT_EQ(answer.status, 200);
    return text::read_csv(answer.bytes()).value().rows;
  };
  for (const std::string& cookie : {std::string(), administrator}) {
    auto list = rows(cookie);
    auto table = csv(cookie);
    ASSERT_EQ(list.size(), 3u);
    ASSERT_EQ(table.size(), 4u);
    EXPECT_EQ(table[0], (std::vector<std::string>{"index", "type", "stream", "at", "receipt"}));
    for (std::size_t i = 0; i < 3; ++i) {
      std::string index = std::to_string(newest() - i);
      EXPECT_EQ(list[i].at("index").as_string(), index);
      EXPECT_EQ(table[i + 1][0], index);
      EXPECT_EQ(list[i].at("receipt").as_string(), "/aoba/log/records/" + index + "/receipt");
      EXPECT_EQ(get(std::string(list[i].at("receipt").as_string()), "").status, 200);
      EXPECT_EQ(table[i + 1][1], list[i].at("type").is_null() ? "" : std::string(list[i].at("type").as_string()));
    }
    EXPECT_EQ(list[0].at("type").is_null(), cookie.empty()) << "an appointment is not everybody's";
  }
  for (const char* end : {"json", "csv"}) {
    std::string cache(get(std::string("/aoba/log.") + end, administrator).headers.get("Cache-Control"));
    EXPECT_EQ(cache, "private, no-store") << end;
    EXPECT_EQ(get(std::string("/aoba/log.") + end + "?per_page=0&page=x", "").status, 422) << end;
  }
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
