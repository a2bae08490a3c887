#include "kpi/cell_title.h"

#include <gtest/gtest.h>

namespace musubi::kpi {
namespace {

std::string ja(std::string_view cell) { return cell_title(cell, web::Language::ja); }
std::string en(std::string_view cell) { return cell_title(cell, web::Language::en); }

TEST(CellTitle, AsTheFormsCallIt) {
  EXPECT_EQ(en("progress_kpi/lines/0/yearly/2025/target/number"), "Progress KPI 1 FY2025 Target");
  EXPECT_EQ(ja("progress_kpi/lines/0/yearly/2025/target/number"), "進捗KPI 1 2025年度 目標");
  EXPECT_EQ(en("effect_kpi/lines/(2)/final"), "Effect KPI (2) Final target");
  EXPECT_EQ(en("lines/()/yearly/2024/actual"), "FY2024 Actual") << "the only row has no name";
  EXPECT_EQ(en("review_numbers/2017"), "Review numbers FY2017");
  EXPECT_EQ(en("milestones/2/by"), "Milestones 3 by") << "what has no name stays";
  EXPECT_EQ(en("title/ja"), "title");
  EXPECT_EQ(en("amounts/2026-initial"), "Budget 2026-initial");
}

TEST(CellTitle, DigitsThatAreANameStay) {
  EXPECT_EQ(en("sections/2/title"), "Sections 2 title");
  EXPECT_EQ(en("indicators/21"), "Indicators 21");
  EXPECT_EQ(en("logic/nodes/1/stage"), "Logic model Elements 1 Stage");
}

TEST(CellTitle, OddOnesComeBack) {
  EXPECT_EQ(en(""), "");
  EXPECT_EQ(en("text"), "text");
  EXPECT_EQ(en("//lines//7"), "7");
  EXPECT_EQ(en("lines/99999999999999999999"), "99999999999999999999");
}

}  // namespace
}  // namespace musubi::kpi
