// The linker's core: persons, their cards, and a code of each person for every organisation. It knows no names. A code is
// HMAC-SHA-256(secret, person, organisation) cut to 16 bytes, so that codes of two organisations cannot be joined without
// the secret, which lies beside the organisation's keys and in no table. What is needed for a look-up (codes,
// certificates) is kept as a keyed digest only. Every mapping made and every change of a card is a record.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "crypto/x509.h"
#include "db/transaction.h"

namespace musubi::identity {

enum class CardState { kOrdered, kIssued, kActive, kSuspended, kLost, kExpired, kReturned, kRevoked };
std::string_view card_state_word(CardState state);  // "ordered", "issued", "active", ...
std::optional<CardState> card_state_from(std::string_view word);
Text card_state_title(CardState state);

// What an organisation learns of a card: its own code of the person and whether the card is good.
struct CardStatus {
  std::string code;
  CardState state = CardState::kActive;
  std::optional<Time> ended_at = {};  // since when it is not in use; none while it is
};
// identity.card_suspended, .card_lost, .card_expired, .card_revoked, .card_not_active, each with what to do; nothing for an active one.
Result<void> check_card(CardState state);

struct Card {
  std::string id;  // "card-7k3m9q2c", printed on the card
  std::string person;
  CardState state = CardState::kOrdered;
  Time ordered_at;
  Time expires_at;
  std::optional<Time> ended_at = {};  // of `resolve`: since when it was suspended, lost, returned or revoked
};

struct CardCertificates {
  crypto::Certificate login, signing;
};

class Linker {
 public:
  // The secret in `keys_folder`/linker.secret (mode 0600). Losing it would give everybody new codes, so it is never made
  // where it should be: `open` expects it, `begin` makes it for a linker that knows nobody yet. Errors: crypto.key_exposed,
  // identity.linker_secret (missing or unreadable, with what to do).
  static Result<Linker> open(const std::string& keys_folder);
  static Result<Linker> begin(db::Reader& reader, const std::string& keys_folder);
  static Result<bool> knows_somebody(db::Reader& reader);
  explicit Linker(std::string secret);  // 32 bytes

  // A new person, without any mapping yet; the id is opaque and leaves the linker never.
  Result<std::string> add_person(db::Transaction& tx, std::string_view actor) const;
  // The person's code in that organisation. The first call for a pair makes the mapping and its record; `purpose` is a
  // word for the head ("sign-in", "token", "assign", "demo"). Errors: identity.unknown_person.
  Result<std::string> code_for(db::Transaction& tx, std::string_view person, std::string_view organisation, std::string_view purpose,
                               std::string_view actor) const;
  // Whose code it is; none where no mapping was made.
  Result<std::optional<std::string>> person_of(db::Reader& reader, std::string_view organisation, std::string_view code) const;

  // Card states go ordered -> issued -> active -> ...; lost, expired, returned and revoked cards never come back.
  Result<Card> order_card(db::Transaction& tx, std::string_view person, Time expires_at, std::string_view actor, Time now) const;
  // Keeps keyed digests of both certificates; the card is active at once. Errors: identity.unknown_card, identity.card_step.
  Result<Card> issue_card(db::Transaction& tx, std::string_view card, const CardCertificates& certificates,
                          std::string_view actor) const;
  Result<Card> change_card(db::Transaction& tx, std::string_view card, CardState state, std::string_view actor) const;
  // Whose card it is and its state now (a date behind it: kExpired). Errors: identity.unknown_card (Code::kForbidden).
  Result<Card> resolve(db::Reader& reader, const crypto::Certificate& certificate, Time now) const;

  // What opens a card that wrong PINs have locked: twelve digits, told to the holder in person. The card checks it. Who
  // shows it leaves a record: note_unlock.
  std::string unlock_code(std::string_view card) const;
  Result<void> note_unlock(db::Transaction& tx, std::string_view card, std::string_view actor) const;

  Result<std::optional<Card>> card(db::Reader& reader, std::string_view id) const;
  Result<std::vector<Card>> cards(db::Reader& reader, std::string_view text, std::uint32_t page, std::uint32_t per_page) const;
  Result<std::uint64_t> count_cards(db::Reader& reader) const;

 private:
  std::string digest(std::string_view label, std::string_view a, std::string_view b) const;
  std::string secret_;
};

}  // namespace musubi::identity
