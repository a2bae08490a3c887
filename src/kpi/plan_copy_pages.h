// The form that begins a new plan from one that is there.
#pragma once

#include "kpi/routes.h"

namespace musubi::kpi {

std::vector<http::Route> plan_copy_routes(const RouteContext& context);

}  // namespace musubi::kpi
