#include "crypto/tsp.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "crypto/der.h"
#include "crypto/test_support.h"

namespace musubi::crypto {
namespace {

constexpr const char* kPolicy = "2.25.78094489129008838867181542329631660150";
constexpr const char* kSha256 = "2.16.840.1.101.3.4.2.1";

Time at(const char* text) { return parse_rfc3339(text).value(); }

struct BrokenSigner final : Signer {
  explicit BrokenSigner(std::string key) : key_(std::move(key)) {}
  Algorithm algorithm() const override { return Algorithm::kEcdsaP256; }
  const std::string& public_key() const override { return key_; }
  Result<std::string> sign(std::string_view) const override {
    return Error{Code::kUnavailable, "crypto.signing_failed", {"壊れた", "broken"}, {}};
  }
  std::string key_;
};

struct Tsp : ::testing::Test {
  TestFolder folder;
  std::shared_ptr<const Signer> root_key = folder.key("root.pem", Algorithm::kEcdsaP256);
  std::shared_ptr<const Signer> tsa_key = folder.key("tsa.pem", Algorithm::kEcdsaP256);
  Time from = at("2019-06-01T00:00:00Z"), until = at("2020-06-01T00:00:00Z");
  Time gen_time = at("2019-06-14T03:04:05.678900Z");
  Certificate root = create_root(*root_key, {"結び町", "結び町 認証局"}, from).value();
  Certificate certificate = issue_tsa(*root_key, root, tsa_key->public_key(), {"結び町", "時刻印"}, from, until).value();
  TimeStampAuthority authority = make(tsa_key, certificate).value();
  Digest digest = sha256("結び");
  std::string nonce = "\x80\x01\x02\x03\x04\x05\x06\x07";
  std::string serial = std::string("\xff", 1) + std::string(19, '\x11');

