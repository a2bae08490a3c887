#include "evidence/verify.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <set>

#include "base/encoding.h"
#include "crypto/tsp.h"
#include "db/attempt.h"
#include "db/storage_check.h"
#include "db/typed_reader.h"
#include "evidence/expected_rows.h"
#include "evidence/log.h"
#include "evidence/record.h"
#include "evidence/rolling_tree.h"
#include "evidence/view.h"

namespace musubi::evidence {
namespace {

const std::string kLogOpenedType = "evidence.log_opened";
constexpr std::int64_t kChunk = 1000;  // records between two looks at nodes and checkpoints
constexpr std::int64_t kIndexLimit = std::int64_t(1) << 53;
constexpr std::int64_t kGapLimit = Tile::kWidth;  // a wider gap in the numbers ends the comparison of trees

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

class Verification {
 public:
  Verification(db::Reader& reader, const db::Schema& schema, const VerifyOptions& options)
      : reader_(reader), schema_(schema), options_(options) {}

  Result<VerifyReport> run() {
    TRY(read_options());
    for (auto& fault : TRY(db::check_indexes(reader_))) add(fault.kind, fault.where, fault.message);
    for (auto& fault : TRY(db::check_schema(reader_, schema_))) add(fault.kind, fault.where, fault.message);
    if (!report_.clean()) TRY(check_types());
    TRY(hold());
    report_.size = tree_.size();
    report_.root = to_base64(crypto::bytes(tree_.root_now()));
    return std::move(report_);
  }

 private:
  // Everything else leans on the log: without it the rows can be held against nothing.
  Result<void> hold() {
    for (const char* number : {"evidence_record.idx", "evidence_body.idx"})
      if (ill_typed_.contains(number)) return {};
    if (!TRY(held("log", [&] { return read_identity(); }))) return {};
    checkpoints_there_ = !ill_typed_.contains("evidence_checkpoint.size") &&
                         TRY(can_read("checkpoints", "SELECT size, note, stamp, stamped_at, n FROM evidence_checkpoint LIMIT 1"));
    nodes_there_ = TRY(can_read("nodes", "SELECT level, idx, hash, tile FROM evidence_node LIMIT 1"));
    if (!TRY(held("records", [&] { return read_records(); }))) return {};
    TRY(held("counters of streams", [&] { return check_counters(); }));
    TRY(held("bodies and nodes", [&] { return check_strays(); }));
    TRY(check_rows());
    check_newest();
    db::TypedReader typed(reader_, ill_typed_tables_);
    for (const auto& derived : options_.derived)
      TRY(held("derived rows", [&]() -> Result<void> {
        for (auto& finding : TRY(derived(typed))) add(finding.kind, finding.where, finding.message);
        return {};
      }));
    return {};
  }

  // Whether `part` could be read to its end. What is too damaged for that is one more finding; so is what the database could not do
  // beside findings that may say why, as where a table has gone.
  Result<bool> held(const std::string& where, const std::function<Result<void>()>& part) {
    auto wrong = TRY(db::attempt(reader_, part));
    if (!wrong) return true;
    if (report_.clean() && (wrong->code == Code::kIo || wrong->code == Code::kUnavailable)) return std::move(*wrong);
    if (report_.clean() || report_.findings.back().where != where || report_.findings.back().message.en != wrong->message.en)
      add("storage", where, wrong->message);
    return false;
  }

  Result<bool> can_read(const std::string& where, std::string_view sql) {
    return held(where, [&]() -> Result<void> {
      TRY(reader_.query(sql));
      return {};
    });
  }

  Result<void> check_types() {
    for (const auto& one : TRY(db::check_types(reader_, schema_))) {
      std::string count = std::to_string(one.rows);
      add("schema", "column " + one.table + "." + one.column,
          {count + " 行の値の型が違います。", one.rows == 1 ? "The value of 1 row has another type than it must have."
                                                            : "Values of " + count + " rows have another type than they must have."});
      ill_typed_.insert(one.table + "." + one.column);
      ill_typed_tables_.insert(one.table);
    }
    return {};
  }

