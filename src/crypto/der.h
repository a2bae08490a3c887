// Private to this module: DER (X.690 8, 10, 11), as much of it as certificates and time-stamps need. Writers return one
// whole element; the reader is bounded by its input and takes definite, shortest lengths only.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace musubi::crypto::der {

inline constexpr std::uint8_t kBoolean = 0x01, kInteger = 0x02, kBitString = 0x03, kOctetString = 0x04, kNull = 0x05, kOid = 0x06,
                              kUtf8String = 0x0c, kPrintableString = 0x13, kUtcTime = 0x17, kGeneralizedTime = 0x18, kSequence = 0x30,
                              kSet = 0x31;
// Context-specific tags: primitive and constructed.
constexpr std::uint8_t context(int number) { return std::uint8_t(0x80 | number); }
constexpr std::uint8_t context_constructed(int number) { return std::uint8_t(0xa0 | number); }

std::string element(std::uint8_t tag, std::string_view content);
std::string sequence(std::initializer_list<std::string_view> parts);
std::string set_of(std::vector<std::string> elements);  // sorts them (X.690 11.6)
std::string integer(std::uint64_t value, std::uint8_t tag = kInteger);
std::string unsigned_integer(std::string_view big_endian);  // any size; leading zeros are dropped
std::string boolean(bool value);
std::string octets(std::string_view bytes);
std::string bits(std::string_view bytes, int unused = 0);
std::string named_bit(int number);         // a BIT STRING with this one bit set
std::string oid(std::string_view dotted);  // CHECKs is_oid
std::string utf8(std::string_view text);
std::string time(Time at);              // RFC 5280 4.1.2.5: UTCTime until 2049, then GeneralizedTime; whole seconds
std::string generalized_time(Time at);  // RFC 3161 2.4.2: fraction without trailing zeros

bool is_oid(std::string_view dotted);  // arcs of 128 bits, at most 32 of them

// Reads elements one after the other. After a failure everything else fails too; ok() tells in the end.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  bool ok() const { return ok_; }
  bool done() const { return ok_ && rest_.empty(); }  // no failure, nothing left over
  bool next_is(std::uint8_t tag) const { return ok_ && !rest_.empty() && std::uint8_t(rest_[0]) == tag; }

  std::string_view content(std::uint8_t tag);  // of the next element, which must have this tag
  std::string_view whole(std::uint8_t tag);    // the same with its header
  Reader inside(std::uint8_t tag) { return Reader(content(tag), ok_); }
  std::string_view any();                                    // one element of any low tag, with its header
  std::uint64_t small_integer(std::uint8_t tag = kInteger);  // 0 to 2^63 - 1
  std::string unsigned_integer();                            // at most 20 octets, not negative; without leading zeros, "\0" for zero
  bool boolean();
  std::string oid();  // dotted
  std::optional<Time> generalized_time();

 private:
  Reader(std::string_view bytes, bool ok) : rest_(bytes), ok_(ok) {}
  std::string_view fail();
  // Header size and whole size of the next element; 0 when it is not well-formed.
  std::pair<std::size_t, std::size_t> measure() const;

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace musubi::crypto::der
