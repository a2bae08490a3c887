// One SQLite connection: settings, prepared statements kept by their text, values in and out, errors in our words.
// Used by one thread at a time.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "db/transaction.h"

struct sqlite3;
struct sqlite3_stmt;

namespace musubi::db {

class SqliteConnection {
 public:
  enum class Role { kWriter, kReader };  // a reader cannot write (query_only)

  // The file must exist (an empty one is a new database). Errors: db.corrupt, db.failed, db.full.
  static Result<std::unique_ptr<SqliteConnection>> open(const std::string& path, const std::string& vfs, Role role);
  ~SqliteConnection();
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  Result<Rows> query(std::string_view sql, Parameters parameters = {});
  Result<void> scan(std::string_view sql, Parameters parameters, const std::function<Result<void>(const Row&)>& each);
  Result<std::int64_t> execute(std::string_view sql, Parameters parameters = {});  // number of rows touched
  Result<void> run(std::string_view sql);                                          // one statement, no answer
  Result<std::vector<std::int64_t>> search(std::string_view index, std::span<const Reader::Phrase> phrases, std::size_t limit);

  // Statements that a module hands over may not write to these tables (CHECK when they are prepared).
  void guard(const Schema& schema);
  void set_module_statement(bool on) { module_statement_ = on; }

  sqlite3* handle() { return db_; }
  Error error(int code) const;

 private:
  struct Statement {
    std::string sql;
    sqlite3_stmt* handle = nullptr;
    std::vector<std::size_t> order;  // for each parameter of SQLite, which of ours ($n -> n - 1)
    std::size_t count = 0;           // of our parameters
    bool in_use = false;
  };
  class Lease;

  explicit SqliteConnection(sqlite3* db) : db_(db) {}
  Result<Lease> prepare(std::string_view sql);
  Result<void> compile(Statement& statement);
  Result<void> bind(const Statement& statement, Parameters parameters);
  void forget_oldest();
  static int authorize(void* self, int action, const char* table, const char*, const char*, const char*);

  sqlite3* db_;
  std::list<Statement> statements_;  // most recently used first
  std::unordered_map<std::string_view, std::list<Statement>::iterator> by_sql_;
  std::set<std::string, std::less<>> guarded_;
  bool module_statement_ = false, violated_ = false;
};

bool valid_text(std::string_view text);  // UTF-8 without NUL

}  // namespace musubi::db
