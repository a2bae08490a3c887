#include "kpi/follow_ups.h"

#include "evidence/erase.h"
#include "kpi/follow_up_store.h"
#include "kpi/kpi_test_support.h"
#include "kpi/test_follow_up.h"

namespace musubi::kpi {
namespace {

const View kDrafts{.drafts = true};
const FollowUpKey kFirst{"1-1", {2024, 1}};

class FollowUpsTest : public KpiTest {
 protected:
  void SetUp() override {
    KpiTest::SetUp();
    if (HasFatalFailure()) return;
    sign(import(small_plan()).edition);
    ASSERT_OK(follow_ups().set_schedule(kPlan, small_schedule(), 0, administrator()));
  }
  Result<FollowUpDone> enter(const FollowUp& entry, std::int64_t base, const char* actor = "officer-aaaaaa",
                             std::vector<std::string> posts = {"lead"}) {
    return follow_ups().enter(kPlan, entry, base, {actor, std::move(posts)}, clock.now());
  }
  FollowUpState drafts() { return follow_ups().state(kPlan, kDrafts).value(); }
  FollowUpState open() { return follow_ups().state(kPlan, {}).value(); }
  std::string due(text::Date until) {
    std::string out;
    auto items = follow_ups().items(clock.now(), until).value();
    for (const auto& one : items)
      out += one.number + "/" + period_id(one.period) + "=" + std::string(kItemStates[std::size_t(one.state)]) +
             (one.overdue ? "!" : "") + " ";
    return out;
  }
  void set_day(const char* day) { clock.set(at((std::string(day) + "T09:00:00+09:00").c_str())); }
  std::vector<std::uint64_t> public_records() {
    return database
        ->read([](db::Reader& reader) -> Result<std::vector<std::uint64_t>> {
          auto all = TRY(evidence::read_records(reader, 0, 200));
          auto set = TRY(FollowUps::published(reader, all));
          return std::vector<std::uint64_t>(set.begin(), set.end());
        })
        .value();
  }
  std::size_t records(const char* type) {
    return database->read([&](db::Reader& reader) { return evidence::read_records(reader, 0, 1000, type); }).value().size();
  }
};

TEST_P(FollowUpsTest, WhatIsDueWhen) {
  EXPECT_EQ(due({2024, 7, 1}), "1-1/2024-Q1=open 2-1/2024-Q1=open 1-1/2024-Q2=not_begun 2-1/2024-Q2=not_begun 1-2/2024=open ");
  ASSERT_OK(enter(small_follow_up(), 0));
  EXPECT_EQ(due({2024, 4, 1}), "1-1/2024-Q1=entered 2-1/2024-Q1=open 1-2/2024=open ");
  set_day("2024-07-30");
  EXPECT_EQ(due({2024, 4, 1}), "1-1/2024-Q1=entered 2-1/2024-Q1=open 1-2/2024=open ");
  set_day("2024-07-31");
  EXPECT_EQ(due({2024, 4, 1}), "1-1/2024-Q1=entered! 2-1/2024-Q1=open! 1-2/2024=open ")
      << "an entry settles nothing before it is signed off";
  ASSERT_OK(follow_ups().sign_off(kPlan, kFirst, 1, lead("officer-bbbbbb")));
  EXPECT_EQ(due({2024, 4, 1}), "1-1/2024-Q1=signed_off 2-1/2024-Q1=open! 1-2/2024=open ");
}

TEST_P(FollowUpsTest, FromEntryToThePublic) {
  ASSERT_OK(enter(small_follow_up(), 0));
  EXPECT_ERROR(follow_ups().state(kPlan, {}), "follow_up.not_published");
  EXPECT_ERROR(follow_ups().sign_off(kPlan, kFirst, 1, lead("officer-aaaaaa")), "follow_up.same_officer");
  EXPECT_ERROR(follow_ups().sign_off(kPlan, {"1-1", {2024, 2}}, 1, lead("officer-bbbbbb")), "follow_up.unknown");
  ASSERT_OK(follow_ups().send_back(kPlan, kFirst, 1, lead("officer-bbbbbb"), {"数の出どころを書く", "Say where the number is from"}));
  EXPECT_ERROR(follow_ups().sign_off(kPlan, kFirst, 1, lead("officer-bbbbbb")), "follow_up.wrong_step");
  FollowUp better = small_follow_up();
  better.facts = {"窓口の記録を数えた", "Counted from the counter's records"};
  ASSERT_OK(enter(better, 1));
  EXPECT_ERROR(follow_ups().sign_off(kPlan, kFirst, 1, lead("officer-bbbbbb")), "follow_up.changed_meanwhile");
  ASSERT_OK(follow_ups().sign_off(kPlan, kFirst, 2, lead("officer-bbbbbb")));
  EXPECT_ERROR(follow_ups().publish(kPlan, 1, lead("officer-bbbbbb")), "follow_up.changed_meanwhile");
  ASSERT_OK(follow_ups().publish(kPlan, drafts().cutoff, lead("officer-bbbbbb")));
  EXPECT_ERROR(follow_ups().publish(kPlan, drafts().cutoff, lead("officer-bbbbbb")), "follow_up.nothing_new");
  ASSERT_EQ(open().entries.size(), 1u);
  auto told = follow_ups().entry(kPlan, kFirst, {}).value();
  ASSERT_EQ(told.size(), 1u) << "what was sent back is nobody's";
  EXPECT_EQ(told[0].entry, better);
  EXPECT_EQ(follow_ups().entry(kPlan, kFirst, kDrafts).value().size(), 2u);
  better.facts.en = "Corrected";
  ASSERT_OK(enter(better, 2));
  EXPECT_EQ(follow_ups().entry(kPlan, kFirst, {}).value().size(), 1u)
      << "a correction is a draft until it is signed off and published";
  expect_clean();
}

TEST_P(FollowUpsTest, OnlyWhatWasSignedOffAndPublishedIsPublic) {
  EXPECT_TRUE(public_records().empty());
  ASSERT_OK(follow_ups().assign(kPlan, {"1-1"}, "desk", lead("officer-aaaaaa")));
  auto entered = enter(small_follow_up(), 0, "officer-aaaaaa", {"desk"});
  ASSERT_OK(entered);
  FollowUp other = small_follow_up();
  other.number = "2-1";
  auto second = enter(other, 0);
  ASSERT_OK(second);
  auto signed_off = follow_ups().sign_off(kPlan, kFirst, 1, lead("officer-bbbbbb"));
  ASSERT_OK(signed_off);
  auto finding = follow_ups().open_finding(kPlan, "2-1", "officer-bbbbbb", {"数が古い", "The number is old"});
  ASSERT_OK(finding);
  ASSERT_OK(follow_ups().publish(kPlan, drafts().cutoff, lead("officer-bbbbbb")));
  std::vector<std::uint64_t> expected;
  for (auto one : {drafts().schedule_record, entered->record, signed_off->record, finding->record})
    expected.push_back(std::uint64_t(one));
  EXPECT_EQ(public_records(), expected) << "not the owner, not the entry that nobody signed off";
  auto later = follow_ups().open_finding(kPlan, "1-2", "officer-bbbbbb", {"一つ", "One"});
  ASSERT_OK(later);
  EXPECT_EQ(public_records(), expected);
}

TEST_P(FollowUpsTest, RefusalsOfAnEntry) {
  FollowUp entry = small_follow_up();
  entry.number = "9-9";
  EXPECT_ERROR(enter(entry, 0), "plan.unknown_measure");
  EXPECT_ERROR(follow_ups().enter("aoba.other", small_follow_up(), 0, lead("officer-aaaaaa"), clock.now()), "plan.unknown");
  entry = small_follow_up();
  entry.period = {2024, 2};
  EXPECT_ERROR(enter(entry, 0), "follow_up.not_begun");
  entry.period = {2024, 0};
  EXPECT_ERROR(enter(entry, 0), "follow_up.wrong_period");  // this measure is quarterly
  entry.period = {2023, 4};
  EXPECT_ERROR(enter(entry, 0), "follow_up.wrong_period");  // before the follow-up began
  entry = small_follow_up();
  entry.facts = {};
  entry.light = Light::kAtRisk;
  auto faults = enter(entry, 0);
  EXPECT_ERROR(faults, "follow_up.faults");
  EXPECT_EQ(faults.error().faults.size(), 4u) << "facts, issues, causes, next step, all at once";
  PlanDocument without = small_plan();
  without.measures.pop_back();
  sign(import(without).edition);
  entry = small_follow_up();
  entry.number = "2-1";
  EXPECT_ERROR(enter(entry, 0), "follow_up.withdrawn_measure");
  EXPECT_ERROR(follow_ups().open_finding(kPlan, "2-1", "officer-aaaaaa", {"指摘", "Finding"}), "follow_up.withdrawn_measure");
  ASSERT_OK(enter(small_follow_up(), 0));
  EXPECT_ERROR(enter(small_follow_up(), 1), "follow_up.nothing_new");
  EXPECT_ERROR(enter(small_follow_up(), 7), "follow_up.unknown");
}

TEST_P(FollowUpsTest, APlanThatIsNotSignedOffHasNone) {
  PlanDocument other = small_plan();
  other.header.id = "aoba.other-plan";
  import(other);
  EXPECT_ERROR(follow_ups().set_schedule("aoba.other-plan", small_schedule(), 0, administrator()), "plan.not_signed_off");
  EXPECT_ERROR(follow_ups().set_schedule(kPlan, small_schedule(), 0, lead("officer-aaaaaa")), "follow_up.changed_meanwhile");
  EXPECT_ERROR(follow_ups().set_schedule(kPlan, small_schedule(), 1, lead("officer-aaaaaa")), "follow_up.nothing_new");
  Schedule bad = small_schedule();
  bad.priority_fields = {"sea"};
  bad.due_days = 0;
  auto faults = follow_ups().set_schedule(kPlan, bad, 1, lead("officer-aaaaaa"));
  EXPECT_ERROR(faults, "follow_up.faults");
  EXPECT_EQ(faults.error().faults.size(), 2u);
}

TEST_P(FollowUpsTest, TheOwnersPostMakesTheEntry) {
  EXPECT_EQ(follow_ups().assign(kPlan, {"1-1", "1-2", "1-1"}, "desk", lead("officer-aaaaaa")).value(), 2u);
  EXPECT_ERROR(follow_ups().assign(kPlan, {"1-1"}, "desk", lead("officer-aaaaaa")), "follow_up.nothing_new");
  auto unknown = follow_ups().assign(kPlan, {"8-8", "9-9"}, "desk", lead("officer-aaaaaa"));
  EXPECT_ERROR(unknown, "follow_up.faults");
  EXPECT_EQ(unknown.error().faults.size(), 2u);
  EXPECT_ERROR(enter(small_follow_up(), 0, "officer-aaaaaa", {"chief"}), "follow_up.not_yours");
  ASSERT_OK(enter(small_follow_up(), 0, "officer-aaaaaa", {"chief", "desk"}));
  EXPECT_EQ(follow_ups().assign(kPlan, {"1-1"}, "", lead("officer-aaaaaa")).value(), 1u);
  EXPECT_FALSE(drafts().owners.contains("1-1"));
  expect_clean();
}

TEST_P(FollowUpsTest, TwoOfficersInOneEntry) {
  ASSERT_OK(enter(small_follow_up(), 0));
  FollowUp mine = small_follow_up(), theirs = small_follow_up();
  theirs.progress->number = 20;
  mine.issues = Text{"課題", "Issue"};
  ASSERT_OK(enter(theirs, 1, "officer-bbbbbb"));
  auto merged = enter(mine, 1);
  ASSERT_OK(merged);
  EXPECT_TRUE(merged->merged);
  auto now = follow_ups().entry(kPlan, kFirst, kDrafts).value().back().entry;
  EXPECT_EQ(now.progress->number, 20);
  EXPECT_EQ(now.issues, mine.issues);
  mine.progress->number = 30;
  auto conflict = enter(mine, 1);
  EXPECT_ERROR(conflict, "follow_up.conflict");
  ASSERT_EQ(conflict.error().faults.size(), 1u);
  EXPECT_EQ(conflict.error().faults[0].where, "progress/number");
  EXPECT_EQ(follow_ups().entry(kPlan, kFirst, kDrafts).value().size(), 3u) << "nothing was saved";
  EXPECT_ERROR(follow_ups().sign_off(kPlan, kFirst, 3, lead("officer-bbbbbb")), "follow_up.same_officer");  // both wrote
  ASSERT_OK(follow_ups().sign_off(kPlan, kFirst, 3, lead("officer-cccccc")));
  EXPECT_ERROR(enter(mine, 0), "follow_up.conflict");  // who began before anything stood there is told, too
}

TEST_P(FollowUpsTest, FindingsStayOpenUntilClosed) {
  EXPECT_ERROR(follow_ups().open_finding(kPlan, "1-1", "officer-aaaaaa", {"", ""}), "follow_up.faults");
  EXPECT_ERROR(follow_ups().open_finding(kPlan, "9-9", "officer-aaaaaa", {"指摘", "Finding"}), "plan.unknown_measure");
  auto first = follow_ups().open_finding(kPlan, "1-1", "officer-aaaaaa", {"様式がばらばら", "Forms differ"});
  ASSERT_OK(first);
  EXPECT_EQ(first->id, 1);
  EXPECT_EQ(follow_ups().open_finding(kPlan, "1-1", "officer-aaaaaa", {"二つ目", "A second"}).value().id, 2);
  FollowUp done = small_follow_up();
  done.light = Light::kDone;
  EXPECT_ERROR(enter(done, 0), "follow_up.faults");  // not done with open findings
  ASSERT_OK(enter(small_follow_up(), 0));
  ASSERT_OK(follow_ups().sign_off(kPlan, kFirst, 1, lead("officer-bbbbbb")));
  set_day("2025-02-01");
  EXPECT_EQ(drafts().open_findings("1-1"), 2u) << "a year later they are still there";
  EXPECT_ERROR(follow_ups().close_finding(kPlan, "1-1", 1, lead("officer-bbbbbb"), {"", ""}), "follow_up.faults");
  EXPECT_ERROR(follow_ups().close_finding(kPlan, "1-1", 3, lead("officer-bbbbbb"), {"済", "Done"}), "follow_up.unknown");
  ASSERT_OK(follow_ups().close_finding(kPlan, "1-1", 1, lead("officer-bbbbbb"), {"様式をそろえた", "Forms were aligned"}));
  EXPECT_ERROR(follow_ups().close_finding(kPlan, "1-1", 1, lead("officer-bbbbbb"), {"済", "Done"}), "follow_up.wrong_step");
  EXPECT_EQ(drafts().open_findings("1-1"), 1u);
  ASSERT_OK(follow_ups().close_finding(kPlan, "1-1", 2, lead("officer-bbbbbb"), {"済", "Done"}));
  done.period = {2024, 3};
  ASSERT_OK(enter(done, 0));
  ASSERT_OK(follow_ups().sign_off(kPlan, {"1-1", {2024, 3}}, 1, lead("officer-bbbbbb")));
  EXPECT_EQ(due({2025, 2, 1}).find("1-1/2024-Q4"), std::string::npos) << "what is done is not asked for again";
  expect_clean();
}

TEST_P(FollowUpsTest, WhichOpenFindingsThePublicKnows) {
  auto known = [&] { return drafts().published_findings("1-1"); };
  ASSERT_OK(follow_ups().open_finding(kPlan, "1-1", "officer-aaaaaa", {"様式がばらばら", "Forms differ"}));
  EXPECT_EQ(known(), 0u);
  ASSERT_OK(follow_ups().publish(kPlan, drafts().cutoff, lead("officer-bbbbbb")));
  EXPECT_EQ(known(), 1u);
  ASSERT_OK(follow_ups().open_finding(kPlan, "1-1", "officer-aaaaaa", {"二つ目", "A second"}));
  EXPECT_EQ(drafts().open_findings("1-1"), 2u);
  EXPECT_EQ(known(), 1u) << "the second came after";
  ASSERT_OK(follow_ups().close_finding(kPlan, "1-1", 1, lead("officer-bbbbbb"), {"済", "Done"}));
  EXPECT_EQ(known(), 0u);
}

TEST_P(FollowUpsTest, RemindersOnceHoweverOftenAsked) {
  ASSERT_OK(follow_ups().assign(kPlan, {"1-1", "2-1"}, "desk", lead("officer-aaaaaa")));
  ASSERT_OK(follow_ups().assign(kPlan, {"1-2"}, "chief", lead("officer-aaaaaa")));
  EXPECT_EQ(follow_ups().remind(clock.now()).value(), 0u);
  set_day("2024-07-16");
  EXPECT_EQ(follow_ups().remind(clock.now()).value(), 1u) << "one for the post, of both measures";
  EXPECT_EQ(follow_ups().remind(clock.now()).value(), 0u);
  EXPECT_EQ(FollowUps(*database).remind(clock.now()).value(), 0u) << "nor after a restart";
  auto all = follow_ups().reminders({"desk"}).value();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].numbers, (std::vector<std::string>{"1-1", "2-1"}));
  EXPECT_EQ(all[0].stage, "before-14");
  EXPECT_TRUE(follow_ups().reminders({"chief"}).value().empty());
  set_day("2024-08-20");  // away for weeks: the newest stage alone is written
  EXPECT_EQ(follow_ups().remind(clock.now()).value(), 1u);
  EXPECT_EQ(follow_ups().reminders({"desk"}).value()[0].stage, "overdue-3");
  ASSERT_OK(enter(small_follow_up(), 0, "officer-aaaaaa", {"desk"}));
  ASSERT_OK(follow_ups().sign_off(kPlan, kFirst, 1, lead("officer-bbbbbb")));
  EXPECT_EQ(follow_ups().reminders({"desk"}).value()[0].numbers, std::vector<std::string>{"2-1"})
      << "what is settled is not named any more";
  set_day("2024-08-28");
  EXPECT_EQ(follow_ups().remind(clock.now()).value(), 1u);
  EXPECT_EQ(records("kpi.follow_up_reminded"), 3u);
  std::int64_t cutoff = drafts().cutoff;
  ASSERT_OK(follow_ups().publish(kPlan, cutoff, lead("officer-bbbbbb")));
  EXPECT_TRUE(follow_ups().reminders({}).value().empty());
  expect_clean();
}

