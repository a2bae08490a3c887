// A plan's schedule, its owners, its publication.
#include "kpi/follow_up_office.h"

#include <algorithm>
#include <map>

#include "kpi/follow_up_view.h"
#include "kpi/pages.h"
#include "kpi/sheet_json.h"
#include "kpi/sheet_pages.h"
#include "text/normalise.h"
#include "web/messages.h"
#include "web/messages/follow_up.h"
#include "web/messages/kpi.h"
#include "web/messages/plan_copy.h"
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

web::Field hidden(std::string name, std::string value) { return {web::Input::kHidden, std::move(name), "", "", {std::move(value)}}; }

constexpr const char* kNoPost = "none";  // chosen, unlike "": nobody owns it, administrators lead

struct PlanDesk {
  Asked asked;
  PlanState plan;
  FollowUpState state;
  FollowUpOfficer officer;
  std::string self() const { return FollowUpUrls{asked.urls}.plan(plan.header.id); }
};

Result<PlanDesk> plan_desk(const RouteContext& context, Request& request) {
  PlanDesk out{TRY(read_asked(context, request, true)), {}, {}, {}};
  const std::string& id = request.parameter("plan");
  out.plan = TRY(out.asked.plans().state(id, View{}));
  out.state = TRY(FollowUps(*out.asked.database).state(id, View{.drafts = true}));
  out.officer = TRY(officer_of(context, request));
  return out;
}

// Who may not act sees what stands, and who does.
Markup refused(const Error& error, Language l) { return web::notice(web::pick(error.message, l), {}, Tone::kInfo); }

Response draw(const RouteContext& context, Request& request, const PlanDesk& desk, std::string title, std::string lead, Markup main,
              int status, bool data = false) {
  Language l = desk.asked.language;
  web::Page page = new_page(desk.asked, request, std::move(title));
  page.json = page.csv = data;
  page.breadcrumbs.push_back({web::pick(desk.plan.header.title, l), desk.asked.urls.plan(desk.plan.header.id)});
  page.breadcrumbs.push_back({str(t::follow_list(l)), desk.self()});
  page.lead = std::move(lead);
  page.has_errors = status != 200;
  page.main = std::move(main);
  return answer(context, request, page, status);
}

std::string joined(const std::vector<std::string>& all) {
  std::string out;
  for (const auto& one : all) out += (out.empty() ? "" : " ") + one;
  return out;
}

std::vector<std::string> parted(std::string_view text) {
  std::vector<std::string> out;
  std::string word;
  for (char c : std::string(text) + " ") {
    if (c != ' ' && c != ',' && c != '\n' && c != '\r' && c != '\t')
      word += c;
    else if (!word.empty())
      out.push_back(std::move(word)), word.clear();
  }
  return out;
}

