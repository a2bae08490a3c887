#include "kpi/sheet_years_pages.h"

#include <algorithm>
#include <functional>
#include <set>

#include "kpi/day.h"
#include "kpi/json.h"
#include "kpi/list_query.h"
#include "kpi/sheet_json.h"
#include "kpi/sheet_organisations_pages.h"
#include "kpi/sheet_pages.h"
#include "kpi/sheet_shares.h"
#include "kpi/sheet_state.h"
#include "kpi/sheet_words.h"
#include "kpi/sheet_years.h"
#include "text/csv.h"
#include "web/chart.h"
#include "web/messages/across.h"
#include "web/messages/kpi.h"
#include "web/messages/sheet.h"
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

std::string str(std::string_view text) { return std::string(text); }
constexpr std::size_t kLines = 6, kCharts = 3;

std::string_view differs_title(Differs one, Language l) {
  switch (one) {
    case Differs::kRows: return t::across_p_line(l);
    case Differs::kUnit: return t::across_p_unit(l);
    case Differs::kKind: return t::across_p_kind(l);
    case Differs::kNature: return t::across_p_nature(l);
    case Differs::kDirection: return t::across_p_direction(l);
    case Differs::kGathering: break;
  }
  return t::across_p_gathering(l);
}

std::string words_of(const std::vector<Differs>& all, Language l) {
  std::string out;
  for (auto one : all) out += (out.empty() ? "" : l == Language::ja ? "、" : ", ") + str(differs_title(one, l));
  return out;
}

web::Cell comparable_cell(const std::vector<Differs>& all, Language l) {
  return {all.empty() ? "comparable" : "different", str(all.empty() ? t::across_comparable(l) : t::across_different(l)), "",
          all.empty() ? Tone::kSuccess : Tone::kWarning};
}

web::Cell joined_cell(bool by_name, Language l) {
  return {by_name ? "name" : "id", str(by_name ? t::across_by_name(l) : t::across_by_id(l)), "", by_name ? Tone::kPlain : Tone::kInfo};
}

std::string across_url(const SheetAsked& asked, const Placed& one) {
  return asked.urls.indicator(one.state->sheet.header.id, one.indicator->number) + "/across";
}

web::Cell result_cell(const Placed& one, Language l) {
  Outcome outcome = outcome_of(one);
  std::string words = str(result_title(outcome.result(), l));
  if (outcome.year_missed) words += (l == Language::ja ? "、" : "; ") + str(t::sheet_year_missed(l));
  return {str(outcome.result()), std::move(words)};
}

// The newest year of all own sheets that has an actual, and that value; the newest sheet's where two print it.
std::string latest_words(const SameIndicator& all, Language l) {
  int last = 0;
  std::string out;
  for (const auto& one : all)
    for (const auto& [year, values] : one.indicator->lines[0].yearly)
      if (!one.other && values.actual && year >= last) {
        last = year;
        out = actual_words(values, l) + (l == Language::ja ? "（" : " (") + year_words(year, l) + (l == Language::ja ? "）" : ")");
      }
  return out;
}

std::set<int> actual_years(const SameIndicator& all) {
  std::set<int> own, others;
  for (const auto& one : all)
    for (const auto& line : one.indicator->lines)
      for (const auto& [year, values] : line.yearly)
        if (values.actual) (one.other ? others : own).insert(year);
  return years_together(std::move(own), others);
}

const Placed& newest_own(const SameIndicator& all) {
  return *std::find_if(all.rbegin(), all.rend(), [](const Placed& one) { return !one.other; });
}

bool all_comparable(const SameIndicator& all) {
  return std::all_of(all.begin(), all.end(),
                     [&](const Placed& one) { return differences(*newest_own(all).indicator, *one.indicator).empty(); });
}

// ---- The list of indicators that stand on several sheets ----

web::TableShape list_shape(Language l) {
  web::TableShape shape{"across",
                        str(t::across_list(l)),
                        {{"indicator", str(t::sheet_indicator(l)), Kind::kLink},
                         {"sheets", str(t::across_sheets(l)), Kind::kNumber, true},
                         {"organisations", str(t::across_organisations(l)), Kind::kNumber, true},
                         {"years", str(t::across_years(l))},
                         {"latest", str(t::across_latest(l))},
                         {"comparison", str(t::across_comparison(l)), Kind::kTag},
                         {"joined", str(t::across_joined(l)), Kind::kTag}}};
  shape.filters = {{"as_of", str(t::kpi_as_of(l)), {}}};
  shape.search = true;
  return shape;
}

