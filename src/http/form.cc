#include "http/form.h"

#include "base/encoding.h"
#include "http/syntax.h"

namespace musubi::http {
namespace {

int hex_digit(char c) {
  return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

enum class Split { kNone, kMalformed, kTooMany };

// Splits "a=1&b=2" into `out`; shared by queries and posted forms.
Split split_pairs(std::string_view text, std::size_t limit, Query& out) {
  std::size_t count = 0;
  while (!text.empty()) {
    auto end = text.find('&');
    auto pair = text.substr(0, end);
    text = end == text.npos ? std::string_view() : text.substr(end + 1);
    if (pair.empty()) continue;
    if (++count > limit) return Split::kTooMany;
    auto equals = pair.find('=');
    auto name = percent_decode(pair.substr(0, equals), true);
    auto value = percent_decode(equals == pair.npos ? std::string_view() : pair.substr(equals + 1), true);
    if (!name || !value || !is_utf8(*name) || !is_utf8(*value)) return Split::kMalformed;
    if (name->find('\0') != name->npos || value->find('\0') != value->npos) return Split::kMalformed;
    out.add(std::move(*name), std::move(*value));
  }
  return Split::kNone;
}

Error query_too_long() {
  return {
      Code::kTooLarge,
      "http.query_too_long",
      {"検索条件が長すぎます。100 項目、8 KiB までにしてください。", "The query is too long. Send at most 100 parameters and 8 KiB."},
      {}};
}

}  // namespace

std::optional<std::string_view> Query::get(std::string_view name) const {
  for (const auto& [key, value] : pairs_)
    if (key == name) return value;
  return std::nullopt;
}

std::vector<std::string_view> Query::all(std::string_view name) const {
  std::vector<std::string_view> out;
  for (const auto& [key, value] : pairs_)
    if (key == name) out.push_back(value);
  return out;
}

const FilePart* Form::file(std::string_view name) const {
  for (const auto& part : files_)
    if (part.name == name) return &part;
  return nullptr;
}

std::vector<const FilePart*> Form::files(std::string_view name) const {
  std::vector<const FilePart*> out;
  for (const auto& part : files_)
    if (part.name == name) out.push_back(&part);
  return out;
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      out.push_back(char(high << 4 | low));
      i += 2;
    } else {
      out.push_back(plus_is_space && text[i] == '+' ? ' ' : text[i]);
    }
  }
  return out;
}

std::string percent_encode(std::string_view text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (unsigned char c : text) {
    bool unreserved =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (unreserved) {
      out.push_back(char(c));
    } else {
      out.push_back('%');
      out.push_back(kDigits[c >> 4]);
      out.push_back(kDigits[c & 15]);
    }
  }
  return out;
}

Result<Query> parse_query(std::string_view text) {
  if (text.size() > kQueryBytes) return query_too_long();
  Query out;
  switch (split_pairs(text, kQueryPairs, out)) {
    case Split::kNone: return out;
    case Split::kTooMany: return query_too_long();
    case Split::kMalformed: break;
  }
  return Error{Code::kMalformed,
               "http.query_malformed",
               {"検索条件の書き方に誤りがあります。「%」のあとには 16 進数を 2 文字書き、文字は UTF-8 にしてください。",
                "The query cannot be read. Write two hexadecimal digits after each \"%\" and use UTF-8."},
               {}};
}

Result<Form> parse_urlencoded(std::string_view body) {
  Form out;
  switch (split_pairs(body, kFormPairs, out)) {
    case Split::kNone: return out;
    case Split::kTooMany:
      return Error{Code::kTooLarge,
                   "http.form_too_large",
                   {"フォームの項目が多すぎます。1,000 項目までにしてください。", "The form has too many fields. Send at most 1,000."},
                   {}};
    case Split::kMalformed: break;
  }
  return Error{Code::kMalformed,
               "http.form_malformed",
               {"フォームの内容を読み取れません。UTF-8 で送り直してください。", "The form cannot be read. Send it again in UTF-8."},
               {}};
}

Query parse_cookies(std::string_view header) {
  Query out;
  for (auto pair : list_elements(header.substr(0, kCookieBytes), ';', kCookies)) {
    auto equals = pair.find('=');
    if (equals == pair.npos) continue;
    auto name = trim(pair.substr(0, equals));
    auto value = trim(pair.substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    bool clean = is_token(name);
    for (unsigned char c : value) clean = clean && c > 0x20 && c < 0x7f && c != '"' && c != ',' && c != ';' && c != '\\';
    if (clean) out.add(std::string(name), std::string(value));
  }
  return out;
}

}  // namespace musubi::http
