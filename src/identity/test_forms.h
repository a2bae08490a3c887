// Reads forms with their hidden fields from a page, as a browser would send them. For tests.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace musubi::identity {

struct FormOnPage {
  std::string action;
  std::vector<std::pair<std::string, std::string>> fields;
};

inline std::string unescaped(std::string text) {
  for (auto [from, to] :
       {std::pair<std::string, std::string>{"&#39;", "'"}, {"&quot;", "\""}, {"&lt;", "<"}, {"&gt;", ">"}, {"&amp;", "&"}})
    for (auto at = text.find(from); at != text.npos; at = text.find(from, at + 1)) text.replace(at, from.size(), to);
  return text;
}

// The value of an attribute of the tag that begins at `at`.
inline std::string attribute(const std::string& page, std::size_t at, const std::string& name) {
  auto end = page.find('>', at), from = page.find(name + "=\"", at);
  if (from == page.npos || from > end) return {};
  from += name.size() + 2;
  return unescaped(page.substr(from, page.find('"', from) - from));
}

// The n-th form of a page with its hidden fields.
inline FormOnPage form_on(const std::string& page, int n = 0) {
  std::size_t at = page.find("<form");
  while (n-- > 0 && at != page.npos) at = page.find("<form", at + 1);
  if (at == page.npos) return {};
  FormOnPage out{attribute(page, at, "action"), {}};
  auto end = page.find("</form>", at);
  for (at = page.find("<input type=\"hidden\"", at); at < end; at = page.find("<input type=\"hidden\"", at + 1))
    out.fields.emplace_back(attribute(page, at, "name"), attribute(page, at, "value"));
  return out;
}

}  // namespace musubi::identity
