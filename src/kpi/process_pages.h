// Pages and data of the processes that the records show: for everybody from groups of cases, for officers from every case,
// with the cases behind each way and the export as XES.
#pragma once

#include <vector>

#include "http/router.h"
#include "kpi/routes.h"

namespace musubi::kpi {

std::vector<http::Route> process_routes(const RouteContext& context);
std::vector<http::Route> process_office_routes(const RouteContext& context);

}  // namespace musubi::kpi
