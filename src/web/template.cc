#include "web/template.h"

#include <algorithm>
#include <charconv>
#include <random>

#include "base/encoding.h"
#include "embedded/web_templates.h"
#include "web/messages.h"
#include "web/template_parse.h"

namespace musubi::web {
namespace {

using internal::Node;
using internal::Program;

constexpr int kMaxDepth = 16;

const std::string& trusted_key() {
  static const std::string key = [] {
    std::random_device random;
    std::string bytes;
    for (int i = 0; i < 4; ++i) put_be32(bytes, random());
    return "$html-" + to_hex(bytes);
  }();
  return key;
}

bool is_falsy(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null: return true;
    case json::kind::bool_: return !value.get_bool();
    case json::kind::string: return value.get_string().empty();
    case json::kind::array: return value.get_array().empty();
    default: return false;
  }
}

class Renderer {
 public:
  Renderer(std::string& out, const json::object& view) : out_(out) { stack_.push_back({nullptr, &view}); }

  Result<void> run(const Program& program) {
    if (++depth_ > kMaxDepth)
      return Error{Code::kInternal,
                   "template.too_deep",
                   {"テンプレートの入れ子が深すぎます。", "Partials are nested too deep."},
                   {{program.name, {}}}};
    program_ = &program;
    const Result<void> result = nodes(program.nodes);
    --depth_;
    return result;
  }

 private:
  struct Frame {
    const json::value* value;    // nullptr for the view itself
    const json::object* object;  // nullptr for other values than objects
  };

  Error error(const Node& node, std::string name, Text message) const {
    return {Code::kInternal,
            std::move(name),
            std::move(message),
            {{program_->name + ".html:" + std::to_string(node.line),
              {"「" + internal::dotted(node.path) + "」", "\"" + internal::dotted(node.path) + "\""}}}};
  }

  const json::value* find(const std::vector<std::string>& path) const {
    if (path.empty()) return stack_.back().value;
    const json::value* found = nullptr;
    for (auto frame = stack_.rbegin(); frame != stack_.rend() && !found; ++frame)
      if (frame->object) found = frame->object->if_contains(path[0]);
    for (std::size_t i = 1; i < path.size() && found; ++i)
      found = found->is_object() ? found->get_object().if_contains(path[i]) : nullptr;
    return found;
  }

  Result<void> nodes(const std::vector<Node>& list) {
    for (const Node& node : list) {
      if (node.kind == Node::Kind::kLiteral) {
        out_ += node.text;
        continue;
      }
      if (node.kind == Node::Kind::kPartial) {
        const Program* outer = program_;
        TRY(run(*node.partial));
        program_ = outer;
        continue;
      }
      const json::value* value = find(node.path);
      if (!value) return error(node, "template.unknown_name", {"テンプレートに値が渡されていません。", "The view has no such name."});
      if (node.kind == Node::Kind::kSection)
        TRY(section(node, *value));
      else if (node.kind == Node::Kind::kInverted) {
        if (is_falsy(*value)) TRY(nodes(node.children));
      } else
        TRY(variable(node, *value));
    }
    return {};
  }

  Result<void> section(const Node& node, const json::value& value) {
    if (is_falsy(value)) return {};
    if (const json::array* array = value.if_array()) {
      for (const json::value& element : *array) TRY(once(node, element));
      return {};
    }
    return once(node, value);
  }

  Result<void> once(const Node& node, const json::value& value) {
    stack_.push_back({&value, value.if_object()});
    auto result = nodes(node.children);
    stack_.pop_back();
    return result;
  }

