// Parsing of templates: mustache tags, standalone lines (mustache spec, "Standalone Lines"), and the state of the HTML
// around each variable.
#include "web/template_parse.h"

#include <algorithm>

namespace musubi::web::internal {
namespace {

// Follows literal HTML just far enough to know what surrounds a variable.
class HtmlState {
 public:
  enum class At { kContent, kTag, kValue, kUrlStart, kForbidden };

  void feed(std::string_view html) {
    for (std::size_t i = 0; i < html.size(); ++i) step(html.substr(i));
  }
  // A variable stood here: the attribute value is no longer at its start.
  void variable() { value_started_ = true; }

  At at() const {
    switch (state_) {
      case State::kContent: return raw_text() ? At::kForbidden : At::kContent;
      case State::kComment: return At::kForbidden;
      case State::kTag: return At::kTag;
      case State::kValue: return !value_started_ && is_url(attribute_) ? At::kUrlStart : At::kValue;
    }
    return At::kForbidden;
  }

 private:
  enum class State { kContent, kComment, kTag, kValue };

  static bool is_url(std::string_view name) { return name == "href" || name == "src" || name == "action" || name == "formaction"; }
  bool raw_text() const { return element_ == "script" || element_ == "style"; }
  static bool is_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '/';
  }

  void step(std::string_view rest) {
    const char c = rest[0];
    switch (state_) {
      case State::kContent:
        if (rest.starts_with("<!--"))
          state_ = State::kComment;
        else if (c == '<' && (rest.size() == 1 || is_name(rest[1]) || rest[1] == '!')) {
          state_ = State::kTag;
          const auto end = std::find_if_not(rest.begin() + 1, rest.end(), is_name);
          element_.assign(rest.begin() + 1, end);
          attribute_.clear();
        }
        return;
      case State::kComment:
        if (rest.starts_with("-->")) state_ = State::kContent;
        return;
      case State::kTag:
        if (c == '>')
          state_ = State::kContent;
        else if (c == '"' || c == '\'') {
          state_ = State::kValue;
          quote_ = c;
          value_started_ = false;
        } else if (is_name(c))
          attribute_ += c;
        else if (c != '=')
          attribute_.clear();
        return;
      case State::kValue:
        if (c == quote_) {
          state_ = State::kTag;
          attribute_.clear();
        } else
          value_started_ = true;
        return;
    }
  }

  State state_ = State::kContent;
  std::string element_, attribute_;
  char quote_ = '"';
  bool value_started_ = false;
};

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\n\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\n\r") - begin + 1);
}

class Parser {
 public:
  Parser(std::string name, std::string_view source, Language language, MessageLookup messages, std::vector<Fault>& faults)
      : source_(source), language_(language), messages_(messages), faults_(faults) {
    program_.name = std::move(name);
    open_.push_back({&program_.nodes, "", 1});
  }

  Program run() && {
    while (at_ < source_.size()) {
      const auto begin = source_.find("{{", at_);
      literal(source_.substr(at_, begin == std::string_view::npos ? begin : begin - at_));
      if (begin == std::string_view::npos) break;
      at_ = begin;
      if (!tag()) break;
    }
    for (std::size_t i = 1; i < open_.size(); ++i)
      fault(open_[i].line, {"区画 " + open_[i].name + " が閉じていません。", "Section " + open_[i].name + " is not closed."});
    return std::move(program_);
  }

 private:
  struct Open {
    std::vector<Node>* nodes;
    std::string name;
    std::size_t line;
  };

  void fault(std::size_t line, Text message) {
    faults_.push_back({program_.name + ".html:" + std::to_string(line), std::move(message)});
  }
  void literal(std::string_view text) {
    line_ += static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    add_literal(text);
  }
  void add_literal(std::string_view text) {
    html_.feed(text);
    auto& nodes = *open_.back().nodes;
    if (text.empty()) return;
    if (nodes.empty() || nodes.back().kind != Node::Kind::kLiteral) nodes.push_back({.text = {}, .path = {}, .line = line_});
    nodes.back().text += text;
  }

  // One tag at at_; false where nothing sensible can follow.
  bool tag() {
    const bool triple = source_.substr(at_).starts_with("{{{");
    const std::size_t open = triple ? 3 : 2;
    const auto end = source_.find(triple ? "}}}" : "}}", at_ + open);
    if (end == std::string_view::npos) {
      fault(line_, {"{{ が閉じていません。", "{{ is not closed."});
      return false;
    }
    std::string_view inner = source_.substr(at_ + open, end - at_ - open);
    const std::size_t begin = at_;
    at_ = end + open;
    if (triple) return variable(trimmed(inner), true), true;
    const char sigil = inner.empty() ? ' ' : inner[0];
    if (std::string_view("#^/!>").find(sigil) == std::string_view::npos) return variable(trimmed(inner), false), true;
    standalone(begin);
    const std::string_view name = trimmed(inner.substr(1));
    if (sigil == '!')
      line_ += static_cast<std::size_t>(std::count(inner.begin(), inner.end(), '\n'));
    else if (sigil == '>')
      partial(name);
    else if (sigil == '/')
      close(name);
    else
      section(name, sigil == '#' ? Node::Kind::kSection : Node::Kind::kInverted);
    if (ate_line_) ++line_, ate_line_ = false;
    return true;
  }

