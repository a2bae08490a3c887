#include "evidence/verify.h"

#include <map>
#include <set>
#include <unordered_map>

#include "base/encoding.h"
#include "crypto/tsp.h"
#include "evidence/log.h"
#include "evidence/record.h"
#include "evidence/rolling_tree.h"
#include "evidence/view.h"

namespace musubi::evidence {
namespace {

const std::string kLogOpenedType = "evidence.log_opened";
constexpr std::int64_t kChunk = 500;  // records held at once: bodies may be 1 MiB each

// Tampered columns may have any type: nothing here may CHECK what the database holds.
const std::string* text_of(const db::Value& value) { return std::get_if<std::string>(&value); }
const std::string* bytes_of(const db::Value& value) {
  auto* blob = std::get_if<db::Blob>(&value);
  return blob ? &blob->bytes : nullptr;
}
std::optional<std::int64_t> integer_of(const db::Value& value) {
  auto* integer = std::get_if<std::int64_t>(&value);
  return integer ? std::optional(*integer) : std::nullopt;
}

// What the manifests say last about one evidenced row.
struct Expected {
  Digest digest{};
  std::uint64_t record = 0;
  bool put = false;
  bool seen = false;
};

class Verification {
 public:
  Verification(db::Reader& reader, const db::Schema& schema, const VerifyOptions& options)
      : reader_(reader), schema_(schema), options_(options) {}

  Result<VerifyReport> run() {
    TRY(read_identity());
    TRY(read_records());
    TRY(check_counters());
    TRY(check_strays());
    TRY(check_rows());
    check_newest();
    for (const auto& derived : options_.derived)
      for (auto& finding : TRY(derived(reader_))) add(finding.kind, finding.where, finding.message);
    report_.size = tree_.size();
    report_.root = to_base64(crypto::bytes(tree_.root_now()));
    return std::move(report_);
  }

 private:
  void add(std::string kind, std::string where, Text message) {
    if (report_.findings.size() < options_.findings_limit)
      report_.findings.push_back({std::move(kind), std::move(where), std::move(message)});
  }

  Result<void> read_identity() {
    auto identity = TRY(reader_.query("SELECT origin FROM evidence_log WHERE id = 1"));
    if (!identity.empty())
      if (auto* origin = text_of(identity[0].at(0))) report_.origin = *origin;
    verifiers_ = options_.trusted;
    if (verifiers_.empty())
      for (const auto& row : TRY(reader_.query("SELECT verifier_key FROM evidence_key ORDER BY since LIMIT 1000")))
        if (auto* key = text_of(row.at(0)))
          if (auto verifier = crypto::NoteVerifier::parse(*key); verifier.ok()) verifiers_.push_back(std::move(*verifier));
    for (const auto& row : TRY(reader_.query("SELECT idx FROM evidence_erasure")))
      if (auto index = integer_of(row.at(0))) erased_.insert(*index);
    if (!options_.tsa_roots_pem.empty()) tsa_roots_ = TRY(crypto::parse_pem_chain(options_.tsa_roots_pem));
    if (!options_.newest_note.empty()) newest_ = TRY(parse_checkpoint(TRY(crypto::parse_note(options_.newest_note)).text));
    return {};
  }

  Result<void> read_records() {
    std::int64_t from = 0;
    while (true) {
      auto rows = TRY(reader_.query(
          "SELECT r.idx, r.stream, r.counter, r.type, r.at, r.head, r.head_salt, r.manifest, r.body_commitment, r.leaf_hash, "
          "b.salt, b.body FROM evidence_record r LEFT JOIN evidence_body b ON b.idx = r.idx "
          "WHERE r.idx >= $1 ORDER BY r.idx LIMIT $2", {from, kChunk}));
      if (rows.empty()) break;
      auto last = rows.back().integer(0);
      auto kept = TRY(reader_.query("SELECT size, note, stamp, stamped_at FROM evidence_checkpoint WHERE size > $1 AND size <= $2 ORDER BY size",
                                    {from, last + 1}));
      std::size_t next_kept = 0;
      for (const auto& row : rows) {
        check_record(row);
        for (; next_kept < kept.size() && kept[next_kept].integer(0) <= std::int64_t(tree_.size()); ++next_kept)
          check_checkpoint(kept[next_kept]);
        if (newest_ && newest_->size == tree_.size()) newest_root_ = tree_.root_now();
      }
      TRY(check_nodes());
      from = last + 1;
    }
    auto beyond = TRY(reader_.query("SELECT size FROM evidence_checkpoint WHERE size > $1 ORDER BY size LIMIT 10", {std::int64_t(tree_.size())}));
    for (const auto& row : beyond)
      add("checkpoint", "checkpoint " + std::to_string(row.integer(0)),
          {"署名済みチェックポイントより記録が少なくなっています。末尾の記録が消されています。",
           "There are fewer records than this signed checkpoint covers: records at the end are gone."});
    return {};
  }

