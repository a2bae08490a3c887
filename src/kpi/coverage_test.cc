#include "kpi/coverage.h"

#include <map>

#include "kpi/json.h"
#include "kpi/kpi_test_support.h"
#include "kpi/routes.h"
#include "text/csv.h"

namespace musubi::kpi {
namespace {

SharedTold report(const char* organisation, std::vector<LocalPlan> plans) {
  return std::make_shared<Told>(Told{organisation, {organisation, organisation}, {}, std::move(plans), {}, {}});
}

TEST(Coverage, WhoServesWhat) {
  PlanDocument national = small_plan();
  LocalPlan own{"aoba.local",
                national.header.id,
                "2024-04-01",
                {"青葉", "Aoba"},
                {{"1-1", {"甲", "A"}, {"1-1", "2-1"}}, {"1-2", {"乙", "B"}, {}}, {"1-3", {"丙", "C"}, {"9-9"}}}};
  LocalPlan of_another = own;
  of_another.serves_plan = "japan.other";
  std::vector<SharedTold> reports = {
      report("aoba", {own}), report("minato", {of_another}),
      report("mori", {{"mori.local", national.header.id, "2024-04-01", {"森", "Mori"}, {{"1-1", {"丁", "D"}, {"1-1"}}}}})};
  Coverage c = cover(national, reports);
  EXPECT_EQ(c.plans.size(), 2u) << "a plan that serves another one is not asked";
  ASSERT_EQ(c.rows.size(), 3u);
  ASSERT_EQ(c.rows[0].served_by.size(), 2u);
  EXPECT_EQ(c.rows[0].served_by[1].report->organisation, "mori");
  EXPECT_TRUE(c.rows[1].served_by.empty());
  EXPECT_EQ(c.rows[2].served_by[0].measure->title.en, "A");
  EXPECT_EQ(c.covered, 2u);
  ASSERT_EQ(c.unlinked.size(), 1u);
  EXPECT_EQ(c.unlinked[0].measure->number, "1-2");
  ASSERT_EQ(c.unknown.size(), 1u);
  EXPECT_EQ(c.unknown[0].first, "9-9");
}

TEST(Coverage, ThePackSaysIt) {
  PlanDocument plan = small_plan();
  plan.measures[0].serves = {"1-13"};
  EXPECT_EQ(faults_of(plan)[0].where, "/measures/0/serves") << "of which plan?";
  plan.header.serves_plan = "japan.basic-plan-2019";
  EXPECT_TRUE(faults_of(plan).empty());
  auto again = read_plan(canonical_json(pack_of(plan)));
  ASSERT_OK(again);
  EXPECT_EQ(*again, plan);
  plan.measures[0].serves = {"1-13", "1-13", "x"};
  std::vector<std::string> places;
  for (const auto& fault : faults_of(plan)) places.push_back(fault.where);
  EXPECT_EQ(places, (std::vector<std::string>{"/measures/0/serves/1", "/measures/0/serves/2"}));
  plan.measures[0].serves.clear();
  for (const char* bad : {"Japan", "aoba.data-plan"}) {
    plan.header.serves_plan = bad;
    ASSERT_EQ(faults_of(plan).size(), 1u) << bad;
    EXPECT_EQ(faults_of(plan)[0].where, "/serves_plan");
  }
}

TEST(Coverage, APlanWithoutItIsTheSameAsBefore) { EXPECT_EQ(canonical_json(pack_of(small_plan())).find("serves"), std::string::npos); }

class CoverageTest : public KpiTest {
 protected:
  void SetUp() override {
    KpiTest::SetUp();
    if (HasFatalFailure()) return;
    context_ =
        std::make_unique<RouteContext>(RouteContext{*store, clock, [](const http::Request&) { return std::string("officer-aaaaaa"); },
                                                    [](const http::Request&) { return std::string("token"); },
                                                    [](const http::Request&, const std::string&) {
                                                      return web::Site{{"国", "Nation"}};
                                                    }});
    context_->site_of = [this](const std::string&, const std::string& other) {
      ++looked_up_[other];
      return other == "minato" ? std::string() : "https://" + other + ".example/" + other;
    };
    router_ = std::make_unique<http::Router>();
    router_->add(routes(*context_));
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
    EXPECT_EQ(response.status, 200) << target << " " << response.bytes();
    return std::string(response.bytes());
  }
  // The plan of a town, in the place of this log's own: what a report of it says.
  void sign(PlanDocument plan) {
    auto imported = plans().import_plan(plan, "officer-aaaaaa");
    ASSERT_OK(imported);
    ASSERT_OK(plans().sign_off(plan.header.id, "officer-bbbbbb", imported->edition));
  }
  std::map<std::string, int> looked_up_;  // sites, by organisation
  std::unique_ptr<RouteContext> context_;
  std::unique_ptr<http::Router> router_;
};

TEST_P(CoverageTest, FromAReportToThePage) {
  PlanDocument national = small_plan();
  national.header.id = "japan.data-plan";
  sign(national);
  const std::string self = "/aoba/plans/japan.data-plan/coverage";
  EXPECT_NE(get(self).find("まだ届いていません"), std::string::npos);
  EXPECT_EQ(get("/aoba/plans/japan.data-plan").find("/coverage"), std::string::npos) << "nobody reports to this organisation";
  PlanDocument local = small_plan();
  local.header.serves_plan = "japan.data-plan";
  local.measures[0].serves = {"1-1", "2-1"};
  local.measures[1].serves = {"9-9"};
  local.measures[2].title = {"町だけの施策", "The town's own"};
  sign(local);
  auto draft = local;
  draft.measures[1].serves = {"1-2"};
  ASSERT_OK(plans().import_plan(draft, "officer-aaaaaa"));
  auto made = make_report(*database, clock.now());
  ASSERT_OK(made);
  ASSERT_EQ(made->at("plans").as_array().size(), 1u) << "a plan that serves none is nobody else's matter";
  EXPECT_EQ(made->at("plans").at(0).at("measures").at(1).at("serves").at(0), "9-9") << "as it was signed off";
  for (const char* town : {"aoba", "minato"}) {
    auto kept = keep_report(*database, town, {town, town}, *made, "service");
    ASSERT_OK(kept);
    EXPECT_TRUE(*kept);
  }
  std::string page = get(self);
  for (const char* words : {"https://aoba.example/aoba/plans/aoba.data-plan/measures/1-1", "町だけの施策",
                            "国の施策に対応しない地方の施策", "この計画にない施策を指す対応"})
    EXPECT_NE(page.find(words), page.npos) << words;
  EXPECT_EQ(page.find("style="), page.npos);
  std::string none = get(self + "?show=unserved");
  EXPECT_NE(none.find("plans/japan.data-plan/measures/1-2\""), none.npos);
  EXPECT_EQ(none.find("plans/japan.data-plan/measures/2-1\""), none.npos);
  EXPECT_NE(get("/aoba/plans/japan.data-plan").find("/coverage"), std::string::npos);
  EXPECT_NE(get("/aoba/plans/aoba.data-plan/measures/1-1").find("1-1, 2-1"), std::string::npos);
  auto data = parse_json(get(self + ".json")).value();
  EXPECT_EQ(data.at("covered"), 2);
  EXPECT_EQ(data.at("measures").at(0).at("served_by").as_array().size(), 2u);
  EXPECT_EQ(data.at("without_national").as_array().size(), 2u);
  EXPECT_EQ(data.at("unknown_national").as_array().size(), 2u);
  auto rows = text::read_csv(get(self + ".csv")).value().rows;
  EXPECT_EQ(rows.size(), 1u + 2 + 1 + 2 + 2 + 2) << "heading; 1-1 twice; 1-2 by nobody; 2-1 twice; without; unknown";
  clock.advance_us(60'000'000);
  auto later = make_report(*database, clock.now());
  ASSERT_OK(later);
  auto same = keep_report(*database, "aoba", {"aoba", "aoba"}, *later, "service");
  ASSERT_OK(same);
  EXPECT_FALSE(*same) << "nothing moved";
  ASSERT_OK(
      plans().sign_off("aoba.data-plan", "officer-bbbbbb", plans().state("aoba.data-plan", View{.drafts = true}).value().edition));
  clock.advance_us(60'000'000);
  auto moved = keep_report(*database, "aoba", {"aoba", "aoba"}, make_report(*database, clock.now()).value(), "service");
  ASSERT_OK(moved);
  EXPECT_TRUE(*moved) << "a plan that was signed off anew is news";
  expect_clean();
}

TEST_P(CoverageTest, ABadPlanInAReportIsRefused) {
  auto made = make_report(*database, clock.now());
  ASSERT_OK(made);
  (*made)["plans"] = json::array{json::object{
      {"id", "Aoba"},
      {"serves_plan", "japan.data-plan"},
      {"version", "2024-04-01"},
      {"title", json::object{{"ja", "題"}, {"en", "Title"}}},
      {"measures", json::array{json::object{
                       {"number", "1"}, {"title", json::object{{"ja", "題"}, {"en", "Title"}}}, {"serves", json::array{"x", 3}}}}}}};
  auto kept = keep_report(*database, "aoba", {"町", "Town"}, *made, "service");
  ASSERT_FALSE(kept.ok());
  EXPECT_EQ(kept.error().faults.size(), 4u);
}

json::object words(const std::string& ja) { return {{"ja", ja}, {"en", ja}}; }
json::object measure(const std::string& number, json::array serves, const std::string& title = "題") {
  return {{"number", number}, {"title", words(title)}, {"serves", std::move(serves)}};
}
json::object plan(const std::string& id, json::array measures) {
  return {{"id", id},
          {"serves_plan", "japan.data-plan"},
          {"version", "2024-04-01"},
          {"title", words("計画")},
          {"measures", std::move(measures)}};
}

TEST_P(CoverageTest, AReportThatSaysThingsTwiceOrTooMuchIsRefused) {
  auto made = make_report(*database, clock.now());
  ASSERT_OK(made);
  auto faults = [&](json::array plans) {
    (*made)["plans"] = std::move(plans);
    std::vector<std::string> places;
    auto read = read_report(json::value(*made));
    if (!read.ok())
      for (const auto& fault : read.error().faults) places.push_back(fault.where);
    return places;
  };
  using Places = std::vector<std::string>;
  EXPECT_EQ(faults({plan("mori.one", {}), plan("mori.one", {})}), Places{"/plans/1/id"});
  EXPECT_EQ(faults({plan("mori.one", {measure("1-1", {}), measure("1-1", {})})}), Places{"/plans/0/measures/1/number"});
  EXPECT_EQ(faults({plan("mori.one", {measure("1-1", {"2-1", "2-1"})})}), Places{"/plans/0/measures/0/serves/1"});
  EXPECT_EQ(faults({plan("mori.one", {measure("1-1", {"2-1"})}), plan("mori.two", {measure("1-1", {"2-1"})})}), Places{})
      << "each plan has numbers of its own";
  json::array all, measures;
  for (int i = 1; i <= 200; ++i) all.emplace_back("1-" + std::to_string(i));
  for (int i = 1; i <= 25; ++i) measures.push_back(measure("1-" + std::to_string(i), all));
  EXPECT_EQ(faults({plan("mori.one", measures)}), Places{}) << "5,000 links";
  measures.push_back(measure("2-1", {"1-1"}));
  EXPECT_EQ(faults({plan("mori.one", measures)}), Places{"/plans"});
}

TEST_P(CoverageTest, LongTitlesAreCutAndUnknownMembersPassedOver) {
  auto made = make_report(*database, clock.now());
  ASSERT_OK(made);
  std::string title;
  for (int i = 0; i < 200; ++i) title += "題";
  (*made)["plans"] = json::array{plan("mori.one", {measure("1-1", {}, title)})};
  (*made)["of_a_newer_binary"] = json::array{1, 2};
  auto read = read_report(json::value(*made));
  ASSERT_OK(read);
  const std::string& ja = read->plans[0].measures[0].title.ja;
  EXPECT_EQ(ja.size(), 300u);
  EXPECT_TRUE(ja.ends_with("題…")) << ja;
}

TEST_P(CoverageTest, PlansThatNoReaderWouldTakeDoNotSilenceTheFigures) {
  PlanDocument local = small_plan();
  local.header.serves_plan = "japan.data-plan";
  for (auto& one : local.measures) {
    one.serves.clear();
    for (int i = 1; i <= 200; ++i) one.serves.push_back("1-" + std::to_string(i));
  }
  for (int i = 1; i <= 9; ++i) {  // 600 links each
    local.header.id = "aoba.plan-" + std::to_string(i);
    sign(local);
  }
  auto made = make_report(*database, clock.now());
  ASSERT_OK(made);
  EXPECT_EQ(made->at("plans").as_array().size(), 8u);
  EXPECT_FALSE(made->at("series").as_object().empty());
  ASSERT_OK(read_report(json::value(*made)));
}

TEST_P(CoverageTest, ACellNamesFiveMeasuresAndCountsTheRest) {
  PlanDocument national = small_plan();
  national.header.id = "japan.data-plan";
  sign(national);
  auto made = make_report(*database, clock.now());
  ASSERT_OK(made);
  json::array measures;
  for (int i = 1; i <= 7; ++i) measures.push_back(measure("3-" + std::to_string(i), {"1-1"}, "=1+" + std::to_string(i)));
  (*made)["plans"] = json::array{plan("mori.one", std::move(measures))};
  ASSERT_OK(keep_report(*database, "mori", {"森村", "Mori"}, *made, "service"));
  const std::string self = "/aoba/plans/japan.data-plan/coverage";
  std::string page = get(self);
  EXPECT_NE(page.find("3-5 =1+5、ほか2件"), page.npos);
  EXPECT_EQ(page.find("=1+6"), page.npos);
  EXPECT_EQ(looked_up_, (std::map<std::string, int>{{"mori", 1}})) << "once, however many links";
  auto data = parse_json(get(self + ".json")).value();
  EXPECT_EQ(data.at("measures").at(0).at("served_by").as_array().size(), 7u);
  EXPECT_NE(get(self + ".csv").find("\"'=1+1\""), std::string::npos) << "no program takes it for a formula";
  EXPECT_TRUE(get(self + ".csv?spreadsheet=1").starts_with("\xEF\xBB\xBF"));
  for (const char* end : {"", ".json", ".csv"}) EXPECT_EQ(answer(self + end + "?as_of=2024-04-01").status, 404) << end;
}

TEST_P(CoverageTest, IndicatorsOfOrganisationsSideBySide) {
  auto made = make_report(*database, clock.now());
  ASSERT_OK(made);
  auto older = *made;  // of a town whose binary defines it otherwise
  older["series"] = json::object{};
  ASSERT_OK(keep_report(*database, "minato", {"みなと町", "Minato"}, *made, "service"));
  ASSERT_OK(keep_report(*database, "mori", {"森村", "Mori"}, older, "service"));
  std::string page = get("/aoba/kpi/online-use-rate/organisations");
  for (const char* words : {"みなと町", "森村", "定義が違うか、まだ報告がない", "https://mori.example/mori/kpi/online-use-rate"})
    EXPECT_NE(page.find(words), page.npos) << words;
  auto data = parse_json(get("/aoba/kpi/online-use-rate/organisations.json")).value();
  EXPECT_TRUE(data.at("organisations").at(0).at("same_definition").as_bool());
  EXPECT_FALSE(data.at("organisations").at(1).at("same_definition").as_bool());
  auto rows = text::read_csv(get("/aoba/kpi/online-use-rate/organisations.csv")).value().rows;
  EXPECT_EQ(rows.back().back(), "other_definition");
  EXPECT_NE(get("/aoba/kpi/online-use-rate").find("/organisations\""), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Both, CoverageTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

}  // namespace
}  // namespace musubi::kpi
