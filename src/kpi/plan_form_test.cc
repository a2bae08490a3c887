#include "kpi/plan_form.h"

#include "kpi/json.h"
#include "kpi/pages_test_support.h"
#include "kpi/test_browser.h"

namespace musubi::kpi {
namespace {

constexpr const char* kNew = "/aoba/office/plans/new";
constexpr const char* kSelf = "/aoba/office/plans/aoba.local-plan";

class PlanFormTest : public KpiPagesTest {
 protected:
  static void set(web::Parameters& all, const std::string& name, const std::string& value) {
    for (auto& [key, now] : all)
      if (key == name) {
        now = value;
        return;
      }
    all.emplace_back(name, value);
  }
  static web::Parameters heading() {
    return {{"id", "aoba.local-plan"},
            {"title-ja", "青葉町の計画"},
            {"title-en", "Plan of Aoba"},
            {"summary-ja", "町の計画です。"},
            {"summary-en", "The town's plan."},
            {"publisher-ja", "青葉町"},
            {"publisher-en", "Aoba Town"},
            {"version", "令和8年4月1日"},
            {"first_year", "令和8年度"},
            {"last_year", "2030"},
            {"serves_plan", "japan.basic-plan-2019"},
            {"section-new1-ja", "手続"},
            {"section-new1-en", "Procedures"},
            {"section-new3-ja", "データ"},
            {"section-new3-en", "Data"},
            {"field-new1-ja", "くらし"},
            {"field-new1-en", "Daily life"}};
  }
  static web::Parameters measure() {
    return {{"section", "1"},
            {"field", "daily-life"},
            {"title-ja", "引越し手続のオンライン化"},
            {"title-en", "Moving house on line"},
            {"progress-status", "set"},
            {"progress-ja", "利用率"},
            {"progress-en", "Share"},
            {"effect-status", "not_set"},
            {"effect_due-ja", "2027年度"},
            {"effect_due-en", "Fiscal 2027"},
            {"target-ja", "50 %"},
            {"target-en", "50 %"},
            {"target_value", "５０"},
            {"target_unit-ja", "%"},
            {"target_unit-en", "%"},
            {"target_year", "令和9年度"},
            {"milestone-1-ja", "開始"},
            {"milestone-1-en", "Begin"},
            {"milestone-1-by", "FY2026"},
            {"systems", "e-gov、my-portal"}};
  }
  Measure now(const char* number) { return plans().measure("aoba.local-plan", number, View{.drafts = true}).value().measure; }
  PlanState state() { return plans().state("aoba.local-plan", View{.drafts = true}).value(); }
};

TEST_P(PlanFormTest, ALocalPlanIsWrittenByFormAndSignedOff) {
  EXPECT_NE(get("/aoba/office/plans").find("/aoba/office/plans/new"), std::string::npos);
  for (const char* words : {"name=\"section-new1-ja\"", "japan.basic-plan-2019", "2024-04-10"})
    EXPECT_NE(get(kNew).find(words), std::string::npos) << words;
  ASSERT_EQ(post(kNew, heading()).status, 303);
  PlanHeader h = state().header;
  EXPECT_EQ(h.version, "2026-04-01");
  EXPECT_EQ(h.first_year, 2026);
  EXPECT_EQ(h.source_title, h.title) << "the plan is its own source";
  ASSERT_EQ(h.sections.size(), 2u);
  EXPECT_EQ(h.sections[1].id, "2");
  EXPECT_EQ(h.fields[0].id, "daily-life");
  auto taken = post(kNew, heading());
  EXPECT_EQ(taken.status, 409);
  EXPECT_TRUE(says(taken, "この id はもう使われています"));
  std::string page = get(kSelf);
  for (const char* words : {"/edit\"", "/measures/new\"", "2026年度から2030年度まで"}) EXPECT_NE(page.find(words), page.npos) << words;

  auto added = post(std::string(kSelf) + "/measures/new", measure());
  ASSERT_EQ(added.status, 303) << added.bytes();
  EXPECT_TRUE(added.headers.get("Location").ends_with("/measures/1-1/serves")) << "then the national measures";
  Measure m = now("1-1");
  EXPECT_EQ(m.target, (Target{{"50 %", "50 %"}, 50.0, Text{"%", "%"}, 2027, "target"}));
  EXPECT_EQ(m.milestones, (std::vector<Milestone>{{{"開始", "Begin"}, "FY2026"}}));
  EXPECT_EQ(m.systems, (std::vector<std::string>{"e-gov", "my-portal"}));
  EXPECT_EQ(m.effect.due, (Text{"2027年度", "Fiscal 2027"}));

  const std::string serves = std::string(kSelf) + "/measures/1-1/serves";
  std::string found = get(serves + "?q=" + web::encode_component("オープンデータ"));
  EXPECT_NE(found.find("type=\"checkbox\""), found.npos);
  EXPECT_NE(get(serves + "?q=zzzz").find("当てはまる施策はありません"), std::string::npos);
  EXPECT_NE(get(serves).find("件のうち50件"), std::string::npos);
  ASSERT_EQ(post(serves, {{"base", "1"}, {"serves", "1-1"}, {"serves", "2-1"}}).status, 303);
  EXPECT_EQ(now("1-1").serves, (std::vector<std::string>{"1-1", "2-1"}));
  EXPECT_NE(get(serves + "?q=zzzz").find("value=\"2-1\" checked"), std::string::npos) << "a search loses nothing that is ticked";
  auto unknown = post(serves, {{"base", "2"}, {"serves", "99-9"}});
  EXPECT_EQ(unknown.status, 422);
  EXPECT_TRUE(says(unknown, "国の計画に施策「99-9」はありません"));
  ASSERT_OK(plans().sign_off("aoba.local-plan", "officer-bbbbbb", state().edition));
  EXPECT_NE(get("/aoba/plans/aoba.local-plan/measures/1-1").find("japan.basic-plan-2019"), std::string::npos);
  for (const char* target : {"/aoba/plans/aoba.local-plan", "/aoba/plans/aoba.local-plan/measures/1-1"})
    EXPECT_EQ(get(target).find("<form method=\"post\""), std::string::npos) << target << ": everyone's page has no forms";
  expect_clean();
}

TEST_P(PlanFormTest, EveryFaultAtItsFieldInBothLanguages) {
  auto bad = heading();
  set(bad, "id", "Bad Id");
  set(bad, "title-en", "");
  set(bad, "version", "someday");
  set(bad, "last_year", "2020");
  set(bad, "section-new1-en", "");
  auto refused = post(kNew, bad);
  EXPECT_EQ(refused.status, 422);
  for (const char* words :
       {"日本語と英語の両方を書いてください", "日付ではありません", "期間の最後の年度が", "value=\"青葉町の計画\""})
    EXPECT_TRUE(says(refused, words)) << words << refused.bytes();
  auto english = post(kNew, bad, web::Language::en);
  for (const char* words : {"Write both Japanese and English", "This is not a date", "ends before it begins", "kebab case"})
    EXPECT_TRUE(says(english, words)) << words;
  EXPECT_TRUE(says(english, "href=\"#field-title-en\""));
  EXPECT_FALSE(says(english, "href=\"#field-title-ja\"")) << "it is filled";
  EXPECT_EQ(send(http::Method::get, kSelf).status, 404) << "nothing was written";
  ASSERT_EQ(post(kNew, heading()).status, 303);
  auto wrong = measure();
  set(wrong, "progress-ja", "");
  set(wrong, "progress-en", "");
  set(wrong, "field", "nowhere");
  set(wrong, "target_year", "いつか");
  set(wrong, "milestone-1-by", "someday");
  set(wrong, "target_unit-ja", "");
  set(wrong, "target_unit-en", "");
  auto measure_refused = post(std::string(kSelf) + "/measures/new", wrong);
  EXPECT_EQ(measure_refused.status, 422);
  for (const char* words : {"設定済みのKPIには本文が必要です", "分野の一覧にありません", "時期として読めません",
                            "目標値に単位がありません", "href=\"#field-milestone-1-by\"", "href=\"#field-target_year\""})
    EXPECT_TRUE(says(measure_refused, words)) << words << measure_refused.bytes();
  EXPECT_TRUE(state().entries.empty());
}

TEST_P(PlanFormTest, TwoAnalystsUndoAndDiscard) {
  ASSERT_EQ(post(kNew, heading()).status, 303);
  ASSERT_EQ(post(std::string(kSelf) + "/measures/new", measure()).status, 303);
  const std::string edit = std::string(kSelf) + "/measures/1-1/edit";
  std::string page = get(edit);
  for (const char* words : {"name=\"base\" value=\"1\"", "value=\"50\"", "name=\"milestone-2-ja\""})
    EXPECT_NE(page.find(words), page.npos) << words;
  auto mine = measure();
  set(mine, "base", "1");
  set(mine, "locator-ja", "施策1-1");
  set(mine, "locator-en", "measure 1-1");
  auto theirs = mine;
  set(theirs, "title-ja", "引越しのオンライン化");
  ASSERT_EQ(post(edit, theirs).status, 303);
  actor_ = "officer-bbbbbb";
  auto other = mine;
  set(other, "target_value", "60");
  ASSERT_EQ(post(edit, other).status, 303) << "other cells";
  EXPECT_EQ(now("1-1").title.ja, "引越しのオンライン化");
  EXPECT_EQ(now("1-1").target->value, 60);
  set(other, "base", "3");
  set(other, "target_value", "60件");
  auto unit = post(edit, other);
  EXPECT_EQ(unit.status, 422) << "its unit is %";
  EXPECT_TRUE(says(unit, "field-target_value")) << unit.bytes();
  set(mine, "title-ja", "別の題名");
  auto conflict = post(edit, mine);
  EXPECT_EQ(conflict.status, 409);
  for (const char* words : {"value=\"別の題名\"", "題名", "ほかの人の値", "name=\"base\" value=\"3\"", "value=\"60\""})
    EXPECT_TRUE(says(conflict, words)) << words << conflict.bytes();
  // Undo, take out, bring back.
  EXPECT_NE(get(std::string(kSelf) + "/measures/1-1").find("最後の変更を取り消す"), std::string::npos);
  ASSERT_EQ(post(std::string(kSelf) + "/measures/1-1/undo", {{"revision", "3"}}).status, 303);
  EXPECT_EQ(now("1-1").target->value, 50);
  ASSERT_EQ(post(std::string(kSelf) + "/measures/1-1/remove", {{"revision", "4"}}).status, 303);
  EXPECT_TRUE(state().entries.empty());
  EXPECT_EQ(post(std::string(kSelf) + "/measures/1-1/remove", {{"revision", "4"}}).status, 404);
  std::string history = get(std::string(kSelf) + "/measures/1-1/history");
  EXPECT_NE(history.find("取下げ"), history.npos);
  EXPECT_NE(history.find("/measures/1-1/undo"), history.npos) << "the way back";
  ASSERT_EQ(post(std::string(kSelf) + "/measures/1-1/undo", {{"revision", "5"}}).status, 303);
  ASSERT_OK(plans().sign_off("aoba.local-plan", "officer-cccccc", state().edition));
  // The heading: a section renamed, one emptied, a new one.
  auto head = heading();
  set(head, "base", "1");
  set(head, "section-1-ja", "届出");
  set(head, "section-1-en", "Filings");
  set(head, "section-2-ja", "");
  set(head, "section-2-en", "");
  set(head, "section-new3-ja", "");
  set(head, "section-new3-en", "");
  set(head, "field-daily-life-ja", "くらし");
  set(head, "field-daily-life-en", "Daily life");
  set(head, "field-new1-ja", "");
  set(head, "field-new1-en", "");
  ASSERT_EQ(post(std::string(kSelf) + "/edit", head).status, 303);
  ASSERT_EQ(state().header.sections.size(), 2u);
  EXPECT_EQ(state().header.sections[0].title.en, "Filings");
  EXPECT_EQ(state().header.sections[1].id, "3") << "an id is not used twice";
  set(head, "base", "2");
  set(head, "section-1-ja", "");
  set(head, "section-1-en", "");
  auto used = post(std::string(kSelf) + "/edit", head);
  EXPECT_EQ(used.status, 422);
  EXPECT_TRUE(says(used, "施策1-1：")) << "it still has a measure";
  std::string plan = get(kSelf);
  EXPECT_NE(plan.find("/discard"), plan.npos);
  ASSERT_EQ(post(std::string(kSelf) + "/discard", {{"edition", state().edition}}).status, 303);
  EXPECT_FALSE(state().header.sections[0].title.en == "Filings");
  EXPECT_EQ(state().edition, plans().state("aoba.local-plan", {}).value().edition);
  expect_clean();
}

// The page of the plan does not know a measure that was taken out before its first sign-off: its history does.
TEST_P(PlanFormTest, AMeasureThatWasTakenOutIsFoundAgain) {
  const std::string self = kSelf, review = self + "/sign-off";
  auto link = [&](const char* number) { return "href=\"" + self + "/measures/" + number + "/history\""; };
  auto review_has = [&](const char* number) { return get(review).find(link(number)) != std::string::npos; };
  ASSERT_EQ(post(kNew, heading()).status, 303);
  ASSERT_EQ(post(self + "/measures/new", measure()).status, 303);
  ASSERT_EQ(post(self + "/measures/1-1/remove", {{"revision", "1"}}).status, 303);
  EXPECT_TRUE(review_has("1-1"));
  EXPECT_NE(get(self + "/measures/1-1/history").find("/measures/1-1/undo"), std::string::npos);
  ASSERT_EQ(post(self + "/measures/1-1/undo", {{"revision", "2"}}).status, 303);
  EXPECT_EQ(get(review).find("確定せずに外した施策"), std::string::npos);
  ASSERT_OK(plans().sign_off("aoba.local-plan", "officer-bbbbbb", state().edition));
  ASSERT_EQ(post(self + "/measures/new", measure()).status, 303);
  ASSERT_EQ(post(self + "/measures/1-2/remove", {{"revision", "1"}}).status, 303);
  EXPECT_TRUE(review_has("1-2") && !review_has("1-1"));
  EXPECT_FALSE(state().has_drafts());
}

// Ids of rows come from the page, and may be anything.
TEST_P(PlanFormTest, IdsOfRowsAreThoseOfTheFormAndNoMoreThanAPlanHas) {
  ASSERT_EQ(post(kNew, heading()).status, 303);
  const std::string edit = std::string(kSelf) + "/edit";
  auto posted = form_in(get(edit));
  set(posted, "section-new1-ja", "三");
  set(posted, "section-new1-en", "Three");
  set(posted, "section-ids", "1 2 9223372036854775807 x 0 -4");
  ASSERT_EQ(post(edit, posted).status, 303);
  ASSERT_EQ(state().header.sections.size(), 3u);
  EXPECT_EQ(state().header.sections[2].id, "3");
  std::string ids;
  for (int i = 0; i < 1000; ++i) ids += " f" + std::to_string(i);
  posted = form_in(get(edit));
  set(posted, "field-ids", "daily-life" + ids);
  set(posted, "title-en", "");
  auto refused = post(edit, posted);
  EXPECT_EQ(refused.status, 422);
  EXPECT_TRUE(says(refused, "name=\"field-f100-ja\""));
  EXPECT_FALSE(says(refused, "name=\"field-f200-ja\""));
}

TEST_P(PlanFormTest, WithoutTheNationsListNumbersAreTyped) {
  auto plan = heading();
  set(plan, "serves_plan", "japan.another-plan");
  ASSERT_EQ(post(kNew, plan).status, 303);
  ASSERT_EQ(post(std::string(kSelf) + "/measures/new", measure()).status, 303);
  const std::string serves = std::string(kSelf) + "/measures/1-1/serves";
  EXPECT_NE(get(serves).find("国の計画の一覧はここにありません"), std::string::npos);
  ASSERT_EQ(post(serves, {{"base", "1"}, {"serves", "３-2 1-1、1-1"}}).status, 303);
  EXPECT_EQ(now("1-1").serves, (std::vector<std::string>{"1-1", "3-2"}));
  EXPECT_EQ(post(serves, {{"base", "2"}, {"serves", "one"}}).status, 422);
}

INSTANTIATE_TEST_SUITE_P(Both, PlanFormTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

}  // namespace
}  // namespace musubi::kpi
