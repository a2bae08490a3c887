#include "db/fulltext.h"

#include <algorithm>
#include <map>

#include "base/encoding.h"
#include "db/errors.h"

namespace musubi::db {
namespace {

constexpr std::size_t kPositions = 16'000, kPerWord = 250, kVectorBytes = 400'000;

bool valid_token(std::string_view token) {
  if (token.empty() || token.size() > kTokenBytes || !is_utf8(token)) return false;
  return std::all_of(token.begin(), token.end(), [](char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7f; });
}

Result<void> check(std::span<const std::string> tokens) {
  for (const auto& token : tokens)
    if (!valid_token(token)) return bad_token();
  return {};
}

std::string doubled(std::string_view text, std::string_view which) {
  std::string out;
  for (char c : text) {
    if (which.find(c) != which.npos) out += c;
    out += c;
  }
  return out;
}

// A lexeme in the text form of tsvector and tsquery.
std::string lexeme(std::string_view token) { return "'" + doubled(token, "'\\") + "'"; }

}  // namespace

std::string fts5_table(const std::string& index) {
  std::string marks;
  for (char c = 0x21; c < 0x7f; ++c)
    if (!std::isalnum(static_cast<unsigned char>(c))) marks += c;
  std::string tokenizer = "ascii tokenchars '" + doubled(marks, "'") + "'";
  return "CREATE VIRTUAL TABLE " + index + " USING fts5(text, tokenize = \"" + doubled(tokenizer, "\"") + "\")";
}

Result<std::string> fts5_document(std::span<const std::string> tokens) {
  TRY(check(tokens));
  std::string text;
  for (const auto& token : tokens) text += (text.empty() ? "" : " ") + token;
  return text;
}

Result<std::string> fts5_query(std::span<const Reader::Phrase> phrases) {
  std::string match;
  for (const auto& phrase : phrases) {
    if (phrase.tokens.empty()) continue;
    if (phrase.tokens.size() > kPhraseTokens) return bad_token();
    std::string text = TRY(fts5_document(phrase.tokens));
    match += (match.empty() ? "\"" : " AND \"") + doubled(text, "\"") + (phrase.prefix ? "\" *" : "\"");
  }
  return match;
}

Result<std::vector<std::string>> tsvectors(std::span<const std::string> tokens) {
  TRY(check(tokens));
  std::vector<std::string> vectors;
  std::size_t from = 0;
  do {
    std::map<std::string_view, std::vector<std::size_t>> words;
    std::size_t at = from, bytes = 0;
    for (; at < tokens.size() && at - from < kPositions && bytes < kVectorBytes; ++at) {
      auto& positions = words[tokens[at]];
      if (positions.size() >= kPerWord) break;
      if (positions.empty()) bytes += tokens[at].size() + 8;
      positions.push_back(at - from + 1);
    }
    std::string vector;
    for (const auto& [word, positions] : words) {
      vector += lexeme(word);
      for (std::size_t i = 0; i < positions.size(); ++i) vector += (i ? "," : ":") + std::to_string(positions[i]);
      vector += ' ';
    }
    vectors.push_back(std::move(vector));
    if (at >= tokens.size()) break;
    from = at - std::min(at - from - 1, kPhraseTokens - 1);
  } while (true);
  return vectors;
}

Result<std::vector<std::string>> tsqueries(std::span<const Reader::Phrase> phrases) {
  std::vector<std::string> queries;
  for (const auto& phrase : phrases) {
    if (phrase.tokens.empty()) continue;
    if (phrase.tokens.size() > kPhraseTokens) return bad_token();
    TRY(check(phrase.tokens));
    std::string query;
    for (const auto& token : phrase.tokens) query += (query.empty() ? "" : " <-> ") + lexeme(token);
    queries.push_back(query + (phrase.prefix ? ":*" : ""));
  }
  return queries;
}

}  // namespace musubi::db
