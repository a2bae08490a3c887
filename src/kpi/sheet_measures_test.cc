// Sheets and measures of plans: checked where the plan is here, kept where it is not, shown on both pages.
#include "kpi/sheet_measures.h"

#include "kpi/counted_test_support.h"
#include "kpi/pages_test_support.h"
#include "kpi/sheet_json.h"
#include "kpi/sheet_named.h"
#include "kpi/sheet_pack.h"
#include "kpi/test_follow_up.h"
#include "kpi/test_sheet.h"

namespace musubi::kpi {
namespace {

class SheetMeasuresTest : public KpiPagesTest {
 protected:
  static Sheet naming(std::vector<PlanMeasure> of_indicator, std::vector<PlanMeasure> of_programme) {
    Sheet sheet = small_sheet();
    sheet.indicators[0].measures = std::move(of_indicator);
    sheet.programmes[0].measures = std::move(of_programme);
    return sheet;
  }
  bool shows(const std::string& target, std::string_view words) {
    auto response = send(http::Method::get, target);
    EXPECT_EQ(response.status, 200) << target;
    return response.bytes().find(words) != std::string_view::npos;
  }
};

TEST_P(SheetMeasuresTest, CheckedWhereThePlanIsHere) {
  EXPECT_EQ(canonical_json(pack_of(small_sheet())).find("measures"), std::string::npos) << "old packs stay as they were";
  auto read = read_sheet(canonical_json(pack_of(naming({{"japan.far-plan", "9-9"}}, {}))));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->indicators[0].measures[0].plan, "japan.far-plan");
  ASSERT_OK(sheets().import_sheet(*read, "officer-aaaaaa"));  // a plan that is not here: kept as it is stated
  import(small_plan());
  std::string number = small_plan().measures[0].number;
  auto refused = sheets().import_sheet(naming({{"aoba.data-plan", "9-9"}}, {{"aoba.data-plan", "8-8"}}), "officer-aaaaaa");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().name, "sheet.faults");
  EXPECT_EQ(refused.error().faults.size(), 2u);
  ASSERT_OK(sheets().import_sheet(naming({{"aoba.data-plan", number}}, {}), "officer-aaaaaa"));
  Sheet bad = naming({{"aoba.data-plan", number}, {"aoba.data-plan", number}, {"No plan", "あ"}}, {});
  std::set<std::string> where;
  for (const auto& fault : faults_of(bad)) where.insert(fault.where);
  EXPECT_EQ(where,
            (std::set<std::string>{"/indicators/0/measures/1", "/indicators/0/measures/2/plan", "/indicators/0/measures/2/number"}));
}

TEST_P(SheetMeasuresTest, WhatGoesBetweenTheLookAndTheImportIsAFault) {
  import(small_plan());
  auto withdraw = [&] {
    PlanDocument shorter = small_plan();
    shorter.measures.erase(shorter.measures.begin());
    import(shorter);
  };
  Between between(*database, withdraw);
  auto refused = Sheets(between).import_sheet(naming({{"aoba.data-plan", "1-1"}}, {{"aoba.data-plan", "1-2"}}), "officer-aaaaaa");
  ASSERT_FALSE(refused.ok());
  ASSERT_EQ(refused.error().faults.size(), 1u);
  EXPECT_EQ(refused.error().faults[0].where, "/indicators/0/measures/0/number");
  EXPECT_EQ(sheets().state("aoba.sheet-2023", View{.drafts = true}).error().name, "sheet.unknown") << "nothing of it is written";
}

