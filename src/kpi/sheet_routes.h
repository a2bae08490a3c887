// The URLs of sheets; routes.cc joins them to those of plans.
#pragma once

#include <vector>

#include "kpi/routes.h"

namespace musubi::kpi {

std::vector<http::Route> sheet_routes(const RouteContext& context);         // everyone's
std::vector<http::Route> sheet_office_routes(const RouteContext& context);  // officers'

}  // namespace musubi::kpi
