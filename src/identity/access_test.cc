// Every route of identity: who may use it, who is refused, and what a forged post meets.

#include "identity/access.h"

#include <gtest/gtest.h>

#include "identity/pages.h"
#include "identity/test_office.h"

namespace musubi::identity {
namespace {

using http::Access;
using http::Method;

class Doors : public Office {
 protected:
  void SetUp() override {
    Office::SetUp();
    if (HasFatalFailure()) return;
    context = std::make_unique<RouteContext>(RouteContext{
        *store, clock, [] { return std::string("https://aoba.example"); },
        [](const http::Request&, const std::string&) { return web::Site{{"青葉町", "Aoba Town"}}; }, {}, {}});
    router.set_authoriser(authoriser(*store, clock));
    router.add(sign_in_routes(*context));
    router.add(office_routes(*context));
    officer = write([&](db::Transaction& tx) { return appoint(tx, "佐藤", Role::kOfficer, "operator", clock.now()); }).value();
  }

  http::Response ask(Method method, const std::string& target, const std::string& token = {}, const std::string& body = {}) {
    http::Request request;
    request.method = method;
    request.target = target;
    request.id = "01";
    if (!token.empty()) request.headers.add("Cookie", "musubi_aoba=" + token);
    if (method == Method::post) request.headers.add("Content-Type", "application/x-www-form-urlencoded");
    request.body = body;
    EXPECT_TRUE(http::parse_target(request).ok());
    return router.dispatch(request);
  }
  std::string csrf(const std::string& page_target, const std::string& token) {
    std::string page = ask(Method::get, page_target, token).body;
    auto at = page.find("name=\"csrf\" value=\"");
    return at == page.npos ? "" : page.substr(at + 19, page.find('"', at + 19) - at - 19);
  }

