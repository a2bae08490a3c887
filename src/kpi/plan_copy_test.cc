// A new plan from one that is there: what is carried over, what is not, and the owners that are taken over after its sign-off.
#include "kpi/plan_copy.h"

#include "kpi/pages_test_support.h"
#include "kpi/rules.h"
#include "kpi/test_follow_up.h"

namespace musubi::kpi {
namespace {

constexpr const char* kNew = "aoba.data-plan-2029";
constexpr const char* kOwners = "/aoba/office/plans/aoba.data-plan-2029/follow-up/owners";

// Something happens before each write.
class Writes final : public Forwarding {
 public:
  Writes(db::Database& inner, std::function<void()> happens) : Forwarding(inner), happens_(std::move(happens)) {}

 private:
  Result<void> write_erased(std::function<Result<void>(db::Transaction&)> closure) override {
    happens_();
    return Forwarding::write_erased(std::move(closure));
  }

  std::function<void()> happens_;
};

SheetValue value(double number) { return {number, Bound::kAtLeast, false, {}}; }

PlanDocument with_rows() {
  PlanDocument plan = small_plan();
  plan.header.first_year = 2024;
  plan.header.last_year = 2028;
  Line line;
  line.kind = IndicatorKind::kProgress;
  line.unit = Text{"%", "%"};
  line.baseline = value(12);
  line.yearly[2024] = {.target = value(20), .actual = value(22)};
  line.yearly[2029] = {.target = value(60)};
  line.final_target = value(80);
  line.final_year = 2030;
  Line old = line;
  old.sub = "2";
  old.title = Text{"窓口", "At the counter"};
  line.title = Text{"オンライン", "On line"};
  old.yearly.erase(2029);
  old.final_year = 2028;
  plan.measures[0].progress.lines = {line, old};
  return plan;
}

PlanHeader heading(std::string id = kNew) {
  PlanHeader out;
  out.id = std::move(id);
  out.title = {"次の計画", "The next plan"};
  out.version = "2029-04-01";
  out.first_year = 2029;
  out.last_year = 2033;
  return out;
}

TEST(PlanCopy, WhatStaysTrueIsCarriedOver) {
  PlanDocument from = with_rows(), copy = plan_copy(from, heading());
  EXPECT_TRUE(faults_of(copy).empty());
  EXPECT_EQ(copy.header.id, kNew);
  EXPECT_EQ(copy.header.source_title, copy.header.title);
  EXPECT_EQ(copy.header.source_date, "2029-04-01");
  EXPECT_EQ(copy.header.sections, from.header.sections);
  EXPECT_EQ(copy.header.fields, from.header.fields);
  ASSERT_EQ(copy.measures.size(), 3u);
  const Measure& one = copy.measures[0];
  EXPECT_EQ(one.number, "1-1");
  EXPECT_EQ(one.title, from.measures[0].title);
  EXPECT_EQ(one.systems, from.measures[0].systems);
  EXPECT_FALSE(one.target) << "of fiscal 2025";
  EXPECT_TRUE(one.milestones.empty()) << "of fiscal 2019";
  EXPECT_NE(one.locator.en.find("aoba.data-plan"), std::string::npos);
  EXPECT_FALSE(copy.measures[2].doubt);
  const Line &first = one.progress.lines[0], &second = one.progress.lines[1];
  EXPECT_EQ(first.yearly.size(), 1u);
  EXPECT_EQ(first.yearly.at(2029).target, value(60));
  EXPECT_EQ(first.final_year, 2030);
  EXPECT_FALSE(first.not_set_due);
  EXPECT_EQ(first.baseline, value(12));
  EXPECT_TRUE(second.yearly.empty());
  EXPECT_FALSE(second.final_target || second.final_year);
  EXPECT_TRUE(second.not_set_due) << "targets to come";
  EXPECT_EQ(next_plan_id(from.header, 2029), kNew);
  from.header.id = "aoba.plan-2024";
  EXPECT_EQ(next_plan_id(from.header, 2029), "aoba.plan-2029");
}

// "2019-03" still is fiscal 2018.
TEST(PlanCopy, MilestonesByTheirFiscalYear) {
  for (auto [by, stays] :
       {std::pair{"FY2028", false}, {"2029-03", false}, {"2029-03-31", false}, {"2029-04", true}, {"2029", true}, {"FY2029", true}}) {
    PlanDocument from = with_rows();
    from.measures[0].milestones = {{{"開始", "Begin"}, by}};
    EXPECT_EQ(plan_copy(from, heading()).measures[0].milestones.size(), stays ? 1u : 0u) << by;
  }
  PlanDocument from = with_rows();
  from.measures[0].milestones = {{{"開始", "Begin"}, std::nullopt}};
  EXPECT_EQ(plan_copy(from, heading()).measures[0].milestones.size(), 1u) << "no day is said";
}

class PlanCopyTest : public KpiPagesTest {
 protected:
  void SetUp() override {
    KpiPagesTest::SetUp();
    if (HasFatalFailure()) return;
    context_->posts = [](const std::string&) {
      return std::vector<PostWords>{{"desk", {"窓口係", "Desk"}}, {"lead", {"計画係", "Planning desk"}}};
    };
    context_->posts_of = [](const std::string&, const std::string&) { return std::vector<std::string>(); };
    context_->is_administrator = [this](const http::Request&) { return actor_ == "officer-dddddd"; };
    sign(import(with_rows()).edition);
  }
  // The new plan's edition once somebody said by when its last row will be set.
  std::string decided() {
    PlanDocument plan = plans().document(kNew, View{.drafts = true}).value();
    plan.measures[0].progress.lines[1].not_set_due = Text{"2029年度", "fiscal 2029"};
    return import(plan).edition;
  }
  Result<SignOff> draft_signed() {
    EXPECT_EQ(post("/aoba/office/plans/aoba.data-plan/copy", fields()).status, 303);
    return plans().sign_off(kNew, "officer-bbbbbb", decided());
  }
  static web::Parameters fields() {
    return {
        {"id", kNew}, {"title-ja", "次の計画"}, {"title-en", "The next plan"}, {"first_year", "令和11年度"}, {"last_year", "2033"}};
  }
};

TEST_P(PlanCopyTest, TheFormProposesAndWritesADraft) {
  const std::string self = "/aoba/office/plans/aoba.data-plan";
  expect_in(get(self), {"aoba.data-plan/copy"});
  expect_in(get(self + "/copy"), {"value=\"aoba.data-plan-2029\"", "value=\"2029\"", "value=\"2033\""});
  auto bad = post(self + "/copy", with(with(with(fields(), "id", "Aoba"), "title-en", ""), "first_year", "いつか"));
  EXPECT_EQ(bad.status, 422);
  expect_in(bad.bytes(), {"日本語と英語の両方", "小文字・数字・ハイフン", "value=\"いつか\"", "id=\"error-first_year\""});
  EXPECT_EQ(post(self + "/copy", with(fields(), "last_year", "2020")).status, 422);
  EXPECT_EQ(post(self + "/copy", with(fields(), "id", "aoba.data-plan")).status, 409);
  EXPECT_ERROR(plans().state(kNew, View{.drafts = true}), "plan.unknown");
  auto done = post(self + "/copy", fields());
  EXPECT_EQ(done.status, 303) << done.bytes();
  EXPECT_EQ(done.headers.get("Location"), "/aoba/office/plans/aoba.data-plan-2029");
  auto state = plans().state(kNew, View{.drafts = true});
  ASSERT_OK(state);
  EXPECT_EQ(state->entries.size(), 3u);
  EXPECT_EQ(state->header.last_year, 2033);
  get("/aoba/plans/aoba.data-plan-2029", 404);
  EXPECT_EQ(post("/aoba/office/plans/none/copy", fields()).status, 404);
  auto early = plans().sign_off(kNew, "officer-bbbbbb", state->edition);
  ASSERT_EQ(early.error().name, "plan.faults_open");
  ASSERT_EQ(early.error().faults.size(), 1u);
  EXPECT_EQ(early.error().faults[0].where, "/measures/0/progress_kpi/lines/1");
  ASSERT_OK(plans().sign_off(kNew, "officer-bbbbbb", decided()));
  expect_clean();
}

TEST_P(PlanCopyTest, TheSignOffNamesTheRowsThatWaitForATarget) {
  ASSERT_EQ(post("/aoba/office/plans/aoba.data-plan/copy", fields()).status, 303);
  const std::string self = "/aoba/office/plans/aoba.data-plan-2029", target = self + "/sign-off";
  std::string page = get(target);
  expect_in(page, {"行「窓口」の目標を書くか", "href=\"/aoba/office/plans/aoba.data-plan-2029/measures/1-1/edit\"", "進捗KPI 2："});
  EXPECT_EQ(page.find("name=\"edition\""), page.npos) << "no button that refuses";
  EXPECT_EQ(page.find("/measures/0"), page.npos);
  const std::string edition = plans().state(kNew, View{.drafts = true}).value().edition;
  auto refused = post(target, {{"edition", edition}});
  EXPECT_EQ(refused.status, 422);
  EXPECT_TRUE(says(refused, "行「窓口」の目標を書くか") && !says(refused, "読み込んでから"));
  EXPECT_TRUE(says(post(target, {{"edition", edition}}, web::Language::en), "row &quot;At the counter&quot;"));
  // As copies of before put it.
  PlanDocument plan = plans().document(kNew, View{.drafts = true}).value();
  plan.measures[0].progress.lines[1].not_set_due = Text{"この計画の確定までに定める", "To be set before this plan is signed off"};
  EXPECT_ERROR(plans().sign_off(kNew, "officer-bbbbbb", import(plan).edition), "plan.faults_open");
  plan.header.version = "someday";
  import(plan);
  expect_in(get(target), {"版の日付", "href=\"/aoba/office/plans/aoba.data-plan-2029/edit\""});
}

TEST_P(PlanCopyTest, OwnersAreTakenOverAfterTheSignOff) {
  ASSERT_OK(draft_signed());
  const std::string owners = kOwners;
  actor_ = "officer-dddddd";
  EXPECT_EQ(get(owners).find("name=\"from\""), std::string::npos) << "nobody owns anything yet";
  ASSERT_OK(follow_ups().assign(kPlan, {"1-1", "2-1"}, "desk", administrator()));
  ASSERT_OK(follow_ups().assign(kNew, {"2-1"}, "lead", administrator()));
  expect_in(get(owners), {"name=\"from\"", "value=\"aoba.data-plan\""});
  EXPECT_EQ(post(owners, {{"from", kPlan}}).status, 303);
  auto state = follow_ups().state(kNew, View{.drafts = true}).value();
  EXPECT_EQ(state.owners["1-1"], "desk");
  EXPECT_EQ(state.owners["2-1"], "lead") << "who has one keeps it";
  EXPECT_EQ(post(owners, {{"from", kPlan}}).status, 409) << "nothing is left to take over";
  EXPECT_EQ(post(owners, {{"from", "none"}}).status, 404);
  actor_ = "officer-aaaaaa";
  ASSERT_OK(follow_ups().assign(kPlan, {"1-2"}, "desk", administrator()));
  EXPECT_EQ(post(owners, {{"from", kPlan}}).status, 403) << "administrators, while no post leads";
  expect_clean();
}

TEST_P(PlanCopyTest, AnOwnerThatWasGivenMeanwhileStays) {
  ASSERT_OK(draft_signed());
  ASSERT_OK(follow_ups().assign(kPlan, {"1-1", "1-2"}, "desk", administrator()));
  ASSERT_OK(follow_ups().assign(kPlan, {"2-1"}, "lead", administrator()));
  actor_ = "officer-dddddd";
  auto give = [this] { ASSERT_OK(follow_ups().assign(kNew, {"1-1"}, "lead", administrator())); };
  bool given = false;  // between what the request reads and what it writes
  context_->posts = [give, &given, posts = context_->posts](const std::string& organisation) {
    if (!std::exchange(given, true)) give();
    return posts(organisation);
  };
  EXPECT_EQ(post(kOwners, {{"from", kPlan}}).status, 303);
  auto owners = follow_ups().state(kNew, View{.drafts = true}).value().owners;
  EXPECT_EQ(owners["1-1"], "lead");
  EXPECT_EQ(owners["1-2"], "desk");
  EXPECT_EQ(owners["2-1"], "lead");
  expect_clean();
}

// Two officers at once, and no half of it.
TEST_P(PlanCopyTest, OwnersAreTakenOverInOneTransaction) {
  ASSERT_OK(draft_signed());
  ASSERT_OK(follow_ups().assign(kPlan, {"1-1"}, "desk", administrator()));
  ASSERT_OK(follow_ups().assign(kPlan, {"1-2"}, "lead", administrator()));
  ASSERT_OK(follow_ups().assign(kPlan, {"2-1"}, "gone", administrator()));
  int writes = 0;
  Writes counted(*database, [&] {
    ASSERT_OK(++writes == 1 ? follow_ups().assign(kNew, {"1-1"}, "lead", administrator()) : Result<std::size_t>(0u));
  });
  EXPECT_EQ(FollowUps(counted).take_owners(kNew, kPlan, {"desk", "lead"}, administrator()).value(), 1u);
  EXPECT_EQ(writes, 1);
  auto owners = follow_ups().state(kNew, View{.drafts = true}).value().owners;
  EXPECT_EQ(owners, (std::map<std::string, std::string>{{"1-1", "lead"}, {"1-2", "lead"}})) << "nobody holds the post of 2-1 any more";
  EXPECT_ERROR(follow_ups().take_owners(kNew, kPlan, {"desk", "lead"}, administrator()), "follow_up.nothing_new");
  EXPECT_ERROR(follow_ups().take_owners(kNew, kPlan, {"gone"}, lead("officer-aaaaaa")), "follow_up.not_leading");
  EXPECT_ERROR(follow_ups().take_owners(kNew, "none", {"gone"}, administrator()), "plan.unknown");
  expect_clean();
}

TEST_P(PlanCopyTest, ThePageOfOwnersReadsNoOtherPlansFollowUp) {
  ASSERT_OK(draft_signed());
  ASSERT_OK(follow_ups().assign(kPlan, {"1-1"}, "desk", administrator()));
  actor_ = "officer-dddddd";
  expect_in(get(kOwners), {"value=\"aoba.data-plan\""});
  ASSERT_OK(database->write([](db::Transaction& tx) { return put_unreadable_schedule(tx, kPlan); }));
  expect_in(get(kOwners), {"value=\"aoba.data-plan\""});
}

TEST_P(PlanCopyTest, OnlyPlansThatHaveOwnersAreOffered) {
  ASSERT_OK(draft_signed());
  auto offered = [&] { return follow_ups().plans_with_owners().value(); };
  EXPECT_TRUE(offered().empty());
  ASSERT_OK(follow_ups().assign(kPlan, {"1-1", "1-2"}, "desk", administrator()));
  EXPECT_EQ(offered(), std::set<std::string>{kPlan});
  ASSERT_OK(follow_ups().assign(kPlan, {"1-1"}, "", administrator()));
  EXPECT_EQ(offered(), std::set<std::string>{kPlan}) << "of one measure";
  ASSERT_OK(follow_ups().assign(kPlan, {"1-2"}, "", administrator()));
  EXPECT_TRUE(offered().empty());
  ASSERT_OK(follow_ups().assign(kPlan, {"1-2"}, "desk", administrator()));
  ASSERT_OK(follow_ups().assign(kNew, {"1-2"}, "desk", administrator()));
  EXPECT_EQ(offered(), (std::set<std::string>{kPlan, kNew}));
}

INSTANTIATE_TEST_SUITE_P(Both, PlanCopyTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

}  // namespace
}  // namespace musubi::kpi
