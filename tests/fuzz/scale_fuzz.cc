// A scale of judgement never crashes the parser; what is accepted judges a sheet without a step that it has not.
#include <cstdint>

#include "base/check.h"
#include "kpi/judgement.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace musubi;
  const auto scale = kpi::read_scale({reinterpret_cast<const char*>(data), size});
  if (!scale.ok()) {
    for (const auto& fault : scale.error().faults) CHECK(!fault.message.ja.empty() && !fault.message.en.empty());
    return 0;
  }
  for (const auto& rule : scale->rules) CHECK(scale->step(rule.step) != nullptr);
  kpi::Sheet sheet;
  for (auto mark : {kpi::Mark::kReached, kpi::Mark::kNear, kpi::Mark::kFar}) {
    sheet.indicators.emplace_back();
    sheet.indicators.back().mark = mark;
    sheet.indicators.back().lines.emplace_back();
    sheet.indicators.back().primary = mark == kpi::Mark::kReached;
    if (const auto drafted = kpi::draft_judgement(sheet, *scale)) CHECK(scale->step(drafted->step) != nullptr);
  }
  return 0;
}
