// Who may do what with sheets, as officers meet it: the check before each act, the form that states it, what awaits whom.
#pragma once

#include <string>
#include <vector>

#include "kpi/duties.h"
#include "kpi/routes.h"
#include "kpi/sheet_pages.h"

namespace musubi::kpi {

// The post by which the officer who asks may do one of these; "" where anybody may. Errors: sheet.not_your_post, which names
// the posts (Code::kForbidden).
Result<std::string> require_duty(const RouteContext& context, const http::Request& request, std::span<const Duty> one_of);
// A handler that changes a draft: refused to who may not.
http::Handler drafting(const RouteContext& context, http::Handler handler);
// "職「…」" of those who do it; "" where anybody does.
Result<std::string> duty_holders(const RouteContext& context, const http::Request& request, Duty duty, web::Language language);

std::vector<http::Route> duty_routes(const RouteContext& context);
// For the officer's start page: sheets that wait for a step of these posts. Nothing where there is nothing.
Result<web::Markup> sheet_notices(db::Database& database, const std::vector<std::string>& posts, web::Language language);

}  // namespace musubi::kpi