  void check_record(const db::Row& row) {
    auto index = row.integer(0);
    auto* type = text_of(row.at(3));
    auto* stream = text_of(row.at(1));
    std::string where = "record " + std::to_string(index) + " (" + (type ? *type : "?") + ", " + (stream ? *stream : "?") + ")";
    ++report_.records;
    if (index != std::int64_t(tree_.size()))
      add("leaf", "record " + std::to_string(tree_.size()), {"この番号の記録がありません。", "The record of this number is missing."});
    const std::string *head = bytes_of(row.at(5)), *salt = bytes_of(row.at(6)), *manifest = bytes_of(row.at(7)),
                      *commitment = bytes_of(row.at(8)), *leaf = bytes_of(row.at(9));
    if (!head || !salt || !manifest || !commitment || commitment->size() != 32 || !leaf || leaf->size() != 32) {
      add("head", where, {"列の型か長さが変わっています。", "A column has another type or length than it must have."});
      tree_.push(leaf && leaf->size() == 32 ? crypto::digest_from(*leaf) : Digest{});
      return;
    }
    Digest computed = leaf_hash(encode_entry(head_commitment(*salt, *head), *commitment));
    if (crypto::bytes(computed) != *leaf)
      add("leaf", where, {"見出し・塩・本文の確約・葉のハッシュのどれかが書き換えられています。",
                          "The head, its salt, the body commitment or the leaf hash has been changed."});
    tree_.push(crypto::digest_from(*leaf));
    check_head(row, where, *head, *manifest);
    check_body(row, where, *commitment);
    read_manifest(std::uint64_t(index), where, *manifest);
  }

  void check_head(const db::Row& row, const std::string& where, const std::string& head, const std::string& manifest) {
    auto parsed = parse_json(head);
    auto* object = parsed.ok() ? parsed->if_object() : nullptr;
    if (!object) return add("head", where, {"見出しが JSON ではありません。", "The head is not JSON."});
    auto same_text = [&](std::string_view key, const std::string* column) {
      auto* value = object->if_contains(key);
      return value && value->is_string() && column && std::string_view(value->get_string()) == *column;
    };
    if (same_text("type", &kLogOpenedType)) origins_.insert(origin_in(*object));
    auto* counter = object->if_contains("n");
    std::string at = Time{integer_of(row.at(4)).value_or(-1)}.rfc3339();
    bool same = same_text("stream", text_of(row.at(1))) && same_text("type", text_of(row.at(3))) && same_text("at", &at) &&
                counter && counter->is_int64() && integer_of(row.at(2)) == counter->get_int64();
    if (!same)
      add("head", where, {"列（系列・番号・種類・時刻）が見出しと一致しません。",
                          "The columns (stream, counter, type, time) differ from the head."});
    std::string digest = to_base64(crypto::bytes(crypto::sha256(manifest)));
    if (!same_text("manifest", &digest))
      add("manifest", where, {"目録が見出しのダイジェストと一致しません。", "The manifest differs from its digest in the head."});
  }

  // After a restore the same tree goes on under a new origin: its older checkpoints bear the older names.
  static std::string origin_in(const json::object& head) {
    auto* facts = head.if_contains("facts");
    auto* origin = facts && facts->is_object() ? facts->get_object().if_contains("origin") : nullptr;
    return origin && origin->is_string() ? std::string(origin->get_string()) : std::string();
  }

  void check_body(const db::Row& row, const std::string& where, const std::string& commitment) {
    bool none = commitment == std::string(32, '\0');
    if (std::holds_alternative<std::monostate>(row.at(11))) {
      if (none) return;
      if (erased_.contains(row.integer(0))) ++report_.erased;
      else add("body", where, {"本文がありません。消去の命令も記録されていません。", "The body is missing, and no order to erase it is on record."});
      return;
    }
    ++report_.bodies;
    const std::string *salt = bytes_of(row.at(10)), *body = bytes_of(row.at(11));
    if (!salt || !body || none || crypto::bytes(body_commitment(*salt, *body)) != commitment)
      add("body", where, {"本文が書き換えられています（確約と一致しません）。", "The body has been changed: it does not match its commitment."});
  }

