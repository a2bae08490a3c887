#include "db/migrate.h"

#include <algorithm>
#include <map>
#include <set>

#include "db/errors.h"
#include "db/sql_text.h"
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

namespace {

std::string words_of(const Migration& migration) {
  return migration.module + " " + std::to_string(migration.number) + " " + migration.name;
}

// What a statement adds, "kpi_cell", "exchange_outbox.about", and the table that it is of; nothing where it changes rows only.
struct Made {
  std::string name, table;
};

Made made_by(const std::string& statement) {
  if (statement.starts_with("@fulltext ")) return {statement.substr(10), statement.substr(10)};
  auto words = sql_words(statement);
  std::string begins;
  for (std::size_t i = 0; i < words.size() && i < 5; ++i) begins += upper(words[i]) + " ";
  if (words.size() > 2 && begins.starts_with("CREATE TABLE ")) return {words[2], words[2]};
  if (words.size() > 4 && begins.starts_with("CREATE INDEX ")) return {words[2], words[4]};
  if (words.size() > 5 && begins.starts_with("CREATE UNIQUE INDEX ")) return {words[3], words[5]};
  if (words.size() > 5 && begins.starts_with("ALTER TABLE ") && begins.ends_with(" ADD COLUMN "))
    return {words[2] + "." + words[5], words[2]};
  return {};
}

// Tables, indexes and columns that a statement takes away, so that one of the same name may be made after it.
void forget(const std::string& statement, std::set<std::string>& taken) {
  auto words = sql_words(statement);
  if (words.size() < 3) return;
  std::string begins = upper(words[0]) + " " + upper(words[1]);
  if (begins == "DROP TABLE" || begins == "DROP INDEX") taken.insert(words.back());
  if (begins != "ALTER TABLE" || words.size() < 5) return;
  bool column = upper(words[4]) == "COLUMN" && words.size() > 5;
  if (upper(words[3]) == "DROP") taken.insert(words[2] + "." + words[column ? 5 : 4]);
  if (upper(words[3]) == "RENAME") taken.insert(upper(words[4]) == "TO" ? words[2] : words[2] + "." + words[column ? 5 : 4]);
}

// `taken`: by the missing ones before, and by this one so far.
Result<void> check_not_made(const Migration& missing, const std::set<std::string>& there, std::set<std::string>& taken) {
  for (const auto& statement : missing.statements) {
    auto made = made_by(statement);
    if (there.contains(made.name) && !taken.contains(made.name) && !taken.contains(made.table))
      return corrupt("migration " + words_of(missing) + " is not recorded, but what it makes is there: " + made.name);
    forget(statement, taken);
  }
  return {};
}

struct Recorded {
  std::vector<bool> applied;  // in the order of the schema
  std::map<std::string, std::int64_t> highest;
  std::string unknown;  // the first one that the schema does not have
};

Result<Recorded> recorded_of(const Schema& schema, const Rows& rows) {
  Recorded out{std::vector<bool>(schema.migrations.size(), false), {}, ""};
  for (const Row& row : rows) {
    bool typed = std::holds_alternative<std::int64_t>(row.at(1));
    for (std::size_t column : {0, 2, 3}) typed = typed && std::holds_alternative<std::string>(row.at(column));
    if (!typed) return corrupt("db_migration holds values of another type");
    std::string what = row.text(0) + " " + std::to_string(row.integer(1)) + " " + row.text(2);
    std::size_t at = 0;
    while (at < out.applied.size() && (schema.migrations[at].module != row.text(0) || schema.migrations[at].number != row.integer(1)))
      ++at;
    auto& highest = out.highest[row.text(0)];
    highest = std::max(highest, row.integer(1));
    if (at == out.applied.size()) {
      if (out.unknown.empty()) out.unknown = what;
      continue;
    }
    if (checksum(schema.migrations[at]) != row.text(3))
      return corrupt("migration " + what + " was applied in another form than this program contains");
    out.applied[at] = true;
  }
  return out;
}

}  // namespace

// A newer program has every migration that this one has, and applies all of them at once.
Result<std::vector<const Migration*>> missing_migrations(const Schema& schema, const Migrated& database) {
  auto recorded = TRY(recorded_of(schema, database.recorded));
  std::set<std::string> there;
  for (const Row& row : database.there) there.insert(row.text(0));
  std::set<std::string> taken;
  std::vector<const Migration*> missing;
  for (std::size_t i = 0; i < recorded.applied.size(); ++i) {
    const Migration& migration = schema.migrations[i];
    if (recorded.applied[i]) continue;
    if (recorded.highest[migration.module] > migration.number)
      return corrupt("migration " + words_of(migration) + " is not recorded, but a later one of " + migration.module + " is");
    if (!recorded.unknown.empty())
      return corrupt("migration " + words_of(migration) + " is not recorded, but one that nobody knows: " + recorded.unknown);
    TRY(check_not_made(migration, there, taken));
    missing.push_back(&migration);
  }
  if (!recorded.unknown.empty()) return newer(recorded.unknown);
  return missing;
}

Result<std::vector<const Migration*>> missing_of_stored(const Schema& schema, const Migrated& database) {
  if (database.recorded.empty() && !schema.migrations.empty()) return corrupt("it does not say which migrations it has seen");
  return missing_migrations(schema, database);
}

}  // namespace musubi::db
