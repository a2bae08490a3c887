#include "db/storage_check.h"

#include "db/attempt.h"
#include "db/dialect.h"

namespace musubi::db {
namespace {

StorageFault index_fault(const std::string& where, const std::string& why) {
  return {"index",
          where,
          {"索引が表と合いません（" + why + "）。索引を作り直すか、バックアップから復元してください。",
           "The index does not agree with its table (" + why + "). Rebuild it or restore from a backup."}};
}

// A sentence of SQLite's: "row 3 missing from index kpi_measure_revision", "Tree 7 page 12 cell 0: ...".
StorageFault sqlite_fault(const std::string& why) {
  constexpr std::string_view kIndex = " index ";
  if (auto at = why.rfind(kIndex); at != why.npos) return index_fault(why.substr(at + 1), why);
  return {"storage",
          "database file",
          {"データベースのファイルが壊れています（" + why + "）。バックアップから復元してください。",
           "The database file is damaged (" + why + "). Restore from a backup."}};
}

Result<std::vector<StorageFault>> sqlite_indexes(Reader& reader) {
  std::vector<StorageFault> faults;
  auto told = reader.query("PRAGMA integrity_check(" + std::to_string(kStorageFaults) + ")");
  if (!told.ok()) {
    if (told.error().code != Code::kCorrupt) return told.error();
    faults.push_back({"storage", "database file", told.error().message});
    return faults;
  }
  for (const Row& row : *told)
    if (row.text(0) != "ok") faults.push_back(sqlite_fault(row.text(0)));
  return faults;
}

// The extension's own function: one of that name in the organisation's schema could say anything.
constexpr std::string_view kCheckFunction =
    "SELECT CAST(n.nspname AS TEXT) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace "
    "JOIN pg_depend d ON d.classid = CAST('pg_proc' AS regclass) AND d.objid = p.oid AND d.deptype = 'e' "
    "JOIN pg_extension e ON e.oid = d.refobjid AND d.refclassid = CAST('pg_extension' AS regclass) "
    "WHERE e.extname = 'amcheck' AND p.proname = 'bt_index_check' AND p.pronargs = 2 "
    "AND has_schema_privilege(n.oid, 'USAGE') AND has_function_privilege(p.oid, 'EXECUTE')";

// One that is not valid is told by check_schema, and bt_index_check does not look at it.
constexpr std::string_view kTrees =
    "SELECT CAST(i.oid AS BIGINT), CAST(i.relname AS TEXT) FROM pg_class i JOIN pg_am a ON a.oid = i.relam "
    "JOIN pg_index x ON x.indexrelid = i.oid AND x.indisvalid WHERE i.relnamespace = CAST(quote_ident(current_schema()) AS "
    "regnamespace) AND i.relkind = 'i' AND a.amname = 'btree' ORDER BY 2";

Result<std::vector<StorageFault>> postgres_indexes(Reader& reader) {
  std::vector<StorageFault> faults;
  auto found = TRY(reader.query(kCheckFunction));
  if (found.empty()) return faults;
  std::string check = "SELECT 1 FROM (SELECT \"" + found[0].text(0) + "\".bt_index_check(CAST($1 AS oid), true)) AS checked";
  for (const Row& tree : TRY(reader.query(kTrees))) {
    auto wrong = TRY(attempt(reader, [&]() -> Result<void> {
      TRY(reader.query(check, {tree.at(0)}));
      return {};
    }));
    if (!wrong) continue;
    if (wrong->code != Code::kCorrupt) return std::move(*wrong);  // the index was not looked at
    if (faults.size() < std::size_t(kStorageFaults)) faults.push_back(index_fault("index " + tree.text(1), wrong->message.en));
  }
  return faults;
}

}  // namespace

Result<std::vector<StorageFault>> check_indexes(Reader& reader) {
  return is_postgres(reader) ? postgres_indexes(reader) : sqlite_indexes(reader);
}

}  // namespace musubi::db
