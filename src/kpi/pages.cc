#include "kpi/pages.h"

#include <algorithm>

#include "kpi/cell_title.h"
#include "kpi/coverage_pages.h"
#include "kpi/follow_up_pages.h"
#include "kpi/follow_up_view.h"
#include "kpi/indicator_pages.h"
#include "kpi/json.h"
#include "kpi/list_query.h"
#include "kpi/plan_compare.h"
#include "kpi/plan_form.h"
#include "kpi/plan_targets.h"
#include "kpi/record_ways.h"
#include "kpi/sheet_measures.h"
#include "web/chart.h"
#include "web/messages/coverage.h"
#include "web/messages/kpi.h"
#include "web/messages/plan_form.h"
#include "web/respond.h"

namespace musubi::kpi {
namespace {

namespace t = web::messages;
using web::Html;
using web::Kind;
using web::Language;
using web::Markup;
using web::Tone;

std::string str(std::string_view text) { return std::string(text); }

Tone tone_of(KpiStatus status) {
  return status == KpiStatus::kSet ? Tone::kSuccess : status == KpiStatus::kNotSet ? Tone::kWarning : Tone::kPlain;
}

template <class T>
std::string title_of(const std::vector<T>& all, const std::string& id, Language l) {
  for (const auto& one : all)
    if (one.id == id) return web::pick(one.title, l);
  return id;
}

std::string short_edition(std::string_view edition) { return std::string(edition.substr(0, 12)); }

std::string with_status(const std::string& url, std::string_view status) { return url + "?status=" + std::string(status); }

// "FY2019", "2023-01", "2019-03-11" in words; anything else as printed.
std::string period(const std::string& printed, Language l) {
  bool digits = printed.find_first_not_of("FY0123456789-") == printed.npos;
  if (!digits) return printed;
  if (printed.size() == 6 && printed.starts_with("FY"))
    return l == Language::ja ? printed.substr(2) + "年度" : "FY " + printed.substr(2);
  if (l == Language::ja && printed.size() == 4) return printed + "年";
  if (l == Language::ja && printed.size() == 7 && printed[4] == '-')
    return printed.substr(0, 4) + "年" + std::to_string(std::atoi(printed.c_str() + 5)) + "月";
  if (auto day = text::parse_date(printed); printed.size() == 10 && day.ok()) return web::pick(text::long_date(*day), l);
  return printed;
}

Markup evidence_of(const PlanState& state, const Asked& asked) {
  Language l = asked.language;
  std::vector<web::SummaryRow> rows;
  Html source;
  source.text(web::pick(state.header.source_title, l)).raw("<br>").text(web::pick(state.header.source_publisher, l));
  if (auto day = text::parse_date(state.header.source_date); day.ok())
    source.text(l == Language::ja ? "、" : ", ").markup(web::date_element(*day, l));
  rows.push_back({str(t::kpi_source(l)), source.take()});
  if (state.header.first_year && state.header.last_year)
    rows.push_back({str(t::plan_period(l)), web::escaped(t::plan_period_words(l, {std::to_string(*state.header.first_year),
                                                                                  std::to_string(*state.header.last_year)}))});
  Html signed_off;
  if (state.sign_off) {
    signed_off.markup(web::time_element(state.sign_off->at, l))
        .raw("<br>")
        .markup(record_links(asked.urls, state.sign_off->record, l));
  } else {
    signed_off.markup(web::tag(t::kpi_not_signed_off(l), Tone::kWarning));
  }
  rows.push_back({str(t::kpi_signed_off(l)), signed_off.take()});
  Html edition;
  edition.markup(code_text(short_edition(state.edition)))
      .text(l == Language::ja ? "（" : " (")
      .text(t::kpi_edition_hint(l))
      .text(l == Language::ja ? "）" : ")");
  rows.push_back({str(t::kpi_edition(l)), edition.take()});
  return web::summary_list(rows, l);
}

Markup figures_of(const PlanState& state, const Asked& asked) {
  Language l = asked.language;
  std::string self = asked.urls.plan(state.header.id);
  auto figure = [&](std::string_view words, Status status) {
    auto n = std::count_if(state.entries.begin(), state.entries.end(), [&](const Entry& entry) { return matches(entry, status); });
    return web::Figure{std::int64_t(n), std::string(words), in_view(with_status(self, name_of(status)), asked.view)};
  };
  web::Figure all[] = {{std::int64_t(state.entries.size()), str(t::kpi_measures(l)), in_view(self, asked.view)},
                       figure(t::kpi_n_not_set(l), Status::kKpiNotSet),
                       figure(t::kpi_n_none(l), Status::kKpiNone),
                       figure(t::kpi_n_no_target(l), Status::kNoTarget)};
  Html html;
  html.markup(web::figures(all)).raw("<p>").markup(web::link(t::kpi_summary(l), in_view(self + "/summary", asked.view))).raw("</p>\n");
  return html.take();
}

Markup draft_notice(const PlanState& state, const Asked& asked) {
  Language l = asked.language;
  if (!asked.urls.office || !state.has_drafts()) return {};
  Html body;
  body.raw("<p>")
      .text(state.sign_off || asked.view.as_of ? t::kpi_office_draft_text(l) : t::kpi_office_draft_first(l))
      .raw(" ")
      .markup(web::link(t::kpi_office_review(l), asked.urls.plan(state.header.id) + "/sign-off"))
      .raw("</p>\n");
  return web::notice(t::kpi_office_draft_notice(l), body.take(), Tone::kWarning);
}

web::Row measure_row(const Entry& entry, const Measure& measure, const PlanHeader& header, const Asked& asked,
                     const RecordWays& ways) {
  Language l = asked.language;
  web::Row row;
  row.reserve(8);
  row.push_back({entry.number, entry.number + " " + web::pick(entry.title, l),
                 in_view(asked.urls.measure(header.id, entry.number), asked.view)});
  if (asked.urls.office)
    row.push_back({entry.draft ? "draft" : "signed", str(entry.draft ? t::kpi_draft(l) : t::kpi_signed(l)), "",
                   entry.draft ? Tone::kInfo : Tone::kPlain});
  row.push_back({entry.field, title_of(header.fields, entry.field, l)});
  for (KpiStatus status : {entry.progress, entry.effect})
    row.push_back({str(status_word(status)), str(kpi_title(status, l)), "", tone_of(status)});
  row.push_back({measure.target && measure.target->role == "target" ? web::pick(measure.target->text, l) : first_target(measure, l)});
  row.push_back(ways.cell(entry.record));
  row.push_back({asked.urls.receipt(entry.record), str(t::kpi_receipt(l)), asked.urls.receipt(entry.record)});
  return row;
}

Markup kpi_markup(const Kpi& kpi, Language l) {
  Html html;
  html.markup(web::tag(kpi_title(kpi.status, l), tone_of(kpi.status)));
  if (kpi.text) html.raw("<br>").text(web::pick(*kpi.text, l));
  if (kpi.due) html.raw("<br>").text(t::kpi_due(l, {web::pick(*kpi.due, l)}));
  return html.take();
}

Markup target_markup(const Target& target, Language l) {
  Html html;
  if (target.role == "denominator") html.markup(web::tag(t::kpi_target_denominator(l), Tone::kPlain)).raw("<br>");
  if (target.role == "baseline") html.markup(web::tag(t::kpi_target_baseline(l), Tone::kPlain)).raw("<br>");
  html.text(web::pick(target.text, l));
  if (target.fiscal_year) html.raw("<br>").text(web::pick(text::fiscal_year_name(*target.fiscal_year), l));
  return html.take();
}

Markup milestones_markup(const std::vector<Milestone>& milestones, Language l) {
  Html html;
  html.raw("<ul>\n");
  for (const auto& milestone : milestones) {
    html.raw("<li>");
    if (milestone.by) html.raw("<strong>").text(period(*milestone.by, l)).raw("</strong> ");
    html.text(web::pick(milestone.text, l)).raw("</li>\n");
  }
  return html.raw("</ul>\n").take();
}

Markup facts_of(const MeasureView& view, Language l) {
  const Measure& m = view.measure;
  std::vector<web::SummaryRow> rows;
  auto add = [&](std::string_view term, Markup value) { rows.push_back({str(term), std::move(value)}); };
  add(t::kpi_section(l), web::escaped(m.section + " " + title_of(view.header.sections, m.section, l)));
  for (const auto& section : view.header.sections)
    if (section.id == m.section && section.law_article) add(t::kpi_law(l), web::escaped(web::pick(*section.law_article, l)));
  add(t::kpi_field(l), web::escaped(title_of(view.header.fields, m.field, l)));
  add(t::kpi_progress(l), kpi_markup(m.progress, l));
  add(t::kpi_effect(l), kpi_markup(m.effect, l));
  add(t::kpi_target(l), m.target ? target_markup(*m.target, l) : web::tag(t::kpi_none(l), Tone::kPlain));
  if (m.baseline)
    add(t::kpi_baseline(l), web::escaped(web::pick(m.baseline->text, l) +
                                         (m.baseline->as_of ? (l == Language::ja ? "（" : " (") + period(*m.baseline->as_of, l) +
                                                                  (l == Language::ja ? "）" : ")")
                                                            : "")));
  if (!m.milestones.empty()) add(t::kpi_milestones(l), milestones_markup(m.milestones, l));
  std::string systems;
  for (const auto& system : m.systems) systems += (systems.empty() ? "" : ", ") + system;
  if (!systems.empty()) add(t::kpi_systems(l), code_text(systems));
  if (!view.header.serves_plan.empty()) {
    std::string numbers;
    for (const auto& number : m.serves) numbers += (numbers.empty() ? "" : ", ") + number;
    add(t::coverage_serves(l), numbers.empty() ? web::escaped(t::coverage_serves_none(l))
                                               : Html().markup(code_text(view.header.serves_plan)).text(" " + numbers).take());
  }
  add(t::kpi_locator(l), web::escaped(web::pick(m.locator, l)));
  if (m.doubt) add(t::kpi_doubt(l), web::escaped(web::pick(*m.doubt, l)));
  return web::summary_list(rows, l);
}

Markup entry_evidence(const Entry& entry, const Asked& asked, const RecordWays& ways) {
  Language l = asked.language;
  std::vector<web::SummaryRow> rows = {{str(t::kpi_revision(l)), web::escaped(t::kpi_revision_n(l, {entry.revision}))},
                                       {str(t::kpi_entered_at(l)), web::time_element(entry.at, l)},
                                       {str(t::kpi_record(l)), ways.links(entry.record, l)},
                                       {str(t::kpi_digest(l)), code_text(entry.digest)}};
  if (asked.urls.office)
    rows.push_back(
        {str(t::kpi_state(l)), web::tag(entry.draft ? t::kpi_draft(l) : t::kpi_signed(l), entry.draft ? Tone::kInfo : Tone::kPlain)});
  return web::summary_list(rows, l);
}

Markup changes_table(const Revision& revision, const std::string& target, Language l) {
  if (revision.changes.empty()) return {};
  web::TableShape shape{"changes-" + std::to_string(revision.revision),
                        str(t::kpi_changes(l)),
                        {{"member", str(t::kpi_member(l))}, {"before", str(t::kpi_before(l))}, {"after", str(t::kpi_after(l))}}};
  web::Table table{shape};
  table.query.per_page = web::kMaxPerPage;
  for (const auto& change : revision.changes)
    if (table.rows.size() < web::kMaxPerPage)
      table.rows.push_back({{change.member, cell_title(change.member, l)}, {change.before}, {change.after}});
  table.total = table.rows.size();
  return web::table(table, target, l);
}

Markup neighbours(const MeasureView& view, const Asked& asked) {
  Language l = asked.language;
  if (!view.previous && !view.next) return {};
  auto url = [&](const std::string& number) { return in_view(asked.urls.measure(view.header.id, number), asked.view); };
  Html html;
  html.raw("<nav class=\"pages\"").attribute("aria-label", t::kpi_neighbours(l)).raw("><ul>\n");
  if (view.previous) html.raw("<li>").markup(web::link(t::kpi_previous(l, {*view.previous}), url(*view.previous))).raw("</li>\n");
  if (view.next) html.raw("<li>").markup(web::link(t::kpi_next(l, {*view.next}), url(*view.next))).raw("</li>\n");
  return html.raw("</ul></nav>\n").take();
}

web::Chart section_chart(const char* id, std::string_view title, std::string_view text, const PlanState& state, Language l) {
  web::Chart chart{id, str(title), str(text), str(t::kpi_unit(l)), {}, {}};
  for (const auto& section : state.header.sections) chart.labels.push_back(section.id + " " + web::pick(section.title, l));
  return chart;
}

web::Series series_of(std::string_view title, const PlanState& state, const std::function<bool(const Entry&)>& wanted) {
  web::Series series{str(title), {}};
  for (const auto& section : state.header.sections)
    series.values.push_back(double(std::count_if(state.entries.begin(), state.entries.end(),
                                                 [&](const Entry& e) { return e.section == section.id && wanted(e); })));
  return series;
}

Markup charts_of(const PlanState& state, Counts& counts, Language l) {
  web::Chart fields{"by-field", str(t::kpi_chart_fields(l)),    str(t::kpi_chart_fields_text(l)), str(t::kpi_unit(l)),
                    {},         {{str(t::kpi_measures(l)), {}}}};
  for (const auto& field : state.header.fields) {
    fields.labels.push_back(web::pick(field.title, l));
    fields.series[0].values.push_back(double(counts.by_field[field.id]));
  }
  auto kpi = section_chart("kpi-by-section", t::kpi_chart_kpi(l), t::kpi_chart_kpi_text(l), state, l);
  kpi.series = {series_of(t::kpi_set(l), state, [](const Entry& e) { return matches(e, Status::kKpiSet); }),
                series_of(t::kpi_unset(l), state, [](const Entry& e) { return matches(e, Status::kKpiNotSet); }),
                series_of(t::kpi_none(l), state,
                          [](const Entry& e) { return !matches(e, Status::kKpiSet) && !matches(e, Status::kKpiNotSet); })};
  auto target = section_chart("target-by-section", t::kpi_chart_target(l), t::kpi_chart_target_text(l), state, l);
  target.series = {series_of(t::kpi_status_target(l), state, [](const Entry& e) { return e.has_target; }),
                   series_of(t::kpi_status_no_target(l), state, [](const Entry& e) { return !e.has_target; })};
  Html html;
  html.markup(web::bar_chart(fields, l)).markup(web::share_chart(kpi, l)).markup(web::share_chart(target, l));
  return html.take();
}

Markup matrix_of(const PlanState& state, Counts& counts, const Asked& asked, const std::string& target) {
  Language l = asked.language;
  web::TableShape shape{"matrix", str(t::kpi_matrix(l)), {{"section", str(t::kpi_section(l))}}};
  for (const auto& field : state.header.fields) shape.columns.push_back({field.id, web::pick(field.title, l), Kind::kNumber});
  web::Table table{std::move(shape)};
  std::string self = asked.urls.plan(state.header.id);
  for (const auto& section : state.header.sections) {
    web::Row row = {
        {section.id, section.id + " " + web::pick(section.title, l), in_view(self + "?section=" + section.id, asked.view)}};
    for (const auto& field : state.header.fields) {
      auto found = counts.by_field_section.find({field.id, section.id});
      if (found == counts.by_field_section.end())
        row.push_back({});
      else
        row.push_back(
            {std::to_string(found->second), "", in_view(self + "?field=" + field.id + "&section=" + section.id, asked.view)});
    }
    table.rows.push_back(std::move(row));
  }
  table.total = table.rows.size();
  table.query.per_page = web::kMaxPerPage;
  return web::table(table, target, l);
}

}  // namespace

Markup code_text(std::string_view text) {
  return Html().raw("<code class=\"wrap\" translate=\"no\">").text(text).raw("</code>").take();
}

std::string_view entry_kind_title(EntryKind kind, Language l) {
  switch (kind) {
    case EntryKind::kEntered: return t::kpi_kind_entered(l);
    case EntryKind::kRevised: return t::kpi_kind_revised(l);
    case EntryKind::kWithdrawn: break;
  }
  return t::kpi_kind_withdrawn(l);
}

Markup record_links(const Urls& urls, std::int64_t record, Language l) {
  return Html()
      .markup(web::link(t::kpi_record_link(l, {std::to_string(record)}), urls.record(record)))
      .raw(" · ")
      .markup(web::link(t::kpi_receipt(l), urls.receipt(record)))
      .take();
}

web::Page new_page(const Asked& asked, const http::Request& request, std::string title) {
  web::Page page{std::move(title), asked.language, request.target};
  page.breadcrumbs = {{str(asked.urls.office ? t::kpi_office(asked.language) : t::kpi_plans(asked.language)), asked.urls.plans()}};
  return page;
}

http::Response answer(const RouteContext& context, const http::Request& request, const web::Page& page, int status) {
  return web::respond(context.site(request, request.parameter("org")), page, status);
}

web::TableShape plans_shape(bool office, Language l) {
  web::TableShape shape{"plans", str(t::kpi_plans(l)), {{"plan", str(t::kpi_plan(l)), Kind::kLink, true}}};
  auto column = [&](const char* id, std::string_view title, Kind kind) {
    shape.columns.push_back({id, str(title), kind, kind != Kind::kLink});
  };
  if (office) column("state", t::kpi_state(l), Kind::kTag);
  column("publisher", t::kpi_publisher(l), Kind::kText);
  column("measures", t::kpi_measures(l), Kind::kNumber);
  column("kpi_not_set", t::kpi_not_set(l), Kind::kNumber);
  column("no_target", t::kpi_no_target(l), Kind::kNumber);
  column("signed_off", t::kpi_signed_off(l), Kind::kDate);
  column("record", t::kpi_record(l), Kind::kLink);
  return shape;
}

web::Table plans_table(const RouteContext& context, const http::Request& request, const Asked& asked,
                       const std::vector<PlanSummary>& plans, web::TableQuery query) {
  Language l = asked.language;
  std::vector<web::Row> rows;
  for (const auto& plan : plans) {
    std::string self = asked.urls.plan(plan.header.id);
    web::Row row = {{plan.header.id, web::pick(plan.header.title, l), in_view(self, asked.view)}};
    if (asked.urls.office)
      row.push_back({plan.has_drafts ? "draft" : "signed", str(plan.has_drafts ? t::kpi_draft(l) : t::kpi_signed(l)), "",
                     plan.has_drafts ? Tone::kInfo : Tone::kPlain});
    row.push_back({web::pick(plan.header.source_publisher, l)});
    row.push_back({std::to_string(plan.measures)});
    row.push_back({std::to_string(plan.not_set), "", in_view(with_status(self, "kpi_not_set"), asked.view)});
    row.push_back({std::to_string(plan.no_target), "", in_view(with_status(self, "no_target"), asked.view)});
    row.push_back({plan.sign_off ? text::iso_date(text::jst_date(plan.sign_off->at)) : ""});
    row.push_back(ways_of(context, request, asked, plan.sign_off).cell(plan.record));
    rows.push_back(std::move(row));
  }
  web::Table table = web::arrange(plans_shape(asked.urls.office, l), std::move(query), std::move(rows));
  table.empty_text = asked.urls.office ? t::kpi_plans_empty_office(l) : t::kpi_plans_empty(l);
  return table;
}

Result<http::Response> plans_page(const RouteContext& context, http::Request& request) {
  auto query = TRY(table_query(request, plans_shape(false, request.language)));
  Asked asked = TRY(read_asked(context, request, false));
  auto plans = TRY(asked.plans().list(asked.view));
  web::Page page{str(t::kpi_plans(asked.language)), asked.language, request.target};
  page.lead = t::kpi_plans_lead(asked.language);
  page.json = page.csv = true;
  Html main;
  main.markup(as_of_notice(asked, asked.urls.plans()));
  page.main =
      main.markup(web::table(plans_table(context, request, asked, plans, std::move(query)), request.target, asked.language)).take();
  return answer(context, request, page);
}

Result<http::Response> plan_page(const RouteContext& context, http::Request& request, bool office) {
  AskedPlan plan = TRY(read_plan_page(context, request, office, false));
  const Asked& asked = plan.asked;
  const PlanState& state = *plan.page.state;
  web::Page page = new_page(asked, request, web::pick(state.header.title, asked.language));
  page.lead = web::pick(state.header.summary, asked.language);
  page.json = page.csv = true;
  web::Table table{plan.shape, plan.query};
  table.total = plan.page.total;
  table.rows.reserve(plan.page.entries.size());
  const RecordWays ways = ways_of(context, request, asked, state.sign_off);
  for (std::size_t i = 0; i < plan.page.entries.size(); ++i)
    table.rows.push_back(measure_row(plan.page.entries[i], *plan.page.measures[i], state.header, asked, ways));
  Html main;
  main.markup(as_of_notice(asked, asked.urls.plan(state.header.id))).markup(draft_notice(state, asked));
  main.markup(plan_form_links(context, request, asked, state))
      .markup(figures_of(state, asked))
      .markup(state.sign_off || office ? targets_link(asked, state.header.id) : Markup{})
      .markup(TRY(follow_up_link(asked, state.header.id)))
      .markup(TRY(state.sign_off ? coverage_link(asked, state.header) : Result<Markup>(Markup{})))
      .raw("<h2>")
      .text(t::kpi_measures(asked.language))
      .raw("</h2>\n")
      .markup(web::table(table, request.target, asked.language))
      .markup(office ? ways.note(asked.language) : Markup{})
      .raw("<h2>")
      .text(t::kpi_evidence(asked.language))
      .raw("</h2>\n")
      .markup(evidence_of(state, asked))
      .markup(TRY(editions_markup(asked, state.header, request.target)));
  page.main = main.take();
  return answer(context, request, page);
}

Result<http::Response> summary_page(const RouteContext& context, http::Request& request, bool office) {
  Asked asked = TRY(read_asked(context, request, office));
  Language l = asked.language;
  PlanState state = TRY(asked.plans().state(request.parameter("plan"), asked.view));
  const std::string& title = web::pick(state.header.title, l);
  Counts counts = count(state.entries);
  web::Page page = new_page(asked, request, t::kpi_summary_title(l, {title}));
  page.breadcrumbs.push_back({title, in_view(asked.urls.plan(state.header.id), asked.view)});
  page.lead = t::kpi_summary_lead(l);
  page.json = page.csv = true;
  Html main;
  main.markup(as_of_notice(asked, asked.urls.plan(state.header.id) + "/summary"))
      .markup(evidence_of(state, asked))
      .markup(charts_of(state, counts, l))
      .markup(matrix_of(state, counts, asked, request.target));
  page.main = main.take();
  return answer(context, request, page);
}

Result<http::Response> measure_page(const RouteContext& context, http::Request& request, bool office) {
  Asked asked = TRY(read_asked(context, request, office));
  Language l = asked.language;
  MeasureView view = TRY(asked.plans().measure(request.parameter("plan"), request.parameter("number"), asked.view));
  web::Page page = new_page(asked, request, view.entry.number + " " + web::pick(view.measure.title, l));
  page.breadcrumbs.push_back({web::pick(view.header.title, l), in_view(asked.urls.plan(view.header.id), asked.view)});
  page.json = page.csv = true;
  std::string self = asked.urls.measure(view.header.id, view.entry.number);
  const RecordWays ways = TRY(ways_of(context, request, asked, view.header.id));
  Markup live = TRY(measure_targets(context, request, asked, view));
  live.html += TRY(live_values(context, asked, view.header.id, view.entry.number)).html;
  live.html += TRY(newest_follow_up(asked, view.header.id, view.entry.number)).html;
  live.html += TRY(evaluating_markup(asked, view.header.id, view.entry.number)).html;
  Html main;
  main.markup(as_of_notice(asked, self))
      .markup(measure_form_links(context, request, asked, view))
      .markup(facts_of(view, l))
      .markup(live)
      .raw("<h2>")
      .text(t::kpi_entry(l))
      .raw("</h2>\n")
      .markup(entry_evidence(view.entry, asked, ways))
      .raw("<p>")
      .markup(web::link(t::kpi_history_link(l), in_view(self + "/history", asked.view)))
      .raw("</p>\n")
      .markup(neighbours(view, asked));
  page.main = main.take();
  return answer(context, request, page);
}

Result<http::Response> history_page(const RouteContext& context, http::Request& request, bool office) {
  Asked asked = TRY(read_asked(context, request, office));
  Language l = asked.language;
  std::string plan = request.parameter("plan"), number = request.parameter("number");
  auto history = TRY(asked.plans().history(plan, number, asked.view));
  const RecordWays ways = TRY(ways_of(context, request, asked, plan));
  web::Page page = new_page(asked, request, t::kpi_history_title(l, {number}));
  page.breadcrumbs.push_back({plan, in_view(asked.urls.plan(plan), asked.view)});
  if (history.front().measure)
    page.breadcrumbs.push_back(
        {number + " " + web::pick(history.front().measure->title, l), in_view(asked.urls.measure(plan, number), asked.view)});
  page.lead = t::kpi_history_lead(l);
  page.json = page.csv = true;
  Html main;
  main.markup(as_of_notice(asked, asked.urls.measure(plan, number) + "/history"))
      .markup(measure_undo_form(context, request, asked, plan, number, history.front()));
  for (const auto& revision : history) {
    main.raw("<h2>")
        .text(t::kpi_revision_n(l, {revision.revision}))
        .text(l == Language::ja ? "：" : ": ")
        .text(entry_kind_title(revision.kind, l))
        .raw("</h2>\n");
    std::vector<web::SummaryRow> rows = {{str(t::kpi_entered_at(l)), web::time_element(revision.at, l)},
                                         {str(t::kpi_actor(l)), code_text(revision.actor)},
                                         {str(t::kpi_record(l)), ways.links(revision.record, l)}};
    if (office)
      rows.push_back({str(t::kpi_state(l)),
                      web::tag(revision.draft ? t::kpi_draft(l) : t::kpi_signed(l), revision.draft ? Tone::kInfo : Tone::kPlain)});
    main.markup(web::summary_list(rows, l)).markup(changes_table(revision, request.target, l));
  }
  page.main = main.take();
  return answer(context, request, page);
}

}  // namespace musubi::kpi
