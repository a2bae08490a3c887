#include "db/typed_reader.h"

#include <algorithm>

#include "db/errors.h"

namespace musubi::db {
namespace {

bool is_of_a_name(char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool names(std::string_view sql, std::string_view table) {
  for (auto at = sql.find(table); at != sql.npos; at = sql.find(table, at + 1)) {
    auto end = at + table.size();
    if ((at == 0 || !is_of_a_name(sql[at - 1])) && (end == sql.size() || !is_of_a_name(sql[end]))) return true;
  }
  return false;
}

}  // namespace

Result<void> TypedReader::check(std::string_view sql) const {
  auto found = std::find_if(refused_.begin(), refused_.end(), [&](const auto& table) { return names(sql, table); });
  if (found == refused_.end()) return {};
  return corrupt("table " + *found + ": values of another type, not compared");
}

Result<Rows> TypedReader::query(std::string_view sql, Parameters parameters) {
  TRY(check(sql));
  return reader_.query(sql, parameters);
}

Result<void> TypedReader::scan(std::string_view sql, Parameters parameters, const std::function<Result<void>(const Row&)>& each) {
  TRY(check(sql));
  return reader_.scan(sql, parameters, each);
}

Result<std::vector<std::int64_t>> TypedReader::search(std::string_view index, std::span<const Phrase> phrases, std::size_t limit) {
  TRY(check(index));
  return reader_.search(index, phrases, limit);
}

}  // namespace musubi::db
