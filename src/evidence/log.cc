// The writer's side of the log: what happens between the first row of a batch and the signature over its tree.

#include "evidence/log.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/log.h"
#include "base/metrics.h"
#include "evidence/erase.h"
#include "evidence/routes.h"
#include "evidence/view.h"

namespace musubi::evidence {
namespace {

constexpr std::size_t kHeadLimit = 4096;
constexpr std::size_t kBodyLimit = 1 << 20;
constexpr std::size_t kCounterCacheLimit = 100'000;

Error without_record() {
  return Error{Code::kInternal,
               "evidence.rows_without_record",
               {"記録のない変更のため取り消しました。これは Musubi の不具合です。",
                "The change was undone because it left no record. This is a defect of Musubi."},
               {}};
}

// Adds a hash to a level; a tile that fills up hands its root to the level above.
Result<void> push_hash(std::vector<TileEdge>& edges, std::size_t level, const Digest& hash, db::Transaction& tx) {
  if (edges.size() <= level) edges.resize(level + 1);
  TileEdge& edge = edges[level];
  edge.current->push(hash);
  if (!edge.current->full()) return {};
  Digest top = edge.current->at(8, 0);
  std::string kept = KeptTile::encode(*edge.current);
  std::uint64_t number = edge.number;
  edge.previous = std::exchange(edge.current, std::make_shared<Tile>());
  ++edge.number;
  TRY(tx.execute("INSERT INTO evidence_node (level, idx, hash, tile) VALUES ($1, $2, $3, $4)",
                 {std::int64_t(level + 1), std::int64_t(number), db::blob(crypto::bytes(top)), db::blob(kept)}));
  return push_hash(edges, level + 1, top, tx);
}

bool is_declared(const RecordType& type, std::string_view fact) {
  return std::find(type.facts.begin(), type.facts.end(), fact) != type.facts.end();
}

std::string quoted(std::string_view text) { return canonical_json_string(text); }

// RFC 8785 with the members in the order that it sorts them.
std::string head_json(const Draft& draft, std::uint64_t counter, Time at, std::string_view manifest) {
  std::string head = "{\"actor\":" + quoted(draft.actor) + ",\"at\":\"" + at.rfc3339() + "\",\"facts\":" + canonical_json(draft.facts);
  if (!draft.on_behalf_of.empty()) head += ",\"for\":" + quoted(draft.on_behalf_of);
  head += ",\"manifest\":\"" + to_base64(crypto::bytes(crypto::sha256(manifest))) + "\",\"n\":" + std::to_string(counter);
  head += ",\"stream\":" + quoted(draft.stream) + ",\"type\":" + quoted(draft.type.name) +
          ",\"v\":" + std::to_string(draft.type.version) + "}";
  return head;
}

}  // namespace

Log::Log(db::Database& database, LogKeys keys, Clock& clock)
    : database_(database), clock_(clock), signers_(std::move(keys.signers)), pending_(std::make_unique<Pending>()) {}

Log::~Log() = default;

Log& Log::of(db::Transaction& tx) {
  CHECK(tx.listener());
  return static_cast<Log&>(*tx.listener());
}

Log& Log::of(db::Database& database) {
  CHECK(database.listener());
  return static_cast<Log&>(*database.listener());
}

Result<std::unique_ptr<Log>> Log::load(db::Database& database, db::Reader& reader, LogKeys keys, Clock& clock) {
  bool keys_may_be_missing = keys.restoring;
  std::unique_ptr<Log> log(new Log(database, std::move(keys), clock));
  if (auto loaded = log->reload(reader); !loaded.ok()) {
    if (loaded.error().code != Code::kCorrupt) return loaded.error();
    log::error("evidence.damaged", {{"organisation", database.organisation()}, {"why", loaded.error().message.en}});
    return log;  // nothing is signed; each write tries again and is refused
  }
  auto active = TRY(log->drop_inactive_signers(reader));
  if (active > 0 && log->signers_.empty() && !keys_may_be_missing)
    return Error{Code::kIo,
                 "evidence.key_missing",
                 {"組織「" + database.organisation() + "」のログ署名鍵が見つかりません。keys フォルダを元に戻してください。",
                  "The log key of organisation \"" + database.organisation() + "\" is missing. Put its keys folder back."},
                 {}};
  if (auto view = log->unsigned_view()) log->publish(*view);
  return log;
}

// Another process may have retired a key of ours. Returns how many keys the log has.
Result<std::size_t> Log::drop_inactive_signers(db::Reader& reader) {
  auto rows = TRY(reader.query("SELECT key_id FROM evidence_key WHERE status = 'active'"));
  auto is_active = [&](const auto& signer) {
    auto id = signer->key_id();
    return std::any_of(rows.begin(), rows.end(), [&](const db::Row& row) { return row.at(0) == db::Value(id); });
  };
  if (!rows.empty()) std::erase_if(signers_, [&](const auto& signer) { return !is_active(signer); });
  return rows.size();
}

Result<void> Log::reload(db::Reader& reader) {
  *pending_ = Pending();
  Pending& fresh = *pending_;
  auto identity = TRY(reader.query("SELECT origin FROM evidence_log WHERE id = 1"));
  if (!identity.empty()) {
    auto* origin = std::get_if<std::string>(&identity[0].at(0));
    if (!origin) return damaged({"ログの名称が壊れています。", "The origin of the log is damaged."});
    std::lock_guard lock(view_mutex_);
    origin_ = *origin;
  }
  auto newest = TRY(reader.query("SELECT idx, at FROM evidence_record ORDER BY idx DESC LIMIT 1"));
  if (!newest.empty()) {
    auto* at = std::get_if<std::int64_t>(&newest[0].at(1));
    if (!at || newest[0].integer(0) < 0)
      return damaged({"最後の記録の時刻が壊れています。", "The time of the newest record is damaged."});
    fresh.size = std::uint64_t(newest[0].integer(0)) + 1;
    fresh.last_at = Time{*at};
  }
  std::uint64_t count = fresh.size;
  for (int level = 0; count > 0; ++level, count /= Tile::kWidth) {
    TileEdge edge;
    edge.number = count / Tile::kWidth;
    if (int width = int(count % Tile::kWidth)) {
      auto tile = read_tile(reader, level, edge.number, width);
      if (!tile.ok() && tile.error().code == Code::kNotFound)
        return damaged({"木の右端のハッシュが足りません。", "Hashes at the right edge of the tree are missing."});
      edge.current = TRY(std::move(tile));
    }
    fresh.edges.push_back(std::move(edge));
  }
  TRY(check_kept(reader));
  fresh.loaded = true;
  return {};
}

// What was signed and kept must still be there: signing a shorter or another tree would fork the log. A note that cannot be
// read is for `musubi verify` to name.
Result<void> Log::check_kept(db::Reader& reader) {
  auto rows = TRY(reader.query("SELECT size, note FROM evidence_checkpoint ORDER BY size DESC LIMIT 1"));
  kept_size_ = rows.empty() ? 0 : std::uint64_t(rows[0].integer(0));
  auto* text = rows.empty() ? nullptr : std::get_if<std::string>(&rows[0].at(1));
  if (!text) return {};
  auto note = crypto::parse_note(*text);
  auto kept = note.ok() ? parse_checkpoint(note->text) : Result<Checkpoint>(note.error());
  if (!kept.ok()) return {};
  auto here = kept->size <= pending_->size ? root(kept->size, nodes_of(edge_view(), reader)) : Result<Digest>(Error{Code::kCorrupt});
  if (!here.ok() && here.error().code != Code::kCorrupt && here.error().code != Code::kNotFound) return here.error();
  if (here.ok() && *here == kept->root) return {};
  return damaged(
      {"ログが、署名済みのチェックポイント（" + std::to_string(kept->size) + " 件）と一致しません。書き込みを止めました。",
       "The log does not agree with its signed checkpoint of size " + std::to_string(kept->size) + ". Writing has stopped."});
}

Result<void> Log::batch_began(db::Transaction& tx) {
  auto rows = TRY(tx.query("SELECT MAX(idx) FROM evidence_record"));
  std::uint64_t size = rows[0].is_null(0) ? 0 : std::uint64_t(rows[0].integer(0)) + 1;
  if (!pending_->loaded || size != pending_->size) {
    TRY(reload(tx));
    TRY(drop_inactive_signers(tx));
  }
  pending_->batch_last_at = pending_->last_at;
  return {};
}

void Log::closure_began() {
  Pending& p = *pending_;
  p.manifest.clear();
  p.closure_leaves = p.leaves.size();
  p.closure_undo = p.counter_undo.size();
  p.closure_new_signers = p.new_signers.size();
  p.closure_retired = p.retired_keys.size();
  p.closure_last_at = p.last_at;
  p.closure_new_origin = p.new_origin;
}

std::string Log::row_put(const db::Table& table, std::span<const db::Value> values) {
  std::string salt = crypto::random_bytes(16);
  std::vector<db::Value> key;
  for (const auto& name : table.key) {
    auto at = std::find(table.columns.begin(), table.columns.end(), name);
    key.push_back(values[std::size_t(at - table.columns.begin())]);
  }
  pending_->manifest += "put " + table.name + " " + std::to_string(table.version) + " " + manifest_key(key) + " " +
                        to_base64(crypto::bytes(row_digest(salt, table, values))) + "\n";
  return salt;
}

void Log::row_removed(const db::Table& table, std::span<const db::Value> key) {
  pending_->manifest += "remove " + table.name + " " + std::to_string(table.version) + " " + manifest_key(key) + "\n";
}

Result<std::uint64_t> Log::next_counter(db::Transaction& tx, const std::string& stream) {
  Pending& p = *pending_;
  auto known = p.counters.find(stream);
  std::optional<std::uint64_t> before;
  if (known != p.counters.end()) {
    before = known->second;
  } else {
    auto rows = TRY(tx.query("SELECT MAX(counter) FROM evidence_record WHERE stream = $1", {stream}));
    if (p.counters.size() >= kCounterCacheLimit && p.counter_undo.empty()) p.counters.clear();
    known = p.counters.emplace(stream, rows[0].is_null(0) ? 0 : std::uint64_t(rows[0].integer(0))).first;
  }
  p.counter_undo.emplace_back(stream, before);
  return ++known->second;
}

Result<Appended> Log::append_record(db::Transaction& tx, Draft draft) {
  Pending& p = *pending_;
  CHECK(!draft.stream.empty() && draft.stream.size() <= 300 && !draft.actor.empty() && draft.actor.size() <= 100);
  for (const auto& fact : draft.facts) CHECK(is_declared(draft.type, fact.key()));
  Appended appended;
  appended.index = p.size + p.leaves.size();
  appended.counter = TRY(next_counter(tx, draft.stream));
  // A clock that went backwards must not reorder history: the record takes the time of the one before it.
  p.last_at = std::max(p.last_at, clock_.now());
  std::string manifest = std::exchange(p.manifest, {});
  std::string head = head_json(draft, appended.counter, p.last_at, manifest);
  CHECK(head.size() <= kHeadLimit);
  std::string head_salt = crypto::random_bytes(16);
  std::string body, body_salt, commitment(32, '\0');
  if (!draft.body.is_null()) {
    body = canonical_json(draft.body);
    CHECK(body.size() <= kBodyLimit);
    body_salt = crypto::random_bytes(16);
    Digest digest = body_commitment(body_salt, body);
    commitment = crypto::bytes(digest);
  }
  Digest leaf = leaf_hash(encode_entry(head_commitment(head_salt, head), commitment));
  auto index = std::int64_t(appended.index);
  TRY(
      tx.execute("INSERT INTO evidence_record (idx, stream, counter, type, at, head, head_salt, manifest, body_commitment, "
                 "leaf_hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                 {index, draft.stream, std::int64_t(appended.counter), std::string(draft.type.name), p.last_at.us, db::blob(head),
                  db::blob(head_salt), db::blob(manifest), db::blob(commitment), db::blob(crypto::bytes(leaf))}));
  if (!body.empty())
    TRY(tx.execute("INSERT INTO evidence_body (idx, salt, body) VALUES ($1, $2, $3)", {index, db::blob(body_salt), db::blob(body)}));
  p.leaves.push_back(leaf);
  return appended;
}

