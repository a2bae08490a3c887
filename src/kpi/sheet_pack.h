// Reads packs of kind "sheet", strictly: every fault of shape and of sense, in one pass, in both languages.
#pragma once

#include <string_view>
#include <vector>

#include "kpi/pack.h"
#include "kpi/sheet.h"

namespace musubi::kpi {

// Errors: json.* where the text is no JSON; pack.faults with every fault and its JSON pointer; json.too_large.
Result<Sheet> read_sheet(std::string_view text);
PackCheck check_sheet_pack(std::string_view text);  // the same faults with their lines

// The value of the member "kind" of a pack; empty where the text is no JSON or says none.
std::string pack_kind(std::string_view text);

// The sheets of packs/ that are part of the binary.
const std::vector<Sheet>& embedded_sheets();

}  // namespace musubi::kpi
