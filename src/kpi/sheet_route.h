// The way of an edition of a sheet, as pages and data tell it: who reviewed it, what speaks against it that the review answered, who
// approved and published it. Of a published edition everybody may know: remarks were typed for that, and officers stand by their
// codes. Private to kpi.
#pragma once

#include <string>
#include <vector>

#include "kpi/sheet_pages.h"

namespace musubi::kpi {

struct ToldStep {
  RouteEntry entry;
  std::string post;  // by which the officer might take it; "": any might
  struct Answered {
    std::string rule, where;  // as in a Remark
  };
  std::vector<Answered> answered;  // by a review; none where its record was erased
};
// The route of that state with what its records say beside it, read anew each time: what was erased meanwhile is not told.
Result<std::vector<ToldStep>> told_route(const SheetAsked& asked, const SheetState& state);

Result<web::Markup> route_markup(const RouteContext& context, const http::Request& request, const SheetAsked& asked,
                                 const SheetState& state);
json::array route_json(const std::vector<ToldStep>& route, const SheetUrls& urls);

}  // namespace musubi::kpi
