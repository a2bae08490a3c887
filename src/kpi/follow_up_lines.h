// Actuals of a measure's rows of figures in its follow-ups: what is wrong with them, and whether what was taken computes again.
#pragma once

#include <vector>

#include "db/database.h"
#include "kpi/follow_up.h"
#include "kpi/taken.h"

namespace musubi::kpi {

// What the rows say was computed, but for what stood in `before`.
std::vector<Taken> taken_in(const FollowUp& entry, const FollowUp& before);
// The same, asked of the log: before the write, which would wait for it.
Result<std::vector<Recomputed>> recompute_lines(db::Reader& reader, const FollowUp& entry, const FollowUp& before);
// `where`: "lines/progress.1/actual". What stood in `before`, too, is not asked again: the plan may have moved on since. `asked`:
// what recompute_lines said; what is not among it, or is hidden since (hidden.h), is asked now.
Result<std::vector<Fault>> faults_of_lines(db::Reader& reader, const FollowUp& entry, const Measure& measure, const FollowUp& before,
                                           const std::vector<Recomputed>& asked);

}  // namespace musubi::kpi
