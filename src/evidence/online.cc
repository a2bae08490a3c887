#include "evidence/online.h"

#include <array>
#include <set>

#include "base/encoding.h"
#include "evidence/checkpoints.h"
#include "evidence/entry_bundle.h"
#include "evidence/log.h"
#include "evidence/record.h"
#include "evidence/rolling_tree.h"
#include "evidence/tile_path.h"

namespace musubi::evidence {
namespace {

std::string path_of(int level, std::uint64_t number, int width) { return "tile/" + format_tile_path({level, number, width}); }

class OnlineVerification {
 public:
  OnlineVerification(const Fetch& fetch, const OnlineOptions& options) : fetch_(fetch), options_(options) {}

  Result<OnlineReport> run() {
    report_.note = TRY(fetch_("checkpoint"));
    auto note = TRY(crypto::parse_note(report_.note));
    auto checkpoint = TRY(parse_checkpoint(note.text));
    report_.origin = checkpoint.origin;
    report_.size = checkpoint.size;
    if (!options_.origin.empty() && checkpoint.origin != options_.origin)
      add("checkpoint", "checkpoint",
          {"公開中のログは、手元のデータのログ " + options_.origin + " ではありません。",
           "The log that is served is not that of the data, " + options_.origin + "."});
    if (options_.data) data_ = TRY(options_.data(report_.size));
    TRY(read_keys());
    if (!crypto::verify_note(note, verifiers_).ok())
      add("checkpoint", "checkpoint",
          {"署名が正しくないか、信頼する鍵のものではありません。", "Its signature is wrong or not of a key you trust."});
    TRY(read_previous());
    TRY(read_entries());
    TRY(check_partial_tiles());
    report_.root = to_base64(crypto::bytes(tree_.root_now()));
    if (tree_.size() == checkpoint.size && tree_.root_now() != checkpoint.root)
      add("checkpoint", "checkpoint",
          {"署名されたルートが、公開された葉から計算したルートと違います。",
           "The signed root differs from the root of the published entries."});
    return std::move(report_);
  }

 private:
  void add(std::string kind, std::string where, Text message) {
    if (report_.findings.size() < 100) report_.findings.push_back({std::move(kind), std::move(where), std::move(message)});
  }

  Result<void> read_keys() {
    verifiers_ = options_.trusted;
    if (verifiers_.empty() && options_.keys)
      for (const auto& key : *options_.keys)
        if (auto verifier = crypto::NoteVerifier::parse(key.verifier_key); verifier.ok() && report_.size <= key.retired)
          verifiers_.push_back(std::move(*verifier));
    if (!verifiers_.empty() && !options_.keys) return {};
    std::set<std::string> served;
    std::string keys = TRY(fetch_("keys"));
    for (std::size_t at = 0; at < keys.size();) {
      auto end = std::min(keys.find('\n', at), keys.size());
      served.insert(keys.substr(at, end - at));
      at = end + 1;
    }
    if (options_.keys) compare_keys(served);
    report_.keys_from_log = verifiers_.empty();
    if (report_.keys_from_log)
      for (const auto& key : served) verifiers_.push_back(TRY(crypto::NoteVerifier::parse(key)));
    return {};
  }

  // A server that is ahead of the data may have a key that came since; one that is behind cannot have those that came later.
  void compare_keys(const std::set<std::string>& served) {
    bool ahead = !data_ || data_->size < report_.size;
    std::set<std::string> of_data;
    for (const auto& key : *options_.keys) {
      of_data.insert(key.verifier_key);
      bool due = key.announced == 0 || key.announced < report_.size;
      if (due && !served.contains(key.verifier_key))
        add("key", "keys",
            {"手元のデータの鍵 " + key.verifier_key + " が公開されていません。",
             "The key " + key.verifier_key + " of the data is not served."});
    }
    for (const auto& key : served)
      if (!ahead && !of_data.contains(key))
        add("key", "keys",
            {"公開されている鍵 " + key + " は手元のデータにありません。", "The served key " + key + " is not one of the data."});
  }

