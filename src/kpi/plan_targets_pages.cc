// The page of a plan's targets and its data, and what the page of a measure shows of them. Part of plan_targets.h.
#include <algorithm>
#include <map>

#include "kpi/follow_up_view.h"
#include "kpi/json.h"
#include "kpi/list_query.h"
#include "kpi/marks.h"
#include "kpi/pages.h"
#include "kpi/plan_targets.h"
#include "kpi/sheet_export.h"
#include "kpi/sheet_json.h"
#include "kpi/sheet_pages.h"
#include "kpi/sheet_words.h"
#include "kpi/sheets.h"
#include "kpi/taken_view.h"
#include "text/csv.h"
#include "web/messages/kpi.h"
#include "web/messages/targets.h"

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

constexpr std::size_t kFiltered = 6;  // results that can be asked for: all but an actual alone

std::string str(std::string_view text) { return std::string(text); }

std::string_view result_title(TargetResult result, Language l) {
  switch (result) {
    case TargetResult::kReached: return t::targets_reached(l);
    case TargetResult::kMissed: return t::targets_missed(l);
    case TargetResult::kNotDue: return t::targets_not_due(l);
    case TargetResult::kNoActual: return t::targets_no_actual(l);
    case TargetResult::kInWords: return t::targets_in_words(l);
    case TargetResult::kNoTarget: return t::targets_no_target(l);
    case TargetResult::kOnlyActual: break;
  }
  return t::targets_only_actual(l);
}

Tone result_tone(TargetResult result) {
  return result == TargetResult::kReached    ? Tone::kSuccess
         : result == TargetResult::kMissed   ? Tone::kError
         : result == TargetResult::kNoActual ? Tone::kWarning
                                             : Tone::kPlain;
}

// A measure's part of a page: its rows, or "" where the whole plan is shown.
struct Wanted {
  Asked asked;
  PlanTargets targets;
  web::TableQuery query;
  std::string result, measure;
  std::vector<const TargetRow*> rows;  // that are asked for
};

web::TableShape shape_of(bool measures, bool office, Language l) {
  web::TableShape shape{"targets", str(t::targets_list(l)), {}};
  auto column = [&](const char* id, std::string_view title, Kind kind = Kind::kText) {
    shape.columns.push_back({id, str(title), kind});
  };
  if (measures) column("measure", t::kpi_measure(l), Kind::kLink);
  if (measures && office) column("state", t::kpi_state(l), Kind::kTag);
  column("row", t::targets_row(l));
  column("fiscal_year", t::targets_year(l));
  column("baseline", t::targets_baseline(l));
  column("target", t::targets_target(l));
  column("actual", t::targets_actual(l));
  column("result", t::targets_result(l), Kind::kTag);
  column("told", t::targets_told(l), Kind::kLink);
  if (!measures) return shape;  // rows of one measure stand in their own order
  for (auto& one : shape.columns) one.sortable = true;
  web::Filter status{"status", str(t::targets_result(l)), {}};
  for (std::size_t i = 0; i < kFiltered; ++i)
    status.choices.push_back({str(kTargetResults[i]), str(result_title(TargetResult(i), l))});
  shape.filters = {std::move(status), {"measure", str(t::kpi_measure(l)), {}}, {"as_of", str(t::kpi_as_of(l)), {}}};
  return shape;
}

