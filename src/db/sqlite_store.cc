// Organisations as folders with one SQLite file each. A new one is made in a hidden folder and renamed when complete, so
// that a crash leaves all of it or nothing; hidden remains are removed at the next start.
#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "base/file.h"
#include "db/backend.h"
#include "db/errors.h"
#include "db/sqlite_backup.h"
#include "db/sqlite_database.h"

namespace musubi::db {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFile = "/musubi.db";

class SqliteBackend final : public Backend {
 public:
  SqliteBackend(std::string directory, SqliteDatabase::Shared shared) : directory_(std::move(directory)), shared_(std::move(shared)) {}

  void remove_remains() {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(directory_, ignored))
      if (entry.path().filename().string().starts_with(".new-")) fs::remove_all(entry.path(), ignored);
  }

  Result<std::vector<std::string>> organisations() override {
    std::vector<std::string> ids;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(directory_, error)) {
      std::string id = entry.path().filename();
      if (Store::valid_id(id) && file_exists(entry.path().string() + kFile)) ids.push_back(id);
    }
    if (error) return failed(directory_ + ": " + error.message());
    std::sort(ids.begin(), ids.end());
    return ids;
  }

  Result<bool> exists(const std::string& id) override { return file_exists(directory_ + "/" + id + kFile); }

  Result<void> create(const std::string& id) override {
    auto run = [&]() -> Result<void> {
      TRY(make_private_file(TRY(new_folder(id)) + kFile));
      return publish(id);
    };
    auto done = run();
    if (!done.ok()) drop_staged(id);
    return done;
  }

  Result<void> stage(const std::string& id, const std::string& backup_path) override {
    auto backup = TRY(open_backup(backup_path, shared_.schema));
    std::string path = TRY(new_folder(id)) + kFile;
    TRY(make_private_file(path));
    Value target[] = {path};
    TRY(backup->run("PRAGMA query_only=OFF"));
    TRY(backup->execute("VACUUM INTO $1", target));
    return {};
  }

  Result<Opened> open_staged(const std::string& id) override { return open_file(id, hidden(id) + kFile); }

  Result<void> publish(const std::string& id) override {
    std::string path = hidden(id) + kFile;
    TRY(SqliteDatabase::open(id, path, SqliteDatabase::Source::kNew,
                             shared_));  // migrates, empties the write-ahead log; closing it leaves one whole file
    TRY(sync_file_and_folder(path));
    auto moved = put_in_place(id);
    if (moved.ok()) drop_staged(id);
    return moved;
  }

  void drop_staged(const std::string& id) override {
    std::error_code ignored;
    fs::remove_all(hidden(id), ignored);
  }

  Result<Opened> open(const std::string& id) override { return open_file(id, directory_ + "/" + id + kFile); }

  void stop() override { shared_.checkpointer->stop(); }

 private:
  std::string hidden(const std::string& id) const { return directory_ + "/.new-" + id; }

  Result<Opened> open_file(const std::string& id, const std::string& path) {
    auto database = TRY(SqliteDatabase::open(id, path, SqliteDatabase::Source::kStored, shared_));
    auto* raw = database.get();
    return Opened{std::move(database), [raw] { return raw->idle(); },
                  [raw](std::unique_ptr<CommitListener> listener) { raw->set_listener(std::move(listener)); }};
  }

  Result<std::string> new_folder(const std::string& id) {
    drop_staged(id);
    TRY(make_folder(hidden(id)));
    ::chmod(hidden(id).c_str(), 0700);
    return hidden(id);
  }

  // The folder of that name may stand already (keys are put there first): then only the file moves.
  Result<void> put_in_place(const std::string& id) {
    std::string folder = directory_ + "/" + id;
    std::error_code error;
    // What an earlier file of that name left behind would be replayed over this one.
    for (const char* rest : {"-wal", "-shm", "-journal"})
      if (fs::remove(folder + kFile + rest, error); error) return failed(folder + kFile + rest + ": " + error.message());
    if (file_exists(folder))
      fs::rename(hidden(id) + kFile, folder + kFile, error);
    else
      fs::rename(hidden(id), folder, error);
    if (error) return failed(folder + ": " + error.message());
    TRY(sync_folder(folder));
    return sync_folder(directory_);
  }

  std::string directory_;
  SqliteDatabase::Shared shared_;
};

}  // namespace

Result<std::unique_ptr<Backend>> sqlite_backend(const StoreOptions& options, const Schema& schema, std::shared_ptr<Writers> writers) {
  // Savepoints keep what they may have to undo in memory. Has no effect, and is not needed, once SQLite has been used.
  sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, -1);
  SqliteDatabase::Shared shared{schema,
                                options.sqlite_vfs,
                                std::max(1, options.readers_per_database),
                                std::move(writers),
                                std::make_shared<Checkpointer>(),
                                options.read_only};
  auto backend = std::make_unique<SqliteBackend>(options.directory, std::move(shared));
  if (!options.read_only) backend->remove_remains();
  return std::unique_ptr<Backend>(std::move(backend));
}

}  // namespace musubi::db