TEST_P(SheetMeasuresTest, ThePageOfAMeasureReadsTheSheetsThatNameItAlone) {
  auto counted = std::make_shared<Counted>(*database);
  auto evaluated = [&] {
    counted->asked = 0;
    auto markup = evaluating_markup({counted, {"aoba", true}, View{.drafts = true}, web::Language::en}, "aoba.data-plan", "1-1");
    return markup.ok() ? markup->html : markup.error().name;
  };
  ASSERT_OK(sheets().import_sheet(naming({}, {{"aoba.data-plan", "1-1"}}), "officer-aaaaaa"));
  EXPECT_NE(evaluated().find("aoba.sheet-2023"), std::string::npos);
  const int with_one = counted->asked;
  for (int i = 0; i < 20; ++i) {
    Sheet other = naming({}, {{"aoba.data-plan", "1-2"}});
    other.header.id = "aoba.sheet-other-" + std::to_string(i);
    ASSERT_OK(sheets().import_sheet(other, "officer-aaaaaa"));
  }
  EXPECT_NE(evaluated().find("aoba.sheet-2023"), std::string::npos);
  EXPECT_EQ(counted->asked, with_one);
  // As after an upgrade: nothing was taken over yet, so all sheets are read, until the next act.
  auto empty = [&] {
    ASSERT_OK(database->write([](db::Transaction& tx) -> Result<void> {
      TRY(tx.execute("DELETE FROM kpi_sheet_measure"));
      TRY(tx.execute("DELETE FROM kpi_sheet_measure_position"));
      return {};
    }));
  };
  empty();
  EXPECT_NE(evaluated().find("aoba.sheet-2023"), std::string::npos);
  EXPECT_GT(counted->asked, with_one);
  expect_clean();
  int steps = 1;
  while (catch_up_named(*database, 60).value()) ++steps;  // what a running server does
  EXPECT_EQ(steps, 3) << "21 sheets of seven parts";
  EXPECT_EQ(catch_up_named(*database, 60).value(), false);
  EXPECT_NE(evaluated().find("aoba.sheet-2023"), std::string::npos);
  EXPECT_EQ(counted->asked, with_one) << "without an act of anybody";
  expect_clean();
  empty();
  ASSERT_OK(sheets().import_sheet(naming({}, {}), "officer-aaaaaa"));
  EXPECT_EQ(evaluated(), "") << "it named the measure, and does no longer";
  EXPECT_EQ(counted->asked, with_one);
  Programme programme = small_sheet().programmes[0];
  programme.measures = {{"aoba.data-plan", "1-1"}};
  ASSERT_OK(sheets().edit("aoba.sheet-other-7", {PartKind::kProgramme, "1"}, 1, to_json(programme), "officer-aaaaaa"));
  EXPECT_NE(evaluated().find("aoba.sheet-other-7"), std::string::npos);
  auto taken_over = database->read([](db::Reader& reader) {
    return reader.query("SELECT sheet_id FROM kpi_sheet_measure WHERE number = '1-1' ORDER BY sheet_id");
  });
  ASSERT_OK(taken_over);
  EXPECT_EQ(taken_over->size(), 2u) << "an edit takes over what it names, and what was named once stays";
  expect_clean();
  EXPECT_EQ(database->write([](db::Transaction& tx) { return Sheets::rebuild_derived(tx); }).ok(), true);
  expect_clean();
  for (const char* sql :
       {"DELETE FROM kpi_sheet_measure WHERE number = '1-1'",
        "UPDATE kpi_sheet_measure SET sheet_id = 'x' WHERE sheet_id = 'aoba.sheet-2023'",
        "UPDATE kpi_sheet_measure_position SET position = position + 1000", "UPDATE kpi_sheet_measure_position SET id = 2"}) {
    ASSERT_OK(database->write([&](db::Transaction& tx) { return tx.execute(sql); }));
    auto findings = database->read([](db::Reader& reader) { return Sheets::verify_derived(reader); });
    ASSERT_OK(findings);
    EXPECT_FALSE(findings->empty()) << sql;
    ASSERT_OK(database->write([](db::Transaction& tx) { return Sheets::rebuild_derived(tx); }));
  }
}

