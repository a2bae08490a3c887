// A pack of a sheet never crashes the parser; every fault has both languages and a line of the text; what is accepted
// survives writing, reading and parting, is the same edition, and its marks, sums and judgement can be computed.
#include <algorithm>
#include <cstdint>

#include "base/check.h"
#include "kpi/judgement.h"
#include "kpi/sheet_json.h"
#include "kpi/sheet_pack.h"
#include "kpi/sheet_rules.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace musubi;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto lines = std::size_t(std::count(text.begin(), text.end(), '\n')) + 1;
  const auto sheet = kpi::read_sheet(text);
  const auto check = kpi::check_sheet_pack(text);
  CHECK(sheet.ok() == check.clean());
  for (const auto& fault : check.faults) {
    CHECK(fault.line >= 1 && fault.line <= lines);
    CHECK(!fault.message.ja.empty() && !fault.message.en.empty());
  }
  (void)kpi::read_scale(text);
  if (!sheet.ok()) return 0;
  CHECK(kpi::faults_of(*sheet).empty());
  const auto again = kpi::read_sheet(canonical_json(kpi::pack_of(*sheet)));
  CHECK(again.ok() && *again == *sheet);
  CHECK(kpi::edition_of(*again) == kpi::edition_of(*sheet));
  CHECK(kpi::sheet_of(kpi::parts_of(*sheet)).ok());
  (void)kpi::disagreements(*sheet);
  (void)kpi::check_sums(*sheet);
  for (const auto& scale : kpi::embedded_scales()) (void)kpi::draft_judgement(*sheet, scale);
  return 0;
}
