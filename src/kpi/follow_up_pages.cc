#include "kpi/follow_up_pages.h"

#include <algorithm>

#include "kpi/follow_up_entry.h"
#include "kpi/follow_up_json.h"
#include "kpi/follow_up_view.h"
#include "kpi/json.h"
#include "kpi/list_query.h"
#include "kpi/pages.h"
#include "kpi/sheet_json.h"
#include "kpi/sheet_pages.h"
#include "text/csv.h"
#include "web/messages/follow_up.h"
#include "web/messages/kpi.h"
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

// One plan's follow-up as a request asks for it.
struct Wanted {
  Asked asked;
  PlanState plan;
  FollowUpState state;
  std::vector<FollowUps::Told> newest;     // of each measure that has any, by number
  std::optional<std::string> leader = {};  // for officers: who leads, where they do not themselves
  FollowUpOfficer officer = {};            // who asks, in an office
  SharedMeasure measure = {};              // on the page of one
  FollowUpUrls urls() const { return {asked.urls}; }
  Markup told(const FollowUps::Told& one) const { return told_markup(one, asked, measure.get()); }
  const FollowUps::Told* of(const std::string& number) const {
    for (const auto& one : newest)
      if (one.entry.number == number) return &one;
    return nullptr;
  }
};

Result<Wanted> wanted(const RouteContext& context, Request& request, bool office) {
  Wanted out{TRY(read_asked(context, request, office)), {}, {}, {}};
  const std::string& id = request.parameter("plan");
  out.plan = TRY(out.asked.plans().state(id, View{.drafts = false, .as_of = out.asked.view.as_of}));
  FollowUps follow_ups(*out.asked.database);
  out.state = TRY(follow_ups.state(id, out.asked.view));
  std::vector<FollowUpKey> keys;
  for (const auto& entry : out.plan.entries)
    if (auto periods = out.state.periods(entry.number); !periods.empty()) keys.push_back({entry.number, periods.front()});
  out.newest = TRY(follow_ups.newest(out.state, keys));
  if (!office) return out;
  out.officer = TRY(officer_of(context, request));
  if (!leads(out.state, out.officer)) out.leader = TRY(leading_title(context, request, out.state, out.asked.language));
  return out;
}

Response data(json::object object) { return http::json(json::value(std::move(object))).etag_of_body().cache("no-cache"); }

json::object told_json(const FollowUps::Told& told, const Urls& urls) {
  json::object out = to_json(told.entry);
  const auto& r = told.revision;
  out["revision"] = r.revision;
  out["record"] = r.record;
  out["at"] = r.at.rfc3339();
  out["signed_off_at"] = r.signed_off() ? json::value(r.step->at.rfc3339()) : json::value(nullptr);
  out["links"] = json::object{{"record", urls.record(r.record)}, {"receipt", urls.receipt(r.record)}};
  return out;
}

json::array findings_json(const FollowUpState& state, const std::string* number, const Urls& urls) {
  json::array out;
  for (const auto& one : state.findings) {
    if (number && one.number != *number) continue;
    json::object finding{{"measure", one.number},      {"id", one.id},
                         {"text", to_json(one.words)}, {"at", one.at.rfc3339()},
                         {"open", !one.closed},        {"links", json::object{{"record", urls.record(one.record)}}}};
    if (one.closed)
      finding["closed"] =
          json::object{{"how", to_json(one.closed->how)}, {"at", one.closed->at.rfc3339()}, {"record", one.closed->record}};
    out.push_back(std::move(finding));
  }
  return out;
}

json::value day_json(const View& view) { return view.as_of ? json::value(text::iso_date(*view.as_of)) : json::value(nullptr); }

json::value publication_json(const FollowUpState& state, const Urls& urls) {
  if (!state.publication) return nullptr;
  return json::object{{"at", state.publication->at.rfc3339()},
                      {"record", state.publication->record},
                      {"links", json::object{{"record", urls.record(state.publication->record)},
                                             {"receipt", urls.receipt(state.publication->record)}}}};
}

// Words of officers stand in it: cells that a spreadsheet program would take for a formula are guarded, always.
text::CsvWriter csv_with_head(const Request& request) {
  text::CsvWriter csv({.byte_order_mark = request.query.get("spreadsheet", "") == "1", .guard_formulas = true});
  csv.row({"plan",          "number",      "title_ja",         "title_en",         "period",        "revision",       "status",
           "progress",      "progress_ja", "progress_en",      "effect",           "effect_ja",     "effect_en",      "facts_ja",
           "facts_en",      "issues_ja",   "issues_en",        "causes_ja",        "causes_en",     "next_action_ja", "next_action_en",
           "review_target", "review_kpi",  "review_reason_ja", "review_reason_en", "signed_off_at", "record"});
  return csv;
}

