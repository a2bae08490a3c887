// Figures of an organisation to which others report: of all together, and of each as it shows them. Pages for everybody show
// them, so they are computed once, one report at a time, and shared by the requests that come after.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "db/database.h"
#include "kpi/computed.h"
#include "kpi/origin.h"
#include "text/dates.h"

namespace musubi::kpi {

struct Reporter {
  std::string organisation;
  Text title;
  std::uint64_t size = 0;  // records of its log that its report stands on
  std::string root;        // of the tree of these records, in Base64; "" where it was not said
  Time at;                 // when the report was made
  std::string digest;      // SHA-256 of the report, in hexadecimal
};

// Of one indicator, as one organisation shows it.
struct ReportedFigure {
  bool same = false;  // it reports this very definition; what it computes by another one, or not at all, cannot be compared
  Figure whole;
  std::vector<std::pair<int, Figure>> years;  // fiscal, the newest kReportedYears
};
inline constexpr std::size_t kReportedYears = 30;

struct Reported {
  struct OfIndicator {
    Computed together;
    std::vector<ReportedFigure> each;  // beside `reporters`
  };
  std::vector<Reporter> reporters;                // by organisation
  std::optional<Error> left_out;                  // why a day cannot be told by this: one of the newest reports cannot be read
  std::map<std::string, OfIndicator> indicators;  // of the binary, by id

  Figure together_in(const Indicator& indicator, int fiscal_year) const;  // of one of `indicators`, as pages show it
  OfReports reports_of(const Indicator& indicator) const;                 // what that stands on
};
using SharedReported = std::shared_ptr<const Reported>;

// So many are computed anew as soon as one of them reported again. Of more, each of which reports when something happened there,
// requests are shown what was computed before, which keep_reported() renews once in kFresh_us; where nothing does, it stands no
// longer than kManyStand_us.
inline constexpr std::size_t kAlwaysFresh = 50;
inline constexpr std::int64_t kFresh_us = 60'000'000, kManyStand_us = 600'000'000;
inline constexpr std::size_t kPastDaysKept = 4;
inline constexpr int kPastAtOnce = 4;  // requests that compute a past day, or wait for the one that does; as many the last one over

// Of the newest reports without those that cannot be read, and the log says so; or as they stood at the end of a day. For each
// organisation one computation of now and one of a past day at a time. Errors: plan.bad_as_of where a report of that day is not
// kept or cannot be read by this program, kpi.busy where too many ask for past days, kpi.damaged.
Result<SharedReported> reported(const std::shared_ptr<db::Database>& database, std::optional<text::Date> day, Time now);

// The same of some indicators, which must outlive it, at the end of a day; shared with nobody. For whoever computes again what was
// taken (taken.h): in a write, too, where no other computation may be waited for.
Result<Reported> reported_at_end(db::Reader& reader, text::Date day, std::span<const Indicator> indicators);

// In the background: more than kAlwaysFresh are computed before somebody asks, and those of the last day that is over. Ends early
// when stopped; what stood then stays.
Result<void> keep_reported(const std::shared_ptr<db::Database>& database, Time now, const std::stop_token& stop = {});

}  // namespace musubi::kpi