  Result<void> read_previous() {
    if (options_.previous_note.empty()) return {};
    auto note = TRY(crypto::parse_note(options_.previous_note));
    previous_ = TRY(parse_checkpoint(note.text));
    if (!crypto::verify_note(note, verifiers_).ok())
      add("checkpoint", "checkpoint held from earlier",
          {"署名が正しくないか、信頼する鍵のものではありません。", "Its signature is wrong or not of a key you trust."});
    if (previous_->size > report_.size)
      add("checkpoint", "checkpoint held from earlier",
          {"以前より記録が少なくなっています。", "The log has fewer records than it had."});
    return {};
  }

  // Every entry, a bundle at a time; full tiles of all levels are compared as soon as they are complete.
  Result<void> read_entries() {
    for (std::uint64_t n = 0; n * Tile::kWidth < report_.size; ++n) {
      int width = int(std::min<std::uint64_t>(Tile::kWidth, report_.size - n * Tile::kWidth));
      std::string path = path_of(-1, n, width), bundle = TRY(fetch_(path));
      auto read = read_entry_bundle(bundle, width);
      std::string hashes;
      for (auto entry : read.entries) {
        Digest hash = leaf_hash(entry);
        hashes += crypto::bytes(hash);
        tree_.push(hash);
        if (data_ && data_->size == tree_.size() && data_->root != tree_.root_now())
          add("checkpoint", "data, size " + std::to_string(data_->size),
              {"公開中のログと手元のデータが一致しません。どちらかの過去が書き換えられたか、ログが分岐しています。",
               "What is served and the data do not agree: the past of one was changed or the log was forked."});
        if (previous_ && previous_->size == tree_.size() && previous_->root != tree_.root_now())
          add("checkpoint", "checkpoint held from earlier",
              {"以前のチェックポイントと一致しません。過去が書き換えられたか、ログが分岐しています。",
               "The log does not agree with it: the past was changed or the log was forked."});
      }
      if (int(read.entries.size()) < width) {
        add("leaf", path, {"葉の束が途中で切れています。", "The entry bundle ends too early."});
        return {};
      }
      if (!read.rest.empty()) add("leaf", path, {"葉の束に余分なバイトがあります。", "The entry bundle has bytes left over."});
      if (width == Tile::kWidth) TRY(compare(path_of(0, n, width), hashes));
      TRY(compare_upper_tiles());
    }
    return {};
  }

  Result<void> compare_upper_tiles() {
    for (const auto& [place, node] : tree_.take_nodes()) {
      auto& collected = upper_[place.first];
      collected += crypto::bytes(node.root);
      if (collected.size() < std::size_t(Tile::kWidth) * 32) continue;
      TRY(compare(path_of(int(place.first), std::uint64_t(place.second) / Tile::kWidth, Tile::kWidth), collected));
      collected.clear();
    }
    return {};
  }

  Result<void> check_partial_tiles() {
    std::uint64_t count = report_.size;
    for (int level = 0; count > 0; ++level, count /= Tile::kWidth)
      if (int width = int(count % Tile::kWidth)) TRY(compare(path_of(level, count / Tile::kWidth, width), tree_.partial(level)));
    return {};
  }

  Result<void> compare(const std::string& path, const std::string& expected) {
    ++report_.tiles;
    if (TRY(fetch_(path)) != expected)
      add("node", path,
          {"タイルのハッシュが、葉から計算した値と違います。", "The hashes of the tile differ from those of its entries."});
    return {};
  }

