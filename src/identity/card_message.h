// What an organisation and a card say to each other, as JWS: the challenge and the answer. Pure functions; both sides use
// them. Format: docs/formats/card.md.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "crypto/jose.h"
#include "crypto/x509.h"

namespace musubi::identity {

enum class CardPurpose { kSignIn, kSign };
std::string_view purpose_word(CardPurpose purpose);  // "sign-in", "sign"

struct Challenge {
  std::string organisation;  // id; the certificate must be of its message host
  Text title;                // of the organisation
  CardPurpose purpose = CardPurpose::kSignIn;
  std::string handle;          // the nonce: 32 letters
  std::string return_address;  // "http://localhost:8080/portal/card/return"
  Time expires_at;
  Text what;                // kSign: the heading of what is signed
  std::vector<Text> lines;  // kSign
  std::string payload;      // kSign: the very bytes to be signed
};

Result<std::string> sign_challenge(const Challenge& challenge, const crypto::Signer& key, const crypto::Certificate& certificate);
// Signature, chain to `roots`, organisation, form, age. Errors: card.challenge_altered, card.challenge_foreign (nobody this
// agent knows, or in another's name), card.challenge_late.
Result<Challenge> check_challenge(std::string_view jws, std::span<const crypto::Certificate> roots, Time now);
std::string challenge_digest(std::string_view jws);  // base64url of its SHA-256

// The card's answer to a challenge. For kSign the payload of the answer is that of the challenge.
Result<std::string> sign_answer(const Challenge& challenge, std::string_view challenge_jws, const crypto::Signer& key,
                                const crypto::Certificate& certificate, Time now);

struct CardAnswer {
  std::string handle;
  std::string challenge;  // digest
  CardPurpose purpose = CardPurpose::kSignIn;
  std::string payload;
  crypto::Certificate certificate;
};
// Signature and form alone. Errors: identity.bad_card_signature.
Result<CardAnswer> read_answer(std::string_view jws);
// And the chain to `issuers` with the purpose of the key.
Result<CardAnswer> check_answer(std::string_view jws, std::span<const crypto::Certificate> issuers, Time at);

}  // namespace musubi::identity
