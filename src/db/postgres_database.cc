#include "db/postgres_database.h"

#include <algorithm>
#include <chrono>

#include "db/errors.h"

namespace musubi::db {
namespace {

// VACUUM carries over every row that a transaction begun before the erasure could still see, so those must end first.
Result<void> await_older_snapshots(PostgresConnection& connection) {
  Value here[] = {TRY(connection.query("SELECT CAST(CAST(pg_current_xact_id() AS xid) AS TEXT)"))[0].at(0)};
  auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (true) {
    auto older =
        TRY(connection.query("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND "
                             "greatest(age(backend_xmin), age(backend_xid)) >= age(CAST($1 AS xid)) LIMIT 1",
                             here));
    if (older.empty()) return {};
    if (std::chrono::steady_clock::now() > until) return readers_in_the_way();
    TRY(connection.query("SELECT 1 FROM pg_sleep(0.02)"));
  }
}

// Without the row nothing would be locked: the words that are then no number end the batch.
constexpr std::string_view kLockHead =
    "SELECT CAST(coalesce((SELECT CAST(id AS TEXT) FROM db_head WHERE id = 1 FOR UPDATE), 'db_head has lost its row') AS BIGINT)";

}  // namespace

PostgresDatabase::PostgresDatabase(std::string organisation, std::string schema_name, const Shared& shared)
    : organisation_(std::move(organisation)),
      schema_name_(std::move(schema_name)),
      shared_(shared),
      transaction_(shared.schema),
      queue_(shared.writers, *this) {}

PostgresDatabase::~PostgresDatabase() = default;

void PostgresDatabase::set_listener(std::unique_ptr<CommitListener> listener) {
  listener_ = std::move(listener);
  transaction_.set_listener(listener_.get());
  queue_.set_listener(listener_.get());
}

Result<void> PostgresDatabase::write_erased(std::function<Result<void>(Transaction&)> closure) {
  CHECK(!shared_.read_only);
  return queue_.write(std::move(closure));
}

Result<void> PostgresDatabase::read_erased(std::function<Result<void>(Reader&)> closure) {
  InsideClosure inside;
  return in_snapshot([&](PostgresConnection& connection) {
    PostgresReader reader(connection);
    return closure(reader);
  });
}

Result<void> PostgresDatabase::in_snapshot(const std::function<Result<void>(PostgresConnection&)>& closure) {
  auto connection = TRY(PostgresLease::take(shared_.reading, schema_name_));
  TRY(connection->queue("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"));
  auto result = closure(*connection);
  if (connection->queued() == 1) {
    connection->forget_queued(0);  // nothing was asked
  } else {
    connection->forget_queued(0);
    auto ended = connection->query("COMMIT");  // after an error it is a rollback
    if (result.ok() && !ended.ok()) result = ended.error();
  }
  return result;
}

Result<void> PostgresDatabase::begin() {
  connection_ = TRY(shared_.writing->take(schema_name_));
  transaction_.use(connection_.get());
  TRY(connection_->queue("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"));
  return connection_->queue(kLockHead);
}

Result<void> PostgresDatabase::closure_began() {
  transaction_.closure_began();
  return {};
}

Result<void> PostgresDatabase::closure_kept() {
  transaction_.closure_kept();
  return {};
}

Result<void> PostgresDatabase::closure_dropped() {
  transaction_.closure_dropped();
  return {};
}

std::optional<Session::Broken> PostgresDatabase::broken() {
  const auto& fault = transaction_.server_fault();
  if (!fault) return {};
  return Broken{*fault, connection_->lost() || fault->name == "db.full" ? Retry::kNo : Retry::kInParts};
}

// All that is still queued goes out with the COMMIT; a failed statement keeps the server from reaching it. A connection
// lost here leaves it open whether the batch was committed: nothing more is written then.
Session::Commit PostgresDatabase::commit() {
  auto committed = connection_->query("COMMIT");
  bool done = committed.ok() && connection_->tag() == "COMMIT";
  if (done) {
    give_back();
    return {};
  }
  Error error = committed.ok() ? failed("PostgreSQL rolled the transaction back") : committed.error();
  if (connection_->lost()) return {Outcome::kUnknown, Broken{error}};
  return {Outcome::kNothingKept, Broken{error, error.name == "db.full" ? Retry::kNo : Retry::kInParts}};
}

void PostgresDatabase::rollback() {
  if (!connection_) return;
  connection_->forget_queued(0);
  if (connection_->in_transaction()) static_cast<void>(connection_->query("ROLLBACK").ok());
  give_back();
}

void PostgresDatabase::give_back() {
  transaction_.use(nullptr);
  shared_.writing->give(std::move(connection_));
}

Result<void> PostgresDatabase::scrub(std::span<const std::string> tables) {
  std::vector<std::string> all(tables.begin(), tables.end());
  all.insert(all.end(), shared_.schema.fulltexts.begin(), shared_.schema.fulltexts.end());
  auto connection = TRY(PostgresLease::take(shared_.reading, schema_name_));
  TRY(await_older_snapshots(*connection));
  for (const auto& table : all) {
    CHECK(shared_.schema.find(table) || std::count(shared_.schema.fulltexts.begin(), shared_.schema.fulltexts.end(), table) > 0);
    TRY(connection->run_alone("VACUUM FULL " + table));
  }
  return {};
}

}  // namespace musubi::db
