// "Begin next year's sheet": what would be carried over and what left out, and the act that makes the draft.
#pragma once

#include <vector>

#include "kpi/routes.h"

namespace musubi::kpi {

std::vector<http::Route> next_year_routes(const RouteContext& context);

}  // namespace musubi::kpi
