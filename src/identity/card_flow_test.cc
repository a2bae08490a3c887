// The whole way between an organisation's pages and the card agent, with a browser of two sites: cookies of one are not
// sent with a form from the other.

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "identity/access.h"
#include "identity/card_agent.h"
#include "identity/card_message.h"
#include "identity/challenges.h"
#include "identity/pages.h"
#include "identity/residents.h"
#include "identity/test_cards.h"
#include "identity/test_office.h"
#include "text/normalise.h"
#include "trust/keys.h"

namespace musubi::identity {
namespace {

using http::Method;

struct FormOnPage {
  std::string action;
  std::vector<std::pair<std::string, std::string>> fields;
};

std::string unescaped(std::string text) {
  for (auto [from, to] : {std::pair<std::string, std::string>{"&#39;", "'"}, {"&quot;", "\""}, {"&lt;", "<"}, {"&gt;", ">"}, {"&amp;", "&"}})
    for (auto at = text.find(from); at != text.npos; at = text.find(from, at + 1)) text.replace(at, from.size(), to);
  return text;
}

// The value of an attribute of the tag that begins at `at`.
std::string attribute(const std::string& page, std::size_t at, const std::string& name) {
  auto end = page.find('>', at), from = page.find(name + "=\"", at);
  if (from == page.npos || from > end) return {};
  from += name.size() + 2;
  return unescaped(page.substr(from, page.find('"', from) - from));
}

// The n-th form of a page with its hidden fields.
FormOnPage form_on(const std::string& page, int n = 0) {
  std::size_t at = page.find("<form");
  while (n-- > 0 && at != page.npos) at = page.find("<form", at + 1);
  if (at == page.npos) return {};
  FormOnPage out{attribute(page, at, "action"), {}};
  auto end = page.find("</form>", at);
  for (at = page.find("<input type=\"hidden\"", at); at < end; at = page.find("<input type=\"hidden\"", at + 1))
    out.fields.emplace_back(attribute(page, at, "name"), attribute(page, at, "value"));
  return out;
}

class AtTheCard : public Office {
 protected:
  void SetUp() override {
    Office::SetUp();
    if (HasFatalFailure()) return;
    own = std::make_unique<trust::OrganisationKeys>(trust::create_keys(folder.path() + "/keys", "example.jp/aoba", "aoba", Time{clock.now().us - 1'000'000}).value());
    issuer = std::make_unique<CardIssuer>(folder.path());
    card = issuer->card("card-hanako", "花子", clock.now());
    ASSERT_OK(trust_root(folder.path(), own->root));
    status = CardStatus{new_person_code(), CardState::kActive};
    CardDesk desk{"http://127.0.0.1:8090",
                  [this](const std::string&) -> Result<ChallengeKey> { return ChallengeKey{own->message, own->root, own->message_key}; },
                  [this](const std::string&, const crypto::Certificate& shown) -> Result<CardStatus> { shown_serial = shown.serial_hex(); return status; },
                  [this](const std::string&) -> Result<std::vector<crypto::Certificate>> { return std::vector{*issuer->root}; }};
    context = std::make_unique<RouteContext>(RouteContext{*store, clock, [] { return std::string("http://localhost:8080"); },
                                                          [](const http::Request&, const std::string&) { return web::Site{{"青葉町", "Aoba Town"}}; }, {}, {}, desk});
    router.set_authoriser(authoriser(*store, clock));
    router.set_error_page([](const Error& error, const http::Request& request) {
      if (auto away = to_sign_in(error, request)) return *away;
      return http::text(error.name, http::status_of(error));
    });
    router.add(sign_in_routes(*context));
    router.add(card_routes(*context));
    agent = std::make_unique<CardAgent>(folder.path(), clock);
  }
  void TearDown() override {
    agent.reset();
    Office::TearDown();
  }

