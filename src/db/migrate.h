// Which migrations a database still needs, from what it has recorded in db_migration.
#pragma once

#include <string>
#include <vector>

#include "db/transaction.h"

namespace musubi::db {

// Of the statements as read, so that comments may change.
std::string checksum(const Migration& migration);

// The schema with db's own tables in front.
Result<Schema> with_own_tables(Schema schema);

// `recorded`: rows (module, number, name, checksum). Errors: db.newer (a module or number that this binary does not
// know), db.corrupt (a migration was changed after it had been applied).
Result<std::vector<const Migration*>> missing_migrations(const Schema& schema, const Rows& recorded);

inline constexpr std::string_view kRecorded = "SELECT module, number, name, checksum FROM db_migration";
inline constexpr std::string_view kRecord = "INSERT INTO db_migration (module, number, name, checksum) VALUES ($1, $2, $3, $4)";

}  // namespace musubi::db
