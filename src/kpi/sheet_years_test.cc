#include "kpi/sheet_years.h"

#include "kpi/kpi_test_support.h"
#include "kpi/programme_years.h"
#include "kpi/routes.h"
#include "kpi/sheet_json.h"
#include "kpi/sheet_pack.h"
#include "kpi/test_sheet.h"
#include "text/csv.h"
#include "web/url.h"

namespace musubi::kpi {
namespace {

SharedSheet held(Sheet sheet) {
  auto state = std::make_shared<SheetState>();
  state->sheet = std::move(sheet);
  return state;
}

Sheet of_year(int year) {
  Sheet sheet = small_sheet();
  sheet.header.id = "aoba.sheet-" + std::to_string(year);
  sheet.header.fiscal_year = year;
  return sheet;
}

TEST(SheetYears, JoinsByNameAmongSheetsOfOnePublisher) {
  Sheet before = of_year(2022), after = of_year(2023), other = of_year(2024);
  after.indicators[0].number = "9";                     // numbers change
  after.indicators[0].title.ja = "オンライン　利用率";  // spaces are no other name
  before.indicators[0].title.ja = "オンライン 利用率";
  after.indicators[1].lines[0].unit = Text{"分", "minutes"};
  other.header.source_publisher = {"みなと町", "Minato Town"};
  std::vector<SharedSheet> sheets = {held(after), held(before), held(other)};
  auto all = likes_of(sheets, "aoba.sheet-2023", "9");
  ASSERT_EQ(all.size(), 2u) << "another body's indicator of the same name is another one";
  EXPECT_EQ(all[0].indicator->number, "1");
  EXPECT_EQ(all[0].state->sheet.header.fiscal_year, 2022) << "oldest first";
  EXPECT_TRUE(differences(*all[0].indicator, *all[1].indicator).empty());
  auto units = likes_of(sheets, "aoba.sheet-2022", "2");
  ASSERT_EQ(units.size(), 2u);
  EXPECT_EQ(differences(*units[0].indicator, *units[1].indicator), std::vector{Differs::kUnit});
  EXPECT_TRUE(likes_of(sheets, "aoba.sheet-2022", "77").empty());
  EXPECT_EQ(same_indicators(sheets, 2).size(), 4u);
  EXPECT_TRUE(same_indicators(sheets, 3).empty());
}

TEST(SheetYears, JoinsByALastingIdFirst) {
  Sheet first = of_year(2021), before = of_year(2022), after = of_year(2023);
  first.indicators[0].title.ja = before.indicators[0].title.ja = "前の名前";
  after.indicators[0].id = "aoba.sheet-2022.indicator-1";  // that of the year before, under another name
  after.header.source_publisher = {"別の機関", "Another body"};
  std::vector<SharedSheet> sheets = {held(after), held(before), held(first)};
  auto all = likes_of(sheets, "aoba.sheet-2023", "1");
  ASSERT_EQ(all.size(), 3u);
  EXPECT_TRUE(all[0].by_name) << "joined to that of 2022 by its name alone";
  EXPECT_FALSE(all[1].by_name);
  EXPECT_FALSE(all[2].by_name);
  EXPECT_EQ(id_of(all), "aoba.sheet-2022.indicator-1");
  before.indicators[0].id = "aoba.online-use";  // given later: what names its place stays joined
  sheets[1] = held(before);
  EXPECT_EQ(likes_of(sheets, "aoba.sheet-2023", "1").size(), 3u);
  EXPECT_EQ(likes_of(sheets, "aoba.sheet-2021", "1").size(), 3u);
}

TEST(SheetYears, ANameOfTwoIdsJoinsNothing) {
  Sheet first = of_year(2021), before = of_year(2022), after = of_year(2023);
  before.indicators[0].id = "aoba.counters";
  after.indicators[0].id = "aoba.households";
  std::vector<SharedSheet> sheets = {held(first), held(before), held(after)};
  for (const char* sheet : {"aoba.sheet-2021", "aoba.sheet-2022", "aoba.sheet-2023"})
    EXPECT_EQ(likes_of(sheets, sheet, "1").size(), 1u) << sheet;
  after.indicators[0].id = "aoba.sheet-2023.indicator-1";  // its own place: another one than those of its name
  sheets[2] = held(after);
  EXPECT_EQ(likes_of(sheets, "aoba.sheet-2023", "1").size(), 1u);
  EXPECT_EQ(likes_of(sheets, "aoba.sheet-2021", "1").size(), 2u);
  Sheet circle = of_year(2024);
  circle.indicators[0].id = "aoba.sheet-2025.indicator-1";
  Sheet back = of_year(2025);
  back.indicators[0].id = "aoba.sheet-2024.indicator-1";
  EXPECT_EQ(likes_of({held(circle), held(back)}, "aoba.sheet-2024", "1").size(), 2u) << "naming each other ends";
}

TEST(SheetYears, IdsThatCannotBeAreRefused) {
  Sheet sheet = small_sheet();
  sheet.indicators[0].id = sheet.indicators[1].id = "aoba.use";
  sheet.indicators[2].id = "Not an id";
  auto faults = faults_of(sheet);
  ASSERT_EQ(faults.size(), 2u);
  EXPECT_EQ(faults[0].where, "/indicators/1/id") << "one id names one indicator of a sheet";
  EXPECT_EQ(faults[1].where, "/indicators/2/id");
  EXPECT_TRUE(valid_indicator_id(place_id("japan.soumu.31-10", "2A")));
  EXPECT_FALSE(valid_indicator_id("japan"));
  EXPECT_FALSE(valid_indicator_id("japan.x/../y"));
}

TEST(SheetYears, EveryPartOfADefinitionCounts) {
  SheetIndicator one = small_sheet().indicators[0];
  auto with = [&](auto change) {
    SheetIndicator other = one;
    change(other.lines[0]);
    return differences(one, other);
  };
  EXPECT_EQ(with([](Line& line) { line.kind = IndicatorKind::kOutput; }), std::vector{Differs::kKind});
  EXPECT_EQ(with([](Line& line) { line.nature = Nature::kQualitative; }), std::vector{Differs::kNature});
  EXPECT_EQ(with([](Line& line) { line.direction = Direction::kDown; }), std::vector{Differs::kDirection});
  EXPECT_EQ(with([](Line& line) {
              line.gathering = Gathering::kSum;
              line.unit.reset();
            }),
            (std::vector{Differs::kUnit, Differs::kGathering}));
  EXPECT_EQ(with([](Line& line) {
              line.sub = "1";
              line.unit.reset();
            }),
            std::vector{Differs::kRows})
      << "of other rows nothing more can be said";
  EXPECT_TRUE(with([](Line& line) {
                line.yearly.clear();
                line.final_target.reset();
              }).empty())
      << "values are no part of it";
}

Programme programme(std::string number, const char* title, std::vector<Amount> amounts, std::map<int, std::string> reviews) {
  Programme out;
  out.number = std::move(number);
  out.title = {title, title};
  out.amounts = std::move(amounts);
  out.review_numbers = std::move(reviews);
  return out;
}

TEST(ProgrammeYears, JoinedByTheNumbersThatTheSheetsPrint) {
  Sheet before = of_year(2022), after = of_year(2023);
  before.programmes = {programme("1", "甲",
                                 {{2022, AmountKind::kInitial, 100},
                                  {2022, AmountKind::kSupplementary, 20},
                                  {2022, AmountKind::kCarryOver, -10},
                                  {2022, AmountKind::kTotal, 111},
                                  {2022, AmountKind::kExecuted, 90}},
                                 {{2022, "0031"}}),
                       programme("2", "乙", {{2022, AmountKind::kTotal, 50}}, {{2022, "0032"}})};
  after.programmes = {programme("7", "甲改", {{2022, AmountKind::kExecuted, 91}, {2023, AmountKind::kInitial, 200}},
                                {{2022, "００３１"}, {2023, "新05-0004"}}),
                      programme("8", "丙", {{2023, AmountKind::kTotal, 5}}, {{2023, "0032"}})};
  std::vector<SharedSheet> sheets = {held(after), held(before)};
  auto all = programmes_across(sheets);
  ASSERT_EQ(all.size(), 3u) << "the same number in another year is another programme";
  const auto& joined = all[0];
  ASSERT_EQ(joined.entries.size(), 2u);
  EXPECT_EQ(joined.newest().title.ja, "甲改");
  EXPECT_EQ(joined.review_numbers.at(2023), "新05-0004");
  const auto& year = joined.years.at(2022);
  EXPECT_EQ(*year.computed_total(), 110'000) << "a + b + c, in yen";
  EXPECT_EQ(*year.of(AmountKind::kTotal), 111'000) << "the printed total stays what it is";
  EXPECT_EQ(*year.of(AmountKind::kExecuted), 91'000) << "the newer sheet's";
  EXPECT_TRUE(year.disagree);
  EXPECT_FALSE(joined.years.at(2023).disagree);
  EXPECT_EQ(*joined.years.at(2023).total(), 200'000) << "where no total is printed, the computed one";
  auto sums = programme_sums(sheets, all);
  EXPECT_EQ(sums.at(2022).total, 161'000);
  EXPECT_EQ(sums.at(2022).with_total, 2u);
  EXPECT_EQ(sums.at(2022).with_executed, 1u);
  EXPECT_EQ(*sums.at(2023).policy_total, 550'000) << "both sheets print it for one policy: once";
}

TEST(ProgrammeYears, WhatIsNotKnownStaysApart) {
  Sheet before = of_year(2022), after = of_year(2023), foreign = of_year(2024);
  before.programmes = {programme("1", "甲", {}, {}), programme("2", "乙", {}, {{2022, "0031"}}),
                       programme("3", "丙", {}, {{2022, "0031"}})};
  after.programmes = {programme("1", "甲", {}, {}), programme("2", "乙", {}, {{2022, "0031"}})};
  foreign.header.source_publisher = {"みなと町", "Minato Town"};
  foreign.header.money_unit = {"両", "ryo"};
  foreign.programmes = {programme("1", "乙", {{2024, AmountKind::kTotal, 3}}, {{2022, "0031"}})};
  auto all = programmes_across({held(before), held(after), held(foreign)});
  EXPECT_EQ(all.size(), 6u) << "no number; a number that stands twice on one sheet; another body's number";
  EXPECT_TRUE(all.back().unknown_unit);
  EXPECT_TRUE(all.back().years.empty());
}

TEST(ProgrammeYears, WhatTwoSheetsOfOnePolicyPrintIsAddedOnce) {
  Sheet before = of_year(2022), after = of_year(2023), other = of_year(2024);
  before.programmes = {
      programme("1", "甲", {{2021, AmountKind::kTotal, 7}, {2022, AmountKind::kTotal, 50}, {2022, AmountKind::kExecuted, 30}}, {})};
  after.programmes = {
      programme("1", "甲", {{2022, AmountKind::kTotal, 51}}, {})};  // without a number nobody knows that it is the same
  other.header.policy_number += "9";
  other.programmes = {programme("1", "乙", {{2022, AmountKind::kTotal, 5}}, {})};
  std::vector<SharedSheet> sheets = {held(before), held(after), held(other)};
  auto all = programmes_across(sheets);
  ASSERT_EQ(all.size(), 3u);
  auto sums = programme_sums(sheets, all);
  EXPECT_EQ(sums.at(2022).total, 56'000) << "the newest sheet's, and another policy's";
  EXPECT_EQ(sums.at(2022).with_total, 2u);
  EXPECT_EQ(sums.at(2022).executed, 30'000) << "only the older one says what was spent";
  EXPECT_EQ(sums.at(2021).total, 7'000);
}

class SheetYearsTest : public KpiTest {
 protected:
  void SetUp() override {
    KpiTest::SetUp();
    if (HasFatalFailure()) return;
    context_ =
        std::make_unique<RouteContext>(RouteContext{*store, clock, [](const http::Request&) { return std::string("officer-aaaaaa"); },
                                                    [](const http::Request&) { return std::string("token"); },
                                                    [](const http::Request&, const std::string&) {
                                                      return web::Site{{"青葉町", "Aoba Town"}};
                                                    }});
    router_ = std::make_unique<http::Router>();
    router_->add(routes(*context_));
  }
  void TearDown() override {
    router_.reset();
    context_.reset();
    KpiTest::TearDown();
  }
  void publish(const Sheet& sheet) {
    ASSERT_OK(sheets().import_sheet(sheet, "officer-aaaaaa"));
    for (auto [step, actor] : {std::pair{RouteStep::kReviewed, "officer-aaaaaa"},
                               {RouteStep::kApproved, "officer-bbbbbb"},
                               {RouteStep::kPublished, "officer-bbbbbb"}})
      ASSERT_OK(sheets().take_step(sheet.header.id, step, actor, edition_of(sheet), "よい"));
  }
  http::Response answer(const std::string& target, web::Language language = web::Language::ja) {
    http::Request request;
    request.target = target;
    EXPECT_TRUE(http::parse_target(request).ok());
    request.language = language;
    return router_->dispatch(request);
  }
  std::string get(const std::string& target, web::Language language = web::Language::ja) {
    auto response = answer(target, language);
    EXPECT_EQ(response.status, 200) << target << " " << response.bytes();
    return std::string(response.bytes());
  }
  std::unique_ptr<RouteContext> context_;
  std::unique_ptr<http::Router> router_;
};

TEST_P(SheetYearsTest, IndicatorsOfTwoYearsSideBySide) {
  EXPECT_NE(get("/aoba/sheets/across").find("二つ以上の表に載っている測定指標はありません"), std::string::npos);
  Sheet before = of_year(2022), after = of_year(2023), draft = of_year(2024);
  after.indicators[1].lines[0].unit = Text{"分", "minutes"};
  publish(before);
  publish(after);
  ASSERT_OK(sheets().import_sheet(draft, "officer-aaaaaa"));
  auto list = parse_json(get("/aoba/sheets/across.json")).value();
  ASSERT_EQ(list.at("rows").as_array().size(), 4u);
  EXPECT_EQ(list.at("rows").at(0).at("sheets").to_number<int>(), 2);
  std::string page = get("/aoba/sheets/aoba.sheet-2023/indicators/1/across");
  for (const char* words : {"<svg", "2022年度", "比べられる", "基準：", "aoba.sheet-2022/indicators/1"})
    EXPECT_NE(page.find(words), page.npos) << words;
  EXPECT_EQ(page.find("aoba.sheet-2024"), page.npos) << "a draft is not public";
  EXPECT_EQ(page.find("style="), page.npos);
  std::string other = get("/aoba/sheets/aoba.sheet-2023/indicators/2/across", web::Language::en);
  EXPECT_NE(other.find("Not comparable: the definition differs"), other.npos);
  auto data = parse_json(get("/aoba/sheets/aoba.sheet-2023/indicators/2/across.json")).value();
  EXPECT_FALSE(data.at("sheets").at(0).at("comparable").as_bool());
  EXPECT_EQ(data.at("sheets").at(0).at("differs").at(0), "unit");
  auto rows = text::read_csv(get("/aoba/sheets/aoba.sheet-2023/indicators/2/across.csv")).value().rows;
  ASSERT_EQ(rows.size(), 5u) << "two years on each of two sheets";
  EXPECT_EQ(rows[1][11], "false");
  EXPECT_EQ(rows[4][11], "true");
  EXPECT_EQ(rows[1][13], "name");
  EXPECT_EQ(rows[1][14], "aoba");
  EXPECT_EQ(answer("/aoba/sheets/aoba.sheet-2023/indicators/77/across").status, 404);
  EXPECT_EQ(answer("/aoba/sheets/aoba.sheet-2024/indicators/1/across").status, 404);
}

TEST_P(SheetYearsTest, OfficersStateWhichIndicatorItIsAndTakeItBack) {
  router_->set_authoriser([](const http::Route&, http::Request&) -> Result<void> { return {}; });
  router_->add(office_routes(*context_));
  Sheet before = of_year(2022), after = of_year(2023);
  after.indicators[0].title = {"手続のオンライン割合", "Procedures done on line"};
  publish(before);
  publish(after);
  const std::string self = "/aoba/office/sheets/aoba.sheet-2023/indicators/1/same",
                    across = "/aoba/sheets/aoba.sheet-2023/indicators/1/across";
  auto post = [&](const web::Parameters& fields) {
    http::Request request;
    request.method = http::Method::post;
    request.target = self;
    request.headers.add("Content-Type", "application/x-www-form-urlencoded");
    EXPECT_TRUE(http::parse_target(request).ok());
    request.body = web::query_string(fields).substr(1);
    return router_->dispatch(request);
  };
  auto publish_again = [&] {
    std::string edition = sheets().state("aoba.sheet-2023", View{.drafts = true}).value()->edition;
    for (auto [step, actor] : {std::pair{RouteStep::kReviewed, "officer-aaaaaa"},
                               {RouteStep::kApproved, "officer-bbbbbb"},
                               {RouteStep::kPublished, "officer-bbbbbb"}})
      ASSERT_OK(sheets().take_step("aoba.sheet-2023", step, actor, edition, "よい"));
  };
  std::string page = get(self);
  for (const char* words : {"定めていません", "aoba.sheet-2022/1", "ほかの表に同じ指標はありません"})
    EXPECT_NE(page.find(words), page.npos) << words;
  EXPECT_EQ(page.find("別のものと定める"), page.npos) << "it is joined with nothing by its name";
  EXPECT_EQ(parse_json(get(across + ".json")).value().at("sheets").as_array().size(), 1u);
  ASSERT_EQ(post({{"act", "state"}, {"base", "1"}, {"other", "aoba.sheet-2022/1"}}).status, 303);
  EXPECT_EQ(post({{"act", "state"}, {"base", "2"}, {"other", "aoba.sheet-2022/1"}}).status, 303) << "the same again writes nothing";
  EXPECT_NE(get(self).find("aoba.sheet-2022.indicator-1"), std::string::npos);
  EXPECT_EQ(parse_json(get(across + ".json")).value().at("sheets").as_array().size(), 1u) << "a draft is not public";
  publish_again();
  auto data = parse_json(get(across + ".json")).value();
  ASSERT_EQ(data.at("sheets").as_array().size(), 2u);
  EXPECT_EQ(data.at("id"), "aoba.sheet-2022.indicator-1");
  EXPECT_EQ(data.at("sheets").at(0).at("joined_by"), "id");
  EXPECT_NE(get(across).find("同じ指標と定めた"), std::string::npos);
  EXPECT_EQ(post({{"act", "undo"}, {"base", "1"}}).status, 303) << "from a revision without one: nothing to take back";
  ASSERT_EQ(post({{"act", "undo"}, {"base", "2"}}).status, 303);
  publish_again();
  EXPECT_EQ(parse_json(get(across + ".json")).value().at("sheets").as_array().size(), 1u);
  EXPECT_EQ(sheets().history("aoba.sheet-2023", PartKey{PartKind::kIndicator, "1"}, View{}).value().size(), 3u)
      << "each act a revision";
  auto refused = post({{"act", "state"}, {"base", "3"}, {"other", "aoba.sheet-1999/1"}});
  EXPECT_EQ(refused.status, 422);
  EXPECT_NE(refused.bytes().find("一覧から選んでください"), std::string_view::npos);
  expect_clean();
}

TEST_P(SheetYearsTest, OneOfTheSameNameCanBeSetApart) {
  router_->set_authoriser([](const http::Route&, http::Request&) -> Result<void> { return {}; });
  router_->add(office_routes(*context_));
  publish(of_year(2022));
  ASSERT_OK(sheets().import_sheet(of_year(2023), "officer-aaaaaa"));
  const std::string self = "/aoba/office/sheets/aoba.sheet-2023/indicators/2/same";
  EXPECT_NE(get(self).find("別のものと定める"), std::string::npos);
  SheetIndicator apart = of_year(2023).indicators[1];
  apart.id = place_id("aoba.sheet-2023", "2");
  ASSERT_OK(sheets().edit("aoba.sheet-2023", PartKey{PartKind::kIndicator, "2"}, 1, to_json(apart), "officer-aaaaaa"));
  std::string page = get(self);
  EXPECT_NE(page.find("別のものと定めました"), page.npos);
  EXPECT_NE(page.find("ほかの表に同じ指標はありません"), page.npos);
  // Somebody else states another one from the revision before: a conflict by name.
  apart.id = "aoba.other";
  auto conflict = sheets().edit("aoba.sheet-2023", PartKey{PartKind::kIndicator, "2"}, 1, to_json(apart), "officer-bbbbbb");
  ASSERT_FALSE(conflict.ok());
  EXPECT_EQ(conflict.error().faults[0].where, "id");
}

TEST_P(SheetYearsTest, ProgrammesAcrossYears) {
  EXPECT_NE(get("/aoba/sheets/programmes").find("達成手段を載せた表はありません"), std::string::npos);
  for (const Sheet& sheet : embedded_sheets()) publish(sheet);
  std::string page = get("/aoba/sheets/programmes?per_page=200");
  for (const char* words : {"新29-0004", "0031", "分からない", "計（印刷された値）", "計（a+b+c を計算）", "92,480"})
    EXPECT_NE(page.find(words), page.npos) << words;
  auto data = parse_json(get("/aoba/sheets/programmes.json"), JsonLimits{8 << 20, 32}).value();
  ASSERT_EQ(data.at("programmes").as_array().size(), 23u);
  const auto& sums = data.at("sums").as_array();
  std::int64_t printed = 0;
  for (const auto& one : sums)
    if (one.at("fiscal_year") == 2016) {
      EXPECT_EQ(one.at("policy_total_printed_yen"), 92'480'000'000);
      EXPECT_NE(one.at("total_yen"), one.at("policy_total_printed_yen")) << "the programmes of the printed sheet do not add up to it";
      ++printed;
    }
  EXPECT_EQ(printed, 1);
  auto rows = text::read_csv(get("/aoba/sheets/programmes.csv")).value().rows;
  std::size_t years = 0;
  for (const auto& one : data.at("programmes").as_array()) years += one.at("years").as_array().size();
  EXPECT_EQ(rows.size(), years + 1);
}

TEST_P(SheetYearsTest, AmountsInAnUnknownUnitAreToldOf) {
  Sheet sheet = of_year(2023);
  sheet.programmes[0].title = {"=甲", "=A"};
  sheet.header.money_unit = {"両", "ryo"};
  publish(sheet);
  EXPECT_NE(get("/aoba/sheets/programmes").find("2件の事業には、単位が分からず"), std::string::npos);
  std::string csv = get("/aoba/sheets/programmes.csv");
  EXPECT_NE(csv.find("\"'=甲\""), csv.npos);
  auto rows = text::read_csv(csv).value().rows;
  ASSERT_EQ(rows.size(), 3u) << "of each programme that the unit leaves unknown";
  EXPECT_EQ(rows[0].back(), "unknown_unit");
  EXPECT_EQ(rows[1].back(), "true");
  EXPECT_EQ(rows[1][4], "") << "of no year";
}

INSTANTIATE_TEST_SUITE_P(Both, SheetYearsTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

}  // namespace
}  // namespace musubi::kpi
