// Commits that are synced beside the next batch: who is answered when, and what a failed sync means. SQLite alone.
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "base/away.h"
#include "base/metrics.h"
#include "db/db_test_support.h"
#include "db/writers.h"
#include "support/fault_vfs.h"

namespace musubi::db {
namespace {

using testing::FaultVfs;

class SyncingTest : public testing::StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    disk.reset();
    open_store();
    auto made = store->create("town");
    ASSERT_OK(made);
    db = *made;
    ASSERT_OK(db->write([](Transaction& tx) { return note(tx, 1); }));  // the log file is open
    log->take();
  }
  void TearDown() override {
    disk.release_syncs();
    for (auto& thread : threads) thread.join();
    db.reset();
    StoreTest::TearDown();
    disk.reset();
  }

  static constexpr std::int64_t kCallers = 2 * WriteQueue::kFew;

  void open_store() {
    auto with = options(town_schema());
    with.sqlite_vfs = testing::kFaultVfs;
    with.make_listener = [this](Database&, Reader&) -> Result<std::unique_ptr<CommitListener>> {
      return std::unique_ptr<CommitListener>(std::make_unique<RecordingListener>(log));
    };
    open(std::move(with));
  }
  void open_town() {
    open_store();
    db = store->organisation("town").value();
  }

  // Several batches, the first of one call; the writer comes to the second while the first one's sync is held.
  void batches_with_the_first_sync_held() {
    std::mutex gate;
    std::unique_lock closed(gate);
    call([&](Transaction& tx) -> Result<void> {
      std::lock_guard wait(gate);
      return note(tx, 2);
    });
    await_waiting(1);
    for (std::int64_t id = 3; id < 2 + kCallers; ++id) call([id](Transaction& tx) { return note(tx, id); });
    await_waiting(kCallers);
    disk.hold_syncs();
    closed.unlock();
    disk.await_held_sync();
    while (std::count(calls.begin(), calls.end(), "committed") < 2)
      for (auto& one : log->take()) calls.push_back(std::move(one));
  }
  void call(std::function<Result<void>(Transaction&)> closure) {
    threads.emplace_back([this, closure = std::move(closure)] {
      auto done = db->write(closure);
      std::lock_guard lock(mutex);
      answers.push_back(done.ok() ? "kept" : done.error().name);
    });
  }
  void await_waiting(std::int64_t n) {
    auto& waiting = metrics::gauge("musubi_db_writes_waiting", "");
    while (waiting.value() != n) std::this_thread::yield();
  }
  std::vector<std::string> all_answers() {
    for (auto& thread : threads) thread.join();
    threads.clear();
    return answers;
  }

  FaultVfs& disk = FaultVfs::instance();
  std::shared_ptr<RecordingListener::Log> log = std::make_shared<RecordingListener::Log>();
  std::shared_ptr<Database> db;
  std::vector<std::thread> threads;
  std::mutex mutex;
  std::vector<std::string> answers, calls;
};

TEST_P(SyncingTest, TheNextBatchIsWrittenMeanwhileAndNobodyIsAnsweredBefore) {
  batches_with_the_first_sync_held();
  EXPECT_EQ(std::count(calls.begin(), calls.end(), "durable"), 0);
  {
    std::lock_guard lock(mutex);
    EXPECT_TRUE(answers.empty());
  }
  disk.release_syncs();
  EXPECT_EQ(all_answers(), std::vector<std::string>(kCallers, "kept"));
  auto rest = log->take();
  EXPECT_GE(std::count(rest.begin(), rest.end(), "durable"), 2);
  EXPECT_EQ(count(*db), kCallers + 1);
}

TEST_P(SyncingTest, AReaderIsAnsweredWhenWhatItSawIsDurable) {
  batches_with_the_first_sync_held();
  std::atomic<bool> saw{false}, answered{false};
  struct Pool final : Lender {
    void away() override { gone = true; }
    void back() override { gone = false; }
    std::atomic<bool> gone{false};
  } pool;
  std::thread reader([&] {
    lender = &pool;
    auto seen = db->read([&](Reader& r) -> Result<std::int64_t> {
      auto rows = TRY(r.query("SELECT count(*) FROM town_note"));
      saw = true;
      return rows[0].integer(0);
    });
    answered = true;
    EXPECT_GT(seen.value(), 2) << "more than what was durable before";
  });
  while (!saw || !pool.gone) std::this_thread::yield();  // it keeps nobody else from running meanwhile
  for (int i = 0; i < 1000; ++i) std::this_thread::yield();
  EXPECT_FALSE(answered);
  disk.release_syncs();
  reader.join();
  EXPECT_FALSE(pool.gone);
  all_answers();
}

