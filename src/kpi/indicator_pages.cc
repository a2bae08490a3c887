#include "kpi/indicator_pages.h"

#include <algorithm>
#include <cmath>

#include "kpi/json.h"
#include "kpi/pages.h"
#include "text/csv.h"
#include "web/chart.h"
#include "web/messages.h"
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
using web::Tone;

constexpr std::size_t kMonthsShown = 24;

std::string str(std::string_view text) { return std::string(text); }

// What a page of indicators stands on.
struct Standing {
  Gathered own;
  std::vector<Report> reports;  // not empty: this organisation shows what others reported
  Time now;

  Computed of(const Indicator& indicator) const {
    if (!reports.empty()) return compute_together(indicator, reports);
    return compute(indicator, own.cells, {own.first, now});
  }
};

Result<Standing> stand(const RouteContext& context, const Asked& asked, const std::vector<Indicator>& indicators) {
  Standing out;
  out.now = context.clock.now();
  out.reports = TRY(asked.database->read([](db::Reader& reader) { return reports(reader); }));
  if (!out.reports.empty() && context.viewed) context.viewed(asked.urls.org);
  if (out.reports.empty()) out.own = TRY(Indicators(*asked.database).gather(indicators));
  return out;
}

std::string digits(double value) {
  char text[40];
  std::snprintf(text, sizeof text, std::abs(value) >= 1000 || value == std::floor(value) ? "%.0f" : "%.1f", value);
  return text;
}

// 99.95 must not read 100.0.
std::string number(const Indicator& indicator, double value) {
  if (indicator.formula.kind != FormulaKind::kUptime || value == 100) return digits(value);
  char text[40];
  std::snprintf(text, sizeof text, "%.3f", std::floor(value * 1000) / 1000);
  return text;
}

std::string words(const Indicator& indicator, const Figure& figure, Language l) {
  if (figure.suppressed) return str(t::kpi_suppressed(l));
  if (!figure.value) return str(t::kpi_no_records_yet(l));
  return number(indicator, *figure.value) + (web::pick(indicator.unit, l) == "%" ? "%" : " " + web::pick(indicator.unit, l));
}

std::string page_of(const Urls& urls) { return "/" + urls.org + "/kpi"; }
std::string page_of(const Urls& urls, const Indicator& indicator) { return page_of(urls) + "/" + indicator.id; }

web::Cell value_cell(const Indicator& indicator, const Figure& figure, Language l) {
  return {figure.value ? number(indicator, *figure.value) : "", figure.value ? "" : words(indicator, figure, l)};
}
web::Cell count_cell(const Figure& figure, Language l) {
  return {figure.suppressed ? "" : std::to_string(figure.n), figure.suppressed ? str(t::kpi_suppressed_count(l)) : ""};
}

std::string part_title(const RouteContext& context, const Asked& asked, const Indicator& indicator, const std::string& part) {
  if (part.empty()) return str(t::kpi_part_unknown(asked.language));
  if (context.part_title)
    if (auto title = context.part_title(asked.urls.org, indicator.formula.of.by, part)) return web::pick(*title, asked.language);
  return part;
}

web::TableShape list_shape(Language l) {
  return {"indicators", str(t::kpi_indicators(l)),
          {{"indicator", str(t::kpi_indicator(l)), Kind::kLink}, {"value", str(t::kpi_value(l)), Kind::kNumber},
           {"unit", str(t::kpi_figure_unit(l))}, {"n", str(t::kpi_stands_on(l)), Kind::kNumber}}};
}

web::Table list_table(const Asked& asked, const Standing& standing) {
  Language l = asked.language;
  web::Table table{list_shape(l)};
  table.query.per_page = web::kMaxPerPage;
  for (const auto& indicator : embedded_indicators()) {
    Computed computed = standing.of(indicator);
    table.rows.push_back({{indicator.id, web::pick(indicator.title, l), page_of(asked.urls, indicator)},
                          value_cell(indicator, computed.whole, l), {web::pick(indicator.unit, l)}, count_cell(computed.whole, l)});
  }
  table.total = table.rows.size();
  return table;
}

Markup standing_markup(const Asked& asked, const Standing& standing) {
  Language l = asked.language;
  std::vector<web::SummaryRow> rows;
  if (standing.reports.empty()) {
    Html size;
    size.text(t::kpi_first_records(l, {std::int64_t(standing.own.size)})).raw(" · ").markup(web::link(t::kpi_checkpoint(l), "/" + asked.urls.org + "/log"));
    rows.push_back({str(t::kpi_stands_on_log(l)), size.take()});
    rows.push_back({str(t::kpi_computed_at(l)), web::time_element(standing.now, l)});
  } else {
    for (const auto& report : standing.reports) {
      Html line;
      line.text(t::kpi_first_records(l, {std::int64_t(report.size)})).raw(" · ").markup(web::time_element(report.at, l));
      rows.push_back({web::pick(report.title, l), line.take()});
    }
  }
  return web::summary_list(rows, l);
}

