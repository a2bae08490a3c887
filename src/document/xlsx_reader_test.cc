// What other programs write, made by hand part by part.
#include <gtest/gtest.h>

#include "document/number_format.h"
#include "document/test_workbook.h"
#include "document/test_zip.h"
#include "document/xlsx.h"

namespace musubi::document {
namespace {

std::string error_of(const Handmade& made, const XlsxLimits& limits = {}) {
  auto read = read_xlsx(made.bytes(), limits);
  if (read.ok()) return "";
  const Error& error = read.error();
  return error.name + (error.faults.empty() ? "" : " " + error.faults[0].where);
}

std::string cells(const Handmade& made) {
  auto read = read_xlsx(made.bytes());
  if (!read.ok())
    return read.error().name + " " + read.error().message.en +
           (read.error().faults.empty() ? "" : read.error().faults[0].where + read.error().faults[0].message.en);
  return boost::json::serialize(described_sheets(*read).at(0).at("cells"));
}

TEST(XlsxReader, TextsOfEveryKind) {
  Handmade made;
  made.strings =
      "<si><t>一</t></si><si><r><rPr><b/></rPr><t xml:space=\"preserve\">二 </t></r><r><t>つ</t></r><rPh sb=\"0\" "
      "eb=\"1\"><t>フタ</t></rPh>"
      "<phoneticPr fontId=\"1\"/></si><si><t>_x000D_a_x005F_x0041__xD842__xDFB7__x0000__xZZZZ_</t></si><si/>";
  made.sheet =
      "<sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"s\"><v>1</v></c><c r=\"C1\" t=\"s\"><v>2</v></c>"
      "<c r=\"D1\" t=\"s\"><v>3</v></c><c r=\"E1\" t=\"inlineStr\"><is><r><t>中</t></r><r><t>身</t></r><rPh sb=\"0\" "
      "eb=\"1\"><t>ナカ</t></rPh></is></c>"
      "<c r=\"F1\" t=\"str\"><f>A1&amp;\"x\"</f><v>一x</v></c><c r=\"G1\" t=\"str\"><v></v></c></row></sheetData>";
  EXPECT_EQ(
      cells(made),
      "{\"A1\":{\"t\":\"一\"},\"B1\":{\"t\":\"二 つ\"},\"C1\":{\"t\":\"\\ra_x0041_𠮷\xEF\xBF\xBD_xZZZZ_\"},\"E1\":{\"t\":\"中身\"},"
      "\"F1\":{\"t\":\"一x\",\"f\":\"A1&\\\"x\\\"\"}}");
}

TEST(XlsxReader, ValuesWithoutAddresses) {
  Handmade made;
  made.sheet =
      "<sheetData><row><c><v>1</v></c><c/><c t=\"b\"><v>1</v></c></row><row/><row><c t=\"e\"><v>#N/A</v></c><c "
      "r=\"E3\"><v>-1.5E-3</v></c>"
      "<c><f>A1*2</f></c><c><f t=\"shared\" si=\"0\"/><v>4</v></c><c t=\"b\"><f>1&gt;2</f><v>0</v></c>"
      "<c><f>FALSE()</f><v>0</v></c></row></sheetData>";
  EXPECT_EQ(cells(made),
            "{\"A1\":{\"n\":1E0},\"C1\":{\"b\":true},\"A3\":{\"e\":\"#N/A\"},\"E3\":{\"n\":-1.5E-3},\"F3\":{\"f\":\"A1*2\"},"
            "\"G3\":{\"n\":4E0,\"f\":\"\"},\"H3\":{\"b\":false,\"f\":\"1>2\"},\"I3\":{\"b\":false}}");
}

const char* const kStyles =
    "<numFmts><numFmt numFmtId=\"164\" formatCode=\"[$-411]ggge&quot;年&quot;m&quot;月&quot;\"/><numFmt numFmtId=\"165\" "
    "formatCode=\"0&quot;days&quot;\"/></numFmts>"
    "<cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"164\"/><xf "
    "numFmtId=\"165\"/>"
    "<xf numFmtId=\"20\"/><xf numFmtId=\"22\"><protection locked=\"0\"/></xf><xf numFmtId=\"9\"/></cellXfs><dxfs><dxf><numFmt "
    "numFmtId=\"165\" formatCode=\"yyyy\"/></dxf></dxfs>";

TEST(XlsxReader, DatesByFormatInBothSystems) {
  Handmade made;
  made.styles = kStyles;
  made.sheet =
      "<sheetData><row><c><v>43630</v></c><c s=\"1\"><v>43630</v></c><c s=\"2\"><v>43630</v></c><c s=\"3\"><v>43630</v></c><c "
      "s=\"4\"><v>0.5</v></c>"
      "<c s=\"5\"><v>43630.524259259</v></c><c s=\"1\"><v>1</v></c><c s=\"1\"><v>59</v></c><c s=\"1\"><v>60</v></c><c "
      "s=\"1\"><v>61</v></c>"
      "<c s=\"1\"><v>0</v></c><c s=\"1\"><v>-1</v></c><c s=\"1\"><v>2958466</v></c><c "
      "s=\"5\"><v>43629.9999999</v></c></row></sheetData>";
  EXPECT_EQ(
      cells(made),
      "{\"A1\":{\"n\":4.363E4},\"B1\":{\"d\":\"2019-06-14T00:00:00\"},\"C1\":{\"d\":\"2019-06-14T00:00:00\"},\"D1\":{\"n\":4.363E4},"
      "\"E1\":{\"n\":5E-1},\"F1\":{\"d\":\"2019-06-14T12:34:56\"},\"G1\":{\"d\":\"1900-01-01T00:00:00\"},\"H1\":{\"d\":\"1900-02-"
      "28T00:00:00\"},"
      "\"I1\":{\"n\":6E1},\"J1\":{\"d\":\"1900-03-01T00:00:00\"},\"K1\":{\"n\":0E0},\"L1\":{\"n\":-1E0},\"M1\":{\"n\":2.958466E6},"
      "\"N1\":{\"d\":\"2019-06-14T00:00:00\"}}");
  made.workbook = "<workbookPr date1904=\"1\"/>";
  made.sheet = "<sheetData><row><c s=\"1\"><v>42168</v></c><c s=\"1\"><v>0</v></c></row></sheetData>";
  EXPECT_EQ(cells(made), "{\"A1\":{\"d\":\"2019-06-14T00:00:00\"},\"B1\":{\"d\":\"1904-01-01T00:00:00\"}}");
}

TEST(XlsxReader, StrictNamespacesAndIsoDates) {
  Handmade made;
  made.space = kStrictMain;
  made.relations = "http://purl.oclc.org/ooxml/officeDocument/relationships";
  made.strings = "<si><t>厳密</t></si>";
  made.sheet_target = "../data/first.xml";
  made.sheet =
      "<sheetData><row><c t=\"s\"><v>0</v></c><c t=\"d\"><v>2019-06-14</v></c><c "
      "t=\"d\"><v>2019-06-14T12:34:56.000Z</v></c></row></sheetData>";
  EXPECT_EQ(cells(made), "{\"A1\":{\"t\":\"厳密\"},\"B1\":{\"d\":\"2019-06-14T00:00:00\"},\"C1\":{\"d\":\"2019-06-14T12:34:56\"}}");
}

TEST(XlsxReader, SheetsByRelationshipNotByFileName) {
  Handmade made;
  made.sheets =
      "<sheet name=\"二\" sheetId=\"1\" r:id=\"x2\" state=\"veryHidden\"/><sheet name=\"図\" sheetId=\"9\" r:id=\"x3\"/><sheet "
      "name=\"一\" sheetId=\"2\" r:id=\"rId9\"/>";
  made.workbook =
      "<definedNames><definedName name=\"_xlnm.Print_Area\" localSheetId=\"0\">二!$A$1</definedName><definedName "
      "name=\"key\">一!$A$1</definedName></definedNames>";
  Parts parts = made.parts();
  auto& rels = parts[3].second;
  rels.insert(rels.find("</Rel"),
              "<Relationship Id=\"x2\" Type=\"x/worksheet\" Target=\"SHEET1.XML\"/><Relationship Id=\"x3\" Type=\"x/chartsheet\" "
              "Target=\"c.xml\"/>");
  parts.push_back({"book/sheet1.xml",
                   "<x:worksheet xmlns:x='" + std::string(kMain) +
                       "'><x:cols><x:col min='2' max='3' hidden='1' width='9'/></x:cols><x:sheetData><x:row r='4' hidden='true'>"
                       "<x:c r='B4'><x:v>5</x:v></x:c></x:row></x:sheetData><x:mergeCells><x:mergeCell "
                       "ref='A1:B2'/></x:mergeCells><x:other><x:row/></x:other></x:worksheet>"});
  auto book = read_xlsx(zipped(parts));
  ASSERT_TRUE(book.ok()) << book.error().message.en;
  EXPECT_EQ(described(*book),
            "[{\"name\":\"二\",\"hidden\":true,\"merged\":[\"A1:B2\"],\"rows\":[4],\"columns\":[2,3],\"cells\":{\"B4\":{\"n\":5E0}}},"
            "{\"name\":\"一\",\"hidden\":false,\"merged\":[],\"rows\":[],\"columns\":[],\"cells\":{}}]");
  EXPECT_EQ(book->names, (std::map<std::string, std::string>{{"key", "一!$A$1"}}));
}

TEST(XlsxReader, FaultsNameTheCell) {
  auto sheet = [](const char* row) {
    Handmade made;
    made.sheet = "<sheetData>" + std::string(row) + "</sheetData>";
    return error_of(made);
  };
  EXPECT_EQ(sheet("<row r=\"12\"><c r=\"C12\"><v>abc</v></c></row>"), "xlsx.invalid 様式1!C12");
  EXPECT_EQ(sheet("<row r=\"12\"><c r=\"C12\"><v>nan</v></c></row>"), "xlsx.invalid 様式1!C12");
  EXPECT_EQ(sheet("<row r=\"12\"><c r=\"C12\" t=\"s\"><v>0</v></c></row>"), "xlsx.invalid 様式1!C12");
  EXPECT_EQ(sheet("<row r=\"12\"><c r=\"C12\" s=\"1\"><v>0</v></c></row>"), "xlsx.invalid 様式1!C12");
  EXPECT_EQ(sheet("<row r=\"12\"><c r=\"C12\" t=\"d\"><v>2019-02-29</v></c></row>"), "xlsx.invalid 様式1!C12");
  EXPECT_EQ(sheet("<row r=\"12\"><c r=\"C12\" t=\"z\"><v>1</v></c></row>"), "xlsx.invalid 様式1!C12");
  EXPECT_EQ(sheet("<row r=\"12\"><c r=\"C13\"><v>1</v></c></row>"), "xlsx.invalid 様式1!A12");
  EXPECT_EQ(sheet("<row r=\"12\"><c r=\"C12\"><v>1</v></c><c r=\"C12\"><v>2</v></c></row>"), "xlsx.invalid 様式1!C12");
  EXPECT_EQ(sheet("<row r=\"0\"/>"), "xlsx.invalid 様式1");
  EXPECT_EQ(sheet("<row r=\"1\"><c r=\"XFE1\"/></row>"), "xlsx.invalid 様式1!A1");
  EXPECT_EQ(sheet("<row r=\"1\"><c"), "xml.malformed data/first.xml:1");
  Handmade lost;
  lost.sheet_target = "nowhere.xml";
  EXPECT_EQ(error_of(lost), "xlsx.invalid 様式1");
  lost = {};
  lost.sheets = "<sheet name=\"a\" sheetId=\"1\" r:id=\"rId9\"/><sheet name=\"a\" sheetId=\"2\" r:id=\"rId9\"/>";
  EXPECT_EQ(error_of(lost), "xlsx.invalid sheets");
  lost.sheets = "<sheet name=\"" + std::string(256, 'x') + "\" sheetId=\"1\" r:id=\"rId9\"/>";
  EXPECT_EQ(error_of(lost), "xlsx.invalid sheets");
  lost.sheets = "";
  EXPECT_EQ(error_of(lost), "xlsx.invalid sheets");
  lost.content_type = "application/vnd.ms-excel.sheet.macroEnabled.main+xml";
  EXPECT_EQ(error_of(lost), "xlsx.macros");
  lost = {.space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"};
  EXPECT_EQ(error_of(lost), "xlsx.not_xlsx");
}

TEST(XlsxReader, Limits) {
  Handmade made;
  made.strings = "<si><t>" + std::string(1000, 'x') + "</t></si><si><t>y</t></si>";
  std::string row = "<row>";
  for (int i = 0; i < 50; ++i) row += "<c t=\"s\"><v>0</v></c>";
  made.sheet =
      "<sheetData>" + row + "</row><row/></sheetData><mergeCells><mergeCell ref=\"A5:B5\"/><mergeCell ref=\"A6:B6\"/></mergeCells>";
  EXPECT_EQ(error_of(made), "");
  EXPECT_EQ(error_of(made, {.bytes = 100}), "xlsx.too_large");
  EXPECT_EQ(error_of(made, {.entries = 6}), "xlsx.expands_too_much");
  EXPECT_EQ(error_of(made, {.expanded_bytes = 2'000}), "xlsx.expands_too_much");
  EXPECT_EQ(error_of(made, {.sheets = 0}), "xlsx.too_large");
  EXPECT_EQ(error_of(made, {.cells = 49}), "xlsx.too_large");
  EXPECT_EQ(error_of(made, {.rows = 1}), "xlsx.too_large");
  EXPECT_EQ(error_of(made, {.strings = 1}), "xlsx.too_large");
  EXPECT_EQ(error_of(made, {.text_bytes = 49'999}), "xlsx.too_large");
  EXPECT_EQ(error_of(made, {.cell_bytes = 999}), "xlsx.invalid 様式1!A1");
  EXPECT_EQ(error_of(made, {.merged = 1}), "xlsx.too_large");
}

TEST(XlsxReader, BombsAndLocks) {
  Handmade made;
  made.sheet = "<!--" + std::string(8 << 20, 'x') + "--><sheetData/>";  // 8 MiB in 8 kB
  EXPECT_EQ(error_of(made), "xlsx.expands_too_much");
  made.sheet = "<sheetData/>";
  EXPECT_EQ(read_xlsx(zipped(made.parts(), "secret")).error().name, "xlsx.password");
  auto parts = made.parts();
  parts[0].first = "XL/VBAPROJECT.BIN";
  EXPECT_EQ(read_xlsx(zipped(parts)).error().name, "xlsx.macros");
  std::string twice = made.bytes();  // two entries of one name: some programs would read the first, some the last
  for (auto at = twice.find("book/st.xml"); at != std::string::npos; at = twice.find("book/st.xml", at))
    twice.replace(at, 11, "book/fm.xml");
  EXPECT_EQ(read_xlsx(twice).error().name, "xlsx.damaged");
  std::string flipped = made.bytes();
  flipped[flipped.find("book/wb.xml") + 40] ^= 1;
  EXPECT_FALSE(read_xlsx(flipped).ok());
  const std::string whole = made.bytes();
  for (std::size_t cut = 0; cut < whole.size(); cut += 7) EXPECT_FALSE(read_xlsx(std::string_view(whole).substr(0, cut)).ok()) << cut;
}

TEST(XlsxReader, Formats) {
  const std::pair<const char*, bool> cases[] = {{"", false},
                                                {"General", false},
                                                {"GENERAL", false},
                                                {"0.0%", false},
                                                {"#,##0.00_);[Red]\\(#,##0.00\\)", false},
                                                {"0.00E+00", false},
                                                {"\"dy\"0", false},
                                                {"0\\d", false},
                                                {"[Yellow]0", false},
                                                {"h:mm", false},
                                                {"[h]:mm:ss", false},
                                                {"mm:ss.0", false},
                                                {"@", false},
                                                {"#,##0;\"△ \"#,##0", false},
                                                {"0\"年度\"", false},
                                                {"yyyy/m/d", true},
                                                {"m/d", true},
                                                {"mmm-yy", true},
                                                {"[$-411]ge.m.d", true},
                                                {"[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", true},
                                                {"yyyy\"年\"m\"月\"d\"日\";@", true},
                                                {"yyyy-mm-dd hh:mm", true},
                                                {"aaaa", true},
                                                {"h:mm AM/PM", false},
                                                {"\\", false},
                                                {"\"", false},
                                                {"[", false},
                                                {"_", false}};
  for (const auto& [format, date] : cases) EXPECT_EQ(is_date_format(format), date) << format;
  EXPECT_TRUE(is_percent_format("0.0%"));
  EXPECT_FALSE(is_percent_format("0\"%\""));
  for (int day = -1; day <= 2'958'466; day += 997) {
    const auto date = date_of_serial(day, false);
    EXPECT_EQ(date.has_value(), day >= 1 && day <= 2'958'465) << day;
    if (date) { EXPECT_EQ(serial_of_date(*date), day); }
  }
}

TEST(XlsxReader, Addresses) {
  EXPECT_EQ(to_text(CellAt{11, 2}), "C12");
  EXPECT_EQ(to_text(CellAt{kSheetRows - 1, kSheetColumns - 1}), "XFD1048576");
  for (auto text : {"C12", "$C$12", "c12", "$C12"}) EXPECT_EQ(read_cell_at(text), (CellAt{11, 2})) << text;
  for (auto text : {"", "C", "12", "C0", "C012", "C1048577", "XFE1", "AAAA1", "C1x", "C-1", "$", "[1", "C 1"})
    EXPECT_EQ(read_cell_at(text), std::nullopt) << text;
  for (std::uint32_t column = 0; column < kSheetColumns; ++column)
    EXPECT_EQ(read_cell_at(to_text(CellAt{0, column})), (CellAt{0, column}));
  EXPECT_EQ(read_range("B2:A1"), std::nullopt);
  EXPECT_EQ(cell_name("様式1", {11, 2}), "様式1!C12");
  EXPECT_EQ(cell_name("a b's", {0, 0}), "'a b''s'!A1");
  EXPECT_EQ(cell_name("1月", {0, 0}), "'1月'!A1");
}

}  // namespace
}  // namespace musubi::document
