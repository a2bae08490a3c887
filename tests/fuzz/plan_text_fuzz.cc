// The text of a plan never crashes its reader; what it makes of it is a plan with which something can be kept: no number twice,
// every line of the text has a kind, and remarks are of lines that are there.
#include <algorithm>
#include <cstdint>
#include <set>

#include "base/check.h"
#include "kpi/plan_text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace musubi;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto read = kpi::read_plan_text(text);
  if (!read.ok()) {
    for (const auto& fault : read.error().faults) CHECK(!fault.message.ja.empty() && !fault.message.en.empty());
    return 0;
  }
  CHECK(read->lines.size() <= std::size_t(std::count(text.begin(), text.end(), '\n')) + 1);
  std::set<std::string> numbers;
  for (const auto& measure : read->document.measures) {
    CHECK(numbers.insert(measure.number).second);
    CHECK(!measure.title.ja.empty() && !measure.field.empty());
  }
  for (const auto& remark : read->remarks) CHECK(remark.line >= 1 && remark.line <= std::max<std::size_t>(1, read->lines.size()));
  static_cast<void>(kpi::plan_text_report(*read));
  return 0;
}
