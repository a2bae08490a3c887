#include "app/demo_plans.h"

#include "kpi/follow_ups.h"
#include "kpi/kpi.h"
#include "kpi/line_rules.h"
#include "kpi/pack.h"
#include "kpi/taken.h"

namespace musubi::app {
namespace {

kpi::Period quarter_of(text::Date day) { return {text::fiscal_year(day), (day.month + 8) % 12 / 3 + 1}; }

Result<void> publish(kpi::FollowUps& follow_ups, const std::string& plan, const kpi::FollowUpKey& key,
                     const kpi::FollowUpOfficer& leads) {
  TRY(follow_ups.sign_off(plan, key, 1, leads));
  auto state = TRY(follow_ups.state(plan, kpi::View{.drafts = true}));
  TRY(follow_ups.publish(plan, state.cutoff, leads));
  return {};
}

// The figures on offer for the rows of a measure, as a follow-up takes them.
Result<std::map<std::string, kpi::YearValues>> computed(const std::shared_ptr<db::Database>& database, const kpi::Measure& measure,
                                                        int fiscal_year, Time now) {
  std::map<std::string, kpi::YearValues> out;
  for (const auto& row : kpi::rows_of(measure)) {
    if (row.line->computed.empty()) continue;
    auto offers = TRY(kpi::Offers::read(database, {row.line->computed}, now));
    auto offer = offers.of(row.line->computed, {fiscal_year, 0});
    if (offer && offer->figure.value) kpi::take(*offer, out[row.key]);
  }
  return out;
}

}  // namespace

// The plan's own rule: measures of its priority fields every quarter, all others once a year. Nothing is known here of how the
// nation's measures stand: the one entry says what this demonstration itself does.
Result<void> follow_up_nation(db::Database& database, const std::string& officer, const std::string& other, Time now) {
  const auto& plan = kpi::embedded_plans()[0];
  kpi::FollowUps follow_ups(database);
  kpi::Period quarter = quarter_of(text::jst_date(now));
  kpi::Schedule schedule{
      .from = kpi::first_day(quarter),
      .basis = {"基本計画の推進体制の節：重点分野の施策は四半期に1回、ほかは年に1回。期限の日数はこのデモで決めたもの。",
                "The plan's section on how it is carried out: measures of the priority fields every quarter, the others yearly. The "
                "days until they are due are the demonstration's own."}};
  std::vector<std::string> quarterly, yearly;
  for (const auto& field : plan.header.fields)
    if (field.id != "cross-sector") schedule.priority_fields.push_back(field.id);
  for (const auto& measure : plan.measures) (measure.field == "cross-sector" ? yearly : quarterly).push_back(measure.number);
  schedule.post = "plan-general";
  kpi::FollowUpOfficer enters{officer, {"plan-priority"}}, leads{other, {"plan-general"}, true};
  TRY(follow_ups.set_schedule(plan.header.id, schedule, 0, leads));
  TRY(follow_ups.assign(plan.header.id, quarterly, "plan-priority", leads));
  TRY(follow_ups.assign(plan.header.id, yearly, "plan-general", leads));
  kpi::FollowUp entry{.number = "1-13", .period = quarter};
  Text not_known{"国の実績は、ここでは分からない。", "The nation's actual is not known here."};
  entry.progress = kpi::Actual{
      2.0, Text{"このデモの架空の町の数。国の実績ではない。", "Fictional towns of this demonstration; not the nation's actual."}};
  entry.effect = kpi::Actual{{}, not_known};
  entry.facts = {"このデモでは、架空の2町が転出・転入の届出を電子で受け、間の照会も電子で行っている。実在の団体の取組ではない。",
                 "In this demonstration two fictional towns take notices of moving out and in on line, and ask each other on line. "
                 "No real body is concerned."};
  entry.light = kpi::Light::kOnTrack;
  TRY(follow_ups.enter(plan.header.id, entry, 0, enters, now));
  return publish(follow_ups, plan.header.id, {entry.number, quarter}, leads);
}

Result<void> follow_up_local(const std::shared_ptr<db::Database>& database, const kpi::PlanDocument& plan, const std::string& chief,
                             const std::string& director, Time now) {
  const int year = text::fiscal_year(text::jst_date(now));
  kpi::FollowUps follow_ups(*database);
  for (const auto& measure : plan.measures) {
    auto lines = TRY(computed(database, measure, year, now));
    if (lines.empty()) continue;
    kpi::Schedule schedule{.from = kpi::first_day({year, 0}),
                           .basis = {"町の計画の定め（架空）：年に1回", "The town's own rule (fictional): once a year"}};
    schedule.post = "director";
    kpi::FollowUpOfficer enters{chief, {"chief"}, true}, leads{director, {"director"}, true};
    TRY(follow_ups.set_schedule(plan.header.id, schedule, 0, enters));
    TRY(follow_ups.assign(plan.header.id, {measure.number}, "chief", leads));
    kpi::FollowUp entry{.number = measure.number, .period = {year, 0}};
    entry.lines = std::move(lines);
    Text not_counted{"窓口へ来た回数は、年度の終わりに数える（架空）。", "Visits are counted when the year ends (fictional)."};
    if (measure.effect.status == kpi::KpiStatus::kSet) entry.effect = kpi::Actual{{}, not_counted};
    entry.facts = {"オンラインの届出を年度のはじめから数えた。架空の町の記録から計算した数。",
                   "Notices filed on line were counted since the year began: figures computed from the records of a fictional town."};
    entry.light = kpi::Light::kOnTrack;
    TRY(follow_ups.enter(plan.header.id, entry, 0, enters, now));
    return publish(follow_ups, plan.header.id, {entry.number, entry.period}, leads);
  }
  return {};
}

}  // namespace musubi::app
