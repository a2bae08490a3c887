// The sheet of the year after one that was published, as a draft to begin with: what stays true is carried over, what was said of
// the year before is not. Pure functions but for leave_out_withdrawn.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "db/transaction.h"
#include "kpi/sheet.h"

namespace musubi::kpi {

struct LeftOut {
  std::string number;  // of the indicator; empty where it is of a programme
  Text title, why;
};

struct NextYear {
  Sheet sheet;
  std::vector<LeftOut> left_out;             // indicators whose fate was another than to be kept; names of what was withdrawn
  std::vector<std::string> without_targets;  // numbers: the last year with a target is over
};

// Carried: the header's names, goals, money and logic model; indicators with lasting ids (the place on this sheet where none was
// stated), targets, actuals up to this sheet's year; programmes with their review numbers. Not: marks, reasons, fates, judgement,
// stance, and what goals and header say of the year.
NextYear next_year(const Sheet& published, std::string id, SheetForm form);
// A published sheet may name what was withdrawn since, and a new one may not: such measures of plans, indicators that compute rows
// (also those of another unit by now) and origins whose definition is gone are taken out of the draft and listed. Actuals stay.
Result<void> leave_out_withdrawn(db::Reader& reader, NextYear& next);
// "aoba.sheet-2023" -> "aoba.sheet-2024"; where the year does not stand in it, it is put at its end.
std::string next_id(const SheetHeader& published);

}  // namespace musubi::kpi
