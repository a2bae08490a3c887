#include "kpi/sheet_lint.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "kpi/sheet_merge.h"
#include "kpi/sheet_pack.h"
#include "kpi/sheet_rules.h"
#include "kpi/test_sheet.h"

namespace musubi::kpi {
namespace {

Sheet previous_sheet() {
  Sheet sheet = small_sheet();
  sheet.header.id = "aoba.sheet-2022";
  sheet.header.fiscal_year = 2022;
  sheet.indicators[1].id = "aoba.indicator-2";
  sheet.indicators[1].factor = Text{"工事の入札が二度流れたため。", "The tender failed twice."};
  sheet.header.judgement->grounds = {"昨年に起きたさまざまな事情による。", "For last year's reasons."};
  return sheet;
}

struct Planted {
  const char* rule;
  const char* where;
  std::function<void(Sheet&)> plant;
};

const Planted kPlanted[] = {
    {"target_is_mean", "indicator/1/lines/0/yearly/2023/target",
     [](Sheet& s) { s.indicators[0].lines[0].yearly[2023].target->number = 16; }},  // of 10 and 22
    {"target_is_mean", "indicator/3/lines/0/final",
     [](Sheet& s) { s.indicators[2].lines[0].final_target->number = 3; }},  // of 0, 5 and 4
    {"text_copied", "indicator/2/factor",
     [](Sheet& s) {
       s.indicators[1].factor = Text{"工事の入札が二度流れたため", "The tender failed twice"};
     }},
    {"text_copied", "header/judgement/grounds",
     [](Sheet& s) {
       s.header.judgement->grounds = {"昨年に起きたさまざまな事情による。", "For last year's reasons."};
     }},
    {"text_copied", "indicator/4/factor", [](Sheet& s) { s.indicators[3].factor = s.indicators[1].factor; }},
    {"output_as_outcome", "indicator/1/lines/0/kind",
     [](Sheet& s) {
       s.indicators[0].title = {"説明会の開催", "Briefings"};
     }},
    {"output_as_outcome", "indicator/2/lines/0/kind",
     [](Sheet& s) {
       s.indicators[1].lines[0].unit = Text{"回", "times"};
     }},
    {"only_survey", "header/goals/1",
     [](Sheet& s) {
       s.indicators[2].title = {"利用者の満足度", "Satisfaction of users"};
     }},
    {"baseline_missing", "indicator/4/lines/0/baseline", [](Sheet& s) { s.indicators[3].lines[0].baseline.reset(); }},
    {"finding_not_followed", "indicator/2/factor", [](Sheet& s) { s.indicators[1].factor.reset(); }},
    {"finding_not_followed", "indicator/2/fate", [](Sheet& s) { s.indicators[1].fate.reset(); }},
    {"finding_not_followed", "",
     [](Sheet& s) {
       s.indicators[1].title = {"窓口の改善", "A better counter"};
     }},
    {"finding_not_followed", "", [](Sheet& s) { s.indicators[1].id = "aoba.another"; }},  // of last year's name, and yet another one
    {"baseline_missing", "indicator/4/lines/0/baseline",
     [](Sheet& s) {
       auto& line = s.indicators[3].lines[0];
       line.baseline.reset();
       line.final_target.reset();
       line.final_year.reset();
       line.yearly[2023].target = SheetValue{7};
     }},
    {"typed_not_computed", "indicator/4/lines/0/yearly/2023/actual",
     [](Sheet& s) {
       auto& line = s.indicators[3].lines[0];
       line.computed = "decisions";
       line.yearly[2023].actual = SheetValue{7};
     }},
    {"sums_differ", "header/money", [](Sheet& s) { s.header.budget[1].amount = 90; }},
    {"sums_differ", "header/money", [](Sheet& s) { s.programmes[0].amounts[1].amount = 290; }},
    {"mark_missing", "indicator/4/mark", [](Sheet& s) { s.indicators[3].mark.reset(); }},
    {"mark_unexplained", "indicator/2/mark_reason", [](Sheet& s) { s.indicators[1].mark = Mark::kReached; }},
    {"judgement_unexplained", "header/judgement", [](Sheet& s) { s.header.judgement.reset(); }},
    {"judgement_unexplained", "header/judgement/step", [](Sheet& s) { s.header.judgement->step = "splendid"; }},
    {"judgement_unexplained", "header/judgement/override_reason", [](Sheet& s) { s.header.judgement->step = "achieved"; }},
};

TEST(SheetLint, AGoodSheetIsLeftAlone) {
  Sheet before = previous_sheet();
  for (const Remark& remark : lint(small_sheet(), &before))
    ADD_FAILURE() << remark.rule << " " << remark.where << " " << remark.message.en;
  Sheet form = small_sheet();
  form.header.form = SheetForm::kPreAnalysis;
  form.header.judgement.reset();
  for (auto& one : form.indicators) {
    one.mark.reset();
    one.fate.reset();
    one.factor.reset();
  }
  for (const Remark& remark : lint(form)) ADD_FAILURE() << remark.rule << " " << remark.where;
}

TEST(SheetLint, EveryPlantedFaultIsFound) {
  Sheet before = previous_sheet();
  for (const auto& planted : kPlanted) {
    Sheet sheet = small_sheet();
    planted.plant(sheet);
    ASSERT_TRUE(faults_of(sheet).empty()) << planted.rule;
    std::string all;
    bool found = false;
    for (const Remark& remark : lint(sheet, &before)) {
      found = found || (remark.rule == planted.rule && remark.where == planted.where);
      all += remark.rule + " " + remark.where + "; ";
      EXPECT_FALSE(remark.message.ja.empty());
      EXPECT_FALSE(remark.message.en.empty());
    }
    EXPECT_TRUE(found) << planted.rule << " " << planted.where << ", found: " << all;
  }
}

TEST(SheetLint, TheSameIndicatorIsKnownByItsLastingId) {
  Sheet before = previous_sheet(), sheet = small_sheet();
  sheet.indicators[1].title = {"窓口の改善", "A better counter"};
  sheet.indicators[1].id = before.indicators[1].id;
  EXPECT_TRUE(lint(sheet, &before).empty()) << "renamed, not gone";
  EXPECT_TRUE(same_policy(sheet, before));
  before.header.policy_title = {"まったく別の名前の政策", "A policy of quite another name"};
  EXPECT_TRUE(same_policy(sheet, before)) << "by the id";
  sheet.indicators[1].id.clear();
  EXPECT_FALSE(same_policy(sheet, before));
  before.header.policy_title = sheet.header.policy_title;
  before.header.policy_title.ja += "。";
  EXPECT_TRUE(same_policy(sheet, before)) << "by a name that is nearly the same";
}

TEST(SheetLint, OpenFindingsOfMeasuresThatTheSheetNames) {
  Sheet sheet = small_sheet();
  sheet.indicators[1].measures = {{"aoba.plan", "1-2"}, {"aoba.plan", "1-1"}};
  sheet.programmes[0].measures = {{"aoba.plan", "1-1"}, {"other.plan", "1-1"}};
  auto told = [&](std::vector<OpenFindings> open) {
    std::string out;
    for (const Remark& remark : lint(sheet, nullptr, open)) {
      out += remark.rule + " " + remark.where + "; ";
      EXPECT_NE(remark.message.ja.find("指摘"), std::string::npos);
      EXPECT_NE(remark.message.en.find("open finding"), std::string::npos);
    }
    return out;
  };
  EXPECT_EQ(told({}), "");
  EXPECT_EQ(told({{{"aoba.plan", "1-1"}, 2}, {{"other.plan", "1-1"}, 1}}),
            "finding_not_followed indicator/2/measures/1; finding_not_followed programme/1/measures/1; ");
  auto remarks = lint(sheet, nullptr, {{{"aoba.plan", "1-1"}, 2, 1}, {{"other.plan", "1-1"}, 1, 0}});
  ASSERT_EQ(remarks.size(), 2u);
  EXPECT_FALSE(remarks[0].officers_only) << "the public knows of one";
  EXPECT_TRUE(remarks[1].officers_only);
  EXPECT_EQ(told({{{"aoba.plan", "1-2"}, 0}, {{"aoba.plan", "9-9"}, 3}}), "") << "none open; named by nobody";
}

TEST(SheetLint, AReasonSettlesAnUnexplainedMark) {
  Sheet sheet = small_sheet();
  sheet.indicators[1].mark = Mark::kReached;
  sheet.indicators[1].mark_reason = Text{"工事は4月に終わった。", "The works ended in April."};
  sheet.header.judgement = Judgement{"japan.five-steps", "considerable", {"根拠", "Grounds"}, Text{"慎重に見た。", "Seen with care."}};
  EXPECT_TRUE(lint(sheet).empty());
}

TEST(SheetLint, WhatItSaysOfTheSeeds) {
  std::map<std::string, std::string> rules;
  for (const Sheet& sheet : embedded_sheets())
    for (const Remark& remark : lint(sheet)) rules[sheet.header.id] += remark.rule + " " + remark.where + "\n";
  EXPECT_EQ(rules["japan.soumu.31-10"],
            "mark_unexplained indicator/3/mark_reason\n"
            "baseline_missing indicator/8/lines/2/baseline\n"
            "baseline_missing indicator/17/lines/2/baseline\n"
            "mark_unexplained indicator/21/mark_reason\n"
            "baseline_missing indicator/25/lines/0/baseline\n"
            "baseline_missing indicator/25/lines/1/baseline\n"
            "baseline_missing indicator/25/lines/2/baseline\n");
  EXPECT_EQ(rules["japan.soumu.29-8"],
            "sums_differ header/money\nsums_differ header/money\nsums_differ header/money\nsums_differ header/money\n"
            "sums_differ header/money\nsums_differ programme/6\nsums_differ programme/16\n");
}

TEST(SheetLint, Likeness) {
  EXPECT_DOUBLE_EQ(likeness("同じ文です", "同じ文です"), 1);
  EXPECT_GT(likeness("窓口の改修が遅れた。", "窓口の改修が、遅れた"), 0.7);
  EXPECT_LT(likeness("窓口の改修が遅れた。", "入札が二度流れた。"), 0.3);
  EXPECT_DOUBLE_EQ(likeness("", ""), 1);
  EXPECT_DOUBLE_EQ(likeness("a", "b"), 0);
}

json::object cells(const char* text) { return json::parse(text).as_object(); }

TEST(SheetMerge, CellByCell) {
  auto base =
      cells(R"({"a": 1, "lines": [{"yearly": {"2018": {"actual": {"number": 1}}}}, {"yearly": {}}], "t": {"ja": "あ", "en": "a"}})");
  auto theirs = cells(
      R"({"a": 1, "lines": [{"yearly": {"2018": {"actual": {"number": 2}}}}, {"yearly": {}}], "t": {"ja": "あ", "en": "a"}, "x": true})");
  auto mine = cells(
      R"({"lines": [{"yearly": {"2018": {"actual": {"number": 1}}}}, {"yearly": {"2019": {"target": {"number": 5}}}}], "t": {"ja": "い", "en": "b"}})");
  Merged merged = merge_cells(base, theirs, mine);
  EXPECT_TRUE(merged.conflicts.empty());
  EXPECT_EQ(
      canonical_json(merged.part),
      canonical_json(cells(
          R"({"lines": [{"yearly": {"2018": {"actual": {"number": 2}}}}, {"yearly": {"2019": {"target": {"number": 5}}}}], "t": {"ja": "い", "en": "b"}, "x": true})")));
  mine["lines"].as_array()[0] = cells(R"({"yearly": {"2018": {"actual": {"number": 1, "text": {"ja": "う", "en": "c"}}}}})");
  theirs["t"] = cells(R"({"ja": "え", "en": "a"})");
  merged = merge_cells(base, theirs, mine);
  ASSERT_EQ(merged.conflicts.size(), 2u) << "a value and a text are one cell each";
  EXPECT_EQ(merged.conflicts[0], (CellConflict{"lines/0/yearly/2018/actual", "1", "2", "1 う / c"}));
  EXPECT_EQ(merged.conflicts[1], (CellConflict{"t", "あ / a", "え / a", "い / b"}));
  EXPECT_TRUE(merge_cells(base, theirs, theirs).conflicts.empty()) << "the same change twice is no conflict";
  auto gone = base;
  gone.erase("t");
  ASSERT_EQ(merge_cells(base, theirs, gone).conflicts.size(), 1u) << "changed by one, taken out by the other";
  EXPECT_EQ(cell_changes(base, gone).size(), 1u);
}

// Rows, goals and money by their names: who adds, takes away or moves one meets nobody who changed another.
TEST(SheetMerge, ByName) {
  auto part = [](const std::string& lines, const std::string& amounts) {
    return cells((R"({"lines": [)" + lines + R"(], "amounts": [)" + amounts + "]}").c_str());
  };
  auto amount = [](int year, int value) {
    return R"({"fiscal_year": )" + std::to_string(year) + R"(, "kind": "initial", "amount": )" + std::to_string(value) + "}";
  };
  auto line = [](const char* sub, const char* title) {
    return std::string(R"({"sub": ")") + sub + R"(", "title": {"ja": "あ", "en": ")" + title + R"("}})";
  };
  auto base = part(line("1", "a") + "," + line("2", "b"), amount(2023, 1) + "," + amount(2024, 2));
  auto theirs = part(line("2", "b"), amount(2026, 777) + "," + amount(2023, 1) + "," + amount(2024, 2));
  auto mine = part(line("1", "a") + "," + line("2", "c") + "," + line("3", "d"), amount(2023, 1) + "," + amount(2024, 3));
  Merged merged = merge_cells(base, theirs, mine);
  EXPECT_TRUE(merged.conflicts.empty());
  EXPECT_EQ(canonical_json(merged.part), canonical_json(part(line("2", "c") + "," + line("3", "d"),
                                                             amount(2026, 777) + "," + amount(2023, 1) + "," + amount(2024, 3))));
  mine = part(line("1", "e") + "," + line("2", "b"), amount(2023, 1) + "," + amount(2024, 2) + "," + amount(2026, 778));
  merged = merge_cells(base, theirs, mine);
  EXPECT_EQ(merged.conflicts,
            (std::vector<CellConflict>{{"lines/(1)", "あ / a", "", "あ / e"}, {"amounts/2026-initial/amount", "", "777", "778"}}));
  EXPECT_EQ(by_place(base, "lines/(2)/title"), "lines/1/title");
  EXPECT_EQ(by_place(base, "amounts/2026-initial/amount"), "amounts/2026-initial/amount");
  EXPECT_EQ(by_place(base, "amounts/0/amount"), "amounts/0/amount");
  auto goals = [](const char* all) { return cells((std::string(R"({"goals": [)") + all + "]}").c_str()); };
  merged = merge_cells(goals(R"({"id": "0", "title": {"ja": "あ", "en": "a"}})"), goals(""),
                       goals(R"({"id": "0", "title": {"ja": "あ", "en": "a"}}, {"id": "target", "title": {"ja": "い", "en": "b"}})"));
  EXPECT_TRUE(merged.conflicts.empty());
  EXPECT_EQ(cell_changes(base, theirs), (std::vector<Change>{{"lines/(1)", "あ / a", ""}, {"amounts/2026-initial", "", "777"}}));
}

}  // namespace
}  // namespace musubi::kpi
