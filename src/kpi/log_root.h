// The tree of the log at a size that it once had: what figures, which stand on its first records, can be held against.
#pragma once

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "crypto/hash.h"
#include "db/database.h"

namespace musubi::kpi {

// None where no checkpoint covers that size yet. Not inside a read of the same database.
Result<std::optional<crypto::Digest>> root_at(db::Database& database, std::uint64_t size);

}  // namespace musubi::kpi
