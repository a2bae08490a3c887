// Controls of evidence_bench that read: the same rows of the same file by SQLite alone, without proofs, checks or copies.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace musubi {

// A connection of its own to the file of an organisation that may be open elsewhere. Stops the process on an error. One thread.
class BareReader {
 public:
  explicit BareReader(const std::string& file);
  ~BareReader();
  BareReader(const BareReader&) = delete;
  BareReader& operator=(const BareReader&) = delete;

  // What a receipt reads, in one transaction: columns of the record and, where `tile`, the tile of 256 leaves that it stands in
  // (that of the newest records is in memory). Returns bytes read.
  std::size_t receipt_rows(std::uint64_t record, bool tile);
  // Every row of every table, each hashed once (SHA-256 over its columns). Returns rows.
  std::uint64_t hash_all_rows();

 private:
  sqlite3* db_ = nullptr;
  sqlite3_stmt *begin_ = nullptr, *end_ = nullptr, *record_ = nullptr, *tile_ = nullptr;
};

// Opens each file with one connection that reads its schema, with at most `limit` open at a time. Returns seconds.
double bare_open_seconds(const std::vector<std::string>& files, std::size_t limit);

}  // namespace musubi
