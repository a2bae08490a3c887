// Group commit: what one closure may do to the others (nothing), in which order the listener hears of it, and who waits.
#include "db/writers.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <thread>

#include "base/metrics.h"
#include "db/db_test_support.h"

namespace musubi::db {
namespace {

using Strings = std::vector<std::string>;

class WritersTest : public testing::StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    auto with = options(town_schema());
    with.make_listener = [this](Database&, Reader&) -> Result<std::unique_ptr<CommitListener>> {
      return std::unique_ptr<CommitListener>(std::make_unique<RecordingListener>(log));
    };
    open(std::move(with));
    auto made = store->create("town");
    ASSERT_OK(made);
    db = *made;
    log->take();
  }
  void TearDown() override {
    db.reset();
    StoreTest::TearDown();
  }

  // Runs the closures in one batch: the first holds the writer until all the others wait in the queue.
  std::vector<Result<void>> together(std::vector<std::function<Result<void>(Transaction&)>> closures) {
    std::vector<Result<void>> results(closures.size());
    std::mutex mutex;
    std::condition_variable changed;
    bool holding = false, go = false;
    std::thread holder([&] {
      static_cast<void>(db->write([&](Transaction&) -> Result<void> {
                            std::unique_lock lock(mutex);
                            holding = true;
                            changed.notify_all();
                            changed.wait(lock, [&] { return go; });
                            return {};
                          }).ok());
    });
    {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return holding; });
    }
    std::vector<std::thread> threads;
    auto& waiting = metrics::gauge("musubi_db_writes_waiting", "");
    for (std::size_t i = 0; i < closures.size(); ++i) {  // they queue in this order
      auto before = waiting.value();
      threads.emplace_back([&, i] { results[i] = db->write(closures[i]); });
      while (waiting.value() == before) std::this_thread::yield();
    }
    log->take();
    {
      std::lock_guard lock(mutex);
      go = true;
    }
    changed.notify_all();
    holder.join();
    for (auto& thread : threads) thread.join();
    return results;
  }

  // Without the end of the batch that held the queue, and without what another thread reports.
  Strings calls() {
    auto all = log->take();
    std::erase(all, "durable");
    EXPECT_GE(all.size(), 3u);
    all.erase(all.begin(), all.begin() + 3);  // ended, before, committed
    return all;
  }

  std::shared_ptr<RecordingListener::Log> log = std::make_shared<RecordingListener::Log>();
  std::shared_ptr<Database> db;
};

Result<void> put_house(Transaction& tx, const std::string& id) {
  return tx.put("town_house", {{"id", id}, {"name", id}, {"size", std::int64_t(1)}, {"area", 1.5}, {"photo", blob("x")}});
}

TEST_P(WritersTest, OneFailingClosureHarmsNoOther) {
  auto results = together({[](Transaction& tx) { return put_house(tx, "a"); },
                           [](Transaction& tx) -> Result<void> {
                             TRY(put_house(tx, "b"));
                             TRY(tx.query("SELECT 1"));
                             return refused();
                           },
                           [](Transaction& tx) { return put_house(tx, "c"); }});
  EXPECT_TRUE(results[0].ok());
  EXPECT_EQ(results[1].error().name, "town.refused");
  EXPECT_TRUE(results[2].ok());
  EXPECT_EQ(count(*db, "town_house"), 2);
  Strings whole{"began", "put town_house a", "ended", "began", "put town_house b", "undone"};
  Strings expected{"batch"};
  expected.insert(expected.end(), whole.begin(), whole.end());
  if (!on_postgres()) {  // once more, now with savepoints
    expected.insert(expected.end(), {"back", "batch"});
    expected.insert(expected.end(), whole.begin(), whole.end());
  }
  expected.insert(expected.end(), {"began", "put town_house c", "ended", "before", "committed"});
  EXPECT_EQ(calls(), expected);
}

TEST_P(WritersTest, AClosureRefusedBeforeItChangedARowCostsTheOthersNothing) {
  auto results = together({[](Transaction& tx) { return put_house(tx, "a"); },
                           [](Transaction& tx) -> Result<void> {
                             TRY(tx.query("SELECT 1"));
                             return refused();
                           },
                           [](Transaction& tx) { return put_house(tx, "c"); }});
  EXPECT_TRUE(results[0].ok());
  EXPECT_ERROR(results[1], "town.refused");
  EXPECT_TRUE(results[2].ok());
  EXPECT_EQ(calls(), (Strings{"batch", "began", "put town_house a", "ended", "began", "undone", "began", "put town_house c", "ended",
                              "before", "committed"}));
}