  void read_manifest(std::uint64_t index, const std::string& where, const std::string& manifest) {
    auto lines = parse_manifest(manifest);
    if (!lines.ok()) return add("manifest", where, lines.error().message);
    for (const auto& line : *lines) {
      Expected& expected = expected_[row_key(line.table, line.key)];
      expected = Expected{line.put ? crypto::digest_from(line.digest) : Digest{}, index, line.put, false};
    }
  }

  Result<void> check_nodes() {
    auto computed = tree_.take_nodes();
    for (const auto& [place, hash] : computed) {
      auto rows = TRY(reader_.query("SELECT hash FROM evidence_node WHERE level = $1 AND idx = $2", {place.first, place.second}));
      auto* stored = rows.empty() ? nullptr : bytes_of(rows[0].at(0));
      ++nodes_;
      if (!stored || *stored != crypto::bytes(hash))
        add("node", "tile level " + std::to_string(place.first) + " node " + std::to_string(place.second),
            {stored ? "木の節のハッシュが書き換えられています。" : "木の節のハッシュがありません。",
             stored ? "The hash of this tree node has been changed." : "The hash of this tree node is missing."});
    }
    return {};
  }

  void check_checkpoint(const db::Row& row) {
    std::string where = "checkpoint " + std::to_string(row.integer(0));
    ++report_.checkpoints;
    auto* text = text_of(row.at(1));
    auto note = crypto::parse_note(text ? *text : "");
    auto checkpoint = note.ok() ? parse_checkpoint(note->text) : Result<Checkpoint>(Error{});
    if (!note.ok() || !checkpoint.ok() || !crypto::verify_note(*note, verifiers_).ok())
      return add("checkpoint", where, {"チェックポイントが書き換えられているか、署名が正しくありません。",
                                       "The checkpoint has been changed or its signature is wrong."});
    if (!origins_.contains(checkpoint->origin) || std::int64_t(checkpoint->size) != row.integer(0))
      return add("checkpoint", where, {"チェックポイントの名称か件数が合いません。", "The origin or size of the checkpoint does not fit."});
    if (checkpoint->size == tree_.size() && checkpoint->root != tree_.root_now())
      return add("checkpoint", where, {"署名済みのルートが、保存された記録から計算したルートと一致しません。これ以前の葉が書き換えられています。",
                                       "The signed root differs from the root of the stored records: a leaf before this size has been changed."});
    check_stamp(row, where, *text);
  }

  void check_stamp(const db::Row& row, const std::string& where, const std::string& note) {
    if (std::holds_alternative<std::monostate>(row.at(2))) return;
    ++report_.stamps;
    auto* token = bytes_of(row.at(2));
    auto info = !token ? Result<crypto::TstInfo>(Error{})
                : tsa_roots_.empty() ? crypto::parse_token(*token)
                                     : crypto::verify_token(*token, {crypto::sha256(note), std::nullopt, tsa_roots_, {}});
    if (!info.ok() || info->imprint != crypto::bytes(crypto::sha256(note)) || integer_of(row.at(3)) != info->gen_time.us)
      add("stamp", where, {"タイムスタンプがこのチェックポイントのものではないか、壊れています。",
                           "The time-stamp does not belong to this checkpoint or is damaged."});
  }

  // The columns were held against the heads, so SQL may count: each stream runs 1, 2, 3, ... without a gap.
  Result<void> check_counters() {
    return reader_.scan("SELECT stream, COUNT(*), MAX(counter) FROM evidence_record GROUP BY stream HAVING COUNT(*) <> MAX(counter)", {},
                        [this](const db::Row& row) -> Result<void> {
                          auto* stream = text_of(row.at(0));
                          add("counter", "stream " + (stream ? *stream : std::string("?")),
                              {"系列の番号に抜けがあります。", "The counter of this stream has a gap."});
                          return {};
                        });
  }

