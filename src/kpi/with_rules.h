// Faults of one part from two sources, told at once. Private to kpi.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "base/result.h"

namespace musubi::kpi {

// Beside what could not be read what the rules say: nothing of the same places, which hold nothing to judge, and nothing twice.
inline std::vector<Fault> with_rules(std::vector<Fault> unread, std::vector<Fault> ruled) {
  const std::vector<Fault> before = unread;
  for (auto& one : ruled) {
    auto same_place = [&](const Fault& other) { return other.where == one.where; };
    if (std::none_of(before.begin(), before.end(), same_place) && std::find(unread.begin(), unread.end(), one) == unread.end())
      unread.push_back(std::move(one));
  }
  return unread;
}

}  // namespace musubi::kpi
