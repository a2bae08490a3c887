// The four organisations of the test world over both back ends, and short words for what tests do with them.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "base/json.h"
#include "evidence/verify.h"
#include "exchange/exchange.h"
#include "exchange/test_world.h"
#include "support/store_fixture.h"

namespace musubi::exchange {

class Towns : public testing::StoreTest {
 protected:
  void SetUp() override {
    testing::StoreTest::SetUp();
    if (HasFatalFailure()) return;
    world = std::make_unique<TestWorld>(folder.path() + "/keys", clock);
    reopen();
    if (HasFatalFailure()) return;
    world->found(*store);
  }
  void TearDown() override {
    all.reset();
    testing::StoreTest::TearDown();
  }
  void reopen() {
    all.reset();
    store.reset();
    auto with = options(TestWorld::schema());
    world->listen(with);
    open(std::move(with));
    if (HasFatalFailure()) return;
    all = world->exchanges(*store);
  }
  Exchange& at(const std::string& id) { return **all->of(id); }
  std::shared_ptr<db::Database> data(const std::string& id) { return store->organisation(id).value(); }
  template <class F>
  auto read(const std::string& id, F&& act) {
    return data(id)->read(std::forward<F>(act));
  }

  Question question(std::vector<std::string> items = {"person.name"}) {
    return {"aoba", "moving", "basket-1", "portal-7", std::move(items), "resident"};
  }
  std::string asked(Question wanted) {
    auto answer = at("portal").ask(wanted);
    return answer.ok() ? "ok" : answer.error().name;
  }
  // "outcome outcome ..." of the heads of one type, oldest first.
  std::string outcomes(const std::string& id, const char* type) {
    std::string out;
    auto records = read(id, [&](db::Reader& reader) { return evidence::read_records(reader, 0, 1000, type); }).value();
    for (const auto& record : records) {
      auto facts = parse_json(record.head)->at("facts");
      out += (out.empty() ? "" : " ") + std::string(facts.at("service").get_string()) + ":" +
             std::string(facts.at("outcome").get_string());
    }
    return out;
  }
  void expect_clean() {
    for (const char* id : TestWorld::kAll) {
      auto report = evidence::verify(*data(id), {});
      ASSERT_OK(report);
      for (const auto& finding : report->findings)
        ADD_FAILURE() << id << " " << finding.kind << " " << finding.where << ": " << finding.message.en;
    }
  }

  ManualClock clock{Time{1'800'000'000'000'000}};  // 2027-01-15
  std::unique_ptr<TestWorld> world;
  std::unique_ptr<Exchanges> all;
};

}  // namespace musubi::exchange
