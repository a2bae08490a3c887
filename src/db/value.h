// What goes into and comes out of a statement. The same on SQLite and PostgreSQL: INTEGER/BIGINT, REAL/DOUBLE
// PRECISION, TEXT, BLOB/BYTEA and NULL; nothing is converted silently.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/check.h"

namespace musubi::db {

struct Blob {
  std::string bytes;
  bool operator==(const Blob&) const = default;
};

using Value = std::variant<std::monostate, std::int64_t, double, std::string, Blob>;  // text is UTF-8 without NUL

inline Value blob(std::string_view bytes) { return Blob{std::string(bytes)}; }
inline Value optional_text(const std::optional<std::string>& text) { return text ? Value(*text) : Value(); }
inline Value optional_integer(std::optional<std::int64_t> n) { return n ? Value(*n) : Value(); }

// One row of an answer. Asking for a type that the column does not have is a bug of ours (CHECK): the schema says what
// is in a column, and `musubi verify` reads tampered rows through `at` instead.
class Row {
 public:
  explicit Row(std::vector<Value> values) : values_(std::move(values)) {}

  const Value& at(std::size_t column) const {
    CHECK(column < values_.size());
    return values_[column];
  }
  std::size_t size() const { return values_.size(); }
  bool is_null(std::size_t column) const { return std::holds_alternative<std::monostate>(at(column)); }
  std::int64_t integer(std::size_t column) const { return get<std::int64_t>(column); }
  double real(std::size_t column) const { return get<double>(column); }
  const std::string& text(std::size_t column) const { return get<std::string>(column); }
  const std::string& blob(std::size_t column) const { return get<Blob>(column).bytes; }
  std::optional<std::int64_t> maybe_integer(std::size_t column) const {
    return is_null(column) ? std::nullopt : std::optional(integer(column));
  }
  std::optional<std::string> maybe_text(std::size_t column) const {
    return is_null(column) ? std::nullopt : std::optional(text(column));
  }

 private:
  template <class T>
  const T& get(std::size_t column) const {
    const T* value = std::get_if<T>(&at(column));
    CHECK(value);
    return *value;
  }

  std::vector<Value> values_;
};

using Rows = std::vector<Row>;

}  // namespace musubi::db
