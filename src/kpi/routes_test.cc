// Every row of the tables answers, and refuses whom it must; pages, JSON and CSV say the same.
#include "kpi/routes.h"

#include <set>

#include "base/file.h"
#include "kpi/json.h"
#include "kpi/kpi_test_support.h"
#include "kpi/report.h"
#include "kpi/scales.h"
#include "kpi/test_sheet.h"
#include "text/csv.h"
#include "web/problem_page.h"
#include "web/static_files.h"

namespace musubi::kpi {
namespace {

using http::Method;

constexpr const char* kHostile = "<script>alert(1)</script>\"'&";

PlanDocument basic_plan() {
  return read_plan(read_file(MUSUBI_SOURCE_DIR "/packs/japan/basic-plan-2019/plan.json", kMaxPackBytes).value()).value();
}

class RoutesTest : public KpiTest {
 protected:
  void SetUp() override {
    KpiTest::SetUp();
    if (HasFatalFailure()) return;
    context_ =
        std::make_unique<RouteContext>(RouteContext{*store, clock, [](const http::Request&) { return std::string("officer-cccccc"); },
                                                    [](const http::Request&) { return std::string("token-of-the-session"); },
                                                    [](const http::Request&, const std::string&) {
                                                      return web::Site{{"青葉町", "Aoba Town"}};
                                                    }});
    router_ = std::make_unique<http::Router>();
    router_->add(routes(*context_));
    router_->add(office_routes(*context_));
    router_->set_authoriser([this](const http::Route& route, http::Request&) -> Result<void> {
      if (route.access == http::Access::kPublic || officer_) return {};
      return Error{Code::kUnauthenticated, "test.sign_in", {"ログイン", "Sign in"}, {}};
    });
  }
  void TearDown() override {
    router_.reset();
    context_.reset();
    KpiTest::TearDown();
  }

  http::Response get(const std::string& target, http::Language language = http::Language::ja) {
    return send(Method::get, target, "", "", language);
  }
  http::Response send(Method method, const std::string& target, const std::string& type, const std::string& body,
                      http::Language language = http::Language::ja) {
    http::Request request;
    request.method = method;
    request.target = target;
    if (!type.empty()) request.headers.add("Content-Type", type);
    auto parsed = http::parse_target(request);
    EXPECT_TRUE(parsed.ok()) << target;
    request.language = language;
    request.body = body;
    return router_->dispatch(request);
  }
  json::value json_of(const std::string& target) {
    auto response = get(target);
    EXPECT_EQ(response.status, 200) << target << response.bytes();
    auto value = parse_json(response.bytes());
    return value.ok() ? *value : json::value(nullptr);
  }
  static std::string multipart(const std::string& content) {
    return "--b\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\nx\r\n--b\r\nContent-Disposition: form-data; name=\"pack\"; "
           "filename=\"plan.json\"\r\nContent-Type: application/json\r\n\r\n" +
           content + "\r\n--b--\r\n";
  }
  static bool names_fault(const http::Response& response, const std::string& where) {
    auto value = parse_json(response.bytes());
    const json::value* errors = value.ok() && value->is_object() ? value->get_object().if_contains("errors") : nullptr;
    if (!errors) return false;
    const auto& all = errors->get_array();
    return std::any_of(all.begin(), all.end(), [&](const json::value& one) { return one.at("where").as_string() == where; });
  }
  http::Response upload(const std::string& content) {
    return send(Method::post, "/aoba/office/plans", "multipart/form-data; boundary=b", multipart(content));
  }
  void publish(const Sheet& sheet) {
    ASSERT_OK(sheets().import_sheet(sheet, "officer-aaaaaa"));
    publish_sheet(sheet.header.id);
  }
  static std::string hidden(const std::string& page, const std::string& name) {
    std::string mark = "name=\"" + name + "\" value=\"";
    auto at = page.find(mark);
    if (at == page.npos) return {};
    at += mark.size();
    return page.substr(at, page.find('"', at) - at);
  }

