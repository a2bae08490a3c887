// Rows of figures in the form of a measure, and of an indicator of a sheet: a group of fields a row, one row more than there are; a
// row whose fields are all empty is taken out. Numbers and years as people write them (40以上, △5, 令和8年度); a line break in words is
// shown as ⏎, since a value has one line here. Private to kpi.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kpi/definitions.h"
#include "kpi/form_over.h"

namespace musubi::kpi {

inline constexpr std::string_view kSheetRows = "row";  // those of an indicator of a sheet

// `kpi`: "progress" or "effect", or kSheetRows.
void line_fields(FollowUpForm& form, std::vector<web::Field>& out, const std::string& kpi, const RowsOver<Line>& now,
                 const std::vector<Indicator>& known, web::Language language);

struct PostedLines {
  std::vector<Line> lines;
  std::vector<std::size_t> rows;  // the form's row of each
};
// Each laid over the row that it names (form_over.h). Faults stand in the form.
PostedLines read_lines(FollowUpForm& form, const std::string& kpi, const RowsOver<Line>& before, const std::vector<Indicator>& known,
                       web::Language language);
// "/3/yearly/2026/target" stands at the field "progress-row2-yearly".
std::string line_field(const std::string& kpi, const std::vector<std::size_t>& rows, std::string_view where);

}  // namespace musubi::kpi
