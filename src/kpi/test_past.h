// Cases, and pages asked as of past days, for the tests of what was known when.
#pragma once

#include <memory>
#include <string>

#include "kpi/kpi_test_support.h"
#include "kpi/routes.h"

namespace musubi::kpi {

inline constexpr std::string_view kOpenedFacts[] = {"procedure", "online", "fields", "fetched"};
inline constexpr std::string_view kDecidedFacts[] = {"procedure", "outcome", "ms"};
inline const evidence::RecordType kOpened{"records.case_opened", 1, evidence::Visibility::kOfficers, "x", "x", kOpenedFacts};
inline const evidence::RecordType kDecided{"records.decided", 1, evidence::Visibility::kOfficers, "x", "x", kDecidedFacts};

class PastTest : public KpiTest {
 protected:
  void SetUp() override {
    KpiTest::SetUp();
    if (HasFatalFailure()) return;
    auto site = [](const http::Request&, const std::string&) { return web::Site{{"青葉町", "Aoba Town"}}; };
    auto nobody = [](const http::Request&) { return std::string(); };
    context_ = std::make_unique<RouteContext>(RouteContext{*store, clock, nobody, nobody, site});
    router_ = std::make_unique<http::Router>();
    router_->add(routes(*context_));
    router_->add(office_routes(*context_));
    router_->set_authoriser([](const http::Route&, http::Request&) -> Result<void> { return {}; });
  }
  void TearDown() override {
    router_.reset();
    context_.reset();
    KpiTest::TearDown();
  }
  http::Response get(const std::string& target) {
    http::Request request;
    request.method = http::Method::get;
    request.target = target;
    EXPECT_TRUE(http::parse_target(request).ok()) << target;
    request.language = http::Language::en;
    return router_->dispatch(request);
  }
  json::object json_of(const std::string& target) {
    auto response = get(target);
    EXPECT_EQ(response.status, 200) << target << response.bytes();
    return parse_json(response.bytes()).value().as_object();
  }
  void filed(const char* day, int count) {
    clock.set(at(day));
    for (int i = 0; i < count; ++i)
      append({kOpened,
              "records/case/" + std::to_string(++n_),
              "service",
              {},
              {{"procedure", "move-in"}, {"online", true}, {"fields", 10}, {"fetched", 6}}});
  }
  void decided(const char* day, int from, int count) {
    clock.set(at(day));
    for (int i = from; i < from + count; ++i)
      append({kDecided,
              "records/case/" + std::to_string(i),
              "service",
              {},
              {{"procedure", "move-in"}, {"outcome", "grant"}, {"ms", 3'600'000}}});
  }
  void append(evidence::Draft draft) {
    ASSERT_OK(database->write([&](db::Transaction& tx) { return evidence::append(tx, draft); }));
  }

  int n_ = 0;
  std::unique_ptr<RouteContext> context_;
  std::unique_ptr<http::Router> router_;
};

}  // namespace musubi::kpi
