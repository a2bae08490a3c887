// The overall judgement as a rule table that is data: packs of kind "scale" hold the steps, when they apply, how near is
// near, and rules of which the first that holds decides. Grounds are drafted from the rule that fired; an officer decides.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "kpi/marks.h"
#include "kpi/sheet.h"

namespace musubi::kpi {

struct ScaleStep {
  std::string id;
  Text title;
  bool operator==(const ScaleStep&) const = default;
};

// Every condition that is given must hold. Indicators that are not due count in none of them.
struct JudgementRule {
  std::string step;
  std::optional<Mark> every, every_primary;  // at least: near allows reached and near. Without a primary one, all count
  bool primary_exceeded = false;             // every primary one with figures went far beyond
  bool primary_worse = false;                // some primary one is worse than its baseline
  Text ground;
  bool operator==(const JudgementRule&) const = default;
};

struct Scale {
  std::string id;  // "japan.five-steps"
  Text title, source;
  std::optional<int> first_year, last_year;  // fiscal years of sheets
  MarkRules marks;
  std::vector<ScaleStep> steps;
  std::vector<JudgementRule> rules;  // none: nothing is drafted
  std::int64_t revision = 0;         // 0: part of the binary
  const ScaleStep* step(std::string_view id) const;
};

// Errors: as read_sheet.
Result<Scale> read_scale(std::string_view text);
const std::vector<Scale>& embedded_scales();
const Scale* find_scale(std::string_view id);
json::object pack_of(const Scale& scale);
// The one that the sheet names, else the one of its fiscal year; of the organisation's own those that it was read with.
const Scale* scale_of(const Sheet& sheet);
MarkRules mark_rules(const Sheet& sheet);    // those of that scale, for the form of the sheet
const Scale* judged_by(const Sheet& sheet);  // the one that its judgement names; nothing where there is none
bool covers(const Scale& scale, int fiscal_year);

struct MarkCounts {
  std::array<std::size_t, 4> by_mark{};  // by Mark
  std::size_t unmarked = 0;
  std::size_t total() const;
  std::size_t of(Mark mark) const { return by_mark[std::size_t(mark)]; }
};
MarkCounts count_marks(const Sheet& sheet, const MarkRules& rules);

struct DraftedJudgement {
  std::string step;
  std::size_t rule = 0;  // its place in the scale
  Text grounds;
};
// Nothing where the scale has no rules, or no indicator is due.
std::optional<DraftedJudgement> draft_judgement(const Sheet& sheet, const Scale& scale);

}  // namespace musubi::kpi
