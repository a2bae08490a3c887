#include "kpi/coverage_pages.h"

#include <algorithm>
#include <map>

#include "kpi/coverage.h"
#include "kpi/follow_up_view.h"
#include "kpi/json.h"
#include "kpi/pages.h"
#include "kpi/sheet_pages.h"
#include "text/csv.h"
#include "web/messages/coverage.h"
#include "web/messages/kpi.h"
#include "web/table.h"

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

constexpr std::size_t kColumns = 8;  // organisations side by side; where there are more, one is chosen or all are counted
constexpr std::size_t kInCell = 5;   // measures of one organisation; of more there is the number

struct Wanted {
  Asked asked;
  PlanDocument plan;
  std::vector<SharedTold> reports;
  Coverage coverage;
  mutable std::map<std::string, std::string> sites;  // by organisation, each looked up once
};
// Held by pointer: the coverage points into plan and reports.
Result<std::unique_ptr<Wanted>> wanted(const RouteContext& context, const Request& request) {
  auto out = std::make_unique<Wanted>();
  out->asked = TRY(read_asked(context, request, false));
  const std::optional<text::Date>& day = out->asked.view.as_of;
  out->plan = TRY(out->asked.plans().document(request.parameter("plan"), View{.as_of = day}));
  out->reports = TRY(all_told(out->asked.database, day));
  out->coverage = cover(out->plan, out->reports);
  return out;
}

const std::string& site_of(const RouteContext& context, const Wanted& w, const std::string& organisation) {
  auto [at, is_new] = w.sites.try_emplace(organisation);
  if (is_new && context.site_of) at->second = context.site_of(w.asked.urls.org, organisation);
  return at->second;
}

std::string href_of(const RouteContext& context, const Wanted& w, const LocalMeasure& one) {
  const std::string& site = site_of(context, w, one.report->organisation);
  return site.empty() ? "" : in_view(site + "/plans/" + one.plan->id + "/measures/" + one.measure->number, w.asked.view);
}

// Those with a local plan, each once, by id.
std::vector<const Told*> organisations_of(const Coverage& coverage) {
  std::vector<const Told*> out;
  for (const auto& [report, unused] : coverage.plans)
    if (out.empty() || out.back() != report) out.push_back(report);
  return out;
}

// Organisations that stand as columns: the chosen one, or all where they are few.
std::vector<const Told*> columns_of(const Coverage& coverage, const std::string& chosen) {
  auto all = organisations_of(coverage);
  if (!chosen.empty())
    std::erase_if(all, [&](const Told* one) { return one->organisation != chosen; });
  else if (all.size() > kColumns)
    all.clear();
  return all;
}

web::TableShape shape_of(const Wanted& w, const std::string& chosen) {
  Language l = w.asked.language;
  web::TableShape shape{"coverage",
                        str(t::coverage_matrix(l)),
                        {{"number", str(t::coverage_number(l))}, {"measure", str(t::coverage_measure(l)), Kind::kLink}}};
  auto columns = columns_of(w.coverage, chosen);
  for (const auto* one : columns) shape.columns.push_back({"o-" + one->organisation, web::pick(one->title, l), Kind::kLink});
  if (columns.empty()) {
    shape.columns.push_back({"organisations", str(t::kpi_organisation(l)), Kind::kNumber, true});
    shape.columns.push_back({"local", str(t::coverage_measures(l)), Kind::kNumber, true});
  }
  shape.search = true;
  web::Filter show{"show",
                   str(t::coverage_show(l)),
                   {{"served", str(t::coverage_show_served(l))}, {"unserved", str(t::coverage_show_unserved(l))}}};
  web::Filter organisation{"organisation", str(t::kpi_organisation(l)), {}};
  for (const auto* one : organisations_of(w.coverage)) organisation.choices.push_back({one->organisation, web::pick(one->title, l)});
  shape.filters = {std::move(show)};
  if (organisation.choices.size() > 1) shape.filters.push_back(std::move(organisation));
  shape.filters.push_back({"as_of", str(t::kpi_as_of(l)), {}});
  return shape;
}

