// Pages, data, drawing and export of processes: what everybody sees and what officers see.
#include "kpi/process_pages.h"

#include <set>

#include "kpi/kpi_test_support.h"
#include "kpi/process_graph.h"
#include "kpi/report.h"
#include "kpi/xes.h"
#include "text/csv.h"

namespace musubi::kpi {
namespace {

constexpr std::string_view kFacts[] = {"procedure", "step", "outcome"};
const evidence::RecordType kOpened{"records.case_opened", 1, evidence::Visibility::kOfficers, "x", "x", kFacts};
const evidence::RecordType kDone{"records.step_done", 1, evidence::Visibility::kOfficers, "x", "x", kFacts};
const evidence::RecordType kDecided{"records.decided", 1, evidence::Visibility::kOfficers, "x", "x", kFacts};

class ProcessPagesTest : public KpiTest {
 protected:
  void SetUp() override {
    KpiTest::SetUp();
    if (HasFatalFailure()) return;
    context_ =
        std::make_unique<RouteContext>(RouteContext{*store, clock, [](const http::Request&) { return std::string("officer-cccccc"); },
                                                    [](const http::Request&) { return std::string("token"); },
                                                    [](const http::Request&, const std::string&) {
                                                      return web::Site{{"青葉町", "Aoba <Town>"}};
                                                    }});
    context_->step_words = [](const std::string&, std::string_view step) -> std::optional<StepWords> {
      if (step == "check") return StepWords{{"形式の確認", "Format check"}, "desk"};
      return std::nullopt;
    };
    router_ = std::make_unique<http::Router>();
    router_->add(process_routes(*context_));
    router_->add(process_office_routes(*context_));
    router_->set_authoriser([this](const http::Route& route, http::Request&) -> Result<void> {
      if (route.access == http::Access::kPublic || (officer_ && route.access == http::Access::kOfficer)) return {};
      return Error{Code::kUnauthenticated, "test.sign_in", {"ログイン", "Sign in"}, {}};
    });
    for (int i = 0; i < 6; ++i) a_case({{"check", "passed"}});
    for (int i = 0; i < 5; ++i) a_case({{"check", "sent_back"}, {"applicant", "answered"}, {"check", "passed"}});
    a_case({{"check", "passed"}, {"chief", "grant"}});
    a_case({{"check", "passed"}, {"chief", "grant"}});
  }
  void TearDown() override {
    router_.reset();
    context_.reset();
    KpiTest::TearDown();
  }
  void a_case(std::vector<std::pair<const char*, const char*>> steps) {
    const std::string stream = "records/case/2024-" + std::to_string(100000 + ++n_);
    auto append = [&](const evidence::RecordType& type, json::object facts) {
      facts["procedure"] = "jp.moving.move-in";
      auto done = database->write([&](db::Transaction& tx) {
        return evidence::append(tx, {type, stream, "officer-aaaaaa", {}, facts});
      });
      ASSERT_OK(done);
    };
    append(kOpened, {});
    for (auto [step, outcome] : steps) {
      clock.advance_us(3'600'000'000);
      append(kDone, {{"step", step}, {"outcome", outcome}});
    }
    append(kDecided, {{"outcome", "grant"}});
  }
  http::Response get(const std::string& target, http::Language language = http::Language::en) {
    http::Request request;
    request.method = http::Method::get;
    request.target = target;
    EXPECT_TRUE(http::parse_target(request).ok()) << target;
    request.language = language;
    return router_->dispatch(request);
  }
  json::value json_of(const std::string& target) {
    auto response = get(target);
    EXPECT_EQ(response.status, 200) << target << response.bytes();
    return parse_json(response.bytes(), {4 << 20, 32}).value();
  }
  static std::size_t count_of(std::string_view text, std::string_view part) {
    std::size_t n = 0;
    for (auto at = text.find(part); at != text.npos; at = text.find(part, at + part.size())) ++n;
    return n;
  }
  std::unique_ptr<RouteContext> context_;
  std::unique_ptr<http::Router> router_;
  bool officer_ = true;
  int n_ = 0;
};

TEST_P(ProcessPagesTest, EveryRouteAnswersAndRefusesWhomItMust) {
  for (const auto& route : router_->routes()) {
    std::string target(route->pattern);
    target.replace(target.find("{org}"), 5, "aoba");
    if (auto at = target.find("{procedure}"); at != target.npos) target.replace(at, 11, "jp.moving.move-in");
    if (target.find("/cases") != target.npos) target += "?source=case_opened&target=step_done:check";
    for (auto language : {http::Language::ja, http::Language::en}) EXPECT_EQ(get(target, language).status, 200) << target;
    officer_ = false;
    EXPECT_EQ(get(target).status, route->access == http::Access::kPublic ? 200 : 401) << target;
    officer_ = true;
  }
}

TEST_P(ProcessPagesTest, WaysThatDifferByTheirOutcomesAreTwo) {
  for (int i = 0; i < 5; ++i) a_case({{"check", "sent_back"}});
  context_->part_title = [](const std::string&, const std::string& fact, const std::string& value) -> std::optional<Text> {
    if (fact != "outcome" || value != "sent_back") return std::nullopt;
    return Text{"申請者へ差戻し", "sent back to the applicant"};
  };
  std::string page(get("/aoba/kpi/processes/jp.moving.move-in").bytes());
  const std::string way = "Opened → Format check: done";
  EXPECT_NE(page.find(way + " (passed) → "), page.npos) << page;
  EXPECT_NE(page.find(way + " (sent back to the applicant) → "), page.npos);
  EXPECT_NE(get("/aoba/kpi/processes/jp.moving.move-in", http::Language::ja).bytes().find("（申請者へ差戻し）"), page.npos);
}

TEST_P(ProcessPagesTest, EverybodySeesGroupsOfficersSeeCases) {
  auto open = json_of("/aoba/kpi/processes/jp.moving.move-in.json").at("process").as_object();
  EXPECT_EQ(open.at("cases"), 10);  // five of six, and five; two are too few
  EXPECT_TRUE(open.at("left_out").as_bool());
  EXPECT_EQ(open.at("all_cases"), 10) << "thirteen, in fives";
  EXPECT_TRUE(open.at("all_cases_at_least").as_bool());
  EXPECT_TRUE(open.at("reworked").is_null()) << "those that came back are the ones not shown";
  auto office = json_of("/aoba/office/kpi/processes/jp.moving.move-in.json").at("process").as_object();
  EXPECT_EQ(office.at("cases"), 13);
  EXPECT_EQ(office.at("reworked"), 5);
  auto csv = text::read_csv(get("/aoba/kpi/processes/jp.moving.move-in.csv").bytes());
  ASSERT_OK(csv);
  ASSERT_GT(csv->rows.size(), 10u);
  for (std::size_t i = 1; i < csv->rows.size(); ++i) EXPECT_GE(std::stoi(csv->rows[i][5]), 5) << csv->rows[i][1];
  std::string page(get("/aoba/kpi/processes/jp.moving.move-in").bytes());
  EXPECT_EQ(page.find("chief"), page.npos);
  EXPECT_EQ(page.find("/office/"), page.npos);
  EXPECT_NE(page.find("Format check: done"), page.npos);
  EXPECT_NE(page.find("10 of at least 10 cases shown"), page.npos);
  EXPECT_EQ(page.find("Cases with rework (%)"), page.npos);
  EXPECT_NE(page.find("of the cases shown"), page.npos);
  EXPECT_NE(get("/aoba/kpi/processes/jp.moving.move-in", http::Language::ja).bytes().find("少なくとも 10 件のうち 10 件"),
            std::string_view::npos);
  EXPECT_NE(get("/aoba/office/kpi/processes/jp.moving.move-in").bytes().find("Cases with rework (%)"), std::string_view::npos);
}

TEST_P(ProcessPagesTest, TheListShowsMonthsAndOfficesWithTheFiguresOfTheProcessesThemselves) {
  auto one = json_of("/aoba/kpi/processes/jp.moving.move-in.json").at("process").as_object();
  auto list = json_of("/aoba/kpi/processes.json").as_object();
  EXPECT_EQ(list.at("processes").as_array().at(0).at("months"), one.at("months")) << "nothing beside what the process shows";
  auto& offices = list.at("offices").as_array();
  ASSERT_EQ(offices.size(), 2u) << "the chief's two cases are hidden";
  EXPECT_TRUE(offices[0].at("post").is_null()) << "the applicant";
  EXPECT_EQ(offices[1].at("post"), "desk");
  EXPECT_EQ(offices[1].at("n"), 15) << "once in five cases, twice in five";
  EXPECT_EQ(offices[1].at("median_s"), one.at("steps").as_array().at(0).at("waiting").at("median_s"));
  auto all = json_of("/aoba/office/kpi/processes.json").as_object();
  ASSERT_EQ(all.at("offices").as_array().size(), 3u);
  EXPECT_TRUE(all.at("offices").as_array()[0].at("post").is_null()) << "a step without a post in the wiring";
  EXPECT_EQ(all.at("processes").as_array().at(0).at("months").as_array().at(0).at("reworked"), 5);
  std::string page(get("/aoba/kpi/processes").bytes());
  for (const char* words : {"By month opened", "Steps by office", "desk", "2024-04"}) EXPECT_NE(page.find(words), page.npos) << words;
  EXPECT_EQ(page.find("What organisations reported"), page.npos);
  auto csv = text::read_csv(get("/aoba/kpi/processes.csv").bytes());
  ASSERT_OK(csv);
  for (std::size_t i = 1; i < csv->rows.size(); ++i) EXPECT_GE(std::stoi(csv->rows[i][5]), 5) << csv->rows[i][1];
}

TEST_P(ProcessPagesTest, PostsAreCalledByTheirTitles) {
  const char* pages[] = {"/aoba/kpi/processes", "/aoba/kpi/processes/jp.moving.move-in",
                         "/aoba/office/kpi/processes/jp.moving.move-in"};
  context_->posts = [](const std::string&) { return std::vector<PostWords>{{"desk", {"窓口係", "Counter desk"}}}; };
  for (const char* one : pages) {
    const std::string page(get(one).bytes());
    EXPECT_NE(page.find(">Counter desk<"), page.npos) << one;
    EXPECT_EQ(page.find(">desk<"), page.npos) << one;
  }
  context_->posts = [](const std::string&) { return std::vector<PostWords>(); };
  for (const char* one : pages) EXPECT_NE(get(one).bytes().find(">desk<"), std::string_view::npos) << one << ": one that is no more";
}

TEST_P(ProcessPagesTest, ANationShowsWhatItsTownsShowAndNoMore) {
  auto report = make_report(*database, clock.now());
  ASSERT_OK(report);
  auto months = json_of("/aoba/kpi/processes/jp.moving.move-in.json").at("process").at("months").as_array();
  ASSERT_EQ(report->at("processes").as_array().size(), months.size());
  auto row = report->at("processes").as_array().at(0).as_array();
  EXPECT_EQ(row.at(2), 10);
  EXPECT_TRUE(row.at(3).is_null());
  EXPECT_EQ(row.at(4), months.at(0).at("lead").at("median_s"));
  for (const char* town : {"minato", "midori"}) ASSERT_OK(keep_report(*database, town, {"町", town}, *report, "service"));
  auto told = json_of("/aoba/kpi/processes.json").at("organisations").as_array();
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[0].at("organisation"), "midori");
  EXPECT_EQ(told[0].at("months").as_array().at(0).at("closed"), 10);
  EXPECT_EQ(json_of("/aoba/kpi/processes.json?until=2020-01").at("organisations").as_array().size(), 0u);
  std::string page(get("/aoba/kpi/processes").bytes());
  EXPECT_NE(page.find("What organisations reported"), page.npos);
  EXPECT_NE(page.find("midori"), page.npos);
  EXPECT_NE(get("/aoba/kpi/processes.csv").bytes().find("jp.moving.move-in,reported_month,"), std::string_view::npos);
}

TEST_P(ProcessPagesTest, AReportOfFewCasesIsNoReport) {
  const json::object good = make_report(*database, clock.now()).value();
  auto refused = [&](const json::array& row) {
    json::object lie = good;
    lie["processes"] = json::array{row};
    return read_report(lie).ok() ? 0u : read_report(lie).error().faults.size();
  };
  EXPECT_EQ(refused({"p", 24'300, 5, nullptr, 60, 60}), 0u);
  EXPECT_EQ(refused({"p", 24'300, 4, nullptr, 60, 60}), 1u) << "fewer than five";
  EXPECT_EQ(refused({"p", 24'300, 5, 6, 60, 60}), 1u) << "more came back than came";
  EXPECT_EQ(refused({"p", 24'300, 5, nullptr, 61, 60}), 1u);
  EXPECT_EQ(refused({"p", -1, 5, nullptr, 60, 60}), 1u);
  EXPECT_EQ(refused({"", 24'300, 5, nullptr, 60, 60}), 1u);
  EXPECT_EQ(refused({1, 24'300, 5, nullptr, 60, 60}), 1u);
  json::object twice = good;
  twice["processes"] = json::array{good.at("processes").as_array().at(0), good.at("processes").as_array().at(0)};
  EXPECT_FALSE(read_report(twice).ok());
}

TEST_P(ProcessPagesTest, CasesBehindAWayAreListedByPages) {
  const std::string way = "/aoba/office/kpi/processes/jp.moving.move-in/cases";
  auto cases = json_of(way + ".json?source=step_done:check&target=step_done:applicant&per_page=2&page=2").as_object();
  EXPECT_EQ(cases.at("total"), 5);
  ASSERT_EQ(cases.at("rows").as_array().size(), 2u);
  EXPECT_EQ(cases.at("rows").as_array()[0].at("case"), "2024-100009");
  EXPECT_EQ(json_of(way + ".json?target=case_opened").at("total"), 13);
  EXPECT_EQ(json_of(way + ".json?source=decided").at("total"), 13);
  EXPECT_EQ(json_of(way + ".json?source=decided&until=2024-03").at("total"), 0);
  EXPECT_EQ(get(way + "?page=1").status, 422);
  std::string page(get("/aoba/office/kpi/processes/jp.moving.move-in?from=2024-04").bytes());
  EXPECT_NE(page.find("cases?from=2024-04&amp;source=case_opened&amp;target=step_done%3Acheck"), page.npos);
}

TEST_P(ProcessPagesTest, FaultsOfThePeriodAllAtOnceAndUnknownProcedures) {
  auto bad = get("/aoba/kpi/processes.json?from=2024-13&until=soon");
  EXPECT_EQ(bad.status, 422);
  auto problem = parse_json(bad.bytes());
  ASSERT_OK(problem);
  EXPECT_EQ(count_of(bad.bytes(), "\"where\""), 2u) << bad.bytes();
  EXPECT_EQ(get("/aoba/kpi/processes.json?from=2024-05&until=2024-04").status, 422);
  EXPECT_EQ(get("/aoba/kpi/processes/nothing.json").status, 404);
  EXPECT_EQ(get("/aoba/office/kpi/processes/nothing.xes").status, 404);
  EXPECT_EQ(json_of("/aoba/kpi/processes/jp.moving.move-in.json?until=2020-01").at("process").at("cases"), 0);
}

// What was shown on a day is what is answered later as of that day, by pages and data for everybody and for officers.
TEST_P(ProcessPagesTest, APastDayIsWhatWasShownThen) {
  const std::string one = "/processes/jp.moving.move-in";
  clock.set(at("2024-04-19T23:59:59+09:00"));
  std::map<std::string, std::string> then;
  auto body = [&](const std::string& target) {
    auto response = get(target);
    EXPECT_EQ(response.status, 200) << target;
    if (target.find(".json") == target.npos) return std::string(response.bytes());
    json::object data = parse_json(response.bytes(), {4 << 20, 32}).value().as_object();
    data.erase("as_of");
    if (auto* all = data.if_contains("processes"))
      for (auto& flow : all->as_array()) flow.as_object().erase("url");
    return canonical_json(data);
  };
  for (const char* base : {"/aoba/kpi", "/aoba/office/kpi"})
    for (const char* end :
         {"/processes.json", "/processes.csv", "/processes/jp.moving.move-in.json", "/processes/jp.moving.move-in.csv"})
      then[std::string(base) + end] = body(std::string(base) + end);
  clock.set(at("2024-04-20T09:00:00+09:00"));
  for (int i = 0; i < 4; ++i) a_case({{"check", "passed"}});
  for (int round = 0; round < 2; ++round) {
    for (const auto& [target, value] : then) EXPECT_EQ(body(target + "?as_of=2024-04-19"), value) << target << " round " << round;
    EXPECT_EQ(json_of("/aoba/office/kpi" + one + ".json?as_of=2024-04-19").at("process").at("cases"), 13);
    EXPECT_EQ(json_of("/aoba/office/kpi" + one + ".json").at("process").at("cases"), 17);
    EXPECT_EQ(json_of("/aoba/kpi" + one + ".json?as_of=2024-04-20").at("process").at("cases"), 15) << "ten of ten, and five";
    EXPECT_EQ(count_of(get("/aoba/office/kpi" + one + ".xes?as_of=2024-04-19").bytes(), "<trace>"), 13u);
    EXPECT_EQ(json_of("/aoba/office/kpi" + one + "/cases.json?source=decided&as_of=2024-04-19").at("total"), 13);
    for (const char* base : {"/aoba/kpi", "/aoba/office/kpi"}) EXPECT_EQ(get(base + one + "?as_of=2024-04-09").status, 404) << base;
    while (*Traces(*database).catch_up()) {}
  }
  EXPECT_EQ(json_of("/aoba/kpi/processes.json?as_of=2024-04-19").at("as_of"), "2024-04-19");
  EXPECT_EQ(get("/aoba/kpi/processes?as_of=soon").status, 400);
  const std::string day = "?as_of=2024-04-19";
  for (const char* base : {"/aoba/kpi", "/aoba/office/kpi"}) {
    std::string list(get(base + ("/processes" + day)).bytes()), page(get(base + one + day).bytes());
    for (const auto& html : {list, page}) EXPECT_NE(html.find("As known on"), html.npos) << base;
    EXPECT_NE(list.find(base + one + day), list.npos) << "links stay in the day";
    EXPECT_NE(page.find(base + ("/processes" + day)), page.npos);
  }
  std::string office(get("/aoba/office/kpi" + one + day).bytes());
  EXPECT_NE(office.find(".xes" + day), office.npos);
  EXPECT_NE(office.find("cases" + day + "&amp;source="), office.npos);
}

TEST_P(ProcessPagesTest, TheExportNamesNoCaseAndNoOfficer) {
  auto response = get("/aoba/office/kpi/processes/jp.moving.move-in.xes");
  ASSERT_EQ(response.status, 200);
  std::string xes(response.bytes());
  EXPECT_EQ(count_of(xes, "<trace>"), 13u);
  EXPECT_EQ(count_of(xes, "<event>"), 6u * 3 + 5 * 5 + 2 * 4);
  EXPECT_EQ(count_of(xes, "key=\"org:resource\" value=\"desk\""), 6u + 10 + 2);
  EXPECT_NE(xes.find("Aoba &lt;Town&gt;"), xes.npos);
  EXPECT_EQ(xes.find("2024-1000"), xes.npos);
  EXPECT_EQ(xes.find("officer-"), xes.npos);
  std::string again(get("/aoba/office/kpi/processes/jp.moving.move-in.xes").bytes());
  EXPECT_NE(xes, again);  // names of traces cannot be joined
  std::string rest(get("/aoba/office/kpi/processes/jp.moving.move-in.xes?after=records/case/2024-100011").bytes());
  EXPECT_EQ(count_of(rest, "<trace>"), 2u);
}

TEST_P(ProcessPagesTest, NoStylesNoScriptsInTheDrawing) {
  std::string page(get("/aoba/office/kpi/processes/jp.moving.move-in").bytes());
  EXPECT_EQ(page.find(" style="), page.npos);
  EXPECT_EQ(page.find("<script"), page.npos);
  EXPECT_NE(page.find("<svg role=\"img\""), page.npos);
  EXPECT_EQ(page, get("/aoba/office/kpi/processes/jp.moving.move-in").bytes());
}

INSTANTIATE_TEST_SUITE_P(Both, ProcessPagesTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

Trace trace_of(const std::string& words) {
  Trace trace;
  trace.procedure = "p";
  trace.words = words;
  trace.stream = "records/case/" + words;
  for (std::size_t i = 0; i < read_path(words).size(); ++i) trace.seconds.push_back(std::int64_t(i) * 60);
  return trace;
}

Flow flow_of(const std::vector<std::string>& paths) {
  Discovery discovery(Audience::kOfficers);
  for (const auto& words : paths) discovery.add(trace_of(words));
  return discovery.flows().at(0);
}

void expect_sound(const Drawing& drawing) {
  for (std::size_t i = 0; i < drawing.nodes.size(); ++i) {
    const auto& a = drawing.nodes[i];
    EXPECT_GE(a.x, 70) << a.activity;
    EXPECT_LE(a.x + 70, drawing.width) << a.activity;
    EXPECT_LE(a.y + 20, drawing.height) << a.activity;
    for (std::size_t j = i + 1; j < drawing.nodes.size(); ++j)
      EXPECT_TRUE(std::abs(a.y - drawing.nodes[j].y) > 50 || std::abs(a.x - drawing.nodes[j].x) > 150)
          << a.activity << " on " << drawing.nodes[j].activity;
  }
  for (const auto& edge : drawing.edges) {
    ASSERT_GE(edge.points.size(), 2u);
    if (!edge.back) { EXPECT_LT(drawing.nodes[edge.from].layer, drawing.nodes[edge.to].layer); }
  }
}

TEST(ProcessGraph, LayersLeadDownAndBoxesDoNotMeet) {
  Flow flow = flow_of({"case_opened a b decided", "case_opened a c b decided notice_issued", "case_opened a b a b decided",
                       "case_opened withdrawn", "case_opened a a"});
  Drawing drawing = lay_out(flow);
  expect_sound(drawing);
  EXPECT_EQ(drawing.nodes.front().layer, 0u);
  EXPECT_EQ(drawing.nodes.back().activity, "$");
  std::size_t back = 0;
  for (const auto& edge : drawing.edges) back += edge.back;
  EXPECT_EQ(back, 2u);  // b to a, a to a
  EXPECT_TRUE(lay_out(Flow{}).nodes.empty());
}

TEST(ProcessGraph, ManyActivitiesAreCut) {
  std::vector<std::string> paths;
  for (int i = 0; i < 120; ++i) {
    std::string words = "case_opened";
    for (int j = 0; j < 12; ++j) words += " x" + std::to_string((i * 7 + j * j * 13) % 60);
    paths.push_back(words + " decided");
  }
  Drawing drawing = lay_out(flow_of(paths));
  EXPECT_LE(drawing.nodes.size(), kNodesDrawn + 2);
  EXPECT_LE(drawing.edges.size(), kEdgesDrawn);
  expect_sound(drawing);
}

TEST(Xes, HostileWordsStayText) {
  XesLog log{"aoba", "\"<&>\x01", "p", "p", {}, {}};
  XesWriter writer(log, "key");
  EXPECT_TRUE(writer.add(trace_of("case_opened step_done:check=returned")));
  Trace damaged = trace_of("case_opened");
  damaged.seconds.clear();
  EXPECT_TRUE(writer.add(damaged));
  EXPECT_EQ(writer.traces(), 1u);
  std::string xes = std::move(writer).take();
  EXPECT_NE(xes.find("value=\"&quot;&lt;&amp;&gt;?\""), xes.npos);
  EXPECT_NE(xes.find("<date key=\"time:timestamp\" value=\"1970-01-01T00:01:00+00:00\"/>"), xes.npos);
}

}  // namespace
}  // namespace musubi::kpi
