#include "kpi/process_pages.h"

#include <algorithm>

#include "kpi/computed.h"
#include "kpi/follow_up_view.h"
#include "kpi/pages.h"
#include "kpi/process_cases.h"
#include "kpi/process_graph.h"
#include "kpi/process_json.h"
#include "kpi/process_tables.h"
#include "kpi/process_view.h"
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

constexpr std::size_t kVariantsShown = 20;

Markup lead(const Waiting& waiting, Language l) {
  if (waiting.n == 0) return web::escaped(t::kpi_no_records_yet(l));
  return web::escaped(t::kpi_flow_times(l, {.median = hours(waiting.median_s), .p90 = hours(waiting.p90_s)}));
}

Markup stands_on(const AskedFlow& view) {
  Language l = view.asked.language;
  Html size;
  size.text(t::kpi_first_records(l, {std::int64_t(view.size)}))
      .raw(" · ")
      .markup(web::link(t::kpi_checkpoint(l), "/" + view.asked.urls.org + "/log"));
  web::SummaryRow rows[] = {{str(t::kpi_stands_on_log(l)), size.take()}};
  Html html;
  html.raw("<h2>").text(t::kpi_evidence(l)).raw("</h2>\n").markup(web::summary_list(rows, l));
  if (!view.asked.urls.office) html.markup(web::paragraph(t::kpi_flow_suppression(l)));
  return html.take();
}

std::string slowest_step(const RouteContext& context, const Flow& flow, Language l) {
  return flow.steps.empty() || flow.steps[0].waiting.total_s == 0 ? "" : step_title(context, flow.procedure, flow.steps[0].step, l);
}

// "60 of at least 170 cases shown", where some may be missing.
std::string shown_words(const Flow& flow, Language l) { return t::kpi_flow_shown_least(l, {.n = flow.cases, .total = flow.known}); }

web::Cell all_cases_cell(const Flow& flow, Language l) {
  return flow.left_out ? web::Cell{count(flow.known), t::kpi_flow_at_least(l, {count(flow.known)})} : web::Cell{count(flow.known)};
}

Result<Response> list_page(const RouteContext& context, Request& request, bool office) {
  AskedFlow view = TRY(read_flow(context, request, office));
  Language l = view.asked.language;
  web::Table table{{"processes",
                    str(t::kpi_flows(l)),
                    {column("procedure", t::kpi_flow_procedure(l), Kind::kLink), column("all_cases", t::kpi_flow_all_cases(l)),
                     column("cases", t::kpi_flow_cases_shown(l)), column("closed", t::kpi_flow_closed(l)),
                     column("median", t::kpi_flow_median(l)), column("p90", t::kpi_flow_p90(l)),
                     column("reworked", t::kpi_flow_rework(l)), column("slowest", t::kpi_flow_slowest(l), Kind::kText)},
                    period_filters(l)}};
  table.query = TRY(web::read_query(table.shape, request.target));
  for (const auto& flow : view.flows)
    table.rows.push_back(
        {{flow.procedure, procedure_title(context, view.asked, flow.procedure), view.flow_url(flow.procedure) + view.period()},
         all_cases_cell(flow, l),
         {count(flow.cases)},
         {count(flow.closed)},
         time_cell(flow.lead, flow.lead.median_s),
         time_cell(flow.lead, flow.lead.p90_s),
         {flow.cases > 0 && !flow.left_out ? share(flow.reworked, flow.cases) : ""},
         {slowest_step(context, flow, l)}});
  table.empty_text = t::kpi_flow_none(l);
  web::Page page{str(t::kpi_flows(l)), l, request.target};
  page.lead = t::kpi_flows_lead(l);
  page.json = page.csv = true;
  const std::vector<ToldMonths> told = TRY(told_processes(view));
  const bool hiding = std::any_of(view.flows.begin(), view.flows.end(), [](const Flow& flow) { return flow.left_out; });
  Html main;
  main.markup(as_of_notice(view.asked, view.list_url())).markup(drawn(std::move(table), request, l));
  if (hiding) main.markup(web::paragraph(t::kpi_flow_of_shown(l)));
  main.markup(months_section(context, view, request))
      .markup(offices_section(context, view, request))
      .markup(organisations_section(context, view, told, request));
  page.main = main.markup(stands_on(view)).take();
  return answer(context, request, page);
}