web::Row list_row(const SheetAsked& asked, const Beside& beside, const SameIndicator& all) {
  Language l = asked.language;
  const Placed& newest = newest_own(all);
  auto years = actual_years(all);
  bool same = all_comparable(all);
  std::set<std::pair<std::string, std::string_view>> on;  // a sheet may hold it twice
  std::set<std::string> organisations;
  for (const auto& one : all) {
    on.emplace(beside.organisation(one.other), one.state->sheet.header.id);
    organisations.insert(beside.organisation(one.other));
  }
  bool by_name =
      std::any_of(all.begin(), all.end(), [&](const Placed& one) { return &one != &newest && joined_by_name(newest, one); });
  return {{newest.state->sheet.header.id + "/" + newest.indicator->number,
           web::pick(newest.indicator->title, l) + draft_mark(asked, *newest.state), asked.in_view(across_url(asked, newest))},
          {std::to_string(on.size())},
          {std::to_string(organisations.size())},
          {years.empty()                       ? ""
           : *years.begin() == *years.rbegin() ? std::to_string(*years.begin())
                                               : std::to_string(*years.begin()) + "–" + std::to_string(*years.rbegin())},
          {latest_words(all, l)},
          {same ? "comparable" : "different", str(same ? t::across_comparable(l) : t::across_different(l)), "",
           same ? Tone::kSuccess : Tone::kWarning},
          joined_cell(by_name, l)};
}

Result<web::Table> list_table(const SheetAsked& asked, const Request& request, const Beside& beside) {
  auto shape = list_shape(asked.language);
  web::TableQuery query = TRY(table_query(request, shape));
  auto groups = same_indicators(TRY(asked.sheets().list(asked.view)), 1);
  join_others(groups, beside.sheets());
  std::vector<web::Row> rows;
  for (const auto& all : groups)
    if (std::any_of(all.begin(), all.end(),
                    [&](const Placed& one) { return one.other || one.state->sheet.header.id != all[0].state->sheet.header.id; }))
      rows.push_back(list_row(asked, beside, all));
  web::Table table = web::arrange(std::move(shape), std::move(query), std::move(rows));
  if (table.query.text.empty()) table.empty_text = t::across_list_none(asked.language);
  return table;
}

Result<Response> list_page(const RouteContext& context, Request& request, bool office) {
  SheetAsked asked = TRY(read_sheet_list_asked(context, request, office));
  Language l = asked.language;
  Beside beside = TRY(Beside::read(context, request, asked, false));
  web::Table table = TRY(list_table(asked, request, beside));
  web::Page page = new_sheet_page(asked, request, str(t::across_list(l)));
  page.lead = t::across_list_lead(l);
  page.json = page.csv = true;
  page.main =
      Html().markup(beside.notice(l)).markup(web::paragraph(t::across_note(l))).markup(web::table(table, request.target, l)).take();
  return answer_of_day(context, request, asked, std::move(page));
}
Result<web::Table> list_rows(const RouteContext& context, const Request& request, bool office) {
  SheetAsked asked = TRY(read_sheet_list_asked(context, request, office));
  return list_table(asked, request, TRY(Beside::read(context, request, asked, true)));
}
Result<Response> list_data(const RouteContext& context, Request& request, bool office) {
  return data_of_day(web::to_json(TRY(list_rows(context, request, office))), View{.as_of = TRY(read_day(request))});
}
Result<Response> list_csv(const RouteContext& context, Request& request, bool office) {
  return web::respond_csv(TRY(list_rows(context, request, office)), request, "indicators-across.csv").etag_of_body().cache("no-cache");
}

// ---- One indicator on all its sheets ----

