#include "kpi/taken.h"

#include "kpi/json.h"
#include "kpi/pack.h"
#include "kpi/pages_test_support.h"
#include "kpi/sheet_json.h"
#include "kpi/sheet_routes.h"
#include "kpi/sheet_xlsx.h"
#include "kpi/sheet_xlsx_read.h"
#include "kpi/test_indicators.h"
#include "kpi/test_sheet.h"
#include "kpi/test_workbook.h"

namespace musubi::kpi {
namespace {

constexpr std::string_view kOpenedFacts[] = {"procedure", "online", "fields", "fetched"};
const evidence::RecordType kOpened{"records.case_opened", 1, evidence::Visibility::kOfficers, "x", "x", kOpenedFacts};
constexpr const char* kSheet = "aoba.sheet-2023";
constexpr const char* kBase = "/aoba/office/sheets/aoba.sheet-2023";
constexpr const char* kEdit = "/aoba/office/sheets/aoba.sheet-2023/indicators/1/edit";
constexpr const char* kRate = "online-use-rate";

// The sheet of 2024, whose first indicator online-use-rate computes.
Sheet computed_sheet() {
  Sheet sheet = small_sheet();
  sheet.header.fiscal_year = 2024;
  Line& line = sheet.indicators[0].lines[0];
  line.unit = Text{"%", "%"};
  line.computed = kRate;
  return sheet;
}

class TakenTest : public KpiPagesTest {
 protected:
  void opened(int online, int paper) {
    for (int i = 0; i < online + paper; ++i) {
      auto done = database->write([&](db::Transaction& tx) {
        return evidence::append(tx, {kOpened,
                                     "records/case/" + std::to_string(++n_),
                                     "service",
                                     {},
                                     {{"procedure", "move-in"}, {"online", i < online}, {"fields", 10}, {"fetched", 0}}});
      });
      ASSERT_OK(done);
    }
  }
  http::Response post(const web::Parameters& more) {
    auto state = draft();
    web::Parameters fields = {{"base", std::to_string(state->part({PartKind::kIndicator, "1"})->revision)},
                              {"mark", "reached"},
                              {"fate", "kept"},
                              {"v-computed", kRate}};
    for (const auto& [year, values] : state->indicator("1")->lines[0].yearly)
      if (values.actual) {
        fields.emplace_back("v-" + std::to_string(year) + "-number", canonical_json(json::value(*values.actual->number)));
        if (values.provisional) fields.emplace_back("v-" + std::to_string(year) + "-provisional", "true");
      }
    for (const auto& [name, value] : more) {
      std::erase_if(fields, [&](auto& one) { return one.first == name; });
      fields.emplace_back(name, value);
    }
    return send(http::Method::post, kEdit, fields);
  }
  SharedSheet draft() { return sheets().state(kSheet, View{.drafts = true}).value(); }
  YearValues values() {
    const Line line = draft()->indicator("1")->lines[0];
    auto found = line.yearly.find(2024);
    return found == line.yearly.end() ? YearValues{} : found->second;
  }
  void enter(const Sheet& sheet = computed_sheet()) { ASSERT_OK(sheets().import_sheet(sheet, "officer-aaaaaa")); }
  std::vector<Fault> faults(const Sheet& sheet) {
    auto done = sheets().preview(sheet);
    EXPECT_FALSE(done.ok());
    if (done.ok()) return {};
    EXPECT_EQ(done.error().name, "sheet.faults");
    return done.error().faults;
  }

