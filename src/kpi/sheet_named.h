// Which sheets name a measure of a plan (kpi_sheet_measure): so that the page of a measure reads those alone, however many there are.
// Every act that writes parts takes over what they name, unless many parts are there from before it, as after an upgrade: those are taken
// over in steps (catch_up_named), and until then such sheets are read, too.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "db/database.h"
#include "evidence/verify.h"

namespace musubi::kpi {

inline constexpr std::size_t kNamedStep = 500;  // revisions of parts

// Ids of sheets that name it, or did in some revision; also some that do not.
Result<std::vector<std::string>> sheets_naming(db::Reader& reader, std::string_view plan, std::string_view number);
// Takes over what the next parts name, at most `most` revisions of them. True: there is more.
Result<bool> take_over_named(db::Transaction& tx, std::size_t most);
// For an act that wrote so many: all that lies behind, or nothing where that is more than a step before them. Crash: as the act it
// belongs to.
Result<void> take_over_written(db::Transaction& tx, std::size_t written);
// What a running server does for each organisation, until there is no more (true: there is). A write of its own.
Result<bool> catch_up_named(db::Database& database, std::size_t most = kNamedStep);

Result<std::vector<evidence::Finding>> verify_named(db::Reader& reader);
Result<void> rebuild_named(db::Transaction& tx);

}  // namespace musubi::kpi
