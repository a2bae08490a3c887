// What a request asks of plans, read once for pages and data alike. Private to kpi.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "http/request.h"
#include "http/router.h"
#include "kpi/export.h"
#include "kpi/kpi.h"
#include "kpi/routes.h"
#include "web/table.h"

namespace musubi::kpi {

struct Asked {
  std::shared_ptr<db::Database> database;
  Urls urls;
  View view;
  web::Language language = web::Language::ja;

  Plans plans() const { return Plans(*database); }
};

// Errors: org.unknown, plan.bad_as_of.
Result<Asked> read_asked(const RouteContext& context, const http::Request& request, bool office);

// Beyond this, the public is not told of past days that are counted from the first record on.
inline constexpr std::uint64_t kPastRecordsAtMost = 250'000;
// Error: plan.bad_as_of.
Result<void> may_count_past(bool office, std::uint64_t records);

http::Parameter as_of_parameter();  // as the interface is described

struct AskedPlan {
  Asked asked;
  web::TableShape shape;
  web::TableQuery query;
  PlanPage page;
};
// `everything` leaves paging out where the request does not ask for a page: CSV is the whole list.
Result<AskedPlan> read_plan_page(const RouteContext& context, const http::Request& request, bool office, bool everything);

web::TableShape plan_shape(const PlanHeader& header, bool office, web::Language language);
std::string status_title(Status status, web::Language language);
std::string_view kpi_title(KpiStatus status, web::Language language);

}  // namespace musubi::kpi
