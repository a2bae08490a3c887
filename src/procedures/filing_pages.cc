// What was filed: its state, its form, its receipt, and the ways to change it.
#include <set>

#include "base/encoding.h"
#include "crypto/hash.h"
#include "procedures/json.h"
#include "procedures/resident_pages.h"
#include "procedures/rules.h"
#include "web/messages/procedures.h"

namespace musubi::procedures {

std::string filing_title(const Asked& asked, const std::string& id) {
  const Pack* pack = pack_of_procedure(id);
  return pack ? asked.say(pack->procedure(id)->title) : id;
}

Member member_called(const Asked& asked, const std::string& id) {
  for (const auto& member : asked.around.members)
    if (member.id == id) return member;
  return {id, {id, id}, "", ""};
}

namespace {

namespace t = web::messages;
using web::Html;
using web::Markup;
using web::Tone;

Tone tone_of(std::string_view state) {
  if (state == "granted") return Tone::kSuccess;
  if (state == "returned" || state == "rejected" || state == "refused") return Tone::kWarning;
  return state == "withdrawn" ? Tone::kPlain : Tone::kInfo;
}

// What the line tells: words alone leave the state as it was, and do not repeat it.
Markup heading_of(const Asked& asked, const StatusLine& line, std::string_view before) {
  web::Language l = asked.language;
  if (line.extra.contains("said")) return web::tag(t::procedures_message_sent(l), Tone::kPlain);
  bool words_alone = line.extra.contains("told") && line.state == before && !line.extra.contains("notice");
  if (words_alone) return web::tag(t::procedures_message_came(l), Tone::kInfo);
  return web::tag(asked.say(state_title(line.state)), tone_of(line.state));
}

Markup history_markup(const Asked& asked, const Filing& filing, const std::vector<StatusLine>& lines) {
  web::Language l = asked.language;
  Member office = member_called(asked, filing.recipient);
  std::set<std::string> withdrawn;
  for (const auto& line : lines) withdrawn.insert(string_at(line.extra, "notice_withdrawn"));
  Html html;
  html.raw("<ol class=\"history\" reversed>\n");
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
    html.raw("<li>")
        .markup(heading_of(asked, *line, line + 1 == lines.rend() ? "" : (line + 1)->state))
        .raw(" ")
        .markup(web::time_element(line->at, l));
    Text title = state_title(line->state);
    if (line->text != title) html.raw("<br><span class=\"lines\">").text(asked.say(line->text)).raw("</span>");
    if (std::string entry = string_at(line->extra, "register"); !entry.empty())
      html.raw("<br>").text(entry == "due"       ? t::procedures_register_due(l)
                            : entry == "entered" ? t::procedures_register_entered(l)
                                                 : t::procedures_register_unneeded(l));
    if (auto* notice = line->extra.if_contains("notice"); notice && notice->is_object()) {
      const auto& one = notice->get_object();
      std::string code = http::percent_encode(string_at(one, "code"));
      auto* title = one.if_contains("title");
      html.raw("<br><strong>")
          .markup(web::link(title ? asked.say(text_from(*title)) : std::string(t::procedures_notice(l)),
                            asked.at("/my/filings/" + filing.reference + "/notices/" + code)))
          .raw("</strong> · ")
          .markup(web::link(t::procedures_notice_verify(l), office.page_url + "/" + office.id + "/notices/" + code));
      if (withdrawn.contains(string_at(one, "code")))
        html.raw(" ").markup(web::tag(t::procedures_notice_withdrawn(l), Tone::kWarning));
    }
    html.raw("</li>\n");
  }
  return html.raw("</ol>\n").take();
}

Markup form_markup(const Asked& asked, const Filing& filing, const json::object& contests) {
  const Pack* pack = pack_of_procedure(filing.procedure);
  if (!pack) return {};
  std::vector<web::SummaryRow> rows;
  for (const auto& use : pack->procedure(filing.procedure)->form) {
    const Field* field = pack->field(use.field);
    auto* value = filing.form.if_contains(use.field);
    if (field && value)
      rows.push_back(
          {asked.say(field->label),
           Html().raw("<span class=\"lines\">").text(asked.say(show_labelled(*field, *value, asked.around))).raw("</span>").take()});
    auto* contest = contests.if_contains(use.field);
    if (auto* object = contest && field && value ? contest->if_object() : nullptr; object && object->contains("contest")) {
      rows.push_back({std::string(t::procedures_contested_told(asked.language)),
                      Html()
                          .raw("<span class=\"lines\">")
                          .text(asked.say(show_labelled(*field, object->at("told"), asked.around)))
                          .raw("</span>")
                          .take()});
      rows.push_back({std::string(t::procedures_contested_reason(asked.language)),
                      Html().raw("<span class=\"lines\">").text(string_at(*object, "contest")).raw("</span>").take()});
    }
  }
  return web::details(t::procedures_what_you_filed(asked.language), web::summary_list(rows, asked.language));
}

}  // namespace

