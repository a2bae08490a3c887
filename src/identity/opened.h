// What lets somebody in, bound to the record that opened it (table identity_opened). A link or session counts only with the row that
// its record put: one that was added to the working tables behind the program's back opens nothing, and `musubi verify` names it.
// Private to the module.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "db/transaction.h"
#include "evidence/verify.h"

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
Result<void> remove_all_opened(db::Transaction& tx);
Result<void> sweep_opened(db::Transaction& tx, Time now);  // what is past use whatever it was used for

// A record opened exactly this, and nothing on record ended it.
Result<bool> is_opened(db::Reader& reader, const Opening& opening);

// Links and sessions that no record opened.
Result<std::vector<evidence::Finding>> verify_opened(db::Reader& reader);

}  // namespace musubi::identity
