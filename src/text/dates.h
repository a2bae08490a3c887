// Civil dates, Japanese eras and fiscal years, as people read them. Times are shown in Japan Standard Time (UTC+9, no
// summer time).
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace musubi::text {

// A day of the Gregorian calendar; 1868-10-23 and later have an era.
struct Date {
  int year = 1970;
  int month = 1;
  int day = 1;
  auto operator<=>(const Date&) const = default;
};

bool is_valid(Date date);
std::string iso_date(Date date);                 // "2019-06-14"
Result<Date> parse_date(std::string_view text);  // "2019-06-14" only. Errors: date.malformed
// As people type it: "2019-06-14", "2019/6/14", "2019年6月14日", "令和元年6月14日", "R1.6.14", "昭和 64 年 1 月 7 日", in full or half
// width. Errors: date.malformed, date.no_such_day, date.wrong_era (a year 0, a day before the era began or after it
// ended: 昭和65年), each saying what would be right.
Result<Date> read_date(std::string_view text);
Date jst_date(Time time);

// Fiscal years run from April to March and bear the year they begin in.
int fiscal_year(Date date);
Text fiscal_year_name(int year);  // {"令和元年度 (2019)", "FY2019"}
// As people type it: "平成30年度", "H30", "平30", "令和元年度", "R1", "2018", "FY2018", "平成30年度末", in full or half width; "平成30年" in a field for
// fiscal years too. Era years go on after their era, since plans name years to come: 平成32年度 is 2020. Errors:
// fiscal_year.missing, fiscal_year.no_era ("30": which era?), fiscal_year.malformed.
Result<int> read_fiscal_year(std::string_view typed);

std::string era_year(Date date);  // "令和元年", "平成31年"; "" before 1868-10-23
std::string era_date(Date date);  // "令和元年6月14日"
Text long_date(Date date);        // {"2019年（令和元年）6月14日", "14 June 2019"}

std::string jst_datetime(Time time);  // "2019-06-14T12:04:05+09:00", for <time datetime>
Text jst_text(Time time);             // {"2019年（令和元年）6月14日 12:04", "14 June 2019, 12:04 JST"}

}  // namespace musubi::text