web::Form schedule_form(const RouteContext& context, const Request& request, const PlanDesk& desk, const std::vector<PostWords>& posts,
                        const Schedule& now, std::int64_t base, FollowUpForm& form, const http::Form* posted) {
  Language l = desk.asked.language;
  web::Form out{desk.self() + "/schedule",
                {hidden("base", std::to_string(base))},
                str(t::follow_save(l)),
                context.csrf_token(request),
                "post",
                {str(t::kpi_cancel(l)), desk.self()}};
  auto& f = out.fields;
  f.push_back(form.field(web::Input::kText, "from", t::follow_from(l), text::iso_date(now.from), true));
  f.back().hint = t::follow_from_hint(l);
  f.back().width = 12;
  web::Field post = form.field(web::Input::kSelect, "post", t::follow_leading_post(l), now.post, true);
  post.hint = t::follow_leading_post_hint(l);
  if (!posted && desk.state.schedule && now.post.empty()) post.values = {kNoPost};
  post.options.push_back({kNoPost, str(t::follow_led_by_administrators(l))});
  for (const auto& one : posts) post.options.push_back({one.id, web::pick(one.title, l)});
  f.push_back(std::move(post));
  web::Field fields = form.field(web::Input::kCheckboxes, "priority_fields", t::follow_priority_fields(l), "");
  fields.values = posted ? std::vector<std::string>() : now.priority_fields;
  if (posted)
    for (const auto& value : posted->all("priority_fields")) fields.values.emplace_back(value);
  for (const auto& one : desk.plan.header.fields) fields.options.push_back({one.id, web::pick(one.title, l)});
  f.push_back(std::move(fields));
  f.push_back(form.field(web::Input::kTextarea, "priority_measures", t::follow_priority_measures(l), joined(now.priority_measures)));
  f.back().hint = t::follow_numbers_hint(l);
  f.push_back(form.field(web::Input::kTextarea, "elsewhere", t::follow_elsewhere_measures(l), joined(now.elsewhere)));
  f.back().hint = t::follow_numbers_hint(l);
  std::string days;
  for (int one : now.reminder_days) days += (days.empty() ? "" : " ") + std::to_string(one);
  f.push_back(form.field(web::Input::kText, "due_days", t::follow_due_days(l), std::to_string(now.due_days), true));
  f.push_back(form.field(web::Input::kText, "reminder_days", t::follow_reminder_days(l), days));
  f.push_back(form.field(web::Input::kText, "repeat_days", t::follow_repeat_days(l), std::to_string(now.repeat_days), true));
  for (auto* field : {&f[f.size() - 3], &f[f.size() - 2], &f[f.size() - 1]}) field->width = 8;
  form.words(f, "basis", t::follow_words_ja(l, {t::follow_basis(l)}), t::follow_words_en(l, {t::follow_basis(l)}),
             now.basis.ja.empty() ? std::nullopt : std::optional(now.basis), true);
  return out;
}

// What an officer sees who may not change it.
Markup schedule_summary(const Schedule& now, const std::string& leader, const PlanDesk& desk, Language l) {
  if (!desk.state.schedule) return {};
  std::vector<web::SummaryRow> rows = {{str(t::follow_leading_post(l)), web::escaped(leader)},
                                       {str(t::follow_from(l)), web::date_element(now.from, l)}};
  std::string fields;
  for (const auto& one : desk.plan.header.fields)
    if (std::find(now.priority_fields.begin(), now.priority_fields.end(), one.id) != now.priority_fields.end())
      fields += (fields.empty() ? "" : l == Language::ja ? "、" : ", ") + web::pick(one.title, l);
  if (!fields.empty()) rows.push_back({str(t::follow_priority_fields(l)), web::escaped(fields)});
  if (!now.priority_measures.empty())
    rows.push_back({str(t::follow_priority_measures(l)), web::escaped(joined(now.priority_measures))});
  rows.push_back({str(t::follow_due_days(l)), web::escaped(std::to_string(now.due_days))});
  rows.push_back({str(t::follow_basis(l)), web::escaped(web::pick(now.basis, l))});
  return web::summary_list(rows, l);
}

std::vector<std::string> numbers_of(const PlanState& plan) {
  std::vector<std::string> out;
  for (const auto& entry : plan.entries) out.push_back(entry.number);
  return out;
}

bool is_choice(const std::vector<PostWords>& posts, std::string_view id) {
  return id == kNoPost || std::any_of(posts.begin(), posts.end(), [&](const PostWords& one) { return one.id == id; });
}

Error no_such_post() {
  return {Code::kInvalid, "follow_up.faults", {"職を選んでください。", "Choose a post."}, {{"post", t::form_choose_one()}}};
}

int small_number(const std::string& typed) {
  auto number = text::read_integer(typed);
  return number && *number >= -1 && *number <= 100'000 ? int(*number) : -1;
}

Schedule read_schedule(FollowUpForm& form, const http::Form& posted) {
  Schedule out;
  auto from = text::read_date(form.value("from"));
  out.from = from.ok() ? *from : text::Date{0, 0, 0};
  for (const auto& value : posted.all("priority_fields")) out.priority_fields.emplace_back(value);
  out.priority_measures = parted(form.value("priority_measures"));
  out.elsewhere = parted(form.value("elsewhere"));
  out.due_days = small_number(form.value("due_days"));
  out.reminder_days.clear();
  for (const auto& one : parted(form.value("reminder_days"))) out.reminder_days.push_back(small_number(one));
  out.repeat_days = small_number(form.value("repeat_days"));
  out.basis = form.words("basis").value_or(Text{});
  out.post = form.value("post");
  if (out.post == kNoPost) out.post.clear();
  return out;
}

