#include "support/raw_sql.h"

#include <sqlite3.h>

#include <cstdio>
#include <cstdlib>

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

}  // namespace

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