// Measures in the plan's order, years and what is a number by number, results in the order of their filter.
std::vector<const TargetRow*> ordered(const Wanted& w) {
  const bool office = w.asked.urls.office;
  auto shape = shape_of(true, office, w.asked.language);
  for (auto& one : shape.columns) one.kind = one.id == "row" || one.id == "told" ? Kind::kText : Kind::kNumber;
  shape.columns.push_back({"at", ""});
  std::map<std::string_view, std::size_t> place;
  for (const auto& one : w.targets.plan.measures) place.emplace(one.number, place.size());
  auto number = [](const std::optional<SheetValue>& one) { return one && one->number ? number_text(*one->number) : std::string(); };
  std::vector<web::Row> rows;
  for (const TargetRow* one : w.rows) {
    rows.push_back({{std::to_string(place[one->number])},
                    {one->key},
                    {one->fiscal_year ? std::to_string(*one->fiscal_year) : ""},
                    {number(one->line.baseline)},
                    {number(one->target)},
                    {number(one->told.actual)},
                    {std::to_string(std::size_t(one->result))},
                    {one->period ? period_id(*one->period) : ""},
                    {std::to_string(rows.size())}});
    if (office) rows.back().insert(rows.back().begin() + 1, web::Cell{w.targets.drafts.contains(one->number) ? "1" : "0"});
  }
  web::TableQuery query{.sort = w.query.sort, .descending = w.query.descending, .per_page = std::uint32_t(rows.size())};
  std::vector<const TargetRow*> out;
  for (const auto& row : web::arrange(std::move(shape), std::move(query), std::move(rows)).rows)
    out.push_back(w.rows[std::stoul(row.back().value)]);
  return out;
}

Result<Wanted> wanted(const RouteContext& context, Request& request, bool office) {
  auto query = TRY(table_query(request, shape_of(true, office, request.language)));
  Wanted out{TRY(read_asked(context, request, office)), {}, {}, {}, {}, {}};
  out.query = std::move(query);
  auto given = [&](const char* name) { return out.query.filters.contains(name) ? out.query.filters[name] : std::string(); };
  out.result = given("status");
  out.measure = given("measure");
  out.targets = TRY(read_targets(out.asked, request.parameter("plan"), out.measure, context.clock.now()));
  for (const auto& row : out.targets.rows)
    if (out.result.empty() || word_of(kTargetResults, row.result) == out.result) out.rows.push_back(&row);
  if (!out.query.sort.empty()) out.rows = ordered(out);
  return out;
}

const Measure* measure_of(const PlanDocument& plan, const std::string& number) {
  for (const auto& one : plan.measures)
    if (one.number == number) return &one;
  return nullptr;
}

std::string target_words(const TargetRow& row, Language l) {
  std::string words = value_words(row.target, l);
  if (row.final) words = str(t::targets_final(l)) + (l == Language::ja ? "：" : ": ") + words;
  if (!row.target && row.line.not_set_due) words = t::targets_not_set(l, {web::pick(*row.line.not_set_due, l)});
  return words;
}

std::string baseline_words(const Line& line, Language l) {
  std::string words = value_words(line.baseline, l);
  return words.empty() || !line.baseline_year ? words : t::targets_final_in(l, {words, year_words(*line.baseline_year, l)});
}

web::Row table_row(const TargetRow& row, const Measure* measure, const PlanTargets& targets, const Asked& asked) {
  Language l = asked.language;
  const std::string& plan = targets.plan.header.id;
  web::Row out;
  if (measure)
    out.push_back(
        {row.number, row.number + " " + web::pick(measure->title, l), in_view(asked.urls.measure(plan, row.number), asked.view)});
  if (measure && asked.urls.office) {
    const bool draft = targets.drafts.contains(row.number);
    out.push_back(
        {draft ? "draft" : "signed", str(draft ? t::kpi_draft(l) : t::kpi_signed(l)), "", draft ? Tone::kInfo : Tone::kPlain});
  }
  out.push_back({row.key, row.key.empty() ? "" : row_title(row.key, &row.line, l)});
  out.push_back({row.fiscal_year ? std::to_string(*row.fiscal_year) : "", row.fiscal_year ? year_words(*row.fiscal_year, l) : ""});
  out.push_back({baseline_words(row.line, l)});
  out.push_back({target_words(row, l)});
  out.push_back({actual_words(row.told, l)});
  out.push_back({str(word_of(kTargetResults, row.result)), str(result_title(row.result, l)), "", result_tone(row.result)});
  if (row.period)
    out.push_back({period_id(*row.period), web::pick(period_title(*row.period), l),
                   in_view(FollowUpUrls{asked.urls}.measure(plan, row.number) + "#p-" + period_id(*row.period), {})});
  else
    out.push_back({"", row.told.actual && !row.final ? str(t::targets_printed(l)) : "", ""});
  return out;
}

