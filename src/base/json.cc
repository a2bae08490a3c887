#include "base/json.h"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <set>

#include "base/encoding.h"

namespace musubi {
namespace {

// A SAX walk that keeps the JSON pointer of where it is: finds duplicate keys, and the offset of a value.
class Walk {
 public:
  static constexpr std::size_t max_object_size = std::size_t(-1), max_array_size = std::size_t(-1), max_key_size = std::size_t(-1),
                               max_string_size = std::size_t(-1);
  using error_code = boost::system::error_code;

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) {
    open(true);
    return true;
  }
  bool on_object_end(std::size_t, error_code&) {
    levels_.pop_back();
    return true;
  }
  bool on_array_begin(error_code&) {
    open(false);
    return true;
  }
  bool on_array_end(std::size_t, error_code&) {
    levels_.pop_back();
    return true;
  }
  bool on_key_part(boost::json::string_view part, std::size_t, error_code&) {
    key_.append(part);
    return true;
  }
  bool on_key(boost::json::string_view part, std::size_t, error_code& ec) {
    key_.append(part);
    Level& level = levels_.back();
    if (!level.keys.insert(key_).second) {
      duplicate = key_;
      ec = boost::json::error::syntax;
      return false;
    }
    level.token = escape(key_);
    key_.clear();
    return true;
  }
  bool on_string_part(boost::json::string_view, std::size_t, error_code&) { return true; }
  bool on_string(boost::json::string_view, std::size_t, error_code&) {
    leaf();
    return true;
  }
  bool on_number_part(boost::json::string_view part, error_code&) {
    number_.append(part);
    return true;
  }
  bool on_int64(std::int64_t, boost::json::string_view, error_code&) {
    number_.clear();
    leaf();
    return true;
  }
  bool on_uint64(std::uint64_t, boost::json::string_view, error_code&) {
    number_.clear();
    leaf();
    return true;
  }
  bool on_double(double, boost::json::string_view part, error_code& ec) {
    leaf();
    number_.append(part);
    double exact = 0;
    auto parsed = std::from_chars(number_.data(), number_.data() + number_.size(), exact);
    number_.clear();
    doubles.push_back(exact);
    if (parsed.ec == std::errc() && std::isfinite(exact)) return true;
    ec = boost::json::error::syntax;  // 1e400 is no number that anybody can keep
    return false;
  }
  bool on_bool(bool, error_code&) {
    leaf();
    return true;
  }
  bool on_null(error_code&) {
    leaf();
    return true;
  }
  bool on_comment_part(boost::json::string_view, error_code&) { return true; }
  bool on_comment(boost::json::string_view, error_code&) { return true; }

  std::string duplicate;
  std::vector<double> doubles;  // in document order, correctly rounded: Boost.JSON 1.81 is off by an ulp at times
  std::function<void(const std::string& pointer)> on_value;  // at the start of containers, at the end of scalars

 private:
  struct Level {
    bool object;
    std::size_t count = 0;
    std::string token;
    std::set<std::string> keys;
  };

  static std::string escape(const std::string& key) {
    std::string out;
    for (char c : key) out += c == '~' ? std::string("~0") : c == '/' ? std::string("~1") : std::string(1, c);
    return out;
  }
  std::string here() const {
    std::string pointer;
    for (const Level& level : levels_) pointer += "/" + level.token;
    return pointer;
  }
  void leaf() {
    if (!levels_.empty() && !levels_.back().object) levels_.back().token = std::to_string(levels_.back().count++);
    if (on_value) on_value(here());
  }
  void open(bool object) {
    leaf();
    levels_.push_back(Level{object, 0, "", {}});
  }

