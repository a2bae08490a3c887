#include "base/encoding.h"

namespace musubi {
namespace {

constexpr char kStandard[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr char kUrl[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string encode64(std::string_view bytes, const char* alphabet, bool pad) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  auto byte = [&](std::size_t at) { return std::uint32_t(std::uint8_t(bytes[at])); };
  std::size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    std::uint32_t word = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    const char four[] = {alphabet[word >> 18], alphabet[word >> 12 & 63], alphabet[word >> 6 & 63], alphabet[word & 63]};
    out.append(four, 4);
  }
  std::size_t rest = bytes.size() - i;
  if (rest == 0) return out;
  std::uint32_t word = byte(i) << 16 | (rest == 2 ? byte(i + 1) << 8 : 0);
  out += {alphabet[word >> 18], alphabet[word >> 12 & 63]};
  if (rest == 2) out += alphabet[word >> 6 & 63];
  if (pad) out.append(3 - rest, '=');
  return out;
}

std::optional<std::string> decode64(std::string_view text, const char* alphabet, bool pad) {
  if (pad) {
    if (text.size() % 4 != 0) return std::nullopt;
    for (int i = 0; i < 2 && !text.empty() && text.back() == '='; ++i) text.remove_suffix(1);
  }
  if (text.size() % 4 == 1) return std::nullopt;
  std::int8_t table[256];
  for (auto& entry : table) entry = -1;
  for (int i = 0; i < 64; ++i) table[std::uint8_t(alphabet[i])] = std::int8_t(i);
  std::string out;
  out.reserve(text.size() * 3 / 4);
  std::uint32_t word = 0;
  int bits = 0;
  for (char c : text) {
    int value = table[std::uint8_t(c)];
    if (value < 0) return std::nullopt;
    word = word << 6 | std::uint32_t(value);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out.push_back(char(word >> bits & 0xff));
    }
  }
  if (word & ((1u << bits) - 1)) return std::nullopt;  // left-over bits must be zero: one text per byte string
  return out;
}

}  // namespace

std::string to_hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (unsigned char c : bytes) {
    out.push_back(kDigits[c >> 4]);
    out.push_back(kDigits[c & 15]);
  }
  return out;
}

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2) return std::nullopt;
  auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    int high = digit(text[i]), low = digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(char(high << 4 | low));
  }
  return out;
}

std::string to_base64(std::string_view bytes) { return encode64(bytes, kStandard, true); }
std::optional<std::string> from_base64(std::string_view text) { return decode64(text, kStandard, true); }
std::string to_base64url(std::string_view bytes) { return encode64(bytes, kUrl, false); }
std::optional<std::string> from_base64url(std::string_view text) { return decode64(text, kUrl, false); }

bool is_utf8(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size();) {
    auto lead = std::uint8_t(bytes[i]);
    std::size_t length = lead < 0x80                   ? 1
                         : lead >= 0xc2 && lead < 0xe0 ? 2
                         : lead >= 0xe0 && lead < 0xf0 ? 3
                         : lead >= 0xf0 && lead < 0xf5 ? 4
                                                       : 0;
    if (length == 0 || i + length > bytes.size()) return false;
    for (std::size_t k = 1; k < length; ++k)
      if ((std::uint8_t(bytes[i + k]) & 0xc0) != 0x80) return false;
    if (length > 2) {
      auto second = std::uint8_t(bytes[i + 1]);
      if (lead == 0xe0 && second < 0xa0) return false;
      if (lead == 0xed && second >= 0xa0) return false;
      if (lead == 0xf0 && second < 0x90) return false;
      if (lead == 0xf4 && second >= 0x90) return false;
    }
    i += length;
  }
  return true;
}

void put_be16(std::string& out, std::uint16_t value) {
  out.push_back(char(value >> 8));
  out.push_back(char(value));
}
void put_be32(std::string& out, std::uint32_t value) {
  put_be16(out, std::uint16_t(value >> 16));
  put_be16(out, std::uint16_t(value));
}
void put_be64(std::string& out, std::uint64_t value) {
  put_be32(out, std::uint32_t(value >> 32));
  put_be32(out, std::uint32_t(value));
}

}  // namespace musubi
