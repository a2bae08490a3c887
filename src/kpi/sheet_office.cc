#include "kpi/sheet_office.h"

#include <algorithm>

#include "http/problem.h"
#include "kpi/duty_pages.h"
#include "kpi/judgement.h"
#include "kpi/pack_pages.h"
#include "kpi/pages.h"
#include "kpi/sheet_check.h"
#include "kpi/sheet_json.h"
#include "kpi/sheet_pack.h"
#include "kpi/sheet_pages.h"
#include "kpi/sheet_remarks.h"
#include "kpi/sheet_route.h"
#include "kpi/sheet_state.h"
#include "kpi/sheet_words.h"
#include "kpi/store.h"
#include "web/form.h"
#include "web/messages.h"
#include "web/messages/duty.h"
#include "web/messages/head.h"
#include "web/messages/scale.h"
#include "web/messages/sheet.h"

namespace musubi::kpi {
namespace {

namespace t = web::messages;
using web::Html;
using web::Kind;
using web::Language;
using web::Markup;
using web::Tone;

std::string str(std::string_view text) { return std::string(text); }

web::Form upload_form(const RouteContext& context, const http::Request& request, const SheetAsked& asked) {
  Language l = asked.language;
  web::Form form{asked.urls.sheets(),
                 {{web::Input::kFile, "pack", str(t::sheet_upload_label(l)), str(t::sheet_upload_hint(l))}},
                 str(t::sheet_upload_submit(l)),
                 context.csrf_token(request)};
  form.fields[0].accept = "application/json,.json";
  return form;
}

web::Form embedded_form(const RouteContext& context, const http::Request& request, const SheetAsked& asked) {
  Language l = asked.language;
  web::Field field{web::Input::kSelect, "embedded", str(t::sheet_packs_title(l))};
  for (const auto& sheet : embedded_sheets()) field.options.push_back({sheet.header.id, sheet_title(sheet.header, l)});
  return {asked.urls.sheets(), {std::move(field)}, str(t::sheet_upload_submit(l)), context.csrf_token(request)};
}

Result<http::Response> draw_office(const RouteContext& context, http::Request& request, const SheetAsked& asked, web::Form upload,
                                   web::Form embedded, int status) {
  Language l = asked.language;
  auto sheets = TRY(asked.sheets().list(asked.view));
  web::Page page{str(t::sheet_office(l)), l, request.target};
  page.lead = t::sheet_office_lead(l);
  page.json = page.csv = true;
  page.has_errors = web::has_errors(upload) || web::has_errors(embedded);
  Html main;
  main.markup(web::table(sheets_table(asked, sheets), request.target, l));
  if (!sheets.empty()) main.markup(across_links(asked));
  main.raw("<h2>").text(t::sheet_upload_title(l)).raw("</h2>\n").markup(web::form(upload, l));
  main.raw("<p>")
      .markup(web::link(t::head_new(l), asked.urls.sheets() + "/new"))
      .raw(" · ")
      .markup(web::link(t::scale_link(l), asked.urls.sheets() + "/scales"))
      .raw(" · ")
      .markup(web::link(t::duty_link(l), asked.urls.sheets() + "/duties"))
      .raw("</p>\n");
  if (!embedded_sheets().empty()) main.raw("<h2>").text(t::sheet_packs_title(l)).raw("</h2>\n").markup(web::form(embedded, l));
  page.main = main.take();
  return answer(context, request, page, status);
}

Result<http::Response> draw_faults(const RouteContext& context, http::Request& request, const SheetAsked& asked,
                                   const PackCheck& check) {
  Language l = asked.language;
  web::Page page = new_sheet_page(asked, request, str(t::sheet_faults_title(l)));
  page.lead = t::sheet_faults_lead(l, {std::int64_t(check.total)});
  page.has_errors = true;
  web::Table table = pack_faults_table(check, l);
  page.main =
      Html().markup(web::table(table, asked.urls.sheets(), l)).markup(web::form(upload_form(context, request, asked), l)).take();
  return answer(context, request, page, 422);
}

Markup keys(const std::vector<PartKey>& all, Language l) {
  std::string text;
  for (const auto& one : all) text += (text.empty() ? "" : l == Language::ja ? "、" : ", ") + part_title(one, l);
  return text.empty() ? web::escaped("0") : web::details(std::to_string(all.size()), web::escaped(text));
}

Markup outcome_list(const SheetImport& outcome, Language l) {
  web::SummaryRow rows[] = {{str(t::sheet_entered(l)), keys(outcome.entered, l)},
                            {str(t::sheet_revised_parts(l)), keys(outcome.revised, l)},
                            {str(t::sheet_withdrawn(l)), keys(outcome.withdrawn, l)},
                            {str(t::sheet_unchanged(l)), web::escaped(std::to_string(outcome.unchanged))},
                            {str(t::sheet_edition(l)), code_text(outcome.edition)}};
  return web::summary_list(rows, l);
}

std::optional<std::string> posted_pack(const http::Form& form) {
  if (const auto* file = form.file("pack"); file && !file->content.empty()) return file->content;
  if (auto id = form.get("embedded"))
    for (const auto& sheet : embedded_sheets())
      if (sheet.header.id == *id) return canonical_json(pack_of(sheet));
  return std::nullopt;
}

constexpr Duty kReturners[] = {Duty::kReview, Duty::kApprove, Duty::kPublish};
std::span<const Duty> duties_of(RouteStep step) {
  if (step == RouteStep::kReturned) return kReturners;
  return std::span(kReturners).subspan(step == RouteStep::kReviewed ? 0 : step == RouteStep::kApproved ? 1 : 2, 1);
}

Result<Markup> acts_markup(const RouteContext& context, const http::Request& request, const SheetState& state, const SheetAsked& asked,
                           const std::vector<Remark>& remarks, const std::string& remark) {
  Language l = asked.language;
  std::string action = asked.urls.sheet(state.sheet.header.id) + "/review";
  std::string_view at = state_word(state);
  Html html;
  auto act = [&](RouteStep step, const char* name, std::string_view submit, bool words) -> Result<void> {
    auto may = require_duty(context, request, duties_of(step));
    if (!may.ok() && may.error().code != Code::kForbidden) return may.error();
    if (!may.ok()) {
      if (step == RouteStep::kReturned) return {};
      std::string posts = TRY(duty_holders(context, request, duties_of(step)[0], l));
      html.markup(web::paragraph(t::duty_step_of(l, {.posts = posts, .step = str(submit)})));
      return {};
    }
    if (step == RouteStep::kApproved && state.route.back().actor == context.actor(request)) {
      html.markup(web::paragraph(web::pick(sheet_same_officer().message, l)));
      return {};
    }
    web::Form form{action, {hidden("act", name), hidden("edition", state.edition)}, str(submit), context.csrf_token(request)};
    if (words) {
      web::Field field{web::Input::kTextarea, "remark", str(t::sheet_remark(l)), str(t::sheet_remark_hint(l)), {remark}};
      field.required = step == RouteStep::kReturned || !remarks.empty();
      field.rows = 3;
      form.fields.push_back(std::move(field));
    }
    html.markup(web::form(form, l));
    return {};
  };
  if (at == "published") return web::paragraph(t::sheet_nothing_to_do(l));
  if (at == "draft" || at == "returned") TRY(act(RouteStep::kReviewed, "review", t::sheet_do_review(l), true));
  if (at == "reviewed") TRY(act(RouteStep::kApproved, "approve", t::sheet_do_approve(l), !since_last_step(state, remarks).empty()));
  if (at == "approved") TRY(act(RouteStep::kPublished, "publish", t::sheet_do_publish(l), false));
  if (at == "reviewed" || at == "approved") TRY(act(RouteStep::kReturned, "return", t::sheet_do_return(l), true));
  return html.take();
}

// Of the sheet's faults each with its cell; what else speaks against it stands below with the remarks.
Markup refusal(const Sheet& sheet, const Error& error, Language l) {
  if (error.name != "sheet.faults") return web::notice(web::pick(error.message, l), {}, Tone::kError);
  Html list;
  list.raw("<ul>\n");
  std::vector<Fault> faults = error.faults;
  if (faults.size() > kShownFaults) faults.resize(kShownFaults);
  for (const auto& fault : faults_in_words(sheet, {}, std::move(faults)))
    list.raw("<li>").text(web::pick(fault.message, l)).raw("</li>\n");
  return web::notice(web::pick(error.message, l), list.raw("</ul>\n").take(), Tone::kError);
}

Result<http::Response> draw_review(const RouteContext& context, http::Request& request, const SheetAsked& asked, const Error* error,
                                   const std::string& remark = {}) {
  Language l = asked.language;
  const std::string& id = request.parameter("sheet");
  auto state = TRY(asked.sheets().state(id, View{.drafts = true}));
  const auto against = TRY(asked.sheets().remarks(id));
  auto remarks = TRY(remarks_table(state->sheet, against, request.target, l));
  const auto& h = state->sheet.header;
  web::Page page = new_sheet_page(asked, request, t::sheet_review_title(l, {sheet_title(h, l)}), &h);
  page.json = page.csv = !error;
  Html main;
  if (error) {
    page.has_errors = true;
    main.markup(refusal(state->sheet, *error, l));
  }
  main.raw("<p>")
      .markup(web::tag(state_title(state_word(*state), l), Tone::kInfo))
      .raw("</p>\n")
      .raw("<h2>")
      .text(t::sheet_remarks(l))
      .raw("</h2>\n")
      .markup(remarks.total ? web::paragraph(t::sheet_remarks_lead(l)) : web::paragraph(t::sheet_remarks_none(l)));
  if (remarks.total) main.markup(web::table(remarks, request.target, l));
  if (h.form == SheetForm::kEvaluation)
    main.raw("<h2>")
        .text(t::sheet_disagreements(l))
        .raw("</h2>\n")
        .markup(disagreements_table(disagreements(state->sheet, mark_rules(state->sheet)), id, asked, request.target))
        .markup(judgement_markup(*state, asked));
  main.raw("<h2>")
      .text(t::sheet_route(l))
      .raw("</h2>\n")
      .markup(TRY(route_markup(context, request, asked, *state)))
      .markup(TRY(acts_markup(context, request, *state, asked, against, remark)));
  page.main = main.take();
  return answer(context, request, page, error ? http::status_of(*error) : 200);
}

}  // namespace

Result<http::Response> sheet_office_page(const RouteContext& context, http::Request& request) {
  SheetAsked asked = TRY(read_sheet_asked(context, request, true));
  return draw_office(context, request, asked, upload_form(context, request, asked), embedded_form(context, request, asked), 200);
}

Result<http::Response> upload_sheet(const RouteContext& context, http::Request& request) {
  SheetAsked asked = TRY(read_sheet_asked(context, request, true));
  Language l = asked.language;
  http::Form posted = TRY(request.form());
  auto pack = posted_pack(posted);
  if (!pack) {
    web::Form form = upload_form(context, request, asked);
    web::Form embedded = embedded_form(context, request, asked);
    if (posted.get("embedded"))
      embedded.fields[0].errors = {str(t::form_choose_one(l))};
    else
      form.fields[0].errors = {str(t::sheet_upload_missing(l))};
    return draw_office(context, request, asked, std::move(form), std::move(embedded), 422);
  }
  auto sheet = read_sheet(*pack);
  if (!sheet.ok()) return draw_faults(context, request, asked, locate_faults(*pack, sheet.error()));
  auto looked_at = asked.sheets().preview(*sheet);
  if (!looked_at.ok() && looked_at.error().name == "sheet.faults")
    return draw_faults(context, request, asked, locate_faults(*pack, looked_at.error()));
  SheetImport outcome = TRY(std::move(looked_at));
  web::Page page = new_sheet_page(asked, request, t::sheet_preview_title(l, {sheet_title(sheet->header, l)}));
  page.lead = outcome.changed() ? t::sheet_preview_lead(l) : t::sheet_preview_nothing(l);
  Html main;
  main.markup(outcome_list(outcome, l));
  if (outcome.changed()) {
    Time now = context.clock.now();
    std::string id = TRY(asked.database->write([&](db::Transaction& tx) { return store::keep_upload(tx, *pack, now); }));
    main.markup(web::form({asked.urls.sheets() + "/import",
                           {hidden("upload", id), hidden("edition", outcome.edition_before)},
                           str(t::sheet_import_submit(l)),
                           context.csrf_token(request),
                           "post",
                           {str(t::sheet_cancel(l)), asked.urls.sheets()}},
                          l));
  }
  page.main = main.take();
  return answer(context, request, page, 200);
}

Result<http::Response> import_uploaded_sheet(const RouteContext& context, http::Request& request) {
  SheetAsked asked = TRY(read_sheet_asked(context, request, true));
  http::Form posted = TRY(request.form());
  std::string id(posted.get("upload", ""));
  std::string pack = TRY(waiting_pack(*asked.database, id, context.clock.now()));
  Sheet sheet = TRY(read_sheet(pack));
  TRY(asked.sheets(TRY(drafting_mandate(context, request)))
          .import_sheet(sheet, context.actor(request), std::string(posted.get("edition", ""))));
  TRY(asked.database->write([&](db::Transaction& tx) { return store::drop_upload(tx, id); }));
  return http::redirect(asked.urls.sheet(sheet.header.id));
}

Result<http::Response> review_page(const RouteContext& context, http::Request& request) {
  return draw_review(context, request, TRY(read_sheet_asked(context, request, true)), nullptr);
}

Result<http::Response> review_post(const RouteContext& context, http::Request& request) {
  SheetAsked asked = TRY(read_sheet_asked(context, request, true));
  http::Form posted = TRY(request.form());
  const std::string& id = request.parameter("sheet");
  std::string_view act = posted.get("act", "");
  std::optional<RouteStep> step = act == "review"    ? std::optional(RouteStep::kReviewed)
                                  : act == "approve" ? std::optional(RouteStep::kApproved)
                                  : act == "return"  ? std::optional(RouteStep::kReturned)
                                  : act == "publish" ? std::optional(RouteStep::kPublished)
                                                     : std::nullopt;
  if (!step)
    return Error{Code::kInvalid,
                 "sheet.unknown_step",
                 {"手順を選んでください。", "Choose a step."},
                 {{"act", {"review、approve、return、publish のいずれか。", "review, approve, return or publish."}}}};
  std::string remark(posted.get("remark", ""));
  Mandate mandate = TRY(mandate_of(context, request, duties_of(*step)));
  auto done = asked.sheets(std::move(mandate)).take_step(id, *step, context.actor(request), posted.get("edition", ""), remark);
  if (done.ok())
    return http::redirect(*step == RouteStep::kPublished ? SheetUrls{asked.urls.org, false}.sheet(id)
                                                         : asked.urls.sheet(id) + "/review");
  if (done.error().code == Code::kConflict || done.error().code == Code::kInvalid || done.error().code == Code::kForbidden)
    return draw_review(context, request, asked, &done.error(), remark);
  return done.error();
}

}  // namespace musubi::kpi
