#include "document/xlsx.h"

#include <gtest/gtest.h>

#include <random>

#include "document/test_workbook.h"
#include "document/test_zip.h"

namespace musubi::document {
namespace {

// What reading gives back of a workbook: values, formulas, and the format of each cell's style; not looks, comments, page.
std::string content(const Workbook& workbook) { return described(workbook); }

Workbook small() {
  Workbook book;
  book.title = "評価書";
  book.author = "青葉町";
  book.created = parse_rfc3339("2026-11-21T00:00:00Z").value();
  book.names["rows"] = "様式1!$A$1:$A$9";
  book.properties = {{"musubi.sheet", std::string("japan.soumu.31-10")}, {"edition", 12.0}, {"draft", true}};
  Sheet sheet{.name = "様式1"};
  sheet.put({0, 0}, std::string("施策"), book.style(heading()));
  sheet.merged = {{{0, 0}, {0, 3}}};
  sheet.put({1, 1}, 80.5, book.style(number("#,##0.0")));
  sheet.put({1, 2}, 0.805, book.style(percent()));
  sheet.put({2, 0}, std::string("=1+1"), book.style(input(wrapped())));
  sheet.put({2, 1}, DateTime{2019, 6, 14, 0});
  sheet.put({2, 2}, DateTime{2019, 6, 14, 45'296});
  sheet.put({2, 3}, true);
  sheet.put({3, 0}, std::string("改行\nあり <&> \"'\r_x000D_"));
  sheet.cells[{4, 0}] = {81.3, "SUM(B2:C2)", book.style(number())};
  sheet.cells[{4, 1}] = {std::string("甲"), "\"甲\"", 0};
  sheet.cells[{4, 2}] = {DateTime{2020, 2, 29, 0}, "B3+260", book.style(date())};
  sheet.columns = {{0, 0, 30, false}, {4, 5, 0, true}};
  sheet.rows[3] = {40, false};
  sheet.rows[7] = {0, true};
  sheet.comments[{1, 1}] = "平成30年度の値";
  sheet.choices = {{{{1, 3}, {9, 3}}, {"イ", "ロ", "ハ", "－"}, "", "評価", "一覧から選んでください。"},
                   {{{1, 5}, {9, 5}}, {}, "隠し!$A$1:$A$3", "", ""}};
  sheet.page = {true, Range{{0, 0}, {9, 5}}, std::pair{0u, 1u}, "&C青葉町", "&R&P/&N"};
  sheet.freeze = CellAt{1, 1};
  sheet.protect = true;
  book.sheets = {{.name = "隠し", .hidden = true}, sheet, {.name = "a b's"}};
  book.sheets[0].put({0, 0}, std::string("key"));
  book.sheets[2].put({99, 27}, -0.1);
  return book;
}

TEST(Xlsx, RoundTrip) {
  const Workbook book = small();
  auto bytes = write_xlsx(book);
  ASSERT_TRUE(bytes.ok()) << bytes.error().message.en;
  auto again = read_xlsx(*bytes);
  ASSERT_TRUE(again.ok()) << again.error().message.en << (again.error().faults.empty() ? "" : again.error().faults[0].message.en);
  EXPECT_EQ(content(*again), content(book));
  EXPECT_EQ(again->names, book.names);
  EXPECT_EQ(again->properties, book.properties);
  ASSERT_EQ(again->sheets.size(), 3u);
  const Sheet& sheet = *again->find("様式1");
  EXPECT_EQ(sheet.merged, book.sheets[1].merged);
  EXPECT_TRUE(sheet.column_hidden(4) && sheet.column_hidden(5) && !sheet.column_hidden(0) && sheet.row_hidden(7) &&
              !sheet.row_hidden(3));
  EXPECT_TRUE(again->sheets[0].hidden);
  EXPECT_EQ(std::get<std::string>(sheet.find({2, 0})->value), "=1+1");
  EXPECT_FALSE(sheet.find({2, 0})->formula);
  EXPECT_FALSE(again->styles[sheet.find({2, 0})->style].locked);
  EXPECT_TRUE(again->styles[sheet.find({1, 1})->style].locked);
  EXPECT_TRUE(is_percent_format(again->styles[sheet.find({1, 2})->style].format));
}

TEST(Xlsx, SameWorkbookSameBytes) {
  const std::string first = write_xlsx(small()).value();
  setenv("TZ", "America/Lima", 1);
  tzset();
  EXPECT_EQ(write_xlsx(small()).value(), first);
  unsetenv("TZ");
  tzset();
  Workbook later = small();
  later.created.us += 1'000'000;
  EXPECT_NE(write_xlsx(later).value(), first);
}

TEST(Xlsx, RandomWorkbooksSurvive) {
  const auto seed = std::random_device{}();
  RecordProperty("seed", std::to_string(seed));
  for (unsigned i = 0; i < 40; ++i) {
    const Workbook book = random_workbook(seed + i);
    auto bytes = write_xlsx(book);
    ASSERT_TRUE(bytes.ok()) << "seed " << seed + i << ": " << bytes.error().message.en
                            << (bytes.error().faults.empty()
                                    ? ""
                                    : " " + bytes.error().faults[0].where + " " + bytes.error().faults[0].message.en);
    auto again = read_xlsx(*bytes);
    ASSERT_TRUE(again.ok()) << "seed " << seed + i << ": " << again.error().message.en;
    ASSERT_EQ(content(*again), content(book)) << "seed " << seed + i;
  }
}

TEST(Xlsx, WhatCannotBeWrittenIsNamedCellByCell) {
  Workbook book;
  Sheet sheet{.name = "様式1"};
  sheet.put({11, 2}, std::numeric_limits<double>::infinity());
  sheet.put({12, 2}, std::string("a\x01"));
  sheet.put({13, 2}, DateTime{2019, 2, 29, 0});
  sheet.put({14, 2}, CellFault{"#N/A"});
  sheet.put({15, 2}, 1.0, 7);
  sheet.put({16, 2}, std::string(32'768, 'x'));
  sheet.put({21, 1}, 1.0);
  sheet.merged = {{{20, 0}, {22, 1}}, {{22, 1}, {23, 1}}, {{30, 0}, {30, 0}}};
  sheet.choices = {{{{40, 0}, {41, 0}}, {"a,b"}, "", "", ""}};
  book.sheets = {sheet, {.name = "様式1"}, {.name = "a/b"}};
  book.names["A1"] = "様式1!$A$1";
  auto bytes = write_xlsx(book);
  ASSERT_FALSE(bytes.ok());
  EXPECT_EQ(bytes.error().name, "xlsx.unwritable");
  std::string where;
  for (const Fault& each : bytes.error().faults) {
    where += each.where + " ";
    EXPECT_FALSE(each.message.ja.empty() || each.message.en.empty());
  }
  EXPECT_EQ(where,
            "様式1 a/b names/A1 様式1!C12 様式1!C13 様式1!C14 様式1!C15 様式1!C16 様式1!C17 様式1!B22 様式1!B23 様式1!A31 様式1!A41 ");
  EXPECT_EQ(write_xlsx({}).error().faults[0].where, "sheets");
}

TEST(Xlsx, OtherFilesAreNamed) {
  const std::string compound = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";
  std::string encrypted = compound + std::string(600, '\0');
  for (char c : std::string("EncryptedPackage")) encrypted += c, encrypted += '\0';
  const std::pair<std::string, const char*> cases[] = {
      {"", "xlsx.not_xlsx"},
      {compound + std::string(600, '\0'), "xlsx.old_format"},
      {encrypted, "xlsx.password"},
      {"指標,値\r\n1,2\r\n", "xlsx.csv"},
      {"\x8Ew\x95W,\x92l\n", "xlsx.csv"},
      {"<html><table>", "xlsx.not_xlsx"},
      {"%PDF-1.7", "xlsx.not_xlsx"},
      {std::string("\0\1", 2), "xlsx.not_xlsx"},
      {"PK", "xlsx.damaged"},
      {"PK\3\4xxxx", "xlsx.damaged"},
      {zipped({{"mimetype", "application/vnd.oasis.opendocument.spreadsheet"}, {"content.xml", "<a/>"}}), "xlsx.open_document"},
      {zipped({{"a.txt", "x"}}), "xlsx.not_xlsx"},
      {zipped({{"[Content_Types].xml", "<a/>"}, {"xl/vbaProject.bin", "x"}}), "xlsx.macros"},
      {zipped({{"[Content_Types].xml", "<a/>"}, {"xl/workbook.bin", "x"}}), "xlsx.binary"},
      {zipped({{"[Content_Types].xml", "<a/>"}}), "xlsx.damaged"}};
  for (const auto& [bytes, name] : cases) {
    auto read = read_xlsx(bytes);
    ASSERT_FALSE(read.ok()) << name;
    EXPECT_EQ(read.error().name, name) << bytes.substr(0, 20);
    EXPECT_NE(read.error().message.ja.find("xlsx"), std::string::npos);
    EXPECT_NE(read.error().message.en.find("xlsx"), std::string::npos);
  }
}

}  // namespace
}  // namespace musubi::document
