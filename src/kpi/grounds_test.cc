// Owners and laws of a sheet and its programmes: in packs, on pages, by form, in the workbook's layout and the review's table 1-3.
#include "kpi/grounds_pages.h"
#include "kpi/pages_test_support.h"
#include "kpi/rs_csv.h"
#include "kpi/sheet_json.h"
#include "kpi/sheet_layout.h"
#include "kpi/sheet_pack.h"
#include "kpi/sheet_rules.h"
#include "kpi/test_sheet.h"

namespace musubi::kpi {
namespace {

constexpr const char* kLaw = "503AC0000000035";

Sheet owned() {
  Sheet sheet = small_sheet();
  sheet.header.owners = {{"企画課長", "Head of planning"}};
  sheet.header.laws = {{{"基本の法", "Basic act"}, kLaw}, {{"町の条例", "Ordinance"}, ""}};
  sheet.programmes[0].owner = Text{"情報係長", "Head of information"};
  sheet.programmes[0].laws = {{{"別の法", "Another act"}, "415AC0000000057"}};
  return sheet;
}

TEST(Grounds, InThePackAndNothingWhereAbsent) {
  std::string plain = canonical_json(pack_of(small_sheet()));
  for (const char* word : {"\"owners\"", "\"laws\"", "\"owner\""}) EXPECT_EQ(plain.find(word), plain.npos) << word;
  auto read = read_sheet(canonical_json(pack_of(owned())));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->header, owned().header);
  EXPECT_EQ(read->programmes, owned().programmes);
  Sheet bad = owned();
  bad.header.laws[1].id = "503ac0000000035";
  bad.header.owners[0].en = " ";
  bad.programmes[0].laws.push_back(bad.programmes[0].laws[0]);
  std::set<std::string> where;
  for (const auto& fault : faults_of(bad)) where.insert(fault.where);
  EXPECT_EQ(where, (std::set<std::string>{"/laws/1/id", "/owners/0/en", "/programmes/0/laws/1/id"}));
}

TEST(Grounds, TheReviewsTableHasPolicyLawsAndPlans) {
  Sheet sheet = owned();
  sheet.header.cabinet_policies = {{{"演説", "Speech"}, {}}};
  std::string csv = rs_csv(sheet, "1-3").value();
  EXPECT_EQ(rs_columns("1-3").size(), 28u);
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 1 + (1 + 1 + 1) + (1 + 2 + 1)) << csv;
  for (const char* words : {"415AC0000000057", kLaw, "町の条例", "演説", "くらしの手続"})
    EXPECT_NE(csv.find(words), csv.npos) << words;
}

TEST(Grounds, TheLayoutHasRowsForWhatIsStated) {
  auto keys = [](const Sheet& sheet) {
    std::set<std::string> out;
    for (const auto& row : layout_of(sheet).rows) out.insert(row.key);
    return out;
  };
  EXPECT_FALSE(keys(small_sheet()).contains("h/owner/0"));
  EXPECT_TRUE(keys(owned()).contains("h/owner/0"));
  Sheet sheet = owned();
  std::size_t put = 0;
  for (const auto& field : layout_of(owned()).fields) {
    if (field.place.path != "laws/0/id" && field.place.path != "owner") continue;
    EXPECT_TRUE(field.put) << field.place.path;
    ++put;
  }
  EXPECT_GE(put, 2u);
}

class GroundsPages : public KpiPagesTest {};

TEST_P(GroundsPages, StatedByForm) {
  const std::string sheet = "/aoba/office/sheets/aoba.sheet-2023", form = sheet + "/grounds";
  ASSERT_OK(sheets().import_sheet(small_sheet(), "officer-aaaaaa"));
  EXPECT_EQ(send(http::Method::get, form).status, 200);
  web::Parameters fields = {{"base", "1"},
                            {"programme", ""},
                            {"owners", "企画課長 | Head of planning\n\n町長"},
                            {"laws", "基本の法 ｜ Basic act | 503AC0000000035\n条例"}};
  auto refused = send(http::Method::post, form, fields);
  EXPECT_EQ(refused.status, 422);
  for (const char* words : {"2行目：「日本語 | English」", "2行目：「題名 | Title | 法令 ID」", "町長"})
    EXPECT_NE(refused.bytes().find(words), std::string_view::npos) << words << " every fault at once, and what was typed";
  fields[2].second = "企画課長 | Head of planning";
  fields[3].second = "基本の法 | Basic act | 503AC";
  auto bad_id = send(http::Method::post, form, fields);
  EXPECT_EQ(bad_id.status, 422);
  EXPECT_NE(bad_id.bytes().find("e-Gov"), std::string_view::npos);
  fields[3].second = "基本の法 | Basic act | 503AC0000000035";
  EXPECT_EQ(send(http::Method::post, form, fields).status, 303);
  auto number = small_sheet().programmes[0].number;
  EXPECT_EQ(send(http::Method::get, form + "?programme=" + number).status, 200);
  EXPECT_EQ(send(http::Method::get, form + "?programme=99").status, 404);
  fields[1].second = number;
  fields[2].second = "係長 | Head\n課長 | Chief";
  EXPECT_EQ(send(http::Method::post, form, fields).status, 422) << "one post answers for a programme";
  fields[2].second = "係長 | Head";
  EXPECT_EQ(send(http::Method::post, form, fields).status, 303);
  auto state = sheets().state("aoba.sheet-2023", View{.drafts = true}).value();
  EXPECT_EQ(state->sheet.header.laws[0].id, kLaw);
  EXPECT_EQ(state->sheet.programmes[0].owner->en, "Head");
  auto page = send(http::Method::get, sheet);
  for (const char* words : {"https://laws.e-gov.go.jp/law/503AC0000000035", "企画課長"})
    EXPECT_NE(page.bytes().find(words), std::string_view::npos) << words;
  EXPECT_NE(send(http::Method::get, sheet + "/programmes").bytes().find("係長"), std::string_view::npos);
  EXPECT_NE(send(http::Method::get, sheet + "/programmes.csv").bytes().find("503AC0000000035"), std::string_view::npos);
}

INSTANTIATE_TEST_SUITE_P(Both, GroundsPages, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

}  // namespace
}  // namespace musubi::kpi
