#define OPENSSL_SUPPRESS_DEPRECATED  // SHA256_Init, _Update, _Final: see README, "Why the low-level SHA-256"
#include "crypto/hash.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <pthread.h>

#include <atomic>
#include <cstring>

#include "base/check.h"

namespace musubi::crypto {
namespace {

static_assert(sizeof(SHA256_CTX) == 112 && alignof(SHA256_CTX) <= 8);

SHA256_CTX* context(std::array<unsigned char, 112>& state) { return reinterpret_cast<SHA256_CTX*>(state.data()); }

// Counts the forks behind this process: a buffer filled before a fork is not used after it.
std::atomic<std::uint64_t> fork_count{1};

void count_forks() {
  static const int registered = pthread_atfork(nullptr, nullptr, [] { fork_count.fetch_add(1, std::memory_order_relaxed); });
  CHECK(registered == 0);
}

constexpr std::size_t kPoolBytes = 4096;
constexpr std::size_t kPooledRequestBytes = 256;  // longer ones go straight to the generator

void fill(unsigned char* out, std::size_t count) {
  while (count > 0) {
    std::size_t part = std::min<std::size_t>(count, 1 << 20);
    CHECK(RAND_bytes(out, int(part)) == 1);
    out += part;
    count -= part;
  }
}

// Random bytes of one thread. Bytes handed out are wiped, so that a later look at memory does not show them.
class Pool {
 public:
  Pool() { count_forks(); }
  ~Pool() { OPENSSL_cleanse(bytes_, sizeof bytes_); }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  void take(char* out, std::size_t count) {
    std::uint64_t forks = fork_count.load(std::memory_order_relaxed);
    if (forks != forks_ || kPoolBytes - used_ < count) {
      fill(bytes_, kPoolBytes);
      used_ = 0;
      forks_ = forks;
    }
    std::memcpy(out, bytes_ + used_, count);
    OPENSSL_cleanse(bytes_ + used_, count);
    used_ += count;
  }

 private:
  unsigned char bytes_[kPoolBytes];
  std::size_t used_ = kPoolBytes;
  std::uint64_t forks_ = 0;
};

}  // namespace

Digest sha256(std::string_view message) {
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, message.data(), message.size());
  Digest digest;
  SHA256_Final(digest.data(), &context);
  return digest;
}

Sha256::Sha256() { SHA256_Init(context(state_)); }

void Sha256::update(std::string_view bytes) {
  CHECK(!finished_);
  SHA256_Update(context(state_), bytes.data(), bytes.size());
}

Digest Sha256::finish() {
  CHECK(!finished_);
  finished_ = true;
  Digest digest;
  SHA256_Final(digest.data(), context(state_));
  return digest;
}

Digest hmac_sha256(std::string_view key, std::string_view message) {
  constexpr std::size_t kBlock = 64;
  std::string inner(kBlock, '\0');
  if (key.size() > kBlock) {
    Digest short_key = sha256(key);
    std::memcpy(inner.data(), short_key.data(), short_key.size());
  } else {
    std::memcpy(inner.data(), key.data(), key.size());
  }
  std::string outer = inner;
  for (char& c : inner) c = char(c ^ 0x36);
  for (char& c : outer) c = char(c ^ 0x5c);
  Sha256 first, second;
  first.update(inner);
  first.update(message);
  Digest middle = first.finish();
  second.update(outer);
  second.update(bytes(middle));
  OPENSSL_cleanse(inner.data(), inner.size());
  OPENSSL_cleanse(outer.data(), outer.size());
  return second.finish();
}

Digest digest_from(std::string_view bytes) {
  Digest digest;
  CHECK(bytes.size() == digest.size());
  std::memcpy(digest.data(), bytes.data(), digest.size());
  return digest;
}

std::string random_bytes(std::size_t count) {
  std::string out(count, '\0');
  if (count > kPooledRequestBytes) {
    fill(reinterpret_cast<unsigned char*>(out.data()), count);
    return out;
  }
  thread_local Pool pool;
  pool.take(out.data(), count);
  return out;
}

bool equal_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace musubi::crypto
