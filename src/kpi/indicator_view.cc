#include "kpi/indicator_view.h"

#include <algorithm>
#include <cmath>

#include "base/encoding.h"
#include "evidence/log.h"
#include "evidence/record.h"
#include "kpi/follow_up_view.h"
#include "kpi/json.h"
#include "kpi/kpi.h"
#include "kpi/list_query.h"
#include "kpi/log_root.h"
#include "kpi/rules.h"
#include "kpi/stock.h"
#include "web/chart.h"
#include "web/messages.h"
#include "web/messages/across.h"
#include "web/messages/evidence.h"
#include "web/messages/kpi.h"

namespace musubi::kpi {
namespace {

namespace t = web::messages;
using web::Html;
using web::Kind;
using web::Language;
using web::Markup;

constexpr std::size_t kMonthsShown = 24, kRootShown = 16;

std::string str(std::string_view text) { return std::string(text); }

std::string digits(double value) {
  char text[40];
  std::snprintf(text, sizeof text, std::abs(value) >= 1000 || value == std::floor(value) ? "%.0f" : "%.1f", value);
  return text;
}

std::string_view why_words(Why why, Language l) {
  switch (why) {
    case Why::kSuppressed: return t::kpi_suppressed(l);
    case Why::kNothingToDivideBy: return t::kpi_nothing_to_divide_by(l);
    case Why::kStillOpen: return t::kpi_still_open(l);
    case Why::kNoTime: return t::kpi_no_time(l);
    case Why::kNoneOrFew: return t::across_none_or_few(l);
    case Why::kNoRecords:
    case Why::kHasValue: break;
  }
  return t::kpi_no_records_yet(l);
}

// Below an hour, hours would read 0.0: people see minutes, data stays in hours.
bool in_minutes(const Indicator& indicator, double hours) {
  return indicator.formula.kind == FormulaKind::kPercentile && hours >= 0 && hours < 1;
}
std::string minutes_of(double hours) { return hours * 60 < 0.5 ? "< 1" : std::to_string(std::llround(hours * 60)); }

std::string year_name(int year, Language l) { return t::kpi_fiscal_year(l, {std::to_string(year)}); }

template <class Key, class Words, class Query>
Markup table_of(const std::string& id, const std::string& heading, const Asked& asked, const Indicator& indicator,
                const std::vector<std::pair<Key, Figure>>& figures, const std::string& target, const std::string& behind,
                Words&& words, Query&& query) {
  if (figures.empty()) return {};
  Language l = asked.language;
  web::Table table{{id,
                    heading,
                    {{id, heading, behind.empty() ? Kind::kText : Kind::kLink},
                     {"value", web::pick(indicator.unit, l), Kind::kNumber},
                     {"n", str(t::kpi_stands_on(l)), Kind::kNumber}}}};
  table.query.per_page = web::kMaxPerPage;
  for (const auto& [key, figure] : figures) {
    if (table.rows.size() >= web::kMaxPerPage) break;
    web::Cell first{words(key), words(key)};
    if (!behind.empty()) first.href = in_view(behind + "?" + query(key), asked.view);
    table.rows.push_back({std::move(first), value_cell(indicator, figure, l), count_cell(figure, l)});
  }
  table.total = table.rows.size();
  return web::table(table, target, l);
}

std::string url_encoded(std::string_view text) {
  std::string out;
  char hex[4];
  for (unsigned char c : text) {
    if (std::isalnum(c) || c == '-' || c == '_' || c == '.')
      out += char(c);
    else
      std::snprintf(hex, sizeof hex, "%%%02X", c), out += hex;
  }
  return out;
}

// "None, or too few" tells nothing of anybody where no module writes such records: there are none. Unless an organisation reports
// some: a newer program writes them there, and may do so elsewhere, too.
void none_written(const Indicator& indicator, const KnownTypes* written, const Reported::OfIndicator& reported, Figure& figure) {
  if (figure.why != Why::kNoneOrFew || !written || written->contains(indicator.formula.of.type)) return;
  const auto has_none = [](const ReportedFigure& one) { return one.whole.why == Why::kNoneOrFew; };
  if (std::all_of(reported.each.begin(), reported.each.end(), has_none)) figure = {.why = Why::kNoRecords};
}

}  // namespace

std::string root_text(const std::optional<crypto::Digest>& root) { return root ? to_base64(crypto::bytes(*root)) : ""; }

std::string consistency_path(const Asked& asked, const Standing& standing) {
  return "/" + asked.urls.org + "/log/consistency?from=" + std::to_string(standing.own.size) +
         "&to=" + std::to_string(standing.log_size);
}

Result<void> take_only(const http::Request& request, std::initializer_list<std::string_view> more) {
  std::vector<Fault> faults;
  for (const auto& [name, value] : request.query.pairs())
    if (name != "as_of" && name != "lang" && std::find(more.begin(), more.end(), name) == more.end())
      faults.push_back({name, {"この項目は、ここでは使えません。", "This parameter cannot be used here."}});
  if (!faults.empty()) return Error{Code::kInvalid, "table.bad_query", t::query_bad(), std::move(faults)};
  return {};
}

bool Standing::reported(const Indicator& indicator) const { return others && find_indicator(indicator.id); }

bool Standing::hides(const Indicator& indicator) const { return reported(indicator) ? indicator.persons : own.hides(indicator); }

Computed Standing::of(const Indicator& indicator) const {
  if (!reported(indicator)) return own.figures(indicator, now, eyes);
  const auto& reports = others->indicators.at(indicator.id);
  Computed out = reports.together;
  none_written(indicator, written, reports, out.whole);
  return out;
}

ReportedFigure Standing::of(const Indicator& indicator, std::size_t reporter) const {
  const auto& reports = others->indicators.at(indicator.id);
  ReportedFigure out = reports.each[reporter];
  none_written(indicator, written, reports, out.whole);
  return out;
}

Result<Standing> stand_figures(const RouteContext& context, const Asked& asked, Eyes eyes, const WantedIndicator& wanted) {
  Standing out;
  out.now = context.clock.now();
  out.eyes = eyes;
  out.written = context.record_types;
  std::optional<Time> end;
  if (asked.view.as_of) end = end_of_day_jst(*asked.view.as_of);
  const auto& of_binary = embedded_indicators();
  if (!wanted || std::any_of(of_binary.begin(), of_binary.end(), wanted)) {
    auto others = TRY(kpi::reported(asked.database, asked.view.as_of, out.now));
    if (!others->reporters.empty()) out.others = std::move(others);
  }
  if (end && !(out.now < *end)) out.now = Time{end->us - 1};
  TRY(asked.database->read([&](db::Reader& reader) -> Result<void> {
    const std::uint64_t records = end ? TRY(Indicators::records_before(reader, *end)) : TRY(evidence::record_count(reader));
    auto own = TRY(own_definitions(reader, end ? records : kAllRecords));
    for (const auto& one : own) out.revisions.emplace(one.indicator.id, one.revision);
    out.indicators = with_embedded(std::move(own), wanted);
    if (out.indicators.empty()) return {};
    auto here = out.indicators;
    std::erase_if(here, [&](const Indicator& one) { return out.reported(one); });
    if (end && !here.empty()) TRY(may_count_past(eyes == Eyes::kOfficers, records));
    out.own = TRY(Indicators::gather(reader, here, records));
    return {};
  }));
  return out;
}

Result<Standing> stand(const RouteContext& context, const Asked& asked, Eyes eyes, const WantedIndicator& wanted) {
  Standing out = TRY(stand_figures(context, asked, eyes, wanted));
  out.root = TRY(root_at(*asked.database, out.own.size));
  out.log_size = evidence::Log::of(*asked.database).size();
  return out;
}

Result<Standing> stand_one(const RouteContext& context, const http::Request& request, const Asked& asked, Eyes eyes) {
  const std::string& id = request.parameter("indicator");
  Standing standing = TRY(stand(context, asked, eyes, [&](const Indicator& one) { return one.id == id; }));
  if (standing.indicators.empty()) return unknown_indicator();
  return standing;
}

Result<Standing> stand_on(const RouteContext& context, const Asked& asked, std::vector<Indicator> indicators) {
  Standing out;
  out.now = context.clock.now();
  out.eyes = Eyes::kOfficers;
  out.own = TRY(Indicators(*asked.database).gather(indicators));
  out.indicators = std::move(indicators);
  return out;
}

std::string kpi_path(const Urls& urls) { return "/" + urls.org + (urls.office ? "/office/kpi" : "/kpi"); }
std::string kpi_path(const Urls& urls, const Indicator& indicator) { return kpi_path(urls) + "/" + indicator.id; }

// 99.95 must not read 100.0.
std::string number_of(const Indicator& indicator, double value) {
  char text[40];
  if (in_minutes(indicator, value)) return std::snprintf(text, sizeof text, "%.2f", value), text;
  if (indicator.formula.kind != FormulaKind::kUptime || value == 100) return digits(value);
  std::snprintf(text, sizeof text, "%.3f", std::floor(value * 1000) / 1000);
  return text;
}

double as_written(const Indicator& indicator, double value) { return std::stod(number_of(indicator, value)); }

std::string words_of(const Indicator& indicator, const Figure& figure, Language l) {
  if (!figure.value) return str(why_words(figure.why, l));
  if (in_minutes(indicator, *figure.value)) return t::kpi_minutes(l, {minutes_of(*figure.value)});
  return number_of(indicator, *figure.value) + (web::pick(indicator.unit, l) == "%" ? "%" : " " + web::pick(indicator.unit, l));
}

web::Cell value_cell(const Indicator& indicator, const Figure& figure, Language l) {
  const bool plain = figure.value && !in_minutes(indicator, *figure.value);
  return {figure.value ? number_of(indicator, *figure.value) : "", plain ? "" : words_of(indicator, figure, l)};
}
web::Cell count_cell(const Figure& figure, Language l) {
  if (!figure.suppressed) return {std::to_string(figure.n)};
  return {"", figure.why == Why::kNoneOrFew ? "" : str(t::kpi_suppressed_count(l))};
}

std::string part_words(const RouteContext& context, const Asked& asked, const Indicator& indicator, const std::string& part) {
  std::string out;
  auto values = split_part(part);
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::string words = values[i].empty() ? str(t::kpi_part_unknown(asked.language)) : values[i];
    if (context.part_title && i < indicator.formula.of.by.size())
      if (auto title = context.part_title(asked.urls.org, indicator.formula.of.by[i], values[i]))
        words = web::pick(*title, asked.language);
    out += (i == 0 ? "" : asked.language == Language::ja ? "／" : ", ") + words;
  }
  return out;
}

