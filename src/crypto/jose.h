// JOSE in compact form: JWS with ES256 (RFC 7515, RFC 7518 3.4) for what is shown to others, JWE with ECDH-ES and A256GCM
// (RFC 7516, RFC 7518 4.6 and 5.3) for what one receiver alone may read. Headers with `crit`, other algorithms and other
// forms of base64url are refused. Nothing longer than kMaxJoseBytes is looked at.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "crypto/signer.h"
#include "crypto/x509.h"

namespace musubi::crypto {

inline constexpr std::size_t kMaxJoseBytes = 2 << 20;
inline constexpr std::size_t kMaxJoseHeaderBytes = 64 << 10;
inline constexpr std::size_t kMaxChain = 8;  // certificates in x5c

// ECDSA P-256 signatures: r || s of 32 bytes each, as JOSE and HTTP Message Signatures have it, and DER as Signer does.
Result<std::string> raw_signature(std::string_view der);
std::optional<std::string> der_signature(std::string_view raw);  // nothing when not 64 bytes

// Signs with r || s. CHECKs that the key is P-256. Errors: those of Signer::sign.
Result<std::string> sign_raw(const Signer& p256, std::string_view message);
bool verify_raw(const Verifier& p256, std::string_view message, std::string_view raw);

struct Jws {
  json::object header;
  std::string payload;
};

// `header` without "alg", which becomes ES256. CHECKs that the key is P-256. Errors: those of Signer::sign, jose.too_large.
Result<std::string> sign_jws(const Signer& p256, json::object header, std::string_view payload);
// Errors: jose.malformed, jose.too_large, jose.algorithm, jose.signature_wrong.
Result<Jws> verify_jws(std::string_view compact, const Verifier& p256);
// NOT verified: only to find out which key to verify with. Errors: those of verify_jws but the last.
Result<Jws> read_jws(std::string_view compact);

// RFC 7515 4.1.6: standard base64 of each DER, the signer's own certificate first.
json::array x5c_of(std::span<const Certificate> chain);
// Errors: jose.no_chain, crypto.certificate_malformed.
Result<std::vector<Certificate>> chain_of(const Jws& jws);

// A P-256 key that opens what was sealed to its public half. Never signs. Any thread.
class OpeningKey {
 public:
  // As create_signer and load_signer have it: PKCS#8 PEM, mode 0600, never overwritten. Errors: theirs.
  static Result<std::shared_ptr<const OpeningKey>> create(const std::string& path);
  static Result<std::shared_ptr<const OpeningKey>> load(const std::string& path);
  // From PEM in memory, which the caller wipes: for keys that lie encrypted elsewhere. Errors: crypto.key_unsupported.
  static Result<std::shared_ptr<const OpeningKey>> from_pem(std::string_view pem);

  const std::string& public_key() const;  // SubjectPublicKeyInfo in DER

  struct State;  // OpenSSL's object, for jose.cc
  explicit OpeningKey(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  const State& state() const { return *state_; }

 private:
  std::shared_ptr<const State> state_;
};

// A fresh key pair for each sealing; `header` without alg, enc, epk. It is readable by everybody. Errors:
// crypto.public_key_malformed, jose.too_large.
Result<std::string> seal_jwe(std::string_view spki, json::object header, std::string_view plain);
// Errors: jose.malformed, jose.too_large, jose.algorithm, jose.cannot_open (another key, or altered).
Result<std::string> open_jwe(const OpeningKey& key, std::string_view compact);

// What stands inside, for the vectors of RFC 7518 Appendix C: Z of the key and an epk, then the Concat KDF (NIST SP 800-56A
// 5.8.1) with one round of SHA-256. `bits` at most 256.
std::optional<std::string> agree(const OpeningKey& key, const json::object& epk);
std::string concat_kdf(std::string_view z, std::string_view algorithm, std::string_view apu, std::string_view apv, unsigned bits);

}  // namespace musubi::crypto
