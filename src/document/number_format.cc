#include "document/number_format.h"

#include <chrono>
#include <cmath>

namespace musubi::document {
namespace {

using std::chrono::sys_days;
using Civil = std::chrono::year_month_day;

constexpr std::int64_t kLastSerial = 2'958'465;  // 9999-12-31
constexpr auto day_number(int year, unsigned month, unsigned day) {
  return sys_days(Civil(std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)));
}
// Serial 1 is 1900-01-01; from March 1900 on everything is one day late, since 60 is a day that never was.
constexpr auto kBefore1900 = day_number(1899, 12, 31), kBefore1900March = day_number(1899, 12, 30), k1904 = day_number(1904, 1, 1);

struct Letters {
  bool date = false, time = false, month_or_minute = false, percent = false;
};

// The letters of the first section, without what is quoted, in brackets, escaped, or only fills space.
Letters letters_of(std::string_view format) {
  Letters found;
  for (std::size_t i = 0; i < format.size(); ++i) {
    const char c = format[i];
    const char lower = c >= 'A' && c <= 'Z' ? char(c | 0x20) : c;
    if (c == ';') break;
    if (c == '"' || c == '[') {
      const auto end = format.find(c == '"' ? '"' : ']', i + 1);
      if (end == std::string_view::npos) break;
      if (c == '[') {  // [h]: hours that go on; [$-411], [Red], [>=1]: nothing
        const std::string_view inside = format.substr(i + 1, end - i - 1);
        if (!inside.empty() && inside.find_first_not_of("hHmMsS") == std::string_view::npos) found.time = true;
      }
      i = end;
    } else if (c == '\\' || c == '_' || c == '*') {
      ++i;
      while (i + 1 < format.size() && (format[i + 1] & 0xC0) == 0x80) ++i;  // the rest of a character of several bytes
    } else if (lower == 'g' && format.size() - i >= 7 && (format[i + 1] | 0x20) == 'e' && (format[i + 2] | 0x20) == 'n') {
      i += 6;  // General
    } else if (lower == 'e' && i + 1 < format.size() && (format[i + 1] == '+' || format[i + 1] == '-')) {
      ++i;  // 0.0E+00
    } else if (lower == 'a' && format.size() - i >= 3 && format[i + 1] == '/') {
      i += 2, found.time = true;  // A/P
    } else if (lower == 'a' && format.size() - i >= 5 && format[i + 2] == '/') {
      i += 4, found.time = true;  // AM/PM
    } else if (lower == 'y' || lower == 'd' || lower == 'e' || lower == 'g' || lower == 'b' || lower == 'a' || lower == 'r') {
      found.date = true;
    } else if (lower == 'h' || lower == 's') {
      found.time = true;
    } else if (lower == 'm') {
      found.month_or_minute = true;
    } else if (c == '%') {
      found.percent = true;
    }
  }
  return found;
}

}  // namespace

bool is_date_format(std::string_view format) {
  const Letters found = letters_of(format);
  return found.date || (found.month_or_minute && !found.time);
}

bool is_percent_format(std::string_view format) { return letters_of(format).percent; }

std::string_view built_in_format(std::uint32_t number) {
  switch (number) {
    case 1: return "0";
    case 2: return "0.00";
    case 3: return "#,##0";
    case 4: return "#,##0.00";
    case 5:
    case 6:
    case 37:
    case 38: return "#,##0;-#,##0";
    case 7:
    case 8:
    case 39:
    case 40: return "#,##0.00;-#,##0.00";
    case 9: return "0%";
    case 10: return "0.00%";
    case 11: return "0.00E+00";
    case 12: return "# ?/?";
    case 13:
      return "# ?"
             "?/?"
             "?";
    case 14: return "yyyy/m/d";
    case 15: return "d-mmm-yy";
    case 16: return "d-mmm";
    case 17: return "mmm-yy";
    case 18: return "h:mm AM/PM";
    case 19: return "h:mm:ss AM/PM";
    case 20: return "h:mm";
    case 21: return "h:mm:ss";
    case 22: return "yyyy/m/d h:mm";
    case 27:
    case 36:
    case 50:
    case 57: return "[$-411]ge.m.d";
    case 28:
    case 29:
    case 51:
    case 54:
    case 58: return "[$-411]ggge\"年\"m\"月\"d\"日\"";
    case 30: return "m/d/yy";
    case 31: return "yyyy\"年\"m\"月\"d\"日\"";
    case 32: return "h\"時\"mm\"分\"";
    case 33: return "h\"時\"mm\"分\"ss\"秒\"";
    case 34:
    case 52:
    case 55: return "yyyy\"年\"m\"月\"";
    case 35:
    case 53:
    case 56: return "m\"月\"d\"日\"";
    case 45: return "mm:ss";
    case 46: return "[h]:mm:ss";
    case 47: return "mm:ss.0";
    case 48: return "##0.0E+0";
    case 49: return "@";
    default: return "";
  }
}

std::optional<DateTime> date_of_serial(double serial, bool from_1904) {
  if (!(serial >= 0) || serial >= double(kLastSerial + 1)) return std::nullopt;
  double whole = std::floor(serial);
  auto second = int(std::llround((serial - whole) * 86'400));
  if (second == 86'400) second = 0, ++whole;
  const auto days = std::chrono::days(std::int64_t(whole));
  if (!from_1904 && (days.count() < 1 || days.count() == 60)) return std::nullopt;
  const Civil day{from_1904 ? k1904 + days : (days.count() < 60 ? kBefore1900 : kBefore1900March) + days};
  if (int(day.year()) > 9999) return std::nullopt;
  return DateTime{int(day.year()), int(unsigned(day.month())), int(unsigned(day.day())), second};
}

std::optional<double> serial_of_date(const DateTime& date) {
  const Civil day{std::chrono::year(date.year), std::chrono::month(unsigned(date.month)), std::chrono::day(unsigned(date.day))};
  if (!day.ok() || date.year < 1900 || date.year > 9999 || date.second < 0 || date.second >= 86'400) return std::nullopt;
  const auto from_march = sys_days(day) >= day_number(1900, 3, 1);
  const auto days = (sys_days(day) - (from_march ? kBefore1900March : kBefore1900)).count();
  return double(days) + double(date.second) / 86'400;
}

}  // namespace musubi::document