Markup figures_of(const Wanted& w) {
  Language l = w.asked.language;
  std::vector<web::Figure> all;
  std::string self = w.asked.urls.targets(w.targets.plan.header.id);
  for (std::size_t i = 0; i < kFiltered; ++i) {
    auto n =
        std::count_if(w.targets.rows.begin(), w.targets.rows.end(), [&](const auto& one) { return one.result == TargetResult(i); });
    all.push_back(
        {std::int64_t(n), str(result_title(TargetResult(i), l)), in_view(self + "?status=" + str(kTargetResults[i]), w.asked.view)});
  }
  return web::figures(all);
}

// Of rows whose year is over: how many there are, and of how many the year was told, so that they could be judged.
struct Due {
  std::size_t due = 0, judged = 0;
};
Due due_of(const std::vector<TargetRow>& rows) {
  Due out;
  for (const auto& row : rows) {
    const bool judged = row.result == TargetResult::kReached || row.result == TargetResult::kMissed;
    out.judged += judged;
    out.due += judged || row.result == TargetResult::kNoActual;
  }
  return out;
}

// That nothing was missed is no news where nothing was told.
Markup told_notice(const Wanted& w) {
  Language l = w.asked.language;
  const Due n = due_of(w.targets.rows);
  if (n.due == n.judged) return {};
  const std::string due = std::to_string(n.due), judged = std::to_string(n.judged), left = std::to_string(n.due - n.judged);
  if (n.judged == 0) return web::notice(t::targets_none_told(l), web::paragraph(t::targets_none_told_body(l, {due})), Tone::kWarning);
  return web::notice(t::targets_some_told(l, {due, judged}), web::paragraph(t::targets_some_told_body(l, {left})), Tone::kInfo);
}

// Targets of this plan are one thing, those of the organisation's evaluation sheets another.
Result<Markup> sheets_link(const Asked& asked) {
  std::size_t missed = 0;
  const auto sheets = TRY(Sheets(*asked.database).list(View{.as_of = asked.view.as_of}));
  for (const auto& state : sheets) missed += figures_of(state->sheet).missed;
  if (sheets.empty()) return Markup{};
  const std::string href = in_view(SheetUrls{asked.urls.org}.sheets() + "/targets?status=missed", View{.as_of = asked.view.as_of});
  return Html()
      .raw("<p>")
      .markup(web::link(t::targets_of_sheets(asked.language, {std::to_string(missed)}), href))
      .raw("</p>\n")
      .take();
}

Result<Response> draw_targets(const RouteContext& context, Request& request, bool office) {
  Wanted w = TRY(wanted(context, request, office));
  Language l = w.asked.language;
  const PlanHeader& h = w.targets.plan.header;
  web::Page page = new_page(w.asked, request, t::targets_title(l, {web::pick(h.title, l)}));
  page.breadcrumbs.push_back({web::pick(h.title, l), in_view(w.asked.urls.plan(h.id), w.asked.view)});
  page.lead = office ? t::targets_lead_drafts(l) : t::targets_lead(l);
  page.json = page.csv = true;
  web::Table table{shape_of(true, office, l), w.query};
  table.total = w.rows.size();
  table.empty_text = t::targets_empty(l);
  for (std::size_t i = std::size_t(w.query.page - 1) * w.query.per_page; i < w.rows.size() && table.rows.size() < w.query.per_page;
       ++i)
    table.rows.push_back(table_row(*w.rows[i], measure_of(w.targets.plan, w.rows[i]->number), w.targets, w.asked));
  page.main = Html()
                  .markup(as_of_notice(w.asked, w.asked.urls.targets(h.id)))
                  .markup(told_notice(w))
                  .markup(figures_of(w))
                  .markup(TRY(sheets_link(w.asked)))
                  .markup(web::table(table, request.target, l))
                  .take();
  return answer(context, request, page);
}

template <class T, class F>
void put(json::object& out, std::string_view key, const std::optional<T>& value, F make) {
  if (value) out[key] = make(*value);
}