TEST_P(FollowUpsTest, EachActNeedsItsPost) {
  const FollowUpOfficer owner{"officer-aaaaaa", {"desk"}}, other{"officer-bbbbbb", {"chief"}}, chief = lead("officer-cccccc");
  ASSERT_OK(follow_ups().assign(kPlan, {"1-1"}, "desk", chief));
  for (const auto& nobody : {owner, other}) {
    EXPECT_ERROR(follow_ups().set_schedule(kPlan, small_schedule(), 1, nobody), "follow_up.not_leading");
    EXPECT_ERROR(follow_ups().assign(kPlan, {"1-2"}, "desk", nobody), "follow_up.not_leading");
  }
  EXPECT_ERROR(follow_ups().enter(kPlan, small_follow_up(), 0, administrator(), clock.now()), "follow_up.not_yours");
  EXPECT_ERROR(follow_ups().enter(kPlan, small_follow_up(), 0, chief, clock.now()), "follow_up.not_yours");
  FollowUp unowned = small_follow_up();
  unowned.number = "2-1";
  EXPECT_ERROR(follow_ups().enter(kPlan, unowned, 0, owner, clock.now()), "follow_up.not_yours");
  ASSERT_OK(follow_ups().enter(kPlan, small_follow_up(), 0, owner, clock.now()));
  EXPECT_ERROR(follow_ups().sign_off(kPlan, kFirst, 1, other), "follow_up.not_leading");
  EXPECT_ERROR(follow_ups().sign_off(kPlan, kFirst, 1, administrator()), "follow_up.not_leading");
  EXPECT_ERROR(follow_ups().send_back(kPlan, kFirst, 1, other, {"直す", "Correct it"}), "follow_up.not_leading");
  ASSERT_OK(follow_ups().open_finding(kPlan, "1-1", "officer-bbbbbb", {"指摘", "Finding"}));
  auto refused = follow_ups().close_finding(kPlan, "1-1", 1, owner, {"済", "Done"});
  EXPECT_ERROR(refused, "follow_up.not_leading");
  EXPECT_EQ(refused.error().code, Code::kForbidden);
  EXPECT_NE(refused.error().message.en.find("The post lead"), std::string::npos);
  ASSERT_OK(follow_ups().sign_off(kPlan, kFirst, 1, chief));
  EXPECT_ERROR(follow_ups().publish(kPlan, drafts().cutoff, administrator()), "follow_up.not_leading");
  ASSERT_OK(follow_ups().publish(kPlan, drafts().cutoff, chief));
  Schedule led_by_none = small_schedule();
  led_by_none.post.clear();
  ASSERT_OK(follow_ups().set_schedule(kPlan, led_by_none, 1, administrator()));
  EXPECT_ERROR(follow_ups().close_finding(kPlan, "1-1", 1, chief, {"済", "Done"}), "follow_up.not_leading");
  ASSERT_OK(follow_ups().close_finding(kPlan, "1-1", 1, administrator(), {"済", "Done"}));
  expect_clean();
}

