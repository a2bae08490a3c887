// Reports of figures that other organisations send: read or refused with both languages; what is read can be computed with, alone
// and together, by every indicator of the binary, written as it was kept, and held against the own sheets.
#include <cstdint>

#include "base/check.h"
#include "base/json.h"
#include "kpi/disclosure.h"
#include "kpi/report.h"
#include "kpi/sheet_organisations.h"
#include "kpi/sheet_pack.h"

namespace {

using namespace musubi;

const std::vector<kpi::SharedSheet>& own_sheets() {
  static const std::vector<kpi::SharedSheet> all = [] {
    std::vector<kpi::SharedSheet> out;
    for (const auto& sheet : kpi::embedded_sheets()) {
      auto state = std::make_shared<kpi::SheetState>();
      state->sheet = sheet;
      out.push_back(std::move(state));
    }
    return out;
  }();
  return all;
}

void check_sheets(const kpi::Report& report) {
  for (const auto& sheet : report.sheets) {
    json::value again = json::object{{"sheets", json::array{kpi::to_json(sheet)}}};
    std::vector<Fault> faults;
    ObjectReader reader(again, "", faults);
    const auto read = kpi::read_reported_sheets(reader, faults);
    kpi::ReportedSheet told = sheet;
    if (!told.sheet.header.judgement) told.step.reset();  // of a scale that was passed over: words that are shown, never told on
    CHECK(faults.empty() && read.size() == 1 && read[0] == told);
  }
  kpi::Report aoba = report, minato = report;
  aoba.organisation = "aoba";
  minato.organisation = "minato";
  const auto others = kpi::other_sheets({aoba, minato}, "nation");
  auto all = kpi::same_indicators(own_sheets(), 1);
  const std::size_t groups = all.size();
  kpi::join_others(all, others);
  CHECK(all.size() == groups);
  for (const auto& group : all)
    for (const auto& one : group) {
      (void)kpi::differences(*group[0].indicator, *one.indicator);
      CHECK(!kpi::outcome_of(one).result().empty());
    }
  for (const auto& one : others) CHECK(kpi::figures_of(one).indicators == one.marks.size());
}

// Members are found in the text of what is kept as they are in its tree, and words that it says are erased go from it.
void check_kept(const json::value& value, const kpi::Report& report) {
  const std::string text = canonical_json(value);
  for (auto member : {"at", "erased", "plans", "salt", "sheets"}) {
    const json::value* found = value.get_object().if_contains(member);
    CHECK(kpi::member_text(text, member) == (found ? canonical_json(*found) : ""));
  }
  const kpi::ErasedWords erased(kpi::new_erasures(nullptr, report));
  const std::string without = erased.without(text, Time{INT64_MIN});
  CHECK(parse_json(without, JsonLimits{1 << 24, kpi::kReportDepth}).ok() && erased.without(without, Time{INT64_MIN}) == without);
  CHECK(kpi::new_erasures(&report, report).empty());
}

// Whatever stands in its place: earlier programs tell none.
void check_salt(const json::value& value, const kpi::Report& report) {
  json::object other = value.get_object();
  if (other.erase("salt") == 0) other["salt"] = "q83vEjRWeJCrze8SNFZ4kA==";
  const auto read = kpi::read_report(other);
  CHECK(read.ok() && read->cells.size() == report.cells.size() && read->plans == report.plans && read->sheets == report.sheets);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto value = parse_json({reinterpret_cast<const char*>(data), size});
  if (!value.ok()) return 0;
  const auto report = kpi::read_report(*value);
  if (!report.ok()) {
    for (const auto& fault : report.error().faults) CHECK(!fault.message.ja.empty() && !fault.message.en.empty());
    return 0;
  }
  CHECK(parse_json(canonical_json(*value), JsonLimits{1 << 24, kpi::kReportDepth}).ok());
  check_sheets(*report);
  check_kept(*value, *report);
  check_salt(*value, *report);
  for (const auto& indicator : kpi::embedded_indicators()) {
    const kpi::Pools pools = kpi::pools_of(indicator, report->cells, {report->first, report->at});
    kpi::Together together(indicator);
    for (int town = 0; town < 2; ++town) CHECK(together.add(pools).months.size() <= pools.months.size());
    (void)together.computed();
  }
  return 0;
}