Markup facts_of(const RouteContext& context, const AskedFlow& view, const Flow& flow) {
  Language l = view.asked.language;
  std::vector<web::SummaryRow> rows;
  rows.push_back({str(t::kpi_flow_cases(l)), web::escaped(t::kpi_flow_cases_closed(l, {.closed = flow.closed, .n = flow.cases}))});
  if (flow.left_out) rows.back() = {str(t::kpi_flow_cases(l)), web::escaped(shown_words(flow, l))};
  rows.push_back({str(flow.left_out ? t::kpi_flow_lead_shown(l) : t::kpi_flow_lead(l)), lead(flow.lead, l)});
  if (!flow.left_out) rows.push_back({str(t::kpi_flow_rework(l)), web::escaped(share(flow.reworked, flow.cases) + "%")});
  if (std::string slowest = slowest_step(context, flow, l); !slowest.empty())
    rows.push_back({str(t::kpi_flow_slowest(l)), web::escaped(slowest)});
  if (!flow.months.empty() && !flow.left_out) {
    const double months = double(flow.months.back().month - flow.months.front().month + 1);
    char text[40];
    std::snprintf(text, sizeof text, "%.1f", double(flow.closed) / months);
    rows.push_back({str(t::kpi_flow_throughput(l)), web::escaped(t::kpi_flow_a_month(l, {text}))});
  }
  return web::summary_list(rows, l);
}

Result<Markup> steps_table(const RouteContext& context, const AskedFlow& view, const Flow& flow, const Request& request) {
  Language l = view.asked.language;
  web::Table table{
      {"steps",
       str(t::kpi_flow_steps(l)),
       {column("step", t::kpi_flow_step(l), Kind::kText), column("post", t::kpi_flow_post(l), Kind::kText),
        column("n", t::kpi_flow_times_done(l)), column("median", t::kpi_flow_median(l)), column("p90", t::kpi_flow_p90(l)),
        column("share", t::kpi_flow_share(l)), column("again", t::kpi_flow_again(l)), column("back", t::kpi_flow_back(l))},
       period_filters(l)}};
  table.query = TRY(web::read_query(table.shape, request.target));
  const auto posts = posts_of_today(context, request);
  std::int64_t total = 0;
  for (const auto& step : flow.steps) total += step.waiting.total_s;
  for (const auto& step : flow.steps) {
    auto words = context.step_words ? context.step_words(flow.procedure, step.step) : std::nullopt;
    table.rows.push_back({{step_title(context, flow.procedure, step.step, l)},
                          {words ? post_words(posts, words->post, l) : ""},
                          {count(step.waiting.n)},
                          time_cell(step.waiting, step.waiting.median_s),
                          time_cell(step.waiting, step.waiting.p90_s),
                          {share(step.waiting.total_s, total)},
                          {count(step.again)},
                          {count(step.back)}});
  }
  table.empty_text = t::kpi_flow_none(l);
  return drawn(std::move(table), request, l);
}