  void add(std::string kind, std::string where, Text message) {
    if (report_.findings.size() >= options_.findings_limit)
      ++report_.more;
    else
      report_.findings.push_back({std::move(kind), std::move(where), std::move(message)});
  }

  Result<void> read_options() {
    if (!options_.tsa_roots_pem.empty()) tsa_roots_ = TRY(crypto::parse_pem_chain(options_.tsa_roots_pem));
    if (!options_.newest_note.empty()) newest_ = TRY(parse_checkpoint(TRY(crypto::parse_note(options_.newest_note)).text));
    return {};
  }

  Result<void> read_identity() {
    auto identity = TRY(reader_.query("SELECT origin FROM evidence_log WHERE id = 1"));
    if (!identity.empty())
      if (auto* origin = text_of(identity[0].at(0))) report_.origin = *origin;
    known_ = options_.trusted;
    for (const auto& row : TRY(reader_.query("SELECT verifier_key FROM evidence_key ORDER BY since LIMIT 1000"))) {
      auto* key = text_of(row.at(0));
      auto verifier = key ? crypto::NoteVerifier::parse(*key) : Result<crypto::NoteVerifier>(Error{});
      if (!verifier.ok()) continue;  // the row itself is held against its manifest
      bool there = std::any_of(known_.begin(), known_.end(), [&](const auto& other) {
        return other.key_id() == verifier->key_id() && other.name() == verifier->name();
      });
      if (!there) known_.push_back(std::move(*verifier));
    }
    for (const auto& row : TRY(reader_.query("SELECT idx FROM evidence_erasure")))
      if (auto index = integer_of(row.at(0))) erased_.insert(*index);
    return {};
  }

  Result<void> read_records() {
    for (const auto& row :
         TRY(reader_.query("SELECT idx FROM evidence_record WHERE idx < 0 OR idx >= $1 ORDER BY idx LIMIT 100", {kIndexLimit})))
      add("leaf", "record " + std::to_string(row.integer(0)), {"ありえない記録番号です。", "No record can have this number."});
    for (std::int64_t from = 0;;) {
      auto first = TRY(reader_.query("SELECT MIN(idx) FROM evidence_record WHERE idx >= $1 AND idx < $2", {from, kIndexLimit}));
      if (first[0].is_null(0)) break;
      from = first[0].integer(0);
      std::int64_t end = std::min(from + kChunk, kIndexLimit);
      db::Rows kept;
      if (checkpoints_there_)
        kept = TRY(reader_.query(
            "SELECT size, note, stamp, stamped_at, n FROM evidence_checkpoint WHERE size > $1 AND size <= $2 ORDER BY size",
            {next_, end}));
      std::size_t next_kept = 0;
      TRY(reader_.scan(
          "SELECT r.idx, r.stream, r.counter, r.type, r.at, r.head, r.head_salt, r.manifest, r.body_commitment, r.leaf_hash, "
          "b.salt, b.body FROM evidence_record r LEFT JOIN evidence_body b ON b.idx = r.idx "
          "WHERE r.idx >= $1 AND r.idx < $2 ORDER BY r.idx",
          std::array<db::Value, 2>{from, end}, [&](const db::Row& row) -> Result<void> {
            check_record(row);
            for (; next_kept < kept.size() && kept[next_kept].integer(0) <= next_; ++next_kept) check_checkpoint(kept[next_kept]);
            if (newest_ && newest_->size == tree_.size()) newest_root_ = tree_.root_now();
            return {};
          }));
      TRY(check_nodes());
      from = end;
    }
    return checkpoints_there_ ? check_checkpoint_sizes() : Result<void>();
  }

