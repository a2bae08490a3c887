// What offices and the person wrote to each other about filings, and the notices that came.
#include <algorithm>

#include "procedures/json.h"
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

struct Said {
  const Filing* filing = nullptr;
  Time at;
  bool from_me = false;
  Text text;           // empty: a notice without words
  std::string notice;  // its code, or empty
  Text notice_title;
};

// Newest first. What only says that a state changed is no message.
Result<std::vector<Said>> all_said(const Asked& asked, const std::vector<Filing>& filings) {
  std::vector<Said> out;
  for (const auto& filing : filings)
    for (const auto& line : TRY(asked.procedures().history(filing.reference))) {
      bool from_me = line.extra.contains("said"), told = line.extra.contains("told");
      auto* notice = line.extra.if_contains("notice");
      auto* object = notice ? notice->if_object() : nullptr;
      if (!from_me && !told && !object) continue;
      Said said{&filing, line.at, from_me, from_me || told ? line.text : Text{}, "", {}};
      if (object) {
        said.notice = string_at(*object, "code");
        if (auto* title = object->if_contains("title")) said.notice_title = text_from(*title);
      }
      out.push_back(std::move(said));
    }
  std::stable_sort(out.begin(), out.end(), [](const Said& a, const Said& b) { return b.at < a.at; });
  return out;
}

std::string notice_at(const Asked& asked, const Filing& filing, const std::string& code) {
  return asked.at("/my/filings/" + filing.reference + "/notices/" + code);
}

std::string who(const Asked& asked, const Said& said) {
  if (said.from_me) return std::string(t::procedures_you(asked.language));
  return asked.say(member_called(asked, said.filing->recipient).title);
}

Markup card_of(const Asked& asked, const Said& said) {
  Html html;
  html.raw("<li class=\"card\"><h2>")
      .text(who(asked, said))
      .raw("</h2>\n<p class=\"fine\">")
      .markup(web::time_element(said.at, asked.language))
      .raw(" · ")
      .markup(web::link(filing_title(asked, said.filing->procedure), asked.at("/my/filings/" + said.filing->reference)))
      .raw("</p>\n");
  if (!said.text.ja.empty()) html.raw("<p class=\"lines\">").text(asked.say(said.text)).raw("</p>\n");
  if (!said.notice.empty())
    html.raw("<p>")
        .markup(
            web::link(said.notice_title.ja.empty() ? std::string(t::procedures_notice(asked.language)) : asked.say(said.notice_title),
                      notice_at(asked, *said.filing, said.notice)))
        .raw("</p>\n");
  return html.raw("</li>\n").take();
}

web::Table table_of(const Asked& asked, const std::vector<Said>& all) {
  web::Language l = asked.language;
  web::Table table{{"messages",
                    std::string(t::procedures_messages(l)),
                    {{"at", std::string(t::procedures_message_at(l)), web::Kind::kText},
                     {"from", std::string(t::procedures_message_from(l))},
                     {"filing", std::string(t::procedures_message_about(l))},
                     {"text", std::string(t::procedures_message_text(l))},
                     {"notice", std::string(t::procedures_notice(l)), web::Kind::kLink}}}};
  for (const auto& said : all)
    table.rows.push_back({{said.at.rfc3339()},
                          {who(asked, said)},
                          {filing_title(asked, said.filing->procedure)},
                          {asked.say(said.text)},
                          {asked.say(said.notice_title), "", said.notice.empty() ? "" : notice_at(asked, *said.filing, said.notice)}});
  table.total = table.rows.size();
  table.query.per_page = web::kMaxPerPage;
  return table;
}

}  // namespace

Result<http::Response> messages_page(const Asked& asked) {
  web::Language l = asked.language;
  auto filings = TRY(asked.procedures().filings(person_of(asked)));
  auto all = TRY(all_said(asked, filings));
  web::Page page = new_page(asked, std::string(t::procedures_messages(l)));
  page.lead = t::procedures_messages_lead(l);
  page.breadcrumbs = {{std::string(t::procedures_home(l)), asked.at("/my")}};
  page.json = page.csv = true;
  Html main;
  if (all.empty())
    main.markup(web::paragraph(t::procedures_no_messages(l)));
  else
    main.raw("<ol class=\"cards\">\n");
  for (const auto& said : all) main.markup(card_of(asked, said));
  if (!all.empty()) main.raw("</ol>\n");
  page.main = main.take();
  return answer_private(asked, page);
}

Result<http::Response> messages_data(const Asked& asked) {
  auto filings = TRY(asked.procedures().filings(person_of(asked)));
  json::array rows;
  for (const auto& said : TRY(all_said(asked, filings)))
    rows.push_back(json::object{{"at", said.at.rfc3339()},
                                {"from", said.from_me ? "me" : said.filing->recipient},
                                {"reference", said.filing->reference},
                                {"procedure", said.filing->procedure},
                                {"text", to_json(said.text)},
                                {"notice", said.notice}});
  return http::json(json::value(json::object{{"messages", std::move(rows)}})).cache("no-store");
}

Result<http::Response> messages_table(const Asked& asked) {
  auto filings = TRY(asked.procedures().filings(person_of(asked)));
  return web::respond_csv(table_of(asked, TRY(all_said(asked, filings))), asked.request, "messages.csv").cache("no-store");
}

Result<http::Response> message_post(const Asked& asked) {
  auto posted = TRY(asked.request.form());
  std::string text(posted.get("text", ""));
  auto done = asked.procedures().message(person_of(asked), asked.request.parameter("reference"), text);
  if (!done.ok() && done.error().name == "filing.message") return draw_filing(asked, text, done.error().faults, 422);
  if (!done.ok()) return done.error();
  return http::redirect(asked.at("/my/filings/" + asked.request.parameter("reference")));
}

}  // namespace musubi::procedures
