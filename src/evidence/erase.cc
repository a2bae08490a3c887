#include "evidence/erase.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/file.h"
#include "evidence/log.h"

namespace musubi::evidence {
namespace {

constexpr std::size_t kListLimit = 64 << 20;
constexpr std::string_view kErasedFacts[] = {"count", "ground"};
constexpr RecordType kErased{"evidence.erased", 1, Visibility::kPublic, "本文の消去", "Bodies erased", kErasedFacts};

// One line per order, synced before anything is erased: a restored backup is brought up to date from it.
Result<void> add_to_list(const std::string& path, const ErasureOrder& order) {
  json::array indexes;
  for (auto index : order.indexes) indexes.emplace_back(std::to_string(index));
  std::string line = json::serialize(json::object{{"indexes", indexes}, {"ground", order.ground}}) + "\n";
  int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  bool written = fd >= 0 && ::write(fd, line.data(), line.size()) == ssize_t(line.size()) && ::fsync(fd) == 0;
  if (fd >= 0) ::close(fd);
  if (written) return {};
  return Error{Code::kIo, "erase.list_unwritable",
               {"消去リスト " + path + " に書けないため、何も消去していません。空き容量と権限を確認してください。",
                "The erasure list " + path + " cannot be written, so nothing was erased. Check space and permissions."}, {}};
}

Result<void> check_order(db::Reader& reader, const ErasureOrder& order) {
  std::vector<Fault> faults;
  if (order.ground.empty() || order.ground.size() > 500 || !is_utf8(order.ground))
    faults.push_back({"ground", {"根拠を 1〜500 バイトで示してください。", "Give the legal ground in 1 to 500 bytes."}});
  if (order.indexes.empty() || order.indexes.size() > 10'000)
    faults.push_back({"indexes", {"記録番号を 1〜10,000 件で指定してください。", "Name 1 to 10,000 record numbers."}});
  for (auto index : order.indexes) {
    auto record = TRY(find_record(reader, index));
    std::string where = "record " + std::to_string(index);
    if (!record) faults.push_back({where, {"この番号の記録はありません。", "There is no record of this number."}});
    else if (!record->had_body()) faults.push_back({where, {"この記録に本文はありません。", "This record has no body."}});
    else if (record->type.starts_with("evidence."))
      faults.push_back({where, {"ログ自身の記録は消去できません。", "Records of the log itself cannot be erased."}});
    if (faults.size() >= 100) break;
  }
  if (faults.empty()) return {};
  return Error{Code::kInvalid, "erase.refused",
               {"消去の命令に誤りがあるため、何も消去していません。", "The order has faults, so nothing was erased."}, faults};
}

Result<Appended> erase_in(db::Transaction& tx, const ErasureOrder& order) {
  if (order.rows) TRY(order.rows(tx));
  Time now = SystemClock().now();
  json::array indexes;
  for (auto index : order.indexes) {
    indexes.emplace_back(std::to_string(index));
    TRY(tx.execute("DELETE FROM evidence_body WHERE idx = $1", {std::int64_t(index)}));
    TRY(tx.put("evidence_erasure", {{"idx", std::int64_t(index)}, {"ground", order.ground}, {"at", now.us}}));
  }
  return append(tx, Draft{kErased, "evidence/erasures", order.actor, "",
                          {{"count", std::int64_t(order.indexes.size())}, {"ground", order.ground}},
                          json::object{{"indexes", indexes}, {"ground", order.ground}}});
}

}  // namespace

Result<Appended> erase(db::Database& database, const ErasureOrder& order, const std::string& list_path) {
  TRY(database.read([&](db::Reader& reader) { return check_order(reader, order); }));
  TRY(add_to_list(list_path, order));
  auto appended = TRY(database.write([&](db::Transaction& tx) { return erase_in(tx, order); }));
  const std::string tables[] = {"evidence_body"};
  TRY(database.scrub(tables));
  return appended;
}

Result<std::size_t> apply_erasure_list(db::Database& database, const std::string& list_path, std::string_view actor) {
  if (!file_exists(list_path)) return std::size_t(0);
  std::string text = TRY(read_file(list_path, kListLimit));
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size();) {
    auto end = text.find('\n', at);
    if (end == text.npos) break;  // a line that a crash cut short: its order was never carried out
    auto line = TRY(parse_json(std::string_view(text).substr(at, end - at)));
    at = end + 1;
    ErasureOrder order{{}, "", std::string(actor), {}};
    auto* object = line.if_object();
    if (!object || !object->if_contains("ground") || !object->if_contains("indexes") || !object->at("indexes").is_array() || !object->at("ground").is_string())
      return Error{Code::kCorrupt, "erase.bad_list",
                   {"消去リスト " + list_path + " が読めません。", "The erasure list " + list_path + " cannot be read."}, {}};
    order.ground = std::string(object->at("ground").get_string());
    TRY(database.read([&](db::Reader& reader) -> Result<void> {
      for (const auto& value : object->at("indexes").get_array()) {
        auto index = std::uint64_t(std::atoll(std::string(value.is_string() ? value.get_string() : json::string("-1")).c_str()));
        auto record = TRY(find_record(reader, index));
        if (record && record->body) order.indexes.push_back(index);
      }
      return {};
    }));
    if (order.indexes.empty()) continue;
    TRY(database.write([&](db::Transaction& tx) { return erase_in(tx, order); }));
    count += order.indexes.size();
  }
  const std::string tables[] = {"evidence_body"};
  if (count) TRY(database.scrub(tables));
  return count;
}

}  // namespace musubi::evidence
