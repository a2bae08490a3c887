#include <algorithm>

#include "kpi/day.h"
#include "kpi/json.h"
#include "kpi/list_query.h"
#include "kpi/programme_years.h"
#include "kpi/sheet_json.h"
#include "kpi/sheet_pages.h"
#include "kpi/sheet_words.h"
#include "kpi/sheet_years_pages.h"
#include "text/csv.h"
#include "web/chart.h"
#include "web/messages/programme.h"
#include "web/messages/sheet.h"

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

constexpr std::array<AmountKind, 5> kPrinted = {AmountKind::kInitial, AmountKind::kSupplementary, AmountKind::kCarryOver,
                                                AmountKind::kTotal, AmountKind::kExecuted};

web::Cell million(std::optional<std::int64_t> yen) { return {yen ? number_text(double(*yen) / 1e6) : ""}; }
json::value yen_json(std::optional<std::int64_t> yen) { return yen ? json::value(*yen) : json::value(nullptr); }
std::string yen_text(std::optional<std::int64_t> yen) { return yen ? std::to_string(*yen) : ""; }

std::string number_words(const ProgrammeAcross& across, int year, Language l) {
  auto found = across.review_numbers.find(year);
  return found == across.review_numbers.end() ? str(t::programme_number_unknown(l)) : found->second;
}

web::TableShape shape_of(Language l) {
  web::TableShape shape{"programmes",
                        str(t::programme_amounts(l)),
                        {{"programme", str(t::sheet_programme(l)), Kind::kLink},
                         {"fiscal_year", str(t::sheet_year(l)), Kind::kText, true},
                         {"number", str(t::programme_numbers(l))}}};
  for (auto kind : kPrinted) {
    if (kind == AmountKind::kExecuted) shape.columns.push_back({"computed", str(t::programme_computed(l)), Kind::kNumber});
    shape.columns.push_back({str(word_of(kAmountKinds, kind)),
                             str(kind == AmountKind::kTotal ? t::programme_printed(l) : amount_title(kind, l)), Kind::kNumber});
  }
  shape.columns.push_back({"rate", str(t::programme_rate(l)) + " (%)", Kind::kNumber, true});
  shape.columns.push_back({"note", str(t::sheet_note(l))});
  shape.search = true;
  return shape;
}

web::Table amounts_table(const SheetAsked& asked, const std::vector<ProgrammeAcross>& all, web::TableShape shape,
                         web::TableQuery query) {
  Language l = asked.language;
  std::vector<web::Row> rows;
  for (const auto& across : all) {
    const auto& newest = across.entries.back();
    std::string href = asked.in_view(asked.urls.programmes(newest.state->sheet.header.id)),
                title = web::pick(newest.programme->title, l) + draft_mark(asked, *newest.state);
    for (const auto& [year, amounts] : across.years) {
      web::Row row = {{title, title, href}, {std::to_string(year), year_words(year, l)}, {number_words(across, year, l)}};
      for (auto kind : kPrinted) {
        if (kind == AmountKind::kExecuted) row.push_back(million(amounts.computed_total()));
        row.push_back(million(amounts.of(kind)));
      }
      auto total = amounts.total(), executed = amounts.of(AmountKind::kExecuted);
      row.push_back({total && executed && *total > 0
                         ? number_text(double(std::int64_t(double(*executed) / double(*total) * 1000 + 0.5)) / 10)
                         : ""});
      row.push_back({amounts.disagree ? str(t::programme_disagree(l)) : ""});
      rows.push_back(std::move(row));
    }
  }
  web::Table table = web::arrange(std::move(shape), std::move(query), std::move(rows));
  if (table.query.text.empty()) table.empty_text = t::programme_none(l);
  return table;
}

Markup unknown_notice(const std::vector<ProgrammeAcross>& all, Language l) {
  auto n = std::count_if(all.begin(), all.end(), [](const auto& one) { return one.unknown_unit; });
  return n == 0 ? Markup{} : web::notice(t::programme_unknown_unit(l, {.n = n}), {}, web::Tone::kWarning);
}

Markup joined_table(const SheetAsked& asked, const std::vector<ProgrammeAcross>& all, const std::string& target) {
  Language l = asked.language;
  web::Table table = plain_table("joined", t::programme_entries(l),
                                 {{"programme", str(t::sheet_programme(l))},
                                  {"numbers", str(t::programme_numbers(l))},
                                  {"years", str(t::programme_years(l))},
                                  {"sheets", str(t::programme_from(l))}});
  std::size_t joined = 0;
  for (const auto& across : all) {
    if (across.entries.size() < 2 || ++joined > web::kMaxPerPage) continue;
    std::string numbers, sheets, comma = l == Language::ja ? "、" : ", ";
    for (const auto& [year, number] : across.review_numbers)
      numbers += (numbers.empty() ? "" : " → ") + number + " (" + std::to_string(year) + ")";
    for (const auto& one : across.entries)
      sheets += (sheets.empty() ? "" : comma) + listed_title(asked, *one.state) + " (" + one.programme->number + ")";
    std::string years = across.years.empty() ? "" : std::to_string(across.years.begin()->first);
    if (across.years.size() > 1) years += "–" + std::to_string(across.years.rbegin()->first);
    table.rows.push_back({{web::pick(across.newest().title, l)}, {numbers}, {years}, {sheets}});
  }
  table.total = joined;
  table.query.per_page = std::uint32_t(std::max<std::size_t>(web::kMaxPerPage, joined));  // the first ones, without further pages
  return table.rows.empty() ? Markup{} : web::table(table, target, l);
}

