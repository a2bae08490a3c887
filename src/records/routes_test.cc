// Every row of the tables answers, and refuses whom it must; page, JSON and CSV say the same; posts do what they say.
#include "records/routes.h"

#include <set>

#include "records/notice.h"
#include "records/records_test_support.h"
#include "text/csv.h"
#include "web/problem_page.h"
#include "web/respond.h"

namespace musubi::records {
namespace {

using http::Method;

class RoutesTest : public RecordsTest {
 protected:
  void SetUp() override {
    RecordsTest::SetUp();
    if (HasFatalFailure()) return;
    context_ = std::make_unique<RouteContext>(RouteContext{
        *store, clock, [this](const std::string&) -> Result<Office> { return office(); },
        [this](const http::Request&) { return officer_; }, [](const http::Request&) { return std::string("token-of-the-session"); },
        [](const http::Request&) { return std::string("secret-of-the-session"); },
        [](const http::Request&, const std::string&) {
          return web::Site{{"青葉町", "Aoba Town"}};
        }});
    router_ = std::make_unique<http::Router>();
    router_->add(office_routes(*context_));
    router_->add(notice_routes(*context_));
    router_->set_authoriser([this](const http::Route& route, http::Request&) -> Result<void> {
      if (route.access == http::Access::kPublic || !officer_.empty()) return {};
      return Error{Code::kUnauthenticated, "test.sign_in", {"ログイン", "Sign in"}, {}};
    });
    router_->set_error_page([](const Error& error, const http::Request& request) {
      return web::respond(web::Site{{"青葉町", "Aoba Town"}}, web::problem_page(error, request.language, request.target, request.id));
    });
  }
  void TearDown() override {
    router_.reset();
    context_.reset();
    RecordsTest::TearDown();
  }

  http::Response send(Method method, const std::string& target, const std::string& body = {},
                      http::Language language = http::Language::ja, const std::string& type = "application/x-www-form-urlencoded") {
    http::Request request;
    request.method = method;
    request.target = target;
    request.headers.add("Accept", target.find(".json") == target.npos ? "text/html" : "application/json");
    if (!body.empty()) request.headers.add("Content-Type", type);
    EXPECT_TRUE(http::parse_target(request).ok()) << target;
    request.language = language;
    request.body = body;
    return router_->dispatch(request);
  }
  http::Response get(const std::string& target, http::Language language = http::Language::ja) {
    return send(Method::get, target, {}, language);
  }
  http::Response post(const Case& c, const std::string& act, const std::string& fields) {
    return send(Method::post, "/aoba/office/cases/" + c.id + "/" + act,
                "version=" + std::to_string(c.version) + (fields.empty() ? "" : "&" + fields));
  }
  json::value json_of(const std::string& target) {
    auto response = get(target);
    EXPECT_EQ(response.status, 200) << target;
    auto value = parse_json(response.bytes());
    EXPECT_TRUE(value.ok());
    return value.ok() ? *value : json::value(json::object{});
  }
  Notice issued(const std::string& reference) {
    Filing filing = test_filing(reference);
    filing.files.push_back({"地図 <1>.png", "image/png", "bytes"});
    Case c = cases().pass_check(act(opened(filing), "officer-desk"), "").value();
    c = cases().judge(act(c, "officer-chief"), Cases::Judgement::kGrant, "").value();
    EXPECT_TRUE(cases().judge(act(c, "officer-director"), Cases::Judgement::kGrant, "").ok());
    return database->read([&](db::Reader& reader) { return notices(reader, c.id); }).value().at(0);
  }
  static bool says(const http::Response& response, std::string_view words) {
    return response.bytes().find(words) != std::string_view::npos;
  }

