#include "kpi/indicator_pages.h"

#include "kpi/day.h"
#include "kpi/follow_up_view.h"
#include "kpi/indicator_view.h"
#include "kpi/json.h"
#include "kpi/list_query.h"
#include "kpi/pages.h"
#include "web/messages/across.h"
#include "web/messages/kpi.h"
#include "web/respond.h"

namespace musubi::kpi {
namespace {

namespace t = web::messages;
using http::Request;
using http::Response;
using web::Html;
using web::Kind;
using web::Language;
using web::Markup;

std::string str(std::string_view text) { return std::string(text); }

Result<Response> list_page(const RouteContext& context, Request& request) {
  TRY(take_list(request, {"sort"}));
  Asked asked = TRY(read_asked(context, request, false));
  Standing standing = TRY(stand(context, asked, Eyes::kPublic));
  TRY(order(standing, request.target, asked.language));
  Language l = asked.language;
  web::Page page{str(t::kpi_indicators(l)), l, request.target};
  page.lead = t::kpi_indicators_lead(l);
  page.json = page.csv = true;
  Html main;
  main.markup(as_of_notice(asked, kpi_path(asked.urls)))
      .markup(day_form(request, asked.view, l))
      .markup(list_markup(asked, standing, request.target))
      .raw("<h2>")
      .text(t::kpi_evidence(l))
      .raw("</h2>\n")
      .markup(standing_markup(asked, standing, nullptr))
      .markup(web::paragraph(t::kpi_suppression_note(l)))
      .raw("<p>")
      .markup(web::link(t::kpi_flows(l), in_view(kpi_path(asked.urls) + "/processes", asked.view)))
      .raw("</p>\n");
  page.main = main.take();
  return answer(context, request, page);
}

Response data(json::object object) { return http::json(json::value(std::move(object))).etag_of_body().cache("no-cache"); }

Result<Response> list_data(const RouteContext& context, Request& request) {
  TRY(take_list(request, {"sort"}));
  Asked asked = TRY(read_asked(context, request, false));
  Standing standing = TRY(stand(context, asked, Eyes::kPublic));
  TRY(order(standing, request.target, asked.language));
  json::object out{{"stands_on", standing_json(asked, standing)}};
  json::array all;
  for (const auto& indicator : standing.indicators) all.push_back(computed_json(standing, indicator, asked.urls));
  out["indicators"] = std::move(all);
  return data(std::move(out));
}

Response csv(std::string bytes, const std::string& name) {
  return http::csv(std::move(bytes), name + ".csv").etag_of_body().cache("no-cache");
}

Result<Response> list_csv(const RouteContext& context, Request& request) {
  TRY(take_list(request, {"sort", "spreadsheet"}));
  Asked asked = TRY(read_asked(context, request, false));
  Standing standing = TRY(stand(context, asked, Eyes::kPublic));
  TRY(order(standing, request.target, asked.language));
  return csv(tidy_csv(standing, request), "kpi");
}

Markup organisations_table(const Asked& asked, const Indicator& indicator, const Standing& standing, const std::string& target) {
  if (!standing.reported(indicator) || standing.others->reporters.size() > kReportersShown) return {};
  Language l = asked.language;
  web::Table table{{"organisations",
                    str(t::kpi_by_organisation(l)),
                    {{"organisation", str(t::kpi_organisation(l))},
                     {"value", web::pick(indicator.unit, l), Kind::kNumber},
                     {"n", str(t::kpi_stands_on(l)), Kind::kNumber}}}};
  table.query.per_page = web::kMaxPerPage;
  const auto& reporters = standing.others->reporters;
  for (std::size_t i = 0; i < reporters.size(); ++i) {
    const ReportedFigure one = standing.of(indicator, i);
    table.rows.push_back({{reporters[i].organisation, web::pick(reporters[i].title, l)},
                          value_cell(indicator, one.whole, l),
                          count_cell(one.whole, l)});
  }
  table.total = table.rows.size();
  return web::table(table, target, l);
}

Result<Response> indicator_page(const RouteContext& context, Request& request) {
  TRY(take_only(request));
  Asked asked = TRY(read_asked(context, request, false));
  Standing standing = TRY(stand_one(context, request, asked, Eyes::kPublic));
  const Indicator& indicator = standing.indicators[0];
  Computed computed = standing.of(indicator);
  Language l = asked.language;
  web::Page page{web::pick(indicator.title, l), l, request.target};
  page.breadcrumbs = {{str(t::kpi_indicators(l)), in_view(kpi_path(asked.urls), asked.view)}};
  page.json = page.csv = true;
  Html main;
  main.markup(as_of_notice(asked, kpi_path(asked.urls, indicator)))
      .markup(day_form(request, asked.view, l))
      .markup(facts_markup(asked, computed))
      .markup(months_chart(computed, l))
      .markup(organisations_table(asked, indicator, standing, request.target));
  if (standing.reported(indicator))
    main.raw("<p>")
        .markup(web::link(t::across_orgs_link(l), in_view(kpi_path(asked.urls, indicator) + "/organisations", asked.view)))
        .raw("</p>\n");
  main.markup(figure_tables(context, asked, computed, request.target, false))
      .raw("<h2>")
      .text(t::kpi_evidence(l))
      .raw("</h2>\n")
      .markup(standing_markup(asked, standing, &indicator));
  if (standing.hides(indicator)) main.markup(web::paragraph(t::kpi_suppression_note(l)));
  if (standing.reported(indicator) && indicator.persons) main.markup(web::paragraph(t::kpi_together_note(l)));
  page.main = main.markup(formula_markup(indicator, l)).take();
  return answer(context, request, page);
}

Result<Response> indicator_data(const RouteContext& context, Request& request) {
  TRY(take_only(request));
  Asked asked = TRY(read_asked(context, request, false));
  Standing standing = TRY(stand_one(context, request, asked, Eyes::kPublic));
  const Indicator& indicator = standing.indicators[0];
  json::object out = computed_json(standing, indicator, asked.urls);
  out["stands_on"] = standing_json(asked, standing);
  json::array organisations;
  if (standing.reported(indicator)) {
    const auto& reporters = standing.others->reporters;
    for (std::size_t i = 0; i < reporters.size(); ++i) {
      json::object one = figure_json(standing.of(indicator, i).whole);
      one["organisation"] = reporters[i].organisation;
      organisations.push_back(std::move(one));
    }
  }
  if (!organisations.empty()) out["organisations"] = std::move(organisations);
  return data(std::move(out));
}

Result<Response> indicator_csv(const RouteContext& context, Request& request) {
  TRY(take_only(request, {"spreadsheet"}));
  Asked asked = TRY(read_asked(context, request, false));
  Standing standing = TRY(stand_one(context, request, asked, Eyes::kPublic));
  return csv(tidy_csv(standing, request), "kpi-" + standing.indicators[0].id);
}

}  // namespace

Result<Markup> live_values(const RouteContext& context, const Asked& asked, std::string_view plan, std::string_view number) {
  if (asked.view.as_of) return Markup{};
  auto stands_for = [&](const Indicator& indicator) {
    for (const auto& measure : indicator.measures)
      if (measure.plan == plan && measure.number == number) return true;
    return false;
  };
  Standing standing = TRY(stand_figures(context, asked, Eyes::kPublic, stands_for));
  if (standing.indicators.empty()) return Markup{};
  Language l = asked.language;
  std::vector<web::SummaryRow> rows;
  for (const auto& indicator : standing.indicators) {
    Html value;
    value.raw("<strong>")
        .text(words_of(indicator, standing.of(indicator).whole, l))
        .raw("</strong><br>")
        .markup(web::link(t::kpi_how_computed(l), kpi_path({asked.urls.org, false}, indicator)));
    rows.push_back({web::pick(indicator.title, l), value.take()});
  }
  Html html;
  return html.raw("<h2>")
      .text(t::kpi_live(l))
      .raw("</h2>\n")
      .markup(web::paragraph(t::kpi_live_note(l)))
      .markup(web::summary_list(rows, l))
      .take();
}

std::vector<http::Route> indicator_routes(const RouteContext& context) {
  std::vector<http::Route> out;
  auto get = [&](std::string_view pattern, auto handler, std::string_view ja, std::string_view en, std::string_view type,
                 std::vector<http::Parameter> query = {}) {
    query.push_back(as_of_parameter());
    http::RouteDocs docs{std::move(query), {}};
    if (!type.empty()) docs.responses = {type};
    out.push_back({http::Method::get, pattern, http::Access::kPublic,
                   [handler, &context](Request& request) { return handler(context, request); }, ja, en, std::move(docs)});
  };
  const std::vector<http::Parameter> sort = {indicator_sort()};
  get("/{org}/kpi", list_page, "計算される指標の一覧", "Indicators that compute themselves", "", sort);
  get("/{org}/kpi.json", list_data, "計算される指標（JSON）", "Computed indicators as JSON", http::kJson, sort);
  get("/{org}/kpi.csv", list_csv, "計算される指標（CSV）", "Computed indicators as CSV", "text/csv", sort);
  get("/{org}/kpi/{indicator}", indicator_page, "一つの指標", "One indicator", "");
  get("/{org}/kpi/{indicator}.json", indicator_data, "一つの指標（JSON）", "One indicator as JSON", http::kJson);
  get("/{org}/kpi/{indicator}.csv", indicator_csv, "一つの指標（CSV）", "One indicator as CSV", "text/csv");
  return out;
}

}  // namespace musubi::kpi
