#include "kpi/sheet_shares.h"

#include <gtest/gtest.h>

#include "kpi/sheet_organisations.h"
#include "kpi/test_sheet_report.h"

namespace musubi::kpi {
namespace {

using Shown = std::map<std::string, std::size_t>;

// What is shown of an own indicator and those of so many towns, each with so many rows.
Shown shown(std::size_t towns, std::size_t rows) {
  Sheet sheet = named("town.sheet");
  sheet.indicators.resize(1);
  sheet.indicators[0].id = "japan.sheet-2023.indicator-1";
  std::vector<Report> reports(towns);
  for (std::size_t i = 0; i < towns; ++i) {
    reports[i].organisation = "town-" + std::to_string(100 + i);
    reports[i].sheets = {told_of(*held(sheet))};
  }
  const auto others = other_sheets(std::move(reports), "nation");
  std::vector<SameIndicator> all = {likes_of({held(named("japan.sheet-2023"))}, "japan.sheet-2023", "1")};
  join_others(all, others);
  Shares shares(all[0]);
  Shown out;
  for (const auto& one : all[0])
    for (std::size_t i = 0; i < rows; ++i) out[one.other ? one.other->organisation : "own"] += shares.take(one);
  out["left out"] = shares.left_out();
  EXPECT_EQ(shares.all(), rows * (towns + 1));
  EXPECT_EQ(shares.own(), out["own"]);
  EXPECT_EQ(shares.own() + shares.own_left_out(), rows);
  return out;
}

TEST(SheetShares, NoOrganisationTakesThePlaceOfAnother) {
  EXPECT_EQ(shown(2, 100), (Shown{{"own", 100}, {"town-100", 24}, {"town-101", 24}, {"left out", 152}}));
  EXPECT_EQ(shown(2, 20), (Shown{{"own", 20}, {"town-100", 20}, {"town-101", 20}, {"left out", 0}}));
  EXPECT_EQ(shown(50, 100).at("town-149"), 4u) << "they share what there is";
  EXPECT_EQ(shown(300, 3).at("own"), 3u);
  EXPECT_EQ(shown(300, 3).at("left out"), 700u);
}

TEST(SheetShares, OwnRowsAreBoundedAndThoseLeftOutAreTold) {
  EXPECT_EQ(shown(1, 1200).at("own"), 1000u);
  EXPECT_EQ(shown(1, 1200).at("town-100"), 24u);
  EXPECT_EQ(shown(0, 1000), (Shown{{"own", 1000}, {"left out", 0}}));
}

TEST(SheetShares, YearsOfOthersDoNotStretchTheOwnOnes) {
  using Years = std::set<int>;
  EXPECT_EQ(years_together({2020, 2023}, {1900, 2010, 2021, 2033, 2034, 2999}), (Years{2010, 2020, 2021, 2023, 2033}));
  EXPECT_EQ(years_together({1950}, {}), Years{1950});
  EXPECT_EQ(years_together({}, {1900, 2006, 2026}), (Years{2006, 2026}));
}

}  // namespace
}  // namespace musubi::kpi
