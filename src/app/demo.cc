// musubi demo: two fictional towns, a portal and a water company as separate processes on this machine; one move between the
// towns played through by real HTTP, each step with its address and time; every log verified; then one byte of a copy is
// changed, and verify names it. Afterwards everything stays up for whoever wants to walk the same way by hand.

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>

#include "app/commands.h"
#include "app/demo_journey.h"
#include "app/demo_processes.h"
#include "app/demo_towns.h"
#include "app/report.h"
#include "app/serving.h"
#include "base/file.h"
#include "evidence/log.h"
#include "text/normalise.h"

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

constexpr std::size_t kFoundBy = 200;  // bytes at the beginning of a body by which its place in a file is found

// Where the body begins in a plain SQLite copy; nothing where its beginning is not there, or is another's, too: what lies there would
// then be told under another name.
std::optional<std::size_t> only_place(const std::string& bytes, const std::string& body) {
  std::string beginning = body.substr(0, kFoundBy);
  auto at = bytes.find(beginning);
  if (at == bytes.npos || bytes.find(beginning, at + 1) != bytes.npos) return {};
  return at;
}

// Changes one byte of the body that begins at `at`. Returns its offset.
Result<std::uint64_t> change_one_byte(const std::string& path, const std::string& bytes, std::size_t at, std::size_t body_size) {
  at += std::min(body_size, kFoundBy) / 2;
  while ((static_cast<unsigned char>(bytes[at]) & 0x80) || bytes[at] == '"' || bytes[at] == '\\') ++at;
  char changed = bytes[at] == 'x' ? 'y' : 'x';
  int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  bool written = fd >= 0 && ::pwrite(fd, &changed, 1, off_t(at)) == 1;
  if (fd >= 0) ::close(fd);
  if (!written) return Error{Code::kIo, "file.unwritable", {path + " に書き込めません。", path + " cannot be written."}, {}};
  return std::uint64_t(at);
}

struct Tampered {
  std::uint64_t record = 0, offset = 0;
};

Result<Tampered> change_a_body(db::Database& database, const std::string& copy) {
  std::string bytes = TRY(read_file(copy, std::size_t(1) << 30));
  std::uint64_t size = TRY(database.read([](db::Reader& reader) { return evidence::record_count(reader); }));
  for (std::uint64_t index = size / 2; index < size; ++index) {
    auto found = TRY(database.read([&](db::Reader& reader) { return evidence::find_record(reader, index); }));
    if (!found || !found->body || found->body->size() < 100) continue;
    if (auto at = only_place(bytes, *found->body)) return Tampered{index, TRY(change_one_byte(copy, bytes, *at, found->body->size()))};
  }
  return Error{Code::kInternal, "demo.not_found", {"写しの中に本文が見つかりません。", "The body was not found in the copy."}, {}};
}

Result<void> tamper(const Config& config, Steps& steps) {
  std::string scratch = config.data + "/.scratch";
  fs::remove_all(scratch);
  Config copy = config;
  copy.data = scratch;
  Config own = config;
  own.data = config.data + "/" + demo_places()[0].folder;
  TRY(make_folder(scratch + "/" + kOrganisation));
  fs::copy(trust::keys_folder(own.data, kOrganisation), trust::keys_folder(scratch, kOrganisation));
  auto installation = TRY(Installation::open(own, Opening::kRead));
  auto database = TRY(installation->store().organisation(kOrganisation));
  TRY(database->backup_to(scratch + "/" + kOrganisation + "/musubi.db"));
  steps.done("動かしたまま、国のデータベースの写しを作成", "copied the nation's database while it runs", scratch);
  auto tampered = TRY(change_a_body(*database, scratch + "/" + kOrganisation + "/musubi.db"));
  std::string where = std::to_string(tampered.record), byte = std::to_string(tampered.offset);
  steps.done(("写しの " + byte + " バイト目（記録 " + where + " の本文）を 1 バイトだけ変更").c_str(),
             "changed one byte of the copy, at " + byte + ", in the body of record " + where);
  auto changed = TRY(Installation::open(copy, Opening::kRead));
  auto report = TRY(changed->verify(kOrganisation, {}));
  steps.done("写しを検証", "verified the copy", "musubi verify --data " + scratch);
  print(report_text(kOrganisation, report, config.language));
  if (report.findings.empty())
    return Error{Code::kInternal, "demo.not_found", {"変更が見つかりませんでした。", "The change was not found."}, {}};
  return {};
}