  std::vector<Level> levels_;
  std::string key_;
  std::string number_;
};

void set_doubles(boost::json::value& value, std::vector<double>::const_iterator& next) {
  if (value.is_double()) {
    value = *next++;
  } else if (auto* array = value.if_array()) {
    for (auto& element : *array) set_doubles(element, next);
  } else if (auto* object = value.if_object()) {
    for (auto& member : *object) set_doubles(member.value(), next);
  }
}

std::pair<std::size_t, std::size_t> line_and_column(std::string_view text, std::size_t offset) {
  std::size_t line = 1, start = 0;
  for (std::size_t i = 0; i < std::min(offset, text.size()); ++i)
    if (text[i] == '\n') {
      ++line;
      start = i + 1;
    }
  return {line, offset - start + 1};
}

boost::json::parse_options strict(std::size_t depth) {
  boost::json::parse_options options;
  options.max_depth = depth;
  return options;
}

Error json_error(const char* name, std::string where, Text message) {
  return Error{Code::kMalformed, name, message, {Fault{std::move(where), message}}};
}

// ECMAScript Number::toString, as RFC 8785 3.2.2.3 demands.
std::string number(double value) {
  if (value == 0) return "0";
  char buffer[32];
  auto end = std::to_chars(buffer, buffer + sizeof buffer, std::fabs(value), std::chars_format::scientific).ptr;
  std::string_view text(buffer, std::size_t(end - buffer));
  auto e = text.find('e');
  int exponent = std::stoi(std::string(text.substr(e + 1)));
  std::string digits(text.substr(0, 1));
  if (e > 2) digits += text.substr(2, e - 2);
  int count = int(digits.size()), point = exponent + 1;  // value = 0.digits x 10^point
  std::string out = value < 0 ? "-" : "";
  if (count <= point && point <= 21) return out + digits + std::string(std::size_t(point - count), '0');
  if (0 < point && point <= 21) return out + digits.substr(0, std::size_t(point)) + "." + digits.substr(std::size_t(point));
  if (-6 < point && point <= 0) return out + "0." + std::string(std::size_t(-point), '0') + digits;
  out += digits.substr(0, 1);
  if (count > 1) out += "." + digits.substr(1);
  return out + "e" + (point > 0 ? "+" : "-") + std::to_string(std::abs(point - 1));
}

void write_string(std::string& out, std::string_view text) {
  out.push_back('"');
  std::size_t written = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (std::uint8_t(c) >= 0x20 && c != '"' && c != '\\') continue;
    out += text.substr(written, i - written);
    written = i + 1;
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        char escape[8];
        std::snprintf(escape, sizeof escape, "\\u%04x", unsigned(c));
        out += escape;
    }
  }
  out += text.substr(written);
  out.push_back('"');
}

// RFC 8785 3.2.3 sorts by UTF-16 code units: the order of UTF-8 bytes differs only where a surrogate pair meets
// U+E000..U+FFFF.
bool utf16_less(std::string_view a, std::string_view b) {
  auto rank = [](unsigned char c) { return c >= 0xf0 ? 0xed + 0.5 : double(c); };  // pairs sort as D800..DFFF do
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    if (a[i] != b[i]) return rank(std::uint8_t(a[i])) < rank(std::uint8_t(b[i]));
  return a.size() < b.size();
}

void write_canonical(std::string& out, const boost::json::value& value) {
  constexpr std::int64_t kSafe = std::int64_t(1) << 53;
  switch (value.kind()) {
    case boost::json::kind::null: out += "null"; break;
    case boost::json::kind::bool_: out += value.get_bool() ? "true" : "false"; break;
    case boost::json::kind::int64:
      CHECK(value.get_int64() <= kSafe && value.get_int64() >= -kSafe);
      out += std::to_string(value.get_int64());
      break;
    case boost::json::kind::uint64:
      CHECK(value.get_uint64() <= std::uint64_t(kSafe));
      out += std::to_string(value.get_uint64());
      break;
    case boost::json::kind::double_: out += number(value.get_double()); break;
    case boost::json::kind::string: write_string(out, value.get_string()); break;
    case boost::json::kind::array: {
      out.push_back('[');
      bool first = true;
      for (const auto& element : value.get_array()) {
        if (!std::exchange(first, false)) out.push_back(',');
        write_canonical(out, element);
      }
      out.push_back(']');
      break;
    }
    case boost::json::kind::object: {
      std::vector<const boost::json::key_value_pair*> members;
      for (const auto& member : value.get_object()) members.push_back(&member);
      std::sort(members.begin(), members.end(), [](auto* a, auto* b) { return utf16_less(a->key(), b->key()); });
      out.push_back('{');
      bool first = true;
      for (const auto* member : members) {
        if (!std::exchange(first, false)) out.push_back(',');
        write_string(out, member->key());
        out.push_back(':');
        write_canonical(out, member->value());
      }
      out.push_back('}');
      break;
    }
  }
}

