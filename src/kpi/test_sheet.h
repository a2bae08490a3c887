// A small evaluation sheet for tests: two goals, four indicators of different marks, two programmes, money that adds up.
#pragma once

#include "kpi/sheet.h"

namespace musubi::kpi {

inline Line test_line(IndicatorKind kind, double baseline, std::map<int, std::pair<double, double>> years, double final_target,
                      int final_year) {
  Line line;
  line.kind = kind;
  line.unit = Text{"件", "items"};
  line.baseline = SheetValue{baseline, Bound::kExactly, false, {}};
  line.baseline_year = 2021;
  for (const auto& [year, values] : years) {
    YearValues one;
    one.target = SheetValue{values.first, Bound::kExactly, false, {}};
    one.actual = SheetValue{values.second, Bound::kExactly, false, {}};
    line.yearly[year] = one;
  }
  line.final_target = SheetValue{final_target, Bound::kAtLeast, false, {}};
  line.final_year = final_year;
  return line;
}

inline SheetIndicator test_indicator(std::string number, std::string goal, Text title, Line line, bool primary,
                                     std::optional<Mark> mark) {
  SheetIndicator one;
  one.number = std::move(number);
  one.goal = std::move(goal);
  one.title = std::move(title);
  one.primary = primary;
  one.lines = {std::move(line)};
  one.mark = mark;
  one.locator = {"表の行", "a row of the table"};
  return one;
}

inline Sheet small_sheet() {
  Sheet sheet;
  SheetHeader& h = sheet.header;
  h.id = "aoba.sheet-2023";
  h.printed_number = {"青葉5-1", "Aoba 5-1"};
  h.policy_number = "1";
  h.policy_title = {"くらしの手続", "Everyday procedures"};
  h.field = {"くらし", "Daily life"};
  h.fiscal_year = 2023;
  h.office = {"企画課", "Planning division"};
  h.author_post = {"企画課長", "Head of planning"};
  h.month = "2024-08";
  h.goals = {{"online", {"手続のオンライン化", "Procedures on line"}, {}, {}}, {"open", {"データの公開", "Data published"}, {}, {}}};
  h.money_unit = {"千円", "thousand yen"};
  h.budget = {{2023, AmountKind::kInitial, 500},
              {2023, AmountKind::kSupplementary, 100},
              {2023, AmountKind::kCarryOver, -50},
              {2023, AmountKind::kTotal, 550},
              {2023, AmountKind::kExecuted, 500}};
  h.judgement = Judgement{"japan.five-steps", "considerable", {"主要な指標は届いた。", "The primary indicator was reached."}, {}};
  h.source_title = {"青葉町の評価書", "Evaluation sheet of Aoba"};
  h.source_publisher = {"青葉町", "Aoba Town"};
  h.locator = {"1ページ", "page 1"};
  sheet.indicators = {
      test_indicator("1", "online", {"オンライン利用率", "Share on line"},
                     test_line(IndicatorKind::kOutcome, 10, {{2022, {20, 22}}, {2023, {30, 33}}}, 30, 2023), true, Mark::kReached),
      test_indicator("2", "online", {"待ち時間の短縮", "Shorter waiting"},
                     test_line(IndicatorKind::kOutcome, 5, {{2022, {10, 9}}, {2023, {20, 18}}}, 20, 2023), false, Mark::kNear),
      test_indicator("3", "open", {"使われたデータ", "Data in use"},
                     test_line(IndicatorKind::kOutcome, 0, {{2022, {5, 5}}, {2023, {10, 4}}}, 40, 2025), false, Mark::kNotDue),
      test_indicator("4", "open", {"公開データの数", "Data sets published"},
                     test_line(IndicatorKind::kOutput, 4, {{2022, {8, 9}}, {2023, {12, 14}}}, 12, 2023), false, Mark::kReached)};
  sheet.indicators[1].factor = Text{"窓口の改修が遅れた。", "The counter was rebuilt late."};
  for (auto& one : sheet.indicators) one.fate = Fate::kKept;
  Programme a;
  a.number = "1";
  a.title = {"窓口の改修", "Rebuilding the counter"};
  a.start_year = 2020;
  a.amounts = {{2023, AmountKind::kTotal, 300}, {2023, AmountKind::kExecuted, 280}};
  a.indicators = {"1", "2"};
  a.review_numbers = {{2023, "0031"}};
  a.locator = {"(1)の行", "row (1)"};
  Programme b = a;
  b.number = "2";
  b.title = {"データの公開", "Publishing data"};
  b.amounts = {{2023, AmountKind::kTotal, 250}, {2023, AmountKind::kExecuted, 220}};
  b.indicators = {"3"};
  sheet.programmes = {a, b};
  return sheet;
}

}  // namespace musubi::kpi
