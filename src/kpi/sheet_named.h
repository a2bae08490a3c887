// Which sheets name a measure of a plan (kpi_sheet_measure): so that the page of a measure reads those alone, however many there are.
// Every act that writes parts takes over what they name. Sheets whose parts were not looked at yet, as after an upgrade, are read, too.
// Private to kpi.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "db/transaction.h"
#include "evidence/verify.h"

namespace musubi::kpi {

// Ids of sheets that name it, or did in some revision; also some that do not.
Result<std::vector<std::string>> sheets_naming(db::Reader& reader, std::string_view plan, std::string_view number);
// Takes over what parts name that were written since the last call. Crash: as the act it belongs to.
Result<void> take_over_named(db::Transaction& tx);

Result<std::vector<evidence::Finding>> verify_named(db::Reader& reader);
Result<void> rebuild_named(db::Transaction& tx);

}  // namespace musubi::kpi
