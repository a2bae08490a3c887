#include "crypto/x509.h"

#include <gtest/gtest.h>

#include "crypto/der.h"
#include "crypto/test_support.h"

namespace musubi::crypto {
namespace {

Time at(const char* text) { return parse_rfc3339(text).value(); }

struct Authority : ::testing::Test {
  TestFolder folder;
  std::shared_ptr<const Signer> root_key = folder.key("root.pem", Algorithm::kEcdsaP256);
  std::shared_ptr<const Signer> tsa_key = folder.key("tsa.pem", Algorithm::kEcdsaP256);
  Time from = at("2019-06-14T00:00:00.5Z");
  Certificate root = create_root(*root_key, {"結び町", "結び町 認証局"}, from).value();
  Certificate tsa =
      issue_tsa(*root_key, root, tsa_key->public_key(), {"結び町", "Time-stamps"}, from, at("2020-06-14T00:00:00Z")).value();
};

TEST_F(Authority, RootAndStampingCertificateSayWhatTheyShould) {
  EXPECT_EQ(root.subject(), "CN=結び町 認証局,O=結び町,C=JP");
  EXPECT_EQ(root.subject(), root.issuer());
  EXPECT_EQ(tsa.issuer(), root.subject());
  EXPECT_EQ(root.not_before(), at("2019-06-14T00:00:00Z"));
  EXPECT_EQ(root.not_after(), at("2029-06-13T00:00:00Z"));
  EXPECT_EQ(tsa.public_key(), tsa_key->public_key());
  EXPECT_EQ(root.serial_hex().size(), 32u);
  EXPECT_NE(root.serial_hex(), tsa.serial_hex());
  folder.put("tsa.crt", tsa.pem());
  folder.put("root.crt", root.pem());
  ASSERT_TRUE(folder.run("openssl x509 -in tsa.crt -noout -text"));
  std::string text = folder.get("out");
  for (auto part : {"X509v3 Extended Key Usage: critical\n                Time Stamping\n",
                    "X509v3 Key Usage: critical\n                Digital Signature\n",
                    "X509v3 Basic Constraints: critical\n                CA:FALSE", "X509v3 Authority Key Identifier",
                    "X509v3 Subject Key Identifier"})
    EXPECT_NE(text.find(part), std::string::npos) << part << text;
  ASSERT_TRUE(folder.run("openssl x509 -in root.crt -noout -text"));
  for (auto part : {"CA:TRUE", "Certificate Sign, CRL Sign"}) EXPECT_NE(folder.get("out").find(part), std::string::npos);
  EXPECT_TRUE(
      folder.run("openssl verify -x509_strict -check_ss_sig -attime 1570000000 -purpose timestampsign -CAfile root.crt tsa.crt"))
      << folder.get("out");
}

TEST_F(Authority, ChainIsJudgedAtAGivenTime) {
  std::vector<Certificate> roots = {root};
  auto check = [&](const char* when, Purpose purpose) { return check_chain(tsa, {}, roots, at(when), purpose).ok(); };
  EXPECT_TRUE(check("2019-06-14T00:00:00Z", Purpose::kTimeStamping));
  EXPECT_TRUE(check("2020-06-13T23:59:59Z", Purpose::kAny));
  EXPECT_FALSE(check("2019-06-13T23:59:59Z", Purpose::kAny));
  EXPECT_FALSE(check("2020-06-14T00:00:01Z", Purpose::kAny));
  EXPECT_FALSE(check_chain(root, {}, roots, at("2019-07-01T00:00:00Z"), Purpose::kTimeStamping).ok());
  EXPECT_TRUE(check_chain(root, {}, roots, at("2019-07-01T00:00:00Z"), Purpose::kAny).ok());

  auto other_key = folder.key("other.pem", Algorithm::kEcdsaP256);
  std::vector<Certificate> others = {create_root(*other_key, {"結び町", "結び町 認証局"}, from).value()};
  auto refused = check_chain(tsa, {}, others, at("2019-07-01T00:00:00Z"), Purpose::kAny);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().name, "crypto.chain_invalid");
  EXPECT_FALSE(check_chain(tsa, {}, {}, at("2019-07-01T00:00:00Z"), Purpose::kAny).ok());
  // Known, but not trusted.
  EXPECT_FALSE(check_chain(tsa, roots, others, at("2019-07-01T00:00:00Z"), Purpose::kAny).ok());
}

TEST_F(Authority, AlteredCertificateIsRefused) {
  std::vector<Certificate> roots = {root};
  std::string der = tsa.der();
  for (std::size_t i = 0; i < der.size(); i += 5) {
    std::string altered = der;
    altered[i] = char(altered[i] ^ 0x20);
    auto read = Certificate::from_der(altered);
    bool trusted = read.ok() && check_chain(*read, {}, roots, at("2019-07-01T00:00:00Z"), Purpose::kTimeStamping).ok();
    EXPECT_FALSE(trusted) << i;
  }
}

TEST_F(Authority, PemAndDerRoundTrip) {
  EXPECT_EQ(Certificate::from_pem(root.pem()).value().der(), root.der());
  EXPECT_EQ(Certificate::from_der(root.der()).value().fingerprint(), root.fingerprint());
  EXPECT_EQ(parse_pem_chain("words\n" + tsa.pem() + "more\n" + root.pem()).value().size(), 2u);
  EXPECT_FALSE(Certificate::from_der(root.der() + "x").ok());
  EXPECT_FALSE(Certificate::from_der("").ok());
  EXPECT_FALSE(Certificate::from_pem("").ok());
  EXPECT_FALSE(Certificate::from_pem(root.pem().substr(0, 200)).ok());
  EXPECT_FALSE(Certificate::from_pem("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").ok());
}

TEST_F(Authority, RefusesToIssueWhatWouldBeWrong) {
  Time until = at("2020-06-14T00:00:00Z");
  auto name = [&](const Result<Certificate>& result) { return result.ok() ? "ok" : result.error().name; };
  std::string too_long, longest;
  for (int i = 0; i < 65; ++i) (i < 64 ? longest : too_long) += "町";
  too_long = longest + too_long;
  EXPECT_EQ(name(create_root(*root_key, {longest, "x"}, from)), "ok");
  for (const auto& subject : {Subject{too_long, "x"}, Subject{"", "x"}, Subject{"x", ""}, Subject{"x", "a\nb"}, Subject{"\xff", "x"},
                              Subject{"x", "y", "jp"}})
    EXPECT_EQ(name(create_root(*root_key, subject, from)), "crypto.subject");
  auto edwards = folder.key("ed.pem", Algorithm::kEd25519);
  EXPECT_EQ(name(create_root(*edwards, {"x", "y"}, from)), "crypto.key_unsupported");
  EXPECT_EQ(name(issue_tsa(*root_key, root, edwards->public_key(), {"x", "y"}, from, until)), "crypto.key_unsupported");
  EXPECT_EQ(name(issue_tsa(*tsa_key, root, tsa_key->public_key(), {"x", "y"}, from, until)), "crypto.issuer_mismatch");
  EXPECT_EQ(name(issue_tsa(*root_key, root, tsa_key->public_key(), {"x", "y"}, until, from)), "crypto.validity");
  EXPECT_EQ(name(issue_tsa(*root_key, root, tsa_key->public_key(), {"x", "y"}, from, at("2031-01-01T00:00:00Z"))), "crypto.validity");
}

TEST_F(Authority, IssuesForMessagesAndCardsAndTellsThemApart) {
  Time now = at("2019-07-01T00:00:00Z");
  std::vector<Certificate> roots = {root};
  auto issued = [&](Profile profile, const char* name) {
    return issue_certificate(*root_key, root,
                             {profile, tsa_key->public_key(), {"結び町", "x"}, name, from, at("2020-06-14T00:00:00Z")});
  };
  Certificate message = issued(Profile::kMessage, "aoba.musubi.internal").value();
  Certificate login = issued(Profile::kLogin, "").value(), signing = issued(Profile::kSigning, "").value();
  EXPECT_EQ(message.dns_names(), std::vector<std::string>{"aoba.musubi.internal"});
  EXPECT_TRUE(login.dns_names().empty());
  for (const char* name : {"", "Aoba", "a..b", ".a", "a.", "a b", "a/b"}) EXPECT_FALSE(issued(Profile::kMessage, name).ok()) << name;
  auto good = [&](const Certificate& leaf, Purpose purpose) { return check_chain(leaf, {}, roots, now, purpose).ok(); };
  EXPECT_TRUE(good(message, Purpose::kMessage) && good(login, Purpose::kLogin) && good(signing, Purpose::kSigning));
  EXPECT_FALSE(good(message, Purpose::kLogin) || good(message, Purpose::kSigning) || good(login, Purpose::kMessage) ||
               good(login, Purpose::kSigning) || good(signing, Purpose::kLogin) || good(tsa, Purpose::kMessage) ||
               good(root, Purpose::kSigning));
  folder.put("m.crt", message.pem()), folder.put("s.crt", signing.pem()), folder.put("root.crt", root.pem());
  EXPECT_TRUE(
      folder.run("openssl verify -x509_strict -attime 1570000000 -purpose sslserver -verify_hostname aoba.musubi.internal -CAfile "
                 "root.crt m.crt"))
      << folder.get("out");
  EXPECT_TRUE(folder.run(
      "openssl x509 -in s.crt -noout -text | grep -A1 'Key Usage: critical' | grep -q 'Digital Signature, Non Repudiation'"));
}

TEST(Der, TimesChangeTheirFormIn2050) {
  EXPECT_EQ(der::time(at("2049-12-31T23:59:59.9Z")), der::element(der::kUtcTime, "491231235959Z"));
  EXPECT_EQ(der::time(at("2050-01-01T00:00:00Z")), der::element(der::kGeneralizedTime, "20500101000000Z"));
  EXPECT_EQ(der::generalized_time(at("2019-06-14T03:04:05.670Z")), der::element(der::kGeneralizedTime, "20190614030405.67Z"));
  EXPECT_EQ(der::generalized_time(at("2019-06-14T03:04:05Z")), der::element(der::kGeneralizedTime, "20190614030405Z"));
}

TEST(Der, ReadsBackAndRefusesOtherForms) {
  for (auto text : {"2.5.29.14", "1.2.840.113549.1.9.16.1.4", "0.0", "2.999.4294967295", "2.16.840.1.101.3.4.2.1"})
    EXPECT_EQ(der::Reader(der::oid(text)).oid(), text);
  for (auto text : {"", "1", "1.", ".1", "3.1", "1.40", "1.2.x", "1..2", "1.02", "1.2.340282366920938463463374607431768211456"})
    EXPECT_FALSE(der::is_oid(text)) << text;
  for (std::uint64_t value : {0ull, 1ull, 127ull, 128ull, 255ull, 256ull, 1ull << 40, (1ull << 63) - 1})
    EXPECT_EQ(der::Reader(der::integer(value)).small_integer(), value);
  EXPECT_EQ(der::named_bit(5), std::string("\x03\x02\x02\x04"));
  const std::string bad[] = {{"\x04", 1},       {"\x04\x80\0\0", 4},     {"\x04\x81\x01x", 4}, {"\x04\x82\0\x01x", 5},
                             {"\x04\x05xx", 4}, {"\x04\x84\0\0\0\0", 6}, {"\x1f\x81\x01\0", 4}};
  for (const auto& bytes : bad) EXPECT_TRUE(der::Reader(bytes).any().empty());
  for (auto text : {"20190614030405.670Z", "20190614030405.Z", "20190614030405", "20190614030405+0900", "20191314030405Z",
                    "2019061403040Z", "201906140304Z", "20190614030405,5Z", "20190614 30405Z"})
    EXPECT_FALSE(der::Reader(der::element(der::kGeneralizedTime, text)).generalized_time()) << text;
  EXPECT_EQ(der::Reader(der::element(der::kGeneralizedTime, "20190614030405.123456789Z")).generalized_time()->rfc3339(),
            "2019-06-14T03:04:05.123456Z");
}

}  // namespace
}  // namespace musubi::crypto
