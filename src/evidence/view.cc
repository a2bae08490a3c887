// The reader's side of the log: checkpoint, receipts, consistency, tiles. Any thread.

#include "evidence/view.h"

#include "base/encoding.h"
#include "evidence/receipt.h"

namespace musubi::evidence {
namespace {

Error no_tile() {
  return Error{Code::kNotFound,
               "evidence.no_tile",
               {"そのタイルはまだありません。checkpoint の件数から計算してください。",
                "There is no such tile yet. Compute it from the size in the checkpoint."},
               {}};
}

Result<std::vector<std::string>> read_entries(db::Reader& reader, std::uint64_t first, int count) {
  auto rows =
      TRY(reader.query("SELECT head_salt, head, body_commitment FROM evidence_record WHERE idx >= $1 AND idx < $2 ORDER BY idx",
                       {std::int64_t(first), std::int64_t(first) + count}));
  if (rows.size() != std::size_t(count)) return no_tile();
  std::vector<std::string> entries;
  for (const auto& row : rows) {
    auto *salt = std::get_if<db::Blob>(&row.at(0)), *head = std::get_if<db::Blob>(&row.at(1)),
         *body = std::get_if<db::Blob>(&row.at(2));
    if (!salt || !head || !body || body->bytes.size() != 32)
      return damaged({"記録の列の型か長さが変わっています。", "A column of a record has another type or length than it must have."});
    entries.push_back(encode_entry(head_commitment(salt->bytes, head->bytes), body->bytes));
  }
  return entries;
}

}  // namespace

Error damaged(Text what) {
  return Error{
      Code::kCorrupt, "evidence.damaged", {what.ja + "musubi verify で調べてください。", what.en + " Run musubi verify."}, {}};
}

NodePlace place_of(int height, std::uint64_t index) {
  int level = height / 8, within = height % 8;
  return {level, index >> (8 - within), within, std::size_t(index & ((std::uint64_t(1) << (8 - within)) - 1))};
}

Result<std::shared_ptr<Tile>> read_tile(db::Reader& reader, int level, std::uint64_t number, int width) {
  auto first = std::int64_t(number * Tile::kWidth), end = first + width;
  auto rows =
      TRY(level == 0 ? reader.query("SELECT leaf_hash FROM evidence_record WHERE idx >= $1 AND idx < $2 ORDER BY idx", {first, end})
                     : reader.query("SELECT hash FROM evidence_node WHERE level = $3 AND idx >= $1 AND idx < $2 ORDER BY idx",
                                    {first, end, std::int64_t(level)}));
  if (rows.size() != std::size_t(width)) return no_tile();
  auto tile = std::make_shared<Tile>();
  for (const auto& row : rows) {
    auto* hash = std::get_if<db::Blob>(&row.at(0));
    if (!hash || hash->bytes.size() != 32) return damaged({"保存されたハッシュが壊れています。", "A stored hash is damaged."});
    tile->push(crypto::digest_from(hash->bytes));
  }
  return tile;
}

Result<KeptTile> read_full_tile(db::Reader& reader, int level, std::uint64_t number) {
  auto rows = TRY(
      reader.query("SELECT tile FROM evidence_node WHERE level = $1 AND idx = $2", {std::int64_t(level) + 1, std::int64_t(number)}));
  if (rows.empty()) return no_tile();
  auto* tile = std::get_if<db::Blob>(&rows[0].at(0));
  if (!tile || tile->bytes.size() != KeptTile::kBytes)
    return damaged({"保存されたタイルが壊れています。", "A stored tile is damaged."});
  return KeptTile(tile->bytes);
}

std::string Checkpoint::body() const { return origin + "\n" + std::to_string(size) + "\n" + to_base64(crypto::bytes(root)) + "\n"; }

Result<Checkpoint> parse_checkpoint(std::string_view note_text) {
  Error malformed{Code::kInvalid,
                  "checkpoint.malformed",
                  {"チェックポイントの形式が正しくありません（名称、件数、ルートの3行）。",
                   "This is not a checkpoint (three lines: origin, size, root)."},
                  {}};
  std::vector<std::string_view> lines;
  std::string_view rest = note_text;
  while (!rest.empty()) {
    auto end = rest.find('\n');
    if (end == rest.npos || lines.size() > 100) return malformed;
    lines.push_back(rest.substr(0, end));
    rest.remove_prefix(end + 1);
  }
  if (lines.size() < 3 || lines[0].empty()) return malformed;
  std::string_view digits = lines[1];
  if (digits.empty() || digits.size() > 19 || (digits.size() > 1 && digits[0] == '0')) return malformed;
  std::uint64_t size = 0;
  for (char c : digits) {
    if (c < '0' || c > '9') return malformed;
    size = size * 10 + std::uint64_t(c - '0');
  }
  if (size > std::uint64_t(INT64_MAX)) return malformed;  // tables count in int64
  auto root = from_base64(lines[2]);
  if (!root || root->size() != 32) return malformed;
  for (std::size_t i = 3; i < lines.size(); ++i)
    if (lines[i].empty()) return malformed;
  return Checkpoint{std::string(lines[0]), size, crypto::digest_from(*root)};
}

std::shared_ptr<const Log::View> Log::view() const {
  std::lock_guard lock(view_mutex_);
  return view_ ? view_ : std::make_shared<const View>();
}

std::string Log::origin() const {
  std::lock_guard lock(view_mutex_);
  return origin_;
}

std::string Log::checkpoint() const { return view()->note; }
std::uint64_t Log::size() const { return view()->size; }

NodeSource nodes_of(std::shared_ptr<const Log::View> view, db::Reader& reader) {
  auto read = std::make_shared<std::map<std::pair<int, std::uint64_t>, KeptTile>>();
  return [view = std::move(view), &reader, read](int height, std::uint64_t index) -> Result<Digest> {
    NodePlace place = place_of(height, index);
    if (auto edge = view->edge_tile(place.level, place.number)) return edge->at(place.height, place.index);
    std::pair key(place.level, place.number);
    auto found = read->find(key);
    if (found == read->end()) found = read->emplace(key, TRY(read_full_tile(reader, place.level, place.number))).first;
    return found->second.at(place.height, place.index);
  };
}

Result<std::string> Log::receipt(std::uint64_t index) {
  auto seen = view();
  if (index >= seen->size)
    return Error{Code::kNotFound,
                 "evidence.not_yet",
                 {"その番号の記録はまだ署名されたログにありません。", "No signed log holds a record of that number yet."},
                 {}};
  return database_.read([&](db::Reader& reader) -> Result<std::string> {
    auto entry = TRY(read_entries(reader, index, 1));
    Receipt receipt{std::move(entry[0]), index, TRY(inclusion_proof(index, seen->size, nodes_of(seen, reader))), seen->note};
    return format_receipt(receipt);
  });
}

Result<std::vector<Digest>> Log::consistency(std::uint64_t from, std::uint64_t to) {
  auto seen = view();
  if (from > to || to > seen->size)
    return Error{Code::kInvalid,
                 "evidence.bad_range",
                 {"範囲が正しくありません。from ≦ to ≦ " + std::to_string(seen->size) + " で指定してください。",
                  "The range is wrong: from <= to <= " + std::to_string(seen->size) + "."},
                 {}};
  return database_.read([&](db::Reader& reader) { return consistency_proof(from, to, nodes_of(seen, reader)); });
}

Result<std::string> Log::tile(int level, std::uint64_t n, int width) {
  auto seen = view();
  if (level < 0 || level > 7 || width < 1 || width > Tile::kWidth) return no_tile();
  std::uint64_t count = seen->size >> (8 * level);
  if (n > count / Tile::kWidth || n * Tile::kWidth + std::uint64_t(width) > count) return no_tile();
  auto found = seen->edge_tile(level, n);
  if (!found)
    return std::string(TRY(database_.read([&](db::Reader& reader) { return read_full_tile(reader, level, n); })).hashes(width));
  std::string out;
  for (int i = 0; i < width; ++i) out += crypto::bytes(found->at(0, std::size_t(i)));
  return out;
}

Result<std::string> Log::entries(std::uint64_t n, int width) {
  auto seen = view();
  if (width < 1 || width > Tile::kWidth || n > seen->size / Tile::kWidth || n * Tile::kWidth + std::uint64_t(width) > seen->size)
    return no_tile();
  return database_.read([&](db::Reader& reader) -> Result<std::string> {
    std::string out;
    for (const auto& entry : TRY(read_entries(reader, n * Tile::kWidth, width))) {
      put_be16(out, std::uint16_t(entry.size()));
      out += entry;
    }
    return out;
  });
}

Result<bool> Log::keep_checkpoint() {
  auto seen = view();
  if (seen->note.empty() || seen->size <= kept_size_.load()) return false;
  TRY(database_.write([&](db::Transaction& tx) {
    return tx.execute(
        "INSERT INTO evidence_checkpoint (size, n, note) "
        "VALUES ($1, (SELECT COALESCE(MAX(n), 0) + 1 FROM evidence_checkpoint), $2) ON CONFLICT (size) DO NOTHING",
        {std::int64_t(seen->size), seen->note});
  }));
  kept_size_ = seen->size;
  return true;
}

Result<void> Log::keep_stamp(std::uint64_t size, std::string_view token, Time at) {
  TRY(database_.write([&](db::Transaction& tx) {
    return tx.execute("UPDATE evidence_checkpoint SET stamp = $2, stamped_at = $3 WHERE size = $1 AND stamp IS NULL",
                      {std::int64_t(size), db::blob(token), at.us});
  }));
  return {};
}

}  // namespace musubi::evidence
