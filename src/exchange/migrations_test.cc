// A database of before, opened by the present code: what waited in the outbox then is found by what it is about, and can be erased.

#include <gtest/gtest.h>

#include <algorithm>

#include "evidence/verify.h"
#include "exchange/exchange.h"
#include "exchange/test_world.h"
#include "support/store_fixture.h"

namespace musubi::exchange {
namespace {

class OutboxOfBefore : public testing::StoreTest {
 protected:
  void open_with(db::Schema schema) {
    store.reset();
    auto with = options(std::move(schema));
    world->listen(with);
    open(std::move(with));
  }
  static db::Schema schema_of_before() {
    auto schema = TestWorld::schema();
    std::erase_if(schema.migrations, [](const db::Migration& one) { return one.module == "exchange" && one.number >= 3; });
    return schema;
  }
  void SetUp() override {
    testing::StoreTest::SetUp();
    if (HasFatalFailure()) return;
    world = std::make_unique<TestWorld>(folder.path() + "/keys", clock);
    open_with(schema_of_before());
    if (HasFatalFailure()) return;
    world->found(*store);
  }
  std::shared_ptr<db::Database> portal() { return store->organisation("portal").value(); }

  // As the statement of then wrote it: no column of what it is about.
  void waits(const std::string& key, const std::string& service, const json::object& body, const char* state = "waiting") {
    ASSERT_OK(portal()->write([&](db::Transaction& tx) -> Result<void> {
      TRY(
          tx.execute("INSERT INTO exchange_outbox (id, idempotency_key, receiver, service, person, further, body, state, blocks, "
                     "attempts, created_at, next_at, error_ja, error_en) VALUES ($1, $1, 'aoba', $2, 'portal-7', '[]', $3, $4, 0, 0, "
                     "$5, $5, '', '')",
                     {key, service, json::serialize(body), std::string(state), clock.now().us}));
      return {};
    }));
  }
  // The keys of what an erasure by this name takes out of the outbox.
  std::vector<std::string> erased(const std::string& about) {
    std::vector<std::string> keys;
    auto done = portal()->write([&](db::Transaction& tx) {
      return drop_waiting(tx, about, [&](db::Transaction&, const Outgoing& out, const Error&) -> Result<void> {
        keys.push_back(out.key);
        return {};
      });
    });
    EXPECT_TRUE(done.ok());
    if (done.ok()) { EXPECT_EQ(*done, keys.size()); }
    std::sort(keys.begin(), keys.end());
    return keys;
  }

  ManualClock clock{Time{1'800'000'000'000'000}};
  std::unique_ptr<TestWorld> world;
};
INSTANTIATE_TEST_SUITE_P(Both, OutboxOfBefore, ::testing::ValuesIn(testing::back_ends()), testing::back_end_name);

TEST_P(OutboxOfBefore, IsFoundByWhatItIsAbout) {
  auto reference = [](char c) { return std::string(26, c); };
  const std::string basket = reference('z'), number = "2026-000007", other = "2026-000070";
  const json::object form{{"reference", "in the form"}, {"form", json::object{{"name", "結 花子"}}}};
  auto about = [](const std::string& which) {
    return json::object{{"reference", which}, {"text", "参照 reference"}, {"key", std::string(26, 'k')}};
  };
  waits("filing/" + reference('a'), "filing", form);
  waits("filing/" + basket + "/" + reference('b'), "filing", form);  // filed once more after a refusal
  waits("amend/" + basket + "/" + reference('c'), "amend", form);
  waits("amend/" + reference('d'), "amend", form);
  waits("withdraw/" + reference('k'), "withdraw", about(reference('e')));  // the key is random, the body says which
  waits("message/" + reference('m'), "message", about(reference('e')));
  waits("records/" + number + "/3", "status", {{"state", "granted"}});
  waits("records/" + number + "/4", "status", {{"state", "granted"}});
  waits("records/" + other + "/3", "status", {{"state", "granted"}});
  waits("moved-in/" + number, "news", {{"kind", "moved_in"}});
  waits("filing/" + reference('f'), "filing", {}, "delivered");
  waits(reference('r'), "news", {});  // about nothing that can be erased
  open_with(TestWorld::schema());
  if (HasFatalFailure()) return;

  using Keys = std::vector<std::string>;
  EXPECT_EQ(erased(reference('a')), Keys{"filing/" + reference('a')});
  EXPECT_EQ(erased(reference('b')), Keys{"filing/" + basket + "/" + reference('b')});
  EXPECT_EQ(erased(reference('c')), Keys{"amend/" + basket + "/" + reference('c')});
  EXPECT_EQ(erased(reference('d')), Keys{"amend/" + reference('d')});
  EXPECT_EQ(erased(reference('e')), (Keys{"message/" + reference('m'), "withdraw/" + reference('k')}));
  EXPECT_EQ(erased(number), (Keys{"moved-in/" + number, "records/" + number + "/3", "records/" + number + "/4"}));
  for (const std::string& none : {reference('f'), reference('k'), basket, std::string("2026-00000"), std::string()})
    EXPECT_EQ(erased(none), Keys{}) << none;
  auto left = portal()->read([](db::Reader& reader) {
    return reader.query("SELECT idempotency_key FROM exchange_outbox WHERE state = 'waiting' ORDER BY idempotency_key");
  });
  ASSERT_OK(left);
  ASSERT_EQ(left->size(), 2u);
  EXPECT_EQ((*left)[0].text(0), "records/" + other + "/3");
  EXPECT_EQ((*left)[1].text(0), reference('r'));
  auto kept = portal()->read([](db::Reader& reader) {
    return reader.query("SELECT count(*) FROM exchange_outbox WHERE state <> 'waiting' AND (body <> '' AND body <> '{}')");
  });
  ASSERT_OK(kept);
  EXPECT_EQ((*kept)[0].integer(0), 0) << "nothing of what was erased is kept";
  auto report = evidence::verify(*portal(), {});
  ASSERT_OK(report);
  EXPECT_TRUE(report->clean());
}

}  // namespace
}  // namespace musubi::exchange
