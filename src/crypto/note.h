// C2SP signed-note v1.0.0: a text, a blank line, signature lines `— <name> <base64(key id || signature)>`. Ed25519 keys
// (type 0x01) and witness cosignatures (C2SP tlog-cosignature v1, type 0x04). Lines of other keys and types are kept
// byte for byte.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "crypto/signer.h"

namespace musubi::crypto {

inline constexpr std::size_t kMaxNoteBytes = 65536;
inline constexpr std::size_t kMaxNoteSignatures = 64;
inline constexpr std::size_t kMaxNoteNameBytes = 1024;

// The type byte of a key: part of its key id and of its verifier key string.
enum class NoteKeyType : std::uint8_t { kEd25519 = 0x01, kCosignatureV1 = 0x04 };

// UTF-8, not empty, at most kMaxNoteNameBytes, no Unicode space, no '+', no control character.
bool is_note_name(std::string_view name);

// First four bytes, big-endian, of SHA-256(name || 0x0A || type || public key).
std::uint32_t note_key_id(std::string_view name, NoteKeyType type, std::string_view public_key);

struct NoteSignature {
  std::string name;
  std::uint32_t key_id = 0;
  std::string signature;  // what follows the key id
  std::string line;       // as it stands in the note, without its newline
};

struct Note {
  std::string text;  // with its final newline: exactly what is signed
  std::vector<NoteSignature> signatures;

  std::string str() const;  // the whole note, as it is published
};

// Strict: UTF-8 without control characters but newline, a blank line before the signatures, at least one signature,
// canonical base64, a final newline, the limits above. Errors: crypto.note_malformed (with the line), crypto.note_too_large.
Result<Note> parse_note(std::string_view bytes);

// Signs texts under a name. The signer is shared with its owner; any thread.
class NoteSigner {
 public:
  // Errors: crypto.note_name, crypto.note_key_type (only Ed25519 signs notes).
  static Result<NoteSigner> create(std::string name, std::shared_ptr<const Signer> signer);

  // The signature line for `text`, which ends with a newline and holds no other control character (CHECKed: our own
  // texts); without a newline after it. Errors: those of Signer::sign.
  Result<std::string> sign(std::string_view text) const;

  // A whole note with this one signature.
  Result<std::string> sign_note(std::string_view text) const;

  // The line of a witness for a checkpoint text: signs "cosignature/v1\ntime <seconds>\n" || text (type 0x04).
  Result<std::string> cosign(std::string_view text, Time at) const;

  const std::string& name() const { return name_; }
  std::string key_id() const;                                                // 8 hex digits
  std::string verifier_key(NoteKeyType type = NoteKeyType::kEd25519) const;  // name+hex(key id)+base64(type || public key)

 private:
  NoteSigner(std::string name, std::shared_ptr<const Signer> signer);
  std::string name_;
  std::shared_ptr<const Signer> signer_;
};

// A verifier key, decoded once. Immutable, any thread.
class NoteVerifier {
 public:
  // Errors: crypto.note_key_malformed (form, or a key id that does not belong to name and key), crypto.note_key_type.
  static Result<NoteVerifier> parse(std::string_view verifier_key);

  bool verify(std::string_view text, const NoteSignature& signature) const;

  const std::string& name() const { return name_; }
  std::uint32_t key_id() const { return key_id_; }
  NoteKeyType type() const { return type_; }
  std::string str() const;

 private:
  NoteVerifier(std::string name, NoteKeyType type, Verifier key);
  std::string name_;
  NoteKeyType type_;
  std::uint32_t key_id_;
  Verifier key_;
};

// When the witness says it cosigned; nothing for a signature too short to hold a time. Meaningful for a verified
// kCosignatureV1 signature only.
std::optional<Time> cosignature_time(const NoteSignature& signature);

// Which of `verifiers` signed the note: their positions, ascending, at least one. Signatures of unknown keys are passed
// over; the first one of a known key must be right. Errors: crypto.note_unverified (none is known),
// crypto.note_signature_wrong (a known key, a wrong signature), crypto.note_ambiguous (two verifiers of one name and id).
Result<std::vector<std::size_t>> verify_note(const Note& note, std::span<const NoteVerifier> verifiers);

}  // namespace musubi::crypto
