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

// Makes the listener of a database when it opens. May read through the Reader; may be empty (tests of db alone).
using MakeListener = std::function<Result<std::unique_ptr<CommitListener>>(Database&, Reader&)>;

struct StoreOptions {
  std::string directory;  // data directory; always needed (keys, lock file), created with mode 0700
  std::string postgres;   // libpq connection string; empty = SQLite
  Schema schema;
  int writer_threads = 2;
  int readers_per_database = 4;
  std::size_t open_limit = 256;  // databases open at once; further ones close the least recently used idle one
  std::string sqlite_vfs;        // another SQLite VFS than the system's (tests with faults)
  // Beside a process that serves the directory: takes no lock, migrates nothing, writes nothing; make_listener is not
  // called. Only organisations(), organisation(), Database::read and backup_to are of use then.
  bool read_only = false;
  MakeListener make_listener;
};

// A restore under way: a hidden copy that nobody else sees, with its listener. Dropped at the end unless it was published.
// What a crash leaves of it is removed when the directory is next opened for writing (SQLite), or by the next restore of that
// organisation (PostgreSQL).
class Restoration {
 public:
  virtual ~Restoration() = default;
  virtual Database& database() = 0;
  // Closes the copy and gives it its name in one step: a crash before that step leaves no organisation of the name, after it a
  // whole one. Errors: org.exists, db.failed.
  virtual Result<void> publish() = 0;
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
  // Opens (and migrates) on first use. Errors: org.unknown, org.bad_id; and those that keep one closed, see kept_closed: db.newer,
  // db.older, db.corrupt, db.failed, what make_listener met.
  virtual Result<std::shared_ptr<Database>> organisation(const std::string& id) = 0;
  // Those that are there and could not be opened when somebody last tried, sorted. Tries nothing, so that it may be asked often.
  // The log names each once, with why.
  virtual std::vector<std::string> unopened() = 0;
  // Those that are open now, most recently used first.
  virtual std::vector<std::shared_ptr<Database>> opened() = 0;
  // Makes an organisation from a file written by Database::backup_to. Errors: org.exists (looked at before anything is
  // done), backup.not_ours, db.newer. The Restoration must not outlive the store.
  virtual Result<std::unique_ptr<Restoration>> begin_restore(const std::string& id, const std::string& backup_path,
                                                             const MakeListener& make_listener) = 0;
  Result<void> restore(const std::string& id, const std::string& backup_path);  // the same, published as it is

  virtual const std::string& directory() const = 0;
};

// Whether the error says why Store::organisation could not open one; a fault of it names which. It is the operator's to mend: it
// may name files and tables, and is no word for visitors.
bool kept_closed(const Error& error);

}  // namespace musubi::db
