#include "kpi/indicator_across.h"

#include <algorithm>
#include <set>

#include "kpi/follow_up_view.h"
#include "kpi/indicator_view.h"
#include "kpi/json.h"
#include "kpi/pages.h"
#include "text/csv.h"
#include "web/chart.h"
#include "web/messages/across.h"
#include "web/messages/kpi.h"

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

constexpr std::size_t kYearsShown = 6, kLines = 6, kBars = 30;

struct Side {
  std::string organisation;
  Text title;
  ReportedFigure figure;
};

// Those that reported, or this organisation alone.
std::vector<Side> sides_of(const RouteContext& context, const Request& request, const Asked& asked, const Standing& standing) {
  const Indicator& indicator = standing.indicators[0];
  std::vector<Side> out;
  if (!standing.reported(indicator)) {
    Computed own = standing.of(indicator);
    out.push_back({asked.urls.org, context.site(request, asked.urls.org).organisation, {true, own.whole, std::move(own.years)}});
    return out;
  }
  const auto& reporters = standing.others->reporters;
  for (std::size_t i = 0; i < reporters.size(); ++i)
    out.push_back({reporters[i].organisation, reporters[i].title, standing.of(indicator, i)});
  return out;
}

const Figure* figure_of(const Side& side, int year) {
  for (const auto& [one, figure] : side.figure.years)
    if (one == year) return &figure;
  return nullptr;
}

std::vector<int> years_of(const std::vector<Side>& sides) {
  std::set<int> all;
  for (const auto& side : sides)
    if (side.figure.same)
      for (const auto& [year, unused] : side.figure.years) all.insert(year);
  std::vector<int> out(all.begin(), all.end());
  if (out.size() > kYearsShown) out.erase(out.begin(), out.end() - std::ptrdiff_t(kYearsShown));
  return out;
}

web::TableShape shape_of(const std::vector<int>& years, Language l) {
  web::TableShape shape{
      "organisations", str(t::kpi_by_organisation(l)), {{"organisation", str(t::kpi_organisation(l)), Kind::kLink, true}}};
  for (int year : years)
    shape.columns.push_back({"y" + std::to_string(year), t::kpi_fiscal_year(l, {std::to_string(year)}), Kind::kNumber, true});
  shape.columns.push_back({"whole", str(t::across_orgs_whole(l)), Kind::kNumber, true});
  shape.columns.push_back({"n", str(t::kpi_stands_on(l)), Kind::kNumber, true});
  shape.columns.push_back({"definition", str(t::across_orgs_definition(l)), Kind::kTag, true});
  shape.search = true;
  return shape;
}

web::Row row_of(const Asked& asked, const Indicator& indicator, const Side& side, const std::vector<int>& years) {
  Language l = asked.language;
  const ReportedFigure& f = side.figure;
  web::Row row = {{side.organisation, web::pick(side.title, l)}};
  for (int year : years) {
    const Figure* figure = figure_of(side, year);
    row.push_back(f.same && figure ? value_cell(indicator, *figure, l) : web::Cell{""});
  }
  row.push_back(f.same ? value_cell(indicator, f.whole, l) : web::Cell{""});
  row.push_back(f.same ? count_cell(f.whole, l) : web::Cell{""});
  row.push_back({f.same ? "same" : "other", str(f.same ? t::across_orgs_same(l) : t::across_orgs_other(l)), "",
                 f.same ? web::Tone::kSuccess : web::Tone::kWarning});
  return row;
}

// A page of them, each with its way to that organisation's own page.
Result<web::Table> table_of(const RouteContext& context, const Request& request, const Asked& asked, const Indicator& indicator,
                            const std::vector<Side>& sides, const std::vector<int>& years) {
  web::TableShape shape = shape_of(years, asked.language);
  web::TableQuery query = TRY(web::read_query(shape, request.target));
  std::vector<web::Row> rows;
  for (const auto& side : sides) rows.push_back(row_of(asked, indicator, side, years));
  web::Table table = web::arrange(std::move(shape), std::move(query), std::move(rows));
  for (auto& row : table.rows)
    if (context.site_of && row[0].value != asked.urls.org)
      if (std::string site = context.site_of(asked.urls.org, row[0].value); !site.empty())
        row[0].href = in_view(site + "/kpi/" + indicator.id, asked.view);
  if (table.query.text.empty()) table.empty_text = t::across_orgs_none(asked.language);
  return table;
}

