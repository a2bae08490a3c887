// A pack of procedures never crashes the parser; every fault has both languages and a line of the text; what is accepted can be
// guided through without an answer.
#include <algorithm>
#include <cstdint>

#include "base/check.h"
#include "procedures/guide.h"
#include "procedures/pack.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace musubi;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto lines = std::size_t(std::count(text.begin(), text.end(), '\n')) + 1;
  static_cast<void>(procedures::Condition::parse(text).ok());
  const auto pack = procedures::read_pack(text);
  const auto faults = procedures::check_pack(text);
  CHECK(pack.ok() == faults.empty());
  for (const auto& fault : faults) {
    CHECK(fault.line >= 1 && fault.line <= lines);
    CHECK(!fault.message.ja.empty() && !fault.message.en.empty());
  }
  if (!pack.ok()) return 0;
  for (const auto& event : pack->events) procedures::guide(*pack, event, {}, {}, {{2026, 11, 21}, {}});
  return 0;
}
