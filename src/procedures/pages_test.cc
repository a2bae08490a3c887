// The way of a person through the pages, from the guide to the receipt, without scripts; and of those who may not.
#include "crypto/hash.h"
#include "crypto/signer.h"
#include "procedures/list.h"
#include "procedures/pages_fixture.h"

namespace musubi::procedures {
namespace {

TEST_P(Pages, FromTheGuideToTheReceipt) {
  EXPECT_NE(get("/portal/guide", false).body.find("引っ越し"), std::string::npos);
  EXPECT_NE(get("/portal/guide.json", false).body.find("\"event\":\"moving\""), std::string::npos);
  EXPECT_NE(get("/portal/guide.csv", false).body.find("\r\nmoving,"), std::string::npos);
  EXPECT_TRUE(get("/portal/guide/moving.csv", false).body.ends_with("legal_basis_en\r\n")) << "a question is open: headings alone";
  EXPECT_NE(get("/portal/guide/moving", false).body.find("青葉町"), std::string::npos);
  EXPECT_EQ(get("/portal/guide/moving?from_town=x&asked=from_town", false).status, 422);
  EXPECT_NE(get("/portal/guide/moving?from_town=aoba&to_town=aoba", false).body.find("転居届"), std::string::npos);
  auto list = get("/portal/guide/moving?from_town=aoba&to_town=minato&move_date=2026-12-01&asked=about", false);
  EXPECT_NE(list.body.find("令和8年"), std::string::npos);
  EXPECT_EQ(get("/portal/guide/nothing", false).status, 404);
  std::string basket = begin();
  auto tasks = get(basket);
  EXPECT_NE(tasks.body.find("取り寄せ済み"), std::string::npos);
  auto told = get(basket + "/name");
  EXPECT_NE(told.body.find("青葉町の記録から"), std::string::npos);
  EXPECT_EQ(told.body.find("<input type=\"text\""), std::string::npos);  // nothing to type again
  EXPECT_EQ(get(basket + "/insurance").status, 404);                     // not asked for
  fill_rest(basket);
  auto check = get(basket + "/check");
  EXPECT_NE(check.body.find("カードで署名"), std::string::npos);
  auto sign = post(basket + "/sign", "revision=" + revision_of(check.body));
  EXPECT_EQ(sign.headers.get("Location"), "/portal/card/sign/handle");
  EXPECT_EQ(to_sign.lines.size(), 4u);
  auto back = get(to_sign.return_path + "?signed=handle");
  EXPECT_EQ(back.headers.get("Location"), basket + "/done");
  EXPECT_EQ(get(to_sign.return_path + "?signed=handle").headers.get("Location"), basket + "/done");  // loaded again
  EXPECT_EQ(posted.size(), 4u);
  EXPECT_NE(get(basket + "/done").body.find("4件"), std::string::npos);
  EXPECT_EQ(get(basket).status, 303);
  auto home = get("/portal/my");
  EXPECT_NE(home.body.find("到達待ち"), std::string::npos);
  std::string filing = "/portal/my/filings/" + between(home.body, "/my/filings/", "\"");
  EXPECT_NE(get(filing).body.find("musubi filing verify"), std::string::npos);
  auto receipt = get(filing + "/receipt");
  EXPECT_TRUE(receipt.headers.get("Content-Disposition").starts_with("attachment"));
  EXPECT_EQ(get("/portal/my.json").status, 200);
  EXPECT_NE(get("/portal/my.csv").body.find("\r\nfiling,"), std::string::npos);
}

TEST_P(Pages, BadAnswersAreShownWithAllFaultsAtOnceAndNothingIsLost) {
  std::string basket = begin();
  auto page = get(basket + "/new-address");
  auto wrong = post(basket + "/new-address", "revision=" + revision_of(page.body) +
                                                 "&new_address-postal_code=12&new_address-prefecture=&new_address-street=%3Cb%3E");
  EXPECT_EQ(wrong.status, 422);
  EXPECT_NE(wrong.body.find("errors-title"), std::string::npos);
  EXPECT_NE(wrong.body.find("#field-new_address-postal_code"), std::string::npos);
  EXPECT_NE(wrong.body.find("#field-new_address-municipality"), std::string::npos);
  EXPECT_NE(wrong.body.find("value=\"&lt;b&gt;\""), std::string::npos);
  // Two windows: the second one is told, and what was typed stands there.
  fill(basket + "/contact", "phone=090-0000-0000");
  auto late = post(basket + "/contact", "revision=1&phone=090-1111-1111");
  EXPECT_EQ(late.status, 422);
  EXPECT_NE(late.body.find("090-1111-1111"), std::string::npos);
}

TEST_P(Pages, AnAddressBeginsWithTheTownOfTheGuideAndTakesItsEnglishTitle) {
  std::string basket = begin();
  EXPECT_NE(get(basket + "/new-address").body.find("value=\"みなと市\""), std::string::npos);
  fill(basket + "/new-address",
       "new_address-postal_code=999-2003&new_address-prefecture=K&new_address-municipality=+%EF%BC%ADinato+&new_address-street=1");
  auto kept = get(basket + "/new-address").body;
  EXPECT_NE(kept.find("value=\"みなと市\""), std::string::npos) << "as registers write it, whatever the width";
  EXPECT_EQ(kept.find("inato\""), std::string::npos);
}

TEST_P(Pages, AContestedValueNeedsItsReason) {
  std::string basket = begin();
  auto page = get(basket + "/birth/contest");
  EXPECT_EQ(page.status, 200);
  auto without = post(basket + "/birth/contest",
                      "revision=" + revision_of(page.body) + "&birth_date-year=1990&birth_date-month=4&birth_date-day=2");
  EXPECT_EQ(without.status, 422);
  auto with = post(basket + "/birth/contest",
                   "revision=" + revision_of(page.body) + "&birth_date-year=1990&birth_date-month=4&birth_date-day=2&reason=typo");
  EXPECT_EQ(with.status, 303);
  auto shown = get(basket + "/birth");
  EXPECT_NE(shown.body.find("訂正を求めます"), std::string::npos);
  auto again = get(basket + "/birth/contest");
  EXPECT_EQ(post(basket + "/birth/contest", "restore=1&revision=" + revision_of(again.body)).status, 303);
  EXPECT_NE(get(basket + "/birth").body.find("青葉町の記録から"), std::string::npos);
}

TEST_P(Pages, MessagesAndNoticesAreReadAndAnswered) {
  EXPECT_NE(get("/portal/my/messages").body.find("まだありません"), std::string::npos);
  submit(ready());
  std::string reference(posted.back().body.at("reference").as_string()), filing = "/portal/my/filings/" + reference;
  std::string document = "<!doctype html><style>p{color:#000}</style><p>花子 様</p><script>alert(1)</script>";
  json::object notice{{"code", "abcdefghijklmnopqrstuvwxyz"},
                      {"title", {{"ja", "受理通知書"}, {"en", "Acceptance"}}},
                      {"sha256", to_hex(crypto::bytes(crypto::sha256(document)))},
                      {"document", document}};
  Incoming status{
      posted.back().to,
      "",
      {},
      {{"reference", reference},
       {"number", "2026-000007"},
       {"state", "granted"},
       {"version", 5},
       {"message", "<b>お待たせしました</b>"},
       {"notice", notice}},
      clock.now(),
      [](db::Transaction&, json::object, const json::object&) -> Result<evidence::Appended> { return evidence::Appended{}; }};
  ASSERT_OK(portal().receive_status(status));
  auto page = get("/portal/my/messages");
  EXPECT_NE(page.body.find("受理通知書"), std::string::npos);
  EXPECT_NE(page.body.find("&lt;b&gt;お待たせしました"), std::string::npos);
  EXPECT_NE(get("/portal/my/messages.json").body.find("abcdefghijklmnopqrstuvwxyz"), std::string::npos);
  EXPECT_NE(get("/portal/my/messages.csv").body.find("受理通知書"), std::string::npos);
  std::string at = filing + "/notices/abcdefghijklmnopqrstuvwxyz";
  EXPECT_NE(page.body.find(at), std::string::npos);
  EXPECT_NE(get(filing).body.find(at), std::string::npos);
  EXPECT_NE(get(at).body.find("花子 様"), std::string::npos);
  get(filing);
  EXPECT_EQ(post(filing + "/messages", "text=").status, 422);
  get(filing);
  EXPECT_EQ(post(filing + "/messages", "text=%E3%81%82%E3%82%8A%E3%81%8C%E3%81%A8%E3%81%86").status, 303);
  EXPECT_EQ(posted.back().service, "message");
  std::string newest = between(get(filing).body, "<ol class=\"history\" reversed>\n<li>", "</li>");
  EXPECT_NE(newest.find("ありがとう"), std::string::npos) << newest;
  EXPECT_NE(newest.find("連絡を送りました"), std::string::npos) << newest;
  EXPECT_EQ(newest.find("完了しました"), std::string::npos) << "nothing was granted a second time: " << newest;
  status.body = {{"reference", reference}, {"number", "2026-000007"}, {"state", "granted"}, {"version", 6}, {"message", "いいえ"}};
  ASSERT_OK(portal().receive_status(status));
  newest = between(get(filing).body, "<ol class=\"history\" reversed>\n<li>", "</li>");
  EXPECT_NE(newest.find("いいえ"), std::string::npos) << newest;
  EXPECT_NE(newest.find("届け先からの連絡"), std::string::npos) << newest;
  EXPECT_NE(get("/portal/my/messages").body.find("ありがとう"), std::string::npos);
  auto other =
      databases["portal"]->write([&](db::Transaction& tx) { return identity::open_resident_session(tx, "othercode", clock.now()); });
  ASSERT_OK(other);
  token = *other;
  EXPECT_EQ(get(at).status, 404);
  EXPECT_EQ(get("/portal/my/messages").body.find("ありがとう"), std::string::npos);
  EXPECT_EQ(get(at, false).status, 401);
}

TEST_P(Pages, ARecordWithoutAReadingIsCompletedByHand) {
  shared_->ask = [this](const Question& q) -> Result<Told> {
    Told told = told_for(q, person, clock.now());
    if (told.items.contains("person.name")) told.items["person.name"] = name_of("青葉", "花子", "", "");
    return told;
  };
  std::string basket = begin();
  auto page = get(basket + "/name");
  EXPECT_NE(page.body.find("name=\"applicant_name-family_kana\""), std::string::npos) << "nobody is stuck with what the form refuses";
  EXPECT_NE(page.body.find("value=\"青葉\""), std::string::npos);
  fill(basket + "/name",
       "applicant_name-family=%E9%9D%92%E8%91%89&applicant_name-given=%E8%8A%B1&applicant_name-family_kana=%E3%82%A2&applicant_name-"
       "given_kana=%E3%83%8F");
  EXPECT_EQ(get(basket + "/name").body.find("青葉町の記録から"), std::string::npos) << "what was typed is not called fetched";
}

TEST_P(Pages, ASilentSourceIsNamedAndTheFormStaysOpen) {
  peer_error = Error{Code::kUnavailable, "exchange.peer_down", {"青葉町のサーバーが止まっています。", "Aoba's server is down."}, {}};
  std::string basket = begin();
  auto page = get(basket);
  EXPECT_NE(page.body.find("青葉町のサーバーが止まっています。"), std::string::npos);
  EXPECT_NE(get(basket + "/name").body.find("name=\"applicant_name-family\""), std::string::npos);
  peer_error.reset();
  EXPECT_EQ(post(basket + "/fetch", "").status, 303);
  EXPECT_NE(get(basket + "/name").body.find("青葉町の記録から"), std::string::npos);
}

TEST_P(Pages, NobodyElseGetsIn) {
  std::string basket = begin();
  std::string mine = token;
  auto other =
      databases["portal"]->write([&](db::Transaction& tx) { return identity::open_resident_session(tx, "othercode", clock.now()); });
  ASSERT_OK(other);
  for (auto below : {"", "/name", "/check", "/done", "/name/contest", "/movers/entries/1"}) {
    token = *other;
    EXPECT_EQ(get(basket + below).status, 404) << below;
    EXPECT_EQ(get(basket + below, false).status, 401) << below;
  }
  token = mine;
  EXPECT_EQ(post(basket + "/delete", "x=1", false).status, 403);  // without the form's token
  EXPECT_EQ(get("/portal/my", false).status, 401);
  for (const auto& route : router.routes())
    if (route->pattern.find("/my") != std::string_view::npos) { EXPECT_EQ(route->access, http::Access::kResident) << route->pattern; }
}

INSTANTIATE_TEST_SUITE_P(Both, Pages, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

}  // namespace
}  // namespace musubi::procedures
