#include "db/postgres_pool.h"

#include "base/away.h"

namespace musubi::db {

std::unique_ptr<PostgresConnection> PostgresPool::take_idle(const std::string& schema) {
  std::unique_lock lock(mutex_);
  auto one_free = [&] { return !idle_.empty() || open_ < limit_; };
  if (!one_free()) {
    Away away;
    free_.wait(lock, one_free);
  }
  auto at = idle_.begin();
  while (at != idle_.end() && (*at)->schema() != schema) ++at;
  if (at == idle_.end() && open_ < limit_) {
    ++open_;
    return nullptr;
  }
  if (at == idle_.end()) --at;  // the one unused for longest changes its schema
  auto connection = std::move(*at);
  idle_.erase(at);
  return connection;
}

Result<std::unique_ptr<PostgresConnection>> PostgresPool::take(const std::string& schema) {
  auto connection = take_idle(schema);
  if (connection && (!connection->alive() || !connection->use_schema(schema).ok())) connection.reset();  // the server was restarted
  if (connection) return connection;
  auto run = [&]() -> Result<std::unique_ptr<PostgresConnection>> {
    auto fresh = TRY(PostgresConnection::open(connection_));
    if (read_only_) TRY(fresh->query("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"));
    TRY(fresh->use_schema(schema));
    return fresh;
  };
  auto opened = run();
  if (!opened.ok()) give(nullptr);
  return opened;
}

PostgresLease::~PostgresLease() {
  if (!pool_) return;
  if (connection_) {
    connection_->forget_queued(0);
    if (connection_->in_transaction()) static_cast<void>(connection_->query("ROLLBACK").ok());
  }
  pool_->give(std::move(connection_));
}

void PostgresPool::give(std::unique_ptr<PostgresConnection> connection) {
  if (connection && connection->lost()) connection.reset();
  {
    std::lock_guard lock(mutex_);
    if (connection)
      idle_.push_front(std::move(connection));
    else
      --open_;
  }
  free_.notify_one();
}

}  // namespace musubi::db