  Result<void> check_checkpoint_sizes() {
    for (const auto& row : TRY(reader_.query("SELECT size FROM evidence_checkpoint WHERE size > $1 ORDER BY size LIMIT 10", {next_})))
      add("checkpoint", "checkpoint " + std::to_string(row.integer(0)),
          {"署名済みチェックポイントより記録が少なくなっています。末尾の記録が消されています。",
           "There are fewer records than this signed checkpoint covers: records at the end are gone."});
    for (const auto& row : TRY(reader_.query("SELECT size FROM evidence_checkpoint WHERE size < 1 ORDER BY size LIMIT 10")))
      add("checkpoint", "checkpoint " + std::to_string(row.integer(0)),
          {"チェックポイントの件数が書き換えられています。", "The size of a checkpoint has been changed."});
    return {};
  }

  // Leaves that are gone stand in the tree as zeroes, so that what comes after keeps its place.
  void check_number(std::int64_t index) {
    std::int64_t gap = index - next_;
    if (gap > 0) {
      std::string last = gap > 1 ? " to " + std::to_string(index - 1) : "";
      add("leaf", "record " + std::to_string(next_) + last, {"この番号の記録がありません。", "The record of this number is missing."});
      if (gap > kGapLimit) tree_lost_ = true;
      for (std::int64_t i = 0; i < gap && !tree_lost_; ++i) tree_.push(Digest{});
    }
    next_ = index + 1;
  }

  void push_leaf(const Digest& leaf) {
    if (!tree_lost_) tree_.push(leaf);
  }

  void check_record(const db::Row& row) {
    auto index = row.integer(0);
    auto* type = text_of(row.at(3));
    auto* stream = text_of(row.at(1));
    std::string where = "record " + std::to_string(index) + " (" + (type ? *type : "?") + ", " + (stream ? *stream : "?") + ")";
    ++report_.records;
    check_number(index);
    const std::string *head = bytes_of(row.at(5)), *salt = bytes_of(row.at(6)), *manifest = bytes_of(row.at(7)),
                      *commitment = bytes_of(row.at(8)), *leaf = bytes_of(row.at(9));
    if (!head || !salt || !manifest || !commitment || commitment->size() != 32 || !leaf || leaf->size() != 32) {
      add("head", where, {"列の型か長さが変わっています。", "A column has another type or length than it must have."});
      push_leaf(leaf && leaf->size() == 32 ? crypto::digest_from(*leaf) : Digest{});
      return;
    }
    Digest computed = leaf_hash(encode_entry(head_commitment(*salt, *head), *commitment));
    if (crypto::bytes(computed) != *leaf)
      add("leaf", where,
          {"見出し・塩・本文の確約・葉のハッシュのどれかが書き換えられています。",
           "The head, its salt, the body commitment or the leaf hash has been changed."});
    push_leaf(crypto::digest_from(*leaf));
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
    bool same = same_text("stream", text_of(row.at(1))) && same_text("type", text_of(row.at(3))) && same_text("at", &at) && counter &&
                counter->is_int64() && integer_of(row.at(2)) == counter->get_int64();
    if (!same)
      add("head", where,
          {"列（系列・番号・種類・時刻）が見出しと一致しません。", "The columns (stream, counter, type, time) differ from the head."});
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
      if (erased_.contains(row.integer(0)))
        ++report_.erased;
      else
        add("body", where,
            {"本文がありません。消去の命令も記録されていません。", "The body is missing, and no order to erase it is on record."});
      return;
    }
    ++report_.bodies;
    if (erased_.contains(row.integer(0)))
      add("body", where,
          {"消去を命じられた本文が残っています。消去リストを適用してください。",
           "A body that was ordered erased is here. Apply the erasure list."});
    const std::string *salt = bytes_of(row.at(10)), *body = bytes_of(row.at(11));
    if (!salt || !body || none || crypto::bytes(body_commitment(*salt, *body)) != commitment)
      add("body", where,
          {"本文が書き換えられています（確約と一致しません）。", "The body has been changed: it does not match its commitment."});
  }

