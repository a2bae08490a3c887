// What an organisation's own definition no longer shows to the public, though it says that it counts no acts of persons: another revision
// of its id says that it does, or was erased, or it was withdrawn since. Asked of all revisions there are, also when a past day is
// counted: what officers corrected is not to be had by asking as of the day before.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "db/transaction.h"
#include "kpi/indicator.h"

namespace musubi::kpi {

// Digests (definition_digest) of those of them. Of a definition that several revisions have the newest of these counts.
Result<std::set<std::string>> hidden_since(db::Reader& reader, const std::vector<Indicator>& indicators);
// The same of one of which only id and digest are known: it may have been erased.
Result<bool> hidden_since(db::Reader& reader, const std::string& indicator, const std::string& digest);
// Whether the JSON of a part of a sheet or of a follow-up holds a figure that was taken by such a definition.
Result<bool> tells_hidden(db::Reader& reader, const std::string& content);

}  // namespace musubi::kpi
