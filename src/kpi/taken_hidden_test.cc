// Figures that were taken before officers hid what they are computed by: a draft that holds one does not make it public.
#include "evidence/erase.h"
#include "kpi/counted_test_support.h"
#include "kpi/pack.h"
#include "kpi/pages_test_support.h"
#include "kpi/taken.h"
#include "kpi/test_follow_up.h"
#include "kpi/test_indicators.h"
#include "kpi/test_sheet.h"

namespace musubi::kpi {
namespace {

constexpr std::string_view kOpenedFacts[] = {"procedure"};
const evidence::RecordType kOpened{"records.case_opened", 1, evidence::Visibility::kOfficers, "x", "x", kOpenedFacts};
constexpr const char* kSheet = "aoba.sheet-2023";
constexpr const char* kPublic = "/aoba/sheets/aoba.sheet-2023.json";
constexpr const char* kPlace = "/indicators/0/lines/0/yearly/2024/origin";
const FollowUpKey kKey{"1-1", {2024, 1}};
using Places = std::vector<std::string>;

template <class T>
Places places_of(const Result<T>& done) {
  Places out;
  if (!done.ok())
    for (const auto& fault : done.error().faults) {
      out.push_back(fault.where);
      EXPECT_FALSE(fault.message.ja.empty() || fault.message.en.empty()) << fault.where;
    }
  return out;
}

// Three records that an own definition counts, which says so far that it counts no acts of persons.
class TakenHiddenTest : public KpiPagesTest {
 protected:
  void SetUp() override {
    KpiPagesTest::SetUp();
    if (HasFatalFailure()) return;
    define(false);
    opened(3);
  }
  void define(bool persons) {
    auto pack = read_indicators(
        pack_text({definition_text("own-count", R"({"kind":"count","records":"records.case_opened"})", persons)}, "aoba.own"));
    ASSERT_OK(pack);
    ASSERT_OK(Definitions(*database).import_pack(*pack, {}, "officer-aaaaaa"));
  }
  void opened(int count) {
    for (int i = 0; i < count; ++i)
      ASSERT_OK(database->write([&](db::Transaction& tx) {
        return evidence::append(tx, {kOpened, "records/case/" + std::to_string(++n_), "service", {}, {{"procedure", "move-in"}}});
      }));
  }
  YearValues taken(Period period) {
    auto offers = Offers::read(database, {"own-count"}, clock.now());
    EXPECT_TRUE(offers.ok());
    YearValues out;
    take(offers->of("own-count", period).value(), out);
    return out;
  }
  Sheet sheet_with(const YearValues& actual) {
    Sheet sheet = small_sheet();
    sheet.header.fiscal_year = 2024;
    Line& line = sheet.indicators[0].lines[0];
    line.unit = Text{"件", "n"};
    line.computed = "own-count";
    line.yearly[2024].actual = actual.actual;
    line.yearly[2024].provisional = actual.provisional;
    line.yearly[2024].origin = actual.origin;
    return sheet;
  }
  void enter(const Sheet& sheet) { ASSERT_OK(sheets().import_sheet(sheet, "officer-aaaaaa")); }
  // The same without the figure, which nothing computes any more.
  Sheet sheet_typed(double actual) {
    Sheet sheet = sheet_with(YearValues{{}, SheetValue{actual}});
    sheet.indicators[0].lines[0].computed.clear();
    return sheet;
  }
  std::uint64_t of_indicator(std::int64_t revision) {
    const auto history = sheets().history(kSheet, PartKey{PartKind::kIndicator, "1"}, View{.drafts = true}).value();
    for (const auto& one : history)
      if (one.revision == revision) return std::uint64_t(one.record);
    return 0;
  }
  Result<RouteEntry> step(RouteStep step) {
    const std::string edition = sheets().state(kSheet, View{.drafts = true}).value()->edition;
    return sheets().take_step(kSheet, step, step == RouteStep::kReviewed ? "officer-aaaaaa" : "officer-bbbbbb", edition, "理由がある");
  }
  std::set<std::uint64_t> public_records(Result<std::set<std::uint64_t>> (*published)(db::Reader&,
                                                                                      std::span<const evidence::Record>)) {
    return database
        ->read([&](db::Reader& reader) -> Result<std::set<std::uint64_t>> {
          return published(reader, TRY(evidence::read_records(reader, 0, 1000)));
        })
        .value();
  }

