#include "kpi/availability.h"

#include <algorithm>

#include "evidence/record.h"
#include "kpi/cells.h"
#include "kpi/report.h"

namespace musubi::kpi {
namespace {

constexpr std::string_view kReader = "kpi.interruptions";  // its position: end of the newest one entered, in microseconds

const evidence::RecordType& interrupted_type() {
  const auto& all = report_record_types();
  const auto found = std::find_if(all.begin(), all.end(), [](const auto& type) { return type.name == "kpi.service_interrupted"; });
  CHECK(found != all.end());
  return *found;
}

Result<std::size_t> enter(db::Transaction& tx, Time from, Time until) {
  std::size_t made = 0;
  while (from < until) {
    Time end = std::min(until, month_start(month_of(from) + 1));
    TRY(evidence::append(tx, {interrupted_type(),
                              "kpi/availability",
                              "service",
                              {},
                              {{"ms", (end.us - from.us) / 1000}, {"month", month_name(month_of(from))}}}));
    from = end;
    ++made;
  }
  return made;
}

}  // namespace

Result<std::size_t> enter_interruptions(db::Database& database, std::span<const Interruption> interruptions) {
  if (interruptions.empty()) return 0;
  Time newest = interruptions.back().until;
  auto done = TRY(database.read([](db::Reader& reader) { return evidence::cursor(reader, kReader); }));
  if (std::int64_t(done) >= newest.us) return 0;
  return database.write([&](db::Transaction& tx) -> Result<std::size_t> {
    std::int64_t position = std::int64_t(TRY(evidence::cursor(tx, kReader)));
    auto first = TRY(evidence::read_heads(tx, 0, 1));
    std::size_t made = 0;
    for (const auto& one : interruptions) {
      if (one.until.us <= position || first.empty()) continue;
      made += TRY(enter(tx, std::max({one.from, first[0].at, Time{position}}), one.until));
    }
    TRY(evidence::move_cursor(tx, kReader, std::uint64_t(newest.us)));
    return made;
  });
}

}  // namespace musubi::kpi
