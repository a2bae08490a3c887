// What the tests of db share: a schema of one made-up module and a listener that writes down what it is told.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "support/store_fixture.h"

namespace musubi::db {

inline constexpr const char* kTownSchema = R"(
-- @evidenced v1 key(id) columns(id, name, size, area, photo)
CREATE TABLE town_house (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT,
  size INTEGER,
  area REAL,
  photo BLOB,
  row_salt BLOB NOT NULL
);
-- @evidenced v1 key(a, b) columns(a, b)
CREATE TABLE town_pair (a TEXT NOT NULL, b INTEGER NOT NULL, row_salt BLOB NOT NULL, PRIMARY KEY (a, b));
-- @working
CREATE TABLE town_note (id INTEGER NOT NULL PRIMARY KEY, body TEXT, big INTEGER, ratio REAL, bytes BLOB);
-- @fulltext town_search
)";

inline Schema town_schema() { return testing::schema_of({{"town", "001_init.sql", kTownSchema}}); }

inline Result<void> note(Transaction& tx, std::int64_t id, const std::string& body = "n") {
  static_cast<void>(TRY(tx.execute("INSERT INTO town_note (id, body) VALUES ($1, $2)", {id, body})));
  return {};
}

inline std::int64_t count(Database& db, const std::string& table = "town_note") {
  auto n = db.read([&](Reader& r) -> Result<std::int64_t> { return TRY(r.query("SELECT count(*) FROM " + table))[0].integer(0); });
  return n.ok() ? *n : -1;
}

inline Error refused() { return Error{Code::kInvalid, "town.refused", {"だめ", "no"}, {}}; }

// Writes down the calls in order: "batch", "began", "put town_house a", "ended", "undone", "before", "committed", "back".
class RecordingListener final : public CommitListener {
 public:
  struct Log {
    std::mutex mutex;
    std::vector<std::string> calls;
    std::function<Result<void>(Transaction&)> batch, ended, before;
    std::function<bool()> grown = [] { return true; };  // whether a commit leaves something to publish
    void add(std::string call) {
      std::lock_guard lock(mutex);
      calls.push_back(std::move(call));
    }
    std::vector<std::string> take() {
      std::lock_guard lock(mutex);
      return std::exchange(calls, {});
    }
  };

  explicit RecordingListener(std::shared_ptr<Log> log) : log_(std::move(log)) {}
  Result<void> batch_began(Transaction& tx) override { return call("batch", log_->batch, tx); }
  void closure_began() override { log_->add("began"); }
  std::string row_put(const Table& table, std::span<const Value> values) override {
    log_->add("put " + table.name + " " + std::get<std::string>(values[0]));
    return "0123456789abcdef";
  }
  void row_removed(const Table& table, std::span<const Value> key) override {
    log_->add("removed " + table.name + " " + std::get<std::string>(key[0]));
  }
  Result<void> closure_ended(Transaction& tx) override { return call("ended", log_->ended, tx); }
  void closure_undone() override { log_->add("undone"); }
  Result<void> before_commit(Transaction& tx) override { return call("before", log_->before, tx); }
  std::unique_ptr<State> committed() override {
    log_->add("committed");
    return log_->grown() ? std::make_unique<State>() : nullptr;
  }
  void durable(State&) override { log_->add("durable"); }
  void rolled_back() override { log_->add("back"); }

 private:
  Result<void> call(const char* name, const std::function<Result<void>(Transaction&)>& then, Transaction& tx) {
    log_->add(name);
    return then ? then(tx) : Result<void>();
  }
  std::shared_ptr<Log> log_;
};

}  // namespace musubi::db
