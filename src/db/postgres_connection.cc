#include "db/postgres_connection.h"

#include <libpq-fe.h>
#include <poll.h>

#include "base/away.h"
#include "db/errors.h"
#include "db/postgres_values.h"
#include "db/sql_text.h"
#include "db/sqlite_connection.h"

namespace musubi::db {
namespace {

constexpr std::size_t kStatements = 512;

struct Clear {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Answer = std::unique_ptr<PGresult, Clear>;

std::string one_line(const char* message) {
  std::string text(message ? message : "");
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text.substr(0, text.find('\n'));
}

Result<void> decode_rows(const PGresult* result, Rows& rows) {
  int columns = PQnfields(result);
  for (int r = 0; r < PQntuples(result); ++r) {
    std::vector<Value> values;
    values.reserve(std::size_t(columns));
    for (int c = 0; c < columns; ++c) {
      if (PQgetisnull(result, r, c))
        values.emplace_back();
      else
        values.push_back(TRY(decode(PQftype(result, c), {PQgetvalue(result, r, c), std::size_t(PQgetlength(result, r, c))})));
    }
    rows.emplace_back(std::move(values));
  }
  return {};
}

// While it is not there the processor is that of the database server.
PGresult* next_result(PGconn* connection) {
  if (!PQisBusy(connection)) return PQgetResult(connection);
  Away away;
  return PQgetResult(connection);
}

}  // namespace

Result<std::unique_ptr<PostgresConnection>> PostgresConnection::open(const std::string& connection) {
  Away away;
  std::unique_ptr<PostgresConnection> made(new PostgresConnection(PQconnectdb(connection.c_str())));
  if (PQstatus(made->connection_) != CONNECTION_OK) return failed("PostgreSQL: " + one_line(PQerrorMessage(made->connection_)));
  PQsetNoticeProcessor(
      made->connection_, [](void*, const char*) {}, nullptr);
  TRY(made->set_up());
  return made;
}

PostgresConnection::~PostgresConnection() { PQfinish(connection_); }

// Durability is the session's own setting, whatever the server's default; fsync is the server's, so it is checked.
Result<void> PostgresConnection::set_up() {
  if (PQenterPipelineMode(connection_) != 1) return failed("PostgreSQL: no pipeline mode");
  Rows rows =
      TRY(query("SELECT set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'remote_apply' THEN "
                "'remote_apply' ELSE 'on' END, false), set_config('client_encoding', 'UTF8', false), set_config('jit', 'off', false), "
                "set_config('application_name', 'musubi', false), set_config('client_min_messages', 'warning', false), "
                "current_setting('server_encoding'), current_setting('fsync')"));
  if (rows[0].text(5) != "UTF8") return failed("the PostgreSQL database must have the encoding UTF8, it has " + rows[0].text(5));
  if (rows[0].text(6) != "on") return failed("PostgreSQL runs with fsync=off, so nothing would be durable; set fsync=on");
  return {};
}

Result<void> PostgresConnection::use_schema(const std::string& schema) {
  if (schema == schema_) return {};
  if (!statements_.empty()) {
    statements_.clear();
    TRY(queue("DEALLOCATE ALL"));
    TRY(flush());
    statements_.clear();  // the statement above, too
  }
  Value path[] = {"\"" + schema + "\""};
  TRY(query("SELECT set_config('search_path', $1, false)", path));
  schema_ = schema;
  return {};
}

// What the server said with its last answer, so that a transaction is never taken for closed while it is open.
bool PostgresConnection::in_transaction() const { return !lost_ && PQtransactionStatus(connection_) != PQTRANS_IDLE; }

bool PostgresConnection::alive() {
  pollfd socket{PQsocket(connection_), POLLIN, 0};
  if (poll(&socket, 1, 0) > 0 && !PQconsumeInput(connection_)) lost_ = true;
  if (PQstatus(connection_) != CONNECTION_OK) lost_ = true;
  return !lost_;
}

auto PostgresConnection::statement(std::string_view sql, Parameters parameters) -> Statement& {
  std::string key(sql);
  key += '\0';
  for (const Value& value : parameters) key += char('0' + value.index());
  auto& found = statements_[std::move(key)];
  if (found) return *found;
  found = std::make_unique<Statement>();
  found->name = "m" + std::to_string(++next_name_);
  found->sql = sql;
  for (const Value& value : parameters) found->types.push_back(type_of(value));
  found->written = written_tables(sql);
  return *found;
}

Result<void> PostgresConnection::queue(std::string_view sql, Parameters parameters) {
  std::size_t bytes = 64;
  for (const Value& value : parameters) {
    auto text = std::get_if<std::string>(&value);
    if (text && !valid_text(*text)) return bad_text();
    if (text) bytes += text->size();
    if (auto blob = std::get_if<Blob>(&value)) bytes += blob->bytes.size();
  }
  queue_.push_back({&statement(sql, parameters), {parameters.begin(), parameters.end()}});
  queued_bytes_ += bytes;
  return {};
}

Result<void> PostgresConnection::queue_before(std::size_t position, std::string_view sql) {
  queue_.insert(queue_.begin() + long(position), {&statement(sql, {}), {}});
  return {};
}

void PostgresConnection::forget_queued(std::size_t from) {
  if (from < queue_.size()) queue_.resize(from);
  if (queue_.empty()) queued_bytes_ = 0;
}

bool PostgresConnection::send_one(const Queued& queued) {
  Statement& statement = *queued.statement;
  int count = int(statement.types.size());
  if (!statement.prepared) {
    if (!PQsendPrepare(connection_, statement.name.c_str(), statement.sql.c_str(), count, statement.types.data())) return false;
    statement.prepared = true;
  }
  std::vector<std::string> encoded(queued.values.size());
  std::vector<const char*> values(queued.values.size());
  std::vector<int> lengths(queued.values.size()), formats(queued.values.size(), 1);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Value& value = queued.values[i];
    std::string_view bytes;
    if (auto text = std::get_if<std::string>(&value))
      bytes = *text;
    else if (auto blob = std::get_if<Blob>(&value))
      bytes = blob->bytes;
    else
      bytes = encoded[i] = encode(value);
    values[i] = std::holds_alternative<std::monostate>(value) ? nullptr : bytes.data();
    lengths[i] = int(bytes.size());
  }
  return PQsendQueryPrepared(connection_, statement.name.c_str(), count, values.data(), lengths.data(), formats.data(), 1);
}

Error PostgresConnection::gone() {
  lost_ = true;
  return failed("PostgreSQL: " + one_line(PQerrorMessage(connection_)));
}

Error PostgresConnection::error_of(const PGresult* result) {
  const char* code = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  std::string state = code ? code : "", why = one_line(PQresultErrorMessage(result)) + " [" + state + "]";
  if (state.empty() || PQstatus(connection_) != CONNECTION_OK) return gone();
  if (state.starts_with("23")) return constraint(why);
  if (state == "53100") return full(why);
  if (state.starts_with("XX00") && state != "XX000") return corrupt(why);
  return failed(why);
}

// The answer to one command of the pipeline.
std::optional<Error> PostgresConnection::await(bool want_rows, Rows& rows) {
  std::optional<Error> error;
  bool any = false;
  while (Answer answer{next_result(connection_)}) {
    any = true;
    auto status = PQresultStatus(answer.get());
    if (status == PGRES_TUPLES_OK && want_rows) {
      if (auto decoded = decode_rows(answer.get(), rows); !decoded.ok()) error = decoded.error();
    }
    if (status == PGRES_PIPELINE_ABORTED) error = failed("PostgreSQL: an earlier statement failed");
    if (status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE) error = error_of(answer.get());
    if (want_rows && !error) tag_ = PQcmdStatus(answer.get());
    if (lost_) break;
  }
  if (!any && PQstatus(connection_) != CONNECTION_OK) return gone();
  return error;
}

bool PostgresConnection::drain_to_sync() {
  while (!lost_) {
    Answer answer{next_result(connection_)};
    if (answer && PQresultStatus(answer.get()) == PGRES_PIPELINE_SYNC) return true;
    if (PQstatus(connection_) != CONNECTION_OK) lost_ = true;
  }
  return false;
}

Result<Rows> PostgresConnection::flush() {
  tag_.clear();
  if (lost_) return gone();
  auto sent = std::exchange(queue_, {});
  queued_bytes_ = 0;
  std::vector<bool> prepares;  // what answers to expect: a PREPARE before a statement or not
  for (const Queued& one : sent) {
    prepares.push_back(!one.statement->prepared);
    if (!send_one(one)) return gone();
  }
  if (!PQpipelineSync(connection_)) return gone();
  std::optional<Error> first;
  Rows rows;
  for (std::size_t i = 0; i < sent.size() && !lost_; ++i) {
    for (int part = prepares[i] ? 0 : 1; part < 2 && !lost_; ++part) {
      auto error = await(part == 1 && i + 1 == sent.size(), rows);
      if (error && part == 0) sent[i].statement->prepared = false;
      if (error && !first) first = error;
    }
  }
  drain_to_sync();
  if (lost_) return first ? *first : gone();
  if (first) return *first;
  if (statements_.size() > kStatements && queue_.empty() && tag_ == "COMMIT") {
    statements_.clear();
    // The commit stands whatever becomes of this: a connection that cannot tidy up is not used again.
    if (!query("DEALLOCATE ALL").ok()) lost_ = true;
    statements_.clear();
    tag_ = "COMMIT";
  }
  return rows;
}

Result<Rows> PostgresConnection::query(std::string_view sql, Parameters parameters) {
  TRY(queue(sql, parameters));
  return flush();
}

Result<void> PostgresConnection::run_alone(const std::string& sql) {
  if (lost_ || !PQsendQueryParams(connection_, sql.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 1) || !PQpipelineSync(connection_))
    return gone();
  Rows rows;
  auto error = await(false, rows);
  drain_to_sync();
  if (error) return *error;
  return {};
}

}  // namespace musubi::db
