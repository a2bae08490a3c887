#include "db/sqlite_log_file.h"

#include <sqlite3.h>

#include "db/errors.h"

namespace musubi::db {

SqliteLogFile::~SqliteLogFile() {
  if (file_) file_->pMethods->xClose(file_);
}

// SQLITE_OPEN_CREATE: the file is there, but its first sync through this handle is to sync its folder, too.
Result<void> SqliteLogFile::open(sqlite3* connection, const std::string& vfs, bool create) {
  sqlite3_vfs* used = sqlite3_vfs_find(vfs.empty() ? nullptr : vfs.c_str());
  if (!used) return failed("no SQLite VFS " + vfs);
  path_ = sqlite3_filename_wal(sqlite3_db_filename(connection, "main"));
  int there = 0;
  if (!create && (used->xAccess(used, path_, SQLITE_ACCESS_EXISTS, &there) != SQLITE_OK || !there)) return {};
  memory_ = std::make_unique<char[]>(std::size_t(used->szOsFile));
  auto* file = reinterpret_cast<sqlite3_file*>(memory_.get());
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_WAL | (create ? SQLITE_OPEN_CREATE : 0);
  int code = used->xOpen(used, path_, file, flags, nullptr);
  if (code == SQLITE_OK) {
    file_ = file;
    return {};
  }
  if (file->pMethods) file->pMethods->xClose(file);
  return failed(std::string(path_) + " could not be opened, SQLite " + std::to_string(code));
}

Result<void> SqliteLogFile::sync() {
  std::lock_guard lock(mutex_);
  if (!file_) return {};
  int code = file_->pMethods->xSync(file_, SQLITE_SYNC_NORMAL);
  if (code != SQLITE_OK) return failed(std::string(path_) + " could not be synced, SQLite " + std::to_string(code));
  return {};
}

}  // namespace musubi::db
