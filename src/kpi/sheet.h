// A sheet of policy evaluation as its pack has it (packs/schemas/sheet.schema.json): the form written before (pre-analysis,
// monitoring only) and the form written after (evaluation, with marks and a judgement). Plain structs, compared member by
// member. What the document prints and what can be computed from it are kept apart: nothing here is computed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kpi/line.h"
#include "kpi/logic.h"
#include "kpi/plan.h"
#include "kpi/programme.h"
#include "kpi/ruled.h"

namespace musubi::kpi {

enum class SheetForm { kEvaluation, kPreAnalysis };
enum class Mark { kReached, kNear, kFar, kNotDue };  // イ ロ ハ －
enum class Fate { kKept, kDroppedReached, kMovedToProgramme, kDroppedNotSettable, kReplaced };

struct SheetIndicator {
  std::string number;  // as printed
  std::string goal;
  Text title;
  bool primary = false;
  std::vector<Line> lines;                                // one at least
  std::optional<Text> reason, causal_link, target_basis;  // why it was chosen, how it leads to the goal, why this value
  std::optional<Mark> mark;                               // official; one for the indicator, never for a line
  std::optional<Text> mark_reason;                        // why it is not what the figures say
  std::optional<Mark> in_words;                           // what the prose of the same sheet says, where that is another thing
  std::optional<Text> factor;                             // why the target was or was not reached
  std::optional<Fate> fate;
  std::optional<Text> fate_note;
  std::optional<Text> doubt;  // what is unclear in the source, and how it was decided
  Text locator;
  std::vector<PlanMeasure> measures = {};  // that it evaluates
  std::string id = {};                     // lasting, the same on the sheets of every year (sheet_years.h); "" where none is stated
  bool operator==(const SheetIndicator&) const = default;
};

struct Goal {
  std::string id;
  Text title;
  std::optional<Text> factor, next;
  bool operator==(const Goal&) const = default;
};
struct CabinetPolicy {
  Text title;
  std::optional<std::string> date;
  bool operator==(const CabinetPolicy&) const = default;
};

struct Judgement {
  std::string scale, step;  // of a pack of kind "scale"
  Text grounds;
  std::optional<Text> override_reason;              // why it is not what the rules say
  std::optional<std::int64_t> scale_revision = {};  // of a scale of the organisation's own: its rules of then stay
  bool operator==(const Judgement&) const = default;
};

struct Stance {          // towards the budget request
  std::string category;  // "Ⅰ"
  Text title;
  std::vector<Text> notes;
  bool operator==(const Stance&) const = default;
};

// Everything of a sheet but its indicators and programmes.
struct SheetHeader {
  std::string id;  // "japan.soumu.31-10"
  SheetForm form = SheetForm::kEvaluation;
  Text printed_number, policy_title, field, office, author_post;
  std::string policy_number, month;  // month "2019-08": evaluated, or planned to be
  int fiscal_year = 0;
  std::optional<Text> outcome, next, effects, experts, material;
  std::vector<Goal> goals;
  Text money_unit;
  std::vector<Amount> budget;  // as printed; sums are computed beside it
  std::optional<Judgement> judgement;
  std::optional<Stance> stance;
  std::vector<CabinetPolicy> cabinet_policies;
  std::vector<LogicNode> nodes;
  std::vector<LogicLink> links;
  std::optional<Text> no_stages;  // why the outcomes have none
  Text source_title, source_publisher, locator;
  std::optional<Text> doubt;
  std::vector<Text> owners = {};  // posts that answer for the policy
  std::vector<Law> laws = {};
  bool operator==(const SheetHeader&) const = default;
};

struct Sheet {
  SheetHeader header;
  std::vector<SheetIndicator> indicators;
  std::vector<Programme> programmes;
  Ruled ruled = {};
  bool operator==(const Sheet&) const = default;
};

}  // namespace musubi::kpi
