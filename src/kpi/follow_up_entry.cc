#include "kpi/follow_up_entry.h"

#include <algorithm>
#include <charconv>

#include "kpi/follow_up_figures.h"
#include "kpi/follow_up_json.h"
#include "kpi/follow_up_pages.h"
#include "kpi/follow_up_view.h"
#include "kpi/pages.h"
#include "kpi/sheet_json.h"
#include "kpi/sheet_pages.h"
#include "kpi/taken_view.h"
#include "text/normalise.h"
#include "text/numbers.h"
#include "web/messages/follow_up.h"
#include "web/messages/kpi.h"
#include "web/respond.h"

namespace musubi::kpi {
namespace {

namespace t = web::messages;
using http::Request;
using http::Response;
using web::Html;
using web::Language;
using web::Markup;
using web::Tone;

std::string str(std::string_view text) { return std::string(text); }

web::Field hidden(std::string name, std::string value) { return {web::Input::kHidden, std::move(name), "", "", {std::move(value)}}; }

Result<FollowUpKey> key_of(const Request& request) {
  auto period = period_from(request.parameter("period"));
  if (period) return FollowUpKey{request.parameter("number"), *period};
  return Error{Code::kNotFound, "follow_up.wrong_period", {"期間は 2026 か 2026-Q1 の形です。", "A period is 2026 or 2026-Q1."}, {}};
}

std::int64_t integer(const http::Form& posted, std::string_view name) {
  std::int64_t out = 0;
  std::string_view text = posted.get(name, "");
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

// What the page of an entry needs: the measure, what stands, what was said last time.
struct Desk {
  Asked asked;
  MeasureView measure;
  FollowUpKey key;
  FollowUpState state;
  std::optional<FollowUps::Told> now, last;
  Offers offers = {};
  FollowUps follow_ups() const { return FollowUps(*asked.database); }
  std::string home() const { return FollowUpUrls{asked.urls}.measure(measure.header.id, key.first); }
  std::string self() const { return FollowUpUrls{asked.urls}.entry(measure.header.id, key) + "/edit"; }
};

Result<Desk> desk_of(const RouteContext& context, Request& request) {
  // One after the other: g++ 12 leaks what an aggregate already holds when a later member's TRY returns.
  Asked asked = TRY(read_asked(context, request, true));
  FollowUpKey key = TRY(key_of(request));
  Desk out{std::move(asked), {}, std::move(key), {}, {}, {}};
  const std::string& plan = request.parameter("plan");
  out.measure = TRY(out.asked.plans().measure(plan, out.key.first, View{}));
  out.state = TRY(out.follow_ups().state(plan, View{.drafts = true}));
  out.offers = TRY(offers_to(out.asked.database, out.measure.measure, context.clock.now()));
  if (out.state.newest(out.key)) out.now = TRY(out.follow_ups().newest(out.state, {out.key}))[0];
  for (Period period : out.state.periods(out.key.first))
    if (period < out.key.second) {
      out.last = TRY(out.follow_ups().newest(out.state, {{out.key.first, period}}))[0];
      break;
    }
  return out;
}

void actual_fields(FollowUpForm& form, std::vector<web::Field>& out, const char* name, std::string_view title, const Kpi& kpi,
                   const std::optional<Actual>& now, Language l) {
  out.push_back(form.field(web::Input::kText, std::string(name) + "-number", t::follow_number_of(l, {title}),
                           now && now->number ? canonical_json(json::value(*now->number)) : ""));
  out.back().width = 12;
  if (kpi.text) out.back().hint = web::pick(*kpi.text, l);
  form.words(out, name, t::follow_words_ja(l, {title}), t::follow_words_en(l, {title}), now ? now->text : std::nullopt);
}

web::Form entry_form(const RouteContext& context, const Request& request, const Desk& desk, const FollowUp& now, std::int64_t base,
                     FollowUpForm& form) {
  Language l = desk.asked.language;
  web::Form out{desk.self(), {hidden("base", std::to_string(base))}, str(t::follow_save(l)), context.csrf_token(request),
                "post",      {str(t::kpi_cancel(l)), desk.home()}};
  auto& f = out.fields;
  auto words = [&](const char* name, std::string_view title, const std::optional<Text>& text, bool required = false) {
    form.words(f, name, t::follow_words_ja(l, {title}), t::follow_words_en(l, {title}), text, required);
  };
  words("facts", t::follow_facts(l), now.facts.ja.empty() && now.facts.en.empty() ? std::nullopt : std::optional(now.facts), true);
  f[1].hint = t::follow_facts_hint(l);
  words("issues", t::follow_issues(l), now.issues);
  words("causes", t::follow_causes(l), now.causes);
  actual_fields(form, f, "progress", t::follow_progress(l), desk.measure.measure.progress, now.progress, l);
  actual_fields(form, f, "effect", t::follow_effect(l), desk.measure.measure.effect, now.effect, l);
  figure_fields(form, f, desk.measure.measure, desk.key.second, now.lines, desk.offers, l);
  web::Field light =
      form.field(web::Input::kRadios, "light", t::follow_status(l), now.light ? str(word_of(kLights, *now.light)) : "", true);
  for (std::size_t i = 0; i < kLights.size(); ++i) light.options.push_back({str(kLights[i]), str(light_title(Light(i), l))});
  light.hint = t::follow_status_hint(l);
  f.push_back(std::move(light));
  words("next_action", t::follow_next_action(l), now.next_action);
  for (auto [name, title, set] : {std::tuple{"review_target", t::follow_review_target(l), now.review_target},
                                  {"review_kpi", t::follow_review_kpi(l), now.review_kpi}}) {
    web::Field box = form.field(web::Input::kCheckboxes, name, title, set ? "true" : "");
    box.options = {{"true", str(t::follow_yes(l))}};
    f.push_back(std::move(box));
  }
  words("review_reason", t::follow_review_reason(l), now.review_reason);
  return out;
}

// Of all its rows; none where they differ or there are none.
Text unit_of(const Kpi& kpi) {
  Text out;
  for (const auto& line : kpi.lines) {
    const Text one = line.unit.value_or(Text{});
    if (&line != &kpi.lines.front() && one != out) return {};
    out = one;
  }
  return out;
}

// 億円, 100 million yen: a scale of 円, yen.
bool is_scale_of(const Text& unit, const std::string& plain) {
  const auto one = text::read_number("1" + unit.ja);
  return one.ok() && one->factor != 1 && !plain.empty() && (plain == one->unit || unit.en.ends_with(" " + plain));
}

std::optional<Actual> read_actual(FollowUpForm& form, const std::string& name, const Kpi& kpi, const std::optional<Target>& target) {
  Text unit = unit_of(kpi);
  // The target may speak of the other KPI, or of what this one is a share of: its unit refuses no other unit, but holds where it has
  // a scale of what was typed, in words (500億円) or left out (500円).
  auto typed = text::read_number(text::trim(form.value(name + "-number")));
  if (unit.ja.empty() && typed.ok() && target && target->unit && (typed->factor != 1 || is_scale_of(*target->unit, typed->unit)))
    unit = *target->unit;
  Actual out{form.number(name + "-number", unit), form.words(name)};
  return out.number || out.text ? std::optional(out) : std::nullopt;
}

FollowUp read_entry(FollowUpForm& form, const Desk& desk, const FollowUp& before) {
  const FollowUpKey& key = desk.key;
  FollowUp out{.number = key.first, .period = key.second};
  out.facts = form.words("facts").value_or(Text{});
  out.issues = form.words("issues");
  out.causes = form.words("causes");
  out.progress = read_actual(form, "progress", desk.measure.measure.progress, desk.measure.measure.target);
  out.effect = read_actual(form, "effect", desk.measure.measure.effect, desk.measure.measure.target);
  out.light = from_word<Light>(kLights, form.value("light"));
  out.next_action = form.words("next_action");
  out.review_target = form.value("review_target") == "true";
  out.review_kpi = form.value("review_kpi") == "true";
  out.review_reason = form.words("review_reason");
  out.lines = read_figures(form, desk.measure.measure, key.second, before.lines, desk.offers, desk.asked.language);
  return out;
}

Markup kpis_of(const Desk& desk) {
  Language l = desk.asked.language;
  const Measure& m = desk.measure.measure;
  std::vector<web::SummaryRow> rows;
  for (auto [title, kpi] : {std::pair{t::kpi_progress(l), &m.progress}, {t::kpi_effect(l), &m.effect}})
    rows.push_back(
        {str(title), Html().text(kpi_title(kpi->status, l)).raw(" ").text(kpi->text ? web::pick(*kpi->text, l) : "").take()});
  if (m.target) rows.push_back({str(t::kpi_target(l)), web::escaped(web::pick(m.target->text, l))});
  if (desk.state.schedule)
    rows.push_back({str(t::follow_due(l)), web::date_element(due_day(*desk.state.schedule, desk.key.second), l)});
  return web::summary_list(rows, l);
}

Markup conflicts_of(const Error& error, const std::string& target, Language l) {
  web::Table table =
      plain_table("conflicts", t::follow_conflict(l), {{"cell", str(t::kpi_member(l))}, {"values", str(t::follow_values(l))}});
  for (const auto& fault : error.faults) table.rows.push_back({{fault.where}, {web::pick(fault.message, l)}});
  table.total = table.rows.size();
  return web::notice(web::pick(error.message, l),
                     Html().markup(web::table(table, target, l)).markup(web::paragraph(t::follow_keep_mine(l))).take(), Tone::kError);
}

Result<Response> draw_edit(const RouteContext& context, Request& request, const Desk& desk, web::Form form, Markup above, int status) {
  Language l = desk.asked.language;
  web::Page page = new_page(desk.asked, request, desk.key.first + " " + web::pick(period_title(desk.key.second), l));
  page.breadcrumbs.push_back({web::pick(desk.measure.header.title, l), desk.asked.urls.plan(desk.measure.header.id)});
  page.breadcrumbs.push_back({str(t::follow_measure_title(l, {desk.key.first})), desk.home()});
  page.lead = web::pick(desk.measure.measure.title, l);
  page.has_errors = status != 200;
  Html main;
  main.markup(above).markup(kpis_of(desk));
  main.markup(offers_markup(offers_in(desk.offers, desk.measure.measure, desk.key.second), desk.offers.missing(), desk.asked.urls.org,
                            request.target, l));
  if (desk.last) {
    std::string title = t::follow_last_time(l, {web::pick(period_title(desk.last->entry.period), l)});
    main.raw("<h2>").text(title).raw("</h2>\n").markup(told_markup(*desk.last, desk.asked, &desk.measure.measure));
    if (desk.now)
      main.markup(told_changes(desk.last->entry, desk.now->entry, "since",
                               t::follow_changed_since(l, {web::pick(period_title(desk.last->entry.period), l)}), request.target, l));
  }
  if (auto open = desk.state.open_findings(desk.key.first))
    main.raw("<p>")
        .markup(web::tag(t::follow_n_findings(l, {std::int64_t(open)}), Tone::kWarning))
        .raw(" ")
        .markup(web::link(t::follow_findings(l), desk.home() + "#findings"))
        .raw("</p>\n");
  page.main = main.raw("<h2>").text(t::follow_this_time(l)).raw("</h2>\n").markup(web::form(form, l)).take();
  return answer(context, request, page, status);
}

// The revision that the form was drawn from; an empty entry where there was none.
Result<FollowUp> began_with(const Desk& desk, std::int64_t base) {
  FollowUp began{.number = desk.key.first, .period = desk.key.second};
  for (const auto& told : TRY(desk.follow_ups().entry(desk.measure.header.id, desk.key, View{.drafts = true})))
    if (told.revision.revision == base) began = told.entry;
  return began;
}

// What stands now; cells that both changed hold this officer's values.
Result<FollowUp> mine_over_theirs(const Desk& desk, const FollowUp& mine, std::int64_t base) {
  FollowUp began = TRY(began_with(desk, base)),
           theirs = desk.now ? desk.now->entry : FollowUp{.number = desk.key.first, .period = desk.key.second};
  std::vector<Fault> unread;
  return read_follow_up(merge_cells(to_json(began), to_json(mine), to_json(theirs)).part, unread);
}

// The measure's page again, with what went wrong above it.
Result<Response> back(const RouteContext& context, Request& request, const http::Form& posted, const Error& error) {
  if (error.code == Code::kConflict || error.code == Code::kInvalid || error.code == Code::kForbidden)
    return draw_measure_follow_up(context, request, true, &posted, &error);
  return error;
}

template <class Act>
Result<Response> act(const RouteContext& context, Request& request, Act&& act) {
  Asked asked = TRY(read_asked(context, request, true));
  http::Form posted = TRY(request.form());
  FollowUpForm form(&posted, asked.language);
  FollowUpOfficer officer = TRY(officer_of(context, request));
  auto done = act(FollowUps(*asked.database), posted, form, officer);
  if (!done.ok()) return back(context, request, posted, done.error());
  return http::redirect(FollowUpUrls{asked.urls}.measure(request.parameter("plan"), request.parameter("number")));
}

// Both languages as posted: the service says what is missing.
Text posted_words(FollowUpForm& form, const std::string& name) { return {form.words(name).value_or(Text{})}; }

}  // namespace

Markup step_forms(const Asked& asked, const FollowUpState& state, const FollowUps::Told& told, const FollowUpOfficer& officer,
                  const std::optional<std::string>& leader, const std::string& csrf) {
  Language l = asked.language;
  FollowUpKey key{told.entry.number, told.entry.period};
  std::string self = FollowUpUrls{asked.urls}.entry(state.plan, key), revision = std::to_string(told.revision.revision);
  Html html;
  if (enters(state, key.first, officer)) html.raw("<p>").markup(web::link(t::follow_correct(l), self + "/edit")).raw("</p>\n");
  if (told.revision.step) return html.take();
  if (leader) return html.markup(web::paragraph(t::follow_steps_by(l, {*leader}))).take();
  web::Form sign{self + "/sign-off", {hidden("revision", revision)}, str(t::follow_sign_off(l)), csrf};
  FollowUpForm empty(nullptr, l);
  web::Form send{self + "/return", {hidden("revision", revision)}, str(t::follow_return(l)), csrf};
  std::string suffix = "-" + period_id(key.second);
  empty.words(send.fields, "remark" + suffix, t::follow_words_ja(l, {t::follow_remark(l)}),
              t::follow_words_en(l, {t::follow_remark(l)}), std::nullopt, true);
  send.secondary = true;
  if (wrote(state, key, officer.code))
    html.markup(web::paragraph(web::pick(follow_up_same_officer().message, l)));
  else
    html.markup(web::form(sign, l));
  return html.markup(web::details(t::follow_return(l), web::form(send, l))).take();
}

Markup new_finding_form(const Asked& asked, const std::string& plan, const std::string& number, const http::Form* posted,
                        const Error* trouble, const std::string& csrf) {
  Language l = asked.language;
  bool mine = posted && posted->get("finding-ja");
  FollowUpForm form(mine ? posted : nullptr, l);
  if (mine && trouble) form.add(trouble->faults);
  web::Form out{asked.urls.measure(plan, number) + "/findings", {}, str(t::follow_finding_new(l)), csrf};
  form.words(out.fields, "finding", t::follow_words_ja(l, {t::follow_finding(l)}), t::follow_words_en(l, {t::follow_finding(l)}),
             std::nullopt, true);
  return web::form(out, l);
}

Markup close_finding_form(const Asked& asked, const std::string& plan, const std::string& number, int id, const http::Form* posted,
                          const Error* trouble, const std::string& csrf) {
  Language l = asked.language;
  std::string name = "how-" + std::to_string(id);
  bool mine = posted && posted->get(name + "-ja");
  FollowUpForm form(mine ? posted : nullptr, l);
  if (mine && trouble)
    for (const auto& fault : trouble->faults) form.faults.push_back({name + "-ja", fault.message});
  web::Form out{asked.urls.measure(plan, number) + "/findings/" + std::to_string(id), {}, str(t::follow_finding_close(l)), csrf};
  form.words(out.fields, name, t::follow_words_ja(l, {t::follow_finding_how(l)}), t::follow_words_en(l, {t::follow_finding_how(l)}),
             std::nullopt, true);
  out.secondary = true;
  return web::form(out, l);
}

Result<Response> edit_follow_up_page(const RouteContext& context, Request& request) {
  Desk desk = TRY(desk_of(context, request));
  TRY(desk.follow_ups().may_enter(desk.measure.header.id, desk.key, TRY(officer_of(context, request)), context.clock.now()));
  FollowUpForm form(nullptr, desk.asked.language);
  FollowUp now = desk.now ? desk.now->entry : FollowUp{.number = desk.key.first, .period = desk.key.second};
  return draw_edit(context, request, desk, entry_form(context, request, desk, now, desk.now ? desk.now->revision.revision : 0, form),
                   {}, 200);
}

Result<Response> edit_follow_up_post(const RouteContext& context, Request& request) {
  auto drawn = desk_of(context, request);
  http::Form posted = TRY(request.form());
  if (!drawn.ok()) {  // a measure that was withdrawn meanwhile is told apart from one that never was
    Asked asked = TRY(read_asked(context, request, true));
    auto key = TRY(key_of(request));
    auto officer = TRY(officer_of(context, request));
    auto tried = FollowUps(*asked.database)
                     .enter(request.parameter("plan"), {.number = key.first, .period = key.second}, 0, officer, context.clock.now());
    return tried.ok() ? drawn.error() : tried.error();
  }
  Desk& desk = *drawn;
  Language l = desk.asked.language;
  FollowUpForm form(&posted, l);
  std::int64_t base = integer(posted, "base");
  FollowUp entry = read_entry(form, desk, TRY(began_with(desk, base)));
  auto refused = [&](Markup above, int status) {
    return draw_edit(context, request, desk, entry_form(context, request, desk, entry, base, form), std::move(above), status);
  };
  if (!form.faults.empty()) {  // together with what the rules say
    form.add(faults_of(entry, desk.measure.measure.progress.status, desk.measure.measure.effect.status,
                       desk.state.open_findings(desk.key.first)));
    return refused({}, 422);
  }
  auto officer = TRY(officer_of(context, request));
  auto done = desk.follow_ups().enter(desk.measure.header.id, entry, base, officer, context.clock.now());
  if (done.ok() || done.error().name == "follow_up.nothing_new") return http::redirect(desk.home());
  const Error& error = done.error();
  if (error.name == "follow_up.faults") {
    std::vector<Fault> faults = error.faults;
    for (auto& fault : faults) fault.where = figure_field(fault.where, desk.measure.measure);
    form.add(faults);
    return refused({}, 422);
  }
  if (error.name == "follow_up.conflict") {
    FollowUp merged = TRY(mine_over_theirs(desk, entry, base));
    FollowUpForm fresh(nullptr, l);
    return draw_edit(context, request, desk,
                     entry_form(context, request, desk, merged, desk.now ? desk.now->revision.revision : 0, fresh),
                     conflicts_of(error, request.target, l), 409);
  }
  return refused(web::notice(web::pick(error.message, l), {}, Tone::kError), http::status_of(error));
}

Result<Response> sign_off_follow_up_post(const RouteContext& context, Request& request) {
  FollowUpKey key = TRY(key_of(request));
  return act(context, request, [&](FollowUps follow_ups, const http::Form& posted, FollowUpForm&, const FollowUpOfficer& officer) {
    return follow_ups.sign_off(request.parameter("plan"), key, integer(posted, "revision"), officer);
  });
}

Result<Response> return_follow_up_post(const RouteContext& context, Request& request) {
  FollowUpKey key = TRY(key_of(request));
  return act(context, request,
             [&](FollowUps follow_ups, const http::Form& posted, FollowUpForm& form, const FollowUpOfficer& officer) {
               return follow_ups.send_back(request.parameter("plan"), key, integer(posted, "revision"), officer,
                                           posted_words(form, "remark-" + period_id(key.second)));
             });
}

Result<Response> open_finding_post(const RouteContext& context, Request& request) {
  return act(context, request, [&](FollowUps follow_ups, const http::Form&, FollowUpForm& form, const FollowUpOfficer& officer) {
    return follow_ups.open_finding(request.parameter("plan"), request.parameter("number"), officer.code,
                                   posted_words(form, "finding"));
  });
}

Result<Response> close_finding_post(const RouteContext& context, Request& request) {
  const std::string& typed = request.parameter("finding");
  int id = 0;
  std::from_chars(typed.data(), typed.data() + typed.size(), id);
  return act(context, request, [&](FollowUps follow_ups, const http::Form&, FollowUpForm& form, const FollowUpOfficer& officer) {
    return follow_ups.close_finding(request.parameter("plan"), request.parameter("number"), id, officer,
                                    posted_words(form, "how-" + std::to_string(id)));
  });
}

}  // namespace musubi::kpi