Result<void> verify_all(const Config& config, Steps& steps) {
  for (const auto& place : demo_places()) {
    Config own = config;
    own.data = config.data + "/" + place.folder;
    auto installation = TRY(Installation::open(own, Opening::kRead));
    for (const char* id : place.organisations) {
      auto report = TRY(installation->verify(id, {}));
      Text title = installation->title(id);
      if (!report.findings.empty()) {
        print(report_text(id, report, config.language));
        return Error{Code::kCorrupt,
                     "demo.not_clean",
                     {title.ja + " の検証で問題が見つかりました。", "Verification of " + title.en + " found something wrong."},
                     {}};
      }
      steps.done((title.ja + "：記録 " + std::to_string(report.records) + " 件、すべて一致").c_str(),
                 title.en + ": " + std::to_string(report.records) + " records, all of it agrees",
                 "musubi verify " + std::string(id) + " --data " + own.data);
    }
  }
  return {};
}

// What a person needs to walk the same way by hand.
struct Doors {
  JourneyDoors journey;              // one-time links of the officers that the demo plays
  std::vector<std::string> visitor;  // and of the one who looks around, for each office
  std::string planner, reviewer;     // the same for the nation's plan and sheets, and of one who signs off and approves
};

Result<Doors> prepare(const Config& config, const DemoPorts& ports, const DemoSize& size, Steps& steps) {
  steps.begin("1. 架空の町とこれまでの仕事", "1. Fictional towns, with work behind them");
  TRY(make_demo_towns(config, ports, size, [&](const Text& what) { steps.done(what.ja.c_str(), what.en); }));
  auto world = TRY(DemoWorld::open(config, ports));
  TRY(world->introduce());
  Doors doors;
  for (auto [into, organisation, post] : {std::tuple{&doors.journey.aoba_desk, "aoba", "desk"},
                                          {&doors.journey.aoba_chief, "aoba", "chief"},
                                          {&doors.journey.desk, "minato", "desk"},
                                          {&doors.journey.chief, "minato", "chief"},
                                          {&doors.journey.director, "minato", "director"},
                                          {&doors.journey.water, "water", "desk"}})
    *into = TRY(world->link(organisation, post));
  doors.planner = TRY(world->visitor_link("nation"));
  doors.reviewer = TRY(world->link("nation", "plan-general"));
  for (const char* office : {"aoba", "minato", "water"}) doors.visitor.push_back(TRY(world->visitor_link(office)));
  world->keep_checkpoints();
  return doors;
}

void show_doors(const Config& config, const DemoPorts& ports, const Doors& doors) {
  bool ja = config.language == Language::ja;
  print(ja ? "\n自分で歩いてみる" : "\nWalk it yourself");
  print((ja ? "  住民として：" : "  as a resident: ") + ports.page(0) + "/portal/guide" +
        (ja ? "（カードは「港 太郎」、暗証番号 " : " (card \"港 太郎\", PIN ") + kHanakoPin + (ja ? "、署名用 " : ", signing PIN ") +
        kHanakoSigningPin + (ja ? "）" : ")"));
  for (const auto& link : doors.visitor) print((ja ? "  担当者として（一度だけ）：" : "  as an officer (once): ") + link);
  print((ja ? "  指標：" : "  indicators: ") + ports.page(2) + "/minato/kpi  " + ports.page(1) + "/aoba/kpi  " + ports.page(0) +
        "/nation/kpi");
  print((ja ? "  計画：" : "  the plan: ") + ports.page(0) + "/nation/plans");
  print((ja ? "  計画の担当者として（一度だけ）：" : "  as the one who follows the plan up (once): ") + doors.planner);
  print((ja ? "  それを確かめ、承認する人として（一度だけ）：" : "  as another, who signs off and approves (once): ") +
        doors.reviewer);
  print((ja ? "  自分で検証：" : "  verify it yourself: ") +
        ("musubi verify --data " + config.data + "/minato --online " + ports.page(2)));
  print((ja ? "  はじめからやり直す：このフォルダを消す　" : "  begin anew: delete this folder  ") + config.data);
}

