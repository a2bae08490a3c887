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

// What a database says of itself.
struct Migrated {
  Rows recorded;  // of kRecorded
  Rows there;     // names of tables and indexes, and "table.column"; asked for where some but not all are recorded
};

// Errors: db.newer (a module or number that this binary does not know), db.corrupt (a migration was changed after it had been
// applied; one is not recorded though it was applied: a later one of its module is, or what it makes is there).
Result<std::vector<const Migration*>> missing_migrations(const Schema& schema, const Migrated& database);

// Of a database that stands under an organisation's name: it was made with every migration of its day. Errors besides: db.corrupt
// where none is recorded, for whoever migrated that one would begin a second history under the same name.
Result<std::vector<const Migration*>> missing_of_stored(const Schema& schema, const Migrated& database);

inline bool may_lack_some(const Schema& schema, const Rows& recorded) {
  return !recorded.empty() && recorded.size() < schema.migrations.size();
}

inline constexpr std::string_view kRecorded = "SELECT module, number, name, checksum FROM db_migration";
inline constexpr std::string_view kRecord = "INSERT INTO db_migration (module, number, name, checksum) VALUES ($1, $2, $3, $4)";

}  // namespace musubi::db
