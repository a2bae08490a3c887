// For tests: an installation of its own, on either store.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "app/installation.h"
#include "support/raw_sql.h"
#include "support/store_fixture.h"

namespace musubi::app {

class Town : public testing::StoreTest {
 protected:
  void SetUp() override {
    testing::StoreTest::SetUp();
    if (HasFatalFailure()) return;
    config.postgres = postgres();
    config.data = folder.path() + "/data";
    reopen();
  }
  void TearDown() override {
    installation.reset();
    testing::StoreTest::TearDown();
  }
  void reopen(Opening opening = Opening::kServe) {
    installation.reset();
    auto opened = Installation::open(config, opening);
    ASSERT_OK(opened);
    installation = std::move(*opened);
  }
  Result<FirstAdministrator> create(const std::string& id) {
    return installation->create_organisation({id, {"municipality", {"みなと町", "Minato Town"}}, "example.jp/" + id, "管理者"});
  }

  db::Rows raw(const std::string& id, const std::string& sql) {
    return on_postgres() ? testing::raw_postgres(postgres(), "musubi_" + id, sql)
                         : testing::raw_sql(config.data + "/" + id + "/musubi.db", sql);
  }

  Config config;
  std::unique_ptr<Installation> installation;
};
}  // namespace musubi::app