// Both options, with every fault; what is not given keeps its default.
Result<DemoSize> size_of(const Invocation& given) {
  DemoSize size;
  std::vector<Fault> faults;
  auto number = [&](const char* option, std::int64_t least, std::int64_t most, std::int64_t otherwise) {
    if (!given.has(option)) return otherwise;
    auto n = text::read_integer(given.get(option));
    if (n && *n >= least && *n <= most) return *n;
    std::string from = std::to_string(least), to = std::to_string(most);
    faults.push_back({std::string("--") + option,
                      {from + " から " + to + " までの整数にしてください。", "Give a whole number from " + from + " to " + to + "."}});
    return otherwise;
  };
  size.residents = std::size_t(number("residents", 50, 100'000, std::int64_t(size.residents)));
  size.days = int(number("days", 7, 3650, size.days));
  if (faults.empty()) return size;
  return Error{Code::kInvalid,
               "cli.demo_size",
               {"デモの大きさの指定が正しくありません。", "The size asked of the demo is not possible."},
               std::move(faults)};
}

Result<int> play(const Config& config, const DemoSize& size, bool once) {
  Steps steps(config.language);
  DemoPorts ports = TRY(ports_of(config));
  auto doors = TRY(prepare(config, ports, size, steps));
  steps.begin("2. 四つのプロセス", "2. Four processes");
  DemoProcesses processes(config, ports);
  TRY(processes.start([&](const Text& what, const std::string& where) { steps.done(what.ja.c_str(), what.en, where); }));
  steps.begin("3. 花子さんの引っ越し", "3. Hanako moves house");
  if (file_exists(config.data + "/played")) {
    steps.done("前回もう引っ越しました。手で歩いてみるか、フォルダを消して始めからどうぞ",
               "She has moved already. Walk it by hand, or delete the folder and begin anew", ports.page(0) + "/portal/guide");
  } else {
    TRY(play_journey(config, ports, doors.journey,
                     [&](const Text& what, const std::string& where) { steps.done(what.ja.c_str(), what.en, where); }));
    TRY(replace_file(config.data + "/played", "1\n", 0644));
  }
  steps.begin("4. 検証", "4. Verification");
  TRY(verify_all(config, steps));
  steps.begin("5. 改ざん", "5. Tampering");
  TRY(tamper(config, steps));
  if (once) return kGood;
  show_doors(config, ports, doors);
  print(config.language == Language::ja ? "\n公開中です。Ctrl-C で止まります。" : "\nServing. Ctrl-C stops it.");
  return processes.wait() ? kGood : kEnvironment;
}

}  // namespace

int run_demo(const Invocation& given) {
  hold_stop_signals();
  Config config = given.config;
  if (!given.has("data") && !std::getenv("MUSUBI_DATA")) config.data = "./var/demo";
  config.postgres.clear();
  print("Musubi " + std::string(kVersion) + (given.ja() ? "  デモ  データ：" : "  demo  data: ") + config.data);
  auto size = size_of(given);
  if (!size.ok()) return fail(size.error(), config.language);
  auto code = play(config, *size, given.has("once"));
  return code.ok() ? *code : fail(code.error(), config.language);
}

}  // namespace musubi::app
