// Programmes of sheets, joined across years by their number in the administrative review. The number changes every year: two
// entries are one programme only where two sheets print the same number of the same year, or one sheet prints the numbers of two
// years. A number that stands twice on one sheet joins nothing. What is not known to be the same stays apart. Pure functions.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kpi/sheets.h"

namespace musubi::kpi {

struct ProgrammeEntry {
  SharedSheet state;
  const Programme* programme = nullptr;  // of that sheet
};

struct ProgrammeYear {
  std::map<AmountKind, std::int64_t> yen;              // as printed; the newest sheet's where two differ
  bool disagree = false;                               // sheets print different amounts
  std::optional<std::int64_t> computed_total() const;  // a + b + c; nothing without (a)
  std::optional<std::int64_t> total() const;           // the printed one, else the computed one
  std::optional<std::int64_t> of(AmountKind kind) const;
};

struct ProgrammeAcross {
  std::vector<ProgrammeEntry> entries;        // by fiscal year of the sheet, oldest first
  std::map<int, std::string> review_numbers;  // by fiscal year; several parted by "/"
  std::map<int, ProgrammeYear> years;
  bool unknown_unit = false;  // amounts in a unit that is not known are not among `years`
  const Programme& newest() const { return *entries.back().programme; }
};
std::vector<ProgrammeAcross> programmes_across(const std::vector<SharedSheet>& sheets);

// Of a year: sums over the programmes whose amount is known, and apart from them what the sheets print for whole policies. Of one
// policy each only once: what the newest sheet that prints that year has. `all` is of these very sheets.
struct ProgrammeSums {
  std::int64_t total = 0, executed = 0;
  std::size_t with_total = 0, with_executed = 0;
  std::optional<std::int64_t> policy_total, policy_executed;
};
std::map<int, ProgrammeSums> programme_sums(const std::vector<SharedSheet>& sheets, const std::vector<ProgrammeAcross>& all);

inline constexpr std::int64_t kMaxYen = 1'000'000'000'000'000;  // of one amount; what is beyond counts as unknown

// Yen in one of the sheet's units of money; nothing where the unit is not known.
std::optional<std::int64_t> yen_in_unit(const SheetHeader& header);

}  // namespace musubi::kpi
