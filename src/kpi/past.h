// What a pass over heads sees, and what it asks of the time before its first head.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "kpi/indicator.h"

namespace musubi::kpi {

struct SeenHead {
  std::uint64_t index = 0, counter = 0;  // in the log; in its stream
  std::string_view stream, type, head;
  Time at;
};

struct OpenPair {
  std::int64_t since_us = 0;
  std::string part;
  bool operator==(const OpenPair&) const = default;
};

// What happened before the first head of a pass.
class Past {
 public:
  virtual ~Past() = default;
  virtual Result<std::optional<OpenPair>> open_pair(const std::string& formula, std::string_view stream) = 0;
  // Whether the stream holds a record that meets this start before `counter`.
  virtual Result<bool> began_before(const Series& series, std::string_view stream, std::uint64_t counter) = 0;
};

}  // namespace musubi::kpi