TEST_P(FollowUpsTest, ADraftTakesNothingBackOfWhatIsDone) {
  FollowUp done = small_follow_up();
  done.light = Light::kDone;
  ASSERT_OK(enter(done, 0));
  ASSERT_OK(follow_ups().sign_off(kPlan, kFirst, 1, lead("officer-bbbbbb")));
  set_day("2024-11-01");
  EXPECT_EQ(due({2024, 11, 1}).find("1-1/2024-Q2"), std::string::npos);
  FollowUp reopened = small_follow_up();
  ASSERT_OK(enter(reopened, 1));
  EXPECT_EQ(due({2024, 11, 1}).find("1-1/2024-Q2"), std::string::npos) << "a draft";
  ASSERT_OK(follow_ups().sign_off(kPlan, kFirst, 2, lead("officer-bbbbbb")));
  EXPECT_NE(due({2024, 11, 1}).find("1-1/2024-Q2=open"), std::string::npos) << "signed off: it is not done after all";
}

TEST_P(FollowUpsTest, WhatAPostWasGivenLaterIsRemindedOf) {
  ASSERT_OK(follow_ups().assign(kPlan, {"1-1"}, "desk", lead("officer-aaaaaa")));
  set_day("2024-07-16");
  EXPECT_EQ(follow_ups().remind(clock.now()).value(), 1u);
  ASSERT_OK(follow_ups().assign(kPlan, {"2-1"}, "desk", lead("officer-aaaaaa")));
  EXPECT_EQ(follow_ups().remind(clock.now()).value(), 1u) << "the same stage, of the measure that is new";
  EXPECT_EQ(follow_ups().remind(clock.now()).value(), 0u);
  EXPECT_EQ(follow_ups().reminders({"desk"}).value()[0].numbers, (std::vector<std::string>{"1-1", "2-1"}));
  ASSERT_OK(follow_ups().assign(kPlan, {"1-1"}, "chief", lead("officer-aaaaaa")));
  EXPECT_EQ(follow_ups().reminders({"desk"}).value()[0].numbers, std::vector<std::string>{"2-1"})
      << "what went to another post is its affair";
  EXPECT_EQ(follow_ups().remind(clock.now()).value(), 1u);
  EXPECT_EQ(follow_ups().reminders({"chief"}).value()[0].numbers, std::vector<std::string>{"1-1"});
  expect_clean();
}

