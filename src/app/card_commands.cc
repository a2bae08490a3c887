// card issue, serve, show, unlock, trust: the soft card and the agent that stands where an IC card's client software stands.

#include <filesystem>
#include <iostream>

#include "app/commands.h"
#include "app/installation.h"
#include "app/serving.h"
#include "base/file.h"
#include "crypto/hash.h"
#include "http/server.h"
#include "identity/card_agent.h"
#include "identity/card_issue.h"
#include "text/dates.h"
#include "text/normalise.h"

namespace musubi::app {
namespace {

std::string from_environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

// Characters that nobody mistakes for one another, each drawn without bias from 32.
std::string random_pin(std::size_t count, std::string_view letters) {
  std::string out;
  while (out.size() < count) {
    unsigned char byte = static_cast<unsigned char>(crypto::random_bytes(1)[0]);
    if (byte < 256 / letters.size() * letters.size()) out += letters[byte % letters.size()];
  }
  return out;
}

std::string folder_of(const std::string& path) {
  std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

// Whoever shares the linker's data directory is trusted by its cards at once.
Result<void> trust_neighbours(Installation& installation, const std::string& folder) {
  for (const auto& id : TRY(installation.store().organisations())) {
    auto root = read_file(trust::keys_folder(installation.config().data, id) + "/root.crt", 8192);
    if (root.ok()) TRY(identity::trust_root(folder, TRY(crypto::Certificate::from_pem(*root))));
  }
  return {};
}

Result<int> issue(const Invocation& invocation) {
  const std::string& organisation = invocation.words[0];
  const std::string& path = invocation.words[1];
  auto installation = TRY(Installation::open(invocation.config, Opening::kServe));
  auto database = TRY(installation->store().organisation(organisation));
  std::string keys = trust::keys_folder(invocation.config.data, organisation);
  identity::Pins pins{from_environment("MUSUBI_CARD_LOGIN_PIN"), from_environment("MUSUBI_CARD_SIGNING_PIN")};
  bool made_login = pins.login.empty(), made_signing = pins.signing.empty();
  if (made_login) pins.login = random_pin(4, "0123456789");
  if (made_signing) pins.signing = random_pin(8, "abcdefghjkmnpqrstuvwxyz023456789");
  std::string label = invocation.get("label", std::filesystem::path(path).stem().string());
  TRY(make_folder(folder_of(path)));
  auto linker = TRY(database->read([&](db::Reader& reader) { return identity::Linker::begin(reader, keys); }));
  auto issued = TRY(identity::issue_soft_card(*database, linker, keys, {invocation.get("person"), label, pins, path},
                                              invocation.get("actor", "operator"), installation->clock().now()));
  TRY(trust_neighbours(*installation, folder_of(path)));
  print(invocation.ja() ? "カード " + issued.card.id + " を交付しました：" + path : "Issued card " + issued.card.id + ": " + path);
  print((invocation.ja() ? "  人：" : "  person: ") + issued.card.person);
  if (made_login)
    print((invocation.ja() ? "  サインイン用の暗証番号（今だけ表示）：" : "  PIN for signing in (shown once): ") + pins.login);
  if (made_signing)
    print((invocation.ja() ? "  署名用の暗証番号（今だけ表示）：" : "  PIN for signing (shown once): ") + pins.signing);
  print((invocation.ja() ? "  ロックしたときの解除番号：" : "  unlock code, should it lock: ") + issued.unlock_code);
  print((invocation.ja() ? "  使うには：musubi card serve " : "  To use it: musubi card serve ") + folder_of(path));
  return kGood;
}

Result<int> serve(const Invocation& invocation) {
  std::string folder = invocation.words.empty() ? "./cards" : invocation.words[0];
  Listen listen = invocation.has("listen") ? invocation.config.listen : Listen{"127.0.0.1", 8090};
  if (listen.address != "127.0.0.1" && listen.address != "::1")
    return Error{Code::kInvalid,
                 "card.listen",
                 {"カードの画面は、このパソコンの中（127.0.0.1）だけで待ち受けます。",
                  "The card agent listens on this computer only: 127.0.0.1."},
                 {}};
  auto cards = TRY(identity::cards_in(folder));
  SystemClock clock;
  identity::CardAgent agent(folder, clock);
  http::Options options;
  options.address = listen.address;
  options.port = listen.port;
  options.workers = 4;
  options.access_log = false;
  http::Server server(options, agent.router());
  auto bound = TRY(server.start());
  print((invocation.ja() ? "カードの画面：" : "Card agent: ") + bound.url() + "  " + folder +
        (invocation.ja() ? "（カード " : " (cards: ") + std::to_string(cards.size()) +
        (invocation.ja() ? " 枚）  止めるには Ctrl-C" : ")  Ctrl-C stops it"));
  wait_for_stop();
  server.stop();
  return kGood;
}

json::object shown(const identity::SoftCard& card) {
  return {{"id", card.id},
          {"label", card.label},
          {"issuer", card.issuer.subject()},
          {"valid_until", card.login.not_after().rfc3339()},
          {"login_tries", card.login_tries},
          {"signing_tries", card.signing_tries},
          {"login_certificate", card.login.pem()},
          {"signing_certificate", card.signing.pem()}};
}

int finish(const Invocation& invocation, const Result<int>& code) {
  return code.ok() ? *code : fail(code.error(), invocation.config.language);
}

}  // namespace

int run_card_issue(const Invocation& invocation) { return finish(invocation, issue(invocation)); }

int run_card_serve(const Invocation& invocation) {
  hold_stop_signals();
  return finish(invocation, serve(invocation));
}

int run_card_show(const Invocation& invocation) {
  auto run = [&]() -> Result<int> {
    auto card = TRY(identity::load_card(invocation.words[0]));
    if (invocation.has("json")) {
      print(pretty_json(shown(card)));
      return kGood;
    }
    print(card.id + "  " + card.label);
    print((invocation.ja() ? "  交付：" : "  issued by: ") + card.issuer.subject());
    print((invocation.ja() ? "  有効期限：" : "  valid until: ") + text::iso_date(text::jst_date(card.login.not_after())));
    print((invocation.ja() ? "  残り回数：サインイン " : "  tries left: sign-in ") + std::to_string(card.login_tries) +
          (invocation.ja() ? "、署名 " : ", signing ") + std::to_string(card.signing_tries));
    if (card.login_tries <= 0 || card.signing_tries <= 0)
      print((invocation.ja() ? "  ロックされています。窓口で 12 桁の解除番号を受け取り、次を実行してください：musubi card unlock "
                             : "  It is locked. Get the unlock code of 12 digits at the office, then run: musubi card unlock ") +
            invocation.words[0]);
    return kGood;
  };
  return finish(invocation, run());
}

int run_card_unlock(const Invocation& invocation) {
  auto run = [&]() -> Result<int> {
    std::string code;
    std::cerr << (invocation.ja() ? "解除番号（12 桁）：" : "Unlock code (12 digits): ") << std::flush;
    std::getline(std::cin, code);
    TRY(identity::unlock_card(invocation.words[0], text::trim(code)));
    print(invocation.ja() ? "ロックを解除しました。" : "The card is unlocked.");
    return kGood;
  };
  return finish(invocation, run());
}

int run_card_trust(const Invocation& invocation) {
  auto run = [&]() -> Result<int> {
    auto root = TRY(crypto::Certificate::from_pem(TRY(read_file(invocation.words[1], 64 << 10))));
    TRY(identity::trust_root(invocation.words[0], root));
    print((invocation.ja() ? "利用先に加えました：" : "Trusted: ") + root.subject());
    return kGood;
  };
  return finish(invocation, run());
}

}  // namespace musubi::app
