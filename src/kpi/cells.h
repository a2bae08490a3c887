// What indicators are made of: sums by month, part and bucket. Additive, so that what was gathered apart may be put together.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/clock.h"

namespace musubi::kpi {

struct CellKey {
  int month = 0;            // year * 12 + month - 1, Asia/Tokyo
  std::string part;         // values of the facts that part the series, kPartSeparator between them; "" where not set
  std::int64_t bucket = 0;  // of a spread: bucket_of; of an open pair the whole hour of its start since 1970; else 0
  auto operator<=>(const CellKey&) const = default;
};
struct Cell {
  std::int64_t n = 0;      // records, or pairs
  std::int64_t total = 0;  // sum of the fact
  bool operator==(const Cell&) const = default;
};
using Cells = std::map<CellKey, Cell>;
using CellsBySeries = std::map<std::string, Cells>;  // by Formula::id and what it is: ".of", ".to", ".open"

inline constexpr char kPartSeparator = '\x1f';
inline constexpr std::int64_t kHour_us = 3'600'000'000;

// Adds; cells that come to nothing go.
void merge(Cells& into, const Cells& from);
void merge(CellsBySeries& into, const CellsBySeries& from);

int month_of(Time time);
Time month_start(int month);
std::string month_name(int month);  // "2026-11"
int fiscal_year_of(int month);      // April to March: 2026 for "2026-04" and "2027-03"

// In minutes: whole minutes up to ten hours, then whole hours. In seconds: each second that was begun, from ten minutes on whole
// minutes, from ten hours on whole hours. What people read, and few different values.
std::int64_t bucket_of(std::int64_t ms, bool in_seconds = false);

}  // namespace musubi::kpi
