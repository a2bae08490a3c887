// What an organisation erased goes from its reports that others keep: present ones, past ones, and those of older programs.
#include "kpi/report_erasures.h"

#include "kpi/json.h"
#include "kpi/report.h"
#include "kpi/scales.h"
#include "kpi/test_report_erasures.h"
#include "kpi/test_sheet_report.h"

namespace musubi::kpi {
namespace {

TEST(ReportErasures, MembersOfCanonicalText) {
  const std::string text = canonical_json(
      json::object{{"a", json::object{{"b", "x"}, {"plans", 1}}}, {"plans", json::array{"],\"}", 2}}, {"s\"", "plans"}, {"z", 5}});
  EXPECT_EQ(member_text(text, "plans"), R"(["],\"}",2])");
  EXPECT_EQ(member_text(text, "a"), R"({"b":"x","plans":1})");
  EXPECT_EQ(member_text(text, "z"), "5");
  for (const char* none : {"b", "s", "x", ""}) EXPECT_EQ(member_text(text, none), "") << none;
  for (std::size_t size = 0; size < text.size(); ++size) (void)member_text(std::string_view(text).substr(0, size), "z");
  for (const char* bad : {"", "]", "}}", "\"", "{\"z\":\"\\", "{\"z\"", "{\"z\":"}) EXPECT_EQ(member_text(bad, "z"), "") << bad;
}

TEST(ReportErasures, ReadOrRefused) {
  auto faults_of = [](json::value erased) {
    json::value report = json::object{{"erased", std::move(erased)}};
    std::vector<Fault> faults;
    ObjectReader reader(report, "", faults);
    auto read = read_erasures(reader, faults);
    return std::pair(faults.size(), read.size());
  };
  const char* until = "2024-04-01T00:00:00Z";
  EXPECT_EQ(faults_of(json::array{json::object{{"plan", "aoba.plan"}, {"number", "1-1"}, {"until", until}},
                                  json::object{{"sheet", "aoba.sheet"}, {"until", until}},
                                  json::object{{"of_a_newer_binary", "x"}, {"until", until}}}),
            (std::pair<std::size_t, std::size_t>(0, 2)));
  EXPECT_EQ(faults_of(json::array{json::object{{"plan", "Aoba"}, {"until", "soon"}}}).first, 2u);
  EXPECT_EQ(faults_of(json::array{json::object{{"scale", ""}}}).first, 2u);
  EXPECT_EQ(faults_of(json::array{1}).first, 1u);
  EXPECT_EQ(faults_of(1).first, 1u);
  EXPECT_GT(faults_of(json::array(kReportedErasures + 1, json::object{{"plan", "aoba.plan"}, {"until", until}})).first, 0u);
}