  bool officer_ = true;
  std::unique_ptr<RouteContext> context_;
  std::unique_ptr<http::Router> router_;
};

TEST_P(RoutesTest, EveryRowAnswersAndOfficersRowsRefuseOthers) {
  sign(import(small_plan()).edition);
  publish(small_sheet());
  std::size_t rows = 0;
  for (const auto& route : router_->routes()) {
    std::string target(route->pattern);
    auto put = [&](const std::string& name, const std::string& value) {
      if (auto at = target.find(name); at != target.npos) target.replace(at, name.size(), value);
    };
    put("{org}", "aoba");
    if (target.find("/kpi/processes") != target.npos) continue;                                         // process_pages_test.cc
    if (target.find("/follow-up") != target.npos || target.find("/findings") != target.npos) continue;  // follow_up_pages_test.cc
    put("{plan}", "aoba.data-plan");
    put("{sheet}", "aoba.sheet-2023");
    put("{scale}", "japan.five-steps");
    put("{number}", target.find("/sheets/") == target.npos ? "1-1" : "1");
    put("{indicator}", "online-use-rate");
    put("{table}", "2-1");
    bool office = target.find("/office/") != target.npos;
    EXPECT_EQ(route->access, office ? http::Access::kOfficer : http::Access::kPublic) << target;
    if (office) {
      officer_ = false;
      EXPECT_EQ(send(route->method, target, "", "").status, 401) << target;
      officer_ = true;
    }
    ++rows;
    if (route->method != Method::get) continue;
    for (auto language : web::kLanguages) {
      auto response = get(target, language);
      EXPECT_EQ(response.status, 200) << target << " " << response.bytes();
      if (target.ends_with(".json"))
        EXPECT_TRUE(parse_json(response.bytes()).ok()) << target;
      else if (target.ends_with(".csv"))
        EXPECT_TRUE(text::read_csv(response.bytes()).ok()) << target;
      else if (target.ends_with(".xlsx"))
        EXPECT_TRUE(response.bytes().starts_with("PK")) << target;
      else
        EXPECT_NE(response.bytes().find("<h1>"), std::string_view::npos) << target;
    }
    EXPECT_EQ(get("/nowhere" + target.substr(5)).status, 404) << target;
  }
  EXPECT_EQ(rows, 215u);
}

// A page of a past day that does not say so reads as one of today.
TEST_P(RoutesTest, EveryPublicPageOfADaySaysWhichDay) {
  sign(import(small_plan()).edition);
  publish(small_sheet());
  const std::string day = text::iso_date(text::jst_date(clock.now()));
  std::set<std::string> not_here;
  std::size_t pages = 0, data = 0;
  for (const auto& route : router_->routes()) {
    std::string target(route->pattern);
    if (route->access != http::Access::kPublic || target.ends_with(".csv") || target.ends_with(".xlsx")) continue;
    if (std::none_of(route->docs.query.begin(), route->docs.query.end(), [](const auto& one) { return one.name == "as_of"; }))
      continue;
    for (auto [name, value] : {std::pair{"{org}", "aoba"},
                               {"{plan}", "aoba.data-plan"},
                               {"{sheet}", "aoba.sheet-2023"},
                               {"{scale}", "japan.five-steps"},
                               {"{number}", target.find("/sheets/") == target.npos ? "1-1" : "1"},
                               {"{indicator}", "online-use-rate"},
                               {"{procedure}", "jp.moving.move-in"}})
      if (auto at = target.find(name); at != target.npos) target.replace(at, std::string_view(name).size(), value);
    auto response = get(target + "?as_of=" + day, http::Language::en);
    if (response.status == 404) {
      not_here.insert(std::string(route->pattern));
      continue;
    }
    ASSERT_EQ(response.status, 200) << target << response.bytes();
    const bool is_data = target.ends_with(".json");
    ++(is_data ? data : pages);
    const std::string says = is_data ? "\"as_of\":\"" + day + "\"" : "As known on ";
    EXPECT_NE(response.bytes().find(says), std::string_view::npos) << target;
    if (!is_data) { EXPECT_EQ(get(target, http::Language::en).bytes().find(says), std::string_view::npos) << target; }
  }
  for (const auto& one : not_here)  // process_pages_test.cc, follow_up_pages_test.cc: nothing of it is published here
    EXPECT_TRUE(one.find("/kpi/processes/{procedure}") != one.npos || one.find("/follow-up") != one.npos ||
                one.find("/findings") != one.npos)
        << one;
  EXPECT_GT(pages, 20u);
  EXPECT_GT(data, 20u);
  for (const char* page : {"/aoba/sheets", "/aoba/sheets/aoba.sheet-2023", "/aoba/sheets/targets", "/aoba/kpi",
                           "/aoba/kpi/online-use-rate", "/aoba/plans/aoba.data-plan"}) {
    EXPECT_NE(get(page).bytes().find("name=\"as_of\" value=\"\""), std::string_view::npos) << page;
    EXPECT_NE(get(std::string(page) + "?as_of=" + day).bytes().find("name=\"as_of\" value=\"" + day + "\""), std::string_view::npos)
        << page;
  }
  EXPECT_NE(get("/aoba/sheets/aoba.sheet-2023?show=missed").bytes().find("name=\"show\" value=\"missed\""), std::string_view::npos)
      << "another day, still the missed ones";
  EXPECT_NE(get("/aoba/sheets/targets?status=missed&as_of=" + day).bytes().find("href=\"/aoba/sheets/targets?status=missed\""),
            std::string_view::npos);
}

// Records of drafts are for administrators: pages lead officers to those alone that they may open.
TEST_P(RoutesTest, PagesLeadToRecordsThatMayBeOpened) {
  sign(import(small_plan()).edition);
  PlanDocument more = small_plan();
  more.measures[0].title.en += " again";
  import(more);
  Sheet sheet = small_sheet();
  publish(sheet);
  sheet.indicators[0].title.en += " again";
  ASSERT_OK(sheets().import_sheet(sheet, "officer-aaaaaa"));
  const auto draft = std::to_string(plans().history("aoba.data-plan", "1-1", {.drafts = true}).value()[0].record);
  const auto part =
      std::to_string(sheets().state("aoba.sheet-2023", {.drafts = true}).value()->part({PartKind::kIndicator, "1"})->record);
  auto leads = [&](const std::string& page, const std::string& record) {
    return get(page).bytes().find("href=\"/aoba/log/records/" + record + "\"") != std::string_view::npos;
  };
  const std::string plan = "/aoba/office/plans/aoba.data-plan",
                    kept = std::to_string(plans().history("aoba.data-plan", "1-2", {.drafts = true}).value()[0].record);
  const std::string of_plan[] = {plan, plan + "/measures/1-1", plan + "/measures/1-1/history", plan + "/sign-off"};
  const std::string of_sheet[] = {"/aoba/office/sheets/aoba.sheet-2023/indicators/1", "/aoba/office/sheets/aoba.sheet-2023/history"};
  for (const auto& page : of_plan) EXPECT_FALSE(leads(page, draft)) << page;
  for (const auto& page : of_sheet) EXPECT_FALSE(leads(page, part)) << page;
  EXPECT_NE(get(plan + "/measures/1-1", http::Language::en).bytes().find("for administrators until it is public"),
            std::string_view::npos);
  EXPECT_NE(get(plan).bytes().find("管理者"), std::string_view::npos);
  EXPECT_TRUE(leads(plan, kept)) << "signed off";
  context_->is_administrator = [](const http::Request&) { return true; };
  for (const auto& page : of_plan) EXPECT_TRUE(leads(page, draft)) << page;
  for (const auto& page : of_sheet) EXPECT_TRUE(leads(page, part)) << page;
  EXPECT_EQ(get(plan).bytes().find("管理者"), std::string_view::npos);
}

TEST_P(RoutesTest, ADraftPlanLeadsToNoPageThatIsNotPublic) {
  auto report = make_report(*database, clock.now());
  ASSERT_OK(report);
  ASSERT_OK(keep_report(*database, "minato", {"港市", "Minato City"}, *report, "service"));
  const std::string edition = import(small_plan()).edition, link = "/aoba/plans/aoba.data-plan/coverage";
  EXPECT_EQ(get("/aoba/office/plans/aoba.data-plan").bytes().find(link), std::string_view::npos);
  sign(edition);
  EXPECT_NE(get("/aoba/office/plans/aoba.data-plan").bytes().find(link), std::string_view::npos);
  EXPECT_EQ(get(link).status, 200);
}

// A report tells of acts of persons what may be told: an empty series is none or too few, and nobody can tell which.
TEST_P(RoutesTest, ScalesAndAnOfficersIndicatorAsTables) {
  Scale own = embedded_scales()[0];
  own.id = "aoba.own";
  own.title = {"=1+1", "+a"};
  ASSERT_OK(Scales(*database).import_scale(own, "officer-aaaaaa"));
  for (const char* page : {"/aoba/sheets/scales", "/aoba/office/sheets/scales", "/aoba/office/kpi/online-use-rate"})
    EXPECT_NE(get(page).bytes().find(std::string(page) + ".csv"), std::string_view::npos) << page;
  for (const char* table : {"/aoba/sheets/scales.csv", "/aoba/office/sheets/scales.csv"}) {
    auto read = text::read_csv(get(table).bytes());
    ASSERT_OK(read);
    ASSERT_EQ(read->rows.size(), embedded_scales().size() + 2) << table;
    const auto& last = read->rows.back();
    EXPECT_EQ((std::vector(last.begin(), last.begin() + 3)), (std::vector<std::string>{"aoba.own", "'=1+1", "'+a"})) << table;
    EXPECT_EQ(last[11], "1") << "its revision";
  }
  EXPECT_TRUE(get("/aoba/sheets/scales.csv?spreadsheet=1").bytes().starts_with("\xEF\xBB\xBFscale,"));
  std::string open(get("/aoba/kpi/online-use-rate.csv").bytes());
  EXPECT_EQ(get("/aoba/office/kpi/online-use-rate.csv").bytes(), open) << "nothing is small, so officers see the same";
  EXPECT_TRUE(get("/aoba/office/kpi/online-use-rate.csv?spreadsheet=1").bytes().starts_with("\xEF\xBB\xBFindicator,"));
  EXPECT_EQ(get("/aoba/office/kpi/none.csv").status, 404);
}

TEST_P(RoutesTest, LooksAtFiguresWriteNoRecord) {
  auto report = make_report(*database, clock.now());
  ASSERT_OK(report);
  ASSERT_OK(keep_report(*database, "minato", {"港市", "Minato City"}, *report, "service"));
  const auto size = evidence::Log::of(*database).size();
  for (int look = 0; look < 2; ++look) {
    clock.advance_us(3'600'000'000);
    std::string page(get("/aoba/kpi", http::Language::en).bytes());
    EXPECT_NE(page.find("Minato City"), page.npos);
    EXPECT_NE(page.find("never because somebody looks"), page.npos);
    EXPECT_NE(page.find("Indicators without records yet"), page.npos);
    EXPECT_EQ(get("/aoba/kpi.json").status, 200);
    EXPECT_EQ(get("/aoba/kpi/online-use-rate").status, 200);
  }
  EXPECT_EQ(evidence::Log::of(*database).size(), size);
}

TEST_P(RoutesTest, ADayBeforeAnythingWasKnownSaysSo) {
  sign(import(small_plan()).edition);
  std::string page(get("/aoba/plans/aoba.data-plan.json?as_of=2001-01-01").bytes());
  EXPECT_EQ(get("/aoba/plans/aoba.data-plan?as_of=2001-01-01").status, 404);
  EXPECT_NE(page.find("\"as_of\""), page.npos) << page;
}

TEST_P(RoutesTest, Refusals) {
  EXPECT_EQ(get("/aoba/plans/aoba.data-plan").status, 404);
  import(small_plan());
  EXPECT_EQ(get("/aoba/plans/aoba.data-plan").status, 404) << "a draft is not public";
  EXPECT_EQ(get("/aoba/office/plans/aoba.data-plan").status, 200);
  sign(edition_of(small_plan()));
  for (const char* bad : {"?status=odd", "?field=odd", "?section=99", "?sort=odd", "?page=0", "?per_page=201"})
    EXPECT_EQ(get(std::string("/aoba/plans/aoba.data-plan.json") + bad).status, 422) << bad;
  auto history = get("/aoba/plans/aoba.data-plan/measures/1-1/history.csv");
  EXPECT_EQ(history.status, 200);
  EXPECT_TRUE(history.bytes().starts_with(
      "plan,number,revision,kind,at,actor,draft,member,before,after,record\r\naoba.data-plan,1-1,1,entered,"));
  EXPECT_EQ(get("/aoba/plans/aoba.data-plan/measures/9-9/history.csv").status, 404);
  for (const char* bad : {"?as_of=yesterday", "?as_of=2019-02-30"}) {
    auto refused = get(std::string("/aoba/plans/aoba.data-plan.json") + bad);
    EXPECT_EQ(refused.status, 400) << bad;
    for (const char* words : {"as_of（時点）", "The as_of of the address", "as_of=2019-06-14"})
      EXPECT_NE(refused.bytes().find(words), std::string::npos) << words;
  }
  EXPECT_EQ(get("/aoba/plans/aoba.data-plan?as_of=2001-01-01").status, 404);
  EXPECT_EQ(get("/aoba/plans/aoba.data-plan/measures/9-9").status, 404);
  EXPECT_EQ(get("/aoba/plans/nowhere.json?as_of=yesterday").status, 404);
  EXPECT_EQ(get("/aoba/plans/aoba.data-plan?as_of=2024-04-10").status, 200);
}

// The day is no fault that hides others, and the whole list is refused, not shown as of now.
TEST_P(RoutesTest, AListNamesAllThatIsWrongWithItsAddress) {
  sign(import(small_plan()).edition);
  for (const char* end :
       {"/plans", "/plans/aoba.data-plan", "/plans/aoba.data-plan.json", "/plans/aoba.data-plan.csv", "/plans/aoba.data-plan/targets",
        "/plans/aoba.data-plan/follow-up", "/kpi", "/kpi.json", "/kpi.csv", "/office/kpi", "/office/kpi.json", "/sheets/targets",
        "/sheets/targets.json", "/sheets/targets.csv", "/sheets/across", "/sheets/programmes", "/office/sheets/targets",
        "/office/sheets/across", "/office/sheets/programmes"}) {
    const std::string self = "/aoba" + std::string(end);
    EXPECT_EQ(get(self).status, self.ends_with("/follow-up") ? 404 : 200) << end;  // it has none yet
    auto one = get(self + "?as_of=foo");
    EXPECT_EQ(one.status, 400) << end;
    EXPECT_NE(one.bytes().find("plan.bad_as_of"), std::string::npos) << end;
    auto many = get(self + "?sort=odd&as_of=foo");
    EXPECT_EQ(many.status, 422) << end;
    for (const char* where : {"as_of", "sort"}) EXPECT_TRUE(names_fault(many, where)) << end << " " << where;
  }
  auto all = get("/aoba/plans/aoba.data-plan.json?sort=odd&page=x&status=odd&per_page=-1&as_of=foo");
  for (const char* where : {"as_of", "sort", "page", "status", "per_page"}) EXPECT_TRUE(names_fault(all, where)) << where;
}

TEST_P(RoutesTest, ATextIsReadShownAndImportedAsADraft) {
  auto post = [&](const std::string& id, const std::string& text) {
    auto part = [](const char* name, const std::string& value) {
      return std::string("--b\r\nContent-Disposition: form-data; name=\"") + name + "\"\r\n\r\n" + value + "\r\n";
    };
    return send(Method::post, "/aoba/office/plans/from-text", "multipart/form-data; boundary=b",
                part("id", id) + part("title", "架空の計画") + part("date", "2024-04-01") +
                    "--b\r\nContent-Disposition: form-data; name=\"text\"; filename=\"p.txt\"\r\nContent-Type: text/plain\r\n\r\n" +
                    text + "\r\n--b--\r\n");
  };
  EXPECT_EQ(post("", "").status, 422);
  EXPECT_EQ(post("aoba.text", "何もない").status, 422);
  auto read = post("aoba.text", std::string("II－（１）窓口【条例第10条関係】\n○[No.１－２] 予約") + kHostile +
                                    "\nKPI（進捗）：数\nKPI（効果）：未設定\n");
  ASSERT_EQ(read.status, 200) << read.bytes();
  std::string page(read.bytes());
  EXPECT_EQ(page.find("<script"), page.npos);
  EXPECT_NE(page.find("1-1 がありません"), page.npos);
  for (const char* words : {"どの行を何と読んだか", "II－（１）窓口【条例第10条関係】", "KPI（進捗）：数"})
    EXPECT_NE(page.find(words), page.npos) << words;
  auto long_one = post("aoba.text", [] {
    std::string text = "II－（１）窓口【条例第10条関係】\n";
    for (int i = 1; i <= 60; ++i) text += "○[No.1-" + std::to_string(i) + "] 予約\nKPI（進捗）：数\nKPI（効果）：未設定\n";
    return text;
  }());
  EXPECT_NE(long_one.bytes().find("181 のうちはじめの 100 です"), std::string_view::npos);
  auto value_of = [&](const std::string& name) {
    auto at = page.find("name=\"" + name + "\"");
    at = page.find("value=\"", at) + 7;
    return page.substr(at, page.find('"', at) - at);
  };
  auto done = send(Method::post, "/aoba/office/plans/import", "application/x-www-form-urlencoded",
                   "upload=" + value_of("upload") + "&edition=" + value_of("edition"));
  EXPECT_EQ(done.status, 303) << done.bytes();
  EXPECT_EQ(json_of("/aoba/office/plans/aoba.text.json").at("total"), 1);
}

TEST_P(RoutesTest, JsonAndCsvSayTheSame) {
  PlanDocument plan = basic_plan();
  auto outcome = plans().import_plan(plan, "officer-aaaaaa");
  ASSERT_OK(outcome);
  ASSERT_OK(plans().sign_off(plan.header.id, "officer-bbbbbb", outcome->edition));
  const std::string base = "/aoba/plans/japan.basic-plan-2019";
  for (const char* query : {"?per_page=200", "?status=kpi_not_set&per_page=200", "?field=health-care&sort=-number&per_page=200",
                            "?section=8&per_page=10&page=2", "?q=%E9%98%B2%E7%81%BD&per_page=200"}) {
    json::value data = json_of(base + ".json" + query);
    auto csv = text::read_csv(get(base + ".csv" + query).bytes());
    ASSERT_OK(csv);
    const auto& measures = data.at("measures").as_array();
    ASSERT_EQ(csv->rows.size(), measures.size() + 1) << query;
    std::map<std::string, std::size_t> column;
    for (std::size_t i = 0; i < csv->rows[0].size(); ++i) column[csv->rows[0][i]] = i;
    for (std::size_t i = 0; i < measures.size(); ++i) {
      const auto& row = csv->rows[i + 1];
      const auto& one = measures[i].as_object();
      EXPECT_EQ(row[column["number"]], one.at("number").as_string());
      EXPECT_EQ(row[column["title_ja"]], one.at("title").at("ja").as_string());
      EXPECT_EQ(row[column["progress_status"]], one.at("progress_kpi").at("status").as_string());
      EXPECT_EQ(row[column["effect_status"]], one.at("effect_kpi").at("status").as_string());
      EXPECT_EQ(row[column["digest"]], one.at("digest").as_string());
      EXPECT_EQ(row[column["record"]], std::to_string(one.at("record").as_int64()));
      EXPECT_EQ(row[column["target_ja"]].empty(), !one.contains("target"));
    }
  }
  json::value all = json_of(base + ".json");
  EXPECT_EQ(all.at("total").to_number<int>(), 159);
  EXPECT_EQ(all.at("edition").as_string(), outcome->edition);
  EXPECT_EQ(all.at("measures").as_array().size(), 50u);
  EXPECT_EQ(text::read_csv(get(base + ".csv").bytes())->rows.size(), 160u) << "without a page: everything";
  EXPECT_FALSE(get(base + ".csv").bytes().starts_with("\xef\xbb\xbf"));
  EXPECT_EQ(json_of(base + ".json?status=no_target").at("total").to_number<int>(), 100);
  std::string page(get(base).bytes());
  EXPECT_NE(page.find(base + "?status=kpi_not_set"), page.npos);
  EXPECT_NE(page.find(base + "?status=no_target"), page.npos);
  for (const char* target : {"", "?page=2", "?page=4", "/summary", "/measures/7-3", "/measures/8-28/history"}) {
    std::string html(get(base + target).bytes());
    EXPECT_LT(web::gzip(html).size(), 30'000u) << target;
  }
}

TEST_P(RoutesTest, HostileTitlesStayText) {
  PlanDocument plan = small_plan();
  plan.header.title = plan.header.summary = plan.header.fields[0].title = plan.header.sections[0].title = {kHostile, kHostile};
  for (auto& measure : plan.measures) {
    measure.title = measure.locator = {kHostile, kHostile};
    measure.doubt = Text{kHostile, kHostile};
  }
  Sheet sheet = small_sheet();
  sheet.header.policy_title = sheet.header.doubt.emplace() = sheet.header.goals[0].title = {kHostile, kHostile};
  for (auto& one : sheet.indicators) one.title = one.locator = one.factor.emplace() = {kHostile, kHostile};
  for (auto& one : sheet.programmes) one.title = {kHostile, kHostile};
  publish(sheet);
  auto first = import(plan);
  plan.measures[0].doubt = Text{std::string("<b>") + kHostile, kHostile};
  sign(import(plan).edition);
  for (const auto& route : router_->routes()) {
    std::string target(route->pattern);
    if (route->method != Method::get || target.ends_with(".json") || target.ends_with(".csv") ||
        target.find("/kpi/processes") != target.npos)
      continue;
    const char* number = target.find("/sheets/") == target.npos ? "1-1" : "1";
    for (auto [name, value] : {std::pair{"{org}", "aoba"},
                               {"{plan}", "aoba.data-plan"},
                               {"{sheet}", "aoba.sheet-2023"},
                               {"{scale}", "japan.five-steps"},
                               {"{number}", number},
                               {"{indicator}", "decisions"}})
      if (auto at = target.find(name); at != target.npos) target.replace(at, std::string_view(name).size(), value);
    auto response = get(target);
    bool not_yet = response.status == 404 && (target.find("/follow-up") != target.npos ||
                                              target.find("/findings") != target.npos);  // nothing of it is published
    EXPECT_TRUE(response.status == 200 || not_yet) << target << " " << response.status;
    EXPECT_EQ(response.bytes().find("<script>alert"), std::string_view::npos) << target;
    EXPECT_EQ(response.bytes().find("<b>"), std::string_view::npos) << target;
  }
}

TEST_P(RoutesTest, FromUploadToSignOff) {
  std::string text = pretty_json(pack_of(small_plan()));
  auto preview = upload(text);
  ASSERT_EQ(preview.status, 200);
  std::string page(preview.bytes()), id = hidden(page, "upload");
  EXPECT_EQ(hidden(page, "csrf"), "token-of-the-session");
  ASSERT_FALSE(id.empty());
  EXPECT_ERROR(plans().state("aoba.data-plan", {.drafts = true}), "plan.unknown");
  auto form = "application/x-www-form-urlencoded";
  auto imported = send(Method::post, "/aoba/office/plans/import", form, "csrf=x&upload=" + id + "&edition=");
  EXPECT_EQ(imported.status, 303);
  EXPECT_EQ(imported.headers.get("Location"), "/aoba/office/plans/aoba.data-plan/sign-off");
  EXPECT_EQ(send(Method::post, "/aoba/office/plans/import", form, "upload=" + id + "&edition=").status, 404) << "used up";

  std::string review(get("/aoba/office/plans/aoba.data-plan/sign-off").bytes());
  EXPECT_EQ(hidden(review, "edition"), edition_of(small_plan()));
  EXPECT_EQ(send(Method::post, "/aoba/office/plans/aoba.data-plan/sign-off", form, "edition=old").status, 409);
  auto done = send(Method::post, "/aoba/office/plans/aoba.data-plan/sign-off", form, "edition=" + hidden(review, "edition"));
  EXPECT_EQ(done.status, 303);
  EXPECT_EQ(done.headers.get("Location"), "/aoba/plans/aoba.data-plan");
  EXPECT_EQ(get("/aoba/plans/aoba.data-plan").status, 200);
  EXPECT_EQ(plans().history("aoba.data-plan", "1-1", {}).value()[0].actor, "officer-cccccc");
  EXPECT_TRUE(hidden(std::string(upload(text).bytes()), "upload").empty()) << "nothing to confirm";
}

TEST_P(RoutesTest, UploadsWithFaultsListThemAll) {
  PlanDocument plan = small_plan();
  plan.measures[0].progress.due = Text{"後", "later"};
  plan.measures[1].field = "sports";
  plan.measures[2].number = "1-1";
  auto response = upload(pretty_json(pack_of(plan)));
  EXPECT_EQ(response.status, 422);
  for (const char* place : {"/measures/0/progress_kpi/due", "/measures/1/field", "/measures/2/number"})
    EXPECT_NE(response.bytes().find(place), std::string_view::npos) << place;
  EXPECT_EQ(upload("{").status, 422);
  EXPECT_EQ(upload("").status, 422);
  auto nothing = send(Method::post, "/aoba/office/plans", "application/x-www-form-urlencoded", "embedded=");
  EXPECT_EQ(nothing.status, 422);
  EXPECT_NE(nothing.bytes().find("id=\"error-embedded\""), std::string::npos) << "the choice that was not made, not the file";
  auto embedded = send(Method::post, "/aoba/office/plans", "application/x-www-form-urlencoded", "embedded=japan.basic-plan-2019");
  EXPECT_EQ(embedded.status, 200);
  EXPECT_FALSE(hidden(std::string(embedded.bytes()), "upload").empty());
}

INSTANTIATE_TEST_SUITE_P(Both, RoutesTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

}  // namespace
}  // namespace musubi::kpi