TEST_P(WritersTest, SeveralFailingClosuresAreUndoneInOneSecondRun) {
  auto fails = [](std::int64_t id) {
    return [id](Transaction& tx) -> Result<void> {
      TRY(note(tx, id));
      return refused();
    };
  };
  auto results = together(
      {fails(1), [](Transaction& tx) { return note(tx, 2); }, fails(3), [](Transaction& tx) { return note(tx, 4); }, fails(5)});
  for (std::size_t i = 0; i < results.size(); ++i) EXPECT_EQ(results[i].ok(), i % 2 == 1) << i;
  EXPECT_EQ(count(*db), 2);
  auto all = log->take();
  if (!on_postgres()) { EXPECT_EQ(std::count(all.begin(), all.end(), "back"), 1); }
}

TEST_P(WritersTest, AFailedStatementUndoesOnlyItsClosureEvenWhenSwallowed) {
  ASSERT_OK(db->write([](Transaction& tx) { return note(tx, 7); }));
  auto results = together({[](Transaction& tx) { return note(tx, 1); },
                           [](Transaction& tx) -> Result<void> {
                             TRY(note(tx, 2));
                             static_cast<void>(note(tx, 7).ok());  // there already
                             return {};
                           },
                           [](Transaction& tx) { return note(tx, 3); }, [](Transaction& tx) { return note(tx, 4); }});
  EXPECT_TRUE(results[0].ok());
  EXPECT_ERROR(results[1], "db.constraint");
  EXPECT_TRUE(results[2].ok());
  EXPECT_TRUE(results[3].ok());
  EXPECT_EQ(count(*db), 4);
  auto all = log->take();
  std::erase(all, "durable");
  EXPECT_EQ(all.back(), "committed");
  if (!on_postgres()) {
    EXPECT_EQ(std::count(all.begin(), all.end(), "undone"), 2);  // in the first run and in the one with savepoints
  }
}

TEST_P(WritersTest, ABatchOfRefusedClosuresSyncsNothing) {
  log->take();
  EXPECT_ERROR(db->write([](Transaction&) -> Result<void> { return refused(); }), "town.refused");
  EXPECT_EQ(log->take(), (Strings{"batch", "began", "undone", "back"}));
}

TEST_P(WritersTest, TheListenerMayUndoAClosure) {
  log->ended = [](Transaction&) -> Result<void> { return refused(); };
  EXPECT_ERROR(db->write([](Transaction& tx) { return put_house(tx, "a"); }), "town.refused");
  EXPECT_EQ(log->take(), (Strings{"batch", "began", "put town_house a", "ended", "undone", "back"}));
  EXPECT_EQ(count(*db, "town_house"), 0);
}

TEST_P(WritersTest, AnErrorBeforeTheCommitUndoesAll) {
  log->before = [](Transaction&) -> Result<void> { return refused(); };
  EXPECT_ERROR(db->write([](Transaction& tx) { return note(tx, 1); }), "town.refused");
  EXPECT_EQ(log->take(), (Strings{"batch", "began", "ended", "before", "back"}));
  log->before = nullptr;
  EXPECT_EQ(count(*db), 0);
  ASSERT_OK(db->write([](Transaction& tx) { return note(tx, 1); }));
}

TEST_P(WritersTest, TheListenerWritesInTheSameTransaction) {
  log->before = [](Transaction& tx) { return note(tx, 100); };
  ASSERT_OK(db->write([](Transaction& tx) { return note(tx, 1); }));
  EXPECT_EQ(count(*db), 2);
  EXPECT_ERROR(db->write([](Transaction& tx) { return note(tx, 2); }), "db.constraint");  // 100 is there
  EXPECT_EQ(count(*db), 2);
}

TEST_P(WritersTest, RemoveTellsTheListenerOnlyOfARowThatWasThere) {
  ASSERT_OK(db->write([](Transaction& tx) { return put_house(tx, "a"); }));
  log->take();
  ASSERT_OK(db->write([](Transaction& tx) -> Result<void> {
    TRY(tx.remove("town_house", {std::string("none")}));
    return tx.remove("town_house", {std::string("a")});
  }));
  EXPECT_EQ(log->take(), (Strings{"batch", "began", "removed town_house a", "ended", "before", "committed", "durable"}));
  EXPECT_EQ(count(*db, "town_house"), 0);
}

