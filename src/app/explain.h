// What each error means, why it happens and what to do: for `musubi explain` and /problems/{name}.
#pragma once

#include <span>
#include <string_view>

#include "base/result.h"

namespace musubi::app {

struct Explanation {
  std::string_view name;  // "db.locked"; a name that ends in '.' stands for all that begin so
  std::string_view ja, en;
};

std::span<const Explanation> explanations();  // sorted by name
// The most specific one, or nullptr.
const Explanation* explain(std::string_view name);

}  // namespace musubi::app
