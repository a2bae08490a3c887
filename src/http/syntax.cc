#include "http/syntax.h"

#include "http/headers.h"

namespace musubi::http {

bool is_token(std::string_view text) {
  for (char c : text) {
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!letter && (c == 0 || std::string_view("!#$%&'*+-.^_`|~").find(c) == std::string_view::npos)) return false;
  }
  return !text.empty();
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> list_elements(std::string_view text, char separator, std::size_t limit) {
  std::vector<std::string_view> out;
  std::size_t start = 0;
  bool quoted = false;
  for (std::size_t i = 0; i <= text.size() && out.size() < limit; ++i) {
    if (i < text.size() && quoted && text[i] == '\\') {
      ++i;
      continue;
    }
    if (i < text.size() && text[i] == '"') quoted = !quoted;
    if (i < text.size() && (quoted || text[i] != separator)) continue;
    auto element = trim(text.substr(start, std::min(i, text.size()) - start));
    if (!element.empty()) out.push_back(element);
    start = i + 1;
  }
  return out;
}

std::string field_parameter(std::string_view field, std::string_view name) {
  auto parts = list_elements(field, ';');
  for (std::size_t i = 1; i < parts.size(); ++i) {
    auto equals = parts[i].find('=');
    if (equals == std::string_view::npos || !same_name(trim(parts[i].substr(0, equals)), name)) continue;
    auto value = trim(parts[i].substr(equals + 1));
    if (value.size() < 2 || value.front() != '"' || value.back() != '"') return std::string(value);
    std::string out;
    value = value.substr(1, value.size() - 2);
    for (std::size_t k = 0; k < value.size(); ++k) {
      // Browsers send a literal backslash in a file name; only \" and \\ are escapes.
      if (value[k] == '\\' && k + 1 < value.size() && (value[k + 1] == '"' || value[k + 1] == '\\')) ++k;
      out.push_back(value[k]);
    }
    return out;
  }
  return {};
}

int weight_of(std::string_view element) {
  if (element.find(';') == std::string_view::npos) return 1000;
  std::string q = field_parameter(element, "q");
  if (q.empty()) return 1000;
  if (q.size() > 5 || (q[0] != '0' && q[0] != '1') || (q.size() > 1 && q[1] != '.')) return 0;
  int weight = (q[0] - '0') * 1000, digit = 100;
  for (std::size_t i = 2; i < q.size(); ++i, digit /= 10) {
    if (q[i] < '0' || q[i] > '9') return 0;
    weight += (q[i] - '0') * digit;
  }
  return weight > 1000 ? 0 : weight;
}

bool matches_etag(std::string_view if_none_match, std::string_view tag) {
  for (auto element : list_elements(if_none_match)) {
    if (element == "*") return true;
    if (element.starts_with("W/")) element.remove_prefix(2);
    if (element == tag) return true;
    if (element.size() == tag.size() + 3 && element.ends_with("-gz\"") &&
        element.substr(0, tag.size() - 1) == tag.substr(0, tag.size() - 1))
      return true;
  }
  return false;
}

bool accepts_gzip(std::string_view accept_encoding) {
  int any = -1;
  for (auto element : list_elements(accept_encoding)) {
    auto coding = trim(element.substr(0, element.find(';')));
    if (same_name(coding, "gzip") || same_name(coding, "x-gzip")) return weight_of(element) > 0;
    if (coding == "*") any = weight_of(element);
  }
  return any > 0;
}

}  // namespace musubi::http
