// One computed indicator of several organisations and fiscal years side by side, as each of them shows it.
#pragma once

#include <vector>

#include "kpi/routes.h"

namespace musubi::kpi {

std::vector<http::Route> indicator_across_routes(const RouteContext& context);

}  // namespace musubi::kpi