void csv_row(text::CsvWriter& csv, const std::string& plan, const Text& title, const FollowUps::Told& told) {
  const FollowUp& e = told.entry;
  std::vector<std::string> row = {plan,
                                  e.number,
                                  title.ja,
                                  title.en,
                                  period_id(e.period),
                                  std::to_string(told.revision.revision),
                                  e.light ? str(word_of(kLights, *e.light)) : ""};
  auto words = [&](const std::optional<Text>& text) { row.insert(row.end(), {text ? text->ja : "", text ? text->en : ""}); };
  for (const auto* actual : {&e.progress, &e.effect}) {
    row.push_back(*actual && (*actual)->number ? canonical_json(json::value(*(*actual)->number)) : "");
    words(*actual ? (*actual)->text : std::nullopt);
  }
  words(e.facts);
  for (const auto* text : {&e.issues, &e.causes, &e.next_action}) words(*text);
  row.insert(row.end(), {e.review_target ? "true" : "false", e.review_kpi ? "true" : "false"});
  words(e.review_reason);
  row.insert(row.end(), {told.revision.signed_off() ? told.revision.step->at.rfc3339() : "", std::to_string(told.revision.record)});
  csv.row(row);
}

Markup evidence_of(const Wanted& w, bool office) {
  Language l = w.asked.language;
  std::vector<web::SummaryRow> rows;
  Html published;
  if (w.state.publication)
    published.markup(web::time_element(w.state.publication->at, l))
        .raw("<br>")
        .markup(record_links(w.asked.urls, w.state.publication->record, l));
  else
    published.markup(web::tag(t::follow_not_published(l), Tone::kWarning));
  rows.push_back({str(t::follow_published(l)), published.take()});
  if (w.state.schedule) {
    rows.push_back({str(t::follow_basis(l)), web::escaped(web::pick(w.state.schedule->basis, l))});
    rows.push_back({str(t::follow_due_days(l)), web::escaped(std::to_string(w.state.schedule->due_days))});
  }
  if (office) {
    std::string self = w.urls().plan(w.plan.header.id);
    Html links;
    links.markup(web::link(t::follow_schedule(l), self + "/schedule"))
        .raw(" · ")
        .markup(web::link(t::follow_owners(l), self + "/owners"))
        .raw(" · ")
        .markup(web::link(t::follow_publish(l), self + "/publish"))
        .raw(" · ")
        .markup(web::link(t::follow_desk(l), w.urls().desk()));
    rows.push_back({str(t::follow_office(l)), links.take()});
  }
  return web::summary_list(rows, l);
}

Markup lights_of(const Wanted& w, const std::string& self) {
  Language l = w.asked.language;
  std::vector<web::Figure> figures;
  for (std::size_t i = 0; i < kLights.size(); ++i) {
    auto n = std::count_if(w.newest.begin(), w.newest.end(), [&](const auto& one) { return one.entry.light == Light(i); });
    figures.push_back({std::int64_t(n), str(light_title(Light(i), l)), in_view(self + "?status=" + str(kLights[i]), w.asked.view)});
  }
  figures.push_back({std::int64_t(w.plan.entries.size() - w.newest.size()), str(t::follow_no_light(l)),
                     in_view(self + "?status=none", w.asked.view)});
  return web::figures(figures);
}

web::Table measures_table(const Wanted& w, const std::vector<PostWords>& posts, const web::TableShape& shape, web::TableQuery query) {
  Language l = w.asked.language;
  std::vector<web::Row> rows;
  for (const auto& entry : w.plan.entries) {
    const auto* told = w.of(entry.number);
    Frequency frequency = w.state.schedule ? frequency_of(*w.state.schedule, entry.number, entry.field) : Frequency::kYearly;
    auto open = w.state.open_findings(entry.number);
    web::Row row = {{entry.number, entry.number + " " + web::pick(entry.title, l),
                     in_view(w.urls().measure(w.plan.header.id, entry.number), w.asked.view)},
                    light_cell(told ? told->entry.light : std::nullopt, l),
                    {told ? period_id(told->entry.period) : "", told ? web::pick(period_title(told->entry.period), l) : ""},
                    {told ? actual_text(told->entry.progress, l) : ""},
                    {str(word_of(kFrequencies, frequency)), str(frequency_title(frequency, l))},
                    {open ? std::to_string(open) : ""}};
    if (w.asked.urls.office) {
      auto owner = w.state.owners.find(entry.number);
      std::string post = owner == w.state.owners.end() ? "" : owner->second;
      row.push_back({post, post_title(posts, post, l)});
    }
    rows.push_back(std::move(row));
  }
  return web::arrange(shape, std::move(query), std::move(rows));
}

