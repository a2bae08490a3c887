// Forms of what an officer may do with a case, and the posts that come from them.
#include "records/pages.h"
#include "records/rules.h"
#include "text/normalise.h"
#include "web/form.h"
#include "web/messages/records.h"

namespace musubi::records {
namespace {

namespace t = web::messages;
using web::Html;
using web::Language;
using web::Markup;
using web::Tone;

std::string str(std::string_view text) { return std::string(text); }

// What the forms of one case share. A form that came back keeps what was typed, with its faults.
class Forms {
 public:
  Forms(const CaseFile& file, const Asked& asked, std::string csrf, const Error* error, const http::Form* posted)
      : file_(file), asked_(asked), csrf_(std::move(csrf)), error_(error), posted_(posted) {}

  Markup form(const char* act, std::vector<web::Field> fields, std::string_view submit) const {
    web::Form form{asked_.case_at(file_.subject.id, std::string("/") + act), std::move(fields), str(submit), csrf_};
    form.fields.push_back({web::Input::kHidden, "version", "", "", {std::to_string(file_.subject.version)}});
    if (is_posted(act) && error_) {
      for (const auto& fault : error_->faults)
        for (auto& field : form.fields)
          if (field.name == fault.where) field.errors.push_back(web::pick(fault.message, asked_.language));
    }
    return web::form(form, asked_.language);
  }
  web::Field comment(const char* act, std::string_view label, std::string_view hint, bool required) const {
    web::Field field{
        web::Input::kTextarea, std::string(act) + "_comment", str(label), str(hint), {typed(act, std::string(act) + "_comment")}};
    field.required = required;
    field.rows = 3;
    if (is_posted(act) && error_)
      for (const auto& fault : error_->faults)
        if (fault.where == "comment") field.errors.push_back(web::pick(fault.message, asked_.language));
    return field;
  }
  std::string typed(const char* act, const std::string& name) const {
    return is_posted(act) ? std::string(posted_->get(name, "")) : std::string();
  }
  bool is_posted(const char* act) const { return posted_ && posted_->get("act", "") == act; }

