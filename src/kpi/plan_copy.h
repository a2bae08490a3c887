// A new plan begun from one that is there, as a draft: what stays true is carried over, what was of the years before is not. Pure
// functions; PlanDraft::copy writes it.
#pragma once

#include <string>
#include <vector>

#include "kpi/plan.h"

namespace musubi::kpi {

// Carried: summary, publisher, fields, sections, the plan it serves; measures under their numbers with KPI, links, systems, rows of
// figures, targets of the new years. Not: targets and milestones of years before `heading.first_year`, printed actuals, doubts. A row
// that has no target then is "not yet set", to be decided before the sign-off. `heading`: id, title, version and years are taken from it.
PlanDocument plan_copy(const PlanDocument& from, const PlanHeader& heading);
// Rows that nobody has decided about since.
std::vector<Fault> undecided(const PlanDocument& document);
// All that stands in the way of a sign-off: contradictions, and what is undecided.
std::vector<Fault> faults_before_sign_off(const PlanDocument& document);

std::string next_plan_id(const PlanHeader& from, int first_year);  // "aoba.plan-2024" for 2027: "aoba.plan-2027"

}  // namespace musubi::kpi