TEST_P(SheetMeasuresTest, OnBothPages) {
  auto plan = import(small_plan());
  std::string number = small_plan().measures[0].number, measure = "/aoba/office/plans/aoba.data-plan/measures/" + number;
  const std::string sheet = "/aoba/office/sheets/aoba.sheet-2023";
  ASSERT_OK(sheets().import_sheet(naming({}, {{"aoba.data-plan", number}}), "officer-aaaaaa"));
  EXPECT_TRUE(shows(measure, "達成手段 1"));
  web::Parameters fields = {{"base", "1"}, {"indicator", "1"}, {"measures", "aoba.data-plan\naoba.data-plan | 9-9"}};
  auto refused = send(http::Method::post, sheet + "/grounds", fields);
  EXPECT_EQ(refused.status, 422);
  EXPECT_NE(refused.bytes().find("1行目"), std::string_view::npos);
  fields[2].second = "aoba.data-plan | 9-9";
  EXPECT_EQ(send(http::Method::post, sheet + "/grounds", fields).status, 422) << "no such measure";
  fields[2].second = "aoba.data-plan | " + number + "\njapan.far-plan | 9-9";
  EXPECT_EQ(send(http::Method::post, sheet + "/grounds", fields).status, 303);
  EXPECT_TRUE(shows(sheet + "/grounds?indicator=1", "japan.far-plan | 9-9"));
  EXPECT_TRUE(shows(sheet + "/indicators/1", measure)) << "a link";
  EXPECT_TRUE(shows(sheet + "/indicators/1", "計画 japan.far-plan の施策 9-9")) << "as it is stated";
  EXPECT_TRUE(shows(measure, "測定指標 1、達成手段 1"));
  EXPECT_TRUE(shows(sheet + "/programmes", "aoba.data-plan " + number));
  sign(plan.edition);
  EXPECT_FALSE(shows("/aoba/plans/aoba.data-plan/measures/" + number, "aoba.sheet-2023")) << "the sheet is a draft";
  expect_clean();
}

TEST_P(SheetMeasuresTest, AnOpenFindingSpeaksAgainstTheSheetUntilItIsClosed) {
  sign(import(small_plan()).edition);
  ASSERT_OK(sheets().import_sheet(naming({{kPlan, "1-1"}, {"japan.far-plan", "9-9"}}, {{kPlan, "1-1"}}), "officer-aaaaaa"));
  EXPECT_TRUE(sheets().remarks("aoba.sheet-2023").value().empty()) << "a plan without follow-up";
  ASSERT_OK(follow_ups().set_schedule(kPlan, small_schedule(), 0, administrator()));
  auto finding = follow_ups().open_finding(kPlan, "1-1", "officer-bbbbbb", {"様式を示すこと", "Show a form"});
  ASSERT_OK(finding);
  auto remarks = sheets().remarks("aoba.sheet-2023");
  ASSERT_OK(remarks);
  ASSERT_EQ(remarks->size(), 1u) << "one measure, though an indicator and a programme name it";
  EXPECT_EQ(remarks->at(0).rule, "finding_not_followed");
  EXPECT_EQ(remarks->at(0).where, "indicator/1/measures/0");
  std::string edition = sheets().state("aoba.sheet-2023", View{.drafts = true}).value()->edition;
  EXPECT_ERROR(sheets().take_step("aoba.sheet-2023", RouteStep::kReviewed, "officer-aaaaaa", edition, ""), "sheet.remarks_open");
  ASSERT_OK(follow_ups().close_finding(kPlan, "1-1", finding->id, lead("officer-cccccc"), {"示した", "Shown"}));
  EXPECT_TRUE(sheets().remarks("aoba.sheet-2023").value().empty());
  ASSERT_OK(sheets().take_step("aoba.sheet-2023", RouteStep::kReviewed, "officer-aaaaaa", edition, ""));
  ASSERT_OK(follow_ups().open_finding(kPlan, "1-1", "officer-bbbbbb", {"窓口を示すこと", "Show a counter"}));
  EXPECT_ERROR(sheets().take_step("aoba.sheet-2023", RouteStep::kApproved, "officer-bbbbbb", edition, ""), "sheet.remarks_open");
  ASSERT_OK(sheets().take_step("aoba.sheet-2023", RouteStep::kApproved, "officer-bbbbbb", edition, "来年度の表で見る"));
}

