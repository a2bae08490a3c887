#include "kpi/follow_up.h"

#include <gtest/gtest.h>

#include "kpi/follow_up_json.h"
#include "kpi/test_plan.h"

namespace musubi::kpi {
namespace {

Schedule schedule() { return {{2024, 4, 1}, {"life"}, {}, {}, 30, {14, 3}, 7, {"計画の定め", "The plan's own rule"}}; }

std::string ids(const std::vector<Period>& periods) {
  std::string out;
  for (const auto& one : periods) out += period_id(one) + " ";
  return out;
}

std::string places(const std::vector<Fault>& faults) {
  std::string out;
  for (const auto& one : faults) {
    out += one.where + " ";
    EXPECT_FALSE(one.message.ja.empty() || one.message.en.empty());
  }
  return out;
}

TEST(FollowUpRules, Periods) {
  for (const char* id : {"2024", "2024-Q1", "2024-Q4"}) EXPECT_EQ(period_id(period_from(id).value()), id);
  for (const char* id : {"", "24", "2024-Q0", "2024-Q5", "2024-q1", "2024-Q11", "0999", "2024/Q1", "Q1-2024", "2024-Q"})
    EXPECT_FALSE(period_from(id)) << id;
  struct {
    Period period;
    text::Date first, last;
  } cases[] = {{{2024, 1}, {2024, 4, 1}, {2024, 6, 30}},
               {{2024, 2}, {2024, 7, 1}, {2024, 9, 30}},
               {{2024, 3}, {2024, 10, 1}, {2024, 12, 31}},
               {{2024, 4}, {2025, 1, 1}, {2025, 3, 31}},
               {{2024, 0}, {2024, 4, 1}, {2025, 3, 31}}};
  for (const auto& one : cases) {
    EXPECT_EQ(first_day(one.period), one.first) << period_id(one.period);
    EXPECT_EQ(last_day(one.period), one.last) << period_id(one.period);
  }
  EXPECT_LT((Period{2024, 4}), (Period{2024, 0}));
  EXPECT_LT((Period{2024, 0}), (Period{2025, 1}));
  EXPECT_EQ(days_after({2024, 2, 28}, 2), (text::Date{2024, 3, 1}));
  EXPECT_EQ(days_after({2024, 1, 1}, -1), (text::Date{2023, 12, 31}));
}

TEST(FollowUpRules, PrioritiesQuarterlyOthersYearly) {
  Schedule s = schedule();
  s.priority_measures = {"1-2"};
  s.elsewhere = {"2-1"};
  EXPECT_EQ(frequency_of(s, "1-1", "life"), Frequency::kQuarterly) << "by its field";
  EXPECT_EQ(frequency_of(s, "1-2", "work"), Frequency::kQuarterly) << "by itself";
  EXPECT_EQ(frequency_of(s, "1-3", "work"), Frequency::kYearly);
  EXPECT_EQ(frequency_of(s, "2-1", "life"), Frequency::kElsewhere) << "another plan's, whatever its field";
  EXPECT_EQ(ids(periods_of(s, Frequency::kQuarterly, {2024, 7, 1})), "2024-Q1 2024-Q2 ");
  EXPECT_EQ(ids(periods_of(s, Frequency::kQuarterly, {2024, 6, 30})), "2024-Q1 ");
  EXPECT_EQ(ids(periods_of(s, Frequency::kYearly, {2025, 4, 1})), "2024 2025 ");
  EXPECT_EQ(ids(periods_of(s, Frequency::kElsewhere, {2025, 4, 1})), "");
  s.from = {2024, 8, 15};
  EXPECT_EQ(ids(periods_of(s, Frequency::kQuarterly, {2025, 1, 1})), "2024-Q2 2024-Q3 2024-Q4 ")
      << "the quarter that it begins in counts";
  EXPECT_EQ(due_day(s, {2024, 1}), (text::Date{2024, 7, 30}));
}

TEST(FollowUpRules, RemindersBeforeAndAfterTheDueDay) {
  Schedule s = schedule();
  text::Date due{2024, 7, 30};
  for (auto [day, stage] : {std::pair{text::Date{2024, 7, 15}, ""},
                            {text::Date{2024, 7, 16}, "before-14"},
                            {text::Date{2024, 7, 26}, "before-14"},
                            {text::Date{2024, 7, 27}, "before-3"},
                            {text::Date{2024, 7, 30}, "before-3"},
                            {text::Date{2024, 7, 31}, "overdue-1"},
                            {text::Date{2024, 8, 6}, "overdue-1"},
                            {text::Date{2024, 8, 7}, "overdue-2"}})
    EXPECT_EQ(reminder_stage(s, due, day), stage) << text::iso_date(day);
}

TEST(FollowUpRules, ScheduleFaultsAllAtOnce) {
  PlanHeader header = small_plan().header;
  std::vector<std::string> numbers = {"1-1", "1-2", "2-1"};
  EXPECT_EQ(places(faults_of(schedule(), header, numbers)), "");
  Schedule s = schedule();
  s.priority_fields = {"sea"};
  s.priority_measures = {"9-9", "1-1"};
  s.elsewhere = {"1-1"};
  s.due_days = 0;
  s.repeat_days = 0;
  s.reminder_days = {3, 14};
  s.basis.en.clear();
  EXPECT_EQ(places(faults_of(s, header, numbers)),
            "priority_fields priority_measures elsewhere due_days repeat_days reminder_days basis ");
  s = schedule();
  s.reminder_days = {3, 3};
  s.from = {2024, 2, 30};
  EXPECT_EQ(places(faults_of(s, header, numbers)), "from reminder_days ");
}

TEST(FollowUpRules, FactsIssuesAndCausesComeBeforeTheRating) {
  FollowUp entry{.number = "1-1", .period = {2024, 1}};
  EXPECT_EQ(places(faults_of(entry, KpiStatus::kSet, KpiStatus::kNotSet, 0)), "progress facts light ");
  entry.light = Light::kDelayed;
  entry.review_kpi = true;
  EXPECT_EQ(places(faults_of(entry, KpiStatus::kSet, KpiStatus::kSet, 0)),
            "progress effect facts issues causes next_action review_reason ");
  entry.facts = {"説明会を3回開いた", "Three briefings were held"};
  entry.issues = entry.causes = entry.next_action = entry.review_reason = Text{"文", "words"};
  entry.progress = Actual{12.0, {}};
  entry.effect = Actual{{}, Text{"まだ測れない", "Cannot be measured yet"}};
  EXPECT_EQ(places(faults_of(entry, KpiStatus::kSet, KpiStatus::kSet, 1)), "");
  entry.light = Light::kDone;
  EXPECT_EQ(places(faults_of(entry, KpiStatus::kSet, KpiStatus::kSet, 1)), "light ") << "not with an open finding";
  EXPECT_EQ(places(faults_of(entry, KpiStatus::kSet, KpiStatus::kSet, 0)), "");
  entry.causes->en = std::string(5000, 'x');
  entry.facts.ja = "\x01";
  EXPECT_EQ(places(faults_of(entry, KpiStatus::kSet, KpiStatus::kSet, 0)), "facts causes ");
}

TEST(FollowUpRules, WireForm) {
  FollowUp entry{.number = "1-1",
                 .period = {2024, 1},
                 .progress = Actual{12.5, Text{"点", "points"}},
                 .facts = {"事実", "facts"},
                 .light = Light::kAtRisk,
                 .review_kpi = true,
                 .review_reason = Text{"理由", "why"}};
  EXPECT_EQ(stored_follow_up(canonical_json(to_json(entry))).value(), entry);
  Schedule s = schedule();
  s.elsewhere = {"2-1"};
  EXPECT_EQ(stored_schedule(canonical_json(to_json(s))).value(), s);
  EXPECT_EQ(stored_follow_up("{}").error().name, "kpi.damaged");
  EXPECT_EQ(stored_schedule("{}").error().name, "kpi.damaged");
}

}  // namespace
}  // namespace musubi::kpi
