// The pages of plans that everyone may see; with `office` the same ones as officers see them, drafts marked.
#pragma once

#include "http/router.h"
#include "kpi/asked.h"
#include "web/page.h"

namespace musubi::kpi {

Result<http::Response> plans_page(const RouteContext& context, http::Request& request);
Result<http::Response> plan_page(const RouteContext& context, http::Request& request, bool office);
Result<http::Response> summary_page(const RouteContext& context, http::Request& request, bool office);
Result<http::Response> measure_page(const RouteContext& context, http::Request& request, bool office);
Result<http::Response> history_page(const RouteContext& context, http::Request& request, bool office);

// Pieces shared with the officers' pages.
web::Page new_page(const Asked& asked, const http::Request& request, std::string title);
http::Response answer(const RouteContext& context, const http::Request& request, const web::Page& page, int status = 200);
web::Table plans_table(const RouteContext& context, const http::Request& request, const Asked& asked,
                       const std::vector<PlanSummary>& plans, web::TableQuery query);
web::TableShape plans_shape(bool office, web::Language language);
web::Markup record_links(const Urls& urls, std::int64_t record, web::Language language);
std::string_view entry_kind_title(EntryKind kind, web::Language language);
web::Markup code_text(std::string_view text);

}  // namespace musubi::kpi
