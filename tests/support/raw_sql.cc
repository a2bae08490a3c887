#include "support/raw_sql.h"

#include <sqlite3.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>

#include "db/postgres_connection.h"

namespace musubi::testing {
namespace {

void bind(sqlite3_stmt* statement, int at, const db::Value& value) {
  if (auto* n = std::get_if<std::int64_t>(&value))
    sqlite3_bind_int64(statement, at, *n);
  else if (auto* d = std::get_if<double>(&value))
    sqlite3_bind_double(statement, at, *d);
  else if (auto* t = std::get_if<std::string>(&value))
    sqlite3_bind_text(statement, at, t->data(), int(t->size()), SQLITE_TRANSIENT);
  else if (auto* b = std::get_if<db::Blob>(&value))
    sqlite3_bind_blob(statement, at, b->bytes.data(), int(b->bytes.size()), SQLITE_TRANSIENT);
  else
    sqlite3_bind_null(statement, at);
}

db::Value column(sqlite3_stmt* statement, int i) {
  std::size_t size = std::size_t(sqlite3_column_bytes(statement, i));
  switch (sqlite3_column_type(statement, i)) {
    case SQLITE_INTEGER: return std::int64_t(sqlite3_column_int64(statement, i));
    case SQLITE_FLOAT: return sqlite3_column_double(statement, i);
    case SQLITE_TEXT: return std::string(reinterpret_cast<const char*>(sqlite3_column_text(statement, i)), size);
    case SQLITE_BLOB: return db::Blob{size ? std::string(static_cast<const char*>(sqlite3_column_blob(statement, i)), size) : ""};
    default: return {};
  }
}

std::unique_ptr<db::PostgresConnection> connect(const std::string& connection, const std::string& schema) {
  auto opened = db::PostgresConnection::open(connection);
  if (!opened.ok() || !(*opened)->use_schema(schema).ok()) std::abort();
  return std::move(*opened);
}

db::Rows must(Result<db::Rows> rows, const std::string& sql) {
  if (rows.ok()) return std::move(*rows);
  std::fprintf(stderr, "raw_postgres: %s: %s\n", sql.c_str(), rows.error().message.en.c_str());
  std::abort();
}

// Runs `each` for the quoted name of every table of the schema.
void of_tables(db::PostgresConnection& on, const std::string& schema, const std::function<std::string(const std::string&)>& each) {
  const char* tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = $1";
  for (const auto& row : must(on.query(tables, std::vector<db::Value>{schema}), tables)) {
    auto sql = each("\"" + row.text(0) + "\"");
    must(on.query(sql), sql);
  }
}

}  // namespace

db::Rows raw_postgres(const std::string& connection, const std::string& schema, const std::string& sql,
                      const std::vector<db::Value>& parameters) {
  std::string numbered;
  int n = 0;
  for (char c : sql) numbered += c == '?' ? "$" + std::to_string(++n) : std::string(1, c);
  return must(connect(connection, schema)->query(numbered, parameters), numbered);
}

void keep_postgres(const std::string& connection, const std::string& schema, const std::string& name) {
  auto on = connect(connection, schema);
  std::string sql = "CREATE SCHEMA " + name;
  must(on->query(sql), sql);
  of_tables(*on, schema, [&](const std::string& table) { return "CREATE TABLE " + name + "." + table + " AS TABLE " + table; });
}

void lay_back_postgres(const std::string& connection, const std::string& schema, const std::string& name) {
  auto on = connect(connection, schema);
  must(on->query("BEGIN"), "BEGIN");
  of_tables(*on, schema, [&](const std::string& table) { return "DELETE FROM " + table; });
  of_tables(*on, schema, [&](const std::string& table) { return "INSERT INTO " + table + " SELECT * FROM " + name + "." + table; });
  must(on->query("COMMIT"), "COMMIT");
}

db::Rows raw_sql(const std::string& path, const std::string& sql, const std::vector<db::Value>& parameters) {
  sqlite3* db = nullptr;
  sqlite3_stmt* statement = nullptr;
  auto must = [&](bool good) {
    if (good) return;
    std::fprintf(stderr, "raw_sql: %s: %s\n", sql.c_str(), sqlite3_errmsg(db));
    std::abort();
  };
  must(sqlite3_open_v2(path.c_str(), &db, SQLITE_OPEN_READWRITE, nullptr) == SQLITE_OK);
  must(sqlite3_prepare_v2(db, sql.c_str(), -1, &statement, nullptr) == SQLITE_OK);
  for (std::size_t i = 0; i < parameters.size(); ++i) bind(statement, int(i + 1), parameters[i]);
  db::Rows rows;
  int code;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
    std::vector<db::Value> values;
    for (int i = 0; i < sqlite3_column_count(statement); ++i) values.push_back(column(statement, i));
    rows.emplace_back(std::move(values));
  }
  must(code == SQLITE_DONE);
  sqlite3_finalize(statement);
  must(sqlite3_close(db) == SQLITE_OK);
  return rows;
}

void loosen_types(const std::string& path) {
  sqlite3* db = nullptr;
  bool done =
      sqlite3_open_v2(path.c_str(), &db, SQLITE_OPEN_READWRITE, nullptr) == SQLITE_OK &&
      sqlite3_exec(db, "PRAGMA writable_schema=ON; UPDATE sqlite_schema SET sql = replace(sql, ' STRICT', '') WHERE type = 'table'",
                   nullptr, nullptr, nullptr) == SQLITE_OK;
  if (!done) std::abort();
  sqlite3_close(db);
}

}  // namespace musubi::testing
