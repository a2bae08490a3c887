// Residents at the card: signing in with the login certificate, signing documents with the signing certificate. The
// browser carries forms between this organisation and the card agent, which may be on another host: no scripts, no
// cookies across hosts. A challenge is a JWS by the organisation's message key; it names its return address, works once
// and for ten minutes. The card's answer is a JWS that commits to that very challenge.
//
//   GET page with a form -> POST agent (PIN, consent) -> POST /{org}/card/return (takes the answer, no cookie)
//   -> 303 GET /{org}/card/{handle} (checks the Lax cookie, asks the linker who it is) -> 303 where it began
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "crypto/signer.h"
#include "crypto/x509.h"
#include "db/transaction.h"
#include "identity/access.h"
#include "identity/linker.h"

namespace musubi::identity {

inline constexpr std::int64_t kChallengeValid_us = 10LL * 60 * 1'000'000;
inline constexpr std::size_t kSignedPayloadAtMost = 32 << 10;  // bytes
inline constexpr std::size_t kSigningLinesAtMost = 60;

// What the organisation signs challenges with.
struct ChallengeKey {
  crypto::Certificate certificate;  // of the message key
  crypto::Certificate root;
  std::shared_ptr<const crypto::Signer> signer;
};

// Given by the wiring. Functions may be called from any thread, outside transactions.
struct CardDesk {
  std::string agent;  // "http://127.0.0.1:8090"; empty: no sign-in by card here
  std::function<Result<ChallengeKey>(const std::string& organisation)> challenge_key;
  // Asks the linker: the person's code in `organisation`, and the card's state. Errors: exchange.*, identity.unknown_card.
  std::function<Result<CardStatus>(const std::string& organisation, const crypto::Certificate&)> resolve;
  // Roots of those who issue cards (the linker's), for the certificates that cards show.
  std::function<Result<std::vector<crypto::Certificate>>(const std::string& organisation)> issuers;
  // The linker that this organisation is; nothing where it is none. For the office pages of cards.
  std::function<Result<std::optional<Linker>>(const std::string& organisation)> linker = {};
};

// Opens a session without a card: the way in for tests and for the maker of demo towns. Returns the cookie's token.
Result<std::string> open_resident_session(db::Transaction& tx, std::string_view code, Time now);

// A document to be signed once.
struct Signing {
  Text title;               // "引越しの届出 5 件"
  std::vector<Text> lines;  // what the person reads at the agent before they sign, at most kSigningLinesAtMost
  std::string payload;      // what is signed, at most kSignedPayloadAtMost; UTF-8
  std::string return_path;  // below /{org}/; gets ?signed=HANDLE, or ?cancelled=HANDLE
};
// Keeps it and returns the handle; lead the browser to `signing_path` (303). Errors: identity.bad_signing.
Result<std::string> begin_signing(db::Transaction& tx, const ResidentSession& session, const Signing& signing, Time now);
std::string signing_path(const std::string& organisation, const std::string& handle);  // "/portal/card/sign/HANDLE"

struct CardSignature {
  std::string jws;  // compact; payload as given, header with x5c of the signing certificate
  std::string payload;
  Time at;  // when the answer arrived
};
// The finished signature, once: it is gone from here afterwards. Errors: identity.not_signed (unknown, of another
// session, still open or taken already).
Result<CardSignature> take_signature(db::Transaction& tx, const ResidentSession& session, std::string_view handle);

// A card's JWS, checked without asking anyone: signature, chain to `issuers` at `at`, signing purpose. Returns payload
// and certificate. Errors: identity.bad_card_signature with the reason.
struct CheckedSignature {
  std::string payload;
  crypto::Certificate certificate;
};
Result<CheckedSignature> check_card_signature(std::string_view jws, std::span<const crypto::Certificate> issuers, Time at);

}  // namespace musubi::identity
