// The demo's organisations after some days of work, and one value changed in each column of each of their tables that verify
// answers for: every change must be named. What the demo leaves without a row gets one here, so that no table is passed over.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "app/demo_towns.h"
#include "embedded/evidence_schema.h"
#include "embedded/exchange_schema.h"
#include "embedded/identity_schema.h"
#include "embedded/kpi_schema.h"
#include "embedded/procedures_schema.h"
#include "embedded/records_schema.h"
#include "embedded/trust_schema.h"
#include "identity/entry.h"
#include "kpi/definitions.h"
#include "kpi/duties.h"
#include "kpi/gather.h"
#include "kpi/scales.h"
#include "kpi/sheets.h"
#include "kpi/test_sheet.h"
#include "kpi/trace.h"
#include "support/raw_sql.h"
#include "support/store_fixture.h"

namespace musubi::app {
namespace {

using db::Value;

std::vector<db::Table> tables(bool working = false) {
  const db::ModuleSchema modules[] = {{"evidence", embedded::evidence_schema()},    {"trust", embedded::trust_schema()},
                                      {"identity", embedded::identity_schema()},    {"exchange", embedded::exchange_schema()},
                                      {"records", embedded::records_schema()},      {"kpi", embedded::kpi_schema()},
                                      {"procedures", embedded::procedures_schema()}};
  auto schema = db::read_schema(modules);
  CHECK(schema.ok());
  std::erase_if(schema->tables, [&](const db::Table& one) { return one.kind == db::TableKind::kWorking && !working; });
  return schema->tables;
}

// Another value of the same type; something where nothing was.
Value changed(const Value& value, const std::string& type) {
  if (auto* n = std::get_if<std::int64_t>(&value)) return *n ^ (std::int64_t(1) << 20);
  if (auto* d = std::get_if<double>(&value)) return *d + 0.25;
  if (auto* t = std::get_if<std::string>(&value)) return *t + "x";
  if (auto* b = std::get_if<db::Blob>(&value)) {
    std::string bytes = b->bytes.empty() ? std::string("y") : b->bytes;
    bytes[bytes.size() / 2] ^= 1;
    return db::Blob{bytes};
  }
  if (type == "INTEGER") return std::int64_t(1);
  if (type == "REAL") return 0.5;
  if (type == "BLOB") return db::blob("x");
  return std::string("x");
}

class DemoTampered : public testing::StoreTest {
 protected:
  struct Office {
    std::string id, data, file;
    std::int64_t records = 0;
  };
  void SetUp() override {
    testing::StoreTest::SetUp();
    if (HasFatalFailure()) return;
    config.postgres = postgres();
    config.data = folder.path() + "/demo";
    DemoPorts ports{"127.0.0.1", 8080};  // named in addresses only: nothing listens
    ASSERT_OK(make_demo_towns(config, ports, {40, 8, 120}, [](const Text&) {}));
    {
      auto world = DemoWorld::open(config, ports);
      ASSERT_OK(world);
      ASSERT_NO_FATAL_FAILURE(fill(**world));
      for (const auto& place : demo_places())
        for (const char* id : place.organisations) ASSERT_NO_FATAL_FAILURE(gather(*(*world)->database(id)));
      kpi::SheetDuties duties;
      duties.posts[0] = {"planner"};
      ASSERT_OK(kpi::state_duties(*(*world)->database("minato"), duties, {"planner"}, "operator", 0));
      kpi::Scale own = kpi::embedded_scales()[0];
      own.id = "minato.scale";
      ASSERT_OK(kpi::Scales(*(*world)->database("minato")).import_scale(own, "operator"));
      ASSERT_NO_FATAL_FAILURE(erase_one((*world)->installation("minato"), "minato"));
      (*world)->keep_checkpoints();
    }
    for (const auto& place : demo_places())
      for (const char* id : place.organisations) {
        std::string data = config.data + "/" + place.folder;
        Office office{id, data, data + "/" + id + "/musubi.db"};
        office.records = sql(office, "SELECT count(*) FROM evidence_record")[0].integer(0);
        offices.push_back(office);
      }
    std::sort(offices.begin(), offices.end(), [](auto& a, auto& b) { return a.records < b.records; });
  }
  // A row in each table that nothing of the demo fills: an indicator of the town's own, a message that is not delivered, a decision
  // that waits for an entry by hand; a report of a past day; a passkey, which no page registers yet, and a file beside the form of a case.
  static void fill(DemoWorld& world) {
    db::Database& database = *world.database("minato");
    kpi::IndicatorPack own{"minato.indicators", "1", {kpi::embedded_indicators()[0]}};
    own.indicators[0].id = "minato.own";
    ASSERT_OK(kpi::Definitions(database).import_pack(own, {}, "operator"));
    kpi::Sheet sheet = kpi::small_sheet();
    sheet.header.id = "minato.sheet-2023";
    sheet.programmes[0].measures = {{"minato.elsewhere", "1-1"}};
    ASSERT_OK(kpi::Sheets(database).import_sheet(sheet, "operator"));
    auto exchange = world.exchange("minato");
    ASSERT_OK(exchange);
    ASSERT_OK(database.write([&](db::Transaction& tx) -> Result<void> {
      TRY((*exchange)->post(tx, {"aoba", "news", "", {}, {}, "of-this-test"}));
      TRY(tx.put("identity_passkey", {{"id", "passkey"}, {"person", "nobody"}, {"public_key", "key"}, {"added_at", std::int64_t(1)}}));
      TRY(tx.put("kpi_report_past", {{"organisation", "aoba"},
                                     {"day", "2026-01-01"},
                                     {"revision", std::int64_t(1)},
                                     {"title_ja", "青葉町"},
                                     {"title_en", "Aoba Town"},
                                     {"size", std::int64_t(1)},
                                     {"at", std::int64_t(1)},
                                     {"content", db::blob("report")}}));
      auto forms = TRY(tx.query("SELECT case_id, revision FROM records_form ORDER BY case_id LIMIT 1"));
      TRY(tx.put("records_file", {{"case_id", forms.at(0).text(0)},
                                  {"number", std::int64_t(1)},
                                  {"revision", forms.at(0).integer(1)},
                                  {"name", "map.png"},
                                  {"media_type", "image/png"},
                                  {"bytes", std::int64_t(4)},
                                  {"content", db::blob("\x89PNG")}}));
      return identity::open_due(tx, "of-this-test", "nobody", "person.address", world.clock().now(), "operator");
    }));
  }
  static void gather(db::Database& database) {
    auto all = database.read([](db::Reader& reader) { return kpi::definitions(reader); });
    ASSERT_OK(all);
    while (true) {
      auto more = kpi::Indicators(database).catch_up(*all);
      ASSERT_OK(more);
      if (!*more) break;
    }
    while (true) {
      auto more = kpi::Traces(database).catch_up();
      ASSERT_OK(more);
      if (!*more) break;
    }
  }
  static void erase_one(Installation& installation, const std::string& id) {
    auto database = installation.store().organisation(id);
    ASSERT_OK(database);
    auto bodies = (*database)->read(
        [](db::Reader& reader) { return reader.query("SELECT idx FROM evidence_body ORDER BY idx DESC LIMIT 200"); });
    ASSERT_OK(bodies);
    for (const auto& row : *bodies)  // not every record's body may go
      if (installation.erase(id, {std::uint64_t(row.integer(0))}, "request", "operator").ok()) return;
    FAIL() << "no body could be erased";
  }
  db::Rows sql(const Office& office, const std::string& text, const std::vector<Value>& parameters = {}) const {
    return on_postgres() ? testing::raw_postgres(postgres(), "musubi_" + office.id, text, parameters)
                         : testing::raw_sql(office.file, text, parameters);
  }
  db::Rows columns_of(const Office& office, const std::string& table) const {
    if (!on_postgres()) return sql(office, "SELECT name, type FROM pragma_table_info('" + table + "')");
    return sql(office,
               "SELECT CAST(column_name AS TEXT), CASE data_type WHEN 'bigint' THEN 'INTEGER' WHEN 'bytea' THEN 'BLOB' "
               "WHEN 'double precision' THEN 'REAL' ELSE 'TEXT' END FROM information_schema.columns "
               "WHERE table_schema = current_schema() AND table_name = ? ORDER BY ordinal_position",
               {table});
  }
  // What verify says of the file as it stands. It may not end with an error, which would name nothing.
  std::vector<std::string> findings(const Office& office) {
    Config own = config;
    own.data = office.data;
    auto installation = Installation::open(own, Opening::kRead);
    std::vector<std::string> out;
    auto report = installation.ok() ? (*installation)->verify(office.id, {}) : installation.error();
    EXPECT_TRUE(report.ok()) << report.error().name << ": " << report.error().message.en;
    if (!report.ok()) return out;
    for (const auto& one : report->findings) out.push_back(one.kind + " " + one.where + " " + one.message.en);
    return out;
  }
  // The smallest organisation that has rows of the table.
  const Office* holder(const std::string& table) const {
    for (const auto& office : offices)
      if (sql(office, "SELECT count(*) FROM " + table)[0].integer(0) > 0) return &office;
    return nullptr;
  }
  // How a finding names the table: the log's own by what they hold.
  static std::string word_for(const std::string& table) {
    if (table == "evidence_record" || table == "evidence_body") return " record ";
    if (table == "evidence_node") return " tile level ";
    if (table == "evidence_checkpoint") return " checkpoint ";
    return table;
  }
  void tamper(const Office& office, const std::string& table, const std::string& column, const std::string& type) {
    // The row's own number or place, which a change may move: an integer key is that number.
    const std::string place = on_postgres() ? "CAST(ctid AS TEXT)" : "rowid",
                      at = on_postgres() ? "ctid = CAST(? AS tid)" : "rowid = ?";
    auto rows = sql(office, "SELECT " + place + ", " + column + " FROM " + table + " ORDER BY " + column + " IS NULL, 1 LIMIT 1");
    std::string update = "UPDATE " + table + " SET " + column + " = ? WHERE " + at + " RETURNING " + place;
    Value key = rows[0].at(0), before = rows[0].at(1), after = changed(before, type);
    auto moved = sql(office, update, {after, key})[0].at(0);
    auto found = findings(office);
    bool named =
        std::any_of(found.begin(), found.end(), [&](const std::string& one) { return one.find(word_for(table)) != one.npos; });
    EXPECT_TRUE(named) << office.id << ": " << table << "." << column << " is not named, but "
                       << (found.empty() ? "nothing" : found[0]);
    sql(office, update, {before, moved});
  }

