// What lies below the rows, for verification: whether each index says what its table says, and whether the tables, indexes and
// triggers are those that the migrations make. The rows themselves are held against their manifests elsewhere (evidence/verify.h).
#pragma once

#include <string>
#include <vector>

#include "db/transaction.h"

namespace musubi::db {

struct StorageFault {
  std::string kind;   // "index", "storage", "schema"
  std::string where;  // "index kpi_measure_revision"
  Text message;
};

inline constexpr int kStorageFaults = 100;  // told at most, of each kind of check

// SQLite: the whole file, which is read once. PostgreSQL: every B-tree against its table, where the extension amcheck was created
// and this role may run bt_index_check(regclass, boolean); nothing where not. Reads within the reader's transaction. Errors: those of
// Reader, where an index could not be looked at.
Result<std::vector<StorageFault>> check_indexes(Reader& reader);

// What is there and was made by no migration, is gone, or is not as it was made: tables, columns, indexes, triggers, and on PostgreSQL
// views, rules, functions and row security of the organisation's schema. What ANALYZE leaves is nobody's.
Result<std::vector<StorageFault>> check_schema(Reader& reader, const Schema& schema);

struct IllTyped {
  std::string table, column;
  std::int64_t rows = 0;
};

// Columns that hold values of another type than they were made for, or none where there must be one. Asked where one of the others
// found something: only a table that is not as it was made, or that SQLite complains about, can hold such values.
Result<std::vector<IllTyped>> check_types(Reader& reader, const Schema& schema);

}  // namespace musubi::db
