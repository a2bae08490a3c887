// Log: the Merkle log of one organisation (RFC 9162 2.1 over SHA-256), its signed checkpoints (C2SP tlog-checkpoint,
// signed-note), receipts (tlog-proof) and tiles (tlog-tiles). It listens to every commit of the organisation's
// database, so change, record and leaf are one transaction.
//
// Threads: the CommitListener side runs on the writer, but for durable, which signs. checkpoint, receipt, consistency and tiles
// may be called from any thread: they read an immutable View that is swapped when a commit is durable. Crash: nothing signed is ever ahead of what is
// durable; on opening, the tree is loaded and the current size is signed again (Ed25519 is deterministic: the
// same note). A tree that is shorter than the newest kept checkpoint or does not lead to its root is never signed: the log
// then refuses to write (evidence.damaged), everything else stays readable, and `musubi verify` says what is wrong.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "crypto/note.h"
#include "db/database.h"
#include "evidence/merkle.h"
#include "evidence/record.h"

namespace musubi::evidence {

// The keys of one log: Ed25519 signers, the newest first. Given by the wiring, which knows where keys live.
struct LogKeys {
  std::vector<std::shared_ptr<crypto::NoteSigner>> signers;
  bool restoring = false;  // the log's active keys may be missing: open_log is about to bring new ones
};

struct Checkpoint {
  std::string origin;
  std::uint64_t size = 0;
  crypto::Digest root{};

  std::string body() const;  // origin, size, base64 root; a line each
};
// Strict: no leading zeros, canonical base64, final newline; extension lines are kept out of the result. Error:
// checkpoint.malformed.
Result<Checkpoint> parse_checkpoint(std::string_view note_text);

// The origin that the database holds; none before the log was opened.
Result<std::optional<std::string>> stored_origin(db::Reader& reader);

class Log final : public db::CommitListener {
 public:
  struct View;  // view.h

  // Loads the tree. An organisation without records gets its origin and keys with `open_log` in its first write. Errors:
  // evidence.key_missing, those of the statements; a damaged log loads, see above.
  static Result<std::unique_ptr<Log>> load(db::Database& database, db::Reader& reader, LogKeys keys, Clock& clock);
  ~Log() override;

  static Log& of(db::Transaction& tx);
  static Log& of(db::Database& database);

  std::string origin() const;  // empty before the log is opened
  Time now() { return clock_.now(); }
  std::string checkpoint() const;  // the newest signed note; empty before the log is opened
  std::uint64_t size() const;      // leaves that the newest checkpoint covers

  // tlog-proof for a committed leaf, against the newest checkpoint; `extra` carries the leaf's entry. Error:
  // evidence.not_yet (index beyond the checkpoint).
  Result<std::string> receipt(std::uint64_t index);
  // RFC 9162 2.1.4 between two sizes of this log. Error: evidence.bad_range.
  Result<std::vector<crypto::Digest>> consistency(std::uint64_t from, std::uint64_t to);
  // tlog-tiles: hashes of tile (level, n), `width` 1..256 of them; and entries. Error: evidence.no_tile.
  Result<std::string> tile(int level, std::uint64_t n, int width);
  Result<std::string> entries(std::uint64_t n, int width);

  // First record of a new log, or of one that goes on after a restore (previous_*).
  struct Origin {
    std::string origin;
    std::optional<Checkpoint> previous;
    // With `previous`: signers named after the new origin; they replace all keys of the old one.
    std::vector<std::shared_ptr<crypto::NoteSigner>> signers;
  };
  // Errors: evidence.bad_origin (also when a signer bears another name), evidence.already_open (without `previous`, or
  // under the name it has), evidence.key_missing, evidence.previous_differs (the log has another root at that size).
  Result<Appended> open_log(db::Transaction& tx, const Origin& origin, std::string_view actor);

  // Origin, size and root of the committed tree as it stands, unsigned: what goes into `previous` after a restore. Inside a
  // write. Errors: evidence.damaged.
  Result<Checkpoint> tree(db::Transaction& tx);

  // Announces a further signer, which signs from this record's checkpoint on; the old one signs on until retired. Errors:
  // evidence.bad_origin (it bears another name), evidence.key_known. Of retire_key: evidence.unknown_key, evidence.last_key.
  Result<Appended> announce_key(db::Transaction& tx, std::shared_ptr<crypto::NoteSigner> signer, std::string_view actor);
  Result<Appended> retire_key(db::Transaction& tx, std::string_view key_id, std::string_view actor);

  // Keeps the newest checkpoint (called once a second by the publisher, and on closing). True when there was one to keep.
  Result<bool> keep_checkpoint();
  Result<void> keep_stamp(std::uint64_t size, std::string_view token, Time at);

  // CommitListener
  Result<void> batch_began(db::Transaction& tx) override;
  void closure_began() override;
  std::string row_put(const db::Table& table, std::span<const db::Value> values) override;
  void row_removed(const db::Table& table, std::span<const db::Value> key) override;
  Result<void> closure_ended(db::Transaction& tx) override;
  void closure_undone() override;
  db::LeafRange appended() const override;
  Result<void> before_commit(db::Transaction& tx) override;
  std::unique_ptr<State> committed() override;
  void rolled_back() override;
  void durable(State& state) override;

 private:
  friend Result<Appended> append(db::Transaction& tx, Draft draft);
  struct Pending;

  Log(db::Database& database, LogKeys keys, Clock& clock);
  Result<void> reload(db::Reader& reader);
  Result<void> check_kept(db::Reader& reader);
  Result<void> check_previous(db::Transaction& tx, const Checkpoint& previous);
  Result<std::size_t> drop_inactive_signers(db::Reader& reader);
  std::shared_ptr<View> edge_view() const;
  Result<Appended> append_record(db::Transaction& tx, Draft draft);
  Result<std::uint64_t> next_counter(db::Transaction& tx, const std::string& stream);
  Result<json::array> put_keys(db::Transaction& tx, const std::vector<std::shared_ptr<crypto::NoteSigner>>& signers);
  struct Unsigned;
  std::unique_ptr<Unsigned> unsigned_view() const;
  void publish(Unsigned& next);
  std::shared_ptr<const View> view() const;

  db::Database& database_;
  Clock& clock_;
  std::string origin_;                                        // written by the writer under view_mutex_
  std::vector<std::shared_ptr<crypto::NoteSigner>> signers_;  // writer only
  std::unique_ptr<Pending> pending_;                          // writer only: the state of the open batch
  mutable std::mutex view_mutex_;
  std::shared_ptr<const View> view_;
  std::atomic<std::uint64_t> kept_size_{0};
};

}  // namespace musubi::evidence
