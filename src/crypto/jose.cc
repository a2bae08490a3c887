#include "crypto/jose.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>

#include "base/encoding.h"
#include "crypto/der.h"
#include "crypto/hash.h"
#include "crypto/key_file.h"
#include "crypto/p256.h"

namespace musubi::crypto {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype([](EVP_PKEY* key) { EVP_PKEY_free(key); })>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, decltype([](EVP_PKEY_CTX* context) { EVP_PKEY_CTX_free(context); })>;
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype([](EVP_CIPHER_CTX* context) { EVP_CIPHER_CTX_free(context); })>;
using Bio = std::unique_ptr<BIO, decltype([](BIO* bio) { BIO_free_all(bio); })>;
using Pkcs8 = std::unique_ptr<PKCS8_PRIV_KEY_INFO, decltype([](PKCS8_PRIV_KEY_INFO* p) { PKCS8_PRIV_KEY_INFO_free(p); })>;

constexpr std::size_t kHalf = 32;  // of a signature, a coordinate, a key of A256GCM
constexpr std::size_t kNonceBytes = 12, kTagBytes = 16;

const unsigned char* data(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
unsigned char* data(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

Error malformed() {
  return Error{Code::kMalformed,
               "jose.malformed",
               {"署名または暗号化されたデータ（JWS・JWE）の形が正しくありません。作成した側でもう一度作り直してください。",
                "The signed or sealed text (JWS, JWE) is not well-formed. Have it made again where it came from."},
               {}};
}

Error too_large() {
  return Error{Code::kTooLarge,
               "jose.too_large",
               {"署名または暗号化されたデータが 2 MiB を超えています。内容を減らしてください。",
                "The signed or sealed text is longer than 2 MiB. Reduce its content."},
               {}};
}

Error wrong_algorithm() {
  return Error{Code::kInvalid,
               "jose.algorithm",
               {"署名・暗号の方式に対応していません。ES256 の JWS か、ECDH-ES と A256GCM の JWE を使ってください。",
                "The algorithm is not supported. Use a JWS with ES256, or a JWE with ECDH-ES and A256GCM."},
               {}};
}

Error cannot_open() {
  ERR_clear_error();
  return Error{Code::kInvalid,
               "jose.cannot_open",
               {"封を開けません。宛先が違うか、途中で書き換えられています。宛先の公開鍵を確かめ、もう一度作り直してください。",
                "It cannot be opened: it was sealed to another key, or altered on the way. Check the receiver's public key and have "
                "it made again."},
               {}};
}

// Splits at dots into exactly `count` parts.
std::optional<std::vector<std::string_view>> parts_of(std::string_view compact, std::size_t count) {
  std::vector<std::string_view> parts;
  for (std::size_t at = 0; parts.size() <= count;) {
    auto dot = compact.find('.', at);
    parts.push_back(compact.substr(at, dot == compact.npos ? dot : dot - at));
    if (dot == compact.npos) break;
    at = dot + 1;
  }
  if (parts.size() != count) return std::nullopt;
  return parts;
}

Result<json::object> header_of(std::string_view part) {
  auto text = part.size() > 2 * kMaxJoseHeaderBytes ? std::nullopt : from_base64url(part);
  if (!text) return malformed();
  auto parsed = parse_json(*text, {kMaxJoseHeaderBytes, 8});
  if (!parsed.ok() || !parsed->is_object()) return malformed();
  if (parsed->as_object().contains("crit")) return wrong_algorithm();  // RFC 7515 4.1.11: nothing critical is understood here
  return parsed->as_object();
}

std::string_view member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  const json::string* text = value ? value->if_string() : nullptr;
  return text ? std::string_view(text->data(), text->size()) : std::string_view();
}

struct Parsed {
  Jws jws;
  std::string_view signed_text;
  std::string signature;
};

Result<Parsed> parse(std::string_view compact) {
  if (compact.size() > kMaxJoseBytes) return too_large();
  auto parts = parts_of(compact, 3);
  if (!parts) return malformed();
  Parsed parsed;
  parsed.jws.header = TRY(header_of((*parts)[0]));
  if (member(parsed.jws.header, "alg") != "ES256" || parsed.jws.header.contains("b64")) return wrong_algorithm();
  auto payload = from_base64url((*parts)[1]), signature = from_base64url((*parts)[2]);
  if (!payload || !signature || signature->size() != 2 * kHalf) return malformed();
  parsed.jws.payload = std::move(*payload);
  parsed.signature = std::move(*signature);
  parsed.signed_text = compact.substr(0, compact.rfind('.'));
  return parsed;
}

// Without validation of the peer: p256_key has done it.
std::string shared_secret(EVP_PKEY* own, EVP_PKEY* theirs) {
  KeyContext context(EVP_PKEY_CTX_new(own, nullptr));
  std::string z(kHalf, '\0');
  std::size_t length = z.size();
  bool good = context && EVP_PKEY_derive_init(context.get()) == 1 && EVP_PKEY_derive_set_peer_ex(context.get(), theirs, 0) == 1 &&
              EVP_PKEY_derive(context.get(), data(z), &length) == 1 && length == kHalf;
  if (!good) ERR_clear_error();
  return good ? z : std::string();
}

json::object epk_of(std::string_view spki) {
  std::string_view point = spki.substr(spki.size() - 2 * kHalf);
  return {{"kty", "EC"}, {"crv", "P-256"}, {"x", to_base64url(point.substr(0, kHalf))}, {"y", to_base64url(point.substr(kHalf))}};
}

}  // namespace

Result<std::string> raw_signature(std::string_view der) {
  der::Reader whole(der);
  der::Reader pair = whole.inside(der::kSequence);
  std::string out;
  for (int i = 0; i < 2; ++i) {
    std::string_view half = pair.content(der::kInteger);
    while (half.size() > 1 && half[0] == 0) half.remove_prefix(1);
    if (half.size() > kHalf) return malformed();
    out.append(kHalf - half.size(), '\0').append(half);
  }
  if (!pair.done() || !whole.done()) return malformed();
  return out;
}

std::optional<std::string> der_signature(std::string_view raw) {
  if (raw.size() != 2 * kHalf) return std::nullopt;
  return der::sequence({der::unsigned_integer(raw.substr(0, kHalf)), der::unsigned_integer(raw.substr(kHalf))});
}

Result<std::string> sign_raw(const Signer& p256, std::string_view message) {
  CHECK(p256.algorithm() == Algorithm::kEcdsaP256);
  return raw_signature(TRY(p256.sign(message)));
}

bool verify_raw(const Verifier& p256, std::string_view message, std::string_view raw) {
  auto der = der_signature(raw);
  return der && p256.algorithm() == Algorithm::kEcdsaP256 && p256.verify(message, *der);
}

Result<std::string> sign_jws(const Signer& p256, json::object header, std::string_view payload) {
  header["alg"] = "ES256";
  std::string text = json::serialize(header);
  if (text.size() > kMaxJoseHeaderBytes || payload.size() > kMaxJoseBytes / 4 * 3 - 2 * kMaxJoseHeaderBytes) return too_large();
  std::string compact = to_base64url(text) + "." + to_base64url(payload);
  std::string signature = TRY(sign_raw(p256, compact));
  return compact + "." + to_base64url(signature);
}

Result<Jws> read_jws(std::string_view compact) { return std::move(TRY(parse(compact)).jws); }

Result<Jws> verify_jws(std::string_view compact, const Verifier& p256) {
  Parsed parsed = TRY(parse(compact));
  if (!verify_raw(p256, parsed.signed_text, parsed.signature))
    return Error{Code::kInvalid,
                 "jose.signature_wrong",
                 {"署名が合いません。内容が書き換えられたか、別の鍵による署名です。署名した人に新しいものを求めてください。",
                  "The signature is wrong: the content was altered, or another key signed it. Ask the signer for a new one."},
                 {}};
  return std::move(parsed.jws);
}

json::array x5c_of(std::span<const Certificate> chain) {
  json::array out;
  for (const auto& certificate : chain) out.emplace_back(to_base64(certificate.der()));
  return out;
}

Result<std::vector<Certificate>> chain_of(const Jws& jws) {
  Error missing{Code::kInvalid,
                "jose.no_chain",
                {"署名に証明書（x5c）が付いていません。証明書を付けて署名し直してください。",
                 "The signature carries no certificates (x5c). Have it signed again with them."},
                {}};
  const json::value* value = jws.header.if_contains("x5c");
  const json::array* list = value ? value->if_array() : nullptr;
  if (!list || list->empty() || list->size() > kMaxChain) return missing;
  std::vector<Certificate> chain;
  for (const auto& each : *list) {
    auto der = each.is_string() ? from_base64(std::string_view(each.get_string().data(), each.get_string().size())) : std::nullopt;
    if (!der) return missing;
    chain.push_back(TRY(Certificate::from_der(*der)));
  }
  return chain;
}

struct OpeningKey::State {
  Key key;
  std::string public_key;
};

Result<std::shared_ptr<const OpeningKey>> OpeningKey::from_pem(std::string_view pem) {
  Bio bio(BIO_new_mem_buf(pem.data(), int(pem.size())));
  CHECK(bio);
  Pkcs8 info(PEM_read_bio_PKCS8_PRIV_KEY_INFO(bio.get(), nullptr, nullptr, nullptr));
  Key key(info ? EVP_PKCS82PKEY(info.get()) : nullptr);
  std::string public_key = key && is_p256(key.get()) ? p256_info_of(key.get()) : std::string();
  if (public_key.empty()) {
    ERR_clear_error();
    return Error{Code::kInvalid,
                 "crypto.key_unsupported",
                 {"封を開ける鍵には ECDSA P-256 の鍵（暗号化されていない PKCS#8 PEM）を用意してください。",
                  "Opening needs a P-256 key: unencrypted PKCS#8 in PEM."},
                 {}};
  }
  return std::make_shared<const OpeningKey>(std::make_shared<const State>(State{std::move(key), std::move(public_key)}));
}

Result<std::shared_ptr<const OpeningKey>> OpeningKey::load(const std::string& path) {
  std::string pem = TRY(read_key_file(path));
  auto key = from_pem(pem);
  OPENSSL_cleanse(pem.data(), pem.size());
  return key;
}

Result<std::shared_ptr<const OpeningKey>> OpeningKey::create(const std::string& path) {
  TRY(create_signer(path, Algorithm::kEcdsaP256));
  return load(path);
}

const std::string& OpeningKey::public_key() const { return state_->public_key; }

std::optional<std::string> agree(const OpeningKey& key, const json::object& epk) {
  auto x = from_base64url(member(epk, "x")), y = from_base64url(member(epk, "y"));
  if (member(epk, "kty") != "EC" || member(epk, "crv") != "P-256" || !x || !y || x->size() != kHalf || y->size() != kHalf)
    return std::nullopt;
  auto theirs = p256_key(p256_info("\x04" + *x + *y));
  std::string z = theirs ? shared_secret(key.state().key.get(), theirs.get()) : std::string();
  return z.empty() ? std::nullopt : std::optional(std::move(z));
}

std::string concat_kdf(std::string_view z, std::string_view algorithm, std::string_view apu, std::string_view apv, unsigned bits) {
  CHECK(bits <= 256 && bits % 8 == 0);
  std::string input;
  put_be32(input, 1);
  input.append(z);
  for (std::string_view part : {algorithm, apu, apv}) {
    put_be32(input, std::uint32_t(part.size()));
    input.append(part);
  }
  put_be32(input, bits);
  std::string key(bytes(sha256(input)).substr(0, bits / 8));
  OPENSSL_cleanse(input.data(), input.size());
  return key;
}

Result<std::string> seal_jwe(std::string_view spki, json::object header, std::string_view plain) {
  auto theirs = p256_key(spki);
  if (!theirs)
    return Error{Code::kInvalid,
                 "crypto.public_key_malformed",
                 {"封をする相手の公開鍵が読めません。P-256 の SubjectPublicKeyInfo（DER）を渡してください。",
                  "The receiver's public key cannot be read. Give a SubjectPublicKeyInfo of P-256 in DER."},
                 {}};
  Key once(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  CHECK(once);
  header["alg"] = "ECDH-ES";
  header["enc"] = "A256GCM";
  header["epk"] = epk_of(p256_info_of(once.get()));
  std::string text = json::serialize(header);
  if (text.size() > kMaxJoseHeaderBytes || plain.size() > kMaxJoseBytes / 4 * 3 - 2 * kMaxJoseHeaderBytes) return too_large();
  std::string z = shared_secret(once.get(), theirs.get());
  CHECK(!z.empty());
  std::string key = concat_kdf(z, "A256GCM", {}, {}, 256), nonce = random_bytes(kNonceBytes), aad = to_base64url(text);
  std::string sealed(plain.size(), '\0'), tag(kTagBytes, '\0');
  Cipher cipher(EVP_CIPHER_CTX_new());
  int length = 0;
  bool good = cipher && EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, data(key), data(nonce)) == 1 &&
              EVP_EncryptUpdate(cipher.get(), nullptr, &length, data(aad), int(aad.size())) == 1 &&
              EVP_EncryptUpdate(cipher.get(), data(sealed), &length, data(plain), int(plain.size())) == 1 &&
              EVP_EncryptFinal_ex(cipher.get(), data(sealed) + length, &length) == 1 &&
              EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, int(kTagBytes), tag.data()) == 1;
  OPENSSL_cleanse(key.data(), key.size());
  OPENSSL_cleanse(z.data(), z.size());
  CHECK(good);
  return aad + ".." + to_base64url(nonce) + "." + to_base64url(sealed) + "." + to_base64url(tag);
}

