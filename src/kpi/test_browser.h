// What a browser makes of a form on a page: the fields as they stand there, to be posted untouched or with some changed.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "web/url.h"

namespace musubi::kpi {

inline std::string unescaped(std::string text) {
  for (auto [sign, with] : {std::pair{"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&#39;", "'"}, {"&amp;", "&"}})
    for (auto at = text.find(sign); at != text.npos; at = text.find(sign, at + 1))
      text.replace(at, std::string_view(sign).size(), with);
  return text;
}

inline std::string attribute_in(std::string_view tag, std::string_view name) {
  const std::string start = " " + std::string(name) + "=\"";
  auto at = tag.find(start);
  if (at == tag.npos) return "";
  at += start.size();
  return unescaped(std::string(tag.substr(at, tag.find('"', at) - at)));
}

// Of the first form that has a field "base", or of the first that posts; a field of one line loses its line feeds.
inline web::Parameters form_in(std::string_view page) {
  auto base = page.find("name=\"base\"");
  auto from = base == page.npos ? page.find("<form method=\"post\"") : page.rfind("<form", base);
  if (from == page.npos) return {};
  page = page.substr(from, page.find("</form>", from) - from);
  web::Parameters out;
  for (auto at = page.find('<'); at != page.npos; at = page.find('<', at + 1)) {
    auto end = page.find('>', at);
    std::string_view tag = page.substr(at, end - at);
    const std::string name = attribute_in(tag, "name"), type = attribute_in(tag, "type");
    if (tag.starts_with("<select")) {
      out.emplace_back(name, "");
    } else if (tag.starts_with("<option") && tag.find(" selected") != tag.npos) {
      out.back().second = attribute_in(tag, "value");
    } else if (tag.starts_with("<textarea")) {
      std::string text(page.substr(end + 1, page.find("</textarea>", end) - end - 1));
      text = unescaped(text.starts_with('\n') ? text.substr(1) : text);
      for (auto feed = text.find('\n'); feed != text.npos; feed = text.find('\n', feed + 2)) text.insert(feed, "\r");
      out.emplace_back(name, text);
    } else if (tag.starts_with("<input") && !name.empty() && (type != "checkbox" || tag.find(" checked") != tag.npos)) {
      std::string value = attribute_in(tag, "value");
      if (type == "text") std::erase(value, '\n');
      out.emplace_back(name, value);
    }
  }
  return out;
}

}  // namespace musubi::kpi
