// Numbers as people type them into sheets: full width, thousands separators, △ and ▲ for negatives, Japanese scales, units.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace musubi::text {

// "約△１，２３４．５百万円以上" is -1234.5, scale 百万 (1,000,000), unit 円, qualifiers 約 and 以上. Nothing is multiplied: what a sheet
// keeps is what was typed.
struct TypedNumber {
  double value = 0;     // nearest to `decimal`; of "80.5%" it is 80.5
  std::string decimal;  // exact: "-1234.5", "0.50"
  bool percent = false;
  std::string scale;        // "", 千, 万, 十万, 百万, 千万, 億, 十億, 百億, 千億, 兆
  std::int64_t factor = 1;  // what the scale stands for
  std::string unit;         // "円", "件/年"; "" without one
  bool about = false;       // 約, およそ, 概ね before, 程度 after
  std::string bound;        // 以上, 以下, 未満, 超 or ""
  bool operator==(const TypedNumber&) const = default;
};

// 3億2,000万円 is 32000 of 万. Errors (invalid), each saying how to write it: number.missing (empty), number.dash (only a dash: there is
// no value), number.grouping ("1,23"), number.parentheses, number.too_long (more than 15 digits, which no spreadsheet
// keeps), number.malformed (no number, or more than one: "10～20", "1.2E+5").
Result<TypedNumber> read_number(std::string_view typed);

// "-1234567.5" -> "-1,234,567.5", as pages show numbers; the text as it is where its whole part is not of digits only.
std::string grouped(std::string number);

}  // namespace musubi::text
