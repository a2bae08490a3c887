#include "evidence/erase.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "base/encoding.h"
#include "base/file.h"
#include "base/log.h"
#include "evidence/erasure_list.h"
#include "evidence/log.h"

namespace musubi::evidence {
namespace {

constexpr std::string_view kErasedFacts[] = {"count", "ground"};
constexpr RecordType kErased{"evidence.erased", 1, Visibility::kPublic, "本文の消去", "Bodies erased", kErasedFacts};

const ErasureGround kGrounds[] = {
    {"retention-ended", {"保存期間が満了した", "The period of retention has ended"}},
    {"purpose-ended", {"利用目的に必要でなくなった", "The purpose of use no longer needs it"}},
    {"request", {"本人の利用停止・消去の請求を認めた", "The person's request to stop use or to erase was granted"}},
    {"unlawful", {"法令に反して取得し、または利用した", "It was obtained or used against the law"}},
    {"mistake", {"誤って記録した", "It was recorded by mistake"}},
    {"court", {"裁判所または審査機関の判断による", "By decision of a court or a review body"}},
    {"law", {"その他の法令の定めによる", "By another provision of law"}},
};

std::string known_grounds() {
  std::string out;
  for (const auto& ground : kGrounds) out += (out.empty() ? "" : ", ") + std::string(ground.id);
  return out;
}

bool is_ground(std::string_view id) {
  return std::any_of(std::begin(kGrounds), std::end(kGrounds), [&](const ErasureGround& ground) { return ground.id == id; });
}

Error unwritable(const std::string& path) {
  return Error{Code::kIo,
               "erase.list_unwritable",
               {"消去リスト " + path + " に書けないため、何も消去していません。空き容量と権限を確認してください。",
                "The erasure list " + path + " cannot be written, so nothing was erased. Check space and permissions."},
               {}};
}

// Cuts off what a crash left of a line, so that the next one begins on its own.
bool end_at_a_line(int fd) {
  off_t size = ::lseek(fd, 0, SEEK_END);
  char last = 0;
  while (size > 0 && ::pread(fd, &last, 1, size - 1) == 1 && last != '\n') --size;
  return size >= 0 && ::ftruncate(fd, size) == 0;
}

bool sync_folder_of(const std::string& path) {
  auto slash = path.rfind('/');
  std::string folder = slash == path.npos ? "." : path.substr(0, slash + 1);
  int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  bool synced = fd >= 0 && ::fsync(fd) == 0;
  if (fd >= 0) ::close(fd);
  return synced;
}

// One line per order, synced before anything is erased: a restored backup is brought up to date from it. Returns the line.
Result<std::string> add_to_list(const std::string& path, const std::vector<ErasedBody>& bodies, const std::string& ground) {
  std::string line = ErasureLine{bodies, ground}.text();
  int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return unwritable(path);
  bool written = ::flock(fd, LOCK_EX) == 0 && end_at_a_line(fd) && ::write(fd, line.data(), line.size()) == ssize_t(line.size()) &&
                 ::fsync(fd) == 0 && sync_folder_of(path);
  ::close(fd);
  if (!written) return unwritable(path);
  return line;
}

// After a write that certainly did not happen: the order must not be carried out by a later restore.
bool take_off_list(const std::string& path, const std::string& line) {
  int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return false;
  std::string tail(line.size(), '\0');
  bool locked = ::flock(fd, LOCK_EX) == 0;
  off_t start = ::lseek(fd, 0, SEEK_END) - off_t(line.size());
  bool last = locked && start >= 0 && ::pread(fd, tail.data(), tail.size(), start) == ssize_t(tail.size()) && tail == line;
  bool done = last && ::ftruncate(fd, start) == 0 && ::fsync(fd) == 0;
  ::close(fd);
  return done;
}

Result<std::vector<ErasedBody>> check_order(db::Reader& reader, const ErasureOrder& order) {
  std::vector<Fault> faults;
  std::vector<ErasedBody> bodies;
  if (order.actor.empty() || order.actor.size() > 100 || !is_utf8(order.actor))
    faults.push_back(
        {"actor", {"命じた人のコードを 1〜100 バイトで示してください。", "Give the code of who ordered it in 1 to 100 bytes."}});
  if (!is_ground(order.ground))
    faults.push_back(
        {"ground", {"根拠を次から選んでください：" + known_grounds() + "。", "Choose the ground among: " + known_grounds() + "."}});
  if (order.indexes.empty() || order.indexes.size() > 10'000)
    faults.push_back({"indexes", {"記録番号を 1〜10,000 件で指定してください。", "Name 1 to 10,000 record numbers."}});
  for (auto index : order.indexes) {
    auto record = TRY(find_record(reader, index));
    std::string where = "record " + std::to_string(index);
    if (record) bodies.push_back({index, record->body_commitment});
    if (!record)
      faults.push_back({where, {"この番号の記録はありません。", "There is no record of this number."}});
    else if (!record->had_body())
      faults.push_back({where, {"この記録に本文はありません。", "This record has no body."}});
    else if (record->type.starts_with("evidence."))
      faults.push_back({where, {"ログ自身の記録は消去できません。", "Records of the log itself cannot be erased."}});
    if (faults.size() >= 100) break;
  }
  if (faults.empty()) return bodies;
  return Error{Code::kInvalid,
               "erase.refused",
               {"消去の命令に誤りがあるため、何も消去していません。", "The order has faults, so nothing was erased."},
               faults};
}

// `touched`: the tables whose old rows must not stay behind in the files.
Result<Appended> erase_in(db::Transaction& tx, const ErasureOrder& order, std::set<std::string>& touched) {
  if (order.rows)
    for (auto& table : TRY(order.rows(tx, order.indexes))) touched.insert(std::move(table));
  Time now = Log::of(tx).now();
  json::array indexes;
  for (auto index : order.indexes) {
    indexes.emplace_back(std::to_string(index));
    TRY(tx.execute("DELETE FROM evidence_body WHERE idx = $1", {std::int64_t(index)}));
    TRY(tx.put("evidence_erasure", {{"idx", std::int64_t(index)}, {"ground", order.ground}, {"at", now.us}}));
  }
  return append(tx, Draft{kErased,
                          "evidence/erasures",
                          order.actor,
                          "",
                          {{"count", std::int64_t(order.indexes.size())}, {"ground", order.ground}},
                          json::object{{"indexes", indexes}, {"ground", order.ground}}});
}

}  // namespace

const RecordType& erased_type() { return kErased; }
std::span<const ErasureGround> erasure_grounds() { return kGrounds; }

Result<Appended> erase(db::Database& database, const ErasureOrder& order, const std::string& list_path) {
  auto bodies = TRY(database.read([&](db::Reader& reader) { return check_order(reader, order); }));
  std::set<std::string> touched = {"evidence_body"};
  auto write = [&] { return database.write([&](db::Transaction& tx) { return erase_in(tx, order, touched); }); };
  if (database.refusing()) return write();  // the refusal, and no line
  std::string line = TRY(add_to_list(list_path, bodies, order.ground));
  // A crash here leaves an order that is carried out by the next apply_erasure_list.
  auto appended = write();
  // Where it is not known whether the commit came through, the line stays: erasing once more is the lesser evil.
  if (!appended.ok() && !database.refusing() && !take_off_list(list_path, line))
    log::error("evidence.erasure_list",
               {{"organisation", database.organisation()}, {"why", "a line of an order that failed stands in " + list_path}});
  if (!appended.ok()) return appended;
  TRY(database.scrub(std::vector(touched.begin(), touched.end())));
  return appended;
}

Result<std::size_t> apply_erasure_list(db::Database& database, const std::string& list_path, std::string_view actor,
                                       const EraseRows& rows) {
  if (!file_exists(list_path)) return std::size_t(0);
  std::string text = TRY(read_file(list_path, kErasureListLimit));
  std::size_t count = 0, number = 0;
  std::set<std::string> touched = {"evidence_body"};
  for (std::size_t at = 0; at < text.size();) {
    auto end = text.find('\n', at);
    if (end == text.npos) break;  // a line that a crash cut short: its order was never carried out
    auto line = parse_erasure_line(std::string_view(text).substr(at, end - at));
    ++number;
    at = end + 1;
    if (!line)
      return Error{Code::kCorrupt,
                   "erase.bad_list",
                   {"消去リスト " + list_path + " の " + std::to_string(number) + " 行目が読めません。",
                    "Line " + std::to_string(number) + " of the erasure list " + list_path + " cannot be read."},
                   {}};
    ErasureOrder order{{}, is_ground(line->ground) ? line->ground : "law", std::string(actor), rows};
    TRY(database.read([&](db::Reader& reader) -> Result<void> {
      for (const auto& body : line->bodies) {
        auto record = TRY(find_record(reader, body.index));
        if (record && record->body && record->body_commitment == body.commitment) order.indexes.push_back(body.index);
      }
      return {};
    }));
    if (order.indexes.empty()) continue;
    TRY(database.write([&](db::Transaction& tx) { return erase_in(tx, order, touched); }));
    count += order.indexes.size();
  }
  // Also when nothing was left to erase: the crash may have come between the commit and the scrubbing.
  if (number) TRY(database.scrub(std::vector(touched.begin(), touched.end())));
  return count;
}

}  // namespace musubi::evidence