  std::string officer_ = "officer-desk";
  std::unique_ptr<RouteContext> context_;
  std::unique_ptr<http::Router> router_;
};

TEST_P(RoutesTest, EveryRowAnswersAndOfficersRowsRefuseOthers) {
  Notice notice = issued("r1");
  std::size_t rows = 0;
  for (const auto& route : router_->routes()) {
    std::string target(route->pattern);
    for (auto [name, value] : {std::pair<std::string, std::string>{"{org}", "aoba"},
                               {"{case}", notice.case_id},
                               {"{number}", "1"},
                               {"{code}", notice.code},
                               {"{act}", "claim"}}) {
      if (auto at = target.find(name); at != target.npos) target.replace(at, name.size(), value);
    }
    ++rows;
    bool office = target.find("/office/") != target.npos;
    EXPECT_EQ(route->access, office ? http::Access::kOfficer : http::Access::kPublic) << target;
    if (office) {
      officer_.clear();
      EXPECT_EQ(send(route->method, target).status, 401) << target;
      officer_ = "officer-desk";
    }
    if (route->method != Method::get) continue;
    for (auto language : web::kLanguages) {
      auto response = get(target, language);
      EXPECT_EQ(response.status, 200) << target << response.bytes();
      bool json = target.ends_with(".json"), csv = target.ends_with(".csv");
      EXPECT_TRUE(!json || parse_json(response.bytes()).ok()) << target;
      EXPECT_TRUE(!csv || text::read_csv(response.bytes()).ok()) << target;
    }
    EXPECT_EQ(get("/nowhere" + target.substr(5)).status, 404) << target;
  }
  EXPECT_EQ(rows, 16u);
}

TEST_P(RoutesTest, TheQueueInEveryFormAndViewSaysTheSame) {
  Case one = opened("r1");
  opened(test_filing("r2", "仮名 太郎"));
  ASSERT_OK(cases().claim(act(one, "officer-desk")));
  for (const char* view : {"mine", "unclaimed", "team", "overdue", "open", "closed"}) {
    std::string query = std::string("?view=") + view;
    auto data = json_of("/aoba/office/cases.json" + query);
    auto csv = text::read_csv(get("/aoba/office/cases.csv" + query).bytes());
    ASSERT_OK(csv);
    EXPECT_EQ(csv->rows.size(), data.at("rows").as_array().size() + 1) << view;
    auto page = get("/aoba/office/cases" + query);
    for (const auto& row : data.at("rows").as_array())
      EXPECT_TRUE(says(page, std::string("/aoba/office/cases/") + row.at("id").as_string().c_str())) << view;
  }
  EXPECT_EQ(json_of("/aoba/office/cases.json").at("rows").as_array().size(), 1u) << "mine by default";
  EXPECT_EQ(json_of("/aoba/office/cases.json?view=team").at("counts").at("unclaimed").as_int64(), 1);
  EXPECT_EQ(get("/aoba/office/cases?view=nonsense").status, 422);
  EXPECT_EQ(get("/aoba/office/cases?sort=nonsense").status, 422);
  EXPECT_EQ(get("/aoba/office/cases?page=0").status, 422);
  EXPECT_EQ(get("/aoba/office/cases?view=closed&sort=-closed").status, 200);
}

TEST_P(RoutesTest, NamesShowInSearchesOnlyAndTheReadingIsRecorded) {
  opened("r1");
  opened(test_filing("r2", "仮名 太郎"));
  auto reads = [&] {
    return database->read([&](db::Reader& reader) { return evidence::read_records(reader, 0, 100, "records.case_read"); }).value();
  };
  EXPECT_FALSE(says(get("/aoba/office/cases?view=open"), "仮名 太郎"));
  EXPECT_TRUE(reads().empty());
  auto sent = send(Method::post, "/aoba/office/cases", "view=open&q=%E5%A4%AA%E9%83%8E&csrf=x&page=2");
  ASSERT_EQ(sent.status, 303);
  std::string found(sent.headers.get("Location"));
  EXPECT_TRUE(found.starts_with("/aoba/office/cases?view=open&find=")) << found;
  EXPECT_EQ(found.find("%E5"), found.npos) << "no words in the address";
  EXPECT_EQ(found.find("csrf"), found.npos);
  auto page = get(found);
  EXPECT_TRUE(says(page, "仮名 太郎"));
  EXPECT_TRUE(says(page, "value=\"太郎\"")) << "the field keeps what was asked";
  ASSERT_EQ(reads().size(), 1u);
  EXPECT_NE(reads()[0].body->find("2026-000002"), std::string::npos);
  EXPECT_EQ(reads()[0].head.find("太郎"), std::string::npos);
  get("/aoba/office/cases.csv" + found.substr(found.find('?')));
  EXPECT_EQ(reads().size(), 2u) << "one for each answer";
  EXPECT_EQ(get(found + "A").status, 422) << "not of this session";
  EXPECT_EQ(get("/aoba/office/cases?q=%E5%A4%AA%E9%83%8E").status, 422) << "words in the address are refused";
  EXPECT_EQ(send(Method::post, "/aoba/office/cases", "q=&csrf=x&view=open").headers.get("Location"), "/aoba/office/cases?view=open");
  EXPECT_EQ(send(Method::post, "/aoba/office/cases", "q=" + std::string(900, 'x')).status, 422);
}

TEST_P(RoutesTest, ACaseByItsPage) {
  Filing filing = test_filing("r1", "<script>alert(1)</script>");
  filing.files.push_back({"<b>.png", "image/png", "bytes"});
  Case c = opened(filing);
  auto page = get("/aoba/office/cases/" + c.id, http::Language::en);
  EXPECT_EQ(page.status, 200);
  EXPECT_FALSE(says(page, "<script>alert"));
  EXPECT_FALSE(says(page, "<b>"));
  for (const char* words :
       {"New address", "青葉町みどり1-2-3", "minato", "Claim this case", "Send back to the applicant", "Residents&#39; desk"})
    EXPECT_TRUE(says(page, words)) << words;
  EXPECT_EQ(page.headers.joined("Cache-Control"), "private, no-store");
  EXPECT_EQ(get("/aoba/office/cases/2026-000009").status, 404);
  EXPECT_EQ(get("/aoba/office/cases/nonsense").status, 404);
  auto file = get("/aoba/office/cases/" + c.id + "/files/1");
  EXPECT_EQ(file.bytes(), "bytes");
  EXPECT_TRUE(file.headers.joined("Content-Disposition").starts_with("attachment; filename*=UTF-8''%3Cb%3E.png"));
  EXPECT_EQ(get("/aoba/office/cases/" + c.id + "/files/2").status, 404);
  officer_ = "officer-chief";
  auto other = get("/aoba/office/cases/" + c.id, http::Language::en);
  EXPECT_TRUE(says(other, "This step is for those who hold the post"));
  EXPECT_FALSE(says(other, "Claim this case"));
}

TEST_P(RoutesTest, WhatIsContestedStandsInLinesOfItsOwn) {
  Filing filing = test_filing("r1");
  filing.form[1].contest = Answer::Contest{"みなと町", "1990-04-02", "出生の日が<違う>"};
  Case c = opened(filing);
  auto page = get("/aoba/office/cases/" + c.id, http::Language::en);
  EXPECT_TRUE(says(
      page,
      "<span class=\"lines\">1990-04-01\nAs fetched from みなと町: 1990-04-02\nWhy it is not right: 出生の日が&lt;違う&gt;</span>"))
      << page.bytes();
}

TEST_P(RoutesTest, WhoHoldsNoPostOfTheCaseSeesNothingOfIt) {
  Filing filing = test_filing("r1", "仮名 太郎");
  filing.files.push_back({"a.png", "image/png", "bytes"});
  Case c = opened(filing);
  std::string sealed(send(Method::post, "/aoba/office/cases", "view=open&q=%E5%A4%AA%E9%83%8E&csrf=x").headers.get("Location"));
  sealed = sealed.substr(sealed.find('?'));
  for (const char* officer : {"officer-desk", "officer-chief", "officer-director"}) {
    officer_ = officer;
    EXPECT_EQ(get("/aoba/office/cases/" + c.id).status, 200) << officer;
    EXPECT_TRUE(says(get("/aoba/office/cases" + sealed), "仮名 太郎")) << officer;
  }
  officer_ = "officer-guest";
  for (const char* below : {"", ".json", "/files/1", "/notices/abc"})
    EXPECT_EQ(get("/aoba/office/cases/" + c.id + below).status, 403) << below;
  for (const char* page : {"/aoba/office/cases", "/aoba/office/cases.csv", "/aoba/office/cases.json"})
    EXPECT_TRUE(get(page + sealed).status == 200 && !says(get(page + sealed), "2026-000001"))
        << page << ": a search must not tell who filed";
  EXPECT_TRUE(says(get("/aoba/office/cases?view=open"), "2026-000001")) << "that there is a case is no secret inside the office";
}

TEST_P(RoutesTest, TheHistoryNamesThePortalAndTurnsItsPages) {
  Case c = opened("r1");
  for (int i = 0; i < 60; ++i) ASSERT_OK(cases().message({c.id, now(c.id).version, "officer-desk"}, "連絡" + std::to_string(i)));
  auto first = get("/aoba/office/cases/" + c.id, http::Language::en);
  EXPECT_TRUE(says(first, "Applicant, online through portal"));
  EXPECT_TRUE(says(get("/aoba/office/cases/" + c.id), "申請者（窓口 portal から）"));
  EXPECT_TRUE(says(first, "page=2"));
  EXPECT_EQ(get("/aoba/office/cases/" + c.id + "?page=2").status, 200);
  EXPECT_FALSE(says(get("/aoba/office/cases/" + c.id + "?page=2", http::Language::en), "Applicant, online through"));
  EXPECT_EQ(get("/aoba/office/cases/" + c.id + "?page=0").status, 422);
}

TEST_P(RoutesTest, FromArrivalToNoticeByForms) {
  Case c = opened("r1");
  EXPECT_EQ(post(c, "claim", "").status, 303);
  EXPECT_EQ(post(now(c.id), "judge", "judgement=grant").status, 303);
  officer_ = "officer-chief";
  EXPECT_EQ(post(now(c.id), "return", "step=check&return_comment=mou+ichido").status, 303);
  EXPECT_EQ(now(c.id).officer, "officer-desk");
  officer_ = "officer-desk";
  EXPECT_EQ(post(now(c.id), "reassign", "to=officer-desk2").status, 303);
  officer_ = "officer-desk2";
  EXPECT_EQ(post(now(c.id), "message", "message_comment=denwa").status, 303);
  EXPECT_EQ(post(now(c.id), "release", "").status, 303);
  EXPECT_EQ(post(now(c.id), "judge", "judgement=grant").status, 303);
  officer_ = "officer-chief";
  EXPECT_EQ(post(now(c.id), "judge", "judgement=grant&judge_comment=yoshi").status, 303);
  officer_ = "officer-director";
  EXPECT_EQ(post(now(c.id), "judge", "judgement=grant").status, 303);
  EXPECT_EQ(now(c.id).state, State::kGranted);
  Notice notice = database->read([&](db::Reader& reader) { return notices(reader, c.id); }).value().at(0);
  auto document = get("/aoba/office/cases/" + c.id + "/notices/" + notice.code);
  EXPECT_TRUE(says(document, "架空 花子 様"));
  EXPECT_TRUE(document.headers.joined("Content-Security-Policy").starts_with("default-src 'none'; style-src 'sha256-"));
  EXPECT_EQ(get("/aoba/office/cases/2026-000002/notices/" + notice.code).status, 404);
  EXPECT_EQ(post(now(c.id), "withdraw-notice", "code=" + notice.code + "&withdraw-notice_comment=ayamari").status, 303);
  EXPECT_TRUE(says(get("/aoba/notices/" + notice.code), "取り消されています"));
  EXPECT_EQ(get("/aoba/office/cases/" + c.id, http::Language::en).status, 200);
  expect_clean();
}

TEST_P(RoutesTest, WhatWasTypedSurvivesARefusal) {
  Case c = opened("r1");
  ASSERT_OK(cases().claim(act(c, "officer-desk")));
  auto late = post(c, "send-back", "send-back_comment=banchi+wo+kaite");  // with the version of before
  EXPECT_EQ(late.status, 409);
  EXPECT_TRUE(says(late, "担当を引き受けました"));
  EXPECT_TRUE(says(late, "banchi wo kaite</textarea>"));
  EXPECT_TRUE(says(late, "name=\"version\" value=\"2\"")) << "the form now names the newest version";
  auto empty = post(now(c.id), "send-back", "send-back_comment=");
  EXPECT_EQ(empty.status, 422);
  EXPECT_TRUE(says(empty, "入力してください"));
  EXPECT_FALSE(says(get("/aoba/office/cases/" + c.id), " checked")) << "no judgement is made for the officer";
  auto unchosen = post(now(c.id), "judge", "judge_comment=yoshi");
  EXPECT_EQ(unchosen.status, 422);
  EXPECT_TRUE(says(unchosen, "どちらかを選んでください"));
  EXPECT_TRUE(says(unchosen, "yoshi</textarea>"));
  EXPECT_EQ(post(now(c.id), "nonsense", "").status, 404);
  officer_ = "officer-guest";
  auto forbidden = post(now(c.id), "judge", "judgement=grant");
  EXPECT_EQ(forbidden.status, 403);
  EXPECT_TRUE(says(forbidden, "住民係"));
  EXPECT_EQ(now(c.id).version, 2);
}

TEST_P(RoutesTest, BulkClaimByTicks) {
  Case one = opened("r1"), two = opened("r2");
  ASSERT_OK(cases().claim(act(two, "officer-desk2")));
  auto page = get("/aoba/office/cases?view=team");
  EXPECT_TRUE(says(page, "value=\"2026-000001:1\""));
  EXPECT_FALSE(says(page, "value=\"2026-000002:")) << "claimed by another";
  auto done = send(Method::post, "/aoba/office/cases/claim", "case=2026-000001%3A1&case=2026-000002%3A1");
  EXPECT_EQ(done.status, 303);
  EXPECT_EQ(done.headers.joined("Location"), "/aoba/office/cases?view=mine&claimed=1&refused=1");
  EXPECT_TRUE(says(get("/aoba/office/cases?view=mine&claimed=1&refused=1"), "1件を引き受けました"));
  EXPECT_EQ(send(Method::post, "/aoba/office/cases/claim", "x=1").status, 422);
}

TEST_P(RoutesTest, AnybodyVerifiesANoticeAndLearnsNothingPersonal) {
  Notice notice = issued("r1");
  officer_.clear();
  for (const std::string& target :
       {"/aoba/notices/" + notice.code, "/aoba/notices/" + notice.code + ".json", "/aoba/notices/" + notice.code + ".jws"}) {
    auto response = get(target);
    EXPECT_EQ(response.status, 200);
    for (const char* secret : {"花子", "みどり", "2026-000001", "personr1", "officer-"})
      EXPECT_FALSE(says(response, secret)) << secret << target;
  }
  EXPECT_TRUE(says(get("/aoba/notices/" + notice.code), "本物です"));
  EXPECT_TRUE(says(get("/aoba/notices/" + notice.code, http::Language::en), "Genuine"));
  EXPECT_EQ(json_of("/aoba/notices/" + notice.code + ".json").at("verdict").as_string(), "genuine");
  auto unknown = get("/aoba/notices/" + std::string(26, 'a'));
  EXPECT_EQ(unknown.status, 404);
  EXPECT_TRUE(says(unknown, "この番号の通知はありません"));
  EXPECT_EQ(get("/aoba/notices/x.json").status, 404);
  std::string spelled;
  for (std::size_t i = 0; i < notice.code.size(); ++i)
    spelled += std::string(i % 4 == 0 && i ? "+" : "") + char(std::toupper(notice.code[i]));
  EXPECT_EQ(get("/aoba/notices?code=" + spelled).headers.joined("Location"), "/aoba/notices/" + notice.code);
  EXPECT_EQ(get("/aoba/notices?code=abc").status, 422);
  clock.advance_us(400 * kDay_us);
  EXPECT_TRUE(says(get("/aoba/notices/" + notice.code), "本物です"));
}

TEST_P(RoutesTest, AHolderComparesTheirFile) {
  Notice notice = issued("r1");
  officer_.clear();
  auto upload = [&](const std::string& content) {
    return send(Method::post, "/aoba/notices/" + notice.code,
                "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"n.html\"\r\nContent-Type: text/html\r\n\r\n" +
                    content + "\r\n--b--\r\n",
                http::Language::en, "multipart/form-data; boundary=b");
  };
  EXPECT_TRUE(says(upload(*notice.document), "byte for byte"));
  std::string altered = *notice.document;
  altered.replace(altered.find("花子"), 6, "太郎");
  auto refused = upload(altered);
  EXPECT_TRUE(says(refused, "Not the same"));
  EXPECT_FALSE(says(refused, "太郎"));
  EXPECT_TRUE(says(upload(""), "Choose a file"));
}

RECORDS_ON_BOTH(RoutesTest);

}  // namespace
}  // namespace musubi::records