  std::unique_ptr<RouteContext> context;
  http::Router router;
  Officer officer;
};
INSTANTIATE_TEST_SUITE_P(Both, Doors, ::testing::ValuesIn(testing::back_ends()), testing::back_end_name);

std::string target_of(std::string_view pattern, const std::string& officer) {
  std::string target(pattern);
  for (auto [name, value] : {std::pair<std::string, std::string>{"{org}", "aoba"}, {"{officer}", officer}, {"{token}", std::string(43, 'a')}})
    if (auto at = target.find(name); at != target.npos) target.replace(at, name.size(), value);
  return target;
}

TEST_P(Doors, EveryRouteRefusesWhomItMust) {
  std::string plain = signed_in(officer.code);
  int walked = 0;
  for (const auto& route : router.routes()) {
    if (route->access == Access::kPublic) continue;
    std::string target = target_of(route->pattern, officer.code);
    EXPECT_EQ(ask(route->method, target).status, 401) << target;
    EXPECT_EQ(ask(route->method, target, std::string(43, 'z')).status, 401) << target;
    if (route->access == Access::kAdministrator) {
      EXPECT_EQ(ask(route->method, target, plain).status, 403) << target;
    }
    if (route->method == Method::post) {
      std::string administrators = signed_in(administrator.code);
      EXPECT_EQ(ask(route->method, target, administrators).status, 403) << target << " without a token";
      EXPECT_EQ(ask(route->method, target, administrators, "csrf=" + csrf("/aoba/sessions", plain)).status, 403) << target << " with another's token";
    }
    ++walked;
  }
  EXPECT_GE(walked, 9);
}

TEST_P(Doors, EveryPageAnswersItsReader) {
  std::string token = signed_in(administrator.code);
  for (const char* target : {"/aoba/office", "/aoba/sessions", "/aoba/office/officers", "/aoba/office/officers.json"}) {
    auto response = ask(Method::get, target, token);
    EXPECT_EQ(response.status, 200) << target << " " << response.body;
    EXPECT_EQ(response.headers.get("Cache-Control"), "no-store") << target;
  }
  EXPECT_EQ(ask(Method::get, "/aoba/office/officers/" + officer.code, token).status, 200);
  EXPECT_EQ(ask(Method::get, "/aoba/office/officers/officer-zzzzzz", token).status, 404);
}

TEST_P(Doors, ALinkIsShownThenUsed) {
  std::string address = "/aoba/sign-in/" + link(administrator.code);
  for (int i = 0; i < 2; ++i) {  // looking does not use it up
    auto shown = ask(Method::get, address);
    EXPECT_EQ(shown.status, 200);
    EXPECT_EQ(shown.headers.get("Referrer-Policy"), "no-referrer");
  }
  auto used = ask(Method::post, address);
  EXPECT_EQ(used.status, 303);
  EXPECT_EQ(used.headers.get("Location"), "/aoba/office");
  std::string cookie(used.headers.get("Set-Cookie"));
  for (const char* part : {"musubi_aoba=", "HttpOnly", "SameSite=Lax", "Path=/aoba", "Secure"}) EXPECT_NE(cookie.find(part), cookie.npos) << cookie;
  std::string token = cookie.substr(12, 43);
  EXPECT_EQ(ask(Method::get, "/aoba/office", token).status, 200);
  auto again = ask(Method::post, address);
  EXPECT_EQ(again.status, 410);
  EXPECT_NE(again.body.find("musubi org link aoba"), again.body.npos);
  EXPECT_EQ(ask(Method::get, "/aoba/sign-in/" + std::string(43, 'a')).status, 404);
}

TEST_P(Doors, AnAdministratorAppointsChangesAndCannotLeaveAlone) {
  std::string token = signed_in(administrator.code), form = "csrf=" + csrf("/aoba/office/officers", token);
  auto appointed = ask(Method::post, "/aoba/office/officers", token, form + "&name=Hanako&role=officer");
  EXPECT_EQ(appointed.status, 201) << appointed.body;
  EXPECT_NE(appointed.body.find("https://aoba.example/aoba/sign-in/"), appointed.body.npos);
  EXPECT_EQ(ask(Method::post, "/aoba/office/officers", token, form + "&name=&role=officer").status, 422);
  EXPECT_EQ(ask(Method::post, "/aoba/office/officers/" + officer.code + "/link", token, form).status, 201);
  EXPECT_EQ(ask(Method::post, "/aoba/office/officers/" + officer.code, token, form + "&role=officer&state=inactive").status, 303);
  EXPECT_EQ(ask(Method::post, "/aoba/office/officers/" + administrator.code, token, form + "&role=officer&state=active").status, 409);
}

TEST_P(Doors, AnOfficerSeesWhoMadeALinkForThem) {
  std::string token = signed_in(administrator.code), words = "運用者（サーバー上で）";
  EXPECT_EQ(ask(Method::get, "/aoba/sessions", token).body.find(words), std::string::npos);
  ASSERT_OK(write([&](db::Transaction& tx) { return make_link(tx, administrator.code, clock.now(), "operator"); }));
  EXPECT_NE(ask(Method::get, "/aoba/sessions", token).body.find(words), std::string::npos);
}

TEST_P(Doors, SigningOutEndsIt) {
  std::string one = signed_in(administrator.code), two = signed_in(administrator.code);
  EXPECT_EQ(ask(Method::post, "/aoba/sign-out", one, "csrf=" + csrf("/aoba/sessions", one)).status, 303);
  EXPECT_EQ(ask(Method::get, "/aoba/office", one).status, 401);
  EXPECT_EQ(ask(Method::get, "/aoba/office", two).status, 200);
  EXPECT_EQ(ask(Method::post, "/aoba/sessions", two, "csrf=" + csrf("/aoba/sessions", two)).status, 303);
  EXPECT_EQ(ask(Method::get, "/aoba/office", two).status, 401);
}

TEST(AccessRedirect, LeadsToSignInAndBack) {
  http::Request request;
  request.parameters["org"] = "aoba";
  request.target = "/aoba/office/plans?x=1";
  Error needed{Code::kUnauthenticated, "identity.sign_in_needed", {}, {}};
  auto away = to_sign_in(needed, request);
  ASSERT_TRUE(away);
  EXPECT_EQ(away->headers.get("Location"), "/aoba/sign-in?return=%2Faoba%2Foffice%2Fplans%3Fx%3D1");
  EXPECT_FALSE(to_sign_in({Code::kForbidden, "identity.not_allowed", {}, {}}, request));
}

}  // namespace
}  // namespace musubi::identity
