// A draft as a whole: what is done, check answers, sign, submit, done.
#include <algorithm>

#include "procedures/resident_pages.h"
#include "procedures/rules.h"
#include "text/normalise.h"
#include "web/messages/procedures.h"

namespace musubi::procedures {
namespace {

namespace t = web::messages;
using web::Html;
using web::Markup;
using web::Tone;

std::string titles_of(const Asked& asked, const OpenBasket& open, const std::vector<std::string>& fields) {
  std::string out;
  for (const auto& id : fields) {
    const Field* field = open.pack->field(id);
    auto seen = open.basket.seen_titles.find(id);
    if (!field && seen == open.basket.seen_titles.end()) continue;
    out += (out.empty() ? "" : asked.ja() ? "、" : ", ") + asked.say(field ? field->label : seen->second);
  }
  return out;
}

std::string member_title(const Asked& asked, const std::string& id) {
  for (const auto& member : asked.around.members)
    if (member.id == id) return asked.say(member.title);
  return id;
}

Markup not_fetched_markup(const Asked& asked, const OpenBasket& open) {
  web::Language l = asked.language;
  Html html;
  for (const auto& one : open.basket.not_fetched) {
    Html body;
    body.raw("<p>")
        .text(asked.say(one.reason))
        .raw("</p>\n<p>")
        .text(t::procedures_by_hand(l, {titles_of(asked, open, one.fields)}))
        .raw("</p>\n")
        .markup(post_button(asked, open.at(asked, "/fetch"), t::procedures_ask_again(l)));
    html.markup(web::notice(t::procedures_not_fetched(l, {member_title(asked, one.organisation)}), body.take(), Tone::kWarning));
  }
  return html.take();
}

Markup difference_markup(const Asked& asked, const OpenBasket& open) {
  web::Language l = asked.language;
  Difference change = difference(*open.pack, open.basket);
  if (!change.any() && open.basket.pack_version == open.pack->version) return {};
  Html body;
  body.raw("<p>").text(t::procedures_newer_text(l)).raw("</p>\n");
  if (!change.added.empty()) body.raw("<p>").text(t::procedures_newer_added(l, {titles_of(asked, open, change.added)})).raw("</p>\n");
  if (std::string removed = titles_of(asked, open, change.removed); !removed.empty())
    body.raw("<p>").text(t::procedures_newer_removed(l, {removed})).raw("</p>\n");
  body.markup(post_button(asked, open.at(asked, "/newer"), t::procedures_newer_ok(l)));
  return web::notice(t::procedures_newer(l), body.take(), Tone::kWarning);
}

Markup tasks_markup(const Asked& asked, const OpenBasket& open) {
  web::Language l = asked.language;
  Html html;
  html.raw("<ol class=\"tasks\">\n");
  for (const auto* page : pages_of(*open.pack, open.basket)) {
    bool done = faults_of_page(*open.pack, open.basket, *page, asked.around).empty();
    bool told = false;
    for (const auto& id : page->fields) told = told || open.basket.sources.contains(id);
    html.raw("<li>").markup(web::link(asked.say(page->title), open.at(asked, "/" + page->id))).raw(" ");
    if (done && told)
      html.markup(web::tag(t::procedures_state_told(l), Tone::kInfo));
    else
      html.markup(web::tag(done ? t::procedures_state_done(l) : t::procedures_state_todo(l), done ? Tone::kSuccess : Tone::kPlain));
    html.raw("</li>\n");
  }
  return html.raw("</ol>\n").take();
}

std::vector<const FormPage*> open_pages(const Asked& asked, const OpenBasket& open) {  // those with something missing or wrong
  std::vector<const FormPage*> out;
  for (const auto* page : pages_of(*open.pack, open.basket))
    if (!faults_of_page(*open.pack, open.basket, *page, asked.around).empty()) out.push_back(page);
  return out;
}

std::string basket_title(const Asked& asked, const OpenBasket& open) {
  const Event* event = open.pack->event(open.basket.event);
  return event ? asked.say(event->title) : open.basket.event;
}

Markup value_markup(const Asked& asked, const Field& field, const json::value* value) {
  if (!value || is_empty_value(*value)) return Html().text(t::procedures_not_answered(asked.language)).take();
  return Html().raw("<span class=\"lines\">").text(asked.say(show_labelled(field, *value, asked.around))).raw("</span>").take();
}

Markup answers_markup(const Asked& asked, const OpenBasket& open) {
  std::vector<web::SummaryRow> rows;
  for (const auto* page : pages_of(*open.pack, open.basket))
    for (const auto* field : fields_of(*open.pack, open.basket, *page)) {
      Html cell;
      cell.markup(value_markup(asked, *field, open.basket.answers.if_contains(field->id)));
      auto source = open.basket.sources.find(field->id);
      if (source != open.basket.sources.end()) cell.markup(source_markup(asked, source->second, ""));
      rows.push_back({asked.say(field->label), cell.take(), open.at(asked, "/" + page->id) + "?return=check"});
    }
  return web::summary_list(rows, asked.language);
}

// Who takes it: as the guide's answers say; an amendment goes to whoever has the filing.
Text recipient_title(const Asked& asked, const OpenBasket& open, const Procedure& procedure) {
  if (!open.basket.amends.empty())
    if (auto filing = asked.procedures().filing(person_of(asked), open.basket.amends); filing.ok())
      for (const auto& member : asked.around.members)
        if (member.id == filing->recipient) return member.title;
  return member_in_role(*open.pack, procedure.recipient, open.basket.answers, asked.around.members).title;
}

Markup recipients_markup(const Asked& asked, const OpenBasket& open) {
  Html html;
  html.raw("<ol>\n");
  for (const auto& id : open.basket.procedures) {
    const Procedure* p = open.pack->procedure(id);
    if (!p) continue;
    html.raw("<li>")
        .text(asked.say(p->title))
        .text(asked.ja() ? "（" : " (")
        .text(asked.say(recipient_title(asked, open, *p)))
        .text(asked.ja() ? "）" : ")")
        .raw("</li>\n");
  }
  for (const auto& [field, source] : open.basket.sources)
    if (!source.contest.empty())
      if (const Procedure* p = open.pack->procedure("correction"))
        html.raw("<li>")
            .text(asked.say(p->title))
            .text(asked.ja() ? "（" : " (")
            .text(member_title(asked, source.organisation))
            .text(asked.ja() ? "）" : ")")
            .raw("</li>\n");
  return html.raw("</ol>\n").take();
}

}  // namespace

Result<OpenBasket> open_basket(const Asked& asked) {
  OpenBasket open;
  open.basket = TRY(asked.procedures().basket(person_of(asked), asked.request.parameter("basket")));
  open.pack = embedded_pack(open.basket.pack);
  if (!open.pack) return unknown_basket();
  return open;
}

Markup source_markup(const Asked& asked, const Provenance& source, const std::string& contest_href) {
  web::Language l = asked.language;
  Html html;
  html.raw("<p class=\"source\">");
  if (source.contest.empty())
    html.text(t::procedures_told_by(l, {member_title(asked, source.organisation)}));
  else
    html.text(t::procedures_contested(l, {member_title(asked, source.organisation)}));
  html.raw(" ").markup(web::time_element(source.at, l));
  if (!contest_href.empty())
    html.raw(" ").markup(
        web::link(source.contest.empty() ? t::procedures_not_right(l) : t::procedures_contest_change(l), contest_href));
  return html.raw("</p>\n").take();
}

Result<http::Response> basket_page(const Asked& asked) {
  web::Language l = asked.language;
  auto opened = open_basket(asked);
  if (!opened.ok()) {
    // Submitted drafts are gone; their filings are what the person looks for.
    auto filings = TRY(asked.procedures().submitted(person_of(asked), asked.request.parameter("basket")));
    if (!filings.empty()) return http::redirect(asked.at("/my/baskets/" + asked.request.parameter("basket") + "/done"));
    return opened.error();
  }
  const OpenBasket& open = *opened;
  web::Page page = new_page(asked, basket_title(asked, open));
  page.lead = open.basket.amends.empty() ? std::string(t::procedures_basket_lead(l)) : std::string(t::procedures_amend_lead(l));
  page.breadcrumbs = {{std::string(t::procedures_home(l)), asked.at("/my")}};
  auto missing = open_pages(asked, open);
  const FormPage* next = missing.empty() ? nullptr : missing.front();
  Html main;
  main.markup(difference_markup(asked, open)).markup(not_fetched_markup(asked, open));
  main.raw("<p class=\"do\"><a class=\"button\"")
      .url("href", next ? open.at(asked, "/" + next->id) : open.at(asked, "/check"))
      .raw(">")
      .text(next ? t::procedures_continue(l) : t::procedures_to_check(l))
      .raw("</a></p>\n");
  main.markup(tasks_markup(asked, open));
  main.raw("<h2>").text(t::procedures_goes_to(l)).raw("</h2>\n").markup(recipients_markup(asked, open));
  main.raw("<p class=\"fine\">")
      .text(t::procedures_saved_always(l))
      .raw("</p>\n")
      .markup(post_button(asked, open.at(asked, "/delete"), t::procedures_delete(l)));
  page.main = main.take();
  return answer_private(asked, page);
}

Result<http::Response> check_page(const Asked& asked) {
  web::Language l = asked.language;
  OpenBasket open = TRY(open_basket(asked));
  web::Page page = new_page(asked, std::string(t::procedures_check(l)));
  page.breadcrumbs = {{std::string(t::procedures_home(l)), asked.at("/my")}, {basket_title(asked, open), open.at(asked)}};
  page.lead = t::procedures_check_lead(l);
  Html main;
  main.markup(difference_markup(asked, open));
  if (auto missing = open_pages(asked, open); !missing.empty()) {
    Html body;
    body.raw("<ul>");
    for (const FormPage* one : missing)
      body.raw("<li>").markup(web::link(asked.say(one->title), open.at(asked, "/" + one->id) + "?return=check")).raw("</li>");
    body.raw("</ul>\n");
    main.markup(web::notice(t::procedures_missing(l), body.take(), Tone::kWarning)).markup(answers_markup(asked, open));
    page.main = main.take();
    return answer_private(asked, page);
  }
  main.markup(answers_markup(asked, open))
      .raw("<h2>")
      .text(t::procedures_goes_to(l))
      .raw("</h2>\n")
      .markup(recipients_markup(asked, open));
  web::Form form;
  form.action = open.at(asked, "/sign");
  form.submit = t::procedures_sign(l);
  form.csrf = csrf(asked);
  form.fields = {{web::Input::kHidden, "revision", "", "", {std::to_string(open.basket.revision)}}};
  if (asked.request.query.has("cancelled")) form.errors.push_back(std::string(t::procedures_sign_cancelled(l)));
  main.raw("<h2>")
      .text(t::procedures_declaration_title(l))
      .raw("</h2>\n<p>")
      .text(t::procedures_declaration(l))
      .raw("</p>\n")
      .markup(web::form(form, l));
  page.main = main.take();
  return answer_private(asked, page);
}

Result<http::Response> sign_post(const Asked& asked) {
  OpenBasket open = TRY(open_basket(asked));
  auto posted = TRY(asked.request.form());
  if (posted.get("revision", "") != std::to_string(open.basket.revision)) return http::redirect(open.at(asked, "/check"));
  if (difference(*open.pack, open.basket).any()) return http::redirect(open.at(asked, "/check"));
  ToSign sign;
  sign.payload = TRY(asked.procedures().list_to_sign(open.basket, *open.pack));
  const Event* event = open.pack->event(open.basket.event);
  sign.title = event ? event->title : open.pack->title;
  for (const auto& id : open.basket.procedures)
    if (const Procedure* p = open.pack->procedure(id)) {
      Text recipient = recipient_title(asked, open, *p);
      sign.lines.push_back({p->title.ja + "（" + recipient.ja + "）", p->title.en + " (" + recipient.en + ")"});
    }
  for (const auto& [field, source] : open.basket.sources)
    if (!source.contest.empty())
      sign.lines.push_back({"記録の訂正の請求（" + member_title(asked, source.organisation) + "）",
                            "Request to correct a record (" + member_title(asked, source.organisation) + ")"});
  sign.return_path = open.at(asked, "/signed");
  std::string address;
  TRY(asked.database->write([&](db::Transaction& tx) -> Result<void> {
    address = TRY(asked.context.begin_signing(tx, asked.request, sign));
    return {};
  }));
  return http::redirect(address);
}

Result<http::Response> signed_page(const Asked& asked) {
  const std::string& id = asked.request.parameter("basket");
  std::string done = asked.at("/my/baskets/" + id + "/done");
  auto handle = asked.request.query.get("signed");
  if (!handle) return http::redirect(asked.at("/my/baskets/" + id + "/check?cancelled=1"));
  // A page that is loaded again finds the work done.
  if (!TRY(asked.procedures().submitted(person_of(asked), id)).empty()) return http::redirect(done);
  std::string jws;
  TRY(asked.database->write([&](db::Transaction& tx) -> Result<void> {
    jws = TRY(asked.context.take_signature(tx, asked.request, std::string(*handle)));
    return {};
  }));
  TRY(asked.procedures().submit(person_of(asked), id, jws));
  return http::redirect(done);
}

Result<http::Response> done_page(const Asked& asked) {
  web::Language l = asked.language;
  auto filings = TRY(asked.procedures().submitted(person_of(asked), asked.request.parameter("basket")));
  if (filings.empty()) return unknown_basket();
  web::Page page = new_page(asked, t::procedures_done(l, {std::int64_t(filings.size())}));
  page.lead = t::procedures_done_lead(l);
  page.breadcrumbs = {{std::string(t::procedures_home(l)), asked.at("/my")}};
  page.main = Html()
                  .markup(filings_markup(asked, filings, 2))
                  .raw("<p class=\"do\"><a class=\"button\"")
                  .url("href", asked.at("/my"))
                  .raw(">")
                  .text(t::procedures_to_home(l))
                  .raw("</a></p>\n")
                  .take();
  return answer_private(asked, page);
}

Result<http::Response> basket_delete_post(const Asked& asked) {
  TRY(asked.procedures().discard(person_of(asked), asked.request.parameter("basket")));
  return http::redirect(asked.at("/my"));
}

Result<http::Response> basket_fetch_post(const Asked& asked) {
  OpenBasket open = TRY(open_basket(asked));
  TRY(asked.procedures().prefill(open.basket, *open.pack));
  return http::redirect(open.at(asked));
}

Result<http::Response> basket_newer_post(const Asked& asked) {
  OpenBasket open = TRY(open_basket(asked));
  open.basket.pack_version = open.pack->version;
  see_forms(*open.pack, open.basket);
  TRY(asked.procedures().save(open.basket));
  return http::redirect(open.at(asked));
}

}  // namespace musubi::procedures
