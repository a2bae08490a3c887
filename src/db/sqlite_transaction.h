// Reader and Transaction on an SQLite connection.
#pragma once

#include <optional>
#include <unordered_map>

#include "db/evidenced.h"
#include "db/sqlite_connection.h"

namespace musubi::db {

class SqliteReader final : public Reader {
 public:
  explicit SqliteReader(SqliteConnection& connection) : connection_(connection) {}

  using Reader::query;
  Result<Rows> query(std::string_view sql, Parameters parameters) override { return connection_.query(sql, parameters); }
  Result<void> scan(std::string_view sql, Parameters parameters, const std::function<Result<void>(const Row&)>& each) override {
    return connection_.scan(sql, parameters, each);
  }
  Result<std::vector<std::int64_t>> search(std::string_view index, std::span<const Phrase> phrases, std::size_t limit) override {
    return connection_.search(index, phrases, limit);
  }

 private:
  SqliteConnection& connection_;
};

class SqliteTransaction final : public Transaction {
 public:
  SqliteTransaction(SqliteConnection& connection, const Schema& schema)
      : connection_(connection), schema_(schema), evidenced_(schema) {}

  void set_listener(CommitListener* listener) { listener_ = listener; }
  // The first statement that failed since the last call of forget_fault.
  const std::optional<Error>& fault() const { return fault_; }
  void forget_fault() { fault_.reset(); }

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
  Result<void> optimise_texts();  // after an erasure: words that were removed leave the index
  CommitListener* listener() override { return listener_; }
  const Schema& schema() const override { return schema_; }

 private:
  template <class T>
  Result<T> noted(Result<T> result) {
    if (!result.ok() && !fault_) fault_ = result.error();
    return result;
  }

  SqliteConnection& connection_;
  const Schema& schema_;
  EvidencedTables evidenced_;
  CommitListener* listener_ = nullptr;
  std::optional<Error> fault_;
};

}  // namespace musubi::db
