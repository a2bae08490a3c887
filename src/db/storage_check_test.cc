// What the check of indexes says where it cannot look at one, and counts of values of another type.
#include "db/storage_check.h"

#include "db/postgres_connection.h"
#include "support/raw_sql.h"
#include "support/store_fixture.h"

namespace musubi::db {
namespace {

Schema two_columns() {
  return testing::schema_of({{"town", "001_init.sql",
                              "-- @working\nCREATE TABLE town_a (id TEXT PRIMARY KEY, n INTEGER NOT NULL, t TEXT);\n"
                              "CREATE INDEX town_a_n ON town_a (n);\n"}});
}

class AmcheckTest : public testing::StoreTest {};
INSTANTIATE_TEST_SUITE_P(Postgres, AmcheckTest, ::testing::Values(testing::BackEnd::kPostgres), testing::back_end_name);

TEST_P(AmcheckTest, AnIndexThatCannotBeLookedAtIsNotDamaged) {
  if (testing::back_ends().size() < 2) GTEST_SKIP();
  auto with = options(two_columns());
  with.postgres += " options='-c lock_timeout=50ms'";
  open(std::move(with));
  auto town = store->create("town").value();
  run_on_postgres("CREATE EXTENSION amcheck");
  auto faults = [&] { return town->read([](Reader& reader) { return check_indexes(reader); }); };
  ASSERT_OK(faults());
  auto other = PostgresConnection::open(postgres());
  ASSERT_OK(other);
  ASSERT_OK((*other)->query("BEGIN"));
  ASSERT_OK((*other)->query("LOCK TABLE musubi_town.town_a IN ACCESS EXCLUSIVE MODE"));
  EXPECT_ERROR(faults(), "db.failed");
  ASSERT_OK((*other)->query("ROLLBACK"));
  run_on_postgres("UPDATE pg_index SET indisvalid = false WHERE indexrelid = CAST('musubi_town.town_a_n' AS regclass)");
  auto not_valid = faults();
  ASSERT_OK(not_valid);
  EXPECT_TRUE(not_valid->empty()) << "told by check_schema";
}

class TypesTest : public testing::StoreTest {};
INSTANTIATE_TEST_SUITE_P(Both, TypesTest, ::testing::ValuesIn(testing::back_ends()), testing::back_end_name);

TEST_P(TypesTest, ValuesOfAnotherTypeAreCounted) {
  open(options(two_columns()));
  auto town = store->create("town").value();
  ASSERT_OK(town->write([](Transaction& tx) -> Result<void> {
    for (int i = 0; i < 3; ++i) TRY(tx.execute("INSERT INTO town_a (id, n) VALUES ($1, $2)", {std::to_string(i), std::int64_t(i)}));
    return {};
  }));
  auto told = [&] {
    std::string out;
    auto found = town->read([&](Reader& reader) { return check_types(reader, town->schema()); });
    EXPECT_TRUE(found.ok());
    for (const auto& one : *found) out += one.table + "." + one.column + " " + std::to_string(one.rows) + "; ";
    return out;
  };
  EXPECT_EQ(told(), "");
  std::vector<std::string> changes;
  if (on_postgres()) {
    changes = {"ALTER TABLE town_a ALTER n TYPE DOUBLE PRECISION", "ALTER TABLE town_a ALTER t TYPE BYTEA USING CAST(t AS BYTEA)",
               "ALTER TABLE town_a DROP CONSTRAINT town_a_pkey", "ALTER TABLE town_a ALTER id DROP NOT NULL",
               "UPDATE town_a SET id = NULL WHERE id = '1'"};
  } else {
    testing::loosen_types(folder.path() + "/data/town/musubi.db");
    changes = {"UPDATE town_a SET n = 0.5", "UPDATE town_a SET id = x'00' WHERE id = '1'"};
  }
  for (const auto& sql : changes)
    on_postgres() ? testing::raw_postgres(postgres(), "musubi_town", sql)
                  : testing::raw_sql(folder.path() + "/data/town/musubi.db", sql);
  EXPECT_EQ(told(), "town_a.id 1; town_a.n 3; ");
}

}  // namespace
}  // namespace musubi::db