Markup filings_markup(const Asked& asked, const std::vector<Filing>& filings, int level) {
  web::Language l = asked.language;
  if (filings.empty()) return Html().raw("<p>").text(t::procedures_no_filings(l)).raw("</p>\n").take();
  Html html;
  html.raw("<ul class=\"cards\">\n");
  for (const auto& filing : filings) {
    html.raw("<li class=\"card\">");
    auto title = web::link(filing_title(asked, filing.procedure), asked.at("/my/filings/" + filing.reference));
    if (level == 2)
      html.raw("<h2>").markup(title).raw("</h2>\n<p>");
    else
      html.raw("<h3>").markup(title).raw("</h3>\n<p>");
    html.markup(web::tag(asked.say(state_title(filing.state)), tone_of(filing.state)))
        .raw(" ")
        .text(asked.say(member_called(asked, filing.recipient).title));
    if (!filing.number.empty()) html.text(" ").text(t::procedures_number(l, {filing.number}));
    html.raw("</p>\n<p class=\"fine\">")
        .text(t::procedures_filed_at(l))
        .raw(" ")
        .markup(web::time_element(filing.filed_at, l))
        .raw("</p></li>\n");
  }
  return html.raw("</ul>\n").take();
}

Result<http::Response> draw_filing(const Asked& asked, const std::string& message, const std::vector<Fault>& faults, int status) {
  web::Language l = asked.language;
  const std::string& reference = asked.request.parameter("reference");
  Filing filing = TRY(asked.procedures().filing(person_of(asked), reference));
  auto lines = TRY(asked.procedures().history(reference));
  web::Page page = new_page(asked, filing_title(asked, filing.procedure));
  page.breadcrumbs = {{std::string(t::procedures_home(l)), asked.at("/my")}};
  std::string base = asked.at("/my/filings/" + reference);
  Html main;
  std::vector<web::SummaryRow> rows = {
      {std::string(t::procedures_state(l)), web::tag(asked.say(state_title(filing.state)), tone_of(filing.state))},
      {std::string(t::procedures_recipient(l)), web::escaped(asked.say(member_called(asked, filing.recipient).title))}};
  if (!filing.number.empty()) rows.push_back({std::string(t::procedures_number_title(l)), web::escaped(filing.number)});
  rows.push_back({std::string(t::procedures_filed_at(l)), web::time_element(filing.filed_at, l)});
  main.markup(web::summary_list(rows, l));
  if (filing.state == "sent") main.raw("<p>").text(t::procedures_waits(l)).raw("</p>\n");
  if (can_amend(filing.state)) {
    web::Form form;
    form.action = base + "/amend";
    form.submit = t::procedures_amend(l);
    form.csrf = csrf(asked);
    main.markup(web::form(form, l));
  }
  main.raw("<h2>").text(t::procedures_history(l)).raw("</h2>\n").markup(history_markup(asked, filing, lines));
  main.raw("<h2>")
      .text(t::procedures_receipt(l))
      .raw("</h2>\n<p>")
      .text(filing.receipt.contains("record") ? t::procedures_receipt_text(l) : t::procedures_receipt_later(l))
      .raw("</p>\n<p>")
      .markup(web::link(t::procedures_receipt_download(l), base + "/receipt"))
      .raw("</p>\n<pre tabindex=\"0\"><code translate=\"no\">musubi filing verify musubi-")
      .text(filing.procedure)
      .raw(".json</code></pre>\n")
      .markup(form_markup(asked, filing, TRY(asked.procedures().fetched_for(reference))));
  if (!filing.number.empty()) {
    web::Form form;
    form.action = base + "/messages";
    form.submit = t::procedures_message_send(l);
    form.csrf = csrf(asked);
    form.fields = {
        {web::Input::kTextarea,
         "text",
         std::string(t::procedures_message_text(l)),
         std::string(t::procedures_message_hint(l)) + (asked.ja() ? "" : " ") + std::string(t::procedures_message_unsigned(l)),
         {message}}};
    form.fields[0].rows = 4;
    web::apply_faults(form, faults, l);
    page.has_errors = web::has_errors(form);
    main.raw("<h2>").text(t::procedures_message_to(l)).raw("</h2>\n").markup(web::form(form, l));
  }
  if (can_withdraw(filing.state)) main.raw("<p>").markup(web::link(t::procedures_withdraw(l), base + "/withdraw")).raw("</p>\n");
  page.main = main.take();
  return answer_private(asked, page, status);
}

Result<http::Response> filing_page(const Asked& asked) { return draw_filing(asked, "", {}, 200); }

