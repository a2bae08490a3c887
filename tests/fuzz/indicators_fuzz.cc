// A pack of indicators never crashes the parser; every fault has a place and both languages; what is accepted comes back from its
// own JSON as the same formula.
#include <cstdint>

#include "base/check.h"
#include "kpi/indicator.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace musubi;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)kpi::is_indicator_pack(text);
  (void)kpi::read_indicator_text(text);
  const auto pack = kpi::read_indicators(text);
  if (!pack.ok()) {
    for (const auto& fault : pack.error().faults) CHECK(!fault.message.ja.empty() && !fault.message.en.empty());
    return 0;
  }
  CHECK(pack->indicators.size() <= kpi::kMaxIndicators);
  for (const auto& indicator : pack->indicators) {
    const auto again = kpi::read_indicator_text(json::serialize(kpi::to_json(indicator)));
    CHECK(again.ok() && again->id == indicator.id && again->formula.id() == indicator.formula.id());
  }
  return 0;
}
