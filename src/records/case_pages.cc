// One case: what was filed, where it stands, what happened, what the officer may do.
#include "records/pages.h"
#include "records/rules.h"
#include "records/store.h"
#include "records/work.h"
#include "text/normalise.h"
#include "web/form.h"
#include "web/messages/records.h"
#include "web/respond.h"

namespace musubi::records {
namespace {

namespace t = web::messages;
using web::Html;
using web::Kind;
using web::Language;
using web::Markup;
using web::Tone;

std::string str(std::string_view text) { return std::string(text); }

// "2.5" hours, "0.1" at least where anything passed.
std::string hours(std::int64_t ms) {
  std::int64_t tenths = (ms + 180'000) / 360'000;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

Markup person(const CaseFile& file, const std::string& code) {
  auto name = file.names.find(code);
  if (name == file.names.end() || name->second.empty()) return web::escaped(code);
  return Html().text(name->second).raw(" <span class=\"hint\">").text(code).raw("</span>").take();
}

Markup summary_of(const CaseFile& file, const Asked& asked) {
  Language l = asked.language;
  const Case& c = file.subject;
  std::vector<web::SummaryRow> rows = {
      {str(t::records_number(l)), web::escaped(c.number().ja + " (" + c.id + ")")},
      {str(t::records_state(l)), state_tag(c.state, l)},
      {str(t::records_applicant(l)),
       file.applicant.erased
           ? web::escaped(t::records_erased(l))
           : web::escaped(file.applicant.name + (file.applicant.kana.empty() ? "" : "（" + file.applicant.kana + "）"))},
      {str(t::records_officer(l)), c.officer.empty() ? web::escaped(t::records_nobody(l)) : person(file, c.officer)},
      {str(t::records_filed(l)), web::time_element(c.filed_at, l)}};
  if (is_open(c.state))
    rows.push_back({str(t::records_step(l)), web::escaped(web::pick(c.at().title, l) + " — " + web::pick(file.post_title, l))});
  if (c.due_at) {
    Html due;
    due.markup(web::date_element(text::jst_date(*c.due_at), l));
    if (is_open(c.state) && c.state != State::kReturned && *c.due_at < asked.office.clock->now())
      due.raw(" ").markup(web::tag(t::records_overdue(l), Tone::kWarning));
    rows.push_back({str(t::records_due(l)), due.take()});
  }
  if (!c.proposal.empty() && is_open(c.state))
    rows.push_back({str(t::records_proposal(l)), web::tag(c.proposal == "grant" ? t::records_grant(l) : t::records_refuse(l),
                                                          c.proposal == "grant" ? Tone::kSuccess : Tone::kError)});
  if (c.closed_at) rows.push_back({str(t::records_closed_on(l)), web::time_element(*c.closed_at, l)});
  return web::summary_list(rows, l);
}

// The route: each step with its state, and how many hours it has had the case in all.
Markup route_of(const CaseFile& file, const Asked& asked) {
  Language l = asked.language;
  const Case& c = file.subject;
  std::map<std::string, std::int64_t> ms;
  for (const auto& event : file.events)
    if (event.ms && event.what == type_of(kStepDone).name) ms[event.step] += *event.ms;
  if (is_open(c.state)) ms[c.state == State::kReturned ? "applicant" : c.at().id] += step_ms(c, asked.office.clock->now());
  web::Table table{{"route",
                    str(t::records_route(l)),
                    {{"step", str(t::records_step(l))},
                     {"state", str(t::records_state(l)), Kind::kTag},
                     {"hours", str(t::records_hours(l)), Kind::kNumber}}}};
  auto add = [&](const std::string& title, const std::string& id, bool here) {
    std::string spent = ms.contains(id) ? hours(ms[id]) : "";
    table.rows.push_back({{title},
                          here
                              ? web::Cell{"now", str(t::records_now(l)), "", Tone::kInfo}
                              : web::Cell{spent.empty() ? "" : "done", spent.empty() ? "" : str(t::records_done(l)), "", Tone::kPlain},
                          {spent}});
  };
  for (const auto& step : c.route)
    add(web::pick(step.title, l), step.id, is_open(c.state) && c.state != State::kReturned && step.id == c.at().id);
  if (ms.contains("applicant")) add(str(t::records_applicant(l)), "applicant", c.state == State::kReturned);
  table.total = table.rows.size();
  table.query.per_page = web::kMaxPerPage;
  return web::table(table, asked.case_at(c.id), l);
}

Markup form_of(const CaseFile& file, const Asked& asked) {
  Language l = asked.language;
  web::Table table{
      {"form",
       str(t::records_form(l)),
       {{"label", str(t::records_field(l))}, {"value", str(t::records_value(l))}, {"source", str(t::records_source(l))}}}};
  auto words = asked.office.answer_words ? asked.office.answer_words(file.subject, file.form) : std::vector<AnswerWords>();
  for (std::size_t i = 0; i < file.form.answers.size(); ++i) {
    const Answer& answer = file.form.answers[i];
    bool typed = answer.source.empty() || answer.source == "typed";
    std::string source = typed ? str(t::records_typed(l)) : i < words.size() ? web::pick(words[i].source, l) : answer.source;
    if (answer.source_at) source += " " + web::pick(text::jst_text(*answer.source_at), l);
    std::string value = i < words.size() ? web::pick(words[i].value, l) : answer.value;
    if (answer.contest) {
      source += l == Language::ja ? "（" + str(t::records_contested(l)) + "）" : " (" + str(t::records_contested(l)) + ")";
      value += "\n" + t::records_contested_told(l, {.source = answer.contest->source, .told = answer.contest->told}) + "\n" +
               t::records_contested_reason(l, {.reason = answer.contest->reason});
    }
    table.rows.push_back({{web::pick(answer.label, l)}, {value}, {source}});
  }
  table.total = table.rows.size();
  table.query.per_page = 1000;
  table.empty_text = t::records_erased(l);
  Html html;
  if (file.form.revision > 1) html.markup(web::paragraph(t::records_form_revision(l, {file.form.revision})));
  return html.markup(web::table(table, asked.case_at(file.subject.id), l)).take();
}

// Whether the decision stands in the register yet, and what a correction is about while it is open.
Markup register_of(const CaseFile& file, const Asked& asked) {
  Language l = asked.language;
  bool due = false;
  const Event* settled = nullptr;
  for (const auto& event : file.events) {
    due |= event.what == type_of(kRegisterDue).name;
    if (event.what == type_of(kRegisterSettled).name) settled = &event;
  }
  Html html;
  if (settled) {
    bool entered = settled->outcome == "entered";
    html.markup(web::notice(entered ? t::records_entry_made(l) : t::records_entry_unneeded(l),
                            Html().raw("<p>").markup(web::time_element(settled->at, l)).raw("</p>").take(),
                            entered ? Tone::kSuccess : Tone::kInfo));
  } else if (due) {
    Html body;
    body.markup(web::paragraph(t::records_entry_due_text(l)));
    if (!asked.office.entries_path.empty())
      body.raw("<p>")
          .markup(web::link(t::records_entry_due_link(l), asked.at(asked.office.entries_path + file.subject.id)))
          .raw("</p>");
    html.markup(web::notice(t::records_entry_due(l), body.take(), Tone::kWarning));
  }
  if (!file.held || !is_open(file.subject.state)) return html.take();
  const HeldNow& held = *file.held;
  auto lines = [](const std::string& text) { return Html().raw("<span class=\"lines\">").text(text).raw("</span>").take(); };
  Html now;
  now.markup(lines(held.now))
      .raw(" ")
      .markup(web::tag(held.changed ? t::records_register_changed(l) : t::records_register_same(l),
                       held.changed ? Tone::kWarning : Tone::kPlain));
  html.raw("<h2>")
      .text(t::records_register_now(l))
      .raw("</h2>\n")
      .markup(web::summary_list(std::vector<web::SummaryRow>{{str(t::records_field(l)), web::escaped(web::pick(held.item, l))},
                                                             {str(t::records_register_told(l)), lines(held.told)},
                                                             {str(t::records_register_wanted(l)), lines(held.wanted)},
                                                             {str(t::records_register_says(l)), now.take()}},
                                l));
  if (held.changed) html.markup(web::paragraph(t::records_register_changed_text(l)));
  return html.take();
}

Markup files_of(const CaseFile& file, const Asked& asked) {
  Html html;
  html.raw("<ul>\n");
  for (const auto& one : file.files)
    html.raw("<li>")
        .markup(web::link(one.name, asked.case_at(file.subject.id, "/files/" + std::to_string(one.number))))
        .raw(" (")
        .text(one.media_type)
        .raw(", ")
        .text(web::grouped(one.bytes))
        .raw(" B)</li>\n");
  return html.raw("</ul>\n").take();
}

Markup messages_of(const CaseFile& file, const Asked& asked) {
  Language l = asked.language;
  Html html;
  for (const auto& message : file.messages) {
    html.raw("<h3>");
    if (message.from_applicant)
      html.text(t::records_applicant(l));
    else
      html.markup(person(file, message.officer));
    html.raw(" · ").markup(web::time_element(message.at, l)).raw("</h3>\n<p class=\"lines\">").text(message.text).raw("</p>\n");
  }
  return html.take();
}

Markup notices_of(const CaseFile& file, const Asked& asked) {
  Language l = asked.language;
  Html html;
  html.raw("<ul>\n");
  for (const auto& notice : file.notices) {
    html.raw("<li>");
    if (notice.document)
      html.markup(web::link(web::pick(notice.title, l), asked.case_at(file.subject.id, "/notices/" + notice.code)));
    else
      html.text(web::pick(notice.title, l)).raw(" (").text(t::records_erased(l)).raw(")");
    html.raw(" · ")
        .markup(web::time_element(notice.issued_at, l))
        .raw(" · ")
        .markup(web::link(t::records_verify_page(l), asked.at("/notices/" + notice.code)));
    if (notice.withdrawn_at) html.raw(" ").markup(web::tag(t::records_withdrawn(l), Tone::kError));
    html.raw("</li>\n");
  }
  return html.raw("</ul>\n").take();
}

// Who acted: an officer by name and code, the portal in whose name the applicant's acts come by what it is.
std::string actor_of(const CaseFile& file, const std::string& actor, Language l) {
  if (actor == file.subject.portal && file.subject.online) return t::records_applicant_by_portal(l, {actor});
  auto name = file.names.find(actor);
  return name == file.names.end() || name->second.empty() ? actor : name->second + " (" + actor + ")";
}

Result<Markup> history_of(const CaseFile& file, const Asked& asked, std::string_view target) {
  Language l = asked.language;
  web::Table table{{"history",
                    str(t::records_history(l)),
                    {{"at", str(t::records_when(l))},
                     {"what", str(t::records_what(l))},
                     {"who", str(t::records_who(l))},
                     {"hours", str(t::records_hours(l)), Kind::kNumber},
                     {"record", str(t::records_record(l)), Kind::kLink}}}};
  std::vector<web::Row> rows;
  for (const auto& event : file.events) {
    std::string what = web::pick(event_text(event, file.subject.route), l);
    if (!event.comment.empty()) what += l == Language::ja ? "「" + event.comment + "」" : " “" + event.comment + "”";
    std::string record = std::to_string(event.record);
    rows.push_back({{web::pick(text::jst_text(event.at), l)},
                    {what},
                    {actor_of(file, event.actor, l)},
                    {event.ms ? hours(*event.ms) : ""},
                    {record, record, asked.at("/log/records/" + record)}});
  }
  auto query = TRY(web::read_query(table.shape, target));
  return web::table(web::arrange(std::move(table.shape), std::move(query), std::move(rows)), target, l);
}

Markup error_notice(const Error& error, Language l) {
  Html body;
  if (!error.faults.empty()) {
    body.raw("<ul>\n");
    for (const auto& fault : error.faults) body.raw("<li>").text(web::pick(fault.message, l)).raw("</li>\n");
    body.raw("</ul>\n");
  }
  return Html()
      .raw("<div role=\"alert\">\n")
      .markup(web::notice(web::pick(error.message, l), body.take(), Tone::kError))
      .raw("</div>\n")
      .take();
}

}  // namespace

Result<Asked> read_asked(const RouteContext& context, const http::Request& request, bool office) {
  Asked asked;
  asked.org = request.parameter("org");
  asked.database = TRY(context.store.organisation(asked.org));
  asked.office = TRY(context.office(asked.org));
  asked.language = request.language;
  if (office) asked.officer = context.actor(request);
  return asked;
}

http::Response answer(const RouteContext& context, const http::Request& request, const web::Page& page, int status) {
  auto response = web::respond(context.site(request, request.parameter("org")), page, status);
  response.cache("private, no-store");
  return response;
}

web::Page office_page(const Asked& asked, const http::Request& request, std::string title) {
  web::Page page{std::move(title), asked.language, request.target};
  page.breadcrumbs = {{str(t::records_office(asked.language)), asked.at("/office")},
                      {str(t::records_queue(asked.language)), asked.at("/office/cases")}};
  return page;
}

Result<CaseFile> read_case(const Asked& asked, const std::string& id) {
  CaseFile file;
  TRY(asked.cases().open_for(id, asked.officer));
  TRY(asked.database->read([&](db::Reader& reader) -> Result<void> {
    auto c = TRY(find_case(reader, id));
    if (!c) return unknown_case(id);
    file.subject = std::move(*c);
    file.applicant = TRY(applicant(reader, id)).value_or(Applicant{});
    file.form = TRY(form(reader, id));
    file.files = TRY(store::files(reader, id));
    file.messages = TRY(messages(reader, id));
    file.notices = TRY(notices(reader, id));
    file.events = TRY(history(reader, id));
    if (asked.office.held_now) file.held = TRY(asked.office.held_now(reader, file.subject, file.applicant, file.form));
    Time now = asked.office.clock->now();
    const std::string& post = file.subject.at().post;
    file.posts = TRY(posts_of(reader, asked.office, asked.officer, now));
    file.post_title = TRY(post_title(reader, asked.office, post));
    if (asked.office.holders_of) file.holders = TRY(asked.office.holders_of(reader, post, text::jst_date(now)));
    if (!asked.office.officer_name) return {};
    file.names[file.subject.officer];
    for (const auto& event : file.events) file.names[event.actor];
    for (const auto& message : file.messages) file.names[message.officer];
    for (const auto& holder : file.holders) file.names[holder];
    for (auto& [code, name] : file.names)
      if (!code.empty()) name = TRY(asked.office.officer_name(reader, code));
    return {};
  }));
  return file;
}

Result<http::Response> draw_case(const RouteContext& context, http::Request& request, const Asked& asked, const Error* error,
                                 const http::Form* posted) {
  Language l = asked.language;
  const std::string& id = request.parameter("case");
  CaseFile file = TRY(read_case(asked, id));
  const Case& c = file.subject;
  web::Page page = office_page(asked, request, web::pick(c.title, l) + " " + web::pick(c.number(), l));
  page.target = asked.case_at(id);
  page.json = true;
  Html main;
  if (error) {
    page.has_errors = true;
    main.markup(error_notice(*error, l));
  }
  auto section = [&](std::string_view title, const Markup& body) { main.raw("<h2>").text(title).raw("</h2>\n").markup(body); };
  main.markup(summary_of(file, asked))
      .markup(register_of(file, asked))
      .markup(acts_of(file, asked, context.csrf_token(request), error, posted));
  section(t::records_form(l), form_of(file, asked));
  if (!file.files.empty()) section(t::records_files(l), files_of(file, asked));
  if (!file.notices.empty()) section(t::records_notices(l), notices_of(file, asked));
  if (!file.messages.empty()) section(t::records_messages(l), messages_of(file, asked));
  section(t::records_route(l), route_of(file, asked));
  // An act that was refused comes back under its own address; the pages of the history are those of the case.
  section(t::records_history(l), TRY(history_of(file, asked, posted ? asked.case_at(id) : request.target)));
  page.main = main.take();
  return answer(context, request, page, error ? http::status_of(*error) : 200);
}

Result<http::Response> case_page(const RouteContext& context, http::Request& request) {
  return draw_case(context, request, TRY(read_asked(context, request, true)), nullptr, nullptr);
}

}  // namespace musubi::records
