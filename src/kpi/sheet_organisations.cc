#include "kpi/sheet_organisations.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

#include "kpi/judgement.h"
#include "kpi/sheet_rules.h"

namespace musubi::kpi {
namespace {

using Iterator = std::vector<OtherSheet>::const_iterator;

class Joining {
 public:
  explicit Joining(std::vector<SameIndicator>& own) : own_(own) {
    for (std::size_t group = 0; group < own.size(); ++group)
      for (std::size_t i = 0; i < own[group].size(); ++i) by_place_[place_of(own[group][i])] = {group, i};
    for (std::size_t group = 0; group < own.size(); ++group)
      for (const auto& one : own[group])
        if (const std::string& id = one.indicator->id; !id.empty() && !by_place_.contains(id)) by_id_[id] = group;
  }

  // Those of one organisation. Most have nothing to do with any of the own ones: that costs a look at their ids.
  void add(Iterator from, Iterator to) {
    if (std::none_of(from, to, [&](const auto& one) { return touches(*one.state); })) return;
    std::vector<SharedSheet> sheets;
    std::set<std::string> places;
    std::map<const SheetState*, const OtherSheet*> other;
    for (auto at = from; at != to; ++at) {
      sheets.push_back(at->state);
      other[at->state.get()] = &*at;
      for (const auto& one : at->state->sheet.indicators) places.insert(place_id(at->state->sheet.header.id, one.number));
    }
    for (auto& group : same_indicators(sheets, 1)) {
      OneWith with;
      for (auto& one : group) join(one, places, with);
      for (auto& one : group) one.other = other[one.state.get()];
      for (const auto& [at, own] : with)
        for (auto one : group) {
          if (!one.by_name) one.one_with.assign(own.begin(), own.end());
          own_[at].push_back(std::move(one));
        }
    }
  }

 private:
  using OneWith = std::map<std::size_t, std::set<const SheetIndicator*>>;  // by group of own ones, which of it

  static std::string place_of(const Placed& one) { return place_id(one.state->sheet.header.id, one.indicator->number); }

  bool touches(const SheetState& state) const {
    return std::any_of(state.sheet.indicators.begin(), state.sheet.indicators.end(), [&](const SheetIndicator& one) {
      return (!one.id.empty() && (by_place_.contains(one.id) || by_id_.contains(one.id))) ||
             (!by_id_.empty() && by_id_.contains(place_id(state.sheet.header.id, one.number)));
    });
  }

  void join(Placed& one, const std::set<std::string>& places, OneWith& with) {
    const std::string& id = one.indicator->id;
    if (!id.empty() && !places.contains(id)) {
      if (auto place = by_place_.find(id); place != by_place_.end()) {
        const auto [group, which] = place->second;
        const Placed& named = own_[group][which];
        with[group].insert(named.indicator);
        if (!named.by_name) add_stated(group, with);  // those that are one with it by an id
      } else if (auto stated = by_id_.find(id); stated != by_id_.end()) {
        add_stated(stated->second, with);
      }
    }
    if (auto stated = by_id_.find(place_of(one)); stated != by_id_.end()) {
      one.by_name = false;
      add_stated(stated->second, with);
    }
  }

  void add_stated(std::size_t group, OneWith& with) const {
    auto& own = with[group];
    for (const auto& one : own_[group])
      if (!one.other && !one.by_name) own.insert(one.indicator);
  }

  std::vector<SameIndicator>& own_;
  std::unordered_map<std::string, std::pair<std::size_t, std::size_t>> by_place_;  // of the own ones: group, and which of it
  std::unordered_map<std::string, std::size_t> by_id_;                             // that own ones state and that is no own place
};

}  // namespace

std::vector<OtherSheet> other_sheets(std::vector<Report> reports, std::string_view own) {
  std::vector<OtherSheet> out;
  for (auto& report : reports) {
    if (report.organisation == own) continue;
    std::stable_sort(report.sheets.begin(), report.sheets.end(), [](const auto& a, const auto& b) {
      const auto &x = a.sheet.header, &y = b.sheet.header;
      return x.fiscal_year != y.fiscal_year ? x.fiscal_year > y.fiscal_year : x.id < y.id;
    });
    for (auto& told : report.sheets) {
      auto state = std::make_shared<SheetState>();
      state->sheet = std::move(told.sheet);
      state->edition = std::move(told.edition);
      out.push_back({report.organisation, report.title, std::move(state), told.step.value_or(Text{}), std::move(told.marks)});
    }
  }
  return out;
}

void join_others(std::vector<SameIndicator>& own, const std::vector<OtherSheet>& others) {
  Joining joining(own);
  for (auto at = others.begin(); at != others.end();) {
    auto end = std::find_if(at, others.end(), [&](const auto& one) { return one.organisation != at->organisation; });
    joining.add(at, end);
    at = end;
  }
  auto order = [](const Placed& one) {
    const SheetHeader& h = one.state->sheet.header;
    return std::tuple(h.fiscal_year, one.other ? std::string_view(one.other->organisation) : std::string_view(),
                      std::string_view(h.id));
  };
  for (auto& all : own)
    std::stable_sort(all.begin(), all.end(), [&](const Placed& a, const Placed& b) { return order(a) < order(b); });
}

Outcome outcome_of(const Placed& one) {
  const Sheet& sheet = one.state->sheet;
  if (one.other) {
    const ToldMarks& told = one.other->marks[std::size_t(one.indicator - sheet.indicators.data())];
    return {one.indicator->mark, told.computed, told.year_missed};
  }
  MarkRules rules = mark_rules(sheet);
  return {one.indicator->mark, compute_mark(*one.indicator, sheet.header.fiscal_year, rules).mark,
          !missed_years(*one.indicator, sheet.header.fiscal_year, rules).empty()};
}

SheetFigures figures_of(const OtherSheet& other) {
  const Sheet& sheet = other.state->sheet;
  SheetFigures out{.indicators = sheet.indicators.size()};
  for (std::size_t i = 0; i < sheet.indicators.size(); ++i) {
    const SheetIndicator& one = sheet.indicators[i];
    auto mark = one.mark ? one.mark : other.marks[i].computed;
    for (auto [which, count] : {std::pair{Mark::kReached, &SheetFigures::reached},
                                {Mark::kNear, &SheetFigures::near},
                                {Mark::kFar, &SheetFigures::far},
                                {Mark::kNotDue, &SheetFigures::not_due}})
      out.*count += mark == which;
    out.unmarked += !mark;
    out.missed += mark == Mark::kNear || mark == Mark::kFar;
    out.year_missed += other.marks[i].year_missed;
    out.no_target += !has_target(one);
  }
  return out;
}

}  // namespace musubi::kpi