TEST_P(FollowUpsTest, AnyDayIsReproduced) {
  ASSERT_OK(enter(small_follow_up(), 0));
  ASSERT_OK(follow_ups().sign_off(kPlan, kFirst, 1, lead("officer-bbbbbb")));
  set_day("2024-05-02");
  ASSERT_OK(follow_ups().publish(kPlan, drafts().cutoff, lead("officer-bbbbbb")));
  set_day("2024-05-10");
  FollowUp later = small_follow_up();
  later.progress->number = 99;
  ASSERT_OK(enter(later, 1));
  ASSERT_OK(follow_ups().sign_off(kPlan, kFirst, 2, lead("officer-bbbbbb")));
  ASSERT_OK(follow_ups().publish(kPlan, drafts().cutoff, lead("officer-bbbbbb")));
  View before{.drafts = false, .as_of = text::Date{2024, 5, 9}}, too_early{.drafts = false, .as_of = text::Date{2024, 5, 1}};
  EXPECT_EQ(follow_ups().entry(kPlan, kFirst, before).value().back().entry.progress->number, 12);
  EXPECT_EQ(follow_ups().entry(kPlan, kFirst, {}).value().back().entry.progress->number, 99);
  EXPECT_ERROR(follow_ups().state(kPlan, too_early), "follow_up.not_published");
  EXPECT_EQ(follow_ups().entry(kPlan, kFirst, View{true, text::Date{2024, 5, 9}}).value().size(), 1u);
}