struct Wanted {
  SheetAsked asked;
  Beside beside;
  SameIndicator all;
  const Placed* reference = nullptr;  // the one that was asked for
};
Result<Wanted> wanted(const RouteContext& context, const Request& request, bool office, bool data) {
  Wanted out;
  out.asked = TRY(read_sheet_asked(context, request, office));
  const std::string &sheet = request.parameter("sheet"), &number = request.parameter("number");
  TRY(out.asked.sheets().state(sheet, out.asked.view));  // says why there is none
  out.beside = TRY(Beside::read(context, request, out.asked, data));
  std::vector<SameIndicator> own = {likes_of(TRY(out.asked.sheets().list(out.asked.view)), sheet, number)};
  join_others(own, out.beside.sheets());
  out.all = std::move(own[0]);
  for (const auto& one : out.all)
    if (!one.other && one.state->sheet.header.id == sheet && one.indicator->number == number) out.reference = &one;
  if (!out.reference) return unknown_part(sheet, {PartKind::kIndicator, number});
  return out;
}

bool has_others(const Wanted& w) {
  return std::any_of(w.all.begin(), w.all.end(), [](const Placed& one) { return one.other != nullptr; });
}

// The tables name organisations where there are several.
web::Table table_of(const Wanted& w, std::string id, std::string_view caption, std::vector<web::Column> columns) {
  if (has_others(w)) columns.insert(columns.begin(), web::Column{"organisation", str(t::kpi_organisation(w.asked.language))});
  return plain_table(std::move(id), caption, std::move(columns));
}

web::Row row_of(const Wanted& w, const Placed& one, web::Row cells) {
  if (has_others(w))
    cells.insert(cells.begin(), web::Cell{w.beside.organisation(one.other), web::pick(w.beside.title(one.other), w.asked.language)});
  return cells;
}

// Held against the one that was asked for.
bool by_name(const Wanted& w, const Placed& one) { return joined_by_name(*w.reference, one); }

// Below it how many rows are not there; there are no further pages.
Markup markup_of(web::Table& table, const Shares& shares, const std::string& target, Language l) {
  table.total = shares.all();
  table.query.per_page = std::uint32_t(std::max<std::size_t>(web::kMaxPerPage, shares.all()));
  Html html;
  html.markup(web::table(table, target, l));
  const auto own = std::int64_t(shares.own()), own_left_out = std::int64_t(shares.own_left_out());
  if (own_left_out > 0) html.markup(web::paragraph(t::across_own_rows_left_out(l, {.count = own_left_out, .most = own})));
  const auto most = std::int64_t(shares.each()), left_out = std::int64_t(shares.left_out());
  if (left_out > 0) html.markup(web::paragraph(t::across_rows_left_out(l, {.count = left_out, .most = most})));
  return html.take();
}

Markup years_table(const Wanted& w, const std::string& target) {
  Language l = w.asked.language;
  web::Table table = table_of(w, "years", t::across_by_year(l),
                              {{"fiscal_year", str(t::sheet_year(l))},
                               {"sheet", str(t::sheet_sheet(l)), Kind::kLink},
                               {"line", str(t::sheet_line(l))},
                               {"target", str(t::sheet_target(l))},
                               {"actual", str(t::sheet_actual(l))},
                               {"comparison", str(t::across_comparison(l)), Kind::kTag}});
  auto add = [&](const Placed& one, const Line& line, int year, const YearValues& values) {
    const auto& h = one.state->sheet.header;
    table.rows.push_back(
        row_of(w, one,
               {{std::to_string(year), year_words(year, l)},
                {h.id, listed_title(w.asked, *one.state), w.beside.url(w.asked, one.other, h.id, one.indicator->number)},
                {(line.sub.empty() ? "" : "(" + line.sub + ") ") + (line.title ? web::pick(*line.title, l) : "")},
                {value_words(values.target, l)},
                {actual_words(values, l)},
                comparable_cell(differences(*w.reference->indicator, *one.indicator), l)}));
  };
  std::set<int, std::greater<>> years;  // newest first: where there are too many, the oldest are left out
  for (const auto& one : w.all)
    for (const auto& line : one.indicator->lines)
      for (const auto& [year, unused] : line.yearly) years.insert(year);
  Shares shares(w.all);
  for (bool others : {false, true})
    for (int year : years)
      for (const auto& one : w.all)
        for (const auto& line : one.indicator->lines)
          if (auto found = line.yearly.find(year); (one.other != nullptr) == others && found != line.yearly.end() && shares.take(one))
            add(one, line, year, found->second);
  return markup_of(table, shares, target, l);
}