web::TableShape measures_shape(bool office, Language l) {
  web::TableShape shape{"follow-ups",
                        str(t::kpi_measures(l)),
                        {{"measure", str(t::kpi_measure(l)), Kind::kLink},
                         {"status", str(t::follow_status(l)), Kind::kTag, true},
                         {"period", str(t::follow_period(l)), Kind::kText, true},
                         {"progress", str(t::follow_progress(l))},
                         {"frequency", str(t::follow_frequency(l)), Kind::kText, true},
                         {"findings", str(t::follow_open_findings(l)), Kind::kNumber, true}}};
  if (office) shape.columns.push_back({"post", str(t::follow_owner(l)), Kind::kText, true});
  web::Filter status{"status", str(t::follow_status(l)), {}}, frequency{"frequency", str(t::follow_frequency(l)), {}};
  for (std::size_t i = 0; i < kLights.size(); ++i) status.choices.push_back({str(kLights[i]), str(light_title(Light(i), l))});
  status.choices.push_back({"none", str(t::follow_no_light(l))});
  for (std::size_t i = 0; i < kFrequencies.size(); ++i)
    frequency.choices.push_back({str(kFrequencies[i]), str(frequency_title(Frequency(i), l))});
  shape.filters = {std::move(status), std::move(frequency), {"as_of", str(t::kpi_as_of(l)), {}}};
  shape.search = true;
  return shape;
}

Markup findings_markup(const Wanted& w, const std::string& number, const http::Form* posted, const Error* trouble,
                       const std::string& csrf) {
  Language l = w.asked.language;
  Html html;
  html.raw("<h2 id=\"findings\">").text(t::follow_findings(l)).raw("</h2>\n");
  bool any = false;
  for (const auto& one : w.state.findings) {
    if (one.number != number) continue;
    any = true;
    std::vector<web::SummaryRow> rows = {
        {str(t::follow_state(l)),
         web::tag(one.closed ? t::follow_finding_closed(l) : t::follow_finding_open(l), one.closed ? Tone::kSuccess : Tone::kWarning)},
        {str(t::follow_finding(l)), web::escaped(web::pick(one.words, l))},
        {str(t::kpi_entered_at(l)),
         Html().markup(web::time_element(one.at, l)).raw("<br>").markup(record_links(w.asked.urls, one.record, l)).take()}};
    if (one.closed)
      rows.push_back({str(t::follow_finding_how(l)), Html()
                                                         .text(web::pick(one.closed->how, l))
                                                         .raw("<br>")
                                                         .markup(web::time_element(one.closed->at, l))
                                                         .raw("<br>")
                                                         .markup(record_links(w.asked.urls, one.closed->record, l))
                                                         .take()});
    html.raw("<h3>").text(t::follow_finding_n(l, {one.id})).raw("</h3>\n").markup(web::summary_list(rows, l));
    if (w.leader && !one.closed)
      html.markup(web::paragraph(t::follow_closed_by(l, {*w.leader})));
    else if (w.asked.urls.office && !one.closed)
      html.markup(web::details(t::follow_finding_close(l),
                               close_finding_form(w.asked, w.plan.header.id, number, one.id, posted, trouble, csrf)));
  }
  if (!any) html.markup(web::paragraph(t::follow_no_findings(l)));
  if (w.asked.urls.office)
    html.markup(web::details(t::follow_finding_new(l), new_finding_form(w.asked, w.plan.header.id, number, posted, trouble, csrf)));
  return html.take();
}

