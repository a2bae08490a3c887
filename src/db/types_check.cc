// The types of what is stored, counted by SQL, which reads any of them.
#include "db/attempt.h"
#include "db/dialect.h"
#include "db/sqlite_connection.h"
#include "db/sqlite_migrate.h"
#include "db/sqlite_transaction.h"
#include "db/storage_check.h"

namespace musubi::db {
namespace {

struct Made {
  std::string name, type;  // type: as CREATE TABLE has it
  bool not_null = false;
};

Result<std::vector<Made>> columns_of(Reader& made, const std::string& table) {
  std::vector<Made> out;
  for (const Row& row :
       TRY(made.query("SELECT name, type, \"notnull\" OR pk > 0 FROM pragma_table_info('" + table + "') ORDER BY cid")))
    out.push_back({row.text(0), row.text(1), row.integer(2) != 0});
  return out;
}

std::string is_another(const Made& column, bool postgres) {
  std::string word = column.type == "INTEGER" ? (postgres ? "bigint" : "integer")
                     : column.type == "REAL"  ? (postgres ? "double precision" : "real")
                     : column.type == "BLOB"  ? (postgres ? "bytea" : "blob")
                                              : "text";
  std::string type = postgres ? "CAST(pg_typeof(" + column.name + ") AS TEXT)" : "typeof(" + column.name + ")";
  return column.name + (column.not_null ? " IS NULL OR " : " IS NOT NULL AND ") + type + " <> '" + word + "'";
}

Result<void> count(Reader& reader, const std::string& table, const Made& column, std::vector<IllTyped>& out) {
  auto counted = TRY(reader.query("SELECT count(*) FROM " + table + " WHERE " + is_another(column, is_postgres(reader))));
  if (auto rows = counted.at(0).integer(0); rows > 0) out.push_back({table, column.name, rows});
  return {};
}

Result<void> check_table(Reader& reader, const std::string& table, const std::vector<Made>& columns, std::vector<IllTyped>& out) {
  for (const auto& column : columns)  // one that has gone, or whose table has, is told by check_schema
    TRY(attempt(reader, [&] { return count(reader, table, column, out); }));
  return {};
}

}  // namespace

Result<std::vector<IllTyped>> check_types(Reader& reader, const Schema& schema) {
  auto memory = TRY(SqliteConnection::open(":memory:", "", SqliteConnection::Role::kWriter));
  TRY(migrate(*memory, schema));
  SqliteReader made(*memory);
  std::vector<IllTyped> out;
  for (const auto& table : schema.tables) TRY(check_table(reader, table.name, TRY(columns_of(made, table.name)), out));
  if (!is_postgres(reader)) return out;  // SQLite's own table of full text has no types
  for (const auto& index : schema.fulltexts)
    TRY(check_table(reader, index, {{"id", "INTEGER", true}, {"chunk", "INTEGER", true}}, out));
  return out;
}

}  // namespace musubi::db
