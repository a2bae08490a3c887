// Reader and Transaction on a PostgreSQL connection. Writes wait in the connection's queue; a query takes them along.
#pragma once

#include <optional>

#include "db/evidenced.h"
#include "db/postgres_connection.h"

namespace musubi::db {

// What both share: the answers.
Result<std::vector<std::int64_t>> postgres_search(PostgresConnection& connection, std::string_view index,
                                                  std::span<const Reader::Phrase> phrases, std::size_t limit);

class PostgresReader final : public Reader {
 public:
  explicit PostgresReader(PostgresConnection& connection) : connection_(connection) {}

  using Reader::query;
  Result<Rows> query(std::string_view sql, Parameters parameters) override { return connection_.query(sql, parameters); }
  Result<void> scan(std::string_view sql, Parameters parameters, const std::function<Result<void>(const Row&)>& each) override;
  Result<std::vector<std::int64_t>> search(std::string_view index, std::span<const Phrase> phrases, std::size_t limit) override {
    return postgres_search(connection_, index, phrases, limit);
  }

 private:
  PostgresConnection& connection_;
  int cursors_ = 0;
};

class PostgresTransaction final : public Transaction {
 public:
  explicit PostgresTransaction(const Schema& schema) : schema_(schema), evidenced_(schema) {}

  void set_listener(CommitListener* listener) { listener_ = listener; }
  void use(PostgresConnection* connection);  // for the batch that begins
  void closure_began();
  void closure_kept();
  void closure_dropped();
  const std::optional<Error>& closure_fault() const { return closure_fault_ ? closure_fault_ : server_fault_; }
  const std::optional<Error>& server_fault() const { return server_fault_; }  // the transaction is lost

  using Transaction::execute;
  using Transaction::put;
  using Transaction::query;
  using Transaction::remove;
  Result<Rows> query(std::string_view sql, Parameters parameters) override;
  Result<void> scan(std::string_view sql, Parameters parameters, const std::function<Result<void>(const Row&)>& each) override;
  Result<std::vector<std::int64_t>> search(std::string_view index, std::span<const Phrase> phrases, std::size_t limit) override;
  Result<std::int64_t> execute(std::string_view sql, Parameters parameters) override;
  Result<void> put(std::string_view table, std::span<const Column> columns) override;
  Result<void> remove(std::string_view table, std::span<const Value> key) override;
  Result<void> index_text(std::string_view index, std::int64_t row_id, std::span<const std::string> tokens) override;
  Result<void> unindex_text(std::string_view index, std::int64_t row_id) override;
  CommitListener* listener() override { return listener_; }
  const Schema& schema() const override { return schema_; }

 private:
  Result<void> queue(std::string_view sql, Parameters parameters);
  Result<void> queue_of_module(std::string_view sql, Parameters parameters);
  Result<Rows> flush();
  Error fault(Error error);

  const Schema& schema_;
  EvidencedTables evidenced_;
  CommitListener* listener_ = nullptr;
  PostgresConnection* connection_ = nullptr;
  bool in_closure_ = false, savepoint_ = false, wrote_ = false;
  std::size_t closure_start_ = 0;  // of the connection's queue
  int cursors_ = 0;
  std::optional<Error> closure_fault_, server_fault_;
};

}  // namespace musubi::db
