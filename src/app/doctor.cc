// musubi doctor: looks at what the machine gives, in plain words, with what to do.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "app/commands.h"
#include "app/history.h"
#include "app/installation.h"
#include "base/file.h"
#include "identity/card_issue.h"
#include "text/dates.h"

namespace musubi::app {
namespace {

enum class State { kGood, kNote, kBad };

struct Look {
  std::string what;
  State state = State::kGood;
  Text message;
};

// The pid that holds the directory's lock; empty when nobody does.
std::string lock_owner(const std::string& data) {
  int fd = ::open((data + "/lock").c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return "";
  std::string owner;
  if (::flock(fd, LOCK_SH | LOCK_NB) != 0) {
    char pid[32] = {};
    owner = ::pread(fd, pid, sizeof pid - 1, 0) > 0 ? std::string(pid, std::strcspn(pid, "\n")) : "?";
  }
  ::close(fd);
  return owner;
}

Look look_at_lock(const std::string& owner) {
  if (owner.empty()) return {"lock", State::kGood, {"データフォルダは空いています。", "The data directory is free."}};
  return {"lock",
          State::kGood,
          {"PID " + owner + " の Musubi が使用中です。", "A Musubi with pid " + owner + " uses the data directory."}};
}

Look look_at_port(const Listen& listen, bool serving) {
  int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(listen.port);
  bool ipv4 = ::inet_pton(AF_INET, listen.address.c_str(), &address.sin_addr) == 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  bool free = ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  std::string why = std::strerror(errno);
  ::close(fd);
  std::string at = listen.address + ":" + std::to_string(listen.port);
  if (!ipv4) return {"port", State::kNote, {at + " は調べられません（IPv4 のみ）。", at + " cannot be examined (IPv4 only)."}};
  if (free) return {"port", State::kGood, {at + " は空いています。", at + " is free."}};
  if (serving)
    return {"port",
            State::kGood,
            {at + " は使用中です（動いている Musubi でしょう）。", at + " is in use, by the running Musubi most likely."}};
  return {"port",
          State::kBad,
          {at + " は使えません（" + why + "）。--listen で別のポートを指定してください。",
           at + " cannot be used (" + why + "). Choose another with --listen."}};
}

Look look_at_disk(const std::string& data) {
  struct statvfs disk {};
  std::string at = file_exists(data) ? data : ".";
  if (::statvfs(at.c_str(), &disk) != 0)
    return {"disk", State::kBad, {at + " の空き容量が読めません。", "The free space of " + at + " cannot be read."}};
  auto free_mb = std::uint64_t(disk.f_bavail) * disk.f_frsize >> 20;
  std::string free = std::to_string(free_mb);
  if (free_mb < 512)
    return {"disk",
            State::kBad,
            {"空き " + free + " MB。512 MB 以上を空けてください。満杯になると書き込みを拒みます。",
             free + " MB free. Make room for 512 MB or more: a full disk stops all writing."}};
  return {"disk", State::kGood, {"空き " + free + " MB。", free + " MB free."}};
}

Look look_at_clock() {
  timex clock{};
  int state = ::adjtimex(&clock);
  if (state == -1)
    return {"clock", State::kNote, {"時刻同期の状態が読めません。", "The state of the clock's synchronisation cannot be read."}};
  if (state == TIME_ERROR || clock.status & STA_UNSYNC)
    return {"clock",
            State::kNote,
            {"時計は同期されていません。タイムスタンプの時刻の信頼のため、NTP（chrony など）を動かしてください。",
             "The clock is not synchronised. Run NTP (chrony, for example), so that the time in stamps can be trusted."}};
  return {"clock", State::kGood, {"時計は同期されています。", "The clock is synchronised."}};
}

void look_at_keys(std::vector<Look>& looks, const std::string& data, const std::string& id) {
  std::string folder = trust::keys_folder(data, id);
  auto files = trust::key_files(folder);
  if (!files.ok()) return looks.push_back({"keys " + id, State::kBad, files.error().message});
  bool good = true;
  for (const auto& file : *files) {
    if ((file.mode & 077) == 0) continue;
    good = false;
    std::string path = folder + "/" + file.name;
    looks.push_back({"keys " + id,
                     State::kBad,
                     {path + " を他の利用者が読めます：chmod 600 " + path, "Other users can read " + path + ": chmod 600 " + path}});
  }
  if (good)
    looks.push_back({"keys " + id,
                     State::kGood,
                     {"鍵ファイルは持ち主だけが読めます。控えを別に保管していますか。",
                      "Key files can be read by their owner only. Is there a copy elsewhere?"}});
}

constexpr std::int64_t kDay_us = 86'400'000'000;
constexpr std::int64_t kWarnBefore_days = 180;

void look_at_certificates(std::vector<Look>& looks, const std::string& data, const std::string& id, Time now) {
  std::string folder = trust::keys_folder(data, id), soonest;
  std::int64_t left = INT64_MAX;
  for (const char* name : {"root.crt", "tsa.crt", "message.crt"}) {
    auto pem = read_file(folder + "/" + name, crypto::kMaxCertificateBytes);
    auto certificate = pem.ok() ? crypto::Certificate::from_pem(*pem) : Result<crypto::Certificate>(pem.error());
    std::string path = folder + "/" + name;
    if (!certificate.ok()) {
      if (!file_exists(path)) continue;  // message.crt is made at the next start; others are missed with the keys
      looks.push_back({"certificates " + id,
                       State::kBad,
                       {path + " が読めません。控えから戻してください。", path + " cannot be read. Restore it from its copy."}});
      continue;
    }
    std::int64_t days = (certificate->not_after().us - now.us) / kDay_us;
    if (days < left) left = days, soonest = std::string(name) + " " + text::iso_date(text::jst_date(certificate->not_after()));
  }
  if (soonest.empty()) return;
  State state = left < 0 ? State::kBad : left < kWarnBefore_days ? State::kNote : State::kGood;
  std::string ja = "最も早く切れる証明書：" + soonest, en = "The first certificate to expire: " + soonest;
  if (state != State::kGood)
    ja += "。新しい鍵で組織を復元するか作り直し、連携先に新しい記述を渡してください",
        en += ". Restore the organisation with new keys and hand its new description to its members";
  looks.push_back({"certificates " + id, state, {ja + "。", en + "."}});
}

// The secret that makes the codes of all persons: the one file whose loss nothing makes good.
void look_at_linker(std::vector<Look>& looks, const std::string& data, const std::string& id, db::Database& database) {
  auto kind = database.read([](db::Reader& reader) { return identity::organisation(reader); });
  std::string folder = trust::keys_folder(data, id);
  bool is_linker = (kind.ok() && *kind && (*kind)->kind == "linker") || identity::is_linker(folder);
  if (!is_linker) return;
  auto knows = database.read([](db::Reader& reader) { return identity::Linker::knows_somebody(reader); });
  auto opened = identity::Linker::open(folder);
  if (opened.ok())
    return looks.push_back({"linker " + id,
                            State::kGood,
                            {"符号の秘密（linker.secret）が読めます。失うと全員の符号が変わります。控えを別に保管していますか。",
                             "The secret of the codes (linker.secret) can be read. Losing it would change everybody's code: is there "
                             "a copy elsewhere?"}});
  if (knows.ok() && !*knows && !identity::is_linker(folder))
    return looks.push_back({"linker " + id,
                            State::kNote,
                            {"符号の秘密（linker.secret）は、まだありません。musubi serve か最初のカードの交付で作られます。",
                             "There is no secret of the codes (linker.secret) yet. `musubi serve` or the first card makes it."}});
  looks.push_back({"linker " + id, State::kBad, opened.error().message});
}

void look_at_database(std::vector<Look>& looks, Installation& installation, const std::string& id) {
  const Config& config = installation.config();
  auto bad = [&](const Text& message) { looks.push_back({"database " + id, State::kBad, message}); };
  auto database = installation.store().organisation(id);
  if (!database.ok() && database.error().name == "db.older")  // the next start brings it up to date
    return looks.push_back({"database " + id, State::kNote, database.error().message});
  if (!database.ok()) return bad(database.error().message);
  auto left = (*database)->read([&](db::Reader& reader) { return what_is_left(reader, trust::keys_folder(config.data, id)); });
  if (!left.ok()) return bad(left.error().message);
  if (history_of(*left) == History::kLost) return bad(no_log_left(config, id).message);
  looks.push_back({"database " + id, State::kGood, {"データベースを開けます。", "The database can be opened."}});
  look_at_linker(looks, config.data, id, **database);
}

// Nobody lists an organisation whose database is gone: its keys are what is left of it.
void look_for_lost(std::vector<Look>& looks, const Config& config, const std::vector<std::string>& known) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(config.data, ignored)) {
    std::string id = entry.path().filename();
    if (!db::Store::valid_id(id) || std::find(known.begin(), known.end(), id) != known.end()) continue;
    if (trust::is_in_use(trust::keys_folder(config.data, id)))
      looks.push_back({"database " + id, State::kBad, no_database_left(config, id).message});
  }
}

Look look_at_backup(const std::string& data, const std::string& id, Time now) {
  struct stat status {};
  if (::stat((data + "/" + id + "/last-backup").c_str(), &status) != 0)
    return {"backup " + id,
            State::kNote,
            {"まだバックアップがありません：musubi backup " + id + " FILE", "There is no backup yet: musubi backup " + id + " FILE"}};
  auto hours = (now.us / 1'000'000 - status.st_mtime) / 3600;
  std::string age = std::to_string(hours);
  return {"backup " + id,
          hours > 48 ? State::kNote : State::kGood,
          {"最後のバックアップは " + age + " 時間前です。", "The last backup is " + age + " hours old."}};
}

void look_at_postgres(std::vector<Look>& looks, const Config& config, const std::string& owner) {
  if (config.postgres.empty() || !owner.empty()) return;
  auto opened = Installation::open(config, Opening::kRead);
  if (opened.ok())
    looks.push_back({"postgres", State::kGood, {"PostgreSQL に接続できます。", "PostgreSQL can be reached."}});
  else
    looks.push_back({"postgres", State::kBad, opened.error().message});
}

}  // namespace

