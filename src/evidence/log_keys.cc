// How a log is opened under its origin, and the coming and going of its keys.

#include <algorithm>

#include "base/encoding.h"
#include "evidence/erase.h"
#include "evidence/log.h"
#include "evidence/routes.h"
#include "evidence/view.h"

namespace musubi::evidence {
namespace {

constexpr std::uint64_t kJsonIntegerLimit = std::uint64_t(1) << 53;

Error bad_origin() {
  return Error{
      Code::kInvalid,
      "evidence.bad_origin",
      {"ログの名称（origin）に空白・「+」・制御文字は使えません。", "An origin has no space, no \"+\" and no control character."},
      {}};
}

Error foreign_signer(const crypto::NoteSigner& signer, const std::string& origin) {
  return Error{Code::kInvalid,
               "evidence.bad_origin",
               {"署名鍵の名前（" + signer.name() + "）がログの名称（" + origin + "）と違います。",
                "The signing key is named " + signer.name() + ", the log " + origin + ". They must be the same."},
               {}};
}

Error already_open(const std::string& origin) {
  return Error{
      Code::kConflict,
      "evidence.already_open",
      {"このログはすでに「" + origin + "」として開設されています。復元の続きには、新しい名称と直前のチェックポイントが必要です。",
       "This log is already open as " + origin + ". To go on after a restore give a new origin and the last checkpoint."},
      {}};
}

Error no_signer() {
  return Error{Code::kInvalid,
               "evidence.key_missing",
               {"ログの開設には署名鍵が必要です。", "A log cannot be opened without a key that signs for it."},
               {}};
}

constexpr std::string_view kLogOpenedFacts[] = {"origin"};
constexpr RecordType kLogOpened{"evidence.log_opened", 1, Visibility::kPublic, "ログの開設", "Log opened", kLogOpenedFacts};
constexpr std::string_view kKeyFacts[] = {"key_id"};
constexpr RecordType kKeyAnnounced{"evidence.key_announced", 1,        Visibility::kPublic, "ログの鍵の追加を予告",
                                   "Log key announced",      kKeyFacts};
constexpr RecordType kKeyRetired{"evidence.key_retired", 1, Visibility::kPublic, "ログの鍵の廃止", "Log key retired", kKeyFacts};

}  // namespace

// (key id, verifier key), the oldest first.
Result<std::vector<std::pair<std::string, std::string>>> read_active_keys(db::Reader& reader) {
  std::vector<std::pair<std::string, std::string>> keys;
  for (const auto& row : TRY(reader.query("SELECT key_id, verifier_key FROM evidence_key WHERE status = 'active' ORDER BY since"))) {
    auto *id = std::get_if<std::string>(&row.at(0)), *key = std::get_if<std::string>(&row.at(1));
    if (!id || !key)
      return damaged({"evidence_key の列の型が変わっています。", "A column of evidence_key has another type than it must have."});
    keys.emplace_back(*id, *key);
  }
  return keys;
}

Result<json::array> Log::put_keys(db::Transaction& tx, const std::vector<std::shared_ptr<crypto::NoteSigner>>& signers) {
  for (const auto& [id, key] : TRY(read_active_keys(tx))) {
    TRY(tx.put("evidence_key",
               {{"key_id", id}, {"verifier_key", key}, {"status", std::string("retired")}, {"since", clock_.now().us}}));
    pending_->retired_keys.push_back(id);
  }
  json::array keys;
  for (const auto& signer : signers) {
    keys.emplace_back(signer->verifier_key());
    TRY(tx.put("evidence_key", {{"key_id", signer->key_id()},
                                {"verifier_key", signer->verifier_key()},
                                {"status", std::string("active")},
                                {"since", clock_.now().us}}));
  }
  return keys;
}

Result<void> Log::check_previous(db::Transaction& tx, const Checkpoint& previous) {
  Error differs{Code::kConflict,
                "evidence.previous_differs",
                {"このログは、示されたチェックポイント（" + std::to_string(previous.size) + " 件）の続きではありません。",
                 "This log does not continue the checkpoint given (size " + std::to_string(previous.size) + ")."},
                {}};
  if (previous.size > kJsonIntegerLimit || !crypto::is_note_name(previous.origin)) return differs;
  // A backup may be older than the last checkpoint anyone saw: then there is nothing to compare with.
  if (previous.origin != origin_ || previous.size > pending_->size) return {};
  if (TRY(root(previous.size, nodes_of(edge_view(), tx))) != previous.root) return differs;
  return {};
}

Result<Appended> Log::open_log(db::Transaction& tx, const Origin& origin, std::string_view actor) {
  const auto& signers = origin.signers.empty() ? signers_ : origin.signers;
  bool open = !TRY(tx.query("SELECT id FROM evidence_log WHERE id = 1")).empty();
  if (!crypto::is_note_name(origin.origin)) return bad_origin();
  if (open && (!origin.previous || origin.origin == origin_)) return already_open(origin_);
  if (signers.empty() || (open && origin.signers.empty())) return no_signer();
  for (const auto& signer : signers)
    if (signer->name() != origin.origin) return foreign_signer(*signer, origin.origin);
  if (origin.previous) TRY(check_previous(tx, *origin.previous));
  db::Value previous_origin, previous_size, previous_root;
  json::object body{{"origin", origin.origin}};
  if (origin.previous) {
    previous_origin = origin.previous->origin;
    previous_size = std::int64_t(origin.previous->size);
    previous_root = db::blob(crypto::bytes(origin.previous->root));
    body["previous"] = json::object{{"origin", origin.previous->origin},
                                    {"size", std::int64_t(origin.previous->size)},
                                    {"root", to_base64(crypto::bytes(origin.previous->root))}};
  }
  TRY(tx.put("evidence_log", {{"id", std::int64_t(1)},
                              {"origin", origin.origin},
                              {"previous_origin", previous_origin},
                              {"previous_size", previous_size},
                              {"previous_root", previous_root}}));
  body["verifier_keys"] = TRY(put_keys(tx, signers));
  for (const auto& signer : origin.signers) pending_->new_signers.push_back(signer);
  pending_->new_origin = origin.origin;
  return append(tx, Draft{kLogOpened, "evidence/log", std::string(actor), "", {{"origin", origin.origin}}, body});
}

Result<std::optional<std::string>> stored_origin(db::Reader& reader) {
  auto rows = TRY(reader.query("SELECT origin FROM evidence_log WHERE id = 1"));
  auto* origin = rows.empty() ? nullptr : std::get_if<std::string>(&rows[0].at(0));
  return origin ? std::optional(*origin) : std::nullopt;
}

Result<Checkpoint> Log::tree(db::Transaction& tx) {
  return Checkpoint{origin_, pending_->size, TRY(root(pending_->size, nodes_of(edge_view(), tx)))};
}

Result<Appended> Log::announce_key(db::Transaction& tx, std::shared_ptr<crypto::NoteSigner> signer, std::string_view actor) {
  std::string id = signer->key_id(), key = signer->verifier_key();
  const std::string& origin = pending_->new_origin.empty() ? origin_ : pending_->new_origin;
  if (signer->name() != origin) return foreign_signer(*signer, origin);
  if (!TRY(tx.query("SELECT key_id FROM evidence_key WHERE key_id = $1", {id})).empty())
    return Error{Code::kConflict,
                 "evidence.key_known",
                 {"鍵 " + id + " はすでにこのログで使われました。新しい鍵を作ってください。",
                  "Key " + id + " has been used by this log already. Make a new one."},
                 {}};
  TRY(tx.put("evidence_key", {{"key_id", id}, {"verifier_key", key}, {"status", std::string("active")}, {"since", clock_.now().us}}));
  pending_->new_signers.push_back(std::move(signer));
  return append(tx,
                Draft{kKeyAnnounced, "evidence/log", std::string(actor), "", {{"key_id", id}}, json::object{{"verifier_key", key}}});
}

Result<Appended> Log::retire_key(db::Transaction& tx, std::string_view key_id, std::string_view actor) {
  std::string id(key_id);
  auto active = TRY(read_active_keys(tx));
  auto found = std::find_if(active.begin(), active.end(), [&](const auto& key) { return key.first == id; });
  if (found == active.end())
    return Error{Code::kNotFound,
                 "evidence.unknown_key",
                 {"使用中の鍵に " + id + " はありません。", "No active key has the id " + id + "."},
                 {}};
  // Not the last one of all, and not the last one that this process can sign with.
  auto ours = signers_;
  ours.insert(ours.end(), pending_->new_signers.begin(), pending_->new_signers.end());
  bool others = std::any_of(ours.begin(), ours.end(), [&](const auto& signer) {
    auto other = signer->key_id();
    return other != id &&
           std::find(pending_->retired_keys.begin(), pending_->retired_keys.end(), other) == pending_->retired_keys.end();
  });
  if (active.size() == 1 || !others)
    return Error{Code::kConflict,
                 "evidence.last_key",
                 {"最後の鍵は廃止できません。先に新しい鍵を追加してください（musubi org key rotate）。",
                  "The last key cannot be retired. Announce a new one first (musubi org key rotate)."},
                 {}};
  std::string key = found->second;
  TRY(tx.put("evidence_key", {{"key_id", id}, {"verifier_key", key}, {"status", std::string("retired")}, {"since", clock_.now().us}}));
  pending_->retired_keys.push_back(id);
  return append(tx, Draft{kKeyRetired, "evidence/log", std::string(actor), "", {{"key_id", id}}, json::object{{"verifier_key", key}}});
}

std::vector<const RecordType*> record_types() {
  return {&kLogOpened, &kKeyAnnounced, &kKeyRetired, &erased_type(), &body_read_type()};
}

}  // namespace musubi::evidence
