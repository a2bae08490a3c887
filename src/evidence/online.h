// `musubi verify --online`: holds a served log against itself from outside, with nothing but its public files: checkpoint,
// keys, entry bundles and tiles (C2SP tlog-tiles). Works on anybody's log of that format whose entries are hashed as RFC
// 9162 2.1 has it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "crypto/note.h"
#include "evidence/log.h"
#include "evidence/verify.h"

namespace musubi::evidence {

// Fetches PREFIX/`path`, e.g. "checkpoint", "tile/0/000", "tile/entries/000.p/17".
using Fetch = std::function<Result<std::string>(const std::string& path)>;

// A key of the data, as of the numbers of the records that announced and retired it.
struct DataKey {
  std::string verifier_key;
  std::uint64_t announced = 0;         // 0 where the log was opened with it: every server has it
  std::uint64_t retired = UINT64_MAX;  // good for logs up to this size
};

struct OnlineOptions {
  // Empty: those of `keys` that are good for what is served; without `keys` those that the log itself serves (said in the report).
  std::vector<crypto::NoteVerifier> trusted;
  std::string previous_note;                 // a checkpoint of the same log held from earlier: must be a prefix
  std::string origin;                        // of the data that the log must be of; empty: any
  std::optional<std::vector<DataKey>> keys;  // of the data, which the log must serve as far as it goes; none: any
  // The tree of the data at this many leaves, or at all it has where these are fewer: what is served must have the same.
  std::function<Result<Checkpoint>(std::uint64_t size)> data;
};

// What a server of this data must agree with: its keys, origin, newest kept checkpoint and tree. `database` outlives the options.
Result<OnlineOptions> against_data(db::Database& database);

struct OnlineReport {
  std::string origin;
  std::uint64_t size = 0;
  std::string root;         // base64
  std::uint64_t tiles = 0;  // fetched and compared
  bool keys_from_log = false;
  std::string note;  // the checkpoint, to be kept for next time
  std::vector<Finding> findings;
  bool clean() const { return findings.empty(); }
};

// Every entry is fetched and hashed: time and traffic grow with the log (65 bytes an entry), memory does not. Errors:
// those of `fetch`, crypto.note_*, checkpoint.malformed.
Result<OnlineReport> verify_online(const Fetch& fetch, const OnlineOptions& options);

}  // namespace musubi::evidence