std::string part_heading(const Indicator& indicator, Language l) {
  std::string out;
  for (const auto& title : indicator.by_titles) out += (out.empty() ? "" : l == Language::ja ? "／" : ", ") + web::pick(title, l);
  return out.empty() ? str(t::kpi_part(l)) : out;
}

http::Parameter indicator_sort() {
  return {"sort", "string", "indicator、value、unit、n。先頭の - は降順", "indicator, value, unit, n; a leading - sorts down"};
}

web::TableShape list_shape(Language l) {
  return {"indicators",
          str(t::kpi_indicators(l)),
          {{"indicator", str(t::kpi_indicator(l)), Kind::kLink, true},
           {"value", str(t::kpi_value(l)), Kind::kNumber, true},
           {"unit", str(t::kpi_figure_unit(l)), Kind::kText, true},
           {"n", str(t::kpi_stands_on(l)), Kind::kNumber, true}}};
}

Result<void> take_list(const http::Request& request, std::initializer_list<std::string_view> more) {
  auto only = take_only(request, more);
  auto query = table_query(request, list_shape(request.language));
  if (query.ok()) return only;
  if (only.ok()) return query.error();
  Error all = only.error();
  for (const auto& fault : query.error().faults)
    if (std::none_of(all.faults.begin(), all.faults.end(), [&](const Fault& told) { return told.where == fault.where; }))
      all.faults.push_back(fault);
  return all;
}

