#include "db/sqlite_database.h"

#include <sqlite3.h>

#include <filesystem>

#include "base/away.h"
#include "base/log.h"
#include "db/errors.h"
#include "db/sqlite_migrate.h"

namespace musubi::db {
namespace {

constexpr std::int64_t kPageBytes = 4096;

}  // namespace

SqliteDatabase::SqliteDatabase(std::string organisation, std::string path, const Shared& shared,
                               std::unique_ptr<SqliteConnection> writer)
    : organisation_(std::move(organisation)),
      path_(std::move(path)),
      shared_(shared),
      writer_(std::move(writer)),
      transaction_(*writer_, shared.schema),
      queue_(shared.writers, *this) {
  writer_->guard(shared_.schema);
  sqlite3_wal_hook(writer_->handle(), &SqliteDatabase::after_commit, this);
}

Result<std::shared_ptr<SqliteDatabase>> SqliteDatabase::open(const std::string& organisation, const std::string& path, Source source,
                                                             const Shared& shared) {
  // SQLite takes an empty file for a new database, and a log beside it, in which all may still stand, for a remain of another.
  std::error_code unread;
  if (source == Source::kStored && std::filesystem::file_size(path, unread) == 0 && !unread) return corrupt(path + " is empty");
  auto writer = TRY(SqliteConnection::open(path, shared.vfs, SqliteConnection::Role::kWriter));
  if (source == Source::kStored) {
    auto missing = TRY(missing_of_stored(shared.schema, TRY(migrated(*writer, shared.schema))));
    if (shared.read_only && !missing.empty()) return older(path);
  }
  if (!shared.read_only) {
    if (int code = sqlite3_wal_checkpoint_v2(writer->handle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
        code != SQLITE_OK)
      return writer->error(code);
    TRY(migrate(*writer, shared.schema));
    TRY(writer->run("PRAGMA synchronous=NORMAL"));  // from here on a commit is durable after sync()
  }
  std::shared_ptr<SqliteDatabase> database(new SqliteDatabase(organisation, path, shared, std::move(writer)));
  TRY(database->log_file_.open(database->writer_->handle(), shared.vfs, !shared.read_only));
  return database;
}

SqliteDatabase::~SqliteDatabase() {
  while (!queue_.idle()) std::this_thread::yield();
  // Closing the last connection would write once more to a disk that has just failed.
  if (refusing()) sqlite3_db_config(writer_->handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

void SqliteDatabase::set_listener(std::unique_ptr<CommitListener> listener) {
  listener_ = std::move(listener);
  transaction_.set_listener(listener_.get());
  queue_.set_listener(listener_.get());
}

Result<void> SqliteDatabase::write_erased(std::function<Result<void>(Transaction&)> closure) {
  CHECK(!shared_.read_only);
  return queue_.write(std::move(closure));
}

// What a reader saw may be committed and not synced yet: nothing is told of it before. Another process cannot wait for the one that
// commits, and syncs itself.
Result<void> SqliteDatabase::read_erased(std::function<Result<void>(Reader&)> closure) {
  auto result = read_now(closure);
  if (shared_.read_only) TRY(sync());
  queue_.await_settled();
  return result;
}

Result<void> SqliteDatabase::read_now(const std::function<Result<void>(Reader&)>& closure) {
  InsideClosure inside;
  ReaderLease lease{*this, TRY(take_reader())};
  TRY(lease.connection->run("BEGIN"));
  SqliteReader reader(*lease.connection);
  auto result = closure(reader);
  TRY(lease.connection->run("COMMIT"));
  return result;
}

// Also when the closure ends by an exception: a reader that does not come back would hold up everybody in the end.
SqliteDatabase::ReaderLease::~ReaderLease() {
  if (!sqlite3_get_autocommit(connection->handle())) static_cast<void>(connection->run("ROLLBACK").ok());
  database.give_reader(std::move(connection));
}

Result<std::unique_ptr<SqliteConnection>> SqliteDatabase::take_reader() {
  {
    std::unique_lock lock(readers_mutex_);
    auto one_free = [&] { return !readers_.empty() || readers_open_ < shared_.readers; };
    if (!one_free()) {
      Away away;
      reader_free_.wait(lock, one_free);
    }
    if (!readers_.empty()) {
      auto reader = std::move(readers_.back());
      readers_.pop_back();
      return reader;
    }
    ++readers_open_;
  }
  auto opened = SqliteConnection::open(path_, shared_.vfs, SqliteConnection::Role::kReader);
  if (!opened.ok()) give_reader(nullptr);
  return opened;
}

void SqliteDatabase::give_reader(std::unique_ptr<SqliteConnection> reader) {
  {
    std::lock_guard lock(readers_mutex_);
    if (reader)
      readers_.push_back(std::move(reader));
    else
      --readers_open_;
  }
  reader_free_.notify_one();
}

Result<void> SqliteDatabase::begin() {
  if (rest_left_.exchange(false)) TRY(move_rest());
  lost_.reset();
  savepoints_ = std::exchange(savepoints_next_, false);
  transaction_.forget_fault();
  return writer_->run("BEGIN IMMEDIATE");
}

// A savepoint makes SQLite copy each page before it is changed, so closures do without at first. A closure that fails
// before it changed a row leaves nothing to undo; after one that fails later the batch is run again with savepoints.
Result<void> SqliteDatabase::closure_began() {
  transaction_.forget_fault();
  changes_before_ = sqlite3_total_changes64(writer_->handle());
  if (!savepoints_) return {};
  return writer_->run("SAVEPOINT closure");
}

Result<void> SqliteDatabase::closure_kept() {
  if (!savepoints_) return {};
  return writer_->run("RELEASE closure");
}

Result<void> SqliteDatabase::closure_dropped() {
  transaction_.forget_fault();
  if (!savepoints_) {
    if (sqlite3_total_changes64(writer_->handle()) == changes_before_) return {};
    savepoints_next_ = true;
    lost_ = Broken{failed("a closure of this batch failed after it had changed rows"), Retry::kWhole};
    return lost_->error;
  }
  auto undone = writer_->run("ROLLBACK TO closure");
  if (undone.ok()) undone = writer_->run("RELEASE closure");
  if (!undone.ok()) lost_ = Broken{undone.error()};
  return undone;
}

// SQLite ends the transaction by itself after some errors (disk full, I/O): then the other closures are gone, too.
std::optional<Session::Broken> SqliteDatabase::broken() {
  if (lost_) return lost_;
  if (!sqlite3_get_autocommit(writer_->handle())) return {};
  auto fault = transaction_.fault();
  return Broken{fault ? *fault : failed("the transaction was rolled back")};
}

// A full disk while the log is written leaves no complete commit behind, so writing may go on when there is space. After
// any other failure, above all of a sync, no one knows what is on the disk.
Session::Commit SqliteDatabase::commit() {
  auto committed = writer_->run("COMMIT");
  if (committed.ok()) {
    if (log_bytes_ > checkpoint_at_bytes_ && !checkpoint_requested_.exchange(true)) shared_.checkpointer->request(weak_from_this());
    return {};
  }
  bool known = committed.error().name == "db.full" || committed.error().name == "db.constraint";
  return {known ? Outcome::kNothingKept : Outcome::kUnknown, Broken{committed.error()}};
}

Result<void> SqliteDatabase::sync() { return log_file_.sync(); }

void SqliteDatabase::rollback() {
  if (sqlite3_get_autocommit(writer_->handle())) return;
  auto undone = writer_->run("ROLLBACK");
  if (!undone.ok()) queue_.refuse(undone.error());
}

int SqliteDatabase::after_commit(void* self, sqlite3*, const char*, int pages) {
  static_cast<SqliteDatabase*>(self)->log_bytes_ = std::int64_t(pages) * kPageBytes;
  return SQLITE_OK;
}

// Passive: the log is copied while the writer goes on. A writer that never rests stays ahead of it, so that what is left in
// the end is the writer's to move: only an empty log is written from its beginning again, over blocks that the file has
// already, which makes each sync cheaper. A log that grew past the bound all the same (a long read) is cut while writers wait.
void SqliteDatabase::checkpoint() {
  std::lock_guard lock(checkpoint_mutex_);
  checkpoint_requested_ = false;
  if (refusing()) return;
  if (!checkpoint_connection_) {
    auto opened = SqliteConnection::open(path_, shared_.vfs, SqliteConnection::Role::kWriter);
    if (!opened.ok()) return log::warn("db.checkpoint_failed", {{"organisation", organisation_}, {"why", opened.error().message.en}});
    checkpoint_connection_ = std::move(opened).value();
    sqlite3_busy_timeout(checkpoint_connection_->handle(), 100);
  }
  sqlite3* handle = checkpoint_connection_->handle();
  int frames = 0, moved = 0, code = SQLITE_OK;
  std::int64_t log = 0, rest = INT64_MAX;
  for (int pass = 0; pass < 3 && code == SQLITE_OK && rest > Checkpointer::kRestBytes; ++pass) {
    code = sqlite3_wal_checkpoint_v2(handle, nullptr, SQLITE_CHECKPOINT_PASSIVE, &frames, &moved);
    log = std::int64_t(frames) * kPageBytes;
    rest = std::int64_t(frames - moved) * kPageBytes;
  }
  if (code == SQLITE_OK && log > Checkpointer::kTruncateBytes) {
    code = sqlite3_wal_checkpoint_v2(handle, nullptr, SQLITE_CHECKPOINT_TRUNCATE, &frames, &moved);
    log = std::int64_t(frames) * kPageBytes;
    rest = std::int64_t(frames - moved) * kPageBytes;
  }
  checkpoint_at_bytes_ = (rest == 0 ? 0 : log) + Checkpointer::kPassiveBytes;
  if (code == SQLITE_OK)
    rest_left_ = rest > 0 && rest <= Checkpointer::kRestBytes;
  else
    static_cast<void>(checkpoint_failed(*checkpoint_connection_, code).ok());
}

Result<void> SqliteDatabase::move_rest() {
  int frames = 0, moved = 0;
  int code = sqlite3_wal_checkpoint_v2(writer_->handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, &frames, &moved);
  if (code != SQLITE_OK) return checkpoint_failed(*writer_, code);
  if (frames == moved) checkpoint_at_bytes_ = Checkpointer::kPassiveBytes;
  return {};
}

// The log still has everything, but a failed sync must not be passed over.
Result<void> SqliteDatabase::checkpoint_failed(const SqliteConnection& connection, int code) {
  if ((code & 0xff) == SQLITE_BUSY) return {};
  Error error = connection.error(code);
  log::error("db.checkpoint_failed", {{"organisation", organisation_}, {"why", error.message.en}});
  if (error.name == "db.full") return {};
  queue_.refuse(error);
  return error;
}

}  // namespace musubi::db
