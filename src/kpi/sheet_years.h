// The same indicator on several sheets, and what makes two of them comparable. Numbers change from sheet to sheet. Indicators are one
// where they state the same lasting id, or where one states the place of the other (place_id of sheet_rules.h): that joins them
// whatever they are called and whoever publishes the sheet. One that states no id is joined by its name among the sheets of one
// publisher, unless those of that name have more than one id. One that states its own place is another than those of its name.
// Pure functions over sheets that one view shows. Those of other organisations come in by sheet_organisations.h.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "kpi/sheets.h"

namespace musubi::kpi {

struct OtherSheet;

struct Placed {  // an indicator on its sheet
  SharedSheet state;
  const SheetIndicator* indicator = nullptr;    // of that sheet
  bool by_name = true;                          // joined by its name alone, among those of its organisation
  const OtherSheet* other = nullptr;            // where it is another organisation's
  std::vector<const SheetIndicator*> one_with;  // another's: the own ones that it is joined with by an id or a place
};
using SameIndicator = std::vector<Placed>;  // by fiscal year, oldest first; of a year the own ones first

// Of at least `least` sheets.
std::vector<SameIndicator> same_indicators(const std::vector<SharedSheet>& sheets, std::size_t least);
// That of this sheet's indicator with all its likes; empty where there is no such indicator.
SameIndicator likes_of(const std::vector<SharedSheet>& sheets, std::string_view sheet, std::string_view number);
// The id that one of them states, else the place of the oldest: what an indicator states in order to be one with them.
std::string id_of(const SameIndicator& all);

enum class Differs { kRows, kUnit, kKind, kNature, kDirection, kGathering };
inline constexpr std::array<std::string_view, 6> kDiffers = {"rows", "unit", "kind", "nature", "direction", "gathering"};
// Whether nothing but a name says that they are one. `own`: of the organisation itself.
bool joined_by_name(const Placed& own, const Placed& one);
// What of the definition is another one; nothing: they can be compared.
std::vector<Differs> differences(const SheetIndicator& one, const SheetIndicator& other);

}  // namespace musubi::kpi