web::Cell cell_of(const RouteContext& context, const Wanted& w, const Coverage::Row& row, const Told* organisation) {
  Language l = w.asked.language;
  const LocalMeasure* first = nullptr;
  std::string ids, words;
  std::size_t n = 0;
  for (const auto& one : row.served_by) {
    if (one.report != organisation) continue;
    if (!first) first = &one;
    if (++n > kInCell) continue;
    ids += (n == 1 ? "" : " ") + one.measure->number;
    words += (n == 1 ? "" : l == Language::ja ? "、" : "; ") + one.measure->number + " " + web::pick(one.measure->title, l);
  }
  if (n > kInCell) words += (l == Language::ja ? "、" : "; ") + t::coverage_more(l, {.n = std::int64_t(n - kInCell)});
  // Of several there is one link: to the plan that holds them.
  std::string href = first ? href_of(context, w, *first) : "";
  if (n > 1 && !href.empty()) href = in_view(href.substr(0, href.rfind("/measures/")), w.asked.view);
  return {std::move(ids), std::move(words), std::move(href)};
}

// The first rows of all: how many there are is said, and there are no further pages.
void cut_to(web::Table& table, std::size_t all) {
  table.total = all;
  table.query.per_page = std::uint32_t(std::max<std::size_t>(web::kMaxPerPage, all));
}

Result<web::Table> matrix(const RouteContext& context, const Wanted& w, const Request& request) {
  std::string chosen(request.query.get("organisation", ""));
  auto shape = shape_of(w, chosen);
  web::TableQuery query = TRY(web::read_query(shape, request.target));
  std::string show = query.filters.contains("show") ? query.filters["show"] : "";
  auto columns = columns_of(w.coverage, chosen);
  std::vector<web::Row> rows;
  for (const auto& row : w.coverage.rows) {
    std::vector<const Told*> served_by;
    for (const auto& one : row.served_by)  // they stand by organisation
      if ((chosen.empty() || one.report->organisation == chosen) && (served_by.empty() || served_by.back() != one.report))
        served_by.push_back(one.report);
    if ((show == "served" && served_by.empty()) || (show == "unserved" && !served_by.empty())) continue;
    web::Row cells = {{row.measure->number},
                      {row.measure->number, web::pick(row.measure->title, w.asked.language),
                       in_view(w.asked.urls.measure(w.plan.header.id, row.measure->number), w.asked.view)}};
    for (const auto* one : columns) cells.push_back(cell_of(context, w, row, one));
    if (columns.empty()) cells.insert(cells.end(), {{std::to_string(served_by.size())}, {std::to_string(row.served_by.size())}});
    rows.push_back(std::move(cells));
  }
  auto filters = std::exchange(query.filters, {});  // applied above
  web::Table table = web::arrange(std::move(shape), std::move(query), std::move(rows));
  table.query.filters = std::move(filters);
  if (table.query.text.empty()) table.empty_text = t::coverage_nothing(w.asked.language);
  return table;
}

Markup plans_table(const RouteContext& context, const Wanted& w, const std::string& target) {
  Language l = w.asked.language;
  web::Table table = plain_table("plans", t::coverage_plans(l),
                                 {{"organisation", str(t::kpi_organisation(l))},
                                  {"plan", str(t::coverage_plan(l)), Kind::kLink},
                                  {"measures", str(t::coverage_measures(l)), Kind::kNumber},
                                  {"linked", str(t::coverage_linked(l)), Kind::kNumber}});
  for (const auto& [report, plan] : w.coverage.plans) {
    if (table.rows.size() == web::kMaxPerPage) break;
    auto linked = std::count_if(plan->measures.begin(), plan->measures.end(), [](const auto& one) { return !one.serves.empty(); });
    const std::string& site = site_of(context, w, report->organisation);
    table.rows.push_back(
        {{report->organisation, web::pick(report->title, l)},
         {plan->id, web::pick(plan->title, l), site.empty() ? "" : in_view(site + "/plans/" + plan->id, w.asked.view)},
         {std::to_string(plan->measures.size())},
         {std::to_string(linked)}});
  }
  cut_to(table, w.coverage.plans.size());
  return web::table(table, target, l);
}

