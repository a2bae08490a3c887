// Who may do what with sheets, as officers meet it: the check before each act, the form that states it, what awaits whom.
#pragma once

#include <string>
#include <vector>

#include "kpi/duties.h"
#include "kpi/routes.h"
#include "kpi/sheet_pages.h"

namespace musubi::kpi {

// By the posts of the officer who asks, for acts that are one of these duties; its refusal names the posts.
Result<Mandate> mandate_of(const RouteContext& context, const http::Request& request, std::span<const Duty> one_of);
Result<Mandate> drafting_mandate(const RouteContext& context, const http::Request& request);
// The same asked at once: whether a form is offered, whether a request is worth reading. Errors: sheet.not_your_post.
Result<std::string> require_duty(const RouteContext& context, const http::Request& request, std::span<const Duty> one_of);
// A handler that leads to a changed draft: refused early to who may not. The act itself asks its mandate again.
http::Handler drafting(const RouteContext& context, http::Handler handler);
// "職「…」" of those who do it; "" where anybody does.
Result<std::string> duty_holders(const RouteContext& context, const http::Request& request, Duty duty, web::Language language);

std::vector<http::Route> duty_routes(const RouteContext& context);
// For the officer's start page: sheets that wait for a step of these posts. Nothing where there is nothing.
Result<web::Markup> sheet_notices(db::Database& database, const std::vector<std::string>& posts, web::Language language);

}  // namespace musubi::kpi