Markup edges_table(const RouteContext& context, const AskedFlow& view, const Flow& flow, const Request& request) {
  Language l = view.asked.language;
  const bool office = view.asked.urls.office;
  web::Table table{{"edges",
                    str(t::kpi_flow_edges(l)),
                    {column("edge", t::kpi_flow_edge(l), office ? Kind::kLink : Kind::kText), column("n", t::kpi_flow_times_done(l)),
                     column("cases", t::kpi_flow_cases(l)), column("median", t::kpi_flow_median(l)), column("p90", t::kpi_flow_p90(l)),
                     column("total", t::kpi_flow_total(l))}}};
  for (const auto& edge : flow.edges) {
    std::string words = (edge.from.empty() ? str(t::kpi_flow_begin(l)) : activity_title(context, flow.procedure, edge.from, l)) +
                        " → " + (edge.to.empty() ? str(t::kpi_flow_end(l)) : activity_title(context, flow.procedure, edge.to, l));
    table.rows.push_back({{edge.from + ">" + edge.to, words, office ? cases_url(view, flow.procedure, edge.from, edge.to) : ""},
                          {count(edge.n)},
                          {count(edge.cases)},
                          time_cell(edge.waiting, edge.waiting.median_s),
                          time_cell(edge.waiting, edge.waiting.p90_s),
                          time_cell(edge.waiting, edge.waiting.total_s)});
    if (!office) table.rows.back()[0] = {words};
  }
  table.empty_text = t::kpi_flow_none(l);
  return drawn(std::move(table), request, l);
}

// Ways are apart where outcomes are: "（申請者に差し戻し）".
std::string outcome_words(const RouteContext& context, const std::string& organisation, const PathEvent& event, Language l) {
  if (event.outcome.empty()) return {};
  const auto title = context.part_title ? context.part_title(organisation, "outcome", event.outcome) : std::nullopt;
  const std::string words = title ? web::pick(*title, l) : event.outcome;
  return l == Language::ja ? "（" + words + "）" : " (" + words + ")";
}

std::string path_words(const RouteContext& context, const Asked& asked, const Flow& flow, const Variant& variant) {
  Language l = asked.language;
  std::string out;
  for (const auto& event : read_path(variant.words))
    out += (out.empty() ? "" : " → ") + activity_title(context, flow.procedure, event.activity, l) +
           outcome_words(context, asked.urls.org, event, l);
  return out;
}

Markup variants_table(const RouteContext& context, const AskedFlow& view, const Flow& flow, const Request& request) {
  Language l = view.asked.language;
  web::Table table{{"variants",
                    str(t::kpi_flow_variants(l)),
                    {column("path", t::kpi_flow_path(l), Kind::kText), column("cases", t::kpi_flow_cases(l)),
                     column("share", t::kpi_flow_share_of_cases(l)), column("median", t::kpi_flow_median(l)),
                     column("reworked", t::kpi_flow_rework_word(l), Kind::kText)}}};
  for (const auto& variant : flow.variants)
    if (table.rows.size() < kVariantsShown)
      table.rows.push_back({{path_words(context, view.asked, flow, variant)},
                            {count(variant.cases)},
                            {share(variant.cases, flow.cases)},
                            time_cell(variant.lead, variant.lead.median_s),
                            {variant.reworked ? str(t::kpi_flow_yes(l)) : ""}});
  Html html;
  html.markup(drawn(std::move(table), request, l));
  if (flow.variants.size() > kVariantsShown)
    html.markup(
        web::paragraph(t::kpi_flow_variants_cut(l, {.n = std::int64_t(kVariantsShown), .total = std::int64_t(flow.variants.size())})));
  return html.take();
}

Markup months_table(const AskedFlow& view, const Flow& flow, const Request& request) {
  Language l = view.asked.language;
  web::Table table{
      {"months",
       str(t::kpi_by_month(l)),
       {column("month", t::kpi_flow_month(l), Kind::kText), column("begun", t::kpi_flow_begun(l)),
        column("closed", t::kpi_flow_closed(l)), column("median", t::kpi_flow_median(l)), column("p90", t::kpi_flow_p90(l))}}};
  if (!flow.left_out) table.shape.columns.push_back(column("reworked", t::kpi_flow_rework(l)));
  for (auto month = flow.months.rbegin(); month != flow.months.rend(); ++month) {
    table.rows.push_back({{month_name(month->month)},
                          {count(month->begun)},
                          {count(month->closed)},
                          time_cell(month->lead, month->lead.median_s),
                          time_cell(month->lead, month->lead.p90_s)});
    if (!flow.left_out) table.rows.back().push_back({share(month->reworked, month->begun)});
  }
  return drawn(std::move(table), request, l);
}

