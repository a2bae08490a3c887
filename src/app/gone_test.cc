// An organisation that lost a table or a column, or whose columns took another type: verify reads on and says which.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "app/installation.h"
#include "identity/resident_sessions.h"
#include "kpi/kpi.h"
#include "kpi/test_plan.h"
#include "support/raw_sql.h"
#include "support/store_fixture.h"

namespace musubi::app {
namespace {

namespace fs = std::filesystem;

class Gone : public testing::StoreTest {
 protected:
  void SetUp() override {
    testing::StoreTest::SetUp();
    if (HasFatalFailure()) return;
    config.postgres = postgres();
    config.data = folder.path() + "/data";
    file = config.data + "/minato/musubi.db";
    auto installation = Installation::open(config, Opening::kServe);
    ASSERT_OK(installation);
    ASSERT_OK((*installation)
                  ->create_organisation({"minato", {"municipality", {"みなと町", "Minato Town"}}, "example.jp/minato", "管理者"}));
    auto database = (*installation)->store().organisation("minato");
    ASSERT_OK(database);
    ASSERT_OK(kpi::Plans(**database).import_plan(kpi::small_plan(), "officer-aaaaaa"));
    ASSERT_OK((*database)->write(
        [&](db::Transaction& tx) { return identity::open_resident_session(tx, "resident-x", (*installation)->clock().now()); }));
  }
  db::Rows sql(const std::string& text) {
    return on_postgres() ? testing::raw_postgres(postgres(), "musubi_minato", text) : testing::raw_sql(file, text);
  }
  void keep() {
    if (!on_postgres()) fs::copy_file(file, folder.path() + "/kept.db", fs::copy_options::overwrite_existing);
  }
  // The file as it was kept; on PostgreSQL what undoes the change.
  void back(const std::string& undo) {
    if (on_postgres())
      sql(undo);
    else
      fs::copy_file(folder.path() + "/kept.db", file, fs::copy_options::overwrite_existing);
  }
  std::vector<evidence::Finding> findings() {
    auto installation = Installation::open(config, Opening::kRead);
    if (!installation.ok()) return {{"error", installation.error().name, installation.error().message}};
    auto report = (*installation)->verify("minato", {});
    if (!report.ok()) return {{"error", report.error().name, report.error().message}};
    return report->findings;
  }
  void expect_named(const std::vector<std::string>& either, const std::string& lost) {
    auto found = findings();
    std::string all;
    bool named = false;
    for (const auto& one : found) {
      all += "\n  " + one.kind + " " + one.where + ": " + one.message.en;
      if (one.kind == "schema" && std::count(either.begin(), either.end(), one.where)) named = true;
      // Rows that cannot be read are not told as changed; without the log nothing can be held against anything.
      EXPECT_TRUE(one.kind != "row" || lost.starts_with("evidence_")) << lost << ": " << one.kind << " " << one.where;
    }
    EXPECT_TRUE(named) << lost << all;
  }

  Config config;
  std::string file;
};
INSTANTIATE_TEST_SUITE_P(Both, Gone, ::testing::ValuesIn(testing::back_ends()), testing::back_end_name);

TEST_P(Gone, ATableOfEachKind) {
  ASSERT_TRUE(findings().empty());
  keep();
  for (const std::string table :
       {"evidence_record", "evidence_key", "trust_certificate", "identity_officer", "identity_opened", "identity_link",
        "exchange_waiting", "records_applicant", "records_search", "kpi_record", "kpi_trace"}) {
    sql(on_postgres() ? "ALTER TABLE " + table + " RENAME TO gone" : "DROP TABLE " + table);
    expect_named({"table " + table}, table);
    back("ALTER TABLE gone RENAME TO " + table);
  }
  EXPECT_TRUE(findings().empty());
}

TEST_P(Gone, WithoutCheckpointsAndNodesTheRecordsAreReadAllTheSame) {
  keep();
  sql("UPDATE evidence_record SET counter = 77 WHERE idx = 2");
  for (const std::string table : {"evidence_checkpoint", "evidence_node"})
    sql(on_postgres() ? "ALTER TABLE " + table + " RENAME TO " + table + "_gone" : "DROP TABLE " + table);
  std::set<std::string> kinds;
  for (const auto& one : findings()) kinds.insert(one.kind + " " + one.where.substr(0, one.where.find(" (")));
  for (const char* expected : {"schema table evidence_checkpoint", "schema table evidence_node", "head record 2"})
    EXPECT_TRUE(kinds.contains(expected)) << expected;
}

TEST_P(Gone, AColumn) {
  keep();
  for (const auto& [table, column] : std::vector<std::pair<std::string, std::string>>{
           {"evidence_checkpoint", "note"}, {"identity_officer", "role"}, {"identity_session", "digest"}, {"kpi_trace", "stream"}}) {
    sql("ALTER TABLE " + table + " RENAME COLUMN " + column + " TO gone");
    expect_named({"table " + table, "column " + table + "." + column}, table);
    back("ALTER TABLE " + table + " RENAME COLUMN gone TO " + column);
  }
  EXPECT_TRUE(findings().empty());
}

TEST_P(Gone, TheTypeOfAColumn) {
  keep();
  std::vector<std::pair<const char*, const char*>> columns = {{"identity_resident_session", "created_at"}, {"kpi_record", "revision"}};
  if (on_postgres()) {  // SQLite takes nothing else for the number of a row
    columns.push_back({"evidence_record", "idx"});
    columns.push_back({"evidence_checkpoint", "size"});
    columns.push_back({"evidence_body", "idx"});
  }
  for (auto [table, column] : columns) {
    SCOPED_TRACE(table);
    const std::string name = std::string(table) + "." + column;
    auto alter = [&](const char* type) {
      return "ALTER TABLE " + std::string(table) + " ALTER " + column + " TYPE " + type + " USING CAST(" + column + " AS " + type +
             ")";
    };
    if (on_postgres()) {
      sql(alter("TEXT"));
    } else {
      testing::loosen_types(file);
      sql("UPDATE " + std::string(table) + " SET " + column + " = 'soon'");
    }
    bool told = false;
    for (const auto& one : findings()) {
      EXPECT_NE(one.kind, "error") << one.message.en;
      told |= one.where == "column " + name && one.message.en.find(" another type ") != one.message.en.npos;
    }
    EXPECT_TRUE(told);
    back(alter("BIGINT"));
  }
  EXPECT_TRUE(findings().empty());
}

}  // namespace
}  // namespace musubi::app