  int n_ = 0;
};

TEST_P(TakenTest, AnActualIsTheFigureOfTheEngineAndComputesAgain) {
  enter();
  opened(15, 5);
  std::string page = get(kEdit);
  for (const char* words : {"name=\"v-2024-take\" value=\"75\"", "20 件の記録から計算した 75%", "/aoba/office/kpi/online-use-rate",
                            "/aoba/office/kpi/online-use-rate/records?year=2024"})
    EXPECT_NE(page.find(words), page.npos) << words;
  auto gathered = Indicators(*database).gather(embedded_indicators());
  ASSERT_OK(gathered);
  const Figure figure = gathered->figures(*find_indicator(kRate), clock.now()).years.at(0).second;
  ASSERT_EQ(post({{"v-2024-take", "75"}}).status, 303);
  const YearValues taken = values();
  ASSERT_TRUE(taken.actual && taken.origin);
  EXPECT_EQ(taken.actual->number, figure.value);
  EXPECT_EQ(*taken.origin, (Origin{kRate, definition_digest(*find_indicator(kRate)), "2024", figure.n, gathered->size, clock.now()}));
  EXPECT_TRUE(taken.provisional) << "the year has not ended";
  for (std::string target : {std::string(kBase), std::string(kBase) + "/indicators/1"}) {
    std::string shown = get(target);
    EXPECT_NE(shown.find("20 件の記録から計算"), shown.npos) << target;
    EXPECT_NE(shown.find("/aoba/office/kpi/online-use-rate"), shown.npos) << target;
  }
  EXPECT_NE(get(std::string(kBase) + ".csv").find("," + std::string(kRate) + ",20,"), std::string::npos);
  EXPECT_NE(get(std::string(kBase) + ".json").find(taken.origin->definition), std::string::npos);
  // The log moves on; what was taken stands, computes again from the records it names, and a lie is told.
  opened(20, 0);
  ASSERT_OK(Indicators(*database).catch_up(embedded_indicators()));
  EXPECT_EQ(post({{"fate", "dropped_reached"}}).status, 303);
  EXPECT_EQ(values(), taken);
  Sheet copy = draft()->sheet;
  copy.header.id = "aoba.sheet-copy";
  EXPECT_TRUE(sheets().preview(copy).ok());
  auto& lie = copy.indicators[0].lines[0].yearly.at(2024);
  lie.actual->number = 76;
  ASSERT_EQ(faults(copy).size(), 1u);
  EXPECT_EQ(faults(copy)[0].where, "/indicators/0/lines/0/yearly/2024/origin");
  lie.actual->number = 75;
  lie.origin->records = gathered->size - 1;
  EXPECT_EQ(faults(copy).size(), 1u) << "of fewer records it is another figure";
  expect_clean();
}

TEST_P(TakenTest, WhatGoesBetweenTheLookAndTheImportIsAFault) {
  auto define = [&](const std::string& unit) {
    auto pack =
        read_indicators(pack_text({R"({"id":"own-count","title":{"ja":"あ","en":"a"},"definition":{"ja":"あ","en":"a"},"unit":)" +
                                   unit + R"(,"direction":"up","formula":{"kind":"count","records":"records.case_opened"}})"}));
    ASSERT_OK(pack);
    ASSERT_OK(Definitions(*database).import_pack(*pack, {}, "officer-aaaaaa"));
  };
  const std::string items = R"({"ja":"件","en":"items"})";
  define(items);
  opened(10, 0);
  Sheet sheet = small_sheet();
  sheet.header.fiscal_year = 2024;
  Line& line = sheet.indicators[0].lines[0];
  line.computed = "own-count";
  auto offers = Offers::read(database, {"own-count"}, clock.now());
  ASSERT_OK(offers);
  const Offer offer = offers->of("own-count", Period{2024, 0}).value();
  take(offer, line.yearly[2024]);
  auto places_after = [&](std::function<void()> happens) {
    Between between(*database, std::move(happens));
    auto refused = Sheets(between).import_sheet(sheet, "officer-aaaaaa");
    std::vector<std::string> out;
    if (!refused.ok())
      for (const auto& fault : refused.error().faults) out.push_back(fault.where);
    return out;
  };
  using Places = std::vector<std::string>;
  const std::string computed = "/indicators/0/lines/0/computed";
  EXPECT_EQ(places_after([&] { define(R"({"ja":"分","en":"minutes"})"); }), Places{computed}) << "of another unit";
  define(items);
  EXPECT_EQ(places_after([&] { ASSERT_OK(Definitions(*database).withdraw("own-count", "officer-aaaaaa", 3)); }), Places{computed});
  EXPECT_EQ(sheets().state(kSheet, View{.drafts = true}).error().name, "sheet.unknown") << "nothing of it is written";
  define(items);
  auto erase = [&] {
    const auto history = Definitions(*database).history("own-count").value();
    for (const auto& one : history)
      if (one.kind != EntryKind::kWithdrawn && one.revision != 2)
        ASSERT_OK(database->write([&](db::Transaction& tx) -> Result<void> {
          const std::uint64_t records[] = {std::uint64_t(one.record)};
          TRY(Plans::erase_rows(tx, records));
          TRY(evidence::append(tx, {definition_record_types()[2], "test/erased", "operator"}));
          return {};
        }));
  };
  EXPECT_EQ(places_after(erase), (Places{computed, "/indicators/0/lines/0/yearly/2024/origin/definition"}));
  define(items);
  EXPECT_EQ(places_after([] {}), Places{});
}

TEST_P(TakenTest, ATypedOneBesideItNeedsAReason) {
  enter();
  opened(15, 5);
  auto bare = post({{"v-2024-number", "50"}});
  EXPECT_EQ(bare.status, 422);
  EXPECT_NE(bare.bytes().find("計算した値があります"), std::string_view::npos);
  web::Parameters reason = {{"v-2024-number", "50"}, {"v-2024-why-ja", "窓口分を除く"}, {"v-2024-why-en", "Without the counter"}};
  ASSERT_EQ(post(reason).status, 303);
  EXPECT_EQ(values().actual->number, 50);
  EXPECT_FALSE(values().origin);
  EXPECT_EQ(values().typed_reason, (Text{"窓口分を除く", "Without the counter"}));
  EXPECT_NE(get(std::string(kBase) + "/indicators/1").find("窓口分を除く"), std::string::npos);
  auto stale = post({{"v-2024-take", "59"}});
  EXPECT_EQ(stale.status, 422);
  EXPECT_NE(stale.bytes().find("計算した値が、この画面を開いた後に変わりました"), std::string_view::npos);
  ASSERT_EQ(post({{"v-2024-take", "75"}}).status, 303);
  EXPECT_TRUE(values().origin);
  EXPECT_FALSE(values().typed_reason);
  EXPECT_EQ(post({{"v-2024-number", "61"}}).status, 422) << "what was taken is not typed over in silence";
  EXPECT_TRUE(values().origin);
}

TEST_P(TakenTest, UnknownAndOfAnotherUnitAtOnce) {
  Sheet sheet = computed_sheet();
  sheet.indicators[0].lines[0].computed = "nobody-defined-this";
  sheet.indicators[1].lines[0].computed = kRate;  // its unit is 件
  auto found = faults(sheet);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].where, "/indicators/0/lines/0/computed");
  EXPECT_EQ(found[1].where, "/indicators/1/lines/0/computed");
  for (const auto& fault : found) EXPECT_TRUE(!fault.message.ja.empty() && !fault.message.en.empty());
  sheet = computed_sheet();
  sheet.indicators[0].lines[0].yearly[2024] = {
      {}, SheetValue{60.0}, {}, false, false, Origin{"other", std::string(64, 'a'), "2023", 1, 1, {}}};
  EXPECT_GE(faults(sheet).size(), 3u) << "of another indicator, another year, a definition that is not there";
}

