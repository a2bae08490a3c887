// One organisation in an SQLite file. One writer connection (a writer thread at a time), up to N reader connections
// opened when first needed, one connection for checkpoints. All of them are closed with the database.
#pragma once

#include <condition_variable>
#include <mutex>

#include "db/database.h"
#include "db/sqlite_checkpoint.h"
#include "db/sqlite_log_file.h"
#include "db/sqlite_transaction.h"
#include "db/writers.h"

namespace musubi::db {

class SqliteDatabase final : public Database, public Session, public std::enable_shared_from_this<SqliteDatabase> {
 public:
  struct Shared {  // what the databases of a store have in common
    const Schema& schema;
    std::string vfs;
    int readers;
    std::shared_ptr<Writers> writers;
    std::shared_ptr<Checkpointer> checkpointer;
    bool read_only = false;  // beside a process that serves the same file
  };

  enum class Source { kNew, kStored };

  // Opens and migrates `path`; one that is stored must have been migrated before (migrate.h). Work left in the write-ahead log
  // by a crash is first moved into the file and synced, so that nothing the operating system only believed to be written is
  // built upon.
  static Result<std::shared_ptr<SqliteDatabase>> open(const std::string& organisation, const std::string& path, Source source,
                                                      const Shared& shared);
  ~SqliteDatabase() override;

  void set_listener(std::unique_ptr<CommitListener> listener);
  bool idle() { return queue_.idle(); }
  void checkpoint();  // the checkpoint thread

  const std::string& organisation() const override { return organisation_; }
  CommitListener* listener() override { return listener_.get(); }
  const Schema& schema() const override { return shared_.schema; }
  bool refusing() const override { return queue_.refusing(); }
  Result<void> backup_to(const std::string& path) override;
  Result<void> scrub(std::span<const std::string> tables) override;

 private:
  SqliteDatabase(std::string organisation, std::string path, const Shared& shared, std::unique_ptr<SqliteConnection> writer);
  Result<void> write_erased(std::function<Result<void>(Transaction&)> closure) override;
  Result<void> read_erased(std::function<Result<void>(Reader&)> closure) override;
  Result<void> read_now(const std::function<Result<void>(Reader&)>& closure);

  Result<void> begin() override;
  Transaction& transaction() override { return transaction_; }
  Result<void> closure_began() override;
  Result<void> closure_kept() override;
  Result<void> closure_dropped() override;
  std::optional<Error> closure_fault() override { return transaction_.fault(); }
  std::optional<Broken> broken() override;
  Commit commit() override;
  void rollback() override;
  bool syncs_apart() const override { return true; }
  Result<void> sync() override;

  struct ReaderLease {  // a reader for the length of a scope
    SqliteDatabase& database;
    std::unique_ptr<SqliteConnection> connection;
    ~ReaderLease();
  };
  Result<std::unique_ptr<SqliteConnection>> take_reader();
  void give_reader(std::unique_ptr<SqliteConnection> reader);
  Result<void> truncate_log();
  Result<void> move_rest();  // of the log, between two batches
  Result<void> checkpoint_failed(const SqliteConnection& connection, int code);
  static int after_commit(void* self, sqlite3*, const char*, int pages);

  std::string organisation_, path_;
  Shared shared_;
  std::unique_ptr<SqliteConnection> writer_;
  SqliteLogFile log_file_;  // of the thread that syncs
  SqliteTransaction transaction_;
  std::optional<Broken> lost_;       // the open transaction must go, or is gone already
  bool savepoints_ = false;          // each closure of the open transaction has one
  bool savepoints_next_ = false;     // of the next transaction
  std::int64_t changes_before_ = 0;  // rows changed on this connection when the closure began

  std::mutex readers_mutex_;
  std::condition_variable reader_free_;
  std::vector<std::unique_ptr<SqliteConnection>> readers_;
  int readers_open_ = 0;

  std::mutex checkpoint_mutex_;
  std::unique_ptr<SqliteConnection> checkpoint_connection_;
  std::atomic<std::int64_t> log_bytes_{0}, checkpoint_at_bytes_{Checkpointer::kPassiveBytes};
  std::atomic<bool> checkpoint_requested_{false}, rest_left_{false};

  std::unique_ptr<CommitListener> listener_;
  WriteQueue queue_;  // last: its end waits for the writer thread, which uses all the others
};

}  // namespace musubi::db
