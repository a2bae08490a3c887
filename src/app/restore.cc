// Backup and restore of one organisation.

#include <sys/stat.h>

#include "app/commands.h"
#include "app/installation.h"
#include "base/encoding.h"
#include "base/file.h"
#include "evidence/checkpoints.h"
#include "evidence/erase.h"
#include "evidence/log.h"
#include "trust/certificates.h"

namespace musubi::app {
namespace {

// ".../2-3f9a01c7" after "...", ".../3-..." after ".../2-...". The random end keeps two restores of one backup apart: a log
// is never forked under one name, also by someone who does not know of the other.
std::string next_origin(const std::string& origin) {
  std::string end = "-" + to_hex(crypto::random_bytes(4));
  auto slash = origin.rfind('/');
  std::string last = slash == origin.npos ? "" : origin.substr(slash + 1);
  auto dash = last.find('-');
  bool counted = dash != last.npos && dash > 0 && dash < 6 && last.size() == dash + 9 && last.find_first_not_of("0123456789") == dash;
  if (!counted) return origin + "/2" + end;
  return origin.substr(0, slash + 1) + std::to_string(std::stoi(last.substr(0, dash)) + 1) + end;
}

Result<std::string> origin_in(db::Database& database) {
  return database.read([](db::Reader& reader) -> Result<std::string> {
    auto kept = TRY(evidence::newest_checkpoint(reader));
    if (!kept)
      return Error{Code::kCorrupt, "restore.no_checkpoint",
                   {"バックアップにチェックポイントがないため、ログを引き継げません。別のバックアップを使ってください。",
                    "The backup holds no checkpoint, so its log cannot go on. Use another backup."}, {}};
    return TRY(evidence::parse_checkpoint(kept->note.substr(0, kept->note.find("\n\n") + 1))).origin;
  });
}

}  // namespace

// The old keys are set aside, never used for the new origin: a log is not forked under one name.
Result<void> Installation::restore_organisation(const std::string& id, const std::string& backup, const std::string& actor) {
  if (!file_exists(backup))
    return Error{Code::kNotFound, "restore.no_file",
                 {backup + " がありません。", "There is no file " + backup + "."}, {}};
  std::string folder = trust::keys_folder(config_.data, id), aside = folder + ".before-restore";
  if (file_exists(folder + "/origin") && !file_exists(config_.data + "/" + id + "/musubi.db") && ::rename(folder.c_str(), aside.c_str()) != 0)
    return Error{Code::kIo, "file.unwritable", {folder + " を移せません。", folder + " cannot be moved aside."}, {}};
  TRY(store_->restore(id, backup));
  // The origin of the new keys follows the old one, which stands in the restored database.
  Config plain = config_;
  auto reading = TRY(Installation::open(plain, Opening::kRead));
  auto old = TRY(reading->store().organisation(id));
  std::string origin = next_origin(TRY(origin_in(*old)));
  auto keys = TRY(trust::create_keys(folder, origin, id, clock_.now()));
  restoring_ = id;
  auto database = TRY(store_->organisation(id));
  auto previous = TRY(old->read([](db::Reader& reader) { return evidence::newest_checkpoint(reader); }));
  auto checkpoint = TRY(evidence::parse_checkpoint(previous->note.substr(0, previous->note.find("\n\n") + 1)));
  TRY(database->write([&](db::Transaction& tx) -> Result<void> {
    TRY(evidence::Log::of(tx).open_log(tx, {origin, checkpoint, keys.log}, actor));
    TRY(trust::publish_certificates(tx, keys, clock_.now(), actor));
    return identity::end_all_access(tx);  // links used and sessions ended since the backup must not come back
  }));
  std::string list = config_.data + "/" + id + "/erasures.jsonl";
  auto erased = TRY(evidence::apply_erasure_list(*database, list, actor));
  if (erased) print(std::to_string(erased) + (config_.language == Language::ja ? " 件の本文を消去リストに従って再び消去しました" : " bodies erased again, as the erasure list says"));
  TRY(database->write([&](db::Transaction& tx) { return identity::erase_names_again(tx, actor); }));
  TRY(evidence::Log::of(*database).keep_checkpoint());
  restoring_.clear();
  return {};
}

int run_backup(const Invocation& invocation) {
  auto language = invocation.config.language;
  auto opened = Installation::open(invocation.config, Opening::kRead);
  if (!opened.ok()) return fail(opened.error(), language);
  auto database = (*opened)->store().organisation(invocation.words[0]);
  if (!database.ok()) return fail(database.error(), language);
  auto done = (*database)->backup_to(invocation.words[1]);
  if (!done.ok()) return fail(done.error(), language);
  struct stat status {};
  ::stat(invocation.words[1].c_str(), &status);
  std::string stamp = SystemClock().now().rfc3339() + " " + invocation.words[1] + "\n";
  [[maybe_unused]] auto noted = replace_file((*opened)->folder(invocation.words[0]) + "/last-backup", stamp, 0600);  // for doctor
  print(invocation.words[1] + ": " + std::to_string(status.st_size) +
        (invocation.ja() ? " バイト。鍵は含みません（" : " bytes. Keys are not in it (") + (*opened)->folder(invocation.words[0]) +
        (invocation.ja() ? "/keys を別に保管してください）。" : "/keys: keep them apart)."));
  return kGood;
}

int run_restore(const Invocation& invocation) {
  auto language = invocation.config.language;
  auto opened = Installation::open(invocation.config, Opening::kServe);
  if (!opened.ok()) return fail(opened.error(), language);
  auto done = (*opened)->restore_organisation(invocation.words[0], invocation.words[1], "operator");
  if (!done.ok()) return fail(done.error(), language);
  auto report = (*opened)->verify(invocation.words[0], {});
  if (!report.ok()) return fail(report.error(), language);
  print(invocation.words[0] + (invocation.ja() ? " を再開しました。新しいログ名：" : " goes on under the log name ") + report->origin);
  return report->clean() ? kGood : kFoundWrong;
}

}  // namespace musubi::app
