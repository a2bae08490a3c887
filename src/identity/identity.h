// Identity of one organisation: what it is called, who its officers are and what they may do, one-time links and
// sessions. There is no password. Functions that change state take the transaction and leave a record.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "db/transaction.h"
#include "evidence/record.h"

namespace musubi::identity {

enum class Role { kOfficer, kAdministrator };  // planning officer; administrator, who may do all that an officer may
std::string_view role_word(Role role);         // "officer", "administrator"
std::optional<Role> role_from(std::string_view word);
Text role_title(Role role);

struct Organisation {
  std::string kind;  // "nation", "prefecture", "municipality", "agency", "portal", "linker", "company"
  Text title;
};
std::optional<Text> kind_title(std::string_view kind);

struct Officer {
  std::string code;                 // "officer-7k3m9q": opaque, in records for ever
  std::optional<std::string> name;  // personal; none once erased
  Role role = Role::kOfficer;
  bool active = true;
  Time appointed_at;
};

struct Session {
  std::string digest;  // SHA-256 of the token, 32 bytes
  Officer officer;
  Time created_at;
  Time last_seen_at;
  std::string csrf;  // secret, 32 bytes

  std::string handle() const;  // what pages call it by: 16 hex digits of the digest
};

inline constexpr std::int64_t kLinkValid_us = 24LL * 3600 * 1'000'000;
inline constexpr std::int64_t kSessionIdle_us = 12LL * 3600 * 1'000'000;
inline constexpr std::int64_t kSessionMost_us = 7LL * 24 * 3600 * 1'000'000;
inline constexpr std::size_t kOfficersAtMost = 1000;

// The record types, for the pages that show records and for the figures that count them.
std::span<const evidence::RecordType> record_types();

// Errors: identity.bad_organisation with a fault per field.
Result<evidence::Appended> create_organisation(db::Transaction& tx, const Organisation& organisation, std::string_view actor);
Result<std::optional<Organisation>> organisation(db::Reader& reader);

// Errors: identity.bad_officer (a fault per field), identity.too_many_officers. The code is new.
Result<Officer> appoint(db::Transaction& tx, std::string_view name, Role role, std::string_view actor, Time now);

// Sets role and activity; a deactivated officer loses links and sessions. Errors: identity.unknown_officer,
// identity.last_administrator (Code::kConflict).
Result<Officer> change_officer(db::Transaction& tx, std::string_view code, Role role, bool active, std::string_view actor);

Result<std::vector<Officer>> officers(db::Reader& reader);  // by time of appointment
Result<std::optional<Officer>> find_officer(db::Reader& reader, std::string_view code);

// Takes the name out of the row of each officer whose appointment is among the records to be erased: an evidence::EraseRows.
Result<std::vector<std::string>> erase_rows(db::Transaction& tx, std::span<const std::uint64_t> records);

// After a restore: the same for every appointment whose body is gone, with a record for each officer concerned.
Result<void> erase_names_again(db::Transaction& tx, std::string_view actor);

// After a restore: no link and no session of the past is good any more. Ends some hundred of them under one record and says how many:
// to be called again until there was none. The first call already lets nobody in.
Result<std::size_t> end_access(db::Transaction& tx, std::string_view actor);

// Makes a one-time link for an active officer and returns its token (43 letters, base64url of 256 random bits); earlier
// links of the officer stop working. Leaves identity.link_made, whose counter is the link's number and whose actor made it.
// Errors: identity.unknown_officer, identity.inactive_officer.
Result<std::string> make_link(db::Transaction& tx, std::string_view code, Time now, std::string_view actor);

struct OpenLink {
  std::int64_t number = 0;  // of this officer's links, from 1
  std::string made_by;      // code of an officer, or "operator"
  Time made_at, expires_at;
};
// Links that would still let somebody in as this officer.
Result<std::vector<OpenLink>> open_links(db::Reader& reader, std::string_view officer, Time now);

enum class LinkState { kGood, kUsed, kExpired, kUnknown };
Result<LinkState> link_state(db::Reader& reader, std::string_view token, Time now);

struct SignedIn {
  std::string token;  // for the cookie; kept nowhere else
  Officer officer;
};
// Uses the link up and opens a session; the record names the link's number. Errors: identity.link_used, identity.link_expired, identity.link_unknown,
// identity.inactive_officer.
Result<SignedIn> sign_in(db::Transaction& tx, std::string_view token, Time now);

// The live session of a cookie's token, if any.
Result<std::optional<Session>> session(db::Reader& reader, std::string_view token, Time now);
Result<void> touch(db::Transaction& tx, const Session& session, Time now);
Result<std::vector<Session>> sessions_of(db::Reader& reader, std::string_view officer, Time now);
// Ends the officer's session of that handle; an empty handle: all of them. Returns how many ended; with a record for
// each. None found: nothing happens.
Result<std::size_t> sign_out(db::Transaction& tx, std::string_view officer, std::string_view handle, std::string_view actor);

}  // namespace musubi::identity
