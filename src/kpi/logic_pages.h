// Pages and data of a sheet's logic model. Officers add and take out elements and links by form: each act is one revision of the
// sheet's header. Where two act on one draft both acts stay, or the later one is told what stands in its way.
#pragma once

#include <vector>

#include "kpi/routes.h"

namespace musubi::kpi {

std::vector<http::Route> logic_routes(const RouteContext& context);
std::vector<http::Route> logic_office_routes(const RouteContext& context);

}  // namespace musubi::kpi