TEST_P(TakenTest, RowsOfAPlanNameIndicatorsThatAreHere) {
  constexpr std::string_view kFacts[] = {"outcome"};
  const evidence::RecordType decided{"records.decided", 1, evidence::Visibility::kOfficers, "x", "x", kFacts};
  auto pack = read_indicators(pack_text({definition_text("own-count", R"({"kind":"count","records":"records.decided"})")}));
  ASSERT_OK(pack);
  ASSERT_OK(Definitions(*database).import_pack(*pack, {{"records.decided", &decided}}, "officer-aaaaaa"));
  auto row = [](const char* sub, Text unit, const char* computed, IndicatorKind kind) {
    Line line = test_line(kind, 0, {{2024, {5, 5}}}, 10, 2025);
    line.yearly[2024].actual.reset();
    line.sub = sub;
    line.title = Text{"行", "Row"};
    line.unit = std::move(unit);
    line.computed = computed;
    return line;
  };
  PlanDocument plan = small_plan();
  auto& rows = plan.measures[0].progress.lines;
  rows = {row("1", {"%", "%"}, "nobody-defined-this", IndicatorKind::kProgress),
          row("2", {"日", "days"}, kRate, IndicatorKind::kProgress)};
  plan.measures[2].effect = {
      KpiStatus::kSet, Text{"決めた数", "Decisions"}, {}, {row("", {"件", "n"}, "own-count", IndicatorKind::kEffect)}};
  auto refused = plans().import_plan(plan, "officer-aaaaaa");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().name, "plan.unusable");
  std::vector<std::string> where;
  for (const auto& fault : refused.error().faults) where.push_back(fault.where);
  EXPECT_EQ(where,
            (std::vector<std::string>{"/measures/0/progress_kpi/lines/0/computed", "/measures/0/progress_kpi/lines/1/computed"}));
  EXPECT_EQ(plans().preview(plan).error().faults.size(), 2u) << "the look before says the same";
  const std::string text = pretty_json(pack_of(plan));
  for (const auto& fault : locate_faults(text, refused.error()).faults) EXPECT_GT(fault.line, 1u) << fault.pointer;
  rows[0].computed = kRate;
  rows[1].computed.clear();
  import(plan);
  // Withdrawn since: a row that names it already may stay, another one may not come.
  ASSERT_OK(Definitions(*database).withdraw("own-count", "officer-aaaaaa", 1));
  plan.measures[2].title = {"別の題", "Another title"};
  EXPECT_EQ(import(plan).revised, std::vector<std::string>{"2-1"});
  plan.measures[2].effect.lines[0].sub = "1";
  refused = plans().import_plan(plan, "officer-aaaaaa");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().faults[0].where, "/measures/2/effect_kpi/lines/0/computed");
}

