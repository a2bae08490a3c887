// A signing key that lies encrypted under a passphrase or PIN: scrypt (RFC 7914) with N = 2^15, r = 8, p = 1 and AES-256-GCM.
// Somebody who holds the sealed text may try passphrases at some ten a second and core; a short PIN delays them, no more.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "crypto/signer.h"

namespace musubi::crypto {

// One line of base64: version, cost, salt, nonce, ciphertext and tag. Costs about 0.1 s and 32 MiB each time.
std::string seal_under(std::string_view passphrase, std::string_view plain);
// Errors: crypto.passphrase_wrong, crypto.sealed_malformed (also for a cost beyond N = 2^20).
Result<std::string> open_under(std::string_view passphrase, std::string_view sealed);

// Under a secret that nobody can guess, so without cost: base64url of nonce, ciphertext and tag. Nothing for what was not
// sealed with it.
std::string seal_with(std::string_view secret, std::string_view plain);
std::optional<std::string> open_with(std::string_view secret, std::string_view sealed);

struct SealedKey {
  std::string sealed;
  std::string public_key;  // SubjectPublicKeyInfo in DER
};
SealedKey create_sealed_key(std::string_view passphrase);  // P-256
Result<std::unique_ptr<Signer>> open_sealed_key(std::string_view passphrase, std::string_view sealed);

void wipe(std::string& secret);  // overwrites the bytes, then empties the string

}  // namespace musubi::crypto
