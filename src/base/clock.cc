#include "base/clock.h"

#include <charconv>
#include <chrono>
#include <cstdio>

namespace musubi {
namespace {

using Days = std::chrono::sys_days;

std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
  if (at + count > text.size()) return std::nullopt;
  int value = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

Error malformed() {
  return Error{Code::kInvalid,
               "time.malformed",
               {"日時の形式が正しくありません。例: 2019-06-14T09:30:00+09:00",
                "This is not a date and time. Example: 2019-06-14T09:30:00+09:00"},
               {}};
}

// Offset in minutes from the end of an RFC 3339 string, at position `at`.
std::optional<int> offset_minutes(std::string_view text, std::size_t at) {
  if (at + 1 == text.size() && (text[at] == 'Z' || text[at] == 'z')) return 0;
  if (at + 6 != text.size() || (text[at] != '+' && text[at] != '-') || text[at + 3] != ':') return std::nullopt;
  auto hours = digits(text, at + 1, 2), minutes = digits(text, at + 4, 2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  return (text[at] == '-' ? -1 : 1) * (*hours * 60 + *minutes);
}

}  // namespace

std::string Time::rfc3339() const {
  using namespace std::chrono;
  auto point = sys_time<microseconds>{microseconds{us}};
  auto day = floor<days>(point);
  year_month_day date{day};
  hh_mm_ss clock{point - day};
  int year = int(date.year());
  std::string text = "-00-00T00:00:00.000000Z";  // by hand, not snprintf: every head and log line is written with one
  auto put = [&](std::size_t at, std::size_t width, std::int64_t number) {
    for (std::size_t i = at + width; i-- > at; number /= 10) text[i] = char('0' + number % 10);
  };
  put(1, 2, unsigned(date.month()));
  put(4, 2, unsigned(date.day()));
  put(7, 2, clock.hours().count());
  put(10, 2, clock.minutes().count());
  put(13, 2, clock.seconds().count());
  put(16, 6, clock.subseconds().count());
  if (year < 0 || year > 9999) return std::to_string(year) + text;  // no time of ours: a column that was tampered with
  text.insert(0, 4, '0');
  put(0, 4, year);
  return text;
}

Result<Time> parse_rfc3339(std::string_view text) {
  using namespace std::chrono;
  auto y = digits(text, 0, 4), mo = digits(text, 5, 2), d = digits(text, 8, 2);
  auto h = digits(text, 11, 2), mi = digits(text, 14, 2), s = digits(text, 17, 2);
  if (!y || !mo || !d || !h || !mi || !s) return malformed();
  if (text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != 't') || text[13] != ':' || text[16] != ':')
    return malformed();
  std::size_t at = 19;
  std::int64_t fraction = 0;
  if (at < text.size() && text[at] == '.') {
    std::int64_t scale = 100000;
    std::size_t first = ++at;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9' && at - first < 6; ++at, scale /= 10)
      fraction += (text[at] - '0') * scale;
    if (at == first) return malformed();
  }
  if (at >= text.size()) return malformed();
  auto offset = offset_minutes(text, at);
  year_month_day date{year{*y}, month{unsigned(*mo)}, day{unsigned(*d)}};
  if (!offset || !date.ok() || *h > 23 || *mi > 59 || *s > 59) return malformed();
  auto point = sys_days{date} + hours{*h} + minutes{*mi - *offset} + seconds{*s} + microseconds{fraction};
  return Time{duration_cast<microseconds>(point.time_since_epoch()).count()};
}

Time SystemClock::now() {
  using namespace std::chrono;
  return Time{duration_cast<microseconds>(system_clock::now().time_since_epoch()).count()};
}

}  // namespace musubi
