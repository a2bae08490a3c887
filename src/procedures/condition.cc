#include "procedures/condition.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace musubi::procedures {

enum class Kind { kAnd, kOr, kNot, kPresent, kSame, kEqual, kUnequal, kLess, kLessEqual, kMore, kMoreEqual };

struct Condition::Node {
  Kind kind = Kind::kPresent;
  std::string field, word;  // word: the second field of kSame
  std::shared_ptr<const Node> left, right;
};

namespace {

using Node = Condition::Node;
using Pointer = std::shared_ptr<const Node>;

constexpr std::size_t kMostBytes = 500;
constexpr int kMostLevels = 16;

bool word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' || c == '.';
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<Pointer> whole() {
    Pointer node = TRY(either(0));
    space();
    if (at_ < text_.size()) return wrong({"ここで終わるはずです。", "The condition should end here."});
    return node;
  }

 private:
  Error wrong(Text why) const {
    std::string at = std::to_string(at_ + 1);
    return Error{
        Code::kInvalid,
        "pack.bad_condition",
        {"条件の " + at + " 文字目が読めません：" + why.ja + " 例: children = yes and not insurance = other",
         "The condition cannot be read at character " + at + ": " + why.en + " Example: children = yes and not insurance = other"},
        {}};
  }
  void space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t')) ++at_;
  }
  bool take(std::string_view sign) {
    space();
    if (!text_.substr(at_).starts_with(sign)) return false;
    at_ += sign.size();
    return true;
  }
  // A word that stands for itself: not the start of a longer one.
  bool take_word(std::string_view word) {
    space();
    auto rest = text_.substr(at_);
    if (!rest.starts_with(word) || (rest.size() > word.size() && word_char(rest[word.size()]))) return false;
    at_ += word.size();
    return true;
  }
  std::string_view word() {
    space();
    std::size_t start = at_;
    while (at_ < text_.size() && word_char(text_[at_])) ++at_;
    return text_.substr(start, at_ - start);
  }

  Result<Pointer> joined(int level, Kind kind) {
    Pointer left = TRY(kind == Kind::kOr ? joined(level, Kind::kAnd) : one(level));
    for (int count = 0; take_word(kind == Kind::kOr ? "or" : "and"); ++count) {
      if (count > 50) return wrong({"条件が長すぎます。", "The condition is too long."});
      Pointer right = TRY(kind == Kind::kOr ? joined(level, Kind::kAnd) : one(level));
      left = std::make_shared<Node>(Node{kind, "", "", left, right});
    }
    return left;
  }
  Result<Pointer> either(int level) {
    if (level > kMostLevels) return wrong({"かっこが深すぎます（16段まで）。", "The brackets are nested too deep (16 at most)."});
    return joined(level, Kind::kOr);
  }

  Result<Pointer> one(int level) {
    if (take_word("not")) {
      if (level > kMostLevels) return wrong({"not が深すぎます（16段まで）。", "The nots are nested too deep (16 at most)."});
      Pointer inner = TRY(one(level + 1));
      return Pointer(std::make_shared<Node>(Node{Kind::kNot, "", "", inner, nullptr}));
    }
    if (take("(")) {
      Pointer inner = TRY(either(level + 1));
      if (!take(")")) return wrong({"「)」が必要です。", "A \")\" is needed."});
      return inner;
    }
    std::string name(word());
    if (name.empty()) return wrong({"項目の id が必要です。", "The id of a field is needed."});
    if ((name == "present" || name == "same") && take("(")) return function(name);
    return comparison(std::move(name));
  }

  Result<Pointer> function(const std::string& name) {
    Node node{name == "same" ? Kind::kSame : Kind::kPresent};
    node.field = word();
    if (node.field.empty()) return wrong({"項目の id が必要です。", "The id of a field is needed."});
    if (node.kind == Kind::kSame) {
      if (!take(",")) return wrong({"same には、項目が二つ必要です。", "same needs two fields."});
      node.word = word();
      if (node.word.empty()) return wrong({"項目の id が必要です。", "The id of a field is needed."});
    }
    if (!take(")")) return wrong({"「)」が必要です。", "A \")\" is needed."});
    return Pointer(std::make_shared<Node>(std::move(node)));
  }

  Result<Pointer> comparison(std::string name) {
    static constexpr std::pair<std::string_view, Kind> kSigns[] = {{"!=", Kind::kUnequal},   {"<=", Kind::kLessEqual},
                                                                   {">=", Kind::kMoreEqual}, {"<", Kind::kLess},
                                                                   {">", Kind::kMore},       {"=", Kind::kEqual}};
    for (const auto& [sign, kind] : kSigns) {
      if (!take(sign)) continue;
      std::string value(word());
      if (value.empty()) return wrong({"比べる言葉が必要です。", "A word to compare with is needed."});
      bool ordered = kind != Kind::kEqual && kind != Kind::kUnequal;
      std::int64_t number = 0;
      auto read = std::from_chars(value.data(), value.data() + value.size(), number);
      if (ordered && (read.ec != std::errc() || read.ptr != value.data() + value.size()))
        return wrong({"大小は整数とだけ比べられます。", "Only whole numbers can be compared in size."});
      return Pointer(std::make_shared<Node>(Node{kind, std::move(name), std::move(value), nullptr, nullptr}));
    }
    return wrong({"= か != などの記号が必要です。", "A sign such as = or != is needed."});
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

bool is_empty(const json::value* value) {
  if (!value || value->is_null()) return true;
  if (auto* text = value->if_string()) return text->empty();
  if (auto* list = value->if_array()) return list->empty();
  if (auto* object = value->if_object()) return object->empty();
  return false;
}

bool equals(const json::value& value, const std::string& word) {
  if (auto* text = value.if_string()) return *text == word;
  if (auto* number = value.if_int64()) return std::to_string(*number) == word;
  if (auto* list = value.if_array())
    return std::any_of(list->begin(), list->end(), [&](const json::value& one) { return equals(one, word); });
  return false;
}

std::optional<std::int64_t> number_of(const json::value* value) {
  if (!value) return std::nullopt;
  if (auto* number = value->if_int64()) return *number;
  if (auto* list = value->if_array()) return std::int64_t(list->size());  // entries of a group
  return std::nullopt;
}

bool holds_at(const Node& node, const json::object& answers) {
  const json::value* value = node.field.empty() ? nullptr : answers.if_contains(node.field);
  switch (node.kind) {
    case Kind::kAnd: return holds_at(*node.left, answers) && holds_at(*node.right, answers);
    case Kind::kOr: return holds_at(*node.left, answers) || holds_at(*node.right, answers);
    case Kind::kNot: return !holds_at(*node.left, answers);
    case Kind::kPresent: return !is_empty(value);
    case Kind::kSame: {
      const json::value* other = answers.if_contains(node.word);
      return !is_empty(value) && other && *value == *other;
    }
    case Kind::kEqual: return !is_empty(value) && equals(*value, node.word);
    case Kind::kUnequal: return is_empty(value) || !equals(*value, node.word);
    default: break;
  }
  auto number = number_of(value);
  if (!number) return false;
  std::int64_t limit = 0;
  std::from_chars(node.word.data(), node.word.data() + node.word.size(), limit);
  if (node.kind == Kind::kLess) return *number < limit;
  if (node.kind == Kind::kLessEqual) return *number <= limit;
  return node.kind == Kind::kMore ? *number > limit : *number >= limit;
}

void collect(const Node& node, std::vector<std::string>& out) {
  auto add = [&](const std::string& field) {
    if (!field.empty() && std::find(out.begin(), out.end(), field) == out.end()) out.push_back(field);
  };
  add(node.field);
  if (node.kind == Kind::kSame) add(node.word);
  if (node.left) collect(*node.left, out);
  if (node.right) collect(*node.right, out);
}

void collect_words(const Node& node, std::vector<std::pair<std::string, std::string>>& out) {
  if (node.kind == Kind::kEqual || node.kind == Kind::kUnequal) out.emplace_back(node.field, node.word);
  if (node.left) collect_words(*node.left, out);
  if (node.right) collect_words(*node.right, out);
}

}  // namespace

std::vector<std::pair<std::string, std::string>> Condition::words() const {
  std::vector<std::pair<std::string, std::string>> out;
  if (root_) collect_words(*root_, out);
  return out;
}

Result<Condition> Condition::parse(std::string_view text) {
  if (text.size() > kMostBytes)
    return Error{Code::kInvalid, "pack.bad_condition", {"条件は500バイトまでです。", "A condition has at most 500 bytes."}, {}};
  Condition condition;
  condition.root_ = TRY(Parser(text).whole());
  condition.text_ = text;
  return condition;
}

bool Condition::holds(const json::object& answers) const { return !root_ || holds_at(*root_, answers); }

std::vector<std::string> Condition::fields() const {
  std::vector<std::string> out;
  if (root_) collect(*root_, out);
  return out;
}

}  // namespace musubi::procedures
