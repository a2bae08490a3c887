// A plan read from plain text, as it comes out of a PDF: sections with their article of law, numbered measures with titles,
// lines of KPI for progress and effect, labels of fields in the margin. Lines are wrapped, headers and page numbers stand
// between them, digits may be of full width. Says of every line what it was taken for, and what is to be looked at.
//
// What it makes is a draft of a plan pack: texts are Japanese in both languages (the report says so), and what could not be
// known stands in `doubt` of its measure. Nothing is guessed silently.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "kpi/plan.h"

namespace musubi::kpi {

inline constexpr std::size_t kPlanTextBytes = 8 << 20, kPlanTextLines = 200'000, kPlanTextLineBytes = 16 << 10, kPlanTextFaults = 1000;

enum class LineKind {
  kBlank,
  kBefore,  // before the first section: not part of what is imported
  kSection,
  kHeading,  // between section and measures
  kMeasure,  // number and title
  kTitle,    // title continued
  kBody,     // what the measure does
  kProgress,
  kEffect,
  kKpi,     // KPI continued
  kField,   // label in the margin
  kHeader,  // repeated at the head or foot of a page
  kPage,    // its number
  kFootnote,
  kUnknown,  // not understood
};
std::string_view kind_name(LineKind kind);  // "measure"
Text kind_title(LineKind kind);

struct TextLine {
  LineKind kind = LineKind::kUnknown;
  std::string measure;  // to which it belongs; "" = none
  std::string words = {};
};

struct TextRun {                    // lines of one kind and measure that follow each other, blank ones aside
  std::size_t first = 0, last = 0;  // from 1
  LineKind kind = LineKind::kUnknown;
  std::string measure, words;  // words: the first kRunLetters of all lines
};
inline constexpr std::size_t kRunLetters = 60;

struct TextRemark {      // something a person should look at
  std::size_t line = 0;  // from 1
  std::string measure;
  Text message;
};

struct PlanText {
  PlanDocument document;
  std::vector<TextLine> lines;      // one a line of the text
  std::vector<TextRemark> remarks;  // by line; at most kPlanTextFaults
  std::size_t more = 0;             // remarks beyond
  std::map<LineKind, std::size_t> counts;
};

struct PlanTextHead {  // what the text does not say of itself
  std::string id = "imported.plan";
  std::string date = "1970-01-01";  // of the edition
  std::string title = "取り込んだ計画", publisher = "不明";
};

std::vector<Fault> faults_of(const PlanTextHead& head);  // at "id", "title", "date"
// Errors, all faults at once, with those of the head: plan_text.unreadable (too large, too many or too long lines, not UTF-8, control
// characters), plan_text.no_measures (says how a measure is recognised), plan_text.bad_head.
Result<PlanText> read_plan_text(std::string_view text, const PlanTextHead& head = {});

std::vector<TextRun> runs_of(const PlanText& text);  // what each line that is not blank was taken for

json::object plan_text_report(const PlanText& text);

}  // namespace musubi::kpi
