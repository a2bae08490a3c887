// Figures as JSON and CSV. Part of indicator_view.h.
#include <algorithm>

#include "base/encoding.h"
#include "kpi/indicator_view.h"
#include "kpi/json.h"
#include "text/csv.h"
#include "text/dates.h"

namespace musubi::kpi {
namespace {

json::array rows_json(const auto& figures, std::string_view key, auto&& name) {
  json::array out;
  for (const auto& [one, figure] : figures) {
    json::object row = figure_json(figure);
    row[key] = name(one);
    out.push_back(std::move(row));
  }
  return out;
}

std::uint64_t records_under(const Standing& standing, const Indicator& indicator) {
  if (!standing.reported(indicator)) return standing.own.size;
  std::uint64_t all = 0;
  for (const auto& one : standing.others->reporters) all += one.size;
  return all;
}

}  // namespace

json::object figure_json(const Figure& figure) {
  json::object out{{"value", figure.value ? json::value(*figure.value) : json::value(nullptr)}};
  if (figure.suppressed)
    out["suppressed"] = true;
  else
    out["n"] = figure.n;
  if (!figure.value) out["why"] = why_word(figure.why);
  return out;
}

json::object computed_json(const Standing& standing, const Indicator& indicator, const Urls& urls) {
  const Computed computed = standing.of(indicator);
  json::object out = figure_json(computed.whole);
  out["id"] = indicator.id;
  out["title"] = to_json(indicator.title);
  out["definition"] = to_json(indicator.definition);
  out["unit"] = to_json(indicator.unit);
  out["better"] = indicator.up ? "up" : "down";
  out["formula"] = indicator.formula_json;
  out["formula_id"] = indicator.formula.id();
  if (auto own = standing.revisions.find(indicator.id); own != standing.revisions.end()) out["revision"] = own->second;
  out["small_cells"] = standing.hides(indicator) ? "suppressed" : "shown";
  if (computed.rounded_to > 1) out["rounded_to"] = computed.rounded_to;
  out["url"] = kpi_path(urls, indicator);
  json::array measures;
  for (const auto& measure : indicator.measures) measures.push_back({{"plan", measure.plan}, {"number", measure.number}});
  out["measures"] = std::move(measures);
  out["months"] = rows_json(computed.months, "month", [](int month) { return json::value(month_name(month)); });
  out["fiscal_years"] = rows_json(computed.years, "fiscal_year", [](int year) { return json::value(year); });
  bool many = indicator.formula.attributes() > 1;
  out["parts"] = rows_json(computed.parts, "part", [&](const std::string& part) {
    return many ? json::value(json::value_from(split_part(part))) : json::value(part);
  });
  return out;
}

json::object standing_json(const Asked& asked, const Standing& standing) {
  json::object out;
  if (asked.view.as_of) out["as_of"] = text::iso_date(*asked.view.as_of);
  if (!standing.others) {
    out["records"] = standing.own.size;
    out["at"] = standing.now.rfc3339();
    if (!standing.root) return out;
    out["root"] = root_text(standing.root);
    out["checkpoint"] = "/" + asked.urls.org + "/log/checkpoint";
    out["consistency"] = consistency_path(asked, standing);
    return out;
  }
  json::array reports;
  for (const auto& one : standing.others->reporters)
    reports.push_back({{"organisation", one.organisation},
                       {"title", to_json(one.title)},
                       {"records", one.size},
                       {"root", one.root.empty() ? json::value(nullptr) : json::value(one.root)},
                       {"digest", one.digest},
                       {"at", one.at.rfc3339()}});
  out["reports"] = std::move(reports);
  return out;
}

std::string tidy_csv(const Standing& standing, const http::Request& request) {
  text::CsvWriter rows({.byte_order_mark = request.query.get("spreadsheet", "") == "1", .guard_formulas = true});
  rows.row({"indicator", "fiscal_year", "month", "part", "value", "n", "why_no_value", "definition", "records", "root"});
  for (const auto& indicator : standing.indicators) {
    const std::string definition = indicator.formula.id(), root = standing.reported(indicator) ? "" : root_text(standing.root);
    const std::string records = std::to_string(records_under(standing, indicator));
    auto row = [&](std::string year, std::string month, std::string part, const Figure& figure) {
      std::replace(part.begin(), part.end(), kPartSeparator, '|');
      rows.row({indicator.id, std::move(year), std::move(month), std::move(part),
                figure.value ? number_of(indicator, *figure.value) : "", figure.suppressed ? "" : std::to_string(figure.n),
                std::string(why_word(figure.why)), definition, records, root});
    };
    const Computed computed = standing.of(indicator);
    row("", "", "", computed.whole);
    for (const auto& [year, figure] : computed.years) row(std::to_string(year), "", "", figure);
    for (const auto& [month, figure] : computed.months) row("", month_name(month), "", figure);
    for (const auto& [part, figure] : computed.parts) row("", "", part, figure);
  }
  return rows.take();
}

}  // namespace musubi::kpi
