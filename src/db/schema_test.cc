#include "db/schema.h"

#include <gtest/gtest.h>

#include "db/sql_text.h"

namespace musubi::db {
namespace {

Result<Schema> read(std::string_view sql, std::string_view path = "001_init.sql", std::string_view module = "kpi") {
  embedded::File file{path, sql};
  ModuleSchema one{module, {&file, 1}};
  return read_schema({&one, 1});
}

constexpr const char* kGood = R"(-- What kpi keeps.
-- @evidenced v1 key(id)
--   columns(id, plan_id,
--           title)
CREATE TABLE kpi_measure (
  id TEXT PRIMARY KEY,  -- a ';' in a comment;
  plan_id TEXT NOT NULL DEFAULT 'a;b, c)',
  title TEXT,
  row_salt BLOB NOT NULL,
  CHECK (length(id) > 0)
);
CREATE INDEX kpi_measure_plan ON kpi_measure (plan_id);
-- @working       sessions
CREATE TABLE kpi_session (id INTEGER PRIMARY KEY);
-- @fulltext kpi_search
)";

TEST(SchemaTest, ReadsTablesKindsAndStatements) {
  auto schema = read(kGood);
  ASSERT_TRUE(schema.ok()) << schema.error().message.en;
  ASSERT_EQ(schema->tables.size(), 2u);
  const Table* measure = schema->find("kpi_measure");
  ASSERT_TRUE(measure);
  EXPECT_EQ(measure->kind, TableKind::kEvidenced);
  EXPECT_EQ(measure->version, 1);
  EXPECT_EQ(measure->key, std::vector<std::string>{"id"});
  EXPECT_EQ(measure->columns, (std::vector<std::string>{"id", "plan_id", "title"}));
  EXPECT_EQ(schema->find("kpi_session")->kind, TableKind::kWorking);
  EXPECT_EQ(schema->find("kpi_none"), nullptr);
  EXPECT_EQ(schema->fulltexts, std::vector<std::string>{"kpi_search"});
  ASSERT_EQ(schema->migrations.size(), 1u);
  EXPECT_EQ(schema->migrations[0].number, 1);
  EXPECT_EQ(schema->migrations[0].name, "init");
  ASSERT_EQ(schema->migrations[0].statements.size(), 4u);
  EXPECT_EQ(schema->migrations[0].statements[3], "@fulltext kpi_search");
  EXPECT_TRUE(schema->migrations[0].statements[0].find("a;b, c)") != std::string::npos);
  EXPECT_TRUE(schema->migrations[0].statements[0].find("in a comment") == std::string::npos);
}

struct Bad {
  const char* sql;
  const char* where;
  const char* says;
};

TEST(SchemaTest, NamesEveryFaultWithFileAndLine) {
  const Bad cases[] = {
      {"CREATE TABLE kpi_a (id TEXT);\n", "kpi/schema/001_init.sql:1", "has no kind"},
      {"\n-- @working\nCREATE TABLE other_a (id TEXT);\n", "kpi/schema/001_init.sql:3", "must begin with \"kpi_\""},
      {"-- @evidenced v1 key(id) columns(id)\nCREATE TABLE kpi_a (id TEXT PRIMARY KEY);\n", ":2", "no row_salt"},
      {"-- @evidenced v1 key(no) columns(id)\nCREATE TABLE kpi_a (id TEXT PRIMARY KEY, row_salt BLOB);\n", ":2",
       "not among the columns"},
      {"-- @evidenced v1 key(id) columns(id)\nCREATE TABLE kpi_a (id TEXT, row_salt BLOB);\n", ":2", "neither PRIMARY KEY nor UNIQUE"},
      {"-- @evidenced v1 key(id) columns(id)\nCREATE TABLE kpi_a (id TEXT PRIMARY KEY, b TEXT, row_salt BLOB);\n", ":2",
       "\"b\" is missing"},
      {"-- @evidenced v1 key(id) columns(id, c)\nCREATE TABLE kpi_a (id TEXT PRIMARY KEY, row_salt BLOB);\n", ":2",
       "\"c\" is not in table"},
      {"-- @evidenced key(id)\n-- @working\nCREATE TABLE kpi_a (id TEXT);\n", ":1", "Write @evidenced"},
      {"-- @evidenced v key(id) columns(id)\nCREATE TABLE kpi_a (id TEXT PRIMARY KEY, row_salt BLOB);\n", ":1", "Write @evidenced"},
      {"-- @secret\nCREATE TABLE kpi_a (id TEXT);\n", ":1", "no annotation \"@secret\""},
      {"-- @log\nCREATE TABLE kpi_a (id TEXT);\n", ":1", "Only the module evidence"},
      {"-- @working\nCREATE INDEX kpi_i ON kpi_a (id);\n", ":2", "must follow the annotation"},
      {"-- @working\n", ":1", "No CREATE TABLE follows"},
      {"-- @fulltext search\n", ":1", "begins with \"kpi_\""},
      {"-- @working\nCREATE TABLE kpi_a (id TEXT)\n", ":2", "does not end with ';'"},
      {"-- @working\nCREATE TABLE kpi_a (id TEXT);\n-- @working\nCREATE TABLE kpi_a (id TEXT);\n", ":4", "created twice"},
      {"ALTER TABLE kpi_a ADD COLUMN b TEXT;\n", ":1", "no table \"kpi_a\" yet"},
      {"CREATE VIRTUAL TABLE kpi_f USING fts5(a);\n", ":1", "use @fulltext"},
  };
  for (const Bad& bad : cases) {
    auto schema = read(bad.sql);
    ASSERT_FALSE(schema.ok()) << bad.sql;
    EXPECT_EQ(schema.error().name, "schema.malformed");
    bool found = false;
    for (const Fault& fault : schema.error().faults)
      found = found || (fault.where.find(bad.where) != std::string::npos && fault.message.en.find(bad.says) != std::string::npos);
    EXPECT_TRUE(found) << bad.sql << schema.error().message.en;
  }
}

TEST(SchemaTest, ReportsAllFaultsAtOnce) {
  auto schema = read("CREATE TABLE kpi_a (id TEXT);\nCREATE TABLE kpi_b (id TEXT);\nCREATE TABLE c (id TEXT);\n");
  ASSERT_FALSE(schema.ok());
  EXPECT_EQ(schema.error().faults.size(), 4u);
}

TEST(SchemaTest, FilesAreNumberedWithoutGaps) {
  EXPECT_FALSE(read("", "002_init.sql").ok());
  EXPECT_FALSE(read("", "init.sql").ok());
  EXPECT_FALSE(read("", "001-init.txt").ok());
  EXPECT_TRUE(read("", "001_init.sql").ok());
}

constexpr const char* kEvidencedAndWorking =
    "-- @evidenced v1 key(id) columns(id)\nCREATE TABLE kpi_a (id TEXT PRIMARY KEY, row_salt BLOB NOT NULL);\n"
    "-- @working\nCREATE TABLE kpi_b (id TEXT PRIMARY KEY);\n";

Result<Schema> migrated(std::string_view later) {
  embedded::File files[] = {{"002_more.sql", later}, {"001_init.sql", kEvidencedAndWorking}};
  ModuleSchema module{"kpi", files};
  return read_schema({&module, 1});
}

TEST(SchemaTest, NoMigrationChangesAnEvidencedTable) {
  for (const char* later :
       {"-- @evidenced v2 key(id) columns(id, note)\nALTER TABLE kpi_a ADD COLUMN note TEXT;\n",
        "ALTER TABLE kpi_a ADD COLUMN note TEXT;\n", "ALTER TABLE kpi_a DROP COLUMN id;\n",
        "-- @working\nALTER TABLE kpi_a ADD COLUMN note TEXT;\n", "DROP TABLE kpi_a;\n", "DROP TABLE IF EXISTS kpi_a;\n",
        "DROP TABLE kpi_a CASCADE;\n", "DELETE FROM KPI_A;\n", "INSERT OR REPLACE INTO kpi_a (id, row_salt) VALUES ('x', x'00');\n",
        "UPDATE kpi_a SET id = 'x';\n", "DELETE FROM kpi_a;\n", "INSERT INTO kpi_a (id, row_salt) VALUES ('x', x'00');\n"}) {
    auto schema = migrated(later);
    ASSERT_FALSE(schema.ok()) << later;
    ASSERT_EQ(schema.error().faults.size(), 1u) << schema.error().message.en;
    EXPECT_TRUE(schema.error().faults[0].where.starts_with("kpi/schema/002_more.sql:")) << later;
    EXPECT_NE(schema.error().faults[0].message.en.find("@evidenced table \"kpi_a\": make a new table"), std::string::npos) << later;
  }
}

TEST(SchemaTest, ALaterMigrationMayChangeTheOthersAndIndexAll) {
  auto schema = migrated(
      "ALTER TABLE kpi_b ADD COLUMN note TEXT;\nUPDATE kpi_b SET note = id;\nCREATE INDEX kpi_a_id ON kpi_a (id);\n"
      "INSERT INTO kpi_b (id) SELECT id FROM kpi_a;\n"
      "-- @evidenced v1 key(id) columns(id, note)\n"
      "CREATE TABLE kpi_a2 (id TEXT PRIMARY KEY, note TEXT, row_salt BLOB NOT NULL);\nDROP TABLE kpi_b;\n");
  ASSERT_TRUE(schema.ok()) << schema.error().message.en;
  EXPECT_EQ(schema->tables.size(), 2u);
  EXPECT_EQ(schema->find("kpi_a")->version, 1);
  EXPECT_EQ(schema->find("kpi_a2")->columns.size(), 2u);
}

TEST(SqlTextTest, FindsTheTablesThatAStatementWrites) {
  EXPECT_EQ(written_tables("WITH x AS (SELECT 1) insert into kpi_a (id) VALUES ('UPDATE kpi_b') ON CONFLICT (id) DO UPDATE SET id=1"),
            (std::vector<std::string>{"kpi_a", "SET"}));
  EXPECT_EQ(written_tables("DELETE FROM kpi_a WHERE id IN (SELECT id FROM kpi_b)"), std::vector<std::string>{"kpi_a"});
  EXPECT_EQ(written_tables("UPDATE kpi_c SET a = 1"), std::vector<std::string>{"kpi_c"});
}

}  // namespace
}  // namespace musubi::db
