// What lets somebody in, bound to the record that opened it (table identity_opened). A link or session counts only with the row that
// its record put: one that was added to the working tables behind the program's back opens nothing, and `musubi verify` names it.
// Private to the module.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "db/transaction.h"

namespace musubi::identity {

enum class Opened { kLink, kSession, kResidentSession };

struct Opening {
  Opened kind;
  std::string digest;  // SHA-256 of the token, 32 bytes
  std::string holder;  // code of the officer or resident
  Time at;             // a link: when it runs out; a session: when it began

  std::string id() const;
};

// These change evidenced rows: before the append of the record that says so.
Result<void> put_opened(db::Transaction& tx, const Opening& opening);
Result<void> remove_opened(db::Transaction& tx, Opened kind, std::string_view digest);
Result<std::size_t> remove_any_opened(db::Transaction& tx);  // some hundred at most; how many
// Links that ran out a week ago and sessions that ended by time, some hundred of them, with their working rows.
Result<void> sweep_opened(db::Transaction& tx, Time now);

// A record opened exactly this, and nothing on record ended it.
Result<bool> is_opened(db::Reader& reader, const Opening& opening);

}  // namespace musubi::identity
