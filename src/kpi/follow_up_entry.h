// Officers' forms of one measure's follow-up: the entry of a period, its sign-off, findings.
#pragma once

#include <string>

#include "http/router.h"
#include "kpi/asked.h"
#include "kpi/follow_ups.h"
#include "web/html.h"

namespace musubi::kpi {

Result<http::Response> edit_follow_up_page(const RouteContext& context, http::Request& request);
Result<http::Response> edit_follow_up_post(const RouteContext& context, http::Request& request);
Result<http::Response> sign_off_follow_up_post(const RouteContext& context, http::Request& request);
Result<http::Response> return_follow_up_post(const RouteContext& context, http::Request& request);
Result<http::Response> open_finding_post(const RouteContext& context, http::Request& request);
Result<http::Response> close_finding_post(const RouteContext& context, http::Request& request);

// Pieces of the measure's page. What was posted comes back with the form that it came from. `officer`: who looks. `leader`: who
// signs off, where it is another.
web::Markup step_forms(const Asked& asked, const FollowUpState& state, const FollowUps::Told& told, const FollowUpOfficer& officer,
                       const std::optional<std::string>& leader, const std::string& csrf);
web::Markup new_finding_form(const Asked& asked, const std::string& plan, const std::string& number, const http::Form* posted,
                             const Error* trouble, const std::string& csrf);
web::Markup close_finding_form(const Asked& asked, const std::string& plan, const std::string& number, int id,
                               const http::Form* posted, const Error* trouble, const std::string& csrf);

}  // namespace musubi::kpi
