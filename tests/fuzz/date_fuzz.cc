// read_date never crashes; what it accepts is a real day, and the same day when its own forms are read again.
#include <cstdint>

#include "base/check.h"
#include "text/dates.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace musubi::text;
  const auto date = read_date({reinterpret_cast<const char*>(data), size});
  if (!date.ok()) {
    CHECK(!date.error().message.ja.empty() && !date.error().message.en.empty());
    return 0;
  }
  CHECK(is_valid(*date));
  CHECK(read_date(iso_date(*date)).value() == *date);
  if (const auto era = era_date(*date); !era.empty()) CHECK(read_date(era).value() == *date);
  return 0;
}
