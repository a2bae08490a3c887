// What an erasure leaves of a text. Private to kpi.
#pragma once

#include "base/result.h"

namespace musubi::kpi {

inline bool erased(const Text& text) { return text == Text{"（消去済み）", "(erased)"}; }

}  // namespace musubi::kpi