  const Fetch& fetch_;
  const OnlineOptions& options_;
  OnlineReport report_;
  std::vector<crypto::NoteVerifier> verifiers_;
  std::optional<Checkpoint> previous_;
  std::optional<Checkpoint> data_;
  RollingTree tree_;
  std::map<std::int64_t, std::string> upper_;
};

}  // namespace

namespace {

Result<Checkpoint> tree_at(db::Reader& reader, std::uint64_t size) {
  RollingTree tree;
  TRY(reader.scan("SELECT leaf_hash FROM evidence_record WHERE idx >= 0 AND idx < $1 ORDER BY idx",
                  std::array<db::Value, 1>{std::int64_t(std::min<std::uint64_t>(size, INT64_MAX))},
                  [&](const db::Row& row) -> Result<void> {
                    auto* leaf = std::get_if<db::Blob>(&row.at(0));  // another type, another length: the tree will differ
                    tree.push(leaf && leaf->bytes.size() == 32 ? crypto::digest_from(leaf->bytes) : Digest{});
                    return {};
                  }));
  return Checkpoint{"", tree.size(), tree.root_now()};
}

// Numbers of the records of `type`, by the key that each is about.
Result<std::map<std::string, std::uint64_t>> numbers_by_key(db::Reader& reader, std::string_view type) {
  std::map<std::string, std::uint64_t> numbers;
  auto records = read_heads(reader, 0, 1000, type);
  if (!records.ok() && records.error().code != Code::kCorrupt) return std::move(records).error();
  if (!records.ok()) return numbers;  // verify names the row
  for (const auto& record : *records) {
    auto head = parse_json(record.head);
    auto* facts = head.ok() && head->is_object() ? head->get_object().if_contains("facts") : nullptr;
    auto* id = facts && facts->is_object() ? facts->get_object().if_contains("key_id") : nullptr;
    if (id && id->is_string()) numbers[std::string(id->get_string())] = record.index;
  }
  return numbers;
}

Result<std::vector<DataKey>> keys_of(db::Reader& reader) {
  auto announced = TRY(numbers_by_key(reader, "evidence.key_announced")),
       retired = TRY(numbers_by_key(reader, "evidence.key_retired"));
  std::vector<DataKey> keys;
  for (const auto& row : TRY(reader.query("SELECT key_id, verifier_key, status FROM evidence_key ORDER BY key_id LIMIT 1000"))) {
    auto *id = std::get_if<std::string>(&row.at(0)), *text = std::get_if<std::string>(&row.at(1)),
         *status = std::get_if<std::string>(&row.at(2));
    if (!id || !text || !status) continue;  // verify names the row
    DataKey key{*text};
    if (auto found = announced.find(*id); found != announced.end()) key.announced = found->second;
    if (*status != "active")
      key.retired = retired.contains(*id) ? retired[*id] : 0;  // without a record: with its origin, by a restore
    keys.push_back(std::move(key));
  }
  return keys;
}

std::vector<crypto::NoteVerifier> good_now(const std::vector<DataKey>& keys) {
  std::vector<crypto::NoteVerifier> good;
  for (const auto& key : keys)
    if (auto verifier = crypto::NoteVerifier::parse(key.verifier_key); verifier.ok() && key.retired == UINT64_MAX)
      good.push_back(std::move(*verifier));
  return good;
}

}  // namespace

Result<OnlineOptions> against_data(db::Database& database) {
  OnlineOptions options;
  options.data = [&database](std::uint64_t size) { return database.read([&](db::Reader& reader) { return tree_at(reader, size); }); };
  TRY(database.read([&](db::Reader& reader) -> Result<void> {
    options.origin = TRY(stored_origin(reader)).value_or("");
    options.keys = TRY(keys_of(reader));
    auto newest = newest_checkpoint(reader);
    if (!newest.ok() && newest.error().code != Code::kCorrupt) return std::move(newest).error();
    auto kept = newest.ok() ? *newest : std::nullopt;
    if (!kept) return {};
    auto note = crypto::parse_note(kept->note);
    auto checkpoint = note.ok() ? parse_checkpoint(note->text) : Result<Checkpoint>(note.error());
    // After a restore the newest one may bear the name of before.
    if (checkpoint.ok() && checkpoint->origin == options.origin && crypto::verify_note(*note, good_now(*options.keys)).ok())
      options.previous_note = kept->note;
    return {};
  }));
  return options;
}

Result<OnlineReport> verify_online(const Fetch& fetch, const OnlineOptions& options) {
  return OnlineVerification(fetch, options).run();
}

}  // namespace musubi::evidence
