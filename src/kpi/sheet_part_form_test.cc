// Indicators and programmes by form: added, changed, taken off, put back; what is wrong with them told all at once.
#include "kpi/sheet_part_form.h"

#include "kpi/pages_test_support.h"
#include "kpi/test_browser.h"
#include "kpi/test_sheet.h"

namespace musubi::kpi {
namespace {

constexpr const char* kSheet = "aoba.sheet-2023";
const std::string kBase = "/aoba/office/sheets/aoba.sheet-2023";

class SheetPartTest : public KpiPagesTest {
 protected:
  void SetUp() override {
    KpiPagesTest::SetUp();
    if (!HasFatalFailure()) ASSERT_OK(sheets().import_sheet(small_sheet(), "officer-aaaaaa"));
  }
  SharedSheet now() { return sheets().state(kSheet, View{.drafts = true}).value(); }
  const Programme* programme(const SheetState& state, std::string_view number) {
    for (const auto& one : state.sheet.programmes)
      if (one.number == number) return &one;
    return nullptr;
  }
  static web::Parameters indicator() {
    return {{"number", "5"},
            {"goal", "online"},
            {"title-ja", "手続の時間"},
            {"title-en", "Time of a procedure"},
            {"primary", "true"},
            {"row-row0-kind", "outcome_short"},
            {"row-row0-nature", "numeric"},
            {"row-row0-direction", "down"},
            {"row-row0-gathering", "sum"},
            {"row-row0-unit-ja", "分"},
            {"row-row0-unit-en", "minutes"},
            {"row-row0-baseline", "３０"},
            {"row-row0-baseline_year", "令和5年度"},
            {"row-row0-yearly", "2024 25以下"},
            {"row-row0-final", "20以下"},
            {"row-row0-final_year", "2026"},
            {"reason-ja", "待ち時間に代わる"},
            {"reason-en", "In place of waiting"}};
  }
  static web::Parameters programme_fields() {
    return {{"number", "3"},          {"title-ja", "様式の見直し"}, {"title-en", "Revising forms"},    {"start", "令和5年度"},
            {"indicators", "1"},      {"indicators", "4"},          {"y2023-total", "１，２００"},     {"y2023-executed", "△5"},
            {"y2023-review", "0042"}, {"outcome-ja", "手続の減少"}, {"outcome-en", "Fewer procedures"}};
  }
};

TEST_P(SheetPartTest, AnIndicatorIsAddedChangedAndTakenOff) {
  std::string page = get(kBase + "/new-indicator");
  expect_in(page, {"name=\"number\"", "value=\"5\"", "name=\"row-row0-yearly\"", "手続のオンライン化", "下書きに加える"});
  EXPECT_EQ(page.find("row-row0-primary"), page.npos) << "the indicator says it, not its rows";
  auto added = post(kBase + "/new-indicator", indicator());
  EXPECT_EQ(added.status, 303) << added.bytes();
  EXPECT_EQ(added.headers.get("Location"), kBase + "/indicators/5");
  auto state = now();
  const SheetIndicator* one = state->indicator("5");
  ASSERT_NE(one, nullptr);
  EXPECT_TRUE(one->primary);
  EXPECT_EQ(one->reason->en, "In place of waiting");
  ASSERT_EQ(one->lines.size(), 1u);
  EXPECT_EQ(one->lines[0].kind, IndicatorKind::kShortOutcome);
  EXPECT_EQ(one->lines[0].gathering, Gathering::kSum);
  EXPECT_EQ(one->lines[0].baseline->number, 30);
  EXPECT_EQ(one->lines[0].baseline_year, 2023);
  EXPECT_EQ(one->lines[0].yearly.at(2024).target->bound, Bound::kAtMost);
  EXPECT_EQ(one->lines[0].final_year, 2026);
  EXPECT_EQ(sheets().history(kSheet, PartKey{PartKind::kIndicator, "5"}, View{.drafts = true}).value()[0].kind, EntryKind::kEntered);
  EXPECT_EQ(sheets().history(kSheet, PartKey{PartKind::kIndicator, "1"}, View{.drafts = true}).value().size(), 1u)
      << "only what was added is written";

  // A row more; an actual that stands there stays.
  auto fields = indicator();
  fields.insert(fields.end(), {{"base", "1"},
                               {"row-row0-name", ""},
                               {"row-row1-ja", "窓口"},
                               {"row-row1-en", "At the counter"},
                               {"row-row1-final", "10以下"}});
  auto changed = post(kBase + "/indicators/5/rows", fields);
  EXPECT_EQ(changed.status, 303) << changed.bytes();
  state = now();
  ASSERT_EQ(state->indicator("5")->lines.size(), 2u);
  EXPECT_EQ(state->indicator("5")->lines[1].sub, "2");
  EXPECT_EQ(post(kBase + "/indicators/5/edit", {{"base", "2"}, {"v-2024-number", "24"}}).status, 303);
  fields = with(with(with(fields, "base", "3"), "row-row1-name", "2"), "title-en", "Minutes of a procedure");
  EXPECT_EQ(post(kBase + "/indicators/5/rows", fields).status, 303);
  EXPECT_EQ(now()->indicator("5")->lines[0].yearly.at(2024).actual->number, 24);
  expect_in(get(kBase + "/indicators/5/rows"), {"name=\"base\" value=\"4\"", "/indicators/5/undo", "/indicators/5/remove"});

  EXPECT_EQ(post(kBase + "/indicators/5/undo", {{"revision", "3"}}).status, 409) << "somebody changed it meanwhile";
  EXPECT_EQ(post(kBase + "/indicators/5/undo", {{"revision", "4"}}).status, 303);
  EXPECT_EQ(now()->indicator("5")->title.en, "Time of a procedure");
  EXPECT_EQ(post(kBase + "/indicators/5/remove", {{"revision", "5"}}).status, 303);
  EXPECT_EQ(now()->indicator("5"), nullptr);
  expect_in(get(kBase), {"この下書きで外したもの", "/indicators/5/undo"});
  EXPECT_TRUE(says(post(kBase + "/new-indicator", indicator()), "前に使われました")) << "its number stays taken";
  expect_in(get(kBase + "/new-indicator"), {"name=\"number\"", "value=\"6\""});
  EXPECT_EQ(post(kBase + "/indicators/5/undo", {{"revision", "6"}}).status, 303);
  EXPECT_EQ(now()->indicator("5")->title.en, "Time of a procedure");
  expect_clean();
}

TEST_P(SheetPartTest, EveryFaultIsToldAtOnceAndNothingIsSaved) {
  auto fields = with(with(with(with(indicator(), "number", "二"), "title-en", ""), "row-row0-yearly", "いつか 4"), "goal", "sea");
  auto refused = post(kBase + "/new-indicator", fields);
  EXPECT_EQ(refused.status, 422);
  for (const char* words : {"半角の英数字とハイフンで16字まで", "日本語と英語の両方", "1行目：", "施策目標「sea」", "value=\"二\""})
    EXPECT_TRUE(says(refused, words)) << words;
  auto english = post(kBase + "/new-indicator", fields, web::Language::en);
  for (const char* words : {"Write both Japanese and English", "Line 1: ", "Goal &quot;sea&quot;"})
    EXPECT_TRUE(says(english, words)) << words << english.bytes();
  auto taken = post(kBase + "/new-indicator", with(indicator(), "number", "3"));
  EXPECT_EQ(taken.status, 422);
  EXPECT_TRUE(says(taken, "この表で使われているか"));
  web::Parameters nothing = {{"number", "5"}, {"goal", "online"}, {"title-ja", "あ"}, {"title-en", "a"}};
  EXPECT_TRUE(says(post(kBase + "/new-indicator", nothing), "値の行がひとつもありません"));
  EXPECT_EQ(post(kBase + "/indicators/1/remove", {{"revision", "1"}}).status, 422) << "programmes name it";
  EXPECT_EQ(post(kBase + "/indicators/9/remove", {{"revision", "1"}}).status, 404);
  EXPECT_EQ(post(kBase + "/indicators/4/remove", {{"revision", "2"}}).status, 409);
  auto money =
      post(kBase + "/new-programme", with(with(with(programme_fields(), "y2023-total", "多い"), "start", "昔"), "indicators", "99"));
  EXPECT_EQ(money.status, 422);
  for (const char* words : {"多い", "value=\"昔\"", "測定指標「99」はこの表にありません"}) EXPECT_TRUE(says(money, words)) << words;
  EXPECT_EQ(now()->edition, edition_of(small_sheet()));
}

TEST_P(SheetPartTest, AProgrammeIsAddedChangedAndPutBack) {
  expect_in(get(kBase + "/new-programme"), {"name=\"number\"", "value=\"3\"", "千円", "4 公開データの数"});
  auto added = post(kBase + "/new-programme", programme_fields());
  EXPECT_EQ(added.status, 303) << added.bytes();
  auto state = now();
  const Programme* one = programme(*state, "3");
  ASSERT_NE(one, nullptr);
  EXPECT_EQ(one->indicators, (std::vector<std::string>{"1", "4"}));
  EXPECT_EQ(one->amounts, (std::vector<Amount>{{2023, AmountKind::kTotal, 1200}, {2023, AmountKind::kExecuted, -5}}));
  EXPECT_EQ(one->review_numbers.at(2023), "0042");
  EXPECT_EQ(one->start_year, 2023);
  expect_in(get(kBase + "/programmes"), {"/programmes/3/edit", "/new-programme"});
  expect_in(get(kBase + "/programmes/3/edit"), {"value=\"1200\"", "value=\"0042\"", "様式の見直し"});
  EXPECT_EQ(post(kBase + "/programmes/3/edit", with(with(programme_fields(), "base", "1"), "y2023-total", "")).status, 303);
  state = now();
  EXPECT_EQ(programme(*state, "3")->amounts.size(), 1u);
  EXPECT_EQ(post(kBase + "/programmes/3/remove", {{"revision", "2"}}).status, 303);
  state = now();
  EXPECT_EQ(programme(*state, "3"), nullptr);
  EXPECT_EQ(post(kBase + "/programmes/3/undo", {{"revision", "3"}}).status, 303);
  state = now();
  EXPECT_NE(programme(*state, "3"), nullptr);
  EXPECT_EQ(post(kBase + "/programmes/9/edit", programme_fields()).status, 404);
}

TEST_P(SheetPartTest, TwoAnalystsInOnePartAreToldOfEachOther) {
  ASSERT_EQ(post(kBase + "/new-indicator", indicator()).status, 303);
  const auto first = with(with(indicator(), "base", "1"), "row-row0-name", "");
  auto theirs = with(first, "title-ja", "手続の分数"),
       mine = with(with(first, "title-ja", "所要時間"), "reason-en", "Instead of waiting");
  actor_ = "officer-bbbbbb";
  EXPECT_EQ(post(kBase + "/indicators/5/rows", theirs).status, 303);
  actor_ = "officer-aaaaaa";
  auto refused = post(kBase + "/indicators/5/rows", mine);
  EXPECT_EQ(refused.status, 409);
  for (const char* words : {"手続の分数", "所要時間", "name=\"base\" value=\"2\"", "Instead of waiting"})
    EXPECT_TRUE(says(refused, words)) << words;
  EXPECT_EQ(now()->indicator("5")->title.ja, "手続の分数");
}

TEST_P(SheetPartTest, TheFirstSheetOfAPolicyAndItsHeading) {
  const std::string begin = "/aoba/office/sheets/new";
  expect_in(get("/aoba/office/sheets"), {"/aoba/office/sheets/new"});
  expect_in(get(begin), {"value=\"2023\"", "千円", "青葉町", "name=\"row-row0-final\"", "name=\"goal2-ja\""});
  web::Parameters fields = {
      {"id", "aoba.water-2024"}, {"form", "pre_analysis"}, {"year", "令和6年度"}, {"month", "2025-08"}, {"policy_number", "2"}};
  for (auto [name, ja, en] : {std::tuple{"printed", "青葉2", "Aoba 2"},
                              {"policy", "水", "Water"},
                              {"field", "くらし", "Daily life"},
                              {"office", "水道課", "Waterworks"},
                              {"author", "水道課長", "Head of waterworks"},
                              {"publisher", "青葉町", "Aoba Town"},
                              {"unit", "千円", "thousand yen"},
                              {"goal1", "止まらない水", "Water that does not stop"},
                              {"goal2", "きれいな水", "Clean water"},
                              {"title", "断水の時間", "Hours without water"},
                              {"row-row0-unit", "時間", "hours"}})
    fields.insert(fields.end(), {{std::string(name) + "-ja", ja}, {std::string(name) + "-en", en}});
  fields.insert(fields.end(), {{"row-row0-direction", "down"}, {"row-row0-final", "2以下"}, {"row-row0-final_year", "2026"}});
  auto bad = post(begin, with(with(with(with(with(fields, "id", "Water"), "month", "八月"), "policy-en", ""), "year", "いつか"),
                              "row-row0-final", "少し"));
  EXPECT_EQ(bad.status, 422);
  for (const char* words : {"id=\"error-id\"", "id=\"error-month\"", "id=\"error-policy-en\"", "id=\"error-year\"",
                            "id=\"error-row-row0-final\"", "value=\"八月\"", "止まらない水"})
    EXPECT_TRUE(says(bad, words)) << words;
  auto goalless = fields;
  for (const char* name : {"goal1-ja", "goal1-en", "goal2-ja", "goal2-en"}) goalless = with(goalless, name, "");
  EXPECT_TRUE(says(post(begin, goalless), "id=\"error-goal1-ja\""));
  auto done = post(begin, fields);
  EXPECT_EQ(done.status, 303) << done.bytes();
  EXPECT_EQ(done.headers.get("Location"), "/aoba/office/sheets/aoba.water-2024");
  EXPECT_EQ(post(begin, fields).status, 409) << "it is there";
  auto draft = [&] { return sheets().state("aoba.water-2024", View{.drafts = true}).value()->sheet; };
  EXPECT_EQ(draft().header.form, SheetForm::kPreAnalysis);
  EXPECT_EQ(draft().header.fiscal_year, 2024);
  ASSERT_EQ(draft().indicators.size(), 1u);
  EXPECT_EQ(draft().indicators[0].goal, "g1");
  EXPECT_EQ(draft().indicators[0].lines[0].final_target->bound, Bound::kAtMost);

  const std::string edit = "/aoba/office/sheets/aoba.water-2024/edit";
  expect_in(get(edit), {"name=\"base\" value=\"1\"", "きれいな水", "name=\"goal3-ja\"", "name=\"y2024-initial\""});
  fields.insert(fields.end(), {{"base", "1"},
                               {"goal1-name", "g1"},
                               {"goal2-name", "g2"},
                               {"goal3-ja", "安い水"},
                               {"goal3-en", "Cheap water"},
                               {"y2024-initial", "５００"}});
  EXPECT_EQ(post(edit, with(with(fields, "policy-en", "Water supply"), "goal2-ja", "澄んだ水")).status, 303);
  EXPECT_EQ(draft().header.policy_title.en, "Water supply");
  EXPECT_EQ(draft().header.goals[1].id, "g2");
  EXPECT_EQ(draft().header.goals[2].id, "g3");
  EXPECT_EQ(draft().header.budget, (std::vector<Amount>{{2024, AmountKind::kInitial, 500}}));
  auto conflict = post(edit, with(fields, "policy-en", "Drinking water"));
  EXPECT_EQ(conflict.status, 409);
  EXPECT_TRUE(says(conflict, "Water supply") && says(conflict, "Drinking water") && says(conflict, "name=\"base\" value=\"2\""));
  EXPECT_FALSE(says(conflict, "policy/title")) << "the place in words";
  fields = with(with(fields, "base", "2"), "goal3-name", "g3");
  auto refused = post(edit, with(with(with(fields, "goal1-ja", ""), "goal1-en", ""), "policy-en", "Water supply"));
  EXPECT_EQ(refused.status, 422) << "an indicator names the goal";
  EXPECT_TRUE(says(refused, "施策目標「g1」はこの表にありません"));
  EXPECT_TRUE(says(post(edit, with(fields, "y2024-total", "多い")), "id=\"error-y2024-total\""));
  expect_clean();
}

// A form fault hides neither a number that is in use nor what the rules say of the rest.
TEST_P(SheetPartTest, WhatCannotBeReadIsToldTogetherWithTheRest) {
  auto fields = with(with(with(indicator(), "number", "3"), "title-en", ""), "reason-ja", "a\x01");
  auto refused = post(kBase + "/new-indicator", with(fields, "goal", "sea"));
  EXPECT_EQ(refused.status, 422);
  for (const char* words : {"id=\"error-number\"", "この表で使われているか", "id=\"error-title-en\"", "id=\"error-goal\""})
    EXPECT_TRUE(says(refused, words)) << words;
  auto money =
      post(kBase + "/new-programme", with(with(with(programme_fields(), "number", "2"), "y2023-total", "多い"), "indicators", "99"));
  for (const char* words : {"id=\"error-number\"", "id=\"error-y2023-total\"", "id=\"error-indicators\""})
    EXPECT_TRUE(says(money, words)) << words;
  EXPECT_EQ(now()->edition, edition_of(small_sheet()));
}

// A number that was published once and taken off is not offered again, since it would be refused.
TEST_P(SheetPartTest, ANumberThatIsOfferedIsFree) {
  ASSERT_EQ(post(kBase + "/new-indicator", indicator()).status, 303);
  ASSERT_EQ(post(kBase + "/new-programme", with(with(programme_fields(), "indicators", "5"), "number", "3")).status, 303);
  publish_sheet();
  ASSERT_EQ(post(kBase + "/programmes/3/remove", {{"revision", "1"}}).status, 303);
  ASSERT_EQ(post(kBase + "/indicators/5/remove", {{"revision", "1"}}).status, 303);
  publish_sheet();
  expect_in(get(kBase + "/new-indicator"), {"name=\"number\"", "value=\"6\""});
  expect_in(get(kBase + "/new-programme"), {"value=\"4\""});
  EXPECT_EQ(post(kBase + "/new-indicator", with(indicator(), "number", "6")).status, 303);
}

TEST_P(SheetPartTest, WhoNamesAPartIsToldInWords) {
  auto refused = post(kBase + "/indicators/1/remove", {{"revision", "1"}});
  EXPECT_EQ(refused.status, 422);
  EXPECT_TRUE(says(refused, "達成手段(1) 関連する測定指標：測定指標「1」はこの表にありません。")) << refused.bytes();
  EXPECT_FALSE(says(refused, "/programmes/0"));
  EXPECT_TRUE(says(refused, "Programme (1), indicators served: Indicator 1 is not on this sheet.")) << refused.bytes();
}

TEST_P(SheetPartTest, ControlCharactersInNumbersAreRefused) {
  web::Parameters fields = form_in(get(kBase + "/edit"));
  auto refused = post(kBase + "/edit", with(fields, "policy_number", "1\x01\n2"));
  EXPECT_EQ(refused.status, 422);
  EXPECT_TRUE(says(refused, "id=\"error-policy_number\""));
  EXPECT_EQ(now()->sheet.header.policy_number, "1");
  Sheet pack = small_sheet();
  pack.header.policy_number = "1\n2";
  pack.header.goals[0].id = "a\x01";
  pack.header.judgement->step = "b\x7f";
  pack.header.stance = Stance{"Ⅰ\x02", {"拡充", "More"}, {}};
  std::string places;
  for (const auto& fault : faults_of(pack))
    if (fault.message.en.find("control character") != std::string::npos) places += fault.where + " ";
  EXPECT_EQ(places, "/policy/number /goals/0/id /judgement/step /stance/category ");
}

// What was published stays as it is; what was not can be undone.
TEST_P(SheetPartTest, WhatWasPublishedIsNotUndone) {
  publish_sheet();
  EXPECT_EQ(post(kBase + "/indicators/4/undo", {{"revision", "1"}}).status, 409);
  EXPECT_EQ(post(kBase + "/indicators/4/remove", {{"revision", "1"}}).status, 303);
  get("/aoba/sheets/aoba.sheet-2023/indicators/4");
  get(kBase + "/indicators/4", 404);
  EXPECT_EQ(post(kBase + "/indicators/4/undo", {{"revision", "2"}}).status, 303);
  EXPECT_EQ(now()->edition, edition_of(small_sheet()));
  EXPECT_ERROR(sheets().undo(kSheet, {PartKind::kHeader, ""}, 1, "officer-aaaaaa"), "sheet.nothing_new");
  EXPECT_ERROR(sheets().take_out(kSheet, {PartKind::kHeader, ""}, 1, "officer-aaaaaa"), "sheet.unknown_part");
  expect_clean();
}

// Drafts stand beside what was published, and only officers see them.
TEST_P(SheetPartTest, DraftsAreHeldAgainstPublishedSheets) {
  publish_sheet();
  Sheet next = small_sheet();
  next.header.id = "aoba.sheet-2024";
  next.header.fiscal_year = 2024;
  ASSERT_OK(sheets().import_sheet(next, "officer-aaaaaa"));
  for (const char* path : {"/targets", "/compare", "/across", "/programmes"}) {
    std::string office = get("/aoba/office/sheets" + std::string(path)), open = get("/aoba/sheets" + std::string(path));
    EXPECT_NE(office.find("［下書き］"), office.npos) << path;
    EXPECT_EQ(open.find("下書き"), open.npos) << path;
    EXPECT_EQ(open.find("sheet-2024"), open.npos) << path;
    get("/aoba/office/sheets" + std::string(path) + ".json");
    get("/aoba/office/sheets" + std::string(path) + ".csv");
    expect_in(get("/aoba/office/sheets"), {("/aoba/office/sheets" + std::string(path)).c_str()});
  }
  expect_in(get("/aoba/office/sheets/aoba.sheet-2024/indicators/1/across"), {"aoba.sheet-2023", "［下書き］"});
  EXPECT_NE(get("/aoba/office/sheets/across.csv").find("aoba.sheet-2024/1"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Both, SheetPartTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

}  // namespace
}  // namespace musubi::kpi