  Result<void> check_strays() {
    auto bodies = TRY(reader_.query("SELECT b.idx FROM evidence_body b LEFT JOIN evidence_record r ON r.idx = b.idx WHERE r.idx IS NULL LIMIT 100"));
    for (const auto& row : bodies)
      add("body", "body " + std::to_string(row.integer(0)), {"記録のない本文があります。", "There is a body without a record."});
    auto count = TRY(reader_.query("SELECT COUNT(*) FROM evidence_node"));
    if (count[0].integer(0) > std::int64_t(nodes_))
      add("node", "table evidence_node", {"余分な節があります。", "There are nodes that the tree does not have."});
    return {};
  }

  static std::string row_key(std::string_view table, std::string_view key) {
    std::string name(table);
    name.push_back('\0');
    name += key;
    return std::string(crypto::bytes(crypto::sha256(name)).substr(0, 16));
  }

  Result<void> check_rows() {
    for (const db::Table& table : schema_.tables) {
      if (table.kind != db::TableKind::kEvidenced) continue;
      std::string columns;
      for (const auto& column : table.columns) columns += column + ", ";
      TRY(reader_.scan("SELECT " + columns + "row_salt FROM " + table.name, {}, [&](const db::Row& row) -> Result<void> {
        check_row(table, row);
        return {};
      }));
    }
    for (const auto& [key, expected] : expected_)
      if (expected.put && !expected.seen)
        add("row", "row of record " + std::to_string(expected.record),
            {"記録された行が表から消えています。", "A row that this record put has gone from its table."});
    return {};
  }

  void check_row(const db::Table& table, const db::Row& row) {
    ++report_.rows;
    std::vector<db::Value> values, key;
    for (std::size_t i = 0; i < table.columns.size(); ++i) values.push_back(row.at(i));
    for (const auto& name : table.key)
      for (std::size_t i = 0; i < table.columns.size(); ++i)
        if (table.columns[i] == name) key.push_back(row.at(i));
    for (const auto& part : key)
      if (std::holds_alternative<std::monostate>(part) || std::holds_alternative<double>(part))
        return add("row", "table " + table.name, {"行の鍵の型が変わっています。", "The key of a row has another type than it must have."});
    std::string name = manifest_key(key), where = "table " + table.name + " key " + name;
    auto expected = expected_.find(row_key(table.name, name));
    auto* salt = bytes_of(row.at(table.columns.size()));
    if (expected == expected_.end() || !expected->second.put)
      return add("row", where, {"記録のない行です。", "This row has no record."});
    expected->second.seen = true;
    if (!salt || row_digest(*salt, table, values) != expected->second.digest)
      add("row", where + " (record " + std::to_string(expected->second.record) + ")",
          {"行が書き換えられています（記録の目録と一致しません）。", "The row has been changed: it differs from the manifest of its record."});
  }

  void check_newest() {
    if (!newest_) return;
    auto note = crypto::parse_note(options_.newest_note);
    std::string where = "checkpoint held elsewhere, size " + std::to_string(newest_->size);
    if (!crypto::verify_note(*note, verifiers_).ok())
      add("checkpoint", where, {"署名が正しくないか、知らない鍵です。", "Its signature is wrong or its key unknown."});
    else if (newest_->size > tree_.size())
      add("checkpoint", where, {"手元のチェックポイントより記録が少なくなっています。", "There are fewer records than this checkpoint covers."});
    else if (newest_->size > 0 && (!newest_root_ || *newest_root_ != newest_->root))
      add("checkpoint", where, {"手元のチェックポイントと記録が一致しません。過去が書き換えられたか、ログが分岐しています。",
                                "The records do not agree with it: the past was changed or the log was forked."});
  }

  db::Reader& reader_;
  const db::Schema& schema_;
  const VerifyOptions& options_;
  VerifyReport report_;
  std::vector<crypto::NoteVerifier> verifiers_;
  std::vector<crypto::Certificate> tsa_roots_;
  std::set<std::int64_t> erased_;
  std::set<std::string> origins_;
  std::unordered_map<std::string, Expected> expected_;
  RollingTree tree_;
  std::uint64_t nodes_ = 0;
  std::optional<Checkpoint> newest_;
  std::optional<Digest> newest_root_;
};

}  // namespace

Result<VerifyReport> verify(db::Database& database, const VerifyOptions& options) {
  return database.read([&](db::Reader& reader) { return Verification(reader, database.schema(), options).run(); });
}

}  // namespace musubi::evidence
