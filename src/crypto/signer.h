// Keys that sign, and keys that verify. Who asks for a signature never sees the private key: a Signer may be a file here
// or a PKCS#11 token elsewhere.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace musubi::crypto {

enum class Algorithm {
  kEd25519,    // RFC 8032; signatures of 64 bytes. Where C2SP demands it: checkpoints, cosignatures
  kEcdsaP256,  // FIPS 186-5 with SHA-256; signatures are DER Ecdsa-Sig-Value (RFC 3279 2.2.3), at most 72 bytes
};

// Any number of threads may sign with one object at the same time.
class Signer {
 public:
  virtual ~Signer() = default;
  virtual Algorithm algorithm() const = 0;
  // Ed25519: the 32 raw bytes. P-256: SubjectPublicKeyInfo in DER (RFC 5480), 91 bytes.
  virtual const std::string& public_key() const = 0;
  // Errors: crypto.signing_failed (a token that was pulled out, a library out of memory).
  virtual Result<std::string> sign(std::string_view message) const = 0;
};

// Reads a private key: unencrypted PKCS#8 in PEM (RFC 5958), Ed25519 or P-256. A file that group or others can read is
// refused, since whoever else could read it may already sign. Errors: crypto.key_missing, crypto.key_exposed,
// crypto.key_unreadable, crypto.key_unsupported.
Result<std::unique_ptr<Signer>> load_signer(const std::string& path);

// Makes a key and its file (PKCS#8 PEM, mode 0600). Never overwrites; the file appears whole and synced, or not at all.
// A crash leaves at most `path.<random>.new`, mode 0600. Errors: crypto.key_exists, crypto.key_unwritable.
Result<std::unique_ptr<Signer>> create_signer(const std::string& path, Algorithm algorithm);

// A decoded public key: decoding costs as much as verifying, so keep the object. Immutable, cheap to copy, any thread.
class Verifier {
 public:
  // `public_key` as Signer::public_key gives it; another curve, trailing bytes or other forms are refused.
  // Errors: crypto.public_key_malformed.
  static Result<Verifier> create(Algorithm algorithm, std::string_view public_key);

  // False for a signature that is wrong or cannot be read.
  bool verify(std::string_view message, std::string_view signature) const;

  Algorithm algorithm() const;
  const std::string& public_key() const;

 private:
  struct State;
  explicit Verifier(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

// One signature with a key that will not be needed again. Errors: crypto.public_key_malformed.
Result<bool> verify(Algorithm algorithm, std::string_view public_key, std::string_view message, std::string_view signature);

}  // namespace musubi::crypto