// Local measures that no row of the matrix holds: without a national one, or naming one that is not there.
Markup apart_table(const RouteContext& context, const Wanted& w, const char* id, std::string_view title,
                   const std::vector<std::pair<std::string, LocalMeasure>>& all, const std::string& target) {
  Language l = w.asked.language;
  web::Table table =
      plain_table(id, title, {{"organisation", str(t::kpi_organisation(l))}, {"measure", str(t::coverage_measures(l)), Kind::kLink}});
  if (std::any_of(all.begin(), all.end(), [](const auto& one) { return !one.first.empty(); }))
    table.shape.columns.push_back({"national", str(t::coverage_measure(l))});
  for (const auto& [number, one] : all) {
    if (table.rows.size() == web::kMaxPerPage) break;
    web::Row row = {{one.report->organisation, web::pick(one.report->title, l)},
                    {one.measure->number, one.measure->number + " " + web::pick(one.measure->title, l), href_of(context, w, one)}};
    if (!number.empty()) row.push_back({number});
    table.rows.push_back(std::move(row));
  }
  cut_to(table, all.size());
  return web::table(table, target, l);
}

std::vector<std::pair<std::string, LocalMeasure>> unnumbered(const std::vector<LocalMeasure>& all) {
  std::vector<std::pair<std::string, LocalMeasure>> out;
  for (const auto& one : all) out.emplace_back("", one);
  return out;
}

Result<Response> page_of(const RouteContext& context, Request& request) {
  auto held = TRY(wanted(context, request));
  const Wanted& w = *held;
  const Coverage& c = w.coverage;
  Language l = w.asked.language;
  const std::string& id = w.plan.header.id;
  std::string self = w.asked.urls.plan(id) + "/coverage";
  web::Page page = new_page(w.asked, request, t::coverage_title(l, {web::pick(w.plan.header.title, l)}));
  page.breadcrumbs.push_back({web::pick(w.plan.header.title, l), in_view(w.asked.urls.plan(id), w.asked.view)});
  page.lead = t::coverage_lead(l);
  page.json = page.csv = true;
  Html main;
  main.markup(as_of_notice(w.asked, self));
  if (c.plans.empty()) {
    page.main = main.markup(web::paragraph(t::coverage_none(l))).take();
    return answer(context, request, page);
  }
  web::Table table = TRY(matrix(context, w, request));
  std::vector<web::Figure> figures = {
      {std::int64_t(c.plans.size()), str(t::coverage_plans(l)), "#plans"},
      {std::int64_t(c.covered), str(t::coverage_covered(l)), in_view(self + "?show=served", w.asked.view)},
      {std::int64_t(c.rows.size() - c.covered), str(t::coverage_uncovered(l)), in_view(self + "?show=unserved", w.asked.view)},
      {std::int64_t(c.unlinked.size()), str(t::coverage_unlinked(l)), "#unlinked"}};
  main.markup(web::figures(figures))
      .markup(web::table(table, request.target, l))
      .raw("<h2>")
      .text(t::coverage_unlinked(l))
      .raw("</h2>\n");
  if (c.unlinked.empty())
    main.raw("<p id=\"unlinked\">").text(t::coverage_unlinked_none(l)).raw("</p>\n");
  else
    main.markup(apart_table(context, w, "unlinked", t::coverage_unlinked(l), unnumbered(c.unlinked), request.target));
  if (!c.unknown.empty())
    main.raw("<h2>")
        .text(t::coverage_unknown(l))
        .raw("</h2>\n")
        .markup(apart_table(context, w, "unknown", t::coverage_unknown(l), c.unknown, request.target));
  page.main = main.raw("<h2>").text(t::coverage_plans(l)).raw("</h2>\n").markup(plans_table(context, w, request.target)).take();
  return answer(context, request, page);
}

json::object local_json(const LocalMeasure& one) {
  return {{"organisation", one.report->organisation},
          {"plan", one.plan->id},
          {"number", one.measure->number},
          {"title", to_json(one.measure->title)}};
}

Result<Response> data_of(const RouteContext& context, Request& request) {
  auto held = TRY(wanted(context, request));
  const Coverage& c = held->coverage;
  json::array plans, measures, unlinked, unknown;
  for (const auto& [report, plan] : c.plans)
    plans.push_back(json::object{{"organisation", report->organisation},
                                 {"title", to_json(plan->title)},
                                 {"plan", plan->id},
                                 {"version", plan->version},
                                 {"measures", plan->measures.size()}});
  for (const auto& row : c.rows) {
    json::array served_by;
    for (const auto& one : row.served_by) served_by.push_back(local_json(one));
    measures.push_back(
        json::object{{"number", row.measure->number}, {"title", to_json(row.measure->title)}, {"served_by", std::move(served_by)}});
  }
  for (const auto& one : c.unlinked) unlinked.push_back(local_json(one));
  for (const auto& [number, one] : c.unknown) {
    json::object local = local_json(one);
    local["names"] = number;
    unknown.push_back(std::move(local));
  }
  const auto& day = held->asked.view.as_of;
  json::object out{{"plan", held->plan.header.id},
                   {"as_of", day ? json::value(text::iso_date(*day)) : json::value(nullptr)},
                   {"covered", c.covered},
                   {"uncovered", c.rows.size() - c.covered},
                   {"local_plans", std::move(plans)},
                   {"measures", std::move(measures)},
                   {"without_national", std::move(unlinked)},
                   {"unknown_national", std::move(unknown)}};
  return http::json(json::value(std::move(out))).etag_of_body().cache("no-cache");
}

