#include "app/history.h"

#include <algorithm>

#include "evidence/log.h"
#include "evidence/record.h"
#include "trust/keys.h"

namespace musubi::app {

// The mark first: an organisation that is being made beside this has its first records by then.
Result<Left> what_is_left(db::Reader& reader, const std::string& keys_folder) {
  const bool in_use = trust::is_in_use(keys_folder);
  auto count = evidence::record_count(reader);
  if (!count.ok() && count.error().code != Code::kCorrupt) return count.error();
  return Left{TRY(evidence::stored_origin(reader)), !count.ok() || *count > 0, in_use};
}

Text set_aside(const Config& config, const std::string& organisation) {
  if (config.postgres.empty()) {
    std::string file = config.data + "/" + organisation + "/musubi.db";
    return {file + "（-wal と -shm があれば一緒に）を別の場所へ移し",
            "move " + file + " (with its -wal and -shm, where there are any) elsewhere"};
  }
  std::string schema = "musubi_" + organisation, kept = "kept_" + organisation;
  for (auto* name : {&schema, &kept}) std::replace(name->begin(), name->end(), '-', '_');
  std::string sql = "ALTER SCHEMA " + schema + " RENAME TO " + kept;
  return {"PostgreSQL のスキーマの名前を変え（" + sql + "）", "rename its schema on PostgreSQL (" + sql + ")"};
}

Error no_log_left(const Config& config, const std::string& organisation) {
  const std::string keys = trust::keys_folder(config.data, organisation);
  const Text aside = set_aside(config, organisation);
  return {Code::kCorrupt,
          "org.keys_without_log",
          {organisation + " の鍵（" + keys +
               "）はすでに使われていますが、データベースにそのログの記録（または名前）がありません。Musubi を止め、" + aside.ja +
               "、鍵のフォルダはそのままにして、`musubi restore " + organisation +
               " FILE` でバックアップから戻してください。新しい組織として始めるには、鍵のフォルダも別の場所へ移してください。",
           "The keys of " + organisation + " (" + keys +
               ") are in use, but its database has lost the records of their log, or its name. Stop "
               "Musubi, " +
               aside.en +
               ", leave the folder of keys where it is, and bring the organisation back from a backup with "
               "`musubi restore " +
               organisation + " FILE`. To begin a new organisation instead, move the folder of keys elsewhere, too."},
          {}};
}

Error no_database_left(const Config& config, const std::string& organisation) {
  const std::string keys = trust::keys_folder(config.data, organisation);
  // A shell in which only the service's own settings are missing must not lead to a second database beside a healthy one.
  Text elsewhere;
  if (config.postgres.empty())
    elsewhere = {"PostgreSQL に置いているときは、MUSUBI_POSTGRES を設定してからもう一度実行してください。どこにもないときは、",
                 "Where it is kept on PostgreSQL, set MUSUBI_POSTGRES and give the command again. Where it is nowhere: "};
  return {
      Code::kConflict,
      "org.keys_without_database",
      {organisation + " の鍵が " + keys + " にありますが、データベースがありません。" + elsewhere.ja +
           "`musubi restore` でバックアップから戻してください。新しい組織として始めるには、このフォルダを別の場所へ移してください。",
       "The keys of " + organisation + " are in " + keys + ", but its database is not there. " + elsewhere.en +
           "Bring it back from a backup with `musubi restore`; to begin a new organisation instead, move that folder elsewhere."},
      {}};
}

Error restores_over(const Config& config, const std::string& organisation) {
  const Text aside = set_aside(config, organisation);
  return {
      Code::kConflict,
      "org.exists",
      {"組織「" + organisation + "」のデータベースがあるため、その上には復元しません。バックアップで置き換えるには、Musubi を止め、" +
           aside.ja + "、鍵のフォルダはそのままにして、もう一度実行してください。",
       "The database of \"" + organisation +
           "\" is there, and nothing is restored over it. To replace it by the backup, stop "
           "Musubi, " +
           aside.en + ", leave the folder of keys where it is, and give the command again."},
      {}};
}

}  // namespace musubi::app
