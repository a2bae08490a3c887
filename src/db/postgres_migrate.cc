#include "db/postgres_migrate.h"

#include <cctype>

#include "db/errors.h"
#include "db/sql_text.h"

namespace musubi::db {
namespace {

std::string translate(const std::string& word, const std::string& before) {
  if (word == "INTEGER") return "BIGINT";
  if (word == "REAL") return "DOUBLE PRECISION";
  if (word == "BLOB") return "BYTEA";
  if (word == "TEXT" && upper(before) != "AS") return "TEXT COLLATE \"C\"";
  return word;
}

// Replaces whole words outside quotes.
std::string translate_types(std::string_view sql) {
  std::string out, word, before;
  bool quoted = false;
  for (std::size_t i = 0; i <= sql.size(); ++i) {
    char c = i < sql.size() ? sql[i] : '\0';
    if (!quoted && (std::isalnum(static_cast<unsigned char>(c)) || c == '_')) {
      word += c;
      continue;
    }
    if (!word.empty()) {
      out += translate(word, before);
      before = std::exchange(word, {});
    }
    if (c == '\'') quoted = !quoted;
    if (i < sql.size()) out += c;
  }
  return out;
}

Result<void> apply(PostgresConnection& connection, const Migration& migration) {
  for (const auto& statement : migration.statements)
    for (const auto& one : postgres_statements(statement)) TRY(connection.query(one));
  Value values[] = {migration.module, std::int64_t(migration.number), migration.name, checksum(migration)};
  TRY(connection.query(kRecord, values));
  return {};
}

}  // namespace

Result<Migrated> migrated(PostgresConnection& connection, const Schema& schema) {
  Migrated out;
  Value here[] = {connection.schema()};
  auto table = TRY(connection.query("SELECT 1 FROM pg_tables WHERE schemaname = $1 AND tablename = 'db_migration'", here));
  if (table.empty()) return out;
  out.recorded = TRY(connection.query(kRecorded));
  if (!may_lack_some(schema, out.recorded)) return out;
  out.there = TRY(connection.query(
      "SELECT CAST(c.relname AS TEXT) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 UNION ALL "
      "SELECT c.relname || '.' || a.attname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
      "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped WHERE n.nspname = $1 AND c.relkind = 'r'",
      here));
  out.recorded = TRY(connection.query(kRecorded));  // again: another process may migrate meanwhile
  return out;
}

std::vector<std::string> postgres_statements(const std::string& statement) {
  if (statement.starts_with("@fulltext ")) {
    std::string name = statement.substr(10);
    return {"CREATE TABLE " + name +
                " (id BIGINT NOT NULL, chunk BIGINT NOT NULL, tokens TEXT, doc TSVECTOR NOT NULL, PRIMARY KEY (id, chunk))",
            "CREATE INDEX " + name + "_doc ON " + name + " USING GIN (doc)"};
  }
  auto words = sql_words(statement);
  bool ddl = words.size() > 1 && (upper(words[0]) == "CREATE" || upper(words[0]) == "ALTER") && upper(words[1]) == "TABLE";
  if (!ddl) return {statement};
  std::string sql = statement;
  if (upper(words[0]) == "CREATE") sql.resize(sql.rfind(')') + 1);  // STRICT, WITHOUT ROWID
  return {translate_types(sql)};
}

Result<void> migrate(PostgresConnection& connection, const Schema& schema, bool create, const std::function<Result<void>()>& fill) {
  if (!create && TRY(missing_of_stored(schema, TRY(migrated(connection, schema)))).empty()) return {};
  TRY(connection.query("BEGIN"));
  auto run = [&]() -> Result<void> {
    Value name[] = {connection.schema()};
    TRY(connection.query("SELECT 1 FROM (SELECT pg_advisory_xact_lock(hashtext($1))) AS locked", name));
    if (create) TRY(connection.query("CREATE SCHEMA \"" + connection.schema() + "\""));
    for (const Migration* migration : TRY(missing_migrations(schema, TRY(migrated(connection, schema)))))
      TRY(apply(connection, *migration));
    if (fill) TRY(fill());
    TRY(connection.query("COMMIT"));
    return {};
  };
  auto done = run();
  if (!done.ok() && !connection.lost()) {
    connection.forget_queued(0);
    static_cast<void>(connection.query("ROLLBACK").ok());
  }
  return done;
}

}  // namespace musubi::db
