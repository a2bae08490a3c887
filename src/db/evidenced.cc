#include "db/evidenced.h"

#include <algorithm>

namespace musubi::db {
namespace {

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

}  // namespace

// The comment in front keeps these texts apart from any that a module could hand over (see SqliteConnection::guard).
EvidencedTables::EvidencedTables(const Schema& schema) {
  for (const Table& table : schema.tables) {
    if (table.kind != TableKind::kEvidenced) continue;
    std::string places, updates, where;
    for (std::size_t i = 0; i <= table.columns.size(); ++i) places += (i ? ", $" : "$") + std::to_string(i + 1);
    for (const auto& column : table.columns)
      if (!std::count(table.key.begin(), table.key.end(), column)) updates += column + " = excluded." + column + ", ";
    for (std::size_t i = 0; i < table.key.size(); ++i) where += (i ? " AND " : "") + table.key[i] + " = $" + std::to_string(i + 1);
    tables_[table.name] = {&table,
                           "/* put */ INSERT INTO " + table.name + " (" + joined(table.columns) + ", row_salt) VALUES (" + places +
                               ") ON CONFLICT (" + joined(table.key) + ") DO UPDATE SET " + updates + "row_salt = excluded.row_salt",
                           "/* remove */ DELETE FROM " + table.name + " WHERE " + where + " RETURNING 1"};
  }
}

const EvidencedTables::Statements& EvidencedTables::at(std::string_view table) const {
  auto found = tables_.find(table);
  CHECK(found != tables_.end());
  return found->second;
}

std::vector<Value> EvidencedTables::row(const Statements& statements, std::span<const Column> columns,
                                        CommitListener* listener) const {
  const auto& names = statements.table->columns;
  CHECK(columns.size() == names.size());
  std::vector<Value> values;
  values.reserve(names.size() + 1);
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::size_t at = i;
    if (columns[i].name != names[i])
      for (at = 0; at < columns.size() && columns[at].name != names[i];) ++at;
    CHECK(at < columns.size());
    values.push_back(columns[at].value);
  }
  std::string salt = listener ? listener->row_put(*statements.table, values) : std::string(16, '\0');
  values.push_back(Blob{std::move(salt)});
  return values;
}

}  // namespace musubi::db
