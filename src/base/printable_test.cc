#include "base/printable.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace musubi {
namespace {

TEST(Printable, ReplacesBytesThatAreNoCharacter) {
  const std::pair<std::string, std::string> cases[] = {{"", ""},
                                                       {"key 町 \xF0\xA0\xAE\xB7", "key 町 \xF0\xA0\xAE\xB7"},
                                                       {"a\xFF\xFE"
                                                        "b",
                                                        "a\uFFFD\uFFFDb"},
                                                       {"\xE7\x94", "\uFFFD\uFFFD"},
                                                       {"\xC0\x80町", "\uFFFD\uFFFD町"},
                                                       {"\xED\xA0\x80", "\uFFFD\uFFFD\uFFFD"}};
  for (const auto& [bytes, text] : cases) {
    EXPECT_EQ(printable(bytes), text);
    EXPECT_TRUE(is_utf8(printable(bytes)));
  }
}

}  // namespace
}  // namespace musubi
