// What an organisation's own definition no longer shows to the public, though it says that it counts no acts of persons: another revision
// of its id says that it does, or was erased, or it was withdrawn since. Asked of all revisions there are, also when a past day is
// counted: what officers corrected is not to be had by asking as of the day before.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "db/transaction.h"
#include "kpi/indicator.h"

namespace musubi::kpi {

// Digests (definition_digest) of those of them. Of a definition that several revisions have the newest of these counts.
Result<std::set<std::string>> hidden_since(db::Reader& reader, const std::vector<Indicator>& indicators);

// The same of those of which only id and digest are known: they may have been erased. Lives as long as one snapshot and reads the
// revisions of an id once.
class HiddenSince {
 public:
  explicit HiddenSince(db::Reader& reader) : reader_(reader) {}
  Result<bool> hides(const std::string& indicator, const std::string& digest);

 private:
  db::Reader& reader_;
  std::map<std::string, std::set<std::string>> hidden_;  // digests, by id
};

// A revision of a part of a sheet, or of what was said in a follow-up.
struct ToldRevision {
  std::int64_t record = 0;
  bool shown = false;  // stood in some publication
  std::string content;
};
// What the public may not see of revisions, which every public read of content that may be superseded asks: records of those that
// tell a figure which officers hid since it was taken and which no revision that was `shown` tells.
Result<std::set<std::int64_t>> withheld(HiddenSince& hidden, const std::vector<ToldRevision>& revisions);

}  // namespace musubi::kpi
