// Actuals of a measure's rows of figures in its follow-ups: what is wrong with them, and whether what was taken computes again.
#pragma once

#include <vector>

#include "db/database.h"
#include "kpi/follow_up_state.h"
#include "kpi/taken.h"

namespace musubi::kpi {

// What the rows say was computed, but for what stood in `before`.
std::vector<Taken> taken_in(const FollowUp& entry, const FollowUp& before);
// Of an entry that is about to be signed off: what the last publication does not show.
Result<std::vector<Taken>> unpublished_lines(db::Reader& reader, const FollowUpState& state, const FollowUpKey& key,
                                             const FollowUp& entry);
// The same of all that a publication would show: "1-1/2024-Q1/lines/progress".
Result<std::vector<Taken>> unpublished_lines(db::Reader& reader, const FollowUpState& state);
// `where`: "lines/progress.1/actual". What stood in `before`, too, is not asked again: the plan may have moved on since.
Result<std::vector<Fault>> faults_of_lines(db::Reader& reader, const FollowUp& entry, const Measure& measure, const FollowUp& before,
                                           Recomputed& asked);

}  // namespace musubi::kpi
