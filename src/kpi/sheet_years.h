// The same indicator on several sheets, and what makes two of that name comparable. Numbers change from sheet to sheet, so that
// indicators are joined by their name among the sheets of one publisher. Pure functions over sheets that one view shows.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "kpi/sheets.h"

namespace musubi::kpi {

struct Placed {  // an indicator on its sheet
  SharedSheet state;
  const SheetIndicator* indicator = nullptr;  // of that sheet
};
using SameIndicator = std::vector<Placed>;  // by fiscal year, oldest first

// By name; of at least `least` sheets.
std::vector<SameIndicator> same_indicators(const std::vector<SharedSheet>& sheets, std::size_t least);
// That of this sheet's indicator with all its likes; empty where there is no such indicator.
SameIndicator likes_of(const std::vector<SharedSheet>& sheets, std::string_view sheet, std::string_view number);

enum class Differs { kRows, kUnit, kKind, kNature, kDirection, kGathering };
inline constexpr std::array<std::string_view, 6> kDiffers = {"rows", "unit", "kind", "nature", "direction", "gathering"};
// What of the definition is another one; nothing: they can be compared.
std::vector<Differs> differences(const SheetIndicator& one, const SheetIndicator& other);

}  // namespace musubi::kpi