Result<Response> list_page(const RouteContext& context, Request& request) {
  Asked asked = TRY(read_asked(context, request, false));
  Standing standing = TRY(stand(context, asked, embedded_indicators()));
  Language l = asked.language;
  web::Page page{str(t::kpi_indicators(l)), l, request.target};
  page.lead = t::kpi_indicators_lead(l);
  page.json = page.csv = true;
  Html main;
  main.markup(web::table(list_table(asked, standing), request.target, l)).raw("<h2>").text(t::kpi_evidence(l)).raw("</h2>\n")
      .markup(standing_markup(asked, standing)).markup(web::paragraph(t::kpi_suppression_note(l)));
  page.main = main.take();
  return answer(context, request, page);
}

json::object figure_json(const Figure& figure) {
  json::object out{{"value", figure.value ? json::value(*figure.value) : json::value(nullptr)}};
  if (figure.suppressed) out["suppressed"] = true;
  else out["n"] = figure.n;
  return out;
}

json::object computed_json(const Computed& computed, const Urls& urls) {
  const Indicator& indicator = *computed.indicator;
  json::object out = figure_json(computed.whole);
  out["id"] = indicator.id;
  out["title"] = to_json(indicator.title);
  out["definition"] = to_json(indicator.definition);
  out["unit"] = to_json(indicator.unit);
  out["better"] = indicator.up ? "up" : "down";
  out["formula"] = json::parse(indicator.formula_text);
  out["url"] = page_of(urls, indicator);
  json::array measures, months, parts;
  for (const auto& measure : indicator.measures) measures.push_back({{"plan", measure.plan}, {"number", measure.number}});
  for (const auto& [month, figure] : computed.months) {
    json::object one = figure_json(figure);
    one["month"] = month_name(month);
    months.push_back(std::move(one));
  }
  for (const auto& [part, figure] : computed.parts) {
    json::object one = figure_json(figure);
    one["part"] = part;
    parts.push_back(std::move(one));
  }
  out["measures"] = std::move(measures);
  out["months"] = std::move(months);
  out["parts"] = std::move(parts);
  return out;
}

json::object standing_json(const Standing& standing) {
  json::object out;
  if (standing.reports.empty()) {
    out["records"] = standing.own.size;
    out["at"] = standing.now.rfc3339();
    return out;
  }
  json::array reports;
  for (const auto& report : standing.reports)
    reports.push_back({{"organisation", report.organisation}, {"title", to_json(report.title)}, {"records", report.size}, {"at", report.at.rfc3339()}});
  out["reports"] = std::move(reports);
  return out;
}

Response data(json::object object) { return http::json(json::value(std::move(object))).etag_of_body().cache("no-cache"); }

Result<Response> list_data(const RouteContext& context, Request& request) {
  Asked asked = TRY(read_asked(context, request, false));
  Standing standing = TRY(stand(context, asked, embedded_indicators()));
  json::object out{{"stands_on", standing_json(standing)}};
  json::array all;
  for (const auto& indicator : embedded_indicators()) all.push_back(computed_json(standing.of(indicator), asked.urls));
  out["indicators"] = std::move(all);
  return data(std::move(out));
}

// Tidy and long: one figure a row.
std::string tidy_csv(const std::vector<Computed>& all) {
  text::CsvWriter rows;
  rows.row({"indicator", "month", "part", "value", "n", "suppressed"});
  auto row = [&](const Indicator& indicator, std::string month, std::string part, const Figure& figure) {
    rows.row({indicator.id, std::move(month), std::move(part), figure.value ? number(indicator, *figure.value) : "",
              figure.suppressed ? "" : std::to_string(figure.n), figure.suppressed ? "true" : "false"});
  };
  for (const auto& computed : all) {
    row(*computed.indicator, "", "", computed.whole);
    for (const auto& [month, figure] : computed.months) row(*computed.indicator, month_name(month), "", figure);
    for (const auto& [part, figure] : computed.parts) row(*computed.indicator, "", part, figure);
  }
  return rows.take();
}

Response csv(std::string bytes, const std::string& name) { return http::csv(std::move(bytes), name + ".csv").etag_of_body().cache("no-cache"); }

