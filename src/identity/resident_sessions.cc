#include "identity/resident_sessions.h"

#include "base/encoding.h"
#include "crypto/hash.h"
#include "evidence/record.h"
#include "identity/opened.h"
#include "identity/record_types.h"
#include "identity/rules.h"

namespace musubi::identity {
namespace {

constexpr std::string_view kSelect = "SELECT digest, person, created_at, last_seen_at, csrf FROM identity_resident_session ";

std::string digest_of(std::string_view token) { return std::string(crypto::bytes(crypto::sha256(token))); }
std::string stream_of(std::string_view code) { return "identity/resident/" + std::string(code); }

Result<std::vector<ResidentSession>> sessions_where(db::Reader& reader, std::string_view where, db::Value value) {
  std::vector<ResidentSession> all;
  for (const auto& row : TRY(reader.query(std::string(kSelect) + std::string(where), {std::move(value)})))
    all.push_back({row.blob(0), row.text(1), Time{row.integer(2)}, Time{row.integer(3)}, row.blob(4)});
  return all;
}

bool lives(const ResidentSession& session, Time now) { return session_lives(session.created_at, session.last_seen_at, now); }

}  // namespace

Result<std::string> open_resident_session(db::Transaction& tx, std::string_view code, Time now) {
  CHECK(!code.empty());
  TRY(sweep_opened(tx, now));
  std::string token = to_base64url(crypto::random_bytes(32));
  TRY(put_opened(tx, {Opened::kResidentSession, digest_of(token), std::string(code), now}));
  TRY(tx.execute("INSERT INTO identity_resident_session (digest, person, created_at, last_seen_at, csrf) VALUES ($1, $2, $3, $4, $5)",
                 {db::blob(digest_of(token)), std::string(code), now.us, now.us, db::blob(crypto::random_bytes(32))}));
  TRY(evidence::append(tx, {record_type("identity.resident_signed_in"), stream_of(code), std::string(code)}));
  return token;
}

Result<std::optional<ResidentSession>> find_resident_session(db::Reader& reader, std::string_view token, Time now) {
  auto found = TRY(sessions_where(reader, "WHERE digest = $1", db::blob(digest_of(token))));
  if (found.empty() || !lives(found[0], now)) return std::optional<ResidentSession>();
  Opening opening{Opened::kResidentSession, found[0].digest, found[0].code, found[0].created_at};
  if (!TRY(is_opened(reader, opening))) return std::optional<ResidentSession>();
  return std::optional(std::move(found[0]));
}

Result<std::vector<ResidentSession>> resident_sessions_of(db::Reader& reader, std::string_view code, Time now) {
  auto all = TRY(sessions_where(reader, "WHERE person = $1 ORDER BY created_at DESC LIMIT 200", std::string(code)));
  std::erase_if(all, [&](const ResidentSession& session) { return !lives(session, now); });
  return all;
}

Result<void> touch_resident_session(db::Transaction& tx, const ResidentSession& session, Time now) {
  TRY(tx.execute("UPDATE identity_resident_session SET last_seen_at = $2 WHERE digest = $1", {db::blob(session.digest), now.us}));
  return {};
}

Result<std::size_t> end_resident_sessions(db::Transaction& tx, std::string_view code, std::string_view handle) {
  std::size_t ended = 0;
  for (const auto& session : TRY(sessions_where(tx, "WHERE person = $1", std::string(code)))) {
    if (!handle.empty() && session.handle() != handle) continue;
    TRY(remove_opened(tx, Opened::kResidentSession, session.digest));
    TRY(tx.execute("DELETE FROM identity_resident_session WHERE digest = $1", {db::blob(session.digest)}));
    TRY(evidence::append(tx, {record_type("identity.resident_signed_out"), stream_of(code), std::string(code)}));
    ++ended;
  }
  return ended;
}

}  // namespace musubi::identity
