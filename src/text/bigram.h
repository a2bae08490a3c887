// One tokenizer for full text, used when a text is indexed and when it is searched, in SQLite FTS5 and in PostgreSQL
// tsvector alike.
//
// A text is taken in its search form and cut into runs. A run of Chinese characters, kana, hangul or private-use
// characters (gaiji) of n characters gives its n-1 overlapping pairs and then its last character alone: 東京都 -> 東京,
// 京都, 都. A run of other letters and digits gives one word. Everything else only separates.
//
// Promise: a phrase of query_terms matches consecutive tokens of exactly those texts that contain the query as a
// substring (recall and precision 1.00 for Japanese words of any length, one character by prefix), where words of
// Latin letters and digits count whole and marks and spaces between runs count as nothing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace musubi::text {

inline constexpr std::size_t kMaxTokenCodePoints = 64;  // longer words are cut, in index and query alike

// kQuery leaves out the last character of the last run, since the text may go on after the query; a run of one
// character keeps it and must then be searched as a prefix. FTS5: pass kQuery when FTS5_TOKENIZE_QUERY is set.
enum class Use { kIndex, kQuery };

// Tokens in order; their index is their position.
std::vector<std::string> bigrams(std::string_view text, Use use = Use::kIndex);

struct Phrase {
  std::vector<std::string> tokens;  // consecutive; never empty
  bool prefix = false;              // the last token is one CJK character: any token that begins with it matches
};

struct QueryTerms {
  std::vector<Phrase> phrases;  // all must match; empty where the query holds no letter and no digit
};

// Phrases are parted by white space; "..." and 「...」 keep spaces inside. At most 16 phrases of 64 tokens.
QueryTerms query_terms(std::string_view query);

// `"東京" + "京都"` with `*` after a prefix phrase, joined by AND, for FTS5 MATCH; "" when there is nothing to find.
std::string fts5_match(const QueryTerms& terms);

// `'東京' <-> '京都' & '年':*` for PostgreSQL `to_tsquery`-free casts (`$1::tsquery`); "" when nothing to find.
std::string tsquery(const QueryTerms& terms);

}  // namespace musubi::text