Markup definitions_table(const Wanted& w, const std::string& target) {
  Language l = w.asked.language;
  web::Table table = table_of(w, "definitions", t::across_definitions(l),
                              {{"sheet", str(t::sheet_sheet(l)), Kind::kLink},
                               {"number", str(t::sheet_printed(l))},
                               {"unit", str(t::across_p_unit(l))},
                               {"kind", str(t::across_p_kind(l))},
                               {"comparison", str(t::across_comparison(l)), Kind::kTag},
                               {"differs", str(t::across_differs(l))},
                               {"result", str(t::sheet_status(l))},
                               {"joined", str(t::across_joined(l)), Kind::kTag}});
  Shares shares(w.all);
  for (bool others : {false, true})
    for (auto at = w.all.rbegin(); at != w.all.rend(); ++at) {  // newest first
      const Placed& one = *at;
      if ((one.other != nullptr) != others || !shares.take(one)) continue;
      const auto& h = one.state->sheet.header;
      const Line& line = one.indicator->lines[0];
      auto different = differences(*w.reference->indicator, *one.indicator);
      table.rows.push_back(row_of(w, one,
                                  {{h.id, listed_title(w.asked, *one.state), w.beside.url(w.asked, one.other, h.id)},
                                   {one.indicator->number},
                                   {line.unit ? web::pick(*line.unit, l) : ""},
                                   {str(kind_title(line.kind, l))},
                                   comparable_cell(different, l),
                                   {words_of(different, l)},
                                   result_cell(one, l),
                                   joined_cell(by_name(w, one), l)}));
    }
  return markup_of(table, shares, target, l);
}

// Those that can be compared, at most kLines: the one asked for, each other organisation's newest, the newest of the rest, own ones
// first.
std::vector<const Placed*> drawn(const Wanted& w) {
  std::set<const Placed*> chosen = {w.reference};
  std::set<std::string> organisations = {w.beside.organisation(nullptr)};
  auto choose = [&](auto&& wanted) {
    for (auto one = w.all.rbegin(); one != w.all.rend() && chosen.size() < kLines; ++one)
      if (differences(*w.reference->indicator, *one->indicator).empty() && wanted(*one)) chosen.insert(&*one);
  };
  choose([&](const Placed& one) { return organisations.insert(w.beside.organisation(one.other)).second; });
  choose([](const Placed& one) { return !one.other; });
  choose([](const Placed&) { return true; });
  std::vector<const Placed*> out;
  for (const auto& one : w.all)
    if (chosen.contains(&one)) out.push_back(&one);
  return out;
}

// Of one row: a line for each sheet.
Markup chart_of(const Wanted& w, std::size_t row, Language l) {
  const Line& asked = w.reference->indicator->lines[row];
  web::Chart chart{"across-" + std::to_string(row + 1),
                   str(t::across_chart(l)) + (asked.title ? (l == Language::ja ? "：" : ": ") + web::pick(*asked.title, l) : ""),
                   str(t::across_chart_text(l))};
  if (asked.unit) chart.unit = web::pick(*asked.unit, l);
  std::vector<const Placed*> shown = drawn(w);
  std::set<int> own, others;
  for (const auto* one : shown)
    for (const auto& [year, values] : one->indicator->lines[row].yearly)
      if (values.actual && values.actual->number) (one->other ? others : own).insert(year);
  const std::set<int> years = years_together(std::move(own), others);
  if (years.size() < 2) return {};
  for (int year : years) chart.labels.push_back(std::to_string(year));
  for (const auto* one : shown) {
    std::string of = one->other ? web::pick(one->other->title, l) + (l == Language::ja ? "：" : ": ") : "";
    web::Series series{of + sheet_title(one->state->sheet.header, l), {}};
    const auto& yearly = one->indicator->lines[row].yearly;
    for (int year : years) {
      auto found = yearly.find(year);
      series.values.push_back(found != yearly.end() && found->second.actual ? found->second.actual->number : std::nullopt);
    }
    chart.series.push_back(std::move(series));
  }
  return web::line_chart(chart, l);
}

