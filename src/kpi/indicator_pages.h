// Pages and data of the indicators that compute themselves: of one organisation, and of all that report to it.
#pragma once

#include "http/router.h"
#include "kpi/asked.h"
#include "web/html.h"

namespace musubi::kpi {

std::vector<http::Route> indicator_routes(const RouteContext& context);

// For officers: every figure as it is, the records behind it, and definitions of the organisation's own.
std::vector<http::Route> indicator_office_routes(const RouteContext& context);

// The live values of the indicators that stand for this measure; nothing where there are none.
Result<web::Markup> live_values(const RouteContext& context, const Asked& asked, std::string_view plan, std::string_view number);

}  // namespace musubi::kpi
