// Checkpoints that were kept in the database, and their stamps.
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "db/transaction.h"

namespace musubi::evidence {

struct KeptCheckpoint {
  std::uint64_t size = 0;
  std::string note;                  // the whole signed note
  std::optional<std::string> stamp;  // RFC 3161 token over the SHA-256 of the note
};

Result<std::optional<KeptCheckpoint>> newest_checkpoint(db::Reader& reader);
Result<std::optional<KeptCheckpoint>> newest_stamped(db::Reader& reader);
Result<std::optional<KeptCheckpoint>> kept_checkpoint(db::Reader& reader, std::uint64_t size);
Result<std::optional<Time>> last_stamped_at(db::Reader& reader);

}  // namespace musubi::evidence
