// Issuing a soft card: person, card, keys, certificates and file in one go. For `musubi card issue` and the maker of demo
// towns.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "db/database.h"
#include "identity/card.h"
#include "identity/linker.h"

namespace musubi::identity {

inline constexpr std::int64_t kCardYears = 5;

struct CardOrder {
  std::string person;  // a person of the linker; empty: a new one
  std::string label;   // what the holder calls the card; 1 to 60 characters
  Pins pins;
  std::string path;  // of the file; never overwritten
};
struct IssuedCard {
  Card card;
  std::string unlock_code;
};

// The certificates are signed by the root key in `keys_folder`, the linker's. A crash leaves an ordered card, and perhaps a
// file whose card was never issued: it opens nothing. Errors: identity.bad_pin, identity.bad_card (label), card.exists,
// identity.unknown_person, those of crypto and files.
Result<IssuedCard> issue_soft_card(db::Database& database, const Linker& linker, const std::string& keys_folder,
                                   const CardOrder& order, std::string_view actor, Time now);

// An organisation is a linker once it has issued a card: its keys folder holds the secret.
bool is_linker(const std::string& keys_folder);

}  // namespace musubi::identity
