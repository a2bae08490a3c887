#include "db/sqlite_transaction.h"

#include <algorithm>

#include "db/errors.h"
#include "db/fulltext.h"

namespace musubi::db {
namespace {

// While it lives, statements are those of a module and may not touch evidenced tables.
class ModuleStatement {
 public:
  explicit ModuleStatement(SqliteConnection& connection) : connection_(connection) { connection_.set_module_statement(true); }
  ~ModuleStatement() { connection_.set_module_statement(false); }

 private:
  SqliteConnection& connection_;
};

bool has_index(const Schema& schema, std::string_view index) {
  return std::count(schema.fulltexts.begin(), schema.fulltexts.end(), index) > 0;
}

}  // namespace

Result<Rows> SqliteTransaction::query(std::string_view sql, Parameters parameters) {
  ModuleStatement module(connection_);
  return noted(connection_.query(sql, parameters));
}

Result<void> SqliteTransaction::scan(std::string_view sql, Parameters parameters,
                                     const std::function<Result<void>(const Row&)>& each) {
  // `each` may put rows while the scan goes on, and its errors are no failed statements.
  bool stopped = false;
  ModuleStatement module(connection_);
  auto done = connection_.scan(sql, parameters, [&](const Row& row) {
    connection_.set_module_statement(false);
    auto result = each(row);
    connection_.set_module_statement(true);
    stopped = !result.ok();
    return result;
  });
  return stopped ? std::move(done) : noted(std::move(done));
}

Result<std::vector<std::int64_t>> SqliteTransaction::search(std::string_view index, std::span<const Phrase> phrases,
                                                            std::size_t limit) {
  CHECK(has_index(schema_, index));
  return noted(connection_.search(index, phrases, limit));
}

Result<std::int64_t> SqliteTransaction::execute(std::string_view sql, Parameters parameters) {
  ModuleStatement module(connection_);
  return noted(connection_.execute(sql, parameters));
}

Result<void> SqliteTransaction::put(std::string_view table, std::span<const Column> columns) {
  const auto& statements = evidenced_.at(table);
  auto values = evidenced_.row(statements, columns, listener_);
  TRY(noted(connection_.execute(statements.put, values)));
  return {};
}

Result<void> SqliteTransaction::remove(std::string_view table, std::span<const Value> key) {
  const auto& statements = evidenced_.at(table);
  auto removed = TRY(noted(connection_.query(statements.remove, key)));
  if (!removed.empty() && listener_) listener_->row_removed(*statements.table, key);
  return {};
}

Result<void> SqliteTransaction::index_text(std::string_view index, std::int64_t row_id, std::span<const std::string> tokens) {
  CHECK(has_index(schema_, index));
  Value values[] = {row_id, TRY(noted(fts5_document(tokens)))};
  TRY(noted(connection_.execute("INSERT OR REPLACE INTO " + std::string(index) + " (rowid, text) VALUES ($1, $2)", values)));
  return {};
}

Result<void> SqliteTransaction::unindex_text(std::string_view index, std::int64_t row_id) {
  CHECK(has_index(schema_, index));
  Value values[] = {row_id};
  TRY(noted(connection_.execute("DELETE FROM " + std::string(index) + " WHERE rowid = $1", values)));
  return {};
}

Result<void> SqliteTransaction::optimise_texts() {
  for (const auto& index : schema_.fulltexts)
    TRY(noted(connection_.run("INSERT INTO " + index + " (" + index + ") VALUES ('optimize')")));
  return {};
}

}  // namespace musubi::db
