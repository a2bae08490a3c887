// What is asked of a list with a day: everything that is wrong with the address is told at once. Private to kpi.
#pragma once

#include "kpi/asked.h"
#include "kpi/sheet_pages.h"

namespace musubi::kpi {

// The day of as_of, if any. Error: plan.bad_as_of.
Result<std::optional<text::Date>> read_day(const http::Request& request);

// For a list whose shape is read from the store: an as_of that is no day is left to `table_query`. Error: org.unknown.
Result<Asked> read_list_asked(const RouteContext& context, const http::Request& request, bool office);
Result<SheetAsked> read_sheet_list_asked(const RouteContext& context, const http::Request& request, bool office);

// The day with the rest. Errors: plan.bad_as_of where only the day is wrong, else table.bad_query with all faults.
Result<web::TableQuery> table_query(const http::Request& request, const web::TableShape& shape);

// Of a list of indicators: `take_only` with the same. Defined beside the list's shape, in indicator_view.cc.
Result<void> take_list(const http::Request& request, std::initializer_list<std::string_view> more);

}  // namespace musubi::kpi
