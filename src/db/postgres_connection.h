// One PostgreSQL connection, always in pipeline mode: statements queue here and go out together with the next one whose
// answer is wanted. Prepared statements by text and parameter types, binary both ways. Used by one thread at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "db/transaction.h"

struct pg_conn;
struct pg_result;

namespace musubi::db {

class PostgresConnection {
 public:
  // Errors: db.failed (cannot connect; no UTF-8 database; fsync switched off).
  static Result<std::unique_ptr<PostgresConnection>> open(const std::string& connection);
  ~PostgresConnection();
  PostgresConnection(const PostgresConnection&) = delete;
  PostgresConnection& operator=(const PostgresConnection&) = delete;

  Result<void> use_schema(const std::string& schema);
  const std::string& schema() const { return schema_; }
  bool in_transaction() const;
  bool alive();  // asked before an idle connection is used again
  bool lost() const { return lost_; }

  struct Statement {
    std::string name, sql;
    std::vector<unsigned> types;
    std::vector<std::string> written;  // tables that it writes to
    bool prepared = false;             // on the server
    bool checked = false;              // for the caller's use
  };
  Statement& statement(std::string_view sql, Parameters parameters);

  // db.bad_text: a parameter cannot be stored; nothing was queued.
  Result<void> queue(std::string_view sql, Parameters parameters = {});
  Result<void> queue_before(std::size_t position, std::string_view sql);  // in front of what is queued since
  std::size_t queued() const { return queue_.size(); }
  std::size_t queued_bytes() const { return queued_bytes_; }
  void forget_queued(std::size_t from);

  // Sends what is queued and waits. The rows and the command tag are those of the last statement. The first error of any
  // of them is returned; the statements after it were not run.
  Result<Rows> flush();
  const std::string& tag() const { return tag_; }
  Result<Rows> query(std::string_view sql, Parameters parameters = {});

  // Alone, outside a transaction, not prepared (VACUUM).
  Result<void> run_alone(const std::string& sql);

 private:
  struct Queued {
    Statement* statement;
    std::vector<Value> values;
  };

  explicit PostgresConnection(pg_conn* connection) : connection_(connection) {}
  Result<void> set_up();
  bool send_one(const Queued& queued);
  std::optional<Error> await(bool want_rows, Rows& rows);
  bool drain_to_sync();
  Error error_of(const pg_result* result);
  Error gone();

  pg_conn* connection_;
  std::string schema_, tag_;
  bool lost_ = false;
  std::vector<Queued> queue_;
  std::size_t queued_bytes_ = 0;
  std::unordered_map<std::string, std::unique_ptr<Statement>> statements_;
  std::size_t next_name_ = 0;
};

}  // namespace musubi::db
