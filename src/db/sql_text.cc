#include "db/sql_text.h"

#include <cctype>

namespace musubi::db {
namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

// The position after the quoted piece that begins at `i`.
std::size_t skip_quoted(std::string_view text, std::size_t i) {
  char quote = text[i++];
  while (i < text.size() && text[i] != quote) ++i;
  return i < text.size() ? i + 1 : i;
}

}  // namespace

std::string_view trim(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  return text;
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = char(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

bool is_name(std::string_view text) {
  if (text.empty() || text.size() > 60 || text[0] < 'a' || text[0] > 'z') return false;
  for (char c : text)
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')) return false;
  return true;
}

std::string_view without_comment(std::string_view line) {
  for (std::size_t i = 0; i < line.size();) {
    if (line[i] == '\'' || line[i] == '"')
      i = skip_quoted(line, i);
    else if (line.substr(i).starts_with("--"))
      return line.substr(0, i);
    else
      ++i;
  }
  return line;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    auto at = text.find(separator);
    if (auto part = trim(text.substr(0, at)); !part.empty()) parts.emplace_back(part);
    if (at == text.npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::vector<std::string> split_top(std::string_view text) {
  std::vector<std::string> parts;
  std::size_t from = 0;
  int depth = 0;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '\'' || text[i] == '"') {
      i = skip_quoted(text, i);
      continue;
    }
    if (text[i] == '(') ++depth;
    if (text[i] == ')') --depth;
    if (text[i] == ',' && depth == 0) {
      parts.emplace_back(trim(text.substr(from, i - from)));
      from = i + 1;
    }
    ++i;
  }
  parts.emplace_back(trim(text.substr(from)));
  return parts;
}

std::vector<std::string> sql_words(std::string_view sql) {
  std::vector<std::string> words;
  for (std::size_t i = 0; i < sql.size();) {
    if (sql[i] == '\'') {
      i = skip_quoted(sql, i);
    } else if (is_word(sql[i])) {
      std::size_t from = i;
      while (i < sql.size() && is_word(sql[i])) ++i;
      words.emplace_back(sql.substr(from, i - from));
    } else {
      ++i;
    }
  }
  return words;
}

std::vector<std::string> written_tables(std::string_view sql) {
  std::vector<std::string> tables, words = sql_words(sql);
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    std::string word = upper(words[i]);
    const std::size_t or_else = i + 2 < words.size() && upper(words[i + 1]) == "OR" ? i + 2 : i;  // INSERT OR REPLACE, of SQLite
    if (word == "UPDATE" && or_else + 1 < words.size()) tables.push_back(words[or_else + 1]);
    if (or_else + 2 < words.size() && (word == "INSERT" || word == "REPLACE" || word == "DELETE")) {
      std::string next = upper(words[or_else + 1]);
      if (next == "INTO" || next == "FROM") tables.push_back(words[or_else + 2]);
    }
  }
  return tables;
}

}  // namespace musubi::db
