// Faults of one part from two sources, told at once. Private to kpi.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace musubi::kpi {

std::string parent_of(const std::string& pointer);  // "/a/0" of "/a/0/b"; "" of "/a"

// Beside what could not be read what the rules say: nothing of the same places, around or within them, where there is nothing to
// judge, and nothing twice.
std::vector<Fault> with_rules(std::vector<Fault> unread, std::vector<Fault> ruled);

}  // namespace musubi::kpi
