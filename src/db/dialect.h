// Which back end a reader belongs to, for what SQL written once cannot ask. Of db alone.
#pragma once

#include "db/postgres_transaction.h"
#include "db/typed_reader.h"

namespace musubi::db {

inline bool is_postgres(const Reader& reader) {
  if (auto* typed = dynamic_cast<const TypedReader*>(&reader)) return is_postgres(typed->inner());
  return dynamic_cast<const PostgresReader*>(&reader) || dynamic_cast<const PostgresTransaction*>(&reader);
}

}  // namespace musubi::db
