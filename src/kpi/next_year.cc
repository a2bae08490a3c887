#include "kpi/next_year.h"

#include <algorithm>
#include <set>

#include "kpi/definitions.h"
#include "kpi/hidden.h"
#include "kpi/measure_refs.h"
#include "kpi/sheet_rules.h"
#include "kpi/sheet_words.h"
#include "kpi/taken.h"

namespace musubi::kpi {
namespace {

Text why_of(const SheetIndicator& one) {
  Text why;
  switch (*one.fate) {
    case Fate::kDroppedReached:  // its year has come, whether it was reached or not
      why = {std::string(fate_title(*one.fate, web::Language::ja)), std::string(fate_title(*one.fate, web::Language::en))};
      break;
    case Fate::kMovedToProgramme: why = {"達成手段に移した", "moved to a programme"}; break;
    case Fate::kDroppedNotSettable: why = {"目標を定められないので終えた", "ended, as no target can be set"}; break;
    case Fate::kReplaced: why = {"別の指標に置き換えた", "replaced by another"}; break;
    case Fate::kKept: break;
  }
  if (one.fate_note) {
    why.ja += "：" + one.fate_note->ja;
    why.en += ": " + one.fate_note->en;
  }
  return why;
}

bool is_kept(const SheetIndicator& one) { return !one.fate || *one.fate == Fate::kKept; }

// Whether some row has a target of a year after this one, or says that it is not yet set.
bool has_coming_target(const SheetIndicator& one, int year) {
  return std::any_of(one.lines.begin(), one.lines.end(), [&](const Line& line) {
    if (line.not_set_due || (line.final_target && line.final_year.value_or(year + 1) > year)) return true;
    return std::any_of(line.yearly.begin(), line.yearly.end(),
                       [&](const auto& values) { return values.first > year && values.second.target.has_value(); });
  });
}

SheetIndicator carried(SheetIndicator one, const SheetHeader& from, const Text& locator) {
  if (one.id.empty()) one.id = place_id(from.id, one.number);
  one.mark.reset();
  one.in_words.reset();
  one.fate.reset();
  for (auto* words : {&one.mark_reason, &one.factor, &one.fate_note, &one.doubt}) words->reset();
  one.locator = locator;
  for (auto& line : one.lines)
    for (auto& [year, values] : line.yearly) {
      if (year <= from.fiscal_year) continue;
      YearValues coming;
      coming.target = values.target;
      values = std::move(coming);
    }
  return one;
}

// Takes the indicator out of a row that it no longer computes. Returns why; nothing where it stays.
Result<std::optional<Text>> leave_out_computed(db::Reader& reader, const std::vector<Indicator>& known, Line& line) {
  std::optional<Text> why;
  const Indicator* indicator = find_indicator(known, line.computed);
  if (!indicator) why = {"取り下げられたので、計算をやめて実績だけを残した", "withdrawn: the actuals stay, the computing ends"};
  if (indicator && !measures_in(*indicator, line.unit))
    why = {"単位が変わったので、計算をやめて実績だけを残した", "of another unit now: the actuals stay, the computing ends"};
  if (why) line.computed.clear();
  std::optional<Text> unfounded;
  for (auto& [year, values] : line.yearly) {
    if (!values.origin) continue;
    const auto definition = TRY(definition_of(reader, values.origin->indicator, values.origin->definition));
    const bool hidden = definition && !TRY(hidden_since(reader, {*definition})).empty();
    if (!why && definition && !hidden) continue;
    values.origin.reset();
    if (hidden) {
      unfounded =
          Text{"計算に使った定義の少ない件数は今は公表しないので、出どころを外して実績だけを残した",
               "small figures of the definition it was computed by are no longer shown: the actuals stay without their origin"};
      continue;
    }
    unfounded = Text{"計算に使った定義がもうないので、出どころを外して実績だけを残した",
                     "the definition it was computed by is gone: the actuals stay without their origin"};
  }
  return why ? why : unfounded;
}

std::string next_month(const std::string& month) {
  if (month.size() != 7) return month;
  return std::to_string(std::stoi(month.substr(0, 4)) + 1) + month.substr(4);
}

}  // namespace

std::string next_id(const SheetHeader& published) {
  std::string now = std::to_string(published.fiscal_year), next = std::to_string(published.fiscal_year + 1), id = published.id;
  std::size_t at = id.rfind(now);
  return at == id.npos ? id + "-" + next : id.replace(at, now.size(), next);
}

NextYear next_year(const Sheet& published, std::string id, SheetForm form) {
  NextYear out;
  const SheetHeader& before = published.header;
  SheetHeader& h = out.sheet.header;
  Text locator{"表「" + before.id + "」から引き継いだ", "carried over from the sheet " + before.id};
  h = before;
  h.id = std::move(id);
  h.form = form;
  h.fiscal_year = before.fiscal_year + 1;
  h.month = next_month(before.month);
  h.locator = locator;
  h.judgement.reset();
  h.stance.reset();
  for (auto* words : {&h.next, &h.effects, &h.experts, &h.material, &h.doubt}) words->reset();
  for (auto& goal : h.goals) goal.factor = goal.next = std::nullopt;
  std::set<std::string> gone;
  for (const auto& one : published.indicators) {
    if (!is_kept(one)) {
      gone.insert(one.number);
      out.left_out.push_back({one.number, one.title, why_of(one)});
      continue;
    }
    out.sheet.indicators.push_back(carried(one, before, locator));
    if (!has_coming_target(one, before.fiscal_year)) out.without_targets.push_back(one.number);
  }
  auto is_gone = [&](const std::string& number) { return gone.contains(number); };
  for (auto& node : h.nodes) std::erase_if(node.indicators, is_gone);
  out.sheet.programmes = published.programmes;
  for (auto& one : out.sheet.programmes) {
    std::erase_if(one.indicators, is_gone);
    one.doubt.reset();
    one.locator = locator;
  }
  return out;
}

Result<void> leave_out_withdrawn(db::Reader& reader, NextYear& next) {
  std::vector<PlanMeasure> named;
  for (const auto& one : next.sheet.indicators) named.insert(named.end(), one.measures.begin(), one.measures.end());
  for (const auto& one : next.sheet.programmes) named.insert(named.end(), one.measures.begin(), one.measures.end());
  const auto missing = TRY(missing_measures(reader, named));
  auto drop = [&](std::vector<PlanMeasure>& all, const std::string& number, const Text& of) {
    std::erase_if(all, [&](const PlanMeasure& one) {
      if (std::find(missing.begin(), missing.end(), one) == missing.end()) return false;
      next.left_out.push_back(
          {number,
           {of.ja + "：計画「" + one.plan + "」の施策 " + one.number, of.en + ": measure " + one.number + " of the plan " + one.plan},
           {"計画から取り下げられた", "withdrawn from the plan"}});
      return true;
    });
  };
  std::optional<std::vector<Indicator>> known;
  for (auto& one : next.sheet.indicators) {
    drop(one.measures, one.number, one.title);
    for (auto& line : one.lines) {
      if (line.computed.empty()) continue;
      if (!known) known = TRY(definitions(reader));
      const std::string id = line.computed;
      if (auto why = TRY(leave_out_computed(reader, *known, line)))
        next.left_out.push_back(
            {one.number, {one.title.ja + "：計算する指標「" + id + "」", one.title.en + ": computed by " + id}, std::move(*why)});
    }
  }
  for (auto& one : next.sheet.programmes) drop(one.measures, "", one.title);
  return {};
}

}  // namespace musubi::kpi
