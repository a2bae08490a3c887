// Backup, restore and erasure of one organisation. A restore happens in a hidden copy that becomes the organisation in one step.

#include <sys/stat.h>

#include <filesystem>

#include "app/commands.h"
#include "app/history.h"
#include "app/opened.h"
#include "app/report.h"
#include "base/encoding.h"
#include "base/file.h"
#include "evidence/erase.h"
#include "evidence/log.h"
#include "exchange/exchange.h"
#include "kpi/follow_ups.h"
#include "kpi/kpi.h"
#include "kpi/sheets.h"
#include "procedures/procedures.h"
#include "records/records.h"
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

Result<void> folder_is_there(const std::string& file) {
  auto folder = std::filesystem::path(file).parent_path();
  std::error_code failed;
  if (folder.empty() || std::filesystem::is_directory(folder, failed)) return {};
  return Error{Code::kIo,
               "file.unwritable",
               {file + " に書き込めません。フォルダ " + folder.string() + " がありません。作るか、別の場所を指定してください。",
                file + " cannot be written: there is no folder " + folder.string() + ". Make it or choose another."},
               {}};
}

Error no_log() {
  return {Code::kCorrupt,
          "restore.no_log",
          {"バックアップにログがないため、引き継げません。別のバックアップを使ってください。",
           "The backup holds no log that could go on. Use another backup."},
          {}};
}

// Opens the log under its new name and ends what must not come back.
Result<void> go_on(db::Database& database, const trust::OrganisationKeys& keys, Time now, const std::string& actor) {
  return database.write([&](db::Transaction& tx) -> Result<void> {
    auto& log = evidence::Log::of(tx);
    TRY(log.open_log(tx, {keys.origin, TRY(log.tree(tx)), keys.log}, actor));
    TRY(identity::end_access(tx, actor));  // links used and sessions ended since the backup must not come back
    TRY(trust::publish_certificates(tx, keys, now, actor));
    return {};
  });
}

// What waits in the outbox about a filing or case that is to be erased: a filing under its reference, news of a case under its number.
// Before the rows go: the filing is told that its message never left.
Result<void> drop_messages(db::Transaction& tx, std::span<const std::uint64_t> records) {
  Time now = evidence::Log::of(tx).now();
  auto tell_filing = [now](db::Transaction& in, const exchange::Outgoing& out, const Error& error) {
    return procedures::refused(in, {out.to, out.service, out.person, out.further, out.body, out.key, out.about}, error, now);
  };
  constexpr std::string_view kFiling = "procedures/filing/", kCase = "records/case/";
  for (auto index : records) {
    auto record = TRY(evidence::find_record(tx, index));
    if (!record) continue;
    if (record->stream.starts_with(kFiling)) TRY(exchange::drop_waiting(tx, record->stream.substr(kFiling.size()), tell_filing));
    if (record->type != "records.case_opened") continue;
    std::string id = record->stream.substr(kCase.size());
    TRY(exchange::drop_waiting(tx, id));
  }
  return {};
}

// Every module's part in an erasure.
Result<std::vector<std::string>> erase_rows(db::Transaction& tx, std::span<const std::uint64_t> records) {
  TRY(drop_messages(tx, records));
  auto touched = TRY(identity::erase_rows(tx, records));
  for (auto& table : TRY(kpi::Plans::erase_rows(tx, records))) touched.push_back(std::move(table));
  for (auto& table : TRY(kpi::FollowUps::erase_rows(tx, records))) touched.push_back(std::move(table));
  for (auto& table : TRY(kpi::Sheets::erase_rows(tx, records))) touched.push_back(std::move(table));
  for (auto& table : TRY(records::erase_applicants(tx, records))) touched.push_back(std::move(table));
  for (auto& table : TRY(procedures::erase_rows(tx, records))) touched.push_back(std::move(table));
  for (auto& table : TRY(exchange::erase_reads(tx, records))) touched.push_back(std::move(table));
  return touched;
}

}  // namespace

Result<evidence::Appended> Installation::erase(const std::string& organisation, std::vector<std::uint64_t> records,
                                               const std::string& ground, const std::string& actor) {
  auto database = TRY(store_->organisation(organisation));
  auto done = TRY(evidence::erase(*database, {std::move(records), ground, actor, erase_rows}, erasure_list(organisation)));
  TRY(evidence::Log::of(*database).keep_checkpoint());
  return done;
}

