// What a sheet was read with beside what it says.
#pragma once

#include <memory>

namespace musubi::kpi {

struct Scale;
// The organisation's own scale that a sheet was read with (scales.h); no part of what the sheet says.
struct Ruled {
  std::shared_ptr<const Scale> scale;
  bool operator==(const Ruled&) const { return true; }
};

}  // namespace musubi::kpi
