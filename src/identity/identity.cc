#include "identity/identity.h"

#include "base/encoding.h"
#include "crypto/hash.h"
#include "identity/opened.h"
#include "identity/record_types.h"
#include "identity/resident_rules.h"
#include "identity/rules.h"
#include "identity/store.h"

namespace musubi::identity {
namespace {

std::string stream_of(std::string_view officer) { return "identity/officer/" + std::string(officer); }

std::string digest_of(std::string_view token) { return std::string(crypto::bytes(crypto::sha256(token))); }

Result<evidence::Appended> append_change(db::Transaction& tx, const Officer& officer, std::string_view actor) {
  std::string word(role_word(officer.role));
  return evidence::append(tx, {record_type("identity.officer_changed"),
                               stream_of(officer.code),
                               std::string(actor),
                               "",
                               {{"role", word}, {"active", officer.active}},
                               json::object{{"officer", officer.code}, {"role", word}, {"active", officer.active}}});
}

Error unknown_officer(std::string_view code) {
  std::string c(code);
  return {Code::kNotFound,
          "identity.unknown_officer",
          {"担当者 " + c + " は登録されていません。musubi org officers 組織 で一覧を確認してください。",
           "There is no officer " + c + ". `musubi org officers ORG` lists them."},
          {}};
}

Error inactive_officer(std::string_view code) {
  std::string c(code);
  return {Code::kForbidden,
          "identity.inactive_officer",
          {"担当者 " + c + " は停止されています。管理者に再開を依頼してください。",
           "Officer " + c + " is deactivated. Ask an administrator to activate them again."},
          {}};
}

}  // namespace

std::string Session::handle() const { return to_hex(digest).substr(0, 16); }

Result<evidence::Appended> create_organisation(db::Transaction& tx, const Organisation& organisation, std::string_view actor) {
  if (auto faults = check_organisation(organisation); !faults.empty())
    return Error{Code::kInvalid,
                 "identity.bad_organisation",
                 {"組織の情報を直してください。", "Correct what describes the organisation."},
                 std::move(faults)};
  TRY(store::put_organisation(tx, organisation));
  return evidence::append(
      tx, {record_type("identity.organisation_created"),
           "identity/organisation",
           std::string(actor),
           "",
           {{"kind", organisation.kind}},
           json::object{{"kind", organisation.kind}, {"title", {{"ja", organisation.title.ja}, {"en", organisation.title.en}}}}});
}

Result<std::optional<Organisation>> organisation(db::Reader& reader) { return store::organisation(reader); }

Result<Officer> appoint(db::Transaction& tx, std::string_view name, Role role, std::string_view actor, Time now) {
  if (auto faults = check_name(name); !faults.empty())
    return Error{Code::kInvalid, "identity.bad_officer", {"氏名を直してください。", "Correct the name."}, std::move(faults)};
  if (TRY(store::officers(tx)).size() >= kOfficersAtMost)
    return Error{Code::kInvalid,
                 "identity.too_many_officers",
                 {"担当者は 1,000 人までです。", "An organisation has at most 1,000 officers."},
                 {}};
  Officer officer{"", std::string(name), role, true, now};
  do officer.code = officer_code(crypto::random_bytes(6));
  while (TRY(store::officer(tx, officer.code)));
  TRY(store::put_officer(tx, officer));
  std::string word(role_word(role));
  TRY(evidence::append(tx, {record_type("identity.officer_appointed"),
                            stream_of(officer.code),
                            std::string(actor),
                            "",
                            {{"role", word}},
                            json::object{{"officer", officer.code}, {"name", *officer.name}, {"role", word}}}));
  return officer;
}

Result<Officer> change_officer(db::Transaction& tx, std::string_view code, Role role, bool active, std::string_view actor) {
  auto found = TRY(store::officer(tx, code));
  if (!found) return unknown_officer(code);
  if (!keeps_administrator(TRY(store::officers(tx)), code, role, active))
    return Error{Code::kConflict,
                 "identity.last_administrator",
                 {"最後の管理者は変更できません。先に別の管理者を任命してください。",
                  "The last administrator cannot be removed. Appoint another administrator first."},
                 {}};
  if (found->role == role && found->active == active) return *found;
  found->role = role;
  found->active = active;
  TRY(store::put_officer(tx, *found));
  if (!active) TRY(store::drop_access(tx, code));
  TRY(append_change(tx, *found, actor));
  return *found;
}

Result<std::vector<Officer>> officers(db::Reader& reader) { return store::officers(reader); }

Result<std::optional<Officer>> find_officer(db::Reader& reader, std::string_view code) { return store::officer(reader, code); }

Result<std::vector<std::string>> erase_rows(db::Transaction& tx, std::span<const std::uint64_t> records) {
  std::vector<std::string> touched;
  for (auto index : records) {
    auto record = TRY(evidence::find_record(tx, index));
    if (!record) continue;
    if (TRY(erase_resident_rows(tx, *record))) touched.insert(touched.end(), {"identity_resident", "identity_address"});
    if (record->type != record_type("identity.officer_appointed").name) continue;
    auto officer = TRY(store::officer(tx, std::string_view(record->stream).substr(stream_of("").size())));
    if (!officer || !officer->name) continue;
    officer->name.reset();
    TRY(store::put_officer(tx, *officer));
    touched.push_back("identity_officer");
  }
  return touched;
}

namespace {

Result<void> erase_officer_again(db::Transaction& tx, const evidence::Record& record, std::string_view actor) {
  auto officer = TRY(store::officer(tx, std::string_view(record.stream).substr(stream_of("").size())));
  if (record.body || !officer || !officer->name) return {};
  officer->name.reset();
  TRY(store::put_officer(tx, *officer));
  TRY(append_change(tx, *officer, actor));
  return {};
}

Result<void> erase_resident_again(db::Transaction& tx, const evidence::Record& record, std::string_view actor) {
  if (record.body || !TRY(erase_resident_rows(tx, record))) return {};
  TRY(evidence::append(tx, {record_type("identity.resident_erased"), record.stream, std::string(actor)}));
  return {};
}

}  // namespace

Result<void> erase_names_again(db::Transaction& tx, std::string_view actor) {
  using Again = Result<void> (*)(db::Transaction&, const evidence::Record&, std::string_view);
  constexpr std::pair<const char*, Again> kErased[] = {{"identity.officer_appointed", erase_officer_again},
                                                       {"identity.resident_entered", erase_resident_again},
                                                       {"identity.resident_changed", erase_resident_again},
                                                       {"identity.resident_died", erase_resident_again}};
  for (auto [type, again] : kErased) {
    std::uint64_t from = 0;
    while (true) {
      auto records = TRY(evidence::read_records(tx, from, 1000, type));
      for (const auto& record : records) {
        from = record.index + 1;
        TRY(again(tx, record, actor));
      }
      if (records.size() < 1000) break;
    }
  }
  return {};
}

Result<std::size_t> end_access(db::Transaction& tx, std::string_view actor) {
  TRY(store::drop_all_access(tx));
  std::size_t count = TRY(remove_any_opened(tx));
  if (count > 0)
    TRY(evidence::append(
        tx, {record_type("identity.access_ended"), "identity/access", std::string(actor), "", {{"count", std::int64_t(count)}}}));
  return count;
}

Result<std::string> make_link(db::Transaction& tx, std::string_view code, Time now, std::string_view actor) {
  auto officer = TRY(store::officer(tx, code));
  if (!officer) return unknown_officer(code);
  if (!officer->active) return inactive_officer(code);
  TRY(sweep_opened(tx, now));
  TRY(store::drop_links(tx, code));  // the newest link is the only one that works
  std::string token = to_base64url(crypto::random_bytes(32));
  Time expires_at{now.us + kLinkValid_us};
  TRY(put_opened(tx, {Opened::kLink, digest_of(token), std::string(code), expires_at}));
  auto made = TRY(evidence::append(tx, {record_type("identity.link_made"),
                                        stream_of(code) + "/links",
                                        std::string(actor),
                                        "",
                                        {},
                                        json::object{{"officer", std::string(code)}, {"made_by", std::string(actor)}}}));
  OpenLink link{std::int64_t(made.counter), std::string(actor), now, expires_at};
  TRY(store::add_link(tx, digest_of(token), code, link));
  return token;
}

Result<std::vector<OpenLink>> open_links(db::Reader& reader, std::string_view officer, Time now) {
  return store::open_links(reader, officer, now);
}

Result<LinkState> link_state(db::Reader& reader, std::string_view token, Time now) {
  auto link = TRY(store::link(reader, digest_of(token)));
  if (!link) return LinkState::kUnknown;
  if (link->used) return LinkState::kUsed;
  if (!TRY(is_opened(reader, {Opened::kLink, digest_of(token), link->officer, link->expires_at}))) return LinkState::kUnknown;
  return now < link->expires_at ? LinkState::kGood : LinkState::kExpired;
}

Result<SignedIn> sign_in(db::Transaction& tx, std::string_view token, Time now) {
  std::string digest = digest_of(token);
  switch (TRY(link_state(tx, token, now))) {
    case LinkState::kGood: break;
    case LinkState::kUsed:
      return Error{
          Code::kForbidden,
          "identity.link_used",
          {"このリンクはすでに使われています。新しいリンクを発行してください。", "This link was used already. Get a new one."},
          {}};
    case LinkState::kExpired:
      return Error{Code::kForbidden,
                   "identity.link_expired",
                   {"このリンクは期限が切れています。新しいリンクを発行してください。", "This link has expired. Get a new one."},
                   {}};
    case LinkState::kUnknown:
      return Error{Code::kForbidden,
                   "identity.link_unknown",
                   {"このリンクは発行されていません。リンク全体を写したか確認し、なければ新しいリンクを発行してください。",
                    "This link was never issued. Check that it was copied whole, or get a new one."},
                   {}};
  }
  auto link = TRY(store::link(tx, digest));
  auto officer = TRY(store::officer(tx, link->officer));
  if (!officer) return unknown_officer(link->officer);
  if (!officer->active) return inactive_officer(link->officer);
  TRY(store::use_link(tx, digest, now));
  std::string session_token = to_base64url(crypto::random_bytes(32));
  TRY(store::add_session(tx, {digest_of(session_token), *officer, now, now, crypto::random_bytes(32)}));
  TRY(evidence::append(tx,
                       {record_type("identity.signed_in"), stream_of(officer->code), officer->code, "", {{"link", link->number}}}));
  return SignedIn{std::move(session_token), std::move(*officer)};
}

Result<std::optional<Session>> session(db::Reader& reader, std::string_view token, Time now) {
  auto found = TRY(store::session(reader, digest_of(token)));
  if (found && (!found->officer.active || !session_lives(found->created_at, found->last_seen_at, now))) found.reset();
  if (found && !TRY(is_opened(reader, {Opened::kSession, found->digest, found->officer.code, found->created_at}))) found.reset();
  return found;
}

Result<void> touch(db::Transaction& tx, const Session& session, Time now) { return store::touch_session(tx, session.digest, now); }

Result<std::vector<Session>> sessions_of(db::Reader& reader, std::string_view officer, Time now) {
  auto all = TRY(store::sessions(reader, officer));
  std::erase_if(all, [&](const Session& s) { return !session_lives(s.created_at, s.last_seen_at, now); });
  return all;
}

Result<std::size_t> sign_out(db::Transaction& tx, std::string_view officer, std::string_view handle, std::string_view actor) {
  std::size_t ended = 0;
  for (const auto& session : TRY(store::sessions(tx, officer))) {
    if (!handle.empty() && session.handle() != handle) continue;
    TRY(store::remove_session(tx, session.digest));
    TRY(evidence::append(tx, {record_type("identity.signed_out"), stream_of(officer), std::string(actor)}));
    ++ended;
  }
  return ended;
}

}  // namespace musubi::identity
