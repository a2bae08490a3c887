#include "kpi/plan_copy.h"

#include <algorithm>
#include <charconv>

#include "kpi/line_rules.h"
#include "kpi/rules.h"
#include "text/dates.h"

namespace musubi::kpi {
namespace {

// The fiscal year in which "FY2026", "2026", "2026-02" or "2026-02-14" ends; nothing where it is none of them.
std::optional<int> fiscal_year_of(std::string_view by) {
  const bool fiscal = by.starts_with("FY");
  if (fiscal) by.remove_prefix(2);
  int year = 0, month = 12;
  auto [end, error] = std::from_chars(by.data(), by.data() + by.size(), year);
  if (error != std::errc()) return std::nullopt;
  if (!fiscal && by.size() >= 7 && *end == '-') std::from_chars(end + 1, by.data() + by.size(), month);
  return !fiscal && month < 4 ? year - 1 : year;
}

// Stands for the target until somebody sets it or says by when; a plan with one is not signed off.
const Text kUndecided{"この計画の確定まで", "before this plan is signed off"};
const Text kOnceUndecided{"この計画の確定までに定める",
                          "To be set before this plan is signed off"};  // so copies of earlier versions put it

Line carried(Line line, int first_year) {
  std::map<int, YearValues> coming;
  for (auto& [year, values] : line.yearly)
    if (year >= first_year && values.target) coming[year].target = std::move(values.target);
  line.yearly = std::move(coming);
  if (line.final_year && *line.final_year < first_year) {
    line.final_target.reset();
    line.final_year.reset();
  }
  if (!has_target(line) && !line.not_set_due) line.not_set_due = kUndecided;
  return line;
}

Measure carried(Measure measure, const PlanHeader& from, int first_year) {
  for (Kpi* kpi : {&measure.progress, &measure.effect})
    for (auto& line : kpi->lines) line = carried(std::move(line), first_year);
  if (measure.target && measure.target->fiscal_year && *measure.target->fiscal_year < first_year) measure.target.reset();
  std::erase_if(measure.milestones, [&](const Milestone& one) {
    auto year = one.by ? fiscal_year_of(*one.by) : std::nullopt;
    return year && *year < first_year;
  });
  measure.doubt.reset();
  measure.locator = {"計画「" + from.id + "」の施策" + measure.number + "から",
                     "from measure " + measure.number + " of the plan " + from.id};
  return measure;
}

}  // namespace

PlanDocument plan_copy(const PlanDocument& from, const PlanHeader& heading) {
  PlanDocument out{from.header, {}};
  PlanHeader& h = out.header;
  h.id = heading.id;
  h.title = h.source_title = heading.title;
  h.version = h.source_date = heading.version;
  h.first_year = heading.first_year;
  h.last_year = heading.last_year;
  for (const auto& measure : from.measures) out.measures.push_back(carried(measure, from.header, heading.first_year.value_or(0)));
  return out;
}

std::vector<Fault> undecided(const PlanDocument& document) {
  std::vector<Fault> out;
  for (std::size_t i = 0; i < document.measures.size(); ++i) {
    const Measure& measure = document.measures[i];
    for (auto [name, kpi] : {std::pair{"progress_kpi", &measure.progress}, {"effect_kpi", &measure.effect}})
      for (std::size_t at = 0; at < kpi->lines.size(); ++at) {
        const Line& line = kpi->lines[at];
        if ((line.not_set_due != kUndecided && line.not_set_due != kOnceUndecided) || has_target(line)) continue;
        const Text row = line.title.value_or(Text{std::to_string(at + 1), std::to_string(at + 1)});
        out.push_back({"/measures/" + std::to_string(i) + "/" + name + "/lines/" + std::to_string(at),
                       {"行「" + row.ja + "」の目標を書くか、いつまでに定めるかを書いてください。",
                        "Set the target of the row \"" + row.en + "\", or say by when it will be set."}});
      }
  }
  return out;
}

std::vector<Fault> faults_before_sign_off(const PlanDocument& document) {
  std::vector<Fault> out = faults_of(document);
  for (auto& one : undecided(document)) out.push_back(std::move(one));
  return out;
}

std::string next_plan_id(const PlanHeader& from, int first_year) {
  std::string id = from.id, next = std::to_string(first_year);
  if (from.first_year)
    if (auto at = id.rfind(std::to_string(*from.first_year)); at != id.npos) return id.replace(at, 4, next);
  return id + "-" + next;
}

}  // namespace musubi::kpi
