// A programme that serves a policy, and its money, as a sheet prints them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "kpi/plan_measure.h"

namespace musubi::kpi {

enum class AmountKind { kInitial, kSupplementary, kCarryOver, kTotal, kExecuted, kRequest };

struct Amount {
  int fiscal_year = 0;
  AmountKind kind = AmountKind::kInitial;
  std::int64_t amount = 0;  // in the unit of the sheet
  bool operator==(const Amount&) const = default;
};

// A law that a policy or programme rests on.
struct Law {
  Text title;
  std::string id;  // of e-Gov's law search: "503AC0000000035"; "" where none is stated
  bool operator==(const Law&) const = default;
};

struct Programme {
  std::string number;
  Text title;
  std::optional<int> start_year;
  std::vector<Amount> amounts;
  std::vector<std::string> indicators;        // numbers it serves; none = the sheet prints a dash
  std::map<int, std::string> review_numbers;  // of the administrative review, by its fiscal year
  std::optional<Text> outcome, activity, contribution;
  std::optional<Text> doubt;
  Text locator;
  std::optional<Text> owner = {};  // post that answers for it
  std::vector<Law> laws = {};
  std::vector<PlanMeasure> measures = {};  // that it carries out
  bool operator==(const Programme&) const = default;
};

}  // namespace musubi::kpi
