#include "identity/store.h"

#include "identity/opened.h"

namespace musubi::identity::store {
namespace {

std::string text(std::string_view view) { return std::string(view); }

// Columns code, name, role, active, appointed_at from `first` on.
Result<Officer> officer_of(const db::Row& row, std::size_t first) {
  auto role = role_from(row.text(first + 2));
  if (!role)
    return Error{
        Code::kCorrupt,
        "identity.bad_row",
        {"担当者の役割が読めません。musubi verify を実行してください。", "An officer's role cannot be read. Run musubi verify."},
        {}};
  return Officer{row.text(first), row.maybe_text(first + 1), *role, row.integer(first + 3) != 0, Time{row.integer(first + 4)}};
}

constexpr std::string_view kOfficer = "SELECT code, name, role, active, appointed_at FROM identity_officer ";
constexpr std::string_view kSession =
    "SELECT s.digest, s.created_at, s.last_seen_at, s.csrf, o.code, o.name, o.role, o.active, o.appointed_at "
    "FROM identity_session s JOIN identity_officer o ON o.code = s.officer ";

Result<std::vector<Session>> sessions_where(db::Reader& reader, std::string_view where, db::Value value) {
  std::vector<Session> all;
  for (const auto& row : TRY(reader.query(std::string(kSession) + text(where), {std::move(value)})))
    all.push_back({row.blob(0), TRY(officer_of(row, 4)), Time{row.integer(1)}, Time{row.integer(2)}, row.blob(3)});
  return all;
}

}  // namespace

Result<void> put_organisation(db::Transaction& tx, const Organisation& organisation) {
  return tx.put("identity_organisation", {{"id", std::int64_t{1}},
                                          {"kind", organisation.kind},
                                          {"title_ja", organisation.title.ja},
                                          {"title_en", organisation.title.en}});
}

Result<std::optional<Organisation>> organisation(db::Reader& reader) {
  auto rows = TRY(reader.query("SELECT kind, title_ja, title_en FROM identity_organisation WHERE id = 1"));
  if (rows.empty()) return std::optional<Organisation>();
  return std::optional(Organisation{rows[0].text(0), {rows[0].text(1), rows[0].text(2)}});
}

Result<void> put_officer(db::Transaction& tx, const Officer& officer) {
  return tx.put("identity_officer", {{"code", officer.code},
                                     {"name", db::optional_text(officer.name)},
                                     {"role", text(role_word(officer.role))},
                                     {"active", std::int64_t{officer.active}},
                                     {"appointed_at", officer.appointed_at.us}});
}

Result<std::optional<Officer>> officer(db::Reader& reader, std::string_view code) {
  auto rows = TRY(reader.query(std::string(kOfficer) + "WHERE code = $1", {text(code)}));
  if (rows.empty()) return std::optional<Officer>();
  return std::optional(TRY(officer_of(rows[0], 0)));
}

Result<std::vector<Officer>> officers(db::Reader& reader) {
  std::vector<Officer> all;
  for (const auto& row :
       TRY(reader.query(std::string(kOfficer) + "ORDER BY appointed_at, code LIMIT $1", {std::int64_t(kOfficersAtMost)})))
    all.push_back(TRY(officer_of(row, 0)));
  return all;
}

Result<void> add_link(db::Transaction& tx, std::string_view digest, std::string_view officer, const OpenLink& made) {
  TRY(tx.execute("INSERT INTO identity_link (digest, officer, expires_at, number, made_by, made_at) VALUES ($1, $2, $3, $4, $5, $6)",
                 {db::blob(digest), text(officer), made.expires_at.us, made.number, made.made_by, made.made_at.us}));
  return {};
}

Result<std::vector<OpenLink>> open_links(db::Reader& reader, std::string_view officer, Time now) {
  std::vector<OpenLink> all;
  for (const auto& row : TRY(reader.query("SELECT number, made_by, made_at, expires_at FROM identity_link "
                                          "WHERE officer = $1 AND used_at IS NULL AND expires_at > $2 ORDER BY number DESC LIMIT 100",
                                          {text(officer), now.us})))
    all.push_back({row.integer(0), row.text(1), Time{row.integer(2)}, Time{row.integer(3)}});
  return all;
}

Result<std::optional<Link>> link(db::Reader& reader, std::string_view digest) {
  auto rows =
      TRY(reader.query("SELECT officer, expires_at, used_at, number FROM identity_link WHERE digest = $1", {db::blob(digest)}));
  if (rows.empty()) return std::optional<Link>();
  return std::optional(Link{rows[0].text(0), Time{rows[0].integer(1)}, !rows[0].is_null(2), rows[0].integer(3)});
}

Result<void> use_link(db::Transaction& tx, std::string_view digest, Time now) {
  TRY(remove_opened(tx, Opened::kLink, digest));
  TRY(tx.execute("UPDATE identity_link SET used_at = $2 WHERE digest = $1", {db::blob(digest), now.us}));
  return {};
}

Result<void> drop_access(db::Transaction& tx, std::string_view officer) {
  TRY(drop_links(tx, officer));
  for (const auto& row : TRY(tx.query("SELECT digest FROM identity_session WHERE officer = $1", {text(officer)})))
    TRY(remove_opened(tx, Opened::kSession, row.blob(0)));
  TRY(tx.execute("DELETE FROM identity_session WHERE officer = $1", {text(officer)}));
  return {};
}

Result<void> drop_all_access(db::Transaction& tx) {
  for (const char* table : {"identity_link", "identity_session", "identity_resident_session", "identity_challenge"})
    TRY(tx.execute(std::string("DELETE FROM ") + table));
  return {};
}

Result<void> drop_links(db::Transaction& tx, std::string_view officer) {
  for (const auto& row : TRY(tx.query("SELECT digest FROM identity_link WHERE officer = $1 AND used_at IS NULL", {text(officer)})))
    TRY(remove_opened(tx, Opened::kLink, row.blob(0)));
  TRY(tx.execute("DELETE FROM identity_link WHERE officer = $1 AND used_at IS NULL", {text(officer)}));
  return {};
}

Result<void> add_session(db::Transaction& tx, const Session& session) {
  TRY(put_opened(tx, {Opened::kSession, session.digest, session.officer.code, session.created_at}));
  TRY(tx.execute(
      "INSERT INTO identity_session (digest, officer, created_at, last_seen_at, csrf) "
      "VALUES ($1, $2, $3, $4, $5)",
      {db::blob(session.digest), session.officer.code, session.created_at.us, session.last_seen_at.us, db::blob(session.csrf)}));
  return {};
}

Result<std::optional<Session>> session(db::Reader& reader, std::string_view digest) {
  auto found = TRY(sessions_where(reader, "WHERE s.digest = $1", db::blob(digest)));
  if (found.empty()) return std::optional<Session>();
  return std::optional(std::move(found[0]));
}

Result<std::vector<Session>> sessions(db::Reader& reader, std::string_view officer) {
  return sessions_where(reader, "WHERE s.officer = $1 ORDER BY s.created_at DESC", text(officer));
}

Result<void> touch_session(db::Transaction& tx, std::string_view digest, Time now) {
  TRY(tx.execute("UPDATE identity_session SET last_seen_at = $2 WHERE digest = $1", {db::blob(digest), now.us}));
  return {};
}

Result<void> remove_session(db::Transaction& tx, std::string_view digest) {
  TRY(remove_opened(tx, Opened::kSession, digest));
  TRY(tx.execute("DELETE FROM identity_session WHERE digest = $1", {db::blob(digest)}));
  return {};
}

}  // namespace musubi::identity::store
