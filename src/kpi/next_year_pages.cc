#include "kpi/next_year_pages.h"

#include "http/problem.h"
#include "kpi/duty_pages.h"
#include "kpi/next_year.h"
#include "kpi/sheet_json.h"
#include "kpi/sheet_pages.h"
#include "kpi/sheet_words.h"
#include "web/form.h"
#include "web/messages/next_year.h"
#include "web/messages/sheet.h"

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

struct Begun {
  std::string id;
  SheetForm form;
};

Result<NextYear> begun_from(const SheetAsked& asked, const Sheet& published, const Begun& begun) {
  NextYear next = next_year(published, begun.id, begun.form);
  TRY(asked.database->read([&](db::Reader& reader) { return leave_out_withdrawn(reader, next); }));
  return next;
}

web::Form begin_form(const RouteContext& context, const Request& request, const SheetAsked& asked, const SheetHeader& published,
                     const Begun& begun) {
  Language l = asked.language;
  std::string self = asked.urls.sheet(published.id);
  web::Field id{web::Input::kText, "id", str(t::next_year_id(l)), str(t::next_year_id_hint(l)), {begun.id}};
  web::Field form{web::Input::kSelect, "form", str(t::sheet_form(l)), "", {str(word_of(kForms, begun.form))}};
  for (auto one : {SheetForm::kEvaluation, SheetForm::kPreAnalysis})
    form.options.push_back({str(word_of(kForms, one)), str(form_title(one, l))});
  return {self + "/next", {std::move(id), std::move(form)}, str(t::next_year_begin(l)), context.csrf_token(request),
          "post",         {str(t::sheet_cancel(l)), self}};
}

Markup left_out_markup(const NextYear& next, const std::string& target, Language l) {
  if (next.left_out.empty()) return web::paragraph(t::next_year_nothing_left_out(l));
  web::Table table =
      plain_table("left-out", t::next_year_left_out(l),
                  {{"number", str(t::sheet_indicator(l))}, {"title", str(t::next_year_name(l))}, {"why", str(t::next_year_why(l))}});
  for (const auto& one : next.left_out)
    if (table.rows.size() < web::kMaxPerPage) table.rows.push_back({{one.number}, {web::pick(one.title, l)}, {web::pick(one.why, l)}});
  table.total = table.rows.size();
  return web::table(table, target, l);
}

Result<Response> draw_next(const RouteContext& context, Request& request, const SheetAsked& asked, const SheetState& published,
                           const Begun& begun, const Error* error) {
  Language l = asked.language;
  const auto& h = published.sheet.header;
  NextYear next = TRY(begun_from(asked, published.sheet, begun));
  web::Page page = new_sheet_page(asked, request, t::next_year_title(l, {year_words(h.fiscal_year + 1, l)}), &h);
  page.lead = t::next_year_lead(l);
  web::Form form = begin_form(context, request, asked, h, begun);
  Html main;
  if (error) {
    page.has_errors = true;
    main.markup(web::notice(web::pick(error->message, l), {}, Tone::kError));
    web::apply_faults(form, error->faults, l);
  }
  main.raw("<h2>").text(t::next_year_left_out(l)).raw("</h2>\n").markup(left_out_markup(next, request.target, l));
  if (!next.without_targets.empty()) {
    std::string numbers;
    for (const auto& one : next.without_targets) numbers += (numbers.empty() ? "" : l == Language::ja ? "、" : ", ") + one;
    main.markup(web::notice(t::next_year_targets(l, {numbers}), {}, Tone::kWarning));
  }
  page.main = main.markup(web::form(form, l)).take();
  return answer(context, request, page, error ? http::status_of(*error) : 200);
}

Result<Response> next_page(const RouteContext& context, Request& request) {
  SheetAsked asked = TRY(read_sheet_asked(context, request, true));
  auto published = TRY(asked.sheets().state(request.parameter("sheet"), View{}));
  const auto& h = published->sheet.header;
  return draw_next(context, request, asked, *published, {next_id(h), h.form}, nullptr);
}

Error exists_already(const std::string& id) {
  return Error{Code::kConflict,
               "sheet.exists",
               {"表「" + id + "」はもうあります。別の id にするか、その表を直してください。",
                "There is a sheet " + id + " already. Choose another id, or change that sheet."},
               {{"id", {"この id の表はもうあります。", "A sheet of this id is there already."}}}};
}

Result<Response> next_post(const RouteContext& context, Request& request) {
  SheetAsked asked = TRY(read_sheet_asked(context, request, true));
  auto published = TRY(asked.sheets().state(request.parameter("sheet"), View{}));
  http::Form posted = TRY(request.form());
  Begun begun{str(posted.get("id", "")), from_word<SheetForm>(kForms, posted.get("form", "")).value_or(published->sheet.header.form)};
  auto refuse = [&](const Error& error) { return draw_next(context, request, asked, *published, begun, &error); };
  if (auto known = asked.sheets().state(begun.id, View{.drafts = true}); known.ok()) return refuse(exists_already(begun.id));
  NextYear next = TRY(begun_from(asked, published->sheet, begun));
  auto done = asked.sheets(TRY(drafting_mandate(context, request))).import_sheet(next.sheet, context.actor(request), "");
  if (done.ok()) return http::redirect(asked.urls.sheet(begun.id));
  if (done.error().name == "sheet.changed_meanwhile") return refuse(exists_already(begun.id));
  if (done.error().name != "sheet.faults") return done.error();
  Error error = done.error();
  for (auto& fault : error.faults)
    if (fault.where == "/id") fault.where = "id";
  return refuse(error);
}

}  // namespace

std::vector<http::Route> next_year_routes(const RouteContext& context) {
  using http::Method;
  http::RouteDocs form;
  form.request_type = "application/x-www-form-urlencoded";
  return {{Method::get,
           "/{org}/office/sheets/{sheet}/next",
           http::Access::kOfficer,
           [&](Request& r) { return next_page(context, r); },
           "次の年度の表を始める欄と、引き継がないもの",
           "Form to begin next year's sheet, with what is left out",
           {}},
          {Method::post, "/{org}/office/sheets/{sheet}/next", http::Access::kOfficer,
           drafting(context, [&](Request& r) { return next_post(context, r); }), "次の年度の表を下書きとして始める",
           "Begins next year's sheet as a draft", form, false, 64 << 10}};
}

}  // namespace musubi::kpi
