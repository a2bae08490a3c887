// Decisions that no program could enter in the register: the list, and one of them with what was asked for.

#include "identity/entry.h"
#include "identity/page_parts.h"
#include "text/normalise.h"
#include "web/messages/identity.h"

namespace musubi::identity {

namespace t = web::messages;

namespace {

std::string item_words(const Ask& ask, const std::string& item) {
  return ask.context.item ? web::pick(ask.context.item(item), ask.request.language) : item;
}

Error not_yours() {
  return {
      Code::kForbidden,
      "identity.duty_needed",
      {"住民の記載を変えられるのは、その任務のある職に就いている人だけです。管理者が「職」のページで定めます。",
       "Only those who hold a post with that duty can change entries of the register. An administrator sets it on the page of posts."},
      {}};
}

Result<web::Table> list_table(const Ask& ask) {
  if (!TRY(may_enter(ask))) return not_yours();
  auto all = TRY(ask.database->read([](db::Reader& reader) { return open_dues(reader); }));
  web::Table table;
  table.shape = {"due",
                 ask.say(t::identity_register_work),
                 {{"case", ask.say(t::identity_due_case), web::Kind::kLink},
                  {"item", ask.say(t::identity_due_item)},
                  {"since", ask.say(t::identity_due_since)}}};
  for (const auto& one : all)
    table.rows.push_back({{one.case_id, one.case_id + (ask.ja() ? "：" : ": ") + ask.say(t::identity_due_open),
                           ask.at("/office/register-work/" + one.case_id)},
                          {one.item, item_words(ask, one.item)},
                          {one.opened_at.rfc3339(), web::pick(text::jst_text(one.opened_at), ask.request.language)}});
  table.total = table.rows.size();
  table.query.per_page = 500;
  table.empty_text = ask.say(t::identity_no_register_work);
  return table;
}

Result<http::Response> list_page(const Ask& ask) {
  auto table = TRY(list_table(ask));
  auto out = page(ask, ask.say(t::identity_register_work));
  out.breadcrumbs = {{ask.say(t::identity_office), ask.at("/office")}};
  out.lead = ask.say(t::identity_register_work_lead);
  out.json = out.csv = true;
  out.main = web::table(table, ask.request.target, ask.request.language);
  return respond(ask, out);
}

struct Waiting {
  Due due;
  std::optional<GroundCase> ground;
  std::optional<Resident> person;
};

Result<Waiting> opened(const Ask& ask) {
  if (!TRY(may_enter(ask))) return not_yours();
  auto cases = TRY(ask.context.cases ? ask.context.cases(ask.organisation) : Result<CaseGround>(CaseGround{}));
  const std::string& id = ask.request.parameter("case");
  auto found = TRY(ask.database->read([&](db::Reader& reader) -> Result<std::optional<Waiting>> {
    auto waiting = TRY(due(reader, id));
    if (!waiting) return std::optional<Waiting>();
    Waiting out{std::move(*waiting), {}, {}};
    if (cases.find) out.ground = TRY(cases.find(reader, id));
    out.person = TRY(resident(reader, out.due.person));
    return std::optional(std::move(out));
  }));
  if (!found)
    return Error{Code::kNotFound,
                 "identity.not_due",
                 {"この案件に、手での記載を待つ決定はありません。一覧から選んでください。",
                  "No decision of this case waits for an entry. Choose one from the list."},
                 {}};
  TRY(note_look(ask, {found->due.person}, "entry",
                id));  // also of somebody who is not in the register: what they asked for stands here
  return std::move(*found);
}

Result<http::Response> draw(const Ask& ask, const Waiting& waiting, const std::string& why, const std::vector<Fault>& faults,
                            int status) {
  const auto language = ask.request.language;
  const std::string& id = waiting.due.case_id;
  auto out = page(ask, ask.say(t::identity_register_work));
  out.breadcrumbs = {{ask.say(t::identity_office), ask.at("/office")},
                     {ask.say(t::identity_register_work), ask.at("/office/register-work")}};
  std::vector<web::SummaryRow> rows = {{ask.say(t::identity_due_case), web::link(id, ask.at("/office/cases/" + id))},
                                       {ask.say(t::identity_due_item), web::escaped(item_words(ask, waiting.due.item))},
                                       {ask.say(t::identity_due_since), web::time_element(waiting.due.opened_at, language)}};
  if (waiting.ground)
    for (const auto& [term, value] : waiting.ground->wanted)
      rows.push_back({web::pick(term, language),
                      web::Html().raw("<span class=\"lines\">").text(web::pick(value, language)).raw("</span>").take()});
  web::Html main;
  main.markup(web::summary_list(rows, language));
  web::Form form;
  form.action = ask.at("/office/register-work/" + id);
  form.csrf = csrf_token(ask.request);
  form.submit = ask.say(t::identity_settle_without);
  form.secondary = true;
  form.fields = {{web::Input::kTextarea, "why", ask.say(t::identity_settle_why), ask.say(t::identity_settle_why_hint), {why}}};
  form.fields[0].rows = 3;
  web::apply_faults(form, faults, language);
  out.has_errors = web::has_errors(form);
  if (!waiting.due.outcome.empty()) {
    main.markup(web::paragraph(ask.say(t::identity_due_settled)));
  } else {
    if (waiting.person && waiting.person->state == ResidentState::kPresent && !waiting.person->erased)
      main.raw("<p class=\"do\"><a class=\"button\"")
          .url("href", ask.at("/office/residents/" + waiting.due.person + "/change?case=" + id))
          .raw(">")
          .text(ask.say(t::identity_change_entry))
          .raw("</a></p><p>")
          .markup(web::link(ask.say(t::identity_household), ask.at("/office/residents/" + waiting.due.person + "?case=" + id)))
          .raw("</p>");
    main.raw("<h2>").text(ask.say(t::identity_settle_without)).raw("</h2>").markup(web::form(form, language));
  }
  out.main = main.take();
  return respond(ask, out, status);
}

Result<http::Response> due_page(const Ask& ask) { return draw(ask, TRY(opened(ask)), "", {}, 200); }

Result<http::Response> due_post(const Ask& ask) {
  Waiting waiting = TRY(opened(ask));
  auto posted = TRY(ask.request.form());
  std::string typed(posted.get("why", ""));
  auto why = text::clean_input(typed, text::Lines::kMany);
  if (!why.ok() || why->empty() || text::code_points(*why) > 1000)
    return draw(
        ask, waiting, typed,
        {{"why",
          {"変える必要がない理由を、1000文字までで入力してください。", "Say why no entry is needed, in at most 1,000 characters."}}},
        422);
  auto cases = TRY(ask.context.cases ? ask.context.cases(ask.organisation) : Result<CaseGround>(CaseGround{}));
  std::string who = actor(ask.request);
  Time now = ask.context.clock.now();
  TRY(ask.database->write([&](db::Transaction& tx) -> Result<void> {
    auto ground = cases.find ? TRY(cases.find(tx, waiting.due.case_id)) : std::optional(GroundCase{});
    // Erased meanwhile: what was written about it is not kept anywhere.
    std::string kept = !ground || ground->erased ? std::string() : *why;
    TRY(settle_due(tx, waiting.due.case_id, "unneeded", kept, now, who));
    return cases.settled ? cases.settled(tx, waiting.due.case_id, false, kept, who) : Result<void>();
  }));
  return http::redirect(ask.at("/office/register-work"));
}

}  // namespace

std::vector<http::Route> due_routes(const RouteContext& context) {
  using http::Access;
  using http::Method;
  auto to = [&](Answer answer) { return answers(context, answer); };
  return {
      {Method::get, "/{org}/office/register-work", Access::kOfficer, to(list_page), "手での記載を待つ決定",
       "Decisions that wait for an entry in the register"},
      {Method::get,
       "/{org}/office/register-work.json",
       Access::kOfficer,
       to(as_json<list_table>),
       "手での記載を待つ決定（データ）",
       "Decisions that wait for an entry in the register, as data",
       {{}, {"application/json"}}},
      {Method::get,
       "/{org}/office/register-work.csv",
       Access::kOfficer,
       to(as_csv<list_table>),
       "手での記載を待つ決定（CSV）",
       "Decisions that wait for an entry in the register, as CSV",
       {{}, {"text/csv"}}},
      {Method::get, "/{org}/office/register-work/{case}", Access::kOfficer, to(due_page), "手での記載を待つ一つの決定",
       "One decision that waits for an entry"},
      {Method::post,
       "/{org}/office/register-work/{case}",
       Access::kOfficer,
       to(due_post),
       "記載を変えずに終える",
       "Settle a decision without an entry",
       {{}, {}, "application/x-www-form-urlencoded"}},
  };
}

}  // namespace musubi::identity
