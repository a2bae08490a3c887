// A sheet of policy evaluation as its pack has it (packs/schemas/sheet.schema.json): the form written before (pre-analysis,
// monitoring only) and the form written after (evaluation, with marks and a judgement). Plain structs, compared member by
// member. What the document prints and what can be computed from it are kept apart: nothing here is computed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kpi/logic.h"
#include "kpi/origin.h"
#include "kpi/plan.h"
#include "kpi/programme.h"
#include "kpi/ruled.h"

namespace musubi::kpi {

enum class SheetForm { kEvaluation, kPreAnalysis };
enum class IndicatorKind { kProgress, kActivity, kOutput, kOutcome, kShortOutcome, kMidOutcome, kLongOutcome };
enum class Nature { kNumeric, kMilestone, kQualitative };
enum class Direction { kUp, kDown, kKeep };
enum class Bound { kExactly, kAtLeast, kAtMost, kAbout };
enum class Gathering { kLast, kSum, kMean };         // how the years' actuals are held against the final target
enum class Mark { kReached, kNear, kFar, kNotDue };  // イ ロ ハ －
enum class Fate { kKept, kDroppedReached, kMovedToProgramme, kDroppedNotSettable, kReplaced };

// A number, words, or a number with words. `cumulative`: it holds the years before, too.
struct SheetValue {
  std::optional<double> number;
  Bound bound = Bound::kExactly;
  bool cumulative = false;
  std::optional<Text> text;
  bool operator==(const SheetValue&) const = default;
};

struct YearValues {
  std::optional<SheetValue> target, actual;
  std::optional<int> latest_known_year;  // the actual is of this year, the latest that is known
  bool provisional = false, revised = false;
  std::optional<Origin> origin = {};      // the actual was computed
  std::optional<Text> typed_reason = {};  // why it was typed although a computed one was there
  bool operator==(const YearValues&) const = default;
};

// One row of figures: the indicator itself (sub is empty) or one of its sub-indicators.
struct Line {
  std::string sub;  // "", "1", "2a"
  std::optional<Text> title;
  IndicatorKind kind = IndicatorKind::kOutput;
  Nature nature = Nature::kNumeric;
  Direction direction = Direction::kUp;
  Gathering gathering = Gathering::kLast;
  std::optional<Text> unit;
  std::optional<SheetValue> baseline;
  std::optional<int> baseline_year;  // fiscal, as all years here
  std::map<int, YearValues> yearly;
  std::optional<SheetValue> final_target;
  std::optional<int> final_year;
  std::optional<Text> not_set_due;  // "not yet set, to be set by": a legal target
  std::optional<Text> note;
  std::string computed = {};  // indicator of this organisation whose figures the actuals may be; "" where there is none
  bool operator==(const Line&) const = default;
};

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
