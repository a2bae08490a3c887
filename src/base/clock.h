// Time as microseconds since 1970-01-01T00:00:00Z, and the one place it comes from. Only tests and the making of demo
// towns use another clock than SystemClock.
#pragma once

#include <atomic>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace musubi {

struct Time {
  std::int64_t us = 0;
  auto operator<=>(const Time&) const = default;

  std::string rfc3339() const;  // "2019-06-14T03:04:05.678901Z", always UTC, always six digits
};

// Reads RFC 3339 with any offset and 0 to 6 digits of fraction. Errors: time.malformed.
Result<Time> parse_rfc3339(std::string_view text);

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() = 0;
};

class SystemClock final : public Clock {
 public:
  Time now() override;
};

// Thread-safe; moves only when told.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Time start) : us_(start.us) {}
  Time now() override { return Time{us_.load()}; }
  void advance_us(std::int64_t us) { us_ += us; }
  void set(Time t) { us_ = t.us; }

 private:
  std::atomic<std::int64_t> us_;
};

}  // namespace musubi
