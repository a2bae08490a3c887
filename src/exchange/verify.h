// For `musubi verify`: the outbox, held against the acts that queued what waits in it.
#pragma once

#include <string_view>
#include <vector>

#include "evidence/verify.h"

namespace musubi::exchange {

Result<std::vector<evidence::Finding>> verify_outbox(db::Reader& reader);

// What waits since before digests were kept is not sent until somebody answers for it: takes it for queued, with a record. How many.
Result<std::size_t> seal_outbox(db::Transaction& tx, std::string_view actor);

}  // namespace musubi::exchange