// Plans whose measures have owners, to take them over from.
Result<web::Form> take_form(const RouteContext& context, const Request& request, const PlanDesk& desk) {
  Language l = desk.asked.language;
  web::Field from{web::Input::kSelect, "from", str(t::owners_take_from(l)), str(t::owners_take_hint(l))};
  auto owned = TRY(FollowUps(*desk.asked.database).plans_with_owners());
  owned.erase(desk.plan.header.id);
  if (!owned.empty())
    for (const auto& one : TRY(desk.asked.plans().list(View{})))
      if (owned.contains(one.header.id)) from.options.push_back({one.header.id, web::pick(one.header.title, l)});
  web::Form out{desk.self() + "/owners", {std::move(from)}, str(t::owners_take_submit(l)), context.csrf_token(request)};
  out.secondary = true;
  return out;
}

Result<web::Table> owners_table(const PlanDesk& desk, const std::vector<PostWords>& posts, std::string_view target) {
  Language l = desk.asked.language;
  web::TableShape shape{"owners",
                        str(t::follow_owners(l)),
                        {{"post", str(t::follow_owner(l))},
                         {"measures", str(t::kpi_measures(l)), Kind::kNumber},
                         {"numbers", str(t::follow_numbers(l))}}};
  std::map<std::string, std::vector<std::string>> by_post;
  for (const auto& entry : desk.plan.entries) {
    auto owner = desk.state.owners.find(entry.number);
    by_post[owner == desk.state.owners.end() ? "" : owner->second].push_back(entry.number);
  }
  std::vector<web::Row> rows;
  for (const auto& [id, all] : by_post) rows.push_back({{id, post_title(posts, id, l)}, {std::to_string(all.size())}, {joined(all)}});
  auto query = TRY(web::read_query(shape, target));
  return web::arrange(std::move(shape), std::move(query), std::move(rows));
}

Result<Response> draw_owners(const RouteContext& context, Request& request, const PlanDesk& desk, const http::Form* posted,
                             const Error* trouble) {
  Language l = desk.asked.language;
  auto posts = TRY(all_posts(context, request));
  FollowUpForm form(posted, l);
  if (trouble) form.add(trouble->faults);
  web::Form out{desk.self() + "/owners",     {},     str(t::follow_assign(l)),
                context.csrf_token(request), "post", {str(t::kpi_cancel(l)), desk.self()}};
  web::Field field = form.field(web::Input::kSelect, "field", t::kpi_field(l), "");
  field.options.push_back({"", str(t::follow_no_field(l))});
  for (const auto& one : desk.plan.header.fields) field.options.push_back({one.id, web::pick(one.title, l)});
  web::Field numbers = form.field(web::Input::kTextarea, "numbers", t::follow_numbers(l), "");
  numbers.hint = t::follow_numbers_hint(l);
  web::Field post = form.field(web::Input::kSelect, "post", t::follow_owner(l), "", true);
  post.options.push_back({kNoPost, str(t::follow_nobody(l))});
  for (const auto& one : posts) post.options.push_back({one.id, web::pick(one.title, l)});
  out.fields = {std::move(field), std::move(numbers), std::move(post)};
  web::Table table = TRY(owners_table(desk, posts, request.target));
  Html main;
  if (trouble) main.markup(web::notice(web::pick(trouble->message, l), {}, Tone::kError));
  if (arranges(desk.state, desk.officer)) {
    main.markup(web::form(out, l));
    if (web::Form take = TRY(take_form(context, request, desk)); !take.fields[0].options.empty())
      main.markup(web::details(t::owners_take(l), web::form(take, l)));
  }
  if (!arranges(desk.state, desk.officer) && !trouble) main.markup(refused(not_leading(desk.state), l));
  main.markup(web::table(table, request.target, l));
  return draw(context, request, desk, str(t::follow_owners(l)), str(t::follow_owners_lead(l)), main.take(),
              trouble ? http::status_of(*trouble) : 200, !trouble);
}

