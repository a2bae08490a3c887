// The pages of follow-ups that everyone may see; with `office` the same ones as officers see them, drafts and forms with them.
#pragma once

#include "http/router.h"
#include "kpi/asked.h"
#include "kpi/follow_ups.h"
#include "web/html.h"

namespace musubi::kpi {

Result<http::Response> plan_follow_up_page(const RouteContext& context, http::Request& request, bool office);
Result<http::Response> plan_follow_up_data(const RouteContext& context, http::Request& request, bool office);
Result<http::Response> plan_follow_up_table(const RouteContext& context, http::Request& request, bool office);
Result<http::Response> measure_follow_up_page(const RouteContext& context, http::Request& request, bool office);
Result<http::Response> measure_follow_up_data(const RouteContext& context, http::Request& request, bool office);
Result<http::Response> measure_follow_up_table(const RouteContext& context, http::Request& request, bool office);

// For the pages of plans: the way to the plan's follow-up, and what was said last of a measure. Nothing where there is none.
Result<web::Markup> follow_up_link(const Asked& asked, const std::string& plan);
Result<web::Markup> newest_follow_up(const Asked& asked, const std::string& plan, const std::string& number);

// The same page with a form that came back: `trouble` stands above.
Result<http::Response> draw_measure_follow_up(const RouteContext& context, http::Request& request, bool office,
                                              const http::Form* posted, const Error* trouble);

}  // namespace musubi::kpi