void write_pretty(std::string& out, const boost::json::value& value, std::size_t indent) {
  std::string inner(indent + 2, ' ');
  if (auto* array = value.if_array(); array && !array->empty()) {
    out += "[\n";
    for (std::size_t i = 0; i < array->size(); ++i) {
      out += inner;
      write_pretty(out, (*array)[i], indent + 2);
      out += i + 1 < array->size() ? ",\n" : "\n";
    }
    out += std::string(indent, ' ') + "]";
  } else if (auto* object = value.if_object(); object && !object->empty()) {
    out += "{\n";
    std::size_t i = 0;
    for (const auto& member : *object) {
      out += inner;
      write_string(out, member.key());
      out += ": ";
      write_pretty(out, member.value(), indent + 2);
      out += ++i < object->size() ? ",\n" : "\n";
    }
    out += std::string(indent, ' ') + "}";
  } else {
    write_canonical(out, value);
  }
}

}  // namespace

Result<json::value> parse_json(std::string_view text, JsonLimits limits) {
  if (text.size() > limits.bytes) {
    std::string limit = std::to_string(limits.bytes);
    return Error{
        Code::kTooLarge,
        "json.too_large",
        {"JSON が上限 " + limit + " バイトを超えています。", "The JSON text is larger than the limit of " + limit + " bytes."},
        {}};
  }
  if (!is_utf8(text)) return json_error("json.not_utf8", "", {"文字コードが UTF-8 ではありません。", "The text is not UTF-8."});
  auto options = strict(limits.depth);
  boost::json::basic_parser<Walk> walk(options);
  boost::system::error_code ec;
  std::size_t used = walk.write_some(false, text.data(), text.size(), ec);
  if (!ec && used < text.size()) ec = boost::json::error::extra_data;
  if (ec) {
    auto [line, column] = line_and_column(text, used);
    std::string where = std::to_string(line) + ":" + std::to_string(column);
    if (const auto& key = walk.handler().duplicate; !key.empty())
      return json_error(
          "json.duplicate_key", where,
          {"キー「" + key + "」が二度書かれています（" + where + "）。", "The key \"" + key + "\" stands twice (" + where + ")."});
    return json_error(
        "json.malformed", where,
        {"JSON として読めません（" + where + "、" + ec.message() + "）。", "This is not JSON (" + where + ", " + ec.message() + ")."});
  }
  auto value = boost::json::parse(text, ec, {}, options);
  if (ec)
    return json_error("json.malformed", "",
                      {"JSON として読めません（" + ec.message() + "）。", "This is not JSON (" + ec.message() + ")."});
  std::vector<double>::const_iterator next = walk.handler().doubles.begin();
  set_doubles(value, next);
  return value;
}

std::size_t line_of(std::string_view text, std::string_view pointer) {
  // Feeding byte by byte tells the offset at which each value is first known; good for messages, not for hot paths.
  boost::json::basic_parser<Walk> walk(strict(64));
  std::size_t offset = 0;
  std::optional<std::size_t> found;
  walk.handler().on_value = [&](const std::string& at) {
    if (!found && at == pointer) found = offset;
  };
  boost::system::error_code ec;
  for (; offset < text.size() && !found && !ec; ++offset) walk.write_some(true, text.data() + offset, 1, ec);
  return found ? line_and_column(text, *found).first : 1;
}

std::string canonical_json(const json::value& value) {
  std::string out;
  write_canonical(out, value);
  return out;
}

std::string canonical_json_string(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 2);
  write_string(out, text);
  return out;
}

std::string pretty_json(const json::value& value) {
  std::string out;
  write_pretty(out, value, 0);
  return out + "\n";
}