Result<Response> flow_page(const RouteContext& context, Request& request, bool office) {
  AskedFlow view = TRY(read_flow(context, request, office));
  Language l = view.asked.language;
  const Flow& flow = view.flows[0];
  web::Page page{t::kpi_flow_title(l, {procedure_title(context, view.asked, flow.procedure)}), l, request.target};
  page.breadcrumbs = {{str(t::kpi_flows(l)), view.list_url() + view.period()}};
  page.lead = t::kpi_flow_lead_text(l);
  page.json = page.csv = true;
  Html main;
  main.markup(as_of_notice(view.asked, view.flow_url(flow.procedure))).markup(facts_of(context, view, flow));
  if (flow.left_out)
    main.markup(
        web::notice(shown_words(flow, l),
                    Html().markup(web::paragraph(t::kpi_flow_left_out(l))).markup(web::paragraph(t::kpi_flow_of_shown(l))).take(),
                    web::Tone::kInfo));
  main.markup(draw(
      flow, [&](std::string_view activity) { return activity_title(context, flow.procedure, activity, l); }, l));
  auto section = [&](std::string_view title, const Markup& body) { main.raw("<h2>").text(title).raw("</h2>\n").markup(body); };
  section(t::kpi_flow_steps(l), TRY(steps_table(context, view, flow, request)));
  section(t::kpi_flow_edges(l), edges_table(context, view, flow, request));
  if (!flow.variants.empty()) section(t::kpi_flow_variants(l), variants_table(context, view, flow, request));
  if (!flow.months.empty()) section(t::kpi_by_month(l), months_table(view, flow, request));
  if (office) {
    Html xes;
    section(t::kpi_flow_xes(l), xes.markup(web::paragraph(t::kpi_flow_xes_text(l)))
                                    .raw("<p>")
                                    .markup(web::link(t::kpi_flow_xes_get(l), view.flow_url(flow.procedure) + ".xes" + view.period()))
                                    .raw("</p>\n")
                                    .take());
  }
  page.main = main.markup(stands_on(view)).take();
  return answer(context, request, page);
}

json::object data_head(const AskedFlow& view) {
  auto month = [](const std::optional<int>& month) { return month ? json::value(month_name(*month)) : json::value(nullptr); };
  const auto& day = view.asked.view.as_of;
  return {{"stands_on", {{"records", std::int64_t(view.size)}}},
          {"from", month(view.query.from)},
          {"until", month(view.query.until)},
          {"as_of", day ? json::value(text::iso_date(*day)) : json::value(nullptr)}};
}

Response data(json::object object) { return http::json(json::value(std::move(object))).etag_of_body().cache("no-cache"); }

Result<Response> list_data(const RouteContext& context, Request& request, bool office) {
  AskedFlow view = TRY(read_flow(context, request, office));
  json::object out = data_head(view);
  json::array all;
  for (const auto& flow : view.flows) {
    json::object one = flow_summary_json(flow);
    one["months"] = months_json(flow);
    one["url"] = in_view(view.flow_url(flow.procedure), view.asked.view);
    all.push_back(std::move(one));
  }
  out["processes"] = std::move(all);
  out["offices"] = offices_json(context, view);
  out["organisations"] = organisations_json(TRY(told_processes(view)));
  return data(std::move(out));
}

Result<Response> flow_data(const RouteContext& context, Request& request, bool office) {
  AskedFlow view = TRY(read_flow(context, request, office));
  json::object out = data_head(view);
  out["process"] = flow_json(view.flows[0]);
  return data(std::move(out));
}

Result<Response> flow_csv(const RouteContext& context, Request& request, bool office) {
  AskedFlow view = TRY(read_flow(context, request, office));
  const bool whole = !view.query.procedure.empty();
  std::string rows = flows_csv(view.flows, whole);
  if (!whole) rows += organisations_csv(TRY(told_processes(view)));
  return http::csv(std::move(rows), whole ? "process-" + view.query.procedure + ".csv" : std::string("processes.csv"))
      .etag_of_body()
      .cache("no-cache");
}

