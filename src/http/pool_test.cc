#include "http/pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <latch>

namespace musubi::http {
namespace {

class Act final : public Task {
 public:
  explicit Act(std::function<void()> act) : act_(std::move(act)) {}
  void run(std::shared_ptr<Task>) override { act_(); }

 private:
  std::function<void()> act_;
};

constexpr std::chrono::hours kNever{1};  // is a task taken for a long one

bool submit(Pool& pool, std::function<void()> act) { return pool.submit(std::make_shared<Act>(std::move(act))); }

TEST(Pool, RunsNoMoreThanItShouldThoughItHasMoreThreads) {
  Pool pool(16, 1000, 2, kNever);
  std::atomic<int> inside{0}, most{0};
  std::latch done(500);
  for (int i = 0; i < 500; ++i)
    ASSERT_TRUE(submit(pool, [&] {
      int now = ++inside, seen = most;
      while (now > seen && !most.compare_exchange_weak(seen, now)) {}
      std::this_thread::yield();
      --inside;
      done.count_down();
    }));
  done.wait();
  EXPECT_LE(most, 2);
}

TEST(Pool, WhoIsAwayKeepsNobodyWaiting) {
  Pool pool(4, 10, 1, kNever);
  std::latch gone(1), other(1), back(1);
  ASSERT_TRUE(submit(pool, [&] {
    {
      Away away;
      Away within;
      gone.count_down();
      other.wait();  // were it counted, this would be for ever
    }
    back.count_down();
  }));
  gone.wait();
  ASSERT_TRUE(submit(pool, [&] { other.count_down(); }));
  back.wait();
}

TEST(Pool, WhatWaitedGoesOnWhenSomebodyGoesAway) {
  Pool pool(4, 10, 1, kNever);
  std::latch running(1), queued(1), other(1), back(1);
  ASSERT_TRUE(submit(pool, [&] {
    running.count_down();
    queued.wait();
    Away away;
    other.wait();
    back.count_down();
  }));
  running.wait();
  ASSERT_TRUE(submit(pool, [&] { other.count_down(); }));
  EXPECT_EQ(pool.waiting(), 1u);
  queued.count_down();
  back.wait();
}

TEST(Pool, WhatRunsForLongKeepsNobodyWaiting) {
  Pool pool(4, 10, 1, std::chrono::milliseconds(1));
  std::latch running(1), other(1), back(1);
  ASSERT_TRUE(submit(pool, [&] {
    running.count_down();
    other.wait();
    back.count_down();
  }));
  running.wait();
  ASSERT_TRUE(submit(pool, [&] { other.count_down(); }));
  back.wait();
}

TEST(Pool, StopsWithTasksThatNeverRan) {
  auto held = std::make_shared<int>(0);
  {
    Pool pool(2, 10, 1, kNever);
    std::latch running(1), stop(1);
    ASSERT_TRUE(submit(pool, [&] {
      running.count_down();
      stop.wait();
    }));
    running.wait();
    ASSERT_TRUE(submit(pool, [held] { ++*held; }));
    std::thread stopping([&] { pool.stop(); });
    stop.count_down();
    stopping.join();
    EXPECT_FALSE(submit(pool, [] {}));
  }
  EXPECT_EQ(held.use_count(), 1) << "released with the pool, run or not";
}

}  // namespace
}  // namespace musubi::http
