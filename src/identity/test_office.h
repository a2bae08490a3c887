// An organisation `aoba` with one administrator, on either back end, for the tests of identity.
#pragma once

#include <memory>
#include <string>

#include "embedded/evidence_schema.h"
#include "embedded/identity_schema.h"
#include "evidence/log.h"
#include "identity/identity.h"
#include "support/log_world.h"
#include "support/store_fixture.h"

namespace musubi::identity {

class Office : public testing::StoreTest {
 protected:
  void SetUp() override {
    testing::StoreTest::SetUp();
    keys.signers = {testing::town_signer(folder.path() + "/log.pem", "example.jp/aoba")};
    const db::ModuleSchema modules[] = {{"evidence", embedded::evidence_schema()}, {"identity", embedded::identity_schema()}};
    auto with = options(*db::read_schema(modules));
    with.make_listener = [this](db::Database& made, db::Reader& reader) -> Result<std::unique_ptr<db::CommitListener>> {
      return std::unique_ptr<db::CommitListener>(TRY(evidence::Log::load(made, reader, keys, clock)));
    };
    open(std::move(with));
    if (HasFatalFailure()) return;
    database = store->create("aoba").value();
    administrator = database
                        ->write([&](db::Transaction& tx) -> Result<Officer> {
                          TRY(evidence::Log::of(tx).open_log(tx, {"example.jp/aoba", {}, {}}, "operator"));
                          TRY(create_organisation(tx, {"municipality", {"青葉町", "Aoba Town"}}, "operator"));
                          return appoint(tx, "山田 太郎", Role::kAdministrator, "operator", clock.now());
                        })
                        .value();
  }
  void TearDown() override {
    database.reset();
    testing::StoreTest::TearDown();
  }

  template <class F>
  auto write(F&& act) {
    return database->write(std::forward<F>(act));
  }
  std::string link(const std::string& code) {
    return write([&](db::Transaction& tx) { return make_link(tx, code, clock.now(), administrator.code); }).value();
  }
  std::string signed_in(const std::string& code) {
    std::string token = link(code);
    return write([&](db::Transaction& tx) { return sign_in(tx, token, clock.now()); }).value().token;
  }

  ManualClock clock{Time{1'800'000'000'000'000}};
  evidence::LogKeys keys;
  std::shared_ptr<db::Database> database;
  Officer administrator;
};

}  // namespace musubi::identity
