#include "db/stored_texts.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/check.h"
#include "db/dialect.h"
#include "db/fulltext.h"

namespace musubi::db {
namespace {

constexpr std::size_t kAtOnce = 500;

std::string text_of(const Value& value) {
  auto* text = std::get_if<std::string>(&value);
  return text ? *text : std::string(1, '\0');  // another type: no text has this
}

// The words of a vector, which PostgreSQL writes in an order of its own.
std::string in_order(const std::string& vector) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < vector.size();) {
    auto end = std::min(vector.find(' ', at), vector.size());
    if (end > at) words.push_back(vector.substr(at, end - at));
    at = end + 1;
  }
  std::sort(words.begin(), words.end());
  std::string out;
  for (const auto& word : words) out += word + " ";
  return out;
}

std::string chunk_form(std::int64_t number, const std::string& vector) {
  return "\n" + std::to_string(number) + " " + in_order(vector);
}

}  // namespace

StoredTexts::StoredTexts(Reader& reader, std::string_view index) : reader_(reader), index_(index), postgres_(is_postgres(reader)) {}

Result<void> StoredTexts::expect(std::int64_t row, std::span<const std::string> tokens) {
  CHECK(expected_.empty() ? compared_ < row : expected_.back().first < row);
  std::string form = TRY(fts5_document(tokens));
  if (postgres_) {
    std::int64_t number = 0;
    for (const auto& vector : TRY(tsvectors(tokens))) form += chunk_form(number++, vector);
  }
  expected_.emplace_back(row, std::move(form));
  return expected_.size() < kAtOnce ? Result<void>() : compare(row);
}

Result<void> StoredTexts::compare(std::int64_t last) {
  std::map<std::int64_t, std::string> stored;
  std::string sql = postgres_ ? "SELECT id, coalesce(tokens, ''), chunk, CAST(doc AS TEXT) FROM " + index_ +
                                    " WHERE id > $1 AND id <= $2 ORDER BY id, chunk"
                              : "SELECT rowid, text FROM " + index_ + " WHERE rowid > $1 AND rowid <= $2 ORDER BY rowid";
  TRY(reader_.scan(sql, std::array<Value, 2>{compared_, last}, [&](const Row& row) -> Result<void> {
    stored[row.integer(0)] += text_of(row.at(1)) + (postgres_ ? chunk_form(row.integer(2), row.text(3)) : "");
    return {};
  }));
  for (const auto& [row, form] : expected_) {
    auto found = stored.find(row);
    if (found == stored.end() || found->second != form) unlike_.push_back(row);
    if (found != stored.end()) stored.erase(found);
  }
  for (const auto& [row, form] : stored) unlike_.push_back(row);
  expected_.clear();
  compared_ = last;
  return {};
}

Result<std::vector<std::int64_t>> StoredTexts::unlike(std::span<const std::int64_t> unfound) {
  TRY(compare(INT64_MAX));
  const std::set<std::int64_t> named(unfound.begin(), unfound.end());
  std::erase_if(unlike_, [&](std::int64_t row) { return named.contains(row); });
  std::sort(unlike_.begin(), unlike_.end());
  return std::move(unlike_);
}

}  // namespace musubi::db
