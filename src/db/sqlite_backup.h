// Backup files: SQLite files of the present schema, without a write-ahead log, on both back ends.
#pragma once

#include "db/sqlite_connection.h"

namespace musubi::db {

// Makes an empty file that only the owner may read, whatever the umask. Errors: file.exists, db.full, db.failed.
Result<void> make_private_file(const std::string& path);
// Syncs the file and the folder it is in: its bytes and its name survive a crash.
Result<void> sync_file_and_folder(const std::string& path);
Result<void> sync_folder(const std::string& path);
void remove_database_file(const std::string& path);  // with its -wal and -shm

// Opens a backup to read it. Errors: backup.not_ours, db.newer.
Result<std::unique_ptr<SqliteConnection>> open_backup(const std::string& path, const Schema& schema);

}  // namespace musubi::db
