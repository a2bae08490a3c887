// What an organisation tells a nation of its evaluation sheets: those that are published, with what their indicators are and say,
// and nothing that its own public pages do not show.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "db/database.h"
#include "kpi/sheet.h"
#include "kpi/sheets.h"

namespace musubi::kpi {

struct ToldMarks {
  std::optional<Mark> computed;  // by the rules of the publisher's scale, which may be its own
  bool year_missed = false;      // a year's target was missed on the way
  bool operator==(const ToldMarks&) const = default;
};

struct ReportedSheet {
  // Of the header id, form, fiscal year, policy, publisher, and of the judgement scale and step; of each indicator number, title,
  // id, official mark and rows, without notes and origins.
  Sheet sheet;
  std::string edition;
  std::optional<Text> step;      // of the judgement, in the words of its scale
  std::vector<ToldMarks> marks;  // one for each indicator
  bool operator==(const ReportedSheet&) const = default;
};

// Of one organisation. An indicator has rows and years as many as in a pack; words are cut as titles are (reported_text.h).
inline constexpr std::size_t kReportedSheets = 200, kReportedIndicators = 2000, kReportedLines = 4000;
inline constexpr std::size_t kReportedSheetsBytes = 400 << 10;
inline constexpr std::size_t kReportDepth = 12;  // of the JSON of a report
// Fiscal years beyond that in which the report was made: of a sheet, of its targets, of actuals (one that is expected).
inline constexpr int kReportedSheetAhead = 5, kReportedTargetAhead = 30, kReportedActualAhead = 1;

ReportedSheet told_of(const SheetState& state);
json::object to_json(const ReportedSheet& sheet);

// Member "sheets" of a report: from the newest on until one does not fit; that one and all older ones are left out, and one that no
// reader would take by itself. The log says how many.
Result<json::array> sheets_to_report(db::Database& database);
// The same of another organisation's report; it may be absent. Members that are not known here are of a newer binary: passed over,
// and so are sheets and years too far beyond the report's own time, and a scale or step that is no id (earlier programs told steps
// in any words): those of the judgement stay. A fault for each place.
std::vector<ReportedSheet> read_reported_sheets(ObjectReader& report, std::vector<Fault>& faults);

// A fault where a report cannot be kept as it came, whatever its members mean: too deep to be read again, or a number that
// canonical JSON has no form for.
void check_report_form(const json::value& report, std::vector<Fault>& faults);

}  // namespace musubi::kpi
