// What tables a module has, read from its schema/NNN_name.sql files. Each file is one migration; each CREATE TABLE is
// preceded by a line that says which of the three kinds the table is (house rule: no table without a kind):
//
//   -- @evidenced v1 key(id) columns(id, plan_id, number, title)
//   CREATE TABLE kpi_measure (id TEXT PRIMARY KEY, ..., row_salt BLOB NOT NULL);
//   -- @working       sessions, drafts, cursors, caches: never the basis of a decision
//   -- @derived       can be rebuilt from other rows, and is compared by `musubi verify`
//   -- @log           the evidence log's own tables (module evidence only)
//   -- @fulltext kpi_search      no CREATE TABLE follows: the dialect makes the index (see Reader::search)
//
// SQL is written once, for SQLite (INTEGER, REAL, TEXT, BLOB; parameters $1, $2); the PostgreSQL dialect replaces the
// type names. Statements end with ';' at the end of a line.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/embedded.h"
#include "base/result.h"

namespace musubi::db {

enum class TableKind { kEvidenced, kWorking, kDerived, kLog };

struct Table {
  std::string name;
  TableKind kind = TableKind::kWorking;
  int version = 0;                   // evidenced: of the column list; part of every row digest
  std::vector<std::string> key;      // evidenced: columns that name a row
  std::vector<std::string> columns;  // evidenced: committed columns in order, key included, row_salt not
};

struct Migration {
  std::string module;
  int number = 0;  // from the file name: 001_init.sql -> 1
  std::string name;
  std::vector<std::string> statements;
};

struct Schema {
  std::vector<Migration> migrations;  // in the order of modules, then numbers
  std::vector<Table> tables;
  std::vector<std::string> fulltexts;

  const Table* find(std::string_view table) const;
};

struct ModuleSchema {
  std::string_view module;
  std::span<const embedded::File> files;
};

// Errors: schema.malformed with file and line of every fault (a table without kind, a name without the module's prefix,
// an evidenced table without row_salt or with a key outside its columns). The schema is part of the binary, so callers
// stop on an error.
Result<Schema> read_schema(std::span<const ModuleSchema> modules);

}  // namespace musubi::db