json::object row_json(const TargetRow& row, const PlanTargets& targets, const Asked& asked) {
  json::object out{{"measure", row.number}};
  if (asked.urls.office) out["draft"] = targets.drafts.contains(row.number);
  out["row"] = row.key.empty() ? json::value(nullptr) : json::value(row.key);
  out["fiscal_year"] = row.fiscal_year ? json::value(*row.fiscal_year) : json::value(nullptr);
  out["final"] = row.final;
  out["result"] = word_of(kTargetResults, row.result);
  auto text = [](const Text& one) { return to_json(one); };
  auto value = [](const SheetValue& one) { return to_json(one); };
  if (!row.key.empty()) {
    out["kind"] = word_of(kIndicatorKinds, row.line.kind);
    out["nature"] = word_of(kNatures, row.line.nature);
    out["direction"] = word_of(kDirections, row.line.direction);
    out["primary"] = row.line.primary;
  }
  put(out, "title", row.line.title, text);
  put(out, "unit", row.line.unit, text);
  put(out, "baseline", row.line.baseline, value);
  if (row.line.baseline_year) out["baseline_year"] = *row.line.baseline_year;
  put(out, "target", row.target, value);
  put(out, "not_set_due", row.line.not_set_due, text);
  YearValues told = row.told;
  told.target.reset();
  out["told"] = to_json(told);
  out["period"] = row.period ? json::value(period_id(*row.period)) : json::value(nullptr);
  out["links"] = json::object{{"measure", asked.urls.measure(targets.plan.header.id, row.number)}};
  if (row.record > 0) out["links"].as_object()["record"] = asked.urls.record(row.record);
  return out;
}

Result<Response> targets_as_json(const RouteContext& context, Request& request, bool office) {
  Wanted w = TRY(wanted(context, request, office));
  const std::string& id = w.targets.plan.header.id;
  json::array rows;
  for (std::size_t i = std::size_t(w.query.page - 1) * w.query.per_page; i < w.rows.size() && rows.size() < w.query.per_page; ++i)
    rows.push_back(row_json(*w.rows[i], w.targets, w.asked));
  const Due due = due_of(w.targets.rows);
  json::object counts;
  for (std::size_t i = 0; i < kTargetResults.size(); ++i)
    counts[kTargetResults[i]] =
        std::count_if(w.targets.rows.begin(), w.targets.rows.end(), [&](const auto& one) { return one.result == TargetResult(i); });
  json::object out{{"plan", id},
                   {"edition", w.targets.edition},
                   {"as_of", w.asked.view.as_of ? json::value(text::iso_date(*w.asked.view.as_of)) : json::value(nullptr)},
                   {"total", w.rows.size()},
                   {"page", w.query.page},
                   {"per_page", w.query.per_page},
                   {"results", std::move(counts)},
                   {"due", due.due},
                   {"judged", due.judged},
                   {"targets", std::move(rows)}};
  return http::json(json::value(std::move(out))).etag_of_body().cache("no-cache");
}

