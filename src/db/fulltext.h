// Tokens and phrases in the form each back end's full-text search reads. Tokens come normalised from `text`; here they
// are only quoted and bounded, the same way on both back ends.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "db/transaction.h"

namespace musubi::db {

inline constexpr std::size_t kTokenBytes = 1000, kPhraseTokens = 64;

// CREATE VIRTUAL TABLE: the ascii tokenizer with every printable ASCII character made part of a token splits at spaces
// only and leaves all other characters (kana, han, marks) as they are, and any SQLite can open it.
std::string fts5_table(const std::string& index);
Result<std::string> fts5_document(std::span<const std::string> tokens);   // joined by spaces; db.bad_token
Result<std::string> fts5_query(std::span<const Reader::Phrase> phrases);  // empty: everything; db.bad_token

// PostgreSQL holds 16,383 positions a vector and 256 a word, so that a long text becomes several overlapping vectors;
// any phrase of kPhraseTokens lies within one of them.
Result<std::vector<std::string>> tsvectors(std::span<const std::string> tokens);
Result<std::vector<std::string>> tsqueries(std::span<const Reader::Phrase> phrases);  // one for each phrase

}  // namespace musubi::db
