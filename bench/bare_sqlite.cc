#include "bare_sqlite.h"

#include <sqlite3.h>

#include <chrono>
#include <string_view>

#include "base/check.h"
#include "crypto/hash.h"

namespace musubi {
namespace {

sqlite3* opened(const std::string& file) {
  sqlite3* db = nullptr;
  CHECK(sqlite3_open_v2(file.c_str(), &db, SQLITE_OPEN_READWRITE, nullptr) == SQLITE_OK);
  CHECK(sqlite3_exec(db, "PRAGMA query_only=ON; PRAGMA cache_size=-4000;", nullptr, nullptr, nullptr) == SQLITE_OK);
  return db;
}

sqlite3_stmt* prepared(sqlite3* db, const std::string& sql) {
  sqlite3_stmt* out = nullptr;
  CHECK(sqlite3_prepare_v2(db, sql.c_str(), -1, &out, nullptr) == SQLITE_OK);
  return out;
}

void run(sqlite3_stmt* statement) {
  CHECK(sqlite3_step(statement) == SQLITE_DONE);
  sqlite3_reset(statement);
}

std::string_view bytes_at(sqlite3_stmt* row, int column) {
  auto* from = static_cast<const char*>(sqlite3_column_blob(row, column));
  return {from, std::size_t(sqlite3_column_bytes(row, column))};
}

}  // namespace

BareReader::BareReader(const std::string& file) : db_(opened(file)) {
  begin_ = prepared(db_, "BEGIN");
  end_ = prepared(db_, "COMMIT");
  record_ = prepared(db_, "SELECT head_salt, head, body_commitment FROM evidence_record WHERE idx = ?");
  tile_ = prepared(db_, "SELECT tile FROM evidence_node WHERE level = 1 AND idx = ?");
}

BareReader::~BareReader() {
  for (auto* statement : {begin_, end_, record_, tile_}) sqlite3_finalize(statement);
  sqlite3_close(db_);
}

std::size_t BareReader::receipt_rows(std::uint64_t record, bool tile) {
  std::size_t read = 0;
  run(begin_);
  sqlite3_bind_int64(record_, 1, sqlite3_int64(record));
  CHECK(sqlite3_step(record_) == SQLITE_ROW);
  for (int i = 0; i < 3; ++i) read += bytes_at(record_, i).size();
  sqlite3_reset(record_);
  if (tile) {
    sqlite3_bind_int64(tile_, 1, sqlite3_int64(record / 256));
    if (sqlite3_step(tile_) == SQLITE_ROW) read += bytes_at(tile_, 0).size();
    sqlite3_reset(tile_);
  }
  run(end_);
  return read;
}

std::uint64_t BareReader::hash_all_rows() {
  std::vector<std::string> tables;
  auto* names = prepared(db_, "SELECT name FROM sqlite_master WHERE type = 'table'");
  while (sqlite3_step(names) == SQLITE_ROW) tables.emplace_back(bytes_at(names, 0));
  sqlite3_finalize(names);
  std::uint64_t rows = 0;
  for (const auto& table : tables) {
    auto* row = prepared(db_, "SELECT * FROM \"" + table + "\"");
    for (int code = sqlite3_step(row); code != SQLITE_DONE; code = sqlite3_step(row), ++rows) {
      CHECK(code == SQLITE_ROW);
      crypto::Sha256 hash;
      for (int i = 0; i < sqlite3_column_count(row); ++i) hash.update(bytes_at(row, i));
      hash.finish();
    }
    sqlite3_finalize(row);
  }
  return rows;
}

double bare_open_seconds(const std::vector<std::string>& files, std::size_t limit) {
  auto from = std::chrono::steady_clock::now();
  std::vector<sqlite3*> open(limit);
  for (std::size_t i = 0; i < files.size(); ++i) {
    sqlite3*& place = open[i % limit];
    sqlite3_close(place);
    place = opened(files[i]);
    CHECK(sqlite3_exec(place, "SELECT count(*) FROM sqlite_master", nullptr, nullptr, nullptr) == SQLITE_OK);
  }
  double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - from).count();
  for (auto* one : open) sqlite3_close(one);
  return took;
}

}  // namespace musubi
