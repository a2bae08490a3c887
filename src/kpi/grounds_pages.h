// The form of owners and laws of a sheet, of its programmes (`programme=1`), and of the measures of plans that an indicator
// (`indicator=1`) or a programme names.
#pragma once

#include <vector>

#include "kpi/routes.h"

namespace musubi::kpi {

std::vector<http::Route> grounds_routes(const RouteContext& context);

}  // namespace musubi::kpi