  Config config;
  std::vector<Office> offices;
};

INSTANTIATE_TEST_SUITE_P(Both, DemoTampered, ::testing::ValuesIn(testing::back_ends()), testing::back_end_name);

TEST_P(DemoTampered, EveryColumnOfEveryTableThatIsAnsweredFor) {
  for (const auto& office : offices) ASSERT_EQ(findings(office), std::vector<std::string>{}) << office.id;
  std::size_t columns = 0;
  for (const auto& table : tables()) {
    const Office* office = holder(table.name);
    EXPECT_TRUE(office) << table.name << " has no row: fill it above";
    if (!office) continue;
    for (const auto& column : columns_of(*office, table.name)) {
      tamper(*office, table.name, column.text(0), column.text(1));
      ++columns;
    }
  }
  EXPECT_GT(columns, 200u);
  for (const auto& office : offices) EXPECT_EQ(findings(office), std::vector<std::string>{}) << office.id << ": all was changed back";
}

// What full text keeps of a row says what the row says, whether a search finds it or not.
TEST_P(DemoTampered, WordsOfFullText) {
  for (const std::string index : {"kpi_search", "records_search", "identity_resident_search"}) {
    std::string table = on_postgres() ? index : index + "_content", words = on_postgres() ? "tokens" : "c0", row = "id";
    const Office* office = holder(table);
    ASSERT_TRUE(office) << index;
    ASSERT_EQ(findings(*office), std::vector<std::string>{}) << office->id;
    auto before = sql(*office, "SELECT " + row + ", " + words + " FROM " + table + " ORDER BY 1 LIMIT 1")[0];
    std::string update = "UPDATE " + table + " SET " + words + " = ? WHERE " + row + " = ?";
    sql(*office, update, {std::string("forged"), before.at(0)});
    auto found = findings(*office);
    EXPECT_EQ(found.size(), 1u) << index;
    EXPECT_TRUE(!found.empty() && found[0].starts_with("derived fulltext " + index + " row ")) << index;
    sql(*office, update, {before.at(1), before.at(0)});
  }
}

// The bytes of an SQLite file may hold any type in any column: it is counted, and no check stops at it.
class DemoOfOtherTypes : public DemoTampered {
 protected:
  // All columns of one row at once, but for a number that is the row's own place.
  void tamper_types(const Office& office, const std::string& table) {
    auto columns = sql(office, "SELECT name, type, pk, max(pk) OVER () FROM pragma_table_info('" + table + "') ORDER BY cid");
    std::erase_if(columns, [](const db::Row& one) { return one.integer(2) == 1 && one.integer(3) == 1 && one.text(1) == "INTEGER"; });
    std::string names, changes;
    std::vector<Value> other;
    for (const auto& column : columns) {
      names += (names.empty() ? "" : ", ") + column.text(0);
      changes += (changes.empty() ? "" : ", ") + column.text(0) + " = ?";
      other.push_back(column.text(1) == "TEXT" ? db::blob("\xff") : Value(std::string("soon")));
    }
    auto row = sql(office, "SELECT rowid, " + names + " FROM " + table + " ORDER BY 1 LIMIT 1").at(0);
    std::vector<Value> before;
    for (std::size_t i = 1; i < row.size(); ++i) before.push_back(row.at(i));
    other.push_back(row.at(0));
    before.push_back(row.at(0));
    const std::string update = "UPDATE " + table + " SET " + changes + " WHERE rowid = ?";
    sql(office, update, other);
    auto found = findings(office);
    for (const auto& column : columns) {
      std::string where = "schema column " + table + "." + column.text(0) + " The value of 1 row ";
      EXPECT_EQ(std::count_if(found.begin(), found.end(), [&](const auto& one) { return one.starts_with(where); }), 1) << where;
    }
    sql(office, update, before);
  }
};
INSTANTIATE_TEST_SUITE_P(Sqlite, DemoOfOtherTypes, ::testing::Values(testing::BackEnd::kSqlite), testing::back_end_name);

TEST_P(DemoOfOtherTypes, AreCountedInEveryTable) {
  for (const auto& office : offices) testing::loosen_types(office.file);
  std::size_t seen = 0;
  for (const auto& table : tables(true)) {
    const Office* office = holder(table.name);
    if (!office) continue;
    SCOPED_TRACE(office->id + " " + table.name);
    tamper_types(*office, table.name);
    ++seen;
  }
  EXPECT_GT(seen, 50u);
  for (const auto& office : offices)
    for (const auto& one : findings(office)) EXPECT_TRUE(one.starts_with("schema table ")) << office.id << ": " << one;
}

}  // namespace
}  // namespace musubi::app
