// How templates are held and parsed; seen by template.cc and template_parse.cc only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "web/template.h"

namespace musubi::web::internal {

struct Node {
  enum class Kind { kLiteral, kText, kUrl, kMarkup, kSection, kInverted, kPartial };
  Kind kind = Kind::kLiteral;
  std::string text;               // of a literal; name of a partial
  std::vector<std::string> path;  // parts of a dotted name; empty for {{.}}
  std::vector<Node> children = {};
  std::size_t line = 0;
  const Program* partial = nullptr;
};

struct Program {
  std::string name;  // "page"
  std::vector<Node> nodes;
};

// Faults go to `faults`, with "page.html:12".
Program parse_program(std::string name, std::string_view source, Language language, MessageLookup messages,
                      std::vector<Fault>& faults);

// Joins the parts of a dotted name again.
std::string dotted(const std::vector<std::string>& path);

}  // namespace musubi::web::internal
