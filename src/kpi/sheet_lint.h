// What speaks against waving a sheet through: asked before its review, answered in words or set right. Pure functions. None
// of it is proof; each remark says what was seen and what to do.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kpi/sheet.h"

namespace musubi::kpi {

struct Remark {
  std::string rule;   // "target_is_mean", stable
  std::string where;  // "indicators/3/lines/0/final": as PartKey and cell, "" = the sheet
  Text message;
  bool officers_only = false;  // of what is not public yet: it stands in no record that becomes public
  std::int64_t since = -1;     // the newest record elsewhere that it is about; -1: of the sheet itself
  bool operator==(const Remark&) const = default;
};

struct OpenFindings {  // of the follow-up of a measure
  PlanMeasure measure;
  std::size_t count = 0, published = 0;  // published: how many of them the public knows
  std::int64_t newest = -1;              // record of the newest
};

// `previous`: the sheet of the same policy before this one, or nullptr. Rules:
//   target_is_mean          a target equals the mean of the figures before it
//   text_copied             a text stands word for word (or nearly) in the sheet before, or under another indicator
//   output_as_outcome       what is done is named as what came of it
//   only_survey             a survey is the only outcome of a goal
//   baseline_missing        figures without a baseline
//   finding_not_followed    a miss without a why, without a fate, or gone from this sheet without one; a measure that the sheet
//                           evaluates or carries out with findings of its follow-up that nobody closed
//   sums_differ             printed sums that do not reconcile; more executed than there was
//   typed_not_computed      a figure of a row that an indicator computes was typed, and nobody says why
//   mark_missing            due, and neither marked nor with an actual
//   mark_unexplained        the official mark is not what the figures say, and nobody says why
//   judgement_unexplained   the judgement is not what the rules say, and nobody says why; or there is none
std::vector<Remark> lint(const Sheet& sheet, const Sheet* previous = nullptr, const std::vector<OpenFindings>& open = {});

// Whether one sheet goes on where the other ended: the same policy by name (nearly), or an indicator of the same lasting id.
bool same_policy(const Sheet& a, const Sheet& b);

// 0 to 1: shared pairs of letters (Dice), after normalisation.
double likeness(std::string_view a, std::string_view b);

}  // namespace musubi::kpi