  void read_manifest(std::uint64_t index, const std::string& where, const std::string& manifest) {
    auto lines = parse_manifest(manifest);
    if (!lines.ok()) return add("manifest", where, lines.error().message);
    for (const auto& line : *lines) {
      Expected& expected = expected_[row_name(line.table, line.key)];
      expected = Expected{line.put ? crypto::digest_from(line.digest) : Digest{}, index, line.put, false};
    }
  }

  Result<void> check_nodes() {
    auto computed = tree_.take_nodes();
    if (!nodes_there_) return {};
    for (const auto& [place, node] : computed) {
      auto rows =
          TRY(reader_.query("SELECT hash, tile FROM evidence_node WHERE level = $1 AND idx = $2", {place.first, place.second}));
      auto* stored = rows.empty() ? nullptr : bytes_of(rows[0].at(0));
      auto* tile = rows.empty() ? nullptr : bytes_of(rows[0].at(1));
      ++nodes_;
      if (!stored || *stored != crypto::bytes(node.root) || !tile || *tile != node.tile)
        add("node", "tile level " + std::to_string(place.first) + " node " + std::to_string(place.second),
            {stored ? "木の節のハッシュが書き換えられています。" : "木の節のハッシュがありません。",
             stored ? "A hash of this tree node has been changed." : "The hash of this tree node is missing."});
    }
    return {};
  }

  // Every line by a key we know that bears the log's name: a line of an unknown key would be a byte that nobody vouches for.
  bool is_signed(const crypto::Note& note, const std::string& origin) const {
    auto signers = crypto::verify_note(note, known_);
    if (!signers.ok() || signers->size() != note.signatures.size()) return false;
    for (auto at : *signers)
      if (known_[at].name() != origin) return false;
    return options_.trusted.empty() || crypto::verify_note(note, options_.trusted).ok();
  }

  void check_checkpoint(const db::Row& row) {
    std::string where = "checkpoint " + std::to_string(row.integer(0));
    ++report_.checkpoints;
    auto number = integer_of(row.at(4));
    if (number != kept_number_ + 1)
      add("checkpoint", where,
          {"この前に保存されたチェックポイントがなくなっているか、番号が書き換えられています。",
           "A checkpoint kept before this one is gone, or its number has been changed."});
    kept_number_ = number.value_or(kept_number_ + 1);
    auto* text = text_of(row.at(1));
    auto note = crypto::parse_note(text ? *text : "");
    auto checkpoint = note.ok() ? parse_checkpoint(note->text) : Result<Checkpoint>(Error{});
    if (!note.ok() || !checkpoint.ok() || !is_signed(*note, checkpoint->origin))
      return add("checkpoint", where,
                 {"チェックポイントが書き換えられているか、署名が正しくありません。",
                  "The checkpoint has been changed or its signature is wrong."});
    if (!origins_.contains(checkpoint->origin) || std::int64_t(checkpoint->size) != row.integer(0))
      return add("checkpoint", where,
                 {"チェックポイントの名称か件数が合いません。", "The origin or size of the checkpoint does not fit."});
    // The first root that differs tells; those after it differ for the same reason.
    if (!root_differs_ && checkpoint->size == tree_.size() && checkpoint->root != tree_.root_now()) {
      root_differs_ = true;
      add("checkpoint", where,
          {"署名済みのルートが、保存された記録から計算したルートと一致しません。これ以前の葉が書き換えられています。",
           "The signed root differs from the root of the stored records: a leaf before this size has been changed."});
    }
    check_stamp(row, where, *text);
  }

