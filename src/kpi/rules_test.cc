#include "kpi/rules.h"

#include <gtest/gtest.h>

#include "kpi/test_plan.h"

namespace musubi::kpi {
namespace {

TEST(Rules, NumbersSortAsNumbers) {
  EXPECT_TRUE(number_less("9-12", "10-2"));
  EXPECT_TRUE(number_less("1-2", "1-10"));
  EXPECT_FALSE(number_less("1-10", "1-10"));
}

TEST(Rules, When) {
  for (const char* good : {"2019", "2019-06", "2019-06-14", "FY2019", "2020-02-29"}) EXPECT_TRUE(valid_when(good)) << good;
  for (const char* bad : {"", "19", "FY19", "FY20190", "2019-13", "2019-02-29", "2019-6-14", "summer", "2019-06-1x"})
    EXPECT_FALSE(valid_when(bad)) << bad;
}

TEST(Rules, EditionsDifferExactlyWhenPlansDo) {
  PlanDocument plan = small_plan();
  std::string edition = edition_of(plan);
  EXPECT_EQ(edition.size(), 64u);
  std::swap(plan.measures[0], plan.measures[2]);
  EXPECT_EQ(edition_of(plan), edition) << "the order in the file says nothing";
  plan.measures[0].doubt->en += ".";
  EXPECT_NE(edition_of(plan), edition);
  plan = small_plan();
  plan.header.version = "2024-04-02";
  EXPECT_NE(edition_of(plan), edition);
}

TEST(Rules, ChangesNameEachMember) {
  Measure before = small_plan().measures[0], after = before;
  EXPECT_TRUE(changes(before, after).empty());
  after.title.ja = "転居手続のオンライン化";
  after.target->value = 60;
  after.effect = {KpiStatus::kSet, Text{"満足度", "Satisfaction"}, std::nullopt};
  after.baseline.reset();
  std::vector<Change> expected = {
      {"title/ja", "引越し手続のオンライン化", "転居手続のオンライン化"},
      {"effect_kpi/status", "not_set", "set"},
      {"effect_kpi/text/ja", "", "満足度"},
      {"effect_kpi/text/en", "", "Satisfaction"},
      {"target/value", "50", "60"},
      {"effect_kpi/due/ja", "2024年度中に検討", ""},
      {"effect_kpi/due/en", "To be considered in fiscal 2024", ""},
      {"baseline/text/ja", "利用率 12 %", ""},
      {"baseline/text/en", "12 % on line", ""},
      {"baseline/as_of", "2023", ""},
  };
  EXPECT_EQ(changes(before, after), expected);
}

TEST(Rules, StatusesOfAnEntry) {
  struct {
    KpiStatus progress, effect;
    bool target;
    std::vector<Status> expected;
  } cases[] = {
      {KpiStatus::kSet, KpiStatus::kSet, true, {Status::kKpiSet, Status::kTarget}},
      {KpiStatus::kNotSet, KpiStatus::kSet, false, {Status::kKpiNotSet, Status::kProgressNotSet, Status::kNoTarget}},
      {KpiStatus::kSet, KpiStatus::kNotSet, false, {Status::kKpiNotSet, Status::kEffectNotSet, Status::kNoTarget}},
      {KpiStatus::kNone, KpiStatus::kNotSet, false, {Status::kKpiNotSet, Status::kEffectNotSet, Status::kKpiNone, Status::kNoTarget}},
      {KpiStatus::kNone, KpiStatus::kNone, false, {Status::kKpiNone, Status::kNoTarget}},
  };
  for (const auto& one : cases) {
    Entry entry;
    entry.progress = one.progress;
    entry.effect = one.effect;
    entry.has_target = one.target;
    std::vector<Status> found;
    for (Status status : kStatuses)
      if (matches(entry, status)) found.push_back(status);
    EXPECT_EQ(found, one.expected);
  }
  Measure measure = small_plan().measures[0];
  EXPECT_TRUE(entry_of(measure).has_target);
  measure.target->role = "denominator";
  EXPECT_FALSE(entry_of(measure).has_target) << "a denominator is no target";
}

TEST(Rules, DaysEndAtMidnightInJapan) {
  EXPECT_EQ(end_of_day_jst({2019, 6, 14}).rfc3339(), "2019-06-14T15:00:00.000000Z");
  EXPECT_EQ(end_of_day_jst({2019, 12, 31}).rfc3339(), "2019-12-31T15:00:00.000000Z");
}

TEST(Rules, CompareTellsWhatAnImportWouldDo) {
  PlanDocument plan = small_plan();
  std::vector<Entry> now;
  for (const auto& measure : plan.measures) now.push_back(entry_of(measure));
  EXPECT_TRUE(compare(&plan.header, now, plan).nothing());
  EXPECT_EQ(compare(nullptr, {}, plan).entered.size(), 3u);
  PlanDocument next = plan;
  next.measures[1].title.en = "Another title";
  next.measures.pop_back();
  next.measures.push_back(plan.measures[0]);
  next.measures.back().number = "1-3";
  Difference difference = compare(&plan.header, now, next);
  EXPECT_EQ(difference.unchanged, 1u);
  EXPECT_EQ(difference.revised, std::vector<std::size_t>{1});
  EXPECT_EQ(difference.entered, std::vector<std::size_t>{2});
  EXPECT_EQ(difference.withdrawn, std::vector<std::string>{"2-1"});
  EXPECT_FALSE(difference.header_changed);
}

TEST(Rules, SelectFiltersAndSorts) {
  PlanDocument plan = small_plan();
  std::vector<Entry> entries;
  for (const auto& measure : plan.measures) entries.push_back(entry_of(measure));
  auto numbers = [&](const PlanQuery& query) {
    std::string out;
    for (const Entry* entry : select(entries, plan.header, query)) out += entry->number + " ";
    return out;
  };
  EXPECT_EQ(numbers({}), "1-1 1-2 2-1 ");
  EXPECT_EQ(numbers({.descending = true}), "2-1 1-2 1-1 ");
  EXPECT_EQ(numbers({.fields = {"life"}}), "1-1 2-1 ");
  EXPECT_EQ(numbers({.fields = {"life"}, .sections = {"2"}}), "2-1 ");
  EXPECT_EQ(numbers({.statuses = {Status::kNoTarget, Status::kKpiNotSet}}), "1-2 ");
  EXPECT_EQ(numbers({.order = Order::kField, .descending = true}), "1-2 1-1 2-1 ");
  EXPECT_EQ(numbers({.order = Order::kProgress}), "1-1 2-1 1-2 ");
}

TEST(Rules, UnusableIsWhatHasNoName) {
  PlanDocument plan = small_plan();
  plan.measures[0].progress.due = Text{"後", "later"};
  EXPECT_TRUE(unusable_of(plan).empty()) << "a contradiction may be a draft";
  EXPECT_EQ(faults_of(plan).size(), 1u);
  plan.measures[1].number = "1-1";
  EXPECT_EQ(unusable_of(plan).size(), 1u);
  plan = small_plan();
  plan.measures[0].title.ja = std::string("a\0b", 3);
  EXPECT_FALSE(unusable_of(plan).empty());
  plan = small_plan();
  plan.header.id = "x";
  EXPECT_FALSE(unusable_of(plan).empty());
  plan = small_plan();
  plan.measures[0].milestones.assign(200, {{std::string(4000, 'x'), "y"}, std::nullopt});
  EXPECT_FALSE(unusable_of(plan).empty()) << "larger than a record takes";
}

}  // namespace
}  // namespace musubi::kpi