  Result<TimeStampAuthority> make(std::shared_ptr<const Signer> key, const Certificate& c) {
    return TimeStampAuthority::create(std::move(key), c, {kPolicy, 1'002'003, {}});
  }
  TokenCheck check() const { return {digest, nonce, {root}, {}}; }
  std::string token() const {
    auto answer = authority.answer(make_time_stamp_req(digest, nonce, true), gen_time, serial);
    EXPECT_FALSE(answer.failure);
    return token_of(answer.der).value();
  }
  std::string verdict(std::string_view bytes, const TokenCheck& how) const {
    auto result = verify_token(bytes, how);
    return result.ok() ? "ok" : result.error().name;
  }
};

TEST_F(Tsp, TokenVerifiesAndSaysWhatWasStamped) {
  TstInfo info = verify_token(token(), check()).value();
  EXPECT_EQ(info.gen_time, gen_time);
  EXPECT_EQ(info.accuracy_us, 1'002'003);
  EXPECT_EQ(info.serial, serial);
  EXPECT_EQ(info.policy, kPolicy);
  EXPECT_EQ(info.imprint, bytes(digest));
  EXPECT_EQ(info.imprint_algorithm, kSha256);
  EXPECT_EQ(info.nonce, nonce);
}

TEST_F(Tsp, OpensslAcceptsOurAnswers) {
  folder.put("data", "結び");
  folder.put("root.crt", root.pem());
  folder.put("tsa.crt", certificate.pem());
  std::string when = "-attime 1560481445";
  for (bool cert_req : {true, false})
    for (const std::string& policy : {std::string(), std::string(kPolicy)}) {
      folder.put("request.tsq", make_time_stamp_req(digest, nonce, cert_req, policy));
      folder.put("answer.tsr", authority.answer(folder.get("request.tsq"), gen_time, serial).der);
      EXPECT_TRUE(folder.run("openssl ts -verify " + when +
                             " -x509_strict -queryfile request.tsq -in answer.tsr -CAfile root.crt -untrusted tsa.crt"))
          << folder.get("out");
      EXPECT_TRUE(folder.run("openssl ts -verify " + when + " -data data -in answer.tsr -CAfile root.crt -untrusted tsa.crt"))
          << folder.get("out");
    }
  ASSERT_TRUE(folder.run("openssl ts -reply -in answer.tsr -text"));
  std::string text = folder.get("out");
  for (auto part : {"Granted.", "Jun 14 03:04:05.6789 2019 GMT", "0x01 seconds, 0x02 millis, 0x03 micros", "Ordering: no", kPolicy})
    EXPECT_NE(text.find(part), std::string::npos) << part << text;
  folder.put("token.der", token());
  EXPECT_TRUE(folder.run(
      "openssl cms -verify -inform DER -in token.der -CAfile root.crt -purpose timestampsign -attime 1560481445 -binary -out info"))
      << folder.get("out");
}

TEST_F(Tsp, RequestsOfOpensslAreAnswered) {
  folder.put("data", "結び");
  folder.put("root.crt", root.pem());
  folder.put("tsa.crt", certificate.pem());
  for (auto hash : {"-sha256", "-sha384", "-sha512"})
    for (auto options : {"-cert", "-cert -no_nonce", "", "-no_nonce"}) {
      ASSERT_TRUE(folder.run(std::string("openssl ts -query -data data ") + hash + " " + options + " -out request.tsq"))
          << folder.get("out");
      folder.put("answer.tsr", authority.answer(folder.get("request.tsq"), gen_time, serial).der);
      EXPECT_TRUE(folder.run(
          "openssl ts -verify -attime 1560481445 -queryfile request.tsq -in answer.tsr -CAfile root.crt -untrusted tsa.crt"))
          << hash << options << folder.get("out");
    }
}

TEST_F(Tsp, OpensslRefusesOurAnswersToOtherQuestions) {
  folder.put("root.crt", root.pem());
  folder.put("request.tsq", make_time_stamp_req(sha256("other"), nonce, true));
  folder.put("answer.tsr", authority.answer(make_time_stamp_req(digest, nonce, true), gen_time, serial).der);
  EXPECT_FALSE(folder.run("openssl ts -verify -attime 1560481445 -queryfile request.tsq -in answer.tsr -CAfile root.crt"));
}

TEST_F(Tsp, TokenOfOpensslIsAcceptedByUs) {
  folder.put("data", "結び");
  folder.put("tsa.crt", certificate.pem());
  folder.put("serial", "0123\n");
  folder.put("request.tsq", make_time_stamp_req(digest, nonce, true));
  folder.put("ts.conf",
             "[tsa]\nserial=serial\ndefault_policy=1.2.3.4\ndigests=sha256\naccuracy=secs:1\nordering=no\ness_cert_id_alg=sha256\n");
  // The program stamps with today's clock, so the certificates are of today, too.
  const Time today{SystemClock().now().us / 1'000'000 * 1'000'000};
  Certificate wide_root = create_root(*root_key, {"x", "wide"}, Time{today.us - 2 * 3600LL * 1'000'000}).value();
  Certificate now = issue_tsa(*root_key, wide_root, tsa_key->public_key(), {"x", "now"}, Time{today.us - 3600LL * 1'000'000},
                              Time{today.us + 24 * 3600LL * 1'000'000})
                        .value();
  folder.put("tsa.crt", now.pem());
  ASSERT_TRUE(folder.run(
      "openssl ts -reply -config ts.conf -section tsa -queryfile request.tsq -signer tsa.crt -inkey tsa.pem -sha256 -out answer.tsr"))
      << folder.get("out");
  TokenCheck how = check();
  how.roots = {wide_root};
  TstInfo info = verify_token(token_of(folder.get("answer.tsr")).value(), how).value();
  EXPECT_EQ(info.policy, "1.2.3.4");
  EXPECT_EQ(info.accuracy_us, 1'000'000);
}

TEST_F(Tsp, RsaTokensOfOthersAreAccepted) {
  folder.put("data", "結び");
  folder.put("serial", "0123\n");
  folder.put("request.tsq", make_time_stamp_req(digest, nonce, true));
  folder.put("ts.conf", "[tsa]\nserial=serial\ndefault_policy=1.2.3.4\ndigests=sha256\ness_cert_id_alg=sha256\n");
  ASSERT_TRUE(folder.run(
      "openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -subj /CN=other -addext keyUsage=critical,keyCertSign;"
      "openssl req -newkey rsa:2048 -nodes -keyout ts.key -out ts.csr -subj /CN=stamps;"
      "printf 'extendedKeyUsage=critical,timeStamping\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n' > ext;"
      "openssl x509 -req -in ts.csr -CA ca.crt -CAkey ca.key -CAcreateserial -extfile ext -out ts.crt &&"
      "openssl ts -reply -config ts.conf -section tsa -queryfile request.tsq -signer ts.crt -inkey ts.key -sha256 -out answer.tsr"))
      << folder.get("out");
  TokenCheck how = check();
  how.roots = {Certificate::from_pem(folder.get("ca.crt")).value()};
  EXPECT_EQ(verdict(token_of(folder.get("answer.tsr")).value(), how), "ok");
  EXPECT_EQ(verdict(token_of(folder.get("answer.tsr")).value(), check()), "crypto.tsp_untrusted");
}

TEST_F(Tsp, EveryRefusalNamesItsFailInfo) {
  auto request = [&](const std::string& version, const std::string& hash, std::size_t size, const std::string& rest) {
    std::string imprint =
        der::sequence({der::sequence({der::oid(hash), der::element(der::kNull, "")}), der::octets(std::string(size, 'd'))});
    return der::sequence({version, imprint, rest});
  };
  std::string one = der::integer(1), good = request(one, kSha256, 32, "");
  auto extension = [](bool critical) {
    return der::element(der::context_constructed(0),
                        der::sequence({der::oid("1.2.3"), critical ? der::boolean(true) : std::string(), der::octets("x")}));
  };
  struct Case {
    const char* what;
    std::string request;
    FailInfo failure;
  };
  const Case cases[] = {
      {"SHA-1", request(one, "1.3.14.3.2.26", 20, ""), FailInfo::kBadAlg},
      {"MD5", request(one, "1.2.840.113549.2.5", 16, ""), FailInfo::kBadAlg},
      {"version 2", request(der::integer(2), kSha256, 32, ""), FailInfo::kBadRequest},
      {"version 0", request(der::integer(0), kSha256, 32, ""), FailInfo::kBadRequest},
      {"digest too short", request(one, kSha256, 31, ""), FailInfo::kBadDataFormat},
      {"digest too long", request(one, kSha256, 33, ""), FailInfo::kBadDataFormat},
      {"other policy", request(one, kSha256, 32, der::oid("1.2.3.4.5")), FailInfo::kUnacceptedPolicy},
      {"critical extension", request(one, kSha256, 32, extension(true)), FailInfo::kUnacceptedExtension},
      {"extension", request(one, kSha256, 32, extension(false)), FailInfo::kUnacceptedExtension},
      {"no extension in the list", request(one, kSha256, 32, der::element(der::context_constructed(0), "")), FailInfo::kBadDataFormat},
      {"empty", "", FailInfo::kBadDataFormat},
      {"noise", "GET / HTTP/1.1", FailInfo::kBadDataFormat},
      {"cut", good.substr(0, good.size() - 1), FailInfo::kBadDataFormat},
      {"trailing byte", good + "x", FailInfo::kBadDataFormat},
      {"fields in excess", request(one, kSha256, 32, der::octets("x")), FailInfo::kBadDataFormat},
      {"written default", request(one, kSha256, 32, der::boolean(false)), FailInfo::kBadDataFormat},
      {"negative nonce", request(one, kSha256, 32, der::element(der::kInteger, "\x80")), FailInfo::kBadDataFormat},
      {"long nonce", request(one, kSha256, 32, der::unsigned_integer(std::string(21, 'n'))), FailInfo::kBadDataFormat},
      {"indefinite length", std::string("\x30\x80") + good.substr(2) + std::string(2, '\0'), FailInfo::kBadDataFormat},
      {"length not shortest", std::string("\x30\x81") + good.substr(1), FailInfo::kBadDataFormat},
      {"too large", std::string(kMaxTspBytes + 1, '\x30'), FailInfo::kBadDataFormat},
  };
  ASSERT_FALSE(authority.answer(good, gen_time, serial).failure);
  for (const auto& each : cases) {
    auto answer = authority.answer(each.request, gen_time, serial);
    ASSERT_TRUE(answer.failure) << each.what;
    EXPECT_EQ(*answer.failure, each.failure) << each.what;
    auto refused = token_of(answer.der);
    ASSERT_FALSE(refused.ok()) << each.what;
    EXPECT_EQ(refused.error().name, "crypto.tsp_refused") << each.what;
    EXPECT_NE(refused.error().message.en.find("failInfo " + std::to_string(int(each.failure)) + ")"), std::string::npos)
        << refused.error().message.en;
  }
  folder.put("answer.tsr", authority.answer(cases[0].request, gen_time, serial).der);
  ASSERT_TRUE(folder.run("openssl ts -reply -in answer.tsr -text"));
  EXPECT_NE(folder.get("out").find("Rejected."), std::string::npos);
  EXPECT_NE(folder.get("out").find("unrecognized or unsupported algorithm"), std::string::npos) << folder.get("out");
}

TEST_F(Tsp, RefusesOutsideItsValidityOrWithoutItsKey) {
  std::string request = make_time_stamp_req(digest, nonce, true);
  EXPECT_EQ(authority.answer(request, Time{from.us - 1}, serial).failure, FailInfo::kTimeNotAvailable);
  EXPECT_EQ(authority.answer(request, Time{until.us + 1}, serial).failure, FailInfo::kTimeNotAvailable);
  auto broken = make(std::make_shared<BrokenSigner>(tsa_key->public_key()), certificate).value();
  EXPECT_EQ(broken.answer(request, gen_time, serial).failure, FailInfo::kSystemFailure);
  EXPECT_DEATH((void)authority.answer(request, gen_time, std::string(21, 'x')), "serial");
  EXPECT_DEATH((void)authority.answer(request, gen_time, std::string(2, '\0')), "serial");
}

TEST_F(Tsp, AuthorityNeedsAStampingCertificate) {
  auto name = [](const Result<TimeStampAuthority>& r) { return r.ok() ? "ok" : r.error().name; };
  EXPECT_EQ(name(make(root_key, root)), "crypto.tsa_certificate");
  EXPECT_EQ(name(make(root_key, certificate)), "crypto.tsa_certificate");
  EXPECT_EQ(name(make(folder.key("ed.pem", Algorithm::kEd25519), certificate)), "crypto.key_unsupported");
  EXPECT_EQ(name(TimeStampAuthority::create(tsa_key, certificate, {"policy", 1, {}})), "crypto.tsa_options");
  EXPECT_EQ(name(TimeStampAuthority::create(tsa_key, certificate, {kPolicy, 0, {}})), "crypto.tsa_options");
}

TEST_F(Tsp, TokenOfAnotherQuestionIsRefused) {
  TokenCheck how = check();
  how.digest = sha256("other");
  EXPECT_EQ(verdict(token(), how), "crypto.tsp_imprint");
  how = check();
  how.nonce = "another";
  EXPECT_EQ(verdict(token(), how), "crypto.tsp_nonce");
  how.nonce.reset();
  EXPECT_EQ(verdict(token(), how), "ok");
  std::string without = token_of(authority.answer(make_time_stamp_req(digest, "", true), gen_time, serial).der).value();
  EXPECT_EQ(verdict(without, check()), "crypto.tsp_nonce");
}

TEST_F(Tsp, UntrustedChainIsRefused) {
  TokenCheck how = check();
  how.roots.clear();
  EXPECT_EQ(verdict(token(), how), "crypto.tsp_untrusted");
  auto other = folder.key("other.pem", Algorithm::kEcdsaP256);
  how.roots = {create_root(*other, {"結び町", "結び町 認証局"}, from).value()};
  EXPECT_EQ(verdict(token(), how), "crypto.tsp_untrusted");
}

TEST_F(Tsp, TokenWithoutCertificatesNeedsThemGiven) {
  std::string bare = token_of(authority.answer(make_time_stamp_req(digest, nonce, false), gen_time, serial).der).value();
  EXPECT_LT(bare.size(), token().size());
  TokenCheck how = check();
  EXPECT_EQ(verdict(bare, how), "crypto.tsp_untrusted");
  how.certificates = {certificate};
  EXPECT_EQ(verdict(bare, how), "ok");
  // A second certificate for the same key is not the one the token names (ESSCertIDv2).
  how.certificates = {issue_tsa(*root_key, root, tsa_key->public_key(), {"結び町", "時刻印"}, from, until).value()};
  EXPECT_EQ(verdict(bare, how), "crypto.tsp_untrusted");
}

TEST_F(Tsp, ChainIsJudgedAtGenTimeNotToday) {
  ASSERT_GT(SystemClock().now(), until);  // the stamping certificate has long ended, and the token still stands
  EXPECT_EQ(verdict(token(), check()), "ok");
  // A root that begins after the stamp cannot vouch for it.
  TokenCheck how = check();
  how.roots = {create_root(*root_key, {"結び町", "結び町 認証局"}, at("2019-06-15T00:00:00Z")).value()};
  EXPECT_EQ(verdict(token(), how), "crypto.tsp_untrusted");
}

TEST_F(Tsp, AlteredTokenIsRefusedAtEveryBit) {
  std::string good = token();
  std::string tolerated;
  for (std::size_t i = 0; i < good.size() * 8; ++i) {
    std::string altered = good;
    altered[i / 8] = char(altered[i / 8] ^ 1 << i % 8);
    if (verdict(altered, check()) == "ok") tolerated += std::to_string(i / 8) + "." + std::to_string(i % 8) + " ";
  }
  // Also where no signature reaches: versions, algorithm identifiers.
  EXPECT_EQ(tolerated, "");
  for (std::size_t size = 0; size < good.size(); size += 11) EXPECT_NE(verdict(good.substr(0, size), check()), "ok");
  EXPECT_EQ(verdict(good + "x", check()), "crypto.tsp_malformed");
  EXPECT_EQ(verdict(std::string(kMaxTspBytes + 1, '\x30'), check()), "crypto.tsp_malformed");
}

TEST_F(Tsp, TokenOfACertificateThatMayNotStampIsRefused) {
  // Signed by the root itself: trusted, but without the extended key usage.
  folder.put("root.crt", root.pem());
  folder.put("info", parse_token(token()).ok() ? std::string("x") : "");
  std::string info = der::sequence({der::integer(1), der::oid(kPolicy),
                                    der::sequence({der::sequence({der::oid(kSha256)}), der::octets(bytes(digest))}),
                                    der::unsigned_integer(serial), der::generalized_time(gen_time), der::unsigned_integer(nonce)});
  folder.put("info", info);
  ASSERT_TRUE(
      folder.run("openssl cms -sign -binary -nodetach -econtent_type 1.2.840.113549.1.9.16.1.4 -cades -md sha256 -signer root.crt "
                 "-inkey root.pem -outform DER -in info -out forged.der"))
      << folder.get("out");
  ASSERT_EQ(parse_token(folder.get("forged.der")).value().gen_time, gen_time);
  EXPECT_EQ(verdict(folder.get("forged.der"), check()), "crypto.tsp_untrusted");
  // Control: the same way with the stamping certificate is accepted, so it was the usage that counted.
  folder.put("tsa.crt", certificate.pem());
  ASSERT_TRUE(
      folder.run("openssl cms -sign -binary -nodetach -econtent_type 1.2.840.113549.1.9.16.1.4 -cades -md sha256 -signer tsa.crt "
                 "-inkey tsa.pem -outform DER -in info -out same.der"))
      << folder.get("out");
  EXPECT_EQ(verdict(folder.get("same.der"), check()), "ok");
  ASSERT_TRUE(
      folder.run("openssl cms -sign -binary -nodetach -econtent_type 1.2.840.113549.1.9.16.1.4 -cades -md sha1 -signer tsa.crt "
                 "-inkey tsa.pem -outform DER -in info -out sha1.der"))
      << folder.get("out");
  EXPECT_EQ(verdict(folder.get("sha1.der"), check()), "crypto.tsp_untrusted");
}

}  // namespace
}  // namespace musubi::crypto
