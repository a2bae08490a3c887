// The whole way between an organisation's pages and the card agent: signing in.

#include "identity/test_card_flow.h"

namespace musubi::identity {
namespace {

INSTANTIATE_TEST_SUITE_P(Both, AtTheCard, ::testing::ValuesIn(testing::back_ends()), testing::back_end_name);

TEST_P(AtTheCard, ACardOpensASessionAcrossSites) {
  auto away = town(Method::get, "/aoba/my/sessions");
  EXPECT_EQ(away.status, 303);
  EXPECT_EQ(away.headers.get("Location"), "/aoba/sign-in/card?return=%2Faoba%2Fmy%2Fsessions");
  auto done = sign_in();
  EXPECT_EQ(done.status, 303) << done.body;
  EXPECT_EQ(done.headers.get("Location"), "/aoba/my/baskets");
  ASSERT_TRUE(cookies.contains("musubi_aoba_card"));
  EXPECT_FALSE(cookies.contains("musubi_aoba_try"));
  EXPECT_EQ(shown_serial, load_card(card)->login.serial_hex());
  EXPECT_EQ(town(Method::get, "/aoba/my/sessions").status, 200);
  auto rows = database->read([](db::Reader& reader) { return reader.query("SELECT handle FROM identity_challenge"); }).value();
  EXPECT_TRUE(rows.empty()) << "nothing of the card stays here";
  auto records =
      database->read([](db::Reader& reader) { return evidence::read_records(reader, 0, 10, "identity.resident_signed_in"); }).value();
  ASSERT_EQ(records.size(), 1u);
  EXPECT_NE(records[0].head.find(status.code), std::string::npos);
  EXPECT_EQ(records[0].head.find(shown_serial), std::string::npos);
}

TEST_P(AtTheCard, AnAnswerWorksOnce) {
  auto form = way_back(enter_pin(pin_page(challenge_form()), "1234"));
  auto kept = cookies;
  EXPECT_EQ(come_back(form).status, 303);
  cookies = kept;
  auto replayed = town(Method::post, "/aoba/card/return", form.fields, true);
  EXPECT_EQ(replayed.status, 404);
  EXPECT_NE(replayed.body.find("identity.challenge_unknown"), std::string::npos);
}

TEST_P(AtTheCard, AnAnswerTakenTwiceBeforeItIsUsedIsReplay) {
  auto form = way_back(enter_pin(pin_page(challenge_form()), "1234"));
  auto first = town(Method::post, "/aoba/card/return", form.fields, true);
  EXPECT_EQ(first.status, 303);
  auto second = town(Method::post, "/aoba/card/return", form.fields, true);
  EXPECT_EQ(second.status, 409);
  EXPECT_NE(second.body.find("identity.challenge_replayed"), std::string::npos);
}

// Somebody who started a sign-in and gets another person to answer it ends up with nothing: the session opens only in the
// browser that began.
TEST_P(AtTheCard, AnotherBrowserGetsNothing) {
  auto form = way_back(enter_pin(pin_page(challenge_form()), "1234"));
  cookies.clear();
  auto response = come_back(form);
  EXPECT_EQ(response.status, 403);
  EXPECT_NE(response.body.find("identity.other_browser"), std::string::npos);
  EXPECT_NE(response.body.find("http://localhost:8080"), std::string::npos) << "says where to start";
  cookies["musubi_aoba_try"] = std::string(43, 'x');
  EXPECT_EQ(come_back(way_back(enter_pin(pin_page(challenge_form()), "1234"))).status, 303);
}

// The same from the other end: whoever began holds the cookie and the handle, but not what the answer's own browser was given.
TEST_P(AtTheCard, WhoeverBeganCannotUseAnAnswerThatAnotherBrowserBrought) {
  auto begun = challenge_form();
  auto beginner = cookies;
  std::string handle = crypto::read_jws(begun.fields[0].second)->payload;
  handle = handle.substr(handle.find("\"handle\":\"") + 10, 32);
  cookies.clear();  // somebody else answers at their own agent, and brings the answer with their own browser
  auto brought = town(Method::post, "/aoba/card/return", way_back(enter_pin(pin_page(begun), "1234")).fields, true);
  ASSERT_EQ(brought.status, 303);
  cookies = beginner;
  for (const char* code : {"", "?code=", "?code=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}) {
    auto stolen = town(Method::get, "/aoba/card/" + handle + code);
    EXPECT_EQ(stolen.status, 403) << code;
    EXPECT_NE(stolen.body.find("identity.other_browser"), std::string::npos) << code;
    EXPECT_FALSE(cookies.contains("musubi_aoba_card")) << code;
  }
  // Both in one browser open the session, also after a failed attempt.
  EXPECT_EQ(town(Method::get, std::string(brought.headers.get("Location"))).status, 303);
  EXPECT_TRUE(cookies.contains("musubi_aoba_card"));
}

// Strangers who begin sign-ins without end neither fill the table nor lock anybody out.
TEST_P(AtTheCard, BeginningWithoutEndLocksNobodyOut) {
  auto mine = challenge_form();
  auto pinned = cookies;
  ASSERT_OK(write([&](db::Transaction& tx) -> Result<void> {
    for (std::int64_t i = 0; i < kOpenSignInsAtMost; ++i)
      TRY(
          tx.execute("INSERT INTO identity_challenge (handle, purpose, session, challenge, content, state, expires_at) VALUES ($1, "
                     "'sign-in', $2, $2, '{}', 'open', $3)",
                     {"flood-" + std::to_string(i), db::blob("x"), clock.now().us + kChallengeValid_us / 2 - i}));
    return {};
  }));
  for (char first : {'\0', '\x01', '\x10'})  // by chance, one in sixteen looks at how many there are
    ASSERT_OK(write([&](db::Transaction& tx) {
      return keep_challenge(tx,
                            {std::string(31, 'h') + char('a' + first),
                             CardPurpose::kSignIn,
                             std::string(32, first),
                             "c",
                             "{}",
                             "open",
                             {},
                             {},
                             Time{clock.now().us + kChallengeValid_us},
                             ""},
                            clock.now());
    }));
  auto count = [&] {
    return database->read([](db::Reader& reader) { return reader.query("SELECT count(*) FROM identity_challenge"); })
        .value()[0]
        .integer(0);
  };
  EXPECT_LE(count(), kOpenSignInsAtMost);
  cookies = pinned;
  EXPECT_EQ(come_back(way_back(enter_pin(pin_page(mine), "1234"))).status, 303) << "the oldest go first";
  clock.advance_us(kChallengeValid_us + 1);
  challenge_form();
  EXPECT_EQ(count(), 1) << "what nobody answered goes when it expires";
}

TEST_P(AtTheCard, LateAnswersAreRefusedOnBothSides) {
  auto form = challenge_form();
  auto pin = pin_page(form);
  auto back = way_back(enter_pin(pin, "1234"));
  clock.advance_us(kChallengeValid_us);
  auto late = come_back(back);
  EXPECT_EQ(late.status, 403);
  EXPECT_NE(late.body.find("identity.challenge_late"), std::string::npos);
  auto at_the_agent = pin_page(form);
  EXPECT_EQ(at_the_agent.status, 422);
  EXPECT_NE(at_the_agent.body.find("card.challenge_late"), std::string::npos);
}

TEST_P(AtTheCard, AlteredAndForeignChallengesAreRefusedByTheAgent) {
  auto form = challenge_form();
  auto altered = form;
  altered.fields[0].second[altered.fields[0].second.size() / 2] ^= 1;
  EXPECT_NE(pin_page(altered).body.find("card.challenge_altered"), std::string::npos);
  EXPECT_NE(at_agent("/request", {{"challenge", "x.y.z"}}).body.find("card.challenge_altered"), std::string::npos);
  EXPECT_NE(at_agent("/request", {}).body.find("card.challenge_altered"), std::string::npos);
  // Another organisation that nobody here trusts, and one that asks in Aoba's name.
  auto others =
      trust::create_keys(folder.path() + "/others", "example.jp/mallory", "mallory", Time{clock.now().us - 1'000'000}).value();
  Challenge challenge{"mallory",
                      {"町", "Town"},
                      CardPurpose::kSignIn,
                      std::string(32, 'h'),
                      "http://localhost:8080/mallory/card/return",
                      Time{clock.now().us + 60'000'000},
                      {},
                      {},
                      {}};
  EXPECT_NE(at_agent("/request", {{"challenge", *sign_challenge(challenge, *others.message_key, others.message)}})
                .body.find("card.challenge_foreign"),
            std::string::npos);
  ASSERT_OK(trust_root(folder.path(), others.root));
  EXPECT_EQ(at_agent("/request", {{"challenge", *sign_challenge(challenge, *others.message_key, others.message)}}).status, 200)
      << "trusted now";
  challenge.organisation = "aoba";
  challenge.return_address = "http://localhost:8080/aoba/card/return";
  EXPECT_NE(at_agent("/request", {{"challenge", *sign_challenge(challenge, *others.message_key, others.message)}})
                .body.find("card.challenge_foreign"),
            std::string::npos);
  challenge.organisation = "mallory";
  challenge.return_address = "http://evil.example/mallory/anything";
  EXPECT_NE(at_agent("/request", {{"challenge", *sign_challenge(challenge, *others.message_key, others.message)}})
                .body.find("card.challenge_altered"),
            std::string::npos);
}

// One that is trusted issues itself a certificate with Aoba's name.
TEST_P(AtTheCard, ATrustedOrganisationCannotAskInAnothersName) {
  auto others =
      trust::create_keys(folder.path() + "/others", "example.jp/mallory", "mallory", Time{clock.now().us - 1'000'000}).value();
  ASSERT_OK(trust_root(folder.path(), others.root));
  auto root_key = crypto::load_signer(folder.path() + "/others/root.pem").value();
  auto key = crypto::create_signer(folder.path() + "/forged.pem", crypto::Algorithm::kEcdsaP256).value();
  auto forged = crypto::issue_certificate(*root_key, others.root,
                                          {crypto::Profile::kMessage,
                                           key->public_key(),
                                           {"aoba", "aoba.musubi.internal"},
                                           "aoba.musubi.internal",
                                           others.root.not_before(),
                                           Time{clock.now().us + 86'400'000'000}});
  ASSERT_OK(forged);
  Challenge challenge{"aoba",
                      {"青葉町", "Aoba Town"},
                      CardPurpose::kSign,
                      std::string(32, 'h'),
                      "http://evil.example/aoba/card/return",
                      Time{clock.now().us + 60'000'000},
                      {"様式", "A form"},
                      {{"一行", "A line"}},
                      "anything"};
  auto page = at_agent("/request", {{"challenge", *sign_challenge(challenge, *key, *forged)}});
  EXPECT_EQ(page.status, 403);
  EXPECT_NE(page.body.find("card.challenge_foreign"), std::string::npos) << page.body;
}

// A site that relays Aoba's nonce in a challenge of its own gets an answer that Aoba does not take.
TEST_P(AtTheCard, ARelayedNonceIsWorthNothing) {
  auto genuine = challenge_form();
  std::string handle = crypto::read_jws(genuine.fields[0].second)->payload;
  handle = handle.substr(handle.find("\"handle\":\"") + 10, 32);
  auto others =
      trust::create_keys(folder.path() + "/others", "example.jp/mallory", "mallory", Time{clock.now().us - 1'000'000}).value();
  ASSERT_OK(trust_root(folder.path(), others.root));
  Challenge relayed{"mallory",
                    {"町", "Town"},
                    CardPurpose::kSignIn,
                    handle,
                    "http://localhost:9999/mallory/card/return",
                    Time{clock.now().us + 60'000'000},
                    {},
                    {},
                    {}};
  auto done = enter_pin(at_agent("/request", {{"challenge", *sign_challenge(relayed, *others.message_key, others.message)}}), "1234");
  auto form = form_on(done.body);
  EXPECT_EQ(form.action, "http://localhost:9999/mallory/card/return");
  auto taken = town(Method::post, "/aoba/card/return", form.fields, true);
  EXPECT_EQ(taken.status, 403);
  EXPECT_NE(taken.body.find("identity.bad_card_signature"), std::string::npos);
}

TEST_P(AtTheCard, WrongPinsCountAndLock) {
  auto page = pin_page(challenge_form());
  auto wrong = enter_pin(page, "9999");
  EXPECT_EQ(wrong.status, 422);
  EXPECT_NE(wrong.body.find("2 tries left"), std::string::npos) << wrong.body;
  EXPECT_NE(wrong.body.find("Error: "), std::string::npos);
  EXPECT_EQ(enter_pin(page, "9999").status, 422);
  auto locked = enter_pin(page, "9999");
  EXPECT_NE(locked.body.find("musubi card unlock"), std::string::npos);
  EXPECT_EQ(enter_pin(page, "1234").status, 422) << "locked";
  ASSERT_OK(unlock_card(card, issuer->linker.unlock_code("card-hanako")));
  EXPECT_EQ(enter_pin(page, "1234").status, 200);
}

// A page elsewhere cannot burn the tries of a card, nor post a PIN it guesses.
TEST_P(AtTheCard, TheAgentTakesPinsFromItsOwnFormsOnly) {
  auto form = challenge_form();
  auto guessed = at_agent(
      "/pin", {{"challenge", form.fields[0].second}, {"card", "card-hanako"}, {"pin", "0000"}, {"token", std::string(43, 'A')}});
  EXPECT_EQ(guessed.status, 403);
  EXPECT_NE(guessed.body.find("card.foreign_form"), std::string::npos);
  EXPECT_EQ(load_card(card)->login_tries, 3);
  auto rebound = send(agent->router(), "evil.example:8090", Method::post, "/request", form.fields);
  EXPECT_EQ(rebound.status, 403);
  EXPECT_EQ(send(agent->router(), "evil.example", Method::get, "/", {}).status, 403);
  EXPECT_EQ(send(agent->router(), "localhost:8090", Method::get, "/", {}).status, 200);
}

TEST_P(AtTheCard, AllFaultsOfAFormAtOnceInBothLanguages) {
  auto page = pin_page(challenge_form());
  for (auto [tag, choose, enter] : {std::tuple{"en", "Choose a card.", "Enter the PIN."},
                                    {"ja", "使うカードを選んでください。", "暗証番号を入力してください。"}}) {
    language = tag;
    auto empty = at_agent("/pin", form_on(page.body).fields);
    EXPECT_EQ(empty.status, 422);
    EXPECT_NE(empty.body.find(choose), std::string::npos);
    EXPECT_NE(empty.body.find(enter), std::string::npos);
  }
}

TEST_P(AtTheCard, CardsThatAreNotGoodAreNamed) {
  for (auto [state, name] : {std::pair{CardState::kSuspended, "identity.card_suspended"},
                             {CardState::kLost, "identity.card_lost"},
                             {CardState::kExpired, "identity.card_expired"},
                             {CardState::kRevoked, "identity.card_revoked"},
                             {CardState::kReturned, "identity.card_revoked"},
                             {CardState::kIssued, "identity.card_not_active"}}) {
    status.state = state;
    auto refused = sign_in();
    EXPECT_EQ(refused.status, 403);
    EXPECT_NE(refused.body.find(name), std::string::npos) << name;
    EXPECT_FALSE(cookies.contains("musubi_aoba_card")) << name;
  }
  context->cards.resolve = [](const std::string&, const crypto::Certificate&) -> Result<CardStatus> {
    return Error{Code::kForbidden, "identity.unknown_card", {"不明", "unknown"}, {}};
  };
  EXPECT_NE(sign_in().body.find("identity.unknown_card"), std::string::npos);
  context->cards.resolve = [](const std::string&, const crypto::Certificate&) -> Result<CardStatus> {
    return Error{Code::kUnavailable, "exchange.peer_down", {"つながりません", "down"}, {}};
  };
  auto down = sign_in();
  EXPECT_EQ(down.status, 503);
  EXPECT_NE(down.body.find("exchange.peer_down"), std::string::npos);
}

TEST_P(AtTheCard, CardsOfAnotherIssuerAndExpiredOnesAreRefused) {
  testing::TemporaryFolder elsewhere;
  CardIssuer forger(elsewhere.path());
  ASSERT_OK(save_card(folder.path() + "/card-hanako2.card", forger.make("card-hanako2", "偽物", clock.now())));
  auto form = form_on(pin_page(challenge_form()).body);
  form.fields.push_back({"card", "card-hanako2"});
  form.fields.push_back({"pin", "1234"});
  auto taken = town(Method::post, "/aoba/card/return", form_on(at_agent("/pin", form.fields).body).fields, true);
  EXPECT_NE(taken.body.find("identity.bad_card_signature"), std::string::npos);
  clock.advance_us(6LL * 365 * 86'400'000'000);
  auto keys = trust::create_keys(folder.path() + "/later", "example.jp/aoba", "aoba", Time{clock.now().us - 1'000'000}).value();
  *own = keys;
  ASSERT_OK(trust_root(folder.path(), own->root));
  auto expired = sign_in();
  EXPECT_NE(expired.body.find("identity.card_expired"), std::string::npos) << expired.body;
}

TEST_P(AtTheCard, CancellingLeadsBack) {
  auto page = pin_page(challenge_form());
  auto cancel = form_on(page.body, 1);
  EXPECT_EQ(cancel.fields[0].first, "cancelled");
  auto back = come_back(cancel);
  EXPECT_EQ(back.status, 409);
  EXPECT_NE(back.body.find("identity.card_cancelled"), std::string::npos);
}

}  // namespace
}  // namespace musubi::identity