Result<Response> one_page(const RouteContext& context, Request& request, bool office) {
  Wanted w = TRY(wanted(context, request, office, false));
  Language l = w.asked.language;
  const auto& h = w.reference->state->sheet.header;
  web::Page page = new_sheet_page(w.asked, request, t::across_title(l, {web::pick(w.reference->indicator->title, l)}));
  page.breadcrumbs.push_back({str(t::across_list(l)), w.asked.in_view(w.asked.urls.sheets() + "/across")});
  page.lead = t::across_lead(l);
  page.json = page.csv = true;
  Html main;
  main.markup(w.beside.notice(l))
      .raw("<p>")
      .text(t::across_reference(l, {sheet_title(h, l)}))
      .raw("</p>\n")
      .markup(years_table(w, request.target));
  for (std::size_t i = 0; i < std::min(kCharts, w.reference->indicator->lines.size()); ++i) main.markup(chart_of(w, i, l));
  page.main = main.markup(definitions_table(w, request.target)).markup(web::paragraph(t::across_note(l))).take();
  return answer_of_day(context, request, w.asked, std::move(page));
}

json::value number_or_null(const std::optional<SheetValue>& value) {
  return value && value->number ? json::value(*value->number) : json::value(nullptr);
}

json::value mark_or_null(std::optional<Mark> mark) { return mark ? json::value(word_of(kMarks, *mark)) : json::value(nullptr); }

// What others state to be one with it: an id that an own one states, or the place that another names.
json::value lasting_id(const Wanted& w) {
  SameIndicator own;
  for (const auto& one : w.all)
    if (!one.other) own.push_back(one);
  if (!w.reference->by_name) return json::value(id_of(own));
  const bool named = std::any_of(w.all.begin(), w.all.end(), [&](const Placed& one) { return one.other && !by_name(w, one); });
  return named ? json::value(place_id(w.reference->state->sheet.header.id, w.reference->indicator->number)) : json::value(nullptr);
}

Result<Response> one_data(const RouteContext& context, Request& request, bool office) {
  Wanted w = TRY(wanted(context, request, office, true));
  json::array sheets;
  for (const auto& one : w.all) {
    const auto& h = one.state->sheet.header;
    json::array differs, values;
    for (auto what : differences(*w.reference->indicator, *one.indicator)) differs.emplace_back(kDiffers[std::size_t(what)]);
    for (const auto& line : one.indicator->lines)
      for (const auto& [year, yearly] : line.yearly)
        values.push_back(json::object{{"line", line.sub},
                                      {"unit", line.unit ? json::value(to_json(*line.unit)) : json::value(nullptr)},
                                      {"fiscal_year", year},
                                      {"target", number_or_null(yearly.target)},
                                      {"actual", number_or_null(yearly.actual)},
                                      {"target_ja", value_words(yearly.target, Language::ja)},
                                      {"actual_ja", actual_words(yearly, Language::ja)}});
    Outcome outcome = outcome_of(one);
    sheets.push_back(json::object{{"organisation", w.beside.organisation(one.other)},
                                  {"sheet", h.id},
                                  {"fiscal_year", h.fiscal_year},
                                  {"indicator", one.indicator->number},
                                  {"edition", one.state->edition},
                                  {"id", one.indicator->id.empty() ? json::value(nullptr) : json::value(one.indicator->id)},
                                  {"joined_by", by_name(w, one) ? "name" : "id"},
                                  {"comparable", differs.empty()},
                                  {"differs", std::move(differs)},
                                  {"mark", mark_or_null(outcome.official)},
                                  {"computed", mark_or_null(outcome.computed)},
                                  {"result", outcome.result()},
                                  {"year_missed", outcome.year_missed},
                                  {"values", std::move(values)}});
  }
  json::object out{{"title", to_json(w.reference->indicator->title)},
                   {"reference", w.reference->state->sheet.header.id},
                   {"id", lasting_id(w)},
                   {"sheets", std::move(sheets)}};
  return data_of_day(std::move(out), w.asked.view);
}

