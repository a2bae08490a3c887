#include "kpi/line_rules.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "kpi/sheet_rules.h"
#include "text/normalise.h"

namespace musubi::kpi {
namespace {

using Faults = std::vector<Fault>;

void maybe_text(const std::optional<Text>& both, const std::string& where, Faults& faults) {
  if (both) check_text(*both, where, faults);
}
void maybe_year(std::optional<int> year, const std::string& where, Faults& faults) {
  if (year) check_year(*year, where, faults);
}
void check_value(const std::optional<SheetValue>& one, const std::string& where, Faults& faults) {
  if (!one) return;
  if (!one->number && !one->text) faults.push_back({where, {"数値か言葉が必要です。", "A number or words are needed."}});
  if (one->number && !std::isfinite(*one->number)) faults.push_back({where, {"数値が必要です。", "A number is needed."}});
  maybe_text(one->text, where + "/text", faults);
}

void check_line(const Line& one, const std::string& where, Faults& faults) {
  maybe_text(one.title, where + "/title", faults);
  maybe_text(one.unit, where + "/unit", faults);
  check_value(one.baseline, where + "/baseline", faults);
  maybe_year(one.baseline_year, where + "/baseline_year", faults);
  for (const auto& [at, values] : one.yearly) {
    std::string place = where + "/yearly/" + std::to_string(at);
    check_value(values.target, place + "/target", faults);
    check_value(values.actual, place + "/actual", faults);
    maybe_year(values.latest_known_year, place + "/latest_known_year", faults);
    maybe_text(values.typed_reason, place + "/typed_reason", faults);
    if (values.origin) check_origin(one, at, values, place + "/origin", faults);
  }
  if (!one.computed.empty() && one.nature != Nature::kNumeric)
    faults.push_back(
        {where + "/computed", {"計算される値を取れるのは、数値の行に限ります。", "Only a row of figures can take computed ones."}});
  check_value(one.final_target, where + "/final", faults);
  maybe_year(one.final_year, where + "/final_year", faults);
  if (one.final_target && one.not_set_due)
    faults.push_back(
        {where + "/not_set_due", {"目標があるのに「未設定」とされています。", "There is a target, and yet it is called not set."}});
  maybe_text(one.not_set_due, where + "/not_set_due", faults);
  maybe_text(one.note, where + "/note", faults);
}

bool fits(IndicatorKind kind, bool effect) {
  bool of_effect = kind == IndicatorKind::kEffect || (kind >= IndicatorKind::kOutcome && kind <= IndicatorKind::kLongOutcome);
  return of_effect == effect;
}

bool has_number(const Line& line) {
  auto number = [](const std::optional<SheetValue>& one) { return one && one->number; };
  return number(line.baseline) || number(line.final_target) ||
         std::any_of(line.yearly.begin(), line.yearly.end(),
                     [&](const auto& one) { return number(one.second.target) || number(one.second.actual); });
}

}  // namespace

void check_text(const Text& both, const std::string& where, Faults& faults) {
  for (auto [words, language] : {std::pair{&both.ja, "/ja"}, {&both.en, "/en"}}) {
    if (text::trim(*words).empty())
      faults.push_back({where + language, {"何か書いてください。空にはできません。", "Write something; it cannot be empty."}});
    if (!plain_text(*words))
      faults.push_back({where + language, {"制御文字があります。取り除いてください。", "There is a control character. Take it out."}});
  }
}

void check_year(int year, const std::string& where, Faults& faults) {
  if (year < kFirstYear || year > kLastYear)
    faults.push_back({where, {"年度は1900から2999までの西暦です。", "A fiscal year is from 1900 to 2999."}});
}

// What was taken stands as it was computed, with nothing around it.
void check_origin(const Line& line, int year, const YearValues& values, const std::string& where, Faults& faults) {
  if (values.origin->indicator != line.computed)
    faults.push_back({where + "/indicator",
                      {"この行を計算する指標ではありません。computed と同じ id が必要です。",
                       "This is not the indicator that computes the row: the id in `computed` is needed."}});
  if (values.origin->period != std::to_string(year))
    faults.push_back({where + "/period", {"この年度の値ではありません。", "It is not of this fiscal year."}});
  const SheetValue plain{values.actual ? values.actual->number : std::nullopt};
  if (!plain.number || *values.actual != plain || values.latest_known_year || values.revised)
    faults.push_back({where, {"計算した実績は、数だけで書きます。", "A computed actual is a number and nothing else."}});
  if (values.typed_reason)
    faults.push_back(
        {where,
         {"計算した実績に、計算した値を使わない理由が書かれています。", "The actual is computed, and yet it is said why it is not."}});
}

void check_lines(const std::vector<Line>& lines, const std::string& where, Faults& faults) {
  std::set<std::string> subs;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::string at = where + "/" + std::to_string(i);
    const std::string& sub = lines[i].sub;
    if (!sub.empty() && !valid_part_number(sub))
      faults.push_back(
          {at + "/sub", {"番号は半角の英数字とハイフンで16字までです。", "A number is letters, digits and hyphens, at most 16."}});
    if (!subs.insert(sub).second)
      faults.push_back({at + "/sub", {"「" + sub + "」が二度書かれています。", "\"" + sub + "\" stands twice."}});
    check_line(lines[i], at, faults);
  }
}

