// Figures out of cells, for a whole, its months, fiscal years and parts. Pure.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "kpi/cells.h"
#include "kpi/indicator.h"

namespace musubi::kpi {

// Why there is no value.
enum class Why { kHasValue, kNoRecords, kNothingToDivideBy, kSuppressed, kStillOpen, kNoTime, kNoneOrFew };
// "", "no_records", "nothing_to_divide_by", "suppressed", "still_open", "no_time"; "none_or_few": of what others report.
std::string_view why_word(Why why);

struct Figure {
  std::optional<double> value;
  std::int64_t n = 0;       // records that it stands on (the denominator of a ratio); pairs, with the open ones if they count
  std::int64_t top = -1;    // of a ratio of records: its numerator; else -1
  bool suppressed = false;  // so few that a person might be recognised, or needed to hide such a one
  Why why = Why::kNoRecords;
};

struct Computed {
  const Indicator* indicator = nullptr;
  Figure whole;
  std::vector<std::pair<int, Figure>> months;         // ascending; months without records are left out
  std::vector<std::pair<int, Figure>> years;          // fiscal, April to March
  std::vector<std::pair<std::string, Figure>> parts;  // by part; several attributes with kPartSeparator between
  std::int64_t rounded_to = 1;                        // counts are multiples of it
};

struct Span {  // the time an uptime is measured over; open pairs last until its end
  Time from, until;
};

// The public sees released cells with small ones hidden and counts rounded; officers see every cell as it is.
enum class Eyes { kPublic, kOfficers };

// What one figure is made of.
struct Pool {
  std::int64_t n = 0, total = 0;        // of the formula's series
  std::int64_t to_n = 0, to_total = 0;  // of what it is divided by
  std::set<std::string> values;
  std::map<std::int64_t, std::int64_t> spread, open;  // how often each bucket occurs
  void add(const Pool& other);
};
struct Pools {
  Pool whole;
  std::map<int, Pool> months, years;
  std::map<std::string, Pool> parts;
  Span span;
};
Pools pools_of(const Indicator& indicator, const CellsBySeries& cells, Span span);
Computed figures_of(const Indicator& indicator, const Pools& pools);                                   // nothing hidden
Figure figure_of_months(const Indicator& indicator, const Pools& pools, int first_month, int months);  // nothing hidden

Computed compute(const Indicator& indicator, const CellsBySeries& cells, Span span, Eyes eyes = Eyes::kPublic);

// Of a cell: the part as it is shown, and the value that is told apart.
std::pair<std::string, std::string> shown_part(const Formula& formula, const std::string& part);
std::vector<std::string> split_part(std::string_view part);

}  // namespace musubi::kpi
