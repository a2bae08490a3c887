// Views of plans as JSON and CSV: what `.json` and `.csv` of each page answer. Stable: members are added, never renamed.
#pragma once

#include <string>

#include "base/json.h"
#include "kpi/kpi.h"

namespace musubi::kpi {

// Where the pages of one organisation stand.
struct Urls {
  std::string org;
  bool office = false;  // the officers' view, with drafts

  std::string plans() const { return "/" + org + (office ? "/office/plans" : "/plans"); }
  std::string plan(std::string_view plan) const { return plans() + "/" + std::string(plan); }
  std::string measure(std::string_view plan, std::string_view number) const {
    return this->plan(plan) + "/measures/" + std::string(number);
  }
  std::string targets(std::string_view plan) const { return this->plan(plan) + "/targets"; }
  std::string record(std::int64_t index) const { return "/" + org + "/log/records/" + std::to_string(index); }
  std::string receipt(std::int64_t index) const { return record(index) + "/receipt"; }
};

struct Paging {
  std::size_t page = 1, per_page = 50;
};

json::object plans_json(const std::vector<PlanSummary>& plans, const Urls& urls);
std::string plans_csv(const std::vector<PlanSummary>& plans);
// {plan, edition, as_of, total, page, per_page, measures: [...]}
json::object plan_json(const PlanPage& page, const View& view, const Paging& paging, const Urls& urls);
json::object measure_json(const MeasureView& measure, const View& view, const Urls& urls);
// A row a change; a revision that changed nothing of its own (entered, withdrawn) has one row without member.
std::string history_csv(std::string_view plan, std::string_view number, const std::vector<Revision>& history);
json::object history_json(std::string_view plan, std::string_view number, const std::vector<Revision>& history, const Urls& urls);
json::object summary_json(const PlanState& state, const View& view, const Urls& urls);
std::string summary_csv(const PlanState& state);  // field, section, measures and how many have each status

// One row a measure, both languages; "" = nothing known. Milestones are parted by " | ", systems by a space.
std::string measures_csv(const PlanHeader& header, std::string_view edition, const std::vector<Entry>& entries,
                         const std::vector<SharedMeasure>& measures);

}  // namespace musubi::kpi
