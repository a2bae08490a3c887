// Forms of a text: for search (NFKC and case folding, Unicode 15 UAX 15 and UTS 46), for form input (spaces, control
// characters), for numbers typed in full width. Text is UTF-8; malformed bytes become U+FFFD, never an error, except
// where a function says so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace musubi::text {

// NFKC_Casefold: "ＡＢＣ" and "abc", "ｶﾞｽ" and "ガス" become equal; soft hyphens and variation selectors vanish.
// Hiragana and katakana stay apart.
std::string search_form(std::string_view text);

// The search form with hiragana as katakana: "あおば", "ｱｵﾊﾞ" and "アオバ" become equal.
std::string katakana_form(std::string_view text);

// Full-width digits, signs, point and comma to ASCII ("－１，２３４．５" -> "-1,234.5"); everything else stays.
std::string half_width_digits(std::string_view text);

// An integer as people type it: full or half width, spaces around, thousands separators in groups of three.
// nullopt where it is no integer or does not fit.
std::optional<std::int64_t> read_integer(std::string_view text);

// Without white space at both ends (Unicode White_Space: U+3000 too).
std::string_view trim(std::string_view text);

// Each run of white space becomes one U+0020; none at the ends.
std::string collapse_spaces(std::string_view text);

// Number of Unicode code points; what a length limit on a form field counts.
std::size_t code_points(std::string_view text);

// At most `count` code points from the start.
std::string_view first_code_points(std::string_view text, std::size_t count);

enum class Lines { kOne, kMany };

// Input of a form field: NFC, trimmed; "\r\n" and "\r" become "\n" where many lines are allowed. Errors:
// text.not_utf8, text.control_character (C0, C1, bidirectional overrides, noncharacters; tab and line feed are
// allowed in kMany), with the position in code points.
Result<std::string> clean_input(std::string_view text, Lines lines = Lines::kOne);

}  // namespace musubi::text