Result<std::string> open_jwe(const OpeningKey& own, std::string_view compact) {
  if (compact.size() > kMaxJoseBytes) return too_large();
  auto parts = parts_of(compact, 5);
  if (!parts) return malformed();
  json::object header = TRY(header_of((*parts)[0]));
  // No `zip`: what was compressed beside a secret tells of it, and a small text may become a huge one.
  if (member(header, "alg") != "ECDH-ES" || member(header, "enc") != "A256GCM" || header.contains("zip")) return wrong_algorithm();
  const json::value* epk = header.if_contains("epk");
  auto nonce = from_base64url((*parts)[2]), sealed = from_base64url((*parts)[3]), tag = from_base64url((*parts)[4]);
  auto apu = from_base64url(member(header, "apu")), apv = from_base64url(member(header, "apv"));
  if (!epk || !epk->is_object() || !(*parts)[1].empty() || !nonce || nonce->size() != kNonceBytes || !sealed || !tag ||
      tag->size() != kTagBytes || !apu || !apv)
    return malformed();
  auto z = agree(own, epk->get_object());
  if (!z) return cannot_open();
  std::string key = concat_kdf(*z, "A256GCM", *apu, *apv, 256), plain(sealed->size(), '\0');
  Cipher cipher(EVP_CIPHER_CTX_new());
  int length = 0;
  std::string_view aad = (*parts)[0];
  bool good = cipher && EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, data(key), data(*nonce)) == 1 &&
              EVP_DecryptUpdate(cipher.get(), nullptr, &length, data(aad), int(aad.size())) == 1 &&
              EVP_DecryptUpdate(cipher.get(), data(plain), &length, data(*sealed), int(sealed->size())) == 1 &&
              EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, int(kTagBytes), tag->data()) == 1 &&
              EVP_DecryptFinal_ex(cipher.get(), data(plain) + length, &length) == 1;
  OPENSSL_cleanse(key.data(), key.size());
  OPENSSL_cleanse(z->data(), z->size());
  if (!good) return cannot_open();
  return plain;
}

}  // namespace musubi::crypto
