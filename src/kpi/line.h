// Rows of figures, of the indicators of sheets and of the KPI of plans' measures alike: targets and actuals by fiscal year, a
// baseline, a final target or by when there will be one. Plain structs, compared member by member.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/result.h"
#include "kpi/origin.h"

namespace musubi::kpi {

// The first two are of what is done, the effect and the outcomes of what comes of it.
enum class IndicatorKind { kProgress, kActivity, kOutput, kOutcome, kShortOutcome, kMidOutcome, kLongOutcome, kEffect };
enum class Nature { kNumeric, kMilestone, kQualitative };
enum class Direction { kUp, kDown, kKeep };
enum class Bound { kExactly, kAtLeast, kAtMost, kAbout };
enum class Gathering { kLast, kSum, kMean };  // how the years' actuals are held against the final target

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

// The indicator itself (sub is empty) or one of its sub-indicators.
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
  bool primary = false;       // of a measure; a sheet says it of the indicator
  bool operator==(const Line&) const = default;
};

}  // namespace musubi::kpi
