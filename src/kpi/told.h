// What organisations reported beside their figures: local plans, months of processes, published sheets. Pages for everybody hold it
// side by side, so it is read without the figures, once for each report, and shared by the requests that come after.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "db/database.h"
#include "kpi/report.h"
#include "kpi/sheet_organisations.h"
#include "text/dates.h"

namespace musubi::kpi {

struct Told {
  std::string organisation;
  Text title;
  Time at;                       // when the report was made
  std::vector<LocalPlan> plans;  // by id
  std::vector<ProcessMonth> processes;
  std::vector<OtherSheet> sheets;  // newest first
};
using SharedTold = std::shared_ptr<const Told>;

// Of texts of newest reports that stay in memory, of all organisations of the process: what was read of them is two (plans) to four
// (sheets) times as large. Of those beyond, each request reads what it needs.
inline constexpr std::size_t kToldBytes = 48 << 20;

// By organisation; of the newest reports, or as they stood at the end of a day, which are read one at a time and not kept in memory.
// Of the newest without those that cannot be read, and the log says so. Errors: plan.bad_as_of, kpi.damaged.
Result<std::vector<SharedTold>> all_told(const std::shared_ptr<db::Database>& database, std::optional<text::Date> day);

}  // namespace musubi::kpi
