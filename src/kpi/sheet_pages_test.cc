#include "kpi/sheet_pages.h"

#include <set>

#include "kpi/kpi_test_support.h"
#include "kpi/sheet_json.h"
#include "kpi/sheet_pack.h"
#include "text/csv.h"
#include "web/static_files.h"

namespace musubi::kpi {
namespace {

class SheetPagesTest : public KpiTest {
 protected:
  void SetUp() override {
    KpiTest::SetUp();
    context_ =
        std::make_unique<RouteContext>(RouteContext{*store, clock, [](const http::Request&) { return std::string("officer-cccccc"); },
                                                    [](const http::Request&) { return std::string("token"); },
                                                    [](const http::Request&, const std::string&) {
                                                      return web::Site{{"青葉町", "Aoba Town"}};
                                                    }});
    router_ = std::make_unique<http::Router>();
    router_->add(routes(*context_));
    for (const Sheet& sheet : embedded_sheets()) {
      ASSERT_OK(sheets().import_sheet(sheet, "officer-aaaaaa"));
      publish_sheet(sheet.header.id);
    }
  }
  void TearDown() override {
    router_.reset();
    context_.reset();
    KpiTest::TearDown();
  }
  std::string get(const std::string& target, http::Language language = http::Language::ja) {
    http::Request request;
    request.target = target;
    EXPECT_TRUE(http::parse_target(request).ok());
    request.language = language;
    auto response = router_->dispatch(request);
    EXPECT_EQ(response.status, 200) << target << " " << response.bytes();
    return std::string(response.bytes());
  }
  json::value json_of(const std::string& target) { return parse_json(get(target), JsonLimits{8 << 20, 32}).value(); }

