#include "kpi/follow_up_lines.h"

#include <algorithm>

#include "kpi/line_rules.h"

namespace musubi::kpi {
namespace {

// Shape and sense of what was told of one row; an actual must be there.
void check_told(const Line& line, int year, const YearValues& told, const std::string& where, std::vector<Fault>& faults) {
  Line one{.title = {},
           .kind = line.kind,
           .nature = line.nature,
           .unit = {},
           .baseline = {},
           .baseline_year = {},
           .yearly = {},
           .final_target = {},
           .final_year = {},
           .not_set_due = {},
           .note = {},
           .computed = line.computed};
  one.yearly[year] = told;
  std::vector<Fault> found;
  check_lines({one}, "", found);
  const std::string inside = "/0/yearly/" + std::to_string(year);
  for (auto& fault : found)
    faults.push_back({where + (fault.where.starts_with(inside) ? fault.where.substr(inside.size()) : ""), std::move(fault.message)});
  if (!told.actual) faults.push_back({where, {"実績を書いてください。", "Give the actual."}});
  if (told.target) faults.push_back({where, {"目標は計画で定めます。", "Targets are set by the plan."}});
}

}  // namespace

std::vector<Taken> taken_in(const FollowUp& entry, const FollowUp& before) {
  std::vector<Taken> taken;
  for (const auto& [key, told] : entry.lines) {
    auto stood = before.lines.find(key);
    if (stood != before.lines.end() && stood->second == told) continue;
    if (told.origin && told.actual && told.actual->number) taken.push_back({"lines/" + key, *told.origin, *told.actual->number});
  }
  return taken;
}

Result<std::vector<Recomputed>> recompute_lines(db::Reader& reader, const FollowUp& entry, const FollowUp& before) {
  return recompute(reader, taken_in(entry, before));
}

Result<std::vector<Fault>> faults_of_lines(db::Reader& reader, const FollowUp& entry, const Measure& measure, const FollowUp& before,
                                           const std::vector<Recomputed>& asked) {
  std::vector<Fault> faults;
  std::vector<Taken> taken, computed;
  std::vector<Indicator> known;
  for (const auto& [key, told] : entry.lines) {
    auto stood = before.lines.find(key);
    if (stood != before.lines.end() && stood->second == told) continue;
    const std::string where = "lines/" + key;
    const Line* line = row_of(measure, key);
    if (!line) {
      faults.push_back({where, {"計画のこの施策に、その行はありません。", "The plan's measure has no such row."}});
      continue;
    }
    check_told(*line, entry.period.fiscal_year, told, where, faults);
    if (!told.origin || !told.actual || !told.actual->number) continue;
    if (known.empty()) known = TRY(definitions(reader));
    const Indicator* indicator = find_indicator(known, told.origin->indicator);
    if (indicator && !measures_in(*indicator, line->unit))
      faults.push_back({where,
                        {"指標「" + indicator->id + "」の単位は、行の単位と違います。",
                         "The unit of the indicator " + indicator->id + " is not that of the row."}});
    Taken one{where, *told.origin, *told.actual->number};
    auto known_answer = std::find_if(asked.begin(), asked.end(), [&](const auto& other) { return other.taken == one; });
    if (known_answer == asked.end())
      taken.push_back(std::move(one));
    else if (known_answer->faults.empty())
      computed.push_back(std::move(one));
    else
      faults.insert(faults.end(), known_answer->faults.begin(), known_answer->faults.end());
  }
  for (auto& one : TRY(recompute(reader, taken))) faults.insert(faults.end(), one.faults.begin(), one.faults.end());
  for (auto& one : TRY(faults_of_hidden(reader, computed))) faults.push_back(std::move(one));
  return faults;
}

}  // namespace musubi::kpi