// Those on this page, in its order.
std::vector<Side> shown_in(const web::Table& table, const std::vector<Side>& sides) {
  std::vector<Side> out;
  for (const auto& row : table.rows)
    out.push_back(*std::find_if(sides.begin(), sides.end(), [&](const Side& one) { return one.organisation == row[0].value; }));
  return out;
}

std::optional<double> value_of(const Figure* figure) { return figure ? figure->value : std::nullopt; }

// Over the years for the first few organisations; of one year alone, bars for more of them.
Markup chart_of(const Indicator& indicator, const std::vector<Side>& sides, const std::vector<int>& years, Language l) {
  web::Chart chart{"years", str(t::across_orgs_chart(l)), str(t::across_orgs_chart_text(l)), web::pick(indicator.unit, l)};
  std::size_t known = 0;
  const auto point = [&](std::optional<double> value) { return value ? std::optional(as_written(indicator, *value)) : value; };
  if (years.size() > 1) {
    for (int year : years) chart.labels.push_back(std::to_string(year));
    for (const auto& side : sides) {
      if (!side.figure.same || chart.series.size() == kLines) continue;
      web::Series series{web::pick(side.title, l), {}};
      for (int year : years) known += series.values.emplace_back(point(value_of(figure_of(side, year)))).has_value();
      chart.series.push_back(std::move(series));
    }
    return known > 1 ? web::line_chart(chart, l) : Markup{};
  }
  chart.title = t::kpi_by_organisation(l);
  chart.description = t::across_orgs_lead(l);
  chart.series.push_back({str(t::across_orgs_whole(l)), {}});
  for (const auto& side : sides) {
    if (!side.figure.same || chart.labels.size() == kBars) continue;
    chart.labels.push_back(web::pick(side.title, l));
    known += chart.series[0].values.emplace_back(point(side.figure.whole.value)).has_value();
  }
  return known > 1 ? web::bar_chart(chart, l) : Markup{};
}

struct Wanted {
  Asked asked;
  Standing standing;
  std::vector<Side> sides;
};
Result<Wanted> wanted(const RouteContext& context, const Request& request, std::initializer_list<std::string_view> more = {}) {
  TRY(take_only(request, more));
  Wanted out;
  out.asked = TRY(read_asked(context, request, false));
  out.standing = TRY(stand_one(context, request, out.asked, Eyes::kPublic));
  out.sides = sides_of(context, request, out.asked, out.standing);
  return out;
}

Result<Response> page_of(const RouteContext& context, Request& request) {
  Wanted w = TRY(wanted(context, request, {"sort", "page", "per_page", "q"}));
  const Indicator& indicator = w.standing.indicators[0];
  Language l = w.asked.language;
  web::Page page{t::across_orgs_title(l, {web::pick(indicator.title, l)}), l, request.target};
  page.breadcrumbs = {{str(t::kpi_indicators(l)), in_view(kpi_path(w.asked.urls), w.asked.view)},
                      {web::pick(indicator.title, l), in_view(kpi_path(w.asked.urls, indicator), w.asked.view)}};
  page.lead = t::across_orgs_lead(l);
  page.json = page.csv = true;
  const auto years = years_of(w.sides);
  const web::Table table = TRY(table_of(context, request, w.asked, indicator, w.sides, years));
  Html main;
  main.markup(as_of_notice(w.asked, kpi_path(w.asked.urls, indicator) + "/organisations"))
      .markup(web::table(table, request.target, l))
      .markup(chart_of(indicator, shown_in(table, w.sides), years, l));
  if (w.standing.hides(indicator)) main.markup(web::paragraph(t::kpi_suppression_note(l)));
  page.main = main.markup(formula_markup(indicator, l)).take();
  return answer(context, request, page);
}

