// The words that a full-text index keeps of each row, held against the words that the row has now, for verification. What a search
// finds is asked beside it (unfound.h): here nothing may be kept that nobody wrote.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "db/transaction.h"

namespace musubi::db {

// Owner: one verification, on its reader's thread. Memory: the words of some hundred rows.
class StoredTexts {
 public:
  StoredTexts(Reader& reader, std::string_view index);

  // Rows come in ascending order, each once, with the tokens that were given to Transaction::index_text. One that does not, as where
  // somebody gave two rows one number, is told as unlike.
  Result<void> expect(std::int64_t row, std::span<const std::string> tokens);
  // The rows that are kept with other words, are missing, or are kept though nobody expects them, in order, but for those that a
  // search did not find: they are named already. Ends the comparison.
  Result<std::vector<std::int64_t>> unlike(std::span<const std::int64_t> unfound = {});

 private:
  Result<void> compare(std::int64_t last);

  Reader& reader_;
  std::string index_;
  bool postgres_;
  std::optional<std::int64_t> compared_;  // up to this row
  std::vector<std::pair<std::int64_t, std::string>> expected_;
  std::vector<std::int64_t> unlike_;
};

}  // namespace musubi::db
