// A plan out of plain text. The text is made up for this test in the shape of such documents.
#include "kpi/plan_text.h"

#include <gtest/gtest.h>

#include "kpi/json.h"
#include "kpi/pack.h"
#include "kpi/plan_line.h"
#include "kpi/rules.h"
#include "support/store_fixture.h"
#include "text/normalise.h"

namespace musubi::kpi {
namespace {

constexpr std::string_view kText = R"(第１部 はじめに
(１)  ここは読み込む部分ではない
KPI（進捗）：これも対象ではない
II－（１）窓口の改善【架空町データ基本条例第 10 条関係】
__これまでの取組__
平成30年に窓口を一つにした。
○[No.１－１] 予約の仕組みを
つくる
・ 予約をネットでできるようにする。令和７年度中に全部の窓口で開始する。
・ これにより待ち時間が減る。
KPI（進捗）：予約できる窓口の数（令和７年度末までに1,200か所）
KPI（効果）：未設定（令和６年度中に検討）
1 予約の条例（令和２年条例第１号）による。
分野横断
窓口の改善【架空町データ基本条例第 10 条関係】
12
○[No.１－２] 案内の見直し
・ 案内を短くする文書を、令和６年９月までに策定する。この文章はとても長いので
次の行に続く。
KPI（進捗）：案内を読んだ人の数と、そのうち意味がわかったと答えた人の割合の
推移
KPI（効果）：－
電子行政
13
窓口の改善【架空町データ基本条例第 10 条関係】
○[No.1-4] 手数料の支払い
・ 支払いを楽にする。
KPI(進捗):未設定
KPI(効果):
＜窓口＞
支払いの種類（５種類）
＜ネット＞
支払いの件数
II－（２）資料の公開【架空町データ基本条例第11条第１項及
び第２項関係】
○[No.２－１] 地図の公開
・ 地図を出す。
KPI（進捗）：公開した地図（令和７年３月までに40枚）
KPI（進捗）：公開した回数
KPI（効果）：使った人の数
○[No.１－１] 二度目の番号
・ 取り込まれない。
KPI（進捗）：なし
○[No.９－１] 節のない施策
KPI（効果）：決定の後に設定
)";

PlanText read(std::string_view text) {
  auto read = read_plan_text(text, {"aoba.test-plan", "2024-04-01", "架空の計画", "架空町"});
  EXPECT_TRUE(read.ok()) << (read.ok() ? "" : read.error().message.en);
  return read.ok() ? *read : PlanText{};
}

const Measure* find(const PlanText& text, std::string_view number) {
  for (const auto& measure : text.document.measures)
    if (measure.number == number) return &measure;
  return nullptr;
}

bool has_remark(const PlanText& text, std::string_view measure, std::string_view words) {
  for (const auto& remark : text.remarks)
    if (remark.measure == measure && remark.message.en.find(words) != std::string::npos) return true;
  return false;
}

TEST(PlanText, MeasuresWithTitlesSectionsAndArticles) {
  PlanText text = read(kText);
  ASSERT_EQ(text.document.measures.size(), 5u);
  EXPECT_EQ(find(text, "1-1")->title.ja, "予約の仕組みをつくる");
  EXPECT_EQ(find(text, "1-4")->title.ja, "手数料の支払い");
  ASSERT_EQ(text.document.header.sections.size(), 3u);
  EXPECT_EQ(text.document.header.sections[0].title.ja, "窓口の改善");
  EXPECT_EQ(text.document.header.sections[0].law_article->ja, "架空町データ基本条例第10条");
  EXPECT_EQ(text.document.header.sections[1].law_article->ja, "架空町データ基本条例第11条第1項及び第2項");
  EXPECT_TRUE(faults_of(text.document).empty());
}

TEST(PlanText, KpiOverLinesPagesAndFootnotes) {
  PlanText text = read(kText);
  const Measure &one = *find(text, "1-1"), &two = *find(text, "1-2"), &four = *find(text, "1-4");
  EXPECT_EQ(one.progress.status, KpiStatus::kSet);
  EXPECT_EQ(one.effect.status, KpiStatus::kNotSet);
  EXPECT_EQ(one.effect.due->ja, "令和６年度中に検討");
  ASSERT_TRUE(one.target);
  EXPECT_EQ(one.target->value, 1200);
  EXPECT_EQ(one.target->unit->ja, "か所");
  EXPECT_EQ(one.target->fiscal_year, 2025);
  ASSERT_EQ(one.milestones.size(), 1u);
  EXPECT_EQ(one.milestones[0].by, "FY2025");
  EXPECT_EQ(two.progress.text->ja, "案内を読んだ人の数と、そのうち意味がわかったと答えた人の割合の推移");
  EXPECT_EQ(two.effect.status, KpiStatus::kNone);
  EXPECT_EQ(two.milestones.at(0).by, "2024-09");
  EXPECT_EQ(four.progress.status, KpiStatus::kNotSet);
  EXPECT_FALSE(four.progress.due);
  EXPECT_EQ(four.effect.text->ja, "＜窓口＞\n支払いの種類（５種類）\n＜ネット＞\n支払いの件数");
  EXPECT_EQ(find(text, "2-1")->target->fiscal_year, 2024);  // March 2025
  EXPECT_EQ(find(text, "2-1")->progress.text->ja, "公開した地図（令和７年３月までに40枚）\n公開した回数");
}

TEST(PlanText, FieldsFromTheMarginAndDoubtWhereTheyAreMissing) {
  PlanText text = read(kText);
  EXPECT_EQ(find(text, "1-1")->field, "cross-sector");
  EXPECT_FALSE(find(text, "1-1")->doubt);
  EXPECT_EQ(find(text, "1-2")->field, "e-government");
  EXPECT_EQ(find(text, "1-4")->field, "e-government");
  EXPECT_TRUE(find(text, "1-4")->doubt);
}

TEST(PlanText, EveryLineSaysWhatItWasTakenFor) {
  PlanText text = read(kText);
  auto kind = [&](std::string_view start) {
    std::size_t at = 0, line = 0;
    while (at < kText.size() && !kText.substr(at).starts_with(start)) at = kText.find('\n', at) + 1, ++line;
    return std::string(kind_name(text.lines.at(line).kind));
  };
  EXPECT_EQ(kind("第１部"), "before");
  EXPECT_EQ(kind("KPI（進捗）：これも"), "before");
  EXPECT_EQ(kind("II－（１）"), "section");
  EXPECT_EQ(kind("び第２項"), "section");
  EXPECT_EQ(kind("平成30年"), "heading");
  EXPECT_EQ(kind("○[No.１－２]"), "measure");
  EXPECT_EQ(kind("つくる\n"), "title");
  EXPECT_EQ(kind("次の行に続く"), "body");
  EXPECT_EQ(kind("推移"), "kpi");
  EXPECT_EQ(kind("KPI(効果)"), "effect");
  EXPECT_EQ(kind("1 予約の条例"), "footnote");
  EXPECT_EQ(kind("分野横断"), "field");
  EXPECT_EQ(kind("窓口の改善【"), "header");
  EXPECT_EQ(kind("12\n"), "page");
  std::size_t n = 0;
  for (const auto& [one, times] : text.counts) n += times;
  EXPECT_EQ(n, text.lines.size());
}

TEST(PlanText, LinesOfOneKindAreOneRun) {
  std::string long_line;
  while (text::code_points(long_line) < 2 * kRunLetters) long_line += "長い行";
  PlanText text = read("前\n\n" + std::string(kText) + long_line + "\n");
  auto runs = runs_of(text);
  std::size_t last = 0;
  for (const auto& run : runs) {
    EXPECT_GT(run.first, last);
    EXPECT_LE(run.first, run.last);
    for (std::size_t i = last; i + 1 < run.first; ++i) EXPECT_EQ(text.lines[i].kind, LineKind::kBlank) << i;
    last = run.last;
  }
  EXPECT_EQ(last, text.lines.back().kind == LineKind::kBlank ? text.lines.size() - 1 : text.lines.size());
  EXPECT_EQ(runs[0].last, 5u) << "an empty line parts nothing";
  EXPECT_EQ(runs[0].words, "前 第１部 はじめに (１)  ここは読み込む部分ではない KPI（進捗）：これも対象ではない");
  auto body = std::find_if(runs.begin(), runs.end(), [](auto& run) { return run.kind == LineKind::kBody; });
  EXPECT_EQ(body->last, body->first + 1);
  EXPECT_EQ(body->measure, "1-1");
  EXPECT_TRUE(body->words.starts_with("・ 予約をネットで") && body->words.ends_with("待ち時間が減る。")) << body->words;
  EXPECT_TRUE(runs.back().words.ends_with("…")) << runs.back().words;
  EXPECT_EQ(text::code_points(runs.back().words), kRunLetters + 1);
}

TEST(PlanText, WhatIsOddIsSaid) {
  PlanText text = read(kText);
  EXPECT_TRUE(has_remark(text, "1-1", "stands on line 7 too"));
  EXPECT_TRUE(has_remark(text, "1-4", "missing from 1-3 on"));
  EXPECT_TRUE(has_remark(text, "2-1", "stands twice"));
  EXPECT_TRUE(has_remark(text, "9-1", "no heading of section 9"));
  EXPECT_TRUE(has_remark(text, "9-1", "no line of a progress KPI"));
  for (const auto& remark : text.remarks) {
    EXPECT_FALSE(remark.message.ja.empty());
    EXPECT_LE(remark.line, text.lines.size());
  }
  auto report = plan_text_report(text);
  EXPECT_EQ(report.at("measures"), 5);
  EXPECT_EQ(report.at("lines").as_array().size(), text.lines.size());
}

TEST(PlanText, ThePackIsOneThatCanBeImported) {
  PlanText text = read(kText);
  auto again = read_plan(canonical_json(pack_of(text.document)));
  ASSERT_OK(again);
  EXPECT_EQ(*again, text.document);
}

TEST(PlanText, FaultsAllAtOnce) {
  auto bad = read_plan_text("○[No.1-1] a\n\xff\n\x01\n" + std::string(kPlanTextLineBytes + 1, 'x') + "\n");
  ASSERT_FALSE(bad.ok());
  EXPECT_EQ(bad.error().name, "plan_text.unreadable");
  EXPECT_EQ(bad.error().faults.size(), 3u);
  EXPECT_FALSE(read_plan_text(std::string(kPlanTextBytes + 1, '\n')).ok());
  auto none = read_plan_text("何もない\n");
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().name, "plan_text.no_measures");
  auto places = [](std::string_view text) {
    std::set<std::string> where;
    const auto read = read_plan_text(text, {"A B", "tomorrow", "", "青葉町"});
    for (const auto& fault : read.error().faults) where.insert(fault.where);
    return where;
  };
  EXPECT_EQ(places("（1）手続\n○[No.1-1] a\n"), (std::set<std::string>{"date", "id", "title"}));
  EXPECT_EQ(places("○[No.1-1] a\n\x01\n"), (std::set<std::string>{"2", "date", "id", "title"})) << "beside what cannot be read";
}