Markup sums_markup(const std::map<int, ProgrammeSums>& sums, const std::string& target, Language l) {
  if (sums.empty()) return {};
  web::Table table = plain_table("sums", t::programme_sums(l),
                                 {{"fiscal_year", str(t::sheet_year(l))},
                                  {"total", str(t::programme_sum_total(l)), Kind::kNumber},
                                  {"known", str(t::programme_known(l)), Kind::kNumber},
                                  {"policy_total", str(t::programme_policy_total(l)), Kind::kNumber},
                                  {"executed", str(t::programme_sum_executed(l)), Kind::kNumber},
                                  {"policy_executed", str(t::programme_policy_executed(l)), Kind::kNumber}});
  web::Chart chart{"sums-chart", str(t::programme_sums(l)), str(t::programme_sums_note(l)),
                   l == Language::ja ? "百万円" : "million yen"};
  chart.series = {{str(t::programme_sum_total(l)), {}}, {str(t::programme_sum_executed(l)), {}}};
  for (const auto& [year, one] : sums) {
    auto total = one.with_total > 0 ? std::optional(one.total) : std::nullopt,
         executed = one.with_executed > 0 ? std::optional(one.executed) : std::nullopt;
    table.rows.push_back({{std::to_string(year), year_words(year, l)},
                          million(total),
                          {std::to_string(one.with_total)},
                          million(one.policy_total),
                          million(executed),
                          million(one.policy_executed)});
    chart.labels.push_back(std::to_string(year));
    chart.series[0].values.push_back(total ? std::optional(double(*total) / 1e6) : std::nullopt);
    chart.series[1].values.push_back(executed ? std::optional(double(*executed) / 1e6) : std::nullopt);
  }
  table.total = table.rows.size();
  Html html;
  html.raw("<h2>")
      .text(t::programme_sums(l))
      .raw("</h2>\n")
      .markup(web::table(table, target, l))
      .markup(web::paragraph(t::programme_sums_note(l)));
  if (chart.labels.size() > 1) html.markup(web::line_chart(chart, l));
  return html.take();
}

struct Wanted {
  SheetAsked asked;
  std::vector<SharedSheet> sheets;
  std::vector<ProgrammeAcross> all;
};
Result<Wanted> wanted(const RouteContext& context, const Request& request, bool office) {
  Wanted out;
  out.asked = TRY(read_sheet_asked(context, request, office));
  out.sheets = TRY(out.asked.sheets().list(out.asked.view));
  out.all = programmes_across(out.sheets);
  return out;
}

Result<Response> page_of(const RouteContext& context, Request& request, bool office) {
  Language l = request.language;
  auto shape = shape_of(l);
  web::TableQuery query = TRY(table_query(request, shape));
  Wanted w = TRY(wanted(context, request, office));
  web::Page page = new_sheet_page(w.asked, request, str(t::programme_across(l)));
  page.lead = t::programme_across_lead(l);
  page.json = page.csv = true;
  Html main;
  main.markup(unknown_notice(w.all, l))
      .markup(web::paragraph(t::programme_unit(l)))
      .markup(web::table(amounts_table(w.asked, w.all, std::move(shape), std::move(query)), request.target, l))
      .markup(web::paragraph(t::programme_note(l)))
      .markup(joined_table(w.asked, w.all, request.target))
      .markup(sums_markup(programme_sums(w.sheets, w.all), request.target, l));
  page.main = main.take();
  return answer_of_day(context, request, w.asked, std::move(page));
}

json::object year_json(int year, const ProgrammeYear& amounts, const ProgrammeAcross& across) {
  json::object out{{"fiscal_year", year}};
  auto number = across.review_numbers.find(year);
  out["review_number"] = number == across.review_numbers.end() ? json::value(nullptr) : json::value(number->second);
  for (auto kind : kPrinted) out[str(word_of(kAmountKinds, kind)) + "_yen"] = yen_json(amounts.of(kind));
  out["computed_total_yen"] = yen_json(amounts.computed_total());
  out["sheets_disagree"] = amounts.disagree;
  return out;
}

