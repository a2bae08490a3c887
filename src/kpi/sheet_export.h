// Views of sheets as JSON and CSV: what `.json` and `.csv` of each page answer. Stable: members are added, never renamed.
#pragma once

#include <string>

#include "base/json.h"
#include "kpi/sheets.h"

namespace musubi::kpi {

// Where the pages of one organisation's sheets stand.
struct SheetUrls {
  std::string org;
  bool office = false;

  std::string sheets() const { return "/" + org + (office ? "/office/sheets" : "/sheets"); }
  std::string sheet(std::string_view id) const { return sheets() + "/" + std::string(id); }
  std::string indicator(std::string_view id, std::string_view number) const {
    return sheet(id) + "/indicators/" + std::string(number);
  }
  std::string programmes(std::string_view id) const { return sheet(id) + "/programmes"; }
  std::string record(std::int64_t index) const { return "/" + org + "/log/records/" + std::to_string(index); }
  std::string receipt(std::int64_t index) const { return record(index) + "/receipt"; }
};

// What lists count of a sheet: indicators = reached + missed (near + far) + not_due + unmarked. Beside these, some of any of them
// have no target, or missed that of a year.
struct SheetFigures {
  std::size_t indicators = 0, reached = 0, near = 0, far = 0, not_due = 0, unmarked = 0, missed = 0, no_target = 0, year_missed = 0;
};
SheetFigures figures_of(const Sheet& sheet);
// A printed amount of the sheet's own year in whole yen; nothing where it is not printed or the unit is unknown.
std::optional<std::int64_t> yen_of(const SheetHeader& header, AmountKind kind);

json::object sheets_json(const std::vector<SharedSheet>& sheets, const SheetUrls& urls);
std::string sheets_csv(const std::vector<SharedSheet>& sheets);
// The pack's members with edition, publication, computed marks, disagreements, sums and the drafted judgement.
json::object sheet_json(const SheetState& state, const View& view, const SheetUrls& urls);
json::object indicator_json(const SheetState& state, const SheetIndicator& indicator, const SheetUrls& urls);
json::object programmes_json(const SheetState& state, const SheetUrls& urls);
std::string sheet_history_csv(std::string_view sheet, const std::vector<SheetRevision>& history);  // a row a change, as history_csv
json::object sheet_history_json(std::string_view sheet, const std::vector<SheetRevision>& history, const SheetUrls& urls);

// Tidy and long: one value a row ("baseline", "target", "actual", "final"). `number`: of one indicator only.
std::string values_csv(const SheetState& state, std::string_view number = {});
std::string programmes_csv(const SheetState& state);  // one amount a row

}  // namespace musubi::kpi