// Values sort as numbers in their own unit, so minutes as the hours that they are.
Result<void> order(Standing& standing, std::string_view target, Language l) {
  web::TableShape shape = list_shape(l);
  standing.query = TRY(web::read_query(shape, target));
  if (standing.query.sort.empty()) return {};
  shape.columns.push_back({"at", ""});
  std::vector<web::Row> rows;
  for (std::size_t i = 0; i < standing.indicators.size(); ++i) {
    const Indicator& one = standing.indicators[i];
    const Figure figure = standing.of(one).whole;
    rows.push_back({{web::pick(one.title, l)},
                    {figure.value ? number_of(one, *figure.value) : ""},
                    {web::pick(one.unit, l)},
                    count_cell(figure, l),
                    {std::to_string(i)}});
  }
  const std::uint32_t all = std::uint32_t(rows.size());
  web::TableQuery query{.sort = standing.query.sort, .descending = standing.query.descending, .per_page = all};
  std::vector<Indicator> ordered;
  for (const auto& row : web::arrange(std::move(shape), std::move(query), std::move(rows)).rows)
    ordered.push_back(std::move(standing.indicators[std::stoul(row.back().value)]));
  standing.indicators = std::move(ordered);
  return {};
}

// Those that have figures, then by themselves those of whose records there are none yet.
Markup list_markup(const Asked& asked, const Standing& standing, const std::string& target) {
  Language l = asked.language;
  web::Table with{list_shape(l), standing.query};
  web::Table without{{"without-figures", str(t::kpi_without_figures(l)), {{"indicator", str(t::kpi_indicator(l)), Kind::kLink}}}};
  for (const auto& indicator : standing.indicators) {
    if (with.rows.size() + without.rows.size() >= web::kMaxPerPage) break;
    const Figure figure = standing.of(indicator).whole;
    web::Cell name{indicator.id, web::pick(indicator.title, l), in_view(kpi_path(asked.urls, indicator), asked.view)};
    if (!figure.value && figure.why == Why::kNoRecords) {
      without.rows.push_back({std::move(name)});
      continue;
    }
    const bool minutes = figure.value && in_minutes(indicator, *figure.value);
    web::Cell value = value_cell(indicator, figure, l);
    if (minutes) value.text = minutes_of(*figure.value);
    with.rows.push_back({std::move(name),
                         std::move(value),
                         {minutes ? str(t::kpi_minutes_unit(l)) : web::pick(indicator.unit, l)},
                         count_cell(figure, l)});
  }
  Html html;
  for (web::Table* table : {&with, &without}) {
    table->query.per_page = web::kMaxPerPage;
    table->total = table->rows.size();
    if (table == &without && !without.rows.empty()) html.raw("<h2>").text(t::kpi_without_figures(l)).raw("</h2>\n");
    if (table == &with || !without.rows.empty()) html.markup(web::table(*table, target, l));
  }
  return html.take();
}

