#include "kpi/cells.h"

#include <algorithm>
#include <cstdio>

#include "text/dates.h"

namespace musubi::kpi {

void merge(Cells& into, const Cells& from) {
  for (const auto& [key, cell] : from) {
    auto [at, fresh] = into.emplace(key, cell);
    if (fresh) continue;
    at->second.n += cell.n;
    at->second.total += cell.total;
    if (at->second == Cell{}) into.erase(at);
  }
}

void merge(CellsBySeries& into, const CellsBySeries& from) {
  for (const auto& [series, cells] : from) merge(into[series], cells);
}

Time month_start(int month) {
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02d-01T00:00:00+09:00", month / 12, month % 12 + 1);
  return parse_rfc3339(text).value();
}

int month_of(Time time) {
  text::Date date = text::jst_date(time);
  return date.year * 12 + date.month - 1;
}

std::string month_name(int month) {
  char text[16];
  std::snprintf(text, sizeof text, "%04d-%02d", month / 12, month % 12 + 1);
  return text;
}

int fiscal_year_of(int month) { return (month - 3) / 12; }

std::int64_t bucket_of(std::int64_t ms, bool in_seconds) {
  if (in_seconds) {
    const std::int64_t whole = std::clamp<std::int64_t>(ms, 1, (std::int64_t(1) << 27) * 1'000), seconds = (whole + 999) / 1'000;
    return seconds < 600 ? seconds : seconds < 36'000 ? seconds / 60 * 60 : seconds / 3'600 * 3'600;
  }
  std::int64_t minutes = std::clamp<std::int64_t>(ms, 0, (std::int64_t(1) << 27) * 60'000) / 60'000;
  return minutes < 600 ? minutes : minutes / 60 * 60;
}

}  // namespace musubi::kpi
