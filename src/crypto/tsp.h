// Time-stamps: RFC 3161 with RFC 5816. Requests, an authority that answers them, tokens read and verified. All in strict
// DER; nothing longer than kMaxTspBytes is looked at.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "crypto/hash.h"
#include "crypto/signer.h"
#include "crypto/x509.h"

namespace musubi::crypto {

inline constexpr std::size_t kMaxTspBytes = 65536;

// PKIFailureInfo (RFC 3161 2.4.2): the bit numbers.
enum class FailInfo {
  kBadAlg = 0,
  kBadRequest = 2,
  kBadDataFormat = 5,
  kTimeNotAvailable = 14,
  kUnacceptedPolicy = 15,
  kUnacceptedExtension = 16,
  kAddInfoNotAvailable = 17,
  kSystemFailure = 25,
};

// A TimeStampReq for a SHA-256 digest. `nonce` is an unsigned big-endian number of 1 to 20 bytes, empty for none; `policy`
// an OID in dots, empty for none. Both CHECKed: our own values.
std::string make_time_stamp_req(const Digest& digest, std::string_view nonce, bool cert_req, std::string_view policy = {});

struct TimeStampResp {
  std::string der;                  // the whole TimeStampResp, also when refused: what goes on the wire
  std::optional<FailInfo> failure;  // empty when granted
};

// Answers requests. Immutable after creation; any thread.
class TimeStampAuthority {
 public:
  struct Options {
    std::string policy;              // OID in dots: stated in each token, and the only one a request may ask for
    std::int64_t accuracy_us = 0;    // stated in each token; 1 to 3,600,000,000
    std::vector<Certificate> chain;  // added beside the signer's certificate when certReq is true; without the root
  };
  // Errors: crypto.tsa_certificate (not the signer's, or its extended key usage is not timeStamping, critical and alone),
  // crypto.key_unsupported (not P-256), crypto.tsa_options.
  static Result<TimeStampAuthority> create(std::shared_ptr<const Signer> signer, Certificate certificate, Options options);

  // Imprints of SHA-256, SHA-384, SHA-512; any extension is refused (2.4.1). `gen_time` to the microsecond; outside the
  // certificate's validity the answer is timeNotAvailable. `serial` is an unsigned big-endian number of 1 to 20 bytes
  // that the caller never gives twice (CHECKed: size, not zero). A signer that fails yields systemFailure.
  TimeStampResp answer(std::string_view request, Time gen_time, std::string_view serial) const;

 private:
  struct State;
  explicit TimeStampAuthority(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

// A well-formed refusal, e.g. timeNotAvailable when the clock drifts. `why` goes into statusString.
TimeStampResp refuse_time_stamp(FailInfo failure, const Text& why);

// What a token says. Not proven before verify_token.
struct TstInfo {
  Time gen_time;                     // digits beyond microseconds are cut
  std::int64_t accuracy_us = 0;      // 0: not stated
  std::string serial;                // unsigned big-endian
  std::string policy;                // OID in dots
  std::string imprint_algorithm;     // OID in dots
  std::string imprint;               // the stamped digest
  std::optional<std::string> nonce;  // unsigned big-endian without leading zeros ("\0" for zero)
};

// The token (a CMS ContentInfo) in a TimeStampResp. Errors: crypto.tsp_malformed, crypto.tsp_refused (with what the
// authority said).
Result<std::string> token_of(std::string_view response);

// Reads TSTInfo, proves nothing. Errors: crypto.tsp_malformed.
Result<TstInfo> parse_token(std::string_view token);

struct TokenCheck {
  Digest digest;                          // what must have been stamped
  std::optional<std::string> nonce;       // must be echoed, when given
  std::vector<Certificate> roots;         // trusted authorities
  std::vector<Certificate> certificates;  // the signer's and those between, for tokens that carry none
};

// The signature, SigningCertificate(V2), the chain to a root at genTime (not today), extended key usage timeStamping,
// critical and alone, digest algorithms of the SHA-2 family, imprint and nonce. Errors: crypto.tsp_malformed,
// crypto.tsp_imprint, crypto.tsp_nonce, crypto.tsp_untrusted (signature, chain or certificate; with the reason).
Result<TstInfo> verify_token(std::string_view token, const TokenCheck& check);

}  // namespace musubi::crypto
