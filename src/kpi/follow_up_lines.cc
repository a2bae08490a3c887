#include "kpi/follow_up_lines.h"

#include <algorithm>

#include "kpi/follow_up_json.h"
#include "kpi/follow_up_store.h"
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

Result<std::vector<Taken>> unpublished_lines(db::Reader& reader, const FollowUpState& state, const FollowUpKey& key,
                                             const FollowUp& entry) {
  FollowUp published;
  if (const auto* shown = state.newest_published(key)) {
    auto content = TRY(store::follow_up_content(reader, state.plan, "entry", key.first, period_id(key.second), shown->revision));
    published = TRY(stored_follow_up(content.value_or("")));
  }
  return taken_in(entry, published);
}

Result<std::vector<Taken>> unpublished_lines(db::Reader& reader, const FollowUpState& state) {
  std::vector<Taken> out;
  const auto contents = TRY(store::taking_entries(reader, state.plan, state.cutoff));
  auto entry_of = [&](const FollowUpRevision* revision) -> Result<FollowUp> {  // without content: it took nothing
    auto content = revision ? contents.find(revision->record) : contents.end();
    return content == contents.end() ? Result<FollowUp>(FollowUp{}) : stored_follow_up(content->second);
  };
  for (const auto& [key, revisions] : state.entries) {
    const auto *newest = state.newest_signed(key), *shown = state.newest_published(key);
    if (!newest || newest == shown || !contents.contains(newest->record)) continue;
    for (auto& one : taken_in(TRY(entry_of(newest)), TRY(entry_of(shown)))) {
      one.where = key.first + "/" + period_id(key.second) + "/" + one.where;
      out.push_back(std::move(one));
    }
  }
  return out;
}

Result<std::vector<Fault>> faults_of_lines(db::Reader& reader, const FollowUp& entry, const Measure& measure, const FollowUp& before,
                                           Recomputed& asked) {
  std::vector<Fault> faults;
  std::vector<Taken> taken;
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
    taken.push_back({where, *told.origin, *told.actual->number});
  }
  for (auto& one : TRY(asked.faults_of(reader, taken))) faults.push_back(std::move(one));
  auto row = [](const Fault& one) { return one.where.substr(0, one.where.find('/', std::string_view("lines/").size())); };
  std::stable_sort(faults.begin(), faults.end(), [&](const Fault& a, const Fault& b) { return row(a) < row(b); });
  return faults;
}

}  // namespace musubi::kpi