ObjectReader::ObjectReader(const json::value& value, std::string pointer, std::vector<Fault>& faults)
    : object_(value.if_object()), pointer_(std::move(pointer)), faults_(faults) {
  if (!object_) faults_.push_back({pointer_, {"オブジェクト { } が必要です。", "An object { } is needed here."}});
}

std::string ObjectReader::at(std::string_view key) const { return pointer_ + "/" + std::string(key); }

void ObjectReader::fault(std::string_view key, Text message) { faults_.push_back({at(key), std::move(message)}); }

const json::value* ObjectReader::find(std::string_view key) {
  known_.emplace_back(key);
  return object_ ? object_->if_contains(key) : nullptr;
}

std::optional<std::string> ObjectReader::optional_string(std::string_view key, std::size_t limit_bytes) {
  const json::value* value = find(key);
  if (!value) return std::nullopt;
  const json::string* text = value->if_string();
  if (!text || text->empty()) {
    fault(key, {"何か書いてください。空にはできません。", "Write something; it cannot be empty."});
    return std::nullopt;
  }
  if (text->size() > limit_bytes) {
    std::string limit = std::to_string(limit_bytes);
    fault(key, {"上限 " + limit + " バイトを超えています。", "Longer than the limit of " + limit + " bytes."});
    return std::nullopt;
  }
  return std::string(*text);
}

std::string ObjectReader::string(std::string_view key, std::size_t limit_bytes) {
  if (auto text = optional_string(key, limit_bytes)) return *text;
  if (object_ && !object_->contains(key)) fault(key, {"必須の項目がありません。", "This member is required."});
  return {};
}

std::optional<std::int64_t> ObjectReader::optional_integer(std::string_view key) {
  const json::value* value = find(key);
  if (!value) return std::nullopt;
  if (auto* integer = value->if_int64()) return *integer;
  fault(key, {"整数が必要です。", "An integer is needed."});
  return std::nullopt;
}

std::optional<double> ObjectReader::optional_number(std::string_view key) {
  const json::value* value = find(key);
  if (!value) return std::nullopt;
  if (value->is_number()) return value->to_number<double>();
  fault(key, {"数値が必要です。", "A number is needed."});
  return std::nullopt;
}

bool ObjectReader::boolean(std::string_view key, bool otherwise) {
  const json::value* value = find(key);
  if (!value) return otherwise;
  if (auto* flag = value->if_bool()) return *flag;
  fault(key, {"true か false が必要です。", "true or false is needed."});
  return otherwise;
}

std::optional<Text> ObjectReader::optional_text(std::string_view key, std::size_t limit_bytes) {
  const json::value* value = find(key);
  if (!value) return std::nullopt;
  ObjectReader both(*value, at(key), faults_);
  Text text{both.string("ja", limit_bytes), both.string("en", limit_bytes)};
  both.finish();
  return text;
}

Text ObjectReader::text(std::string_view key, std::size_t limit_bytes) {
  if (auto both = optional_text(key, limit_bytes)) return *both;
  if (object_ && !object_->contains(key)) fault(key, {"必須の項目がありません。", "This member is required."});
  return {};
}

void ObjectReader::array(std::string_view key, bool required, std::size_t limit,
                         const std::function<void(const json::value&, std::string)>& each) {
  const json::value* value = find(key);
  if (!value) {
    if (required && object_) fault(key, {"必須の項目がありません。", "This member is required."});
    return;
  }
  const json::array* elements = value->if_array();
  if (!elements) return fault(key, {"配列 [ ] が必要です。", "An array [ ] is needed."});
  if (elements->size() > limit) {
    std::string most = std::to_string(limit);
    return fault(key, {"要素は " + most + " 個までです。", "At most " + most + " elements are allowed."});
  }
  for (std::size_t i = 0; i < elements->size(); ++i) each((*elements)[i], at(key) + "/" + std::to_string(i));
}

void ObjectReader::finish() {
  if (!object_) return;
  for (const auto& member : *object_)
    if (std::find(known_.begin(), known_.end(), std::string_view(member.key())) == known_.end())
      fault(member.key(), {"知らない項目です。", "This member is not known."});
}

}  // namespace musubi