Result<Response> data_of(const RouteContext& context, Request& request) {
  Wanted w = TRY(wanted(context, request));
  const Indicator& indicator = w.standing.indicators[0];
  json::array organisations;
  for (const auto& side : w.sides) {
    json::object one{{"organisation", side.organisation}, {"title", to_json(side.title)}, {"same_definition", side.figure.same}};
    if (side.figure.same) {
      json::array years;
      for (const auto& [year, figure] : side.figure.years) {
        json::object row = figure_json(figure);
        row["fiscal_year"] = year;
        years.push_back(std::move(row));
      }
      one["whole"] = figure_json(side.figure.whole);
      one["years"] = std::move(years);
    }
    organisations.push_back(std::move(one));
  }
  json::object out{{"indicator", indicator.id},
                   {"definition", indicator.formula.id()},
                   {"as_of", w.asked.view.as_of ? json::value(text::iso_date(*w.asked.view.as_of)) : json::value(nullptr)},
                   {"unit", to_json(indicator.unit)},
                   {"organisations", std::move(organisations)}};
  return http::json(json::value(std::move(out))).etag_of_body().cache("no-cache");
}

Result<Response> csv_of(const RouteContext& context, Request& request) {
  Wanted w = TRY(wanted(context, request, {"spreadsheet"}));
  const Indicator& indicator = w.standing.indicators[0];
  text::CsvWriter csv({.byte_order_mark = request.query.get("spreadsheet", "") == "1", .guard_formulas = true});
  csv.row({"indicator", "organisation", "title_ja", "title_en", "same_definition", "fiscal_year", "value", "n", "why_no_value"});
  for (const auto& side : w.sides) {
    auto row = [&](std::string year, const Figure& figure) {
      csv.row({indicator.id, side.organisation, side.title.ja, side.title.en, side.figure.same ? "true" : "false", std::move(year),
               side.figure.same && figure.value ? number_of(indicator, *figure.value) : "",
               side.figure.same && !figure.suppressed ? std::to_string(figure.n) : "",
               side.figure.same ? str(why_word(figure.why)) : "other_definition"});
    };
    row("", side.figure.whole);
    if (!side.figure.same) continue;
    for (const auto& [year, figure] : side.figure.years) row(std::to_string(year), figure);
  }
  return http::csv(csv.take(), "kpi-" + indicator.id + "-organisations.csv").etag_of_body().cache("no-cache");
}

}  // namespace

std::vector<http::Route> indicator_across_routes(const RouteContext& context) {
  std::vector<http::Route> out;
  auto get = [&](std::string_view pattern, auto handler, std::string_view ja, std::string_view en, std::string_view type) {
    http::RouteDocs docs{{as_of_parameter()}, {}};
    if (type.empty())
      docs.query = {{"q", "string", "探す言葉", "words to find"},
                    {"sort", "string", "並べる列。-を付けると逆順", "column to sort by, with - backwards"},
                    {"page", "integer", "1から", "from 1"},
                    {"per_page", "integer", "1から200", "1 to 200"},
                    as_of_parameter()};
    else
      docs.responses = {type};
    out.push_back({http::Method::get, pattern, http::Access::kPublic,
                   [handler, &context](Request& request) { return handler(context, request); }, ja, en, std::move(docs)});
  };
  get("/{org}/kpi/{indicator}/organisations", page_of, "一つの指標を組織と年度ごとに比べる", "One indicator by organisation and year",
      "");
  get("/{org}/kpi/{indicator}/organisations.json", data_of, "組織と年度ごとの値（JSON）", "Organisations and years as JSON",
      http::kJson);
  get("/{org}/kpi/{indicator}/organisations.csv", csv_of, "組織と年度ごとの値（CSV）", "Organisations and years as CSV", "text/csv");
  return out;
}

}  // namespace musubi::kpi
