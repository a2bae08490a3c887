// Forms that come back after two officers met: what was typed stays with the row that it was typed for.
#include "kpi/form_over.h"

#include "kpi/json.h"
#include "kpi/pages_test_support.h"
#include "kpi/plan_draft.h"
#include "kpi/sheet_json.h"
#include "kpi/test_browser.h"
#include "kpi/test_sheet.h"

namespace musubi::kpi {
namespace {

constexpr const char* kSheet = "aoba.sheet-2023";
const std::string kBase = "/aoba/office/sheets/aoba.sheet-2023";
const std::string kRows = kBase + "/indicators/3/rows", kHead = kBase + "/edit", kValues = kBase + "/indicators/3/edit",
                  kMoney = kBase + "/programmes/1/edit";
const std::string kPlan = "/aoba/office/plans/aoba.data-plan", kMeasure = kPlan + "/measures/1-1/edit";

Line named_line(std::string sub, Text title, std::optional<double> actual) {
  Line line = test_line(IndicatorKind::kOutcome, 0, {{2022, {5, 5}}}, 40, 2025);
  line.sub = std::move(sub);
  line.title = std::move(title);
  line.yearly[2023].target = SheetValue{10};
  if (actual) line.yearly[2023].actual = SheetValue{*actual};
  return line;
}

std::vector<Line> three_rows() {
  return {named_line("1", {"試した数", "Uses tried out"}, 3), named_line("2", {"解いた課題", "Problems sorted out"}, std::nullopt),
          named_line("3", {"減った費用", "Cost cut"}, 7)};
}

// What a row is, in one word: "2 Problems sorted out", with its actual of 2023.
std::string words_of(const std::vector<Line>& lines) {
  std::string out;
  for (const auto& line : lines) {
    auto year = line.yearly.find(2023);
    out += line.sub + " " + (line.title ? line.title->en : "");
    if (year != line.yearly.end() && year->second.actual && year->second.actual->number)
      out += " " + canonical_json(json::value(*year->second.actual->number));
    out += "; ";
  }
  return out;
}

class FormOverTest : public KpiPagesTest {
 protected:
  void SetUp() override {
    KpiPagesTest::SetUp();
    if (HasFatalFailure()) return;
    Sheet sheet = small_sheet();
    sheet.indicators[2].lines = three_rows();
    sheet.programmes[0].amounts = {{2022, AmountKind::kInitial, 10}, {2023, AmountKind::kInitial, 20}};
    ASSERT_OK(sheets().import_sheet(sheet, "officer-aaaaaa"));
    PlanDocument plan = small_plan();
    plan.measures[0].progress.lines = three_rows();
    for (auto& line : plan.measures[0].progress.lines) line.kind = IndicatorKind::kProgress;
    import(plan);
  }
  Sheet draft() { return sheets().state(kSheet, View{.drafts = true}).value()->sheet; }
  std::vector<Line> rows() { return draft().indicators[2].lines; }
  std::vector<Line> kpi_rows() {
    return plans().measure("aoba.data-plan", "1-1", View{.drafts = true}).value().measure.progress.lines;
  }
  // A form as it stands on its page.
  web::Parameters open(const std::string& url) { return form_in(get(url)); }
  static web::Parameters with_all(web::Parameters fields, const web::Parameters& changed) {
    for (const auto& [name, value] : changed) fields = with(std::move(fields), name, value);
    return fields;
  }
  static web::Parameters without_row(web::Parameters fields, const std::string& row) {
    for (auto& [name, value] : fields)
      if (name.starts_with(row + "-") && !name.ends_with("-name")) value.clear();
    return fields;
  }
  void other(const std::string& url, const web::Parameters& fields) {
    actor_ = "officer-bbbbbb";
    auto done = post(url, fields);
    EXPECT_EQ(done.status, 303) << done.bytes();
    actor_ = "officer-aaaaaa";
  }
  // Refused, and saved as the form came back.
  void again(const std::string& url, const web::Parameters& fields) {
    auto refused = post(url, fields);
    ASSERT_EQ(refused.status, 409) << refused.bytes();
    auto saved = post(url, form_in(refused.bytes()));
    EXPECT_EQ(saved.status, 303) << saved.bytes();
  }
};

TEST_P(FormOverTest, RowsKeepTheirActualsThoughOneWasTakenAway) {
  auto mine = without_row(open(kRows), "row-row0");
  other(kRows, with(open(kRows), "row-row0-en", "Uses tried"));
  again(kRows, mine);
  EXPECT_EQ(words_of(rows()), "2 Problems sorted out; 3 Cost cut 7; ");
  mine = without_row(open(kMeasure), "progress-row0");
  other(kMeasure, with(open(kMeasure), "progress-row0-en", "Uses tried"));
  again(kMeasure, mine);
  EXPECT_EQ(words_of(kpi_rows()), "2 Problems sorted out; 3 Cost cut 7; ");
  expect_clean();
}

TEST_P(FormOverTest, ARowThatOthersTookAwayComesBackWhole) {
  auto mine = with(open(kRows), "row-row2-en", "Costs that went down");
  other(kRows, without_row(open(kRows), "row-row2"));
  EXPECT_EQ(words_of(rows()), "1 Uses tried out 3; 2 Problems sorted out; ");
  again(kRows, mine);
  EXPECT_EQ(words_of(rows()), "1 Uses tried out 3; 2 Problems sorted out; 3 Costs that went down 7; ");
  // The same with its values; where it was not touched it stays away.
  auto values = with(open(kValues), "v3-2023-number", "8");
  other(kRows, without_row(open(kRows), "row-row2"));
  again(kValues, values);
  EXPECT_EQ(words_of(rows()), "1 Uses tried out 3; 2 Problems sorted out; 3 Costs that went down 8; ");
  values = with(open(kValues), "v2-2023-number", "9");
  other(kRows, without_row(open(kRows), "row-row0"));
  EXPECT_EQ(post(kValues, values).status, 303) << "different rows are no conflict";
  EXPECT_EQ(words_of(rows()), "2 Problems sorted out 9; 3 Costs that went down 8; ");
}

TEST_P(FormOverTest, ValuesKeepTheirRowThoughTheRowsBeforeItMoved) {
  auto mine = with(with(open(kValues), "v2-2023-number", "9"), "mark", "near");
  other(kRows, without_row(open(kRows), "row-row0"));
  other(kValues, with(open(kValues), "mark", "far"));
  again(kValues, mine);
  EXPECT_EQ(words_of(rows()), "2 Problems sorted out 9; 3 Cost cut 7; ");
  EXPECT_EQ(draft().indicators[2].mark, Mark::kNear);
}

// Of a year that no row of the draft has any more.
TEST_P(FormOverTest, AYearIsReadThoughTheRowThatHadItWasTakenAway) {
  Sheet sheet = draft();
  sheet.indicators[2].lines[2].yearly[2019].target = SheetValue{4};
  ASSERT_OK(sheets().import_sheet(sheet, "officer-aaaaaa"));
  const auto opened = open(kValues);
  auto mine = with(opened, "v3-2019-number", "6"), bad = with(opened, "v2-2019-number", "some"),
       good = with(opened, "v2-2019-number", "8");
  other(kRows, without_row(open(kRows), "row-row2"));
  auto refused = post(kValues, bad);
  EXPECT_EQ(refused.status, 422);
  EXPECT_TRUE(says(refused, "value=\"some\""));
  EXPECT_EQ(post(kValues, good).status, 303);
  EXPECT_EQ(rows()[1].yearly[2019].actual, SheetValue{8});
  again(kValues, mine);
  ASSERT_EQ(rows().size(), 3u);
  EXPECT_EQ(rows()[2].yearly[2019].actual, SheetValue{6});
}

TEST_P(FormOverTest, TwoOfficersAddDifferentRows) {
  web::Parameters mine = {{"row-row3-ja", "あ"}, {"row-row3-en", "Mine"}, {"row-row3-final", "1"}},
                  theirs = {{"row-row3-ja", "い"}, {"row-row3-en", "Theirs"}, {"row-row3-final", "2"}};
  mine = with_all(open(kRows), mine);
  other(kRows, with_all(open(kRows), theirs));
  EXPECT_EQ(post(kRows, mine).status, 303) << "they do not meet";
  EXPECT_EQ(words_of(rows()), "1 Uses tried out 3; 2 Problems sorted out; 3 Cost cut 7; 4 Theirs; 5 Mine; ");
  // Also where they meet elsewhere, and the form comes back.
  mine = with_all(open(kRows), {{"title-en", "My title"}, {"row-row5-ja", "う"}, {"row-row5-en", "More"}, {"row-row5-final", "3"}});
  other(kRows, with(open(kRows), "title-en", "Their title"));
  again(kRows, mine);
  ASSERT_EQ(rows().size(), 6u);
  EXPECT_EQ(rows()[5].title->en, "More");
  EXPECT_EQ(draft().indicators[2].title.en, "My title");
}

TEST_P(FormOverTest, AFormThatNamesNoRowsTakesNoneAway) {
  auto old = open(kRows);
  std::erase_if(old, [](auto& one) { return one.first.ends_with("-name"); });
  auto refused = post(kRows, old);
  EXPECT_EQ(refused.status, 422);
  EXPECT_TRUE(says(refused, "ページを開き直して"));
  // Fields of figures were once named by their place, whose numbers are also names of rows.
  old = {{"base", "1"}, {"l0-2023-number", "3"}, {"l1-2023-number", ""}, {"l2-2023-number", "7"}};
  EXPECT_TRUE(says(post(kValues, old), "ページを開き直して"));
  EXPECT_EQ(words_of(rows()), words_of(three_rows()));
}

TEST_P(FormOverTest, GoalsOfAHeadingKeepWhatTheFormDoesNotShow) {
  Sheet sheet = draft();
  sheet.header.goals.push_back({"more", {"三つ目", "A third"}, Text{"遅れた", "It came late"}, {}});
  ASSERT_OK(sheets().import_sheet(sheet, "officer-aaaaaa"));
  auto mine = with_all(open(kHead), {{"goal3-en", "The third"}, {"goal4-ja", "私の"}, {"goal4-en", "Mine"}});
  other(kHead, without_row(open(kHead), "goal3"));
  other(kHead, with_all(open(kHead), {{"goal3-ja", "彼の"}, {"goal3-en", "Theirs"}}));
  again(kHead, mine);
  std::string goals;
  for (const auto& goal : draft().header.goals) goals += goal.id + " " + goal.title.en + (goal.factor ? " late" : "") + "; ";
  EXPECT_EQ(goals, "online Procedures on line; open Data published; more The third late; g2 Mine; g1 Theirs; ");
}

TEST_P(FormOverTest, MoneyOfDifferentYearsDoesNotMeet) {
  auto mine = with(open(kMoney), "y2022-initial", "11");
  other(kMoney, with(open(kMoney), "y2024-initial", "777"));
  EXPECT_EQ(post(kMoney, mine).status, 303);
  EXPECT_EQ(
      draft().programmes[0].amounts,
      (std::vector<Amount>{{2022, AmountKind::kInitial, 11}, {2023, AmountKind::kInitial, 20}, {2024, AmountKind::kInitial, 777}}));
  mine = with(open(kHead), "y2023-initial", "501");
  other(kHead, with(open(kHead), "y2024-request", "900"));
  EXPECT_EQ(post(kHead, mine).status, 303);
  EXPECT_EQ(draft().header.budget[0].amount, 501);
  EXPECT_EQ(draft().header.budget.back(), (Amount{2024, AmountKind::kRequest, 900}));
  // Where they do meet, that cell alone is told, in words; a year that others took away is there again.
  mine = with(open(kMoney), "y2022-initial", "12");
  other(kMoney, with_all(open(kMoney), {{"y2022-initial", ""}, {"y2024-initial", "778"}}));
  auto refused = post(kMoney, mine);
  EXPECT_EQ(refused.status, 409);
  EXPECT_TRUE(!says(refused, "amounts/2022-initial") && says(refused, "あなたの値「12」、元の値「11」")) << refused.bytes();
  EXPECT_FALSE(says(refused, "&quot;kind&quot;"));
  EXPECT_EQ(post(kMoney, form_in(refused.bytes())).status, 303);
  std::vector<Amount> amounts = draft().programmes[0].amounts;
  EXPECT_EQ(amounts.size(), 3u);
  EXPECT_NE(std::find(amounts.begin(), amounts.end(), Amount{2022, AmountKind::kInitial, 12}), amounts.end());
  EXPECT_NE(std::find(amounts.begin(), amounts.end(), Amount{2024, AmountKind::kInitial, 778}), amounts.end());
}

TEST_P(FormOverTest, TwoOfficersTickDifferentIndicators) {
  auto mine = open(kMoney), theirs = mine;
  mine.emplace_back("indicators", "3");
  theirs.emplace_back("indicators", "4");
  std::erase(theirs, std::pair<std::string, std::string>("indicators", "2"));
  other(kMoney, theirs);
  EXPECT_EQ(post(kMoney, mine).status, 303);
  EXPECT_EQ(draft().programmes[0].indicators, (std::vector<std::string>{"1", "4", "3"}));
}

TEST_P(FormOverTest, SectionsThatOthersTookAwayComeBackWhole) {
  const std::string edit = kPlan + "/edit";
  auto heading = [&] { return PlanDraft(*database).heading("aoba.data-plan").value().header; };
  PlanHeader h = heading();
  h.sections.push_back({"3", {"三", "Three"}, Text{"第12条", "Article 12"}});
  ASSERT_OK(PlanDraft(*database).edit("aoba.data-plan", {"", 1, to_json(h)}, "officer-aaaaaa"));
  auto mine = with_all(open(edit), {{"section-3-en", "The third"}, {"section-new1-ja", "私の"}, {"section-new1-en", "Mine"}});
  other(edit, with_all(open(edit),
                       {{"section-3-ja", ""}, {"section-3-en", ""}, {"section-new1-ja", "彼の"}, {"section-new1-en", "Theirs"}}));
  again(edit, mine);
  std::string sections;
  for (const auto& one : heading().sections) sections += one.id + " " + one.title.en + (one.law_article ? " by law" : "") + "; ";
  EXPECT_EQ(sections, "1 Procedures by law; 2 Open data; 4 Theirs; 3 The third by law; 5 Mine; ");
}

// A text of several lines stays as it is where the form is saved untouched, and where another field was changed.
TEST_P(FormOverTest, LineBreaksInWordsStay) {
  Sheet sheet = draft();
  Line& line = sheet.indicators[2].lines[1];
  line.nature = Nature::kQualitative;
  line.title = Text{"一行目\n二行目", "First line\nsecond line"};
  line.baseline = line.final_target = line.yearly[2023].target =
      SheetValue{.number = {}, .text = Text{"定める\n使う", "It is made\nand used"}};
  line.yearly[2023].actual = SheetValue{.number = {}, .text = Text{"定めた\n使った", "It was made\nand used"}};
  ASSERT_OK(sheets().import_sheet(sheet, "officer-aaaaaa"));
  for (const auto& url : {kRows, kValues}) {
    auto saved = post(url, with(open(url), url == kRows ? "row-row0-en" : "factor-en", url == kRows ? "Uses" : ""));
    EXPECT_EQ(saved.status, 303) << saved.bytes();
    Line now = rows()[1];
    EXPECT_EQ(now, line) << url;
  }
  EXPECT_EQ(post(kRows, with(open(kRows), "row-row1-final", "三つ⏎四つ / Three⏎four")).status, 303);
  EXPECT_EQ(rows()[1].final_target->text, (Text{"三つ\n四つ", "Three\nfour"}));
}

INSTANTIATE_TEST_SUITE_P(Both, FormOverTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

}  // namespace
}  // namespace musubi::kpi
