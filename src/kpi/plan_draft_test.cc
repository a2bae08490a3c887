#include "kpi/plan_draft.h"

#include "evidence/log.h"
#include "kpi/json.h"
#include "kpi/kpi_test_support.h"

namespace musubi::kpi {
namespace {

constexpr const char* kPlan = "aoba.data-plan";

class PlanDraftTest : public KpiTest {
 protected:
  PlanDraft draft() { return PlanDraft(*database); }
  Measure measure(const char* number) { return plans().measure(kPlan, number, View{.drafts = true}).value().measure; }
  PlanState now() { return plans().state(kPlan, View{.drafts = true}).value(); }
  std::size_t records() { return evidence::Log::of(*database).size(); }
  PlanEdit with(const char* number, std::int64_t base, auto change) {
    Measure m = stored_measure(canonical_json(draft().part_at(kPlan, number, base).value())).value();
    change(m);
    return {number, base, to_json(m)};
  }
};

TEST_P(PlanDraftTest, APlanGrowsPartByPartAndIsSignedOff) {
  PlanHeader header = small_plan().header;
  header.first_year = 2024;
  header.last_year = 2028;
  ASSERT_OK(draft().begin(header, "officer-aaaaaa"));
  EXPECT_ERROR(draft().begin(header, "officer-aaaaaa"), "plan.exists");
  EXPECT_TRUE(now().entries.empty());
  EXPECT_ERROR(plans().sign_off(kPlan, "officer-bbbbbb", now().edition), "plan.faults_open");  // a plan without measures
  Measure m = small_plan().measures[0];
  m.number.clear();
  m.locator = {};
  auto first = draft().add(kPlan, m, "officer-aaaaaa");
  ASSERT_OK(first);
  EXPECT_EQ(*first, "1-1");
  EXPECT_EQ(measure("1-1").locator.ja, "施策1-1") << "where nobody said";
  EXPECT_EQ(*draft().add(kPlan, m, "officer-aaaaaa"), "1-2");
  m.section = "2";
  EXPECT_EQ(*draft().add(kPlan, m, "officer-aaaaaa"), "2-1");
  ASSERT_OK(draft().edit(kPlan, {"1-2", 1, std::nullopt}, "officer-aaaaaa"));
  m.section = "1";
  EXPECT_EQ(*draft().add(kPlan, m, "officer-aaaaaa"), "1-3") << "a number never comes back to another measure";
  SignOff done = sign(now().edition);
  EXPECT_EQ(done.edition, plans().state(kPlan, {}).value().edition);
  EXPECT_EQ(plans().state(kPlan, {}).value().header.last_year, 2028);
  expect_clean();
}

TEST_P(PlanDraftTest, OnlyWhatChangedIsWritten) {
  import(small_plan());
  std::size_t before = records();
  auto done = draft().edit(kPlan, with("1-2", 1, [](Measure& m) { m.title.en = "One counter"; }), "officer-aaaaaa");
  ASSERT_OK(done);
  EXPECT_EQ(done->revised, std::vector<std::string>{"1-2"});
  EXPECT_EQ(records(), before + 1);
  EXPECT_EQ(done->edition, now().edition);
  EXPECT_ERROR(draft().edit(kPlan, with("1-2", 2, [](Measure&) {}), "officer-aaaaaa"), "plan.nothing_new");
  EXPECT_ERROR(draft().edit(kPlan, {"9-9", 1, std::nullopt}, "officer-aaaaaa"), "plan.unknown_measure");
  EXPECT_ERROR(draft().edit("aoba.other", {"1-1", 1, std::nullopt}, "officer-aaaaaa"), "plan.unknown");
  EXPECT_ERROR(draft().part_at(kPlan, "1-1", 7), "plan.unknown_measure");
  EXPECT_EQ(records(), before + 1);
}

TEST_P(PlanDraftTest, EveryFaultAtOnceAndNothingWritten) {
  import(small_plan());
  std::size_t before = records();
  auto refused = draft().edit(kPlan,
                              with("1-1", 1,
                                   [](Measure& m) {
                                     m.title.en = " ";
                                     m.field = "nowhere";
                                     m.progress.text.reset();
                                     m.milestones[0].by = "someday";
                                   }),
                              "officer-aaaaaa");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().name, "plan.faults");
  std::set<std::string> where;
  for (const auto& fault : refused.error().faults) {
    where.insert(fault.where);
    EXPECT_TRUE(!fault.message.ja.empty() && !fault.message.en.empty());
  }
  EXPECT_EQ(where, (std::set<std::string>{"/title/en", "/field", "/progress_kpi/text", "/milestones/0/by"}));
  PlanHeader header = small_plan().header;
  header.sections.pop_back();  // 2-1 stands in it
  auto used = draft().edit(kPlan, {"", 1, to_json(header)}, "officer-aaaaaa");
  ASSERT_FALSE(used.ok());
  ASSERT_EQ(used.error().faults.size(), 1u);
  EXPECT_EQ(used.error().faults[0].where, "/sections");
  EXPECT_NE(used.error().faults[0].message.en.find("Measure 2-1"), std::string::npos);
  header.id = "Bad";
  header.fields.clear();
  auto begun = draft().begin(header, "officer-aaaaaa");
  ASSERT_FALSE(begun.ok());
  EXPECT_GE(begun.error().faults.size(), 2u);
  EXPECT_EQ(records(), before);
}

TEST_P(PlanDraftTest, TwoPeopleInOneMeasure) {
  import(small_plan());
  ASSERT_OK(draft().edit(kPlan, with("1-1", 1, [](Measure& m) { m.title = {"題", "Title"}; }), "officer-aaaaaa"));
  ASSERT_OK(draft().edit(kPlan, with("1-1", 1, [](Measure& m) { m.target->value = 60; }), "officer-bbbbbb"));
  EXPECT_EQ(measure("1-1").title.en, "Title") << "cells of the other one stay";
  EXPECT_EQ(measure("1-1").target->value, 60);
  auto conflict = draft().edit(kPlan, with("1-1", 1, [](Measure& m) { m.title = {"別の題", "Another"}; }), "officer-bbbbbb");
  ASSERT_FALSE(conflict.ok());
  EXPECT_EQ(conflict.error().name, "plan.conflict");
  ASSERT_EQ(conflict.error().faults.size(), 1u);
  EXPECT_EQ(conflict.error().faults[0].where, "title");
  EXPECT_ERROR(draft().edit(kPlan, {"1-1", 1, std::nullopt}, "officer-bbbbbb"), "plan.changed_meanwhile");
  // Sections that two people add or rename do not get in each other's way.
  PlanHeader one = small_plan().header, two = one;
  one.sections.push_back({"3", {"三", "Three"}, std::nullopt});
  two.sections[0].title = {"改めた手続", "Procedures again"};
  ASSERT_OK(draft().edit(kPlan, {"", 1, to_json(one)}, "officer-aaaaaa"));
  ASSERT_OK(draft().edit(kPlan, {"", 1, to_json(two)}, "officer-bbbbbb"));
  auto heading = draft().heading(kPlan).value();
  EXPECT_EQ(heading.revision, 3);
  ASSERT_EQ(heading.header.sections.size(), 3u);
  EXPECT_EQ(heading.header.sections[0].title.en, "Procedures again");
  EXPECT_TRUE(heading.header.sections[0].law_article) << "what a form does not show stays";
  expect_clean();
}

TEST_P(PlanDraftTest, UndoAndDiscard) {
  std::string signed_edition = sign(import(small_plan()).edition).edition;
  EXPECT_ERROR(draft().undo(kPlan, "1-1", 1, "officer-aaaaaa"), "plan.nothing_new");  // it is signed off
  EXPECT_ERROR(draft().discard(kPlan, signed_edition, "officer-aaaaaa"), "plan.nothing_new");
  ASSERT_OK(draft().edit(kPlan, with("1-1", 1, [](Measure& m) { m.title = {"題", "Title"}; }), "officer-aaaaaa"));
  EXPECT_ERROR(draft().undo(kPlan, "1-1", 1, "officer-aaaaaa"), "plan.changed_meanwhile");
  ASSERT_OK(draft().undo(kPlan, "1-1", 2, "officer-aaaaaa"));
  EXPECT_EQ(measure("1-1").title.en, "Moving house on line");
  EXPECT_EQ(now().edition, signed_edition);
  EXPECT_FALSE(now().has_drafts());
  EXPECT_ERROR(plans().sign_off(kPlan, "officer-bbbbbb", signed_edition), "plan.nothing_new");
  ASSERT_OK(draft().edit(kPlan, {"2-1", 1, std::nullopt}, "officer-aaaaaa"));
  EXPECT_EQ(now().withdrawn, std::vector<std::string>{"2-1"});
  EXPECT_ERROR(plans().measure(kPlan, "2-1", View{.drafts = true}), "plan.unknown_measure");
  ASSERT_OK(draft().undo(kPlan, "2-1", 2, "officer-aaaaaa"));
  EXPECT_EQ(measure("2-1").title.en, "Shelter data published");
  // Everything at once.
  PlanHeader header = small_plan().header;
  header.title.en = "Another plan";
  ASSERT_OK(draft().edit(kPlan, {"", 1, to_json(header)}, "officer-aaaaaa"));
  ASSERT_OK(draft().edit(kPlan, {"1-2", 1, std::nullopt}, "officer-aaaaaa"));
  Measure added = small_plan().measures[0];
  ASSERT_OK(draft().add(kPlan, added, "officer-aaaaaa"));
  EXPECT_ERROR(draft().discard(kPlan, signed_edition, "officer-aaaaaa"), "plan.changed_meanwhile");
  EXPECT_TRUE(now().has_drafts());
  ASSERT_OK(draft().discard(kPlan, now().edition, "officer-aaaaaa"));
  EXPECT_EQ(now().edition, signed_edition);
  EXPECT_FALSE(now().has_drafts()) << "the heading, what was taken out, what was added";
  EXPECT_EQ(plans().document(kPlan, View{.drafts = true}).value(), small_plan());
  expect_clean();
}

INSTANTIATE_TEST_SUITE_P(Both, PlanDraftTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

}  // namespace
}  // namespace musubi::kpi
