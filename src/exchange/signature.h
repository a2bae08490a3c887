// HTTP Message Signatures (RFC 9421) and Content-Digest (RFC 9530): the signature base of any covered components, and above it
// the one profile that exchange speaks. Pure functions over messages; clocks and keys come from the caller.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "crypto/signer.h"
#include "exchange/structured.h"
#include "exchange/transport.h"

namespace musubi::exchange {

// A message as RFC 9421 2 sees it.
struct SignedParts {
  // Of a request; of a response: status.
  std::string method, scheme = "https", authority, path, query;  // query with its '?', empty when there is none
  int status = 0;
  const http::Headers* headers = nullptr;
};

// RFC 9421 2.5: the text that is signed for the covered components in `input` (an inner list with its parameters). `request`:
// of a response, the message it answers, for components with ;req. Errors: exchange.bad_signature with what is missing or
// not defined (also for a component twice, ;tr and ;sf with ;bs).
Result<std::string> signature_base(const sf::InnerList& input, const SignedParts& message, const SignedParts* request = nullptr);

// "sha-256=:...:" (RFC 9530 2).
std::string content_digest(std::string_view body);
// True when the field names a sha-256 digest and it is that of the body; others are passed over (RFC 9530 6).
bool digest_matches(std::string_view field, std::string_view body);

// ---- The profile of exchange: see README. ----
inline constexpr std::string_view kLabel = "musubi";
inline constexpr std::int64_t kLifetime_s = 60;  // of a question
inline constexpr std::int64_t kSkew_s = 60;      // that two clocks may differ

struct Stated {  // what a verified signature says of itself
  std::string keyid, nonce;
  Time created, expires;
};

// Sets Content-Digest, Signature-Input and Signature. The key is P-256. Errors: those of Signer::sign.
Result<void> sign_question(Message& message, const crypto::Signer& key, const std::string& keyid, const std::string& nonce, Time now);
Result<void> sign_answer(Reply& reply, const Message& question, const crypto::Signer& key, const std::string& keyid, Time now);

// Whose signature it claims to be; NOT verified.
std::optional<std::string> claimed_keyid(const http::Headers& headers);
// Errors: exchange.bad_signature (anything missing, altered or of another key), exchange.clock_skew (made too long ago, or in
// the future, with both times).
Result<Stated> verify_question(const Message& message, const crypto::Verifier& key, Time now);
Result<Stated> verify_answer(const Reply& reply, const Message& question, const crypto::Verifier& key, Time now);

}  // namespace musubi::exchange