void csv_row(text::CsvWriter& csv, const PlanTargets& targets, const TargetRow& row) {
  const PlanHeader& h = targets.plan.header;
  const Measure* measure = measure_of(targets.plan, row.number);
  std::vector<std::string> out = {h.id, targets.edition, row.number};
  auto text = [&](const std::optional<Text>& one) { out.insert(out.end(), {one ? one->ja : "", one ? one->en : ""}); };
  auto year = [&](std::optional<int> one) { out.push_back(one ? std::to_string(*one) : ""); };
  auto value = [&](const std::optional<SheetValue>& one) {
    out.insert(out.end(),
               {one && one->number ? number_text(*one->number) : "", one && one->number ? str(word_of(kBounds, one->bound)) : ""});
    text(one ? one->text : std::nullopt);
  };
  auto flag = [&](bool one) { out.push_back(one ? "true" : "false"); };
  text(measure->title);
  out.push_back(measure->section);
  std::optional<Text> law;
  for (const auto& section : h.sections)
    if (section.id == measure->section) law = section.law_article;
  text(law);
  const bool has_row = !row.key.empty();
  out.insert(out.end(), {measure->field, has_row ? (row.effect ? "effect" : "progress") : "", row.key});
  text(row.line.title);
  out.insert(out.end(),
             {has_row ? str(word_of(kIndicatorKinds, row.line.kind)) : "", has_row ? str(word_of(kNatures, row.line.nature)) : "",
              has_row ? str(word_of(kDirections, row.line.direction)) : ""});
  flag(row.line.primary);
  text(row.line.unit);
  value(row.line.baseline);
  year(row.line.baseline_year);
  year(row.fiscal_year);
  flag(row.final);
  value(row.target);
  text(row.line.not_set_due);
  value(row.told.actual);
  flag(row.told.provisional);
  flag(row.told.revised);
  const std::optional<Origin>& from = row.told.origin;
  out.insert(out.end(),
             {str(word_of(kTargetResults, row.result)), row.period ? period_id(*row.period) : "",
              row.record > 0 ? std::to_string(row.record) : "", from ? from->indicator : "", from ? std::to_string(from->n) : "",
              from ? std::to_string(from->records) : "", from ? from->definition : "", from ? from->at.rfc3339() : ""});
  text(row.told.typed_reason);
  const std::optional<OfReports> reports = from ? from->reported : std::nullopt;
  out.insert(out.end(), {reports ? std::to_string(reports->organisations) : "", reports ? std::to_string(reports->of) : "",
                         reports ? reports->digest : ""});
  csv.row(out);
}

// One target a row; columns are added at the end, never renamed.
Result<Response> targets_as_csv(const RouteContext& context, Request& request, bool office) {
  Wanted w = TRY(wanted(context, request, office));
  text::CsvWriter csv({.byte_order_mark = request.query.get("spreadsheet", "") == "1", .guard_formulas = true});
  csv.row(
      {"plan",        "edition",      "measure",   "title_ja",     "title_en",       "section",     "law_article_ja", "law_article_en",
       "field",       "kpi",          "row",       "row_title_ja", "row_title_en",   "kind",        "nature",         "direction",
       "primary",     "unit_ja",      "unit_en",   "baseline",     "baseline_bound", "baseline_ja", "baseline_en",    "baseline_year",
       "fiscal_year", "final",        "target",    "target_bound", "target_ja",      "target_en",   "not_set_due_ja", "not_set_due_en",
       "actual",      "actual_bound", "actual_ja", "actual_en",    "provisional",    "revised",     "result",         "period",
       "record",      "computed_by",  "counted",   "records",      "definition",     "computed_at", "reason_ja",      "reason_en",
       "reported_by", "reported_of",  "reports"});
  for (const TargetRow* row : w.rows) csv_row(csv, w.targets, *row);
  return http::csv(csv.take(), w.targets.plan.header.id + "-targets.csv").etag_of_body().cache("no-cache");
}

}  // namespace

std::string row_title(const std::string& key, const Line* line, Language l) {
  auto dot = key.find('.');
  std::string out = str(key.starts_with("effect") ? t::targets_effect(l) : t::targets_progress(l));
  if (dot != key.npos) out += " " + key.substr(dot + 1);
  if (line && line->title) out += (l == Language::ja ? "　" : " ") + web::pick(*line->title, l);
  if (line && line->unit) out = t::targets_unit(l, {out, web::pick(*line->unit, l)});
  return line && line->primary ? out + (l == Language::ja ? "・" : ", ") + str(t::targets_primary(l)) : out;
}

std::string first_target(const Measure& measure, Language l) {
  const Line* first = nullptr;
  for (const auto& row : rows_of(measure))
    if (has_target(*row.line) && (!first || (row.line->primary && !first->primary))) first = row.line;
  if (!first) return {};
  std::string unit = first->unit ? " " + web::pick(*first->unit, l) : "";
  if (first->final_target)
    return t::targets_final_in(
        l, {value_words(first->final_target, l) + unit, first->final_year ? year_words(*first->final_year, l) : ""});
  for (auto at = first->yearly.rbegin(); at != first->yearly.rend(); ++at)
    if (at->second.target) return t::targets_final_in(l, {value_words(at->second.target, l) + unit, year_words(at->first, l)});
  return {};
}