Result<Response> take_owners(const RouteContext& context, Request& request, const PlanDesk& desk, const std::string& from,
                             const std::vector<PostWords>& posts) {
  std::vector<std::string> there;
  for (const auto& one : posts) there.push_back(one.id);
  auto done = FollowUps(*desk.asked.database).take_owners(desk.plan.header.id, from, there, desk.officer);
  if (done.ok()) return http::redirect(desk.self() + "/owners");
  if (done.error().code == Code::kNotFound) return done.error();
  Error error = done.error();
  if (error.name == "follow_up.nothing_new") error.message = t::owners_take_none();
  return draw_owners(context, request, desk, nullptr, &error);
}

Result<Response> draw_publish(const RouteContext& context, Request& request, const PlanDesk& desk, const Error* trouble) {
  Language l = desk.asked.language;
  std::int64_t since = desk.state.publication ? desk.state.publication->record : -1;
  web::Table table = plain_table("unpublished", t::follow_to_publish(l),
                                 {{"what", str(t::kpi_measure(l)), Kind::kLink},
                                  {"period", str(t::follow_period(l))},
                                  {"status", str(t::follow_status(l)), Kind::kTag},
                                  {"record", str(t::kpi_record(l)), Kind::kLink}});
  auto add = [&](std::string number, std::string words, web::Cell light, std::int64_t record) {
    if (table.rows.size() < web::kMaxPerPage)
      table.rows.push_back({{number, number, FollowUpUrls{desk.asked.urls}.measure(desk.plan.header.id, number)},
                            {std::move(words)},
                            std::move(light),
                            {std::to_string(record), std::to_string(record), desk.asked.urls.record(record)}});
  };
  for (const auto& [key, revisions] : desk.state.entries)
    for (const auto& one : revisions)
      if (one.signed_off() && one.step->record > since)
        add(key.first, web::pick(period_title(key.second), l), light_cell(one.light, l), one.record);
  for (const auto& one : desk.state.findings) {
    if (one.record > since)
      add(one.number, t::follow_finding_n(l, {one.id}), {"open", str(t::follow_finding_open(l)), "", Tone::kWarning}, one.record);
    if (one.closed && one.closed->record > since)
      add(one.number, t::follow_finding_n(l, {one.id}), {"closed", str(t::follow_finding_closed(l)), "", Tone::kSuccess},
          one.closed->record);
  }
  table.total = table.rows.size();
  table.empty_text = desk.state.unpublished() ? t::follow_publish_schedule(l) : t::follow_publish_nothing(l);
  Html main;
  if (trouble) main.markup(web::notice(web::pick(trouble->message, l), {}, Tone::kError));
  main.markup(web::table(table, request.target, l));
  bool leading = leads(desk.state, desk.officer);
  if (!leading && !trouble) main.markup(refused(not_leading(desk.state), l));
  if (leading && desk.state.unpublished())
    main.markup(web::form({desk.self() + "/publish",
                           {hidden("expected", std::to_string(desk.state.cutoff))},
                           str(t::follow_publish(l)),
                           context.csrf_token(request),
                           "post",
                           {str(t::kpi_cancel(l)), desk.self()}},
                          l));
  return draw(context, request, desk, str(t::follow_publish(l)), str(t::follow_publish_lead(l)), main.take(),
              trouble ? http::status_of(*trouble) : 200);
}

}  // namespace

Result<Response> schedule_page(const RouteContext& context, Request& request) {
  PlanDesk desk = TRY(plan_desk(context, request));
  Language l = desk.asked.language;
  FollowUpForm form(nullptr, l);
  Schedule now =
      desk.state.schedule.value_or(Schedule{.from = first_day(Period{text::fiscal_year(text::jst_date(context.clock.now())), 1})});
  if (!arranges(desk.state, desk.officer)) {
    Markup main = Html()
                      .markup(refused(not_leading(desk.state), l))
                      .markup(schedule_summary(now, TRY(leading_title(context, request, desk.state, l)), desk, l))
                      .take();
    return draw(context, request, desk, str(t::follow_schedule(l)), str(t::follow_schedule_lead(l)), std::move(main), 200);
  }
  web::Form out =
      schedule_form(context, request, desk, TRY(all_posts(context, request)), now, desk.state.schedule_revision, form, nullptr);
  return draw(context, request, desk, str(t::follow_schedule(l)), str(t::follow_schedule_lead(l)), web::form(out, l), 200);
}

