// The tables of every module, as the migrations make them on either back end, are what the comparison expects.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "db/storage_check.h"
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

class SchemaCheckTest : public testing::StoreTest {};
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

TEST_P(SchemaCheckTest, DefaultsAreTheSameInTheWordsOfEitherBackEnd) {
  std::vector<testing::SchemaFile> files = {
      {"x", "001_thing.sql",
       "-- @working\nCREATE TABLE x_thing (id INTEGER PRIMARY KEY NOT NULL, a INTEGER NOT NULL DEFAULT -1, "
       "b INTEGER NOT NULL DEFAULT 0, c REAL NOT NULL DEFAULT -2.5, d TEXT NOT NULL DEFAULT '', e TEXT NOT NULL DEFAULT '-1');\n"},
      {"x", "002_more.sql", "ALTER TABLE x_thing ADD COLUMN f INTEGER NOT NULL DEFAULT -7;\n"}};
  open(options(testing::schema_of(files)));
  auto town = store->create("town");
  ASSERT_OK(town);
  auto faults = (*town)->read([&](Reader& reader) { return check_schema(reader, (*town)->schema()); });
  ASSERT_OK(faults);
  for (const auto& one : *faults) ADD_FAILURE() << one.kind << " " << one.where << ": " << one.message.en;
}

}  // namespace
}  // namespace musubi::db