Result<Response> list_csv(const RouteContext& context, Request& request) {
  Asked asked = TRY(read_asked(context, request, false));
  Standing standing = TRY(stand(context, asked, embedded_indicators()));
  std::vector<Computed> all;
  for (const auto& indicator : embedded_indicators()) all.push_back(standing.of(indicator));
  return csv(tidy_csv(all), "kpi");
}

Result<const Indicator*> wanted(const Request& request) {
  if (const Indicator* found = find_indicator(request.parameter("indicator"))) return found;
  return Error{Code::kNotFound, "kpi.unknown_indicator", {"その指標はありません。指標の一覧から選んでください。", "There is no such indicator. Choose one from the list of indicators."}, {}};
}

Markup months_chart(const Computed& computed, Language l) {
  web::Chart chart{"months", str(t::kpi_by_month(l)), web::pick(computed.indicator->definition, l)};
  chart.unit = web::pick(computed.indicator->unit, l);
  web::Series series{web::pick(computed.indicator->title, l)};
  std::size_t skip = computed.months.size() > kMonthsShown ? computed.months.size() - kMonthsShown : 0;
  for (std::size_t i = skip; i < computed.months.size(); ++i) {
    chart.labels.push_back(month_name(computed.months[i].first));
    const auto& value = computed.months[i].second.value;
    series.values.push_back(value ? std::optional(std::round(*value * 10) / 10) : std::nullopt);
  }
  if (chart.labels.empty()) return {};
  chart.series.push_back(std::move(series));
  return web::line_chart(chart, l);
}

Markup parts_table(const RouteContext& context, const Asked& asked, const Computed& computed, const std::string& target) {
  if (computed.parts.empty()) return {};
  Language l = asked.language;
  const Indicator& indicator = *computed.indicator;
  std::string title = indicator.by_title ? web::pick(*indicator.by_title, l) : str(t::kpi_part(l));
  web::Table table{{"parts", title, {{"part", title}, {"value", web::pick(indicator.unit, l), Kind::kNumber}, {"n", str(t::kpi_stands_on(l)), Kind::kNumber}}}};
  table.query.per_page = web::kMaxPerPage;
  for (const auto& [part, figure] : computed.parts)
    if (table.rows.size() < web::kMaxPerPage)
      table.rows.push_back({{part, part_title(context, asked, indicator, part)}, value_cell(indicator, figure, l), count_cell(figure, l)});
  table.total = table.rows.size();
  return web::table(table, target, l);
}

Markup organisations_table(const Asked& asked, const Indicator& indicator, const Standing& standing, const std::string& target) {
  if (standing.reports.empty()) return {};
  Language l = asked.language;
  web::Table table{{"organisations", str(t::kpi_by_organisation(l)), {{"organisation", str(t::kpi_organisation(l))}, {"value", web::pick(indicator.unit, l), Kind::kNumber}, {"n", str(t::kpi_stands_on(l)), Kind::kNumber}}}};
  table.query.per_page = web::kMaxPerPage;
  auto each = compute_each(indicator, standing.reports);
  for (std::size_t i = 0; i < each.size() && table.rows.size() < web::kMaxPerPage; ++i)
    table.rows.push_back({{standing.reports[i].organisation, web::pick(standing.reports[i].title, l)}, value_cell(indicator, each[i].whole, l), count_cell(each[i].whole, l)});
  table.total = each.size();
  return web::table(table, target, l);
}

Markup facts_of(const Asked& asked, const Computed& computed) {
  Language l = asked.language;
  const Indicator& indicator = *computed.indicator;
  std::vector<web::SummaryRow> rows;
  Html value;
  value.raw("<strong>").text(words(indicator, computed.whole, l)).raw("</strong>");
  rows.push_back({str(t::kpi_value(l)), value.take()});
  if (!computed.whole.suppressed && indicator.formula.kind != FormulaKind::kUptime)
    rows.push_back({str(t::kpi_stands_on(l)), web::escaped(t::kpi_n_records(l, {computed.whole.n}))});
  rows.push_back({str(t::kpi_definition(l)), web::escaped(web::pick(indicator.definition, l))});
  rows.push_back({str(t::kpi_better(l)), web::escaped(indicator.up ? t::kpi_better_up(l) : t::kpi_better_down(l))});
  Html measures;
  for (const auto& measure : indicator.measures)
    measures.markup(web::link(measure.plan + " " + measure.number, asked.urls.measure(measure.plan, measure.number))).raw("<br>");
  if (!indicator.measures.empty() && asked.urls.org == "nation") rows.push_back({str(t::kpi_measures(l)), measures.take()});
  return web::summary_list(rows, l);
}

