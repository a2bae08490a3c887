// Migrations in SQLite's dialect.
#pragma once

#include "db/migrate.h"
#include "db/sqlite_connection.h"

namespace musubi::db {

inline constexpr std::int64_t kApplicationId = 0x4d757375;  // "Musu", in the header of every database file

// Brings the file up to `schema` in one transaction. Crash: all of the missing migrations are applied, or none.
// Errors: db.newer, db.corrupt; then nothing was changed.
Result<void> migrate(SqliteConnection& connection, const Schema& schema);

// For missing_migrations; nothing is recorded in a new database.
Result<Migrated> migrated(SqliteConnection& connection, const Schema& schema);

}  // namespace musubi::db
