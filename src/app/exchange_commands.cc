// exchange member export|import|list|remove, exchange permit import|list|withdraw: how two organisations come to know each other, and what the
// law lets them ask.

#include <cstdio>

#include "app/commands.h"
#include "app/opened.h"
#include "app/services.h"
#include "app/serving.h"
#include "base/encoding.h"
#include "base/file.h"
#include "evidence/log.h"
#include "exchange/descriptor.h"
#include "exchange/verify.h"

namespace musubi::app {
namespace {

constexpr std::size_t kFileLimit = 4 << 20;

// One place where errors are shown, with every fault.
int finish(const Invocation& invocation, const Result<int>& done) {
  if (done.ok()) return *done;
  for (const auto& fault : done.error().faults)
    std::fprintf(stderr, "%s: %s\n", fault.where.c_str(), invocation.say(fault.message).c_str());
  return fail(done.error(), invocation.config.language);
}

Result<int> member_export(const Invocation& invocation) {
  const std::string& id = invocation.words[0];
  std::string address = invocation.get("address");
  if (address.empty() && invocation.config.exchange_listen)
    address = "https://" +
              http::Address{invocation.config.exchange_listen->address, invocation.config.exchange_listen->port}.url().substr(7);
  if (address.empty())
    return Error{Code::kInvalid,
                 "exchange.no_address",
                 {"相手から届く宛先を --address https://host:8443 で指定してください。",
                  "Give the address at which others reach this organisation: --address https://host:8443."},
                 {}};
  auto installation = TRY(Installation::open(invocation.config, Opening::kRead));
  auto database = TRY(installation->store().organisation(id));
  auto own = TRY(database->read([](db::Reader& reader) { return identity::organisation(reader); }));
  std::string folder = trust::keys_folder(invocation.config.data, id);
  auto keys = TRY(trust::load_keys(folder));
  exchange::Member member{id,
                          own ? own->title : Text{id, id},
                          own ? own->kind : "agency",
                          address,
                          TRY(described_roots(*database, keys, own ? own->kind : "")),
                          to_base64(keys.seal_key->public_key()),
                          {},
                          invocation.get("page-url", expected_url(invocation.config))};
  for (const auto& signer : keys.log) member.log_keys.push_back(signer->verifier_key());
  auto root_key = TRY(crypto::load_signer(folder + "/root.pem"));
  std::string descriptor = TRY(exchange::write_descriptor(member, *root_key));
  TRY(exchange::read_descriptor(descriptor));  // what others would refuse is not handed out
  std::string file = invocation.get("out");
  if (file.empty()) {
    std::fputs(descriptor.c_str(), stdout);
    return kGood;
  }
  TRY(replace_file(file, descriptor, 0644));
  print(file +
        (invocation.ja() ? "  認証局の指紋（相手に電話などで伝えてください）："
                         : "  fingerprint of the root (tell the other side, by telephone for example): ") +
        exchange::root_fingerprint(member));
  return kGood;
}

Result<exchange::Member> member_in(const std::string& path) { return exchange::read_descriptor(TRY(read_file(path, kFileLimit))); }

Result<int> member_import(const Invocation& invocation) {
  std::vector<exchange::Member> members;
  std::vector<Wrong> wrong;
  for (std::size_t i = 1; i < invocation.words.size(); ++i)
    members.push_back(read_or({}, invocation.words[i], member_in(invocation.words[i]), wrong));
  auto [installation, database] =
      read_or({}, invocation.words[0], open_organisation(invocation.config, invocation.words[0], Opening::kServe), wrong);
  if (!wrong.empty()) return all_of(wrong);
  TRY(database->write([&](db::Transaction& tx) -> Result<void> {
    for (const auto& member : members) TRY(exchange::enter_member(tx, member, invocation.get("actor", "operator")));
    return {};
  }));
  TRY(evidence::Log::of(*database).keep_checkpoint());
  for (const auto& member : members)
    print(member.id + "  " + invocation.say(member.title) + "  " + member.address +
          (invocation.ja() ? "\n  認証局の指紋（相手に確かめてください）：" : "\n  fingerprint of its root (check it with them): ") +
          exchange::root_fingerprint(member));
  return kGood;
}

Result<int> member_list(const Invocation& invocation) {
  auto installation = TRY(Installation::open(invocation.config, Opening::kRead));
  auto database = TRY(installation->store().organisation(invocation.words[0]));
  auto members = TRY(database->read([](db::Reader& reader) { return exchange::members(reader); }));
  json::array all;
  for (const auto& member : members) {
    if (invocation.has("json"))
      all.push_back({{"id", member.id},
                     {"title", {{"ja", member.title.ja}, {"en", member.title.en}}},
                     {"kind", member.kind},
                     {"address", member.address},
                     {"page_url", member.page_url},
                     {"root", exchange::root_fingerprint(member)}});
    else
      print(member.id + "  " + member.kind + "  " + member.address + "  " + invocation.say(member.title));
  }
  if (invocation.has("json"))
    print(json::serialize(all));
  else if (members.empty())
    print(invocation.ja() ? "連携先はまだありません。" : "There is no member yet.");
  return kGood;
}

Result<std::vector<exchange::Permit>> permits_in(const std::string& path) {
  return exchange::read_permits(TRY(read_file(path, kFileLimit)));
}

Result<int> permit_import(const Invocation& invocation) {
  std::vector<Wrong> wrong;
  auto permits = read_or({}, invocation.words[1], permits_in(invocation.words[1]), wrong);
  auto [installation, database] =
      read_or({}, invocation.words[0], open_organisation(invocation.config, invocation.words[0], Opening::kServe), wrong);
  if (!wrong.empty()) return all_of(wrong);
  TRY(database->write([&](db::Transaction& tx) { return exchange::enter_permits(tx, permits, invocation.get("actor", "operator")); }));
  TRY(evidence::Log::of(*database).keep_checkpoint());
  print((invocation.ja() ? "提供許可を登録しました：" : "permits entered: ") + std::to_string(permits.size()));
  return kGood;
}

// One act on the members or permits of an organisation, with its checkpoint.
Result<void> change(const Invocation& invocation, const std::function<Result<void>(db::Transaction&)>& act) {
  auto installation = TRY(Installation::open(invocation.config, Opening::kServe));
  auto database = TRY(installation->store().organisation(invocation.words[0]));
  TRY(database->write(act));
  TRY(evidence::Log::of(*database).keep_checkpoint());
  return {};
}

Result<int> member_remove(const Invocation& invocation) {
  const std::string& id = invocation.words[1];
  TRY(change(invocation, [&](db::Transaction& tx) { return exchange::remove_member(tx, id, invocation.get("actor", "operator")); }));
  print(invocation.ja() ? id + " を連携先から外しました。今からの照会も回答もすべて断られます。"
                        : id + " is no member any more: from now on every message to it and from it is refused.");
  return kGood;
}

Result<int> permit_withdraw(const Invocation& invocation) {
  const std::string& id = invocation.words[1];
  TRY(change(invocation, [&](db::Transaction& tx) { return exchange::withdraw_permit(tx, id, invocation.get("actor", "operator")); }));
  print(invocation.ja() ? "提供許可を取り消しました：" + id : "permit withdrawn: " + id);
  return kGood;
}

Result<int> outbox_seal(const Invocation& invocation) {
  std::size_t count = 0;
  TRY(change(invocation, [&](db::Transaction& tx) -> Result<void> {
    count = TRY(exchange::seal_outbox(tx, invocation.get("actor", "operator")));
    return {};
  }));
  print((invocation.ja() ? "送信を許したもの：" : "released: ") + std::to_string(count));
  return kGood;
}

Result<int> permit_list(const Invocation& invocation) {
  auto installation = TRY(Installation::open(invocation.config, Opening::kRead));
  auto database = TRY(installation->store().organisation(invocation.words[0]));
  auto permits = TRY(database->read([](db::Reader& reader) { return exchange::permits(reader); }));
  json::array all;
  for (const auto& permit : permits) {
    std::string items;
    for (const auto& item : permit.items) items += (items.empty() ? "" : ",") + item;
    if (invocation.has("json"))
      all.push_back({{"id", permit.id},
                     {"asking", permit.asking},
                     {"procedure", permit.procedure},
                     {"answering", permit.answering},
                     {"items", json::value_from(permit.items)},
                     {"legal_basis", {{"ja", permit.legal_basis.ja}, {"en", permit.legal_basis.en}}},
                     {"from", text::iso_date(permit.from)},
                     {"until", permit.until ? json::value(text::iso_date(*permit.until)) : json::value(nullptr)}});
    else
      print(permit.id + "  " + permit.asking + " -> " + permit.answering + "  " + permit.procedure + "  " + items + "  " +
            text::iso_date(permit.from) + ".." + (permit.until ? text::iso_date(*permit.until) : "") + "  " +
            invocation.say(permit.legal_basis));
  }
  if (invocation.has("json"))
    print(json::serialize(all));
  else if (permits.empty())
    print(invocation.ja() ? "提供許可はまだありません。すべての照会が断られます。"
                          : "There is no permit yet: every question is refused.");
  return kGood;
}

}  // namespace

int run_member_export(const Invocation& invocation) { return finish(invocation, member_export(invocation)); }
int run_member_import(const Invocation& invocation) { return finish(invocation, member_import(invocation)); }
int run_member_list(const Invocation& invocation) { return finish(invocation, member_list(invocation)); }
int run_member_remove(const Invocation& invocation) { return finish(invocation, member_remove(invocation)); }
int run_permit_withdraw(const Invocation& invocation) { return finish(invocation, permit_withdraw(invocation)); }
int run_permit_import(const Invocation& invocation) { return finish(invocation, permit_import(invocation)); }
int run_outbox_seal(const Invocation& invocation) { return finish(invocation, outbox_seal(invocation)); }
int run_permit_list(const Invocation& invocation) { return finish(invocation, permit_list(invocation)); }

}  // namespace musubi::app
