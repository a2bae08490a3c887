#include "crypto/signer.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <optional>

#include "crypto/key_file.h"
#include "crypto/key_pem.h"
#include "crypto/openssl_state.h"
#include "crypto/p256.h"

namespace musubi::crypto {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype([](EVP_PKEY* key) { EVP_PKEY_free(key); })>;
using Context = std::unique_ptr<EVP_MD_CTX, decltype([](EVP_MD_CTX* context) { EVP_MD_CTX_free(context); })>;
using Bio = std::unique_ptr<BIO, decltype([](BIO* bio) { BIO_free_all(bio); })>;
using Pkcs8 = std::unique_ptr<PKCS8_PRIV_KEY_INFO, decltype([](PKCS8_PRIV_KEY_INFO* p) { PKCS8_PRIV_KEY_INFO_free(p); })>;

constexpr std::size_t kEd25519Bytes = 32;

const unsigned char* data(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

// The algorithm of a decoded key, if it is one of ours.
std::optional<Algorithm> algorithm_of(const EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "ED25519")) return Algorithm::kEd25519;
  if (is_p256(key)) return Algorithm::kEcdsaP256;
  return std::nullopt;
}

std::string public_key_of(const EVP_PKEY* key, Algorithm algorithm) {
  if (algorithm == Algorithm::kEcdsaP256) return p256_info_of(key);
  std::string raw(kEd25519Bytes, '\0');
  std::size_t length = raw.size();
  CHECK(EVP_PKEY_get_raw_public_key(key, reinterpret_cast<unsigned char*>(raw.data()), &length) == 1);
  CHECK(length == kEd25519Bytes);
  return raw;
}

const EVP_MD* digest_of(Algorithm algorithm) {
  static const EVP_MD* sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return algorithm == Algorithm::kEcdsaP256 ? sha256 : nullptr;
}

class FileSigner final : public Signer {
 public:
  FileSigner(Key key, Algorithm algorithm)
      : key_(std::move(key)), algorithm_(algorithm), public_key_(public_key_of(key_.get(), algorithm)) {}

  Algorithm algorithm() const override { return algorithm_; }
  const std::string& public_key() const override { return public_key_; }

  Result<std::string> sign(std::string_view message) const override {
    Context context(EVP_MD_CTX_new());
    std::string signature(80, '\0');
    std::size_t length = signature.size();
    bool signed_it =
        context && EVP_DigestSignInit(context.get(), nullptr, digest_of(algorithm_), nullptr, key_.get()) == 1 &&
        EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &length, data(message), message.size()) == 1;
    if (!signed_it) {
      std::string why = openssl_reason();
      return Error{Code::kUnavailable,
                   "crypto.signing_failed",
                   {"署名できませんでした（" + why + "）。鍵の装置と設定を確認し、もう一度試してください。",
                    "Signing failed (" + why + "). Check the key's device and settings, then try again."},
                   {}};
    }
    signature.resize(length);
    return signature;
  }

 private:
  Key key_;
  Algorithm algorithm_;
  std::string public_key_;
};

Error unreadable_key(const std::string& path) {
  ERR_clear_error();
  return Error{Code::kInvalid,
               "crypto.key_unreadable",
               {path + " は暗号化されていない PKCS#8 PEM の秘密鍵ではありません。鍵の控えから戻すか、openssl pkcs8 -topk8 -nocrypt "
                       "で変換してください。",
                path + " is not an unencrypted PKCS#8 private key in PEM. Restore it from a backup of the key, or convert "
                       "it with openssl pkcs8 -topk8 -nocrypt."},
               {}};
}

}  // namespace

Result<std::unique_ptr<Signer>> signer_from_pem(const std::string& path, std::string_view pem) {
  Bio bio(BIO_new_mem_buf(pem.data(), int(pem.size())));
  CHECK(bio);
  Pkcs8 info(PEM_read_bio_PKCS8_PRIV_KEY_INFO(bio.get(), nullptr, nullptr, nullptr));
  Key key(info ? EVP_PKCS82PKEY(info.get()) : nullptr);
  if (!key) return unreadable_key(path);
  auto algorithm = algorithm_of(key.get());
  if (!algorithm)
    return Error{Code::kInvalid,
                 "crypto.key_unsupported",
                 {path + " の鍵の種類は使えません。Ed25519 か ECDSA P-256 の鍵を用意してください。",
                  path + " holds a key of a kind that is not used here. Provide an Ed25519 or ECDSA P-256 key."},
                 {}};
  return std::unique_ptr<Signer>(new FileSigner(std::move(key), *algorithm));
}

Result<std::unique_ptr<Signer>> load_signer(const std::string& path) {
  std::string pem = TRY(read_key_file(path));
  auto signer = signer_from_pem(path, pem);
  OPENSSL_cleanse(pem.data(), pem.size());
  return signer;
}

std::string new_key_pem(Algorithm algorithm) {
  Key key(algorithm == Algorithm::kEd25519 ? EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")
                                           : EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  CHECK(key);
  Bio bio(BIO_new(BIO_s_secmem()));
  CHECK(bio && PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  char* pem = nullptr;
  long length = BIO_get_mem_data(bio.get(), &pem);
  CHECK(length > 0);
  return std::string(pem, std::size_t(length));
}

Result<std::unique_ptr<Signer>> create_signer(const std::string& path, Algorithm algorithm) {
  std::string pem = new_key_pem(algorithm);
  auto created = create_key_file(path, pem);
  auto signer = created.ok() ? signer_from_pem(path, pem) : Result<std::unique_ptr<Signer>>(created.error());
  OPENSSL_cleanse(pem.data(), pem.size());
  return signer;
}

struct Verifier::State {
  std::shared_ptr<EVP_PKEY> key;
  Algorithm algorithm;
  std::string public_key;
};

Result<Verifier> Verifier::create(Algorithm algorithm, std::string_view public_key) {
  Error malformed{Code::kInvalid,
                  "crypto.public_key_malformed",
                  {"公開鍵を読み取れません。Ed25519 は 32 バイト、P-256 は DER の SubjectPublicKeyInfo を渡してください。",
                   "The public key cannot be read. Give 32 bytes for Ed25519, a SubjectPublicKeyInfo in DER for P-256."},
                  {}};
  if (public_key.size() != (algorithm == Algorithm::kEd25519 ? kEd25519Bytes : kP256InfoBytes)) return malformed;
  std::shared_ptr<EVP_PKEY> key;
  if (algorithm == Algorithm::kEcdsaP256)
    key = p256_key(public_key);
  else
    key = Key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, data(public_key), public_key.size()));
  if (!key) {
    ERR_clear_error();
    return malformed;
  }
  return Verifier(std::make_shared<const State>(State{std::move(key), algorithm, std::string(public_key)}));
}

bool Verifier::verify(std::string_view message, std::string_view signature) const {
  Context context(EVP_MD_CTX_new());
  CHECK(context);
  CHECK(EVP_DigestVerifyInit(context.get(), nullptr, digest_of(state_->algorithm), nullptr, state_->key.get()) == 1);
  bool right = EVP_DigestVerify(context.get(), data(signature), signature.size(), data(message), message.size()) == 1;
  if (!right) ERR_clear_error();
  return right;
}

Algorithm Verifier::algorithm() const { return state_->algorithm; }
const std::string& Verifier::public_key() const { return state_->public_key; }

Result<bool> verify(Algorithm algorithm, std::string_view public_key, std::string_view message, std::string_view signature) {
  auto verifier = TRY(Verifier::create(algorithm, public_key));
  return verifier.verify(message, signature);
}

}  // namespace musubi::crypto
