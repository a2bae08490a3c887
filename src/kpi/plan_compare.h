// Two states of a plan held against each other: what was added, dropped and changed, member by member. Measures are the same where
// their numbers are.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kpi/asked.h"

namespace musubi::kpi {

struct PlanComparison {
  struct One {
    EntryKind kind = EntryKind::kRevised;  // entered: added; withdrawn: dropped
    std::string number;
    Text title;  // the later one
    std::vector<Change> changes;
  };
  std::vector<Change> heading;
  std::vector<One> measures;  // that differ, by number
  std::size_t added = 0, dropped = 0, changed = 0, same = 0;
  bool nothing() const { return heading.empty() && measures.empty(); }
};
PlanComparison compare_plans(const PlanDocument& before, const PlanDocument& after);  // pure

// A state that a comparison names: an edition that was signed off, a day, or the draft.
struct PlanPoint {
  std::string edition;
  std::optional<SignOff> sign_off;  // whose edition it is
  std::optional<text::Date> day;    // that was asked for
  bool draft = false;
  PlanDocument document;
};
struct PlanPoints {
  PlanPoint from, to;
  std::vector<SignOff> sign_offs;  // newest first
};
// `from` and `to`: "2024-04-01", the first letters of an edition (8 at least), or "": the newest state of the view and the edition
// before it. Where there is nothing before it, `from` is a plan without measures (drafts), or `to` itself. Errors: plan.unknown,
// plan.not_signed_off, plan.unknown_edition, plan.bad_edition.
Result<PlanPoints> read_points(db::Database& database, std::string_view plan, bool drafts, std::string_view from, std::string_view to);

std::vector<http::Route> plan_compare_routes(const RouteContext& context, bool office);

// The editions of a plan with the way to compare them; nothing while there is none in the view.
Result<web::Markup> editions_markup(const Asked& asked, const PlanHeader& plan, const std::string& target);

}  // namespace musubi::kpi
