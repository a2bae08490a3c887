#include "kpi/plan_compare.h"

#include "kpi/kpi_test_support.h"
#include "text/csv.h"

namespace musubi::kpi {
namespace {

constexpr const char* kPlan = "aoba.data-plan";
constexpr const char* kCompare = "/aoba/plans/aoba.data-plan/compare";

PlanDocument next_plan() {
  PlanDocument plan = small_plan();
  plan.header.summary.en = "=The plan, again.";
  plan.measures[0].target->value = 60;
  plan.measures[0].milestones.push_back({{"終わり", "End"}, "FY2025"});
  plan.measures[1].number = "1-3";  // another number is another measure
  plan.measures.pop_back();
  return plan;
}

TEST(ComparePlans, AddedDroppedAndChangedMemberByMember) {
  auto c = compare_plans(small_plan(), next_plan());
  EXPECT_EQ(c.added, 1u);
  EXPECT_EQ(c.dropped, 2u);
  EXPECT_EQ(c.changed, 1u);
  EXPECT_EQ(c.same, 0u);
  ASSERT_EQ(c.measures.size(), 4u);
  EXPECT_EQ(c.measures[0].number, "1-1");
  ASSERT_EQ(c.measures[0].changes.size(), 4u);
  EXPECT_EQ(c.measures[0].changes[0], (Change{"target/value", "50", "60"}));
  EXPECT_EQ(c.measures[1].kind, EntryKind::kWithdrawn);
  EXPECT_EQ(c.measures[2].kind, EntryKind::kEntered);
  ASSERT_EQ(c.heading.size(), 1u);
  EXPECT_EQ(c.heading[0].member, "summary");
  EXPECT_TRUE(compare_plans(small_plan(), small_plan()).nothing());
  EXPECT_EQ(compare_plans(small_plan(), small_plan()).same, 3u);
}

class PlanCompareTest : public KpiTest {
 protected:
  void SetUp() override {
    KpiTest::SetUp();
    if (HasFatalFailure()) return;
    context_ =
        std::make_unique<RouteContext>(RouteContext{*store, clock, [](const http::Request&) { return std::string("officer-aaaaaa"); },
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
  http::Response answer(const std::string& target) {
    http::Request request;
    request.target = target;
    EXPECT_TRUE(http::parse_target(request).ok());
    return router_->dispatch(request);
  }
  std::string get(const std::string& target) {
    auto response = answer(target);
    EXPECT_EQ(response.status, 200) << target << response.bytes();
    return std::string(response.bytes());
  }
  json::value data(const std::string& target) { return parse_json(get(target)).value(); }

  std::unique_ptr<RouteContext> context_;
  std::unique_ptr<http::Router> router_;
};

TEST_P(PlanCompareTest, TwoEditionsAndTwoDays) {
  EXPECT_EQ(answer(kCompare).status, 404);
  std::string first = sign(import(small_plan()).edition).edition;
  EXPECT_NE(get(kCompare).find("確定された版はまだ一つです"), std::string::npos);
  EXPECT_EQ(get("/aoba/plans/aoba.data-plan").find("前の版と比べる"), std::string::npos);
  clock.advance_us(3 * 24 * 3'600'000'000LL);
  std::string second = sign(import(next_plan()).edition).edition;
  std::string plan = get("/aoba/plans/aoba.data-plan");
  EXPECT_NE(plan.find("/compare?from=" + first.substr(0, 12) + "&amp;to=" + second.substr(0, 12)), plan.npos);
  for (const std::string& query :
       {std::string(), "?from=" + first.substr(0, 12) + "&to=" + second.substr(0, 8), std::string("?from=2024-04-10&to=2024-04-13")}) {
    auto json = data(std::string(kCompare) + ".json" + query);
    EXPECT_EQ(json.at("from").at("edition").as_string(), first) << query;
    EXPECT_EQ(json.at("to").at("edition").as_string(), second) << query;
    EXPECT_EQ(json.at("added").to_number<int>(), 1);
    EXPECT_EQ(json.at("dropped").to_number<int>(), 2);
    EXPECT_EQ(json.at("measures").at(0).at("change"), "changed");
    EXPECT_EQ(json.at("heading").at(0).at("member"), "summary");
  }
  auto back = data(std::string(kCompare) + ".json?from=" + second + "&to=" + first);
  EXPECT_EQ(back.at("added").to_number<int>(), 2) << "the other way round";
  std::string page = get(kCompare);
  for (const char* words : {"加わった", "なくなった", "<td>目標</td>", "計画の見出し", "measures/1-2/history"})
    EXPECT_NE(page.find(words), page.npos) << words;
  EXPECT_EQ(page.find("style="), page.npos);
  std::string csv = get(std::string(kCompare) + ".csv");
  auto rows = text::read_csv(csv).value().rows;
  ASSERT_EQ(rows.size(), 1u + 1 + 4 + 3) << "heading, a row a member, one for each that came or went";
  EXPECT_EQ(rows.back()[4], "dropped");
  EXPECT_NE(csv.find("/ =The plan"), csv.npos);
  EXPECT_NE(get(std::string(kCompare) + "?from=" + second + "&to=" + second).find("違いはありません"), std::string::npos);
}

TEST_P(PlanCompareTest, WhatCannotBeComparedIsRefused) {
  sign(import(small_plan()).edition);
  EXPECT_EQ(answer(std::string(kCompare) + "?from=yesterday").status, 400);
  EXPECT_EQ(answer(std::string(kCompare) + "?from=abc").status, 400) << "too short to name an edition";
  EXPECT_EQ(answer(std::string(kCompare) + "?to=00000000").status, 404);
  EXPECT_EQ(answer(std::string(kCompare) + "?from=2001-01-01").status, 404);
  EXPECT_EQ(answer("/aoba/plans/aoba.other/compare").status, 404);
}

TEST_P(PlanCompareTest, OfficersCompareTheDraft) {
  import(small_plan());
  auto all_new = data("/aoba/office/plans/aoba.data-plan/compare.json");
  EXPECT_EQ(all_new.at("added").to_number<int>(), 3) << "nothing is signed off yet";
  sign(edition_of(small_plan()));
  import(next_plan());
  auto json = data("/aoba/office/plans/aoba.data-plan/compare.json");
  EXPECT_TRUE(json.at("to").at("draft").as_bool());
  EXPECT_EQ(json.at("changed").to_number<int>(), 1);
  EXPECT_EQ(data(std::string(kCompare) + ".json").at("changed").to_number<int>(), 0) << "a draft is not public";
}

INSTANTIATE_TEST_SUITE_P(Both, PlanCompareTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

}  // namespace
}  // namespace musubi::kpi
