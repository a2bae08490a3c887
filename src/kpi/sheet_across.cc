// What is asked across sheets: which targets were missed, and how years compare. Part of sheet_pages.h.
#include <algorithm>

#include "kpi/day.h"
#include "kpi/judgement.h"
#include "kpi/list_query.h"
#include "kpi/sheet_json.h"
#include "kpi/sheet_pages.h"
#include "kpi/sheet_words.h"
#include "web/chart.h"
#include "web/messages/kpi.h"
#include "web/messages/sheet.h"

namespace musubi::kpi {
namespace {

namespace t = web::messages;
using web::Html;
using web::Kind;
using web::Language;
using web::Markup;

std::string str(std::string_view text) { return std::string(text); }

// What is asked of both tables, the one for people and the one for programs.
void add_filters(web::TableShape& shape, const std::vector<SharedSheet>& sheets, Language l) {
  web::Filter status{"status", str(t::sheet_status(l)), {}};
  for (std::string_view one : kTargetStatuses) status.choices.push_back({str(one), str(result_title(one, l))});
  web::Filter sheet{"sheet", str(t::sheet_sheet(l)), {}};
  for (const auto& state : sheets) sheet.choices.push_back({state->sheet.header.id, sheet_title(state->sheet.header, l)});
  shape.filters = {std::move(status), std::move(sheet), {"as_of", str(t::kpi_as_of(l)), {}}};
  shape.search = true;
}

web::TableShape targets_shape(Language l) {
  return {"targets",
          str(t::sheet_targets(l)),
          {{"indicator", str(t::sheet_indicator(l)), Kind::kLink},
           {"sheet", str(t::sheet_sheet(l)), Kind::kLink},
           {"fiscal_year", str(t::sheet_year(l)), Kind::kText, true},
           {"final", str(t::sheet_final(l))},
           {"latest", str(t::sheet_actual(l))},
           {"mark", str(t::sheet_official(l)), Kind::kTag},
           {"computed", str(t::sheet_computed(l)), Kind::kTag},
           {"status", str(t::sheet_status(l))}}};
}

web::TableShape data_shape(Language l) {
  web::TableShape shape{"targets", str(t::sheet_targets(l)), {}};
  auto column = [&](const char* id, Kind kind, bool sortable = false) { shape.columns.push_back({id, id, kind, sortable}); };
  column("indicator", Kind::kLink);
  column("sheet", Kind::kText);
  column("fiscal_year", Kind::kNumber, true);
  for (const char* id : {"line", "line_title", "unit"}) column(id, Kind::kText);
  for (const char* of : {"target", "actual"})
    for (auto [what, kind] :
         {std::pair{"_number", Kind::kNumber}, {"_bound", Kind::kText}, {"_year", Kind::kNumber}, {"_text", Kind::kText}})
      shape.columns.push_back({std::string(of) + what, std::string(of) + what, kind});
  for (const char* id : {"mark", "computed", "result", "year_missed"}) column(id, Kind::kText);
  return shape;
}

// The last actual of a row: "97.4 (FY2017)".
std::string latest_of(const Line& line, int until, Language l) {
  std::string out;
  for (const auto& [year, values] : line.yearly)
    if (year <= until && values.actual)
      out = value_words(values.actual, l) + (l == Language::ja ? "（" : " (") + year_words(year, l) + (l == Language::ja ? "）" : ")");
  return out;
}

web::Cell mark_cell(std::optional<Mark> mark, std::string_view none, Language l) {
  return {mark ? str(mark_sign(*mark)) : "none", str(mark ? mark_title(*mark, l) : none), "",
          mark ? mark_tone(*mark) : web::Tone::kPlain};
}

web::Row target_row(const SheetAsked& asked, const SheetState& state, const SheetIndicator& one, const MarkRules& rules) {
  Language l = asked.language;
  const SheetHeader& h = state.sheet.header;
  std::string final_words, latest, comma = l == Language::ja ? "、" : "; ";
  for (const auto& line : one.lines) {
    std::string sub = line.sub.empty() ? "" : "(" + line.sub + ") ";
    if (line.final_target)
      final_words += (final_words.empty() ? "" : comma) + sub + value_words(line.final_target, l) +
                     (line.final_year ? " [" + std::to_string(*line.final_year) + "]" : "");
    if (std::string actual = latest_of(line, h.fiscal_year, l); !actual.empty())
      latest += (latest.empty() ? "" : comma) + sub + actual;
  }
  std::string result = str(result_word(mark_of(one, h.fiscal_year, rules))), words = str(result_title(result, l));
  if (!has_target(one)) words += comma + str(t::sheet_no_target(l));
  if (!missed_years(one, h.fiscal_year, rules).empty()) words += comma + str(t::sheet_year_missed(l));
  return {{h.id + "/" + one.number, one.number + " " + web::pick(one.title, l), asked.in_view(asked.urls.indicator(h.id, one.number))},
          {h.id, listed_title(asked, state), asked.in_view(asked.urls.sheet(h.id))},
          {std::to_string(h.fiscal_year), year_words(h.fiscal_year, l)},
          {final_words},
          {latest},
          mark_cell(one.mark, t::sheet_mark_none(l), l),
          mark_cell(compute_mark(one, h.fiscal_year, rules).mark, t::sheet_computed_words(l), l),
          {result, words}};
}

void add_value(web::Row& row, const SheetValue* value, std::optional<int> year, Language l) {
  const bool number = value && value->number;
  row.push_back({number ? number_text(*value->number) : ""});
  row.push_back({number ? str(word_of(kBounds, value->bound)) : ""});
  row.push_back({value && year ? std::to_string(*year) : ""});
  row.push_back({value && value->text ? web::pick(*value->text, l) : ""});
}

web::Row data_row(const SheetAsked& asked, const SheetState& state, const SheetIndicator& one, const Line& line,
                  const MarkRules& rules) {
  Language l = asked.language;
  const SheetHeader& h = state.sheet.header;
  auto mark_word = [](std::optional<Mark> mark) { return mark ? str(word_of(kMarks, *mark)) : std::string(); };
  web::Row row = {
      {h.id + "/" + one.number, one.number + " " + web::pick(one.title, l), asked.in_view(asked.urls.indicator(h.id, one.number))},
      {h.id},
      {std::to_string(h.fiscal_year)},
      {line.sub},
      {line.title ? web::pick(*line.title, l) : ""},
      {line.unit ? web::pick(*line.unit, l) : ""}};
  add_value(row, line.final_target ? &*line.final_target : nullptr, line.final_year, l);
  std::optional<int> last;
  for (const auto& [year, values] : line.yearly)
    if (year <= h.fiscal_year && values.actual) last = year;
  add_value(row, last ? &*line.yearly.at(*last).actual : nullptr, last, l);
  const bool year_missed = !missed_years(one, h.fiscal_year, rules).empty();
  for (std::string word : {mark_word(one.mark), mark_word(compute_mark(one, h.fiscal_year, rules).mark),
                           str(result_word(mark_of(one, h.fiscal_year, rules))), std::string(year_missed ? "true" : "false")})
    row.push_back({std::move(word)});
  return row;
}

Markup compare_chart(const std::vector<SharedSheet>& sheets, Language l) {
  web::Chart chart{"marks", str(t::sheet_compare_chart(l)), str(t::sheet_compare_chart_text(l))};
  chart.series = {{str(t::sheet_mark_reached(l)), {}},
                  {str(t::sheet_mark_near(l)), {}},
                  {str(t::sheet_mark_far(l)), {}},
                  {str(t::sheet_mark_not_due(l)), {}},
                  {str(t::sheet_unmarked(l)), {}}};
  for (const auto& state : sheets) {
    SheetFigures f = figures_of(state->sheet);
    chart.labels.push_back(sheet_title(state->sheet.header, l));
    std::size_t counts[] = {f.reached, f.near, f.far, f.not_due, f.unmarked};
    for (std::size_t i = 0; i < 5; ++i) chart.series[i].values.push_back(double(counts[i]));
  }
  return chart.labels.empty() ? Markup{} : web::share_chart(chart, l);
}

}  // namespace

namespace {

template <class AddRows>
Result<web::Table> filled(const SheetAsked& asked, const http::Request& request, web::TableShape shape, bool everything,
                          AddRows&& add_rows) {
  auto sheets = TRY(asked.sheets().list(asked.view));
  add_filters(shape, sheets, asked.language);
  web::TableQuery query = TRY(table_query(request, shape));
  if (everything) query.per_page = web::kMaxPerPage;
  std::string wanted = query.filters.contains("status") ? query.filters["status"] : "",
              only = query.filters.contains("sheet") ? query.filters["sheet"] : "";
  std::vector<web::Row> rows;
  for (const auto& state : sheets) {
    const auto& h = state->sheet.header;
    if (!only.empty() && only != h.id) continue;
    MarkRules rules = mark_rules(state->sheet);
    for (const auto& one : state->sheet.indicators)
      if (has_status(wanted, one, h.fiscal_year, rules)) add_rows(rows, *state, one, rules);
  }
  auto filters = std::exchange(query.filters, {});  // applied here: rows are compared by what they mean, not by their words
  web::Table table = web::arrange(std::move(shape), std::move(query), std::move(rows));
  table.query.filters = std::move(filters);
  return table;
}

}  // namespace

Result<web::Table> targets_table(const SheetAsked& asked, const http::Request& request) {
  return filled(asked, request, targets_shape(asked.language), false,
                [&](std::vector<web::Row>& rows, const SheetState& state, const SheetIndicator& one, const MarkRules& rules) {
                  rows.push_back(target_row(asked, state, one, rules));
                });
}

Result<web::Table> targets_data_table(const SheetAsked& asked, const http::Request& request, bool everything) {
  return filled(asked, request, data_shape(asked.language), everything,
                [&](std::vector<web::Row>& rows, const SheetState& state, const SheetIndicator& one, const MarkRules& rules) {
                  for (const auto& line : one.lines) rows.push_back(data_row(asked, state, one, line, rules));
                });
}

Result<http::Response> targets_page(const RouteContext& context, http::Request& request, bool office) {
  SheetAsked asked = TRY(read_sheet_list_asked(context, request, office));
  Language l = asked.language;
  web::Table table = TRY(targets_table(asked, request));
  web::Page page = new_sheet_page(asked, request, str(t::sheet_targets(l)));
  page.lead = t::sheet_targets_lead(l);
  page.json = page.csv = true;
  page.main = Html().markup(web::paragraph(t::sheet_result_note(l))).markup(web::table(table, request.target, l)).take();
  return answer_of_day(context, request, asked, std::move(page));
}

Result<http::Response> compare_page(const RouteContext& context, http::Request& request, bool office) {
  SheetAsked asked = TRY(read_sheet_asked(context, request, office));
  Language l = asked.language;
  auto sheets = TRY(asked.sheets().list(asked.view));
  std::reverse(sheets.begin(), sheets.end());
  if (sheets.size() > web::kMaxPerPage) sheets.erase(sheets.begin(), sheets.end() - web::kMaxPerPage);
  web::Page page = new_sheet_page(asked, request, str(t::sheet_compare(l)));
  page.lead = t::sheet_compare_lead(l);
  page.json = page.csv = true;
  web::Table table = plain_table("compare", t::sheet_compare(l),
                                 {{"sheet", str(t::sheet_sheet(l)), Kind::kLink},
                                  {"judgement", str(t::sheet_judgement(l))},
                                  {"indicators", str(t::sheet_indicators(l)), Kind::kNumber},
                                  {"reached", str(t::sheet_mark_reached(l)), Kind::kNumber},
                                  {"near", str(t::sheet_mark_near(l)), Kind::kNumber},
                                  {"far", str(t::sheet_mark_far(l)), Kind::kNumber},
                                  {"not_due", str(t::sheet_mark_not_due(l)), Kind::kNumber},
                                  {"unmarked", str(t::sheet_unmarked(l)), Kind::kNumber},
                                  {"initial", str(t::sheet_budget_initial(l)), Kind::kNumber},
                                  {"executed", str(t::sheet_executed(l)), Kind::kNumber}});
  for (const auto& state : sheets) {
    const auto& h = state->sheet.header;
    SheetFigures f = figures_of(state->sheet);
    auto n = [](std::size_t value) { return web::Cell{std::to_string(value)}; };
    auto million = [&](AmountKind kind) {
      auto yen = yen_of(h, kind);
      return web::Cell{yen ? number_text(double(*yen) / 1e6) : ""};
    };
    std::string self = asked.urls.sheet(h.id);
    table.rows.push_back({{h.id, listed_title(asked, *state), asked.in_view(self)},
                          {step_title(state->sheet, l)},
                          n(f.indicators),
                          n(f.reached),
                          n(f.near),
                          n(f.far),
                          n(f.not_due),
                          n(f.unmarked),
                          million(AmountKind::kInitial),
                          million(AmountKind::kExecuted)});
  }
  table.total = table.rows.size();
  page.main = Html().markup(compare_chart(sheets, l)).markup(web::table(table, request.target, l)).take();
  return answer_of_day(context, request, asked, std::move(page));
}

}  // namespace musubi::kpi
