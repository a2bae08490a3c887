// The little that db must understand of SQL text: words, brackets, comments, quotes. Not a parser.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace musubi::db {

std::string_view trim(std::string_view text);
std::string upper(std::string_view text);
bool is_name(std::string_view text);  // a-z, then a-z 0-9 _: safe as an identifier on both back ends

// Without a trailing "-- ..." that stands outside quotes.
std::string_view without_comment(std::string_view line);

// Trimmed parts between separators; empty parts are left out.
std::vector<std::string> split(std::string_view text, char separator);

// Parts between the commas that stand in no bracket and no quote.
std::vector<std::string> split_top(std::string_view text);

// Identifiers, keywords and numbers in order; quoted strings and punctuation are left out.
std::vector<std::string> sql_words(std::string_view sql);

// The table that INSERT, UPDATE or DELETE statements in `sql` write to (also inside WITH).
std::vector<std::string> written_tables(std::string_view sql);

}  // namespace musubi::db