Result<Response> data_of(const RouteContext& context, Request& request, bool office) {
  Wanted w = TRY(wanted(context, request, office));
  json::array programmes, sums;
  for (const auto& across : w.all) {
    json::array entries, years;
    for (const auto& one : across.entries)
      entries.push_back(json::object{
          {"sheet", one.state->sheet.header.id}, {"number", one.programme->number}, {"title", to_json(one.programme->title)}});
    for (const auto& [year, amounts] : across.years) years.push_back(year_json(year, amounts, across));
    json::object numbers;
    for (const auto& [year, number] : across.review_numbers) numbers[std::to_string(year)] = number;
    programmes.push_back(json::object{{"title", to_json(across.newest().title)},
                                      {"review_numbers", std::move(numbers)},
                                      {"entries", std::move(entries)},
                                      {"years", std::move(years)},
                                      {"unknown_unit", across.unknown_unit}});
  }
  for (const auto& [year, one] : programme_sums(w.sheets, w.all))
    sums.push_back(json::object{{"fiscal_year", year},
                                {"total_yen", one.total},
                                {"with_total", one.with_total},
                                {"executed_yen", one.executed},
                                {"with_executed", one.with_executed},
                                {"policy_total_printed_yen", yen_json(one.policy_total)},
                                {"policy_executed_printed_yen", yen_json(one.policy_executed)}});
  return data_of_day({{"programmes", std::move(programmes)}, {"sums", std::move(sums)}}, w.asked.view);
}

Result<Response> csv_of(const RouteContext& context, Request& request, bool office) {
  Wanted w = TRY(wanted(context, request, office));
  text::CsvWriter csv({.byte_order_mark = request.query.get("spreadsheet", "") == "1", .guard_formulas = true});
  csv.row({"programme", "title_ja", "title_en", "sheets", "fiscal_year", "review_number", "initial_yen", "supplementary_yen",
           "carry_over_yen", "total_printed_yen", "total_computed_yen", "executed_yen", "sheets_disagree", "unknown_unit"});
  for (std::size_t i = 0; i < w.all.size(); ++i) {
    const auto& across = w.all[i];
    std::string sheets, unknown = across.unknown_unit ? "true" : "false";
    for (const auto& one : across.entries) sheets += (sheets.empty() ? "" : " ") + one.state->sheet.header.id;
    auto row = [&](std::string year, std::string number, const ProgrammeYear& amounts) {
      csv.row({std::to_string(i + 1), across.newest().title.ja, across.newest().title.en, sheets, std::move(year), std::move(number),
               yen_text(amounts.of(AmountKind::kInitial)), yen_text(amounts.of(AmountKind::kSupplementary)),
               yen_text(amounts.of(AmountKind::kCarryOver)), yen_text(amounts.of(AmountKind::kTotal)),
               yen_text(amounts.computed_total()), yen_text(amounts.of(AmountKind::kExecuted)), amounts.disagree ? "true" : "false",
               unknown});
    };
    for (const auto& [year, amounts] : across.years) {
      auto number = across.review_numbers.find(year);
      row(std::to_string(year), number == across.review_numbers.end() ? "" : number->second, amounts);
    }
    if (across.unknown_unit && across.years.empty()) row("", "", {});  // nothing of it can be told in yen
  }
  return http::csv(csv.take(), "programmes.csv").etag_of_body().cache("no-cache");
}

}  // namespace

std::vector<http::Route> programme_years_routes(const RouteContext& context, bool office) {
  std::vector<http::Route> out;
  std::vector<http::Parameter> query = {
      {"q", "string", "探す言葉（ページのみ）", "words to find (page only)"},
      {"sort", "string", "fiscal_year、rate。先頭の - は降順", "fiscal_year, rate; a leading - sorts down"},
      {"page", "integer", "1から", "from 1"},
      {"per_page", "integer", "1から200", "1 to 200"},
      {"as_of", "string", "この日の終わり（日本時間）の時点。例: 2019-06-14",
       "as known at the end of this day, Japan time; 2019-06-14"}};
  auto get = [&](std::string_view pattern, auto handler, std::string_view ja, std::string_view en, std::string_view type) {
    http::RouteDocs docs{type.empty() ? query : std::vector<http::Parameter>{query.back()}, {}};
    if (!type.empty()) docs.responses = {type};
    out.push_back({http::Method::get, pattern, office ? http::Access::kOfficer : http::Access::kPublic,
                   [handler, office, &context](Request& request) { return handler(context, request, office); }, ja, en,
                   std::move(docs)});
  };
  if (office) {
    get("/{org}/office/sheets/programmes", page_of, "下書きを含む、予算事業を年度をまたいで", "Programmes across years, with drafts",
        "");
    get("/{org}/office/sheets/programmes.json", data_of, "下書きを含む、年度をまたいだ予算事業（JSON、円）",
        "Programmes across years with drafts as JSON, in yen", http::kJson);
    get("/{org}/office/sheets/programmes.csv", csv_of, "下書きを含む、年度をまたいだ予算事業（CSV、円）",
        "Programmes across years with drafts as CSV, in yen", "text/csv");
    return out;
  }
  get("/{org}/sheets/programmes", page_of, "予算事業を年度をまたいで", "Programmes across years", "");
  get("/{org}/sheets/programmes.json", data_of, "年度をまたいだ予算事業（JSON、円）", "Programmes across years as JSON, in yen",
      http::kJson);
  get("/{org}/sheets/programmes.csv", csv_of, "年度をまたいだ予算事業（CSV、円）", "Programmes across years as CSV, in yen",
      "text/csv");
  return out;
}

}  // namespace musubi::kpi
