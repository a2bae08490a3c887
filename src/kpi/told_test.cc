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

class NamedStore final : public Forwarding {
 public:
  NamedStore(db::Database& inner, std::string name) : Forwarding(inner), name_(std::move(name)) {}
  const std::string& organisation() const override { return name_; }

 private:
  std::string name_;
};

// As many as are the very same in both.
std::size_t shared(const std::vector<SharedTold>& a, const std::vector<SharedTold>& b) {
  std::size_t out = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) out += a[i] == b[i];
  return out;
}

TEST_P(ToldTest, MemoryIsBoundedAndAClosedStoreGivesItsShareBack) {
  const std::string words(4000, 'x');
  json::array measures;
  for (int i = 1; i <= 100; ++i)
    measures.push_back(json::object{
        {"number", "1-" + std::to_string(i)}, {"title", json::object{{"ja", words}, {"en", words}}}, {"serves", json::array()}});
  const std::string plans = canonical_json(json::array{json::object{{"id", "town.plan"},
                                                                    {"serves_plan", "japan.plan"},
                                                                    {"version", "1"},
                                                                    {"title", json::object{{"ja", "x"}, {"en", "x"}}},
                                                                    {"measures", std::move(measures)}}});
  const std::string content = "{\"at\":\"" + clock.now().rfc3339() + "\",\"plans\":" + plans + "}";
  const std::size_t fit = kToldBytes / content.size(), all_of_them = fit + 3;
  ASSERT_LT(fit, 90u);
  ASSERT_OK(database->write([&](db::Transaction& tx) -> Result<void> {
    for (std::size_t i = 0; i < all_of_them; ++i)
      TRY(tx.put("kpi_report", {{"organisation", "town-" + std::to_string(100 + i)},
                                {"title_ja", "町"},
                                {"title_en", "Town"},
                                {"size", std::int64_t(1)},
                                {"at", clock.now().us},
                                {"content", content}}));
    TRY(evidence::append(tx, {report_record_types()[0], "kpi/report/town", "service", {}, {}}));
    return {};
  }));
  auto first = std::make_shared<NamedStore>(*database, "first"), second = std::make_shared<NamedStore>(*database, "second");
  EXPECT_EQ(all(first).size(), all_of_them);
  EXPECT_EQ(shared(all(first), all(first)), fit) << "the others are read each time";
  EXPECT_EQ(shared(all(second), all(second)), 0u) << "nothing is left for it";
  first.reset();
  (void)all(second);
  EXPECT_EQ(shared(all(second), all(second)), fit);
}

INSTANTIATE_TEST_SUITE_P(Both, ToldTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

}  // namespace
}  // namespace musubi::kpi
