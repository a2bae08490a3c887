#include "crypto/sealed_key.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/encoding.h"
#include "crypto/hash.h"
#include "crypto/key_pem.h"

namespace musubi::crypto {
namespace {

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype([](EVP_CIPHER_CTX* c) { EVP_CIPHER_CTX_free(c); })>;

constexpr char kVersion = 1;
constexpr int kCost = 15, kCostAtMost = 20, kBlock = 8, kParallel = 1;  // N = 2^cost
constexpr std::size_t kHead = 4, kSalt = 16, kNonce = 12, kTag = 16, kKey = 32, kSealedAtMost = 64 << 10;

unsigned char* data(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }
const unsigned char* data(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

std::string key_of(std::string_view passphrase, std::string_view salt, int cost) {
  std::string key(kKey, '\0');
  std::uint64_t n = 1ULL << cost;
  CHECK(EVP_PBE_scrypt(passphrase.data(), passphrase.size(), data(salt), salt.size(), n, kBlock, kParallel, 256 * n * kBlock,
                       data(key), kKey) == 1);
  return key;
}

Error malformed() {
  return {Code::kInvalid,
          "crypto.sealed_malformed",
          {"暗号化された鍵が壊れています。控えから戻すか、作り直してください。",
           "The encrypted key is damaged. Restore it from a copy, or make a new one."},
          {}};
}

// AES-256-GCM: nonce, sealed text, tag. `head` is bound, not hidden.
std::string encrypt(std::string_view key, std::string_view head, std::string_view plain) {
  std::string nonce = random_bytes(kNonce), sealed(plain.size(), '\0'), tag(kTag, '\0');
  Cipher cipher(EVP_CIPHER_CTX_new());
  int length = 0;
  CHECK(cipher && EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, data(key), data(std::string_view(nonce))) == 1);
  CHECK(EVP_EncryptUpdate(cipher.get(), nullptr, &length, data(head), int(head.size())) == 1);
  CHECK(EVP_EncryptUpdate(cipher.get(), data(sealed), &length, data(plain), int(plain.size())) == 1);
  CHECK(EVP_EncryptFinal_ex(cipher.get(), data(sealed) + length, &length) == 1);
  CHECK(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, int(kTag), tag.data()) == 1);
  return nonce + sealed + tag;
}

std::optional<std::string> decrypt(std::string_view key, std::string_view head, std::string_view bytes) {
  if (bytes.size() < kNonce + kTag || bytes.size() > kSealedAtMost) return std::nullopt;
  std::string_view nonce = bytes.substr(0, kNonce), sealed = bytes.substr(kNonce, bytes.size() - kNonce - kTag);
  std::string tag(bytes.substr(bytes.size() - kTag)), plain(sealed.size(), '\0');
  Cipher cipher(EVP_CIPHER_CTX_new());
  int length = 0;
  bool good = cipher && EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, data(key), data(nonce)) == 1 &&
              EVP_DecryptUpdate(cipher.get(), nullptr, &length, data(head), int(head.size())) == 1 &&
              EVP_DecryptUpdate(cipher.get(), data(plain), &length, data(sealed), int(sealed.size())) == 1 &&
              EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, int(kTag), tag.data()) == 1 &&
              EVP_DecryptFinal_ex(cipher.get(), data(plain) + length, &length) == 1;
  if (good) return plain;
  ERR_clear_error();
  wipe(plain);
  return std::nullopt;
}

}  // namespace

void wipe(std::string& secret) {
  OPENSSL_cleanse(secret.data(), secret.size());
  secret.clear();
}

std::string seal_under(std::string_view passphrase, std::string_view plain) {
  CHECK(plain.size() < kSealedAtMost / 2);
  std::string head = {kVersion, char(kCost), char(kBlock), char(kParallel)};
  std::string salt = random_bytes(kSalt), key = key_of(passphrase, salt, kCost);
  std::string sealed = encrypt(key, head, plain);
  wipe(key);
  return to_base64(head + salt + sealed);
}

Result<std::string> open_under(std::string_view passphrase, std::string_view text) {
  if (text.size() > kSealedAtMost) return malformed();
  auto bytes = from_base64(text);
  if (!bytes || bytes->size() < kHead + kSalt + kNonce + kTag) return malformed();
  std::string_view all = *bytes, head = all.substr(0, kHead), salt = all.substr(kHead, kSalt);
  int cost = head[1];
  if (head[0] != kVersion || cost < 10 || cost > kCostAtMost || head[2] != kBlock || head[3] != kParallel) return malformed();
  std::string key = key_of(passphrase, salt, cost);
  auto plain = decrypt(key, head, all.substr(kHead + kSalt));
  wipe(key);
  if (plain) return std::move(*plain);
  return Error{Code::kForbidden,
               "crypto.passphrase_wrong",
               {"暗証番号が違います。もう一度入力してください。", "The PIN or passphrase is wrong. Enter it again."},
               {}};
}

std::string seal_with(std::string_view secret, std::string_view plain) {
  return to_base64url(encrypt(bytes(sha256(secret)), "", plain));
}

std::optional<std::string> open_with(std::string_view secret, std::string_view sealed) {
  if (sealed.size() > kSealedAtMost) return std::nullopt;
  auto given = from_base64url(sealed);
  return given ? decrypt(bytes(sha256(secret)), "", *given) : std::nullopt;
}

SealedKey create_sealed_key(std::string_view passphrase) {
  std::string pem = new_key_pem(Algorithm::kEcdsaP256);
  auto signer = signer_from_pem("new key", pem);
  CHECK(signer.ok());
  SealedKey out{seal_under(passphrase, pem), (*signer)->public_key()};
  wipe(pem);
  return out;
}

Result<std::unique_ptr<Signer>> open_sealed_key(std::string_view passphrase, std::string_view sealed) {
  std::string pem = TRY(open_under(passphrase, sealed));
  auto signer = signer_from_pem("sealed key", pem);
  wipe(pem);
  return signer;
}

}  // namespace musubi::crypto
