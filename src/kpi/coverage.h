// Which measures of local plans serve which measures of a national one. Plans are public; each town reports its own with its
// figures, as it was signed off. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "kpi/plan.h"
#include "kpi/told.h"

namespace musubi::kpi {

struct LocalMeasure {
  const Told* report = nullptr;
  const LocalPlan* plan = nullptr;
  const LocalPlan::Measure* measure = nullptr;
};

struct Coverage {
  struct Row {
    const Measure* measure = nullptr;     // of the national plan
    std::vector<LocalMeasure> served_by;  // by organisation, in the order of its plan
  };
  std::vector<std::pair<const Told*, const LocalPlan*>> plans;  // that name this national plan
  std::vector<Row> rows;                                        // in the order of the national plan
  std::vector<LocalMeasure> unlinked;                           // that serve no national measure
  std::vector<std::pair<std::string, LocalMeasure>> unknown;    // a number that the national plan does not hold
  std::size_t covered = 0;                                      // rows that somebody serves
};
// `plan` and `reports` must outlive what is returned.
Coverage cover(const PlanDocument& plan, const std::vector<SharedTold>& reports);

}  // namespace musubi::kpi
