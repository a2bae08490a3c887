#include "document/deflate.h"

#include <gtest/gtest.h>

namespace musubi::document {
namespace {

TEST(Deflate, ThereAndBack) {
  std::string long_text, all_bytes;
  for (int i = 0; i < 40'000; ++i) long_text += "[24304,\"move-in\"," + std::to_string(i % 97) + ",1,0],";
  for (int i = 0; i < 256; ++i) all_bytes += char(i);
  for (const std::string& text : {std::string(), std::string("a"), all_bytes, long_text}) {
    const std::string small = deflated(text);
    EXPECT_EQ(inflated(small, text.size()), text);
    EXPECT_FALSE(!text.empty() && inflated(small, text.size() - 1)) << "more than was allowed";
  }
  EXPECT_LT(deflated(long_text).size() * 10, long_text.size());
}

TEST(Deflate, WhatIsDamagedIsNothing) {
  const std::string small = deflated(std::string(5000, 'x') + "y");
  EXPECT_FALSE(inflated("", 100));
  EXPECT_FALSE(inflated("no such bytes", 100));
  EXPECT_FALSE(inflated(small + "z", 10'000)) << "something behind it";
  for (std::size_t cut = 1; cut < small.size(); ++cut) EXPECT_FALSE(inflated(small.substr(0, cut), 10'000)) << cut;
  for (std::size_t at = small.size() - 4; at < small.size(); ++at) {  // the sum over what came in
    std::string other = small;
    other[at] ^= 0x10;
    EXPECT_FALSE(inflated(other, 10'000)) << at;
  }
}

}  // namespace
}  // namespace musubi::document
