// What pages and data of processes share: the period asked for, the flows read for it, words for activities. Private to kpi.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/request.h"
#include "kpi/asked.h"
#include "kpi/process.h"
#include "web/html.h"

namespace musubi::kpi {

struct AskedFlow {
  Asked asked;
  TraceQuery query;         // period; the procedure and the records of a past day where these are asked for
  std::uint64_t size = 0;   // records of the log that it stands on
  std::vector<Flow> flows;  // one, perhaps empty, where a procedure is asked for

  std::string list_url() const { return "/" + asked.urls.org + (asked.urls.office ? "/office" : "") + "/kpi/processes"; }
  std::string flow_url(std::string_view procedure) const { return list_url() + "/" + std::string(procedure); }
  std::string period() const;  // "?from=2026-01&until=2026-03&as_of=2026-04-01", or ""; what links carry on
};

// Errors: those of read_asked_flow, kpi.unknown_procedure.
Result<AskedFlow> read_flow(const RouteContext& context, const http::Request& request, bool office);
// What is asked for, without flows. Errors: org.unknown, kpi.bad_month (each of `from` and `until`), plan.bad_as_of (no day, or one
// that cannot be told).
Result<AskedFlow> read_asked_flow(const RouteContext& context, const http::Request& request, bool office);
Error unknown_procedure();

std::string procedure_title(const RouteContext& context, const Asked& asked, const std::string& procedure);
std::string step_title(const RouteContext& context, const std::string& procedure, std::string_view step, web::Language language);
std::string activity_title(const RouteContext& context, const std::string& procedure, std::string_view activity,
                           web::Language language);
std::vector<PostWords> posts_of_today(const RouteContext& context, const http::Request& request);  // none where they cannot be read
// What pages call it: its title, the id of one that is no more, "" for none.
std::string post_words(const std::vector<PostWords>& posts, const std::string& id, web::Language language);
std::string hours(std::int64_t seconds);  // "12.5"

}  // namespace musubi::kpi
