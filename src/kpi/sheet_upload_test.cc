#include "kpi/sheet_upload.h"

#include <map>

#include "document/xlsx.h"
#include "kpi/pages_test_support.h"
#include "kpi/rs_csv.h"
#include "kpi/sheet_json.h"
#include "kpi/sheet_xlsx.h"
#include "kpi/test_sheet.h"
#include "kpi/test_workbook.h"
#include "text/csv.h"

namespace musubi::kpi {
namespace {

constexpr const char* kSheet = "aoba.sheet-2023";
constexpr const char* kOffice = "/aoba/office/sheets/aoba.sheet-2023";

class SheetUploadTest : public KpiPagesTest {
 protected:
  void SetUp() override {
    KpiPagesTest::SetUp();
    ASSERT_OK(sheets().import_sheet(small_sheet(), "officer-aaaaaa"));
  }
  std::string download(const std::string& target = std::string(kOffice) + ".xlsx") {
    auto response = send(http::Method::get, target);
    EXPECT_EQ(response.status, 200) << response.bytes();
    EXPECT_EQ(response.headers.get("Content-Type"), kXlsxType);
    return std::string(response.bytes());
  }
  http::Response upload(const std::string& bytes, const std::string& target = std::string(kOffice) + "/upload") {
    return send_body(http::Method::post, target,
                     "--frontier\r\nContent-Disposition: form-data; name=\"workbook\"; filename=\"sheet.xlsx\"\r\nContent-Type: "
                     "application/octet-stream\r\n\r\n" +
                         bytes + "\r\n--frontier--\r\n",
                     "multipart/form-data; boundary=frontier");
  }
  // The file with the value of one cell changed, as a program would save it.
  static std::string typed(const std::string& bytes, const std::string& row, const std::string& column, document::Value value) {
    auto book = document::read_xlsx(bytes);
    EXPECT_TRUE(book.ok());
    auto& form = book->sheets[0];
    form.cells[cell_by_keys(form, row, column)].value = std::move(value);
    return document::write_xlsx(*book).value();
  }
  static std::string field(const http::Response& page, const std::string& name) {
    std::string html(page.bytes()), mark = "name=\"" + name + "\" value=\"";
    auto at = html.find(mark);
    if (at == html.npos) return {};
    return html.substr(at + mark.size(), html.find('"', at + mark.size()) - at - mark.size());
  }
  http::Response merge(const http::Response& page) {
    return post(std::string(kOffice) + "/upload/merge", {{"upload", field(page, "upload")}, {"edition", field(page, "edition")}});
  }
  SheetIndicator now(const char* number) { return *sheets().state(kSheet, View{.drafts = true}).value()->indicator(number); }
  std::optional<double> actual(const char* number, int year) { return now(number).lines[0].yearly.at(year).actual->number; }
  void edit(const char* number, std::function<void(SheetIndicator&)> change) {
    auto one = now(number);
    auto revision = sheets().state(kSheet, View{.drafts = true}).value()->part({PartKind::kIndicator, number})->revision;
    change(one);
    ASSERT_OK(sheets().edit(kSheet, {PartKind::kIndicator, number}, revision, to_json(one), "officer-bbbbbb"));
  }
};

TEST_P(SheetUploadTest, DownloadEditUploadMerge) {
  std::string file = download();
  auto same = upload(file);
  EXPECT_EQ(same.status, 200);
  EXPECT_TRUE(field(same, "upload").empty()) << "nothing to take in";
  std::string edited = typed(typed(file, "i/3/0/a", "y2023", std::string("１２")), "i/2/0/t", "mark", std::string("ハ"));
  auto page = upload(edited);
  ASSERT_EQ(page.status, 200) << page.bytes();
  auto form = document::read_xlsx(file)->sheets[0];
  for (const std::string& words :
       {document::cell_name(form.name, cell_by_keys(form, "i/3/0/a", "y2023")), std::string("測定指標3 2023年度 実績"),
        std::string("<td>12</td>"), std::string("ハ"), std::string("2 個のセル")})
    EXPECT_NE(page.bytes().find(words), std::string_view::npos) << words;
  EXPECT_EQ(actual("3", 2023), 4) << "nothing is saved yet";
  EXPECT_EQ(merge(page).status, 303);
  EXPECT_EQ(actual("3", 2023), 12);
  EXPECT_EQ(now("2").mark, Mark::kFar);
  EXPECT_EQ(sheets().history(kSheet, PartKey{PartKind::kIndicator, "1"}, View{.drafts = true}).value().size(), 1u)
      << "other parts have no new revision";
  EXPECT_EQ(merge(page).status, 404) << "the upload is used up";
  auto again = upload(edited);
  EXPECT_EQ(again.status, 200);
  EXPECT_TRUE(field(again, "upload").empty()) << "already so";
  expect_clean();
}

TEST_P(SheetUploadTest, AnOldFileMergesOrNamesTheConflicts) {
  std::string file = download();
  edit("3", [](SheetIndicator& one) { one.lines[0].yearly[2022].actual->number = 6; });
  auto page = upload(typed(file, "i/3/0/a", "y2023", 12.0));
  ASSERT_EQ(page.status, 200) << page.bytes();
  EXPECT_NE(page.bytes().find("ほかの人が表を変えています"), std::string_view::npos);
  EXPECT_EQ(merge(page).status, 303);
  EXPECT_EQ(actual("3", 2022), 6) << "theirs stays";
  EXPECT_EQ(actual("3", 2023), 12);
  auto conflict = upload(typed(typed(file, "i/3/0/a", "y2022", 7.0), "i/1/0/a", "y2023", 99.0));
  EXPECT_EQ(conflict.status, 409);
  auto form = document::read_xlsx(file)->sheets[0];
  for (const std::string& words :
       {document::cell_name(form.name, cell_by_keys(form, "i/3/0/a", "y2022")), std::string("<td>6</td><td>7</td><td>5</td>")})
    EXPECT_NE(conflict.bytes().find(words), std::string_view::npos) << words << conflict.bytes();
  EXPECT_EQ(actual("1", 2023), 33) << "nothing is half merged";
}

TEST_P(SheetUploadTest, ChangedBetweenLookingAndTaking) {
  auto page = upload(typed(download(), "i/3/0/a", "y2023", 12.0));
  edit("1", [](SheetIndicator& one) { one.primary = false; });
  auto refused = merge(page);
  EXPECT_EQ(refused.status, 409);
  EXPECT_NE(refused.bytes().find("name=\"workbook\""), std::string_view::npos) << "the file can be chosen again";
  EXPECT_EQ(actual("3", 2023), 4);
  EXPECT_EQ(post(std::string(kOffice) + "/upload/merge", {{"upload", "abc"}, {"edition", "x"}}).status, 404);
}

TEST_P(SheetUploadTest, RefusedWithEveryCell) {
  std::string file = download();
  auto wrong = upload(typed(typed(file, "i/3/0/a", "y2023", std::string("3万")), "b/total", "y2023", std::string("多い")));
  EXPECT_EQ(wrong.status, 422);
  auto form = document::read_xlsx(file)->sheets[0];
  for (auto [row, column] : {std::pair{"i/3/0/a", "y2023"}, {"b/total", "y2023"}})
    EXPECT_NE(wrong.bytes().find(document::cell_name(form.name, cell_by_keys(form, row, column))), std::string_view::npos) << row;
  EXPECT_TRUE(field(wrong, "upload").empty());
  EXPECT_EQ(upload("").status, 422);
  for (const char* bytes : {"PK\x03\x04 no workbook", "a,b\n1,2\n"}) EXPECT_EQ(upload(bytes).status, 422) << bytes;
  Sheet other = small_sheet();
  other.header.id = "aoba.sheet-2022";
  ASSERT_OK(sheets().import_sheet(other, "officer-aaaaaa"));
  auto another = upload(download("/aoba/office/sheets/aoba.sheet-2022.xlsx"));
  EXPECT_EQ(another.status, 422);
  EXPECT_NE(another.bytes().find("aoba.sheet-2022"), std::string_view::npos);
  auto book = document::read_xlsx(file);
  book->sheets[2].put({3, 3}, std::string(64, 'a'));
  EXPECT_EQ(upload(document::write_xlsx(*book).value()).status, 409) << "an edition that is none of this sheet";
  book->sheets.pop_back();
  auto keyless = upload(document::write_xlsx(*book).value());
  EXPECT_EQ(keyless.status, 422);
  EXPECT_NE(keyless.bytes().find("ダウンロードし直した"), std::string_view::npos);
}

TEST_P(SheetUploadTest, ThePublicSeesThePublishedFormOnly) {
  EXPECT_EQ(send(http::Method::get, "/aoba/sheets/aoba.sheet-2023.xlsx").status, 404);
  publish_sheet();
  std::string file = download("/aoba/sheets/aoba.sheet-2023.xlsx");
  edit("3", [](SheetIndicator& one) { one.lines[0].yearly[2023].actual->number = 11; });
  EXPECT_EQ(download("/aoba/sheets/aoba.sheet-2023.xlsx"), file);
  EXPECT_NE(download(), file);
  auto page = upload(typed(file, "i/4/0/a", "y2023", 15.0));
  EXPECT_EQ(merge(page).status, 303) << "a file that the public has can come back as well";
  EXPECT_EQ(actual("3", 2023), 11);
}

TEST_P(SheetUploadTest, ProgrammesAsTheReviewHasThem) {
  for (auto [table, columns, rows] : {std::tuple{"1-2", 32u, 2u}, {"2-1", 44u, 2u}, {"3-1", 82u, 12u}, {"4-1", 37u, 2u}}) {
    auto response = send(http::Method::get, std::string(kOffice) + "/rs/" + table + ".csv");
    ASSERT_EQ(response.status, 200);
    std::string bytes(response.bytes());
    EXPECT_TRUE(bytes.starts_with("\xEF\xBB\xBF") && bytes.ends_with("\r\n"));
    auto read = text::read_csv(bytes);
    ASSERT_OK(read);
    EXPECT_EQ(read->rows[0].size(), columns) << table;
    EXPECT_EQ(read->rows.size(), rows + 1) << table;
    EXPECT_EQ(read->rows[1][1], "2023");
    EXPECT_EQ(read->rows[1][2], "aoba.sheet-2023/1");
  }
  auto money = text::read_csv(*rs_csv(small_sheet(), "2-1"));
  auto names = rs_columns("2-1");
  auto at = [&](const char* name) { return money->rows[1][std::size_t(std::find(names.begin(), names.end(), name) - names.begin())]; };
  EXPECT_EQ(at("計（歳出予算現額合計）"), "300000");
  EXPECT_EQ(at("執行額（合計）"), "280000");
  EXPECT_EQ(at("執行率"), "0.9333");
  EXPECT_EQ(at("当初予算（合計）"), "");
  EXPECT_EQ(send(http::Method::get, std::string(kOffice) + "/rs/9-9.csv").status, 404);
}

// A row of a table by the names of its columns.
std::vector<std::map<std::string, std::string>> review_rows(const Sheet& sheet, const char* table) {
  auto read = text::read_csv(*rs_csv(sheet, table));
  EXPECT_TRUE(read.ok());
  std::vector<std::map<std::string, std::string>> out;
  for (std::size_t i = 1; read.ok() && i < read->rows.size(); ++i) {
    auto& row = out.emplace_back();
    for (std::size_t j = 0; j < read->rows[0].size(); ++j) row[read->rows[0][j]] = read->rows[i][j];
  }
  return out;
}

TEST(Review, LinksOfTheLogicModelThatGoThroughWhatAProgrammeServes) {
  Sheet sheet = small_sheet();
  EXPECT_TRUE(review_rows(sheet, "3-2").empty()) << "no logic model, no links";
  sheet.header.nodes = {
      {"build", Stage::kActivity, {"画面を作る", "Build"}, {}}, {"screen", Stage::kOutput, {"画面", "Screens"}, {"2"}},
      {"use", Stage::kShort, {"利用", "Use"}, {"1"}},           {"ease", Stage::kLong, {"楽になる", "Ease"}, {}},
      {"data", Stage::kOutput, {"データ", "Data"}, {"3"}},      {"other", Stage::kMid, {"別の成果", "Another"}, {}}};
  sheet.header.links = {{"build", "screen", {"作るから", "since built"}},
                        {"screen", "use", {"使えるから", "since usable"}},
                        {"use", "ease", {"使われるから", "since used"}},
                        {"data", "other", {"あるから", "since there"}},
                        {"build", "other", {"関わりがある", "related"}}};
  auto rows = review_rows(sheet, "3-2");
  std::vector<std::string> ways;
  for (auto& row : rows)
    ways.push_back(row["予算事業ID"] + " " + row["派生元ーアクティビティ・アウトプット・アウトカムの番号"] + ">" +
                   row["派生先ーアクティビティ・アウトプット・アウトカムの番号"]);
  EXPECT_EQ(ways, (std::vector<std::string>{"aoba.sheet-2023/1 build>screen", "aoba.sheet-2023/1 screen>use",
                                            "aoba.sheet-2023/1 use>ease", "aoba.sheet-2023/2 data>other"}));
  EXPECT_EQ(rows[0]["派生元ー種別（アクティビティ・アウトプット・アウトカム）"], "アクティビティ");
  EXPECT_EQ(rows[0]["派生先ー 活動目標／成果目標"], "画面");
  EXPECT_EQ(rows[0]["後続アウトカムへのつながり"], "") << "an output is no outcome";
  EXPECT_EQ(rows[1]["派生先ーアウトカムの期間"], "1.短期");
  EXPECT_EQ(rows[1]["後続アウトカムへのつながり"], "使えるから");
  EXPECT_EQ(rows[2]["派生先ーアウトカムの期間"], "3.長期");
  sheet.header.no_stages = Text{"段階はない", "no stages"};
  EXPECT_EQ(review_rows(sheet, "3-2")[0]["アウトカムを複数段階で設定できない理由"], "");
  EXPECT_EQ(review_rows(sheet, "3-2")[1]["アウトカムを複数段階で設定できない理由"], "段階はない");
  sheet.header.links.push_back({"ease", "gone", {"ない", "none"}});
  EXPECT_EQ(review_rows(sheet, "3-2").size(), 4u) << "a draft may name an element that is not there";
}

TEST(Review, WhatTheSheetJudgesAndTheFactorsOfWhatAProgrammeServes) {
  Sheet sheet = small_sheet();
  sheet.header.next = Text{"続けて進める", "Go on"};
  sheet.header.stance = Stance{"Ⅰ", {"引き続き推進", "Continue"}, {{"増額", "More"}}};
  auto rows = review_rows(sheet, "4-1");
  ASSERT_EQ(rows.size(), 2u);
  const char *result = "事業所管部局による点検・改善ー点検結果",
             *due = "事業所管部局による点検・改善－目標年度における効果測定に関する評価";
  EXPECT_EQ(rows[0][result], "政策の評価：相当程度進展あり。主要な指標は届いた。／測定指標2：窓口の改修が遅れた。");
  EXPECT_EQ(rows[1][result], "政策の評価：相当程度進展あり。主要な指標は届いた。") << "another programme's factor is not its own";
  EXPECT_EQ(rows[0][due].find("測定指標1：イ"), 0u) << rows[0][due];
  EXPECT_NE(rows[0][due].find("／測定指標2：ロ"), std::string::npos) << rows[0][due];
  EXPECT_EQ(rows[1][due], "") << "not due yet";
  EXPECT_EQ(rows[0]["事業所管部局による点検・改善ー改善の方向性"], "政策：続けて進める");
  EXPECT_EQ(rows[0]["所見を踏まえた改善点／概算要求における反映状況の詳細"], "政策：Ⅰ 引き続き推進／増額");
  EXPECT_EQ(rows[0]["所見を踏まえた改善点／概算要求における反映状況"], "") << "words of the review, which a sheet does not use";
  sheet.header.judgement.reset();
  EXPECT_EQ(review_rows(sheet, "4-1")[1][result], "");
}

INSTANTIATE_TEST_SUITE_P(Both, SheetUploadTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

}  // namespace
}  // namespace musubi::kpi
