#include "db/sqlite_connection.h"

#include <sqlite3.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/printable.h"
#include "db/errors.h"
#include "db/fulltext.h"

namespace musubi::db {
namespace {

constexpr std::size_t kStatements = 256;

// WAL with synchronous=FULL: a commit is on the disk when COMMIT returns; of the writer of a Store after sync
// (sqlite_log_file.h). Checkpoints are another thread's work (sqlite_checkpoint.h). secure_delete: erased bytes are overwritten. cell_size_check: damage is met early.
constexpr const char* kSettings =
    "PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0; PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF;"
    "PRAGMA secure_delete=ON; PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-4000;";

// Into a value of the row before, whose memory a text or blob takes over.
// By the column's value: the calls on a column look it up, and check the statement, each time.
void fill(Value& value, sqlite3_stmt* statement, int i) {
  sqlite3_value* column = sqlite3_column_value(statement, i);
  switch (sqlite3_value_type(column)) {
    case SQLITE_INTEGER: value = static_cast<std::int64_t>(sqlite3_value_int64(column)); return;
    case SQLITE_FLOAT: value = sqlite3_value_double(column); return;
    case SQLITE_TEXT: {
      auto text = reinterpret_cast<const char*>(sqlite3_value_text(column));
      if (!std::holds_alternative<std::string>(value)) value.emplace<std::string>();
      std::get<std::string>(value).assign(text ? text : "", text ? std::size_t(sqlite3_value_bytes(column)) : 0);
      return;
    }
    case SQLITE_BLOB: {
      auto bytes = static_cast<const char*>(sqlite3_value_blob(column));
      if (!std::holds_alternative<Blob>(value)) value.emplace<Blob>();
      std::get<Blob>(value).bytes.assign(bytes ? bytes : "", bytes ? std::size_t(sqlite3_value_bytes(column)) : 0);
      return;
    }
    default: value = {};
  }
}

int bind_value(sqlite3_stmt* statement, int at, const Value& value) {
  if (auto n = std::get_if<std::int64_t>(&value)) return sqlite3_bind_int64(statement, at, *n);
  if (auto d = std::get_if<double>(&value)) return sqlite3_bind_double(statement, at, *d);
  if (auto t = std::get_if<std::string>(&value))
    return sqlite3_bind_text64(statement, at, t->data(), t->size(), SQLITE_STATIC, SQLITE_UTF8);
  if (auto b = std::get_if<Blob>(&value)) return sqlite3_bind_blob64(statement, at, b->bytes.data(), b->bytes.size(), SQLITE_STATIC);
  return sqlite3_bind_null(statement, at);
}

}  // namespace

bool valid_text(std::string_view text) { return text.find('\0') == text.npos && is_utf8(text); }

// A prepared statement in use; given back (or ended, when the cache already lends the same text) at the end.
class SqliteConnection::Lease {
 public:
  explicit Lease(Statement* kept) : statement_(kept) { statement_->in_use = true; }
  explicit Lease(std::unique_ptr<Statement> own) : own_(std::move(own)), statement_(own_.get()) {}
  Lease(Lease&& other) noexcept : own_(std::move(other.own_)), statement_(std::exchange(other.statement_, nullptr)) {}
  ~Lease() {
    if (!statement_) return;
    if (own_)
      sqlite3_finalize(own_->handle);
    else
      sqlite3_reset(statement_->handle);
    statement_->in_use = false;
  }
  Statement* operator->() { return statement_; }
  Statement& operator*() { return *statement_; }