  Result<void> variable(const Node& node, const json::value& value) {
    if (node.kind == Node::Kind::kMarkup) {
      const json::object* object = value.if_object();
      const json::value* html = object ? object->if_contains(trusted_key()) : nullptr;
      if (!html)
        return error(node, "template.wrong_type",
                     {"{{{ }}} には信頼済みのマークアップだけを渡せます。", "{{{ }}} takes trusted markup only."});
      out_ += std::string_view(html->get_string());
      return {};
    }
    char buffer[32];
    switch (value.kind()) {
      case json::kind::string: {
        const std::string_view text = value.get_string();
        if (node.kind == Node::Kind::kUrl && !is_safe_url(text))
          return error(node, "template.unsafe_url", {"安全でない URL です。", "This URL is not safe."});
        append_escaped(out_, text);
        return {};
      }
      case json::kind::int64:
        return out_.append(buffer, std::to_chars(buffer, std::end(buffer), value.get_int64()).ptr), Result<void>();
      case json::kind::uint64:
        return out_.append(buffer, std::to_chars(buffer, std::end(buffer), value.get_uint64()).ptr), Result<void>();
      case json::kind::double_:
        return out_.append(buffer, std::to_chars(buffer, std::end(buffer), value.get_double()).ptr), Result<void>();
      default: return error(node, "template.wrong_type", {"文字列か数だけを表示できます。", "Only strings and numbers can be shown."});
    }
  }

  std::string& out_;
  std::vector<Frame> stack_;
  const Program* program_ = nullptr;
  int depth_ = 0;
};

std::string program_key(Language language, std::string_view name) {
  return std::string(language_tag(language)) + "/" + std::string(name);
}

}  // namespace

json::value trusted(Markup markup) {
  json::object wrapped;
  wrapped.emplace(trusted_key(), std::move(markup.html));
  return wrapped;
}

Templates::Templates() = default;
Templates::Templates(Templates&&) noexcept = default;
Templates& Templates::operator=(Templates&&) noexcept = default;
Templates::~Templates() = default;

Result<Templates> Templates::parse(std::span<const embedded::File> files, MessageLookup messages) {
  Templates templates;
  std::vector<Fault> faults;
  for (Language language : kLanguages) {
    // Faults of syntax are the same in both languages; they are listed once.
    std::vector<Fault> found;
    for (const embedded::File& file : files) {
      if (!file.path.ends_with(".html")) continue;
      std::string name(file.path.substr(0, file.path.size() - 5));
      auto program = std::make_unique<Program>(internal::parse_program(name, file.bytes, language, messages, found));
      if (!templates.programs_.emplace(program_key(language, name), std::move(program)).second)
        found.push_back({name + ".html:1", {"同じ名前のテンプレートがあります。", "This name is given twice."}});
    }
    const auto link = [&](auto& self, const Program& program, std::vector<Node>& nodes) -> void {
      for (Node& node : nodes) {
        self(self, program, node.children);
        if (node.kind != Node::Kind::kPartial) continue;
        const auto target = templates.programs_.find(program_key(language, node.text));
        if (target != templates.programs_.end())
          node.partial = target->second.get();
        else
          found.push_back({program.name + ".html:" + std::to_string(node.line),
                           {"部品 " + node.text + " がありません。", "There is no partial " + node.text + "."}});
      }
    };
    for (auto& [key, program] : templates.programs_)
      if (key.starts_with(program_key(language, ""))) link(link, *program, program->nodes);
    for (Fault& fault : found)
      if (std::find(faults.begin(), faults.end(), fault) == faults.end()) faults.push_back(std::move(fault));
  }
  if (!faults.empty())
    return Error{
        Code::kInternal, "template.malformed", {"テンプレートに誤りがあります。", "The templates have faults."}, std::move(faults)};
  return templates;
}

Result<Markup> Templates::render(std::string_view name, Language language, const json::object& view) const {
  const auto program = programs_.find(program_key(language, name));
  if (program == programs_.end())
    return Error{Code::kInternal,
                 "template.unknown_template",
                 {"テンプレートがありません。", "There is no such template."},
                 {{std::string(name), {}}}};
  Markup page;
  page.html.reserve(16 << 10);
  TRY(Renderer(page.html, view).run(*program->second));
  return page;
}

Markup render(std::string_view name, Language language, const json::object& view) {
  static const Templates templates = [] {
    auto parsed = Templates::parse(embedded::web_templates(), messages::find);
    CHECK(parsed.ok());
    return std::move(parsed).value();
  }();
  auto page = templates.render(name, language, view);
  CHECK(page.ok());
  return std::move(page).value();
}

}  // namespace musubi::web
