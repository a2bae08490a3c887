// Indicators of many organisations together: each reports its cells (sums over months, never a record; of acts of persons only
// what it publishes by itself), its processes as its own page shows them, its local plans and published sheets. The nation keeps the newest
// report of each, and the last of each past day (report_days.h), and merges them. Exact also for percentiles, since spreads are merged, not
// averages.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "evidence/record.h"
#include "kpi/gather.h"
#include "kpi/process_report.h"
#include "kpi/report_erasures.h"
#include "kpi/reported_text.h"
#include "kpi/sheet_report.h"

namespace musubi::kpi {

// A plan of the reporting organisation that serves a national one, as it was signed off: its measures and what each serves.
struct LocalPlan {
  struct Measure {
    std::string number;
    Text title;
    std::vector<std::string> serves;
    bool operator==(const Measure&) const = default;
  };
  std::string id, serves_plan, version;
  Text title;
  std::vector<Measure> measures;
  bool operator==(const LocalPlan&) const = default;
};

struct Report {
  std::string organisation;
  Text title;
  std::uint64_t size = 0;  // records of that organisation's log that it stands on
  std::string root;        // of the tree of these, in Base64; "" where it is not said (older programs, no checkpoint yet)
  Time first, at;          // its first record; when it was made
  CellsBySeries cells;
  std::vector<LocalPlan> plans;  // by id
  std::vector<ProcessMonth> processes;
  std::vector<ReportedSheet> sheets;
  std::vector<Erasure> erasures;
};

inline constexpr std::size_t kReportBytes = 900 << 10;
inline constexpr std::size_t kKeptBytes = 4 * kReportBytes;  // marks of erasure may be longer than the words were
inline constexpr std::size_t kReportedLinks = 5000;          // from local to national measures, of one organisation
inline constexpr std::size_t kReportsAtMost = 2000;          // organisations; the country has 1,788 local governments

// What the service "indicators" of the exchange answers. Sheets, then plans, then months of processes that make it too large are left out, and
// the log says so. No two are the same bytes: its digest is public and must not tell small figures to whoever tries them out, so it has a
// salt, which no reader asks for and nobody is shown. Errors: kpi.report_too_large.
Result<json::object> make_report(db::Database& database, Time now);
// Members of its own that are not known are passed over. Errors: kpi.bad_report with a fault per place.
Result<Report> read_report(const json::value& value);
// Of one that is kept the figures alone, with what they stand on. Errors: kpi.bad_report, those of JSON.
struct KeptReport;
Result<Report> figures_in(const KeptReport& kept);
// Plans, processes, sheets and the time it was made alone; it need not hold the other members.
Result<Report> read_members(const json::value& value);

// Keeps the newest of an organisation, with a record. Nothing is written where its figures are those of the kept one; what the
// exchange counts of itself (each question is a record) makes no difference. Words that it says are erased go from every report of that
// organisation that is kept. Returns whether it was kept.
Result<bool> keep_report(db::Database& database, const std::string& organisation, const Text& title, const json::object& report,
                         std::string_view actor);
std::span<const evidence::RecordType> report_record_types();

// Whether that organisation reports this very definition; what it computes by another one, or not at all, cannot be compared.
bool uses_definition(const Indicator& indicator, const Report& report);

}  // namespace musubi::kpi
