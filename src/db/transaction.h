// Reader: a consistent view of one organisation's data. Transaction: the one open write transaction of an organisation,
// handed to a closure by Database::write. CommitListener: how the evidence log takes part in each commit.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "db/schema.h"
#include "db/value.h"

namespace musubi::db {

using Parameters = std::span<const Value>;

// Errors of every statement: db.failed (Code::kIo), db.full (no space left), db.corrupt (Code::kCorrupt).
class Reader {
 public:
  virtual ~Reader() = default;

  // All rows; for bounded answers (LIMIT in the SQL).
  virtual Result<Rows> query(std::string_view sql, Parameters parameters = {}) = 0;
  Result<Rows> query(std::string_view sql, std::initializer_list<Value> parameters) {
    return query(sql, Parameters(parameters.begin(), parameters.size()));
  }
  // Row by row in bounded memory, for scans of any length. An error from `each` ends the scan and is returned.
  virtual Result<void> scan(std::string_view sql, Parameters parameters, const std::function<Result<void>(const Row&)>& each) = 0;

  // Row ids of a full-text index, newest (highest id) first, at most `limit`. Every phrase must occur: its tokens one
  // after the other. A phrase with `prefix` matches tokens that begin with its last token.
  struct Phrase {
    std::vector<std::string> tokens;
    bool prefix = false;
  };
  virtual Result<std::vector<std::int64_t>> search(std::string_view index, std::span<const Phrase> phrases, std::size_t limit) = 0;
};

struct Column {
  std::string_view name;
  Value value;
};

class CommitListener;

// Leaves of a log, one after the other.
struct LeafRange {
  std::uint64_t first = 0, count = 0;
};

// Lives on the writer thread for one closure. A closure reads, puts, removes and appends records; it does no network,
// no signing, no waiting; it may be run a second time when the batch it was in failed, so it changes nothing outside
// the transaction but its own result.
class Transaction : public Reader {
 public:
  // INSERT, UPDATE or DELETE on working, derived and log tables, returning the number of rows touched where
  // known (0 when the statement was queued on PostgreSQL). On evidenced tables it is refused (CHECK).
  virtual Result<std::int64_t> execute(std::string_view sql, Parameters parameters = {}) = 0;
  Result<std::int64_t> execute(std::string_view sql, std::initializer_list<Value> parameters) {
    return execute(sql, Parameters(parameters.begin(), parameters.size()));
  }

  // Evidenced rows: inserts the row or replaces the one with the same key. All committed columns must be given (CHECK).
  virtual Result<void> put(std::string_view table, std::span<const Column> columns) = 0;
  Result<void> put(std::string_view table, std::initializer_list<Column> columns) {
    return put(table, std::span<const Column>(columns.begin(), columns.size()));
  }
  // Removes the evidenced row with this key (values in the order of the table's key columns). No such row: no effect,
  // no manifest line.
  virtual Result<void> remove(std::string_view table, std::span<const Value> key) = 0;
  Result<void> remove(std::string_view table, std::initializer_list<Value> key) {
    return remove(table, std::span<const Value>(key.begin(), key.size()));
  }

  // Full text: replaces what is stored for the row id.
  virtual Result<void> index_text(std::string_view index, std::int64_t row_id, std::span<const std::string> tokens) = 0;
  virtual Result<void> unindex_text(std::string_view index, std::int64_t row_id) = 0;

  virtual CommitListener* listener() = 0;
  virtual const Schema& schema() const = 0;
};

// The evidence log, seen from below. All calls but the last come from the writer, one organisation at a time, in this order:
//   batch_began, { closure_began, [row_put | row_removed]*, closure_ended | closure_undone }*, before_commit,
//   then committed or rolled_back.
// durable follows a committed, perhaps on another thread, perhaps while the writer is at the next batch, one at a time and in order.
class CommitListener {
 public:
  // What stands after a commit, to be published when it is durable.
  struct State {
    virtual ~State() = default;
  };

  virtual ~CommitListener() = default;

  // The write lock of the organisation is held (on PostgreSQL the log-head row is locked first): load what another
  // process may have changed.
  virtual Result<void> batch_began(Transaction& tx) = 0;
  virtual void closure_began() = 0;
  // Returns the salt (16 bytes) to store in row_salt. `values` in the order of table.columns.
  virtual std::string row_put(const Table& table, std::span<const Value> values) = 0;
  virtual void row_removed(const Table& table, std::span<const Value> key) = 0;
  // The closure succeeded. An error (rows were changed without a record) undoes it.
  virtual Result<void> closure_ended(Transaction& tx) = 0;
  virtual void closure_undone() = 0;
  // What the open closure appended so far; its place in the log is final once the batch is committed.
  virtual LeafRange appended() const { return {}; }
  // Last statements of the transaction (frontier, tree nodes).
  virtual Result<void> before_commit(Transaction& tx) = 0;
  // The batch stands for whatever the writer does next, and is lost if the machine stops now.
  virtual std::unique_ptr<State> committed() = 0;
  virtual void rolled_back() = 0;
  // Sign and publish; must not fail the callers: their acts stand. States between this one and the one before were passed over.
  virtual void durable(State& state) = 0;
};

}  // namespace musubi::db
