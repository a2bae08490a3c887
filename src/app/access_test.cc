// Every route that the binary serves, asked by everybody whom it must refuse: a stranger, an officer of another town, a
// resident, an officer who is no administrator; and by posts without the token of a page.

#include <gtest/gtest.h>

#include "app/wiring.h"
#include "identity/access.h"
#include "identity/resident_sessions.h"
#include "support/store_fixture.h"

namespace musubi::app {
namespace {

using http::Access;
using http::Method;

class EveryRoute : public testing::StoreTest {
 protected:
  void SetUp() override {
    testing::StoreTest::SetUp();
    if (HasFatalFailure()) return;
    config.postgres = postgres();
    config.data = folder.path() + "/data";
    auto opened = Installation::open(config, Opening::kServe);
    ASSERT_OK(opened);
    installation = std::move(*opened);
    for (const char* id : {"aoba", "minato"})
      ASSERT_OK(installation->create_organisation({id, {"municipality", {"町", "Town"}}, std::string("example.jp/") + id, "管理者"}));
    wiring = std::make_unique<Wiring>(*installation);
  }
  std::shared_ptr<db::Database> data(const char* id) { return installation->store().organisation(id).value(); }
  std::string officer(const char* id, identity::Role role) {
    return data(id)
        ->write([&](db::Transaction& tx) -> Result<std::string> {
          Time now = installation->clock().now();
          auto one = TRY(identity::appoint(tx, "佐藤", role, "operator", now));
          return TRY(identity::sign_in(tx, TRY(identity::make_link(tx, one.code, now, "operator")), now)).token;
        })
        .value();
  }
  std::string resident(const char* id) {
    return data(id)
        ->write([&](db::Transaction& tx) {
          return identity::open_resident_session(tx, std::string(26, 'b'), installation->clock().now());
        })
        .value();
  }
  int ask(const http::Route& route, const std::string& cookie) {
    http::Request request;
    request.method = route.method;
    request.id = "01";
    request.target = std::string(route.pattern);
    // A name for each {part}: refusals come before anything is looked up.
    for (std::size_t at = 0; (at = request.target.find('{')) != request.target.npos;) {
      std::string name = request.target.substr(at, request.target.find('}') + 1 - at);
      request.target.replace(at, name.size(), name == "{org}" ? "aoba" : "x1");
    }
    if (!cookie.empty()) request.headers.add("Cookie", cookie);
    if (route.method == Method::post) request.headers.add("Content-Type", "application/x-www-form-urlencoded");
    EXPECT_TRUE(http::parse_target(request).ok()) << request.target;
    return wiring->router().dispatch(request).status;
  }
  static bool away(int status) { return status == 401 || status == 303; }  // a browser that must sign in is led there

  void TearDown() override {
    wiring.reset();
    installation.reset();
    testing::StoreTest::TearDown();
  }

  Config config;
  std::unique_ptr<Installation> installation;
  std::unique_ptr<Wiring> wiring;
};

INSTANTIATE_TEST_SUITE_P(Both, EveryRoute, ::testing::ValuesIn(testing::back_ends()), testing::back_end_name);

TEST_P(EveryRoute, RefusesWhomItMust) {
  std::string administrator = "musubi_aoba=" + officer("aoba", identity::Role::kAdministrator),
              plain = "musubi_aoba=" + officer("aoba", identity::Role::kOfficer);
  std::string elsewhere = officer("minato", identity::Role::kAdministrator), person = "musubi_aoba_card=" + resident("aoba");
  int walked = 0;
  for (const auto& route : wiring->router().routes()) {
    if (route->access == Access::kPublic) continue;
    std::string where = std::string(route->pattern);
    ++walked;
    bool for_officers = route->access != Access::kResident;
    EXPECT_TRUE(away(ask(*route, ""))) << where << " to a stranger";
    EXPECT_TRUE(away(ask(*route, "musubi_aoba=" + elsewhere))) << where << " to an officer of another town";
    EXPECT_TRUE(away(ask(*route, "musubi_minato=" + elsewhere))) << where << " to a session of another town";
    if (for_officers) { EXPECT_TRUE(away(ask(*route, person))) << where << " to a resident"; }
    if (route->access == Access::kResident) { EXPECT_TRUE(away(ask(*route, administrator))) << where << " to an officer"; }
    if (route->access == Access::kAdministrator) { EXPECT_EQ(ask(*route, plain), 403) << where << " to a plain officer"; }
    if (route->method == Method::post) {
      EXPECT_EQ(ask(*route, for_officers ? administrator : person), 403) << where << " without the token of a page";
    }
  }
  EXPECT_GT(walked, 100);
}

}  // namespace
}  // namespace musubi::app
