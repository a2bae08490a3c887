#include "kpi/follow_up_pages.h"

#include <map>
#include <set>

#include "kpi/follow_up_office.h"
#include "kpi/pages_test_support.h"
#include "kpi/routes.h"
#include "kpi/test_follow_up.h"

namespace musubi::kpi {
namespace {

constexpr const char* kOffice = "/aoba/office/plans/aoba.data-plan";
constexpr const char* kEdit = "/aoba/office/plans/aoba.data-plan/measures/1-1/follow-up/2024-Q1/edit";

class FollowUpPagesTest : public KpiPagesTest {
 protected:
  void SetUp() override {
    KpiPagesTest::SetUp();
    if (HasFatalFailure()) return;
    context_->posts = [](const std::string&) {
      return std::vector<PostWords>{{"desk", {"窓口係", "Desk"}}, {"chief", {"係長", "Chief"}}, {"lead", {"計画係", "Planning desk"}}};
    };
    context_->posts_of = [](const std::string&, const std::string& officer) {
      return officer == "officer-aaaaaa"   ? std::vector<std::string>{"desk"}
             : officer == "officer-bbbbbb" ? std::vector<std::string>{"chief", "lead"}
                                           : std::vector<std::string>();
    };
    context_->is_administrator = [this](const http::Request&) { return actor_ == "officer-dddddd"; };
    sign(import(small_plan()).edition);
  }
  static web::Parameters schedule_fields() {
    return {{"base", "0"},       {"post", "lead"},   {"from", "2024-04-01"},    {"priority_fields", "life"}, {"priority_measures", ""},
            {"elsewhere", ""},   {"due_days", "30"}, {"reminder_days", "14 3"}, {"repeat_days", "7"},        {"basis-ja", "定め"},
            {"basis-en", "Rule"}};
  }
  static web::Parameters entry_fields(const char* base = "0") {
    return {
        {"base", base}, {"facts-ja", "事実です"}, {"facts-en", "These are facts"}, {"progress-number", "１２"}, {"light", "on_track"}};
  }
  void begin() {
    ASSERT_OK(follow_ups().set_schedule(kPlan, small_schedule(), 0, administrator()));
    ASSERT_OK(follow_ups().assign(kPlan, {"1-1"}, "desk", administrator()));
  }
};

TEST_P(FollowUpPagesTest, ScheduleAndOwnersByForm) {
  expect_in(get(std::string(kOffice) + "/follow-up"), {"フォローアップの予定がありません"});
  auto refused = post(std::string(kOffice) + "/follow-up/schedule", schedule_fields());
  EXPECT_EQ(refused.status, 403);
  expect_in(refused.bytes(), {"管理者が行います"});
  EXPECT_EQ(get(std::string(kOffice) + "/follow-up/schedule").find("name=\"from\""), std::string::npos) << "no form for who may not";
  actor_ = "officer-dddddd";
  expect_in(get(std::string(kOffice) + "/follow-up/schedule"), {"value=\"2024-04-01\"", "name=\"priority_fields\"", "くらし"});
  auto bad = post(std::string(kOffice) + "/follow-up/schedule",
                  with(with(with(schedule_fields(), "from", "いつか"), "priority_measures", "9-9"), "repeat_days", "0"));
  EXPECT_EQ(bad.status, 422);
  expect_in(bad.bytes(), {"始まりの日を書いて", "施策「9-9」は計画にありません", "1から365まで", "value=\"life\" checked"});
  auto mayor = post(std::string(kOffice) + "/follow-up/schedule", with(with(schedule_fields(), "post", "mayor"), "due_days", "0"));
  EXPECT_EQ(mayor.status, 422);
  expect_in(mayor.bytes(), {"id=\"error-post\"", "id=\"error-due_days\""});
  EXPECT_EQ(post(std::string(kOffice) + "/follow-up/schedule", schedule_fields()).status, 303);
  EXPECT_EQ(post(std::string(kOffice) + "/follow-up/schedule", with(schedule_fields(), "due_days", "20")).status, 409)
      << "somebody has set it meanwhile";
  EXPECT_EQ(post(std::string(kOffice) + "/follow-up/owners", {{"field", "life"}, {"numbers", ""}, {"post", "desk"}}).status, 303);
  EXPECT_EQ(follow_ups().state(kPlan, View{.drafts = true}).value().owners.size(), 2u);
  expect_in(get(std::string(kOffice) + "/follow-up/owners"), {"窓口係", "1-1 2-1", "follow-up/owners.json", "follow-up/owners.csv"});
  auto owners = parse_json(get(std::string(kOffice) + "/follow-up/owners.json")).value().as_object();
  EXPECT_TRUE(owners["rows"].at(0).at("post").is_null()) << "a measure is nobody's";
  EXPECT_EQ(canonical_json(owners["rows"].at(1)), R"({"measures":2,"numbers":"1-1 2-1","post":"desk","post_text":"窓口係"})");
  EXPECT_EQ(get(std::string(kOffice) + "/follow-up/owners.csv"), "post,measures,numbers\r\n,1,1-2\r\ndesk,2,1-1 2-1\r\n");
  actor_ = "officer-aaaaaa";
  expect_in(get(std::string(kOffice) + "/follow-up/schedule"), {"計画係", "取りまとめ"});
  EXPECT_EQ(get(std::string(kOffice) + "/follow-up/owners").find("name=\"numbers\""), std::string::npos);
  EXPECT_EQ(post(std::string(kOffice) + "/follow-up/owners", {{"field", "life"}, {"numbers", ""}, {"post", "chief"}}).status, 403);
  actor_ = "officer-bbbbbb";
  EXPECT_EQ(post(std::string(kOffice) + "/follow-up/owners", {{"field", ""}, {"numbers", "9-9"}, {"post", "desk"}}).status, 422);
  EXPECT_EQ(post(std::string(kOffice) + "/follow-up/owners", {{"field", "life"}, {"numbers", ""}, {"post", "mayor"}}).status, 422);
  auto unchosen = post(std::string(kOffice) + "/follow-up/owners", {{"field", "life"}, {"numbers", ""}, {"post", ""}});
  EXPECT_EQ(unchosen.status, 422) << "who chooses nobody says so";
  expect_in(unchosen.bytes(), {"id=\"error-post\"", "一覧から選んでください"});
  EXPECT_EQ(post(std::string(kOffice) + "/follow-up/owners", {{"field", "life"}, {"numbers", ""}, {"post", "none"}}).status, 303);
}

TEST_P(FollowUpPagesTest, WithoutAScheduleTheDeskSaysWhereToBegin) {
  auto empty = get("/aoba/office/follow-up");
  expect_in(empty, {"予定がまだありません", "/follow-up/schedule\""});
  EXPECT_EQ(empty.find("class=\"empty\""), empty.npos) << "said once";
}

TEST_P(FollowUpPagesTest, AScheduleThatBeginsLaterIsSaid) {
  Schedule late = small_schedule();
  late.from = {2026, 4, 1};
  ASSERT_OK(follow_ups().set_schedule(kPlan, late, 0, administrator()));
  auto page = get("/aoba/office/follow-up");
  expect_in(page, {"これから1年のうちに", "始まりの日：", "datetime=\"2026-04-01\""});
  EXPECT_EQ(page.find("予定がまだありません"), page.npos);
}

TEST_P(FollowUpPagesTest, CalendarMineAndOverdue) {
  begin();
  auto calendar = get("/aoba/office/follow-up");
  expect_in(calendar, {"2024-07", "窓口係", "担当なし", "1-1 引越し手続のオンライン化", "四半期"});
  EXPECT_EQ(get("/aoba/office/follow-up/mine").find("2-1 避難所"), std::string::npos) << "another's";
  expect_in(get("/aoba/office/follow-up/mine"), {"1-1 引越し手続", "記入待ち", "follow-up/2024-Q1/edit"});
  expect_in(get("/aoba/office/follow-up/overdue"), {"期限を過ぎたものはありません"});
  clock.set(at("2024-08-02T09:00:00+09:00"));
  auto overdue = parse_json(get("/aoba/office/follow-up/overdue.json")).value().as_object();
  EXPECT_EQ(overdue["total"], 2);
  EXPECT_EQ(parse_json(get("/aoba/office/follow-up.json?month=2024-07&post=none")).value().as_object()["total"], 1);
  EXPECT_EQ(parse_json(get("/aoba/office/follow-up.json?state=overdue&post=desk")).value().as_object()["total"], 1);
  EXPECT_EQ(parse_json(get("/aoba/office/follow-up.json?state=open&post=desk&month=2024-07")).value().as_object()["total"], 1)
      << "what is overdue is still open";
  expect_in(get("/aoba/office/follow-up/overdue.csv"), {"2024-07-30,1-1"});
  get("/aoba/office/follow-up?state=lost", 422);
}

// A form is linked where it opens: of a measure without an owner for the post that leads alone.
TEST_P(FollowUpPagesTest, ALinkToAFormIsForWhoMayEnter) {
  begin();
  clock.set(at("2024-08-02T09:00:00+09:00"));
  const std::map<std::string, std::set<std::string>> enters = {
      {"officer-aaaaaa", {"1-1"}}, {"officer-bbbbbb", {"1-2", "2-1"}}, {"officer-dddddd", {}}};
  for (const auto& [officer, numbers] : enters) {
    actor_ = officer;
    const auto desk = get("/aoba/office/follow-up");
    for (const std::string number : {"1-1", "1-2", "2-1"}) {
      const std::string measure = std::string(kOffice) + "/measures/" + number + "/follow-up",
                        edit = measure + (number == "1-2" ? "/2024/edit" : "/2024-Q1/edit"), link = "href=\"" + edit + "\"";
      const bool may = numbers.contains(number);
      get(edit, may ? 200 : 403);
      EXPECT_EQ(desk.find(link) != desk.npos, may) << officer << " " << number;
      const auto page = get(measure);
      EXPECT_EQ(page.find(link) != page.npos, may) << officer << " " << number;
      expect_in(page, {"記入するもの", "記入待ち"});
    }
  }
}

TEST_P(FollowUpPagesTest, EntryIsDrawnCheckedAndSaved) {
  begin();
  expect_in(get(kEdit), {"オンライン利用率", "name=\"base\" value=\"0\"", "2024年度 第1四半期", "50 %"});
  auto bad = post(kEdit, with(with(with(with(entry_fields(), "facts-en", ""), "light", "delayed"), "progress-number", "多い"),
                              "review_kpi", "true"));
  EXPECT_EQ(bad.status, 422);
  expect_in(bad.bytes(), {"日本語と英語の両方", "href=\"#field-facts-en\"", "課題を書いて", "原因を整理", "次に行うこと", "見直す理由",
                          "value=\"多い\""});
  EXPECT_EQ(bad.bytes().find("href=\"#field-facts-ja\""), bad.bytes().npos) << "the field that is filled is not the fault";
  auto nothing = post(kEdit, {{"base", "0"}});
  EXPECT_EQ(nothing.status, 422);
  expect_in(nothing.bytes(), {"事実を書いて"});
  auto empty = post(kEdit, {{"base", "0"}, {"light", "at_risk"}});
  EXPECT_EQ(empty.status, 422);
  expect_in(empty.bytes(), {"事実を書いて", "課題を書いて", "原因を整理", "次に行うこと", "計画が定めたKPI"});
  auto saved = post(kEdit, entry_fields());
  EXPECT_EQ(saved.status, 303) << saved.bytes();
  expect_in(get(std::string(kOffice) + "/measures/1-1/follow-up"), {"事実です", "● 順調", "確認待ち", "id=\"p-2024-Q1\""});
  actor_ = "officer-bbbbbb";
  expect_in(get(std::string(kOffice) + "/measures/1-1/follow-up"), {"/sign-off\""});
  actor_ = "officer-aaaaaa";
  EXPECT_EQ(follow_ups().entry(kPlan, {"1-1", {2024, 1}}, View{.drafts = true}).value()[0].entry.progress->number, 12);
  get("/aoba/office/plans/aoba.data-plan/measures/9-9/follow-up/2024-Q1/edit", 404);
  get("/aoba/office/plans/aoba.data-plan/measures/1-1/follow-up/soon/edit", 404);
  auto early = post("/aoba/office/plans/aoba.data-plan/measures/1-1/follow-up/2024-Q2/edit", entry_fields());
  EXPECT_EQ(early.status, 409);
  expect_in(early.bytes(), {"まだ始まっていません"});
  get("/aoba/office/plans/aoba.data-plan/measures/1-1/follow-up/2024-Q2/edit", 409);
  get("/aoba/office/plans/aoba.data-plan/measures/1-1/follow-up/2024/edit", 422);
  ASSERT_OK(follow_ups().assign(kPlan, {"2-1"}, "chief", administrator()));
  get("/aoba/office/plans/aoba.data-plan/measures/2-1/follow-up/2024-Q1/edit", 403);
  EXPECT_EQ(post("/aoba/office/plans/aoba.data-plan/measures/2-1/follow-up/2024-Q1/edit", entry_fields()).status, 403)
      << "another post's";
}

// The target speaks of one KPI of the two, or of what it is a share of.
TEST_P(FollowUpPagesTest, AnActualInAUnitThatHoldsAScale) {
  PlanDocument plan = small_plan();
  plan.measures[0].target->unit = Text{"億円", "100 million yen"};
  sign(import(plan).edition);
  begin();
  for (const char* other : {"500万円", "500円", "500 yen"})
    EXPECT_EQ(post(kEdit, with(entry_fields(), "progress-number", other)).status, 422) << other;
  const auto progress = [&] {
    return follow_ups().entry(kPlan, {"1-1", {2024, 1}}, View{.drafts = true}).value().back().entry.progress;
  };
  auto saved = post(kEdit, with(entry_fields(), "progress-number", "５００億円"));
  ASSERT_EQ(saved.status, 303) << saved.bytes();
  EXPECT_EQ(progress()->number, 500);
  saved = post(kEdit, with(with(entry_fields(), "progress-number", "300件"), "base", "1"));
  EXPECT_EQ(saved.status, 303) << "another unit than the target's" << saved.bytes();
  EXPECT_EQ(progress()->number, 300);
}

TEST_P(FollowUpPagesTest, AnActualOfAKpiWithRowsIsInTheirUnit) {
  PlanDocument plan = small_plan();
  Line row;
  row.unit = Text{"億円", "100 million yen"};
  row.final_target = SheetValue{900};
  row.final_year = 2025;
  row.kind = IndicatorKind::kProgress;
  plan.measures[0].progress.lines = {row};
  sign(import(plan).edition);
  begin();
  for (const char* other : {"500万円", "500円", "50%"})  // the last is the target's
    EXPECT_EQ(post(kEdit, with(entry_fields(), "progress-number", other)).status, 422) << other;
  EXPECT_EQ(post(kEdit, with(entry_fields(), "progress-number", "500億円")).status, 303);
}

TEST_P(FollowUpPagesTest, AMeasureWithdrawnMeanwhile) {
  begin();
  PlanDocument without = small_plan();
  without.measures.pop_back();
  sign(import(without).edition);
  auto gone = post("/aoba/office/plans/aoba.data-plan/measures/2-1/follow-up/2024-Q1/edit", entry_fields());
  EXPECT_EQ(gone.status, 409);
  expect_in(gone.bytes(), {"取り下げられて"});
}

TEST_P(FollowUpPagesTest, TwoOfficersAreToldOfEachOther) {
  begin();
  EXPECT_EQ(post(kEdit, entry_fields()).status, 303);
  EXPECT_EQ(post(kEdit, with(with(entry_fields("1"), "progress-number", "20"), "issues-ja", "")).status, 303);
  auto answer = post(kEdit, with(with(with(entry_fields("1"), "progress-number", "30"), "issues-ja", "遅い"), "issues-en", "Slow"));
  EXPECT_EQ(answer.status, 409);
  expect_in(answer.bytes(), {"progress/number", "name=\"base\" value=\"2\"", "value=\"30\"", "遅い"});
  EXPECT_EQ(post(kEdit, with(with(entry_fields("1"), "facts-ja", "別の事実"), "facts-en", "Other facts")).status, 303)
      << "other cells come together";
  auto now = follow_ups().entry(kPlan, {"1-1", {2024, 1}}, View{.drafts = true}).value().back().entry;
  EXPECT_EQ(now.progress->number, 20);
  EXPECT_EQ(now.facts.en, "Other facts");
}

TEST_P(FollowUpPagesTest, WhoWroteItIsToldThatAnotherSignsOff) {
  begin();
  actor_ = "officer-bbbbbb";  // leads, and enters what nobody owns
  const std::string measure = std::string(kOffice) + "/measures/2-1/follow-up";
  auto saved = post(measure + "/2024-Q1/edit", entry_fields());
  ASSERT_EQ(saved.status, 303) << saved.bytes();
  const auto page = get(measure);
  expect_in(page, {"記入した人は確認できません", "/2024-Q1/return\""});
  EXPECT_EQ(page.find("/sign-off\""), page.npos);
}

TEST_P(FollowUpPagesTest, FromTheDeskToThePublic) {
  begin();
  std::string measure = std::string(kOffice) + "/measures/1-1", home = measure + "/follow-up", step = home + "/2024-Q1";
  EXPECT_EQ(post(kEdit, entry_fields()).status, 303);
  get("/aoba/plans/aoba.data-plan/follow-up", 404);
  EXPECT_EQ(get("/aoba/plans/aoba.data-plan/measures/1-1").find("フォローアップ"), std::string::npos);
  EXPECT_EQ(post(step + "/sign-off", {{"revision", "1"}}).status, 403) << "not who wrote it";
  expect_in(get(home), {"計画係"});
  EXPECT_EQ(get(home).find("/sign-off\""), std::string::npos);
  EXPECT_EQ(get(std::string(kOffice) + "/follow-up/publish").find("name=\"expected\""), std::string::npos);
  EXPECT_EQ(post(std::string(kOffice) + "/follow-up/publish",
                 {{"expected", std::to_string(follow_ups().state(kPlan, View{.drafts = true}).value().cutoff)}})
                .status,
            403);
  actor_ = "officer-bbbbbb";
  EXPECT_EQ(post(step + "/return", {{"revision", "1"}, {"remark-2024-Q1-ja", ""}, {"remark-2024-Q1-en", ""}}).status, 422);
  EXPECT_EQ(post(step + "/sign-off", {{"revision", "1"}}).status, 303);
  EXPECT_EQ(post(step + "/sign-off", {{"revision", "1"}}).status, 409);
  EXPECT_EQ(post(measure + "/findings", {{"finding-ja", "様式"}, {"finding-en", ""}}).status, 422);
  EXPECT_EQ(post(measure + "/findings", {{"finding-ja", "様式がばらばら"}, {"finding-en", "Forms differ"}}).status, 303);
  expect_in(get(std::string(kOffice) + "/follow-up/publish"), {"1-1", "● 順調", "指摘1"});
  auto cutoff = std::to_string(follow_ups().state(kPlan, View{.drafts = true}).value().cutoff);
  EXPECT_EQ(post(std::string(kOffice) + "/follow-up/publish", {{"expected", "1"}}).status, 409);
  EXPECT_EQ(post(std::string(kOffice) + "/follow-up/publish", {{"expected", cutoff}}).status, 303);
  expect_in(get("/aoba/plans/aoba.data-plan/follow-up"), {"● 順調", "○ 未記入", "四半期ごと（重点）", "1-1 引越し手続"});
  EXPECT_EQ(parse_json(get("/aoba/plans/aoba.data-plan/follow-up.json")).value().at("measures").at(0).at("newest").at("status"),
            "on_track");
  expect_in(get("/aoba/plans/aoba.data-plan/follow-up.csv"), {"aoba.data-plan,1-1,", ",2024-Q1,1,on_track,12,"});
  auto page = get("/aoba/plans/aoba.data-plan/measures/1-1/follow-up");
  expect_in(page, {"事実です", "様式がばらばら", "未了"});
  EXPECT_EQ(page.find("<form"), page.npos) << "no forms for the public";
  expect_in(get("/aoba/plans/aoba.data-plan/measures/1-1"), {"● 順調", "閉じていない指摘 1件"});
  expect_in(get("/aoba/plans/aoba.data-plan"), {"/plans/aoba.data-plan/follow-up"});
  actor_ = "officer-aaaaaa";
  EXPECT_EQ(post(measure + "/findings/1", {{"how-1-ja", "そろえた"}, {"how-1-en", "Aligned"}}).status, 403) << "not by its owner";
  actor_ = "officer-bbbbbb";
  EXPECT_EQ(post(measure + "/findings/1", {{"how-1-ja", "そろえた"}, {"how-1-en", "Aligned"}}).status, 303);
  EXPECT_EQ(post(measure + "/findings/1", {{"how-1-ja", "そろえた"}, {"how-1-en", "Aligned"}}).status, 409);
  EXPECT_EQ(parse_json(get("/aoba/plans/aoba.data-plan/measures/1-1/follow-up.json")).value().at("findings").at(0).at("open"), true)
      << "the closing is not published yet";
  get("/aoba/plans/aoba.data-plan/follow-up?as_of=2024-04-01", 404);
}

TEST_P(FollowUpPagesTest, NoCellOfThePublicTableIsAFormula) {
  begin();
  EXPECT_EQ(post(kEdit, with(with(entry_fields(), "facts-ja", "=1+1"), "facts-en", "@SUM(A1)")).status, 303);
  ASSERT_OK(follow_ups().sign_off(kPlan, {"1-1", {2024, 1}}, 1, lead("officer-bbbbbb")));
  ASSERT_OK(follow_ups().publish(kPlan, follow_ups().state(kPlan, View{.drafts = true}).value().cutoff, lead("officer-bbbbbb")));
  for (const char* page : {"/aoba/plans/aoba.data-plan/follow-up.csv", "/aoba/plans/aoba.data-plan/measures/1-1/follow-up.csv"}) {
    expect_in(get(page), {"'=1+1", "'@SUM(A1)"});
    EXPECT_TRUE(get(page).starts_with("plan,")) << page;
    EXPECT_TRUE(get(std::string(page) + "?spreadsheet=1").starts_with("\xEF\xBB\xBFplan,")) << page;
  }
}

TEST_P(FollowUpPagesTest, WhatChangedSinceLastTime) {
  begin();
  EXPECT_EQ(post(kEdit, entry_fields()).status, 303);
  clock.set(at("2024-07-02T09:00:00+09:00"));
  std::string second = std::string(kOffice) + "/measures/1-1/follow-up/2024-Q2/edit";
  expect_in(get(second), {"前回の内容（2024年度 第1四半期", "事実です"});
  auto late = with(with(with(with(with(with(with(entry_fields(), "light", "at_risk"), "issues-ja", "課題"), "issues-en", "Issue"),
                                  "causes-ja", "原因"),
                             "causes-en", "Cause"),
                        "next_action-ja", "次"),
                   "next_action-en", "Next");
  EXPECT_EQ(post(second, late).status, 303);
  auto page = get(std::string(kOffice) + "/measures/1-1/follow-up");
  expect_in(page, {"から変わったこと", "● 順調", "✕ 困難", "id=\"since-20242\""});
}

TEST_P(FollowUpPagesTest, NoticesOnTheStartPage) {
  begin();
  clock.set(at("2024-07-28T09:00:00+09:00"));
  ASSERT_OK(follow_ups().remind(clock.now()));
  expect_in(follow_up_notices(*database, {"desk"}, web::Language::ja).value().html,
            {"期限が近い", "1件が済んでいません", "/aoba/office/follow-up/mine"});
  EXPECT_EQ(follow_up_notices(*database, {"chief"}, web::Language::ja).value().html, "");
  clock.set(at("2024-07-31T09:00:00+09:00"));
  ASSERT_OK(follow_ups().remind(clock.now()));
  expect_in(follow_up_notices(*database, {"desk"}, web::Language::en).value().html, {"Overdue", "1 item is not settled"});
}

INSTANTIATE_TEST_SUITE_P(Both, FollowUpPagesTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

}  // namespace
}  // namespace musubi::kpi
