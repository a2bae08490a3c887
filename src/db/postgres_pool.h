// Connections shared by all organisations of a store: an idle organisation holds none. A connection serves one schema
// at a time and is handed, where possible, to the organisation that used it last.
#pragma once

#include <condition_variable>
#include <list>
#include <mutex>

#include "db/postgres_connection.h"

namespace musubi::db {

class PostgresPool {
 public:
  PostgresPool(std::string connection, int limit) : connection_(std::move(connection)), limit_(limit) {}

  // Waits for a free one. Errors: db.failed.
  Result<std::unique_ptr<PostgresConnection>> take(const std::string& schema);
  void give(std::unique_ptr<PostgresConnection> connection);  // null or lost: its place becomes free

 private:
  std::unique_ptr<PostgresConnection> take_idle(const std::string& schema);

  std::string connection_;
  int limit_;
  std::mutex mutex_;
  std::condition_variable free_;
  std::list<std::unique_ptr<PostgresConnection>> idle_;  // most recently used first
  int open_ = 0;
};

}  // namespace musubi::db
