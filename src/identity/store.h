// All SQL of identity, a function a statement.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "db/transaction.h"
#include "identity/identity.h"

namespace musubi::identity::store {

struct Link {
  std::string officer;
  Time expires_at;
  bool used = false;
  std::int64_t number = 0;
};

Result<void> put_organisation(db::Transaction& tx, const Organisation& organisation);
Result<std::optional<Organisation>> organisation(db::Reader& reader);

Result<void> put_officer(db::Transaction& tx, const Officer& officer);
Result<std::optional<Officer>> officer(db::Reader& reader, std::string_view code);
Result<std::vector<Officer>> officers(db::Reader& reader);

Result<void> add_link(db::Transaction& tx, std::string_view digest, std::string_view officer, const OpenLink& made);
Result<std::vector<OpenLink>> open_links(db::Reader& reader, std::string_view officer, Time now);
Result<std::optional<Link>> link(db::Reader& reader, std::string_view digest);
Result<void> drop_links(db::Transaction& tx, std::string_view officer);  // those not used yet
Result<void> drop_all_access(db::Transaction& tx);
Result<void> use_link(db::Transaction& tx, std::string_view digest, Time now);
Result<void> drop_access(db::Transaction& tx, std::string_view officer);  // open links and all sessions

Result<void> add_session(db::Transaction& tx, const Session& session);
Result<std::optional<Session>> session(db::Reader& reader, std::string_view digest);
Result<std::vector<Session>> sessions(db::Reader& reader, std::string_view officer);
Result<void> touch_session(db::Transaction& tx, std::string_view digest, Time now);
Result<void> remove_session(db::Transaction& tx, std::string_view digest);

}  // namespace musubi::identity::store
