// What the checks of the modules read through when somebody may have changed the types of columns. They read by type, which would
// stop the process at the first value of another one.
#pragma once

#include <set>
#include <string>

#include "db/transaction.h"

namespace musubi::db {

// Hands everything on to a reader, which outlives it, but for statements that name one of the refused tables: those are db.corrupt.
class TypedReader final : public Reader {
 public:
  TypedReader(Reader& reader, std::set<std::string> refused) : reader_(reader), refused_(std::move(refused)) {}

  using Reader::query;
  Result<Rows> query(std::string_view sql, Parameters parameters) override;
  Result<void> scan(std::string_view sql, Parameters parameters, const std::function<Result<void>(const Row&)>& each) override;
  Result<std::vector<std::int64_t>> search(std::string_view index, std::span<const Phrase> phrases, std::size_t limit) override;

  const Reader& inner() const { return reader_; }

 private:
  Result<void> check(std::string_view sql) const;

  Reader& reader_;
  std::set<std::string> refused_;
};

}  // namespace musubi::db
