// Reports of figures that other organisations send: read or refused with both languages; what is read can be computed with, alone
// and together, by every indicator of the binary.
#include <cstdint>

#include "base/check.h"
#include "base/json.h"
#include "kpi/report.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace musubi;
  const auto value = parse_json({reinterpret_cast<const char*>(data), size});
  if (!value.ok()) return 0;
  const auto report = kpi::read_report(*value);
  if (!report.ok()) {
    for (const auto& fault : report.error().faults) CHECK(!fault.message.ja.empty() && !fault.message.en.empty());
    return 0;
  }
  for (const auto& indicator : kpi::embedded_indicators()) {
    CHECK(kpi::compute_each(indicator, {*report, *report}).size() == 2);
    (void)kpi::compute_together(indicator, {*report, *report});
  }
  return 0;
}
