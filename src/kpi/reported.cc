#include "kpi/reported.h"

#include <algorithm>
#include <mutex>

#include "base/away.h"
#include "base/guarded.h"
#include "kpi/disclosure.h"
#include "kpi/report.h"
#include "kpi/report_days.h"

namespace musubi::kpi {
namespace {

struct Held {
  SharedReported newest;
  std::vector<NewestReport> of;                             // what it was computed of
  Time looked;                                              // when that was last seen to be so
  std::vector<std::pair<text::Date, SharedReported>> past;  // the oldest question first

  bool fresh(Time now) const { return newest && of.size() > kAlwaysFresh && now >= looked && now.us - looked.us < kFresh_us; }
  SharedReported on(text::Date day) const {
    for (const auto& [one, value] : past)
      if (one == day) return value;
    return nullptr;
  }
  void keep(text::Date day, const SharedReported& value) {
    if (past.size() == kPastDaysKept) past.erase(past.begin());
    past.emplace_back(day, value);
  }
};

struct Slot {
  Guarded<Held> held;
  std::mutex computing;
};

// Of each store; another one that bears the same name (a restored one, opened anew) begins afresh.
std::shared_ptr<Slot> slot_of(const std::shared_ptr<db::Database>& database) {
  using Slots = std::map<std::weak_ptr<db::Database>, std::shared_ptr<Slot>, std::owner_less<>>;
  static Guarded<Slots> all;
  return all.with([&](Slots& slots) {
    std::erase_if(slots, [](const auto& one) { return one.first.expired(); });
    auto& slot = slots[database];
    if (!slot) slot = std::make_shared<Slot>();
    return slot;
  });
}

ReportedFigure as_shown(const Indicator& indicator, const Report& report, Computed own) {
  if (indicator.persons) round_counts(own);
  if (own.years.size() > kReportedYears) own.years.erase(own.years.begin(), own.years.end() - std::ptrdiff_t(kReportedYears));
  return {uses_definition(indicator, report), own.whole, std::move(own.years)};
}

Result<SharedReported> computed(db::Reader& reader, std::optional<text::Date> day) {
  const auto& indicators = embedded_indicators();
  auto out = std::make_shared<Reported>();
  std::vector<Together> sums(indicators.begin(), indicators.end());
  TRY(each_report(reader, day, [&](const KeptReport& kept) -> Result<void> {
    auto report = figures_in(kept);
    if (!report.ok()) {
      auto why = unreadable(kept.organisation, kept.content, report.error(), true);
      if (day) return why;
      if (!out->left_out) out->left_out = why.error();
      return {};
    }
    out->reporters.push_back({report->organisation, report->title, report->size, report->root, report->at});
    for (std::size_t i = 0; i < indicators.size(); ++i)
      out->indicators[indicators[i].id].each.push_back(
          as_shown(indicators[i], *report, sums[i].add(pools_of(indicators[i], report->cells, {report->first, report->at}))));
    return {};
  }));
  for (std::size_t i = 0; i < indicators.size(); ++i) {
    Computed together = sums[i].computed();
    if (indicators[i].persons) round_counts(together);
    out->indicators[indicators[i].id].together = std::move(together);
  }
  return SharedReported(std::move(out));
}

// Days that are over: what stood at their end does not change any more.
Result<SharedReported> reported_on(db::Database& database, Slot& slot, text::Date day, Time now) {
  auto known = [&] { return slot.held.with([&](const Held& held) { return held.on(day); }); };
  if (auto value = known()) return value;
  std::unique_lock computing(slot.computing, std::defer_lock);
  {
    Away away;
    computing.lock();
  }
  if (auto value = known()) return value;
  SharedReported value = TRY(database.read([&](db::Reader& reader) { return computed(reader, day); }));
  // A record that was begun before midnight may still be on its way.
  if (now.us >= end_of_day_jst(day).us + kFresh_us) slot.held.with([&](Held& held) { held.keep(day, value); });
  return value;
}

Result<SharedReported> newest_reported(db::Database& database, Slot& slot, Time now) {
  auto known = [&](const std::vector<NewestReport>& of) {
    return slot.held.with([&](Held& held) {
      if (!held.newest || held.of != of) return SharedReported();
      held.looked = now;
      return held.newest;
    });
  };
  const auto [fresh, before] = slot.held.with([&](const Held& held) {
    return std::pair{held.fresh(now) ? held.newest : nullptr, held.of.size() > kAlwaysFresh ? held.newest : nullptr};
  });
  if (fresh) return fresh;
  if (auto value = known(TRY(database.read(newest_reports)))) return value;
  std::unique_lock computing(slot.computing, std::try_to_lock);
  if (!computing.owns_lock()) {
    if (before) return before;
    Away away;
    computing.lock();
  }
  return database.read([&](db::Reader& reader) -> Result<SharedReported> {
    auto of = TRY(newest_reports(reader));
    if (auto value = known(of)) return value;
    SharedReported value = TRY(computed(reader, std::nullopt));
    slot.held.with([&](Held& held) { held.newest = value, held.of = std::move(of), held.looked = now; });
    return value;
  });
}

}  // namespace

Result<SharedReported> reported(const std::shared_ptr<db::Database>& database, std::optional<text::Date> day, Time now) {
  const auto slot = slot_of(database);
  if (day) {
    const Time until = std::max(now, TRY(database->read(newest_record)));  // the clock may have been set back since
    if (until >= end_of_day_jst(*day)) return reported_on(*database, *slot, *day, until);
  }
  auto newest = TRY(newest_reported(*database, *slot, now));
  if (day && newest->left_out) return *newest->left_out;  // as it will be when the day is over
  return newest;
}

}  // namespace musubi::kpi