TEST(ReportErasures, OnlyThosePlacesOfReportsOfBefore) {
  auto words = [](const char* text) { return json::object{{"ja", text}, {"en", text}}; };
  json::array measures, indicators;
  for (const char* number : {"1-1", "1-2"})
    measures.push_back(json::object{{"number", number}, {"serves", json::array{"1-1"}}, {"title", words(number)}});
  for (const char* number : {"1", "2"}) indicators.push_back(json::object{{"number", number}, {"title", words("indicator")}});
  json::array plans, sheets;
  for (const char* id : {"aoba.one", "aoba.two"}) {
    plans.push_back(json::object{{"id", id}, {"title", words("plan")}, {"measures", measures}});
    sheets.push_back(json::object{{"id", id},
                                  {"policy", json::object{{"number", "1"}, {"title", words("policy")}}},
                                  {"judgement", json::object{{"scale", id}, {"title", words("step")}}},
                                  {"indicators", indicators}});
  }
  const std::string report = canonical_json(json::object{{"at", "x"}, {"plans", plans}, {"series", 1}, {"sheets", sheets}});
  using Kind = ErasedPlace::Kind;
  auto without = [&](Kind kind, const char* id, const char* number, std::int64_t at = 0, bool whole = false) {
    return parse_json(ErasedWords({{{kind, id, number, whole}, Time{1}}}).without(report, Time{at})).value();
  };
  auto blanked = [&](json::value expected, const char* pointer) {
    expected.at_pointer(pointer) = json::object{{"ja", "（消去済み）"}, {"en", "(erased)"}};
    return expected;
  };
  const json::value whole = parse_json(report).value();
  EXPECT_EQ(without(Kind::kPlan, "aoba.two", ""), blanked(whole, "/plans/1/title"));
  EXPECT_EQ(without(Kind::kPlan, "aoba.one", "1-2"), blanked(whole, "/plans/0/measures/1/title"));
  EXPECT_EQ(without(Kind::kSheet, "aoba.two", ""), blanked(whole, "/sheets/1/policy/title"));
  EXPECT_EQ(without(Kind::kSheet, "aoba.one", "2"), blanked(whole, "/sheets/0/indicators/1/title"));
  EXPECT_EQ(without(Kind::kScale, "aoba.two", ""), blanked(whole, "/sheets/1/judgement/title"));
  EXPECT_EQ(without(Kind::kPlan, "aoba.three", ""), whole);
  EXPECT_EQ(without(Kind::kPlan, "aoba.one", "", 1'000'000'000'000), whole) << "made later";
  json::value two = whole;
  for (const char* part : {"/plans/1/title", "/plans/1/measures/0/title", "/plans/1/measures/1/title"}) two = blanked(two, part);
  EXPECT_EQ(without(Kind::kPlan, "aoba.two", "", 0, true), two) << "as a whole";
  for (const char* part : {"/plans/0/title", "/plans/0/measures/0/title", "/plans/0/measures/1/title"}) two = blanked(two, part);
  EXPECT_EQ(without(Kind::kPlan, "*", "", 0, true), two) << "all plans";
  two = whole;
  for (const char* part : {"/sheets/0/judgement/title", "/sheets/1/judgement/title"}) two = blanked(two, part);
  EXPECT_EQ(without(Kind::kScale, "*", "", 0, true), two);
  for (const char* none : {"", "x", "{\"plans\":[\"aoba.one\"]}", "{\"plans\":[{\"id\":\"aoba.one\"]}"}) {
    EXPECT_EQ(ErasedWords({{{Kind::kPlan, "aoba.one", ""}, Time{1}}}).without(none, Time{}), none);
  }
}

TEST_P(ReportErasuresTest, WordsThatAreErasedGoFromEveryReport) {
  day(1);
  auto signed_off = sign_local("山田太郎");
  keep(report());
  day(2);
  filed("2024-05-02T10:00:00+09:00", 10);
  keep(report());
  day(3);
  EXPECT_EQ(title_on("?as_of=2024-05-01"), "山田太郎");
  erase({record_of(signed_off, kMeasure)});
  keep(report());
  EXPECT_FALSE(says("山田太郎"));
  for (const char* as_of : {"", "?as_of=2024-05-01", "?as_of=2024-05-02"}) EXPECT_EQ(title_on(as_of), "(erased)") << as_of;
  EXPECT_TRUE(says("One counter for companies")) << "what was not erased stays";
  expect_clean();
}

// The usual way: the plan is mended, signed off anew, and then the revision of before is erased. Nothing that is told now moves.
TEST_P(ReportErasuresTest, WordsOfARevisionThatIsTheNewestNoMore) {
  day(1);
  auto named = sign_local("山田太郎");
  keep(report());
  day(2);
  sign_local("見守り");
  keep(report());
  day(3);
  filed("2024-05-03T10:00:00+09:00", 10);
  keep(report());
  day(4);
  erase({record_of(named, kMeasure)});
  keep(report());
  EXPECT_FALSE(says("山田太郎"));
  EXPECT_EQ(title_on("?as_of=2024-05-01"), "(erased)");
  for (const char* as_of : {"", "?as_of=2024-05-02", "?as_of=2024-05-03"}) EXPECT_EQ(title_on(as_of), "見守り") << as_of;
  day(5);
  auto again = keep_report(*database, "minato", {"港市", "Minato City"}, report(), "service");
  ASSERT_OK(again);
  EXPECT_FALSE(*again) << "said once";
  expect_clean();
}

TEST_P(ReportErasuresTest, WordsOfAPlanThatIsToldNoMore) {
  day(1);
  auto signed_off = sign_local("鈴木花子", "山田太郎");
  keep(report());
  day(2);
  auto without = report();
  without.erase("plans");
  keep(without);
  day(3);
  erase({record_of(signed_off, kMeasure), record_of(signed_off, "kpi/plan/aoba.data-plan")});
  without = report();
  without.erase("plans");
  keep(without);
  EXPECT_FALSE(says("山田太郎"));
  EXPECT_FALSE(says("鈴木花子"));
}