  void check_stamp(const db::Row& row, const std::string& where, const std::string& note) {
    if (std::holds_alternative<std::monostate>(row.at(2))) {
      if (!std::holds_alternative<std::monostate>(row.at(3)))
        add("stamp", where,
            {"タイムスタンプが消されています（時刻だけが残っています）。", "The time-stamp is gone; its time is still there."});
      return;
    }
    ++report_.stamps;
    auto* token = bytes_of(row.at(2));
    auto info = !token               ? Result<crypto::TstInfo>(Error{})
                : tsa_roots_.empty() ? crypto::parse_token(*token)
                                     : crypto::verify_token(*token, {crypto::sha256(note), std::nullopt, tsa_roots_, {}});
    if (!info.ok() || info->imprint != crypto::bytes(crypto::sha256(note)) || integer_of(row.at(3)) != info->gen_time.us)
      add("stamp", where,
          {"タイムスタンプがこのチェックポイントのものではないか、壊れています。",
           "The time-stamp does not belong to this checkpoint or is damaged."});
  }

  // The columns were held against the heads, so SQL may count: each stream runs 1, 2, 3, ... without a gap.
  Result<void> check_counters() {
    return reader_.scan("SELECT stream, COUNT(*), MAX(counter) FROM evidence_record GROUP BY stream HAVING COUNT(*) <> MAX(counter)",
                        {}, [this](const db::Row& row) -> Result<void> {
                          auto* stream = text_of(row.at(0));
                          add("counter", "stream " + (stream ? *stream : std::string("?")),
                              {"系列の番号に抜けがあります。", "The counter of this stream has a gap."});
                          return {};
                        });
  }

  Result<void> check_strays() {
    auto bodies = TRY(
        reader_.query("SELECT b.idx FROM evidence_body b LEFT JOIN evidence_record r ON r.idx = b.idx WHERE r.idx IS NULL LIMIT 100"));
    for (const auto& row : bodies)
      add("body", "body " + std::to_string(row.integer(0)), {"記録のない本文があります。", "There is a body without a record."});
    std::uint64_t named = 0;
    for (std::int64_t level = 1; level <= 8; ++level) {
      bool above = level == 8;  // no log reaches it
      std::int64_t count = above ? 0 : next_ >> (8 * level);
      for (const auto& row : TRY(reader_.query(std::string("SELECT idx FROM evidence_node WHERE level ") + (above ? ">=" : "=") +
                                                   " $1 AND (idx < 0 OR idx >= $2) LIMIT 10",
                                               {level, count}))) {
        auto index = integer_of(row.at(0));
        add("node", "tile level " + std::to_string(level) + " node " + (index ? std::to_string(*index) : "?"),
            {"余分な節です。", "The tree has no such node."});
        ++named;
      }
    }
    auto count = TRY(reader_.query("SELECT COUNT(*) FROM evidence_node"));
    if (count[0].integer(0) > std::int64_t(nodes_ + named))
      add("node", "table evidence_node", {"余分な節があります。", "There are nodes that the tree does not have."});
    return {};
  }

  Result<void> check_rows() {
    for (const db::Table& table : schema_.tables) {
      if (table.kind != db::TableKind::kEvidenced) continue;
      std::string columns;
      for (const auto& column : table.columns) columns += column + ", ";
      bool read = TRY(held("table " + table.name, [&] {
        return reader_.scan("SELECT " + columns + "row_salt FROM " + table.name, {}, [&](const db::Row& row) -> Result<void> {
          check_row(table, row);
          return {};
        });
      }));
      if (!read) unread_.insert(table.name);
    }
    TRY(held("manifests", [&] { return check_missing_rows(); }));
    return {};
  }

