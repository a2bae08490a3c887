// The tables of every module, as the migrations make them on either back end, are what the comparison expects.
#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "db/storage_check.h"
#include "support/raw_sql.h"
#include "support/store_fixture.h"

namespace musubi::db {
namespace {

namespace fs = std::filesystem;

Schema every_module() {
  std::vector<testing::SchemaFile> files;
  for (const auto& module : fs::directory_iterator(MUSUBI_SOURCE_DIR "/src"))
    if (fs::is_directory(module.path() / "schema") && module.path().filename() != "db")
      for (const auto& file : fs::directory_iterator(module.path() / "schema")) {
        std::ifstream in(file.path());
        files.push_back({module.path().filename(), file.path().filename(), {std::istreambuf_iterator<char>(in), {}}});
      }
  std::sort(files.begin(), files.end(), [](auto& a, auto& b) { return std::pair(a.module, a.path) < std::pair(b.module, b.path); });
  return testing::schema_of(files);
}

class SchemaCheckTest : public testing::StoreTest {
 protected:
  // Statements with "; " between them.
  void run_all(const std::string& sql) {
    for (std::size_t at = 0; at < sql.size();) {
      std::size_t end = std::min(sql.find("; ", at), sql.size());
      run_on_postgres(sql.substr(at, end - at));
      at = end + 2;
    }
  }
};
INSTANTIATE_TEST_SUITE_P(Both, SchemaCheckTest, ::testing::ValuesIn(testing::back_ends()), testing::back_end_name);

TEST_P(SchemaCheckTest, EveryModuleAsItWasMade) {
  open(options(every_module()));
  auto town = store->create("town");
  ASSERT_OK(town);
  EXPECT_GT((*town)->schema().tables.size(), 60u);
  for (auto check : {+[](Reader& reader, const Schema& schema) { return check_schema(reader, schema); },
                     +[](Reader& reader, const Schema&) { return check_indexes(reader); }}) {
    auto faults = (*town)->read([&](Reader& reader) { return check(reader, (*town)->schema()); });
    ASSERT_OK(faults);
    for (const auto& one : *faults) ADD_FAILURE() << one.kind << " " << one.where << ": " << one.message.en;
  }
}

std::vector<std::string> found_in(Database& town) {
  auto faults = town.read([&](Reader& reader) { return check_schema(reader, town.schema()); });
  std::vector<std::string> out;
  if (!faults.ok()) return {faults.error().message.en};
  for (const auto& one : *faults) out.push_back(one.where + ": " + one.message.en);
  return out;
}

using Found = std::vector<std::string>;

TEST_P(SchemaCheckTest, ExpressionsAreTheSameInTheWordsOfEitherBackEnd) {
  open(options(testing::schema_of({{"x", "001_init.sql", R"(
-- @working
CREATE TABLE x_thing (
  id TEXT PRIMARY KEY,
  negative INTEGER NOT NULL DEFAULT -1,
  big INTEGER NOT NULL DEFAULT 10000000000,
  half REAL NOT NULL DEFAULT 0.5,
  negative_half REAL NOT NULL DEFAULT -0.5,
  quoted TEXT NOT NULL DEFAULT 'x''y',
  word TEXT NOT NULL DEFAULT '-1',
  absent INTEGER DEFAULT NULL,
  empty TEXT NOT NULL DEFAULT ''
);
CREATE INDEX x_thing_1 ON x_thing (negative) WHERE absent IS NULL;
CREATE INDEX x_thing_2 ON x_thing (word) WHERE empty = 'x';
CREATE INDEX x_thing_3 ON x_thing (word, big) WHERE negative = -1 AND big = 2;
CREATE UNIQUE INDEX x_thing_4 ON x_thing (negative DESC) WHERE empty <> '';
)"},
                                   {"x", "002_more.sql", "ALTER TABLE x_thing ADD COLUMN later INTEGER NOT NULL DEFAULT -7;\n"}})));
  auto town = store->create("town");
  ASSERT_OK(town);
  EXPECT_EQ(found_in(**town), Found{});
}

TEST_P(SchemaCheckTest, WhatWouldLoseRefuseOrReorderRowsIsNamed) {
  if (!on_postgres()) return;
  const std::string made = R"(
-- @working
CREATE TABLE x_thing (id INTEGER PRIMARY KEY, n INTEGER NOT NULL DEFAULT -1, word TEXT NOT NULL DEFAULT 'x');
CREATE INDEX x_thing_n ON x_thing (n);
)";
  open(options(testing::schema_of({{"x", "001_init.sql", made}})));
  auto town = store->create("town");
  ASSERT_OK(town);
  EXPECT_EQ(found_in(**town), Found{});
  const std::string different = "It is not as Musubi made it.", added = "Musubi did not make it.";
  for (auto [change, what, back] :
       {std::array<std::string, 3>{"ALTER TABLE musubi_town.x_thing SET UNLOGGED", "table x_thing: " + different,
                                   "ALTER TABLE musubi_town.x_thing SET LOGGED"},
        {"ALTER TABLE musubi_town.x_thing ADD CONSTRAINT small CHECK (n < 3) NOT VALID", "constraint small: " + added,
         "ALTER TABLE musubi_town.x_thing DROP CONSTRAINT small"},
        {"ALTER TABLE musubi_town.x_thing ALTER COLUMN word TYPE TEXT COLLATE \"default\"", "column x_thing.word: " + different,
         "ALTER TABLE musubi_town.x_thing ALTER COLUMN word TYPE TEXT COLLATE \"C\""},
        {"ALTER TABLE musubi_town.x_thing ALTER COLUMN word SET DEFAULT 'x(::text)'", "column x_thing.word: " + different,
         "ALTER TABLE musubi_town.x_thing ALTER COLUMN word SET DEFAULT 'x'"},
        {"ALTER TABLE musubi_town.x_thing ALTER COLUMN n SET DEFAULT 1", "column x_thing.n: " + different,
         "ALTER TABLE musubi_town.x_thing ALTER COLUMN n SET DEFAULT -1"},
        {"DROP INDEX musubi_town.x_thing_n; CREATE INDEX x_thing_n ON musubi_town.x_thing (n DESC)", "index x_thing_n: " + different,
         "DROP INDEX musubi_town.x_thing_n; CREATE INDEX x_thing_n ON musubi_town.x_thing (n)"}}) {
    run_all(change);
    EXPECT_EQ(found_in(**town), Found{what}) << change;
    run_all(back);
    EXPECT_EQ(found_in(**town), Found{}) << back;
  }
}

// What somebody wrote into the database is no reason to stop, however long it is.
TEST_P(SchemaCheckTest, AnExpressionOfAnySizeIsCompared) {
  open(options(testing::schema_of(
      {{"x", "001_init.sql", "-- @working\nCREATE TABLE x_thing (id INTEGER PRIMARY KEY, word TEXT NOT NULL);\n"}})));
  auto town = store->create("town");
  ASSERT_OK(town);
  const std::string change = "ALTER TABLE x_thing ADD COLUMN note TEXT DEFAULT '" + std::string(200'000, '1') + "'";
  on_postgres() ? testing::raw_postgres(postgres(), "musubi_town", change)
                : testing::raw_sql(folder.path() + "/data/town/musubi.db", change);
  EXPECT_EQ(found_in(**town),
            (Found{on_postgres() ? "column x_thing.note: Musubi did not make it." : "table x_thing: It is not as Musubi made it."}));
  if (!on_postgres()) return;
  run_on_postgres("ALTER TABLE musubi_town.x_thing DROP COLUMN note");
  run_on_postgres("ALTER TABLE musubi_town.x_thing ALTER word SET DEFAULT '" + std::string(200'000, '1') + "'");
  EXPECT_EQ(found_in(**town), Found{"column x_thing.word: It is not as Musubi made it."});
}

}  // namespace
}  // namespace musubi::db
