#include "app/history.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <tuple>

#include "app/test_town.h"
#include "app/wiring.h"
#include "base/file.h"

namespace musubi::app {
namespace {

class LostTown : public Town {};
class LostTownOfFiles : public LostTown {};
INSTANTIATE_TEST_SUITE_P(Both, LostTown, ::testing::ValuesIn(testing::back_ends()), testing::back_end_name);
INSTANTIATE_TEST_SUITE_P(One, LostTownOfFiles, ::testing::Values(testing::BackEnd::kSqlite), testing::back_end_name);

TEST_P(LostTownOfFiles, KeysWhoseDatabaseIsGoneBeginNoSecondHistory) {
  ASSERT_OK(create("minato"));
  installation.reset();
  for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(config.data + "/minato/musubi.db" + end);
  std::size_t left = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(config.data)) left += entry.path().extension() == ".db";
  ASSERT_EQ(left, 0u) << "the database lies elsewhere";
  reopen();
  EXPECT_ERROR(create("minato"), "org.keys_without_database");
  ASSERT_OK(create("aoba"));
  std::filesystem::rename(config.data + "/minato/keys", config.data + "/minato-keys");
  ASSERT_OK(create("minato"));
}

TEST_P(LostTownOfFiles, AnEmptiedFileBeginsNoSecondHistory) {
  ASSERT_OK(create("minato"));
  installation.reset();
  std::filesystem::resize_file(config.data + "/minato/musubi.db", 0);
  for (auto opening : {Opening::kRead, Opening::kServe}) {
    reopen(opening);
    EXPECT_ERROR(installation->verify("minato", {}), "db.corrupt");
  }
  EXPECT_ERROR(create("minato"), "db.corrupt");
}

// Its write-ahead log may still hold all of it: whoever looks takes nothing away.
TEST_P(LostTownOfFiles, WhatIsLeftBesideAnEmptiedFileStays) {
  ASSERT_OK(create("minato"));
  const std::string file = config.data + "/minato/musubi.db", log = folder.path() + "/kept-wal";
  ASSERT_TRUE(std::filesystem::copy_file(file + "-wal", log));
  installation.reset();
  std::filesystem::resize_file(file, 0);
  std::filesystem::copy_file(log, file + "-wal");
  const auto bytes = std::filesystem::file_size(log);
  ASSERT_GT(bytes, 0u);
  for (auto opening : {Opening::kRead, Opening::kServe}) {
    reopen(opening);
    EXPECT_ERROR(installation->verify("minato", {}), "db.corrupt");
    installation.reset();
    ASSERT_TRUE(file_exists(file + "-wal"));
    EXPECT_EQ(std::filesystem::file_size(file + "-wal"), bytes);
    EXPECT_EQ(std::filesystem::file_size(file), 0u);
  }
}

// The others go on; who is not its operator reads nothing of backups, keys and files, whatever form he asks for, and who watches the
// server which one it is.
TEST_P(LostTown, AnOrganisationThatIsClosedIsNamedToItsOperatorAlone) {
  for (const char* id : {"minato", "midori", "asahi", "aoba"}) ASSERT_OK(create(id));
  installation.reset();
  raw("minato", "DELETE FROM db_migration");
  ASSERT_OK(replace_file(config.data + "/midori/keys/log-1.pem", "no key\n", 0600));
  std::filesystem::copy_file(config.data + "/aoba/keys/log-1.pem", config.data + "/asahi/keys/log-1.pem",
                             std::filesystem::copy_options::overwrite_existing);
  reopen();
  Wiring wiring(*installation);
  auto ask = [&](const std::string& target, const char* accept) {
    http::Request request;
    request.target = target;
    request.id = "01";
    request.headers.add("Accept", accept);
    request.headers.add("Accept-Language", "en");
    EXPECT_TRUE(http::parse_target(request).ok());
    return wiring.router().dispatch(request);
  };
  for (const char* id : {"minato", "midori", "asahi"}) {
    auto opened = installation->store().organisation(id);
    ASSERT_FALSE(opened.ok()) << id;
    for (const char* accept : {"text/html", "application/json"})
      for (const auto& target : {"/" + std::string(id), "/" + std::string(id) + "/plans", "/" + std::string(id) + "/log/checkpoint"}) {
        auto response = ask(target, accept);
        std::string page(response.bytes());
        EXPECT_EQ(response.status, 500) << target;
        EXPECT_NE(page.find("cannot be shown at the moment"), page.npos) << target << accept;
        EXPECT_EQ(page.find(config.data), page.npos) << target << accept;
        for (const char* word : {"musubi restore", "openssl", "log-1", "\"errors\""})
          EXPECT_EQ(page.find(word), page.npos) << target << word;
      }
  }
  std::string front(ask("/", "text/html").bytes());
  EXPECT_NE(front.find("cannot be shown at the moment"), front.npos);
  EXPECT_EQ(front.find("musubi restore"), front.npos);
  EXPECT_EQ(front.find(config.data), front.npos);
  EXPECT_EQ(ask("/aoba", "text/html").status, 200);
  auto health = parse_json(std::string(ask("/health", "*/*").bytes())).value();
  EXPECT_EQ(health.at("ok"), true);
  EXPECT_EQ(json::serialize(health.at("unopened")), R"(["asahi","midori","minato"])");
}

// With one row of its log left, too: what is written then is a second record 0 under the same name.
TEST_P(LostTown, KeysWhoseRecordsAreGoneBeginNoSecondHistory) {
  const std::vector<std::pair<std::string, std::set<std::string>>> cases = {
      {"minato", {}}, {"aoba", {"evidence_log"}}, {"midori", {"evidence_log", "evidence_key"}}};
  for (const auto& [id, kept] : cases) ASSERT_OK(create(id));
  installation.reset();
  for (const auto& [id, kept] : cases) {
    auto sql = [&, id = id](const std::string& text) { return raw(id, text); };
    for (const auto& row : sql(on_postgres() ? "SELECT CAST(tablename AS TEXT) FROM pg_tables WHERE schemaname = 'musubi_" + id + "'"
                                             : "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '%_search%'"))
      if (!row.text(0).starts_with("db_") && !kept.contains(row.text(0))) sql("DELETE FROM " + row.text(0));
  }
  reopen(Opening::kRead);
  for (const auto& [id, kept] : cases) {
    auto report = installation->verify(id, {});
    ASSERT_OK(report);
    EXPECT_EQ(report->records, 0u);
    EXPECT_TRUE(std::any_of(report->findings.begin(), report->findings.end(), [](const auto& one) {
      return one.kind == "log" && one.where == "records";
    })) << id;
  }
  reopen();
  for (const auto& [id, kept] : cases) {
    auto opened = installation->store().organisation(id);
    EXPECT_ERROR(opened, "org.keys_without_log");
    // The way out that is named: the database is moved, the keys stay or go.
    EXPECT_NE(opened.error().message.en.find(on_postgres() ? "RENAME TO kept_" + id : config.data + "/" + id + "/musubi.db"),
              std::string::npos);
    EXPECT_ERROR(create(id), "org.keys_without_log");
    EXPECT_EQ(raw(id, "SELECT count(*) FROM evidence_record")[0].integer(0), 0) << id;
  }
}

TEST(HistoryOf, EveryStateOfTheLogAndItsKeys) {
  using enum History;
  for (const auto& [origin, records, in_use, expected] :
       std::vector<std::tuple<bool, bool, bool, History>>{{false, false, false, kBegins},  // new, or cut short before its first record
                                                          {false, false, true, kLost},
                                                          {false, true, false, kLost},
                                                          {false, true, true, kLost},
                                                          {true, false, false, kLost},
                                                          {true, false, true, kLost},
                                                          {true, true, false, kGoesOn},  // of before the mark, or cut short before it
                                                          {true, true, true, kGoesOn}})
    EXPECT_EQ(history_of({origin ? std::optional<std::string>("example.jp/x") : std::nullopt, records, in_use}), expected)
        << origin << records << in_use;
}

}  // namespace
}  // namespace musubi::app