  std::unique_ptr<RouteContext> context_;
  std::unique_ptr<http::Router> router_;
};

TEST_P(SheetPagesTest, TheSheetAsOfficialsKnowIt) {
  std::string page = get("/aoba/sheets/japan.soumu.31-10");
  for (const char* words : {"イ 達成", "ロ 目標に近い", "－ 期限前", "主要", "2016年度", "最終目標", "相当程度進展あり",
                            "規則の判断と同じ", "8,799", "Ⅰ 予算の拡大", "Lアラート", "達成の欄が数値と違う"})
    EXPECT_NE(page.find(words), page.npos) << words;
  EXPECT_EQ(page.find("style="), page.npos);
  EXPECT_NE(get("/aoba/sheets/japan.soumu.31-10", http::Language::en).find("Considerable progress"), page.npos);
  for (const char* target : {"", "?show=missed", "/indicators/21", "/programmes", "/history"})
    EXPECT_LT(web::gzip(get("/aoba/sheets/japan.soumu.31-10" + std::string(target))).size(), 40'000u) << target;
  EXPECT_TRUE(
      get("/aoba/sheets/japan.soumu.31-10/history.csv")
          .starts_with("sheet,part,number,revision,kind,at,actor,draft,cell,before,after,record,withheld\r\njapan.soumu.31-10,"));
  std::string missed = get("/aoba/sheets/japan.soumu.31-10?show=missed");
  for (const char* number : {"21", "22", "26", "32"})
    EXPECT_NE(missed.find("id=\"i-" + std::string(number) + "\""), missed.npos) << number;
  for (const char* number : {"1", "2", "3", "7", "25", "34"})
    EXPECT_EQ(missed.find("id=\"i-" + std::string(number) + "\""), missed.npos) << number;
  EXPECT_NE(page.find("href=\"/aoba/sheets/japan.soumu.31-10?show=reached\""), page.npos);
  std::string reached = get("/aoba/sheets/japan.soumu.31-10?show=reached");
  EXPECT_NE(reached.find("「達成」の指標だけ"), reached.npos);
  EXPECT_NE(reached.find("id=\"i-1\""), reached.npos);
  EXPECT_EQ(reached.find("id=\"i-21\""), reached.npos) << "missed";
  std::string none = get("/aoba/sheets/japan.soumu.31-10?show=no_mark");
  EXPECT_EQ(none.find("id=\"i-1\""), none.npos);
}

TEST_P(SheetPagesTest, WhoReviewedAndApprovedIsToldOfWhatIsPublic) {
  const json::value whole = json_of("/aoba/sheets/japan.soumu.31-10.json");
  const auto& route = whole.at("route").as_array();
  ASSERT_EQ(route.size(), 3u);
  for (auto [i, step, actor] :
       {std::tuple{0u, "reviewed", "officer-aaaaaa"}, {1u, "approved", "officer-bbbbbb"}, {2u, "published", "officer-bbbbbb"}}) {
    EXPECT_EQ(route[i].at("step"), step);
    EXPECT_EQ(route[i].at("actor"), actor);
    EXPECT_EQ(route[i].at("remark"), "理由がある");
  }
  ASSERT_FALSE(route[0].at("answered").as_array().empty());
  EXPECT_TRUE(route[0].at("answered").at(0).at("rule").is_string());
  const std::string page = get("/aoba/sheets/japan.soumu.31-10");
  const std::string way = page.substr(page.find("これまでの手順"));
  for (const char* words : {"点検", "承認", "officer-aaaaaa", "理由がある", "答えた気になる点", "/aoba/log/records/"})
    EXPECT_NE(way.find(words), way.npos) << words;
}

TEST_P(SheetPagesTest, AnIndicatorWithChartTableAndEvidence) {
  std::string page = get("/aoba/sheets/japan.soumu.31-10/indicators/32");
  for (const char* words : {"<svg", "98", "/aoba/log/records/", "/receipt", "ロ 目標に近い", "Lアラート"})
    EXPECT_NE(page.find(words), page.npos) << words;
  json::value one = json_of("/aoba/sheets/japan.soumu.31-10/indicators/32.json");
  EXPECT_EQ(one.at("computed").at("mark").as_string(), "near");
  EXPECT_TRUE(one.at("evidence").at("record").is_int64());
  http::Request request;
  request.target = "/aoba/sheets/japan.soumu.31-10/indicators/99";
  ASSERT_TRUE(http::parse_target(request).ok());
  EXPECT_EQ(router_->dispatch(request).status, 404);
}

TEST_P(SheetPagesTest, WhichTargetsWereMissedInTwoClicks) {
  std::string first = get("/aoba/sheets");
  EXPECT_NE(first.find("/aoba/sheets/targets?status=missed"), first.npos);
  auto found = [&](const std::string& status) {
    std::set<std::string> out;
    const json::value all = json_of("/aoba/sheets/targets.json?per_page=200" + (status.empty() ? "" : "&status=" + status));
    for (const auto& row : all.at("rows").as_array()) out.insert(std::string(row.at("indicator").as_string()));
    return out;
  };
  EXPECT_TRUE(found("year_missed").contains("japan.soumu.29-8/4"));
  EXPECT_FALSE(found("missed").contains("japan.soumu.29-8/5")) << "842 of fiscal 2016 says nothing of about 1,000 in fiscal 2017";
  EXPECT_TRUE(found("not_due").contains("japan.soumu.29-8/5"));
  EXPECT_TRUE(found("missed").contains("japan.soumu.31-10/21"));
  EXPECT_TRUE(found("no_target").empty());
  EXPECT_EQ(found("").size(), 48u);
  std::size_t sum = 0;
  for (const char* status : {"reached", "missed", "not_due", "no_mark"}) sum += found(status).size();
  EXPECT_EQ(sum, 48u) << "each once and none left out";
  std::size_t lines = 0;
  for (const Sheet& sheet : embedded_sheets())
    for (const auto& one : sheet.indicators) lines += one.lines.size();
  EXPECT_EQ(text::read_csv(get("/aoba/sheets/targets.csv")).value().rows.size(), lines + 1);
  EXPECT_NE(get("/aoba/sheets/targets?status=missed").find("4"), std::string::npos);
  get("/aoba/sheets/compare");
}

TEST_P(SheetPagesTest, CountsOfASheetAddUpAndDataIsForPrograms) {
  const json::value list = json_of("/aoba/sheets.json");
  for (const auto& one : list.at("sheets").as_array()) {
    auto n = [&](const char* key) { return one.at(key).to_number<int>(); };
    EXPECT_EQ(n("indicators"), n("reached") + n("missed") + n("not_due") + n("unmarked")) << one.at("id");
    EXPECT_EQ(n("missed"), n("near") + n("far"));
  }
  const json::value targets = json_of("/aoba/sheets/targets.json?sheet=japan.soumu.29-8");
  bool about = false;
  for (const auto& row : targets.at("rows").as_array()) {
    EXPECT_EQ(row.at("fiscal_year"), 2017);
    EXPECT_EQ(row.as_object().count("fiscal_year_text"), 0u);
    about = about || (row.at("target_bound") == "about" && row.at("target_number").is_number() && row.at("target_year").is_int64());
  }
  EXPECT_TRUE(about);
  EXPECT_NE(get("/aoba/sheets/targets", http::Language::en).find(">FY2017</"), std::string::npos);
  EXPECT_NE(get("/aoba/sheets/targets", http::Language::en).find("Each indicator counts once"), std::string::npos);
  EXPECT_NE(get("/aoba/sheets/targets?page=99", http::Language::en).find("There is only 1 page"), std::string::npos);
}

TEST_P(SheetPagesTest, JsonAndCsvSayWhatThePackSays) {
  for (const Sheet& sheet : embedded_sheets()) {
    json::value whole = json_of("/aoba/sheets/" + sheet.header.id + ".json");
    ASSERT_EQ(whole.at("indicators").as_array().size(), sheet.indicators.size());
    EXPECT_EQ(whole.at("edition").as_string(), edition_of(sheet));
    auto csv = text::read_csv(get("/aoba/sheets/" + sheet.header.id + ".csv"));
    ASSERT_OK(csv);
    std::size_t values = 0;
    for (const auto& one : sheet.indicators)
      for (const auto& line : one.lines) {
        values += line.baseline.has_value() + line.final_target.has_value();
        for (const auto& [year, both] : line.yearly) values += both.target.has_value() + both.actual.has_value();
      }
    EXPECT_EQ(csv->rows.size(), values + 1) << sheet.header.id;
    std::size_t amounts = 0;
    for (const auto& one : sheet.programmes) amounts += one.amounts.size();
    EXPECT_EQ(text::read_csv(get("/aoba/sheets/" + sheet.header.id + "/programmes.csv")).value().rows.size(), amounts + 1);
  }
  std::string programmes = get("/aoba/sheets/japan.soumu.29-8/programmes");
  for (const char* words : {"新29-0004", "59,555", "130,573", "115,528", "合わない"})
    EXPECT_NE(programmes.find(words), programmes.npos) << words;
}

INSTANTIATE_TEST_SUITE_P(Both, SheetPagesTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

}  // namespace
}  // namespace musubi::kpi
