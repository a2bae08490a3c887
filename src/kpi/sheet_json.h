// Structs of sheets to their wire form and back. What canonical_json makes of these values is what is hashed, stored and
// recorded: a change here is a new version of the record types.
#pragma once

#include <array>
#include <string_view>

#include "base/json.h"
#include "kpi/sheet.h"

namespace musubi::kpi {

// Words of the wire form, in the order of each enum.
inline constexpr std::array<std::string_view, 2> kForms = {"evaluation", "pre_analysis"};
inline constexpr std::array<std::string_view, 8> kIndicatorKinds = {"progress",      "activity",    "output",       "outcome",
                                                                    "outcome_short", "outcome_mid", "outcome_long", "effect"};
inline constexpr std::array<std::string_view, 3> kNatures = {"numeric", "milestone", "qualitative"};
inline constexpr std::array<std::string_view, 3> kDirections = {"up", "down", "keep"};
inline constexpr std::array<std::string_view, 4> kBounds = {"exactly", "at_least", "at_most", "about"};
inline constexpr std::array<std::string_view, 3> kGatherings = {"last", "sum", "mean"};
inline constexpr std::array<std::string_view, 4> kMarks = {"reached", "near", "far", "not_due"};
inline constexpr std::array<std::string_view, 5> kFates = {"kept", "dropped_reached", "moved_to_programme", "dropped_not_settable",
                                                           "replaced"};
inline constexpr std::array<std::string_view, 6> kAmountKinds = {"initial", "supplementary", "carry_over",
                                                                 "total",   "executed",      "request"};
inline constexpr std::array<std::string_view, 5> kStages = {"activity", "output", "short", "mid", "long"};

template <class E, std::size_t N>
std::string_view word_of(const std::array<std::string_view, N>& words, E value) {
  return words[std::size_t(value)];
}
template <class E, std::size_t N>
std::optional<E> from_word(const std::array<std::string_view, N>& words, std::string_view word) {
  for (std::size_t i = 0; i < N; ++i)
    if (words[i] == word) return E(i);
  return std::nullopt;
}
std::string_view mark_sign(Mark mark);  // イ ロ ハ －

json::object to_json(const SheetValue& value);
json::object to_json(const YearValues& year);
json::object to_json(const Line& line);
json::object to_json(const SheetIndicator& indicator);
json::object to_json(const Programme& programme);
json::object to_json(const SheetHeader& header);
json::object pack_of(const Sheet& sheet);

// Shape only, every fault with its pointer; what the values mean is judged by faults_of.
YearValues read_year_values(const json::value& value, std::string pointer, std::vector<Fault>& faults);
Line read_line(const json::value& value, std::string pointer, std::vector<Fault>& faults, bool of_measure = false);
SheetIndicator read_sheet_indicator(const json::value& value, std::string pointer, std::vector<Fault>& faults);
Programme read_programme(const json::value& value, std::string pointer, std::vector<Fault>& faults);
SheetHeader read_sheet_header(const json::value& value, std::vector<Fault>& faults);
Sheet read_sheet_document(const json::value& value, std::vector<Fault>& faults);

inline constexpr std::size_t kMaxSheetIndicators = 500, kMaxProgrammes = 1000, kMaxLines = 50, kMaxYears = 60, kMaxIndicatorId = 160;
inline constexpr std::int64_t kMaxAmount = 1'000'000'000'000'000;

}  // namespace musubi::kpi
