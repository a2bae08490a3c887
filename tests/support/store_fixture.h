// A Store in a temporary folder, on both back ends: derive from StoreTest, write TEST_P, and instantiate with
//   INSTANTIATE_TEST_SUITE_P(Both, MyTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "db/store.h"

namespace musubi::testing {

enum class BackEnd { kSqlite, kPostgres };
std::vector<BackEnd> back_ends();  // PostgreSQL is left out when MUSUBI_NO_POSTGRES=1
std::string back_end_name(const ::testing::TestParamInfo<BackEnd>& info);

// A folder that is removed at the end. Also of use without a Store.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// A schema from SQL texts: {"town", "001_init.sql", "..."}; stops on faults, which are printed.
struct SchemaFile {
  std::string module, path, sql;
};
db::Schema schema_of(const std::vector<SchemaFile>& files);

class StoreTest : public ::testing::TestWithParam<BackEnd> {
 protected:
  void SetUp() override;
  void TearDown() override;

  bool on_postgres() const { return GetParam() == BackEnd::kPostgres; }
  std::string postgres() const;                  // connection string of the test's own database; empty on SQLite
  void run_on_postgres(const std::string& sql);  // one statement past Musubi, without an answer
  // Options for a store in this test's folder (and, on PostgreSQL, in a database of its own).
  db::StoreOptions options(db::Schema schema, const std::string& folder = "data");
  // Opens it and keeps it as `store`. Fails the test on an error.
  void open(db::StoreOptions options);

  TemporaryFolder folder;
  std::unique_ptr<db::Store> store;

 private:
  std::string postgres_database_;
};

// Ends the test with the sentences of the error.
#define ASSERT_OK(expression)                                                                                     \
  do {                                                                                                            \
    auto&& musubi_result_ = (expression);                                                                         \
    ASSERT_TRUE(musubi_result_.ok()) << musubi_result_.error().name << ": " << musubi_result_.error().message.en; \
  } while (false)
#define EXPECT_ERROR(expression, expected)                                                       \
  do {                                                                                           \
    auto&& musubi_result_ = (expression);                                                        \
    EXPECT_EQ(musubi_result_.ok() ? std::string("ok") : musubi_result_.error().name, (expected)) \
        << (musubi_result_.ok() ? "" : musubi_result_.error().message.en);                       \
  } while (false)

}  // namespace musubi::testing
