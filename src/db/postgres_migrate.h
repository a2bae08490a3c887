// Migrations in PostgreSQL's dialect.
#pragma once

#include "db/migrate.h"
#include "db/postgres_connection.h"

namespace musubi::db {

// INTEGER -> BIGINT, REAL -> DOUBLE PRECISION, BLOB -> BYTEA, TEXT ordered by its bytes; @fulltext -> table and index.
std::vector<std::string> postgres_statements(const std::string& statement);

// Brings the connection's schema up to date. `create`: makes it first, and `fill` runs in the same transaction. Crash:
// everything is there, or nothing. Errors: db.newer, db.corrupt.
Result<void> migrate(PostgresConnection& connection, const Schema& schema, bool create,
                     const std::function<Result<void>()>& fill = {});

// For missing_migrations; nothing is recorded where the schema has no tables yet.
Result<Migrated> migrated(PostgresConnection& connection, const Schema& schema);

}  // namespace musubi::db
