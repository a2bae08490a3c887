// A plan's draft changed by people at forms, one part at a time: the heading, or one measure. What is written are the entries and
// records that an import writes, of the parts that changed alone.
//
// Any thread; no state of its own. Each act is one transaction of change and records; a crash leaves it done or not begun.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kpi/kpi.h"
#include "kpi/sheet_merge.h"

namespace musubi::kpi {

struct PlanEdit {
  std::string number;                  // of a measure; "" the heading
  std::int64_t base = 0;               // the revision that it was made from
  std::optional<json::object> edited;  // as to_json makes it; nothing: the measure is taken out
};

struct PlanHeading {
  PlanHeader header;
  std::int64_t revision = 0;
};

class PlanDraft {
 public:
  explicit PlanDraft(db::Database& database) : database_(database) {}

  // A plan with a heading and no measure yet. Errors: plan.exists (Code::kConflict), plan.faults with every fault of the heading.
  Result<ImportOutcome> begin(const PlanHeader& header, std::string_view actor);

  // A new plan from the draft of one that is there (plan_copy.h). Errors: plan.unknown, and those of begin.
  Result<ImportOutcome> copy(std::string_view plan, const PlanHeader& heading, std::string_view actor);

  // Adds a measure under the next number of its section, which no measure of this plan ever had, and returns that number. Errors:
  // plan.unknown, plan.faults with pointers into the measure ("/title/ja").
  Result<std::string> add(std::string_view plan, Measure measure, std::string_view actor);

  // Cells that others changed since `base` stay. Errors: plan.unknown, plan.unknown_measure, plan.conflict (Code::kConflict, a fault
  // for each cell that both changed), plan.changed_meanwhile (what is to be taken out is another one by now), plan.nothing_new,
  // plan.faults: every fault of that part, or that the heading's change brings into measures. Nothing is written then.
  Result<ImportOutcome> edit(std::string_view plan, const PlanEdit& edit, std::string_view actor);

  // Puts what stood before the newest revision back, as a revision of its own. Only of what was not signed off. Errors:
  // plan.unknown_measure, plan.changed_meanwhile (`revision` is no longer the newest), plan.nothing_new.
  Result<ImportOutcome> undo(std::string_view plan, std::string_view number, std::int64_t revision, std::string_view actor);

  // Puts everything back to what was signed off last. Errors: plan.unknown, plan.not_signed_off, plan.changed_meanwhile,
  // plan.nothing_new.
  Result<ImportOutcome> discard(std::string_view plan, std::string_view expected_edition, std::string_view actor);

  Result<PlanHeading> heading(std::string_view plan);  // of the draft
  // A part as it was in that revision. Errors: plan.unknown_measure.
  Result<json::object> part_at(std::string_view plan, std::string_view number, std::int64_t revision);

 private:
  db::Database& database_;
};

}  // namespace musubi::kpi
