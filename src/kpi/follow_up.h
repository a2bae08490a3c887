// Follow-up of a plan's measures: how often each is looked at, what falls due when, and what must be said before it may be
// rated (facts first, then issues and their causes). Pure: no I/O, no clock.
#pragma once

#include <array>
#include <compare>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kpi/plan.h"
#include "text/dates.h"

namespace musubi::kpi {

enum class Frequency { kQuarterly, kYearly, kElsewhere };  // elsewhere: another plan's own follow-up covers it
inline constexpr std::array<std::string_view, 3> kFrequencies = {"quarterly", "yearly", "elsewhere"};

enum class Light { kOnTrack, kDelayed, kAtRisk, kDone };
inline constexpr std::array<std::string_view, 4> kLights = {"on_track", "delayed", "at_risk", "done"};

// A quarter or a whole fiscal year; in order of their last days, a year after its last quarter.
struct Period {
  int fiscal_year = 0;
  int quarter = 0;  // 1 = April to June ... 4 = January to March; 0 = the year

  bool operator==(const Period&) const = default;
  auto operator<=>(const Period& other) const { return rank() <=> other.rank(); }
  int rank() const { return fiscal_year * 10 + (quarter == 0 ? 5 : quarter); }
};
std::string period_id(Period period);  // "2026-Q1", "2026"
std::optional<Period> period_from(std::string_view id);
text::Date first_day(Period period);
text::Date last_day(Period period);
Text period_title(Period period);
text::Date days_after(text::Date day, int days);

struct Schedule {
  text::Date from;                             // periods that begin on this day or later
  std::vector<std::string> priority_fields;    // looked at every quarter: by field...
  std::vector<std::string> priority_measures;  // ...or one by one; all others yearly
  std::vector<std::string> elsewhere;          // numbers
  int due_days = 30;                           // after the last day of the period
  std::vector<int> reminder_days = {14, 3};    // before the due day, falling
  int repeat_days = 7;                         // after it, until settled
  Text basis;                                  // which rule of the plan asks for it
  std::string post = {};                       // leads: schedules, assigns, signs off, closes, publishes; "" = administrators
  bool operator==(const Schedule&) const = default;
};
Frequency frequency_of(const Schedule& schedule, std::string_view number, std::string_view field);
text::Date due_day(const Schedule& schedule, Period period);
std::vector<Period> periods_of(const Schedule& schedule, Frequency frequency, text::Date until);  // that have begun by then
// "before-14", "overdue-1", "overdue-2"...: the newest reminder that is due on this day; "" = none yet.
std::string reminder_stage(const Schedule& schedule, text::Date due, text::Date today);
// Every fault at once; fields and numbers are held against the plan.
std::vector<Fault> faults_of(const Schedule& schedule, const PlanHeader& header, const std::vector<std::string>& numbers);

struct Actual {
  std::optional<double> number;
  std::optional<Text> text;
  bool operator==(const Actual&) const = default;
};

struct FollowUp {
  std::string number;
  Period period;
  std::optional<Actual> progress, effect;  // of the measure's two KPI
  Text facts;
  std::optional<Text> issues, causes, next_action;
  std::optional<Light> light;
  bool review_target = false, review_kpi = false;
  std::optional<Text> review_reason;
  std::map<std::string, YearValues> lines = {};  // actuals of the period's fiscal year by row of the measure (KpiRow::key)
  bool operator==(const FollowUp&) const = default;
};
// What is missing before it may be rated so: facts always; issues, causes and a next step where it is delayed or at risk;
// an actual (number or words) of each KPI that the plan has set; a reason where target or KPI should be reviewed; no
// open finding where it is done. `where` is the member.
std::vector<Fault> faults_of(const FollowUp& entry, KpiStatus progress, KpiStatus effect, std::size_t open_findings);

enum class ItemState { kNotBegun, kOpen, kReturned, kEntered, kSignedOff };
inline constexpr std::array<std::string_view, 5> kItemStates = {"not_begun", "open", "returned", "entered", "signed_off"};

// One measure in one period: what an officer must do by a day.
struct Item {
  std::string plan, number;
  Text title;
  std::string field, post;  // post: "" = nobody yet
  Frequency frequency = Frequency::kYearly;
  Period period;
  text::Date begins, due;
  ItemState state = ItemState::kOpen;
  bool overdue = false;
  std::optional<Light> light;  // of the newest entry, if any
};

}  // namespace musubi::kpi
