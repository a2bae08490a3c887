#include "text/numbers.h"

#include <gtest/gtest.h>

namespace musubi::text {
namespace {

// "-1234.5 | scale | % | unit | about bound", or the error's name.
std::string read(std::string_view typed) {
  const auto number = read_number(typed);
  if (!number.ok()) return number.error().name;
  std::string all = number->decimal;
  if (!number->scale.empty()) all += " x" + std::to_string(number->factor) + number->scale;
  if (number->percent) all += " %";
  if (!number->unit.empty()) all += " " + number->unit;
  if (number->about) all += " ~";
  return all + (number->bound.empty() ? "" : " " + number->bound);
}

TEST(Numbers, AsPeopleTypeThem) {
  const std::pair<const char*, const char*> cases[] = {{"0", "0"},
                                                       {"12", "12"},
                                                       {"１２", "12"},
                                                       {" 1,234 ", "1234"},
                                                       {"１，２３４，５６７．８９", "1234567.89"},
                                                       {"007", "7"},
                                                       {".5", "0.5"},
                                                       {"0.50", "0.50"},
                                                       {"+3", "3"},
                                                       {"＋３", "3"},
                                                       {"△5", "-5"},
                                                       {"▲ 1,234.5", "-1234.5"},
                                                       {"−5", "-5"},
                                                       {"－５", "-5"},
                                                       {"-5", "-5"},
                                                       {"‐5", "-5"},
                                                       {"–5", "-5"},
                                                       {"ー5", "-5"},
                                                       {"△0", "0"},
                                                       {"-0.0", "0.0"},
                                                       {"80%", "80 %"},
                                                       {"８０．５％", "80.5 %"},
                                                       {"△3.2 %", "-3.2 %"},
                                                       {"80パーセント", "80 %"},
                                                       {"80%以上", "80 % 以上"},
                                                       {"約80％", "80 % ~"},
                                                       {"概ね 3 割", "3 割 ~"},
                                                       {"80%程度", "80 % ~"},
                                                       {"3件", "3 件"},
                                                       {"1,234 百万円", "1234 x1000000百万 円"},
                                                       {"12億円", "12 x100000000億 円"},
                                                       {"5万人", "5 x10000万 人"},
                                                       {"2.5千件", "2.5 x1000千 件"},
                                                       {"3千億円", "3 x100000000000千億 円"},
                                                       {"１兆円", "1 x1000000000000兆 円"},
                                                       {"3億2,000万円", "32000 x10000万 円"},
                                                       {"3万5千人", "35 x1000千 人"},
                                                       {"1万2345人以上", "12345 人 以上"},
                                                       {"△1億500万円", "-10500 x10000万 円"},
                                                       {"¥1,000", "1000 円"},
                                                       {"△￥1,000円", "-1000 円"},
                                                       {"12m2", "12 m2"},
                                                       {"3.5 t-CO2/年", "3.5 t-CO2/年"},
                                                       {"10Gbps超", "10 Gbps 超"},
                                                       {"2019年度", "2019 年度"},
                                                       {"5ポイント", "5 ポイント"},
                                                       {"999999999999999", "999999999999999"},
                                                       {"約△１，２３４．５百万円以上", "-1234.5 x1000000百万 円 ~ 以上"}};
  for (const auto& [typed, wanted] : cases) EXPECT_EQ(read(typed), wanted) << typed;
  EXPECT_EQ(read_number("△1,234.5百万円")->value, -1234.5);
  EXPECT_EQ(read_number("80.5%")->value, 80.5);
}

TEST(Numbers, WhatIsNoNumberSaysHowToWriteIt) {
  const std::pair<const char*, const char*> cases[] = {{"", "number.missing"},
                                                       {" 　", "number.missing"},
                                                       {"-", "number.dash"},
                                                       {"－", "number.dash"},
                                                       {"―", "number.dash"},
                                                       {"△", "number.dash"},
                                                       {"ー", "number.dash"},
                                                       {"1,23", "number.grouping"},
                                                       {"1234,567", "number.grouping"},
                                                       {",123", "number.grouping"},
                                                       {"1,", "number.grouping"},
                                                       {"1.234,5", "number.grouping"},
                                                       {"1,2,3", "number.grouping"},
                                                       {"(1,234)", "number.parentheses"},
                                                       {"（12）", "number.parentheses"},
                                                       {"1234567890123456", "number.too_long"},
                                                       {"0.1234567890123456", "number.too_long"},
                                                       {"abc", "number.malformed"},
                                                       {"十", "number.malformed"},
                                                       {"未定", "number.malformed"},
                                                       {"1.2.3", "number.malformed"},
                                                       {"5.", "number.malformed"},
                                                       {"10～20", "number.malformed"},
                                                       {"10-20", "number.malformed"},
                                                       {"10/20", "number.malformed"},
                                                       {"1 234", "number.malformed"},
                                                       {"1.2E+05", "number.malformed"},
                                                       {"1e5", "number.malformed"},
                                                       {"12:30", "number.malformed"},
                                                       {"2019年6月", "number.malformed"},
                                                       {"--5", "number.malformed"},
                                                       {"△-5", "number.malformed"},
                                                       {"+-5", "number.malformed"},
                                                       {"5万3億", "number.malformed"},
                                                       {"3億2.5万", "number.malformed"},
                                                       {"1万20000", "number.malformed"},
                                                       {"¥5%", "5 % 円"},
                                                       {"¥5件", "number.malformed"},
                                                       {"#N/A", "number.malformed"},
                                                       {"=1+1", "number.malformed"},
                                                       {"\xff"
                                                        "5",
                                                        "number.malformed"},
                                                       {"NaN", "number.malformed"}};
  for (const auto& [typed, wanted] : cases) {
    EXPECT_EQ(read(typed), wanted) << typed;
    if (const auto number = read_number(typed); !number.ok()) {
      EXPECT_FALSE(number.error().message.ja.empty() || number.error().message.en.empty());
    }
  }
}

}  // namespace
}  // namespace musubi::text
