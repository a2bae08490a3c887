// Erasure on order: the body of a record goes, the log stays whole. Manifests, heads, leaves, checkpoints, stamps and receipts
// still verify; `musubi verify` then says "body erased, commitment intact".
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "db/database.h"
#include "evidence/record.h"

namespace musubi::evidence {

struct ErasureOrder {
  std::vector<std::uint64_t> indexes;
  std::string ground;  // legal basis, at most 500 bytes, no personal data: it becomes part of a head-visible record
  std::string actor;
  // Removes the rows of other modules that hold the same data, in the same transaction. May be empty.
  std::function<Result<void>(db::Transaction&)> rows;
};

// Erases, records, scrubs the files, and adds a line to the erasure list at `list_path` (kept outside backups) before the
// bodies go, so that a crash in between can only erase again. Errors: erase.unknown_record, erase.log_record,
// those of the store. All faults at once; nothing is erased when one index is wrong.
Result<Appended> erase(db::Database& database, const ErasureOrder& order, const std::string& list_path);

// After a restore: erases again what the list names. Returns how many bodies went.
Result<std::size_t> apply_erasure_list(db::Database& database, const std::string& list_path, std::string_view actor);

}  // namespace musubi::evidence
