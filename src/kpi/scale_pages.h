// Pages and data of scales of judgement: everyone reads every rule, officers check, save, revise and withdraw those of their
// organisation.
#pragma once

#include <string>
#include <vector>

#include "kpi/routes.h"
#include "kpi/scales.h"
#include "kpi/sheet_pages.h"

namespace musubi::kpi {

std::string scale_path(const SheetUrls& urls, const Scale& scale);  // of that very revision
// Scales that a sheet may be judged by instead of `now`, as links to its form.
web::Markup scale_choices(const std::vector<Scale>& all, const Scale* now, const SheetHeader& header, const SheetAsked& asked);

std::vector<http::Route> scale_routes(const RouteContext& context);
std::vector<http::Route> scale_office_routes(const RouteContext& context);

}  // namespace musubi::kpi