// Too many to name: what they stand on together.
std::vector<web::SummaryRow> all_reporters(const std::vector<Reporter>& reporters, Language l) {
  std::int64_t records = 0;
  Time oldest = reporters[0].at, newest = oldest;
  for (const auto& one : reporters) {
    records += std::int64_t(one.size);
    oldest = std::min(oldest, one.at), newest = std::max(newest, one.at);
  }
  return {{str(t::across_reporters(l)), web::escaped(t::across_reporters_n(l, {std::int64_t(reporters.size())}))},
          {str(t::across_reporters_records(l)), web::escaped(t::kpi_n_records(l, {records}))},
          {str(t::across_reporters_oldest(l)), web::time_element(oldest, l)},
          {str(t::across_reporters_newest(l)), web::time_element(newest, l)}};
}

Markup standing_markup(const Asked& asked, const Standing& standing, const Indicator* indicator) {
  Language l = asked.language;
  std::vector<web::SummaryRow> rows;
  if (indicator ? !standing.reported(*indicator) : !standing.others) {
    Html size;
    size.text(t::kpi_first_records(l, {std::int64_t(standing.own.size)}))
        .raw(" · ")
        .markup(web::link(t::kpi_checkpoint(l), "/" + asked.urls.org + "/log"));
    rows.push_back({str(t::kpi_stands_on_log(l)), size.take()});
    if (indicator)
      if (auto own = standing.revisions.find(indicator->id); own != standing.revisions.end())
        rows.push_back({str(t::kpi_definition_revision(l)), web::escaped(std::to_string(own->second))});
    if (standing.root) {
      std::string root = root_text(standing.root).substr(0, kRootShown) + "…";
      rows.push_back({str(t::evidence_root(l)), web::link(root, consistency_path(asked, standing))});
    }
    rows.push_back({str(t::kpi_computed_at(l)), web::time_element(standing.now, l)});
  } else {
    const auto& reporters = standing.others->reporters;
    if (reporters.size() > kReportersShown) {
      rows = all_reporters(reporters, l);
    } else {
      for (const auto& one : reporters) {
        Html line;
        line.text(t::kpi_first_records(l, {std::int64_t(one.size)})).raw(" · ").markup(web::time_element(one.at, l));
        if (!one.root.empty()) line.raw(" · ").text(t::evidence_root(l)).raw(" ").text(one.root.substr(0, kRootShown) + "…");
        rows.push_back({web::pick(one.title, l), line.take()});
      }
    }
    return Html().markup(web::summary_list(rows, l)).markup(web::paragraph(t::kpi_reported_note(l))).take();
  }
  return web::summary_list(rows, l);
}