 private:
  int n_ = 0;
};

// A row of a measure that the definition computes, and an entry that takes its figure.
class TakenHiddenFollowUpTest : public TakenHiddenTest {
 protected:
  void SetUp() override {
    TakenHiddenTest::SetUp();
    if (HasFatalFailure()) return;
    follow_up_row();
    entry.lines["progress"] = taken({2024, 0});
  }
  void follow_up_row() {
    PlanDocument plan = small_plan();
    Line line;
    line.title = Text{"届出", "Filings"};
    line.kind = IndicatorKind::kProgress;
    line.unit = Text{"件", "n"};
    line.yearly[2024].target = SheetValue{40};
    line.computed = "own-count";
    plan.measures[0].target.reset();
    plan.measures[0].progress.lines = {line};
    KpiTest::sign(import(plan).edition);
    ASSERT_OK(follow_ups().set_schedule(kPlan, small_schedule(), 0, administrator()));
  }
  Result<FollowUpPublication> publish_follow_ups() {
    return follow_ups().publish(kPlan, follow_ups().state(kPlan, View{.drafts = true}).value().cutoff, lead("officer-bbbbbb"));
  }
  Result<FollowUpDone> enter(std::int64_t base) { return follow_ups().enter(kPlan, entry, base, lead("officer-aaaaaa"), clock.now()); }
  Result<FollowUpStep> sign(std::int64_t revision) { return follow_ups().sign_off(kPlan, kKey, revision, lead("officer-bbbbbb")); }

