// Where an actual came from that nobody typed: an indicator computed it out of the first records of the log, or of what others had
// reported by the end of a day, and can do so again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"

namespace musubi::kpi {

// The reports that stood at the end of a day.
struct OfReports {
  std::int64_t organisations = 0;  // that report the indicator by this definition
  std::int64_t of = 0;             // that had reported anything
  std::string digest;              // SHA-256 over all `of` reports (docs/formats/packs.md)
  bool operator==(const OfReports&) const = default;
};

struct Origin {
  std::string indicator;                   // its id
  std::string definition;                  // SHA-256 of the definition by which it was computed
  std::string period;                      // "2025", "2025-Q1"
  std::int64_t n = 0;                      // records that the figure counts
  std::uint64_t records = 0;               // the first so many of the log were looked at
  Time at;                                 // what had not ended is counted until then; of reports the last microsecond of their day
  std::optional<OfReports> reported = {};  // it was summed of what others reported
  bool operator==(const Origin&) const = default;
};

json::object to_json(const Origin& origin);
// Shape only; whether it computes again is asked of the log (taken.h).
Origin read_origin(const json::value& value, std::string pointer, std::vector<Fault>& faults);

}  // namespace musubi::kpi
