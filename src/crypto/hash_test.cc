#include "crypto/hash.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>
#include <thread>

#include "base/encoding.h"

namespace musubi::crypto {
namespace {

TEST(Hash, VectorsOfFips180) {
  EXPECT_EQ(to_hex(bytes(sha256(""))), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(bytes(sha256("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(bytes(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(to_hex(bytes(sha256(std::string(1'000'000, 'a')))), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Hash, PiecesMakeTheSameDigest) {
  std::string text(1000, 'x');
  for (std::size_t piece : {1u, 7u, 63u, 64u, 65u, 999u}) {
    Sha256 hash;
    for (std::size_t at = 0; at < text.size(); at += piece) hash.update(std::string_view(text).substr(at, piece));
    EXPECT_EQ(hash.finish(), sha256(text));
  }
  Sha256 one;
  one.update("ab");
  Sha256 other = one;
  one.update("c");
  other.update("d");
  EXPECT_EQ(one.finish(), sha256("abc"));
  EXPECT_EQ(other.finish(), sha256("abd"));
}

TEST(Hash, FinishedOrMismeasuredStops) {
  Sha256 hash;
  (void)hash.finish();
  EXPECT_DEATH((void)hash.finish(), "finished_");
  EXPECT_DEATH(hash.update("x"), "finished_");
  EXPECT_DEATH((void)digest_from("short"), "size");
  EXPECT_EQ(digest_from(bytes(sha256("abc"))), sha256("abc"));
}

TEST(Hash, HmacVectorsOfRfc4231) {
  EXPECT_EQ(to_hex(bytes(hmac_sha256(std::string(20, '\x0b'), "Hi There"))),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(to_hex(bytes(hmac_sha256("Jefe", "what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(to_hex(bytes(hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First"))),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Hash, ComparesInConstantTime) {
  EXPECT_TRUE(equal_constant_time("", ""));
  EXPECT_TRUE(equal_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_constant_time("abc", "ab"));
}

TEST(Random, NeverTheSameTwiceInAnyThread) {
  std::set<std::string> seen;
  std::vector<std::vector<std::string>> drawn(4);
  std::vector<std::thread> threads;
  for (auto& mine : drawn)
    threads.emplace_back([&mine] {
      for (int i = 0; i < 2000; ++i) mine.push_back(random_bytes(16));
    });
  for (auto& thread : threads) thread.join();
  for (auto& each : drawn) seen.insert(each.begin(), each.end());
  EXPECT_EQ(seen.size(), 8000u);
  for (std::size_t size : {0u, 1u, 255u, 256u, 257u, 5000u}) EXPECT_EQ(random_bytes(size).size(), size);
}

TEST(Random, ForkedChildrenDrawOtherBytes) {
  (void)random_bytes(16);  // fills the buffer that a child inherits
  std::set<std::string> seen;
  for (int i = 0; i < 3; ++i) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    pid_t child = ::fork();
    if (child == 0) {
      std::string mine = random_bytes(16);
      ::_exit(::write(ends[1], mine.data(), mine.size()) == 16 ? 0 : 1);
    }
    std::string got(16, '\0');
    EXPECT_EQ(::read(ends[0], got.data(), got.size()), 16);
    ::waitpid(child, nullptr, 0);
    ::close(ends[0]);
    ::close(ends[1]);
    seen.insert(got);
  }
  seen.insert(random_bytes(16));
  EXPECT_EQ(seen.size(), 4u);
}

}  // namespace
}  // namespace musubi::crypto
