// SHA-256 (FIPS 180-4), HMAC-SHA-256 (RFC 2104), random bytes and comparison in constant time. Any thread; nothing here
// fails in a way a caller could handle: a generator that yields no bytes stops the process.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace musubi::crypto {

using Digest = std::array<std::uint8_t, 32>;

Digest sha256(std::string_view message);

// SHA-256 of what comes in pieces. One object, one message, one thread; copying forks the state.
class Sha256 {
 public:
  Sha256();
  void update(std::string_view bytes);
  Digest finish();  // once; CHECKed

 private:
  alignas(8) std::array<unsigned char, 112> state_;
  bool finished_ = false;
};

Digest hmac_sha256(std::string_view key, std::string_view message);

// The 32 bytes of a digest, valid as long as the digest. Of a temporary: until the end of the full expression.
inline std::string_view bytes(const Digest& digest) { return {reinterpret_cast<const char*>(digest.data()), digest.size()}; }

// CHECKs that there are exactly 32 bytes: measure what comes from outside before.
Digest digest_from(std::string_view bytes);

// From the generator of OpenSSL (SP 800-90A, seeded by getrandom), buffered per thread, never the same bytes in two
// processes after fork(2). Good for keys, salts, nonces and serial numbers.
std::string random_bytes(std::size_t count);

// Takes the same time wherever the first difference stands; different sizes are unequal at once.
bool equal_constant_time(std::string_view a, std::string_view b);

}  // namespace musubi::crypto
