// A pack of permits never crashes the parser; every fault has both languages; what is accepted has no row without law and purpose.
#include <cstdint>

#include "base/check.h"
#include "exchange/member.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace musubi;
  const auto permits = exchange::read_permits({reinterpret_cast<const char*>(data), size});
  if (!permits.ok()) {
    for (const auto& fault : permits.error().faults) CHECK(!fault.message.ja.empty() && !fault.message.en.empty());
    return 0;
  }
  CHECK(permits->size() <= exchange::kPermitsAtMost);
  for (const auto& permit : *permits) {
    CHECK(!permit.id.empty() && !permit.items.empty());
    CHECK(!permit.purpose.ja.empty() && !permit.legal_basis.ja.empty());
    CHECK(!permit.until || !(*permit.until < permit.from));
  }
  return 0;
}
