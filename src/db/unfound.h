// A full-text index held against the words of its rows, for verification. Asking the index for each row costs what its common
// words cost, in a town of one address half the index; here each pair of neighbouring tokens is asked for once, whoever has it,
// so that the work follows the size of the index.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "db/transaction.h"

namespace musubi::db {

// Owner: one verification, on its reader's thread. Memory: `postings_at_once` times four bytes, and the pairs of that many rows;
// an index with more is asked in as many rounds.
class Unfound {
 public:
  static constexpr std::size_t kPostingsAtOnce = 8'000'000;
  Unfound(Reader& reader, std::string_view index, std::size_t postings_at_once = kPostingsAtOnce)
      : reader_(reader), index_(index), postings_at_once_(postings_at_once) {}

  // Every two tokens of a phrase that follow each other must find `row`, and the last one as the phrase says. Rows come in
  // ascending order; twice the same is one. One that comes too late counts as not found.
  Result<void> expect(std::int64_t row, std::span<const Reader::Phrase> phrases);
  // The rows that some pair does not find, in order. Ends the comparison.
  Result<std::vector<std::int64_t>> rows();

 private:
  Result<void> ask();

  Reader& reader_;
  std::string index_;
  std::size_t postings_at_once_, postings_ = 0;
  std::vector<std::int64_t> asked_;                                       // rows of this round, ascending
  std::map<std::string, std::vector<std::uint32_t>, std::less<>> pairs_;  // places in asked_, ascending
  std::vector<std::int64_t> unfound_;
};

}  // namespace musubi::db