TEST_P(WritersTest, PutStoresTheSaltOfTheListenerAndReplacesByKey) {
  ASSERT_OK(db->write([](Transaction& tx) -> Result<void> {
    TRY(put_house(tx, "a"));
    return tx.put("town_house",
                  {{"name", std::string("new")}, {"id", std::string("a")}, {"photo", Value()}, {"area", Value()}, {"size", Value()}});
  }));
  auto rows = db->read([](Reader& r) { return r.query("SELECT name, size, row_salt FROM town_house"); });
  ASSERT_OK(rows);
  ASSERT_EQ(rows->size(), 1u);
  EXPECT_EQ(rows.value()[0].text(0), "new");
  EXPECT_TRUE(rows.value()[0].is_null(1));
  EXPECT_EQ(rows.value()[0].blob(2), "0123456789abcdef");
}

TEST_P(WritersTest, SixtyFourThreadsShareCommitsAndLoseNothing) {
  constexpr int kThreads = 64, kEach = 20;
  auto commits_before = metrics::counter("musubi_db_commits_total", "").value();
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        std::int64_t id = t * 1000 + i;
        bool refuse = i % 5 == 4;
        auto result = db->write([&](Transaction& tx) -> Result<std::int64_t> {
          TRY(note(tx, id));
          if (refuse) return refused();
          return id;
        });
        bool right = refuse ? !result.ok() && result.error().name == "town.refused" : result.ok() && *result == id;
        if (!right) ++wrong;
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(count(*db), kThreads * kEach * 4 / 5);
  auto commits = metrics::counter("musubi_db_commits_total", "").value() - commits_before;
  EXPECT_LT(commits, std::uint64_t(kThreads * kEach / 4));
}

TEST_P(WritersTest, WhatABatchLeftToPublishIsPublishedAlsoWhenItsLastPartLeftNothing) {
  ASSERT_OK(db->write([](Transaction& tx) { return note(tx, 7); }));
  int commits = 0;
  log->grown = [&] { return ++commits == 2; };  // the first one ends the batch that held the queue
  auto results = together({[](Transaction& tx) { return put_house(tx, "a"); }, [](Transaction& tx) { return note(tx, 7); },
                           [](Transaction& tx) { return note(tx, 8); }});
  EXPECT_TRUE(results[0].ok());
  EXPECT_ERROR(results[1], "db.constraint");
  EXPECT_TRUE(results[2].ok());
  auto all = log->take();
  EXPECT_EQ(std::count(all.begin(), all.end(), "durable"), 1);
}

TEST_P(WritersTest, AFullQueueIsAnsweredAtOnce) {
  std::mutex gate;
  std::unique_lock held(gate);
  std::thread holder([&] {
    ASSERT_OK(db->write([&](Transaction&) -> Result<void> {
      std::lock_guard wait(gate);
      return {};
    }));
  });
  while (log->take().empty()) std::this_thread::yield();
  std::atomic<int> busy{0}, fine{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < int(WriteQueue::kLimit) + 10; ++t)
    threads.emplace_back([&] {
      auto result = db->write([](Transaction&) -> Result<void> { return {}; });
      if (result.ok())
        ++fine;
      else if (result.error().name == "db.busy")
        ++busy;
    });
  while (busy < 11) std::this_thread::yield();
  held.unlock();
  holder.join();
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(busy, 11);
  EXPECT_EQ(fine, int(WriteQueue::kLimit) - 1);
}

TEST_P(WritersTest, AfterTheStoreIsGoneWritesAreRefused) {
  ASSERT_OK(db->write([](Transaction& tx) { return note(tx, 1); }));
  if (on_postgres()) return;
  store.reset();
  EXPECT_ERROR(db->write([](Transaction& tx) { return note(tx, 2); }), "db.refusing");
}

TEST_P(WritersTest, EvidencedTablesAreClosedToExecute) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(static_cast<void>(db->write([](Transaction& tx) { return tx.execute("DELETE FROM town_house"); }).ok()),
               "CHECK|check|violated|guard");
}

INSTANTIATE_TEST_SUITE_P(Both, WritersTest, ::testing::ValuesIn(testing::back_ends()), testing::back_end_name);

}  // namespace
}  // namespace musubi::db
