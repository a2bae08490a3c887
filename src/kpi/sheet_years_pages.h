// Pages and data of what is asked across sheets of several years: indicators of one name, and programmes.
#pragma once

#include <vector>

#include "kpi/routes.h"

namespace musubi::kpi {

// With `office` the same with drafts, as officers see them.
std::vector<http::Route> sheet_years_routes(const RouteContext& context, bool office = false);
std::vector<http::Route> programme_years_routes(const RouteContext& context, bool office = false);

}  // namespace musubi::kpi
