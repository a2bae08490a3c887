// Flows as JSON and as tidy CSV: one figure a row. Stable: members are added, never renamed.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "kpi/process.h"

namespace musubi::kpi {

json::object flow_json(const Flow& flow);          // everything
json::object flow_summary_json(const Flow& flow);  // counts and lead time
json::array months_json(const Flow& flow);
// procedure, kind (case, activity, edge, step, variant, month), from, to, n, cases, median_s, p90_s, total_s
std::string flows_csv(const std::vector<Flow>& flows, bool whole);  // whole: all kinds, else "case" and "month"

}  // namespace musubi::kpi
