// Actuals of sheets and follow-ups that are not typed but taken from an indicator: what is on offer for a period, and whether
// what was taken computes again. One rule, two sources: what the indicator's page shows everybody is what can be taken. Of the own log
// as it stands; or, where others report to this organisation, of what they had reported by the end of the last day that is over: a report
// that gave way to a later one of its day is gone, while that page, asked as of that day, shows the figure as long as there are reports.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "kpi/definitions.h"
#include "kpi/follow_up.h"
#include "kpi/gather.h"
#include "kpi/hidden.h"
#include "kpi/reported.h"
#include "kpi/sheet.h"

namespace musubi::kpi {

// What others had reported by the end of a day.
struct ReportedDay {
  SharedReported of;  // nothing where it could not be computed
  text::Date day;
  std::uint64_t records = 0;  // of the own log by then
};

struct Offer {
  Indicator indicator;
  Figure figure;            // without a value: why there is none
  double number = 0;        // as pages print it, so that it is what people compare
  bool unfinished = false;  // the period has not ended
  Origin origin;
};

// Figures of some indicators, of the own log as they stand in one snapshot.
class Offers {
 public:
  // Of those that this organisation has; `names` that it does not have are passed over. Not inside a read of the same database.
  static Result<Offers> read(const std::shared_ptr<db::Database>& database, const std::set<std::string>& names, Time now);
  // Of what others report whole fiscal years alone.
  std::optional<Offer> of(std::string_view indicator, Period period) const;
  // Why what others reported is not on offer now: kpi.busy, plan.bad_as_of, kpi.damaged. What the own log computes is, all the same.
  const std::optional<Error>& missing() const { return missing_; }
  // Whether there might be a figure for the row but for missing(). Of early years, too: a report tells of its organisation's whole log.
  bool is_missing(const Line& line, int fiscal_year) const;

 private:
  std::vector<Indicator> indicators_;
  Gathered gathered_;
  Time now_;
  std::optional<ReportedDay> reported_;  // where others report
  std::optional<Error> missing_;
};

void take(const Offer& offer, YearValues& year);  // its actual becomes what is on offer; the target stays
bool measures_in(const Indicator& indicator, const std::optional<Text>& unit);  // whether it is of that unit

// An actual that says it was computed.
struct Taken {
  std::string where;  // of its origin
  Origin origin;
  double number = 0;
  bool operator==(const Taken&) const = default;
};
// Whether they compute again from the records they name: a pass over the log for each number of records, over the reports of each day.
// What the first so many records say does not change, nor do the reports of a day that is over. So every act asks it before its write,
// and a copy of what was answered goes into the write, which asks again only where the definition went, or was hidden (hidden.h), since.
// Errors besides those of the database: kpi.busy where others compute of reports at this moment.
class Recomputed {
 public:
  // Faults of those that do not.
  Result<std::vector<Fault>> faults_of(db::Reader& reader, const std::vector<Taken>& all);
  // The same of those alone whose definition officers hid since they were taken. Asked where a figure becomes public: one that was
  // public before stays.
  Result<std::vector<Fault>> faults_of_hidden(db::Reader& reader, const std::vector<Taken>& all);

 private:
  struct Definition {
    bool there = false, hidden = false;
    bool operator==(const Definition&) const = default;
  };
  struct Answer {
    Taken taken;
    Definition definition;  // as it stood
    std::vector<Fault> faults;
  };
  Result<std::vector<Fault>> ask(db::Reader& reader, HiddenSince& hidden, const std::vector<Taken>& all);

  std::map<std::string, Answer> answers_;  // to what was asked last, by place
};

// What `look` was answered before a write, as far as it came: where it failed, the write says why by itself. Error: kpi.busy.
template <class Look>  // Result<void>(db::Reader&, Recomputed&)
Result<Recomputed> looked_at(db::Database& database, Look look) {
  Recomputed out;
  auto done = database.read([&](db::Reader& reader) -> Result<void> { return look(reader, out); });
  if (!done.ok() && done.error().name == "kpi.busy") return std::move(done).error();
  return out;
}

inline constexpr std::size_t kReportedDaysAtOnce = 50;  // of one act
inline constexpr int kReportsReadAtOnce = 2;            // by acts that compute again, in one process

// Actuals that rows of the sheet took and that do not stand in `before`.
std::vector<Taken> taken_in(const Sheet& sheet, const Sheet* before);
// Faults of the rows that name an indicator: known, of the row's unit; of what they took: the definition is there, and it computes
// again. What stood in `before`, too, is not asked again.
Result<std::vector<Fault>> faults_of_taken(db::Reader& reader, const Sheet& sheet, const Sheet* before, Recomputed& asked);
// The same of a plan's rows, which take nothing themselves. What stands in the draft of that plan is not asked again.
Result<std::vector<Fault>> faults_of_computed(db::Reader& reader, const PlanDocument& document);

}  // namespace musubi::kpi