 private:
  std::unique_ptr<Statement> own_;
  Statement* statement_;
};

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::open(const std::string& path, const std::string& vfs, Role role) {
  sqlite3* db = nullptr;
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  int code = sqlite3_open_v2(path.c_str(), &db, flags, vfs.empty() ? nullptr : vfs.c_str());
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(db));
  if (code != SQLITE_OK) return connection->error(code);
  sqlite3_busy_timeout(db, 10'000);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  std::string settings = kSettings;
  if (role == Role::kReader)
    settings += "PRAGMA query_only=ON;";
  else
    settings = "PRAGMA journal_mode=WAL;" + settings;
  code = sqlite3_exec(db, settings.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return connection->error(code);
  return connection;
}

SqliteConnection::~SqliteConnection() {
  for (Statement& statement : statements_) sqlite3_finalize(statement.handle);
  sqlite3_close(db_);
}

Error SqliteConnection::error(int code) const {
  std::string why = db_ ? printable(sqlite3_errmsg(db_)) : "out of memory";  // it may quote a damaged schema
  why += ", SQLite " + std::to_string(code);
  switch (code & 0xff) {
    case SQLITE_FULL: return full(why);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return corrupt(why);
    case SQLITE_CONSTRAINT: return constraint(why);
    default: return failed(why);
  }
}

void SqliteConnection::guard(const Schema& schema) {
  for (const Table& table : schema.tables)
    if (table.kind == TableKind::kEvidenced) guarded_.insert(table.name);
  sqlite3_set_authorizer(db_, &SqliteConnection::authorize, this);
}

int SqliteConnection::authorize(void* self, int action, const char* table, const char*, const char*, const char*) {
  auto& connection = *static_cast<SqliteConnection*>(self);
  if (!connection.module_statement_) return SQLITE_OK;
  if (action != SQLITE_INSERT && action != SQLITE_UPDATE && action != SQLITE_DELETE) return SQLITE_OK;
  if (!table || !connection.guarded_.count(std::string_view(table))) return SQLITE_OK;
  connection.violated_ = true;
  return SQLITE_DENY;
}

Result<void> SqliteConnection::compile(Statement& statement) {
  int code =
      sqlite3_prepare_v3(db_, statement.sql.data(), int(statement.sql.size()), SQLITE_PREPARE_PERSISTENT, &statement.handle, nullptr);
  CHECK(!violated_);  // evidenced rows are written through put and remove only
  if (code != SQLITE_OK) return error(code);
  CHECK(statement.handle);
  int n = sqlite3_bind_parameter_count(statement.handle);
  for (int i = 1; i <= n; ++i) {
    const char* name = sqlite3_bind_parameter_name(statement.handle, i);
    CHECK(name && name[0] == '$' && name[1] >= '1' && name[1] <= '9');
    std::size_t ours = std::size_t(std::stoi(name + 1));
    statement.order.push_back(ours - 1);
    statement.count = std::max(statement.count, ours);
  }
  return {};
}

auto SqliteConnection::prepare(std::string_view sql) -> Result<Lease> {
  auto found = by_sql_.find(sql);
  if (found != by_sql_.end() && !found->second->in_use) {
    statements_.splice(statements_.begin(), statements_, found->second);
    return Lease(&statements_.front());
  }
  auto fresh = std::make_unique<Statement>(Statement{std::string(sql), nullptr, {}, 0, false});
  TRY(compile(*fresh));
  if (found != by_sql_.end()) return Lease(std::move(fresh));
  statements_.push_front(std::move(*fresh));
  by_sql_[statements_.front().sql] = statements_.begin();
  Lease lease(&statements_.front());
  forget_oldest();
  return lease;
}

void SqliteConnection::forget_oldest() {
  if (statements_.size() <= kStatements || statements_.back().in_use) return;
  by_sql_.erase(statements_.back().sql);
  sqlite3_finalize(statements_.back().handle);
  statements_.pop_back();
}

Result<void> SqliteConnection::bind(const Statement& statement, Parameters parameters) {
  CHECK(parameters.size() == statement.count);
  for (std::size_t i = 0; i < statement.order.size(); ++i) {
    const Value& value = parameters[statement.order[i]];
    if (auto text = std::get_if<std::string>(&value); text && !valid_text(*text)) return bad_text();
    if (int code = bind_value(statement.handle, int(i + 1), value); code != SQLITE_OK) return error(code);
  }
  return {};
}

Result<void> SqliteConnection::scan(std::string_view sql, Parameters parameters, const std::function<Result<void>(const Row&)>& each) {
  Lease statement = TRY(prepare(sql));
  TRY(bind(*statement, parameters));
  int columns = sqlite3_column_count(statement->handle);
  std::vector<Value> values(static_cast<std::size_t>(columns));
  Row row(std::move(values));  // one for all, so that texts keep their memory
  while (true) {
    int code = sqlite3_step(statement->handle);
    if (code == SQLITE_DONE) return {};
    if (code != SQLITE_ROW) return error(code);
    for (int i = 0; i < columns; ++i) fill(const_cast<Value&>(row.at(std::size_t(i))), statement->handle, i);
    TRY(each(row));
  }
}

Result<Rows> SqliteConnection::query(std::string_view sql, Parameters parameters) {
  Rows rows;
  TRY(scan(sql, parameters, [&](const Row& row) -> Result<void> {
    rows.push_back(row);
    return {};
  }));
  return rows;
}

Result<std::int64_t> SqliteConnection::execute(std::string_view sql, Parameters parameters) {
  Lease statement = TRY(prepare(sql));
  TRY(bind(*statement, parameters));
  int code;
  do code = sqlite3_step(statement->handle);
  while (code == SQLITE_ROW);
  if (code != SQLITE_DONE) return error(code);
  return static_cast<std::int64_t>(sqlite3_changes64(db_));
}

Result<void> SqliteConnection::run(std::string_view sql) {
  TRY(execute(sql));
  return {};
}

Result<std::vector<std::int64_t>> SqliteConnection::search(std::string_view index, std::span<const Reader::Phrase> phrases,
                                                           std::size_t limit) {
  std::string table(index);
  std::string match = TRY(fts5_query(phrases));
  auto most = static_cast<std::int64_t>(limit);
  Rows rows;
  if (match.empty()) {
    Value all[] = {most};
    rows = TRY(query("SELECT rowid FROM " + table + " ORDER BY rowid DESC LIMIT $1", all));
  } else {
    Value some[] = {match, most};
    rows = TRY(query("SELECT rowid FROM " + table + " WHERE " + table + " MATCH $1 ORDER BY rowid DESC LIMIT $2", some));
  }
  std::vector<std::int64_t> ids;
  for (const Row& row : rows) ids.push_back(row.integer(0));
  return ids;
}

}  // namespace musubi::db
