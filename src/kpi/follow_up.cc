#include "kpi/follow_up.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <set>

#include "kpi/rules.h"

namespace musubi::kpi {
namespace {

using std::chrono::sys_days;

sys_days days_of(text::Date day) {
  return std::chrono::year_month_day(std::chrono::year(day.year), std::chrono::month(unsigned(day.month)),
                                     std::chrono::day(unsigned(day.day)));
}

text::Date date_of(sys_days days) {
  std::chrono::year_month_day ymd(days);
  return {int(ymd.year()), int(unsigned(ymd.month())), int(unsigned(ymd.day()))};
}

bool holds(const std::vector<std::string>& all, std::string_view one) { return std::find(all.begin(), all.end(), one) != all.end(); }

constexpr std::size_t kReminders = 5;
constexpr int kMostDays = 365;

void check_text(const Text& text, const char* where, std::vector<Fault>& faults) {
  if (text.ja.size() > kMaxTextBytes || text.en.size() > kMaxTextBytes || !plain_text(text.ja) || !plain_text(text.en))
    faults.push_back(
        {where,
         {"4,096バイトまでの文で書いてください。制御文字は使えません。", "Write at most 4,096 bytes, without control characters."}});
}

bool said(const std::optional<Text>& text) { return text && !text->ja.empty() && !text->en.empty(); }

void check_actual(const std::optional<Actual>& actual, KpiStatus status, const char* where, std::vector<Fault>& faults) {
  if (status == KpiStatus::kSet && (!actual || (!actual->number && !said(actual->text))))
    faults.push_back({where,
                      {"計画が定めたKPIの実績を、数か言葉で書いてください。まだ測れないときは、そう書いてください。",
                       "The plan sets this KPI: give its actual as a number or in words. If it cannot be measured yet, say so."}});
  if (actual && actual->number && !std::isfinite(*actual->number))
    faults.push_back({where, {"数として読めません。", "This is no number."}});
  if (actual && actual->text) check_text(*actual->text, where, faults);
}

void check_numbers(const std::vector<std::string>& given, const std::vector<std::string>& known, const char* where,
                   std::vector<Fault>& faults) {
  for (const auto& number : given)
    if (!holds(known, number))
      faults.push_back({where, {"施策「" + number + "」は計画にありません。", "The plan has no measure " + number + "."}});
}

}  // namespace

std::string period_id(Period period) {
  return std::to_string(period.fiscal_year) + (period.quarter == 0 ? "" : "-Q" + std::to_string(period.quarter));
}

std::optional<Period> period_from(std::string_view id) {
  if (id.size() != 4 && id.size() != 7) return std::nullopt;
  Period out;
  auto read = std::from_chars(id.data(), id.data() + 4, out.fiscal_year);
  if (read.ec != std::errc() || read.ptr != id.data() + 4 || out.fiscal_year < kFirstYear || out.fiscal_year > kLastYear)
    return std::nullopt;
  if (id.size() == 4) return out;
  if (id.substr(4, 2) != "-Q" || id[6] < '1' || id[6] > '4') return std::nullopt;
  out.quarter = id[6] - '0';
  return out;
}

text::Date first_day(Period period) {
  if (period.quarter <= 1) return {period.fiscal_year, 4, 1};
  return period.quarter == 4 ? text::Date{period.fiscal_year + 1, 1, 1} : text::Date{period.fiscal_year, 1 + 3 * period.quarter, 1};
}

text::Date last_day(Period period) {
  if (period.quarter == 0 || period.quarter == 4) return {period.fiscal_year + 1, 3, 31};
  return period.quarter == 1   ? text::Date{period.fiscal_year, 6, 30}
         : period.quarter == 2 ? text::Date{period.fiscal_year, 9, 30}
                               : text::Date{period.fiscal_year, 12, 31};
}

Text period_title(Period period) {
  constexpr std::array<std::pair<const char*, const char*>, 4> kMonths = {{{"4月〜6月", "April to June"},
                                                                           {"7月〜9月", "July to September"},
                                                                           {"10月〜12月", "October to December"},
                                                                           {"1月〜3月", "January to March"}}};
  std::string year = std::to_string(period.fiscal_year);
  if (period.quarter == 0) return {year + "年度", "FY" + year};
  auto [ja, en] = kMonths[std::size_t(period.quarter - 1)];
  std::string n = std::to_string(period.quarter);
  return {year + "年度 第" + n + "四半期（" + ja + "）", "FY" + year + " Q" + n + " (" + en + ")"};
}

text::Date days_after(text::Date day, int days) { return date_of(days_of(day) + std::chrono::days(days)); }

Frequency frequency_of(const Schedule& schedule, std::string_view number, std::string_view field) {
  if (holds(schedule.elsewhere, number)) return Frequency::kElsewhere;
  return holds(schedule.priority_measures, number) || holds(schedule.priority_fields, field) ? Frequency::kQuarterly
                                                                                             : Frequency::kYearly;
}

text::Date due_day(const Schedule& schedule, Period period) { return days_after(last_day(period), schedule.due_days); }

std::vector<Period> periods_of(const Schedule& schedule, Frequency frequency, text::Date until) {
  std::vector<Period> out;
  if (frequency == Frequency::kElsewhere) return out;
  for (int year = text::fiscal_year(schedule.from); year <= text::fiscal_year(until); ++year)
    for (int quarter = frequency == Frequency::kYearly ? 0 : 1; quarter <= (frequency == Frequency::kYearly ? 0 : 4); ++quarter) {
      Period period{year, quarter};
      // The year that the follow-up begins in counts as a whole, the quarter that it begins in does, too.
      if (last_day(period) >= schedule.from && first_day(period) <= until) out.push_back(period);
    }
  return out;
}

std::string reminder_stage(const Schedule& schedule, text::Date due, text::Date today) {
  if (today > due) {
    auto late = (days_of(today) - days_of(due)).count() - 1;
    return "overdue-" + std::to_string(late / schedule.repeat_days + 1);
  }
  std::string stage;
  for (int days : schedule.reminder_days)  // falling, so that the last one that holds is the newest
    if (days_after(due, -days) <= today) stage = "before-" + std::to_string(days);
  return stage;
}

std::vector<Fault> faults_of(const Schedule& schedule, const PlanHeader& header, const std::vector<std::string>& numbers) {
  std::vector<Fault> faults;
  for (const auto& field : schedule.priority_fields)
    if (std::none_of(header.fields.begin(), header.fields.end(), [&](auto& one) { return one.id == field; }))
      faults.push_back({"priority_fields", {"分野「" + field + "」は計画にありません。", "The plan has no field " + field + "."}});
  check_numbers(schedule.priority_measures, numbers, "priority_measures", faults);
  check_numbers(schedule.elsewhere, numbers, "elsewhere", faults);
  for (const auto& number : schedule.elsewhere)
    if (holds(schedule.priority_measures, number))
      faults.push_back({"elsewhere",
                        {"施策「" + number + "」は重点施策にも挙げられています。どちらかにしてください。",
                         "Measure " + number + " is listed as a priority, too. Choose one."}});
  if (!text::is_valid(schedule.from) || schedule.from.year < kFirstYear || schedule.from.year > kLastYear)
    faults.push_back({"from", {"始まりの日を書いてください。例：2026-04-01", "Give the day from which on. Example: 2026-04-01"}});
  if (schedule.due_days < 1 || schedule.due_days > kMostDays)
    faults.push_back({"due_days", {"1から365までの数にしてください。", "Give a number from 1 to 365."}});
  if (schedule.repeat_days < 1 || schedule.repeat_days > kMostDays)
    faults.push_back({"repeat_days", {"1から365までの数にしてください。", "Give a number from 1 to 365."}});
  bool falling = std::is_sorted(schedule.reminder_days.rbegin(), schedule.reminder_days.rend()) &&
                 std::adjacent_find(schedule.reminder_days.begin(), schedule.reminder_days.end()) == schedule.reminder_days.end();
  bool within = std::all_of(schedule.reminder_days.begin(), schedule.reminder_days.end(),
                            [](int days) { return days >= 0 && days <= kMostDays; });
  if (!falling || !within || schedule.reminder_days.size() > kReminders)
    faults.push_back({"reminder_days",
                      {"期限の何日前かを、大きい順に五つまで書いてください。例：14 3",
                       "Give up to five numbers of days before the due day, falling. Example: 14 3"}});
  check_text(schedule.basis, "basis", faults);
  if (schedule.basis.ja.empty() || schedule.basis.en.empty())
    faults.push_back(
        {"basis",
         {"どの定めによるかを、日本語と英語の両方で書いてください。", "Say which rule asks for it, in Japanese and in English."}});
  return faults;
}

std::vector<Fault> faults_of(const FollowUp& entry, KpiStatus progress, KpiStatus effect, std::size_t open_findings) {
  std::vector<Fault> faults;
  auto of_rows = [&](std::string_view kpi) {
    return std::any_of(entry.lines.begin(), entry.lines.end(),
                       [&](const auto& one) { return one.first.starts_with(kpi) && one.second.actual; });
  };
  check_actual(entry.progress, of_rows("progress") ? KpiStatus::kNone : progress, "progress", faults);
  check_actual(entry.effect, of_rows("effect") ? KpiStatus::kNone : effect, "effect", faults);
  if (entry.facts.ja.empty() || entry.facts.en.empty())
    faults.push_back(
        {"facts",
         {"評価の前に、事実を書いてください（日本語と英語）。", "State the facts before rating, in Japanese and in English."}});
  check_text(entry.facts, "facts", faults);
  for (auto [text, where] : {std::pair{&entry.issues, "issues"},
                             {&entry.causes, "causes"},
                             {&entry.next_action, "next_action"},
                             {&entry.review_reason, "review_reason"}})
    if (*text) check_text(**text, where, faults);
  if (!entry.light) faults.push_back({"light", {"状況を選んでください。", "Choose how it stands."}});
  bool behind = entry.light == Light::kDelayed || entry.light == Light::kAtRisk;
  if (behind && !said(entry.issues))
    faults.push_back({"issues", {"遅れ・困難と評価するには、課題を書いてください。", "To rate it so, name the issues."}});
  if (behind && !said(entry.causes))
    faults.push_back({"causes", {"遅れ・困難と評価するには、原因を整理して書いてください。", "To rate it so, sort out the causes."}});
  if (behind && !said(entry.next_action))
    faults.push_back({"next_action", {"次に行うことを書いてください。", "Say what is done next."}});
  if ((entry.review_target || entry.review_kpi) && !said(entry.review_reason))
    faults.push_back({"review_reason", {"目標やKPIを見直す理由を書いてください。", "Say why target or KPI should be reviewed."}});
  if (entry.light == Light::kDone && open_findings > 0)
    faults.push_back(
        {"light",
         {"閉じていない指摘が " + std::to_string(open_findings) + " 件あるため、完了にできません。先に指摘を閉じてください。",
          std::to_string(open_findings) + " finding(s) are still open, so that it cannot be done. Close them first."}});
  return faults;
}

}  // namespace musubi::kpi
