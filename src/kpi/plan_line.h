// Single lines of a plan's text, and what stands in them: numbers of sections and measures, KPI lines, dates, targets. Pure.
// Digits, letters, brackets and hyphens may be of full or half width.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kpi/plan.h"

namespace musubi::kpi {

struct SectionLine {
  std::string id, title, law;  // "1", "…", article or ""
  bool open = false;           // the bracket with the article does not end on this line
};
struct MeasureLine {
  std::string section, number;  // "1", "1-2"
  std::string title;
};
struct KpiLine {
  bool effect = false;
  std::string text;
};

std::optional<SectionLine> section_line(std::string_view line);  // "II－（１）題名【…第10条関係】"
std::optional<MeasureLine> measure_line(std::string_view line);  // "○[No.１－２] 題名"
std::optional<KpiLine> kpi_line(std::string_view line);          // "KPI（進捗）：…"
std::optional<int> footnote_line(std::string_view line);         // "147 …": its number
bool page_line(std::string_view line);                           // "113", "- 12 -"
bool bullet_line(std::string_view line);                         // "・…"
bool heading_line(std::string_view line);                        // "__…__", "（２）…", "＜…＞"

// The fields that plans under the Basic Act use, in their order, each with the forms in which its label is printed.
struct FieldLabel {
  PlanField field;
  std::string_view printed;  // without spaces; a label of two lines is joined
  std::string_view first;    // first of two lines; "" = one line
};
const std::vector<FieldLabel>& field_labels();

struct TextDate {
  std::size_t begin = 0, end = 0;  // in the text
  std::string when;                // as Milestone::by
  int fiscal_year = 0;             // in which it lies
};
std::vector<TextDate> dates_in(std::string_view text);  // era and western years, 元年, 度, months, days

// "未設定（令和元年度中に検討）" is not set, with that time; "－" and "" are none; all else is set. Text and due are Japanese in
// both languages.
Kpi read_kpi(std::string_view text);
// What is to be reached by when, from both KPI: a value where there is one plain number with a unit.
std::optional<Target> read_target(const Kpi& progress, const Kpi& effect);

std::string join_wrapped(std::string_view before, std::string_view line);  // a space only between letters or digits of ASCII

}  // namespace musubi::kpi