TEST_P(TakenTest, TooFewAreNotOfferedAndNoneIsSaid) {
  enter();
  std::string none = get(kEdit);
  EXPECT_NE(none.find("まだ記録がありません"), none.npos);
  EXPECT_EQ(none.find("v-2024-take"), none.npos);
  opened(2, 1);
  std::string few = get(kEdit);
  EXPECT_NE(few.find("非表示（件数が少ないため）"), few.npos);
  EXPECT_EQ(few.find("v-2024-take"), few.npos);
  EXPECT_EQ(post({{"v-2024-take", "66.7"}}).status, 422);
  EXPECT_EQ(post({{"v-2024-number", "70"}}).status, 303) << "there is nothing to take";
}

TEST_P(TakenTest, QuartersAreOfTheirMonths) {
  opened(15, 5);
  auto offers = Offers::read(database, {kRate}, clock.now());
  ASSERT_OK(offers);
  EXPECT_EQ(offers->of(kRate, Period{2024, 1})->number, 75);
  EXPECT_EQ(offers->of(kRate, Period{2024, 1})->figure.n, 20);
  EXPECT_EQ(offers->of(kRate, Period{2024, 2})->figure.why, Why::kNoRecords);
  EXPECT_FALSE(offers->of("nobody-defined-this", Period{2024, 1}));
}

TEST_P(TakenTest, AFileKeepsWhereItCameFromUntilTheCellIsTyped) {
  enter();
  opened(15, 5);
  ASSERT_EQ(post({{"v-2024-take", "75"}}).status, 303);
  const Sheet sheet = draft()->sheet;
  auto book = sheet_workbook(*draft(), web::Language::ja);
  auto same = read_sheet_workbook(book, sheet);
  ASSERT_OK(same);
  EXPECT_TRUE(same->cells.empty());
  EXPECT_EQ(same->sheet, sheet);
  book.sheets[0].cells[cell_by_keys(book.sheets[0], "i/1/0/a", "y2024")].value = 62.0;
  auto typed = read_sheet_workbook(book, sheet);
  ASSERT_OK(typed);
  EXPECT_FALSE(typed->sheet.indicators[0].lines[0].yearly.at(2024).origin);
  ASSERT_EQ(typed->cells.size(), 1u);
  EXPECT_NE(typed->cells[0].before.find("20 件の記録から計算"), std::string::npos);
  EXPECT_EQ(typed->cells[0].after.find("計算"), std::string::npos);
  auto remarks = lint(typed->sheet);
  EXPECT_TRUE(std::any_of(remarks.begin(), remarks.end(), [](auto& one) { return one.rule == "typed_not_computed"; }));
}

INSTANTIATE_TEST_SUITE_P(Both, TakenTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

}  // namespace
}  // namespace musubi::kpi
