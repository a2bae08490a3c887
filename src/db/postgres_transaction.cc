#include "db/postgres_transaction.h"

#include <algorithm>

#include "db/errors.h"
#include "db/fulltext.h"

namespace musubi::db {
namespace {

constexpr std::size_t kQueued = 2048, kQueuedBytes = 4 << 20;
constexpr int kFetch = 500;

bool has_index(const Schema& schema, std::string_view index) {
  return std::count(schema.fulltexts.begin(), schema.fulltexts.end(), index) > 0;
}

// A cursor keeps memory bounded and leaves the connection free for other statements between the fetches.
template <class Run, class Each>
Result<void> scan_by_cursor(const std::string& cursor, std::string_view sql, Parameters parameters, Run&& run, Each&& each) {
  TRY(run("DECLARE " + cursor + " NO SCROLL CURSOR FOR " + std::string(sql), parameters));
  while (true) {
    Rows rows = TRY(run("FETCH " + std::to_string(kFetch) + " FROM " + cursor, Parameters()));
    for (const Row& row : rows) TRY(each(row));
    if (rows.size() < std::size_t(kFetch)) break;
  }
  TRY(run("CLOSE " + cursor, Parameters()));
  return {};
}

struct Search {
  std::string sql;
  std::vector<Value> parameters;
};

Result<Search> search_sql(std::string_view index, std::span<const Reader::Phrase> phrases, std::size_t limit) {
  Search search;
  for (auto& query : TRY(tsqueries(phrases))) {
    search.parameters.emplace_back(std::move(query));
    search.sql += (search.sql.empty() ? "SELECT id FROM " : " INTERSECT SELECT id FROM ") + std::string(index) +
                  " WHERE doc @@ CAST($" + std::to_string(search.parameters.size()) + " AS tsquery)";
  }
  if (search.sql.empty()) search.sql = "SELECT id FROM " + std::string(index);
  search.parameters.emplace_back(std::int64_t(limit));
  search.sql =
      "SELECT DISTINCT id FROM (" + search.sql + ") AS found ORDER BY id DESC LIMIT $" + std::to_string(search.parameters.size());
  return search;
}

std::vector<std::int64_t> ids_of(const Rows& rows) {
  std::vector<std::int64_t> ids;
  for (const Row& row : rows) ids.push_back(row.integer(0));
  return ids;
}

}  // namespace

Result<std::vector<std::int64_t>> postgres_search(PostgresConnection& connection, std::string_view index,
                                                  std::span<const Reader::Phrase> phrases, std::size_t limit) {
  Search search = TRY(search_sql(index, phrases, limit));
  return ids_of(TRY(connection.query(search.sql, search.parameters)));
}

Result<void> PostgresReader::scan(std::string_view sql, Parameters parameters, const std::function<Result<void>(const Row&)>& each) {
  return scan_by_cursor(
      "scan" + std::to_string(++cursors_), sql, parameters,
      [&](const std::string& s, Parameters p) { return connection_.query(s, p); }, each);
}

void PostgresTransaction::use(PostgresConnection* connection) {
  connection_ = connection;
  closure_fault_.reset();
  server_fault_.reset();
  in_closure_ = savepoint_ = wrote_ = false;
  cursors_ = 0;
}

void PostgresTransaction::closure_began() {
  in_closure_ = true;
  savepoint_ = wrote_ = false;
  closure_fault_.reset();
  closure_start_ = connection_->queued();
}

void PostgresTransaction::closure_kept() {
  if (savepoint_) static_cast<void>(connection_->queue("RELEASE closure").ok());
  in_closure_ = false;
}

// What of the closure is only queued is forgotten; what has gone out stands behind a savepoint.
void PostgresTransaction::closure_dropped() {
  connection_->forget_queued(closure_start_);
  if (savepoint_) {
    static_cast<void>(connection_->queue("ROLLBACK TO closure").ok());
    static_cast<void>(connection_->queue("RELEASE closure").ok());
  }
  in_closure_ = false;
  closure_fault_.reset();
}

Error PostgresTransaction::fault(Error error) {
  if (!closure_fault_) closure_fault_ = error;
  return error;
}

Result<void> PostgresTransaction::queue(std::string_view sql, Parameters parameters) {
  if (server_fault_) return *server_fault_;
  if (auto queued = connection_->queue(sql, parameters); !queued.ok()) return fault(queued.error());
  if (connection_->queued() >= kQueued || connection_->queued_bytes() >= kQueuedBytes) TRY(flush());
  return {};
}

Result<void> PostgresTransaction::queue_of_module(std::string_view sql, Parameters parameters) {
  auto& statement = connection_->statement(sql, parameters);
  if (!statement.checked)
    for (const auto& table : statement.written) CHECK(!evidenced_.has(table));  // written through put and remove only
  statement.checked = true;
  return queue(sql, parameters);
}

// A savepoint costs the server something, so that only a closure whose writes go out before it ends gets one.
Result<Rows> PostgresTransaction::flush() {
  if (server_fault_) return *server_fault_;
  if (in_closure_ && !savepoint_ && connection_->queued() > closure_start_) {
    TRY(connection_->queue_before(closure_start_, "SAVEPOINT closure"));
    savepoint_ = true;
  }
  auto rows = connection_->flush();
  closure_start_ = 0;
  if (!rows.ok()) server_fault_ = rows.error();
  return rows;
}

Result<Rows> PostgresTransaction::query(std::string_view sql, Parameters parameters) {
  if (server_fault_) return *server_fault_;
  bool writes = !connection_->statement(sql, parameters).written.empty();
  if (writes || connection_->queued() > closure_start_ || !in_closure_) {
    TRY(queue_of_module(sql, parameters));
    return flush();
  }
  // Nothing of this closure is queued: the question goes along with what others queued, without a savepoint.
  if (auto queued = connection_->queue(sql, parameters); !queued.ok()) return fault(queued.error());
  auto rows = connection_->flush();
  closure_start_ = 0;
  if (!rows.ok()) server_fault_ = rows.error();
  return rows;
}

Result<void> PostgresTransaction::scan(std::string_view sql, Parameters parameters,
                                       const std::function<Result<void>(const Row&)>& each) {
  return scan_by_cursor(
      "scan" + std::to_string(++cursors_), sql, parameters, [&](const std::string& s, Parameters p) { return query(s, p); }, each);
}

Result<std::vector<std::int64_t>> PostgresTransaction::search(std::string_view index, std::span<const Phrase> phrases,
                                                              std::size_t limit) {
  CHECK(has_index(schema_, index));
  auto search = search_sql(index, phrases, limit);
  if (!search.ok()) return fault(search.error());
  return ids_of(TRY(query(search->sql, search->parameters)));
}

Result<std::int64_t> PostgresTransaction::execute(std::string_view sql, Parameters parameters) {
  if (server_fault_) return *server_fault_;
  TRY(queue_of_module(sql, parameters));
  return std::int64_t(0);
}

Result<void> PostgresTransaction::put(std::string_view table, std::span<const Column> columns) {
  const auto& statements = evidenced_.at(table);
  return queue(statements.put, evidenced_.row(statements, columns, listener_));
}

Result<void> PostgresTransaction::remove(std::string_view table, std::span<const Value> key) {
  const auto& statements = evidenced_.at(table);
  TRY(queue(statements.remove, key));
  Rows removed = TRY(flush());
  if (!removed.empty() && listener_) listener_->row_removed(*statements.table, key);
  return {};
}

Result<void> PostgresTransaction::index_text(std::string_view index, std::int64_t row_id, std::span<const std::string> tokens) {
  TRY(unindex_text(index, row_id));
  auto vectors = tsvectors(tokens);
  if (!vectors.ok()) return fault(vectors.error());
  std::string sql = "INSERT INTO " + std::string(index) + " (id, chunk, tokens, doc) VALUES ($1, $2, $3, CAST($4 AS tsvector))";
  std::int64_t chunk = 0;
  for (auto& vector : *vectors) {
    Value values[] = {row_id, chunk, chunk == 0 ? Value(TRY(fts5_document(tokens))) : Value(), std::move(vector)};
    TRY(queue(sql, values));
    ++chunk;
  }
  return {};
}

Result<void> PostgresTransaction::unindex_text(std::string_view index, std::int64_t row_id) {
  CHECK(has_index(schema_, index));
  Value values[] = {row_id};
  return queue("DELETE FROM " + std::string(index) + " WHERE id = $1", values);
}

}  // namespace musubi::db
