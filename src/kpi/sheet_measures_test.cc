// Sheets and measures of plans: checked where the plan is here, kept where it is not, shown on both pages.
#include "kpi/sheet_measures.h"

#include "kpi/pages_test_support.h"
#include "kpi/sheet_json.h"
#include "kpi/sheet_pack.h"
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

INSTANTIATE_TEST_SUITE_P(Both, SheetMeasuresTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

}  // namespace
}  // namespace musubi::kpi
