#include "db/postgres_backup.h"

#include <filesystem>

#include "db/fulltext.h"
#include "db/postgres_database.h"
#include "db/postgres_transaction.h"
#include "db/sql_text.h"
#include "db/sqlite_backup.h"
#include "db/sqlite_migrate.h"

namespace musubi::db {
namespace {

constexpr std::size_t kQueued = 1000, kQueuedBytes = 4 << 20;

struct Copy {
  std::string select, insert;
};

// The columns as the SQLite file has them, in its order.
Result<Copy> copy_of(SqliteConnection& sqlite, const std::string& table) {
  std::string names, places;
  int n = 0;
  for (const Row& row : TRY(sqlite.query("SELECT name FROM pragma_table_info('" + table + "') ORDER BY cid"))) {
    names += (n ? ", " : "") + row.text(0);
    places += (n ? ", $" : "$") + std::to_string(n + 1);
    ++n;
  }
  return Copy{"SELECT " + names + " FROM " + table, "INSERT INTO " + table + " (" + names + ") VALUES (" + places + ")"};
}

std::vector<Value> values_of(const Row& row) {
  std::vector<Value> values;
  for (std::size_t i = 0; i < row.size(); ++i) values.push_back(row.at(i));
  return values;
}

Result<void> fill_backup(PostgresConnection& from, SqliteConnection& to, const Schema& schema) {
  PostgresReader reader(from);
  TRY(to.run("BEGIN"));
  for (const Table& table : schema.tables) {
    TRY(to.run("DELETE FROM " + table.name));  // rows that the migrations inserted
    Copy copy = TRY(copy_of(to, table.name));
    TRY(reader.scan(copy.select, {}, [&](const Row& row) -> Result<void> {
      TRY(to.execute(copy.insert, values_of(row)));
      return {};
    }));
  }
  for (const auto& index : schema.fulltexts)
    TRY(reader.scan("SELECT id, tokens FROM " + index + " WHERE chunk = 0", {}, [&](const Row& row) -> Result<void> {
      TRY(to.execute("INSERT INTO " + index + " (rowid, text) VALUES ($1, $2)", values_of(row)));
      return {};
    }));
  return to.run("COMMIT");
}

Result<void> queue_row(PostgresConnection& to, std::string_view sql, const std::vector<Value>& values) {
  TRY(to.queue(sql, values));
  if (to.queued() >= kQueued || to.queued_bytes() >= kQueuedBytes) TRY(to.flush());
  return {};
}

}  // namespace

Result<void> PostgresDatabase::backup_to(const std::string& path) {
  TRY(make_private_file(path));
  auto run = [&]() -> Result<void> {
    auto file = TRY(SqliteConnection::open(path, "", SqliteConnection::Role::kWriter));
    TRY(file->run("PRAGMA synchronous=OFF"));  // synced once, when complete
    TRY(file->run("PRAGMA foreign_keys=OFF"));
    TRY(migrate(*file, shared_.schema));
    TRY(in_snapshot([&](PostgresConnection& from) { return fill_backup(from, *file, shared_.schema); }));
    TRY(file->run("PRAGMA journal_mode=DELETE"));
    file.reset();
    return sync_file_and_folder(path);
  };
  auto done = run();
  if (!done.ok()) remove_database_file(path);
  return done;
}

Result<std::unique_ptr<SqliteConnection>> upgraded_copy(const std::string& backup_path, const std::string& copy,
                                                        const Schema& schema) {
  auto backup = TRY(open_backup(backup_path, schema));
  remove_database_file(copy);
  TRY(make_private_file(copy));
  Value target[] = {copy};
  TRY(backup->run("PRAGMA query_only=OFF"));
  TRY(backup->execute("VACUUM INTO $1", target));
  auto upgraded = TRY(SqliteConnection::open(copy, "", SqliteConnection::Role::kWriter));
  TRY(migrate(*upgraded, schema));
  return upgraded;
}

// db_head keeps its own row: it says nothing of the organisation, and a backup from SQLite, which does not need it, may lack it.
Result<void> copy_from_backup(SqliteConnection& from, PostgresConnection& to, const Schema& schema) {
  for (const Table& table : schema.tables) {
    if (table.name == "db_head") continue;
    TRY(to.queue("DELETE FROM " + table.name));
    Copy copy = TRY(copy_of(from, table.name));
    TRY(from.scan(copy.select, {}, [&](const Row& row) { return queue_row(to, copy.insert, values_of(row)); }));
  }
  for (const auto& index : schema.fulltexts) {
    std::string insert = "INSERT INTO " + index + " (id, chunk, tokens, doc) VALUES ($1, $2, $3, CAST($4 AS tsvector))";
    TRY(from.scan("SELECT rowid, text FROM " + index, {}, [&](const Row& row) -> Result<void> {
      std::int64_t chunk = 0;
      for (auto& vector : TRY(tsvectors(split(row.text(1), ' '))))
        TRY(queue_row(to, insert, {row.at(0), chunk, chunk++ == 0 ? row.at(1) : Value(), std::move(vector)}));
      return {};
    }));
  }
  TRY(to.flush());
  return {};
}

}  // namespace musubi::db
