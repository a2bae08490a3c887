// The soft card: a file that stands where an IC card stands. Two keys, each encrypted under its own PIN (scrypt), with
// their certificates and counters of the tries that are left. A counter is lowered durably before a PIN is checked, so that
// pulling the plug gains no try. Whoever copies the file can try PINs on the copy: a file is no chip, and says so.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "crypto/signer.h"
#include "crypto/x509.h"
#include "identity/linker.h"

namespace musubi::identity {

inline constexpr int kLoginTries = 3, kSigningTries = 5, kUnlockTries = 10;
inline constexpr std::size_t kCardsAtMost = 200;  // in one folder

enum class CardKey { kLogin, kSigning };

struct Pins {
  std::string login;    // 4 digits
  std::string signing;  // 6 to 16 letters and digits
};
std::vector<Fault> check_pins(const Pins& pins);  // "login_pin", "signing_pin"

// What can be seen of a card without any PIN.
struct SoftCard {
  std::string path, id, label;
  crypto::Certificate login, signing, issuer;  // issuer: the root that issued both
  int login_tries = kLoginTries, signing_tries = kSigningTries, unlock_tries = kUnlockTries;
};

// A card made but not yet on disk. Keys are made here; only their encrypted form leaves.
struct NewCard {
  std::string file;
  CardCertificates certificates;
};
// `label` is what the holder calls it, printed by the agent only. Errors: identity.bad_pin (a fault per PIN), those of
// crypto::issue_certificate.
Result<NewCard> make_card(const std::string& id, const std::string& label, const Pins& pins, const std::string& unlock_code,
                          const crypto::Signer& root_key, const crypto::Certificate& root, Time from, Time until);
// Errors: card.exists.
Result<void> check_free(const std::string& path);
// Mode 0600, never over another. Errors: card.exists, those of files.
Result<void> save_card(const std::string& path, const NewCard& card);

// Errors: card.unreadable, those of files.
Result<SoftCard> load_card(const std::string& path);
// *.card in `folder`, by name; files that are no cards are left out.
Result<std::vector<SoftCard>> cards_in(const std::string& folder);

// Opens a key with its PIN. One process at a time may do so (a lock on the file). Errors: card.pin_wrong (with the tries
// that are left), card.locked (none is left), card.unreadable.
Result<std::unique_ptr<crypto::Signer>> open_card(const std::string& path, CardKey key, std::string_view pin);
// With the code of the office, twelve digits: all tries are back. Errors: card.unlock_malformed (costs no try),
// card.unlock_wrong, card.unlock_locked.
Result<void> unlock_card(const std::string& path, std::string_view code);

// Roots of the organisations that a folder of cards trusts: `trusted.pem`. Adding one that is there does nothing.
Result<std::vector<crypto::Certificate>> trusted_roots(const std::string& folder);
Result<void> trust_root(const std::string& folder, const crypto::Certificate& root);

}  // namespace musubi::identity
