// Indicators as they stand: gathered from the heads of records step by step, and always whole. What was gathered lies in
// derived tables; the records behind it that are not in there yet are added on every reading, so a value is never behind
// the newest record. Everything can be made anew from zero, and merged over organisations.
//
// Any thread; no state of its own. A crash while gathering leaves a series where it stood before.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "db/database.h"
#include "evidence/verify.h"
#include "kpi/indicator.h"

namespace musubi::kpi {

struct CellKey {
  int month = 0;           // year * 12 + month - 1, Asia/Tokyo
  std::string part;        // value of the fact that parts the series; "" where not parted or not set
  std::int64_t bucket = 0; // whole minutes of a spread, else 0
  auto operator<=>(const CellKey&) const = default;
};
struct Cell {
  std::int64_t n = 0;      // records
  std::int64_t total = 0;  // sum of the fact
  bool operator==(const Cell&) const = default;
};
using Cells = std::map<CellKey, Cell>;
using CellsBySeries = std::map<std::string, Cells>;  // by Series::id

struct Figure {
  std::optional<double> value;  // nothing: no such records yet, or suppressed
  std::int64_t n = 0;           // records that it stands on (the denominator of a ratio)
  bool suppressed = false;      // so few that a person might be recognised, or needed to hide such a one
};

struct Computed {
  const Indicator* indicator = nullptr;
  Figure whole;
  std::vector<std::pair<int, Figure>> months;         // ascending; months without records are left out
  std::vector<std::pair<std::string, Figure>> parts;  // by part
};

// Cells with fewer records than this are not shown where an indicator counts acts of persons.
inline constexpr std::int64_t kSmallCell = 5;

struct Span {  // the time an uptime is measured over
  Time from, until;
};
// Pure: cells to figures.
Computed compute(const Indicator& indicator, const CellsBySeries& cells, Span span);
void merge(CellsBySeries& into, const CellsBySeries& from);
int month_of(Time time);
Time month_start(int month);
std::string month_name(int month);  // "2026-11"

struct Gathered {
  CellsBySeries cells;
  std::uint64_t size = 0;  // records that it stands on: the first `size` of the log
  Time first;              // of the first record
};

class Indicators {
 public:
  explicit Indicators(db::Database& database) : database_(database) {}

  Result<Gathered> gather(const std::vector<Indicator>& indicators);
  // Moves what lies behind into the tables, at most `most` records a series. True: there is more.
  Result<bool> catch_up(const std::vector<Indicator>& indicators, std::size_t most = 5'000);

  // For evidence::VerifyOptions::derived: cells against the records they were gathered from.
  static Result<std::vector<evidence::Finding>> verify_derived(db::Reader& reader);
  static Result<void> forget(db::Transaction& tx);  // everything is gathered anew

 private:
  db::Database& database_;
};

}  // namespace musubi::kpi
