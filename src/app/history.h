// What may be done with an organisation's log, by what is left of it and of its keys, and the way out where nothing may.
#pragma once

#include <optional>
#include <string>

#include "app/config.h"
#include "base/result.h"
#include "db/transaction.h"

namespace musubi::app {

// Keys in use have signed a history: nobody may begin a second one with them under the same name.
enum class History { kGoesOn, kBegins, kLost };

struct Left {
  std::optional<std::string> origin;  // in the database, as the records
  bool records = false;
  bool keys_in_use = false;
};

// The origin and the first record are written in one transaction.
inline History history_of(const Left& left) {
  if (left.origin.has_value() != left.records) return History::kLost;
  if (left.records) return History::kGoesOn;
  return left.keys_in_use ? History::kLost : History::kBegins;
}

// Errors: those of the statements. Records that cannot be read are there: a damaged log opens, and refuses to write.
Result<Left> what_is_left(db::Reader& reader, const std::string& keys_folder);

// What a restore finds in its way, and how to move it: "move DATA/minato/musubi.db (with its -wal and -shm) elsewhere".
Text set_aside(const Config& config, const std::string& organisation);

// Errors of History::kLost, and of a database that is gone while its keys are in use: what happened, and both ways out.
Error no_log_left(const Config& config, const std::string& organisation);       // org.keys_without_log
Error no_database_left(const Config& config, const std::string& organisation);  // org.keys_without_database
// `musubi restore` over an organisation that is there.
Error restores_over(const Config& config, const std::string& organisation);  // org.exists

}  // namespace musubi::app
