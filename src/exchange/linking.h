// The linker's services and how others call them: tokens for persons, a card's person, a new person. The core (persons, cards,
// codes) is handed in, so that this module needs to know nothing of how it is kept.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "crypto/x509.h"
#include "exchange/exchange.h"

namespace musubi::exchange {

struct LinkedCard {
  std::string code;                   // of the person at the organisation that asks
  std::string state;                  // "active", ...
  std::optional<Time> ended_at = {};  // since when it is not in use
};

// All inside the transaction that records the answer.
struct LinkerCore {
  // Codes of `from` become codes of `to`, in order. An unknown code is an error.
  std::function<Result<std::vector<std::string>>(db::Transaction&, const std::string& from, const std::string& to,
                                                 const std::vector<std::string>& codes)>
      translate;
  std::function<Result<LinkedCard>(db::Transaction&, const std::string& organisation, const crypto::Certificate& card)> resolve;
  std::function<Result<std::string>(db::Transaction&, const std::string& organisation)> assign;  // a new person's code
};

// Makes this exchange the linker's: serves link.token, link.resolve and link.assign.
void be_linker(Exchange& exchange, LinkerCore core);

// Ask the linker that this organisation knows. Errors: those of Exchange::call, and the linker's own.
Result<LinkedCard> resolve_card(Exchange& exchange, const crypto::Certificate& card, const std::string& actor);
Result<std::string> assign_person(Exchange& exchange, const std::string& actor);

}  // namespace musubi::exchange
