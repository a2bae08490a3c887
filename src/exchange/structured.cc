#include "exchange/structured.h"

#include <algorithm>

#include "base/encoding.h"

namespace musubi::exchange::sf {
namespace {

bool digit(char c) { return c >= '0' && c <= '9'; }
bool small(char c) { return c >= 'a' && c <= 'z'; }
bool alpha(char c) { return small(c) || (c >= 'A' && c <= 'Z'); }
bool key_first(char c) { return small(c) || c == '*'; }
bool key_rest(char c) { return key_first(c) || digit(c) || c == '_' || c == '-' || c == '.'; }
bool token_first(char c) { return alpha(c) || c == '*'; }
bool token_rest(char c) { return alpha(c) || digit(c) || std::string_view("!#$%&'*+-.^_`|~:/").find(c) != std::string_view::npos; }

template <class Pairs, class V>
void put(Pairs& pairs, std::string name, V value) {  // the last of a name counts, in the place of the first (4.2.2)
  for (auto& [key, old] : pairs)
    if (key == name) return void(old = std::move(value));
  pairs.emplace_back(std::move(name), std::move(value));
}

// One pass over the bytes; after a failure every further call fails too.
class Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text), ok_(text.size() <= kMostFieldBytes) {}

  bool done() const { return ok_ && rest_.empty(); }
  void spaces() {
    while (!rest_.empty() && rest_[0] == ' ') rest_.remove_prefix(1);
  }

  Dictionary dictionary() {
    Dictionary out;
    while (ok_ && !rest_.empty()) {
      std::string name = key();
      Value value = take('=') ? item_or_list() : Value(Item{true, parameters()});
      put(out, std::move(name), std::move(value));
      if (!comma(out.size())) break;
    }
    return out;
  }

  std::vector<Value> list() {
    std::vector<Value> out;
    while (ok_ && !rest_.empty()) {
      out.push_back(item_or_list());
      if (!comma(out.size())) break;
    }
    return out;
  }

  Item item() {
    Item out;
    out.value = bare();
    out.parameters = parameters();
    return out;
  }