Result<Response> schedule_post(const RouteContext& context, Request& request) {
  PlanDesk desk = TRY(plan_desk(context, request));
  Language l = desk.asked.language;
  http::Form posted = TRY(request.form());
  FollowUpForm form(&posted, l);
  Schedule schedule = read_schedule(form, posted);
  auto base = text::read_integer(posted.get("base", "")).value_or(0);
  auto posts = TRY(all_posts(context, request));
  auto done = is_choice(posts, posted.get("post", ""))
                  ? FollowUps(*desk.asked.database).set_schedule(desk.plan.header.id, schedule, base, desk.officer)
                  : no_such_post();
  if (!is_choice(posts, posted.get("post", "")))
    form.add(faults_of(schedule, desk.plan.header, numbers_of(desk.plan)));  // all at once
  if (done.ok() || done.error().name == "follow_up.nothing_new") return http::redirect(desk.self());
  form.add(done.error().faults);
  Html main;
  if (done.error().faults.empty()) main.markup(web::notice(web::pick(done.error().message, l), {}, Tone::kError));
  if (done.error().code != Code::kForbidden)
    main.markup(web::form(schedule_form(context, request, desk, posts, schedule, base, form, &posted), l));
  return draw(context, request, desk, str(t::follow_schedule(l)), str(t::follow_schedule_lead(l)), main.take(),
              http::status_of(done.error()));
}

Result<Response> owners_page(const RouteContext& context, Request& request) {
  return draw_owners(context, request, TRY(plan_desk(context, request)), nullptr, nullptr);
}

Result<Response> owners_data(const RouteContext& context, Request& request) {
  return web::respond_json(TRY(owners_table(TRY(plan_desk(context, request)), TRY(all_posts(context, request)), request.target)))
      .cache("no-store");
}

Result<Response> owners_csv(const RouteContext& context, Request& request) {
  PlanDesk desk = TRY(plan_desk(context, request));
  return web::respond_csv(TRY(owners_table(desk, TRY(all_posts(context, request)), request.target)), request,
                          desk.plan.header.id + "-owners.csv")
      .cache("no-store");
}

Result<Response> owners_post(const RouteContext& context, Request& request) {
  PlanDesk desk = TRY(plan_desk(context, request));
  http::Form posted = TRY(request.form());
  std::string field(posted.get("field", "")), post(posted.get("post", ""));
  auto numbers = parted(posted.get("numbers", ""));
  for (const auto& entry : desk.plan.entries)
    if (!field.empty() && entry.field == field) numbers.push_back(entry.number);
  auto posts = TRY(all_posts(context, request));
  if (std::string from(posted.get("from", "")); !from.empty()) return take_owners(context, request, desk, from, posts);
  if (!is_choice(posts, post)) {
    Error error = no_such_post();
    return draw_owners(context, request, desk, &posted, &error);
  }
  auto done = FollowUps(*desk.asked.database).assign(desk.plan.header.id, numbers, post == kNoPost ? "" : post, desk.officer);
  if (done.ok() || done.error().name == "follow_up.nothing_new") return http::redirect(desk.self() + "/owners");
  return draw_owners(context, request, desk, &posted, &done.error());
}

Result<Response> publish_follow_up_page(const RouteContext& context, Request& request) {
  return draw_publish(context, request, TRY(plan_desk(context, request)), nullptr);
}

Result<Response> publish_follow_up_post(const RouteContext& context, Request& request) {
  PlanDesk desk = TRY(plan_desk(context, request));
  http::Form posted = TRY(request.form());
  auto done = FollowUps(*desk.asked.database)
                  .publish(desk.plan.header.id, text::read_integer(posted.get("expected", "")).value_or(-1), desk.officer);
  if (done.ok()) return http::redirect(FollowUpUrls{{desk.asked.urls.org, false}}.plan(desk.plan.header.id));
  if (done.error().code != Code::kConflict && done.error().code != Code::kForbidden) return done.error();
  return draw_publish(context, request, desk, &done.error());
}

}  // namespace musubi::kpi
