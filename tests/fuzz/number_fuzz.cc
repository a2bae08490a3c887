// Numbers and fiscal years as people type them: never a crash; what is read, written plainly, reads the same.
#include <cstdint>

#include "base/check.h"
#include "text/dates.h"
#include "text/numbers.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace musubi::text;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto number = read_number(text); number.ok()) {
    const auto again = read_number(number->decimal + number->scale);
    CHECK(again.ok() && again->decimal == number->decimal && again->value == number->value && again->factor == number->factor);
  } else {
    CHECK(!number.error().message.ja.empty() && !number.error().message.en.empty());
  }
  if (const auto year = read_fiscal_year(text); year.ok()) CHECK(read_fiscal_year(fiscal_year_name(*year).en).value() == *year);
  return 0;
}
