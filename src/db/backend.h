// What Store needs of a back end: making, opening and listing organisations. The rest of Store is shared (store.cc).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "db/database.h"
#include "db/store.h"
#include "db/writers.h"

namespace musubi::db {

class Backend {
 public:
  struct Opened {
    std::shared_ptr<Database> database;
    std::function<bool()> idle;                                         // no write under way
    std::function<void(std::unique_ptr<CommitListener>)> set_listener;  // once, before the first write
  };

  virtual ~Backend() = default;
  virtual Result<std::vector<std::string>> organisations() = 0;
  virtual Result<bool> exists(const std::string& id) = 0;
  // All or nothing, also across a crash.
  virtual Result<void> create(const std::string& id) = 0;
  virtual Result<Opened> open(const std::string& id) = 0;
  // A restore: the hidden copy is made, opened and closed, then renamed in one step, durably; or dropped.
  virtual Result<void> stage(const std::string& id, const std::string& backup_path) = 0;
  virtual Result<Opened> open_staged(const std::string& id) = 0;
  virtual Result<void> publish(const std::string& id) = 0;
  virtual void drop_staged(const std::string& id) = 0;
  virtual void stop() {}  // background work; the writers have stopped
};

Result<std::unique_ptr<Backend>> sqlite_backend(const StoreOptions& options, const Schema& schema, std::shared_ptr<Writers> writers);
Result<std::unique_ptr<Backend>> postgres_backend(const StoreOptions& options, const Schema& schema, std::shared_ptr<Writers> writers);

}  // namespace musubi::db
