// Published sheets of other organisations, as their reports tell them, beside one's own. Pure functions.
//
// What joins two indicators of different organisations is a lasting id that both state, or that one states the place of the other,
// never a name. An id that is a place on the organisation's own sheets means that place: two organisations may name their sheets
// alike. Within an organisation its indicators are joined as sheet_years.h has it, and come in together. What others state changes
// nothing in how the own indicators are joined among themselves.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kpi/marks.h"
#include "kpi/report.h"
#include "kpi/sheet_export.h"
#include "kpi/sheet_years.h"

namespace musubi::kpi {

struct OtherSheet {
  std::string organisation;
  Text title;         // of the organisation
  SharedSheet state;  // as far as it is told; without parts and publication
  Text step;          // of the judgement; empty where there is none
  std::vector<ToldMarks> marks;
};
// By organisation, each one's newest first. `own`: an organisation is no other one to itself.
std::vector<OtherSheet> other_sheets(std::vector<Report> reports, std::string_view own);

// Adds to each of them those of others that are the same indicator.
void join_others(std::vector<SameIndicator>& own, const std::vector<OtherSheet>& others);

struct Outcome {
  std::optional<Mark> official, computed;
  bool year_missed = false;
  std::string_view result() const { return result_word(official ? official : computed); }
};
Outcome outcome_of(const Placed& one);             // of an own one by the rules of its sheet, of another's as that one tells it
SheetFigures figures_of(const OtherSheet& sheet);  // as it tells them

}  // namespace musubi::kpi
