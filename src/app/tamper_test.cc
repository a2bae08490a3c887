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

std::vector<db::Table> tables() {
  const db::ModuleSchema modules[] = {{"evidence", embedded::evidence_schema()},    {"trust", embedded::trust_schema()},
                                      {"identity", embedded::identity_schema()},    {"exchange", embedded::exchange_schema()},
                                      {"records", embedded::records_schema()},      {"kpi", embedded::kpi_schema()},
                                      {"procedures", embedded::procedures_schema()}};
  auto schema = db::read_schema(modules);
  CHECK(schema.ok());
  std::erase_if(schema->tables, [](const db::Table& one) { return one.kind == db::TableKind::kWorking; });
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

class DemoTampered : public ::testing::Test {
 protected:
  struct Office {
    std::string id, data, file;
    std::int64_t records = 0;
  };
  void SetUp() override {
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
        office.records = testing::raw_sql(office.file, "SELECT count(*) FROM evidence_record")[0].integer(0);
        offices.push_back(office);
      }
    std::sort(offices.begin(), offices.end(), [](auto& a, auto& b) { return a.records < b.records; });
  }
  // A row in each table that nothing of the demo fills: an indicator of the town's own, a message that is not delivered, a decision
  // that waits for an entry by hand; a passkey, which no page registers yet, and a file beside the form of a case.
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
  // What verify says of the file as it stands: findings, or the error that it ends with.
  std::vector<std::string> findings(const Office& office) {
    Config own = config;
    own.data = office.data;
    auto installation = Installation::open(own, Opening::kRead);
    if (!installation.ok()) return {installation.error().name};
    auto report = (*installation)->verify(office.id, {});
    if (!report.ok()) return {report.error().name};
    std::vector<std::string> out;
    for (const auto& one : report->findings) out.push_back(one.kind + " " + one.where + " " + one.message.en);
    return out;
  }
  // The smallest organisation that has rows of the table.
  const Office* holder(const std::string& table) const {
    for (const auto& office : offices)
      if (testing::raw_sql(office.file, "SELECT count(*) FROM " + table)[0].integer(0) > 0) return &office;
    return nullptr;
  }
  void tamper(const Office& office, const std::string& table, const std::string& column, const std::string& type) {
    auto rows = testing::raw_sql(office.file,
                                 "SELECT rowid, " + column + " FROM " + table + " ORDER BY " + column + " IS NULL, rowid LIMIT 1");
    std::string update = "UPDATE " + table + " SET " + column + " = ? WHERE rowid = ?";
    Value key = rows[0].at(0), before = rows[0].at(1), after = changed(before, type);
    testing::raw_sql(office.file, update, {after, key});
    bool row_id = testing::raw_sql(office.file, "SELECT count(*) FROM " + table + " WHERE rowid = ?", {key})[0].integer(0) == 0;
    bool named = !findings(office).empty();
    EXPECT_TRUE(named) << office.id << ": " << table << "." << column;
    testing::raw_sql(office.file, update, {before, row_id ? after : key});  // an integer key is the row's own number
  }

  testing::TemporaryFolder folder;
  Config config;
  std::vector<Office> offices;
};

TEST_F(DemoTampered, EveryColumnOfEveryTableThatIsAnsweredFor) {
  for (const auto& office : offices) ASSERT_EQ(findings(office), std::vector<std::string>{}) << office.id;
  std::size_t columns = 0;
  for (const auto& table : tables()) {
    const Office* office = holder(table.name);
    EXPECT_TRUE(office) << table.name << " has no row: fill it above";
    if (!office) continue;
    for (const auto& column : testing::raw_sql(office->file, "SELECT name, type FROM pragma_table_info('" + table.name + "')")) {
      tamper(*office, table.name, column.text(0), column.text(1));
      ++columns;
    }
  }
  EXPECT_GT(columns, 200u);
  for (const auto& office : offices) EXPECT_EQ(findings(office), std::vector<std::string>{}) << office.id << ": all was changed back";
}

}  // namespace
}  // namespace musubi::app