Result<void> Log::closure_ended(db::Transaction&) {
  if (!pending_->manifest.empty()) return without_record();
  return {};
}

db::LeafRange Log::appended() const {
  const Pending& p = *pending_;
  return {p.size + p.closure_leaves, p.leaves.size() - p.closure_leaves};
}

void Log::closure_undone() {
  Pending& p = *pending_;
  p.manifest.clear();
  p.leaves.resize(p.closure_leaves);
  while (p.counter_undo.size() > p.closure_undo) {
    auto& [stream, before] = p.counter_undo.back();
    if (before)
      p.counters[stream] = *before;
    else
      p.counters.erase(stream);
    p.counter_undo.pop_back();
  }
  p.new_signers.resize(p.closure_new_signers);
  p.retired_keys.resize(p.closure_retired);
  p.new_origin = p.closure_new_origin;
  p.last_at = p.closure_last_at;
}

Result<void> Log::before_commit(db::Transaction& tx) {
  Pending& p = *pending_;
  p.tree_touched = !p.leaves.empty();
  // Readers hold the current tiles through the View: the writer goes on with copies.
  for (auto& edge : p.edges)
    if (!p.leaves.empty()) edge.current = std::make_shared<Tile>(*edge.current);
  for (const Digest& leaf : p.leaves) TRY(push_hash(p.edges, 0, leaf, tx));
  return {};
}

