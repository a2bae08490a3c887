// Reads a pack of kind "plan", strictly: every fault of shape and of sense, in one pass, in both languages.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kpi/plan.h"

namespace musubi::kpi {

// Errors: json.* where the text is no JSON; pack.faults with every fault and its JSON pointer; json.too_large.
Result<PlanDocument> read_plan(std::string_view text);

struct PackFault {
  std::size_t line = 1;
  std::string pointer;  // "" where the text is no JSON
  Text message;
};

struct PackCheck {
  std::vector<PackFault> faults;  // by line; at most kShownFaults
  std::size_t total = 0;
  bool clean() const { return total == 0; }
};

inline constexpr std::size_t kShownFaults = 100;

// The same faults with their lines. Cost: one parse and one walk over the text, however many faults there are.
PackCheck check_pack(std::string_view text);
PackCheck locate_faults(std::string_view text, const Error& error);  // of a pack's reader or import on that text

// Line (from 1) of each pointer in a text that parse_json accepts. A pointer that leads nowhere has the line of
// the nearest container around it: that is where a missing member would stand.
std::vector<std::size_t> lines_of(std::string_view text, const std::vector<std::string>& pointers);

// The plans of packs/ that are part of the binary.
const std::vector<PlanDocument>& embedded_plans();

}  // namespace musubi::kpi
