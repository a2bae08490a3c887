#include "crypto/jose.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "crypto/der.h"
#include "crypto/test_support.h"

namespace musubi::crypto {
namespace {

std::string spki(std::string_view x, std::string_view y) {
  return der::sequence({der::sequence({der::oid("1.2.840.10045.2.1"), der::oid("1.2.840.10045.3.1.7")}),
                        der::bits("\x04" + *from_base64url(x) + *from_base64url(y))});
}

// A JWK's private key as PKCS#8 in PEM (RFC 5958, RFC 5915).
std::string pem_of(std::string_view d) {
  std::string key = der::sequence({der::integer(1), der::octets(*from_base64url(d))});
  std::string info = der::sequence(
      {der::integer(0), der::sequence({der::oid("1.2.840.10045.2.1"), der::oid("1.2.840.10045.3.1.7")}), der::octets(key)});
  return "-----BEGIN PRIVATE "
         "KEY-----\n" +
         to_base64(info).insert(64, "\n") +
         "\n-----END PRIVATE "
         "KEY-----\n";
}

template <class T>
std::string name(const Result<T>& result) {
  return result.ok() ? "ok" : result.error().name;
}

constexpr const char* kRfc7515A3 =
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

TEST(Jws, VerifiesRfc7515AppendixA3) {
  auto key = Verifier::create(Algorithm::kEcdsaP256,
                              spki("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"))
                 .value();
  auto jws = verify_jws(kRfc7515A3, key);
  ASSERT_TRUE(jws.ok()) << jws.error().message.en;
  EXPECT_EQ(jws->payload, "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}");
}

TEST(Jws, SignedVerifiedAndEachAlteredCharacterRefused) {
  TestFolder folder;
  auto key = folder.key("k.pem", Algorithm::kEcdsaP256);
  auto verifier = Verifier::create(Algorithm::kEcdsaP256, key->public_key()).value();
  std::string compact = sign_jws(*key, {{"typ", "JWT"}}, "結び").value();
  EXPECT_EQ(verify_jws(compact, verifier)->payload, "結び");
  EXPECT_EQ(read_jws(compact)->header.at("alg"), "ES256");
  for (std::size_t i = 0; i < compact.size(); ++i) {
    std::string altered = compact;
    altered[i] = altered[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(verify_jws(altered, verifier).ok()) << i;
  }
  auto other = folder.key("o.pem", Algorithm::kEcdsaP256);
  EXPECT_EQ(name(verify_jws(sign_jws(*other, {}, "x").value(), verifier)), "jose.signature_wrong");
}

TEST(Jws, RefusesOtherAlgorithmsCriticalHeadersAndForms) {
  std::string tail = std::string(".e30.") + to_base64url(std::string(64, 'x'));
  auto with = [&](std::string_view header) { return name(read_jws(to_base64url(header) + tail)); };
  EXPECT_EQ(with(R"({"alg":"ES256"})"), "ok");
  EXPECT_EQ(with(R"({"alg":"none"})"), "jose.algorithm");
  EXPECT_EQ(with(R"({"alg":"HS256"})"), "jose.algorithm");
  EXPECT_EQ(with(R"({"alg":["ES256"]})"), "jose.algorithm");
  EXPECT_EQ(with(R"({"alg":"ES256","crit":["exp"]})"), "jose.algorithm");
  EXPECT_EQ(with(R"({"alg":"ES256","b64":false})"), "jose.algorithm");
  EXPECT_EQ(with(R"({"alg":"ES256","alg":"ES256"})"), "jose.malformed");
  EXPECT_EQ(with("[]"), "jose.malformed");
  for (const char* text : {"", ".", "..", "...", "a.b", "e30=.e30.e30", "e30.e30.e30.e30"})
    EXPECT_EQ(name(read_jws(text)), "jose.malformed") << text;
  EXPECT_EQ(name(read_jws(std::string(kMaxJoseBytes + 1, 'a'))), "jose.too_large");
}

TEST(Jws, CarriesItsChain) {
  TestFolder folder;
  auto root_key = folder.key("root.pem", Algorithm::kEcdsaP256);
  Time from = parse_rfc3339("2026-01-01T00:00:00Z").value();
  std::vector<Certificate> chain = {create_root(*root_key, {"青葉町", "root"}, from).value()};
  Jws jws = read_jws(sign_jws(*root_key, {{"x5c", x5c_of(chain)}}, "x").value()).value();
  EXPECT_EQ(chain_of(jws)->at(0).der(), chain[0].der());
  EXPECT_EQ(name(chain_of(read_jws(kRfc7515A3).value())), "jose.no_chain");
  jws.header["x5c"] = json::array{"AAAA"};
  EXPECT_EQ(name(chain_of(jws)), "crypto.certificate_malformed");
  jws.header["x5c"] = json::array{1};
  EXPECT_EQ(name(chain_of(jws)), "jose.no_chain");
}

TEST(Jwe, AgreesAsRfc7518AppendixC) {
  auto bob = OpeningKey::from_pem(pem_of("VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw"));
  ASSERT_TRUE(bob.ok()) << bob.error().message.en;
  json::object alice{{"kty", "EC"},
                     {"crv", "P-256"},
                     {"x", "gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0"},
                     {"y", "SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps"}};
  auto z = agree(**bob, alice);
  ASSERT_TRUE(z);
  EXPECT_EQ(to_hex(*z), "9e56d91d817135d372834283bf84269cfb316ea3da806a48f6daa7798cfe90c4");
  EXPECT_EQ(to_base64url(concat_kdf(*z, "A128GCM", "Alice", "Bob", 128)), "VqqN6vgjbSBcIijNcacQGg");
  alice["y"] = alice["x"];  // not on the curve
  EXPECT_FALSE(agree(**bob, alice));
}

TEST(Jwe, SealedOpenedAndEachAlteredCharacterRefused) {
  TestFolder folder;
  auto own = OpeningKey::create(folder / "seal.pem").value();
  auto other = OpeningKey::create(folder / "other.pem").value();
  EXPECT_EQ(name(OpeningKey::create(folder / "seal.pem")), "crypto.key_exists");
  EXPECT_EQ(OpeningKey::load(folder / "seal.pem").value()->public_key(), own->public_key());
  for (std::string plain : {std::string(), std::string("符号"), std::string(100000, 'x')}) {
    std::string sealed = seal_jwe(own->public_key(), {{"typ", "JWE"}}, plain).value();
    EXPECT_EQ(open_jwe(*own, sealed).value(), plain);
    EXPECT_EQ(name(open_jwe(*other, sealed)), "jose.cannot_open");
  }
  std::string sealed = seal_jwe(own->public_key(), {}, "符号").value();
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string altered = sealed;
    altered[i] = altered[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(open_jwe(*own, altered).ok()) << i;
  }
  EXPECT_EQ(name(seal_jwe("not a key", {}, "x")), "crypto.public_key_malformed");
  std::string rest = sealed.substr(sealed.find('.'));
  EXPECT_EQ(name(open_jwe(*own, to_base64url(R"({"alg":"RSA-OAEP","enc":"A256GCM"})") + rest)), "jose.algorithm");
  EXPECT_EQ(name(open_jwe(*own, to_base64url(R"({"alg":"ECDH-ES","enc":"A256GCM"})") + rest)), "jose.malformed");
}

// RFC 9421 B.2.4: the signature base as it stands there.
TEST(RawSignature, VerifiesRfc9421B24) {
  std::string key = *from_base64(
      "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqIVYZVLCrPZHGHjP17CTW0/+D9Lfw0EkjqF7xB4FivAxzic30tMM4GF+hR6Dxh71Z50VGGdldkkDXZCnTNnoXQ==");
  auto verifier = Verifier::create(Algorithm::kEcdsaP256, key).value();
  std::string base =
      "\"@status\": 200\n\"content-type\": application/json\n\"content-digest\": "
      "sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69wWdXymyU0rjJuahq4l5aGgfLQ==:\n"
      "\"content-length\": 23\n\"@signature-params\": (\"@status\" \"content-type\" \"content-digest\" \"content-length\")"
      ";created=1618884473;keyid=\"test-key-ecc-p256\"";
  std::string raw = *from_base64("wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpaCLx0NKocgPquLgyahnzDnDAUy5eCdlYUEkLIj+32oiasw==");
  EXPECT_TRUE(verify_raw(verifier, base, raw));
  EXPECT_FALSE(verify_raw(verifier, base + " ", raw));
  EXPECT_FALSE(verify_raw(verifier, base, raw.substr(1)));
  EXPECT_EQ(raw_signature(*der_signature(raw)).value(), raw);
}

}  // namespace
}  // namespace musubi::crypto