// The document as the office signed it: what came another way is not shown.
Result<http::Response> filing_notice(const Asked& asked) {
  const std::string& reference = asked.request.parameter("reference");
  TRY(asked.procedures().filing(person_of(asked), reference));
  for (const auto& line : TRY(asked.procedures().history(reference))) {
    auto* notice = line.extra.if_contains("notice");
    auto* found = notice ? notice->if_object() : nullptr;
    if (!found || string_at(*found, "code") != asked.request.parameter("code")) continue;
    std::string document = string_at(*found, "document");
    if (to_hex(crypto::bytes(crypto::sha256(document))) == string_at(*found, "sha256"))
      return asked.context.document(std::move(document));
  }
  return Error{
      Code::kNotFound,
      "filing.no_notice",
      {"その通知はありません。届出のページから選んでください。", "There is no such notice. Choose it from the page of the filing."},
      {}};
}

Result<http::Response> filing_receipt(const Asked& asked) {
  const std::string& reference = asked.request.parameter("reference");
  auto file = TRY(asked.procedures().receipt(person_of(asked), reference));
  auto response = http::json(pretty_json(file));
  response.header("Content-Disposition", "attachment; filename=\"musubi-" + string_at(file, "procedure") + ".json\"");
  return response.cache("no-store");
}

Result<http::Response> filing_amend_post(const Asked& asked) {
  Basket basket = TRY(asked.procedures().start_amendment(person_of(asked), asked.request.parameter("reference")));
  return http::redirect(asked.at("/my/baskets/" + basket.id));
}

namespace {

Result<http::Response> draw_withdraw(const Asked& asked, const std::string& reason, const std::vector<Fault>& faults, int status) {
  web::Language l = asked.language;
  const std::string& reference = asked.request.parameter("reference");
  Filing filing = TRY(asked.procedures().filing(person_of(asked), reference));
  web::Page page = new_page(asked, t::procedures_withdraw_title(l, {filing_title(asked, filing.procedure)}));
  page.lead = t::procedures_withdraw_lead(l);
  page.breadcrumbs = {{std::string(t::procedures_home(l)), asked.at("/my")},
                      {filing_title(asked, filing.procedure), asked.at("/my/filings/" + reference)}};
  web::Form form;
  form.action = asked.at("/my/filings/" + reference + "/withdraw");
  form.submit = t::procedures_withdraw_submit(l);
  form.csrf = csrf(asked);
  form.cancel = {std::string(t::procedures_cancel(l)), asked.at("/my/filings/" + reference)};
  form.fields = {{web::Input::kTextarea, "reason", std::string(t::procedures_withdraw_reason(l)), "", {reason}}};
  form.fields[0].rows = 3;
  web::apply_faults(form, faults, l);
  page.has_errors = web::has_errors(form);
  page.main = web::form(form, l);
  return answer_private(asked, page, status);
}

}  // namespace

Result<http::Response> withdraw_page(const Asked& asked) { return draw_withdraw(asked, "", {}, 200); }

// The reason goes into what is signed; nothing is withdrawn before the signature is there.
Result<http::Response> withdraw_post(const Asked& asked) {
  auto posted = TRY(asked.request.form());
  const std::string& reference = asked.request.parameter("reference");
  std::string reason(posted.get("reason", ""));
  auto text = asked.procedures().withdrawal_to_sign(person_of(asked), reference, reason);
  if (!text.ok() && text.error().name == "filing.reason") return draw_withdraw(asked, reason, text.error().faults, 422);
  if (!text.ok()) return text.error();
  Filing filing = TRY(asked.procedures().filing(person_of(asked), reference));
  const Pack* pack = pack_of_procedure(filing.procedure);
  Text title = pack ? pack->procedure(filing.procedure)->title : Text{filing.procedure, filing.procedure},
       office = member_called(asked, filing.recipient).title;
  ToSign sign{{"届出の取下げ", "Withdrawal of a filing"},
              {{title.ja + "（" + office.ja + "）", title.en + " (" + office.en + ")"}, {"理由：" + reason, "Reason: " + reason}},
              *text,
              asked.at("/my/filings/" + reference + "/withdrawn")};
  std::string address;
  TRY(asked.database->write([&](db::Transaction& tx) -> Result<void> {
    address = TRY(asked.context.begin_signing(tx, asked.request, sign));
    return {};
  }));
  return http::redirect(address);
}

Result<http::Response> withdrawn_page(const Asked& asked) {
  const std::string& reference = asked.request.parameter("reference");
  std::string done = asked.at("/my/filings/" + reference);
  auto handle = asked.request.query.get("signed");
  if (!handle) return http::redirect(done + "/withdraw");
  Filing filing = TRY(asked.procedures().filing(person_of(asked), reference));
  if (filing.state == "withdrawing" || filing.state == "withdrawn") return http::redirect(done);  // loaded again
  std::string jws;
  TRY(asked.database->write([&](db::Transaction& tx) -> Result<void> {
    jws = TRY(asked.context.take_signature(tx, asked.request, std::string(*handle)));
    return {};
  }));
  TRY(asked.procedures().withdraw(person_of(asked), reference, jws));
  return http::redirect(done);
}

}  // namespace musubi::procedures
