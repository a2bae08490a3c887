// What became of the targets of a plan's measures: each row and year held against the actual that follow-ups told of it, with the
// direction of the row. A target is due when its fiscal year is over. Pure but for reading the plan and its follow-ups; `as_of` a day
// shows what was known then.
#pragma once

#include <array>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "http/router.h"
#include "kpi/asked.h"
#include "kpi/follow_ups.h"
#include "kpi/line_rules.h"

namespace musubi::kpi {

// no actual: none for the whole year; a figure of some of its quarters, or a provisional one, is shown without being judged.
// in words: there is an actual or a plain target, but no figures to compare; only an actual: of a year without a target.
enum class TargetResult { kReached, kMissed, kNotDue, kNoActual, kInWords, kNoTarget, kOnlyActual };
inline constexpr std::array<std::string_view, 7> kTargetResults = {"reached",  "missed",    "not_due",    "no_actual",
                                                                   "in_words", "no_target", "only_actual"};

struct TargetRow {
  std::string number;  // of the measure
  std::string key;     // of the row (KpiRow); "" where the measure has no rows
  bool effect = false;
  Line line;  // without its years
  std::optional<int> fiscal_year;
  bool final = false;  // the final target
  std::optional<SheetValue> target;
  YearValues told;               // the actual; its target is not used
  std::optional<Period> period;  // of the follow-up that told it; nothing where the plan itself prints it
  std::int64_t record = 0;       // of that follow-up
  TargetResult result = TargetResult::kNoTarget;
};

// In the order of the measure's rows and years, the final target last. `told`: in the order of their periods.
std::vector<TargetRow> target_rows(const Measure& measure, const std::vector<FollowUps::Told>& told, text::Date today);

struct PlanTargets {
  PlanDocument plan;
  std::string edition;
  std::vector<TargetRow> rows;
  std::set<std::string> drafts = {};  // of a view with drafts: measures that are newer than the last sign-off
};
// Of one measure, or of all (`number` is empty). A view with drafts has the draft of the plan and what follow-ups told that is not
// public yet. Errors: those of Plans; follow-ups that the view does not have are none.
Result<PlanTargets> read_targets(const Asked& asked, const std::string& plan, const std::string& number, Time now);

std::vector<http::Route> plan_target_routes(const RouteContext& context, bool office);
// On the page of a measure: its rows; nothing where it has none.
Result<web::Markup> measure_targets(const RouteContext& context, const http::Request& request, const Asked& asked,
                                    const MeasureView& view);
web::Markup targets_link(const Asked& asked, const std::string& plan);  // on the page of a plan
std::string first_target(const Measure& measure, web::Language language);  // of a list: "40以上（2030年度）"; "" where there is none
std::string row_title(const std::string& key, const Line* line, web::Language language);  // "進捗KPI 1 届出の割合"

}  // namespace musubi::kpi
