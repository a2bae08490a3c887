#include "db/stored_texts.h"

#include <algorithm>
#include <set>

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
  if (auto last = expected_.empty() ? compared_ : expected_.back().first; last && row <= *last) {
    unlike_.push_back(row);
    return {};
  }
  std::string form = TRY(fts5_document(tokens));
  if (postgres_) {
    std::int64_t number = 0;
    for (const auto& vector : TRY(tsvectors(tokens))) form += chunk_form(number++, vector);
  }
  expected_.emplace_back(row, std::move(form));
  return expected_.size() < kAtOnce ? Result<void>() : compare(row);
}

// The texts of one row stand in memory at a time: of those that nobody expects there may be any number.
Result<void> StoredTexts::compare(std::int64_t last) {
  auto expected = expected_.begin();
  std::optional<std::int64_t> row;  // the one whose texts are being read
  std::string form;
  auto missing_before = [&](std::optional<std::int64_t> next) {
    for (; expected != expected_.end() && (!next || expected->first < *next); ++expected) unlike_.push_back(expected->first);
  };
  auto row_ended = [&] {
    if (!row) return;
    missing_before(row);
    bool awaited = expected != expected_.end() && expected->first == *row;
    if (!awaited || expected->second != form) unlike_.push_back(*row);
    if (awaited) ++expected;
  };
  std::string id = postgres_ ? "id" : "rowid", columns = postgres_ ? "coalesce(tokens, ''), chunk, CAST(doc AS TEXT)" : "text";
  std::string sql = "SELECT " + id + ", " + columns + " FROM " + index_ + " WHERE " + (compared_ ? id + " > $2 AND " : "") + id +
                    " <= $1 ORDER BY " + id + (postgres_ ? ", chunk" : "");
  std::vector<Value> parameters = {last};
  if (compared_) parameters.emplace_back(*compared_);
  TRY(reader_.scan(sql, parameters, [&](const Row& read) -> Result<void> {
    if (row != read.integer(0)) {
      row_ended();
      row = read.integer(0);
      form.clear();
    }
    form += text_of(read.at(1)) + (postgres_ ? chunk_form(read.integer(2), text_of(read.at(3))) : "");
    return {};
  }));
  row_ended();
  missing_before({});
  expected_.clear();
  compared_ = last;
  return {};
}

Result<std::vector<std::int64_t>> StoredTexts::unlike(std::span<const std::int64_t> unfound) {
  TRY(compare(INT64_MAX));
  const std::set<std::int64_t> named(unfound.begin(), unfound.end());
  std::erase_if(unlike_, [&](std::int64_t row) { return named.contains(row); });
  std::sort(unlike_.begin(), unlike_.end());
  unlike_.erase(std::unique(unlike_.begin(), unlike_.end()), unlike_.end());
  return std::move(unlike_);
}

}  // namespace musubi::db
