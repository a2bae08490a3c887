#include "text/dates.h"

#include <array>
#include <chrono>
#include <optional>

#include "text/normalise.h"

namespace musubi::text {
namespace {

struct Era {
  Date from;
  std::string_view name;
};

// First days: Cabinet orders on the change of era; 明治 from the day it was proclaimed (23 October 1868).
constexpr std::array<Era, 5> kEras = {
    {{{2019, 5, 1}, "令和"}, {{1989, 1, 8}, "平成"}, {{1926, 12, 25}, "昭和"}, {{1912, 7, 30}, "大正"}, {{1868, 10, 23}, "明治"}}};

struct EraLetter {
  std::string_view word;
  std::size_t era;  // in kEras
};
constexpr std::array<EraLetter, 15> kEraWords = {{{"令和", 0},
                                                  {"平成", 1},
                                                  {"昭和", 2},
                                                  {"大正", 3},
                                                  {"明治", 4},
                                                  {"R", 0},
                                                  {"H", 1},
                                                  {"S", 2},
                                                  {"T", 3},
                                                  {"M", 4},
                                                  {"r", 0},
                                                  {"h", 1},
                                                  {"s", 2},
                                                  {"t", 3},
                                                  {"m", 4}}};

constexpr const char* kMonths[] = {"January", "February", "March",     "April",   "May",      "June",
                                   "July",    "August",   "September", "October", "November", "December"};

std::string counted(std::string_view era, int year) { return std::string(era) + (year == 1 ? "元" : std::to_string(year)) + "年"; }

std::string padded(int value, int width) {
  std::string digits = std::to_string(value);
  if (digits.size() < static_cast<std::size_t>(width)) digits.insert(0, static_cast<std::size_t>(width) - digits.size(), '0');
  return digits;
}

// Digits only, so that signs and spaces are refused.
std::optional<int> digits(std::string_view text) {
  int value = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

constexpr std::int64_t kDayUs = 86'400'000'000;
constexpr std::int64_t kJstUs = 9 * 3'600'000'000;

std::int64_t us_of_jst_day(Time time) { return ((time.us + kJstUs) % kDayUs + kDayUs) % kDayUs; }

std::string hour_minute(Time time) {
  const auto minutes = us_of_jst_day(time) / 60'000'000;
  return padded(static_cast<int>(minutes / 60), 2) + ":" + padded(static_cast<int>(minutes % 60), 2);
}

}  // namespace

bool is_valid(Date date) {
  if (date.year < 1 || date.year > 9999) return false;
  return std::chrono::year_month_day(std::chrono::year(date.year), std::chrono::month(static_cast<unsigned>(date.month)),
                                     std::chrono::day(static_cast<unsigned>(date.day)))
      .ok();
}

std::string iso_date(Date date) { return padded(date.year, 4) + "-" + padded(date.month, 2) + "-" + padded(date.day, 2); }

Result<Date> parse_date(std::string_view text) {
  if (text.size() == 10 && text[4] == '-' && text[7] == '-') {
    const auto year = digits(text.substr(0, 4)), month = digits(text.substr(5, 2)), day = digits(text.substr(8, 2));
    if (year && month && day && is_valid({*year, *month, *day})) return Date{*year, *month, *day};
  }
  return Error{Code::kInvalid,
               "date.malformed",
               {"実在する日付を 2019-06-14 の形で入力してください。", "Enter a real date, such as 2019-06-14."},
               {}};
}

namespace {

Error unreadable_date() {
  return {Code::kInvalid,
          "date.malformed",
          {"日付は 2019-06-14 または 令和元年6月14日 の形で入力してください。", "Enter the date as 2019-06-14 or 令和元年6月14日."},
          {}};
}

Error no_such_day(int year, int month, int day) {
  std::string what = std::to_string(year) + "-" + std::to_string(month) + "-" + std::to_string(day);
  return {Code::kInvalid,
          "date.no_such_day",
          {what + " という日はありません。月と日を確認してください。", "There is no day " + what + ". Check month and day."},
          {}};
}

Error wrong_era(std::size_t era, int count, Date meant) {
  const Era& typed = kEras[era];
  std::string given = std::string(typed.name) + std::to_string(count) + "年";
  if (count < 1)
    return {Code::kInvalid,
            "date.wrong_era",
            {given + "はありません。" + std::string(typed.name) + "は元年（1年）から始まります。",
             "There is no " + given + ": the era begins with year 1."},
            {}};
  std::string right = era_date(meant), first = era_date(typed.from);
  Text bounds = meant < typed.from
                    ? Text{std::string(typed.name) + "は" + first + "からです。", "The era began on " + iso_date(typed.from) + ". "}
                    : Text{std::string(typed.name) + "は" + iso_date(kEras[era - 1].from) + "の前日までです。",
                           "The era ended the day before " + iso_date(kEras[era - 1].from) + ". "};
  return {Code::kInvalid,
          "date.wrong_era",
          {bounds.ja + (right.empty() ? "" : right + "（" + iso_date(meant) + "）ではありませんか。"),
           bounds.en + (right.empty() ? "" : "Did you mean " + right + " (" + iso_date(meant) + ")?")},
          {}};
}

// Numbers between `parts` separators, each of 1 to 4 digits; 元 is 1.
std::optional<std::array<int, 3>> three_numbers(std::string_view text) {
  std::array<int, 3> numbers{};
  constexpr std::string_view kEnds[3][5] = {{"年", "-", "/", ".", ""}, {"月", "-", "/", ".", ""}, {"日", "", "", "", ""}};
  for (std::size_t i = 0; i < 3; ++i) {
    std::size_t length = 0;
    while (length < text.size() && length < 4 && text[length] >= '0' && text[length] <= '9') ++length;
    if (length == 0 && i == 0 && text.starts_with("元")) {
      numbers[0] = 1;
      text.remove_prefix(std::string_view("元").size());
    } else {
      if (length == 0) return std::nullopt;
      numbers[i] = *digits(text.substr(0, length));
      text.remove_prefix(length);
    }
    std::string_view end;
    for (std::string_view each : kEnds[i])
      if (!each.empty() && text.starts_with(each)) end = each;
    if (end.empty() && !(i == 2 && text.empty())) return std::nullopt;
    text.remove_prefix(end.size());
  }
  if (!text.empty()) return std::nullopt;
  return numbers;
}

}  // namespace

Result<Date> read_date(std::string_view typed) {
  std::string text;
  for (char c : half_width_digits(collapse_spaces(typed)))
    if (c != ' ') text += c;
  if (text.size() > 60) return unreadable_date();
  std::string_view rest = text;
  const EraLetter* era = nullptr;
  for (const auto& each : kEraWords)
    if (!era && rest.starts_with(each.word)) era = &each;
  if (era) rest.remove_prefix(era->word.size());
  auto numbers = three_numbers(rest);
  if (!numbers || (!era && rest.starts_with("元"))) return unreadable_date();
  auto [count, month, day] = *numbers;
  int year = era ? kEras[era->era].from.year + count - 1 : count;
  if (era && count < 1) return wrong_era(era->era, count, {});
  if (!era && year < 1000) return unreadable_date();  // "8-11-21": which era?
  if (!is_valid({year, month, day})) return no_such_day(year, month, day);
  Date date{year, month, day};
  bool before = era && date < kEras[era->era].from;
  bool after = era && era->era > 0 && date >= kEras[era->era - 1].from;
  if (before || after) return wrong_era(era->era, count, date);
  return date;
}

Date jst_date(Time time) {
  const std::int64_t days = (time.us + kJstUs - us_of_jst_day(time)) / kDayUs;
  const std::chrono::year_month_day day{std::chrono::sys_days(std::chrono::days(days))};
  return {static_cast<int>(day.year()), static_cast<int>(static_cast<unsigned>(day.month())),
          static_cast<int>(static_cast<unsigned>(day.day()))};
}

int fiscal_year(Date date) { return date.month >= 4 ? date.year : date.year - 1; }

Text fiscal_year_name(int year) {
  // The whole of fiscal 2019 is 令和元年度, though April was still 平成31年 (Cabinet decision of 1 April 2019); 1989 and
  // 1926 follow the era of their later part likewise.
  const std::string western = std::to_string(year);
  Text name{western + "年度", "FY" + western};
  constexpr std::pair<int, std::string_view> kFirst[] = {{2019, "令和"}, {1989, "平成"}, {1926, "昭和"}};
  for (const auto& [first, era] : kFirst) {
    if (year < first) continue;
    name.ja = counted(era, year - first + 1) + "度 (" + western + ")";
    break;
  }
  return name;
}

Result<int> read_fiscal_year(std::string_view typed) {
  std::string text;
  for (char c : search_form(collapse_spaces(typed)))  // Ｈ３０ and ㍻30 too
    if (c != ' ') text += c;
  if (text.empty()) return Error{Code::kInvalid, "fiscal_year.missing", {"年度を入力してください。", "Enter a fiscal year."}, {}};
  std::string_view rest = text;
  if (rest.starts_with("fy")) rest.remove_prefix(2);
  for (std::string_view suffix : {"末", "度", "年"})
    if (rest.ends_with(suffix)) rest.remove_suffix(suffix.size());
  std::optional<std::size_t> era;
  constexpr std::pair<std::string_view, std::size_t> kShort[] = {{"令", 0}, {"平", 1}, {"昭", 2}, {"大", 3}, {"明", 4}};
  auto take = [&](std::string_view word, std::size_t number) {
    if (era || !rest.starts_with(word)) return;
    era = number;
    rest.remove_prefix(word.size());
  };
  for (const auto& each : kEraWords) take(each.word, each.era);
  for (const auto& [word, number] : kShort) take(word, number);
  if (era && rest.starts_with('.')) rest.remove_prefix(1);  // H.30
  const auto count = era && rest == "元" ? std::optional(1) : rest.empty() || rest.size() > 4 ? std::nullopt : digits(rest);
  const int year = era ? kEras[*era].from.year + count.value_or(0) - 1 : count.value_or(0);
  if (count && year >= 1868 && year <= 2199 && (era ? *count >= 1 : rest.size() == 4)) return year;
  std::string shown(first_code_points(typed, 40));
  if (!era && count && rest.size() <= 2)
    return Error{Code::kInvalid,
                 "fiscal_year.no_era",
                 {"「" + shown + "」: 元号か西暦を付けてください（平成30年度、2018年度）。",
                  "\"" + shown + "\": give the era or the year of four digits (平成30年度, 2018)."},
                 {}};
  return Error{Code::kInvalid,
               "fiscal_year.malformed",
               {"「" + shown + "」は年度として読めません。平成30年度、R1、2018 のように書いてください。",
                "\"" + shown + "\" cannot be read as a fiscal year. Write 平成30年度, R1 or 2018."},
               {}};
}

std::string era_year(Date date) {
  for (const Era& era : kEras)
    if (date >= era.from) return counted(era.name, date.year - era.from.year + 1);
  return {};
}

std::string era_date(Date date) {
  const std::string year = era_year(date);
  if (year.empty()) return {};
  return year + std::to_string(date.month) + "月" + std::to_string(date.day) + "日";
}

Text long_date(Date date) {
  const std::string era = era_year(date);
  const std::string year = std::to_string(date.year), day = std::to_string(date.day);
  return {year + "年" + (era.empty() ? "" : "（" + era + "）") + std::to_string(date.month) + "月" + day + "日",
          day + " " + (date.month >= 1 && date.month <= 12 ? kMonths[date.month - 1] : "?") + " " + year};
}

std::string jst_datetime(Time time) {
  const auto seconds = static_cast<int>(us_of_jst_day(time) / 1'000'000 % 60);
  return iso_date(jst_date(time)) + "T" + hour_minute(time) + ":" + padded(seconds, 2) + "+09:00";
}

Text jst_text(Time time) {
  Text text = long_date(jst_date(time));
  const std::string clock = hour_minute(time);
  return {text.ja + " " + clock, text.en + ", " + clock + " JST"};
}

}  // namespace musubi::text
