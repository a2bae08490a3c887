#include "db/sqlite_migrate.h"

#include "db/errors.h"
#include "db/fulltext.h"
#include "db/sql_text.h"

namespace musubi::db {
namespace {

// STRICT: a column holds what its type says, as on PostgreSQL; SQLite would otherwise store text in an INTEGER column.
std::string dialect(const std::string& statement) {
  if (statement.starts_with("@fulltext ")) return fts5_table(statement.substr(10));
  auto words = sql_words(statement);
  if (words.size() < 2 || upper(words[0]) != "CREATE" || upper(words[1]) != "TABLE") return statement;
  std::string options = upper(statement.substr(statement.rfind(')') + 1));
  if (options.find("STRICT") != options.npos) return statement;
  return statement + (trim(options).empty() ? " STRICT" : ", STRICT");
}

Result<void> apply(SqliteConnection& connection, const Migration& migration) {
  for (const auto& statement : migration.statements) TRY(connection.run(dialect(statement)));
  Value values[] = {migration.module, std::int64_t(migration.number), migration.name, checksum(migration)};
  TRY(connection.execute(kRecord, values));
  return {};
}

}  // namespace

Result<Migrated> migrated(SqliteConnection& connection, const Schema& schema) {
  Migrated out;
  if (TRY(connection.query("SELECT 1 FROM sqlite_schema WHERE name = 'db_migration'")).empty()) return out;
  out.recorded = TRY(connection.query(kRecorded));
  if (!may_lack_some(schema, out.recorded)) return out;
  out.there =
      TRY(connection.query("SELECT name FROM sqlite_schema UNION ALL SELECT t.name || '.' || c.name FROM sqlite_schema t "
                           "JOIN pragma_table_info(t.name) c WHERE t.type = 'table' AND t.sql NOT LIKE 'CREATE VIRTUAL %'"));
  out.recorded = TRY(connection.query(kRecorded));  // again: another process may migrate meanwhile
  return out;
}

Result<void> migrate(SqliteConnection& connection, const Schema& schema) {
  if (TRY(missing_migrations(schema, TRY(migrated(connection, schema)))).empty()) return {};
  TRY(connection.run("PRAGMA application_id = " + std::to_string(kApplicationId)));
  TRY(connection.run("BEGIN IMMEDIATE"));
  auto run = [&]() -> Result<void> {
    for (const Migration* migration : TRY(missing_migrations(schema, TRY(migrated(connection, schema)))))
      TRY(apply(connection, *migration));
    return connection.run("COMMIT");
  };
  auto done = run();
  if (!done.ok()) static_cast<void>(connection.run("ROLLBACK").ok());
  return done;
}

}  // namespace musubi::db
