// What the lint says, as officers read it: each remark with its rule in words, and its place in the words of the workbook. Private to kpi.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kpi/sheet_layout.h"
#include "kpi/sheet_lint.h"
#include "web/table.h"

namespace musubi::kpi {

std::string rule_title(std::string_view rule, web::Language language);  // "mark_missing": "達成の欄が空"
// "indicator/3/mark_reason": "測定指標3 ロ等の理由", as the cell is called in the workbook; else the part's name.
std::string place_words(const SheetLayout& layout, std::string_view where, web::Language language);

// Of page, JSON and CSV; `place` and `rule` by their ids. Errors: table.bad_query of `page` and `per_page`.
Result<web::Table> remarks_table(const Sheet& sheet, const std::vector<Remark>& remarks, const std::string& target,
                                 web::Language language);

}  // namespace musubi::kpi
