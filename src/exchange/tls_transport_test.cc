#include "exchange/tls_transport.h"

#include <gtest/gtest.h>

#include "exchange/test_world.h"
#include "support/store_fixture.h"

namespace musubi::exchange {
namespace {

// The four organisations of the test world, which meet by TLS alone.
class Wires : public testing::StoreTest {
 protected:
  void SetUp() override {
    testing::StoreTest::SetUp();
    if (HasFatalFailure()) return;
    world = std::make_unique<TestWorld>(folder.path() + "/keys", clock);
    world->permits.push_back(permit("any-day", "kind:portal", "kind:municipality", "moving", {"person.name", "person.household"}));
    for (auto& each : world->permits) each.from = {2019, 1, 1};
    auto with = options(TestWorld::schema());
    world->listen(with);
    open(std::move(with));
    if (HasFatalFailure()) return;
    world->found(*store);
    all = world->exchanges(*store);
    world->transport.keep = false;
    world->transport.instead = [this](const std::string& from, const Member& to, const Message& message) {
      return wire.carry(from, to, message, deadline_ms);
    };
    listener = std::make_unique<Listener>(http::TlsServer::Options{}, *all);
    auto port = listener->start();
    ASSERT_OK(port);
    address = "https://127.0.0.1:" + std::to_string(*port);
    for (const char* id : TestWorld::kAll)
      for (const char* other : TestWorld::kAll)
        if (std::string(id) != other) enter(id, other, address);
  }
  void TearDown() override {
    if (listener) listener->stop();
    listener.reset();
    all.reset();
    testing::StoreTest::TearDown();
  }
  void enter(const std::string& at, const std::string& other, const std::string& where, const std::string& root_of = "") {
    auto member = world->member(other);
    member.address = where;
    if (!root_of.empty()) member.root_pem = world->member(root_of).root_pem;
    ASSERT_OK(store->organisation(at).value()->write([&](db::Transaction& tx) { return enter_member(tx, member, "operator"); }));
  }
  std::string asked() {
    auto answer = (*all->of("portal"))->ask({"aoba", "moving", "basket", "portal-7", {"person.household"}, "resident"});
    return answer.ok() ? answer->further.at(0).person : answer.error().name;
  }

  SystemClock clock;
  std::int64_t deadline_ms = 10'000;
  std::string address;
  std::unique_ptr<TestWorld> world;
  TlsTransport wire{
      [this](const std::string& id) -> Result<std::shared_ptr<const trust::OrganisationKeys>> { return world->keys.at(id); }};
  std::unique_ptr<Exchanges> all;
  std::unique_ptr<Listener> listener;
};

TEST_P(Wires, QuestionsGoByMutualTls) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(asked(), "portal-71");
}

TEST_P(Wires, OtherRootsOtherNamesAndClosedPorts) {
  enter("portal", "aoba", address, "minato");
  EXPECT_EQ(asked(), "exchange.peer_lied") << "aoba does not lead to the root entered for it";
  enter("portal", "aoba", "https://127.0.0.1:1");
  EXPECT_EQ(asked(), "exchange.peer_down");
  enter("portal", "aoba", address);
  EXPECT_EQ(asked(), "portal-71");
  deadline_ms = 0;
  EXPECT_EQ(asked(), "exchange.peer_slow");
}

INSTANTIATE_TEST_SUITE_P(Both, Wires, ::testing::ValuesIn(testing::back_ends()), testing::back_end_name);

}  // namespace
}  // namespace musubi::exchange
