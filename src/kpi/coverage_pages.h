// A national plan against the local plans of the towns that report to this organisation: page and data.
#pragma once

#include <vector>

#include "kpi/asked.h"
#include "kpi/routes.h"
#include "web/html.h"

namespace musubi::kpi {

std::vector<http::Route> coverage_routes(const RouteContext& context);
// The way there from the plan's page; nothing where nobody reports to this organisation.
Result<web::Markup> coverage_link(const Asked& asked, const PlanHeader& plan);

}  // namespace musubi::kpi