Markup targets_link(const Asked& asked, const std::string& plan) {
  Language l = asked.language;
  std::string self = asked.urls.targets(plan);
  return Html()
      .raw("<p>")
      .markup(web::link(t::targets_list(l), in_view(self, asked.view)))
      .raw(" · ")
      .markup(web::link(t::targets_missed(l), in_view(self + "?status=missed", asked.view)))
      .raw("</p>\n")
      .take();
}

Result<Markup> measure_targets(const RouteContext& context, const Request& request, const Asked& asked, const MeasureView& view) {
  if (rows_of(view.measure).empty()) return Markup{};
  Language l = asked.language;
  PlanTargets targets = TRY(read_targets(asked, view.header.id, view.entry.number, context.clock.now()));
  web::Table table{shape_of(false, asked.urls.office, l)};
  table.query.per_page = web::kMaxPerPage;
  std::vector<TakenRow> taken;
  for (const auto& row : targets.rows) {
    if (table.rows.size() < web::kMaxPerPage) table.rows.push_back(table_row(row, nullptr, targets, asked));
    if (row.fiscal_year && !row.final && (row.told.origin || row.told.typed_reason))
      taken.push_back({row_title(row.key, &row.line, l) + " " + year_words(*row.fiscal_year, l), actual_words(row.told, l),
                       row.told.origin, row.told.typed_reason});
  }
  table.total = table.rows.size();
  return Html()
      .raw("<h2>")
      .text(t::targets_list(l))
      .raw("</h2>\n")
      .markup(web::table(table, request.target, l))
      .markup(taken_markup(taken, asked.urls.org, asked.urls.office, request.target, l))
      .take();
}

std::vector<http::Route> plan_target_routes(const RouteContext& context, bool office) {
  std::vector<http::Route> out;
  auto get = [&](std::string_view pattern, auto handler, std::string_view ja, std::string_view en, std::string_view type) {
    http::RouteDocs docs{{{"status", "string", "reached、missed、not_due、no_actual、in_words、no_target",
                           "reached, missed, not_due, no_actual, in_words, no_target"},
                          {"measure", "string", "施策の番号", "number of a measure"},
                          {"sort", "string", "measure、row、fiscal_year、baseline、target、actual、result、told。先頭の - は降順",
                           "measure, row, fiscal_year, baseline, target, actual, result, told; a leading - sorts down"},
                          {"page", "integer", "1から", "from 1"},
                          {"per_page", "integer", "1から200", "1 to 200"},
                          {"as_of", "string", "この日の終わり（日本時間）の時点。例: 2019-06-14",
                           "as known at the end of this day, Japan time; 2019-06-14"}},
                         {}};
    if (!type.empty()) docs.responses = {type};
    out.push_back({http::Method::get, pattern, office ? http::Access::kOfficer : http::Access::kPublic,
                   [handler, &context, office](Request& request) { return handler(context, request, office); }, ja, en,
                   std::move(docs)});
  };
  if (office) {
    get("/{org}/office/plans/{plan}/targets", draw_targets, "下書きの目標と実績", "Targets and actuals of the draft", "");
    get("/{org}/office/plans/{plan}/targets.json", targets_as_json, "下書きの目標と実績（JSON）",
        "Targets and actuals of the draft as JSON", http::kJson);
    get("/{org}/office/plans/{plan}/targets.csv", targets_as_csv, "下書きの目標と実績（CSV、一行に一つの目標）",
        "Targets and actuals of the draft as CSV, one a row", "text/csv");
    return out;
  }
  get("/{org}/plans/{plan}/targets", draw_targets, "計画の目標と実績", "Targets and actuals of a plan", "");
  get("/{org}/plans/{plan}/targets.json", targets_as_json, "計画の目標と実績（JSON）", "Targets and actuals of a plan as JSON",
      http::kJson);
  get("/{org}/plans/{plan}/targets.csv", targets_as_csv, "計画の目標と実績（CSV、一行に一つの目標）",
      "Targets and actuals of a plan as CSV, one a row", "text/csv");
  return out;
}

}  // namespace musubi::kpi
