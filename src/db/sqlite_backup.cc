#include "db/sqlite_backup.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>

#include "db/errors.h"
#include "db/sqlite_database.h"
#include "db/sqlite_migrate.h"

namespace musubi::db {
namespace {

Error system_error(const std::string& path) {
  std::string why = path + ": " + std::strerror(errno);
  return errno == ENOSPC || errno == EDQUOT ? full(why) : failed(why);
}

Result<void> sync(const std::string& path, int flags) {
  int fd = ::open(path.c_str(), flags | O_CLOEXEC);
  if (fd < 0) return system_error(path);
  bool synced = ::fsync(fd) == 0;
  Error error = synced ? Error() : system_error(path);
  ::close(fd);
  if (!synced) return error;
  return {};
}

// What is damaged here is no database that somebody could restore.
Error not_read(const std::string& path, const Error& why) {
  return not_ours(path, why.code == Code::kCorrupt ? "no whole SQLite file" : why.message.en);
}

}  // namespace

Result<void> make_private_file(const std::string& path) {
  int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0 && errno == EEXIST) return file_exists_already(path);
  if (fd < 0 && errno != ENOSPC && errno != EDQUOT) return file_unwritable(path, std::strerror(errno));
  if (fd < 0) return system_error(path);
  bool set = ::fchmod(fd, 0600) == 0;
  ::close(fd);
  if (!set) return system_error(path);
  return {};
}

Result<void> sync_folder(const std::string& path) { return sync(path.empty() ? "." : path, O_RDONLY | O_DIRECTORY); }

Result<void> sync_file_and_folder(const std::string& path) {
  TRY(sync(path, O_RDONLY));
  return sync_folder(std::filesystem::path(path).parent_path());
}

void remove_database_file(const std::string& path) {
  for (const char* end : {"", "-wal", "-shm", "-journal"}) ::unlink((path + end).c_str());
}

// VACUUM INTO copies one snapshot while writers go on, leaves out free pages (and what was erased in them), and needs
// space only for the copy. A crash leaves a file that no one was told of.
Result<void> SqliteDatabase::backup_to(const std::string& path) {
  TRY(make_private_file(path));
  auto run = [&]() -> Result<void> {
    auto connection = TRY(SqliteConnection::open(path_, shared_.vfs, SqliteConnection::Role::kWriter));
    Value target[] = {path};
    TRY(connection->execute("VACUUM INTO $1", target));
    connection.reset();
    return sync_file_and_folder(path);
  };
  auto done = run();
  queue_.await_settled();
  // A copy must not hold what its original may have lost.
  if (done.ok() && shared_.read_only) done = sync();
  if (auto undurable = queue_.undurable(); done.ok() && undurable) done = *undurable;
  if (!done.ok()) remove_database_file(path);
  return done;
}

Result<void> SqliteDatabase::scrub(std::span<const std::string>) {
  TRY(queue_.write([&](Transaction&) { return transaction_.optimise_texts(); }));
  return truncate_log();
}

// Overwritten pages still stand in the log until it is cut; readers that began before the erasure hold it back.
Result<void> SqliteDatabase::truncate_log() {
  auto connection = TRY(SqliteConnection::open(path_, shared_.vfs, SqliteConnection::Role::kWriter));
  auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (true) {
    int code = sqlite3_wal_checkpoint_v2(connection->handle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    if (code == SQLITE_OK) return {};
    if ((code & 0xff) != SQLITE_BUSY) return connection->error(code);
    if (std::chrono::steady_clock::now() > until) return readers_in_the_way();
  }
}

Result<std::unique_ptr<SqliteConnection>> open_backup(const std::string& path, const Schema& schema) {
  if (::access(path.c_str(), R_OK) != 0) return not_ours(path, std::strerror(errno));
  auto opened = SqliteConnection::open(path, "", SqliteConnection::Role::kReader);
  if (!opened.ok()) return not_read(path, opened.error());
  auto connection = std::move(opened).value();
  auto id = connection->query("PRAGMA application_id");
  if (!id.ok()) return not_read(path, id.error());
  if (id.value()[0].integer(0) != kApplicationId) return not_ours(path, "no file of Musubi");
  auto check = connection->query("PRAGMA quick_check(1)");
  if (!check.ok()) return not_read(path, check.error());
  if (check.value()[0].text(0) != "ok") return not_ours(path, check.value()[0].text(0));
  auto migrations = migrated(*connection, schema);
  if (!migrations.ok()) return not_read(path, migrations.error());
  if (migrations->recorded.empty()) return not_ours(path, "no file of Musubi");
  auto missing = missing_migrations(schema, *migrations);
  if (!missing.ok() && missing.error().code == Code::kCorrupt) return not_ours(path, "what it says of its migrations does not fit");
  if (!missing.ok()) return missing.error();
  return connection;
}

}  // namespace musubi::db