  // A section, comment or partial alone on its line takes the whole line away.
  void standalone(std::size_t begin) {
    std::size_t from = begin;
    while (from > 0 && (source_[from - 1] == ' ' || source_[from - 1] == '\t')) --from;
    if (from > 0 && source_[from - 1] != '\n') return;
    std::size_t to = at_;
    while (to < source_.size() && (source_[to] == ' ' || source_[to] == '\t' || source_[to] == '\r')) ++to;
    if (to < source_.size() && source_[to] != '\n') return;
    auto& nodes = *open_.back().nodes;
    if (from < begin && !nodes.empty()) nodes.back().text.resize(nodes.back().text.size() - (begin - from));
    ate_line_ = to < source_.size();
    at_ = to < source_.size() ? to + 1 : to;
  }

  std::vector<std::string> path_of(std::string_view name) {
    std::vector<std::string> path;
    if (name == ".") return path;
    std::size_t from = 0;
    while (from <= name.size()) {
      const auto dot = std::min(name.find('.', from), name.size());
      path.emplace_back(name.substr(from, dot - from));
      const std::string& part = path.back();
      if (part.empty() || !std::all_of(part.begin(), part.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
          })) {
        fault(line_, {"名前「" + std::string(name) + "」は使えません。", "\"" + std::string(name) + "\" is no usable name."});
        return {"?"};
      }
      from = dot + 1;
    }
    return path;
  }

  void variable(std::string_view name, bool raw) {
    const HtmlState::At at = html_.at();
    const bool fits = raw ? at == HtmlState::At::kContent
                          : at == HtmlState::At::kContent || at == HtmlState::At::kValue || at == HtmlState::At::kUrlStart;
    if (!fits)
      fault(line_,
            {"「" + std::string(name) + "」は、タグの中では引用符で囲んだ属性値だけに置けます（{{{ }}} は本文だけ）。",
             "\"" + std::string(name) + "\" may stand in content or in a quoted attribute value only ({{{ }}} in content only)."});
    if (!raw && name.starts_with("t.")) {
      const auto message = messages_(name.substr(2), language_);
      if (!message) fault(line_, {"文言 " + std::string(name) + " がありません。", "There is no message " + std::string(name) + "."});
      std::string safe;
      append_escaped(safe, message.value_or("?"));
      return add_literal(safe);
    }
    Node node{.kind = raw                              ? Node::Kind::kMarkup
                      : at == HtmlState::At::kUrlStart ? Node::Kind::kUrl
                                                       : Node::Kind::kText,
              .text = {},
              .path = path_of(name),
              .line = line_};
    html_.variable();
    open_.back().nodes->push_back(std::move(node));
  }

  void section(std::string_view name, Node::Kind kind) {
    auto& nodes = *open_.back().nodes;
    nodes.push_back({.kind = kind, .text = {}, .path = path_of(name), .line = line_});
    // The vector of an outer section does not grow while an inner one is open, so the pointer holds.
    open_.push_back({&nodes.back().children, std::string(name), line_});
  }

  void close(std::string_view name) {
    if (open_.size() > 1 && open_.back().name == name) return open_.pop_back();
    fault(line_, {"ここで " + std::string(name) + " は閉じられません。",
                  "There is no open section " + std::string(name) + " to close here."});
  }

  void partial(std::string_view name) {
    open_.back().nodes->push_back({.kind = Node::Kind::kPartial, .text = std::string(name), .path = {}, .line = line_});
  }

  std::string_view source_;
  Language language_;
  MessageLookup messages_;
  std::vector<Fault>& faults_;
  Program program_;
  std::vector<Open> open_;
  HtmlState html_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  bool ate_line_ = false;
};

}  // namespace

Program parse_program(std::string name, std::string_view source, Language language, MessageLookup messages,
                      std::vector<Fault>& faults) {
  return Parser(std::move(name), source, language, messages, faults).run();
}

std::string dotted(const std::vector<std::string>& path) {
  if (path.empty()) return ".";
  std::string out = path[0];
  for (std::size_t i = 1; i < path.size(); ++i) out += "." + path[i];
  return out;
}

}  // namespace musubi::web::internal