int run_doctor(const Invocation& invocation) {
  const Config& config = invocation.config;
  std::string owner = lock_owner(config.data);
  std::vector<Look> looks = {look_at_lock(owner), look_at_port(config.listen, !owner.empty()), look_at_disk(config.data),
                             look_at_clock()};
  look_at_postgres(looks, config, owner);
  if (!file_exists(config.data)) {
    looks.push_back(
        {"data",
         State::kNote,
         {"データフォルダ " + config.data + " はまだありません。", "There is no data directory " + config.data + " yet."}});
  } else if (auto opened = Installation::open(config, Opening::kRead); !opened.ok()) {
    looks.push_back({"data", State::kBad, opened.error().message});
  } else if (auto ids = (*opened)->store().organisations(); !ids.ok()) {
    looks.push_back({"data", State::kBad, ids.error().message});
  } else {
    look_for_lost(looks, config, *ids);
    for (const auto& id : *ids) {
      look_at_keys(looks, config.data, id);
      look_at_certificates(looks, config.data, id, (*opened)->clock().now());
      look_at_database(looks, **opened, id);
      looks.push_back(look_at_backup(config.data, id, (*opened)->clock().now()));
    }
  }
  bool bad = false;
  json::array all;
  for (const auto& look : looks) {
    bad = bad || look.state == State::kBad;
    const char* word = look.state == State::kGood ? "ok" : look.state == State::kNote ? "note" : "bad";
    if (invocation.has("json"))
      all.push_back(json::object{{"what", look.what}, {"state", word}, {"ja", look.message.ja}, {"en", look.message.en}});
    else
      print(std::string(word) + std::string(6 - std::strlen(word), ' ') + look.what + ": " + invocation.say(look.message));
  }
  if (invocation.has("json")) print(json::serialize(all));
  return bad ? kEnvironment : kGood;
}

}  // namespace musubi::app