class RouteTable {
 public:
  RouteTable(const RouteContext& context, bool office) : context_(context), office_(office) {}
  template <class F>
  void get(std::string_view pattern, F handler, std::string_view ja, std::string_view en, std::string_view type) {
    http::RouteDocs docs;
    docs.query = {{"from", "string", "始まりの月。例: 2026-04", "First month. Example: 2026-04"},
                  {"until", "string", "終わりの月", "Last month"},
                  as_of_parameter()};
    if (!type.empty()) docs.responses = {type};
    routes_.push_back(
        {http::Method::get, pattern, office_ ? http::Access::kOfficer : http::Access::kPublic,
         [handler, &context = context_, office = office_](Request& request) { return handler(context, request, office); }, ja, en,
         std::move(docs)});
  }
  std::vector<http::Route> take() { return std::move(routes_); }

 private:
  const RouteContext& context_;
  bool office_;
  std::vector<http::Route> routes_;
};

}  // namespace

std::vector<http::Route> process_routes(const RouteContext& context) {
  RouteTable out(context, false);
  out.get("/{org}/kpi/processes", list_page, "手続の流れの一覧", "Processes as they are lived", "");
  out.get("/{org}/kpi/processes.json", list_data, "手続の流れの一覧（JSON）", "Processes as JSON", http::kJson);
  out.get("/{org}/kpi/processes.csv", flow_csv, "手続の流れの一覧（CSV）", "Processes as CSV", "text/csv");
  out.get("/{org}/kpi/processes/{procedure}", flow_page, "一つの手続の流れ", "The process of one procedure", "");
  out.get("/{org}/kpi/processes/{procedure}.json", flow_data, "一つの手続の流れ（JSON）", "The process of one procedure as JSON",
          http::kJson);
  out.get("/{org}/kpi/processes/{procedure}.csv", flow_csv, "一つの手続の流れ（CSV）", "The process of one procedure as CSV",
          "text/csv");
  return out.take();
}

std::vector<http::Route> process_office_routes(const RouteContext& context) {
  RouteTable out(context, true);
  out.get("/{org}/office/kpi/processes", list_page, "手続の流れの一覧（全件）", "Processes, every case", "");
  out.get("/{org}/office/kpi/processes.json", list_data, "手続の流れの一覧（全件、JSON）", "Processes, every case, as JSON",
          http::kJson);
  out.get("/{org}/office/kpi/processes.csv", flow_csv, "手続の流れの一覧（全件、CSV）", "Processes, every case, as CSV", "text/csv");
  out.get("/{org}/office/kpi/processes/{procedure}", flow_page, "一つの手続の流れ（全件）", "The process of one procedure, every case",
          "");
  out.get("/{org}/office/kpi/processes/{procedure}.json", flow_data, "一つの手続の流れ（全件、JSON）",
          "The process of one procedure, every case, as JSON", http::kJson);
  out.get("/{org}/office/kpi/processes/{procedure}.csv", flow_csv, "一つの手続の流れ（全件、CSV）",
          "The process of one procedure, every case, as CSV", "text/csv");
  out.get("/{org}/office/kpi/processes/{procedure}.xes", xes_export, "案件の記録の書き出し（XES）", "Cases as an event log (XES)",
          kXesType);
  out.get("/{org}/office/kpi/processes/{procedure}/cases", cases_page, "流れの背後の案件", "The cases behind a way", "");
  out.get("/{org}/office/kpi/processes/{procedure}/cases.json", cases_data, "流れの背後の案件（JSON）",
          "The cases behind a way as JSON", http::kJson);
  out.get("/{org}/office/kpi/processes/{procedure}/cases.csv", cases_csv, "流れの背後の案件（CSV）", "The cases behind a way as CSV",
          "text/csv");
  return out.take();
}

}  // namespace musubi::kpi
