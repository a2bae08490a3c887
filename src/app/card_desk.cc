#include "app/card_desk.h"

#include "identity/card_issue.h"
#include "identity/linker.h"

namespace musubi::app {
namespace {

std::string keys_folder(Installation& installation, const std::string& organisation) {
  return trust::keys_folder(installation.config().data, organisation);
}

// Who issues cards for this organisation: itself, when it does, else the linker of this installation.
Result<std::string> linker_of(Installation& installation, const std::string& organisation) {
  if (identity::is_linker(keys_folder(installation, organisation))) return organisation;
  for (const auto& id : TRY(installation.store().organisations()))
    if (identity::is_linker(keys_folder(installation, id))) return id;
  return Error{Code::kUnavailable, "identity.no_linker",
               {"カードを確認する符号連携機関が見つかりません。管理者に知らせてください。", "There is no linker to check cards with. Tell an administrator."}, {}};
}

Result<identity::CardStatus> resolve(Installation& installation, const std::string& organisation, const crypto::Certificate& certificate) {
  std::string id = TRY(linker_of(installation, organisation));
  auto linker = TRY(identity::Linker::open(keys_folder(installation, id)));
  auto database = TRY(installation.store().organisation(id));
  Time now = installation.clock().now();
  return database->write([&](db::Transaction& tx) -> Result<identity::CardStatus> {
    auto card = TRY(linker.resolve(tx, certificate, now));
    return identity::CardStatus{TRY(linker.code_for(tx, card.person, organisation, "sign-in", "linker")), card.state};
  });
}

}  // namespace

identity::CardDesk card_desk(Installation& installation) {
  identity::CardDesk desk;
  desk.agent = installation.config().card_agent;
  desk.challenge_key = [&installation](const std::string& organisation) -> Result<identity::ChallengeKey> {
    auto keys = TRY(installation.keys(organisation));
    return identity::ChallengeKey{keys->message, keys->root, keys->message_key};
  };
  desk.resolve = [&installation](const std::string& organisation, const crypto::Certificate& certificate) {
    return resolve(installation, organisation, certificate);
  };
  desk.issuers = [&installation](const std::string& organisation) -> Result<std::vector<crypto::Certificate>> {
    return std::vector{TRY(installation.keys(TRY(linker_of(installation, organisation))))->root};
  };
  return desk;
}

}  // namespace musubi::app