std::unique_ptr<db::CommitListener::State> Log::committed() {
  Pending& p = *pending_;
  bool grown = !p.leaves.empty();
  static auto& records = metrics::counter("musubi_evidence_records_total", "Records appended and durable.");
  records.add(p.leaves.size());
  p.size += p.leaves.size();
  p.leaves.clear();
  p.counter_undo.clear();
  p.tree_touched = false;
  if (!p.new_origin.empty()) {
    std::lock_guard lock(view_mutex_);
    origin_ = std::exchange(p.new_origin, {});
  }
  for (const auto& retired : p.retired_keys) std::erase_if(signers_, [&](const auto& signer) { return signer->key_id() == retired; });
  p.retired_keys.clear();
  for (auto& signer : p.new_signers) signers_.insert(signers_.begin(), std::move(signer));
  p.new_signers.clear();
  return grown ? unsigned_view() : nullptr;
}

void Log::rolled_back() {
  Pending& p = *pending_;
  if (!p.loaded || p.tree_touched) {
    p = Pending();  // loaded is false: the next batch reads the tree anew
    return;
  }
  // Every closure was refused: the tree in hand is still the committed one.
  p.closure_leaves = p.closure_undo = p.closure_new_signers = p.closure_retired = 0;
  p.closure_new_origin.clear();
  p.closure_last_at = p.batch_last_at;
  closure_undone();
}