  // The manifest of its record still tells the table and the key.
  Result<void> check_missing_rows() {
    std::map<std::uint64_t, std::vector<RowName>> missing;
    for (const auto& [name, expected] : expected_)
      if (expected.put && !expected.seen && missing.size() < options_.findings_limit) missing[expected.record].push_back(name);
    for (const auto& [record, names] : missing) {
      auto rows = TRY(reader_.query("SELECT manifest FROM evidence_record WHERE idx = $1", {std::int64_t(record)}));
      auto* manifest = rows.empty() ? nullptr : bytes_of(rows[0].at(0));
      auto lines = parse_manifest(manifest ? *manifest : "");
      if (!lines.ok()) continue;
      for (const auto& line : *lines)
        if (!unread_.contains(line.table) && std::count(names.begin(), names.end(), row_name(line.table, line.key)))
          add("row", "table " + line.table + " key " + line.key + " (record " + std::to_string(record) + ")",
              {"記録された行が表から消えています。", "A row that this record put has gone from its table."});
    }
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
        return add("row", "table " + table.name,
                   {"行の鍵の型が変わっています。", "The key of a row has another type than it must have."});
    std::string name = manifest_key(key), where = "table " + table.name + " key " + name;
    auto expected = expected_.find(row_name(table.name, name));
    auto* salt = bytes_of(row.at(table.columns.size()));
    if (expected == expected_.end() || !expected->second.put)
      return add("row", where, {"記録のない行です。", "This row has no record."});
    expected->second.seen = true;
    if (!salt || row_digest(*salt, table, values) != expected->second.digest)
      add("row", where + " (record " + std::to_string(expected->second.record) + ")",
          {"行が書き換えられています（記録の目録と一致しません）。",
           "The row has been changed: it differs from the manifest of its record."});
  }

  void check_newest() {
    if (!newest_) return;
    auto note = crypto::parse_note(options_.newest_note);
    std::string where = "checkpoint held elsewhere, size " + std::to_string(newest_->size);
    auto signers = crypto::verify_note(*note, options_.trusted.empty() ? known_ : options_.trusted);
    if (!signers.ok() || !origins_.contains(newest_->origin))
      add("checkpoint", where, {"署名が正しくないか、知らない鍵です。", "Its signature is wrong or its key unknown."});
    else if (newest_->size > std::uint64_t(next_))
      add("checkpoint", where,
          {"手元のチェックポイントより記録が少なくなっています。", "There are fewer records than this checkpoint covers."});
    else if (newest_->size > 0 && (!newest_root_ || *newest_root_ != newest_->root))
      add("checkpoint", where,
          {"手元のチェックポイントと記録が一致しません。過去が書き換えられたか、ログが分岐しています。",
           "The records do not agree with it: the past was changed or the log was forked."});
  }

  db::Reader& reader_;
  const db::Schema& schema_;
  const VerifyOptions& options_;
  VerifyReport report_;
  std::set<std::string> ill_typed_, ill_typed_tables_;  // "table.column"; "table"
  std::set<std::string> unread_;                        // evidenced tables that could not be read to their end
  std::vector<crypto::NoteVerifier> known_;             // trusted from outside, and those stored in the log
  std::vector<crypto::Certificate> tsa_roots_;
  std::set<std::int64_t> erased_;
  std::set<std::string> origins_;
  ExpectedRows expected_;
  RollingTree tree_;
  bool checkpoints_there_ = true, nodes_there_ = true;  // these tables can be read
  std::int64_t next_ = 0;                               // number of the record that comes next
  bool tree_lost_ = false;                              // so many leaves are gone that roots cannot be compared any more
  std::int64_t kept_number_ = 0;
  bool root_differs_ = false;  // found at an earlier checkpoint
  std::uint64_t nodes_ = 0;
  std::optional<Checkpoint> newest_;
  std::optional<Digest> newest_root_;
};

}  // namespace

Result<VerifyReport> verify(db::Database& database, const VerifyOptions& options) {
  std::optional<Result<VerifyReport>> report;
  auto read = database.read([&](db::Reader& reader) -> Result<void> {
    report = Verification(reader, database.schema(), options).run();
    return {};
  });
  // A reader that met damage may fail once more when it ends; what was found by then says where.
  bool told = report && (!report->ok() || !(*report)->clean());
  if (!read.ok() && !told) return read.error();
  return std::move(*report);
}

}  // namespace musubi::evidence
