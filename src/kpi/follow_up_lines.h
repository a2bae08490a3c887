// Actuals of a measure's rows of figures in its follow-ups: what is wrong with them, and whether what was taken computes again.
#pragma once

#include <vector>

#include "db/database.h"
#include "kpi/follow_up.h"

namespace musubi::kpi {

// `where`: "lines/progress.1/actual". What stood in `before`, too, is not asked again: the plan may have moved on since.
Result<std::vector<Fault>> faults_of_lines(db::Reader& reader, const FollowUp& entry, const Measure& measure, const FollowUp& before);

}  // namespace musubi::kpi
