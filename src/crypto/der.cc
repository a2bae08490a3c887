#include "crypto/der.h"

#include <algorithm>
#include <charconv>

#include "base/check.h"

namespace musubi::crypto::der {
namespace {

constexpr std::size_t kMaxArcs = 32;
constexpr std::size_t kMaxOidBytes = 128;
constexpr std::size_t kMaxIntegerBytes = 20;  // 160 bits: serial numbers and nonces of RFC 3161

using Arc = unsigned __int128;  // as wide as a UUID, which may be an arc under 2.25 (ITU-T X.667)

std::optional<std::vector<Arc>> arcs_of(std::string_view dotted) {
  std::vector<Arc> arcs;
  const char* at = dotted.data();
  const char* end = at + dotted.size();
  while (true) {
    Arc arc = 0;
    auto [stop, error] = std::from_chars(at, end, arc);
    if (error != std::errc{} || (*at == '0' && stop - at > 1) || arcs.size() == kMaxArcs) return std::nullopt;
    arcs.push_back(arc);
    if (stop == end) break;
    if (*stop != '.' || stop + 1 == end) return std::nullopt;
    at = stop + 1;
  }
  if (arcs.size() < 2 || arcs[0] > 2 || (arcs[0] < 2 && arcs[1] > 39) || arcs[1] > Arc(-1) - 80) return std::nullopt;
  return arcs;
}

void put_base128(std::string& out, Arc value) {
  int shift = 126;
  while (shift > 0 && value >> shift == 0) shift -= 7;
  for (; shift > 0; shift -= 7) out.push_back(char(0x80 | (value >> shift & 0x7f)));
  out.push_back(char(value & 0x7f));
}

std::string decimal(Arc arc) {
  char digits[40];
  auto [end, error] = std::to_chars(digits, digits + sizeof digits, arc);
  CHECK(error == std::errc{});
  return {digits, end};
}

// "20190614030405" from "2019-06-14T03:04:05.678901Z"
std::string compact(const std::string& rfc3339) {
  std::string out;
  for (char c : rfc3339.substr(0, 19))
    if (c >= '0' && c <= '9') out.push_back(c);
  return out;
}

}  // namespace

std::string element(std::uint8_t tag, std::string_view content) {
  std::string out(1, char(tag));
  std::size_t size = content.size();
  CHECK(size < (1u << 24));
  if (size >= 0x10000)
    out += {char(0x83), char(size >> 16), char(size >> 8), char(size)};
  else if (size >= 0x100)
    out += {char(0x82), char(size >> 8), char(size)};
  else if (size >= 0x80)
    out += {char(0x81), char(size)};
  else
    out.push_back(char(size));
  return out.append(content);
}

std::string sequence(std::initializer_list<std::string_view> parts) {
  std::string content;
  for (auto part : parts) content += part;
  return element(kSequence, content);
}

std::string set_of(std::vector<std::string> elements) {
  // Bytes compare as unsigned: char_traits<char> does that.
  std::sort(elements.begin(), elements.end());
  std::string content;
  for (const auto& each : elements) content += each;
  return element(kSet, content);
}

std::string integer(std::uint64_t value, std::uint8_t tag) {
  std::string content;
  for (int shift = 56; shift >= 0; shift -= 8) content.push_back(char(value >> shift));
  std::string whole = unsigned_integer(content);
  whole[0] = char(tag);
  return whole;
}

std::string unsigned_integer(std::string_view big_endian) {
  while (big_endian.size() > 1 && big_endian[0] == 0) big_endian.remove_prefix(1);
  std::string content(big_endian);
  if (content.empty() || std::uint8_t(content[0]) >= 0x80) content.insert(content.begin(), '\0');
  return element(kInteger, content);
}

std::string boolean(bool value) { return element(kBoolean, value ? "\xff" : std::string_view("\0", 1)); }
std::string octets(std::string_view bytes) { return element(kOctetString, bytes); }

std::string bits(std::string_view bytes, int unused) {
  std::string content(1, char(unused));
  return element(kBitString, content.append(bytes));
}

std::string named_bit(int number) {
  std::string bytes(std::size_t(number / 8 + 1), '\0');
  bytes.back() = char(0x80 >> number % 8);
  return bits(bytes, 7 - number % 8);
}

bool is_oid(std::string_view dotted) { return arcs_of(dotted).has_value(); }

std::string oid(std::string_view dotted) {
  auto arcs = arcs_of(dotted);
  CHECK(arcs);
  std::string content;
  put_base128(content, (*arcs)[0] * 40 + (*arcs)[1]);
  for (std::size_t i = 2; i < arcs->size(); ++i) put_base128(content, (*arcs)[i]);
  return element(kOid, content);
}

std::string utf8(std::string_view text) { return element(kUtf8String, text); }

std::string time(Time at) {
  std::string digits = compact(at.rfc3339());
  if (digits < "2050") return element(kUtcTime, digits.substr(2) + "Z");
  return element(kGeneralizedTime, digits + "Z");
}

std::string generalized_time(Time at) {
  std::string text = at.rfc3339();
  std::string fraction = text.substr(19, 7);  // ".678901"
  while (fraction.back() == '0') fraction.pop_back();
  if (fraction == ".") fraction.clear();
  return element(kGeneralizedTime, compact(text) + fraction + "Z");
}

std::string_view Reader::fail() {
  ok_ = false;
  return {};
}

std::pair<std::size_t, std::size_t> Reader::measure() const {
  constexpr std::pair<std::size_t, std::size_t> kBad = {0, 0};
  if (!ok_ || rest_.size() < 2 || (rest_[0] & 0x1f) == 0x1f) return kBad;  // high tag numbers are not used here
  std::size_t length = std::uint8_t(rest_[1]), header = 2;
  if (length >= 0x80) {
    std::size_t count = length & 0x7f;
    if (count == 0 || count > 3 || rest_.size() < 2 + count) return kBad;
    length = 0;
    for (std::size_t i = 0; i < count; ++i) length = length << 8 | std::uint8_t(rest_[2 + i]);
    header += count;
    if (length < 0x80 || length < (std::size_t(1) << 8 * (count - 1))) return kBad;  // not the shortest form
  }
  if (length > rest_.size() - header) return kBad;
  return {header, header + length};
}

std::string_view Reader::content(std::uint8_t tag) {
  auto [header, size] = measure();
  if (size == 0 || std::uint8_t(rest_[0]) != tag) return fail();
  std::string_view out = rest_.substr(header, size - header);
  rest_.remove_prefix(size);
  return out;
}

std::string_view Reader::whole(std::uint8_t tag) {
  if (!next_is(tag)) return fail();
  return any();
}

std::string_view Reader::any() {
  auto [header, size] = measure();
  if (size == 0) return fail();
  std::string_view out = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return out;
}

std::uint64_t Reader::small_integer(std::uint8_t tag) {
  std::string_view content = this->content(tag);
  bool padded = content.size() > 1 && content[0] == 0 && std::uint8_t(content[1]) < 0x80;
  if (content.empty() || content.size() > 8 || std::uint8_t(content[0]) >= 0x80 || padded) return fail(), 0;
  std::uint64_t value = 0;
  for (char c : content) value = value << 8 | std::uint8_t(c);
  return value;
}

std::string Reader::unsigned_integer() {
  std::string_view content = this->content(kInteger);
  bool padded = content.size() > 1 && content[0] == 0 && std::uint8_t(content[1]) < 0x80;
  if (content.empty() || std::uint8_t(content[0]) >= 0x80 || padded) return fail(), std::string();
  if (content.size() > 1 && content[0] == 0) content.remove_prefix(1);
  if (content.size() > kMaxIntegerBytes) return fail(), std::string();
  return std::string(content);
}

bool Reader::boolean() {
  std::string_view content = this->content(kBoolean);
  if (content.size() != 1 || (content[0] != 0 && std::uint8_t(content[0]) != 0xff)) return fail(), false;
  return content[0] != 0;
}

std::string Reader::oid() {
  std::string_view content = this->content(kOid);
  if (content.empty() || content.size() > kMaxOidBytes) return fail(), std::string();
  std::string out;
  Arc arc = 0;
  bool open = false, first = true;
  for (char c : content) {
    auto byte = std::uint8_t(c);
    if (!open && byte == 0x80) return fail(), std::string();  // not the shortest form
    if (arc >> 121) return fail(), std::string();
    arc = arc << 7 | (byte & 0x7f);
    open = byte & 0x80;
    if (open) continue;
    if (first) {
      Arc top = std::min<Arc>(arc / 40, 2);
      out = decimal(top) + "." + decimal(arc - top * 40);
    } else {
      out += "." + decimal(arc);
    }
    first = false;
    arc = 0;
  }
  if (open) return fail(), std::string();
  return out;
}

std::optional<Time> Reader::generalized_time() {
  std::string_view text = content(kGeneralizedTime);
  auto refuse = [&] { return fail(), std::optional<Time>(); };
  if (text.size() < 15 || text.size() > 32 || text.back() != 'Z') return refuse();
  std::string_view fraction = text.substr(14, text.size() - 15);
  bool digits = std::all_of(text.begin(), text.begin() + 14, [](char c) { return c >= '0' && c <= '9'; });
  if (!digits) return refuse();
  if (!fraction.empty()) {
    bool good = fraction.size() > 1 && fraction[0] == '.' && fraction.back() != '0' &&
                std::all_of(fraction.begin() + 1, fraction.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!good) return refuse();
  }
  std::string rfc3339;
  constexpr std::string_view kAfter[] = {"", "-", "-", "T", ":", ":"};
  for (std::size_t i = 0, at = 0; i < 6; ++i) {
    std::size_t width = i == 0 ? 4 : 2;
    rfc3339.append(kAfter[i]).append(text.substr(at, width));
    at += width;
  }
  rfc3339.append(fraction.substr(0, 7)).append("Z");
  auto time = parse_rfc3339(rfc3339);
  if (!time.ok()) return refuse();
  return *time;
}

}  // namespace musubi::crypto::der
