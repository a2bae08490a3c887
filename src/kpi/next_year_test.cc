// Next year's sheet: what is carried over, what is left out and why, what the lint says of it.
#include "kpi/next_year.h"

#include "kpi/definitions.h"
#include "kpi/pages_test_support.h"
#include "kpi/routes.h"
#include "kpi/sheet_rules.h"
#include "kpi/sheet_years.h"
#include "kpi/taken.h"
#include "kpi/test_indicators.h"
#include "kpi/test_sheet.h"

namespace musubi::kpi {
namespace {

Sheet last_year() {
  Sheet sheet = small_sheet();
  auto& gone = sheet.indicators[1];
  gone.fate = Fate::kReplaced;
  gone.fate_note = Text{"窓口の時間に", "by time at the counter"};
  sheet.indicators[0].id = "aoba.online";
  sheet.indicators[0].factor = Text{"電子申請が広がり、窓口に来なくても済むようになったため。", "As filings on line spread."};
  sheet.indicators[2].lines[0].yearly[2024].target = SheetValue{20, Bound::kExactly, false, {}};
  sheet.indicators[2].lines[0].yearly[2024].actual = SheetValue{7, Bound::kExactly, false, {}};
  sheet.header.nodes = {{"n", Stage::kOutput, {"出したもの", "Output"}, {"1", "2"}}};
  sheet.header.goals[0].factor = Text{"工事のため", "Works"};
  sheet.programmes[0].indicators = {"1", "2"};
  sheet.programmes[0].review_numbers = {{2023, "0012"}};
  return sheet;
}

TEST(NextYearTest, WhatIsTrueStaysAndWhatWasSaidGoes) {
  Sheet before = last_year();
  NextYear next = next_year(before, "aoba.sheet-2024", SheetForm::kEvaluation);
  const auto& h = next.sheet.header;
  EXPECT_EQ(h.fiscal_year, 2024);
  EXPECT_EQ(h.month, "2025-08");
  EXPECT_EQ(h.policy_title, before.header.policy_title);
  EXPECT_FALSE(h.judgement || h.stance || h.next || h.goals[0].factor);
  ASSERT_EQ(next.left_out.size(), 1u);
  EXPECT_EQ(next.left_out[0].number, "2");
  EXPECT_NE(next.left_out[0].why.en.find("by time at the counter"), std::string::npos);
  ASSERT_EQ(next.sheet.indicators.size(), before.indicators.size() - 1);
  EXPECT_EQ(next.sheet.indicators[0].id, "aoba.online");
  EXPECT_EQ(next.sheet.indicators[1].id, "aoba.sheet-2023.indicator-3");
  for (const auto& one : next.sheet.indicators) EXPECT_FALSE(one.mark || one.factor || one.fate || one.mark_reason) << one.number;
  const auto& line = next.sheet.indicators[1].lines[0];
  EXPECT_EQ(line.yearly.at(2023).actual->number, 4) << "actuals of past years stay";
  EXPECT_EQ(line.yearly.at(2024).target->number, 20) << "so do coming targets";
  EXPECT_FALSE(line.yearly.at(2024).actual);
  EXPECT_EQ(h.nodes[0].indicators, std::vector<std::string>{"1"});
  EXPECT_EQ(next.sheet.programmes[0].indicators, std::vector<std::string>{"1"});
  EXPECT_EQ(next.sheet.programmes[0].review_numbers.at(2023), "0012");
  EXPECT_EQ(next.without_targets[0], "1");
  EXPECT_TRUE(faults_of(next.sheet).empty());
  EXPECT_TRUE(faults_of(next_year(before, "aoba.sheet-2024", SheetForm::kPreAnalysis).sheet).empty());
  for (const auto& sheet : {last_year(), before}) EXPECT_EQ(next_id(sheet.header), "aoba.sheet-2024");
  before.header.id = "aoba.policy-10";
  EXPECT_EQ(next_id(before.header), "aoba.policy-10-2024");
}

// What became of an indicator is no mark: many of those whose year came were missed (21, 22 and 26 of japan.soumu.31-10).
TEST(NextYearTest, AMissedOneWhoseYearCameIsNotToldAsReached) {
  Sheet before = last_year();
  auto& missed = before.indicators[1];
  missed.mark = Mark::kNear;
  missed.fate = Fate::kDroppedReached;
  missed.fate_note.reset();
  const NextYear next = next_year(before, "aoba.sheet-2024", SheetForm::kEvaluation);
  ASSERT_EQ(next.left_out.size(), 1u);
  EXPECT_EQ(next.left_out[0].why.ja, "年度が来たので外す");
  EXPECT_EQ(next.left_out[0].why.en, "Dropped: its year has come");
}

class NextYearPages : public KpiPagesTest {};

TEST_P(NextYearPages, BegunThoughWhatTheSheetNamesWasWithdrawnSince) {
  constexpr std::string_view kFacts[] = {"outcome"};
  const evidence::RecordType decided{"records.decided", 1, evidence::Visibility::kOfficers, "x", "x", kFacts};
  const std::string target = "/aoba/office/sheets/aoba.sheet-2023/next";
  auto pack = read_indicators(pack_text({definition_text("own-count", R"({"kind":"count","records":"records.decided"})")}));
  ASSERT_OK(pack);
  ASSERT_OK(Definitions(*database).import_pack(*pack, {{"records.decided", &decided}}, "officer-aaaaaa"));
  import(small_plan());
  Sheet sheet = last_year();
  sheet.indicators[0].measures = {{"aoba.data-plan", "1-1"}, {"aoba.data-plan", "1-2"}};
  sheet.programmes[0].measures = {{"aoba.data-plan", "1-1"}, {"japan.far-plan", "9"}};
  sheet.indicators[2].lines[0].unit = Text{"件", "n"};
  sheet.indicators[2].lines[0].computed = "own-count";
  ASSERT_OK(sheets().import_sheet(sheet, "officer-aaaaaa"));
  publish_sheet();
  PlanDocument shorter = small_plan();
  shorter.measures.erase(shorter.measures.begin());
  import(shorter);
  ASSERT_OK(Definitions(*database).withdraw("own-count", "officer-aaaaaa", 1));
  auto page = send(http::Method::get, target);
  EXPECT_EQ(page.status, 200);
  for (const char* words : {"own-count", "aoba.data-plan", "別の指標に置き換えた"})
    EXPECT_NE(page.bytes().find(words), std::string_view::npos) << words;
  EXPECT_EQ(page.bytes().find("japan.far-plan"), std::string_view::npos) << "a plan that is not here: kept as it is stated";
  auto begun = send(http::Method::post, target, {{"id", "aoba.sheet-2024"}, {"form", "evaluation"}});
  ASSERT_EQ(begun.status, 303) << begun.bytes();
  auto state = sheets().state("aoba.sheet-2024", View{.drafts = true});
  ASSERT_OK(state);
  EXPECT_EQ((*state)->sheet.indicators[0].measures, (std::vector<PlanMeasure>{{"aoba.data-plan", "1-2"}}));
  EXPECT_EQ((*state)->sheet.programmes[0].measures, (std::vector<PlanMeasure>{{"japan.far-plan", "9"}}));
  EXPECT_TRUE((*state)->indicator("3")->lines[0].computed.empty());
  EXPECT_EQ((*state)->indicator("3")->lines[0].yearly.at(2023).actual->number, 4) << "the actual stays";
  expect_clean();
}

TEST_P(NextYearPages, WhatIsHiddenSinceIsCarriedOverWithoutItsOrigin) {
  constexpr std::string_view kFacts[] = {"outcome"};
  const evidence::RecordType decided{"records.decided", 1, evidence::Visibility::kOfficers, "x", "x", kFacts};
  auto define = [&](bool persons) {
    auto pack = read_indicators(pack_text({definition_text("own-count", R"({"kind":"count","records":"records.decided"})", persons)}));
    ASSERT_OK(pack);
    ASSERT_OK(Definitions(*database).import_pack(*pack, {{"records.decided", &decided}}, "officer-aaaaaa"));
  };
  define(false);
  for (int i = 0; i < 7; ++i)
    ASSERT_OK(database->write([&](db::Transaction& tx) {
      return evidence::append(tx, {decided, "records/case/" + std::to_string(i), "service"});
    }));
  Sheet sheet = last_year();
  sheet.header.fiscal_year = 2024;
  Line& line = sheet.indicators[2].lines[0];
  line.unit = Text{"件", "n"};
  line.computed = "own-count";
  auto offers = Offers::read(database, {"own-count"}, clock.now());
  ASSERT_OK(offers);
  take(offers->of("own-count", Period{2024, 0}).value(), line.yearly[2024]);
  ASSERT_OK(sheets().import_sheet(sheet, "officer-aaaaaa"));
  publish_sheet();
  define(true);
  auto begun =
      send(http::Method::post, "/aoba/office/sheets/aoba.sheet-2023/next", {{"id", "aoba.sheet-2025"}, {"form", "evaluation"}});
  ASSERT_EQ(begun.status, 303) << begun.bytes();
  const auto state = sheets().state("aoba.sheet-2025", View{.drafts = true}).value();
  const YearValues& carried = state->indicator("3")->lines[0].yearly.at(2024);
  EXPECT_EQ(carried.actual->number, 7) << "as it was published";
  EXPECT_FALSE(carried.origin);
  EXPECT_EQ(state->indicator("3")->lines[0].computed, "own-count");
}

TEST_P(NextYearPages, BegunFromThePublishedSheet) {
  const std::string target = "/aoba/office/sheets/aoba.sheet-2023/next";
  ASSERT_OK(sheets().import_sheet(last_year(), "officer-aaaaaa"));
  EXPECT_EQ(send(http::Method::get, target).status, 404) << "nothing is published";
  publish_sheet();
  auto page = send(http::Method::get, target);
  EXPECT_EQ(page.status, 200);
  for (const char* words : {"value=\"aoba.sheet-2024\"", "別の指標に置き換えた：窓口の時間に", "これからの目標のない指標"})
    EXPECT_NE(page.bytes().find(words), std::string_view::npos) << words;
  EXPECT_EQ(send(http::Method::post, target, {{"id", "aoba.sheet-2023"}, {"form", "evaluation"}}).status, 409);
  EXPECT_EQ(send(http::Method::post, target, {{"id", "No id"}, {"form", "evaluation"}}).status, 422);
  EXPECT_EQ(send(http::Method::post, target, {{"id", "aoba.sheet-2024"}, {"form", "evaluation"}}).status, 303);
  auto begun = sheets().state("aoba.sheet-2024", View{.drafts = true});
  ASSERT_OK(begun);
  EXPECT_TRUE((*begun)->has_drafts());
  auto likes = likes_of(sheets().list(View{.drafts = true}).value(), "aoba.sheet-2024", "3");
  EXPECT_EQ(likes.size(), 2u) << "one indicator on both sheets";
  Sheet copied = (*begun)->sheet;
  copied.indicators[0].factor = last_year().indicators[0].factor;
  ASSERT_OK(sheets().import_sheet(copied, "officer-aaaaaa"));
  auto remarks = sheets().remarks("aoba.sheet-2024");
  ASSERT_OK(remarks);
  std::size_t told = 0;
  for (const auto& remark : *remarks) told += remark.rule == "text_copied";
  EXPECT_EQ(told, 1u) << "last year's sentence is still noticed";
  expect_clean();
}

INSTANTIATE_TEST_SUITE_P(Both, NextYearPages, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

}  // namespace
}  // namespace musubi::kpi
