// What the migrations make, made once more in memory and compared with what is there. PostgreSQL's catalogue is compared by words
// that are the same for both: columns and their types, the columns of indexes and what they cover.
#include <map>

#include "db/attempt.h"
#include "db/dialect.h"
#include "db/schema_expression.h"
#include "db/sqlite_connection.h"
#include "db/sqlite_migrate.h"
#include "db/sqlite_transaction.h"
#include "db/storage_check.h"

namespace musubi::db {
namespace {

using Objects = std::map<std::string, std::string>;  // "index kpi_measure_revision": what it is made as

Result<std::unique_ptr<SqliteConnection>> as_migrated(const Schema& schema) {
  auto memory = TRY(SqliteConnection::open(":memory:", "", SqliteConnection::Role::kWriter));
  TRY(migrate(*memory, schema));
  return memory;
}

// The tables inside a full-text index are SQLite's own, and another version may write them in other words.
bool is_inside_fulltext(const Schema& schema, const std::string& table) {
  for (const auto& index : schema.fulltexts)
    for (const char* part : {"_data", "_idx", "_content", "_docsize", "_config"})
      if (table == index + part) return true;
  return false;
}

Result<Objects> sqlite_objects(Reader& reader, const Schema& schema) {
  Objects out;
  for (const Row& row : TRY(reader.query("SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema"))) {
    if (row.text(1).starts_with("sqlite_stat")) continue;
    out[row.text(0) + " " + row.text(1)] = row.text(2) + (is_inside_fulltext(schema, row.text(2)) ? "" : " " + row.text(3));
  }
  return out;
}

std::string postgres_type(const std::string& type) {
  return type == "INTEGER" ? "bigint" : type == "REAL" ? "double precision" : type == "BLOB" ? "bytea" : "text collate C";
}

std::string as_it_is(std::string_view expression) { return std::string(expression); }

std::string column_words(const std::string& type, bool not_null, const std::string& by_default) {
  return type + (not_null ? " not null" : "") + (by_default.empty() || by_default == "NULL" ? "" : " default " + by_default);
}

Result<void> expect_columns(Reader& made, const std::string& table, Objects& out) {
  std::map<std::int64_t, std::string> key;
  for (const Row& row :
       TRY(made.query("SELECT name, type, \"notnull\", coalesce(dflt_value, ''), pk FROM pragma_table_info('" + table + "')"))) {
    auto place = row.integer(4);
    out["column " + table + "." + row.text(0)] =
        column_words(postgres_type(row.text(1)), row.integer(2) != 0 || place > 0, row.text(3));
    if (place > 0) key[place] = row.text(0);
  }
  std::string columns;
  for (const auto& [place, name] : key) columns += (columns.empty() ? "" : ", ") + name;
  if (!key.empty()) out["primary key of " + table] = "(" + columns + ")";
  return {};
}

Result<void> expect_indexes(Reader& made, const std::string& table, Objects& out) {
  for (const Row& row : TRY(made.query("SELECT l.name, l.\"unique\", l.origin, coalesce(s.sql, '') FROM pragma_index_list('" + table +
                                       "') l JOIN sqlite_schema s ON s.name = l.name"))) {
    if (row.text(2) == "pk") continue;
    std::string columns;
    for (const Row& column :
         TRY(made.query("SELECT name, \"desc\" FROM pragma_index_xinfo('" + row.text(0) + "') WHERE key ORDER BY seqno")))
      columns += (columns.empty() ? "" : ", ") + column.text(0) + (column.integer(1) ? " desc" : "");
    if (row.text(2) == "u")
      out["unique key of " + table + " (" + columns + ")"] = "";
    else
      out["index " + row.text(0)] = table + " (" + columns + ")" + (row.integer(1) ? " unique" : "") + covered(row.text(3));
  }
  return {};
}

Result<Objects> expected_on_postgres(Reader& made, const Schema& schema) {
  Objects out;
  for (const Table& table : schema.tables) {
    out["table " + table.name] = "";
    TRY(expect_columns(made, table.name, out));
    TRY(expect_indexes(made, table.name, out));
  }
  for (const auto& name : schema.fulltexts) {
    out["table " + name] = "";
    for (auto [column, words] : {std::pair{"id", "bigint not null"},
                                 {"chunk", "bigint not null"},
                                 {"tokens", "text collate default"},
                                 {"doc", "tsvector not null"}})
      out["column " + name + "." + column] = words;
    out["primary key of " + name] = "(id, chunk)";
    out["index " + name + "_doc"] = name + " (doc)";
  }
  return out;
}

constexpr std::string_view kHere = "CAST(quote_ident(current_schema()) AS regnamespace)";

constexpr std::string_view kRelations =
    "SELECT CASE c.relkind WHEN 'r' THEN 'table ' WHEN 'v' THEN 'view ' WHEN 'm' THEN 'view ' WHEN 'S' THEN 'sequence ' "
    "ELSE 'relation ' END || c.relname, CASE c.relpersistence WHEN 'p' THEN '' ELSE 'not durable' END "
    "FROM pg_class c WHERE c.relkind NOT IN ('i', 'I', 't', 'c') AND c.relnamespace = ";
constexpr std::string_view kColumns =
    "SELECT 'column ' || c.relname || '.' || a.attname, format_type(a.atttypid, a.atttypmod) || coalesce(' collate ' || o.collname, "
    "'') "
    "|| CASE WHEN a.attnotnull THEN ' not null' ELSE '' END || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') "
    "|| CASE WHEN a.attgenerated = '' THEN '' ELSE ' generated' END FROM pg_class c "
    "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped "
    "LEFT JOIN pg_collation o ON o.oid = a.attcollation "
    "LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum WHERE c.relkind = 'r' AND c.relnamespace = ";
constexpr std::string_view kIndexes =
    "SELECT CASE WHEN x.indisprimary THEN 'primary key of ' || t.relname WHEN k.oid IS NOT NULL THEN 'unique key of ' || t.relname || "
    "' (' || p.columns || ')' ELSE 'index ' || i.relname END, CASE WHEN x.indisprimary THEN '(' || p.columns || ')' "
    "WHEN k.oid IS NOT NULL THEN '' ELSE t.relname || ' (' || p.columns || ')' || CASE WHEN x.indisunique THEN ' unique' ELSE '' END "
    "|| coalesce(' where ' || pg_get_expr(x.indpred, x.indrelid), '') END "
    "|| CASE WHEN x.indisvalid AND x.indisready THEN '' ELSE ' not valid' END FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid "
    "JOIN pg_class t ON t.oid = x.indrelid LEFT JOIN pg_constraint k ON k.conindid = i.oid AND k.contype = 'u' "
    "CROSS JOIN LATERAL (SELECT string_agg(pg_get_indexdef(i.oid, n, true) || CASE x.indoption[n - 1] WHEN 0 THEN '' WHEN 3 THEN ' "
    "desc' "
    "ELSE ' in another order' END, ', ' ORDER BY n) AS columns "
    "FROM generate_series(1, x.indnkeyatts) n) p WHERE i.relnamespace = ";
constexpr std::string_view kConstraints =
    "SELECT 'constraint ' || k.conname, c.relname || '' FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid "
    "WHERE k.contype NOT IN ('p', 'u', 't') AND c.relnamespace = ";
constexpr std::string_view kTriggers =
    "SELECT 'trigger ' || g.tgname, c.relname || '' FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid "
    "WHERE NOT g.tgisinternal AND c.relnamespace = ";
constexpr std::string_view kRules =
    "SELECT 'rule ' || w.rulename, c.relname || '' FROM pg_rewrite w JOIN pg_class c ON c.oid = w.ev_class "
    "WHERE c.relkind = 'r' AND c.relnamespace = ";
constexpr std::string_view kSecurity =
    "SELECT 'row security of ' || c.relname, '' FROM pg_class c WHERE c.relrowsecurity AND c.relnamespace = ";
constexpr std::string_view kFunctions =
    "SELECT 'function ' || p.proname, '' FROM pg_proc p WHERE NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND "
    "d.classid = CAST('pg_proc' AS regclass) AND d.deptype = 'e') AND p.pronamespace = ";

Result<Objects> postgres_objects(Reader& reader) {
  Objects out;
  for (auto sql : {kRelations, kColumns, kIndexes, kConstraints, kTriggers, kRules, kSecurity, kFunctions}) {
    std::string named = "SELECT CAST(what AS TEXT), CAST(made_as AS TEXT) FROM (" + std::string(sql) + std::string(kHere) +
                        ") AS found (what, made_as)";
    for (const Row& row : TRY(reader.query(named))) out[row.text(0)] = row.text(1);
  }
  return out;
}

std::vector<StorageFault> compared(const Objects& expected, const Objects& there, std::string (*words)(std::string_view)) {
  std::vector<StorageFault> faults;
  auto add = [&](const std::string& where, Text message) {
    if (faults.size() < std::size_t(kStorageFaults)) faults.push_back({"schema", where, std::move(message)});
  };
  for (const auto& [what, made_as] : expected) {
    auto found = there.find(what);
    if (found == there.end())
      add(what, {"データベースから消えています。", "It has gone from the database."});
    else if (found->second != made_as && words(found->second) != words(made_as))
      add(what, {"Musubi が作ったものと違います。", "It is not as Musubi made it."});
  }
  for (const auto& [what, made_as] : there)
    if (!expected.contains(what)) add(what, {"Musubi が作ったものではありません。", "Musubi did not make it."});
  return faults;
}

Result<std::vector<StorageFault>> objects(Reader& reader, const Schema& schema) {
  auto memory = TRY(as_migrated(schema));
  SqliteReader made(*memory);
  if (is_postgres(reader)) return compared(TRY(expected_on_postgres(made, schema)), TRY(postgres_objects(reader)), plain);
  return compared(TRY(sqlite_objects(made, schema)), TRY(sqlite_objects(reader, schema)), as_it_is);
}

// The one row that the order of commits on PostgreSQL rests on.
Result<bool> has_head(Reader& reader) {
  auto rows = TRY(reader.query("SELECT id FROM db_head LIMIT 2"));
  return rows.size() == 1 && rows[0].at(0) == Value(std::int64_t(1));
}

}  // namespace

Result<std::vector<StorageFault>> check_schema(Reader& reader, const Schema& schema) {
  auto faults = TRY(objects(reader, schema));
  auto unread = TRY(attempt(reader, [&]() -> Result<void> {
    if (!TRY(has_head(reader)))
      faults.push_back(
          {"schema", "table db_head", {"あるはずの 1 行がありません。", "It does not hold the one row that it must hold."}});
    return {};
  }));
  if (unread && faults.empty()) return std::move(*unread);
  return faults;
}

}  // namespace musubi::db
