#include "kpi/process_tables.h"

#include <algorithm>
#include <cstdio>

#include "kpi/computed.h"
#include "text/csv.h"
#include "web/messages/kpi.h"
#include "web/messages/process.h"

namespace musubi::kpi {
namespace {

namespace t = web::messages;
using web::Html;
using web::Kind;
using web::Language;
using web::Markup;

Markup section(std::string_view title, std::string_view text, web::Table table, const http::Request& request, Language l) {
  if (table.rows.empty()) return {};
  const auto all = std::int64_t(table.rows.size());
  Html html;
  html.raw("<h2>").text(title).raw("</h2>\n").markup(web::paragraph(text)).markup(drawn(std::move(table), request, l));
  if (all > std::int64_t(web::kMaxPerPage))
    html.markup(web::paragraph(t::process_cut(l, {.n = std::int64_t(web::kMaxPerPage), .total = all})));
  return html.take();
}

// A step of a procedure with the post that does it.
struct OfficeStep {
  std::string post;
  const Flow* flow;
  const FlowStep* step;
};

// By post, then those that took the longest in all first.
std::vector<OfficeStep> office_steps(const RouteContext& context, const AskedFlow& view) {
  std::vector<OfficeStep> out;
  for (const auto& flow : view.flows)
    for (const auto& step : flow.steps) {
      auto words = context.step_words ? context.step_words(flow.procedure, step.step) : std::nullopt;
      out.push_back({words ? words->post : "", &flow, &step});
    }
  std::stable_sort(out.begin(), out.end(), [](const OfficeStep& a, const OfficeStep& b) {
    if (a.post != b.post) return a.post < b.post;
    return a.step->waiting.total_s > b.step->waiting.total_s;
  });
  return out;
}

std::string reworked_share(const std::optional<std::int64_t>& reworked, std::int64_t cases) {
  return reworked ? share(*reworked, cases) : "";
}

}  // namespace

std::string str(std::string_view text) { return std::string(text); }
std::string count(std::int64_t n) { return std::to_string(n); }
std::string share(std::int64_t part, std::int64_t whole) {
  char text[40];
  std::snprintf(text, sizeof text, "%.1f", whole > 0 ? 100.0 * double(part) / double(whole) : 0.0);
  return text;
}
web::Cell time_cell(const Waiting& waiting, std::int64_t seconds) { return {waiting.n > 0 ? hours(seconds) : ""}; }
web::Column column(const char* id, std::string_view title, Kind kind) { return {id, str(title), kind, false}; }

std::vector<web::Filter> period_filters(Language l) {
  return {{"from", str(t::kpi_flow_from(l)), {}}, {"until", str(t::kpi_flow_until(l)), {}}, {"as_of", str(t::kpi_as_of(l)), {}}};
}

Markup drawn(web::Table table, const http::Request& request, Language l) {
  table.query.per_page = web::kMaxPerPage;
  if (table.rows.size() > web::kMaxPerPage) table.rows.resize(web::kMaxPerPage);
  table.total = table.rows.size();
  return web::table(table, request.target, l);
}

Markup months_section(const RouteContext& context, const AskedFlow& view, const http::Request& request) {
  Language l = view.asked.language;
  web::Table table{
      {"months",
       str(t::process_by_month(l)),
       {column("month", t::kpi_flow_month(l), Kind::kText), column("procedure", t::kpi_flow_procedure(l), Kind::kText),
        column("begun", t::kpi_flow_begun(l)), column("closed", t::kpi_flow_closed(l)), column("median", t::kpi_flow_median(l)),
        column("p90", t::kpi_flow_p90(l)), column("reworked", t::kpi_flow_rework(l))}}};
  std::vector<std::pair<int, web::Row>> rows;
  for (const auto& flow : view.flows)
    for (const auto& one : flow.months)
      rows.push_back({one.month,
                      {{month_name(one.month)},
                       {procedure_title(context, view.asked, flow.procedure)},
                       {count(one.begun)},
                       {count(one.closed)},
                       time_cell(one.lead, one.lead.median_s),
                       time_cell(one.lead, one.lead.p90_s),
                       {flow.left_out ? "" : share(one.reworked, one.begun)}}});
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  for (auto& [month, row] : rows) table.rows.push_back(std::move(row));
  return section(t::process_by_month(l), t::process_by_month_text(l), std::move(table), request, l);
}

Markup offices_section(const RouteContext& context, const AskedFlow& view, const http::Request& request) {
  Language l = view.asked.language;
  web::Table table{{"offices",
                    str(t::process_by_office(l)),
                    {column("post", t::kpi_flow_post(l), Kind::kText), column("procedure", t::kpi_flow_procedure(l), Kind::kText),
                     column("step", t::kpi_flow_step(l), Kind::kText), column("n", t::kpi_flow_times_done(l)),
                     column("median", t::kpi_flow_median(l)), column("p90", t::kpi_flow_p90(l)), column("total", t::kpi_flow_total(l)),
                     column("again", t::kpi_flow_again(l)), column("back", t::kpi_flow_back(l))}}};
  const auto posts = posts_of_today(context, request);
  for (const auto& [post, flow, step] : office_steps(context, view))
    table.rows.push_back({{post.empty() ? str(t::process_no_office(l)) : post_words(posts, post, l)},
                          {procedure_title(context, view.asked, flow->procedure)},
                          {step_title(context, flow->procedure, step->step, l)},
                          {count(step->waiting.n)},
                          time_cell(step->waiting, step->waiting.median_s),
                          time_cell(step->waiting, step->waiting.p90_s),
                          time_cell(step->waiting, step->waiting.total_s),
                          {count(step->again)},
                          {count(step->back)}});
  return section(t::process_by_office(l), t::process_by_office_text(l), std::move(table), request, l);
}

json::array offices_json(const RouteContext& context, const AskedFlow& view) {
  json::array out;
  for (const auto& [post, flow, step] : office_steps(context, view))
    out.push_back(json::object{{"post", post.empty() ? json::value(nullptr) : json::value(post)},
                               {"procedure", flow->procedure},
                               {"step", step->step},
                               {"n", step->waiting.n},
                               {"median_s", step->waiting.median_s},
                               {"p90_s", step->waiting.p90_s},
                               {"total_s", step->waiting.total_s},
                               {"again", step->again},
                               {"back", step->back}});
  return out;
}

Result<std::vector<ToldMonths>> told_processes(const AskedFlow& view) {
  std::vector<ToldMonths> out;
  for (auto& organisation : TRY(all_told(view.asked.database, view.asked.view.as_of))) {
    std::vector<ProcessMonth> months = organisation->processes;
    std::erase_if(months, [&](const ProcessMonth& one) {
      return (view.query.from && one.month < *view.query.from) || (view.query.until && one.month > *view.query.until);
    });
    if (!months.empty()) out.push_back({std::move(organisation), std::move(months)});
  }
  return out;
}

Markup organisations_section(const RouteContext& context, const AskedFlow& view, const std::vector<ToldMonths>& reports,
                             const http::Request& request) {
  Language l = view.asked.language;
  web::Table table{
      {"organisations",
       str(t::process_by_organisation(l)),
       {column("month", t::kpi_flow_month(l), Kind::kText), column("procedure", t::kpi_flow_procedure(l), Kind::kText),
        column("organisation", t::process_organisation(l), Kind::kText), column("closed", t::kpi_flow_closed(l)),
        column("median", t::kpi_flow_median(l)), column("p90", t::kpi_flow_p90(l)), column("reworked", t::kpi_flow_rework(l))}}};
  std::vector<std::pair<const ProcessMonth*, const Told*>> rows;
  for (const auto& report : reports)
    for (const auto& one : report.months) rows.emplace_back(&one, report.of.get());
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    return std::pair(-a.first->month, a.first->procedure) < std::pair(-b.first->month, b.first->procedure);
  });
  for (const auto& [one, report] : rows)
    table.rows.push_back({{month_name(one->month)},
                          {procedure_title(context, view.asked, one->procedure)},
                          {web::pick(report->title, l)},
                          {count(one->cases)},
                          {hours(one->median_s)},
                          {hours(one->p90_s)},
                          {reworked_share(one->reworked, one->cases)}});
  return section(t::process_by_organisation(l), t::process_by_organisation_text(l), std::move(table), request, l);
}

json::array organisations_json(const std::vector<ToldMonths>& reports) {
  json::array out;
  for (const auto& report : reports) {
    json::array months;
    for (const auto& one : report.months)
      months.push_back(json::object{{"procedure", one.procedure},
                                    {"month", month_name(one.month)},
                                    {"closed", one.cases},
                                    {"reworked", one.reworked ? json::value(*one.reworked) : json::value(nullptr)},
                                    {"median_s", one.median_s},
                                    {"p90_s", one.p90_s}});
    out.push_back(
        json::object{{"organisation", report.of->organisation}, {"at", report.of->at.rfc3339()}, {"months", std::move(months)}});
  }
  return out;
}

std::string organisations_csv(const std::vector<ToldMonths>& reports) {
  text::CsvWriter rows({.guard_formulas = true});  // names of procedures are those that others report
  for (const auto& report : reports)
    for (const auto& one : report.months)
      rows.row({one.procedure, "reported_month", month_name(one.month), report.of->organisation, count(one.cases), count(one.cases),
                count(one.median_s), count(one.p90_s), ""});
  return rows.take();
}

}  // namespace musubi::kpi