  FollowUp entry = small_follow_up();
};

TEST_P(TakenHiddenTest, ADraftOfBeforeIsNeitherApprovedNorPublished) {
  enter(sheet_with(taken({2024, 0})));
  ASSERT_OK(step(RouteStep::kReviewed));
  define(true);
  EXPECT_NE(get("/aoba/kpi/own-count.json").find("suppressed"), std::string::npos);
  EXPECT_EQ(places_of(step(RouteStep::kApproved)), Places{kPlace});
  get(kPublic, 404);
  actor_ = "officer-bbbbbb";
  const std::string edition = sheets().state(kSheet, View{.drafts = true}).value()->edition;
  auto refused = post("/aoba/office/sheets/aoba.sheet-2023/review", {{"act", "approve"}, {"edition", edition}});
  EXPECT_EQ(refused.status, 422);
  EXPECT_TRUE(says(refused, "<li>測定指標1 2024年度")) << "the cell, in words" << refused.bytes();
}

TEST_P(TakenHiddenTest, AnApprovedOneIsNotPublishedUntilAnotherActualStandsThere) {
  enter(sheet_with(taken({2024, 0})));
  ASSERT_OK(step(RouteStep::kReviewed));
  ASSERT_OK(step(RouteStep::kApproved));
  define(true);
  EXPECT_EQ(places_of(step(RouteStep::kPublished)), Places{kPlace});
  get(kPublic, 404);
  ASSERT_OK(Definitions(*database).withdraw("own-count", "officer-aaaaaa", 2));
  EXPECT_EQ(places_of(step(RouteStep::kPublished)), Places{kPlace}) << "hidden as well";
  Sheet mended = sheet_with({});
  mended.indicators[0].lines[0].computed.clear();
  enter(mended);
  publish_sheet();
  EXPECT_EQ(get(kPublic).find("own-count"), std::string::npos);
  const auto open = public_records(Sheets::published);
  EXPECT_FALSE(open.contains(of_indicator(1))) << "the record of the draft that told it";
  EXPECT_TRUE(open.contains(of_indicator(2)));
}

// In every form: a page, JSON, CSV.
constexpr const char* kHistories[] = {"/history", "/history.json", "/history.csv", "/history.json?as_of=2024-04-10"};

TEST_P(TakenHiddenTest, HistoriesTellNoFigureThatNoPublicationShowed) {
  enter(sheet_with(taken({2024, 0})));
  define(true);
  Sheet mended = sheet_typed(16);
  enter(mended);
  publish_sheet();
  mended.indicators[0].factor = Text{"窓口が混んだ", "The counter was crowded"};
  enter(mended);
  publish_sheet();
  for (const std::string form : kHistories) {
    const std::string everyone = get("/aoba/sheets/aoba.sheet-2023" + form);
    for (const char* hidden : {"own-count", "2024/actual", "2024/origin", "2024年度 実績", "2024年度 どう計算したか"})
      EXPECT_EQ(everyone.find(hidden), everyone.npos) << form;
    EXPECT_NE(everyone.find(form == kHistories[0] ? "要因: " : "factor"), everyone.npos) << form;
    EXPECT_NE(get("/aoba/office/sheets/aoba.sheet-2023" + form).find("own-count"), std::string::npos) << form;
  }
  const auto history = sheets().history(kSheet, PartKey{PartKind::kIndicator, "1"}, {}).value();
  ASSERT_EQ(history.size(), 3u);
  EXPECT_EQ(std::vector({history[0].withheld, history[1].withheld, history[2].withheld}), std::vector({false, true, true}));
  EXPECT_TRUE(says(send(http::Method::get, "/aoba/sheets/aoba.sheet-2023/history"), "変わった欄は示しません"));
}

TEST_P(TakenHiddenTest, WhatAPublicationShowedStaysInHistoriesAndRecords) {
  Sheet shown = sheet_with(taken({2024, 0}));
  enter(shown);
  publish_sheet();
  shown.indicators[0].factor = Text{"窓口が混んだ", "The counter was crowded"};
  enter(shown);  // a draft that tells the same figure
  opened(1);
  shown.indicators[0].lines[0].yearly[2024].origin = taken({2024, 0}).origin;
  shown.indicators[0].lines[0].yearly[2024].actual = SheetValue{4};
  enter(shown);  // and one that tells another
  define(true);
  enter(sheet_typed(16));
  publish_sheet();
  const auto open = public_records(Sheets::published);
  EXPECT_TRUE(open.contains(of_indicator(1)));
  EXPECT_TRUE(open.contains(of_indicator(2)));
  EXPECT_FALSE(open.contains(of_indicator(3)));
  EXPECT_TRUE(open.contains(of_indicator(4)));
  std::vector<bool> withheld;
  const auto history = sheets().history(kSheet, PartKey{PartKind::kIndicator, "1"}, {}).value();
  for (const auto& one : history) withheld.push_back(one.withheld);
  EXPECT_EQ(withheld, std::vector({true, true, false, false})) << "newest first";
}

TEST_P(TakenHiddenTest, TheFaultSaysThatItWasHiddenAndWhatIsShownInstead) {
  const YearValues small = taken({2024, 0});
  opened(20);
  const YearValues exact = taken({2024, 0});
  ASSERT_EQ(exact.actual->number, 23);
  define(true);
  auto why = [&](const YearValues& actual) {
    auto done = sheets().import_sheet(sheet_with(actual), "officer-aaaaaa");
    return done.ok() || done.error().faults.empty() ? Text{} : done.error().faults[0].message;
  };
  EXPECT_EQ(why(exact).en,
            "Since this value was taken, small figures of its indicator are hidden from the public. What is shown now is 20, of 20 "
            "record(s): take that anew, or type another actual.");
  EXPECT_NE(why(exact).ja.find("公表しないことになりました。今公表する値は 20（20 件）です。"), std::string::npos);
  EXPECT_NE(why(small).en.find("hidden from the public. None of it can be shown now"), std::string::npos);
  EXPECT_NE(why(small).ja.find("公表しないことになりました。今公表できる値はありません。"), std::string::npos);
  YearValues wrong = exact;
  wrong.actual = SheetValue{24};
  EXPECT_TRUE(why(wrong).en.starts_with("It does not compute again to this value: 20, of 20")) << "that it was hidden is not why";
}

TEST_P(TakenHiddenTest, AnErasedDefinitionHidesToo) {
  enter(sheet_with(taken({2024, 0})));
  ASSERT_OK(step(RouteStep::kReviewed));
  const std::uint64_t record = std::uint64_t(Definitions(*database).history("own-count").value().at(0).record);
  ASSERT_OK(evidence::erase(*database, {{record}, "mistake", "operator", Plans::erase_rows}, folder.path() + "/erasures"));
  EXPECT_EQ(places_of(step(RouteStep::kApproved)), Places{std::string(kPlace) + "/definition"});
}

TEST_P(TakenHiddenTest, WhatWasPublishedStaysAndWhatIsLargeEnoughIsPublished) {
  Sheet sheet = sheet_with(taken({2024, 0}));
  enter(sheet);
  publish_sheet();
  define(true);
  sheet.header.outcome = Text{"前より進んだ", "Further than before"};
  enter(sheet);
  publish_sheet();
  EXPECT_NE(get(kPublic).find("own-count"), std::string::npos);
  define(false);
  opened(17);
  Sheet another = sheet_with(taken({2024, 0}));
  ASSERT_EQ(another.indicators[0].lines[0].yearly.at(2024).actual->number, 20);
  enter(another);
  publish_sheet();
}

TEST_P(TakenHiddenTest, RecordsOfManyDraftsAreAskedForAtOnce) {
  auto asked = [&] {
    Counted counted(*database);
    auto open = counted.read([&](db::Reader& reader) -> Result<std::set<std::uint64_t>> {
      return Sheets::published(reader, TRY(evidence::read_records(reader, 0, 1000)));
    });
    EXPECT_TRUE(open.ok());
    return counted.asked;
  };
  auto drafts_of_another_figure = [&] {
    opened(1);
    enter(sheet_with(taken({2024, 0})));
  };
  enter(sheet_with(taken({2024, 0})));
  drafts_of_another_figure();
  publish_sheet();
  const int once = asked();
  for (int i = 0; i < 3; ++i) drafts_of_another_figure();
  publish_sheet();
  EXPECT_EQ(asked(), once);
}

TEST_P(TakenHiddenTest, TheLogIsLookedThroughBeforeTheWrite) {
  opened(17);
  const Sheet sheet = sheet_with(taken({2024, 0}));
  define(true);
  Counted counted(*database, kPassOverTheLog);
  Sheets acts(counted);
  ASSERT_OK(acts.import_sheet(sheet, "officer-aaaaaa"));
  EXPECT_EQ(std::pair(counted.asked, counted.in_writes), std::pair(1, 0)) << "of twenty, told in fives: it computes again";
  ASSERT_OK(step(RouteStep::kReviewed));
  const std::string edition = sheets().state(kSheet, View{.drafts = true}).value()->edition;
  for (RouteStep one : {RouteStep::kApproved, RouteStep::kPublished})
    ASSERT_OK(acts.take_step(kSheet, one, "officer-bbbbbb", edition, "理由がある"));
  EXPECT_EQ(std::pair(counted.asked, counted.in_writes), std::pair(3, 0));
}

TEST_P(TakenHiddenTest, WhatIsHiddenBetweenTheLookAndTheStepIsAFault) {
  enter(sheet_with(taken({2024, 0})));
  ASSERT_OK(step(RouteStep::kReviewed));
  const std::string edition = sheets().state(kSheet, View{.drafts = true}).value()->edition;
  Between between(*database, [&] { define(true); });
  EXPECT_EQ(places_of(Sheets(between).take_step(kSheet, RouteStep::kApproved, "officer-bbbbbb", edition, "理由がある")),
            Places{kPlace});
}

TEST_P(TakenHiddenTest, WhatIsErasedBetweenTheLookAndTheStepIsAFault) {
  opened(17);
  enter(sheet_with(taken({2024, 0})));
  ASSERT_OK(step(RouteStep::kReviewed));
  const std::uint64_t record = std::uint64_t(Definitions(*database).history("own-count").value().at(0).record);
  define(true);  // it computes again, in fives
  const std::string edition = sheets().state(kSheet, View{.drafts = true}).value()->edition;
  Between between(*database, [&] {
    ASSERT_OK(evidence::erase(*database, {{record}, "mistake", "operator", Plans::erase_rows}, folder.path() + "/erasures"));
  });
  EXPECT_EQ(places_of(Sheets(between).take_step(kSheet, RouteStep::kApproved, "officer-bbbbbb", edition, "理由がある")),
            Places{std::string(kPlace) + "/definition"});
}

TEST_P(TakenHiddenTest, WhatIsHiddenBetweenTheLookAndTheImportIsAFault) {
  const Sheet sheet = sheet_with(taken({2024, 0}));
  Between between(*database, [&] { define(true); });
  EXPECT_EQ(places_of(Sheets(between).import_sheet(sheet, "officer-aaaaaa")), Places{kPlace});
  EXPECT_ERROR(sheets().state(kSheet, View{.drafts = true}), "sheet.unknown");
}

TEST_P(TakenHiddenFollowUpTest, WhatWasPublishedStays) {
  ASSERT_OK(enter(0));
  ASSERT_OK(sign(1));
  ASSERT_OK(publish_follow_ups());
  EXPECT_NE(get("/aoba/plans/aoba.data-plan/follow-up.json").find("own-count"), std::string::npos);
  define(true);
  entry.facts = {"説明会を4回開いた", "Four briefings were held"};
  ASSERT_OK(enter(1));
  ASSERT_OK(sign(2));
  ASSERT_OK(publish_follow_ups());
}

TEST_P(TakenHiddenFollowUpTest, BetweenTheLookAndTheEntry) {
  Between between(*database, [&] { define(true); });
  EXPECT_EQ(places_of(FollowUps(between).enter(kPlan, entry, 0, lead("officer-aaaaaa"), clock.now())), Places{"lines/progress"});
}

TEST_P(TakenHiddenFollowUpTest, ThatAreNotSignedOff) {
  ASSERT_OK(enter(0));
  define(true);
  EXPECT_EQ(places_of(sign(1)), Places{"lines/progress"});
}

TEST_P(TakenHiddenFollowUpTest, ThatWereSignedOffBefore) {
  ASSERT_OK(enter(0));
  ASSERT_OK(sign(1));
  define(true);
  EXPECT_EQ(places_of(publish_follow_ups()), Places{"1-1/2024-Q1/lines/progress"});
  EXPECT_ERROR(follow_ups().state(kPlan, {}), "follow_up.not_published");
  entry.lines["progress"] = YearValues{{}, SheetValue{4.0}, {}, false, false, {}, Text{"窓口の数", "Counted at the counter"}};
  const auto first = std::uint64_t(follow_ups().state(kPlan, View{.drafts = true}).value().newest(kKey)->record);
  ASSERT_OK(enter(1));
  ASSERT_OK(sign(2));
  ASSERT_OK(publish_follow_ups());
  const auto told = follow_ups().entry(kPlan, kKey, {}).value();
  ASSERT_EQ(told.size(), 1u) << "not the revision that told it either";
  EXPECT_EQ(told[0].revision.revision, 2);
  const auto open = public_records(FollowUps::published);
  EXPECT_FALSE(open.contains(first));
  EXPECT_TRUE(open.contains(std::uint64_t(told[0].revision.record)));
}

TEST_P(TakenHiddenFollowUpTest, WhatAPublicationShowedStaysBesideWhatCameAfter) {
  ASSERT_OK(enter(0));
  ASSERT_OK(sign(1));
  ASSERT_OK(publish_follow_ups());
  opened(1);
  entry.lines["progress"] = taken({2024, 0});
  ASSERT_OK(enter(1));
  ASSERT_OK(sign(2));  // never published
  define(true);
  entry.lines["progress"] = YearValues{{}, SheetValue{16}, {}, false, false, {}, Text{"窓口の数", "Counted at the counter"}};
  ASSERT_OK(enter(2));
  ASSERT_OK(sign(3));
  ASSERT_OK(publish_follow_ups());
  std::vector<std::int64_t> revisions;
  const auto open = public_records(FollowUps::published);
  const auto entries = follow_ups().entry(kPlan, kKey, {}).value();
  for (const auto& told : entries) {
    revisions.push_back(told.revision.revision);
    EXPECT_TRUE(open.contains(std::uint64_t(told.revision.record)));
  }
  EXPECT_EQ(revisions, std::vector<std::int64_t>({1, 3}));
  const auto all = follow_ups().state(kPlan, View{.drafts = true}).value().entries.at(kKey);
  EXPECT_FALSE(open.contains(std::uint64_t(all[1].record)));
  for (const char* form : {"", ".json", ".csv", ".json?as_of=2024-04-10"})
    EXPECT_EQ(get(std::string("/aoba/plans/aoba.data-plan/measures/1-1/follow-up") + form).find("\"number\":4"), std::string::npos);
}

TEST_P(TakenHiddenFollowUpTest, ManySupersededRevisionsAreAskedForAtOnce) {
  std::int64_t revision = 0;
  auto another = [&] {
    opened(1);
    entry.lines["progress"] = taken({2024, 0});
    ASSERT_OK(enter(revision));
    ASSERT_OK(sign(++revision));
  };
  auto asked = [&] {
    Counted counted(*database);
    EXPECT_TRUE(FollowUps(counted).state(kPlan, {}).ok());
    return counted.asked;
  };
  for (int i = 0; i < 2; ++i) another();
  ASSERT_OK(publish_follow_ups());
  asked();  // the plan is kept from here on
  const int once = asked();
  for (int i = 0; i < 4; ++i) another();
  ASSERT_OK(publish_follow_ups());
  EXPECT_EQ(asked(), once);
}

TEST_P(TakenHiddenFollowUpTest, TheLogIsLookedThroughBeforeTheWriteOnceForAll) {
  opened(17);
  entry.lines["progress"] = taken({2024, 0});
  define(true);
  clock.set(at("2024-07-10T09:00:00+09:00"));
  Counted counted(*database, kPassOverTheLog);
  FollowUps acts(counted);
  auto passes = [&] { return std::pair(std::exchange(counted.asked, 0), std::exchange(counted.in_writes, 0)); };
  for (int quarter : {1, 2}) {
    entry.period.quarter = quarter;
    ASSERT_OK(acts.enter(kPlan, entry, 0, lead("officer-aaaaaa"), clock.now()));
    EXPECT_EQ(passes(), std::pair(1, 0));
    ASSERT_OK(acts.sign_off(kPlan, {"1-1", entry.period}, 1, lead("officer-bbbbbb")));
    EXPECT_EQ(passes(), std::pair(1, 0));
  }
  ASSERT_OK(acts.publish(kPlan, acts.state(kPlan, View{.drafts = true}).value().cutoff, lead("officer-bbbbbb")));
  EXPECT_EQ(passes(), std::pair(1, 0)) << "both took it from the same records";
}

TEST_P(TakenHiddenFollowUpTest, WhatIsHiddenBetweenTheLookAndTheActIsAFault) {
  ASSERT_OK(enter(0));
  ASSERT_OK(sign(1));
  Between between(*database, [&] { define(true); });
  FollowUps acts(between);
  const auto cutoff = acts.state(kPlan, View{.drafts = true}).value().cutoff;
  EXPECT_EQ(places_of(acts.publish(kPlan, cutoff, lead("officer-bbbbbb"))), Places{"1-1/2024-Q1/lines/progress"});
}

INSTANTIATE_TEST_SUITE_P(Both, TakenHiddenFollowUpTest, ::testing::ValuesIn(musubi::testing::back_ends()),
                         musubi::testing::back_end_name);
INSTANTIATE_TEST_SUITE_P(Both, TakenHiddenTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

}  // namespace
}  // namespace musubi::kpi
