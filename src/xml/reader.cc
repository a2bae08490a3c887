#include "xml/reader.h"

#include <libxml/parser.h>
#include <libxml/xmlreader.h>

#include <algorithm>
#include <mutex>

#include "base/encoding.h"

namespace musubi::xml {
namespace {

std::string_view view(const xmlChar* text) {
  return text ? std::string_view(reinterpret_cast<const char*>(text)) : std::string_view();
}

Error fault_at(const std::string& what, std::size_t line, Code code, std::string name, Text message) {
  std::string at = std::to_string(line);
  return {code,
          std::move(name),
          {what + " の" + at + "行目: " + message.ja, what + ", line " + at + ": " + message.en},
          {{what + ":" + at, std::move(message)}}};
}

// What stands before the root element: white space, instructions and comments may; a document type may not. Found by eye,
// since libxml2 would have read its entities before it tells of it.
bool has_document_type(std::string_view text) {
  for (;;) {
    text.remove_prefix(std::min(text.size(), text.find_first_not_of(" \t\r\n")));
    std::string_view end;
    if (text.starts_with("<!--"))
      end = "-->";
    else if (text.starts_with("<?"))
      end = "?>";
    else
      return text.starts_with("<!");
    const auto at = text.find(end, 2);
    if (at == std::string_view::npos) return false;  // malformed: the parser says where
    text.remove_prefix(at + end.size());
  }
}

// Where the first element with too many attributes, or too many '>' inside them, begins. libxml2 compares each attribute with all
// before it, and its incremental parser starts the tag again at each '>': 64 kB of the one or 1 MB of the other takes seconds.
// For a text that is not well-formed this scan may lose its way, but only behind the point where the parser stops.
std::optional<std::size_t> monstrous_tag(std::string_view text, std::size_t attributes) {
  constexpr std::size_t kQuotedEnds = 100;
  for (auto at = text.find('<'); at != std::string_view::npos; at = text.find('<', at)) {
    const std::string_view rest = text.substr(at);
    const std::string_view end = rest.starts_with("<!--")        ? "-->"
                                 : rest.starts_with("<![CDATA[") ? "]]>"
                                 : rest.starts_with("<?")        ? "?>"
                                                                 : "";
    if (!end.empty()) {
      at = text.find(end, at + 2);
      if (at == std::string_view::npos) return std::nullopt;
      continue;
    }
    std::size_t equals = 0, ends = 0, i = 1;
    for (char quote = 0; i < rest.size() && (quote || rest[i] != '>'); ++i) {
      const char c = rest[i];
      if (quote) {
        ends += c == '>';
        if (c == quote) quote = 0;
      } else if (c == '"' || c == '\'') {
        quote = c;
      } else if (c == '=') {
        ++equals;
      }
    }
    if (equals > attributes || ends > kQuotedEnds) return at;
    at += i;
  }
  return std::nullopt;
}

void keep_first(void* user, xmlErrorPtr error) {
  auto& [line, message] = *static_cast<std::pair<std::size_t, std::string>*>(user);
  if (!message.empty() || error->level < XML_ERR_ERROR) return;
  line = std::size_t(std::max(error->line, 1));
  message = error->message ? error->message : "?";
  while (!message.empty() && (message.back() == '\n' || message.back() == '.')) message.pop_back();
  if (!is_utf8(message)) message = "?";
}

}  // namespace

struct Reader::State {
  std::string what;
  Limits limits;
  std::unique_ptr<xmlTextReader, decltype(&xmlFreeTextReader)> reader{nullptr, xmlFreeTextReader};
  std::pair<std::size_t, std::string> complaint;  // of libxml2: line and words
  std::optional<Error> error;
  xmlNode* node = nullptr;  // of the last event
  bool ends_too = false;    // <a/> was started, its end is still to be told
  int depth = 0;
  std::size_t elements = 0, line = 1;

