// Four organisations that exchange within one process: a portal, a linker, the towns aoba and minato. For tests and the benchmark.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "base/encoding.h"
#include "base/file.h"
#include "embedded/evidence_schema.h"
#include "embedded/exchange_schema.h"
#include "embedded/identity_schema.h"
#include "embedded/trust_schema.h"
#include "evidence/log.h"
#include "exchange/exchanges.h"
#include "exchange/linking.h"
#include "exchange/state.h"
#include "exchange/test_transport.h"
#include "identity/identity.h"

namespace musubi::exchange {

inline Result<void> act_and_post(db::Transaction& tx, Exchange& exchange, const Outgoing& outgoing) {
  static constexpr evidence::RecordType kAct{"test.acted", 1, evidence::Visibility::kOfficers, "試験", "Test"};
  TRY(exchange.post(tx, outgoing));
  TRY(evidence::append(tx, {kAct, "test/act", "operator"}));
  return {};
}

class TestWorld {
 public:
  static constexpr const char* kAll[] = {"portal", "linker", "aoba", "minato"};
  static std::string kind_of(const std::string& id) { return id == "portal" || id == "linker" ? id : "municipality"; }

  // `options` with folder and back end; schema and listener are set here.
  static db::Schema schema() {
    const db::ModuleSchema modules[] = {{"evidence", embedded::evidence_schema()},
                                        {"trust", embedded::trust_schema()},
                                        {"identity", embedded::identity_schema()},
                                        {"exchange", embedded::exchange_schema()}};
    return db::read_schema(modules).value();
  }
  explicit TestWorld(std::string folder, Clock& clock) : folder_(std::move(folder)), clock_(clock) {
    for (const char* id : kAll) {
      std::string path = trust::keys_folder(folder_, id);
      auto made = file_exists(path + "/origin") ? trust::load_keys(path)
                                                : trust::create_keys(path, std::string("example.jp/") + id, id, clock_.now());
      keys[id] = std::make_shared<const trust::OrganisationKeys>(std::move(made).value());
    }
  }
  void listen(db::StoreOptions& options) {
    options.make_listener = [this](db::Database& made, db::Reader& reader) -> Result<std::unique_ptr<db::CommitListener>> {
      return std::unique_ptr<db::CommitListener>(
          TRY(evidence::Log::load(made, reader, keys.at(made.organisation())->log_keys(), clock_)));
    };
  }
  Member member(const std::string& id) const {
    const auto& own = *keys.at(id);
    return {id,
            {id + "（架空）", id + " (fictional)"},
            kind_of(id),
            "https://127.0.0.1:1",
            own.root.pem(),
            to_base64(own.seal_key->public_key()),
            {own.log[0]->verifier_key()},
            "http://127.0.0.1:8080"};
  }
  // Makes the four with members and permits.
  void found(db::Store& store) {
    for (const char* id : kAll) {
      auto database = store.create(id).value();
      database
          ->write([&](db::Transaction& tx) -> Result<void> {
            TRY(evidence::Log::of(tx).open_log(tx, {keys.at(id)->origin, {}, {}}, "operator"));
            TRY(identity::create_organisation(tx, {kind_of(id) == "municipality" ? "municipality" : kind_of(id), {id, id}},
                                              "operator"));
            for (const char* other : kAll)
              if (std::string(other) != id) TRY(enter_member(tx, member(other), "operator"));
            return enter_permits(tx, permits, "operator");
          })
          .value();
    }
  }
  // Exchanges over the store, with a linker that prefixes persons: "aoba-7" is person 7 at aoba.
  std::unique_ptr<Exchanges> exchanges(db::Store& store) {
    auto made = std::make_unique<Exchanges>(Exchanges::Context{
        store, clock_, transport,
        [this](const std::string& id) -> Result<std::shared_ptr<const trust::OrganisationKeys>> {
          if (!keys.contains(id)) return Error{Code::kNotFound, "org.unknown", {"なし", "none"}, {}};
          return keys.at(id);
        },
        [this](Exchange& exchange) {
          exchange.state().options.deadline_ms = 60'000;  // a machine that is busy with other things is no peer that is slow
          prepare(exchange);
        }});
    transport.local.set_find([this, raw = made.get()](const std::string& id) -> Result<Exchange*> {
      if (down.contains(id)) return Error{Code::kUnavailable, "test.down", {"停止中", "stopped"}, {}};
      return raw->of(id);
    });
    return made;
  }
  static LinkerCore core() {
    return {
        [](db::Transaction&, const std::string& from, const std::string& to,
           const std::vector<std::string>& codes) -> Result<std::vector<std::string>> {
          std::vector<std::string> out;
          for (const auto& code : codes) {
            if (!code.starts_with(from + "-"))
              return Error{Code::kNotFound, "identity.unknown_person", {"その人は知られていません。", "The person is not known."}, {}};
            out.push_back(to + code.substr(from.size()));
          }
          return out;
        },
        [](db::Transaction&, const std::string& organisation, const crypto::Certificate&) -> Result<LinkedCard> {
          return LinkedCard{organisation + "-1", "active"};
        },
        [](db::Transaction&, const std::string& organisation) -> Result<std::string> { return organisation + "-9"; }};
  }

  std::map<std::string, std::shared_ptr<const trust::OrganisationKeys>> keys;
  std::set<std::string> down;
  TestTransport transport;
  std::function<void(Exchange&)> prepare = [](Exchange& exchange) {
    if (exchange.organisation() == "linker") be_linker(exchange, core());
    exchange.offer("person.name",
                   [](db::Reader&, const std::string&, const std::string& person, std::vector<Further>&) -> Result<json::value> {
                     return json::value("結 花子 (" + person + ")");
                   });
    exchange.offer(
        "person.household",
        [](db::Reader&, const std::string&, const std::string& person, std::vector<Further>& further) -> Result<json::value> {
          further.push_back({"/person.household/0", person + "1"});
          return json::value(json::array{json::object{{"name", "結 太郎"}}});
        });
  };
  std::vector<Permit> permits = {
      permit("portal.town", "kind:portal", "kind:municipality", "moving", {"person.name", "person.household"}),
      permit("link", "kind:portal", "linker", "*", {"service:link.token", "service:link.resolve", "service:link.assign"}),
      permit("link.town", "kind:municipality", "linker", "*", {"service:link.token", "service:link.resolve"}),
      permit("filing", "kind:portal", "kind:municipality", "*", {"service:filing", "service:history", "service:bad"}),
  };

 private:
  std::string folder_;
  Clock& clock_;
};

}  // namespace musubi::exchange
