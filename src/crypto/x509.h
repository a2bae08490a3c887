// Certificates (RFC 5280) of the internal authority: a root of an organisation and what it issues, for time-stamps, messages
// and cards. P-256 throughout. The wide path validation (policies, revocation, trust lists) is the trust module's.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "crypto/hash.h"
#include "crypto/signer.h"

namespace musubi::crypto {

inline constexpr std::size_t kMaxCertificateBytes = 65536;

// One certificate, decoded once. Immutable, cheap to copy, any thread.
class Certificate {
 public:
  // DER without trailing bytes, at most kMaxCertificateBytes. Errors: crypto.certificate_malformed.
  static Result<Certificate> from_der(std::string_view der);
  // The first CERTIFICATE block. Errors: crypto.certificate_malformed.
  static Result<Certificate> from_pem(std::string_view pem);

  const std::string& der() const;
  std::string pem() const;
  std::string subject() const;  // RFC 4514 text, UTF-8
  std::string issuer() const;
  std::string serial_hex() const;  // lower case, even number of digits
  Time not_before() const;
  Time not_after() const;
  std::string public_key() const;              // SubjectPublicKeyInfo in DER
  Digest fingerprint() const;                  // SHA-256 of the DER
  std::vector<std::string> dns_names() const;  // of subjectAltName, in order; at most 16

  struct State;  // OpenSSL's object, for the .cc files of this module
  const State& state() const { return *state_; }

 private:
  explicit Certificate(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

// Every `-----BEGIN CERTIFICATE-----` block in order, at most 64. Errors: crypto.certificate_malformed.
Result<std::vector<Certificate>> parse_pem_chain(std::string_view pem);

struct Subject {
  std::string organization;  // O, 1 to 64 characters (X.520 upper bound); Japanese as it is
  std::string common_name;   // CN, 1 to 64 characters
  std::string country = "JP";
};

// A self-signed root for ten years from `from` (kept to the second): critical basicConstraints CA and keyUsage keyCertSign,
// cRLSign, a subject key id, a random serial of 16 octets. Errors: crypto.subject, crypto.key_unsupported (not P-256),
// those of Signer::sign.
Result<Certificate> create_root(const Signer& key, const Subject& subject, Time from);

// A certificate for a time-stamping key (RFC 3161 2.3): extended key usage timeStamping, critical and alone, keyUsage
// digitalSignature, key ids of itself and its issuer. `public_key` is SubjectPublicKeyInfo of P-256. Errors: those of
// create_root, crypto.issuer_mismatch (`root_key` is not the key of `root`), crypto.validity (empty, or not within the
// root's).
Result<Certificate> issue_tsa(const Signer& root_key, const Certificate& root, std::string_view public_key, const Subject& subject,
                              Time from, Time until);

// What a certificate is for: keyUsage and extendedKeyUsage, both critical.
enum class Profile {
  kMessage,  // an organisation's messages and its end of TLS: digitalSignature; serverAuth, clientAuth; a DNS name
  kLogin,    // who holds a card: digitalSignature; clientAuth
  kSigning,  // what a card's holder signs: digitalSignature, nonRepudiation; documentSigning (RFC 9336)
};
struct Order {
  Profile profile = Profile::kMessage;
  std::string public_key;  // SubjectPublicKeyInfo of P-256
  Subject subject;         // of a card: a number, never a name
  std::string dns_name;    // kMessage only, lower case: "aoba.musubi.internal"
  Time from, until;
};
// Errors: those of issue_tsa; crypto.subject for a DNS name that is none.
Result<Certificate> issue_certificate(const Signer& root_key, const Certificate& root, const Order& order);

enum class Purpose { kAny, kTimeStamping, kMessage, kLogin, kSigning };

// Is there a path from `leaf` over `intermediates` to one of `roots`, all valid at `at`, as X509_V_FLAG_X509_STRICT has
// it? No revocation. Errors: crypto.chain_invalid (with the certificate and the reason).
Result<void> check_chain(const Certificate& leaf, std::span<const Certificate> intermediates, std::span<const Certificate> roots,
                         Time at, Purpose purpose);

}  // namespace musubi::crypto
