#include "kpi/plan_copy_pages.h"

#include "http/problem.h"
#include "kpi/plan_copy.h"
#include "kpi/plan_form.h"
#include "text/dates.h"
#include "text/normalise.h"
#include "web/messages/follow_up.h"
#include "web/messages/kpi.h"
#include "web/messages/plan_copy.h"
#include "web/messages/plan_form.h"

namespace musubi::kpi {
namespace {

namespace t = web::messages;
using http::Request;
using http::Response;
using web::Input;
using web::Language;

std::string str(std::string_view text) { return std::string(text); }

// The years after those of the plan, as many.
PlanHeader proposed(const RouteContext& context, const PlanHeader& from) {
  PlanHeader out;
  const text::Date today = text::jst_date(context.clock.now());
  int first = from.last_year ? *from.last_year + 1 : text::fiscal_year(today) + 1;
  out.first_year = first;
  out.last_year = first + (from.first_year && from.last_year ? *from.last_year - *from.first_year : 0);
  out.id = next_plan_id(from, first);
  out.version = text::iso_date(today);
  return out;
}

Response draw(const RouteContext& context, const Request& request, const PlanDesk& desk, FollowUpForm& form, int status) {
  Language l = desk.asked.language;
  const PlanHeader now = proposed(context, desk.heading.header);
  web::Form out{desk.plan_url() + "/copy",   {},     str(t::plan_copy_submit(l)),
                context.csrf_token(request), "post", {str(t::kpi_cancel(l)), desk.plan_url()}};
  out.fields.push_back(form.field(Input::kText, "id", t::plan_id(l), now.id, true));
  out.fields.back().hint = t::plan_id_hint(l);
  const std::string_view title = t::plan_title(l);
  form.words(out.fields, "title", t::follow_words_ja(l, {title}), t::follow_words_en(l, {title}), now.title, true);
  short_words(out);
  for (auto [name, label, year] :
       {std::tuple{"first_year", t::plan_first_year(l), now.first_year}, {"last_year", t::plan_last_year(l), now.last_year}}) {
    out.fields.push_back(form.field(Input::kText, name, label, std::to_string(*year), true));
    out.fields.back().hint = t::plan_year_hint(l);
  }
  for (const auto& fault : form.faults)
    if (fault.where.empty()) out.errors.push_back(web::pick(fault.message, l));
  return draw_plan_form(context, request, desk.asked, &desk.heading, str(t::plan_copy(l)), str(t::plan_copy_lead(l)), std::move(out),
                        {}, status);
}

std::optional<int> posted_year(FollowUpForm& form, const char* name) {
  const std::string typed(text::trim(form.value(name)));
  auto year = text::read_fiscal_year(typed);
  if (year.ok()) return *year;
  form.faults.push_back({name, typed.empty() ? Text{"年度を書いてください。", "Give the fiscal year."} : year.error().message});
  return std::nullopt;
}

std::string field_of(std::string_view where) {
  if (where.starts_with("/title")) return where.ends_with("/en") ? "title-en" : "title-ja";
  return where == "/id" ? "id" : where == "/period/first_year" ? "first_year" : where == "/period/last_year" ? "last_year" : "";
}

Result<Response> copy_page(const RouteContext& context, Request& request) {
  PlanDesk desk = TRY(plan_desk_of(context, request));
  FollowUpForm form(nullptr, desk.asked.language);
  return draw(context, request, desk, form, 200);
}

Result<Response> copy_post(const RouteContext& context, Request& request) {
  PlanDesk desk = TRY(plan_desk_of(context, request));
  http::Form posted = TRY(request.form());
  FollowUpForm form(&posted, desk.asked.language);
  PlanHeader heading = proposed(context, desk.heading.header);
  heading.id = text::trim(form.value("id"));
  heading.title = form.words("title").value_or(Text{});
  heading.first_year = posted_year(form, "first_year");
  heading.last_year = posted_year(form, "last_year");
  if (!form.faults.empty()) {  // together with what the rules say
    auto faults = faults_of(PlanDocument{plan_copy({desk.heading.header, {}}, heading).header, {}});
    std::erase_if(faults, [](const Fault& one) { return field_of(one.where).empty(); });
    tell_at_fields(form, faults, field_of);
    return draw(context, request, desk, form, 422);
  }
  auto done = PlanDraft(*desk.asked.database).copy(desk.id(), heading, context.actor(request));
  if (done.ok()) return http::redirect(desk.asked.urls.plan(heading.id));
  if (done.error().code != Code::kInvalid && done.error().code != Code::kConflict) return done.error();
  tell_at_fields(form, done.error().faults, field_of);
  return draw(context, request, desk, form, http::status_of(done.error()));
}

}  // namespace

std::vector<http::Route> plan_copy_routes(const RouteContext& context) {
  http::RouteDocs docs;
  docs.request_type = "application/x-www-form-urlencoded";
  return {{http::Method::get,
           "/{org}/office/plans/{plan}/copy",
           http::Access::kOfficer,
           [&context](Request& request) { return copy_page(context, request); },
           "この計画から新しい計画を始める欄",
           "Form to begin a new plan from this one",
           {}},
          {http::Method::post, "/{org}/office/plans/{plan}/copy", http::Access::kOfficer,
           [&context](Request& request) { return copy_post(context, request); }, "この計画から新しい計画の下書きを作る",
           "Begins a new plan's draft from this one", docs, false, 64 << 10}};
}

}  // namespace musubi::kpi