Markup facts_markup(const Asked& asked, const Computed& computed) {
  Language l = asked.language;
  const Indicator& indicator = *computed.indicator;
  std::vector<web::SummaryRow> rows;
  Html value;
  value.raw("<strong>").text(words_of(indicator, computed.whole, l)).raw("</strong>");
  rows.push_back({str(t::kpi_value(l)), value.take()});
  if (!computed.whole.suppressed && indicator.formula.kind != FormulaKind::kUptime)
    rows.push_back({str(t::kpi_stands_on(l)), web::escaped(t::kpi_n_records(l, {computed.whole.n}))});
  rows.push_back({str(t::kpi_definition(l)), web::escaped(web::pick(indicator.definition, l))});
  rows.push_back({str(t::kpi_better(l)), web::escaped(indicator.up ? t::kpi_better_up(l) : t::kpi_better_down(l))});
  if (indicator.formula.of.until && indicator.formula.kind == FormulaKind::kPercentile) {
    OpenPairs open = indicator.formula.open;
    rows.push_back({str(t::kpi_open_pairs(l)), web::escaped(open == OpenPairs::kLeftOut ? t::kpi_open_left_out(l)
                                                            : open == OpenPairs::kSoFar ? t::kpi_open_so_far(l)
                                                                                        : t::kpi_open_longest(l))});
  }
  Html measures;
  bool any = false;
  std::map<std::string, bool> here;  // by plan; else of another organisation
  for (const auto& measure : indicator.measures) {
    auto [plan, asked_now] = here.try_emplace(measure.plan);
    if (asked_now) plan->second = Plans(*asked.database).state(measure.plan, View{}).ok();
    if (!plan->second) continue;
    measures.markup(web::link(measure.plan + " " + measure.number, Urls{asked.urls.org, false}.measure(measure.plan, measure.number)))
        .raw("<br>");
    any = true;
  }
  if (any) rows.push_back({str(t::kpi_measures(l)), measures.take()});
  return web::summary_list(rows, l);
}

Markup months_chart(const Computed& computed, Language l) {
  web::Chart chart{"months-chart", str(t::kpi_by_month(l)), web::pick(computed.indicator->definition, l)};
  chart.unit = web::pick(computed.indicator->unit, l);
  web::Series series{web::pick(computed.indicator->title, l)};
  std::size_t skip = computed.months.size() > kMonthsShown ? computed.months.size() - kMonthsShown : 0;
  for (std::size_t i = skip; i < computed.months.size(); ++i) {
    chart.labels.push_back(month_name(computed.months[i].first));
    const auto& value = computed.months[i].second.value;
    series.values.push_back(value ? std::optional(as_written(*computed.indicator, *value)) : std::nullopt);
  }
  bool any = std::any_of(series.values.begin(), series.values.end(), [](const auto& value) { return value.has_value(); });
  if (!any) return {};  // no axis without a point
  chart.series.push_back(std::move(series));
  return web::line_chart(chart, l);
}

Markup figure_tables(const RouteContext& context, const Asked& asked, const Computed& computed, const std::string& target,
                     bool behind) {
  Language l = asked.language;
  const Indicator& indicator = *computed.indicator;
  std::string link = behind ? kpi_path(asked.urls, indicator) + "/records" : "";
  auto recent = computed.months;
  if (recent.size() > kMonthsShown) recent.erase(recent.begin(), recent.end() - kMonthsShown);
  Html out;
  out.markup(table_of(
      "years", str(t::kpi_by_year(l)), asked, indicator, computed.years, target, link, [&](int year) { return year_name(year, l); },
      [](int year) { return "year=" + std::to_string(year); }));
  out.markup(table_of(
      "months", str(t::kpi_by_month(l)), asked, indicator, recent, target, link, [](int month) { return month_name(month); },
      [](int month) { return "month=" + month_name(month); }));
  out.markup(table_of(
      "parts", part_heading(indicator, l), asked, indicator, computed.parts, target, link,
      [&](const std::string& part) { return part_words(context, asked, indicator, part); },
      [](const std::string& part) { return "part=" + url_encoded(part); }));
  return out.take();
}

Markup formula_markup(const Indicator& indicator, Language l) {
  Html formula;
  formula.raw("<pre><code>").text(pretty_json(indicator.formula_json)).raw("</code></pre>\n");
  return web::details(t::kpi_formula(l), formula.take());
}

}  // namespace musubi::kpi
