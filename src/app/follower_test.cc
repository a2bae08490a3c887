#include "app/follower.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "support/store_fixture.h"

namespace musubi::app {
namespace {

TEST(Heartbeat, AGapSinceTheLastBeatIsAnInterruption) {
  musubi::testing::TemporaryFolder folder;
  ManualClock clock{parse_rfc3339("2026-11-21T00:00:00Z").value()};
  Time stopped = clock.now();
  { Heartbeat first(folder.path(), clock); EXPECT_TRUE(first.interruptions().empty()); }
  clock.advance_us(14'000'000);
  { Heartbeat soon(folder.path(), clock); EXPECT_TRUE(soon.interruptions().empty()); }
  stopped = clock.now();
  clock.advance_us(3'600'000'000);
  for (int start = 0; start < 2; ++start) {  // kept in the file: also the start after the next knows it
    Heartbeat later(folder.path(), clock);
    ASSERT_EQ(later.interruptions().size(), 1u);
    EXPECT_EQ(later.interruptions()[0].from, stopped);
    EXPECT_EQ(later.interruptions()[0].until.us - stopped.us, 3'600'000'000);
  }
}

TEST(Heartbeat, FilesThatCannotBeReadCountAsAbsent) {
  musubi::testing::TemporaryFolder folder;
  ManualClock clock{parse_rfc3339("2026-11-21T00:00:00Z").value()};
  ASSERT_TRUE(replace_file(folder.path() + "/heartbeat", "yesterday\n", 0600).ok());
  ASSERT_TRUE(replace_file(folder.path() + "/interruptions", "\0x\n2026 2027\n", 0600).ok());
  EXPECT_TRUE(Heartbeat(folder.path(), clock).interruptions().empty());
}

}  // namespace
}  // namespace musubi::app
