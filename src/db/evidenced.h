// The statements of evidenced tables, made once, and the order of their values; the same on both back ends.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "db/transaction.h"

namespace musubi::db {

class EvidencedTables {
 public:
  struct Statements {
    const Table* table = nullptr;
    std::string put;     // $1.. the columns in the order of the table, then row_salt
    std::string remove;  // $1.. the key; RETURNING, so that one knows whether a row was there
  };

  explicit EvidencedTables(const Schema& schema);
  const Statements& at(std::string_view table) const;  // CHECK: an evidenced table
  bool has(std::string_view table) const { return tables_.count(table) > 0; }

  // The values in the order of the table (CHECK: all of them, nothing else), with the salt that the listener gives.
  std::vector<Value> row(const Statements& statements, std::span<const Column> columns, CommitListener* listener) const;

 private:
  std::unordered_map<std::string_view, Statements> tables_;
};

}  // namespace musubi::db
