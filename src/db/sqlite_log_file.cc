#include "db/sqlite_log_file.h"

#include <sqlite3.h>

#include "db/errors.h"

namespace musubi::db {

SqliteLogFile::SqliteLogFile(const std::string& database_path, std::string vfs)
    : path_(database_path + "-wal"), vfs_(std::move(vfs)) {}

SqliteLogFile::~SqliteLogFile() {
  if (file_) file_->pMethods->xClose(file_);
}

// SQLITE_OPEN_CREATE: the file is there, but its first sync through this handle is to sync its folder, too.
Result<void> SqliteLogFile::open() {
  sqlite3_vfs* vfs = sqlite3_vfs_find(vfs_.empty() ? nullptr : vfs_.c_str());
  if (!vfs) return failed("no SQLite VFS " + vfs_);
  memory_ = std::make_unique<char[]>(std::size_t(vfs->szOsFile));
  auto* file = reinterpret_cast<sqlite3_file*>(memory_.get());
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_WAL;
  int code = vfs->xOpen(vfs, path_.c_str(), file, flags, nullptr);
  if (code == SQLITE_OK) {
    file_ = file;
    return {};
  }
  if (file->pMethods) file->pMethods->xClose(file);
  return failed(path_ + " could not be opened, SQLite " + std::to_string(code));
}

Result<void> SqliteLogFile::sync() {
  if (!file_) TRY(open());
  int code = file_->pMethods->xSync(file_, SQLITE_SYNC_NORMAL);
  if (code != SQLITE_OK) return failed(path_ + " could not be synced, SQLite " + std::to_string(code));
  return {};
}

}  // namespace musubi::db