Result<Response> indicator_page(const RouteContext& context, Request& request) {
  Asked asked = TRY(read_asked(context, request, false));
  const Indicator& indicator = *TRY(wanted(request));
  Standing standing = TRY(stand(context, asked, {indicator}));
  Computed computed = standing.of(indicator);
  Language l = asked.language;
  web::Page page{web::pick(indicator.title, l), l, request.target};
  page.breadcrumbs = {{str(t::kpi_indicators(l)), page_of(asked.urls)}};
  page.json = page.csv = true;
  Html formula;
  formula.raw("<pre><code>").text(indicator.formula_text).raw("</code></pre>\n");
  Html main;
  main.markup(facts_of(asked, computed)).markup(months_chart(computed, l)).markup(organisations_table(asked, indicator, standing, request.target))
      .markup(parts_table(context, asked, computed, request.target))
      .raw("<h2>").text(t::kpi_evidence(l)).raw("</h2>\n").markup(standing_markup(asked, standing));
  if (indicator.persons) main.markup(web::paragraph(t::kpi_suppression_note(l)));
  page.main = main.markup(web::details(t::kpi_formula(l), formula.take())).take();
  return answer(context, request, page);
}

Result<Response> indicator_data(const RouteContext& context, Request& request) {
  Asked asked = TRY(read_asked(context, request, false));
  const Indicator& indicator = *TRY(wanted(request));
  Standing standing = TRY(stand(context, asked, {indicator}));
  json::object out = computed_json(standing.of(indicator), asked.urls);
  out["stands_on"] = standing_json(standing);
  json::array organisations;
  auto each = compute_each(indicator, standing.reports);
  for (std::size_t i = 0; i < each.size(); ++i) {
    json::object one = figure_json(each[i].whole);
    one["organisation"] = standing.reports[i].organisation;
    organisations.push_back(std::move(one));
  }
  if (!organisations.empty()) out["organisations"] = std::move(organisations);
  return data(std::move(out));
}

Result<Response> indicator_csv(const RouteContext& context, Request& request) {
  Asked asked = TRY(read_asked(context, request, false));
  const Indicator& indicator = *TRY(wanted(request));
  Standing standing = TRY(stand(context, asked, {indicator}));
  return csv(tidy_csv({standing.of(indicator)}), "kpi-" + indicator.id);
}

}  // namespace

Result<Markup> live_values(const RouteContext& context, const Asked& asked, std::string_view plan, std::string_view number) {
  std::vector<Indicator> wanted;
  for (const auto& indicator : embedded_indicators())
    for (const auto& measure : indicator.measures)
      if (measure.plan == plan && measure.number == number) wanted.push_back(indicator);
  if (wanted.empty() || asked.view.as_of) return Markup{};
  Standing standing = TRY(stand(context, asked, wanted));
  Language l = asked.language;
  std::vector<web::SummaryRow> rows;
  for (const auto& indicator : wanted) {
    Computed computed = standing.of(indicator);
    Html value;
    value.raw("<strong>").text(words(indicator, computed.whole, l)).raw("</strong><br>")
        .markup(web::link(t::kpi_how_computed(l), page_of(asked.urls, indicator)));
    rows.push_back({web::pick(indicator.title, l), value.take()});
  }
  Html html;
  return html.raw("<h2>").text(t::kpi_live(l)).raw("</h2>\n").markup(web::paragraph(t::kpi_live_note(l))).markup(web::summary_list(rows, l)).take();
}

std::vector<http::Route> indicator_routes(const RouteContext& context) {
  std::vector<http::Route> out;
  auto get = [&](std::string_view pattern, auto handler, std::string_view ja, std::string_view en, std::string_view type) {
    http::RouteDocs docs;
    if (!type.empty()) docs.responses = {type};
    out.push_back({http::Method::get, pattern, http::Access::kPublic,
                   [handler, &context](Request& request) { return handler(context, request); }, ja, en, std::move(docs)});
  };
  get("/{org}/kpi", list_page, "計算される指標の一覧", "Indicators that compute themselves", "");
  get("/{org}/kpi.json", list_data, "計算される指標（JSON）", "Computed indicators as JSON", http::kJson);
  get("/{org}/kpi.csv", list_csv, "計算される指標（CSV）", "Computed indicators as CSV", "text/csv");
  get("/{org}/kpi/{indicator}", indicator_page, "一つの指標", "One indicator", "");
  get("/{org}/kpi/{indicator}.json", indicator_data, "一つの指標（JSON）", "One indicator as JSON", http::kJson);
  get("/{org}/kpi/{indicator}.csv", indicator_csv, "一つの指標（CSV）", "One indicator as CSV", "text/csv");
  return out;
}

}  // namespace musubi::kpi
