// PostgreSQL to a backup file (SQLite) and back. The kinds of values are the same on both, so rows are copied as they are.
#pragma once

#include <memory>

#include "db/postgres_connection.h"
#include "db/sqlite_connection.h"

namespace musubi::db {

// A copy of the backup at `copy`, migrated to `schema`, open for reading. Errors: backup.not_ours, db.newer.
Result<std::unique_ptr<SqliteConnection>> upgraded_copy(const std::string& backup_path, const std::string& copy, const Schema& schema);

// Inside a transaction of `to`, whose tables are freshly made.
Result<void> copy_from_backup(SqliteConnection& from, PostgresConnection& to, const Schema& schema);

}  // namespace musubi::db
