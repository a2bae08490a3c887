#include "support/store_fixture.h"

#include <libpq-fe.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "support/postgres_cluster.h"

namespace musubi::testing {
namespace {

// One statement on the cluster's own database, or another; empty when it went well.
std::string administer(const std::string& sql, const std::string& database = "postgres") {
  PGconn* connection = PQconnectdb((postgres_cluster().connection + " dbname=" + database).c_str());
  PQsetNoticeProcessor(
      connection, [](void*, const char*) {}, nullptr);
  PGresult* result = PQexec(connection, sql.c_str());
  std::string error = PQresultStatus(result) == PGRES_COMMAND_OK ? "" : PQerrorMessage(connection);
  PQclear(result);
  PQfinish(connection);
  return error;
}

}  // namespace

std::vector<BackEnd> back_ends() {
  if (!postgres_wanted()) return {BackEnd::kSqlite};
  return {BackEnd::kSqlite, BackEnd::kPostgres};
}

std::string back_end_name(const ::testing::TestParamInfo<BackEnd>& info) {
  return info.param == BackEnd::kSqlite ? "Sqlite" : "Postgres";
}

TemporaryFolder::TemporaryFolder() {
  char name[] = "/tmp/musubi-test-XXXXXX";
  CHECK(mkdtemp(name));
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

db::Schema schema_of(const std::vector<SchemaFile>& files) {
  std::vector<db::ModuleSchema> modules;
  std::vector<embedded::File> embedded(files.size());
  for (std::size_t i = 0; i < files.size(); ++i) {
    embedded[i] = {files[i].path, files[i].sql};
    bool same = i > 0 && files[i].module == files[i - 1].module;
    if (same)
      modules.back().files = {modules.back().files.data(), modules.back().files.size() + 1};
    else
      modules.push_back({files[i].module, {&embedded[i], 1}});
  }
  auto schema = db::read_schema(modules);
  if (!schema.ok()) std::fprintf(stderr, "%s\n", schema.error().message.en.c_str());
  return std::move(schema).value();
}

void StoreTest::SetUp() {
  if (!on_postgres()) return;
  ASSERT_EQ(postgres_cluster().error, "");
  static std::atomic<int> number{0};
  postgres_database_ = "test_" + std::to_string(getpid()) + "_" + std::to_string(++number);
  ASSERT_EQ(administer("CREATE DATABASE " + postgres_database_), "");
}

void StoreTest::TearDown() {
  store.reset();
  if (postgres_database_.empty()) return;
  EXPECT_EQ(administer("DROP DATABASE " + postgres_database_ + " WITH (FORCE)"), "");
}

std::string StoreTest::postgres() const {
  return on_postgres() ? postgres_cluster().connection + " dbname=" + postgres_database_ : "";
}

void StoreTest::run_on_postgres(const std::string& sql) { ASSERT_EQ(administer(sql, postgres_database_), ""); }

db::StoreOptions StoreTest::options(db::Schema schema, const std::string& name) {
  db::StoreOptions options;
  options.directory = folder.path() + "/" + name;
  options.schema = std::move(schema);
  options.postgres = postgres();
  return options;
}

void StoreTest::open(db::StoreOptions options) {
  store.reset();
  auto opened = db::Store::open(std::move(options));
  ASSERT_OK(opened);
  store = std::move(opened).value();
}

}  // namespace musubi::testing
