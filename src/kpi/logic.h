// The logic model of a sheet, as its pack has it: activities lead to outputs, and those to outcomes, each link with its reason.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace musubi::kpi {

enum class Stage { kActivity, kOutput, kShort, kMid, kLong };

// `qualitative`: of an outcome, why no figure measures it.
struct LogicNode {
  std::string id;
  Stage stage = Stage::kActivity;
  Text title;
  std::vector<std::string> indicators;
  std::optional<Text> qualitative = {};
  bool operator==(const LogicNode&) const = default;
};
struct LogicLink {
  std::string from, to;
  Text reason;
  bool operator==(const LogicLink&) const = default;
};

}  // namespace musubi::kpi
