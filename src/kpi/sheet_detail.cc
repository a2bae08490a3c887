// The page of one indicator, and that of the programmes. Part of sheet_pages.h.
#include <algorithm>

#include "kpi/day.h"
#include "kpi/judgement.h"
#include "kpi/logic_model.h"
#include "kpi/pages.h"
#include "kpi/record_ways.h"
#include "kpi/sheet_measures.h"
#include "kpi/sheet_pages.h"
#include "kpi/sheet_part_form.h"
#include "kpi/sheet_state.h"
#include "kpi/sheet_words.h"
#include "kpi/taken_view.h"
#include "web/chart.h"
#include "web/messages/across.h"
#include "web/messages/grounds.h"
#include "web/messages/part.h"
#include "web/messages/programme.h"
#include "web/messages/same.h"
#include "web/messages/sheet.h"
#include "web/messages/sheet_measure.h"
#include "web/messages/taken.h"

namespace musubi::kpi {
namespace {

namespace t = web::messages;
using web::Html;
using web::Kind;
using web::Language;
using web::Markup;
using web::Tone;

std::string str(std::string_view text) { return std::string(text); }

std::string line_title(const SheetIndicator& one, const Line& line, Language l) {
  if (line.title) return (line.sub.empty() ? "" : "(" + line.sub + ") ") + web::pick(*line.title, l);
  return line.sub.empty() ? web::pick(one.title, l) : "(" + line.sub + ") " + web::pick(one.title, l);
}

// Targets and actuals of one row as lines; nothing where there are fewer than two figures.
Markup chart_of(const SheetIndicator& one, std::size_t i, Language l) {
  const Line& line = one.lines[i];
  web::Chart chart{"line-" + std::to_string(i + 1), line_title(one, line, l), str(t::sheet_chart_text(l))};
  if (line.unit) chart.unit = web::pick(*line.unit, l);
  web::Series actuals{str(t::sheet_actual(l)), {}}, targets{str(t::sheet_target(l)), {}};
  std::map<int, std::pair<std::optional<double>, std::optional<double>>> points;
  if (line.baseline && line.baseline->number && line.baseline_year) points[*line.baseline_year].first = line.baseline->number;
  for (const auto& [year, values] : line.yearly) {
    if (values.actual && values.actual->number) points[year].first = values.actual->number;
    if (values.target && values.target->number) points[year].second = values.target->number;
  }
  if (line.final_target && line.final_target->number && line.final_year && !points[*line.final_year].second)
    points[*line.final_year].second = line.final_target->number;
  std::size_t figures = 0;
  for (const auto& [year, point] : points) {
    if (!point.first && !point.second) continue;
    chart.labels.push_back(std::to_string(year));
    actuals.values.push_back(point.first);
    targets.values.push_back(point.second);
    figures += point.first.has_value() + point.second.has_value();
  }
  if (figures < 2) return {};
  chart.series = {std::move(actuals), std::move(targets)};
  return web::line_chart(chart, l);
}

Markup values_table(const SheetIndicator& one, const std::string& target, Language l) {
  web::Table table = plain_table("values", t::sheet_values(l),
                                 {{"line", str(t::sheet_line(l))},
                                  {"fiscal_year", str(t::sheet_year(l))},
                                  {"target", str(t::sheet_target(l))},
                                  {"actual", str(t::sheet_actual(l))}});
  auto row = [&](const Line& line, std::string year, std::string aim, std::string actual) {
    if (table.rows.size() < web::kMaxPerPage)
      table.rows.push_back({{line_title(one, line, l)}, {std::move(year)}, {std::move(aim)}, {std::move(actual)}});
  };
  auto year_of = [&](std::string_view what, std::optional<int> year) { return str(what) + (year ? " " + year_words(*year, l) : ""); };
  for (const auto& line : one.lines) {
    if (line.baseline) row(line, year_of(t::sheet_baseline(l), line.baseline_year), "", value_words(line.baseline, l));
    for (const auto& [year, values] : line.yearly)
      row(line, year_words(year, l), value_words(values.target, l), actual_words(values, l));
    if (line.final_target) row(line, year_of(t::sheet_final(l), line.final_year), value_words(line.final_target, l), "");
    if (line.not_set_due) row(line, str(t::sheet_final(l)), t::sheet_not_set(l, {web::pick(*line.not_set_due, l)}), "");
  }
  table.total = table.rows.size();
  return Html().raw("<h2>").text(t::sheet_values(l)).raw("</h2>\n").markup(web::table(table, target, l)).take();
}

// What computed actuals stand on, and why others were typed.
Markup computed_table(const SheetIndicator& one, const SheetAsked& asked, const std::string& target) {
  Language l = asked.language;
  std::vector<TakenRow> rows;
  for (const auto& line : one.lines)
    for (const auto& [year, values] : line.yearly)
      if (values.origin || values.typed_reason)
        rows.push_back({(one.lines.size() > 1 ? line_title(one, line, l) + " " : "") + year_words(year, l), actual_words(values, l),
                        values.origin, values.typed_reason});
  return taken_markup(rows, asked.urls.org, asked.urls.office, target, l);
}

void add(std::vector<web::SummaryRow>& rows, std::string_view term, const std::optional<Text>& text, Language l) {
  if (text) rows.push_back({str(term), web::escaped(web::pick(*text, l))});
}

Markup facts_of(const SheetState& state, const SheetIndicator& one, const SheetAsked& asked) {
  Language l = asked.language;
  const auto& h = state.sheet.header;
  std::vector<web::SummaryRow> rows;
  for (const auto& goal : h.goals)
    if (goal.id == one.goal) rows.push_back({str(t::sheet_goal(l)), web::escaped(web::pick(goal.title, l))});
  Html kind;
  kind.markup(web::tag(kind_title(one.lines[0].kind, l), Tone::kPlain));
  if (one.primary) kind.raw(" ").markup(web::tag(t::sheet_primary(l), Tone::kInfo));
  rows.push_back({str(t::sheet_kind(l)), kind.take()});
  ComputedMark computed = compute_mark(one, h.fiscal_year, mark_rules(state.sheet));
  if (h.form == SheetForm::kEvaluation) rows.push_back({str(t::sheet_official(l)), mark_tag(one.mark, l)});
  Html figures;
  if (computed.mark)
    figures.markup(mark_tag(computed.mark, l));
  else
    figures.markup(web::tag(t::sheet_computed_words(l), Tone::kPlain));
  rows.push_back({str(t::sheet_computed(l)), figures.raw("<br>").text(web::pick(computed.why, l)).take()});
  if (one.in_words) rows.push_back({str(t::sheet_in_words(l)), mark_tag(one.in_words, l)});
  add(rows, t::sheet_mark_reason(l), one.mark_reason, l);
  add(rows, t::sheet_factor(l), one.factor, l);
  if (one.fate)
    rows.push_back({str(t::sheet_fate(l)),
                    web::escaped(str(fate_title(*one.fate, l)) +
                                 (one.fate_note ? (l == Language::ja ? "。" : ". ") + web::pick(*one.fate_note, l) : ""))});
  add(rows, t::sheet_reason(l), one.reason, l);
  add(rows, t::sheet_causal_link(l), one.causal_link, l);
  if (Markup places = logic_places(h, one.number, asked); !places.html.empty())
    rows.push_back({str(t::sheet_logic(l)), std::move(places)});
  add(rows, t::sheet_basis(l), one.target_basis, l);
  for (const auto& line : one.lines) add(rows, t::sheet_note(l), line.note, l);
  for (const auto& line : one.lines)
    if (!line.computed.empty())
      rows.push_back(
          {str(t::taken_by(l)),
           web::link(line.computed, "/" + asked.urls.org + (asked.urls.office ? "/office/kpi/" : "/kpi/") + line.computed)});
  add(rows, t::sheet_locator(l), one.locator, l);
  add(rows, t::sheet_doubt(l), one.doubt, l);
  if (!one.id.empty()) rows.push_back({str(t::same_id(l)), code_text(one.id)});
  return web::summary_list(rows, l);
}

Markup part_evidence(const SheetPart& part, const SheetAsked& asked, const RecordWays& ways) {
  Language l = asked.language;
  std::vector<web::SummaryRow> rows = {{str(t::sheet_change(l)), web::escaped(t::sheet_revision_n(l, {part.revision}))},
                                       {str(t::sheet_at(l)), web::time_element(part.at, l)},
                                       {str(t::sheet_record(l)), ways.links(part.record, l)},
                                       {str(t::sheet_digest(l)), code_text(part.digest)}};
  return Html().raw("<h2>").text(t::sheet_evidence(l)).raw("</h2>\n").markup(web::summary_list(rows, l)).take();
}

Markup neighbours(const SheetState& state, const SheetIndicator& one, const SheetAsked& asked) {
  Language l = asked.language;
  const auto& all = state.sheet.indicators;
  std::size_t i = std::size_t(&one - all.data());
  auto url = [&](const SheetIndicator& other) { return asked.in_view(asked.urls.indicator(state.sheet.header.id, other.number)); };
  Html html;
  html.raw("<nav class=\"pages\"").attribute("aria-label", t::sheet_neighbours(l)).raw("><ul>\n");
  if (i > 0) html.raw("<li>").markup(web::link(t::sheet_previous(l, {all[i - 1].number}), url(all[i - 1]))).raw("</li>\n");
  if (i + 1 < all.size())
    html.raw("<li>").markup(web::link(t::sheet_next_one(l, {all[i + 1].number}), url(all[i + 1]))).raw("</li>\n");
  return html.raw("</ul></nav>\n").take();
}

std::string amount_of(const Programme& one, int year, AmountKind kind) {
  for (const auto& amount : one.amounts)
    if (amount.fiscal_year == year && amount.kind == kind) return std::to_string(amount.amount);
  return {};
}

std::string measure_numbers(const std::vector<PlanMeasure>& measures) {
  std::string out;
  for (const auto& one : measures) out += (out.empty() ? "" : ", ") + one.plan + " " + one.number;
  return out;
}

std::string law_titles(const std::vector<Law>& laws, Language l) {
  std::string out;
  for (const auto& law : laws) out += (out.empty() ? "" : l == Language::ja ? "、" : ", ") + web::pick(law.title, l);
  return out;
}

web::Table programmes_table(const SheetState& state, const SheetAsked& asked) {
  Language l = asked.language;
  std::set<std::pair<int, AmountKind>> columns;
  for (const auto& one : state.sheet.programmes)
    for (const auto& amount : one.amounts) columns.insert({amount.fiscal_year, amount.kind});
  web::Table table = plain_table("programmes", t::sheet_programmes(l),
                                 {{"programme", str(t::sheet_programme(l))}, {"start", str(t::sheet_start(l))}});
  for (const auto& [year, kind] : columns)
    table.shape.columns.push_back({"a" + std::to_string(year) + std::to_string(int(kind)),
                                   year_words(year, l) + " " + str(amount_title(kind, l)), Kind::kNumber});
  for (auto [id, title] : {std::pair{"indicators", t::sheet_serves(l)},
                           {"review", t::sheet_review(l)},
                           {"outcome", t::sheet_outcome_indicator(l)},
                           {"activity", t::sheet_activity_indicator(l)},
                           {"owner", t::grounds_owner(l)},
                           {"laws", t::grounds_laws(l)},
                           {"measures", t::sheet_measure_list(l)}})
    table.shape.columns.push_back({id, str(title)});
  for (const auto& one : state.sheet.programmes) {
    if (table.rows.size() == web::kMaxPerPage) break;
    web::Row row = {{"(" + one.number + ") " + web::pick(one.title, l)}, {one.start_year ? year_words(*one.start_year, l) : ""}};
    for (const auto& [year, kind] : columns) row.push_back({amount_of(one, year, kind)});
    std::string serves, reviews;
    for (const auto& number : one.indicators) serves += (serves.empty() ? "" : ", ") + number;
    for (const auto& [year, number] : one.review_numbers)
      reviews += (reviews.empty() ? "" : ", ") + number + " (" + std::to_string(year) + ")";
    row.insert(row.end(), {{serves},
                           {reviews},
                           {one.outcome ? web::pick(*one.outcome, l) : ""},
                           {one.activity ? web::pick(*one.activity, l) : ""},
                           {one.owner ? web::pick(*one.owner, l) : ""},
                           {law_titles(one.laws, l)},
                           {measure_numbers(one.measures)}});
    table.rows.push_back(std::move(row));
  }
  table.total = table.rows.size();
  return table;
}

}  // namespace

Result<http::Response> sheet_indicator_page(const RouteContext& context, http::Request& request, bool office) {
  SheetAsked asked = TRY(read_sheet_asked(context, request, office));
  Language l = asked.language;
  const std::string &id = request.parameter("sheet"), &number = request.parameter("number");
  auto state = TRY(asked.sheets().state(id, asked.view));
  const SheetIndicator* one = state->indicator(number);
  if (!one) return unknown_part(id, {PartKind::kIndicator, number});
  const auto& h = state->sheet.header;
  web::Page page = new_sheet_page(asked, request, one->number + " " + web::pick(one->title, l), &h);
  page.json = page.csv = true;
  const RecordWays ways(context, request, asked.urls.org, state->publication ? state->publication->record : -1);
  Html main;
  if (office)
    main.raw("<p>")
        .markup(web::link(t::sheet_edit(l), asked.urls.indicator(id, number) + "/edit"))
        .raw(" · ")
        .markup(web::link(t::part_indicator_change(l), asked.urls.indicator(id, number) + "/rows"))
        .raw(" · ")
        .markup(web::link(t::same_link(l), asked.urls.indicator(id, number) + "/same"))
        .raw("</p>\n");
  main.markup(facts_of(*state, *one, asked));
  if (office)
    main.raw("<p>")
        .markup(web::link(t::grounds_measures_link(l), asked.urls.sheet(id) + "/grounds?indicator=" + number))
        .raw("</p>\n");
  if (!one->measures.empty())
    main.raw("<h2>").text(t::sheet_measure_list(l)).raw("</h2>\n").markup(TRY(measures_markup(asked, one->measures)));
  auto differences = disagreements(*one, h.fiscal_year, mark_rules(state->sheet));
  if (!differences.empty())
    main.raw("<h2>")
        .text(t::sheet_disagreements(l))
        .raw("</h2>\n")
        .markup(disagreements_table(differences, id, asked, request.target));
  for (std::size_t i = 0; i < one->lines.size(); ++i) main.markup(chart_of(*one, i, l));
  main.markup(values_table(*one, request.target, l))
      .markup(computed_table(*one, asked, request.target))
      .raw("<p>")
      .markup(web::link(t::across_link(l), asked.in_view(asked.urls.indicator(id, number) + "/across")))
      .raw("</p>\n")
      .markup(part_evidence(*state->part({PartKind::kIndicator, number}), asked, ways))
      .markup(neighbours(*state, *one, asked));
  page.main = main.take();
  return answer_of_day(context, request, asked, std::move(page));
}

Result<http::Response> sheet_programmes_page(const RouteContext& context, http::Request& request, bool office) {
  SheetAsked asked = TRY(read_sheet_asked(context, request, office));
  Language l = asked.language;
  auto state = TRY(asked.sheets().state(request.parameter("sheet"), asked.view));
  const auto& h = state->sheet.header;
  web::Page page = new_sheet_page(asked, request, str(t::sheet_programmes(l)), &h);
  page.lead = t::sheet_programmes_lead(l);
  page.json = page.csv = true;
  Html main;
  main.markup(web::paragraph(t::sheet_unit(l, {web::pick(h.money_unit, l)})))
      .raw("<div class=\"sheet\">\n")  // as wide as the evaluation sheet: on its side on paper
      .markup(web::table(programmes_table(*state, asked), request.target, l))
      .raw("</div>\n")
      .markup(programme_links(asked, *state))
      .markup(sums_table(*state, asked, request.target))
      .raw("<p>")
      .markup(web::link(t::programme_across(l), asked.in_view(asked.urls.sheets() + "/programmes")))
      .raw("</p>\n");
  std::vector<web::SummaryRow> doubts;
  for (const auto& one : state->sheet.programmes) add(doubts, t::sheet_part_programme(l, {one.number}), one.doubt, l);
  if (!doubts.empty()) main.raw("<h2>").text(t::sheet_doubt(l)).raw("</h2>\n").markup(web::summary_list(doubts, l));
  page.main = main.take();
  return answer_of_day(context, request, asked, std::move(page));
}

}  // namespace musubi::kpi
