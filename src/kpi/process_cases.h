// For officers: the cases behind a way of a flow, a page at a time, and their export as XES.
#pragma once

#include "http/router.h"
#include "kpi/process_view.h"

namespace musubi::kpi {

inline constexpr std::string_view kXesType = "application/xml; charset=utf-8";

// Where the cases that pass from one activity to the next are listed; "" as in FlowEdge.
std::string cases_url(const AskedFlow& view, std::string_view procedure, std::string_view from, std::string_view to);

// Query: source, target (one of them at least), from, until, as_of, page, per_page.
Result<http::Response> cases_page(const RouteContext& context, http::Request& request, bool office);
Result<http::Response> cases_data(const RouteContext& context, http::Request& request, bool office);
Result<http::Response> cases_csv(const RouteContext& context, http::Request& request, bool office);

// Query: from, until, as_of, after (a stream: where the export before ended; its Link header leads there).
Result<http::Response> xes_export(const RouteContext& context, http::Request& request, bool office);

}  // namespace musubi::kpi
