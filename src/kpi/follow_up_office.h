// Officers' pages of follow-ups: what is due when and of whom, what is overdue, reminders; a plan's schedule, its owners, its
// publication.
#pragma once

#include <string>
#include <vector>

#include "http/router.h"
#include "kpi/routes.h"
#include "web/html.h"

namespace musubi::kpi {

enum class Due { kAll, kMine, kOverdue };
Result<http::Response> due_page(const RouteContext& context, http::Request& request, Due due);
Result<http::Response> due_data(const RouteContext& context, http::Request& request, Due due);
Result<http::Response> due_table_data(const RouteContext& context, http::Request& request, Due due);

Result<http::Response> schedule_page(const RouteContext& context, http::Request& request);
Result<http::Response> schedule_post(const RouteContext& context, http::Request& request);
Result<http::Response> owners_page(const RouteContext& context, http::Request& request);
// A row a post, "" nobody's: its measures, how many and which.
Result<http::Response> owners_data(const RouteContext& context, http::Request& request);
Result<http::Response> owners_csv(const RouteContext& context, http::Request& request);
Result<http::Response> owners_post(const RouteContext& context, http::Request& request);
Result<http::Response> publish_follow_up_page(const RouteContext& context, http::Request& request);
Result<http::Response> publish_follow_up_post(const RouteContext& context, http::Request& request);

// For the officer's start page: what these posts were reminded of and have not settled. Nothing where there is nothing.
Result<web::Markup> follow_up_notices(db::Database& database, const std::vector<std::string>& posts, web::Language language);

}  // namespace musubi::kpi
