#include "crypto/sealed_key.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace musubi::crypto {
namespace {

TEST(SealedKey, OpensUnderItsPassphraseOnly) {
  auto made = create_sealed_key("1234");
  auto key = open_sealed_key("1234", made.sealed);
  ASSERT_TRUE(key.ok()) << key.error().message.en;
  EXPECT_EQ((*key)->public_key(), made.public_key);
  auto signature = (*key)->sign("x");
  ASSERT_TRUE(signature.ok());
  EXPECT_TRUE(verify(Algorithm::kEcdsaP256, made.public_key, "x", *signature).value());
  for (const char* wrong : {"1235", "", "12345"})
    EXPECT_EQ(open_sealed_key(wrong, made.sealed).error().name, "crypto.passphrase_wrong");
  EXPECT_EQ(made.sealed.find("PRIVATE"), std::string::npos);
}

TEST(SealedKey, EveryByteIsJudged) {
  std::string bytes = *from_base64(seal_under("pin", "secret"));
  for (std::size_t i : {std::size_t{0}, std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{5}, std::size_t{21},
                        bytes.size() - 20, bytes.size() - 1}) {
    std::string altered = bytes;
    altered[i] = char(altered[i] ^ 64);
    EXPECT_FALSE(open_under("pin", to_base64(altered)).ok()) << i;
  }
  EXPECT_EQ(open_under("pin", "").error().name, "crypto.sealed_malformed");
  EXPECT_EQ(open_under("pin", "not base64!").error().name, "crypto.sealed_malformed");
  EXPECT_EQ(open_under("pin", to_base64(bytes)).value(), "secret");
}

TEST(SealedKey, ASecretOpensWhatItSealed) {
  std::string sealed = seal_with("secret", "花子");
  EXPECT_EQ(open_with("secret", sealed), "花子");
  EXPECT_NE(seal_with("secret", "花子"), sealed);
  EXPECT_EQ(sealed.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), sealed.npos);
  EXPECT_FALSE(open_with("Secret", sealed));
  for (const char* wrong : {"", "花子", "AAAA"}) EXPECT_FALSE(open_with("secret", wrong));
  std::string bytes = *from_base64url(sealed);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string altered = bytes;
    altered[i] = char(altered[i] ^ 1);
    EXPECT_FALSE(open_with("secret", to_base64url(altered))) << i;
  }
}

}  // namespace
}  // namespace musubi::crypto
