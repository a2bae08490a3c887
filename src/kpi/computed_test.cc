#include "kpi/gather.h"

#include "kpi/availability.h"
#include "kpi/indicator_view.h"
#include "kpi/kpi_test_support.h"
#include "kpi/report.h"
#include "kpi/reported.h"

namespace musubi::kpi {
namespace {

constexpr std::string_view kOpenedFacts[] = {"procedure", "online", "fields", "fetched"};
constexpr std::string_view kDecidedFacts[] = {"procedure", "outcome", "ms", "standard_ms"};
const evidence::RecordType kOpened{"records.case_opened", 1, evidence::Visibility::kOfficers, "x", "x", kOpenedFacts};
const evidence::RecordType kDecided{"records.decided", 1, evidence::Visibility::kOfficers, "x", "x", kDecidedFacts};

const Indicator& indicator(std::string_view id) {
  const Indicator* found = find_indicator(id);
  CHECK(found);
  return *found;
}

class ComputedTest : public KpiTest {
 protected:
  void opened(const char* procedure, bool online, int fields = 10, int fetched = 0) {
    append({kOpened,
            "records/case/" + std::to_string(++n_),
            "service",
            {},
            {{"procedure", procedure}, {"online", online}, {"fields", fields}, {"fetched", fetched}}});
  }
  void decided(const char* procedure, std::int64_t minutes) {
    append({kDecided,
            "records/case/" + std::to_string(++n_),
            "service",
            {},
            {{"procedure", procedure}, {"outcome", "granted"}, {"ms", minutes * 60'000 + 59'999}}});
  }
  void append(evidence::Draft draft) {
    auto done = database->write([&](db::Transaction& tx) { return evidence::append(tx, draft); });
    ASSERT_OK(done);
  }
  Computed computed(std::string_view id) {
    auto gathered = Indicators(*database).gather(embedded_indicators());
    EXPECT_TRUE(gathered.ok());
    return gathered->figures(indicator(id), clock.now());
  }
  Computed exact(std::string_view id) {
    auto gathered = Indicators(*database).gather(embedded_indicators());
    EXPECT_TRUE(gathered.ok());
    return gathered->figures(indicator(id), clock.now(), Eyes::kOfficers);
  }
  void expect_derived_clean() {
    auto findings = database->read([](db::Reader& reader) { return Indicators::verify_derived(reader); });
    ASSERT_OK(findings);
    EXPECT_TRUE(findings->empty()) << (findings->empty() ? "" : (*findings)[0].where);
  }
  int n_ = 0;
};

TEST_P(ComputedTest, NothingYetIsNoFigure) {
  EXPECT_FALSE(computed("online-use-rate").whole.value);
  EXPECT_FALSE(computed("hours-to-decision-median").whole.value);
  EXPECT_DOUBLE_EQ(*computed("availability").whole.value * 0 + 1, 1);
}

TEST_P(ComputedTest, RatioCountsAtOnceAndAfterGathering) {
  for (int i = 0; i < 6; ++i) opened("move-in", true, 10, 7);
  for (int i = 0; i < 14; ++i) opened(i % 2 ? "move-in" : "water", false);
  auto check = [&] {
    auto online = computed("online-use-rate");
    EXPECT_DOUBLE_EQ(*online.whole.value, 25.0) << "6 of 20 as 5 of 20";
    EXPECT_EQ(online.whole.n, 20);
    ASSERT_EQ(online.parts.size(), 2u);
    EXPECT_EQ(online.parts[0].first, "move-in");
    EXPECT_NEAR(*online.parts[0].second.value, 100.0 * 5 / 15, 1e-9) << "6 of 13";
    EXPECT_DOUBLE_EQ(*online.parts[1].second.value, 0.0);
    EXPECT_DOUBLE_EQ(*exact("online-use-rate").whole.value, 30.0);
    EXPECT_NEAR(*exact("online-use-rate").parts[0].second.value, 100.0 * 6 / 13, 1e-9);
    EXPECT_DOUBLE_EQ(*computed("fetched-fields-rate").whole.value, 70.0);
  };
  check();
  auto more = Indicators(*database).catch_up(embedded_indicators(), 7);
  ASSERT_OK(more);
  EXPECT_TRUE(*more);
  check();
  expect_derived_clean();
  while (*Indicators(*database).catch_up(embedded_indicators(), 7)) {}
  check();
  expect_derived_clean();
  opened("move-in", true, 10, 7);
  EXPECT_EQ(exact("online-use-rate").whole.n, 21) << "officers see the newest record";
  EXPECT_EQ(computed("online-use-rate").whole.n, 20) << "the public five at a time";
  ASSERT_OK(Indicators(*database).catch_up(embedded_indicators()));
  expect_derived_clean();
  ASSERT_OK(database->write([](db::Transaction& tx) { return Indicators::forget(tx); }));
  EXPECT_EQ(exact("online-use-rate").whole.n, 21);
  EXPECT_EQ(computed("online-use-rate").whole.n, 20);
}

TEST_P(ComputedTest, ACardIsPutIntoUseOnce) {
  constexpr std::string_view kState[] = {"state"};
  const evidence::RecordType changed{"identity.card_changed", 1, evidence::Visibility::kOfficers, "x", "x", kState};
  auto card = [&](int n, std::initializer_list<const char*> states) {
    for (const char* state : states) append({changed, "identity/card/card-" + std::to_string(n), "operator", {}, {{"state", state}}});
  };
  for (int n = 0; n < 20; ++n) card(n, {"ordered", "issued", "active"});
  card(20, {"ordered", "issued", "active", "suspended", "active"});
  card(21, {"ordered", "issued", "active", "lost"});
  card(22, {"ordered", "issued"});
  card(23, {"ordered"});
  EXPECT_EQ(exact("cards-put-into-use").whole.value, 22);
  EXPECT_EQ(exact("cards-put-into-use").months.at(0).second.value, 22);
  EXPECT_EQ(exact("cards-changed").whole.n, 20 * 3 + 5 + 4 + 2 + 1);
}

TEST_P(ComputedTest, PercentilesAreNearestRankInWholeMinutes) {
  for (int minutes = 1; minutes <= 100; ++minutes) decided("move-in", minutes * 6);
  EXPECT_DOUBLE_EQ(*computed("hours-to-decision-median").whole.value, 5.0);
  EXPECT_DOUBLE_EQ(*computed("hours-to-decision-p90").whole.value, 9.0);
}

TEST_P(ComputedTest, SmallCellsAreHiddenAlsoByDifference) {
  for (int i = 0; i < 3; ++i) decided("rare", 60);
  for (int i = 0; i < 8; ++i) decided("some", 60);
  for (int i = 0; i < 40; ++i) decided("often", 60);
  auto median = computed("hours-to-decision-median");
  EXPECT_EQ(median.whole.n, 50);
  ASSERT_EQ(median.parts.size(), 3u);
  for (const auto& [part, figure] : median.parts) {
    EXPECT_EQ(figure.suppressed, part != "often") << part;
    EXPECT_TRUE(!figure.suppressed || (!figure.value && figure.n == 0));
  }
}

TEST_P(ComputedTest, FewCasesInAllShowNothing) {
  for (int i = 0; i < 4; ++i) opened("move-in", true);
  auto online = computed("online-use-rate");
  EXPECT_TRUE(online.whole.suppressed);
  EXPECT_TRUE(online.months.empty() && online.parts.empty());
}

TEST_P(ComputedTest, AChartHasAPoint) {
  for (int i = 0; i < 10; ++i) opened("move-in", true);
  auto online = computed("online-use-rate");
  ASSERT_FALSE(online.months.empty());
  EXPECT_NE(months_chart(online, web::Language::en).html.find("<svg"), std::string::npos);
  for (auto& [month, figure] : online.months) figure.value.reset();
  EXPECT_TRUE(months_chart(online, web::Language::en).html.empty()) << "no axis of nothing";
}

TEST_P(ComputedTest, MonthsFollowTheCalendarOfTokyo) {
  clock.set(at("2024-04-30T14:59:59Z"));
  for (int i = 0; i < 5; ++i) opened("move-in", true);
  clock.set(at("2024-04-30T15:00:01Z"));
  for (int i = 0; i < 5; ++i) opened("move-in", false);
  auto online = computed("online-use-rate");
  ASSERT_EQ(online.months.size(), 2u);
  EXPECT_EQ(month_name(online.months[0].first), "2024-04");
  EXPECT_EQ(month_name(online.months[1].first), "2024-05");
  EXPECT_DOUBLE_EQ(*online.months[0].second.value, 100.0);
  EXPECT_DOUBLE_EQ(*online.months[1].second.value, 0.0);
}

TEST_P(ComputedTest, ATamperedCellIsNamed) {
  for (int i = 0; i < 6; ++i) opened("move-in", true);
  ASSERT_OK(Indicators(*database).catch_up(embedded_indicators()));
  ASSERT_OK(database->write([](db::Transaction& tx) -> Result<void> {
    TRY(tx.execute("UPDATE kpi_cell SET n = n + 1 WHERE part = 'move-in'"));
    return {};
  }));
  auto findings = database->read([](db::Reader& reader) { return Indicators::verify_derived(reader); });
  ASSERT_OK(findings);
  EXPECT_FALSE(findings->empty());
}

TEST_P(ComputedTest, ReportsAreKeptOnceAndMerged) {
  for (int i = 0; i < 5; ++i) opened("move-in", true);
  for (int i = 0; i < 6; ++i) opened("move-in", false);
  auto report = make_report(*database, clock.now());
  ASSERT_OK(report);
  for (const char* town : {"aoba", "minato"}) {
    auto kept = keep_report(*database, town, {"町", "Town"}, *report, "service");
    ASSERT_OK(kept);
    EXPECT_TRUE(*kept);
  }
  auto again = keep_report(*database, "aoba", {"町", "Town"}, *report, "service");
  ASSERT_OK(again);
  EXPECT_FALSE(*again);
  const auto size = evidence::Log::of(*database).size();
  clock.advance_us(30'000'000);  // the log has grown by the reports themselves, and no figure has moved
  auto later = make_report(*database, clock.now());
  ASSERT_OK(later);
  EXPECT_NE(later->at("size"), report->at("size"));
  auto same = keep_report(*database, "aoba", {"町", "Town"}, *later, "service");
  ASSERT_OK(same);
  EXPECT_FALSE(*same);
  EXPECT_EQ(evidence::Log::of(*database).size(), size);
  auto all = reported(database, std::nullopt, clock.now());
  ASSERT_OK(all);
  ASSERT_EQ((*all)->reporters.size(), 2u);
  const Computed& together = (*all)->indicators.at("online-use-rate").together;
  EXPECT_EQ(together.whole.n, 20) << "each reports what it publishes";
  EXPECT_DOUBLE_EQ(*together.whole.value, 50.0);
  expect_clean();
}

TEST_P(ComputedTest, ABadReportIsRefusedWithEveryFault) {
  auto kept =
      keep_report(*database, "aoba", {"町", "Town"},
                  {{"size", 3}, {"first", "yesterday"}, {"at", "2024-01-01T00:00:00Z"}, {"series", {{"x", {{1, 2}}}}}}, "service");
  ASSERT_FALSE(kept.ok());
  EXPECT_EQ(kept.error().faults.size(), 2u);
  auto all = reported(database, std::nullopt, clock.now());
  EXPECT_TRUE(all.ok() && (*all)->reporters.empty());
}

TEST_P(ComputedTest, AReportThatLiesIsRefusedAndStandsInNobodysWay) {
  for (int i = 0; i < 6; ++i) opened("move-in", true);
  auto honest = make_report(*database, clock.now());
  ASSERT_OK(honest);
  std::string id = "0123456789abcdef";
  auto with = [&](auto change) {
    json::object lie = *honest;
    change(lie);
    return keep_report(*database, "aoba", {"町", "Town"}, lie, "service");
  };
  std::int64_t huge = std::int64_t(1) << 49;
  EXPECT_ERROR(with([&](json::object& r) {
                 r["series"].as_object()[id] = json::array{json::array{24'000, "x", 0, huge, 0}};
               }),
               "kpi.bad_report");
  EXPECT_ERROR(with([&](json::object& r) {
                 json::array rows;
                 for (int i = 0; i < 4; ++i) rows.push_back(json::array{24'000 + i, "x", 0, 1, std::int64_t(1) << 51});
                 r["series"].as_object()[id] = rows;
               }),
               "kpi.bad_report");
  EXPECT_ERROR(with([](json::object& r) { r["size"] = std::int64_t(1) << 60; }), "kpi.bad_report");
  EXPECT_ERROR(with([](json::object& r) { r["at"] = "2999-01-01T00:00:00Z"; }), "kpi.bad_report");
  EXPECT_ERROR(with([](json::object& r) { r["first"] = "2998-01-01T00:00:00Z"; }), "kpi.bad_report");
  ASSERT_OK(with([](json::object& r) { r["size"] = 1'000'000; }));  // more than it has: it cannot be seen from here
  clock.set(Time{clock.now().us + 60'000'000});
  for (int i = 0; i < 5; ++i) opened("move-in", false);
  auto later = make_report(*database, clock.now());
  ASSERT_OK(later);
  auto kept = keep_report(*database, "aoba", {"町", "Town"}, *later, "service");
  ASSERT_OK(kept);
  EXPECT_TRUE(*kept) << "a log that is shorter than it claimed, also after a restore";
  auto stale = keep_report(*database, "aoba", {"町", "Town"}, *honest, "service");
  ASSERT_OK(stale);
  EXPECT_FALSE(*stale);
}

TEST_P(ComputedTest, InterruptionsAreEnteredOnceAndPartedByMonth) {
  Time first = clock.now();  // 2024-04-10
  std::vector<Interruption> interruptions = {{Time{first.us - 86'400'000'000}, Time{first.us - 3'600'000'000}},
                                             {at("2024-04-30T23:00:00+09:00"), at("2024-05-01T01:00:00+09:00")}};
  for (int round = 0; round < 2; ++round) {
    auto made = enter_interruptions(*database, interruptions);
    ASSERT_OK(made);
    EXPECT_EQ(*made, round == 0 ? 2u : 0u);
  }
  clock.set(Time{at("2024-05-10T09:00:00+09:00").us});
  auto availability = computed("availability");
  EXPECT_NEAR(*availability.whole.value, 100.0 * (1 - 2.0 / (30 * 24)), 1e-6);
  ASSERT_EQ(availability.months.size(), 2u);
  EXPECT_LT(*availability.months[0].second.value, 100.0);
  EXPECT_LT(*availability.months[1].second.value, 100.0);
  interruptions.push_back({at("2024-05-09T00:00:00+09:00"), at("2024-05-09T01:00:00+09:00")});
  auto more = enter_interruptions(*database, interruptions);
  ASSERT_OK(more);
  EXPECT_EQ(*more, 1u);
}

INSTANTIATE_TEST_SUITE_P(Both, ComputedTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

TEST(Indicators, MergingTownsIsCountingThemTogether) {
  const auto& median = indicator("hours-to-decision-median");
  std::string id = median.formula.id() + ".of";
  CellsBySeries a{{id, {{{24'000, "x", 60}, {10, 0}}}}}, b{{id, {{{24'000, "x", 600}, {30, 0}}}}};
  merge(a, b);
  auto both = compute(median, a, {});
  EXPECT_EQ(both.whole.n, 40);
  EXPECT_DOUBLE_EQ(*both.whole.value, 10.0);
}

TEST(Indicators, EveryEmbeddedOneCanBeRead) {
  EXPECT_GE(embedded_indicators().size(), 9u);
  for (const auto& one : embedded_indicators()) EXPECT_FALSE(one.title.ja.empty());
}

TEST(Indicators, AllFaultsAtOnce) {
  auto read = read_indicators(R"({"musubi_pack":1,"kind":"indicators","id":"aoba.figures","version":"1","indicators":[
    {"id":"A","title":{"ja":"あ","en":"a"},"definition":{"ja":"あ","en":"a"},"unit":{"ja":"件","en":"n"},"direction":"sideways","formula":{"kind":"percentile","records":"x.y","fact":"ms","percentile":100}},
    {"id":"b","title":{"ja":"あ","en":"a"},"definition":{"ja":"あ","en":"a"},"unit":{"ja":"件","en":"n"},"direction":"up","formula":{"kind":"ratio","of":{"records":"x.y","where":{"n":1.5}}}}]})");
  ASSERT_FALSE(read.ok());
  std::set<std::string> where;
  for (const auto& fault : read.error().faults) where.insert(fault.where);
  for (const char* wanted : {"/indicators/0/id", "/indicators/0/direction", "/indicators/0/formula/percentile",
                             "/indicators/1/formula/of/where/n", "/indicators/1/formula/to"})
    EXPECT_TRUE(where.contains(wanted)) << wanted;
}

}  // namespace
}  // namespace musubi::kpi