Result<Response> one_csv(const RouteContext& context, Request& request, bool office) {
  Wanted w = TRY(wanted(context, request, office, true));
  text::CsvWriter csv({.byte_order_mark = request.query.get("spreadsheet", "") == "1", .guard_formulas = true});
  csv.row({"sheet", "sheet_year", "indicator", "line", "unit_ja", "unit_en", "fiscal_year", "target", "actual", "actual_ja",
           "actual_en", "comparable", "id", "joined_by", "organisation", "result"});
  for (const auto& one : w.all) {
    const auto& h = one.state->sheet.header;
    std::string comparable = differences(*w.reference->indicator, *one.indicator).empty() ? "true" : "false",
                result = str(outcome_of(one).result());
    auto number = [](const std::optional<SheetValue>& value) {
      return value && value->number ? number_text(*value->number) : std::string();
    };
    for (const auto& line : one.indicator->lines)
      for (const auto& [year, yearly] : line.yearly)
        csv.row({h.id, std::to_string(h.fiscal_year), one.indicator->number, line.sub, line.unit ? line.unit->ja : "",
                 line.unit ? line.unit->en : "", std::to_string(year), number(yearly.target), number(yearly.actual),
                 actual_words(yearly, Language::ja), actual_words(yearly, Language::en), comparable, one.indicator->id,
                 by_name(w, one) ? "name" : "id", w.beside.organisation(one.other), result});
  }
  return http::csv(csv.take(), w.reference->state->sheet.header.id + "-" + w.reference->indicator->number + "-across.csv")
      .etag_of_body()
      .cache("no-cache");
}

}  // namespace

std::vector<http::Route> sheet_years_routes(const RouteContext& context, bool office) {
  std::vector<http::Route> out;
  auto get = [&](std::string_view pattern, auto handler, std::string_view ja, std::string_view en, std::string_view type) {
    http::RouteDocs docs{{as_of_parameter()}, {}};
    if (!type.empty()) docs.responses = {type};
    out.push_back({http::Method::get, pattern, office ? http::Access::kOfficer : http::Access::kPublic,
                   [handler, office, &context](Request& request) { return handler(context, request, office); }, ja, en,
                   std::move(docs)});
  };
  if (office) {
    get("/{org}/office/sheets/across", list_page, "下書きを含む、二つ以上の表にある測定指標",
        "Indicators that stand on two or more sheets, with drafts", "");
    get("/{org}/office/sheets/across.json", list_data, "下書きを含む、二つ以上の表にある測定指標（JSON）",
        "Indicators across sheets with drafts as JSON", http::kJson);
    get("/{org}/office/sheets/across.csv", list_csv, "下書きを含む、二つ以上の表にある測定指標（CSV）",
        "Indicators across sheets with drafts as CSV", "text/csv");
    get("/{org}/office/sheets/{sheet}/indicators/{number}/across", one_page, "下書きを含む、一つの測定指標を年度をまたいで比べる",
        "One indicator across the sheets that hold it, with drafts", "");
    get("/{org}/office/sheets/{sheet}/indicators/{number}/across.json", one_data, "下書きを含む、年度をまたいだ測定指標（JSON）",
        "One indicator across sheets with drafts as JSON", http::kJson);
    get("/{org}/office/sheets/{sheet}/indicators/{number}/across.csv", one_csv, "下書きを含む、年度をまたいだ測定指標（CSV）",
        "One indicator across sheets with drafts as CSV", "text/csv");
    return out;
  }
  get("/{org}/sheets/across", list_page, "二つ以上の表にある測定指標", "Indicators that stand on two or more sheets", "");
  get("/{org}/sheets/across.json", list_data, "二つ以上の表にある測定指標（JSON）", "Indicators across sheets as JSON", http::kJson);
  get("/{org}/sheets/across.csv", list_csv, "二つ以上の表にある測定指標（CSV）", "Indicators across sheets as CSV", "text/csv");
  get("/{org}/sheets/{sheet}/indicators/{number}/across", one_page, "一つの測定指標を年度をまたいで比べる",
      "One indicator across the sheets that hold it", "");
  get("/{org}/sheets/{sheet}/indicators/{number}/across.json", one_data, "年度をまたいだ測定指標（JSON）",
      "One indicator across sheets as JSON", http::kJson);
  get("/{org}/sheets/{sheet}/indicators/{number}/across.csv", one_csv, "年度をまたいだ測定指標（CSV）",
      "One indicator across sheets as CSV", "text/csv");
  return out;
}

}  // namespace musubi::kpi
