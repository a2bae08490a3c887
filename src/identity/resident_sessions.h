// Sessions of residents. Private to the module: others use access.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/transaction.h"
#include "identity/access.h"

namespace musubi::identity {

// Opens a session and leaves the record identity.resident_signed_in; returns the cookie's token.
Result<std::string> open_resident_session(db::Transaction& tx, std::string_view code, Time now);
Result<std::optional<ResidentSession>> find_resident_session(db::Reader& reader, std::string_view token, Time now);
Result<std::vector<ResidentSession>> resident_sessions_of(db::Reader& reader, std::string_view code, Time now);
Result<void> touch_resident_session(db::Transaction& tx, const ResidentSession& session, Time now);
// Ends the session of that handle, all of them where it is empty; a record each. Returns how many.
Result<std::size_t> end_resident_sessions(db::Transaction& tx, std::string_view code, std::string_view handle);

}  // namespace musubi::identity
