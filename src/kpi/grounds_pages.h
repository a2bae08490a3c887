// The form of owners and laws: of a sheet, and of its programmes (`programme=1`).
#pragma once

#include <vector>

#include "kpi/routes.h"

namespace musubi::kpi {

std::vector<http::Route> grounds_routes(const RouteContext& context);

}  // namespace musubi::kpi
