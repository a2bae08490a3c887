#include "kpi/sheet_office.h"

#include "kpi/pages_test_support.h"
#include "kpi/sheet_json.h"
#include "kpi/sheet_remarks.h"
#include "kpi/test_sheet.h"

namespace musubi::kpi {
namespace {

constexpr const char* kSheet = "aoba.sheet-2023";
constexpr const char* kBase = "/aoba/office/sheets/aoba.sheet-2023";

class SheetOfficeTest : public KpiPagesTest {
 protected:
  // Every field of the form as it stands on the page, with some replaced: what a browser sends.
  static web::Parameters fields_of(const SheetIndicator& one, int base) {
    web::Parameters out = {{"base", std::to_string(base)},
                           {"mark", one.mark ? std::string(word_of(kMarks, *one.mark)) : ""},
                           {"fate", one.fate ? std::string(word_of(kFates, *one.fate)) : ""}};
    for (const auto& [year, values] : one.lines[0].yearly)
      out.emplace_back("v-" + std::to_string(year) + "-number",
                       values.actual ? canonical_json(json::value(*values.actual->number)) : "");
    if (one.factor) out.insert(out.end(), {{"factor-ja", one.factor->ja}, {"factor-en", one.factor->en}});
    return out;
  }
  void enter() { ASSERT_OK(sheets().import_sheet(small_sheet(), "officer-aaaaaa")); }
  SheetIndicator now(const char* number) { return *sheets().state(kSheet, View{.drafts = true}).value()->indicator(number); }
};

TEST_P(SheetOfficeTest, ValuesAndMarksCellByCell) {
  enter();
  std::string edit = std::string(kBase) + "/indicators/3/edit";
  std::string page = get(edit);
  for (const char* words :
       {"name=\"v-2023-number\" value=\"4\"", "name=\"base\" value=\"1\"", "name=\"csrf\" value=\"token\"", "イ 達成"})
    EXPECT_NE(page.find(words), page.npos) << words;
  auto fields = fields_of(now("3"), 1);
  EXPECT_EQ(post(edit, fields).status, 303) << "nothing new is no fault";
  EXPECT_EQ(sheets().history(kSheet, PartKey{PartKind::kIndicator, "3"}, View{.drafts = true}).value().size(), 1u);
  EXPECT_EQ(post(edit, with(with(fields, "v-2023-number", "１，０４６．５"), "mark", "near")).status, 303);
  EXPECT_EQ(now("3").lines[0].yearly.at(2023).actual->number, 1046.5);
  EXPECT_EQ(now("3").mark, Mark::kNear);
  EXPECT_EQ(now("3").lines[0].yearly.at(2023).target->number, 10) << "what the form does not show stays";
  EXPECT_EQ(post(edit, with(with(fields, "base", "2"), "v-2023-number", "△5")).status, 303);
  EXPECT_EQ(now("3").lines[0].yearly.at(2023).actual->number, -5);
  auto bad = post(edit, with(with(with(fields, "base", "3"), "v-2022-number", "3万"), "factor-ja", "理由"));
  EXPECT_EQ(bad.status, 422);
  for (const char* words : {"を付けず、", "日本語と英語の両方", "value=\"3万\""})
    EXPECT_NE(bad.bytes().find(words), std::string_view::npos) << words;
  EXPECT_EQ(post(edit, with(with(fields, "base", "3"), "v-2022-number", "five")).status, 422);
  EXPECT_EQ(post(edit, with(fields, "base", "9")).status, 404);
  EXPECT_EQ(post(std::string(kBase) + "/indicators/9/edit", fields).status, 404);
}

TEST_P(SheetOfficeTest, AValueInAUnitThatHoldsAScale) {
  Sheet sheet = small_sheet();
  sheet.indicators[2].lines[0].unit = Text{"億円", "100 million yen"};
  ASSERT_OK(sheets().import_sheet(sheet, "officer-aaaaaa"));
  const std::string edit = std::string(kBase) + "/indicators/3/edit";
  auto fields = fields_of(now("3"), 1);
  EXPECT_EQ(post(edit, with(fields, "v-2023-number", "▲５００ 億円")).status, 303);
  EXPECT_EQ(now("3").lines[0].yearly.at(2023).actual->number, -500);
  for (const char* other : {"500万円", "500億", "500円"})
    EXPECT_EQ(post(edit, with(with(fields, "base", "2"), "v-2023-number", other)).status, 422) << other;
}

TEST_P(SheetOfficeTest, AValueIsProvisionalOrRevisedAsTheFormSays) {
  Sheet sheet = small_sheet();
  for (auto& one : sheet.indicators)
    if (one.number == "3") one.lines[0].yearly[2023].provisional = true, one.lines[0].yearly[2023].latest_known_year = 2022;
  ASSERT_OK(sheets().import_sheet(sheet, "officer-aaaaaa"));
  const std::string edit = std::string(kBase) + "/indicators/3/edit", ticked = "name=\"v-2023-provisional\" value=\"true\" checked";
  EXPECT_NE(get(edit).find(ticked), std::string::npos) << get(edit);
  auto year = [&] { return now("3").lines[0].yearly.at(2023); };
  auto fields = with(with(fields_of(now("3"), 1), "v-2023-number", "9"), "v-2023-provisional", "true");
  EXPECT_EQ(post(edit, fields).status, 303);
  EXPECT_TRUE(year().provisional && !year().revised);
  EXPECT_FALSE(year().latest_known_year) << "that was of the value before";
  fields = with(with(with(fields_of(now("3"), 1), "base", "2"), "v-2023-number", "10"), "v-2023-revised", "true");
  EXPECT_EQ(post(edit, fields).status, 303);
  EXPECT_TRUE(!year().provisional && year().revised);
  EXPECT_EQ(get(edit).find(ticked), std::string::npos);
  EXPECT_EQ(post(edit, with(with(fields, "base", "3"), "v-2023-number", "")).status, 303);
  EXPECT_TRUE(!year().actual && !year().revised && year().target) << "nothing is kept of a value that is taken away";
}

TEST_P(SheetOfficeTest, TwoAnalystsAreToldOfEachOther) {
  enter();
  std::string edit = std::string(kBase) + "/indicators/3/edit";
  auto mine = with(with(fields_of(now("3"), 1), "v-2023-number", "9"), "mark", "far"),
       theirs = with(with(fields_of(now("3"), 1), "v-2023-number", "6"), "v-2022-number", "7");
  actor_ = "officer-bbbbbb";
  EXPECT_EQ(post(edit, theirs).status, 303);
  actor_ = "officer-aaaaaa";
  auto answer = post(edit, mine);
  EXPECT_EQ(answer.status, 409);
  for (const char* words : {"name=\"base\" value=\"2\"", "name=\"v-2023-number\" value=\"9\"", "name=\"v-2022-number\" value=\"7\""})
    EXPECT_NE(answer.bytes().find(words), std::string_view::npos) << words;
  EXPECT_EQ(now("3").lines[0].yearly.at(2023).actual->number, 6) << "nothing was saved";
  EXPECT_EQ(now("3").mark, Mark::kNotDue);
  EXPECT_EQ(post(edit, with(with(mine, "base", "2"), "v-2022-number", "7")).status, 303) << "knowing, one's own value is put in";
  EXPECT_EQ(now("3").lines[0].yearly.at(2023).actual->number, 9);
  EXPECT_EQ(now("3").lines[0].yearly.at(2022).actual->number, 7);
}

TEST_P(SheetOfficeTest, TheJudgementIsDraftedAndMayBeOverridden) {
  Sheet sheet = small_sheet();
  sheet.header.judgement.reset();
  ASSERT_OK(sheets().import_sheet(sheet, "officer-aaaaaa"));
  std::string target = std::string(kBase) + "/judgement", page = get(target);
  EXPECT_NE(page.find("<option value=\"considerable\" selected>"), page.npos);
  EXPECT_NE(page.find("達成2、目標に近い1"), page.npos) << "grounds from the rule that fired";
  web::Parameters fields = {{"base", "1"},     {"step", "achieved"},  {"grounds-ja", "根拠"},    {"grounds-en", "Grounds"},
                            {"category", "Ⅱ"}, {"stance-ja", "継続"}, {"stance-en", "Continued"}};
  EXPECT_EQ(post(target, with(fields, "step", "splendid")).status, 422);
  EXPECT_EQ(post(target, with(fields, "grounds-en", "")).status, 422);
  EXPECT_EQ(post(target, fields).status, 303);
  auto header = sheets().state(kSheet, View{.drafts = true}).value()->sheet.header;
  EXPECT_EQ(header.judgement->step, "achieved");
  EXPECT_EQ(header.stance->category, "Ⅱ");
  EXPECT_NE(get(std::string(kBase) + "/review").find("評価結果かその理由がない"), std::string::npos);
  EXPECT_NE(get(std::string(kBase) + "/review").find("/review.csv"), std::string::npos);
  auto remarks = parse_json(get(std::string(kBase) + "/review.json")).value().as_object();
  std::string rules;
  for (const auto& row : remarks["rows"].as_array()) rules += row.at("rule").as_string().c_str() + std::string(" ");
  EXPECT_NE(rules.find("judgement_unexplained"), std::string::npos) << rules;
  EXPECT_NE(get(std::string(kBase) + "/review.csv").find("judgement_unexplained"), std::string::npos);
  auto reason = with(with(with(fields, "base", "2"), "override-ja", "工事は4月に終わった"), "override-en", "The works ended in April");
  EXPECT_EQ(post(target, reason).status, 303);
  EXPECT_EQ(get(std::string(kBase) + "/review").find("評価結果かその理由がない"), std::string::npos);
}

// A remark's place is told as the workbook calls the cell, or what is next to it.
TEST(SheetRemarks, EveryPlaceAndRuleInWords) {
  Sheet sheet = small_sheet();
  sheet.indicators[0].measures = {{"aoba.data-plan", "1-1"}};
  SheetLayout layout = layout_of(sheet);
  for (auto [where, ja, en] : {std::tuple{"indicator/3/mark_reason", "測定指標3 ", "Indicator 3, "},
                               {"indicator/1/lines/0/yearly/2023/target", "測定指標1 2023年度 目標", "Indicator 1, FY2023, target"},
                               {"indicator/1/measures/0", "測定指標 1の施策", "Indicator 1, measure"},
                               {"indicator/4/lines/0/kind", "測定指標4 ", "Indicator 4, "},
                               {"programme/2", "達成手段 2", "Programme 2"},
                               {"header/goals/1", "", ""},
                               {"header/judgement", "", ""},
                               {"header/judgement/override_reason", "", ""},
                               {"header/money", "", ""},
                               {"", "表の全体", "The whole sheet"}}) {
    std::string words[] = {place_words(layout, where, web::Language::ja), place_words(layout, where, web::Language::en)};
    EXPECT_TRUE(words[0].starts_with(ja)) << where << " " << words[0];
    EXPECT_TRUE(words[1].starts_with(en)) << where << " " << words[1];
    for (const auto& one : words) EXPECT_TRUE(!one.empty() && one.find('/') == one.npos && one.find('_') == one.npos) << where << one;
  }
  for (const char* rule :
       {"target_is_mean", "text_copied", "output_as_outcome", "only_survey", "baseline_missing", "finding_not_followed", "sums_differ",
        "typed_not_computed", "mark_missing", "mark_unexplained", "judgement_unexplained"})
    for (auto language : web::kLanguages) EXPECT_EQ(rule_title(rule, language).find('_'), std::string::npos) << rule;
}

TEST_P(SheetOfficeTest, APreAnalysisSheetIsAskedForNoJudgement) {
  Sheet sheet = small_sheet();
  sheet.header.form = SheetForm::kPreAnalysis;
  sheet.header.judgement.reset();
  for (auto& one : sheet.indicators) {
    one.mark.reset();
    one.fate.reset();
  }
  ASSERT_OK(sheets().import_sheet(sheet, "officer-aaaaaa"));
  std::string page = get(kBase);
  EXPECT_EQ(page.find("/judgement"), page.npos);
  EXPECT_NE(page.find("/review"), page.npos);
  EXPECT_NE(get(std::string(kBase) + "/judgement", 404).find("事前分析表なので"), std::string::npos);
  EXPECT_EQ(post(std::string(kBase) + "/judgement", {{"base", "1"}, {"step", "considerable"}}).status, 404);
}

TEST_P(SheetOfficeTest, FromReviewToPublication) {
  Sheet sheet = small_sheet();
  sheet.indicators[1].factor.reset();
  ASSERT_OK(sheets().import_sheet(sheet, "officer-aaaaaa"));
  std::string target = std::string(kBase) + "/review", edition = edition_of(sheet);
  std::string page = get(target);
  for (const char* words : {"測定指標2 ", "届かなかったこと・指摘への対応がない", "目標に届かなかった理由がありません"})
    EXPECT_NE(page.find(words), page.npos) << words;
  for (const char* code : {"finding_not_followed", "indicator/2"}) EXPECT_EQ(page.find(code), page.npos) << code;
  EXPECT_NE(send(http::Method::get, target, {}, http::Language::en).bytes().find("Miss or finding not followed up"),
            std::string::npos);
  auto act = [&](const char* what, const char* remark = "") {
    return post(target, {{"act", what}, {"edition", edition}, {"remark", remark}});
  };
  EXPECT_EQ(act("dance").status, 422);
  EXPECT_EQ(act("review").status, 422) << "somebody must answer the remark";
  EXPECT_EQ(post(target, {{"act", "review"}, {"edition", "old"}, {"remark", "x"}}).status, 409);
  EXPECT_EQ(act("approve").status, 409);
  EXPECT_EQ(act("review", "理由は調査中").status, 303);
  EXPECT_EQ(act("approve").status, 403) << "the same officer";
  const std::string offered = "value=\"approve\"";
  page = get(target);
  EXPECT_EQ(page.find(offered), page.npos);
  EXPECT_NE(page.find("点検した人は承認できません"), page.npos);
  actor_ = "officer-bbbbbb";
  EXPECT_NE(get(target).find(offered), std::string::npos);
  EXPECT_EQ(act("return", "もう一度").status, 303);
  actor_ = "officer-aaaaaa";
  EXPECT_EQ(act("review", "理由は調査中").status, 303);
  actor_ = "officer-bbbbbb";
  EXPECT_EQ(act("approve").status, 303);
  EXPECT_EQ(send(http::Method::get, "/aoba/sheets/aoba.sheet-2023").status, 404) << "not public yet";
  auto done = act("publish");
  EXPECT_EQ(done.status, 303);
  EXPECT_EQ(done.headers.get("Location"), "/aoba/sheets/aoba.sheet-2023");
  get("/aoba/sheets/aoba.sheet-2023");
}

TEST_P(SheetOfficeTest, UploadPreviewImport) {
  auto upload = [&](const std::string& content) {
    return send_body(
        http::Method::post, "/aoba/office/sheets",
        "--b\r\nContent-Disposition: form-data; name=\"pack\"; filename=\"sheet.json\"\r\nContent-Type: application/json\r\n\r\n" +
            content + "\r\n--b--\r\n",
        "multipart/form-data; boundary=b");
  };
  auto preview = upload(pretty_json(pack_of(small_sheet())));
  EXPECT_EQ(preview.status, 200);
  std::string page(preview.bytes()), mark = "name=\"upload\" value=\"";
  auto at = page.find(mark);
  ASSERT_NE(at, page.npos);
  std::string id = page.substr(at + mark.size(), 64);
  EXPECT_ERROR(sheets().state(kSheet, View{.drafts = true}), "sheet.unknown");
  EXPECT_EQ(post("/aoba/office/sheets/import", {{"upload", id}, {"edition", ""}}).status, 303);
  EXPECT_EQ(now("1").mark, Mark::kReached);
  EXPECT_EQ(post("/aoba/office/sheets/import", {{"upload", id}, {"edition", ""}}).status, 404);
  Sheet broken = small_sheet();
  broken.indicators[0].goal = "sea";
  auto faults = upload(pretty_json(pack_of(broken)));
  EXPECT_EQ(faults.status, 422);
  EXPECT_NE(faults.bytes().find("/indicators/0/goal"), std::string_view::npos);
  EXPECT_EQ(upload("").status, 422);
  auto nothing = post("/aoba/office/sheets", {{"embedded", ""}});
  EXPECT_EQ(nothing.status, 422);
  EXPECT_NE(nothing.bytes().find("id=\"error-embedded\""), std::string::npos);
  EXPECT_EQ(post("/aoba/office/sheets", {{"embedded", "japan.soumu.31-10"}}).status, 200);
}

INSTANTIATE_TEST_SUITE_P(Both, SheetOfficeTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

}  // namespace
}  // namespace musubi::kpi
