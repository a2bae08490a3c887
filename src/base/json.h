// JSON as Musubi needs it: strict reading (RFC 8259, no duplicate keys, bounded), canonical writing (RFC 8785) for what
// is hashed or signed, and ObjectReader, which turns an object into a struct and collects every fault with its JSON
// pointer (RFC 6901).
#pragma once

#include <boost/json.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace musubi {

namespace json = boost::json;

struct JsonLimits {
  std::size_t bytes = 1 << 20;
  std::size_t depth = 32;
};

// Errors: json.malformed (with line and column), json.duplicate_key, json.too_large, json.not_utf8.
Result<json::value> parse_json(std::string_view text, JsonLimits limits = {});

// Line (from 1) of the value at `pointer` in a text that parse_json accepts; 1 where the pointer leads nowhere.
std::size_t line_of(std::string_view text, std::string_view pointer);

// RFC 8785. Integers beyond 2^53 must be strings: CHECKed, since only our own values are written.
std::string canonical_json(const json::value& value);
std::string canonical_json_string(std::string_view text);  // of a string

// For people: two-space indent, keys in their order.
std::string pretty_json(const json::value& value);

// Reads the members of one object. Faults go to the shared list; a missing or mistyped member yields an empty value,
// so that reading goes on and every fault is found in one pass.
class ObjectReader {
 public:
  // `pointer` is where the object stands. A value that is not an object is one fault.
  ObjectReader(const json::value& value, std::string pointer, std::vector<Fault>& faults);

  std::string string(std::string_view key, std::size_t limit_bytes = 4096);  // required, not empty
  std::optional<std::string> optional_string(std::string_view key, std::size_t limit_bytes = 4096);
  std::optional<std::int64_t> optional_integer(std::string_view key);
  std::optional<double> optional_number(std::string_view key);
  bool boolean(std::string_view key, bool otherwise);
  Text text(std::string_view key, std::size_t limit_bytes = 4096);  // {"ja": ..., "en": ...}, both required
  std::optional<Text> optional_text(std::string_view key, std::size_t limit_bytes = 4096);
  // Calls `each` for every element; a missing required array is a fault.
  void array(std::string_view key, bool required, std::size_t limit,
             const std::function<void(const json::value&, std::string pointer)>& each);
  const json::value* find(std::string_view key);  // nullptr when absent; marks the key as known
  void fault(std::string_view key, Text message);
  void finish();  // every key that nothing asked for is a fault

  std::string at(std::string_view key) const;  // JSON pointer of a member

 private:
  const json::object* object_ = nullptr;
  std::string pointer_;
  std::vector<Fault>& faults_;
  std::vector<std::string> known_;
};

}  // namespace musubi
