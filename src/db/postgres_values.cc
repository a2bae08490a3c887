#include "db/postgres_values.h"

#include <bit>
#include <cerrno>
#include <cmath>
#include <cstdlib>

#include "base/encoding.h"
#include "db/errors.h"

namespace musubi::db {
namespace {

// pg_type.h
constexpr unsigned kBool = 16, kBytea = 17, kChar = 18, kName = 19, kInt8 = 20, kInt2 = 21, kInt4 = 23, kText = 25, kOid = 26,
                   kFloat4 = 700, kFloat8 = 701, kUnknown = 705, kBpchar = 1042, kVarchar = 1043, kNumeric = 1700;

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t n = 0;
  for (unsigned char c : bytes) n = n << 8 | c;
  return n;
}

// sum() of integers is numeric on PostgreSQL and an integer on SQLite. Base 10,000 digits, numeric.c.
Result<Value> numeric(std::string_view bytes) {
  auto word = [&](std::size_t i) { return static_cast<std::int16_t>(big_endian(bytes.substr(2 * i, 2))); };
  int digits = word(0), weight = word(1), scale = word(3);
  auto sign = static_cast<std::uint16_t>(word(2));
  if (sign != 0 && sign != 0x4000) return failed("a number that is none");
  auto digit = [&](int i) { return i < digits ? word(std::size_t(4 + i)) : 0; };
  if (scale > 0) {
    double value = 0;
    for (int i = 0; i < digits; ++i) value += digit(i) * std::pow(10000.0, weight - i);
    return Value(sign ? -value : value);
  }
  std::string text = sign ? "-" : "";
  for (int i = 0; i <= weight; ++i) {
    std::string four = std::to_string(digit(i));
    text += std::string(4 - four.size(), '0') + four;
  }
  errno = 0;
  std::int64_t n = std::strtoll(text.c_str(), nullptr, 10);
  if (errno == ERANGE) return failed("integer overflow");
  return Value(n);
}

}  // namespace

unsigned type_of(const Value& value) {
  if (std::holds_alternative<std::int64_t>(value)) return kInt8;
  if (std::holds_alternative<double>(value)) return kFloat8;
  if (std::holds_alternative<std::string>(value)) return kText;
  return std::holds_alternative<Blob>(value) ? kBytea : 0;
}

std::string encode(const Value& value) {
  std::string out;
  if (auto n = std::get_if<std::int64_t>(&value))
    put_be64(out, std::uint64_t(*n));
  else if (auto d = std::get_if<double>(&value))
    put_be64(out, std::bit_cast<std::uint64_t>(*d));
  return out;
}

Result<Value> decode(unsigned type, std::string_view bytes) {
  switch (type) {
    case kBool: return Value(std::int64_t(bytes[0] != 0));
    case kInt2: return Value(std::int64_t(static_cast<std::int16_t>(big_endian(bytes))));
    case kInt4: return Value(std::int64_t(static_cast<std::int32_t>(big_endian(bytes))));
    case kInt8: return Value(static_cast<std::int64_t>(big_endian(bytes)));
    case kOid: return Value(std::int64_t(big_endian(bytes)));
    case kFloat4: return Value(double(std::bit_cast<float>(static_cast<std::uint32_t>(big_endian(bytes)))));
    case kFloat8: return Value(std::bit_cast<double>(big_endian(bytes)));
    case kNumeric: return numeric(bytes);
    case kBytea: return Value(Blob{std::string(bytes)});
    case kText:
    case kVarchar:
    case kBpchar:
    case kName:
    case kChar:
    case kUnknown: return Value(std::string(bytes));
    default: return failed("a column of PostgreSQL type " + std::to_string(type));
  }
}

}  // namespace musubi::db
