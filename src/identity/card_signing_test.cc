// The whole way between an organisation's pages and the card agent: signing a document, sessions of residents.

#include "identity/test_card_flow.h"

namespace musubi::identity {
namespace {

class Signs : public AtTheCard {
 protected:
  void SetUp() override {
    AtTheCard::SetUp();
    if (HasFatalFailure()) return;
    EXPECT_EQ(sign_in().status, 303);
  }
  ResidentSession session() {
    http::Request request;
    request.method = Method::get;
    request.target = "/aoba/my/sessions";
    request.headers.add("Cookie", "musubi_aoba_card=" + cookies["musubi_aoba_card"]);
    EXPECT_TRUE(http::parse_target(request).ok());
    std::optional<ResidentSession> found;
    http::Router probe;
    probe.set_authoriser(authoriser(*store, clock));
    probe.add({Method::get, "/{org}/my/sessions", http::Access::kResident,
               [&](http::Request& r) -> Result<http::Response> {
                 found = *resident(r);
                 return http::text("");
               },
               "x", "x"});
    (void)probe.dispatch(request);
    return *found;
  }
  std::string begin(std::string payload = R"({"forms":["abc"]})") {
    Signing signing{{"引越しの届出 2 件", "2 forms of a move"},
                    {{"転出届（青葉町）", "Moving out (Aoba)"}, {"転入届（みなと町）", "Moving in (Minato)"}},
                    payload,
                    "/aoba/my/baskets/1"};
    auto own = session();
    return write([&](db::Transaction& tx) { return begin_signing(tx, own, signing, clock.now()); }).value();
  }
  Result<CardSignature> take(const std::string& handle) { return take(session(), handle); }
  Result<CardSignature> take(const ResidentSession& own, const std::string& handle) {
    return write([&](db::Transaction& tx) { return take_signature(tx, own, handle); });
  }
  http::Response sign(const std::string& handle) {
    auto page = town(Method::get, signing_path("aoba", handle));
    EXPECT_EQ(page.status, 200) << page.body;
    auto asked = pin_page(form_on(page.body));
    EXPECT_NE(asked.body.find("Moving in (Minato)"), std::string::npos) << "the agent shows what is signed";
    return come_back(way_back(enter_pin(asked, "hanako2026")));
  }
};
INSTANTIATE_TEST_SUITE_P(Both, Signs, ::testing::ValuesIn(testing::back_ends()), testing::back_end_name);

TEST_P(Signs, ADocumentOnce) {
  std::string handle = begin();
  auto back = sign(handle);
  EXPECT_EQ(back.status, 303) << back.body;
  EXPECT_EQ(back.headers.get("Location"), "/aoba/my/baskets/1?signed=" + handle);
  auto signature = take(handle);
  ASSERT_OK(signature);
  EXPECT_EQ(signature->payload, R"({"forms":["abc"]})");
  auto checked = check_card_signature(signature->jws, std::span(&issuer->root.value(), 1), clock.now());
  ASSERT_OK(checked);
  EXPECT_EQ(checked->payload, signature->payload);
  EXPECT_ERROR(take(handle), "identity.not_signed");
  std::string altered = signature->jws;
  altered[altered.find('.') + 5] ^= 1;
  EXPECT_FALSE(check_card_signature(altered, std::span(&issuer->root.value(), 1), clock.now()).ok());
  EXPECT_FALSE(check_card_signature(signature->jws, std::span(&own->root, 1), clock.now()).ok()) << "another issuer";
}

TEST_P(Signs, OnlyOneselfAndOnlyInTheOwnSession) {
  std::string handle = begin();
  auto own_code = status.code;
  status.code = new_person_code();
  auto other = sign(handle);
  EXPECT_EQ(other.status, 403);
  EXPECT_NE(other.body.find("identity.card_other_person"), std::string::npos);
  EXPECT_ERROR(take(handle), "identity.not_signed");
  status.code = own_code;
  EXPECT_EQ(sign(handle).status, 303) << "again, with the own card";
  auto kept = session();
  kept.digest = std::string(32, 'z');
  EXPECT_ERROR(take(kept, handle), "identity.not_signed");
}

TEST_P(Signs, TheLoginKeyCannotStandInForTheSigningKey) {
  std::string handle = begin();
  auto page = town(Method::get, signing_path("aoba", handle));
  std::string jws = form_on(page.body).fields[0].second;
  auto challenge = check_challenge(jws, std::span(&own->root, 1), clock.now());
  ASSERT_OK(challenge);
  auto login = open_card(card, CardKey::kLogin, "1234");
  auto answer = sign_answer(*challenge, jws, **login, load_card(card)->login, clock.now());
  auto taken = town(Method::post, "/aoba/card/return", {{"answer", *answer}}, true);
  EXPECT_EQ(taken.status, 422);
  EXPECT_NE(taken.body.find("identity.bad_card_signature"), std::string::npos);
}

TEST_P(Signs, CancellingAndAgain) {
  std::string handle = begin();
  auto cancel = form_on(pin_page(form_on(town(Method::get, signing_path("aoba", handle)).body)).body, 1);
  auto back = come_back(cancel);
  EXPECT_EQ(back.status, 303);
  EXPECT_EQ(back.headers.get("Location"), "/aoba/my/baskets/1?cancelled=" + handle);
  EXPECT_EQ(sign(handle).status, 303);
}

TEST_P(Signs, APageOpenedTwiceIsOneRequest) {
  std::string handle = begin();
  auto first = town(Method::get, signing_path("aoba", handle)), second = town(Method::get, signing_path("aoba", handle));
  EXPECT_EQ(form_on(first.body).fields[0].second, form_on(second.body).fields[0].second);
  clock.advance_us(5 * 60'000'000LL);
  EXPECT_EQ(form_on(town(Method::get, signing_path("aoba", handle)).body).fields[0].second, form_on(first.body).fields[0].second)
      << "within its ten minutes";
  // What the first window showed is answered, though another was opened after it.
  auto back = come_back(way_back(enter_pin(pin_page(form_on(first.body)), "hanako2026")));
  EXPECT_EQ(back.headers.get("Location"), "/aoba/my/baskets/1?signed=" + handle);
  ASSERT_OK(take(handle));
  // The card answers it once only; and when no time is left, the page asks anew.
  handle = begin();
  auto before = form_on(town(Method::get, signing_path("aoba", handle)).body);
  clock.advance_us(kChallengeValid_us - 30'000'000);
  auto after = form_on(town(Method::get, signing_path("aoba", handle)).body);
  EXPECT_NE(before.fields[0].second, after.fields[0].second);
  EXPECT_EQ(come_back(way_back(enter_pin(pin_page(after), "hanako2026"))).status, 303);
}

TEST_P(Signs, SigningsHaveLimits) {
  Signing bad{{"a", "b"}, std::vector<Text>(kSigningLinesAtMost + 1), std::string(kSignedPayloadAtMost + 1, 'x'), "//evil.example"};
  auto own_session = session();
  auto refused = write([&](db::Transaction& tx) { return begin_signing(tx, own_session, bad, clock.now()); });
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().faults.size(), 3u);
  std::string big(kSignedPayloadAtMost, 'x');
  EXPECT_EQ(sign(begin(big)).status, 303);
}

TEST_P(Signs, SessionsEndOneByOneAndTogether) {
  auto first = cookies;
  EXPECT_EQ(sign_in().status, 303);
  auto page = town(Method::get, "/aoba/my/sessions");
  std::string csrf = form_on(page.body).fields[0].second;
  EXPECT_EQ(town(Method::post, "/aoba/my/sign-out", {}).status, 403) << "without a token";
  EXPECT_EQ(town(Method::post, "/aoba/my/sign-out", {{"csrf", csrf}}).status, 303);
  EXPECT_EQ(town(Method::get, "/aoba/my/sessions").status, 303) << "out";
  cookies = first;
  EXPECT_EQ(town(Method::get, "/aoba/my/sessions").status, 200) << "the other is still in";
  csrf = form_on(town(Method::get, "/aoba/my/sessions").body).fields[0].second;
  EXPECT_EQ(town(Method::post, "/aoba/my/sessions", {{"csrf", csrf}}).status, 303);
  EXPECT_EQ(town(Method::get, "/aoba/my/sessions").status, 303);
}

}  // namespace
}  // namespace musubi::identity