TEST_P(SyncingTest, AnotherProcessSyncsBeforeItTellsWhatItRead) {
  auto beside = options(town_schema());
  beside.sqlite_vfs = testing::kFaultVfs;
  beside.read_only = true;
  auto other = Store::open(std::move(beside));
  ASSERT_OK(other);
  auto same = (*other)->organisation("town");
  ASSERT_OK(same);
  disk.hold_syncs();
  call([](Transaction& tx) { return note(tx, 2); });
  disk.await_held_sync();  // committed, and not synced
  std::atomic<bool> answered{false};
  std::thread reader([&] {
    EXPECT_EQ(count(**same), 2);
    answered = true;
  });
  for (int i = 0; i < 1000; ++i) std::this_thread::yield();
  EXPECT_FALSE(answered);
  disk.release_syncs();
  reader.join();
  EXPECT_EQ(all_answers(), std::vector<std::string>{"kept"});
}

TEST_P(SyncingTest, ALinkedDatabaseHasItsLogWhereSqliteHasIt) {
  db.reset();
  store.reset();
  const std::string file = folder.path() + "/data/town/musubi.db", elsewhere = folder.path() + "/elsewhere.db";
  std::filesystem::rename(file, elsewhere);
  std::filesystem::create_symlink(elsewhere, file);
  disk.reset();
  open_town();
  ASSERT_OK(db->write([](Transaction& tx) { return note(tx, 2); }));
  EXPECT_TRUE(std::filesystem::exists(elsewhere + "-wal"));
  EXPECT_FALSE(std::filesystem::exists(file + "-wal"));
  EXPECT_GT(disk.count(FaultVfs::Call::kSync), 0);
}

TEST_P(SyncingTest, AfterAFailedSyncNobodyIsToldThatAnActStands) {
  batches_with_the_first_sync_held();
  disk.fail(FaultVfs::Call::kSync, 1, FaultVfs::kForever);
  disk.release_syncs();
  auto said = all_answers();
  EXPECT_EQ(std::count(said.begin(), said.end(), "kept"), 0);
  auto failed = std::count(said.begin(), said.end(), "db.failed");  // whose sync it was
  EXPECT_GE(failed, 1);
  EXPECT_EQ(std::count(said.begin(), said.end(), "db.refusing"), kCallers - failed) << "written behind it, or not at all";
  EXPECT_TRUE(db->refusing());
  auto rest = log->take();
  EXPECT_EQ(std::count(rest.begin(), rest.end(), "durable"), 0);
  EXPECT_GE(count(*db), 1) << "reading goes on";
  disk.fail(FaultVfs::Call::kSync, 0, 0);  // healthy again, which nobody can tell
  EXPECT_ERROR(db->backup_to(folder.path() + "/backup.db"), "db.refusing");
  EXPECT_FALSE(std::filesystem::exists(folder.path() + "/backup.db"));
  EXPECT_ERROR(db->write([](Transaction& tx) { return note(tx, 9); }), "db.refusing");
}

TEST_P(SyncingTest, WhatWasNotSyncedIsGoneAfterAPowerLossAndNobodyWasToldOfIt) {
  db.reset();
  store.reset();
  disk.reset();
  disk.remember(folder.path());
  open_town();
  ASSERT_OK(db->write([](Transaction& tx) { return note(tx, 20); }));
  log->take();
  batches_with_the_first_sync_held();
  disk.cut_power();
  disk.release_syncs();
  auto said = all_answers();
  EXPECT_EQ(std::count(said.begin(), said.end(), "kept"), 0);
  db.reset();
  store.reset();
  disk.restore_synced();
  open_town();
  EXPECT_EQ(count(*db), 2);  // 1 and 20
}

INSTANTIATE_TEST_SUITE_P(Sqlite, SyncingTest, ::testing::Values(musubi::testing::BackEnd::kSqlite), musubi::testing::back_end_name);

}  // namespace
}  // namespace musubi::db