TEST_P(SheetMeasuresTest, WhatTheReviewAnsweredIsNotAskedOfTheApprovalAgain) {
  sign(import(small_plan()).edition);
  ASSERT_OK(sheets().import_sheet(naming({{kPlan, "1-1"}}, {}), "officer-aaaaaa"));
  ASSERT_OK(follow_ups().set_schedule(kPlan, small_schedule(), 0, administrator()));
  ASSERT_OK(follow_ups().open_finding(kPlan, "1-1", "officer-bbbbbb", {"様式を示すこと", "Show a form"}));
  std::string edition = sheets().state("aoba.sheet-2023", View{.drafts = true}).value()->edition;
  ASSERT_OK(sheets().take_step("aoba.sheet-2023", RouteStep::kReviewed, "officer-aaaaaa", edition, "対応は来年度"));
  ASSERT_OK(sheets().take_step("aoba.sheet-2023", RouteStep::kApproved, "officer-bbbbbb", edition, ""));
}

TEST_P(SheetMeasuresTest, TheApprovalIsGivenAWordWhereAFindingCameSinceTheReview) {
  sign(import(small_plan()).edition);
  ASSERT_OK(sheets().import_sheet(naming({{kPlan, "1-1"}}, {}), "officer-aaaaaa"));
  ASSERT_OK(follow_ups().set_schedule(kPlan, small_schedule(), 0, administrator()));
  ASSERT_OK(follow_ups().open_finding(kPlan, "1-1", "officer-bbbbbb", {"様式を示すこと", "Show a form"}));
  const std::string edition = sheets().state("aoba.sheet-2023", View{.drafts = true}).value()->edition,
                    target = "/aoba/office/sheets/aoba.sheet-2023/review";
  ASSERT_OK(sheets().take_step("aoba.sheet-2023", RouteStep::kReviewed, "officer-aaaaaa", edition, "様式は来月"));
  actor_ = "officer-bbbbbb";
  auto approval = [&] {  // the form that approves, as it stands on the page
    std::string page = get(target);
    auto at = page.find("value=\"approve\"");
    EXPECT_NE(at, page.npos);
    return page.substr(at, page.find("</form>", at) - at);
  };
  EXPECT_EQ(approval().find("name=\"remark\""), std::string::npos) << "the review answered";
  ASSERT_OK(follow_ups().open_finding(kPlan, "1-1", "officer-bbbbbb", {"窓口を示すこと", "Show a counter"}));
  EXPECT_NE(approval().find("name=\"remark\""), std::string::npos);
  EXPECT_EQ(post(target, {{"act", "approve"}, {"edition", edition}, {"remark", ""}}).status, 422);
  EXPECT_EQ(post(target, {{"act", "approve"}, {"edition", edition}, {"remark", "窓口は来月"}}).status, 303);
}

TEST_P(SheetMeasuresTest, PublishingAsksNoMoreWhatSpeaksAgainstASheet) {
  sign(import(small_plan()).edition);
  ASSERT_OK(sheets().import_sheet(naming({{kPlan, "1-1"}}, {}), "officer-aaaaaa"));
  std::string edition = sheets().state("aoba.sheet-2023", View{.drafts = true}).value()->edition;
  auto take = [&](RouteStep step, const char* actor) { return sheets().take_step("aoba.sheet-2023", step, actor, edition, ""); };
  ASSERT_OK(take(RouteStep::kReviewed, "officer-aaaaaa"));
  ASSERT_OK(take(RouteStep::kApproved, "officer-bbbbbb"));
  ASSERT_OK(database->write([](db::Transaction& tx) { return put_unreadable_schedule(tx, kPlan); }));
  EXPECT_FALSE(sheets().remarks("aoba.sheet-2023").ok());
  ASSERT_OK(take(RouteStep::kPublished, "officer-cccccc"));
}

INSTANTIATE_TEST_SUITE_P(Both, SheetMeasuresTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

}  // namespace
}  // namespace musubi::kpi