TEST_P(ReportErasuresTest, AnOlderProgramTellsMarksAlone) {
  day(1);
  auto signed_off = sign_local("鈴木花子", "山田太郎");
  keep(report());
  day(2);
  filed("2024-05-02T10:00:00+09:00", 10);
  keep(report());
  day(3);
  erase({record_of(signed_off, kMeasure), record_of(signed_off, "kpi/plan/aoba.data-plan")});
  auto older = report();
  EXPECT_EQ(older.erase("erased"), 1u);
  keep(older);
  EXPECT_FALSE(says("山田太郎"));
  EXPECT_FALSE(says("鈴木花子"));
}

TEST_P(ReportErasuresTest, WordsOfSheets) {
  Sheet sheet = small_sheet();
  sheet.header.policy_title = {"山田太郎", "山田太郎"};
  sheet.indicators[1].title = {"鈴木花子", "鈴木花子"};
  sheet.indicators[1].lines[0].unit = Text{"佐藤", "佐藤"};
  day(1);
  ASSERT_OK(sheets().import_sheet(sheet, "officer-aaaaaa"));
  publish_sheet();
  auto state = sheets().state(sheet.header.id, {}).value();
  const std::vector<std::int64_t> records = {state->part({PartKind::kIndicator, "2"})->record,
                                             state->part({PartKind::kHeader, ""})->record};
  keep(report());
  day(2);
  sheet.header.policy_title = {"くらし", "Life"};
  sheet.indicators[1] = small_sheet().indicators[1];
  ASSERT_OK(sheets().import_sheet(sheet, "officer-aaaaaa"));
  publish_sheet();
  keep(report());
  day(3);
  for (const char* words : {"山田太郎", "鈴木花子", "佐藤"}) EXPECT_TRUE(says(words)) << words;
  erase(records);
  keep(report());
  for (const char* words : {"山田太郎", "鈴木花子", "佐藤"}) EXPECT_FALSE(says(words)) << words;
  auto rows = json_of("/aoba/sheets/organisations.json?as_of=2024-05-01").at("rows").as_array();
  ASSERT_EQ(rows.size(), 2u) << "the own one and what was told of it";
  EXPECT_NE(canonical_json(rows[1]).find("(erased)"), std::string::npos);
  EXPECT_EQ(rows[1].at("indicators"), 4) << "figures stay";
  EXPECT_EQ(canonical_json(json_of("/aoba/sheets/organisations.json?as_of=2024-05-02")).find("(erased)"), std::string::npos);
  expect_clean();
}

TEST_P(ReportErasuresTest, WordsOfAScale) {
  Scale scale;
  scale.id = "aoba.two-steps";
  scale.title = scale.source = {"二段階", "Two steps"};
  scale.first_year = 2020;
  scale.steps = {{"good", {"山田太郎", "山田太郎"}}, {"poor", {"よくない", "Poor"}}};
  scale.rules = {{"good", Mark::kNear, {}, false, false, {"遠いものがない。", "Nothing is far."}},
                 {"poor", {}, {}, false, false, {"遠いものがある。", "Something is far."}}};
  day(1);
  ASSERT_OK(Scales(*database).import_scale(scale, "officer-aaaaaa"));
  Sheet sheet = small_sheet();
  sheet.header.judgement = Judgement{scale.id, "good", {"よい。", "Good."}, {}, 1};
  ASSERT_OK(sheets().import_sheet(sheet, "officer-aaaaaa"));
  publish_sheet();
  keep(report());
  EXPECT_TRUE(says("山田太郎"));
  auto record = database->read([&](db::Reader& reader) { return evidence::read_stream(reader, "kpi/scale/" + scale.id, 1, 1); });
  ASSERT_OK(record);
  day(2);
  erase({std::int64_t(record->at(0).index)});
  auto told = report();
  EXPECT_EQ(canonical_json(told.at("erased").at(0).at("scale")), "\"aoba.two-steps\"");
  keep(told);
  EXPECT_FALSE(says("山田太郎"));
  expect_clean();
}

