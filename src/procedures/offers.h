// What an organisation has on offer on line, on record: so that "procedures offered on line" is a figure of the log and not of
// today's settings.
#pragma once

#include <string_view>
#include <vector>

#include "base/clock.h"
#include "db/database.h"
#include "procedures/pack.h"

namespace musubi::procedures {

// Procedures of the binary's packs that an organisation of this kind receives from people; none that the system starts.
std::vector<const Procedure*> procedures_for(std::string_view kind);

// Enters what changed since it was entered last: `procedures.published` {procedure, version, online} for each that is new here, open
// again, or has another version; `procedures.closed` {procedure, version} for each that is gone. Rows and records are one
// transaction; where nothing changed nothing is written. Returns how many records were appended.
Result<std::size_t> enter_offers(db::Database& database, const std::vector<const Procedure*>& open, Time now);

}  // namespace musubi::procedures
