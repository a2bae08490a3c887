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
  // `read_only`: what these connections do, the server holds to reading.
  PostgresPool(std::string connection, int limit, bool read_only)
      : connection_(std::move(connection)), limit_(limit), read_only_(read_only) {}

  // Waits for a free one. Errors: db.failed.
  Result<std::unique_ptr<PostgresConnection>> take(const std::string& schema);
  void give(std::unique_ptr<PostgresConnection> connection);  // null or lost: its place becomes free

 private:
  std::unique_ptr<PostgresConnection> take_idle(const std::string& schema);

  std::string connection_;
  int limit_;
  bool read_only_;
  std::mutex mutex_;
  std::condition_variable free_;
  std::list<std::unique_ptr<PostgresConnection>> idle_;  // most recently used first
  int open_ = 0;
};

// A connection for the length of a scope, given back when it ends, also by an exception: then with its transaction undone.
class PostgresLease {
 public:
  static Result<PostgresLease> take(std::shared_ptr<PostgresPool> pool, const std::string& schema) {
    auto connection = TRY(pool->take(schema));
    return PostgresLease(std::move(pool), std::move(connection));
  }
  ~PostgresLease();
  PostgresLease(PostgresLease&&) = default;
  PostgresConnection& operator*() { return *connection_; }
  PostgresConnection* operator->() { return connection_.get(); }

 private:
  PostgresLease(std::shared_ptr<PostgresPool> pool, std::unique_ptr<PostgresConnection> connection)
      : pool_(std::move(pool)), connection_(std::move(connection)) {}
  std::shared_ptr<PostgresPool> pool_;
  std::unique_ptr<PostgresConnection> connection_;
};

}  // namespace musubi::db