TEST(PlanLine, FullAndHalfWidth) {
  EXPECT_EQ(measure_line("○[Ｎｏ．１２－３] あ")->number, "12-3");
  EXPECT_EQ(measure_line("【No.1-2】あ")->title, "あ");
  EXPECT_FALSE(measure_line("○[No.0-2] あ"));
  EXPECT_FALSE(measure_line("No.1-2 あ"));
  EXPECT_FALSE(section_line("(１)  ふつうの見出し"));
  EXPECT_EQ(section_line("Ⅱ－（12）題【法第１条関係】")->law, "法第1条");
  EXPECT_TRUE(kpi_line("ＫＰＩ（効果）：あ")->effect);
  EXPECT_FALSE(kpi_line("KPI、その他"));
  EXPECT_TRUE(page_line("- １２ -"));
  EXPECT_FALSE(page_line("12 あ"));
  EXPECT_EQ(footnote_line("147 注"), 147);
}

TEST(PlanLine, Dates) {
  auto when = [](std::string_view text) {
    std::string out;
    for (const auto& date : dates_in(text)) out += date.when + " ";
    return out;
  };
  EXPECT_EQ(when("令和元年度から平成31年３月、２０２５年まで"), "FY2019 2019-03 2025 ");
  EXPECT_EQ(when("昭和64年1月、令和２年13月、１２３４５年"), "1989-01 2020 ");
  EXPECT_EQ(when("２年度、百年"), "");
}

TEST(PlanLine, Targets) {
  auto target = [](std::string text) { return read_target(read_kpi(text), {}); };
  EXPECT_EQ(target("利用率（令和４年度に80％）")->value, 80);
  EXPECT_EQ(target("件数（令和７年度までに12万件）")->value, 120000);
  EXPECT_EQ(target("倍率：2.0倍以上")->unit->ja, "倍");
  EXPECT_FALSE(target("二つ（令和４年度に８件、令和５年度に９件）")->value);
  EXPECT_FALSE(target("利用率"));
  EXPECT_EQ(target("費用（令和５年度に平成27年度比で３割削減）")->value, 30);
  EXPECT_EQ(target("費用（令和５年度に平成27年度比で３割削減）")->fiscal_year, 2023);
  EXPECT_FALSE(target("目標（令和元年度９月頃までに検討）"));
  EXPECT_FALSE(target("未設定（令和４年度に80％）"));
}

}  // namespace
}  // namespace musubi::kpi
