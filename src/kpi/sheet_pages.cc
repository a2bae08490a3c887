#include "kpi/sheet_pages.h"

#include <algorithm>

#include "kpi/cell_title.h"
#include "kpi/day.h"
#include "kpi/judgement.h"
#include "kpi/logic_model.h"
#include "kpi/pages.h"
#include "kpi/record_ways.h"
#include "kpi/rs_csv.h"
#include "kpi/sheet_part_form.h"
#include "kpi/sheet_route.h"
#include "kpi/sheet_words.h"
#include "web/messages/across.h"
#include "web/messages/grounds.h"
#include "web/messages/kpi.h"
#include "web/messages/logic.h"
#include "web/messages/next_year.h"
#include "web/messages/programme.h"
#include "web/messages/scale.h"
#include "web/messages/sheet.h"
#include "web/messages/sheet_route.h"

namespace musubi::kpi {
namespace {

namespace t = web::messages;
using web::Html;
using web::Kind;
using web::Language;
using web::Markup;
using web::Tone;

std::string str(std::string_view text) { return std::string(text); }

Markup draft_notice(const SheetState& state, const SheetAsked& asked) {
  Language l = asked.language;
  if (!asked.urls.office || !state.has_drafts()) return {};
  std::string self = asked.urls.sheet(state.sheet.header.id);
  Html body;
  body.raw("<p>")
      .text(state.publication ? t::sheet_draft_text(l) : t::sheet_draft_first(l))
      .raw(" ")
      .markup(web::tag(state_title(state_word(state), l), Tone::kWarning))
      .raw("</p>\n<p class=\"actions\">");
  if (state.sheet.header.form == SheetForm::kEvaluation) body.markup(web::link(t::sheet_judge(l), self + "/judgement")).raw(" ");
  body.markup(web::link(t::sheet_review_link(l), self + "/review"))
      .raw(" ")
      .markup(web::link(t::sheet_file_edit_link(l), self + "/upload"))
      .raw("</p>\n");
  return web::notice(t::sheet_draft_notice(l), body.take(), Tone::kWarning);
}

Markup figures_markup(const SheetState& state, const SheetAsked& asked) {
  Language l = asked.language;
  SheetFigures f = figures_of(state.sheet);
  std::string self = asked.urls.sheet(state.sheet.header.id);
  auto figure = [&](std::size_t n, std::string_view words, std::string href) {
    return web::Figure{std::int64_t(n), str(words), asked.in_view(std::move(href))};
  };
  std::vector<web::Figure> all = {
      figure(f.indicators, t::sheet_indicators(l), self), figure(f.reached, t::sheet_reached(l), self + "?show=reached"),
      figure(f.missed, t::sheet_missed(l), self + "?show=missed"), figure(f.not_due, t::sheet_not_due(l), self + "?show=not_due"),
      figure(f.unmarked, t::sheet_unmarked(l), self + "?show=no_mark")};
  if (f.no_target > 0) all.push_back(figure(f.no_target, t::sheet_no_target(l), self + "?show=no_target"));
  return web::figures(all);
}

void add(std::vector<web::SummaryRow>& rows, std::string_view term, const std::optional<Text>& text, Language l) {
  if (text) rows.push_back({str(term), web::escaped(web::pick(*text, l))});
}

Markup list_of(const std::vector<Text>& all, Language l) {
  Html html;
  html.raw("<ul>\n");
  for (const auto& one : all) html.raw("<li>").text(web::pick(one, l)).raw("</li>\n");
  return html.raw("</ul>\n").take();
}

Markup facts_of(const SheetHeader& h, Language l) {
  std::vector<web::SummaryRow> rows;
  add(rows, t::sheet_printed(l), h.printed_number, l);
  rows.push_back({str(t::sheet_form(l)), web::escaped(form_title(h.form, l))});
  add(rows, t::sheet_field(l), h.field, l);
  add(rows, t::sheet_outcome(l), h.outcome, l);
  add(rows, t::sheet_office_of(l), h.office, l);
  add(rows, t::sheet_author(l), h.author_post, l);
  if (!h.owners.empty()) rows.push_back({str(t::grounds_owners(l)), list_of(h.owners, l)});
  if (!h.laws.empty()) rows.push_back({str(t::grounds_laws(l)), laws_markup(h.laws, l)});
  rows.push_back({str(t::sheet_month(l)), web::escaped(h.month)});
  add(rows, t::sheet_source(l), h.source_title, l);
  add(rows, t::sheet_locator(l), h.locator, l);
  add(rows, t::sheet_doubt(l), h.doubt, l);
  return web::summary_list(rows, l);
}

Markup after_table(const SheetState& state, const SheetAsked& asked, const std::string& target) {
  Language l = asked.language;
  const auto& h = state.sheet.header;
  if (h.form == SheetForm::kPreAnalysis) return {};
  web::Table table = plain_table("after", t::sheet_after(l),
                                 {{"indicator", str(t::sheet_indicator(l)), Kind::kLink},
                                  {"mark", str(t::sheet_mark(l)), Kind::kTag},
                                  {"factor", str(t::sheet_factor(l))},
                                  {"fate", str(t::sheet_fate(l))}});
  for (const auto& one : state.sheet.indicators) {
    if (table.rows.size() == web::kMaxPerPage) break;
    std::string fate = one.fate ? str(fate_title(*one.fate, l)) : "";
    if (one.fate_note) fate += (l == Language::ja ? "。" : ". ") + web::pick(*one.fate_note, l);
    table.rows.push_back(
        {{one.number, one.number + " " + web::pick(one.title, l), asked.in_view(asked.urls.indicator(h.id, one.number))},
         {one.mark ? str(mark_sign(*one.mark)) : "none", str(one.mark ? mark_title(*one.mark, l) : t::sheet_mark_none(l)), "",
          one.mark ? mark_tone(*one.mark) : Tone::kPlain},
         {one.factor ? web::pick(*one.factor, l) : ""},
         {fate}});
  }
  table.total = table.rows.size();
  return Html().raw("<h2>").text(t::sheet_after(l)).raw("</h2>\n").markup(web::table(table, target, l)).take();
}

Markup goals_markup(const SheetHeader& h, Language l) {
  std::vector<web::SummaryRow> rows;
  for (const auto& goal : h.goals) {
    if (!goal.factor && !goal.next) continue;
    Html html;
    if (goal.factor) html.text(web::pick(*goal.factor, l));
    if (goal.next) html.raw("<br>").text(t::sheet_next(l)).text(l == Language::ja ? "：" : ": ").text(web::pick(*goal.next, l));
    rows.push_back({web::pick(goal.title, l), html.take()});
  }
  if (rows.empty()) return {};
  return Html().raw("<h2>").text(t::sheet_factor(l)).raw("</h2>\n").markup(web::summary_list(rows, l)).take();
}

Markup rest_of(const SheetHeader& h, Language l) {
  std::vector<web::SummaryRow> rows;
  if (h.stance) {
    Html html;
    html.text(h.stance->category + " " + web::pick(h.stance->title, l));
    if (!h.stance->notes.empty()) html.markup(list_of(h.stance->notes, l));
    rows.push_back({str(t::sheet_stance(l)), html.take()});
  }
  add(rows, t::sheet_next(l), h.next, l);
  add(rows, t::sheet_effects(l), h.effects, l);
  add(rows, t::sheet_experts(l), h.experts, l);
  add(rows, t::sheet_material(l), h.material, l);
  std::vector<Text> cabinet;
  for (const auto& one : h.cabinet_policies)
    cabinet.push_back(
        {one.title.ja + (one.date ? "（" + *one.date + "）" : ""), one.title.en + (one.date ? " (" + *one.date + ")" : "")});
  if (!cabinet.empty()) rows.push_back({str(t::sheet_cabinet(l)), list_of(cabinet, l)});
  return web::summary_list(rows, l);
}

Markup logic_section(const SheetState& state, const SheetAsked& asked) {
  Language l = asked.language;
  const auto& h = state.sheet.header;
  if (h.nodes.empty() && !asked.urls.office) return {};
  Html html;
  html.raw("<h2 id=\"logic\">").text(t::sheet_logic(l)).raw("</h2>\n").markup(logic_markup(state, asked));
  return html.raw("<p>")
      .markup(web::link(asked.urls.office ? t::logic_change(l) : t::logic_page(l), asked.in_view(asked.urls.sheet(h.id) + "/logic")))
      .raw("</p>\n")
      .take();
}

Result<Markup> evidence_of(const RouteContext& context, const http::Request& request, const SheetState& state,
                           const SheetAsked& asked) {
  Language l = asked.language;
  std::vector<web::SummaryRow> rows;
  Html published;
  if (state.publication)
    published.markup(web::time_element(state.publication->at, l))
        .raw("<br>")
        .markup(sheet_record_links(asked, state.publication->record));
  else
    published.markup(web::tag(t::sheet_not_published(l), Tone::kWarning));
  rows.push_back({str(t::sheet_published_at(l)), published.take()});
  rows.push_back({str(t::sheet_edition(l)), code_text(state.edition.substr(0, 12))});
  rows.push_back(
      {str(t::sheet_history(l)), web::link(t::sheet_history(l), asked.in_view(asked.urls.sheet(state.sheet.header.id) + "/history"))});
  Html html;
  html.raw("<h2>").text(t::sheet_evidence(l)).raw("</h2>\n").markup(web::summary_list(rows, l));
  if (state.route.empty()) return html.take();
  return html.raw("<h3>")
      .text(t::sheet_route(l))
      .raw("</h3>\n")
      .markup(web::paragraph(t::sheet_route_lead(l)))
      .markup(TRY(route_markup(context, request, asked, state)))
      .take();
}

// The sheet as files: the official form, and its programmes as the administrative review has them.
Markup file_links(const SheetState& state, const SheetAsked& asked) {
  Language l = asked.language;
  std::string self = asked.urls.sheet(state.sheet.header.id);
  Html html;
  html.raw("<ul>\n<li>").markup(web::link(t::sheet_file_link(l), asked.in_view(self + ".xlsx"))).raw("</li>\n");
  if (asked.urls.office) html.raw("<li>").markup(web::link(t::sheet_file_edit_link(l), self + "/upload")).raw("</li>\n");
  if (asked.urls.office) html.raw("<li>").markup(web::link(t::grounds_link(l), self + "/grounds")).raw("</li>\n");
  if (asked.urls.office && state.publication) html.raw("<li>").markup(web::link(t::next_year_link(l), self + "/next")).raw("</li>\n");
  if (!state.sheet.programmes.empty())
    for (auto table : rs_tables())
      html.raw("<li>")
          .markup(web::link(t::sheet_rs_link(l, {str(table)}), asked.in_view(self + "/rs/" + str(table) + ".csv")))
          .raw("</li>\n");
  return html.raw("</ul>\n").take();
}

// Where there is no own sheet, but others may have told of theirs.
Result<Markup> others_link(const SheetAsked& asked) {
  auto any = TRY(asked.database->read([](db::Reader& reader) { return reader.query("SELECT 1 FROM kpi_report LIMIT 1", {}); }));
  if (any.empty()) return Markup{};
  return Html()
      .raw("<p>")
      .markup(web::link(t::across_others_list(asked.language), asked.in_view(asked.urls.sheets() + "/organisations")))
      .raw("</p>\n")
      .take();
}

}  // namespace

Markup across_links(const SheetAsked& asked) {
  Language l = asked.language;
  Html html;
  html.raw("<ul>\n");
  auto item = [&](std::string_view title, const std::string& url) {
    html.raw("<li>").markup(web::link(title, asked.in_view(url))).raw("</li>\n");
  };
  if (asked.urls.office) item(t::sheet_targets(l), asked.urls.sheets() + "/targets");
  for (auto [title, path] :
       {std::pair{t::sheet_compare(l), "/compare"}, {t::across_list(l), "/across"}, {t::programme_across(l), "/programmes"}})
    item(title, asked.urls.sheets() + path);
  if (!asked.urls.office) item(t::scale_link(l), asked.urls.sheets() + "/scales");
  item(t::across_others_list(l), SheetUrls{asked.urls.org, false}.sheets() + "/organisations");
  return html.raw("</ul>\n").take();
}

Markup day_notice(const SheetAsked& asked, const std::string& now) {
  if (!asked.view.as_of) return {};
  Language l = asked.language;
  Html body;
  body.raw("<p>").text(t::kpi_as_of_body(l)).raw(" ").markup(web::link(t::kpi_as_of_now(l), now)).raw("</p>\n");
  return web::notice(t::kpi_as_of_notice(l, {web::pick(text::long_date(*asked.view.as_of), l)}), body.take(), Tone::kInfo);
}

Result<http::Response> sheets_page(const RouteContext& context, http::Request& request) {
  SheetAsked asked = TRY(read_sheet_asked(context, request, false));
  Language l = asked.language;
  auto sheets = TRY(asked.sheets().list(asked.view));
  web::Page page{str(t::sheet_list(l)), l, request.target};
  page.lead = t::sheet_list_lead(l);
  page.json = page.csv = true;
  SheetFigures sum;
  for (const auto& state : sheets) {
    SheetFigures f = figures_of(state->sheet);
    for (auto part : {&SheetFigures::indicators, &SheetFigures::reached, &SheetFigures::missed, &SheetFigures::not_due,
                      &SheetFigures::unmarked, &SheetFigures::no_target})
      sum.*part += f.*part;
  }
  std::string targets = asked.urls.sheets() + "/targets";
  auto figure = [&](std::size_t n, std::string_view words, const char* status) {
    return web::Figure{std::int64_t(n), str(words), asked.in_view(targets + (*status ? "?status=" : "") + status)};
  };
  std::vector<web::Figure> figures = {
      figure(sum.indicators, t::sheet_indicators(l), ""), figure(sum.reached, t::sheet_reached(l), "reached"),
      figure(sum.missed, t::sheet_missed(l), "missed"), figure(sum.not_due, t::sheet_not_due(l), "not_due"),
      figure(sum.unmarked, t::sheet_unmarked(l), "no_mark")};
  if (sum.no_target > 0) figures.push_back(figure(sum.no_target, t::sheet_no_target(l), "no_target"));
  Html main;
  main.markup(day_form(request, asked.view, l));
  if (!sheets.empty())
    main.markup(web::figures(figures)).markup(web::paragraph(t::sheet_result_note(l))).markup(across_links(asked));
  else
    main.markup(TRY(others_link(asked)));
  page.main = main.markup(web::table(sheets_table(asked, sheets), request.target, l)).take();
  return answer_of_day(context, request, asked, std::move(page));
}

Result<http::Response> sheet_page(const RouteContext& context, http::Request& request, bool office) {
  SheetAsked asked = TRY(read_sheet_asked(context, request, office));
  Language l = asked.language;
  auto state = TRY(asked.sheets().state(request.parameter("sheet"), asked.view));
  const auto& h = state->sheet.header;
  std::string_view wanted = request.query.get("show", "");
  const std::string_view show =
      std::find(kTargetStatuses.begin(), kTargetStatuses.end(), wanted) != kTargetStatuses.end() ? wanted : "";
  web::Page page = new_sheet_page(asked, request, sheet_title(h, l));
  page.json = page.csv = true;
  std::string self = asked.urls.sheet(h.id);
  Html main;
  main.markup(day_form(request, asked.view, l))
      .markup(draft_notice(*state, asked))
      .markup(TRY(part_links(context, request, asked, *state)))
      .markup(figures_markup(*state, asked));
  if (!show.empty()) {
    Html body;
    body.raw("<p>").markup(web::link(t::sheet_show_all(l), asked.in_view(self))).raw("</p>\n");
    main.markup(web::notice(t::sheet_showing(l, {result_title(show, l)}), body.take(), Tone::kInfo));
  }
  main.markup(sheet_table(*state, asked, show));
  if (show.empty()) {
    main.markup(judgement_markup(*state, asked));
    if (h.form == SheetForm::kEvaluation)
      main.raw("<h2>")
          .text(t::sheet_disagreements(l))
          .raw("</h2>\n")
          .markup(disagreements_table(disagreements(state->sheet, mark_rules(state->sheet)), h.id, asked, request.target));
    main.markup(goals_markup(h, l))
        .markup(after_table(*state, asked, request.target))
        .markup(budget_table(*state, asked, request.target))
        .markup(sums_table(*state, asked, request.target));
    if (!state->sheet.programmes.empty())
      main.raw("<p>").markup(web::link(t::sheet_programmes(l), asked.in_view(asked.urls.programmes(h.id)))).raw("</p>\n");
    main.raw("<h2>")
        .text(t::sheet_sheet(l))
        .raw("</h2>\n")
        .markup(file_links(*state, asked))
        .markup(facts_of(h, l))
        .markup(rest_of(h, l))
        .markup(logic_section(*state, asked))
        .markup(TRY(evidence_of(context, request, *state, asked)));
  }
  page.main = main.take();
  return answer_of_day(context, request, asked, std::move(page));
}

Result<http::Response> sheet_history_page(const RouteContext& context, http::Request& request, bool office) {
  SheetAsked asked = TRY(read_sheet_asked(context, request, office));
  Language l = asked.language;
  auto state = TRY(asked.sheets().state(request.parameter("sheet"), asked.view));
  auto history = TRY(asked.sheets().history(request.parameter("sheet"), std::nullopt, asked.view));
  const auto& h = state->sheet.header;
  web::Page page = new_sheet_page(asked, request, t::sheet_history_title(l, {sheet_title(h, l)}), &h);
  page.lead = t::sheet_history_lead(l);
  page.json = page.csv = true;
  web::Table table = plain_table("history", t::sheet_history(l),
                                 {{"part", str(t::sheet_part(l))},
                                  {"change", str(t::sheet_change(l))},
                                  {"cells", str(t::sheet_cell(l))},
                                  {"actor", str(t::sheet_actor(l))},
                                  {"at", str(t::sheet_at(l)), Kind::kDate},
                                  {"record", str(t::sheet_record(l)), Kind::kLink}});
  const RecordWays ways(context, request, asked.urls.org, state->publication ? state->publication->record : -1);
  for (const auto& one : history) {
    if (table.rows.size() == web::kMaxPerPage) break;
    std::string cells = one.withheld ? str(t::sheet_withheld(l)) : "";
    for (const auto& change : one.changes)
      cells += (cells.empty()       ? ""
                : l == Language::ja ? "、"
                                    : "; ") +
               cell_title(change.member, l) + ": " + change.before + " → " + change.after;
    table.rows.push_back(
        {{part_title(one.key, l)},
         {str(entry_kind_title(one.kind, l)) + (l == Language::ja ? "、" : ", ") + t::sheet_revision_n(l, {one.revision})},
         {cells},
         {one.actor},
         {text::iso_date(text::jst_date(one.at))},
         one.withheld ? web::Cell{""} : ways.cell(one.record)});
  }
  table.total = table.rows.size();
  page.main = Html().markup(web::table(table, request.target, l)).markup(office ? ways.note(l) : Markup{}).take();
  return answer_of_day(context, request, asked, std::move(page));
}

}  // namespace musubi::kpi
