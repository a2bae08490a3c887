// What is decided about sheets as such: pure functions on structs. What their figures say is in marks.h.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "kpi/rules.h"
#include "kpi/sheet.h"

namespace musubi::kpi {

// Contradictions and missing things, as JSON pointers into the pack ("/indicators/3/lines/0"). Empty = may be kept.
std::vector<Fault> faults_of(const Sheet& sheet);

bool valid_law_id(std::string_view id);           // of e-Gov's law search: "503AC0000000035"
bool valid_part_number(std::string_view number);  // "1", "18", "2a": what stands in a URL and a stream

// Lasting ids of indicators: "japan.soumu.online-use". While none is stated, an indicator can be named by its place: the sheet that
// it stood on first, and its number there, "japan.soumu.31-10.indicator-3".
bool valid_indicator_id(std::string_view id);
std::string place_id(std::string_view sheet, std::string_view number);

// A sheet is kept in parts, each with its own stream and revisions.
enum class PartKind { kHeader, kIndicator, kProgramme };
std::string_view part_word(PartKind kind);  // "header", "indicator", "programme"
std::optional<PartKind> part_from(std::string_view word);

struct PartKey {
  PartKind kind = PartKind::kHeader;
  std::string number;  // "" for the header
  bool operator==(const PartKey&) const = default;
};
struct PartBase {  // a part as something was made from it
  PartKey key;
  std::int64_t revision = 0;
  std::string digest;
  bool operator==(const PartBase&) const = default;
};
bool operator<(const PartKey& a, const PartKey& b);  // header, indicators, programmes; "10" after "9"

using Parts = std::map<PartKey, json::object>;
Parts parts_of(const Sheet& sheet);
// Errors: sheet.damaged (Code::kCorrupt) where a part cannot be read, or the header is not among them.
Result<Sheet> sheet_of(const Parts& parts);
std::string part_digest(const json::object& part);
std::string edition_of(const std::map<PartKey, std::string>& digest_by_part);
std::string edition_of(const Sheet& sheet);

// Every fiscal year that a target or an actual of the sheet is of, in order.
std::vector<int> years_of(const Sheet& sheet);

// Printed totals beside sums: of the three kinds of a year's budget, and of the programmes.
struct SumCheck {
  int fiscal_year = 0;
  AmountKind kind = AmountKind::kTotal;
  std::int64_t printed = 0, computed = 0;
  bool of_programmes = false;  // else a + b + c of the sheet's own budget
  bool reconciles() const { return printed == computed; }
};
std::vector<SumCheck> check_sums(const Sheet& sheet);

}  // namespace musubi::kpi
