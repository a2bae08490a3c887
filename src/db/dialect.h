// Which back end a reader belongs to, for what SQL written once cannot ask. Of db alone.
#pragma once

#include "db/postgres_transaction.h"

namespace musubi::db {

inline bool is_postgres(const Reader& reader) {
  return dynamic_cast<const PostgresReader*>(&reader) || dynamic_cast<const PostgresTransaction*>(&reader);
}

}  // namespace musubi::db
