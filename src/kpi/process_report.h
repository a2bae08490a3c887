// What an organisation tells a nation of its processes: for each procedure and month the figures that its own public page shows,
// and no others, so that whoever holds reports and page together knows no more than the page says (process.h on groups).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "kpi/process.h"

namespace musubi::kpi {

struct ProcessMonth {
  std::string procedure;
  int month = 0;                         // in which the cases were opened
  std::int64_t cases = 0;                // closed ones, in fives
  std::optional<std::int64_t> reworked;  // none where cases may be missing
  std::int64_t median_s = 0, p90_s = 0;  // from the first record to the decision
  bool operator==(const ProcessMonth&) const = default;
};

inline constexpr std::size_t kReportedProcessMonths = 2400;  // rows of one organisation: 100 procedures over two years; the newest

// `flows` as everybody sees them; newest month first, then by procedure.
std::vector<ProcessMonth> process_months(const std::vector<Flow>& flows);
json::array to_json(const std::vector<ProcessMonth>& months);
// Member "processes" of a report, which may be absent. A row of fewer than kSmallCell cases is a fault: no honest page has it.
std::vector<ProcessMonth> read_process_months(ObjectReader& report, std::vector<Fault>& faults);

}  // namespace musubi::kpi
