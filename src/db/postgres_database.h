// One organisation in a PostgreSQL schema. Each batch takes a connection, locks the row of db_head first (lock order =
// commit order, whatever process writes), and goes out in as few round trips as its closures ask questions.
#pragma once

#include "db/database.h"
#include "db/postgres_pool.h"
#include "db/postgres_transaction.h"
#include "db/writers.h"

namespace musubi::db {

class PostgresDatabase final : public Database, public Session {
 public:
  struct Shared {  // what the databases of a store have in common
    const Schema& schema;
    std::shared_ptr<Writers> writers;
    std::shared_ptr<PostgresPool> writing, reading;
    bool read_only = false;  // beside a process that serves: nothing is migrated or written
  };

  PostgresDatabase(std::string organisation, std::string schema_name, const Shared& shared);
  ~PostgresDatabase() override;

  void set_listener(std::unique_ptr<CommitListener> listener);
  bool idle() { return queue_.idle(); }

  const std::string& organisation() const override { return organisation_; }
  CommitListener* listener() override { return listener_.get(); }
  const Schema& schema() const override { return shared_.schema; }
  bool refusing() const override { return queue_.refusing(); }
  Result<void> backup_to(const std::string& path) override;
  Result<void> scrub(std::span<const std::string> tables) override;

 private:
  Result<void> write_erased(std::function<Result<void>(Transaction&)> closure) override;
  Result<void> read_erased(std::function<Result<void>(Reader&)> closure) override;
  Result<void> in_snapshot(const std::function<Result<void>(PostgresConnection&)>& closure);

  Result<void> begin() override;
  Transaction& transaction() override { return transaction_; }
  Result<void> closure_began() override;
  Result<void> closure_kept() override;
  Result<void> closure_dropped() override;
  std::optional<Error> closure_fault() override { return transaction_.closure_fault(); }
  std::optional<Broken> broken() override;
  Commit commit() override;
  void rollback() override;
  void give_back();

  std::string organisation_, schema_name_;
  Shared shared_;
  PostgresTransaction transaction_;
  std::unique_ptr<PostgresConnection> connection_;  // of the batch under way
  std::unique_ptr<CommitListener> listener_;
  WriteQueue queue_;  // last: its end waits for the writer thread, which uses all the others
};

}  // namespace musubi::db
