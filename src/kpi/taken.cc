#include "kpi/taken.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <map>

#include "evidence/record.h"
#include "kpi/at_once.h"
#include "kpi/cells.h"
#include "kpi/indicator_view.h"
#include "kpi/line_rules.h"
#include "kpi/report_days.h"
#include "kpi/rules.h"
#include "kpi/store.h"
#include "text/normalise.h"
#include "web/messages/taken.h"

namespace musubi::kpi {
namespace {

// Months count from year 0: April of 2026 is 2026 * 12 + 3.
int first_month(Period period) { return period.fiscal_year * 12 + 3 + (period.quarter == 0 ? 0 : (period.quarter - 1) * 3); }
int months_of(Period period) { return period.quarter == 0 ? 12 : 3; }

Offer offer_of(const Indicator& indicator, const Gathered& gathered, Period period, Time now) {
  Offer out{indicator, gathered.figure_in(indicator, first_month(period), months_of(period), now)};
  if (out.figure.value) out.number = as_written(indicator, *out.figure.value);
  out.unfinished = month_of(now) < first_month(period) + months_of(period);
  out.origin = {indicator.id, definition_digest(indicator), period_id(period), out.figure.n, gathered.size, now};
  return out;
}

Time last_of(text::Date day) { return Time{end_of_day_jst(day).us - 1}; }  // as the page as of that day has it

std::optional<Offer> offer_of(const Indicator& indicator, const Reported& reported, Period period, text::Date day,
                              std::uint64_t records) {
  if (period.quarter != 0) return std::nullopt;
  const Time at = last_of(day);
  Offer out{indicator, reported.together_in(indicator, period.fiscal_year)};
  if (out.figure.value) out.number = as_written(indicator, *out.figure.value);
  out.unfinished = month_of(at) < first_month(period) + months_of(period);
  out.origin = {indicator.id, definition_digest(indicator),  period_id(period), out.figure.n, records,
                at,           reported.reports_of(indicator)};
  return out;
}

const Line* same_line(const Sheet* sheet, const SheetIndicator& one, const Line& line) {
  if (sheet)
    for (const auto& other : sheet->indicators)
      if (other.number == one.number)
        for (const auto& row : other.lines)
          if (row.sub == line.sub) return &row;
  return nullptr;
}

// Nothing where the indicator that the row names is there and of its unit.
std::optional<Text> why_not_computed(const std::vector<Indicator>& known, const Line& line) {
  const Indicator* indicator = find_indicator(known, line.computed);
  if (!indicator)
    return Text{"この組織に指標「" + line.computed + "」はありません。", "This organisation has no indicator " + line.computed + "."};
  if (measures_in(*indicator, line.unit)) return std::nullopt;
  const Text own = line.unit.value_or(Text{"なし", "none"});
  return Text{
      "行の単位は「" + own.ja + "」、指標「" + indicator->id + "」の単位は「" + indicator->unit.ja + "」です。同じ単位が必要です。",
      "The unit of the row is \"" + own.en + "\", that of the indicator " + indicator->id + " is \"" + indicator->unit.en +
          "\". They must be the same."};
}

Text no_definition(const Origin& origin) {
  return {"この組織に、その定義の指標「" + origin.indicator + "」はありません。",
          "This organisation has no indicator " + origin.indicator + " of that definition."};
}

}  // namespace

void take(const Offer& offer, YearValues& year) {
  year = YearValues{year.target, SheetValue{offer.number}};
  year.provisional = offer.unfinished;
  year.origin = offer.origin;
}

bool measures_in(const Indicator& indicator, const std::optional<Text>& unit) {
  auto same = [](const std::string& a, const std::string& b) { return text::search_form(a) == text::search_form(b); };
  return unit && same(unit->ja, indicator.unit.ja) && same(unit->en, indicator.unit.en);
}

Result<Offers> Offers::read(const std::shared_ptr<db::Database>& database, const std::set<std::string>& names, Time now) {
  Offers out;
  out.now_ = now;
  if (names.empty()) return out;
  TRY(database->read([&](db::Reader& reader) -> Result<void> {
    for (auto& one : TRY(definitions(reader)))
      if (names.contains(one.id)) out.indicators_.push_back(std::move(one));
    auto here = out.indicators_;
    if (!TRY(newest_reports(reader)).empty() && std::erase_if(here, [](const Indicator& one) { return find_indicator(one.id); }) > 0) {
      const text::Date day = TRY(last_closed_day(reader));
      out.reported_ = {nullptr, day, TRY(Indicators::records_before(reader, end_of_day_jst(day)))};
    }
    if (!here.empty()) out.gathered_ = TRY(Indicators::gather(reader, here));
    return {};
  }));
  if (!out.reported_) return out;
  auto reported = kpi::reported(database, out.reported_->day, now);
  if (reported.ok())
    out.reported_->of = std::move(*reported);
  else
    out.missing_ = std::move(reported).error();
  return out;
}

std::optional<Offer> Offers::of(std::string_view indicator, Period period) const {
  const Indicator* found = find_indicator(indicators_, indicator);
  if (!found) return std::nullopt;
  if (!reported_ || !find_indicator(indicator)) return offer_of(*found, gathered_, period, now_);
  if (!reported_->of) return std::nullopt;
  return offer_of(*found, *reported_->of, period, reported_->day, reported_->records);
}

bool Offers::is_missing(const Line& line, int fiscal_year) const {
  const Indicator* indicator = missing_ ? find_indicator(line.computed) : nullptr;
  return indicator && measures_in(*indicator, line.unit) && fiscal_year <= fiscal_year_of(month_of(last_of(reported_->day)));
}

namespace {

// A figure whose definition is there, to be computed from the first so many records.
struct Due {
  Indicator indicator;
  Period period;
  const Taken* taken;
  std::vector<Fault>* faults;
};

bool is(const Offer& offer, const Taken& taken) {
  return offer.figure.value && offer.number == taken.number && offer.figure.n == taken.origin.n;
}

Text does_not_compute(const Offer& again) {
  const std::string n = std::to_string(again.figure.n), now = again.figure.value ? number_of(again.indicator, *again.figure.value)
                                                                                 : std::string(why_word(again.figure.why));
  return {"計算し直すと、この値になりません（" + now + "、" + n + " 件）。計算した値を取り直すか、手で書いてください。",
          "It does not compute again to this value: " + now + ", of " + n + " record(s). Take the computed figure anew, or type one."};
}

Text of_whole_years() {
  return {"ほかの組織の報告から計算した値は、年度のものだけです。", "Figures from others' reports exist for whole fiscal years only."};
}

Text other_reports(const OfReports& there) {
  const std::string n = std::to_string(there.organisations), of = std::to_string(there.of);
  return {"その日の終わりにあった報告と合いません（" + of + " 組織のうち " + n + " 組織、SHA-256 は " + there.digest + "）。",
          "It does not agree with the reports that stood at the end of that day: " + n + " of " + of + " organisation(s), SHA-256 " +
              there.digest + "."};
}

Text no_such_day() {
  return {"ほかの組織の報告から計算した値は、すでに終わった日の末時点のものだけです。時刻か、その時までの記録の件数が合いません。",
          "Figures from others' reports are as of the end of a day that is over. The time, or the number of records by then, does not "
          "match."};
}

Text not_reported(const Origin& origin) {
  return {"指標「" + origin.indicator + "」は、この組織が定めたもので、ほかの組織は報告しません。",
          "The indicator " + origin.indicator + " is one of this organisation's own, which others do not report."};
}

Text hidden_meanwhile(const Offer& shown) {
  Text out{"この値を取った後に、この指標の少ない件数は公表しないことになりました。",
           "Since this value was taken, small figures of its indicator are hidden from the public. "};
  if (!shown.figure.value)
    return {out.ja + "今公表できる値はありません。別の実績を手で書くか、空けてください。",
            out.en + "None of it can be shown now: type another actual, or leave it out."};
  const std::string n = std::to_string(shown.figure.n), now = number_of(shown.indicator, *shown.figure.value);
  return {out.ja + "今公表する値は " + now + "（" + n + " 件）です。その値を取り直すか、別の実績を手で書いてください。",
          out.en + "What is shown now is " + now + ", of " + n + " record(s): take that anew, or type another actual."};
}

Result<void> recompute(db::Reader& reader, std::uint64_t records, const std::vector<Due>& all) {
  std::vector<Indicator> indicators;
  std::set<std::string> digests;
  for (const auto& one : all)
    if (digests.insert(definition_digest(one.indicator)).second) indicators.push_back(one.indicator);
  auto gathered = TRY(Indicators::gather(reader, indicators, records));
  auto compute = [&](const Due& one) { return offer_of(one.indicator, gathered, one.period, one.taken->origin.at); };
  std::vector<std::pair<const Due*, Offer>> others;  // with what it computes to
  for (const auto& one : all)
    if (Offer again = compute(one); !is(again, *one.taken)) others.emplace_back(&one, std::move(again));
  gathered.hidden.clear();  // as it was before officers hid any of it
  for (const auto& [one, again] : others)
    one->faults->push_back({one->taken->where, is(compute(*one), *one->taken) ? hidden_meanwhile(again) : does_not_compute(again)});
  return {};
}

// The end of a day that is over, and so many records of the own log as there were by then.
Result<bool> names_a_day(db::Reader& reader, const Origin& origin) {
  const text::Date day = text::jst_date(origin.at);
  if (origin.at != last_of(day) || TRY(last_closed_day(reader)) < day) return false;
  return origin.records == TRY(Indicators::records_before(reader, end_of_day_jst(day)));
}

Result<void> recompute_of(db::Reader& reader, text::Date day, const std::vector<Due>& all) {
  std::vector<Indicator> indicators;
  for (const auto& one : all)
    if (!find_indicator(indicators, one.indicator.id)) indicators.push_back(one.indicator);
  auto reported = reported_at_end(reader, day, indicators);
  if (!reported.ok() && reported.error().name != "plan.bad_as_of") return reported.error();
  for (const auto& one : all) {
    if (!reported.ok()) {
      one.faults->push_back({one.taken->where + "/reported", reported.error().message});
      continue;
    }
    auto again = offer_of(one.indicator, *reported, one.period, day, one.taken->origin.records);
    if (!again)
      one.faults->push_back({one.taken->where, of_whole_years()});
    else if (!is(*again, *one.taken))
      one.faults->push_back({one.taken->where, does_not_compute(*again)});
    else if (again->origin.reported != one.taken->origin.reported)
      one.faults->push_back({one.taken->where + "/reported", other_reports(*again->origin.reported)});
  }
  return {};
}

// Each of them reads all reports of its day, and keeps a reader of the store for as long.
Result<void> recompute_reported(db::Reader& reader, const std::map<text::Date, std::vector<Due>>& by_day) {
  static std::atomic<int> at_once = 0;
  AtOnce one(at_once, kReportsReadAtOnce);
  if (!one.admitted()) return Error{Code::kUnavailable, "kpi.busy", web::messages::taken_busy(), {}};
  const std::string most = std::to_string(kReportedDaysAtOnce);
  std::size_t days = 0;
  for (const auto& [day, all] : by_day) {
    if (++days <= kReportedDaysAtOnce) {
      TRY(recompute_of(reader, day, all));
      continue;
    }
    for (const auto& one : all)
      one.faults->push_back({one.taken->where + "/at",
                             {"報告から計算した値を一度に確かめられるのは、" + most + " 日分までです。",
                              "Figures out of reports are computed again for at most " + most + " days at once."}});
  }
  return {};
}

}  // namespace

Result<std::vector<Fault>> Recomputed::ask(db::Reader& reader, HiddenSince& hidden, const std::vector<Taken>& all) {
  std::map<std::pair<std::string, std::string>, std::optional<Indicator>> known;
  auto definition = [&](const Origin& origin) -> Result<std::optional<Indicator>> {
    auto at = known.find({origin.indicator, origin.definition});
    if (at == known.end())
      at =
          known
              .emplace(std::pair(origin.indicator, origin.definition), TRY(definition_of(reader, origin.indicator, origin.definition)))
              .first;
    return at->second;
  };
  const std::uint64_t size = all.empty() ? 0 : TRY(evidence::record_count(reader));
  std::map<std::string, Answer> out;
  std::map<std::uint64_t, std::vector<Due>> due;      // by records
  std::map<text::Date, std::vector<Due>> of_reports;  // by day
  for (const auto& one : all) {
    const auto indicator = TRY(definition(one.origin));
    const Definition now{indicator.has_value(), TRY(hidden.hides(one.origin.indicator, one.origin.definition))};
    Answer& answer = out[one.where];
    if (auto before = answers_.find(one.where);
        before != answers_.end() && before->second.taken == one && before->second.definition == now) {
      answer = before->second;
      continue;
    }
    answer = {one, now, {}};
    const auto period = period_from(one.origin.period);
    if (!indicator)
      answer.faults.push_back({one.where + "/definition", no_definition(one.origin)});
    else if (one.origin.reported && !find_indicator(one.origin.indicator))
      answer.faults.push_back({one.where + "/reported", not_reported(one.origin)});
    else if (one.origin.reported && !(period && TRY(names_a_day(reader, one.origin))))
      answer.faults.push_back({one.where + "/at", no_such_day()});
    else if (one.origin.reported)
      of_reports[text::jst_date(one.origin.at)].push_back({*indicator, *period, &one, &answer.faults});
    else if (!period || one.origin.records > size)
      answer.faults.push_back(
          {one.where + "/records",
           {"この組織の記録は " + std::to_string(size) + " 件です。", "This organisation has " + std::to_string(size) + " records."}});
    else
      due[one.origin.records].push_back({*indicator, *period, &one, &answer.faults});
  }
  for (const auto& [records, some] : due) TRY(recompute(reader, records, some));
  if (!of_reports.empty()) TRY(recompute_reported(reader, of_reports));
  answers_ = std::move(out);  // all of them, or none
  std::vector<Fault> faults;
  for (const auto& one : all) {
    const auto& own = answers_[one.where].faults;
    faults.insert(faults.end(), own.begin(), own.end());
  }
  return faults;
}

Result<std::vector<Fault>> Recomputed::faults_of(db::Reader& reader, const std::vector<Taken>& all) {
  HiddenSince hidden(reader);
  return ask(reader, hidden, all);
}

Result<std::vector<Fault>> Recomputed::faults_of_hidden(db::Reader& reader, const std::vector<Taken>& all) {
  HiddenSince hidden(reader);
  std::vector<Taken> some;
  for (const auto& one : all)
    if (TRY(hidden.hides(one.origin.indicator, one.origin.definition))) some.push_back(one);
  return ask(reader, hidden, some);
}

namespace {

// What rows name that did not stand in `before`.
struct Named {
  std::vector<std::pair<std::string, const Line*>> rows;  // with the place of their `computed`
  std::vector<Taken> taken;
};

Named named_in(const Sheet& sheet, const Sheet* before) {
  Named out;
  for (std::size_t i = 0; i < sheet.indicators.size(); ++i)
    for (std::size_t j = 0; j < sheet.indicators[i].lines.size(); ++j) {
      const Line& line = sheet.indicators[i].lines[j];
      if (line.computed.empty()) continue;
      const Line* old = same_line(before, sheet.indicators[i], line);
      std::string where = "/indicators/" + std::to_string(i) + "/lines/" + std::to_string(j);
      if (!old || old->computed != line.computed || old->unit != line.unit) out.rows.emplace_back(where + "/computed", &line);
      for (const auto& [year, values] : line.yearly) {
        if (!values.origin || !values.actual || !values.actual->number) continue;
        auto was = old ? old->yearly.find(year) : line.yearly.end();
        bool stood = old && was != old->yearly.end() && was->second.origin == values.origin && was->second.actual == values.actual;
        if (!stood)
          out.taken.push_back({where + "/yearly/" + std::to_string(year) + "/origin", *values.origin, *values.actual->number});
      }
    }
  return out;
}

Result<std::vector<Fault>> faults_of_rows(db::Reader& reader, const Named& named) {
  std::vector<Fault> faults;
  if (named.rows.empty()) return faults;
  const auto known = TRY(definitions(reader));
  for (const auto& [where, line] : named.rows)
    if (auto why = why_not_computed(known, *line)) faults.push_back({where, std::move(*why)});
  return faults;
}

}  // namespace

std::vector<Taken> taken_in(const Sheet& sheet, const Sheet* before) { return named_in(sheet, before).taken; }

Result<std::vector<Fault>> faults_of_taken(db::Reader& reader, const Sheet& sheet, const Sheet* before, Recomputed& asked) {
  const Named named = named_in(sheet, before);
  auto faults = TRY(faults_of_rows(reader, named));
  for (auto& fault : TRY(asked.faults_of(reader, named.taken))) faults.push_back(std::move(fault));
  return faults;
}

namespace {

// Measures of the plan's draft, by number.
Result<std::map<std::string, Measure>> drafted(db::Reader& reader, const std::string& plan) {
  std::vector<Entry> entries;
  for (auto& one : TRY(store::entries(reader, plan, INT64_MAX)))
    if (!one.withdrawn) entries.push_back(std::move(one.entry));
  std::map<std::string, Measure> out;
  for (auto& measure : TRY(store::measures(reader, plan, entries))) out.emplace(measure.number, std::move(measure));
  return out;
}

// Whether the measure had the row with the same indicator and unit already.
bool stood(const std::map<std::string, Measure>& before, const std::string& number, const KpiRow& row) {
  auto measure = before.find(number);
  const Line* old = measure == before.end() ? nullptr : row_of(measure->second, row.key);
  return old && old->computed == row.line->computed && old->unit == row.line->unit;
}

}  // namespace

Result<std::vector<Fault>> faults_of_computed(db::Reader& reader, const PlanDocument& document) {
  std::vector<Fault> faults;
  std::optional<std::vector<Indicator>> known;
  std::optional<std::map<std::string, Measure>> before;
  for (std::size_t i = 0; i < document.measures.size(); ++i) {
    const Measure& measure = document.measures[i];
    for (const auto& row : rows_of(measure)) {
      if (row.line->computed.empty()) continue;
      if (!known) known = TRY(definitions(reader));
      auto why = why_not_computed(*known, *row.line);
      if (!why) continue;
      if (!before) before = TRY(drafted(reader, document.header.id));
      if (stood(*before, measure.number, row)) continue;
      const auto& lines = (row.effect ? measure.effect : measure.progress).lines;
      faults.push_back({"/measures/" + std::to_string(i) + (row.effect ? "/effect_kpi" : "/progress_kpi") + "/lines/" +
                            std::to_string(row.line - lines.data()) + "/computed",
                        std::move(*why)});
    }
  }
  return faults;
}

}  // namespace musubi::kpi
