// What is signed: the list of forms with their salted digests; and the receipt file, which proves off line what was filed.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "crypto/note.h"
#include "procedures/neighbours.h"

namespace musubi::procedures {

struct ListedForm {
  std::string recipient, procedure, digest;  // base64 of SHA-256(salt || canonical JSON of the form)
  std::int64_t version = 0;
  bool operator==(const ListedForm&) const = default;
};

std::string form_digest(std::string_view salt, const json::object& form);
// Whether canonical JSON can write what came from outside: no integer beyond 2^53, at most 32 levels.
bool can_be_digested(const json::value& value, int level = 0);
// Canonical JSON {"basket", "filings": [...], "musubi_list": 1}.
std::string list_text(std::string_view basket, std::span<const ListedForm> forms);
// Errors: filing.bad_list.
Result<std::vector<ListedForm>> read_list(std::string_view text);

// The receipt file: {"musubi_filing": 1, "reference", "procedure", "version", "recipient", "filed_at", "form", "salt", "list" (JWS),
// "number", "received_at", "record" (bundle of the recipient's record of receipt; null until it arrived)}.
struct ReceiptVerdict {
  std::string procedure, recipient, number, origin;
  Time filed_at, received_at;
  bool received = false, card_trusted = false, log_trusted = false;
};
// Without any server. `check_card` (signature and chain, at a time) and `log_keys`: what the caller trusts; where empty, the
// certificate and the keys of the file itself are used, and the verdict says so. Faults: everything that does not fit, at once.
struct ReceiptCheck {
  ReceiptVerdict verdict;
  std::vector<Fault> faults;
};
inline constexpr std::size_t kReceiptFileBytes = 4 << 20;
using CheckCard = std::function<Result<SignedList>(std::string_view jws, Time at)>;
Result<ReceiptCheck> verify_receipt_file(std::string_view text, const CheckCard& check_card,
                                         std::span<const crypto::NoteVerifier> log_keys);

}  // namespace musubi::procedures
