// musubi demo: the whole story on a fictional organisation, each step with its address and time; then one byte of a copy
// is changed, and verify names it.

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>

#include "app/commands.h"
#include "app/report.h"
#include "app/serving.h"
#include "base/file.h"
#include "evidence/log.h"
#include "identity/pages.h"
#include "kpi/kpi.h"

namespace musubi::app {
namespace {

namespace fs = std::filesystem;
constexpr const char* kOrganisation = "nation";

class Steps {
 public:
  explicit Steps(Language language) : ja_(language == Language::ja) {}

  // One line: what was done, how long it took, where to see it.
  void done(const char* ja, const std::string& en, const std::string& more = "") {
    auto now = std::chrono::steady_clock::now();
    double ms = std::chrono::duration<double, std::milli>(now - last_).count();
    char time[32];
    std::snprintf(time, sizeof time, "%7.1f ms  ", ms);
    print(std::string("  ") + time + (ja_ ? ja : en) + (more.empty() ? "" : "\n              " + more));
    last_ = std::chrono::steady_clock::now();
  }
  void begin(const char* ja, const char* en) {
    print(std::string("\n") + (ja_ ? ja : en));
    last_ = std::chrono::steady_clock::now();
  }

 private:
  bool ja_;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

// Organisation, officer, plan: what is missing is made. Returns the planning officer's code.
Result<std::string> prepare(Installation& installation, Steps& steps, const std::string& url) {
  auto ids = TRY(installation.store().organisations());
  if (std::find(ids.begin(), ids.end(), kOrganisation) == ids.end()) {
    auto first = TRY(installation.create_organisation({kOrganisation, {"nation", {"国（デモ）", "Nation (demo)"}}, "musubi.example/nation", "デモ管理者 Demo administrator"}));
    TRY(replace_file(installation.folder(kOrganisation) + "/demo", "fictional\n", 0644));
    steps.done("組織「国（デモ）」と、その鍵・認証局・ログを作成", "made the organisation \"Nation (demo)\" with keys, authority and log", url + "/" + kOrganisation + "/log");
  } else {
    steps.done("組織「国（デモ）」は前回のもの", "the organisation \"Nation (demo)\" is there from before", url + "/" + kOrganisation + "/log");
  }
  auto database = TRY(installation.store().organisation(kOrganisation));
  std::string code;
  for (const auto& officer : TRY(database->read([](db::Reader& reader) { return identity::officers(reader); })))
    if (officer.role == identity::Role::kOfficer && officer.active) code = officer.code;
  if (code.empty()) {
    auto officer = TRY(database->write([&](db::Transaction& tx) {
      return identity::appoint(tx, "計画 花子 Hanako Keikaku", identity::Role::kOfficer, "operator", installation.clock().now());
    }));
    code = officer.code;
    steps.done(("計画担当者 " + code + " を任命").c_str(), "appointed the planning officer " + code);
  }
  return code;
}

Result<void> publish_plan(Installation& installation, Steps& steps, const std::string& url, const std::string& officer) {
  auto database = TRY(installation.store().organisation(kOrganisation));
  CHECK(!kpi::embedded_plans().empty());
  const auto& plan = kpi::embedded_plans()[0];
  kpi::Plans plans(*database);
  std::string address = url + "/" + kOrganisation + "/plans/" + plan.header.id;
  auto outcome = TRY(plans.import_plan(plan, officer));
  std::string count = std::to_string(outcome.entered.size() + outcome.revised.size() + outcome.unchanged);
  if (outcome.changed()) steps.done(("基本計画（2019 年）の施策 " + count + " 件を取り込み").c_str(), "imported the basic plan of 2019: " + count + " measures", address);
  auto state = TRY(plans.state(plan.header.id, {true, {}}));
  auto signed_off = plans.sign_off(plan.header.id, officer, state.edition);
  if (signed_off.ok()) {
    std::string record = std::to_string(signed_off->record);
    steps.done("承認して公開", "signed it off, which made it public", url + "/" + kOrganisation + "/log/records/" + record);
  } else if (signed_off.error().name != "plan.nothing_new") {
    return signed_off.error();
  } else {
    steps.done("計画は前回から公開中", "the plan is public from before", address);
  }
  TRY(evidence::Log::of(*database).keep_checkpoint());
  return {};
}

// Changes one byte in the middle of the body of `index` in a plain SQLite copy, by finding its bytes in the file. Returns
// the offset.
Result<std::uint64_t> change_one_byte(const std::string& path, const std::string& body) {
  std::string bytes = TRY(read_file(path, std::size_t(1) << 30));
  auto at = bytes.find(body.substr(0, std::min<std::size_t>(body.size(), 200)));
  if (at == bytes.npos) return Error{Code::kInternal, "demo.not_found", {"写しの中に本文が見つかりません。", "The body was not found in the copy."}, {}};
  at += std::min<std::size_t>(body.size(), 200) / 2;
  while ((static_cast<unsigned char>(bytes[at]) & 0x80) || bytes[at] == '"' || bytes[at] == '\\') ++at;
  char changed = bytes[at] == 'x' ? 'y' : 'x';
  int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  bool written = fd >= 0 && ::pwrite(fd, &changed, 1, off_t(at)) == 1;
  if (fd >= 0) ::close(fd);
  if (!written) return Error{Code::kIo, "file.unwritable", {path + " に書き込めません。", path + " cannot be written."}, {}};
  return std::uint64_t(at);
}

Result<void> tamper(Installation& installation, Steps& steps, Language language) {
  std::string scratch = installation.config().data + "/.scratch";
  fs::remove_all(scratch);
  Config copy = installation.config();
  copy.data = scratch;
  copy.postgres.clear();
  TRY(make_folder(scratch + "/" + kOrganisation));
  fs::copy(trust::keys_folder(installation.config().data, kOrganisation), trust::keys_folder(scratch, kOrganisation));
  auto database = TRY(installation.store().organisation(kOrganisation));
  TRY(database->backup_to(scratch + "/" + kOrganisation + "/musubi.db"));
  steps.done("動かしたまま、データベースの写しを作成", "copied the database while it runs", scratch);
  std::uint64_t size = evidence::Log::of(*database).size();
  evidence::Record record;
  for (std::uint64_t index = size / 2; index < size && !record.body; ++index)
    if (auto found = TRY(database->read([&](db::Reader& reader) { return evidence::find_record(reader, index); })); found && found->body && found->body->size() >= 100) record = *found;
  CHECK(record.body);
  auto offset = TRY(change_one_byte(scratch + "/" + kOrganisation + "/musubi.db", *record.body));
  std::string where = std::to_string(record.index), byte = std::to_string(offset);
  steps.done(("写しの " + byte + " バイト目（記録 " + where + " の本文）を 1 バイトだけ変更").c_str(), "changed one byte of the copy, at " + byte + ", in the body of record " + where);
  auto changed = TRY(Installation::open(copy, Opening::kRead));
  auto report = TRY(changed->verify(kOrganisation, {}));
  steps.done("写しを検証", "verified the copy", "musubi verify --data " + scratch);
  print(report_text(kOrganisation, report, language));
  return {};
}

void show_links(Installation& installation, const std::string& url, const std::string& officer, bool ja) {
  std::string base = url + "/" + kOrganisation;
  print(ja ? "\n見るところ" : "\nWhere to look");
  print("  " + url + "/");
  print("  " + base + "/plans");
  print("  " + base + "/log");
  print("  " + url + "/openapi.json");
  auto database = installation.store().organisation(kOrganisation);
  if (!database.ok()) return;
  auto token = (*database)->write([&](db::Transaction& tx) { return identity::make_link(tx, officer, installation.clock().now(), "operator"); });
  auto administrator = administrator_link(installation, kOrganisation, url, false);
  if (token.ok()) print((ja ? "  計画担当者としてサインイン（一度だけ）：" : "  sign in as the planning officer (once): ") + identity::link_address(url, kOrganisation, *token));
  if (administrator.ok()) print((ja ? "  管理者としてサインイン（一度だけ）：" : "  sign in as an administrator (once): ") + *administrator);
  print(ja ? "  自分で検証：" : "  verify it yourself:");
  print("    musubi verify --data " + installation.config().data + " --online " + url);
}

Result<void> tell(Installation& installation, Steps& steps, const std::string& url, Language language, std::string& officer) {
  steps.begin("1. 架空の組織", "1. A fictional organisation");
  officer = TRY(prepare(installation, steps, url));
  TRY(publish_plan(installation, steps, url, officer));
  steps.begin("2. 検証", "2. Verification");
  auto report = TRY(installation.verify(kOrganisation, {}));
  steps.done("保存されたすべてを検証", "held everything stored against everything else", "musubi verify --data " + installation.config().data);
  print(report_text(kOrganisation, report, language));
  steps.begin("3. 改ざん", "3. Tampering");
  return tamper(installation, steps, language);
}

}  // namespace

int run_demo(const Invocation& given) {
  hold_stop_signals();
  Invocation invocation = given;
  if (!invocation.has("data") && !std::getenv("MUSUBI_DATA")) invocation.config.data = "./var/demo";
  auto language = invocation.config.language;
  auto opened = Installation::open(invocation.config, Opening::kServe);
  if (!opened.ok()) return fail(opened.error(), language);
  Installation& installation = **opened;
  std::unique_ptr<Serving> serving;
  std::string url = expected_url(invocation.config), officer;
  if (!invocation.has("once")) {
    auto started = Serving::start(installation);
    if (!started.ok()) return fail(started.error(), language);
    serving = std::move(*started);
    url = serving->url();
  }
  print("Musubi " + std::string(kVersion) + (invocation.ja() ? "  デモ  データ：" : "  demo  data: ") + invocation.config.data);
  Steps steps(language);
  if (auto told = tell(installation, steps, url, language, officer); !told.ok()) return fail(told.error(), language);
  if (!serving) return kGood;
  serving->stamp();
  show_links(installation, url, officer, invocation.ja());
  print(invocation.ja() ? "\n公開中です。Ctrl-C で止まります。" : "\nServing. Ctrl-C stops it.");
  serving->wait();
  serving.reset();
  opened->reset();
  return kGood;
}

}  // namespace musubi::app
