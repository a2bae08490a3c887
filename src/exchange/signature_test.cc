#include "exchange/signature.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "crypto/hash.h"
#include "crypto/jose.h"
#include "support/store_fixture.h"

namespace musubi::exchange {
namespace {

TEST(StructuredFields, RoundTripInTheirCanonicalForm) {
  struct Case {
    const char *text, *canonical;
  } cases[] = {
      {"a=1, b=\"x\\\"y\\\\\";p, c=?0;q=?1, d=:AAEC:, e=tok/en:*", "a=1, b=\"x\\\"y\\\\\";p, c=?0;q, d=:AAEC:, e=tok/en:*"},
      {"a=(1 2);x=1;y, b", "a=(1 2);x=1;y, b"},
      {"  a=( \"k\";sf   -5 )  ", "a=(\"k\";sf -5)"},
      {"a=1,a=2", "a=2"},
      {"a=1.50, b=-0.1, c=999999999999.999, d=2.0", "a=1.5, b=-0.1, c=999999999999.999, d=2.0"},
      {"a;q=1;q=2", "a;q=2"},
      {"", ""},
      {"a=999999999999999", "a=999999999999999"},
  };
  for (const auto& [text, canonical] : cases) {
    auto parsed = sf::parse_dictionary(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(sf::serialize(*parsed), canonical);
  }
}

TEST(StructuredFields, RefuseEverythingElse) {
  for (const char* text : {"A=1",
                           "a=",
                           "a=1,",
                           "a=1 b=2",
                           "a=(1",
                           "a=(1)x",
                           "a=\"x",
                           "a=\"\\x\"",
                           "a=\"\x7f\"",
                           "a=\"é\"",
                           "a=:AA:",
                           "a=:AAEC",
                           "a=?2",
                           "a=1.",
                           "a=1.1234",
                           "a=1234567890123456",
                           "a=1234567890123.1",
                           "a=--1",
                           "a=(1,2)",
                           "=1",
                           ",",
                           "a=1;;b",
                           "a=1;B",
                           "a=(1(2))",
                           "\ta=1",
                           "a=(1\t2)"})
    EXPECT_FALSE(sf::parse_dictionary(text)) << text;
  EXPECT_FALSE(sf::parse_dictionary("a=" + std::string(sf::kMostFieldBytes, '1')));
  std::string many;
  for (int i = 0; i < 100; ++i) many += "k" + std::to_string(i) + "=1,";
  EXPECT_FALSE(sf::parse_dictionary(many + "z=1"));
}

// RFC 9421 B.2: the request and the response that its examples sign.
struct Rfc : ::testing::Test {
  http::Headers asked, answered;
  SignedParts request, response;
  void SetUp() override {
    asked.add("Host", "example.com"), asked.add("Date", "Tue, 20 Apr 2021 02:07:55 GMT"),
        asked.add("Content-Type", "application/json");
    asked.add("Content-Digest", "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:");
    asked.add("Content-Length", "18");
    request = {"POST", "https", "example.com", "/foo", "?param=Value&Pet=dog", 0, &asked};
    answered.add("Date", "Tue, 20 Apr 2021 02:07:56 GMT"), answered.add("Content-Type", "application/json");
    answered.add("Content-Digest",
                 "sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69wWdXymyU0rjJuahq4l5aGgfLQ==:");
    answered.add("Content-Length", "23");
    response.status = 200;
    response.headers = &answered;
  }
  static sf::InnerList input(const char* text) {
    return std::get<sf::InnerList>(sf::parse_dictionary(std::string("s=") + text)->front().second);
  }
};

TEST_F(Rfc, B24ResponseWithEcdsaP256) {
  auto base = signature_base(
      input(R"(("@status" "content-type" "content-digest" "content-length");created=1618884473;keyid="test-key-ecc-p256")"), response);
  ASSERT_OK(base);
  std::string key = *from_base64(
      "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqIVYZVLCrPZHGHjP17CTW0/+D9Lfw0EkjqF7xB4FivAxzic30tMM4GF+hR6Dxh71Z50VGGdldkkDXZCnTNnoXQ==");
  auto verifier = crypto::Verifier::create(crypto::Algorithm::kEcdsaP256, key).value();
  EXPECT_TRUE(crypto::verify_raw(
      verifier, *base, *from_base64("wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpaCLx0NKocgPquLgyahnzDnDAUy5eCdlYUEkLIj+32oiasw==")));
}

TEST_F(Rfc, B25RequestWithHmac) {
  auto base = signature_base(input(R"(("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret")"), request);
  ASSERT_OK(base);
  auto mac = crypto::hmac_sha256(
      *from_base64("uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ=="), *base);
  EXPECT_EQ(to_base64(crypto::bytes(mac)), "pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=");
}

TEST_F(Rfc, B26RequestWithEd25519) {
  auto base = signature_base(
      input(R"(("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519")"),
      request);
  ASSERT_OK(base);
  auto key = crypto::Verifier::create(crypto::Algorithm::kEd25519,
                                      from_base64("MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=")->substr(12))
                 .value();
  EXPECT_TRUE(
      key.verify(*base, *from_base64("wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==")));
}

TEST_F(Rfc, DerivedComponentsAndFields) {
  auto line = [&](const char* component, const SignedParts& of, const SignedParts* to = nullptr) {
    auto base = signature_base(input(("(" + std::string(component) + ")").c_str()), of, to);
    return base.ok() ? base->substr(0, base->find('\n')) : base.error().name;
  };
  request.authority = "Example.COM:443";
  EXPECT_EQ(line("\"@authority\"", request), "\"@authority\": example.com");
  EXPECT_EQ(line("\"@target-uri\"", request), "\"@target-uri\": https://Example.COM:443/foo?param=Value&Pet=dog");
  EXPECT_EQ(line("\"@request-target\"", request), "\"@request-target\": /foo?param=Value&Pet=dog");
  EXPECT_EQ(line("\"@query\"", request), "\"@query\": ?param=Value&Pet=dog");
  EXPECT_EQ(line("\"@query-param\";name=\"Pet\"", request), "\"@query-param\";name=\"Pet\": dog");
  EXPECT_EQ(line("\"@query-param\";name=\"cat\"", request), "exchange.bad_signature");
  EXPECT_EQ(line("\"@scheme\"", request), "\"@scheme\": https");
  EXPECT_EQ(line("\"@status\"", request), "exchange.bad_signature");
  EXPECT_EQ(line("\"@method\"", response), "exchange.bad_signature");
  EXPECT_EQ(line("\"@method\";req", response, &request), "\"@method\";req: POST");
  EXPECT_EQ(line("\"@method\";req", request, &request), "exchange.bad_signature");
  EXPECT_EQ(line("\"@signature-params\"", request), "exchange.bad_signature");
  EXPECT_EQ(line("\"Date\"", request), "exchange.bad_signature");
  EXPECT_EQ(line("\"date\";tr", request), "exchange.bad_signature");
  EXPECT_EQ(line("\"date\" \"date\"", request), "exchange.bad_signature");
  EXPECT_EQ(line("date", request), "exchange.bad_signature");
  request.query = "";
  EXPECT_EQ(line("\"@query\"", request), "\"@query\": ?");
  // 2.1: two lines of one field; 2.1.3: the same, as bytes; 2.1.2: a member of a dictionary
  asked.add("X-Two", " first "), asked.add("X-Two", "second, and"), asked.add("Signature", "sig1=:AAEC:, b=1;x");
  EXPECT_EQ(line("\"x-two\"", request), "\"x-two\": first, second, and");
  EXPECT_EQ(line("\"x-two\";bs", request), "\"x-two\";bs: :Zmlyc3Q=:, :c2Vjb25kLCBhbmQ=:");
  EXPECT_EQ(line("\"signature\";key=\"sig1\"", request), "\"signature\";key=\"sig1\": :AAEC:");
  EXPECT_EQ(line("\"signature\";sf", request), "\"signature\";sf: sig1=:AAEC:, b=1;x");
  EXPECT_EQ(line("\"signature\";key=\"sig2\"", request), "exchange.bad_signature");
  EXPECT_EQ(line("\"x-two\";sf", request), "exchange.bad_signature");
}

struct Profile : ::testing::Test {
  testing::TemporaryFolder folder;
  std::shared_ptr<const crypto::Signer> asker{crypto::create_signer(folder.path() + "/a.pem", crypto::Algorithm::kEcdsaP256).value()};
  std::shared_ptr<const crypto::Signer> answerer{
      crypto::create_signer(folder.path() + "/b.pem", crypto::Algorithm::kEcdsaP256).value()};
  crypto::Verifier asker_key = crypto::Verifier::create(crypto::Algorithm::kEcdsaP256, asker->public_key()).value();
  crypto::Verifier answerer_key = crypto::Verifier::create(crypto::Algorithm::kEcdsaP256, answerer->public_key()).value();
  Time now{1'800'000'000'000'000};

  Message question(const std::string& body = "{\"q\":1}") {
    Message message{"POST", "aoba.musubi.internal", "/exchange/query", {}, body};
    message.headers.set("Content-Type", "application/json");
    EXPECT_TRUE(sign_question(message, *asker, "portal", "0123456789abcdef", now).ok());
    return message;
  }
  Reply answer(const Message& to) {
    Reply reply{200, {}, "{\"a\":2}"};
    reply.headers.set("Content-Type", "application/json");
    EXPECT_TRUE(sign_answer(reply, to, *answerer, "aoba", now).ok());
    return reply;
  }
  std::string judged(const Message& message, std::int64_t later_s = 0) {
    auto result = verify_question(message, asker_key, Time{now.us + later_s * 1'000'000});
    return result.ok() ? "ok" : result.error().name;
  }
};

TEST_F(Profile, AQuestionHoldsOnlyAsItWasSigned) {
  Message good = question();
  auto stated = verify_question(good, asker_key, now);
  ASSERT_OK(stated);
  EXPECT_EQ(stated->keyid, "portal");
  EXPECT_EQ(stated->nonce, "0123456789abcdef");
  EXPECT_EQ(claimed_keyid(good.headers), "portal");
  const std::function<void(Message&)> alterations[] = {
      [](Message& m) { m.method = "PUT"; },
      [](Message& m) { m.authority = "minato.musubi.internal"; },
      [](Message& m) { m.path = "/exchange/history"; },
      [](Message& m) { m.body += " "; },
      [](Message& m) { m.headers.set("Content-Type", "text/plain"); },
      [](Message& m) { m.body = "x", m.headers.set("Content-Digest", content_digest("x")); },
      [](Message& m) { m.headers.remove("Content-Digest"); },
      [](Message& m) { m.headers.remove("Signature"); },
      [](Message& m) { m.headers.remove("Signature-Input"); },
      [](Message& m) { m.headers.set("Content-Digest", "md5=:AAEC:"); }};
  for (std::size_t i = 0; i < std::size(alterations); ++i) {
    Message altered = good;
    alterations[i](altered);
    EXPECT_EQ(judged(altered), "exchange.bad_signature") << i;
  }
  std::string input(good.headers.get("Signature-Input"));
  for (std::size_t i = 0; i < input.size(); ++i) {
    Message altered = good;
    std::string text = input;
    text[i] = text[i] == '1' ? '2' : '1';
    altered.headers.set("Signature-Input", text);
    EXPECT_NE(judged(altered), "ok") << text;
  }
  EXPECT_EQ(verify_question(good, answerer_key, now).error().name, "exchange.bad_signature");
}

TEST_F(Profile, ClocksMayDifferALittle) {
  Message good = question();
  EXPECT_EQ(judged(good, -60), "ok");
  EXPECT_EQ(judged(good, -61), "exchange.clock_skew");
  EXPECT_EQ(judged(good, 120), "ok");
  EXPECT_EQ(judged(good, 121), "exchange.clock_skew");
}

TEST_F(Profile, AnAnswerBelongsToOneQuestion) {
  Message first = question(), second = question();  // alike but for their signatures
  Reply reply = answer(first);
  ASSERT_OK(verify_answer(reply, first, answerer_key, now));
  EXPECT_EQ(verify_answer(reply, second, answerer_key, now).error().name, "exchange.bad_signature");
  EXPECT_EQ(verify_answer(reply, first, asker_key, now).error().name, "exchange.bad_signature");
  Reply altered = reply;
  altered.status = 404;
  EXPECT_FALSE(verify_answer(altered, first, answerer_key, now).ok());
  altered = reply;
  altered.body = "{}";
  EXPECT_FALSE(verify_answer(altered, first, answerer_key, now).ok());
  altered = reply;
  altered.headers.remove("Signature");
  EXPECT_FALSE(verify_answer(altered, first, answerer_key, now).ok());
  // A question's signature is no answer's.
  Reply reflected{200, first.headers, first.body};
  EXPECT_FALSE(verify_answer(reflected, first, asker_key, now).ok());
}

}  // namespace
}  // namespace musubi::exchange