  // A browser with the cookies of localhost:8080. `cross` posts come from another site: Lax cookies stay behind.
  http::Response send(const http::Router& to, const std::string& host, Method method, const std::string& target,
                      const std::vector<std::pair<std::string, std::string>>& fields = {}, bool cross = false) {
    http::Request request;
    request.method = method;
    request.target = target;
    request.id = "01";
    request.headers.add("Host", host);
    request.headers.add("Accept", "text/html");
    request.headers.add("Accept-Language", language);
    if (!cross && !cookies.empty() && host == "localhost:8080") {
      std::string line;
      for (const auto& [name, value] : cookies) line += (line.empty() ? "" : "; ") + name + "=" + value;
      request.headers.add("Cookie", line);
    }
    for (const auto& [name, value] : fields)
      request.body += (request.body.empty() ? "" : "&") + http::percent_encode(name) + "=" + http::percent_encode(value);
    if (method == Method::post) request.headers.add("Content-Type", "application/x-www-form-urlencoded");
    EXPECT_TRUE(http::parse_target(request).ok());
    auto response = to.dispatch(request);
    if (host == "localhost:8080") keep_cookies(response);
    return response;
  }
  void keep_cookies(const http::Response& response) {
    for (const auto& [name, line] : response.headers) {
      if (name != "Set-Cookie") continue;
      auto equals = line.find('='), end = line.find(';');
      std::string cookie = line.substr(0, equals), value = line.substr(equals + 1, end - equals - 1);
      if (value.empty()) cookies.erase(cookie);
      else cookies[cookie] = value;
    }
  }
  http::Response town(Method method, const std::string& target, const std::vector<std::pair<std::string, std::string>>& fields = {}, bool cross = false) {
    return send(router, "localhost:8080", method, target, fields, cross);
  }
  http::Response at_agent(const std::string& target, const std::vector<std::pair<std::string, std::string>>& fields) {
    return send(agent->router(), "127.0.0.1:8090", Method::post, target, fields);
  }
  // From the town's page to the agent's PIN page.
  FormOnPage challenge_form() {
    auto page = town(Method::post, "/aoba/sign-in/card", {{"return", "/aoba/my/baskets"}});
    EXPECT_EQ(page.status, 200) << page.body;
    EXPECT_NE(std::string(page.headers.get("Content-Security-Policy")).find("form-action 'self' http://127.0.0.1:8090;"), std::string::npos);
    auto form = form_on(page.body);
    EXPECT_EQ(form.action, "http://127.0.0.1:8090/request");
    return form;
  }
  http::Response pin_page(const FormOnPage& form) { return at_agent("/request", form.fields); }
  http::Response enter_pin(const http::Response& page, const std::string& pin) {
    auto form = form_on(page.body);
    EXPECT_EQ(form.action, "/pin") << page.body;
    form.fields.push_back({"card", "card-hanako"});
    form.fields.push_back({"pin", pin});
    return at_agent("/pin", form.fields);
  }
  // The agent's last page, which leads back.
  FormOnPage way_back(const http::Response& page) {
    EXPECT_EQ(page.status, 200) << page.body;
    EXPECT_NE(std::string(page.headers.get("Content-Security-Policy")).find("form-action 'self' http://localhost:8080;"), std::string::npos);
    auto form = form_on(page.body);
    EXPECT_EQ(form.action, "http://localhost:8080/aoba/card/return");
    return form;
  }
  http::Response come_back(const FormOnPage& form) {
    auto taken = town(Method::post, "/aoba/card/return", form.fields, true);
    if (taken.status != 303) return taken;
    return town(Method::get, std::string(taken.headers.get("Location")));
  }
  http::Response sign_in() { return come_back(way_back(enter_pin(pin_page(challenge_form()), "1234"))); }

