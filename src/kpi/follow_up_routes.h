// The URL tables of follow-ups.
#pragma once

#include <vector>

#include "http/router.h"
#include "kpi/routes.h"

namespace musubi::kpi {

std::vector<http::Route> follow_up_routes(const RouteContext& context);
std::vector<http::Route> follow_up_office_routes(const RouteContext& context);

}  // namespace musubi::kpi
