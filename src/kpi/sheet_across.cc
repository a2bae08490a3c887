// What is asked across sheets: which targets were missed, and how years compare. Part of sheet_pages.h.
#include <algorithm>

#include "kpi/judgement.h"
#include "kpi/sheet_pages.h"
#include "kpi/sheet_words.h"
#include "web/chart.h"
#include "web/messages.h"

namespace musubi::kpi {
namespace {

namespace t = web::messages;
using web::Html;
using web::Kind;
using web::Language;
using web::Markup;

std::string str(std::string_view text) { return std::string(text); }

web::TableShape targets_shape(const std::vector<SharedSheet>& sheets, Language l) {
  web::TableShape shape{"targets", str(t::sheet_targets(l)),
                        {{"indicator", str(t::sheet_indicator(l)), Kind::kLink}, {"fiscal_year", str(t::sheet_year(l)), Kind::kText, true}, {"final", str(t::sheet_final(l))},
                         {"latest", str(t::sheet_actual(l))}, {"mark", str(t::sheet_official(l)), Kind::kTag}, {"computed", str(t::sheet_computed(l)), Kind::kTag},
                         {"status", str(t::sheet_status(l))}}};
  web::Filter status{"status", str(t::sheet_status(l)), {{"missed", str(t::sheet_missed(l))}, {"no_target", str(t::sheet_no_target(l))}, {"reached", str(t::sheet_reached(l))}, {"not_due", str(t::sheet_not_due(l))}}};
  web::Filter sheet{"sheet", str(t::sheet_sheet(l)), {}};
  for (const auto& state : sheets) sheet.choices.push_back({state->sheet.header.id, sheet_title(state->sheet.header, l)});
  shape.filters = {std::move(status), std::move(sheet)};
  shape.search = true;
  return shape;
}

// The last actual of a row: "97.4 (FY2017)".
std::string latest_of(const Line& line, int until, Language l) {
  std::string out;
  for (const auto& [year, values] : line.yearly)
    if (year <= until && values.actual) out = value_words(values.actual, l) + (l == Language::ja ? "（" : " (") + year_words(year, l) + (l == Language::ja ? "）" : ")");
  return out;
}

// Several may hold at once: not due, and yet a year's target missed.
std::vector<std::string> statuses_of(const SheetIndicator& one, int fiscal_year, const MarkRules& rules) {
  std::vector<std::string> out;
  if (is_missed(one, fiscal_year, rules)) out.push_back("missed");
  if (!has_target(one)) out.push_back("no_target");
  auto mark = mark_of(one, fiscal_year, rules);
  if (mark == Mark::kReached) out.push_back("reached");
  if (mark == Mark::kNotDue) out.push_back("not_due");
  return out;
}

std::string_view status_title(const std::string& word, Language l) {
  return word == "missed" ? t::sheet_missed(l) : word == "no_target" ? t::sheet_no_target(l) : word == "reached" ? t::sheet_reached(l) : t::sheet_not_due(l);
}

web::Cell mark_cell(std::optional<Mark> mark, std::string_view none, Language l) {
  return {mark ? str(mark_sign(*mark)) : "none", str(mark ? mark_title(*mark, l) : none), "", mark ? mark_tone(*mark) : web::Tone::kPlain};
}

web::Row target_row(const SheetAsked& asked, const SheetHeader& h, const SheetIndicator& one, const MarkRules& rules, const std::vector<std::string>& statuses) {
  Language l = asked.language;
  std::string final_words, latest, words, comma = l == Language::ja ? "、" : "; ";
  for (const auto& line : one.lines) {
    std::string sub = line.sub.empty() ? "" : "(" + line.sub + ") ";
    if (line.final_target) final_words += (final_words.empty() ? "" : comma) + sub + value_words(line.final_target, l) + (line.final_year ? " [" + std::to_string(*line.final_year) + "]" : "");
    if (std::string actual = latest_of(line, h.fiscal_year, l); !actual.empty()) latest += (latest.empty() ? "" : comma) + sub + actual;
  }
  for (const auto& status : statuses) words += (words.empty() ? "" : comma) + str(status_title(status, l));
  return {{h.id + "/" + one.number, one.number + " " + web::pick(one.title, l), asked.in_view(asked.urls.indicator(h.id, one.number))}, {std::to_string(h.fiscal_year), sheet_title(h, l)},
          {final_words}, {latest}, mark_cell(one.mark, t::sheet_mark_none(l), l), mark_cell(compute_mark(one, h.fiscal_year, rules).mark, t::sheet_computed_words(l), l), {words}};
}

Markup compare_chart(const std::vector<SharedSheet>& sheets, Language l) {
  web::Chart chart{"marks", str(t::sheet_compare_chart(l)), str(t::sheet_compare_chart_text(l))};
  chart.series = {{str(t::sheet_mark_reached(l)), {}}, {str(t::sheet_mark_near(l)), {}}, {str(t::sheet_mark_far(l)), {}}, {str(t::sheet_mark_not_due(l)), {}}, {str(t::sheet_unmarked(l)), {}}};
  for (const auto& state : sheets) {
    SheetFigures f = figures_of(state->sheet);
    chart.labels.push_back(sheet_title(state->sheet.header, l));
    std::size_t counts[] = {f.reached, f.near, f.far, f.not_due, f.unmarked};
    for (std::size_t i = 0; i < 5; ++i) chart.series[i].values.push_back(double(counts[i]));
  }
  return chart.labels.empty() ? Markup{} : web::share_chart(chart, l);
}

}  // namespace

Result<web::Table> targets_table(const SheetAsked& asked, const http::Request& request, bool everything) {
  Language l = asked.language;
  auto sheets = TRY(asked.sheets().list(asked.view));
  web::TableShape shape = targets_shape(sheets, l);
  web::TableQuery query = TRY(web::read_query(shape, request.target));
  if (everything) query.per_page = web::kMaxPerPage;
  std::string wanted = query.filters.contains("status") ? query.filters["status"] : "", only = query.filters.contains("sheet") ? query.filters["sheet"] : "";
  std::vector<web::Row> rows;
  for (const auto& state : sheets) {
    const auto& h = state->sheet.header;
    if (!only.empty() && only != h.id) continue;
    MarkRules rules = mark_rules(h);
    for (const auto& one : state->sheet.indicators) {
      auto statuses = statuses_of(one, h.fiscal_year, rules);
      if (wanted.empty() || std::find(statuses.begin(), statuses.end(), wanted) != statuses.end()) rows.push_back(target_row(asked, h, one, rules, statuses));
    }
  }
  auto filters = std::exchange(query.filters, {});  // applied here: rows are compared by what they mean, not by their words
  web::Table table = web::arrange(std::move(shape), std::move(query), std::move(rows));
  table.query.filters = std::move(filters);
  return table;
}

Result<http::Response> targets_page(const RouteContext& context, http::Request& request) {
  SheetAsked asked = TRY(read_sheet_asked(context, request, false));
  Language l = asked.language;
  web::Table table = TRY(targets_table(asked, request, false));
  web::Page page = new_sheet_page(asked, request, str(t::sheet_targets(l)));
  page.lead = t::sheet_targets_lead(l);
  page.json = page.csv = true;
  page.main = web::table(table, request.target, l);
  return answer(context, request, page, 200);
}

Result<http::Response> compare_page(const RouteContext& context, http::Request& request) {
  SheetAsked asked = TRY(read_sheet_asked(context, request, false));
  Language l = asked.language;
  auto sheets = TRY(asked.sheets().list(asked.view));
  std::reverse(sheets.begin(), sheets.end());
  if (sheets.size() > web::kMaxPerPage) sheets.erase(sheets.begin(), sheets.end() - web::kMaxPerPage);
  web::Page page = new_sheet_page(asked, request, str(t::sheet_compare(l)));
  page.lead = t::sheet_compare_lead(l);
  page.json = page.csv = true;
  web::Table table = plain_table("compare", t::sheet_compare(l),
                                 {{"sheet", str(t::sheet_sheet(l)), Kind::kLink}, {"judgement", str(t::sheet_judgement(l))}, {"indicators", str(t::sheet_indicators(l)), Kind::kNumber},
                                  {"reached", str(t::sheet_mark_reached(l)), Kind::kNumber}, {"near", str(t::sheet_mark_near(l)), Kind::kNumber}, {"far", str(t::sheet_mark_far(l)), Kind::kNumber},
                                  {"not_due", str(t::sheet_mark_not_due(l)), Kind::kNumber}, {"missed", str(t::sheet_missed(l)), Kind::kNumber},
                                  {"initial", str(t::sheet_budget_initial(l)), Kind::kNumber}, {"executed", str(t::sheet_executed(l)), Kind::kNumber}});
  for (const auto& state : sheets) {
    const auto& h = state->sheet.header;
    SheetFigures f = figures_of(state->sheet);
    auto n = [](std::size_t value) { return web::Cell{std::to_string(value)}; };
    auto million = [&](AmountKind kind) { auto yen = yen_of(h, kind); return web::Cell{yen ? number_text(double(*yen) / 1e6) : ""}; };
    std::string self = asked.urls.sheet(h.id);
    table.rows.push_back({{h.id, sheet_title(h, l), asked.in_view(self)}, {step_title(h, l)}, n(f.indicators), n(f.reached), n(f.near), n(f.far), n(f.not_due),
                          {std::to_string(f.missed), "", asked.in_view(self + "?show=missed")}, million(AmountKind::kInitial), million(AmountKind::kExecuted)});
  }
  table.total = table.rows.size();
  page.main = Html().markup(compare_chart(sheets, l)).markup(web::table(table, request.target, l)).take();
  return answer(context, request, page, 200);
}

}  // namespace musubi::kpi