// One period: what stands, what changed since the period before, and how it came about.
Markup period_markup(const Wanted& w, const std::vector<FollowUps::Told>& told, const FollowUps::Told* before,
                     const std::string& target, const std::string& csrf) {
  Language l = w.asked.language;
  const auto& now = told.back();
  std::string id = period_id(now.entry.period);
  Html html;
  html.raw("<h2")
      .attribute("id", "p-" + id)
      .raw(">")
      .text(web::pick(period_title(now.entry.period), l))
      .raw("</h2>\n")
      .markup(w.told(now));
  if (before) {
    Markup changes = told_changes(before->entry, now.entry, "since-" + std::to_string(now.entry.period.rank()),
                                  t::follow_changed_since(l, {web::pick(period_title(before->entry.period), l)}), target, l);
    if (!changes.html.empty()) html.markup(changes);
  }
  if (told.size() > 1) {
    Html history;
    for (std::size_t i = told.size() - 1; i-- > 0;) {
      history.raw("<h3>").text(t::kpi_revision_n(l, {told[i].revision.revision})).raw("</h3>\n").markup(w.told(told[i]));
      history.markup(told_changes(told[i].entry, told[i + 1].entry,
                                  "revised-" + std::to_string(now.entry.period.rank()) + "-" + std::to_string(i),
                                  t::follow_changed_after(l), target, l));
    }
    html.markup(web::details(t::follow_earlier(l), history.take()));
  }
  if (w.asked.urls.office) html.markup(step_forms(w.asked, w.state, now, w.officer, w.leader, csrf));
  return html.take();
}

Markup to_enter(const Wanted& w, const Entry& measure, text::Date today) {
  Language l = w.asked.language;
  const bool theirs = enters(w.state, measure.number, w.officer);  // others see what is due, without a form that refuses them
  Html html;
  for (const auto& item : items_of(w.plan, w.state, today, today)) {
    if (item.number != measure.number || item.state == ItemState::kSignedOff) continue;
    const std::string period = web::pick(period_title(item.period), l);
    html.raw("<li>")
        .markup(theirs ? web::link(t::follow_enter(l, {period}), w.urls().entry(item.plan, {item.number, item.period}) + "/edit")
                       : web::escaped(period))
        .raw(" ")
        .markup(web::tag((item.overdue ? str(t::follow_overdue(l)) + (l == Language::ja ? "・" : ", ") : std::string()) +
                             str(item_state_title(item.state, l)),
                         item.overdue ? Tone::kError : item_state_tone(item.state)))
        .raw(" ")
        .text(t::follow_due_on(l, {web::pick(text::long_date(item.due), l)}))
        .raw("</li>\n");
  }
  Markup list = html.take();
  return list.html.empty() ? Markup{}
                           : Html().raw("<h2>").text(t::follow_to_enter(l)).raw("</h2>\n<ul>\n").markup(list).raw("</ul>\n").take();
}

const Entry* measure_of(const PlanState& plan, const std::string& number) {
  for (const auto& entry : plan.entries)
    if (entry.number == number) return &entry;
  return nullptr;
}

// A measure's entries, newest period first; of one that was withdrawn, too, as long as something was said of it.
Result<std::vector<std::vector<FollowUps::Told>>> all_of(const Wanted& w, const std::string& number) {
  std::vector<std::vector<FollowUps::Told>> out;
  for (Period period : w.state.periods(number)) out.push_back(TRY(FollowUps(*w.asked.database).revisions(w.state, {number, period})));
  if (out.empty() && !measure_of(w.plan, number)) {
    auto known = w.asked.plans().history(w.plan.header.id, number, w.asked.view);  // unknown, or nothing said of it
    if (!known.ok()) return known.error();
  }
  return out;
}

}  // namespace

Result<Response> plan_follow_up_page(const RouteContext& context, Request& request, bool office) {
  Language l = request.language;
  auto shape = measures_shape(office, l);
  auto query = TRY(table_query(request, shape));
  Wanted w = TRY(wanted(context, request, office));
  const std::string &id = w.plan.header.id, &title = web::pick(w.plan.header.title, l), self = w.urls().plan(id);
  web::Page page = new_page(w.asked, request, t::follow_title(l, {title}));
  page.breadcrumbs.push_back({title, in_view(w.asked.urls.plan(id), w.asked.view)});
  page.lead = t::follow_lead(l);
  page.json = page.csv = true;
  Html main;
  main.markup(as_of_notice(w.asked, self));
  if (office && !w.state.schedule)
    main.markup(web::notice(t::follow_no_schedule(l),
                            Html().raw("<p>").markup(web::link(t::follow_schedule(l), self + "/schedule")).raw("</p>\n").take(),
                            Tone::kWarning));
  if (w.leader) main.markup(web::paragraph(t::follow_led_by(l, {*w.leader})));
  if (office && !w.leader && w.state.unpublished() > 0)
    main.markup(web::notice(t::follow_unpublished(l, {std::int64_t(w.state.unpublished())}),
                            Html().raw("<p>").markup(web::link(t::follow_publish(l), self + "/publish")).raw("</p>\n").take(),
                            Tone::kInfo));
  main.markup(lights_of(w, self))
      .markup(
          web::table(measures_table(w, office ? TRY(all_posts(context, request)) : std::vector<PostWords>(), shape, std::move(query)),
                     request.target, l))
      .raw("<h2>")
      .text(t::kpi_evidence(l))
      .raw("</h2>\n")
      .markup(evidence_of(w, office));
  page.main = main.take();
  return answer(context, request, page);
}

