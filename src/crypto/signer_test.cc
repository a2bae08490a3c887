#include "crypto/signer.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <thread>
#include <vector>

#include "base/encoding.h"
#include "crypto/test_support.h"

namespace musubi::crypto {
namespace {

constexpr Algorithm kBoth[] = {Algorithm::kEd25519, Algorithm::kEcdsaP256};

TEST(Signer, SignsAndVerifiesAlsoAfterLoading) {
  for (auto algorithm : kBoth) {
    TestFolder folder;
    auto made = create_signer(folder / "key.pem", algorithm).value();
    auto loaded = load_signer(folder / "key.pem").value();
    EXPECT_EQ(loaded->algorithm(), algorithm);
    EXPECT_EQ(loaded->public_key(), made->public_key());
    EXPECT_EQ(made->public_key().size(), algorithm == Algorithm::kEd25519 ? 32u : 91u);
    auto verifier = Verifier::create(algorithm, made->public_key()).value();
    for (const std::string& message : {std::string(), std::string("結び"), std::string(100'000, 'x')}) {
      std::string signature = loaded->sign(message).value();
      EXPECT_TRUE(verifier.verify(message, signature));
      EXPECT_FALSE(verifier.verify(message + "x", signature));
      for (std::size_t cut = 0; cut < signature.size(); cut += 7) EXPECT_FALSE(verifier.verify(message, signature.substr(0, cut)));
      EXPECT_FALSE(verifier.verify(message, signature + "x"));
      signature[signature.size() / 2] = char(signature[signature.size() / 2] ^ 1);
      EXPECT_FALSE(verifier.verify(message, signature));
    }
  }
}

// RFC 8032 7.1, TEST 2
TEST(Signer, Ed25519VectorOfRfc8032) {
  std::string key = *from_hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
  std::string signature = *from_hex(
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
      "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
  EXPECT_TRUE(verify(Algorithm::kEd25519, key, "\x72", signature).value());
  EXPECT_FALSE(verify(Algorithm::kEd25519, key, "\x73", signature).value());
}

TEST(Signer, ManyThreadsSignWithOneKey) {
  for (auto algorithm : kBoth) {
    TestFolder folder;
    auto signer = folder.key("key.pem", algorithm);
    auto verifier = Verifier::create(algorithm, signer->public_key()).value();
    std::vector<std::thread> threads;
    std::atomic<int> right{0};
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        for (int i = 0; i < 50; ++i) {
          std::string message = std::to_string(t * 1000 + i);
          right += verifier.verify(message, signer->sign(message).value());
        }
      });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(right, 200);
  }
}

TEST(Signer, TheOpensslProgramReadsTheKeyAndTheSignature) {
  TestFolder folder;
  auto signer = folder.key("key.pem", Algorithm::kEcdsaP256);
  folder.put("message", "結び");
  folder.put("signature", signer->sign("結び").value());
  EXPECT_TRUE(
      folder.run("openssl pkey -in key.pem -pubout -out pub.pem && "
                 "openssl dgst -sha256 -verify pub.pem -signature signature message"))
      << folder.get("out");
}

TEST(Signer, KeyFileIsPrivateAndNeverOverwritten) {
  TestFolder folder;
  auto first = folder.key("key.pem", Algorithm::kEd25519);
  struct stat status {};
  ASSERT_EQ(::stat((folder / "key.pem").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
  auto again = create_signer(folder / "key.pem", Algorithm::kEd25519);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().name, "crypto.key_exists");
  EXPECT_EQ(load_signer(folder / "key.pem").value()->public_key(), first->public_key());
  std::filesystem::create_symlink(folder / "nowhere", folder / "dangling.pem");
  EXPECT_EQ(create_signer(folder / "dangling.pem", Algorithm::kEd25519).error().name, "crypto.key_exists");
  EXPECT_EQ(create_signer(folder / "no/such/key.pem", Algorithm::kEd25519).error().name, "crypto.key_unwritable");
  for (const auto& entry : std::filesystem::directory_iterator(folder / ""))
    EXPECT_NE(entry.path().extension(), ".new") << "a temporary file was left behind";
}

TEST(Signer, RefusesWhatItShouldNotUse) {
  TestFolder folder;
  auto name = [&](const std::string& file) { return load_signer(folder / file).error().name; };
  EXPECT_EQ(name("missing.pem"), "crypto.key_missing");
  folder.key("open.pem", Algorithm::kEd25519);
  for (unsigned mode : {0640u, 0604u, 0620u, 0601u}) {
    ::chmod((folder / "open.pem").c_str(), mode);
    auto refused = load_signer(folder / "open.pem");
    EXPECT_EQ(refused.error().name, "crypto.key_exposed") << mode;
    EXPECT_NE(refused.error().message.ja.find("chmod 600"), std::string::npos);
    EXPECT_NE(refused.error().message.en.find("chmod 600"), std::string::npos);
  }
  folder.put("empty.pem", "");
  folder.put("noise.pem", std::string(5000, 'x'));
  folder.put("large.pem", std::string(20000, 'x'));
  ASSERT_TRUE(
      folder.run("umask 077; openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.pem;"
                 "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out p384.pem;"
                 "openssl genpkey -algorithm ED25519 -aes256 -pass pass:x -out encrypted.pem;"
                 "openssl ecparam -name prime256v1 -genkey -noout -out sec1.pem"))
      << folder.get("out");
  for (auto file : {"empty.pem", "noise.pem", "large.pem", "encrypted.pem", "sec1.pem", "."})
    EXPECT_EQ(name(file), "crypto.key_unreadable") << file;
  for (auto file : {"rsa.pem", "p384.pem"}) EXPECT_EQ(name(file), "crypto.key_unsupported") << file;
}

TEST(Verifier, RefusesOtherKeys) {
  TestFolder folder;
  std::string key = folder.key("key.pem", Algorithm::kEcdsaP256)->public_key();
  ASSERT_TRUE(
      folder.run("openssl pkey -in key.pem -pubout -outform DER -ec_conv_form compressed -out compressed.der;"
                 "openssl pkey -in key.pem -pubout -outform DER -ec_param_enc explicit -out explicit.der;"
                 "openssl genpkey -algorithm RSA -out rsa.pem && openssl pkey -in rsa.pem -pubout -outform DER -out rsa.der"));
  std::string off_curve = key;
  off_curve.back() = char(off_curve.back() ^ 1);
  for (const std::string& bad : {std::string(), key + "x", key.substr(1), off_curve, folder.get("compressed.der"),
                                 folder.get("explicit.der"), folder.get("rsa.der"), std::string(32, 'x')})
    EXPECT_FALSE(Verifier::create(Algorithm::kEcdsaP256, bad).ok()) << to_hex(bad);
  for (std::size_t size : {0u, 31u, 33u, 91u}) EXPECT_FALSE(Verifier::create(Algorithm::kEd25519, std::string(size, 'x')).ok());
  EXPECT_EQ(verify(Algorithm::kEcdsaP256, "x", "", "").error().name, "crypto.public_key_malformed");
}

}  // namespace
}  // namespace musubi::crypto
