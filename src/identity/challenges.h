// Challenges kept while a browser is at the card agent. Private to the module; others use card_signing.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "db/transaction.h"
#include "identity/card_message.h"

namespace musubi::identity {

// Anybody may begin to sign in, so what they begin must be worth little: beyond this many the oldest are forgotten, and none
// outlives its ten minutes. Signings are begun by residents who signed in; each session may have few open.
inline constexpr std::int64_t kOpenSignInsAtMost = 20'000, kOpenSigningsAtMost = 20;

struct KeptChallenge {
  std::string handle;
  CardPurpose purpose = CardPurpose::kSignIn;
  std::string session;    // digest it is bound to
  std::string challenge;  // digest of the JWS, base64url; empty until it was shown
  std::string content;    // JSON: where to return to, and what is signed
  std::string state;      // "open", "answered", "cancelled", "signed"
  std::optional<std::string> answer;
  Time answered_at, expires_at;
  std::string returned;  // digest of the code that the browser was given which brought the answer
};

std::string new_handle();
// Sweeps what has expired, and the oldest sign-ins where there are too many. Errors: identity.too_many_challenges
// (Code::kUnavailable), for signings only.
Result<void> keep_challenge(db::Transaction& tx, const KeptChallenge& kept, Time now);
Result<std::optional<KeptChallenge>> find_challenge(db::Reader& reader, std::string_view handle);
// Of a signing: the challenge as it was shown, good until `expires_at`.
Result<void> set_challenge(db::Transaction& tx, const KeptChallenge& kept, std::string_view jws, Time expires_at);
// The one that was shown and can still be answered in peace; empty: none. A page that is opened twice shows the same one, so that
// both windows can go on.
std::string shown_challenge(const KeptChallenge& kept, Time now);
Result<void> set_state(db::Transaction& tx, std::string_view handle, std::string_view state);
Result<void> drop_challenge(db::Transaction& tx, std::string_view handle);

// What came back from the agent, whoever brought it: keeps it if it answers an open challenge of ours in time, once. `code` is
// what that browser alone will know: a handle is known to whoever began, who may have made another person answer.
// Errors: identity.challenge_unknown, .challenge_late, .challenge_replayed, .bad_card_signature, .card_expired.
Result<std::string> take_answer(db::Transaction& tx, const CardAnswer& answer, std::string_view jws, std::string_view code, Time now);
// True for the code that take_answer was given.
bool brought(const KeptChallenge& kept, std::string_view code);
Result<void> take_cancellation(db::Transaction& tx, std::string_view handle, Time now);

// The signing a handle stands for, read back.
struct KeptSigning {
  Text title;
  std::vector<Text> lines;
  std::string payload, return_path;
};
Result<KeptSigning> signing_of(const KeptChallenge& kept);
std::string sign_in_content(std::string_view return_path);
std::string sign_in_return(const KeptChallenge& kept);

}  // namespace musubi::identity