  std::unique_ptr<trust::OrganisationKeys> own;
  std::unique_ptr<CardIssuer> issuer;
  std::string card, language = "en", shown_serial;
  CardStatus status;
  std::unique_ptr<RouteContext> context;
  http::Router router;
  std::unique_ptr<CardAgent> agent;
  std::map<std::string, std::string> cookies;
};
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
  auto records = database->read([](db::Reader& reader) { return evidence::read_records(reader, 0, 10, "identity.resident_signed_in"); }).value();
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
      TRY(tx.execute("INSERT INTO identity_challenge (handle, purpose, session, challenge, content, state, expires_at) VALUES ($1, 'sign-in', $2, $2, '{}', 'open', $3)",
                     {"flood-" + std::to_string(i), db::blob("x"), clock.now().us + kChallengeValid_us / 2 - i}));
    return {};
  }));
  for (char first : {'\0', '\x01', '\x10'})  // by chance, one in sixteen looks at how many there are
    ASSERT_OK(write([&](db::Transaction& tx) {
      return keep_challenge(tx, {std::string(31, 'h') + char('a' + first), CardPurpose::kSignIn, std::string(32, first), "c", "{}", "open", {}, {}, Time{clock.now().us + kChallengeValid_us}, ""}, clock.now());
    }));
  auto count = [&] { return database->read([](db::Reader& reader) { return reader.query("SELECT count(*) FROM identity_challenge"); }).value()[0].integer(0); };
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
  auto others = trust::create_keys(folder.path() + "/others", "example.jp/mallory", "mallory", Time{clock.now().us - 1'000'000}).value();
  Challenge challenge{"mallory", {"町", "Town"}, CardPurpose::kSignIn, std::string(32, 'h'), "http://localhost:8080/mallory/card/return", Time{clock.now().us + 60'000'000}, {}, {}, {}};
  EXPECT_NE(at_agent("/request", {{"challenge", *sign_challenge(challenge, *others.message_key, others.message)}}).body.find("card.challenge_foreign"), std::string::npos);
  ASSERT_OK(trust_root(folder.path(), others.root));
  EXPECT_EQ(at_agent("/request", {{"challenge", *sign_challenge(challenge, *others.message_key, others.message)}}).status, 200) << "trusted now";
  challenge.organisation = "aoba";
  challenge.return_address = "http://localhost:8080/aoba/card/return";
  EXPECT_NE(at_agent("/request", {{"challenge", *sign_challenge(challenge, *others.message_key, others.message)}}).body.find("card.challenge_foreign"), std::string::npos);
  challenge.organisation = "mallory";
  challenge.return_address = "http://evil.example/mallory/anything";
  EXPECT_NE(at_agent("/request", {{"challenge", *sign_challenge(challenge, *others.message_key, others.message)}}).body.find("card.challenge_altered"), std::string::npos);
}

// A site that relays Aoba's nonce in a challenge of its own gets an answer that Aoba does not take.
TEST_P(AtTheCard, ARelayedNonceIsWorthNothing) {
  auto genuine = challenge_form();
  std::string handle = crypto::read_jws(genuine.fields[0].second)->payload;
  handle = handle.substr(handle.find("\"handle\":\"") + 10, 32);
  auto others = trust::create_keys(folder.path() + "/others", "example.jp/mallory", "mallory", Time{clock.now().us - 1'000'000}).value();
  ASSERT_OK(trust_root(folder.path(), others.root));
  Challenge relayed{"mallory", {"町", "Town"}, CardPurpose::kSignIn, handle, "http://localhost:9999/mallory/card/return", Time{clock.now().us + 60'000'000}, {}, {}, {}};
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
  auto guessed = at_agent("/pin", {{"challenge", form.fields[0].second}, {"card", "card-hanako"}, {"pin", "0000"}, {"token", std::string(43, 'A')}});
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
  for (auto [tag, choose, enter] : {std::tuple{"en", "Choose a card.", "Enter the PIN."}, {"ja", "使うカードを選んでください。", "暗証番号を入力してください。"}}) {
    language = tag;
    auto empty = at_agent("/pin", form_on(page.body).fields);
    EXPECT_EQ(empty.status, 422);
    EXPECT_NE(empty.body.find(choose), std::string::npos);
    EXPECT_NE(empty.body.find(enter), std::string::npos);
  }
}

TEST_P(AtTheCard, CardsThatAreNotGoodAreNamed) {
  for (auto [state, name] : {std::pair{CardState::kSuspended, "identity.card_suspended"}, {CardState::kLost, "identity.card_lost"},
                             {CardState::kExpired, "identity.card_expired"}, {CardState::kRevoked, "identity.card_revoked"},
                             {CardState::kReturned, "identity.card_revoked"}, {CardState::kIssued, "identity.card_not_active"}}) {
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
    probe.add({Method::get, "/{org}/my/sessions", http::Access::kResident, [&](http::Request& r) -> Result<http::Response> { found = *resident(r); return http::text(""); }, "x", "x"});
    (void)probe.dispatch(request);
    return *found;
  }
  std::string begin(std::string payload = R"({"forms":["abc"]})") {
    Signing signing{{"引越しの届出 2 件", "2 forms of a move"}, {{"転出届（青葉町）", "Moving out (Aoba)"}, {"転入届（みなと町）", "Moving in (Minato)"}}, payload, "/aoba/my/baskets/1"};
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
