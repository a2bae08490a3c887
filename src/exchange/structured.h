// Structured fields (RFC 8941): dictionaries of items and inner lists, as Signature-Input, Signature and Content-Digest have
// them. Parsing is strict and bounded; serialising gives the one canonical form.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace musubi::exchange::sf {

inline constexpr std::size_t kMostMembers = 64;
inline constexpr std::size_t kMostFieldBytes = 16 << 10;

struct Token {
  std::string text;
  bool operator==(const Token&) const = default;
};
struct Bytes {
  std::string bytes;
  bool operator==(const Bytes&) const = default;
};
struct Decimal {  // thousandths: at most 12 digits and 3 behind the point (3.3.2)
  std::int64_t thousandths = 0;
  bool operator==(const Decimal&) const = default;
};
using Bare = std::variant<std::int64_t, Decimal, std::string, Token, Bytes, bool>;

using Parameters = std::vector<std::pair<std::string, Bare>>;  // in order, names unique
const Bare* find(const Parameters& parameters, std::string_view name);

struct Item {
  Bare value = false;
  Parameters parameters;
  bool operator==(const Item&) const = default;
};
struct InnerList {
  std::vector<Item> items;
  Parameters parameters;
  bool operator==(const InnerList&) const = default;
};
using Value = std::variant<Item, InnerList>;
using Dictionary = std::vector<std::pair<std::string, Value>>;  // in order, names unique: the last one given counts
const Value* find(const Dictionary& dictionary, std::string_view name);

// Nothing when the field fails to parse (4.2).
std::optional<Dictionary> parse_dictionary(std::string_view text);
std::optional<std::vector<Value>> parse_list(std::string_view text);
std::optional<Item> parse_item(std::string_view text);

std::string serialize(const Bare& value);
std::string serialize(const Parameters& parameters);
std::string serialize(const Item& item);
std::string serialize(const InnerList& list);
std::string serialize(const Value& value);
std::string serialize(const Dictionary& dictionary);
std::string serialize(const std::vector<Value>& list);

}  // namespace musubi::exchange::sf
