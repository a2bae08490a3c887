// The pieces that pages of sheets are made of. Part of sheet_pages.h.
#include <algorithm>

#include "kpi/asked.h"
#include "kpi/judgement.h"
#include "kpi/pages.h"
#include "kpi/scale_pages.h"
#include "kpi/sheet_pages.h"
#include "kpi/sheet_words.h"
#include "kpi/taken_view.h"
#include "web/messages/sheet.h"
#include "web/template.h"

namespace musubi::kpi {
namespace {

namespace t = web::messages;
using web::Html;
using web::Kind;
using web::Language;
using web::Markup;
using web::Tone;

std::string str(std::string_view text) { return std::string(text); }

json::array tags_of(const SheetIndicator& one, const SheetPart* part, const SheetAsked& asked) {
  Language l = asked.language;
  json::array tags;
  if (one.primary) tags.push_back(web::trusted(web::tag(t::sheet_primary(l), Tone::kInfo)));
  tags.push_back(web::trusted(web::tag(kind_title(one.lines[0].kind, l), Tone::kPlain)));
  if (asked.urls.office && part && part->draft) tags.push_back(web::trusted(web::tag(t::sheet_state_draft(l), Tone::kWarning)));
  return tags;
}

json::object head_of(const SheetState& state, const SheetIndicator& one, const SheetAsked& asked) {
  Language l = asked.language;
  const auto& h = state.sheet.header;
  ComputedMark computed = compute_mark(one, h.fiscal_year, mark_rules(state.sheet));
  std::string by_figures;
  if (one.mark != computed.mark)
    by_figures = str(t::sheet_computed(l)) + (l == Language::ja ? "：" : ": ") +
                 str(computed.mark ? mark_title(*computed.mark, l) : t::sheet_computed_words(l));
  std::string href = asked.urls.indicator(h.id, one.number);
  return {{"span", std::to_string(one.lines.size() * 2)},
          {"href", asked.in_view(href)},
          {"number", one.number},
          {"title", web::pick(one.title, l)},
          {"tags", tags_of(one, state.part({PartKind::kIndicator, one.number}), asked)},
          {"edit", asked.urls.office ? json::value(href + "/edit") : json::value(nullptr)},
          {"mark", web::trusted(one.mark || !computed.mark ? mark_tag(one.mark, l) : Markup{})},
          {"computed", std::move(by_figures)}};
}

json::object line_of(const Line& line, Language l) {
  std::string title = line.sub.empty() ? "" : "(" + line.sub + ") ";
  if (line.title) title += web::pick(*line.title, l);
  std::string final_words = value_words(line.final_target, l);
  if (line.not_set_due) final_words = t::sheet_not_set(l, {web::pick(*line.not_set_due, l)});
  return {{"title", std::move(title)},
          {"unit", line.unit ? web::pick(*line.unit, l) : ""},
          {"value", value_words(line.baseline, l)},
          {"year", line.baseline_year ? year_words(*line.baseline_year, l) : ""},
          {"final", std::move(final_words)},
          {"final_year", line.final_year ? year_words(*line.final_year, l) : ""}};
}

json::array cells_of(const Line& line, const std::vector<int>& years, bool targets, const SheetAsked& asked) {
  Language l = asked.language;
  json::array cells;
  for (int year : years) {
    auto found = line.yearly.find(year);
    json::object cell{{"words", found == line.yearly.end() ? ""
                                : targets                  ? value_words(found->second.target, l)
                                                           : actual_words(found->second, l)},
                      {"origin", nullptr}};
    if (!targets && found != line.yearly.end() && found->second.origin)
      cell["origin"] = json::object{{"href", indicator_url(asked.urls.org, *found->second.origin, asked.urls.office)},
                                    {"mark", origin_words(*found->second.origin, l)}};
    cells.push_back(std::move(cell));
  }
  return cells;
}

void add_rows(json::array& rows, const SheetState& state, const SheetIndicator& one, const std::vector<int>& years,
              const SheetAsked& asked) {
  Language l = asked.language;
  for (std::size_t i = 0; i < one.lines.size(); ++i)
    for (bool targets : {true, false}) {
      bool first = i == 0 && targets;
      rows.push_back(json::object{{"id", first ? json::value("i-" + one.number) : json::value(nullptr)},
                                  {"head", first ? json::value(head_of(state, one, asked)) : json::value(nullptr)},
                                  {"line", targets ? json::value(line_of(one.lines[i], l)) : json::value(nullptr)},
                                  {"row", targets ? t::sheet_target(l) : t::sheet_actual(l)},
                                  {"cells", cells_of(one.lines[i], years, targets, asked)}});
    }
}

}  // namespace

std::string SheetAsked::in_view(std::string url) const {
  if (view.as_of) url += (url.find('?') == url.npos ? "?as_of=" : "&as_of=") + text::iso_date(*view.as_of);
  return url;
}

Result<SheetAsked> read_sheet_asked(const RouteContext& context, const http::Request& request, bool office) {
  Asked asked = TRY(read_asked(context, request, office));
  return SheetAsked{std::move(asked.database), {asked.urls.org, office}, asked.view, asked.language};
}

web::Page new_sheet_page(const SheetAsked& asked, const http::Request& request, std::string title, const SheetHeader* sheet) {
  Language l = asked.language;
  web::Page page{std::move(title), l, request.target};
  page.breadcrumbs = {{str(asked.urls.office ? t::sheet_office(l) : t::sheet_list(l)), asked.urls.sheets()}};
  if (sheet) page.breadcrumbs.push_back({sheet_title(*sheet, l), asked.in_view(asked.urls.sheet(sheet->id))});
  return page;
}

web::Table plain_table(std::string id, std::string_view caption, std::vector<web::Column> columns) {
  web::Table table{{std::move(id), str(caption), std::move(columns)}};
  table.query.per_page = web::kMaxPerPage;
  return table;
}

std::string draft_mark(const SheetAsked& asked, const SheetState& state) {
  Language l = asked.language;
  if (!asked.urls.office || !state.has_drafts()) return {};
  std::string mark = str(state_title(state_word(state), l));
  return l == Language::ja ? "［" + mark + "］" : " [" + mark + "]";
}

std::string listed_title(const SheetAsked& asked, const SheetState& state) {
  return sheet_title(state.sheet.header, asked.language) + draft_mark(asked, state);
}

web::Table sheets_table(const SheetAsked& asked, const std::vector<SharedSheet>& sheets) {
  Language l = asked.language;
  web::Table table = plain_table("sheets", t::sheet_list(l), {{"sheet", str(t::sheet_sheet(l)), Kind::kLink}});
  auto column = [&](const char* id, std::string_view title, Kind kind) { table.shape.columns.push_back({id, str(title), kind}); };
  if (asked.urls.office) column("state", t::sheet_state(l), Kind::kTag);
  column("form", t::sheet_form(l), Kind::kText);
  column("judgement", t::sheet_judgement(l), Kind::kText);
  column("indicators", t::sheet_indicators(l), Kind::kNumber);
  column("reached", t::sheet_reached(l), Kind::kNumber);
  column("missed", t::sheet_missed(l), Kind::kNumber);
  column("not_due", t::sheet_not_due(l), Kind::kNumber);
  column("unmarked", t::sheet_unmarked(l), Kind::kNumber);
  for (const auto& state : sheets) {
    if (table.rows.size() == web::kMaxPerPage) break;
    const auto& h = state->sheet.header;
    SheetFigures f = figures_of(state->sheet);
    std::string self = asked.urls.sheet(h.id);
    web::Row row = {{h.id, sheet_title(h, l), asked.in_view(self)}};
    if (asked.urls.office)
      row.push_back({str(state_word(*state)), str(state_title(state_word(*state), l)), "",
                     state->has_drafts() ? Tone::kWarning : Tone::kSuccess});
    row.insert(row.end(), {{str(form_title(h.form, l))},
                           {step_title(state->sheet, l)},
                           {std::to_string(f.indicators)},
                           {std::to_string(f.reached)},
                           {std::to_string(f.missed), "", asked.in_view(self + "?show=missed")},
                           {std::to_string(f.not_due)},
                           {std::to_string(f.unmarked)}});
    table.rows.push_back(std::move(row));
  }
  table.total = table.rows.size();
  table.empty_text = asked.urls.office ? t::sheet_list_empty_office(l) : t::sheet_list_empty(l);
  return table;
}

bool has_status(std::string_view status, const SheetIndicator& one, int fiscal_year, const MarkRules& rules) {
  if (status == "no_target") return !has_target(one);
  if (status == "year_missed") return !missed_years(one, fiscal_year, rules).empty();
  return status.empty() || status == result_word(mark_of(one, fiscal_year, rules));
}

Markup sheet_table(const SheetState& state, const SheetAsked& asked, std::string_view status) {
  Language l = asked.language;
  const auto& h = state.sheet.header;
  std::vector<int> years = years_of(state.sheet);
  MarkRules rules = mark_rules(state.sheet);
  json::array goals, year_titles;
  for (int year : years) year_titles.emplace_back(year_words(year, l));
  for (const auto& goal : h.goals) {
    json::array rows;
    for (const auto& one : state.sheet.indicators) {
      if (one.goal == goal.id && has_status(status, one, h.fiscal_year, rules)) add_rows(rows, state, one, years, asked);
    }
    if (!rows.empty()) goals.push_back(json::object{{"goal", web::pick(goal.title, l)}, {"rows", std::move(rows)}});
  }
  if (goals.empty()) return web::paragraph(t::sheet_showing_none(l));
  return web::render("sheet_table", l,
                     {{"caption", sheet_title(h, l)},
                      {"years", std::move(year_titles)},
                      {"columns", std::to_string(5 + years.size())},
                      {"goals", std::move(goals)}});
}

Markup disagreements_table(const std::vector<Disagreement>& all, const std::string& sheet, const SheetAsked& asked,
                           const std::string& target) {
  Language l = asked.language;
  if (all.empty()) return web::paragraph(t::sheet_disagreements_none(l));
  web::Table table = plain_table("disagreements", t::sheet_disagreements(l),
                                 {{"indicator", str(t::sheet_indicator(l)), Kind::kLink},
                                  {"difference", str(t::sheet_difference(l))},
                                  {"official", str(t::sheet_official(l)), Kind::kTag},
                                  {"computed", str(t::sheet_computed(l)), Kind::kTag},
                                  {"why", str(t::sheet_why(l))}});
  auto mark = [&](std::optional<Mark> one, std::string_view none) {
    return web::Cell{one ? str(mark_sign(*one)) : "none", str(one ? mark_title(*one, l) : none), "",
                     one ? mark_tone(*one) : Tone::kPlain};
  };
  for (const auto& one : all)
    if (table.rows.size() < web::kMaxPerPage)
      table.rows.push_back({{one.indicator, one.indicator, asked.in_view(asked.urls.indicator(sheet, one.indicator))},
                            {str(difference_title(one.kind, l))},
                            mark(one.official, t::sheet_mark_none(l)),
                            mark(one.computed, t::sheet_computed_words(l)),
                            {web::pick(one.why, l)}});
  table.total = table.rows.size();
  return web::table(table, target, l);
}

Markup judgement_markup(const SheetState& state, const SheetAsked& asked) {
  Language l = asked.language;
  const auto& h = state.sheet.header;
  if (h.form == SheetForm::kPreAnalysis) return {};
  const Scale* scale = scale_of(state.sheet);
  std::vector<web::SummaryRow> rows;
  if (h.judgement) {
    rows.push_back({str(t::sheet_judgement(l)), Html().raw("<strong>").text(step_title(state.sheet, l)).raw("</strong>").take()});
    rows.push_back({str(t::sheet_grounds(l)), web::escaped(web::pick(h.judgement->grounds, l))});
    if (h.judgement->override_reason)
      rows.push_back({str(t::sheet_override(l)), web::escaped(web::pick(*h.judgement->override_reason, l))});
  } else {
    rows.push_back({str(t::sheet_judgement(l)), web::tag(t::sheet_mark_none(l), Tone::kPlain)});
  }
  if (scale) rows.push_back({str(t::sheet_scale(l)), web::link(web::pick(scale->title, l), scale_path(asked.urls, *scale))});
  if (auto drafted = scale ? draft_judgement(state.sheet, *scale) : std::nullopt) {
    const ScaleStep* step = scale->step(drafted->step);
    bool same = h.judgement && h.judgement->step == drafted->step;
    Html html;
    html.text(web::pick(step->title, l))
        .raw(" ")
        .markup(web::tag(same ? t::sheet_drafted_same(l) : t::sheet_drafted_other(l), same ? Tone::kSuccess : Tone::kWarning))
        .raw("<br>")
        .text(web::pick(drafted->grounds, l));
    rows.push_back({str(t::sheet_drafted(l)), html.take()});
  } else {
    rows.push_back({str(t::sheet_drafted(l)), web::escaped(t::sheet_drafted_none(l))});
  }
  return Html().raw("<h2>").text(t::sheet_judgement(l)).raw("</h2>\n").markup(web::summary_list(rows, l)).take();
}

Markup sums_table(const SheetState& state, const SheetAsked& asked, const std::string& target) {
  Language l = asked.language;
  auto sums = check_sums(state.sheet);
  if (sums.empty()) return {};
  web::Table table = plain_table("sums", t::sheet_sums(l),
                                 {{"fiscal_year", str(t::sheet_year(l))},
                                  {"of", str(t::sheet_sum_of(l))},
                                  {"printed", str(t::sheet_sum_printed(l)), Kind::kNumber},
                                  {"computed", str(t::sheet_sum_computed(l)), Kind::kNumber},
                                  {"result", str(t::sheet_result(l)), Kind::kTag}});
  for (const auto& sum : sums)
    if (table.rows.size() < web::kMaxPerPage)
      table.rows.push_back(
          {{std::to_string(sum.fiscal_year), year_words(sum.fiscal_year, l)},
           {str(sum.of_programmes ? t::sheet_sum_programmes(l) : t::sheet_sum_budget(l)) + " / " + str(amount_title(sum.kind, l))},
           {std::to_string(sum.printed)},
           {std::to_string(sum.computed)},
           {sum.reconciles() ? "same" : "other", str(sum.reconciles() ? t::sheet_sum_same(l) : t::sheet_sum_other(l)), "",
            sum.reconciles() ? Tone::kSuccess : Tone::kWarning}});
  table.total = table.rows.size();
  return Html().raw("<h2>").text(t::sheet_sums(l)).raw("</h2>\n").markup(web::table(table, target, l)).take();
}

Markup budget_table(const SheetState& state, const SheetAsked& asked, const std::string& target) {
  Language l = asked.language;
  const auto& h = state.sheet.header;
  if (h.budget.empty()) return {};
  std::vector<int> years;
  for (const auto& one : h.budget)
    if (std::find(years.begin(), years.end(), one.fiscal_year) == years.end()) years.push_back(one.fiscal_year);
  std::sort(years.begin(), years.end());
  web::Table table = plain_table("budget", t::sheet_unit(l, {web::pick(h.money_unit, l)}), {{"kind", str(t::sheet_row(l))}});
  for (int year : years) table.shape.columns.push_back({"y" + std::to_string(year), year_words(year, l), Kind::kNumber});
  for (std::size_t kind = 0; kind < 6; ++kind) {
    web::Row row = {{str(amount_title(AmountKind(kind), l))}};
    bool any = false;
    for (int year : years) {
      auto found = std::find_if(h.budget.begin(), h.budget.end(),
                                [&](auto& one) { return one.fiscal_year == year && one.kind == AmountKind(kind); });
      any = any || found != h.budget.end();
      row.push_back({found == h.budget.end() ? "" : std::to_string(found->amount)});
    }
    if (any) table.rows.push_back(std::move(row));
  }
  table.total = table.rows.size();
  return Html()
      .raw("<h2>")
      .text(t::sheet_budget(l))
      .raw("</h2>\n")
      .markup(web::paragraph(table.shape.caption))
      .markup(web::table(table, target, l))
      .take();
}

Markup sheet_record_links(const SheetAsked& asked, std::int64_t record) {
  return record_links(Urls{asked.urls.org, false}, record, asked.language);
}

}  // namespace musubi::kpi