// The last step but one gives the copy its name; what comes after it is taken up by whoever opens the organisation next. The
// old keys are set aside, never used for the new origin: a log is not forked under one name.
Result<std::size_t> Installation::restore_organisation(const RestoreOrder& order) {
  if (!file_exists(order.backup))
    return Error{Code::kNotFound, "restore.no_file", {order.backup + " がありません。", "There is no file " + order.backup + "."}, {}};
  auto begun = store_->begin_restore(
      order.id, order.backup, [this](db::Database& database, db::Reader& reader) -> Result<std::unique_ptr<db::CommitListener>> {
        return std::unique_ptr<db::CommitListener>(TRY(evidence::Log::load(database, reader, {{}, true}, *clock_)));
      });
  if (!begun.ok()) return begun.error().name == "org.exists" ? restores_over(config_, order.id) : begun.error();
  auto restoration = std::move(begun).value();
  order.reached(RestoreStep::kCopied);
  auto& database = restoration->database();
  auto old = TRY(database.read([](db::Reader& reader) { return evidence::stored_origin(reader); }));
  if (!old) return no_log();
  auto keys = TRY(trust::create_next_keys(config_.data, order.id, next_origin(*old), clock_->now()));
  order.reached(RestoreStep::kKeysMade);
  TRY(go_on(database, keys, clock_->now(), order.actor));
  order.reached(RestoreStep::kOpened);
  while (TRY(database.write([&](db::Transaction& tx) { return identity::end_access(tx, order.actor); })))
    order.reached(RestoreStep::kAccessEnding);
  auto erased = TRY(evidence::apply_erasure_list(database, erasure_list(order.id), order.actor, erase_rows));
  TRY(database.write([&](db::Transaction& tx) { return identity::erase_names_again(tx, order.actor); }));
  TRY(database.write([&](db::Transaction& tx) { return records::erase_applicants_again(tx, order.actor); }));
  order.reached(RestoreStep::kErased);
  TRY(evidence::Log::of(database).keep_checkpoint());
  order.reached(RestoreStep::kKept);
  TRY(restoration->publish());
  order.reached(RestoreStep::kPublished);
  forget_keys(order.id);
  TRY(trust::settle_keys(config_.data, order.id, keys.origin, clock_->now()));
  order.reached(RestoreStep::kKeysSettled);
  return erased;
}

int run_backup(const Invocation& invocation) {
  auto run = [&]() -> Result<int> {
    const std::string &id = invocation.words[0], &path = invocation.words[1];
    std::vector<Wrong> wrong;
    auto [installation, database] = read_or({}, id, open_organisation(invocation.config, id, Opening::kRead), wrong);
    if (auto there = folder_is_there(path); !there.ok()) wrong.push_back({path, std::move(there).error()});
    if (!wrong.empty()) return all_of(wrong);
    TRY(database->backup_to(path));
    struct stat status {};
    ::stat(path.c_str(), &status);
    std::string folder = installation->folder(id), stamp = SystemClock().now().rfc3339() + " " + path + "\n";
    [[maybe_unused]] auto noted = replace_file(folder + "/last-backup", stamp, 0600);  // for doctor
    print(path + ": " + std::to_string(status.st_size) +
          (invocation.ja() ? " バイト。鍵は含みません（" : " bytes. Keys are not in it (") + folder +
          (invocation.ja() ? "/keys を別に保管してください）。" : "/keys: keep them apart)."));
    return kGood;
  };
  auto code = run();
  return code.ok() ? *code : fail(code.error(), invocation.config.language);
}

int run_restore(const Invocation& invocation) {
  auto language = invocation.config.language;
  auto opened = Installation::open(invocation.config, Opening::kServe);
  if (!opened.ok()) return fail(opened.error(), language);
  std::string list = (*opened)->erasure_list(invocation.words[0]);
  bool listed = file_exists(list);
  auto done = (*opened)->restore_organisation({invocation.words[0], invocation.words[1]});
  if (!done.ok()) return fail(done.error(), language);
  if (*done)
    print(invocation.ja() ? std::to_string(*done) + " 件の本文を消去リストに従って再び消去しました"
                          : counted(*done, "body", "bodies") + " erased again, as the erasure list says");
  if (!listed)
    print(invocation.ja() ? "消去リスト " + list + " がありません。バックアップの後に消去した本文があれば、戻っています。"
                          : "No erasure list at " + list + ": if bodies were erased since the backup, they are back.");
  auto report = (*opened)->verify(invocation.words[0], {});
  if (!report.ok()) return fail(report.error(), language);
  print(invocation.words[0] + (invocation.ja() ? " を再開しました。新しいログ名：" : " goes on under the log name ") + report->origin);
  if (report->clean()) return kGood;
  print(report_text(invocation.words[0], *report, language));
  return kFoundWrong;
}

}  // namespace musubi::app
