// A small town with an evidence log: what tests, fault runs, interop dumps and benchmarks of the log share. No gtest here.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "crypto/note.h"
#include "db/store.h"
#include "evidence/log.h"
#include "evidence/record.h"

namespace musubi::testing {

inline constexpr const char* kTownOrigin = "example.jp/town/1";

// The evidence module's tables and the town's: town_act (evidenced; text key, text, integer, real, blob) and town_note (working).
db::Schema town_schema();

// Made at `path` the first time, loaded later. Stops the process on an error.
std::shared_ptr<crypto::NoteSigner> town_signer(const std::string& path, const std::string& name = kTownOrigin);

// Sets schema and make_listener; `signers` and `clock` must outlive the store.
void add_town_log(db::StoreOptions& options, const evidence::LogKeys& keys, Clock& clock);

// Opens the organisation `town`, made and with its log opened on first use. Errors: those of the store.
Result<std::shared_ptr<db::Database>> open_town(db::Store& store, const std::string& id = "town",
                                                const std::string& origin = kTownOrigin);

// One act: the row `id`, and its record (head with a fact, body with `text`). An empty text: no body.
Result<evidence::Appended> act(db::Transaction& tx, const std::string& id, const std::string& text,
                               const std::string& stream = "town/acts");
// A record alone, without rows or body: the cheapest leaf.
Result<evidence::Appended> leaf(db::Transaction& tx, const std::string& stream = "town/leaves");

// The verifier keys that the log itself publishes.
std::vector<crypto::NoteVerifier> published_keys(db::Database& database);

}  // namespace musubi::testing
