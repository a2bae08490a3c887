// What is wrong with rows of figures although their shape is right, and which rows a measure has. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kpi/line.h"
#include "kpi/plan.h"

namespace musubi::kpi {

void check_text(const Text& both, const std::string& where, std::vector<Fault>& faults);  // some words, no control characters
void check_year(int year, const std::string& where, std::vector<Fault>& faults);
void check_origin(const Line& line, int year, const YearValues& values, const std::string& where, std::vector<Fault>& faults);
void check_lines(const std::vector<Line>& lines, const std::string& where, std::vector<Fault>& faults);
// Those of a KPI of a measure: its kinds, units, titles, years; nothing computed, which follow-ups say.
void check_kpi_lines(const Kpi& kpi, bool effect, const std::string& where, std::vector<Fault>& faults);

bool has_target(const Line& line);  // a final one, or one of any year; "not yet set" is none

// A row of a measure. `key` names it in follow-ups: "progress", "effect.2a".
struct KpiRow {
  std::string key;
  bool effect = false;
  const Line* line = nullptr;
};
std::vector<KpiRow> rows_of(const Measure& measure);
const Line* row_of(const Measure& measure, std::string_view key);

}  // namespace musubi::kpi
