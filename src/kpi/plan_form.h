// Plans written by form: heading, sections and fields; measures one by one, and which national measures each serves. What is saved
// goes through plan_draft.h. Private to kpi.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "kpi/follow_up_view.h"
#include "kpi/plan_draft.h"

namespace musubi::kpi {

std::vector<http::Route> plan_form_routes(const RouteContext& context);  // officers'

// Links and small forms for officers, of a plan and of one of its measures; nothing where the view is no draft of today.
web::Markup plan_form_links(const RouteContext& context, const http::Request& request, const Asked& asked, const PlanState& state);
web::Markup measure_form_links(const RouteContext& context, const http::Request& request, const Asked& asked, const MeasureView& view);

// On a measure's history, also of one that was taken out; nothing where its newest revision is signed off or the first.
web::Markup measure_undo_form(const RouteContext& context, const http::Request& request, const Asked& asked, const std::string& plan,
                              const std::string& number, const Revision& newest);

// ---- Pieces of its own files ----

struct PlanDesk {
  Asked asked;
  PlanHeading heading;  // of the draft as it is now
  const std::string& id() const { return heading.header.id; }
  std::string plan_url() const { return asked.urls.plan(id()); }
};
Result<PlanDesk> plan_desk_of(const RouteContext& context, const http::Request& request);

void short_words(web::Form& form);  // the two fields of a text that came last: a line each
web::Field hidden_field(std::string name, std::string value);
std::int64_t posted_integer(const http::Form& posted, std::string_view name);
// The cells of a conflict in a heading or measure, named as the forms name them.
Error conflict_in_words(Error error, web::Language language);
// An error above the form: its cells where two people met, its faults that belong to no field.
web::Markup trouble_notice(const Error& error, const std::string& target, web::Language language);
// Faults by pointer, told at the field that `field_of` names; "" stands above the form.
template <class F>
void tell_at_fields(FollowUpForm& form, const std::vector<Fault>& faults, F field_of) {
  for (const auto& fault : faults) {
    Fault at{field_of(fault.where), fault.message};
    bool known = !at.where.empty() &&
                 std::any_of(form.faults.begin(), form.faults.end(), [&](const Fault& one) { return one.where == at.where; });
    if (!known) form.faults.push_back(std::move(at));
  }
}
http::Response draw_plan_form(const RouteContext& context, const http::Request& request, const Asked& asked,
                              const PlanHeading* heading, std::string title, std::string lead, web::Form form, web::Markup above,
                              int status);

Result<http::Response> measure_form_page(const RouteContext& context, http::Request& request);  // new, or of one that is there
Result<http::Response> measure_form_post(const RouteContext& context, http::Request& request);
Result<http::Response> measure_remove_post(const RouteContext& context, http::Request& request);
Result<http::Response> measure_undo_post(const RouteContext& context, http::Request& request);
Result<http::Response> measure_links_page(const RouteContext& context, http::Request& request);
Result<http::Response> measure_links_post(const RouteContext& context, http::Request& request);

}  // namespace musubi::kpi
