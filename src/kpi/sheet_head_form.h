// The heading of a sheet by form: names, year, goals, budget. A new one begins with its first indicator, since a sheet without one says
// nothing. Judgement, owners, laws and the logic model have forms of their own.
#pragma once

#include "kpi/sheet_pages.h"

namespace musubi::kpi {

Result<http::Response> head_form_page(const RouteContext& context, http::Request& request);  // new, or of one that is there
Result<http::Response> head_form_post(const RouteContext& context, http::Request& request);

}  // namespace musubi::kpi
