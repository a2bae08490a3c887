#include "kpi/sheet_pack.h"

#include "embedded/sheet_packs.h"
#include "kpi/json.h"
#include "kpi/sheet_json.h"
#include "kpi/sheet_rules.h"
#include "kpi/with_rules.h"

namespace musubi::kpi {

Result<Sheet> read_sheet(std::string_view text) {
  auto value = TRY(parse_json(text, JsonLimits{kMaxPackBytes, 32}));
  std::vector<Fault> faults;
  Sheet sheet = read_sheet_document(value, faults);
  faults = with_rules(std::move(faults), faults_of(sheet));
  if (faults.empty()) return sheet;
  std::string count = std::to_string(faults.size()) + (faults.size() >= kMaxFaults ? "+" : "");
  if (faults.size() > kMaxFaults) faults.resize(kMaxFaults);
  return Error{Code::kInvalid,
               "pack.faults",
               {"評価書・事前分析表のパックに誤りが " + count + " 件あります。すべて直してから、もう一度読み込んでください。",
                "The pack of the sheet has " + count + " fault(s). Correct them all and import it again."},
               std::move(faults)};
}

PackCheck check_sheet_pack(std::string_view text) {
  auto sheet = read_sheet(text);
  return sheet.ok() ? PackCheck{} : locate_faults(text, sheet.error());
}

std::string pack_kind(std::string_view text) {
  auto value = parse_json(text, JsonLimits{kMaxPackBytes, 32});
  if (!value.ok() || !value->is_object()) return {};
  const json::value* kind = value->get_object().if_contains("kind");
  return kind && kind->is_string() ? std::string(kind->get_string()) : std::string();
}

const std::vector<Sheet>& embedded_sheets() {
  static const std::vector<Sheet> sheets = [] {
    std::vector<Sheet> out;
    for (const auto& file : embedded::sheet_packs()) {
      auto sheet = read_sheet(file.bytes);
      CHECK(sheet.ok());  // part of the binary, and a test reads each
      out.push_back(std::move(sheet).value());
    }
    return out;
  }();
  return sheets;
}

}  // namespace musubi::kpi