Result<Response> plan_follow_up_data(const RouteContext& context, Request& request, bool office) {
  Wanted w = TRY(wanted(context, request, office));
  json::array measures;
  for (const auto& entry : w.plan.entries) {
    const auto* told = w.of(entry.number);
    json::object one{{"number", entry.number},
                     {"title", to_json(entry.title)},
                     {"field", entry.field},
                     {"open_findings", std::int64_t(w.state.open_findings(entry.number))}};
    if (w.state.schedule) one["frequency"] = word_of(kFrequencies, frequency_of(*w.state.schedule, entry.number, entry.field));
    if (auto owner = w.state.owners.find(entry.number); office && owner != w.state.owners.end()) one["post"] = owner->second;
    one["newest"] = told ? json::value(told_json(*told, w.asked.urls)) : json::value(nullptr);
    one["links"] = json::object{{"self", w.urls().measure(w.plan.header.id, entry.number) + ".json"},
                                {"page", w.urls().measure(w.plan.header.id, entry.number)}};
    measures.push_back(std::move(one));
  }
  json::value schedule = w.state.schedule ? json::value(to_json(*w.state.schedule)) : json::value(nullptr);
  return data({{"plan", w.plan.header.id},
               {"as_of", day_json(w.asked.view)},
               {"publication", publication_json(w.state, w.asked.urls)},
               {"schedule", std::move(schedule)},
               {"measures", std::move(measures)},
               {"findings", findings_json(w.state, nullptr, w.asked.urls)}});
}

Result<Response> plan_follow_up_table(const RouteContext& context, Request& request, bool office) {
  Wanted w = TRY(wanted(context, request, office));
  text::CsvWriter csv = csv_with_head(request);
  std::vector<FollowUpKey> keys;
  for (const auto& entry : w.plan.entries)
    for (Period period : w.state.periods(entry.number)) keys.push_back({entry.number, period});
  for (const auto& told : TRY(FollowUps(*w.asked.database).newest(w.state, keys)))
    csv_row(csv, w.plan.header.id, measure_of(w.plan, told.entry.number)->title, told);
  return http::csv(csv.take(), w.plan.header.id + "-follow-up.csv").etag_of_body().cache("no-cache");
}

Result<Response> draw_measure_follow_up(const RouteContext& context, Request& request, bool office, const http::Form* posted,
                                        const Error* trouble) {
  Wanted w = TRY(wanted(context, request, office));
  Language l = w.asked.language;
  const std::string &id = w.plan.header.id, &number = request.parameter("number");
  auto all = TRY(all_of(w, number));
  const Entry* measure = measure_of(w.plan, number);
  if (measure) w.measure = std::make_shared<Measure>(TRY(w.asked.plans().measure(id, number, {false, w.asked.view.as_of})).measure);
  web::Page page = new_page(w.asked, request, t::follow_measure_title(l, {number}));
  page.breadcrumbs.push_back({web::pick(w.plan.header.title, l), in_view(w.asked.urls.plan(id), w.asked.view)});
  page.breadcrumbs.push_back({str(t::follow_list(l)), in_view(w.urls().plan(id), w.asked.view)});
  if (measure) page.lead = web::pick(measure->title, l);
  page.json = page.csv = !trouble;
  page.has_errors = trouble;
  std::string csrf = office ? context.csrf_token(request) : "", self = w.urls().measure(id, number);
  Html main;
  main.markup(as_of_notice(w.asked, self));
  if (!measure) main.markup(web::notice(t::follow_withdrawn(l), {}, Tone::kWarning));
  if (trouble) main.markup(web::notice(web::pick(trouble->message, l), {}, Tone::kError));
  if (measure)
    main.raw("<p>").markup(web::link(t::follow_the_measure(l), in_view(w.asked.urls.measure(id, number), w.asked.view))).raw("</p>\n");
  if (office && measure) main.markup(to_enter(w, *measure, text::jst_date(context.clock.now())));
  if (all.empty()) main.markup(web::paragraph(t::follow_nothing_yet(l)));
  for (std::size_t i = 0; i < all.size(); ++i)
    main.markup(period_markup(w, all[i], i + 1 < all.size() ? &all[i + 1].back() : nullptr, request.target, csrf));
  page.main = main.markup(findings_markup(w, number, posted, trouble, csrf)).take();
  return answer(context, request, page, trouble ? http::status_of(*trouble) : 200);
}

