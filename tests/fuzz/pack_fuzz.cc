// A pack of a plan never crashes the parser; every fault has both languages and a line of the text; what is accepted has no
// fault, survives writing and reading again, and is the same edition.
#include <algorithm>
#include <cstdint>

#include "base/check.h"
#include "kpi/json.h"
#include "kpi/pack.h"
#include "kpi/rules.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace musubi;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto lines = std::size_t(std::count(text.begin(), text.end(), '\n')) + 1;
  const auto plan = kpi::read_plan(text);
  const auto check = kpi::check_pack(text);
  CHECK(plan.ok() == check.clean());
  CHECK(check.faults.size() == std::min(check.total, kpi::kShownFaults));
  for (const auto& fault : check.faults) {
    CHECK(fault.line >= 1 && fault.line <= lines);
    CHECK(!fault.message.ja.empty() && !fault.message.en.empty());
  }
  if (!plan.ok()) return 0;
  CHECK(kpi::faults_of(*plan).empty());
  CHECK(kpi::unusable_of(*plan).empty());
  const auto again = kpi::read_plan(canonical_json(kpi::pack_of(*plan)));
  CHECK(again.ok() && *again == *plan);
  CHECK(kpi::edition_of(*again) == kpi::edition_of(*plan));
  return 0;
}
