// Tokens are the same for a text and for its search form, a text is found by itself, and cleaned input stays clean.
#include <cstdint>

#include "base/check.h"
#include "text/bigram.h"
#include "text/normalise.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace musubi::text;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto tokens = bigrams(text);
  CHECK(bigrams(search_form(text)) == tokens);
  for (const auto& token : tokens) CHECK(!token.empty());
  const auto queried = bigrams(text, Use::kQuery);
  CHECK(queried.size() <= tokens.size() && queried.size() + 1 >= tokens.size());
  for (std::size_t i = 0; i < queried.size(); ++i) CHECK(queried[i] == tokens[i]);
  (void)fts5_match(query_terms(text));
  (void)tsquery(query_terms(text));
  for (Lines lines : {Lines::kOne, Lines::kMany}) {
    const auto clean = clean_input(text, lines);
    if (clean.ok()) CHECK(clean_input(*clean, lines).value() == *clean);
  }
  (void)read_integer(text);
  CHECK(collapse_spaces(collapse_spaces(text)) == collapse_spaces(text));
  return 0;
}
