#include "kpi/plan_targets.h"

#include <algorithm>

#include "kpi/marks.h"

namespace musubi::kpi {
namespace {

struct ToldYear {
  YearValues values;
  std::optional<Period> period;
  std::int64_t record = 0;
};

// What is known of each year: what the plan prints, and over it what follow-ups told, the newest period last.
std::map<int, ToldYear> told_years(const KpiRow& row, const std::vector<FollowUps::Told>& told) {
  std::map<int, ToldYear> out;
  for (const auto& [year, values] : row.line->yearly)
    if (values.actual) out[year] = {values, {}, 0};
  for (const auto& one : told) {
    auto found = one.entry.lines.find(row.key);
    if (found != one.entry.lines.end() && found->second.actual)
      out[one.entry.period.fiscal_year] = {found->second, one.entry.period, one.revision.record};
  }
  return out;
}

// Of part of a year, or of one that may still change: shown, but no target is judged by it.
bool unfinished(const TargetRow& row) { return row.told.provisional || (row.period && row.period->quarter % 4 != 0); }

TargetResult result_of(const SheetValue& target, const std::optional<SheetValue>& actual, bool part, int year, const Line& line,
                       int last_over) {
  if (year > last_over) return TargetResult::kNotDue;
  if (!actual || part) return TargetResult::kNoActual;
  if (target.number && actual->number)
    return reach(*actual->number, target, line, {}).reached ? TargetResult::kReached : TargetResult::kMissed;
  return TargetResult::kInWords;
}

// The years' actuals as the row gathers them, up to the year of the final target.
std::optional<SheetValue> gathered(const Line& line, const std::map<int, ToldYear>& told) {
  auto at = told.find(*line.final_year);
  if (at == told.end()) return std::nullopt;
  if (line.gathering == Gathering::kLast) return at->second.values.actual;
  double sum = 0;
  int n = 0;
  for (const auto& [year, one] : told)
    if (year <= *line.final_year && one.values.actual->number) {
      sum += *one.values.actual->number;
      ++n;
    }
  if (n == 0) return at->second.values.actual;
  return SheetValue{line.gathering == Gathering::kSum ? sum : sum / n};
}

void add_row(std::vector<TargetRow>& out, const TargetRow& begun, const KpiRow& row, const std::vector<FollowUps::Told>& all,
             int last_over) {
  const Line& line = *row.line;
  auto told = told_years(row, all);
  TargetRow plain = begun;
  plain.key = row.key;
  plain.effect = row.effect;
  plain.line = line;
  plain.line.yearly.clear();
  auto with = [&](int year) {
    TargetRow one = plain;
    one.fiscal_year = year;
    if (auto at = told.find(year); at != told.end()) {
      one.told = at->second.values;
      one.period = at->second.period;
      one.record = at->second.record;
    }
    return one;
  };
  std::map<int, const SheetValue*> years;
  for (const auto& [year, values] : line.yearly)
    if (values.target) years[year] = &*values.target;
  for (const auto& [year, one] : told) years.emplace(year, nullptr);
  for (const auto& [year, target] : years) {
    TargetRow one = with(year);
    one.result = TargetResult::kOnlyActual;
    if (target) {
      one.target = *target;
      one.result = result_of(*target, one.told.actual, unfinished(one), year, line, last_over);
    } else if (line.final_target && line.final_year == year) {
      continue;  // told beside the final target
    }
    out.push_back(std::move(one));
  }
  if (line.final_target && line.final_year) {
    TargetRow one = with(*line.final_year);
    one.final = true;
    one.target = line.final_target;
    auto actual = gathered(line, told);
    const bool part = unfinished(one);
    if (actual != one.told.actual) one.told = YearValues{{}, actual, {}, one.told.provisional};  // of several years: no single origin
    one.result = result_of(*line.final_target, actual, part, *line.final_year, line, last_over);
    out.push_back(std::move(one));
  }
  if (!has_target(line)) out.push_back(plain);  // says by when it will be set
}

}  // namespace

std::vector<TargetRow> target_rows(const Measure& measure, const std::vector<FollowUps::Told>& told, text::Date today) {
  std::vector<TargetRow> out;
  TargetRow begun{.number = measure.number};
  const int last_over = text::fiscal_year(today) - 1;
  for (const auto& row : rows_of(measure)) add_row(out, begun, row, told, last_over);
  if (!out.empty()) return out;
  if (measure.target && measure.has_target()) {  // one target in the words of the plan
    begun.fiscal_year = measure.target->fiscal_year;
    begun.target = SheetValue{.number = {}, .text = measure.target->text};
    begun.result = begun.fiscal_year && *begun.fiscal_year > last_over ? TargetResult::kNotDue : TargetResult::kInWords;
  }
  return {begun};
}

Result<PlanTargets> read_targets(const Asked& asked, const std::string& plan, const std::string& number, Time now) {
  PlanTargets out;
  if (number.empty()) {
    out.plan = TRY(asked.plans().document(plan, asked.view));
    out.edition = edition_of(out.plan);
  } else {
    auto view = TRY(asked.plans().measure(plan, number, asked.view));
    out.edition = view.edition;
    out.plan = {std::move(view.header), {std::move(view.measure)}};
  }
  if (asked.view.drafts)
    for (const auto& entry : TRY(asked.plans().state(plan, asked.view)).entries)
      if (entry.draft) out.drafts.insert(entry.number);
  FollowUps follow_ups(*asked.database);
  auto state = follow_ups.state(plan, asked.view);
  if (!state.ok() && state.error().code != Code::kNotFound) return state.error();
  const text::Date today = std::min(asked.view.as_of.value_or(text::jst_date(now)), text::jst_date(now));
  for (const auto& measure : out.plan.measures) {
    std::vector<FollowUpKey> keys;
    if (state.ok() && !rows_of(measure).empty())
      for (Period period : state->periods(measure.number)) keys.insert(keys.begin(), {measure.number, period});
    std::vector<FollowUps::Told> told;
    if (!keys.empty()) told = TRY(follow_ups.newest(*state, keys));
    for (auto& row : target_rows(measure, told, today)) out.rows.push_back(std::move(row));
  }
  return out;
}

}  // namespace musubi::kpi
