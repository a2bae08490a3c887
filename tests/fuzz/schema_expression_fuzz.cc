// Defaults and conditions of indexes as they stand in a database that anybody may have changed: `verify` compares them in words that
// are the same for both back ends. Parentheses and casts go; what stands in quotes stays as it is.
#include <cstdint>

#include "base/check.h"
#include "db/schema_expression.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace musubi;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string words = db::plain(text);
  CHECK(words.size() <= text.size());
  CHECK(db::plain("(" + std::string(text)) == words);

  std::string literal = "'";
  for (char c : text) literal += c == '\'' ? std::string("''") : std::string(1, c);
  literal += "'";
  CHECK(db::plain("(" + literal + ")") == literal);
  CHECK(db::plain("(" + literal + "::text)") == literal);

  std::string condition = db::covered(text);
  CHECK(condition.empty() || (condition.starts_with(" where ") && text.ends_with(condition.substr(7))));
  return 0;
}
