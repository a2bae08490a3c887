#include "kpi/reported.h"

#include <algorithm>
#include <atomic>
#include <mutex>

#include "base/away.h"
#include "base/encoding.h"
#include "base/guarded.h"
#include "crypto/hash.h"
#include "kpi/at_once.h"
#include "kpi/disclosure.h"
#include "kpi/report.h"
#include "kpi/report_days.h"
#include "web/messages/kpi.h"

namespace musubi::kpi {
namespace {

namespace t = web::messages;

struct Held {
  SharedReported newest;
  std::vector<NewestReport> of;                             // what it was computed of
  Time looked;                                              // when that was last seen to be so
  Time tended;                                              // when keep_reported looked last
  std::vector<std::pair<text::Date, SharedReported>> past;  // the oldest question first
  std::pair<text::Date, SharedReported> closed;             // of the last day that is over, which acts take figures of
  std::optional<text::Date> ahead;                          // the day that keep_reported computed, or tried to

  bool good_for_many(Time now) const { return newest && of.size() > kAlwaysFresh && within(now, looked, kManyStand_us); }
  static bool within(Time now, Time since, std::int64_t us) { return now >= since && now.us - since.us < us; }
  SharedReported on(text::Date day) const {
    if (closed.second && closed.first == day) return closed.second;
    for (const auto& [one, value] : past)
      if (one == day) return value;
    return nullptr;
  }
  void keep(text::Date day, const SharedReported& value, bool last) {
    if (last) {
      closed = {day, value};
      return;
    }
    if (past.size() == kPastDaysKept) past.erase(past.begin());
    past.emplace_back(day, value);
  }
};

struct Turn {
  std::mutex computing;          // held by whoever computes
  std::atomic<int> at_once = 0;  // requests that compute, or wait for it
};

struct Slot {
  Guarded<Held> held;
  std::mutex newest;  // held by whoever computes it
  Turn past, closed;  // of past days, and of the last one that is over
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

// A report holds of acts of persons what may be told: where that is nothing there were none, or too few.
void tell_nothing(const Indicator& indicator, Figure& figure) {
  if (!indicator.persons || figure.value || figure.why != Why::kNoRecords) return;
  figure.why = Why::kNoneOrFew;
  figure.suppressed = true;
}

ReportedFigure as_shown(const Indicator& indicator, const Report& report, Computed own) {
  if (indicator.persons) round_counts(own);
  tell_nothing(indicator, own.whole);
  if (own.years.size() > kReportedYears) own.years.erase(own.years.begin(), own.years.end() - std::ptrdiff_t(kReportedYears));
  return {uses_definition(indicator, report), own.whole, std::move(own.years)};
}

Result<Reported> compute_of(db::Reader& reader, std::optional<text::Date> day, std::span<const Indicator> indicators,
                            const std::stop_token& stop = {}) {
  Reported out;
  std::vector<Together> sums(indicators.begin(), indicators.end());
  TRY(each_report(reader, day, [&](const KeptReport& kept) -> Result<void> {
    if (stop.stop_requested()) return Error{Code::kUnavailable, "kpi.busy", t::kpi_busy(), {}};
    auto report = figures_in(kept);
    if (!report.ok()) {
      Error why = unreadable(kept.organisation, kept.content, report.error());
      if (day) return why;
      if (!out.left_out) out.left_out = std::move(why);
      return {};
    }
    out.reporters.push_back({report->organisation, report->title, report->size, report->root, report->at, kept.digest});
    for (std::size_t i = 0; i < indicators.size(); ++i)
      out.indicators[indicators[i].id].each.push_back(
          as_shown(indicators[i], *report, sums[i].add(pools_of(indicators[i], report->cells, {report->first, report->at}))));
    return {};
  }));
  for (std::size_t i = 0; i < indicators.size(); ++i) {
    Computed together = sums[i].computed();
    if (indicators[i].persons) round_counts(together);
    if (!out.reporters.empty()) tell_nothing(indicators[i], together.whole);
    out.indicators[indicators[i].id].together = std::move(together);
  }
  return out;
}

Result<SharedReported> computed(db::Reader& reader, std::optional<text::Date> day, const std::stop_token& stop = {}) {
  return SharedReported(std::make_shared<Reported>(TRY(compute_of(reader, day, embedded_indicators(), stop))));
}

std::unique_lock<std::mutex> turn(std::mutex& mutex) {
  std::unique_lock computing(mutex, std::defer_lock);
  Away away;
  computing.lock();
  return computing;
}

// Days that are over: what stood at their end does not change any more. The last of them has its own turn and place, so that nobody who
// asks for others keeps officers from it.
Result<SharedReported> reported_on(db::Database& database, Slot& slot, text::Date day, bool last, Time now,
                                   const std::stop_token& stop = {}) {
  auto known = [&] { return slot.held.with([&](const Held& held) { return held.on(day); }); };
  if (auto value = known()) return value;
  // Anybody may ask for any day, and each costs as much as all figures of now: few wait, so that the threads stay with other requests.
  Turn& its = last ? slot.closed : slot.past;
  AtOnce one(its.at_once, kPastAtOnce);
  if (!one.admitted()) return Error{Code::kUnavailable, "kpi.busy", t::kpi_busy(), {}};
  const auto computing = turn(its.computing);
  if (auto value = known()) return value;
  SharedReported value = TRY(database.read([&](db::Reader& reader) { return computed(reader, day, stop); }));
  // A record that was begun before midnight may still be on its way.
  if (now.us >= end_of_day_jst(day).us + kFresh_us) slot.held.with([&](Held& held) { held.keep(day, value, last); });
  return value;
}

// What was computed, where it is of what stands now.
SharedReported still_good(Slot& slot, const std::vector<NewestReport>& of, Time now) {
  return slot.held.with([&](Held& held) {
    if (!held.newest || held.of != of) return SharedReported();
    held.looked = now;
    return held.newest;
  });
}

Result<SharedReported> compute_newest(db::Database& database, Slot& slot, Time now, const std::stop_token& stop = {}) {
  const auto computing = turn(slot.newest);
  return database.read([&](db::Reader& reader) -> Result<SharedReported> {
    auto of = TRY(newest_reports(reader));
    if (auto value = still_good(slot, of, now)) return value;
    SharedReported value = TRY(computed(reader, std::nullopt, stop));
    slot.held.with([&](Held& held) { held.newest = value, held.of = std::move(of), held.looked = now; });
    return value;
  });
}

Result<SharedReported> newest_reported(db::Database& database, Slot& slot, Time now) {
  if (auto value = slot.held.with([&](const Held& held) { return held.good_for_many(now) ? held.newest : nullptr; })) return value;
  if (auto value = still_good(slot, TRY(database.read(newest_reports)), now)) return value;
  return compute_newest(database, slot, now);
}

}  // namespace

Figure Reported::together_in(const Indicator& indicator, int fiscal_year) const {
  Figure out;
  for (const auto& [year, figure] : indicators.at(indicator.id).together.years)
    if (year == fiscal_year) out = figure;
  if (!reporters.empty()) tell_nothing(indicator, out);
  return out;
}

OfReports Reported::reports_of(const Indicator& indicator) const {
  OfReports out{0, std::int64_t(reporters.size()), {}};
  for (const auto& one : indicators.at(indicator.id).each) out.organisations += one.same ? 1 : 0;
  std::map<std::string, std::string> digests;  // whatever order the database has of ids
  for (const auto& one : reporters) digests[one.organisation] = one.digest;
  json::array all;
  for (const auto& [organisation, digest] : digests) all.push_back(json::array{organisation, digest});
  out.digest = to_hex(crypto::bytes(crypto::sha256(canonical_json(all))));
  return out;
}

Result<Reported> reported_at_end(db::Reader& reader, text::Date day, std::span<const Indicator> indicators) {
  return compute_of(reader, day, indicators);
}

Result<SharedReported> reported(const std::shared_ptr<db::Database>& database, std::optional<text::Date> day, Time now) {
  const auto slot = slot_of(database);
  if (day) {
    const Time newest = TRY(database->read(newest_record)), until = std::max(now, newest);  // the clock may have been set back since
    if (until >= end_of_day_jst(*day)) return reported_on(*database, *slot, *day, *day == last_closed_day(newest), until);
  }
  auto newest = TRY(newest_reported(*database, *slot, now));
  if (day && newest->left_out) return *newest->left_out;  // as it will be when the day is over
  return newest;
}

Result<void> keep_reported(const std::shared_ptr<db::Database>& database, Time now, const std::stop_token& stop) {
  const auto slot = slot_of(database);
  const bool due = slot->held.with([&](Held& held) {
    if (Held::within(now, held.tended, kFresh_us)) return false;
    held.tended = now;
    return true;
  });
  if (!due) return {};
  auto of = TRY(database->read(newest_reports));
  if (of.size() <= kAlwaysFresh) return {};
  if (!still_good(*slot, of, now)) {
    auto value = compute_newest(*database, *slot, now, stop);
    if (!value.ok() && !stop.stop_requested()) return value.error();
  }
  const text::Date day = last_closed_day(TRY(database->read(newest_record)));
  if (now.us < end_of_day_jst(day).us + kFresh_us) return {};
  // Once: where a report of that day cannot be read, whoever asks is told.
  if (slot->held.with([&](Held& held) { return std::exchange(held.ahead, day) == day; })) return {};
  auto closed = reported_on(*database, *slot, day, true, now, stop);
  if (!closed.ok() && closed.error().name != "plan.bad_as_of" && !stop.stop_requested()) return closed.error();
  return {};
}

}  // namespace musubi::kpi
