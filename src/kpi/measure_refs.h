// Whether the measures that a sheet names are there. Private to kpi.
#pragma once

#include <vector>

#include "db/transaction.h"
#include "kpi/rules.h"
#include "kpi/sheet.h"

namespace musubi::kpi {

// Measures that the plan, which is in this organisation, does not have. What `before` named already may stay.
Result<std::vector<Fault>> faults_of_measures(db::Reader& reader, const Sheet& sheet, const Sheet* before);
// Those of plans in this organisation that their plan does not have.
Result<std::vector<PlanMeasure>> missing_measures(db::Reader& reader, const std::vector<PlanMeasure>& all);

}  // namespace musubi::kpi
