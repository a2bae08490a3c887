#include "text/dates.h"

#include <gtest/gtest.h>

namespace musubi::text {
namespace {

TEST(Dates, Eras) {
  const std::pair<Date, const char*> cases[] = {
      {{2019, 5, 1}, "令和元年5月1日"},   {{2019, 4, 30}, "平成31年4月30日"},   {{1989, 1, 8}, "平成元年1月8日"},
      {{1989, 1, 7}, "昭和64年1月7日"},   {{1926, 12, 25}, "昭和元年12月25日"}, {{1926, 12, 24}, "大正15年12月24日"},
      {{1912, 7, 30}, "大正元年7月30日"}, {{1868, 10, 23}, "明治元年10月23日"}, {{1868, 10, 22}, ""},
      {{2026, 11, 21}, "令和8年11月21日"}};
  for (auto& [date, era] : cases) EXPECT_EQ(era_date(date), era);
  EXPECT_EQ(long_date({2019, 6, 14}), (Text{"2019年（令和元年）6月14日", "14 June 2019"}));
  EXPECT_EQ(long_date({1700, 1, 2}).ja, "1700年1月2日");
}

TEST(Dates, FiscalYears) {
  EXPECT_EQ(fiscal_year({2019, 3, 31}), 2018);
  EXPECT_EQ(fiscal_year({2019, 4, 1}), 2019);
  const std::pair<int, const char*> cases[] = {{2019, "令和元年度 (2019)"}, {2018, "平成30年度 (2018)"}, {1989, "平成元年度 (1989)"},
                                               {1988, "昭和63年度 (1988)"}, {2026, "令和8年度 (2026)"},  {1900, "1900年度"}};
  for (auto& [year, name] : cases) EXPECT_EQ(fiscal_year_name(year).ja, name);
  EXPECT_EQ(fiscal_year_name(2019).en, "FY2019");
}

TEST(Dates, FiscalYearsAsPeopleTypeThem) {
  const std::pair<const char*, int> good[] = {{"平成30年度", 2018}, {"平成３０年度", 2018}, {"H30", 2018},
                                              {"h30年度", 2018},    {"Ｈ３０", 2018},       {"H.30", 2018},
                                              {"平30", 2018},       {"㍻30年度", 2018},     {"平成 30 年度末", 2018},
                                              {"平成30年", 2018},   {"令和元年度", 2019},   {"令和1年度", 2019},
                                              {"R1", 2019},         {"令元", 2019},         {"Ｒ２年度", 2020},
                                              {"平成31年度", 2019}, {"平成32年度", 2020},   {"昭和63年度", 1988},
                                              {"S63", 1988},        {"2018", 2018},         {"２０１８年度", 2018},
                                              {"FY2018", 2018},     {"fy 2018", 2018},      {"2018年度末", 2018}};
  for (const auto& [typed, year] : good) {
    const auto read = read_fiscal_year(typed);
    ASSERT_TRUE(read.ok()) << typed << ": " << read.error().message.en;
    EXPECT_EQ(*read, year) << typed;
  }
  const std::pair<const char*, const char*> bad[] = {{"", "fiscal_year.missing"},
                                                     {"　", "fiscal_year.missing"},
                                                     {"30", "fiscal_year.no_era"},
                                                     {"30年度", "fiscal_year.no_era"},
                                                     {"元年度", "fiscal_year.malformed"},
                                                     {"平成0年度", "fiscal_year.malformed"},
                                                     {"平成", "fiscal_year.malformed"},
                                                     {"平成-1", "fiscal_year.malformed"},
                                                     {"201", "fiscal_year.malformed"},
                                                     {"20180", "fiscal_year.malformed"},
                                                     {"平成30～32年度", "fiscal_year.malformed"},
                                                     {"慶応3年度", "fiscal_year.malformed"},
                                                     {"2018/4", "fiscal_year.malformed"},
                                                     {"1234", "fiscal_year.malformed"},
                                                     {"年度", "fiscal_year.malformed"}};
  for (const auto& [typed, name] : bad) {
    const auto read = read_fiscal_year(typed);
    ASSERT_FALSE(read.ok()) << typed;
    EXPECT_EQ(read.error().name, name) << typed;
    EXPECT_FALSE(read.error().message.ja.empty() || read.error().message.en.empty());
  }
}

TEST(Dates, ParsesStrictly) {
  EXPECT_EQ(parse_date("2020-02-29").value(), (Date{2020, 2, 29}));
  for (auto text : {"", "2019-02-29", "2019-6-14", "2019/06/14", "2019-06-14 ", "+019-06-14", "2019-13-01", "0000-01-01"})
    EXPECT_FALSE(parse_date(text).ok()) << text;
  EXPECT_EQ(iso_date({2019, 6, 4}), "2019-06-04");
}

TEST(Dates, ReadsWhatPeopleType) {
  const std::pair<const char*, Date> good[] = {{"2019-06-14", {2019, 6, 14}},     {"2019/6/14", {2019, 6, 14}},
                                               {"2019年6月14日", {2019, 6, 14}},  {"２０１９．６．１４", {2019, 6, 14}},
                                               {"令和元年5月1日", {2019, 5, 1}},  {"令和1年5月1日", {2019, 5, 1}},
                                               {"R8.11.21", {2026, 11, 21}},      {"　昭和 64 年 1 月 7 日 ", {1989, 1, 7}},
                                               {"s39/10/10", {1964, 10, 10}},     {"明治元年10月23日", {1868, 10, 23}},
                                               {"平成31年4月30日", {2019, 4, 30}}};
  for (auto& [typed, date] : good) {
    auto read = read_date(typed);
    ASSERT_TRUE(read.ok()) << typed << ": " << read.error().message.en;
    EXPECT_EQ(*read, date) << typed;
  }
  const std::pair<const char*, const char*> bad[] = {
      {"昭和65年1月1日", "date.wrong_era"},   {"令和0年5月1日", "date.wrong_era"},    {"昭和64年1月8日", "date.wrong_era"},
      {"平成元年1月7日", "date.wrong_era"},   {"明治元年1月1日", "date.wrong_era"},   {"2019-02-29", "date.no_such_day"},
      {"令和5年2月29日", "date.no_such_day"}, {"令和8年13月1日", "date.no_such_day"}, {"", "date.malformed"},
      {"8-11-21", "date.malformed"},          {"元年1月1日", "date.malformed"},       {"20190614", "date.malformed"},
      {"令和8年11月", "date.malformed"},      {"2019-06-14x", "date.malformed"},      {"慶応3年1月1日", "date.malformed"}};
  for (auto& [typed, name] : bad) {
    auto read = read_date(typed);
    ASSERT_FALSE(read.ok()) << typed;
    EXPECT_EQ(read.error().name, name) << typed;
  }
  EXPECT_NE(read_date("昭和65年1月1日").error().message.ja.find("平成2年1月1日"), std::string::npos);
  EXPECT_NE(read_date("昭和65年1月1日").error().message.en.find("1990-01-01"), std::string::npos);
}

TEST(Dates, JapanStandardTime) {
  const Time time = parse_rfc3339("2019-04-30T15:00:01Z").value();
  EXPECT_EQ(jst_datetime(time), "2019-05-01T00:00:01+09:00");
  EXPECT_EQ(jst_text(time), (Text{"2019年（令和元年）5月1日 00:00", "1 May 2019, 00:00 JST"}));
  EXPECT_EQ(jst_date(Time{-1}), (Date{1970, 1, 1}));
  EXPECT_EQ(jst_datetime(parse_rfc3339("1969-12-31T14:59:59Z").value()), "1969-12-31T23:59:59+09:00");
}

}  // namespace
}  // namespace musubi::text
