#include "kpi/head_facts.h"

#include <charconv>
#include <cstring>

#include "base/json.h"

namespace musubi::kpi {
namespace {

constexpr std::size_t kPartBytes = 120;
constexpr int kDepth = 32;

class Cursor {
 public:
  explicit Cursor(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  bool take(char wanted) {
    if (at_ == end_ || *at_ != wanted) return false;
    ++at_;
    return true;
  }
  char peek() const { return at_ == end_ ? '\0' : *at_; }

  // Between the quotes.
  bool string(std::string_view& out) {
    if (!take('"')) return false;
    const char* begin = at_;
    while (true) {
      const void* quote = std::memchr(at_, '"', std::size_t(end_ - at_));
      if (!quote) return false;
      const char* found = static_cast<const char*>(quote);
      std::size_t slashes = 0;
      while (found - slashes > begin && found[-1 - std::ptrdiff_t(slashes)] == '\\') ++slashes;
      at_ = found + 1;
      if (slashes % 2 == 0) {
        out = {begin, std::size_t(found - begin)};
        return true;
      }
    }
  }

  // Any value; its text.
  bool value(std::string_view& out) {
    const char* begin = at_;
    int depth = 0;
    do {
      std::string_view ignored;
      char next = peek();
      if (next == '"') {
        if (!string(ignored)) return false;
      } else if (next == '{' || next == '[') {
        if (++depth > kDepth) return false;
        ++at_;
      } else if (next == '}' || next == ']') {
        if (--depth < 0) return false;
        ++at_;
      } else if (next == '\0') {
        return false;
      } else if (depth > 0 && (next == ',' || next == ':')) {
        ++at_;
      } else if (!word()) {
        return false;
      }
    } while (depth > 0);
    out = {begin, std::size_t(at_ - begin)};
    return true;
  }

 private:
  bool word() {  // a number, true, false, null
    const char* begin = at_;
    while (at_ != end_ && (std::isalnum(static_cast<unsigned char>(*at_)) || *at_ == '-' || *at_ == '+' || *at_ == '.')) ++at_;
    return at_ != begin;
  }

  const char* at_;
  const char* end_;
};

bool read_slot(Cursor& cursor, FactSlot& slot) {
  std::string_view text;
  if (cursor.peek() == '"') {
    if (!cursor.string(text)) return false;
    slot = {FactSlot::Kind::kText, 0, text};
    return true;
  }
  if (!cursor.value(text)) return false;
  slot = {FactSlot::Kind::kOther, 0, text};
  if (text == "true" || text == "false") slot = {FactSlot::Kind::kBoolean, text == "true", text};
  std::int64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size()) slot = {FactSlot::Kind::kInteger, number, text};
  return true;
}

std::string unescaped(std::string_view text) {
  boost::system::error_code error;
  auto value = json::parse("\"" + std::string(text) + "\"", error);
  return error || !value.is_string() ? std::string(text) : std::string(value.get_string());
}

}  // namespace

bool read_facts(std::string_view head, std::span<const std::string> names, std::span<FactSlot> slots) {
  for (auto& slot : slots) slot = {};
  Cursor cursor(head);
  std::string_view key, value;
  if (!cursor.take('{')) return false;
  do {
    if (!cursor.string(key) || !cursor.take(':')) return false;
    if (key == "facts") break;
    if (key > "facts" || !cursor.value(value)) return false;
  } while (cursor.take(','));
  if (key != "facts" || !cursor.take('{')) return false;
  if (cursor.take('}')) return true;
  do {
    if (!cursor.string(key) || !cursor.take(':')) return false;
    std::size_t i = 0;
    while (i < names.size() && names[i] != key) ++i;
    if (i < names.size() ? !read_slot(cursor, slots[i]) : !cursor.value(value)) return false;
  } while (cursor.take(','));
  return cursor.take('}');
}

void append_part(std::string& out, const FactSlot& slot) {
  if (slot.kind == FactSlot::Kind::kNone) return;
  std::string decoded;
  std::string_view text = slot.text;
  if (text.find('\\') != text.npos && slot.kind == FactSlot::Kind::kText) text = decoded = unescaped(text);
  if (text.size() > kPartBytes) {
    std::size_t cut = kPartBytes;
    while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;
    text = text.substr(0, cut);
  }
  for (char c : text) out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
}

bool same_text(const FactSlot& slot, std::string_view wanted) {
  if (slot.kind != FactSlot::Kind::kText) return false;
  return slot.text.find('\\') == slot.text.npos ? slot.text == wanted : unescaped(slot.text) == wanted;
}

}  // namespace musubi::kpi
