// What organisations told beside their figures is read once for each report.
#include "kpi/told.h"

#include "kpi/kpi_test_support.h"
#include "kpi/test_sheet_report.h"

namespace musubi::kpi {
namespace {

class ToldTest : public KpiTest {
 protected:
  void reported(const char* town, int year) {
    clock.advance_us(1'000'000);
    auto report = make_report(*database, clock.now());
    ASSERT_OK(report);
    (*report)["sheets"] = json::array{told_json(named(std::string(town) + ".sheet", year))};
    auto kept = keep_report(*database, town, {"町", town}, *report, "service");
    ASSERT_OK(kept);
    EXPECT_TRUE(*kept);
  }
  static std::vector<SharedTold> all(const std::shared_ptr<db::Database>& of, std::optional<text::Date> day = std::nullopt) {
    auto told = all_told(of, day);
    EXPECT_TRUE(told.ok());
    return told.ok() ? *told : std::vector<SharedTold>();
  }
};

TEST_P(ToldTest, AReportIsReadOnceAndThenShared) {
  reported("minato", 2023);
  reported("mori", 2023);
  const auto first = all(database);
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first[0]->organisation, "minato");
  EXPECT_EQ(first[0]->sheets.at(0).state->sheet.header.fiscal_year, 2023);
  EXPECT_EQ(all(database), first) << "the very same";
  const text::Date day = text::jst_date(clock.now());
  clock.advance_us(86'400'000'000);
  reported("mori", 2024);
  const auto second = all(database);
  ASSERT_EQ(second.size(), 2u);
  EXPECT_EQ(second[0], first[0]);
  EXPECT_NE(second[1], first[1]);
  EXPECT_EQ(second[1]->sheets.at(0).state->sheet.header.fiscal_year, 2024);
  const auto past = all(database, day);
  ASSERT_EQ(past.size(), 2u);
  EXPECT_EQ(past[1]->sheets.at(0).state->sheet.header.fiscal_year, 2023);
  EXPECT_EQ(all(database), second);
}

TEST_P(ToldTest, AnotherStoreOfThatNameIsReadAnew) {
  reported("minato", 2023);
  const auto first = all(database);
  const std::shared_ptr<db::Database> another = std::make_shared<Forwarding>(*database);
  const auto second = all(another);
  ASSERT_EQ(second.size(), 1u);
  EXPECT_NE(second[0], first[0]);
  EXPECT_EQ(all(another), second);
}

INSTANTIATE_TEST_SUITE_P(Both, ToldTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

}  // namespace
}  // namespace musubi::kpi