std::shared_ptr<Log::View> Log::edge_view() const {
  auto view = std::make_shared<View>();
  view->size = pending_->size;
  for (const auto& edge : pending_->edges) view->edges.push_back({edge.number, edge.current, edge.previous});
  return view;
}

std::unique_ptr<Log::Unsigned> Log::unsigned_view() const {
  if (origin_.empty() || signers_.empty()) return nullptr;
  auto next = std::make_unique<Unsigned>();
  next->origin = origin_;
  next->view = edge_view();
  next->signers = signers_;
  return next;
}

void Log::durable(State& state) { publish(static_cast<Unsigned&>(state)); }

void Log::publish(Unsigned& next) {
  View& view = *next.view;
  // The root needs complete subtrees of the right edge only: all of them are in memory.
  auto tree_root = root(view.size, [&](int height, std::uint64_t index) -> Result<Digest> {
    NodePlace place = place_of(height, index);
    auto tile = view.edge_tile(place.level, place.number);
    CHECK(tile);
    return tile->at(place.height, place.index);
  });
  std::string body = Checkpoint{next.origin, view.size, tree_root.value()}.body();
  view.note = body + "\n";
  for (const auto& signer : next.signers) {
    auto line = signer->sign(body);
    if (!line.ok()) {  // the acts stand; the size is signed with the next commit or on reopening
      metrics::counter("musubi_evidence_signing_failures_total", "Checkpoints that could not be signed.").add();
      return log::error("evidence.signing_failed", {{"organisation", database_.organisation()}, {"why", line.error().name}});
    }
    view.note += *line + "\n";
  }
  std::lock_guard lock(view_mutex_);
  view_ = std::move(next.view);
}

}  // namespace musubi::evidence
