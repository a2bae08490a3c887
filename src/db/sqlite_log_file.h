// The write-ahead log of an SQLite database, opened once more to be synced: with synchronous=NORMAL a COMMIT only writes its
// frames (SQLite itself still syncs the log before a checkpoint moves them, and its header when it begins anew), so that one
// thread can sync what another goes on writing. Through SQLite's VFS, as SQLite would.
//
// Owned by the database. Any thread, one at a time.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "base/result.h"

struct sqlite3;
struct sqlite3_file;

namespace musubi::db {

class SqliteLogFile {
 public:
  SqliteLogFile() = default;
  ~SqliteLogFile();
  SqliteLogFile(const SqliteLogFile&) = delete;
  SqliteLogFile& operator=(const SqliteLogFile&) = delete;

  // The log of this connection's database, which must outlive this. Without `create` the log of another process, where there is
  // one. Error: db.failed.
  Result<void> open(sqlite3* connection, const std::string& vfs, bool create);

  // All frames written before the call are on the disk when it returns; after `create`, with the first one, also that the file is
  // there. Without a log there is nothing to do. Error: db.failed.
  Result<void> sync();

 private:
  std::mutex mutex_;
  const char* path_ = "";           // SQLite's own: it follows links
  std::unique_ptr<char[]> memory_;  // of the VFS's size
  sqlite3_file* file_ = nullptr;
};

}  // namespace musubi::db