// Where the clock of a town once ran ahead, each erasure of a place is of the same time.
TEST_P(ReportErasuresTest, ASecondErasureOfAPlaceIsNewsThoughItsTimeIsNot) {
  auto erased = [](int records) {
    return json::array{
        json::object{{"plan", "aoba.data-plan"}, {"number", "1-1"}, {"until", "2031-04-01T00:00:00Z"}, {"records", records}}};
  };
  auto keep_with = [&](int records) {
    auto told = report();
    told["erased"] = erased(records);
    keep(told);
  };
  day(1);
  sign_local("鈴木花子");
  keep(report());
  day(2);
  sign_local("山田太郎");
  keep_with(1);
  EXPECT_FALSE(says("鈴木花子"));
  day(3);
  sign_local("見守り");
  keep_with(1);
  EXPECT_TRUE(says("山田太郎")) << "not erased yet";
  day(4);
  keep_with(2);
  EXPECT_FALSE(says("山田太郎"));
  EXPECT_EQ(title_on(""), "見守り");
}

// Nothing of a plan that serves no national one is ever told.
TEST_P(ReportErasuresTest, OfPlansThatAreNotToldNothingIsNamed) {
  PlanDocument plan = small_plan();
  plan.measures[0].title = {"山田太郎", "山田太郎"};
  auto signed_off = sign_plan(plan);
  plan.measures[0].title = {"見守り", "見守り"};
  sign_plan(plan);
  erase({record_of(signed_off, kMeasure)});
  EXPECT_FALSE(report().contains("erased"));
}

// Of drafts nobody outside was told, so nobody is told that one was erased.
TEST_P(ReportErasuresTest, WhatWasNeverToldIsNotNamed) {
  sign_local("見守り");
  PlanDocument plan = small_plan();
  plan.header.serves_plan = "japan.data-plan";
  plan.header.title = {"計画", "計画"};
  plan.measures[0].title = {"山田太郎", "山田太郎"};
  plan.measures[0].serves = {"1-1"};
  auto draft = import(plan);
  plan.measures[0].title = {"見守り隊", "見守り隊"};
  sign_plan(plan);
  erase({record_of(draft, kMeasure)});
  EXPECT_FALSE(report().contains("erased"));
}

// A row that cannot be read is different from whatever comes, and stands in no way.
TEST_P(ReportErasuresTest, ADamagedRowStandsInNoWay) {
  day(1);
  auto signed_off = sign_local("山田太郎");
  for (const char* content : {"{", "{\"at\":1}"})
    ASSERT_OK(database->write([&](db::Transaction& tx) -> Result<void> {
      for (const char* town : {"minato", "mori"})
        TRY(tx.put("kpi_report", {{"organisation", town},
                                  {"title_ja", "港市"},
                                  {"title_en", "Minato City"},
                                  {"size", std::int64_t(1)},
                                  {"at", std::int64_t(1)},
                                  {"content", content}}));
      TRY(tx.put("kpi_report_past", {{"organisation", "minato"},
                                     {"day", "2024-04-20"},
                                     {"revision", std::int64_t(9)},
                                     {"title_ja", "港市"},
                                     {"title_en", "Minato City"},
                                     {"size", std::int64_t(1)},
                                     {"at", std::int64_t(1)},
                                     {"content", db::blob("report")}}));
      TRY(evidence::append(tx, {kOpened, "kpi/report/minato", "service", {}, {}}));
      return {};
    }));
  EXPECT_EQ(json_of("/aoba/plans/japan.data-plan/coverage.json").at("local_plans").as_array().size(), 0u);
  EXPECT_EQ(get("/aoba/kpi/online-use-rate.json").status, 200);
  EXPECT_NE(get("/aoba/kpi/online-use-rate.json?as_of=2024-05-01").status, 200) << "not a day without it";
  EXPECT_NE(get("/aoba/plans/japan.data-plan/coverage.json?as_of=2024-05-01").status, 200);
  day(2);
  erase({record_of(signed_off, kMeasure)});
  keep(report());
  EXPECT_EQ(title_on(""), "(erased)");
}

INSTANTIATE_TEST_SUITE_P(Both, ReportErasuresTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

}  // namespace
}  // namespace musubi::kpi
