// All organisations of one installation: a data directory with an SQLite file each (`ORG/musubi.db`), or a PostgreSQL
// database with a schema each. Opens them on demand, closes the least recently used, shares a few writer threads and one
// WAL-checkpoint thread, and keeps a second process out of the same directory.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "db/database.h"

namespace musubi::db {

struct StoreOptions {
  std::string directory;         // data directory; always needed (keys, lock file), created with mode 0700
  std::string postgres;          // libpq connection string; empty = SQLite
  Schema schema;
  int writer_threads = 2;
  int readers_per_database = 4;
  std::size_t open_limit = 256;  // databases open at once; further ones close the least recently used idle one
  std::string sqlite_vfs;        // another SQLite VFS than the system's (tests with faults)
  // Beside a process that serves the directory: takes no lock, migrates nothing, writes nothing; make_listener is not
  // called. Only organisations(), organisation(), Database::read and backup_to are of use then.
  bool read_only = false;
  // Makes the listener of a database when it opens. May read through the Reader; may be empty (tests of db alone).
  std::function<Result<std::unique_ptr<CommitListener>>(Database&, Reader&)> make_listener;
};

class Store {
 public:
  // Errors: db.locked (another process serves this directory; its pid is in the message), db.newer (a newer
  // version of Musubi wrote it; nothing was changed), db.failed. Takes the directory lock until destroyed.
  static Result<std::unique_ptr<Store>> open(StoreOptions options);
  virtual ~Store() = default;

  // Organisation ids: 2 to 40 of a-z, 0-9 and '-', beginning with a letter (they are file names, schema names and URL segments).
  static bool valid_id(std::string_view id);

  virtual Result<std::vector<std::string>> organisations() = 0;  // sorted
  // Creates the empty database with all migrations applied. Errors: org.exists, org.bad_id.
  virtual Result<std::shared_ptr<Database>> create(const std::string& id) = 0;
  // Opens (and migrates) on first use. Errors: org.unknown, db.newer, db.corrupt.
  virtual Result<std::shared_ptr<Database>> organisation(const std::string& id) = 0;
  // Those that are open now, most recently used first.
  virtual std::vector<std::shared_ptr<Database>> opened() = 0;
  // Makes an organisation from a file written by Database::backup_to. Errors: org.exists, backup.not_ours, db.newer.
  virtual Result<void> restore(const std::string& id, const std::string& backup_path) = 0;

  virtual const std::string& directory() const = 0;
};

}  // namespace musubi::db
