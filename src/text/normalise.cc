#include "text/normalise.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <charconv>

#include "base/check.h"
#include "base/encoding.h"

namespace musubi::text {
namespace {

// Calls `each` with every code point (U+FFFD for malformed bytes) and its first and last+1 byte; stops on false.
template <class F>
void for_each_code_point(std::string_view text, F&& each) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  std::size_t i = 0;
  while (i < text.size()) {
    const std::size_t from = i;
    UChar32 c;
    U8_NEXT_OR_FFFD(bytes, i, text.size(), c);
    if (!each(c, from, i)) return;
  }
}

std::string replaced_malformed(std::string_view text) {
  std::string out;
  for_each_code_point(text, [&](UChar32 c, std::size_t from, std::size_t to) {
    out.append(c == 0xFFFD ? std::string_view("\xEF\xBF\xBD") : text.substr(from, to - from));
    return true;
  });
  return out;
}

std::string normalised(const icu::Normalizer2* form, std::string_view text) {
  std::string well_formed;
  if (!is_utf8(text)) text = well_formed = replaced_malformed(text);  // ICU would copy malformed bytes
  std::string out;
  out.reserve(text.size());
  icu::StringByteSink<std::string> sink(&out);
  UErrorCode status = U_ZERO_ERROR;
  form->normalizeUTF8(0, icu::StringPiece(text.data(), static_cast<int32_t>(text.size())), sink, nullptr, status);
  CHECK(U_SUCCESS(status));
  return out;
}

bool is_space(UChar32 c) { return u_isUWhiteSpace(c); }

std::optional<char> half_width(UChar32 c) {
  if (c >= 0xFF10 && c <= 0xFF19) return static_cast<char>('0' + (c - 0xFF10));
  switch (c) {
    case 0xFF0B: return '+';
    case 0xFF0D:
    case 0x2212: return '-';
    case 0xFF0C: return ',';
    case 0xFF0E: return '.';
    default: return std::nullopt;
  }
}

// Characters that change how the text around them is shown, or that are no characters at all.
bool is_forbidden(UChar32 c) {
  if (c < 0x20 || (c >= 0x7F && c < 0xA0)) return true;
  if ((c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069)) return true;
  return U_IS_UNICODE_NONCHAR(c);
}

bool grouped_correctly(std::string_view digits) {
  const auto first = digits.find(',');
  if (first == std::string_view::npos) return true;
  if (first == 0 || first > 3) return false;
  for (std::size_t i = first; i < digits.size(); i += 4) {
    if (digits[i] != ',' || digits.size() - i < 4) return false;
    if (digits.substr(i + 1, 3).find(',') != std::string_view::npos) return false;
  }
  return true;
}

}  // namespace

std::string search_form(std::string_view text) {
  static const icu::Normalizer2* const form = [] {
    UErrorCode status = U_ZERO_ERROR;
    const auto* found = icu::Normalizer2::getNFKCCasefoldInstance(status);
    CHECK(U_SUCCESS(status));
    return found;
  }();
  return normalised(form, text);
}

std::string katakana_form(std::string_view text) {
  std::string out;
  const std::string form = search_form(text);
  for_each_code_point(form, [&](UChar32 c, std::size_t from, std::size_t to) {
    bool hiragana = (c >= 0x3041 && c <= 0x3096) || c == 0x309D || c == 0x309E;
    if (!hiragana) {
      out.append(form, from, to - from);
      return true;
    }
    std::uint8_t bytes[U8_MAX_LENGTH];
    std::size_t length = 0;
    U8_APPEND_UNSAFE(bytes, length, c + 0x60);
    out.append(reinterpret_cast<const char*>(bytes), length);
    return true;
  });
  return out;
}

std::string half_width_digits(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for_each_code_point(text, [&](UChar32 c, std::size_t from, std::size_t to) {
    if (auto digit = half_width(c))
      out += *digit;
    else
      out.append(text.substr(from, to - from));
    return true;
  });
  return out;
}

