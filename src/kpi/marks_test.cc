#include "kpi/marks.h"

#include <gtest/gtest.h>

#include <set>

#include "kpi/judgement.h"
#include "kpi/sheet_json.h"
#include "kpi/sheet_pack.h"
#include "kpi/test_sheet.h"
#include "support/store_fixture.h"

namespace musubi::kpi {
namespace {

SheetValue number(double value, Bound bound = Bound::kExactly) { return {value, bound, false, {}}; }
SheetValue words(const char* text) { return {{}, Bound::kExactly, false, Text{text, text}}; }

struct MarkCase {
  const char* what;
  Direction direction;
  Gathering gathering;
  SheetValue target;
  std::optional<SheetValue> baseline;
  std::map<int, SheetValue> actuals;
  int final_year;
  std::optional<Mark> mark;
};

const MarkCase kCases[] = {
    {"just reached", Direction::kUp, Gathering::kLast, number(10), {}, {{2023, number(10)}}, 2023, Mark::kReached},
    {"80 % is near", Direction::kUp, Gathering::kLast, number(10), {}, {{2023, number(8)}}, 2023, Mark::kNear},
    {"below 80 % is far", Direction::kUp, Gathering::kLast, number(10), {}, {{2023, number(7.9)}}, 2023, Mark::kFar},
    {"0.1 + 0.2 reaches 0.3",
     Direction::kUp,
     Gathering::kSum,
     number(0.3),
     {},
     {{2022, number(0.1)}, {2023, number(0.2)}},
     2023,
     Mark::kReached},
    {"down, reached", Direction::kDown, Gathering::kLast, number(32), {}, {{2023, number(31)}}, 2023, Mark::kReached},
    {"down, near", Direction::kDown, Gathering::kLast, number(32), {}, {{2023, number(40)}}, 2023, Mark::kNear},
    {"down, far", Direction::kDown, Gathering::kLast, number(32), {}, {{2023, number(56.9)}}, 2023, Mark::kFar},
    {"at most beats the direction",
     Direction::kUp,
     Gathering::kLast,
     number(0.2, Bound::kAtMost),
     {},
     {{2023, number(0)}},
     2023,
     Mark::kReached},
    {"at least beats the direction",
     Direction::kDown,
     Gathering::kLast,
     number(5, Bound::kAtLeast),
     {},
     {{2023, number(6)}},
     2023,
     Mark::kReached},
    {"about, 5 % short", Direction::kUp, Gathering::kLast, number(100, Bound::kAbout), {}, {{2023, number(95)}}, 2023, Mark::kReached},
    {"about, 6 % short", Direction::kUp, Gathering::kLast, number(100, Bound::kAbout), {}, {{2023, number(94)}}, 2023, Mark::kNear},
    {"a target of zero", Direction::kUp, Gathering::kLast, number(0), {}, {{2023, number(0)}}, 2023, Mark::kReached},
    {"zero to be kept below, missed", Direction::kDown, Gathering::kLast, number(0), {}, {{2023, number(1)}}, 2023, Mark::kFar},
    {"the sum of the years",
     Direction::kUp,
     Gathering::kSum,
     number(30),
     {},
     {{2021, number(8)}, {2022, number(26)}, {2023, number(14)}},
     2023,
     Mark::kReached},
    {"the mean of the years",
     Direction::kUp,
     Gathering::kMean,
     number(30),
     {},
     {{2022, number(20)}, {2023, number(38)}},
     2023,
     Mark::kNear},
    {"the year before is not the year", Direction::kUp, Gathering::kLast, number(30), {}, {{2022, number(31)}}, 2023, std::nullopt},
    {"a sum without its last year", Direction::kUp, Gathering::kSum, number(30), {}, {{2022, number(29)}}, 2023, std::nullopt},
    {"a sum that got there before", Direction::kUp, Gathering::kSum, number(30), {}, {{2022, number(31)}}, 2023, Mark::kReached},
    {"a sum to be kept below, without its last year",
     Direction::kDown,
     Gathering::kSum,
     number(30),
     {},
     {{2022, number(29)}},
     2023,
     std::nullopt},
    {"what came after the year of the target",
     Direction::kUp,
     Gathering::kLast,
     number(30),
     {},
     {{2022, number(10)}, {2023, number(31)}},
     2022,
     Mark::kFar},
    {"not due", Direction::kUp, Gathering::kLast, number(30), {}, {{2023, number(99)}}, 2024, Mark::kNotDue},
    {"the same words", Direction::kKeep, Gathering::kLast, words("largest"), {}, {{2023, words("largest")}}, 2023, Mark::kReached},
    {"other words", Direction::kKeep, Gathering::kLast, words("largest"), {}, {{2023, words("second")}}, 2023, std::nullopt},
    {"the same words a year before",
     Direction::kKeep,
     Gathering::kLast,
     words("largest"),
     {},
     {{2022, words("largest")}},
     2023,
     std::nullopt},
    {"no actual", Direction::kUp, Gathering::kLast, number(30), {}, {}, 2023, std::nullopt},
};

TEST(Marks, ReasonsGroupNumbersAsTablesDo) {
  SheetIndicator one;
  one.lines = {test_line(IndicatorKind::kOutcome, 0, {{2023, {0, 1234567.25}}}, 2196, 2023)};
  auto why = compute_mark(one, 2023).why;
  EXPECT_NE(why.ja.find("実績は 1,234,567.25 で、目標の 2,196以上"), std::string::npos) << why.ja;
  one.lines = {test_line(IndicatorKind::kOutcome, 0, {{2023, {0, -999}}}, 1895, 2023)};
  why = compute_mark(one, 2023).why;
  EXPECT_NE(why.en.find("is -999 and misses the target of 1,895 or more"), std::string::npos) << why.en;
}

TEST(Marks, Table) {
  for (const auto& one : kCases) {
    Line line;
    line.direction = one.direction;
    line.gathering = one.gathering;
    line.final_target = one.target;
    line.final_year = one.final_year;
    for (const auto& [year, value] : one.actuals) line.yearly[year].actual = value;
    auto computed = compute_mark(test_indicator("1", "g", {"指標", "Indicator"}, line, false, {}), 2023);
    EXPECT_EQ(computed.mark, one.mark) << one.what << ": " << computed.why.en;
    EXPECT_FALSE(computed.why.ja.empty()) << one.what;
  }
}

TEST(Marks, NearnessIsConfigured) {
  auto old_people = test_indicator("26", "g", {"利用率", "Use"},
                                   test_line(IndicatorKind::kOutcome, 75.2, {{2023, {80, 75.4}}}, 80, 2023), false, {});
  EXPECT_EQ(compute_mark(old_people, 2023).mark, Mark::kNear) << "94 % of the whole";
  EXPECT_EQ(compute_mark(old_people, 2023, {.from_baseline = true}).mark, Mark::kFar) << "4 % of the way from the baseline";
  EXPECT_EQ(compute_mark(old_people, 2023, {.near = 0.95}).mark, Mark::kFar);
  Line flat = test_line(IndicatorKind::kOutcome, 80, {{2023, {80, 79}}}, 80, 2023);
  EXPECT_EQ(compute_mark(test_indicator("1", "g", {"率", "Rate"}, flat, false, {}), 2023, {.from_baseline = true}).mark, Mark::kFar)
      << "no way to go: no division by zero";
}

// Whether a year is over is not for these rules to know: its actual says it, and on a sheet that is only followed its final one.
TEST(Marks, AYearIsJudgedByItsOwnActual) {
  Line line = test_line(IndicatorKind::kOutcome, 10, {{2022, {15, 14}}, {2023, {20, 0}}}, 20, 2023);
  line.yearly[2023].actual.reset();
  auto computed = [&](bool monitored) {
    return compute_mark(test_indicator("1", "g", {"率", "Rate"}, line, false, {}), 2023, {.monitored = monitored});
  };
  auto missed = [&](bool monitored) {
    return missed_years(test_indicator("1", "g", {"率", "Rate"}, line, false, {}), 2023, {.monitored = monitored}).size();
  };
  EXPECT_EQ(computed(true).mark, Mark::kNotDue) << "14 of the year before is no miss of 20";
  EXPECT_NE(computed(true).why.en.find("fiscal 2023, which has no actual yet"), std::string::npos) << computed(true).why.en;
  EXPECT_EQ(computed(false).mark, std::nullopt);
  EXPECT_EQ(missed(true), 1u) << "of fiscal 2022";
  YearValues& year = line.yearly[2023];
  year.actual = number(19);
  year.provisional = true;
  EXPECT_EQ(computed(true).mark, Mark::kNotDue);
  EXPECT_NE(computed(true).why.ja.find("2023年度の実績はまだ速報"), std::string::npos) << computed(true).why.ja;
  EXPECT_EQ(missed(true), 1u) << "a provisional figure misses nothing yet";
  EXPECT_EQ(computed(false).mark, Mark::kNear) << "an evaluation judges by what there is";
  EXPECT_NE(computed(false).why.en.find("(provisional) is 19"), std::string::npos) << computed(false).why.en;
  year.provisional = false;
  year.latest_known_year = 2022;
  EXPECT_EQ(computed(true).mark, Mark::kNotDue);
  EXPECT_EQ(computed(false).mark, Mark::kNear) << "the newest known figure, where the sheet says so";
  EXPECT_NE(computed(false).why.ja.find("実績（2022年度の値）は 19"), std::string::npos) << computed(false).why.ja;
  year.latest_known_year.reset();
  EXPECT_EQ(computed(true).mark, Mark::kNear) << "final, and of its year";
  EXPECT_EQ(missed(true), 2u);
  line.yearly[2023].actual = number(20);
  EXPECT_EQ(computed(true).mark, Mark::kReached);
}

TEST(Marks, TheWorstRowDecidesAndWordsAreLeft) {
  auto one = small_sheet().indicators[0];
  Line second = one.lines[0];
  second.sub = "2";
  one.lines[0].sub = "1";
  second.yearly[2023].actual->number = 25;
  one.lines.push_back(second);
  EXPECT_EQ(compute_mark(one, 2023).mark, Mark::kNear);
  EXPECT_NE(compute_mark(one, 2023).why.en.find("(2) "), std::string::npos);
  one.lines[1].final_target = words("introduced");
  auto computed = compute_mark(one, 2023);
  EXPECT_EQ(computed.mark, Mark::kReached);
  EXPECT_TRUE(computed.words_left);
  one.lines[1].final_year = 2024;
  EXPECT_EQ(compute_mark(one, 2023).mark, Mark::kNotDue);
}

const Sheet& sheet_of_year(int year) {
  for (const Sheet& sheet : embedded_sheets())
    if (sheet.header.fiscal_year == year) return sheet;
  CHECK(false);
  return embedded_sheets()[0];
}

std::string listed(const std::vector<Disagreement>& all) {
  std::string out;
  for (const auto& one : all)
    out += one.indicator + " " + std::string(disagreement_word(one.kind)) + " " +
           (one.official ? std::string(mark_sign(*one.official)) : "none") + " " +
           (one.computed ? std::string(mark_sign(*one.computed)) : "words") + "\n";
  return out;
}

// Every mark of the three sheets is computed again. What comes out otherwise is listed here, with the why.
TEST(Marks, TheSheetsAreRecomputed) {
  const Sheet& sheet = sheet_of_year(2018);
  std::set<std::string> same, in_words, words_left;
  for (const auto& one : sheet.indicators) {
    auto computed = compute_mark(one, 2018, mark_rules(sheet));
    if (!computed.mark)
      in_words.insert(one.number);
    else if (computed.words_left)
      words_left.insert(one.number);
    if (computed.mark && computed.mark == one.mark) same.insert(one.number);
  }
  EXPECT_EQ(same, (std::set<std::string>{"1",  "2",  "4",  "5",  "6",  "7",  "8",  "9",  "11", "13", "16", "17", "19",
                                         "20", "21", "24", "25", "26", "27", "28", "29", "31", "32", "33", "34"}));
  EXPECT_EQ(in_words, (std::set<std::string>{"10", "12", "14", "15", "18", "22", "23", "30"}))
      << "decided by people: a target in words";
  EXPECT_EQ(words_left, (std::set<std::string>{"17", "27"}));
  EXPECT_EQ(listed(disagreements(sheet, mark_rules(sheet))),
            "3 mark イ －\n"            // its year is fiscal 2020, yet the sum of 78 reaches the target of 20 already
            "7 year_missed － －\n"     // 26 against 30 in fiscal 2018; the final year is to come
            "11 year_missed イ イ\n"    // 130 and 1,895 fall short in their years, the last year does not
            "21 prose ロ ロ\n"          // 97.4 against 100, yet the prose counts it among what was reached
            "25 year_missed － －\n"    // 7 plans against about 10
            "33 year_missed － －\n");  // 29 persons against 60
  const Sheet& old = sheet_of_year(2012);
  EXPECT_EQ(listed(disagreements(old, mark_rules(old))),
            "3 prose none ハ\n");  // 3 missions against about 4, held to be reached
  const Sheet& before = sheet_of_year(2017);
  EXPECT_TRUE(disagreements(before, mark_rules(before)).empty()) << "no marks, no prose";
  const MarkRules rules = mark_rules(before);
  std::set<std::string> missed, due;
  for (const auto& one : before.indicators) {
    if (mark_of(one, 2017, rules) != Mark::kNotDue) due.insert(one.number);
    if (is_missed(one, 2017, rules) || !missed_years(one, 2017, rules).empty()) missed.insert(one.number);
  }
  EXPECT_TRUE(due.empty()) << "it was written before the year was over: 842 of fiscal 2016 says nothing of about 1,000 in fiscal 2017";
  EXPECT_EQ(missed, (std::set<std::string>{"1", "4"})) << "in fiscal 2016: rank 16 against 4, 56.9 hours against 38";
  auto why = disagreements(sheet, {})[0].why;
  EXPECT_NE(why.en.find("78"), std::string::npos) << why.en;
  EXPECT_NE(why.ja.find("78"), std::string::npos) << why.ja;
}

TEST(Judgement, TheRulesDraftWhatTheSheetSays) {
  const Sheet& sheet = sheet_of_year(2018);
  const Scale* scale = scale_of(sheet);
  ASSERT_TRUE(scale);
  EXPECT_EQ(scale->steps.size(), 5u);
  auto drafted = draft_judgement(sheet, *scale);
  ASSERT_TRUE(drafted);
  EXPECT_EQ(drafted->step, sheet.header.judgement->step);
  EXPECT_NE(drafted->grounds.ja.find("達成19、目標に近い4、遠い0、期限前11"), std::string::npos) << drafted->grounds.ja;
  EXPECT_NE(drafted->grounds.en.find("Missed: 21, 22, 26, 32."), std::string::npos) << drafted->grounds.en;
  const Sheet& old = sheet_of_year(2012);
  ASSERT_TRUE(scale_of(old));
  EXPECT_EQ(scale_of(old)->id, "japan.letters");
  EXPECT_FALSE(draft_judgement(old, *scale_of(old))) << "only A is known, and no rules";
}

TEST(Judgement, TheFirstRuleThatHoldsDecides) {
  const Scale& scale = *find_scale("japan.five-steps");
  Sheet sheet = small_sheet();
  auto step = [&] { return draft_judgement(sheet, scale)->step; };
  auto set = [&](std::size_t i, Mark mark, double actual) {
    sheet.indicators[i].mark = mark;
    sheet.indicators[i].lines[0].yearly[2023].actual->number = actual;
  };
  EXPECT_EQ(step(), "considerable");
  set(1, Mark::kReached, 20);
  EXPECT_EQ(step(), "achieved");
  set(0, Mark::kReached, 60);
  EXPECT_EQ(step(), "exceeded");
  set(0, Mark::kFar, 15);
  EXPECT_EQ(step(), "small");
  set(0, Mark::kFar, 5);
  EXPECT_EQ(step(), "away") << "below the baseline of 10";
  for (auto& one : sheet.indicators) one.mark = Mark::kNotDue;
  EXPECT_FALSE(draft_judgement(sheet, scale));
}

TEST(Judgement, PacksOfScalesAreReadStrictly) {
  auto bad = read_scale(
      R"({"musubi_pack": 1, "kind": "scale", "id": "a.b", "title": {"ja": "あ", "en": "a"}, "source": {"ja": "あ", "en": "a"},
    "marks": {"near": 2}, "steps": [{"id": "x", "title": {"ja": "あ", "en": "a"}}], "rules": [{"step": "x", "every": "not_due", "ground": {"ja": "あ", "en": "a"}}]})");
  ASSERT_FALSE(bad.ok());
  ASSERT_EQ(bad.error().faults.size(), 2u);
  EXPECT_EQ(bad.error().faults[0].where, "/marks/near");
  EXPECT_EQ(bad.error().faults[1].where, "/rules/0/every");
}

}  // namespace
}  // namespace musubi::kpi
