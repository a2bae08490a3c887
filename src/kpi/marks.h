// Marks computed from targets and actuals: イ reached, ロ not reached but near, ハ far, － not due yet. Pure functions. The
// official mark stands beside the computed one and is never replaced by it: where they differ, both are shown with the why.
// What is in words only cannot be computed and says so. There is no clock: whether a year is over is told by its actual.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kpi/sheet.h"

namespace musubi::kpi {

struct MarkRules {
  double near = 0.8;           // a miss is near from this share of the target on
  double about = 0.05;         // "about N" is reached also this share short of it
  double exceeded = 1.2;       // far beyond the target from this share on
  bool from_baseline = false;  // shares count the way from the baseline instead of the whole
  // Of a sheet that only follows its years (pre-analysis): a target is due once the actual of its own year is there, and final. An
  // evaluation judges by what it has, also where that is provisional or of the latest year known.
  bool monitored = false;
  bool operator==(const MarkRules&) const = default;
};

// An actual held against a target. `share` 1 = just reached; nothing where it cannot be said (a target of 0).
struct Reach {
  bool reached = false;
  std::optional<double> share;
};
Reach reach(double actual, const SheetValue& target, const Line& line, const MarkRules& rules);
bool lower_is_better(const Line& line, Bound bound);

struct LineMark {
  std::string sub;
  std::optional<Mark> mark;  // nothing: in words, or without a final target
  bool in_words = false;     // there is a final target, but no figures to hold against it
  bool exceeded = false, worse_than_baseline = false;
  std::optional<double> actual;  // what was held against the final target
  Text why;
};

struct ComputedMark {
  std::optional<Mark> mark;
  bool words_left = false;  // some rows are in words: the mark says what the figures say
  bool exceeded = false, worse_than_baseline = false;
  std::vector<LineMark> lines;
  Text why;
};
// `fiscal_year`: the year that the sheet is of; later targets are not due. A target of a year without an actual is not due where
// the years are only followed (`MarkRules::monitored`), and cannot be computed else: figures of other years are not held against it,
// but for a sum of years that reaches it already.
ComputedMark compute_mark(const SheetIndicator& indicator, int fiscal_year, const MarkRules& rules = {});

// Official where there is one, else computed.
std::optional<Mark> mark_of(const SheetIndicator& indicator, int fiscal_year, const MarkRules& rules = {});

// What a mark of above means: "reached", "missed", "not_due", "no_mark". One of these holds for each indicator.
std::string_view result_word(std::optional<Mark> mark);

// A year's target that was not reached, of figures only.
struct MissedYear {
  std::string sub;
  int fiscal_year = 0;
  double target = 0, actual = 0;
  bool operator==(const MissedYear&) const = default;
};
std::vector<MissedYear> missed_years(const SheetIndicator& indicator, int fiscal_year, const MarkRules& rules = {});

bool has_target(const SheetIndicator& indicator);  // a final target, or one of any year; "not yet set" is none
// Missed: marked ロ or ハ, officially or by the figures where there is no official mark. Never at once with reached or not due;
// that a year's target was missed on the way is told by `missed_years`.
bool is_missed(const SheetIndicator& indicator, int fiscal_year, const MarkRules& rules = {});

enum class DisagreementKind {
  kMark,        // the official mark is not what the figures say
  kYearMissed,  // a year's target was missed under a mark of reached or not due
  kProse,       // the prose of the sheet says another thing than the mark, or than the figures where there is no mark
};
std::string_view disagreement_word(DisagreementKind kind);  // "mark", "year_missed", "prose"

struct Disagreement {
  std::string indicator;
  DisagreementKind kind = DisagreementKind::kMark;
  std::optional<Mark> official, computed;
  Text why;
};
std::vector<Disagreement> disagreements(const SheetIndicator& indicator, int fiscal_year, const MarkRules& rules = {});
std::vector<Disagreement> disagreements(const Sheet& sheet, const MarkRules& rules = {});

std::string number_text(double value);  // "97.4", "1046"

}  // namespace musubi::kpi
