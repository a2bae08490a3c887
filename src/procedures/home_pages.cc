// A resident's home, and the page between the guide and the forms.
#include "identity/access.h"
#include "procedures/guide_pages.h"
#include "procedures/resident_pages.h"
#include "procedures/rules.h"
#include "web/messages/procedures.h"
#include "web/respond.h"
#include "web/table.h"

namespace musubi::procedures {
namespace {

namespace t = web::messages;
using web::Html;
using web::Markup;
using web::Tone;

std::string event_title(const Asked& asked, const Basket& basket) {
  const Pack* pack = embedded_pack(basket.pack);
  const Event* event = pack ? pack->event(basket.event) : nullptr;
  return event ? asked.say(event->title) : basket.event;
}

Markup drafts_markup(const Asked& asked, const std::vector<Basket>& drafts) {
  web::Language l = asked.language;
  if (drafts.empty()) return Html().raw("<p>").text(t::procedures_no_drafts(l)).raw("</p>\n").take();
  Html html;
  html.raw("<ul class=\"cards\">\n");
  for (const auto& draft : drafts) {
    const Pack* pack = embedded_pack(draft.pack);
    std::size_t all = 0, done = 0;
    if (pack)
      for (const auto* page : pages_of(*pack, draft)) {
        ++all;
        done += faults_of_page(*pack, draft, *page, asked.around).empty();
      }
    html.raw("<li class=\"card\"><h3>")
        .markup(web::link(event_title(asked, draft), asked.at("/my/baskets/" + draft.id)))
        .raw("</h3>\n<p>")
        .text(t::procedures_draft_state(
            l, {.done = std::int64_t(done), .n = std::int64_t(draft.procedures.size()), .of = std::int64_t(all)}))
        .raw("</p>\n<p class=\"fine\">")
        .text(t::procedures_updated(l))
        .raw(" ")
        .markup(web::time_element(draft.updated_at, l))
        .raw("</p></li>\n");
  }
  return html.raw("</ul>\n").take();
}

// A town lists what was filed with itself; what came through a portal is looked after there.
Markup elsewhere_markup(const Asked& asked) {
  Html html;
  for (const auto& member : asked.around.members) {
    if (member.kind != "portal" || member.page_url.empty() || member.id == asked.request.parameter("org")) continue;
    std::string name = asked.say(member.title);
    html.raw("<p>")
        .text(t::procedures_filed_elsewhere(asked.language, {.name = name}))
        .raw(" ")
        .markup(
            web::link(t::procedures_filed_elsewhere_link(asked.language, {.name = name}), member.page_url + "/" + member.id + "/my"))
        .raw("</p>\n");
  }
  return html.take();
}

// What the sources will be asked for, before anything is asked.
Markup sources_markup(const Asked& asked, const Pack& pack, const Guided& guided) {
  web::Language l = asked.language;
  Html html;
  std::map<std::string, std::vector<std::string>> labels;
  std::map<std::string, Text> titles;
  std::set<std::string> basis;
  for (const auto& field : pack.fields) {
    bool used = false;
    for (const auto& listed : guided.list)
      for (const auto& use : listed.procedure->form) used = used || use.field == field.id;
    if (!field.source || !used) continue;
    Member member = member_in_role(pack, field.source->role, guided.answers, asked.around.members);
    if (member.id.empty()) continue;
    labels[member.id].push_back(asked.say(field.label));
    titles[member.id] = member.title;
    for (const auto& listed : guided.list)
      for (const auto& permit : listed.procedure->permits)
        for (const auto& item : permit.items)
          if (permit.asking == "kind:portal" && item == field.source->item) basis.insert(asked.say(permit.legal_basis));
  }
  for (const auto& [id, fields] : labels) {
    html.raw("<h3>").text(asked.say(titles[id])).raw("</h3>\n<ul>");
    for (const auto& one : fields) html.raw("<li>").text(one).raw("</li>");
    html.raw("</ul>\n");
  }
  if (labels.empty()) return {};
  std::string all;
  for (const auto& one : basis) all += (all.empty() ? "" : asked.ja() ? "、" : "; ") + one;
  html.raw("<p class=\"fine\">").text(t::procedures_asked_basis(l, {all})).raw("</p>\n");
  return web::notice(t::procedures_will_ask(l), html.take(), Tone::kInfo);
}

}  // namespace

std::string person_of(const Asked& asked) { return identity::resident(asked.request)->code; }
std::string csrf(const Asked& asked) { return identity::csrf_token(asked.request); }

Markup post_button(const Asked& asked, const std::string& action, std::string_view words,
                   const std::vector<std::pair<std::string, std::string>>& hidden) {
  Html html;
  html.raw("<form method=\"post\" class=\"inline\"")
      .url("action", action)
      .raw("><input type=\"hidden\" name=\"csrf\"")
      .attribute("value", csrf(asked))
      .raw(">");
  for (const auto& [name, value] : hidden)
    html.raw("<input type=\"hidden\"").attribute("name", name).attribute("value", value).raw(">");
  return html.raw("<button class=\"plain\">").text(words).raw("</button></form>\n").take();
}

Result<http::Response> home_page(const Asked& asked) {
  web::Language l = asked.language;
  auto drafts = TRY(asked.procedures().baskets(person_of(asked)));
  auto filings = TRY(asked.procedures().filings(person_of(asked)));
  web::Page page = new_page(asked, std::string(t::procedures_home(l)));
  page.json = page.csv = true;
  Html main;
  for (const auto& filing : filings)
    if (filing.state == "returned") {
      const Pack* pack = pack_of_procedure(filing.procedure);
      std::string title = pack ? asked.say(pack->procedure(filing.procedure)->title) : filing.procedure;
      main.markup(web::notice(t::procedures_todo_returned(l, {title}),
                              Html()
                                  .raw("<p>")
                                  .markup(web::link(t::procedures_see_and_correct(l), asked.at("/my/filings/" + filing.reference)))
                                  .raw("</p>")
                                  .take(),
                              Tone::kWarning));
    }
  main.raw("<h2>").text(t::procedures_drafts(l)).raw("</h2>\n").markup(drafts_markup(asked, drafts));
  main.raw("<p class=\"do\"><a class=\"button\"")
      .url("href", asked.at("/guide"))
      .raw(">")
      .text(t::procedures_begin(l))
      .raw("</a></p>\n");
  main.raw("<h2>")
      .text(t::procedures_filings(l))
      .raw("</h2>\n")
      .markup(filings_markup(asked, filings))
      .markup(elsewhere_markup(asked));
  main.raw("<p>").markup(web::link(t::procedures_messages(l), asked.at("/my/messages"))).raw("</p>\n");
  main.raw("<h2>")
      .text(t::procedures_your_data(l))
      .raw("</h2>\n<p>")
      .markup(web::link(t::procedures_reads(l), asked.at("/my/reads")))
      .raw("</p>\n");
  page.main = main.take();
  return answer_private(asked, page);
}

Result<http::Response> home_data(const Asked& asked) {
  json::array drafts, filings;
  for (const auto& one : TRY(asked.procedures().baskets(person_of(asked))))
    drafts.push_back(json::object{{"id", one.id}, {"event", one.event}, {"updated_at", one.updated_at.rfc3339()}});
  for (const auto& one : TRY(asked.procedures().filings(person_of(asked))))
    filings.push_back(json::object{{"reference", one.reference},
                                   {"procedure", one.procedure},
                                   {"recipient", one.recipient},
                                   {"state", one.state},
                                   {"number", one.number},
                                   {"filed_at", one.filed_at.rfc3339()}});
  return http::json(json::value(json::object{{"drafts", std::move(drafts)}, {"filings", std::move(filings)}})).cache("no-store");
}

Result<http::Response> home_table(const Asked& asked) {
  web::Table table;
  for (const char* id : {"kind", "id", "procedure", "recipient", "state", "number", "at"}) table.shape.columns.push_back({id, id});
  for (const auto& one : TRY(asked.procedures().baskets(person_of(asked))))
    table.rows.push_back({{"draft"}, {one.id}, {one.event}, {""}, {"draft"}, {""}, {one.updated_at.rfc3339()}});
  for (const auto& one : TRY(asked.procedures().filings(person_of(asked))))
    table.rows.push_back(
        {{"filing"}, {one.reference}, {one.procedure}, {one.recipient}, {one.state}, {one.number}, {one.filed_at.rfc3339()}});
  return web::respond_csv(table, asked.request, "my.csv").cache("no-store");
}

Result<http::Response> start_page(const Asked& asked) {
  web::Language l = asked.language;
  const Pack* pack = pack_of_event(asked.request.parameter("event"));
  if (!pack) return unknown_event();
  const Event& event = *pack->event(asked.request.parameter("event"));
  GuideAnswers answers = read_guide_answers(*pack, event, asked.request.query);
  for (const auto& id : event.questions) answers.asked.insert(id);
  Guided guided = guide(*pack, event, answers.given, answers.asked, asked.around);
  if (guided.question || guided.stop) return http::redirect(asked.at("/guide/" + event.id) + guide_query(*pack, event, answers.given));
  web::Page page = new_page(asked, t::procedures_start_title(l, {asked.say(event.title)}));
  page.lead = t::procedures_start_lead(l);
  page.breadcrumbs = {{std::string(t::procedures_home(l)), asked.at("/my")}};
  Html main;
  main.raw("<ol>\n");
  for (const auto& listed : guided.list) {
    main.raw("<li>").text(asked.say(listed.procedure->title)).raw(" ");
    if (listed.recipient.id.empty())
      main.markup(web::tag(t::procedures_no_recipient(l), Tone::kWarning));
    else
      main.text(asked.ja() ? "（" : "(").text(asked.say(listed.recipient.title)).text(asked.ja() ? "）" : ")");
    main.raw("</li>\n");
  }
  main.raw("</ol>\n").markup(sources_markup(asked, *pack, guided));
  web::Form form;
  form.action = asked.at("/my/start/" + event.id) + guide_query(*pack, event, guided.answers);
  form.submit = t::procedures_start_submit(l);
  form.csrf = csrf(asked);
  form.cancel = {std::string(t::procedures_back_to_list(l)),
                 asked.at("/guide/" + event.id) + guide_query(*pack, event, guided.answers)};
  main.markup(web::form(form, l));
  page.main = main.take();
  return answer_private(asked, page);
}

Result<http::Response> start_post(const Asked& asked) {
  const Pack* pack = pack_of_event(asked.request.parameter("event"));
  if (!pack) return unknown_event();
  const Event& event = *pack->event(asked.request.parameter("event"));
  GuideAnswers answers = read_guide_answers(*pack, event, asked.request.query);
  Basket basket = TRY(asked.procedures().start(person_of(asked), *pack, event.id, answers.given));
  // The draft stands; asking the sources may take seconds and may fail without harm.
  auto filled = asked.procedures().prefill(basket, *pack);
  return http::redirect(asked.at("/my/baskets/" + basket.id));
}

}  // namespace musubi::procedures