 private:
  char next() const { return rest_.empty() ? '\0' : rest_[0]; }
  bool take(char c) {
    if (!ok_ || next() != c || rest_.empty()) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool fail() { return ok_ = false; }

  // Between members: true when another one must follow.
  bool comma(std::size_t so_far) {
    auto white = [this] {
      while (!rest_.empty() && (rest_[0] == ' ' || rest_[0] == '\t')) rest_.remove_prefix(1);
    };
    white();
    if (!ok_ || rest_.empty()) return false;
    if (!take(',') || so_far >= kMostMembers) return fail();
    white();
    return rest_.empty() ? fail() : true;
  }

  Value item_or_list() {
    if (next() == '(') return inner_list();
    return item();
  }

  InnerList inner_list() {
    InnerList out;
    take('(');
    while (ok_) {
      spaces();
      if (take(')')) {
        out.parameters = parameters();
        return out;
      }
      out.items.push_back(item());
      if ((next() != ' ' && next() != ')') || out.items.size() > kMostMembers) fail();
    }
    return out;
  }

  Parameters parameters() {
    Parameters out;
    while (ok_ && take(';')) {
      spaces();
      std::string name = key();
      Bare value = true;
      if (take('=')) value = bare();
      put(out, std::move(name), std::move(value));
      if (out.size() > kMostMembers) fail();
    }
    return out;
  }

  std::string key() {
    if (!key_first(next())) return fail(), std::string();
    return run(key_rest);
  }

  std::string run(bool (*allowed)(char)) {
    auto end = std::find_if_not(rest_.begin(), rest_.end(), allowed);
    std::string out(rest_.begin(), end);
    rest_.remove_prefix(out.size());
    return out;
  }

  Bare bare() {
    char c = next();
    if (c == '-' || digit(c)) return number();
    if (c == '"') return string();
    if (c == ':') return bytes();
    if (c == '?') return boolean();
    if (token_first(c)) return Token{run(token_rest)};
    return fail(), Bare(false);
  }

  Bare number() {
    std::int64_t sign = take('-') ? -1 : 1;
    std::string whole = run(digit);
    if (whole.empty() || whole.size() > 15) return fail(), Bare(false);
    if (!take('.')) return sign * std::stoll(whole);
    std::string fraction = run(digit);
    if (whole.size() > 12 || fraction.empty() || fraction.size() > 3) return fail(), Bare(false);
    fraction.resize(3, '0');
    return Decimal{sign * (std::stoll(whole) * 1000 + std::stoll(fraction))};
  }

  Bare string() {
    std::string out;
    take('"');
    while (ok_ && !rest_.empty()) {
      char c = rest_[0];
      rest_.remove_prefix(1);
      if (c == '"') return out;
      if (c == '\\') {
        if (next() != '"' && next() != '\\') break;
        c = rest_[0];
        rest_.remove_prefix(1);
      } else if (c < 0x20 || c > 0x7e) {
        break;
      }
      out.push_back(c);
    }
    return fail(), Bare(false);
  }

  Bare bytes() {
    take(':');
    auto end = rest_.find(':');
    auto out = end == rest_.npos ? std::nullopt : from_base64(rest_.substr(0, end));
    if (!out) return fail(), Bare(false);
    rest_.remove_prefix(end + 1);
    return Bytes{std::move(*out)};
  }

  Bare boolean() {
    take('?');
    bool yes = take('1');
    if (!yes && !take('0')) fail();
    return yes;
  }

  std::string_view rest_;
  bool ok_;
};

// `read` between optional spaces at both ends (4.2).
template <class T>
std::optional<T> whole(std::string_view text, T (Parser::*read)()) {
  Parser parser(text);
  parser.spaces();
  T out = (parser.*read)();
  parser.spaces();
  return parser.done() ? std::optional(std::move(out)) : std::nullopt;
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string decimal(std::int64_t thousandths) {
  std::string digits = std::to_string(std::abs(thousandths));
  if (digits.size() < 4) digits.insert(0, 4 - digits.size(), '0');
  digits.insert(digits.size() - 3, ".");
  while (digits.back() == '0' && digits[digits.size() - 2] != '.') digits.pop_back();
  return (thousandths < 0 ? "-" : "") + digits;
}

}  // namespace

const Bare* find(const Parameters& parameters, std::string_view name) {
  for (const auto& [key, value] : parameters)
    if (key == name) return &value;
  return nullptr;
}

const Value* find(const Dictionary& dictionary, std::string_view name) {
  for (const auto& [key, value] : dictionary)
    if (key == name) return &value;
  return nullptr;
}

std::optional<Dictionary> parse_dictionary(std::string_view text) { return whole(text, &Parser::dictionary); }
std::optional<std::vector<Value>> parse_list(std::string_view text) { return whole(text, &Parser::list); }
std::optional<Item> parse_item(std::string_view text) { return whole(text, &Parser::item); }

std::string serialize(const Bare& value) {
  struct Writer {
    std::string operator()(std::int64_t number) const { return std::to_string(number); }
    std::string operator()(Decimal number) const { return decimal(number.thousandths); }
    std::string operator()(const std::string& text) const { return quoted(text); }
    std::string operator()(const Token& token) const { return token.text; }
    std::string operator()(const Bytes& bytes) const { return ":" + to_base64(bytes.bytes) + ":"; }
    std::string operator()(bool yes) const { return yes ? "?1" : "?0"; }
  };
  return std::visit(Writer{}, value);
}

std::string serialize(const Parameters& parameters) {
  std::string out;
  for (const auto& [name, value] : parameters) {
    out += ";" + name;
    if (value != Bare(true)) out += "=" + serialize(value);
  }
  return out;
}

std::string serialize(const Item& item) { return serialize(item.value) + serialize(item.parameters); }

std::string serialize(const InnerList& list) {
  std::string out = "(";
  for (const auto& item : list.items) out += (out.size() > 1 ? " " : "") + serialize(item);
  return out + ")" + serialize(list.parameters);
}

std::string serialize(const Value& value) {
  return std::visit([](const auto& each) { return serialize(each); }, value);
}

std::string serialize(const Dictionary& dictionary) {
  std::string out;
  for (const auto& [name, value] : dictionary) {
    out += (out.empty() ? "" : ", ") + name;
    const Item* item = std::get_if<Item>(&value);
    if (item && item->value == Bare(true))
      out += serialize(item->parameters);
    else
      out += "=" + serialize(value);
  }
  return out;
}

std::string serialize(const std::vector<Value>& list) {
  std::string out;
  for (const auto& value : list) out += (out.empty() ? "" : ", ") + serialize(value);
  return out;
}

}  // namespace musubi::exchange::sf
