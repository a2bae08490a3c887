// Which indicator of another sheet an indicator is: officers state it, and take it back. Each act is one revision of the indicator.
#pragma once

#include <vector>

#include "kpi/routes.h"

namespace musubi::kpi {

std::vector<http::Route> sheet_same_routes(const RouteContext& context);  // officers'

}  // namespace musubi::kpi
