// A measure of a plan as sheets and indicators name it.
#pragma once

#include <string>

namespace musubi::kpi {

// A measure of a plan, of this organisation or another's.
struct PlanMeasure {
  std::string plan, number;
  bool operator==(const PlanMeasure&) const = default;
};

}  // namespace musubi::kpi
