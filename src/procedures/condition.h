// Conditions of packs as data: a tiny expression over answers, that an official can read and the program can explain.
//
//   children = yes and not (insurance = company or insurance = other)
//   present(former_name)      same(from_town, to_town)      persons >= 2
//
// `=` and `!=` compare an answer with a word (of several chosen ones: whether the word is among them); < <= > >= compare whole
// numbers; `and` binds closer than `or`. A field that has no answer is equal to nothing: `= ` is false, `!=` true.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"

namespace musubi::procedures {

class Condition {
 public:
  Condition() = default;  // always true
  // At most 500 bytes and 16 levels. Errors: pack.bad_condition with the position.
  static Result<Condition> parse(std::string_view text);

  bool holds(const json::object& answers) const;
  bool always() const { return root_ == nullptr; }
  std::vector<std::string> fields() const;  // each once, in the order of the text
  // What answers are compared with by = and !=: field and word.
  std::vector<std::pair<std::string, std::string>> words() const;
  const std::string& text() const { return text_; }

  struct Node;

 private:
  std::string text_;
  std::shared_ptr<const Node> root_;
};

}  // namespace musubi::procedures
