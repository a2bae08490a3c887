#include "db/schema_expression.h"

#include <array>

namespace musubi::db {
namespace {

constexpr std::array<std::string_view, 5> kCasts{"::text", "::integer", "::bigint", "::numeric", "::double precision"};

std::string_view cast_at(std::string_view text) {
  for (auto cast : kCasts)
    if (text.starts_with(cast)) return cast;
  return {};
}

// Of 'x''y' with both quotes; what is not closed goes to the end.
std::size_t literal_size(std::string_view text) {
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (text[at] != '\'') continue;
    if (!text.substr(at + 1).starts_with('\'')) return at + 1;
    ++at;
  }
  return text.size();
}

}  // namespace

std::string plain(std::string_view expression) {
  std::string out;
  while (!expression.empty()) {
    std::size_t size = 1;
    if (auto cast = cast_at(expression); !cast.empty()) {
      size = cast.size();
    } else if (expression[0] == '\'') {
      size = literal_size(expression);
      auto after = cast_at(expression.substr(size));
      bool number = !after.empty() && after != "::text";
      out += number ? expression.substr(1, size - 2) : expression.substr(0, size);
    } else if (expression[0] != '(' && expression[0] != ')') {
      out += expression[0];
    }
    expression.remove_prefix(size);
  }
  return out;
}

std::string covered(std::string_view sql) {
  auto at = sql.find(" WHERE ");
  return at == sql.npos ? "" : " where " + std::string(sql.substr(at + 7));
}

}  // namespace musubi::db