  Error fail(Code code, std::string name, Text message) {
    error = fault_at(what, line, code, std::move(name), std::move(message));
    return *error;
  }
  Error malformed();
  Result<Event> start();
  Result<Event> characters();
};

Error Reader::State::malformed() {
  if (complaint.first) line = complaint.first;
  const std::string& said = complaint.second;
  return fail(Code::kMalformed, "xml.malformed",
              {"XML として読めません（" + said + "）。作成したプログラムで保存し直してください。",
               "This is not well-formed XML (" + said + "). Save it again with the program that made it."});
}

Result<Event> Reader::State::start() {
  ++depth;
  if (depth > limits.depth)
    return fail(Code::kTooLarge, "xml.too_deep",
                {"要素の入れ子が深すぎます（上限 " + std::to_string(limits.depth) + "）。",
                 "Elements are nested too deeply (at most " + std::to_string(limits.depth) + ")."});
  if (++elements > limits.elements)
    return fail(Code::kTooLarge, "xml.too_many_elements",
                {"要素が多すぎます（上限 " + std::to_string(limits.elements) + "）。",
                 "There are too many elements (at most " + std::to_string(limits.elements) + ")."});
  std::size_t longest = 0;
  for (const xmlAttr* each = node->properties; each; each = each->next)
    longest = std::max(longest, view(each->children ? each->children->content : nullptr).size());
  if (node->doc && node->doc->dict && xmlDictSize(node->doc->dict) > int(limits.names))  // its look-up slows down with each
    return fail(Code::kTooLarge, "xml.too_many_names",
                {"要素や属性の名前の種類が多すぎます（上限 " + std::to_string(limits.names) + "）。",
                 "There are too many different names of elements and attributes (at most " + std::to_string(limits.names) + ")."});
  if (longest > limits.text_bytes)
    return fail(Code::kTooLarge, "xml.too_much_text",
                {"属性が長すぎます（上限 " + std::to_string(limits.text_bytes) + " バイト）。",
                 "An attribute is too long (at most " + std::to_string(limits.text_bytes) + " bytes)."});
  ends_too = xmlTextReaderIsEmptyElement(reader.get()) == 1;
  return Event::kStart;
}

Result<Event> Reader::State::characters() {
  if (view(node->content).size() > limits.text_bytes)
    return fail(Code::kTooLarge, "xml.too_much_text",
                {"文字列が長すぎます（上限 " + std::to_string(limits.text_bytes) + " バイト）。",
                 "A text is too long (at most " + std::to_string(limits.text_bytes) + " bytes)."});
  return Event::kText;
}

Reader::Reader(std::unique_ptr<State> state) : state_(std::move(state)) {}
Reader::~Reader() = default;
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;

Result<Reader> Reader::open(std::string_view document, std::string what, Limits limits) {
  static std::once_flag once;
  std::call_once(once, xmlInitParser);
  if (document.size() > limits.bytes)
    return fault_at(what, 1, Code::kTooLarge, "xml.too_large",
                    {"XML が大きすぎます（上限 " + std::to_string(limits.bytes) + " バイト）。",
                     "The XML is too large (at most " + std::to_string(limits.bytes) + " bytes)."});
  if (document.starts_with("\xEF\xBB\xBF")) document.remove_prefix(3);
  if (!is_utf8(document) || document.find('\0') != std::string_view::npos)
    return fault_at(
        what, 1, Code::kMalformed, "xml.not_utf8",
        {"文字コードが UTF-8 ではありません。UTF-8 で保存し直してください。", "This is not UTF-8. Save it again as UTF-8."});
  if (has_document_type(document))
    return fault_at(
        what, 1, Code::kInvalid, "xml.doctype",
        {"文書型宣言（DOCTYPE）は受け付けません。取り除いてください。", "A document type (DOCTYPE) is not accepted. Remove it."});
  if (const auto at = monstrous_tag(document, limits.attributes))
    return fault_at(
        what, 1 + std::size_t(std::count(document.begin(), document.begin() + std::ptrdiff_t(*at), '\n')), Code::kTooLarge,
        "xml.too_many_attributes",
        {"一つの要素の属性が多すぎるか、属性の中の > が多すぎます（属性の上限 " + std::to_string(limits.attributes) + "）。",
         "An element has too many attributes, or too many > inside them (at most " + std::to_string(limits.attributes) +
             " attributes)."});
  auto state = std::make_unique<State>();
  state->what = std::move(what);
  state->limits = limits;
  state->reader.reset(xmlReaderForMemory(document.data(), int(document.size()), nullptr, "UTF-8",
                                         XML_PARSE_NONET | XML_PARSE_NOCDATA | XML_PARSE_COMPACT | XML_PARSE_BIG_LINES));
  CHECK(state->reader);
  xmlTextReaderSetStructuredErrorHandler(state->reader.get(), keep_first, &state->complaint);
  return Reader(std::move(state));
}

Result<Event> Reader::next() {
  State& s = *state_;
  if (s.error) return *s.error;
  if (s.ends_too) {
    s.ends_too = false;
    --s.depth;
    return Event::kEnd;
  }
  for (;;) {
    const int more = xmlTextReaderRead(s.reader.get());
    if (more < 0 || !s.complaint.second.empty()) return s.malformed();
    if (more == 0) {
      s.node = nullptr;
      return Event::kFinished;
    }
    s.node = xmlTextReaderCurrentNode(s.reader.get());
    s.line = std::size_t(std::max(xmlTextReaderGetParserLineNumber(s.reader.get()), 1));
    switch (xmlTextReaderNodeType(s.reader.get())) {
      case XML_READER_TYPE_ELEMENT: return s.start();
      case XML_READER_TYPE_END_ELEMENT: --s.depth; return Event::kEnd;
      case XML_READER_TYPE_TEXT:
      case XML_READER_TYPE_CDATA:
      case XML_READER_TYPE_WHITESPACE:
      case XML_READER_TYPE_SIGNIFICANT_WHITESPACE: return s.characters();
      case XML_READER_TYPE_COMMENT:
      case XML_READER_TYPE_PROCESSING_INSTRUCTION: continue;
      default:
        return s.fail(Code::kInvalid, "xml.doctype", {"宣言や実体は受け付けません。", "Declarations and entities are not accepted."});
    }
  }
}

std::string_view Reader::local() const { return state_->node ? view(state_->node->name) : std::string_view(); }

std::string_view Reader::space() const {
  const xmlNode* node = state_->node;
  return node && node->type == XML_ELEMENT_NODE && node->ns ? view(node->ns->href) : std::string_view();
}

std::string_view Reader::text() const {
  const xmlNode* node = state_->node;
  return node && node->type != XML_ELEMENT_NODE ? view(node->content) : std::string_view();
}

std::optional<std::string_view> Reader::attribute(std::string_view local, std::string_view space) const {
  const xmlNode* node = state_->node;
  if (!node || node->type != XML_ELEMENT_NODE) return std::nullopt;
  for (const xmlAttr* each = node->properties; each; each = each->next)
    if (view(each->name) == local && (each->ns ? view(each->ns->href) : std::string_view()) == space)
      return each->children ? view(each->children->content) : std::string_view();
  return std::nullopt;
}

std::size_t Reader::line() const { return state_->line; }
int Reader::depth() const { return state_->depth; }

Result<void> Reader::skip() {
  const int until = state_->depth - 1;
  for (;;)
    if (TRY(next()) == Event::kEnd && state_->depth == until) return {};
}

Result<std::string> Reader::text_inside() {
  const int until = state_->depth - 1;
  std::string all;
  for (;;) {
    const Event event = TRY(next());
    if (event == Event::kEnd && state_->depth == until) return all;
    if (event != Event::kText) continue;
    if (all.size() + text().size() > state_->limits.text_bytes)
      return state_->fail(Code::kTooLarge, "xml.too_much_text",
                          {"文字列が長すぎます（上限 " + std::to_string(state_->limits.text_bytes) + " バイト）。",
                           "A text is too long (at most " + std::to_string(state_->limits.text_bytes) + " bytes)."});
    all += text();
  }
}

}  // namespace musubi::xml
