// The write-ahead log of an SQLite database, opened once more to be synced: with synchronous=NORMAL a COMMIT only writes its
// frames (SQLite itself still syncs the log before a checkpoint moves them, and its header when it begins anew), so that one
// thread can sync what another goes on writing. Through SQLite's VFS, as SQLite would.
//
// Owned by the database. One thread at a time, any thread.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"

struct sqlite3_file;

namespace musubi::db {

class SqliteLogFile {
 public:
  SqliteLogFile(const std::string& database_path, std::string vfs);
  ~SqliteLogFile();
  SqliteLogFile(const SqliteLogFile&) = delete;
  SqliteLogFile& operator=(const SqliteLogFile&) = delete;

  // All frames written before the call are on the disk when it returns; with the first one, also that the file is there.
  // A commit must have been written before. Error: db.failed.
  Result<void> sync();

 private:
  Result<void> open();

  std::string path_, vfs_;
  std::unique_ptr<char[]> memory_;  // of the VFS's size
  sqlite3_file* file_ = nullptr;
};

}  // namespace musubi::db
