// A sheet as a workbook in its official layout: one form in Japanese, the same in English, and a hidden sheet that says what it was made
// from. Comes back through sheet_xlsx_read.h.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "document/workbook.h"
#include "kpi/sheets.h"
#include "web/language.h"

namespace musubi::kpi {

inline constexpr std::string_view kXlsxType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
inline constexpr std::string_view kFormKey = "@form/",
                                  kMadeFrom = "musubi.sheet";  // what the hidden keys of a form and of the hidden sheet begin with
inline constexpr int kFormVersion = 2;                         // another one is refused

// The form in `first` stands in front and opens.
document::Workbook sheet_workbook(const SheetState& state, web::Language first);
// Errors: as write_xlsx.
Result<std::string> sheet_xlsx(const SheetState& state, web::Language first);

}  // namespace musubi::kpi