 private:
  const CaseFile& file_;
  const Asked& asked_;
  std::string csrf_;
  const Error* error_;
  const http::Form* posted_;
};

Markup judge_form(const Forms& forms, const Case& c, Language l) {
  bool deciding = c.deciding();
  web::Field word{web::Input::kRadios, "judgement", str(deciding ? t::records_decision(l) : t::records_own_judgement(l))};
  word.options = {{"grant", str(t::records_grant(l)), str(deciding ? t::records_grant_hint(l) : t::records_pass_hint(l))},
                  {"refuse", str(t::records_refuse(l)), str(deciding ? t::records_refuse_hint(l) : t::records_pass_refuse_hint(l))}};
  word.values = {forms.typed("judge", "judgement")};  // chosen at each step, not passed over
  return forms.form("judge",
                    {std::move(word), forms.comment("judge", t::records_comment(l),
                                                    deciding ? t::records_reason_hint(l) : t::records_comment_hint(l), false)},
                    deciding ? t::records_decide(l) : t::records_pass_on(l));
}

Markup return_form(const Forms& forms, const Case& c, Language l) {
  web::Field step{web::Input::kSelect, "step", str(t::records_return_to(l))};
  for (std::size_t i = 0; i < c.step; ++i) step.options.push_back({c.route[i].id, web::pick(c.route[i].title, l)});
  step.values = {forms.typed("return", "step")};
  return forms.form("return", {std::move(step), forms.comment("return", t::records_comment(l), t::records_comment_hint(l), true)},
                    t::records_return(l));
}

Markup reassign_form(const Forms& forms, const CaseFile& file, Language l) {
  web::Field to{web::Input::kSelect, "to", str(t::records_reassign_to(l))};
  for (const auto& holder : file.holders) {
    if (holder == file.subject.officer) continue;
    auto name = file.names.find(holder);
    to.options.push_back({holder, name == file.names.end() || name->second.empty() ? holder : name->second + " (" + holder + ")"});
  }
  if (to.options.empty()) return {};
  return web::details(t::records_reassign(l), forms.form("reassign", {std::move(to)}, t::records_reassign(l)));
}

// What those who hold the step's post may do now.
Markup work_forms(const Forms& forms, const CaseFile& file, const Asked& asked) {
  Language l = asked.language;
  const Case& c = file.subject;
  Html html;
  bool other = !c.officer.empty() && c.officer != asked.officer;
  if (c.state == State::kReturned) {
    html.markup(web::notice(t::records_waiting(l), web::paragraph(t::records_waiting_body(l)), Tone::kInfo));
    return html.markup(reassign_form(forms, file, l)).take();
  }
  if (other) {
    html.markup(web::notice(t::records_claimed_by(l, {c.officer}), {}, Tone::kInfo));
    return html.markup(reassign_form(forms, file, l)).take();
  }
  if (c.officer.empty()) html.markup(forms.form("claim", {}, t::records_claim(l)));
  html.raw("<h2>").text(web::pick(c.at().title, l)).raw("</h2>\n").markup(judge_form(forms, c, l));
  html.markup(web::details(
      t::records_send_back(l),
      forms.form("send-back", {forms.comment("send-back", t::records_to_applicant(l), t::records_send_back_hint(l), true)},
                 t::records_send_back(l))));
  if (c.step > 0) html.markup(web::details(t::records_return(l), return_form(forms, c, l)));
  html.markup(reassign_form(forms, file, l));
  if (c.officer == asked.officer) html.markup(web::details(t::records_release(l), forms.form("release", {}, t::records_release(l))));
  return html.take();
}

Result<Case> carry_out(const Asked& asked, const std::string& act_name, const Act& act, const http::Form& posted) {
  Cases cases = asked.cases();
  std::string comment(posted.get(act_name + "_comment", ""));
  if (act_name == "claim") return cases.claim(act);
  if (act_name == "release") return cases.release(act);
  if (act_name == "reassign") return cases.reassign(act, posted.get("to", ""));
  if (act_name == "send-back") return cases.send_back(act, comment);
  if (act_name == "return") return cases.return_to(act, posted.get("step", ""), comment);
  if (act_name == "message") return cases.message(act, comment);
  if (act_name == "withdraw-notice") {
    TRY(cases.withdraw_notice(posted.get("code", ""), comment, asked.officer));
    return Case{};
  }
  if (act_name != "judge")
    return Error{Code::kNotFound,
                 "records.unknown_act",
                 {"この操作はありません。案件のページから選んでください。", "There is no such act. Choose it on the case's page."},
                 {}};
  std::string_view word = posted.get("judgement", "");
  if (word == "grant") return cases.judge(act, Cases::Judgement::kGrant, comment);
  if (word == "refuse") return cases.judge(act, Cases::Judgement::kRefuse, comment);
  return Error{Code::kInvalid,
               "records.judgement_needed",
               {"「認める」か「認めない」を選んでください。", "Choose whether to grant or to refuse."},
               {{"judgement", {"どちらかを選んでください。", "Choose one."}}}};
}

}  // namespace

Markup acts_of(const CaseFile& file, const Asked& asked, const std::string& csrf, const Error* error, const http::Form* posted) {
  Language l = asked.language;
  const Case& c = file.subject;
  Forms forms(file, asked, csrf, error, posted);
  Html html;
  bool any = false;
  for (const auto& step : c.route) any |= holds(file.posts, step.post);
  if (is_open(c.state) && holds(file.posts, c.at().post))
    html.markup(work_forms(forms, file, asked));
  else if (is_open(c.state))
    html.markup(web::notice(t::records_post_needed(l, {web::pick(file.post_title, l)}), {}, Tone::kInfo));
  if (any && c.state != State::kWithdrawn)
    html.markup(
        web::details(t::records_message(l),
                     forms.form("message", {forms.comment("message", t::records_to_applicant(l), t::records_message_hint(l), true)},
                                t::records_message_send(l))));
  if (holds(file.posts, c.route.back().post) && !file.notices.empty() && !file.notices[0].withdrawn_at)
    html.markup(web::details(t::records_withdraw_notice(l),
                             forms.form("withdraw-notice",
                                        {forms.comment("withdraw-notice", t::records_comment(l), t::records_reason_hint(l), true),
                                         {web::Input::kHidden, "code", "", "", {file.notices[0].code}}},
                                        t::records_withdraw_notice(l))));
  return html.take();
}

Result<http::Response> case_act(const RouteContext& context, http::Request& request) {
  Asked asked = TRY(read_asked(context, request, true));
  http::Form posted = TRY(request.form());
  const std::string &id = request.parameter("case"), &name = request.parameter("act");
  Act act{id, text::read_integer(posted.get("version", "")).value_or(0), asked.officer};
  auto done = carry_out(asked, name, act, posted);
  if (done.ok()) return http::redirect(asked.case_at(id));
  Code code = done.error().code;
  if (code != Code::kConflict && code != Code::kInvalid && code != Code::kForbidden) return done.error();
  posted.add("act", name);
  return draw_case(context, request, asked, &done.error(), &posted);
}

}  // namespace musubi::records
