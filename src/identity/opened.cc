#include "identity/opened.h"

#include "base/encoding.h"
#include "crypto/hash.h"
#include "identity/identity.h"

namespace musubi::identity {
namespace {

constexpr std::int64_t kAtOnce = 500;

std::string word(Opened kind) { return kind == Opened::kLink ? "link" : kind == Opened::kSession ? "session" : "resident session"; }

Result<void> remove_rows(db::Transaction& tx, const std::string& where, std::initializer_list<db::Value> values) {
  for (const auto& row : TRY(tx.query("SELECT id FROM identity_opened " + where, values)))
    TRY(tx.remove("identity_opened", {row.at(0)}));
  return {};
}

struct Working {
  Opened kind;
  std::string table, columns, where;
};

}  // namespace

std::string Opening::id() const { return to_hex(crypto::bytes(crypto::sha256(word(kind) + "\n" + digest))); }

Result<void> put_opened(db::Transaction& tx, const Opening& opening) {
  return tx.put("identity_opened",
                {{"id", opening.id()}, {"kind", word(opening.kind)}, {"holder", opening.holder}, {"at", opening.at.us}});
}

Result<void> remove_opened(db::Transaction& tx, Opened kind, std::string_view digest) {
  return tx.remove("identity_opened", {Opening{kind, std::string(digest), "", {}}.id()});
}

Result<void> remove_all_opened(db::Transaction& tx) { return remove_rows(tx, "", {}); }

Result<void> sweep_opened(db::Transaction& tx, Time now) {
  return remove_rows(tx, "WHERE at < $1 ORDER BY at LIMIT $2", {now.us - kSessionMost_us, kAtOnce});
}

Result<bool> is_opened(db::Reader& reader, const Opening& opening) {
  auto rows = TRY(reader.query("SELECT 1 FROM identity_opened WHERE id = $1 AND kind = $2 AND holder = $3 AND at = $4",
                               {opening.id(), word(opening.kind), opening.holder, opening.at.us}));
  return !rows.empty();
}

Result<std::vector<evidence::Finding>> verify_opened(db::Reader& reader) {
  const Working all[] = {{Opened::kLink, "identity_link", "digest, officer, expires_at", "used_at IS NULL AND "},
                         {Opened::kSession, "identity_session", "digest, officer, created_at", ""},
                         {Opened::kResidentSession, "identity_resident_session", "digest, person, created_at", ""}};
  std::vector<evidence::Finding> findings;
  for (const auto& working : all) {
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