// A link a row; national measures that nobody serves and local ones that serve none have the other side empty.
Result<Response> csv_of(const RouteContext& context, Request& request) {
  auto held = TRY(wanted(context, request));
  const Coverage& c = held->coverage;
  text::CsvWriter csv({.byte_order_mark = request.query.get("spreadsheet", "") == "1", .guard_formulas = true});
  csv.row(
      {"plan", "number", "title_ja", "title_en", "organisation", "local_plan", "local_number", "local_title_ja", "local_title_en"});
  const std::string& id = held->plan.header.id;
  auto row = [&](const std::string& number, const Text& title, const LocalMeasure* one) {
    if (one)
      csv.row({id, number, title.ja, title.en, one->report->organisation, one->plan->id, one->measure->number, one->measure->title.ja,
               one->measure->title.en});
    else
      csv.row({id, number, title.ja, title.en, "", "", "", "", ""});
  };
  for (const auto& one : c.rows) {
    for (const auto& local : one.served_by) row(one.measure->number, one.measure->title, &local);
    if (one.served_by.empty()) row(one.measure->number, one.measure->title, nullptr);
  }
  for (const auto& one : c.unlinked) row("", {}, &one);
  for (const auto& [number, one] : c.unknown) row(number, {}, &one);
  return http::csv(csv.take(), id + "-coverage.csv").etag_of_body().cache("no-cache");
}

}  // namespace

Result<Markup> coverage_link(const Asked& asked, const PlanHeader& plan) {
  if (!plan.serves_plan.empty()) return Markup{};
  auto any = TRY(asked.database->read([](db::Reader& reader) { return reader.query("SELECT 1 FROM kpi_report LIMIT 1", {}); }));
  if (any.empty()) return Markup{};
  return Html()
      .raw("<p>")
      .markup(
          web::link(t::coverage_link(asked.language), in_view(Urls{asked.urls.org, false}.plan(plan.id) + "/coverage", asked.view)))
      .raw("</p>\n")
      .take();
}

std::vector<http::Route> coverage_routes(const RouteContext& context) {
  std::vector<http::Route> out;
  std::vector<http::Parameter> query = {{"show", "string", "served（地方の施策がある）、unserved（ない）",
                                         "served, unserved: national measures with or without a local one"},
                                        {"organisation", "string", "地方公共団体の id", "id of an organisation"},
                                        {"q", "string", "探す言葉", "words to find"},
                                        {"page", "integer", "1から", "from 1"},
                                        {"per_page", "integer", "1から200", "1 to 200"},
                                        as_of_parameter()};
  auto get = [&](std::string_view pattern, auto handler, std::string_view ja, std::string_view en, std::string_view type) {
    http::RouteDocs docs{type.empty() ? query : std::vector{as_of_parameter()}, {}};
    if (!type.empty()) docs.responses = {type};
    out.push_back({http::Method::get, pattern, http::Access::kPublic,
                   [handler, &context](Request& request) { return handler(context, request); }, ja, en, std::move(docs)});
  };
  get("/{org}/plans/{plan}/coverage", page_of, "国の施策と、それを支える地方の施策",
      "National measures and the local ones that serve them", "");
  get("/{org}/plans/{plan}/coverage.json", data_of, "地方の計画との対応（JSON）", "Local plans against a national one as JSON",
      http::kJson);
  get("/{org}/plans/{plan}/coverage.csv", csv_of, "地方の計画との対応（CSV、一行に一つの対応）",
      "Local plans against a national one as CSV, a link a row", "text/csv");
  return out;
}

}  // namespace musubi::kpi