TEST_P(FollowUpsTest, DerivedRowsAreRebuiltAndWordsErased) {
  auto done = enter(small_follow_up(), 0);
  ASSERT_OK(done);
  ASSERT_OK(database->write([](db::Transaction& tx) -> Result<void> {
    TRY(tx.execute("UPDATE kpi_follow_up_record SET number = '8-8' WHERE what = 'entry'"));
    TRY(tx.execute("DELETE FROM kpi_follow_up_record WHERE what = 'schedule'"));
    return {};
  }));
  auto findings = database->read([](db::Reader& reader) { return FollowUps::verify_derived(reader); });
  ASSERT_OK(findings);
  EXPECT_EQ(findings->size(), 2u);
  ASSERT_OK(database->write([](db::Transaction& tx) { return FollowUps::rebuild_derived(tx); }));
  expect_clean();
  ASSERT_OK(evidence::erase(*database, {{std::uint64_t(done->record)}, "mistake", "officer-bbbbbb", FollowUps::erase_rows},
                            folder.path() + "/erased"));
  auto told = follow_ups().entry(kPlan, kFirst, kDrafts).value();
  EXPECT_EQ(told[0].entry.facts.en, "(erased)");
  EXPECT_EQ(told[0].entry.light, Light::kOnTrack) << "what is counted stays";
  expect_clean();
}

INSTANTIATE_TEST_SUITE_P(Both, FollowUpsTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

}  // namespace
}  // namespace musubi::kpi