Result<Response> measure_follow_up_page(const RouteContext& context, Request& request, bool office) {
  return draw_measure_follow_up(context, request, office, nullptr, nullptr);
}

Result<Response> measure_follow_up_data(const RouteContext& context, Request& request, bool office) {
  Wanted w = TRY(wanted(context, request, office));
  const std::string& number = request.parameter("number");
  json::array periods;
  for (const auto& told : TRY(all_of(w, number))) {
    json::array revisions;
    for (auto at = told.rbegin(); at != told.rend(); ++at) revisions.push_back(told_json(*at, w.asked.urls));
    periods.push_back(json::object{{"period", period_id(told[0].entry.period)}, {"revisions", std::move(revisions)}});
  }
  return data({{"plan", w.plan.header.id},
               {"number", number},
               {"as_of", day_json(w.asked.view)},
               {"publication", publication_json(w.state, w.asked.urls)},
               {"periods", std::move(periods)},
               {"findings", findings_json(w.state, &number, w.asked.urls)}});
}

Result<Response> measure_follow_up_table(const RouteContext& context, Request& request, bool office) {
  Wanted w = TRY(wanted(context, request, office));
  const std::string& number = request.parameter("number");
  const Entry* measure = measure_of(w.plan, number);
  text::CsvWriter csv = csv_with_head(request);
  for (const auto& told : TRY(all_of(w, number))) csv_row(csv, w.plan.header.id, measure ? measure->title : Text{}, told.back());
  return http::csv(csv.take(), w.plan.header.id + "-" + number + "-follow-up.csv").etag_of_body().cache("no-cache");
}

Result<Markup> follow_up_link(const Asked& asked, const std::string& plan) {
  auto state = FollowUps(*asked.database).state(plan, asked.view);
  if (!state.ok() && state.error().code == Code::kNotFound) return Markup{};
  TRY(std::move(state));
  return Html()
      .raw("<p>")
      .markup(web::link(t::follow_list(asked.language), in_view(FollowUpUrls{asked.urls}.plan(plan), asked.view)))
      .raw("</p>\n")
      .take();
}

Result<Markup> newest_follow_up(const Asked& asked, const std::string& plan, const std::string& number) {
  FollowUps follow_ups(*asked.database);
  auto state = follow_ups.state(plan, asked.view);
  if (!state.ok() && state.error().code == Code::kNotFound) return Markup{};
  auto known = TRY(std::move(state));
  Language l = asked.language;
  auto periods = known.periods(number);
  Html html = Html().raw("<h2>").text(t::follow_list(l)).raw("</h2>\n");
  if (periods.empty()) {
    html.markup(web::paragraph(t::follow_nothing_yet(l)));
  } else {
    auto told = TRY(follow_ups.newest(known, {{number, periods.front()}}));
    html.raw("<p>")
        .markup(light_tag(told[0].entry.light, l))
        .raw(" ")
        .text(web::pick(period_title(periods.front()), l))
        .raw("<br>")
        .text(web::pick(told[0].entry.facts, l))
        .raw("</p>\n");
  }
  if (auto open = known.open_findings(number))
    html.raw("<p>").markup(web::tag(t::follow_n_findings(l, {std::int64_t(open)}), Tone::kWarning)).raw("</p>\n");
  html.raw("<p>")
      .markup(web::link(t::follow_measure_title(l, {number}), in_view(FollowUpUrls{asked.urls}.measure(plan, number), asked.view)))
      .raw("</p>\n");
  return html.take();
}

}  // namespace musubi::kpi
