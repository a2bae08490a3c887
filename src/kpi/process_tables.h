// Tables over flows: pieces that the pages of processes share, and those of the list: by month, by office, by organisation.
// Private to kpi.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kpi/process_view.h"
#include "kpi/told.h"
#include "web/table.h"

namespace musubi::kpi {

std::string str(std::string_view text);
std::string count(std::int64_t n);
std::string share(std::int64_t part, std::int64_t whole);  // "12.5", in percent
web::Cell time_cell(const Waiting& waiting, std::int64_t seconds);
web::Column column(const char* id, std::string_view title, web::Kind kind = web::Kind::kNumber);
std::vector<web::Filter> period_filters(web::Language language);
// A table over rows in memory; cut where there are more than a page holds.
web::Markup drawn(web::Table table, const http::Request& request, web::Language language);

// Sections with their headings; empty where there is nothing to show.
web::Markup months_section(const RouteContext& context, const AskedFlow& view, const http::Request& request);
// Steps of all procedures in order of the post that does them. Heads name steps; posts come from the wiring of today. No figure
// is made that the steps of a procedure do not show: sums over them would be new, and hidden groups could come out of them.
web::Markup offices_section(const RouteContext& context, const AskedFlow& view, const http::Request& request);
json::array offices_json(const RouteContext& context, const AskedFlow& view);

// What an organisation reported of the months asked for.
struct ToldMonths {
  SharedTold of;
  std::vector<ProcessMonth> months;
};
// Those that told of any.
Result<std::vector<ToldMonths>> told_processes(const AskedFlow& view);
web::Markup organisations_section(const RouteContext& context, const AskedFlow& view, const std::vector<ToldMonths>& reports,
                                  const http::Request& request);
json::array organisations_json(const std::vector<ToldMonths>& reports);
// Rows below those of flows_csv: kind "reported_month", from = month, to = organisation.
std::string organisations_csv(const std::vector<ToldMonths>& reports);

}  // namespace musubi::kpi
