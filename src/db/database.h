// One organisation's data: an SQLite file or a PostgreSQL schema behind the same interface.
//
// Threads: any thread calls read and write. Writes of one organisation queue; a writer thread of the Store drains the
// queue, runs each closure in one transaction and commits; when the commit is durable the listener is told and the callers
// are woken, under load by another thread while the writer is at the next batch. Crash: before the commit none of the batch
// exists; after it all of it does, or none where the machine stopped before the sync. Callers of write, and of read, are
// answered only when what they did or saw is durable. After a failed commit or sync the database refuses writes
// (db.refusing) until it is opened again.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "db/transaction.h"
#include "db/written.h"

namespace musubi::db {

class Database {
 public:
  virtual ~Database() = default;

  // Runs `closure(Transaction&) -> Result<T>` and returns its result once the commit is durable. On an error of the
  // closure nothing of it remains. Blocks. Errors besides the closure's: db.busy (queue of 4,096 full: Code::kUnavailable),
  // db.refusing (Code::kUnavailable), db.failed, db.full. What it appended to the log is told to the thread's Written.
  template <class F>
  auto write(F&& closure) -> std::invoke_result_t<F, Transaction&> {
    using R = std::invoke_result_t<F, Transaction&>;
    std::optional<R> result;
    LeafRange leaves;
    auto done = write_erased([&](Transaction& tx) -> Result<void> {
      result.emplace(closure(tx));
      if (!result->ok()) return result->error();
      if (const auto* log = tx.listener()) leaves = log->appended();
      return {};
    });
    if (!done.ok()) return std::move(done).error();
    if (auto* written = Written::of_this_thread(); written && leaves.count > 0) written->add({organisation(), leaves});
    return std::move(*result);
  }

  // Runs `closure(Reader&) -> Result<T>` on one consistent snapshot; returns when all it may have seen is durable. Errors: db.failed.
  template <class F>
  auto read(F&& closure) -> std::invoke_result_t<F, Reader&> {
    using R = std::invoke_result_t<F, Reader&>;
    std::optional<R> result;
    auto done = read_erased([&](Reader& reader) -> Result<void> {
      result.emplace(closure(reader));
      return {};
    });
    if (!done.ok()) return std::move(done).error();
    return std::move(*result);
  }

  virtual const std::string& organisation() const = 0;
  virtual CommitListener* listener() = 0;
  virtual const Schema& schema() const = 0;
  virtual bool refusing() const = 0;  // a commit or sync failed: read-only until reopened

  // Copies the committed state, while writes go on, into a new SQLite file at `path` (on both back ends, so that a
  // backup of one restores into the other). Errors: file exists, db.failed, db.full; a partial file is removed.
  virtual Result<void> backup_to(const std::string& path) = 0;

  // After an erasure: makes sure that deleted bytes are gone from the files Musubi controls: full-text indexes
  // optimised, deleted pages zeroed, WAL truncated (SQLite); `tables` rewritten (PostgreSQL).
  virtual Result<void> scrub(std::span<const std::string> tables) = 0;

 private:
  virtual Result<void> write_erased(std::function<Result<void>(Transaction&)> closure) = 0;
  virtual Result<void> read_erased(std::function<Result<void>(Reader&)> closure) = 0;
};

}  // namespace musubi::db
