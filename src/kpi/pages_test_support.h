// An organisation with the pages of kpi behind a router, everyone's and the officers', for the tests that open them.
#pragma once

#include <initializer_list>

#include "kpi/kpi_test_support.h"
#include "kpi/routes.h"
#include "web/url.h"

namespace musubi::kpi {

class KpiPagesTest : public KpiTest {
 protected:
  void SetUp() override {
    KpiTest::SetUp();
    if (HasFatalFailure()) return;
    context_ = std::make_unique<RouteContext>(RouteContext{*store, clock, [this](const http::Request&) { return actor_; },
                                                           [](const http::Request&) { return std::string("token"); },
                                                           [](const http::Request&, const std::string&) {
                                                             return web::Site{{"青葉町", "Aoba Town"}};
                                                           }});
    router_ = std::make_unique<http::Router>();
    router_->set_authoriser([](const http::Route&, http::Request&) -> Result<void> { return {}; });
    router_->add(routes(*context_));
    router_->add(office_routes(*context_));
  }
  void TearDown() override {
    router_.reset();
    context_.reset();
    KpiTest::TearDown();
  }

  http::Response send_body(http::Method method, const std::string& target, std::string body, const std::string& type,
                           web::Language language = web::Language::ja) {
    http::Request request;
    request.method = method;
    request.target = target;
    if (!body.empty()) request.headers.add("Content-Type", type);
    request.body = std::move(body);
    EXPECT_TRUE(http::parse_target(request).ok()) << target;
    request.language = language;
    return router_->dispatch(request);
  }
  http::Response send(http::Method method, const std::string& target, const web::Parameters& fields = {},
                      web::Language language = web::Language::ja) {
    return send_body(method, target, fields.empty() ? "" : web::query_string(fields).substr(1), "application/x-www-form-urlencoded",
                     language);
  }
  http::Response post(const std::string& target, const web::Parameters& fields, web::Language language = web::Language::ja) {
    return send(http::Method::post, target, fields, language);
  }
  std::string get(const std::string& target, int status = 200) {
    auto response = send(http::Method::get, target);
    EXPECT_EQ(response.status, status) << target << response.bytes();
    return std::string(response.bytes());
  }
  static bool says(const http::Response& response, std::string_view words) {
    return response.bytes().find(words) != std::string_view::npos;
  }
  static void expect_in(std::string_view page, std::initializer_list<const char*> all) {
    for (const char* words : all) EXPECT_NE(page.find(words), page.npos) << words;
  }
  static web::Parameters with(web::Parameters fields, const std::string& name, const std::string& value) {
    std::erase_if(fields, [&](auto& one) { return one.first == name; });
    fields.emplace_back(name, value);
    return fields;
  }

  std::string actor_ = "officer-aaaaaa";  // by whom every request is
  std::unique_ptr<RouteContext> context_;
  std::unique_ptr<http::Router> router_;
};

}  // namespace musubi::kpi
