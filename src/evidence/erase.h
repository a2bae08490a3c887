// Erasure on order: the body of a record goes, the log stays whole. Manifests, heads, leaves, checkpoints, stamps and receipts
// still verify; `musubi verify` then says "body erased, commitment intact".
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "db/database.h"
#include "evidence/record.h"

namespace musubi::evidence {

// Takes out of the rows of modules what the bodies of these records held, in the transaction that erases them and before the
// bodies go; names the tables that it wrote to. Put together by the wiring from what each module offers.
using EraseRows = std::function<Result<std::vector<std::string>>(db::Transaction&, std::span<const std::uint64_t> records)>;

// Why bodies may be erased. A closed list: the ground stands in a public head for ever, and free text would sooner or later
// name the person whose data just went.
struct ErasureGround {
  std::string_view id;
  Text title;
};
std::span<const ErasureGround> erasure_grounds();

struct ErasureOrder {
  std::vector<std::uint64_t> indexes;
  std::string ground;  // id of one of erasure_grounds()
  std::string actor;
  EraseRows rows;  // may be empty
};

// Erases, records, scrubs the files, and adds a line to the erasure list at `list_path` (kept outside backups) before the
// bodies go, so that a crash in between can only erase again; a line whose write was refused is taken off again. Errors: erase.refused with every fault at once (unknown
// record, no body, a record of the log itself, ground, actor): nothing is erased when one index is wrong;
// erase.list_unwritable, those of the store.
Result<Appended> erase(db::Database& database, const ErasureOrder& order, const std::string& list_path);

// After a restore: erases again what the list names, and scrubs. A list names each record by index and body commitment, so
// that a log that went on after a restore never loses another record of the same number. Lines that a crash cut short are
// passed over: their orders were never carried out. Returns how many bodies went. Errors: erase.bad_list, those of the store.
Result<std::size_t> apply_erasure_list(db::Database& database, const std::string& list_path, std::string_view actor,
                                       const EraseRows& rows = {});

const RecordType& erased_type();  // "evidence.erased"

}  // namespace musubi::evidence
