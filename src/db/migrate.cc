#include "db/migrate.h"

#include "db/errors.h"
#include "embedded/db_schema.h"

namespace musubi::db {

// FNV-1a: finds a file edited by mistake; it is no protection against intent.
std::string checksum(const Migration& migration) {
  std::uint64_t hash = 14695981039346656037u;
  for (const std::string& statement : migration.statements)
    for (unsigned char c : statement + ";") hash = (hash ^ c) * 1099511628211u;
  static const char* kHex = "0123456789abcdef";
  std::string out;
  for (int shift = 60; shift >= 0; shift -= 4) out += kHex[(hash >> shift) & 15];
  return out;
}

Result<Schema> with_own_tables(Schema schema) {
  for (const Migration& migration : schema.migrations)
    if (migration.module == "db") return schema;
  ModuleSchema own{"db", embedded::db_schema()};
  Schema all = TRY(read_schema({&own, 1}));
  for (auto& migration : schema.migrations) all.migrations.push_back(std::move(migration));
  for (auto& table : schema.tables) all.tables.push_back(std::move(table));
  all.fulltexts = std::move(schema.fulltexts);
  return all;
}

Result<std::vector<const Migration*>> missing_migrations(const Schema& schema, const Rows& recorded) {
  std::vector<bool> applied(schema.migrations.size(), false);
  for (const Row& row : recorded) {
    std::string what = row.text(0) + " " + std::to_string(row.integer(1)) + " " + row.text(2);
    std::size_t at = 0;
    while (at < applied.size() && (schema.migrations[at].module != row.text(0) || schema.migrations[at].number != row.integer(1)))
      ++at;
    if (at == applied.size()) return newer(what);
    if (checksum(schema.migrations[at]) != row.text(3))
      return corrupt("migration " + what + " was applied in another form than this program contains");
    applied[at] = true;
  }
  std::vector<const Migration*> missing;
  for (std::size_t i = 0; i < applied.size(); ++i)
    if (!applied[i]) missing.push_back(&schema.migrations[i]);
  return missing;
}

}  // namespace musubi::db
