#include "identity/opened.h"

#include <array>

#include "base/encoding.h"
#include "crypto/hash.h"
#include "identity/identity.h"
#include "identity/verify.h"

namespace musubi::identity {
namespace {

constexpr std::int64_t kAtOnce = 500;

std::string word(Opened kind) { return kind == Opened::kLink ? "link" : kind == Opened::kSession ? "session" : "resident session"; }

struct Working {
  Opened kind;
  std::string table, columns, where;
  std::string stale;  // $1 a link ran out a week ago, $2 a session began too long ago, $3 it was used too long ago
};

const std::array<Working, 3>& all_working() {
  const std::string ended = "created_at < $2 OR last_seen_at < $3";
  static const std::array<Working, 3> all = {
      {{Opened::kLink, "identity_link", "digest, officer, expires_at", "used_at IS NULL AND ", "expires_at < $1"},
       {Opened::kSession, "identity_session", "digest, officer, created_at", "", ended},
       {Opened::kResidentSession, "identity_resident_session", "digest, person, created_at", "", ended}}};
  return all;
}

constexpr std::int64_t kLinkKept_us = 7 * kLinkValid_us;
static_assert(kLinkKept_us <= kSessionMost_us);  // what is older than the longest session has no working row

Result<std::size_t> remove_rows(db::Transaction& tx, const std::string& where, std::initializer_list<db::Value> values) {
  auto rows = TRY(tx.query("SELECT id FROM identity_opened " + where, values));
  for (const auto& row : rows) TRY(tx.remove("identity_opened", {row.at(0)}));
  return rows.size();
}

}  // namespace

std::string Opening::id() const { return to_hex(crypto::bytes(crypto::sha256(word(kind) + "\n" + digest))); }

Result<void> put_opened(db::Transaction& tx, const Opening& opening) {
  return tx.put("identity_opened",
                {{"id", opening.id()}, {"kind", word(opening.kind)}, {"holder", opening.holder}, {"at", opening.at.us}});
}

Result<void> remove_opened(db::Transaction& tx, Opened kind, std::string_view digest) {
  return tx.remove("identity_opened", {Opening{kind, std::string(digest), "", {}}.id()});
}

Result<std::size_t> remove_any_opened(db::Transaction& tx) { return remove_rows(tx, "LIMIT $1", {kAtOnce}); }

// A working row without its row here would be taken for one that nobody opened, a row here without its working row would let one in
// that is laid back: both go together.
Result<void> sweep_opened(db::Transaction& tx, Time now) {
  std::string sql;
  for (const auto& working : all_working())
    sql += (sql.empty() ? "SELECT '" : " UNION ALL SELECT '") + word(working.kind) + "', digest FROM " + working.table + " WHERE " +
           working.stale;
  auto stale = TRY(tx.query(sql + " LIMIT $4", {now.us - kLinkKept_us, now.us - kSessionMost_us, now.us - kSessionIdle_us, kAtOnce}));
  for (const auto& row : stale)
    for (const auto& working : all_working()) {
      if (row.text(0) != word(working.kind)) continue;
      TRY(remove_opened(tx, working.kind, row.blob(1)));
      TRY(tx.execute("DELETE FROM " + working.table + " WHERE digest = $1", {row.at(1)}));
    }
  // Those whose working row was taken away by somebody else.
  if (stale.size() < std::size_t(kAtOnce))
    TRY(remove_rows(tx, "WHERE at < $1 ORDER BY at LIMIT $2", {now.us - kSessionMost_us, kAtOnce}));
  return {};
}

Result<bool> is_opened(db::Reader& reader, const Opening& opening) {
  auto rows = TRY(reader.query("SELECT 1 FROM identity_opened WHERE id = $1 AND kind = $2 AND holder = $3 AND at = $4",
                               {opening.id(), word(opening.kind), opening.holder, opening.at.us}));
  return !rows.empty();
}

Result<std::vector<evidence::Finding>> verify_opened(db::Reader& reader) {
  std::vector<evidence::Finding> findings;
  for (const auto& working : all_working()) {
    std::string after;
    for (bool more = true; more;) {
      auto rows = TRY(reader.query(
          "SELECT " + working.columns + " FROM " + working.table + " WHERE " + working.where + "digest > $1 ORDER BY digest LIMIT $2",
          {db::blob(after), kAtOnce}));
      for (const auto& row : rows) {
        after = row.blob(0);
        if (TRY(is_opened(reader, {working.kind, after, row.text(1), Time{row.integer(2)}}))) continue;
        findings.push_back({"row",
                            "table " + working.table + " digest " + to_hex(after.substr(0, 8)),
                            {"記録のないサインインです。使えません。", "No sign-in on record opened it. It lets nobody in."}});
      }
      more = rows.size() == std::size_t(kAtOnce);
    }
  }
  return findings;
}

}  // namespace musubi::identity