void check_kpi_lines(const Kpi& kpi, bool effect, const std::string& where, Faults& faults) {
  check_lines(kpi.lines, where, faults);
  if (kpi.status != KpiStatus::kSet && !kpi.lines.empty())
    faults.push_back({where,
                      {"数値の行は、設定済み（set）のKPIだけに書けます。目標が未設定の行には not_set_due を書きます。",
                       "Rows of figures belong to a KPI that is set. A row whose target is not yet set says so in not_set_due."}});
  for (std::size_t i = 0; i < kpi.lines.size(); ++i) {
    const Line& one = kpi.lines[i];
    std::string at = where + "/" + std::to_string(i);
    if (!fits(one.kind, effect))
      faults.push_back(
          {at + "/kind", effect ? Text{"効果KPIの行は、効果かアウトカムです。", "A row of the effect KPI is an effect or an outcome."}
                                : Text{"進捗KPIの行は、進捗、活動、アウトプットのいずれかです。",
                                       "A row of the progress KPI is progress, an activity or an output."}});
    if (!one.title && kpi.lines.size() > 1)
      faults.push_back(
          {at + "/title",
           {"行が二つ以上あるときは、それぞれに名前が必要です。", "Where there are two rows or more, each needs a title."}});
    if (!one.unit && has_number(one))
      faults.push_back({at + "/unit", {"数値に単位がありません。", "There are figures without a unit."}});
    if (one.final_target && !one.final_year)
      faults.push_back({at + "/final_year", {"最終目標の年度を書いてください。", "Give the fiscal year of the final target."}});
    for (const auto& [year, values] : one.yearly)
      if (values.origin || values.typed_reason)
        faults.push_back(
            {at + "/yearly/" + std::to_string(year),
             {"計算した実績は、計画ではなくフォローアップに書きます。", "Computed actuals stand in follow-ups, not in the plan."}});
  }
}

bool has_target(const Line& line) {
  return line.final_target ||
         std::any_of(line.yearly.begin(), line.yearly.end(), [](const auto& one) { return one.second.target.has_value(); });
}

std::vector<KpiRow> rows_of(const Measure& measure) {
  std::vector<KpiRow> out;
  for (bool effect : {false, true})
    for (const auto& line : (effect ? measure.effect : measure.progress).lines)
      out.push_back({std::string(effect ? "effect" : "progress") + (line.sub.empty() ? "" : "." + line.sub), effect, &line});
  return out;
}

const Line* row_of(const Measure& measure, std::string_view key) {
  for (const auto& row : rows_of(measure))
    if (row.key == key) return row.line;
  return nullptr;
}

}  // namespace musubi::kpi
