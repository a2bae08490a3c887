// A browser of two sites, an organisation's pages and the card agent, for tests: cookies of one site are not sent with a form
// from the other.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "base/encoding.h"
#include "identity/access.h"
#include "identity/card_agent.h"
#include "identity/card_message.h"
#include "identity/challenges.h"
#include "identity/pages.h"
#include "identity/residents.h"
#include "identity/test_cards.h"
#include "identity/test_forms.h"
#include "identity/test_office.h"
#include "text/normalise.h"
#include "trust/keys.h"

namespace musubi::identity {

using http::Method;

class AtTheCard : public Office {
 protected:
  void SetUp() override {
    Office::SetUp();
    if (HasFatalFailure()) return;
    own = std::make_unique<trust::OrganisationKeys>(
        trust::create_keys(folder.path() + "/keys", "example.jp/aoba", "aoba", Time{clock.now().us - 1'000'000}).value());
    issuer = std::make_unique<CardIssuer>(folder.path());
    card = issuer->card("card-hanako", "花子", clock.now());
    ASSERT_OK(trust_root(folder.path(), own->root));
    status = CardStatus{new_person_code(), CardState::kActive};
    CardDesk desk{"http://127.0.0.1:8090",
                  [this](const std::string&) {
                    return Result(ChallengeKey{own->message, own->root, own->message_key});
                  },
                  [this](const std::string&, const crypto::Certificate& shown) -> Result<CardStatus> {
                    shown_serial = shown.serial_hex();
                    return status;
                  },
                  [this](const std::string&) -> Result<std::vector<crypto::Certificate>> { return std::vector{*issuer->root}; }};
    auto address = [] { return std::string("http://localhost:8080"); };
    auto site = [](const http::Request&, const std::string&) { return web::Site{{"青葉町", "Aoba Town"}}; };
    context = std::make_unique<RouteContext>(RouteContext{*store, clock, address, site, {}, {}, desk});
    router.set_authoriser(authoriser(*store, clock));
    router.set_error_page([](const Error& error, const http::Request& request) {
      auto away = to_sign_in(error, request);
      return away ? *away : http::text(error.name, http::status_of(error));
    });
    router.add(sign_in_routes(*context));
    router.add(card_routes(*context));
    agent = std::make_unique<CardAgent>(folder.path(), clock);
  }
  void TearDown() override {
    agent.reset();
    Office::TearDown();
  }

  // A browser with the cookies of localhost:8080. `cross` posts come from another site: Lax cookies stay behind.
  http::Response send(const http::Router& to, const std::string& host, Method method, const std::string& target,
                      const std::vector<std::pair<std::string, std::string>>& fields = {}, bool cross = false) {
    http::Request request;
    request.method = method;
    request.target = target;
    request.id = "01";
    request.headers.add("Host", host);
    request.headers.add("Accept", "text/html");
    request.headers.add("Accept-Language", language);
    if (!cross && !cookies.empty() && host == "localhost:8080") {
      std::string line;
      for (const auto& [name, value] : cookies) line += (line.empty() ? "" : "; ") + name + "=" + value;
      request.headers.add("Cookie", line);
    }
    for (const auto& [name, value] : fields)
      request.body += (request.body.empty() ? "" : "&") + http::percent_encode(name) + "=" + http::percent_encode(value);
    if (method == Method::post) request.headers.add("Content-Type", "application/x-www-form-urlencoded");
    EXPECT_TRUE(http::parse_target(request).ok());
    auto response = to.dispatch(request);
    if (host == "localhost:8080") keep_cookies(response);
    return response;
  }
  void keep_cookies(const http::Response& response) {
    for (const auto& [name, line] : response.headers) {
      if (name != "Set-Cookie") continue;
      auto equals = line.find('='), end = line.find(';');
      std::string cookie = line.substr(0, equals), value = line.substr(equals + 1, end - equals - 1);
      if (value.empty())
        cookies.erase(cookie);
      else
        cookies[cookie] = value;
    }
  }
  http::Response town(Method method, const std::string& target, const std::vector<std::pair<std::string, std::string>>& fields = {},
                      bool cross = false) {
    return send(router, "localhost:8080", method, target, fields, cross);
  }
  http::Response at_agent(const std::string& target, const std::vector<std::pair<std::string, std::string>>& fields) {
    return send(agent->router(), "127.0.0.1:8090", Method::post, target, fields);
  }
  // From the town's page to the agent's PIN page.
  FormOnPage challenge_form() {
    auto page = town(Method::post, "/aoba/sign-in/card", {{"return", "/aoba/my/baskets"}});
    EXPECT_EQ(page.status, 200) << page.body;
    EXPECT_NE(std::string(page.headers.get("Content-Security-Policy")).find("form-action 'self' http://127.0.0.1:8090;"),
              std::string::npos);
    auto form = form_on(page.body);
    EXPECT_EQ(form.action, "http://127.0.0.1:8090/request");
    return form;
  }
  http::Response pin_page(const FormOnPage& form) { return at_agent("/request", form.fields); }
  http::Response enter_pin(const http::Response& page, const std::string& pin) {
    auto form = form_on(page.body);
    EXPECT_EQ(form.action, "/pin") << page.body;
    form.fields.push_back({"card", "card-hanako"});
    form.fields.push_back({"pin", pin});
    return at_agent("/pin", form.fields);
  }
  // The agent's last page, which leads back.
  FormOnPage way_back(const http::Response& page) {
    EXPECT_EQ(page.status, 200) << page.body;
    EXPECT_NE(std::string(page.headers.get("Content-Security-Policy")).find("form-action 'self' http://localhost:8080;"),
              std::string::npos);
    auto form = form_on(page.body);
    EXPECT_EQ(form.action, "http://localhost:8080/aoba/card/return");
    return form;
  }
  http::Response come_back(const FormOnPage& form) {
    auto taken = town(Method::post, "/aoba/card/return", form.fields, true);
    if (taken.status != 303) return taken;
    return town(Method::get, std::string(taken.headers.get("Location")));
  }
  http::Response sign_in() { return come_back(way_back(enter_pin(pin_page(challenge_form()), "1234"))); }

  std::unique_ptr<trust::OrganisationKeys> own;
  std::unique_ptr<CardIssuer> issuer;
  std::string card, language = "en", shown_serial;
  CardStatus status;
  std::unique_ptr<RouteContext> context;
  http::Router router;
  std::unique_ptr<CardAgent> agent;
  std::map<std::string, std::string> cookies;
};

}  // namespace musubi::identity