std::optional<std::int64_t> read_integer(std::string_view text) {
  const std::string narrow = half_width_digits(trim(text));
  std::string_view digits = narrow;
  const bool plus = digits.starts_with('+');
  const bool minus = digits.starts_with('-');
  if (plus || minus) digits.remove_prefix(1);
  if (digits.empty() || digits[0] < '0' || digits[0] > '9' || !grouped_correctly(digits)) return std::nullopt;
  std::string plain(minus ? "-" : "");
  for (char c : digits)
    if (c != ',') plain += c;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(plain.data(), plain.data() + plain.size(), value);
  if (error != std::errc() || end != plain.data() + plain.size()) return std::nullopt;
  return value;
}

std::string_view trim(std::string_view text) {
  std::size_t begin = text.size();
  std::size_t end = 0;
  for_each_code_point(text, [&](UChar32 c, std::size_t from, std::size_t to) {
    if (is_space(c)) return true;
    begin = std::min(begin, from);
    end = to;
    return true;
  });
  return end == 0 ? std::string_view{} : text.substr(begin, end - begin);
}

std::string collapse_spaces(std::string_view text) {
  std::string out;
  bool space = false;
  for_each_code_point(text, [&](UChar32 c, std::size_t from, std::size_t to) {
    if (is_space(c)) {
      space = true;
      return true;
    }
    if (space && !out.empty()) out += ' ';
    space = false;
    out.append(text.substr(from, to - from));
    return true;
  });
  return out;
}

std::size_t code_points(std::string_view text) {
  std::size_t count = 0;
  for_each_code_point(text, [&](UChar32, std::size_t, std::size_t) { return ++count, true; });
  return count;
}

std::string_view first_code_points(std::string_view text, std::size_t count) {
  std::size_t end = 0;
  for_each_code_point(text, [&](UChar32, std::size_t, std::size_t to) {
    if (count == 0) return false;
    --count;
    end = to;
    return true;
  });
  return text.substr(0, end);
}

// NFC would exchange a compatibility ideograph (U+F900 to U+FAFF, U+2F800 to U+2FA1F) for the unified one: another way to write a
// name, which is not ours to choose.
template <class F>
static std::string but_for_variants(std::string_view text, F&& normalise) {
  std::string out;
  std::size_t run = 0;
  for_each_code_point(text, [&](UChar32 c, std::size_t begin, std::size_t end) {
    if ((c < 0xF900 || c > 0xFAFF) && (c < 0x2F800 || c > 0x2FA1F)) return true;
    out += normalise(text.substr(run, begin - run));
    out += text.substr(begin, end - begin);
    run = end;
    return true;
  });
  return out + normalise(text.substr(run));
}

Result<std::string> clean_input(std::string_view text, Lines lines) {
  if (!is_utf8(text))
    return Error{Code::kInvalid,
                 "text.not_utf8",
                 {"文字として読めない部分があります。入力し直してください。", "A part of this cannot be read as text. Type it again."},
                 {}};
  std::string unix_lines;
  unix_lines.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r' || lines == Lines::kOne)
      unix_lines += text[i];
    else if (i + 1 == text.size() || text[i + 1] != '\n')
      unix_lines += '\n';
  }
  std::size_t position = 0, forbidden_at = 0;
  for_each_code_point(unix_lines, [&](UChar32 c, std::size_t, std::size_t) {
    ++position;
    if (lines == Lines::kMany && (c == '\n' || c == '\t')) return true;
    if (!is_forbidden(c)) return true;
    forbidden_at = position;
    return false;
  });
  if (forbidden_at != 0) {
    const std::string at = std::to_string(forbidden_at);
    return Error{
        Code::kInvalid,
        "text.control_character",
        {at + "文字目に使えない制御文字があります。取り除いてください。", "Character " + at + " is a control character. Remove it."},
        {}};
  }
  static const icu::Normalizer2* const nfc = [] {
    UErrorCode status = U_ZERO_ERROR;
    const auto* found = icu::Normalizer2::getNFCInstance(status);
    CHECK(U_SUCCESS(status));
    return found;
  }();
  return std::string(trim(but_for_variants(unix_lines, [&](std::string_view run) { return normalised(nfc, run); })));
}

}  // namespace musubi::text
