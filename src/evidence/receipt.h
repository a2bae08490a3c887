// Offline receipts: C2SP tlog-proof, version 1. A receipt carries the leaf's index, its inclusion proof and a signed
// checkpoint; our `extra` is the leaf's entry (65 bytes), so that a record bundle can be held against it without the log.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/note.h"
#include "evidence/log.h"
#include "evidence/merkle.h"

namespace musubi::evidence {

struct Receipt {
  std::optional<std::string> extra;  // opaque bytes; the entry of the leaf in receipts of Musubi
  std::uint64_t index = 0;
  std::vector<Digest> proof;
  std::string checkpoint;  // the whole signed note
};

constexpr std::size_t kReceiptLimit = 96 * 1024;

std::string format_receipt(const Receipt& receipt);
Result<Receipt> parse_receipt(std::string_view text);  // errors: receipt.malformed with every line that is wrong, receipt.too_large

struct ReceiptVerdict {
  std::string origin;
  std::uint64_t size = 0;
  std::uint64_t index = 0;
  std::string key_name;  // of the verifier key that matched
};
// Checks signature, inclusion and the entry. Errors (Code::kInvalid): receipt.unknown_key, receipt.bad_signature,
// receipt.not_included, receipt.no_entry; of several the first, with all of them as faults. What holds no checkpoint that can be read
// has an error of its own: crypto.note_*, checkpoint.malformed.
Result<ReceiptVerdict> verify_receipt(const Receipt& receipt, std::span<const crypto::NoteVerifier> trusted);

// A record as a file of its own: head, salts, body (while it exists), manifest, entry, receipt and verifier keys.
json::object record_bundle(const Record& record, std::string_view receipt, std::span<const std::string> verifier_keys);
// Holds a bundle against its own receipt and, when given, trusted keys. Returns what is wrong, all at once; empty = good.
std::vector<Fault> verify_bundle(const json::value& bundle, std::span<const crypto::NoteVerifier> trusted);

}  // namespace musubi::evidence
