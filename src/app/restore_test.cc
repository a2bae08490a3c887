// Restores that are cut off at every step, by the end of the process, on both back ends: what is left is either nothing of
// that name, or the whole restored organisation, and the same command brings it about.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "app/installation.h"
#include "app/services.h"
#include "base/file.h"
#include "evidence/log.h"
#include "evidence/receipt.h"
#include "evidence/record.h"
#include "evidence/routes.h"
#include "identity/linker.h"
#include "identity/resident_sessions.h"
#include "support/log_world.h"
#include "support/store_fixture.h"

namespace musubi::app {
namespace {

namespace fs = std::filesystem;

class Restored : public testing::StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    config.data = folder.path() + "/data";
    config.postgres = postgres();
    backup = folder.path() + "/aoba.backup";
    reopen();
    ASSERT_OK(installation->create_organisation({"aoba", {"municipality", {"青葉町", "Aoba Town"}}, "example.jp/aoba", "管理者"}));
    officer = appoint("佐藤 花子").value();
    ASSERT_OK(database()->backup_to(backup));
  }
  void TearDown() override {
    installation.reset();
    StoreTest::TearDown();
  }

  void reopen() {
    installation.reset();
    auto opened = Installation::open(config, Opening::kServe);
    ASSERT_OK(opened);
    installation = std::move(*opened);
  }
  std::shared_ptr<db::Database> database() { return installation->store().organisation("aoba").value(); }
  Result<identity::Officer> appoint(const char* name) {
    return database()->write([&](db::Transaction& tx) {
      return identity::appoint(tx, name, identity::Role::kOfficer, "operator", installation->clock().now());
    });
  }

  // The appointment of the officer is erased, then the database is lost; keys and erasure list stand.
  void erase_and_lose() {
    std::uint64_t index = evidence::Log::of(*database()).size() - 1;
    ASSERT_OK(installation->erase("aoba", {index}, "request", "operator"));
    lose();
  }
  void lose() {
    installation.reset();
    if (on_postgres())
      run_on_postgres("DROP SCHEMA IF EXISTS musubi_aoba CASCADE");
    else
      fs::remove(config.data + "/aoba/musubi.db");
  }

  // In a process of its own, which ends without a word once it has come to `step`.
  void restore_and_cut(RestoreStep step) {
    pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      auto opened = Installation::open(config, Opening::kServe);
      if (!opened.ok()) _exit(1);
      auto done = (*opened)->restore_organisation({"aoba", backup, "operator", [&](RestoreStep now) {
                                                     if (now == step) _exit(9);
                                                   }});
      _exit(done.ok() ? 0 : 2);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));
    ASSERT_EQ(WEXITSTATUS(status), 9);
  }

  // Whole, under a new name, with what was erased erased, and writable.
  void expect_restored() {
    auto report = installation->verify("aoba", {});
    ASSERT_OK(report);
    EXPECT_TRUE(report->clean()) << report->findings[0].where << " " << report->findings[0].message.en;
    EXPECT_TRUE(report->origin.starts_with("example.jp/aoba/2-")) << report->origin;
    EXPECT_EQ(report->erased, 1u);
    EXPECT_EQ(installation->keys("aoba").value()->origin, report->origin);
    auto found = database()->read([&](db::Reader& reader) { return identity::find_officer(reader, officer.code); }).value();
    ASSERT_TRUE(found);
    EXPECT_FALSE(found->name);
    ASSERT_OK(appoint("鈴木"));
    EXPECT_TRUE(installation->verify("aoba", {})->clean());
    EXPECT_EQ(remains(), "");
  }
  // What should not lie about: copies, keys that are no longer waited for.
  std::string remains() {
    std::string out;
    for (const auto& entry : fs::recursive_directory_iterator(config.data)) {
      std::string name = entry.path().filename();
      if (name.starts_with(".new-") || name == "keys.next") out += entry.path().string() + " ";
    }
    return out;
  }
  std::size_t keys_set_aside() {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(config.data + "/aoba"))
      if (entry.path().filename().string().starts_with("keys.before-restore-")) ++count;
    return count;
  }

  Config config;
  std::string backup;
  identity::Officer officer;
  std::unique_ptr<Installation> installation;
};
INSTANTIATE_TEST_SUITE_P(Both, Restored, ::testing::ValuesIn(testing::back_ends()), testing::back_end_name);

// However many were signed in: some hundred a record, and a cut between two of them is taken up again.
TEST_P(Restored, EndsManySessionsSomeAtATime) {
  for (int batch = 0; batch < 2; ++batch)
    ASSERT_OK(database()->write([&](db::Transaction& tx) -> Result<void> {
      for (int i = 0; i < 600; ++i)
        TRY(identity::open_resident_session(tx, "resident-" + std::to_string(batch * 600 + i), installation->clock().now()));
      return {};
    }));
  fs::remove(backup);
  ASSERT_OK(database()->backup_to(backup));
  lose();
  restore_and_cut(RestoreStep::kAccessEnding);
  reopen();
  EXPECT_ERROR(installation->store().organisation("aoba"), "org.unknown");
  ASSERT_OK(installation->restore_organisation({"aoba", backup}));
  auto left = database()->read([](db::Reader& reader) {
    return reader.query("SELECT (SELECT count(*) FROM identity_opened) + (SELECT count(*) FROM identity_resident_session)");
  });
  EXPECT_EQ(left.value()[0].integer(0), 0);
  auto ended = database()->read([](db::Reader& reader) { return evidence::read_records(reader, 0, 10, "identity.access_ended"); });
  ASSERT_OK(ended);
  std::vector<std::size_t> counts;
  for (const auto& record : *ended) {
    auto lines = evidence::parse_manifest(record.manifest);
    ASSERT_OK(lines);
    counts.push_back(lines->size());
    EXPECT_NE(record.head.find("\"count\":" + std::to_string(lines->size())), std::string::npos) << record.head;
  }
  EXPECT_EQ(counts, (std::vector<std::size_t>{500, 500, 201})) << "with the administrator's link";
  EXPECT_TRUE(installation->verify("aoba", {})->clean());
}

TEST_P(Restored, CutAtEveryStepLeavesNothingOrAll) {
  erase_and_lose();
  for (auto step : {RestoreStep::kCopied, RestoreStep::kKeysMade, RestoreStep::kOpened, RestoreStep::kErased, RestoreStep::kKept}) {
    SCOPED_TRACE(int(step));
    restore_and_cut(step);
    reopen();
    EXPECT_ERROR(installation->store().organisation("aoba"), "org.unknown");
    EXPECT_TRUE(installation->store().organisations()->empty());
    installation.reset();
  }
  restore_and_cut(RestoreStep::kPublished);
  reopen();
  EXPECT_ERROR(installation->restore_organisation({"aoba", backup}), "org.exists");
  expect_restored();
  EXPECT_EQ(keys_set_aside(), 1u);
  for (int again = 0; again < 2; ++again) {  // whatever is lost next: keys never overwrite others
    lose();
    restore_and_cut(again ? RestoreStep::kKeysSettled : RestoreStep::kKept);
  }
  reopen();
  expect_restored();
  EXPECT_EQ(keys_set_aside(), 2u);
}

TEST_P(Restored, ACutBetweenTheTwoMovesOfTheKeysIsTakenUp) {
  erase_and_lose();
  restore_and_cut(RestoreStep::kPublished);
  fs::rename(config.data + "/aoba/keys", config.data + "/aoba/keys.before-restore-x");
  reopen();
  expect_restored();
}

TEST_P(Restored, ACutAttemptIsRepeated) {
  erase_and_lose();
  restore_and_cut(RestoreStep::kKept);
  reopen();
  auto done = installation->restore_organisation({"aoba", backup});
  ASSERT_OK(done);
  EXPECT_EQ(*done, 1u);
  expect_restored();
}

TEST_P(Restored, AnExistingOrganisationIsLeftAsItIs) {
  auto before = read_file(config.data + "/aoba/keys/origin", 1000).value();
  for (int open = 0; open < 2; ++open) {
    if (open) ASSERT_OK(installation->store().organisation("aoba"));
    auto refused = installation->restore_organisation({"aoba", backup});
    EXPECT_ERROR(refused, "org.exists");
    const std::string aside = on_postgres() ? "ALTER SCHEMA musubi_aoba RENAME TO kept_aoba" : config.data + "/aoba/musubi.db";
    EXPECT_NE(refused.error().message.en.find(aside), std::string::npos) << refused.error().message.en;
    EXPECT_NE(refused.error().message.ja.find(aside), std::string::npos);
    reopen();
  }
  EXPECT_EQ(keys_set_aside(), 0u);
  EXPECT_EQ(remains(), "");
  auto report = installation->verify("aoba", {});
  ASSERT_OK(report);
  EXPECT_TRUE(report->clean());
  EXPECT_EQ(report->origin, "example.jp/aoba");
  ASSERT_OK(appoint("鈴木"));
  EXPECT_EQ(read_file(config.data + "/aoba/keys/origin", 1000).value(), before);
}

// By the very steps that the refusal names.
TEST_P(Restored, WhatIsMovedAsideIsReplaced) {
  installation.reset();
  if (on_postgres()) {
    run_on_postgres("ALTER SCHEMA musubi_aoba RENAME TO kept_aoba");
  } else {
    for (const char* end : {"", "-wal", "-shm"}) {
      std::error_code none;
      fs::rename(config.data + "/aoba/musubi.db" + end, folder.path() + "/aside" + end, none);
    }
  }
  reopen();
  ASSERT_OK(installation->restore_organisation({"aoba", backup}));
  auto report = installation->verify("aoba", {});
  ASSERT_OK(report);
  EXPECT_TRUE(report->clean()) << report->findings[0].where << " " << report->findings[0].message.en;
  EXPECT_TRUE(report->origin.starts_with("example.jp/aoba/2-")) << report->origin;
  EXPECT_EQ(installation->store().organisations().value(), std::vector<std::string>{"aoba"});
}

struct Acknowledged {
  std::uint64_t index = 0;
  std::string officer, receipt;
};

// Callers who write until they are told to stop: each act is an officer's row with its record, and a second record that names them.
class Busy {
 public:
  explicit Busy(db::Database& database) : database_(database) {
    for (int i = 0; i < 16; ++i) threads_.emplace_back([this] { write(); });
  }
  ~Busy() { stop(); }
  void stop() {
    stopped_ = true;
    for (auto& thread : threads_)
      if (thread.joinable()) thread.join();
  }
  std::vector<Acknowledged> once_there_are(std::size_t count) {
    std::unique_lock lock(mutex_);
    more_.wait(lock, [&] { return all_.size() >= count || failed_; });
    return all_;
  }
  std::size_t count() { return once_there_are(0).size(); }
  bool failed() const { return failed_; }

 private:
  void write() {
    while (!stopped_) {
      auto one = act();
      std::lock_guard lock(mutex_);
      if (one.ok())
        all_.push_back(std::move(*one));
      else
        failed_ = stopped_ = true;
      more_.notify_all();
    }
  }
  Result<Acknowledged> act() {
    Acknowledged out;
    TRY(database_.write([&](db::Transaction& tx) -> Result<void> {
      auto& log = evidence::Log::of(tx);
      out.officer = TRY(identity::appoint(tx, "架空", identity::Role::kOfficer, "operator", log.now())).code;
      out.index =
          TRY(evidence::append(
                  tx, {evidence::body_read_type(), "evidence/read/" + out.officer, "operator", "", {{"records", 1}}, json::object{}}))
              .index;
      return {};
    }));
    out.receipt = TRY(evidence::Log::of(database_).receipt(out.index));
    return out;
  }

  db::Database& database_;
  std::atomic<bool> stopped_ = false, failed_ = false;
  std::mutex mutex_;
  std::condition_variable more_;
  std::vector<Acknowledged> all_;
  std::vector<std::thread> threads_;
};

evidence::Checkpoint checkpoint_of(const std::string& note) {
  return evidence::parse_checkpoint(crypto::parse_note(note).value().text).value();
}

// It is of one moment: every act that was acknowledged before it began is in it, and no half of one that came in between.
TEST_P(Restored, ABackupUnderLoadHoldsAllThatWasAcknowledgedBefore) {
  std::vector<Acknowledged> before;
  std::size_t during = 0;
  {
    auto busy_database = database();
    Busy busy(*busy_database);
    for (std::size_t attempt = 1; attempt <= 50 && during == 0 && !busy.failed(); ++attempt) {
      fs::remove(backup);
      before = busy.once_there_are(100 * attempt);
      auto done = busy_database->backup_to(backup);
      during = busy.count() - before.size();
      ASSERT_OK(done);
    }
    busy.stop();
    ASSERT_FALSE(busy.failed());
  }
  ASSERT_GT(during, 0u) << "nobody was answered while it was made";
  lose();
  reopen();
  ASSERT_OK(installation->restore_organisation({"aoba", backup}));
  auto report = installation->verify("aoba", {});
  ASSERT_OK(report);
  EXPECT_TRUE(report->clean()) << report->findings[0].where << " " << report->findings[0].message.en;
  auto restored = database();
  auto& log = evidence::Log::of(*restored);
  auto keys = testing::published_keys(*restored);
  auto now = checkpoint_of(log.checkpoint());
  std::map<std::uint64_t, std::string> named;
  std::set<std::string> there;
  ASSERT_OK(restored->read([&](db::Reader& reader) -> Result<void> {
    for (std::uint64_t from = 0; from < log.size(); from += 1000)
      for (const auto& one : TRY(evidence::read_records(reader, from, 1000)))
        if (one.type == "evidence.body_read") named[one.index] = one.stream.substr(14);
    for (const auto& one : TRY(identity::officers(reader)))
      if (one.name == "架空") there.insert(one.code);
    return {};
  }));
  EXPECT_EQ(named.size(), there.size()) << "half of an act";
  for (const auto& one : before) {
    auto given = evidence::parse_receipt(one.receipt).value();
    EXPECT_TRUE(evidence::verify_receipt(given, keys).ok()) << one.index;
    EXPECT_EQ(named[one.index], one.officer) << one.index;
    EXPECT_TRUE(there.contains(one.officer)) << one.index;
    EXPECT_EQ(evidence::parse_receipt(log.receipt(one.index).value()).value().extra, given.extra) << one.index;
    auto then = checkpoint_of(given.checkpoint);
    EXPECT_TRUE(evidence::verify_consistency(then.size, now.size, then.root, now.root, log.consistency(then.size, now.size).value()))
        << one.index;
  }
}

// A linker's codes are made with a secret beside its keys, and its cards lead to the root of before: both go on.
TEST_P(Restored, TheLinkersSecretAndItsEarlierRootGoOn) {
  auto keys = [&] { return config.data + "/aoba/keys"; };
  auto begin = [&] { return database()->read([&](db::Reader& reader) { return identity::Linker::begin(reader, keys()); }); };
  std::string code = begin().value().unlock_code("card-x");
  auto root = installation->keys("aoba").value()->root;
  lose();
  reopen();
  ASSERT_OK(installation->restore_organisation({"aoba", backup}));
  auto after = begin();
  ASSERT_OK(after);
  EXPECT_EQ(after->unlock_code("card-x"), code);
  auto now = installation->keys("aoba").value();
  EXPECT_NE(now->root.der(), root.der());
  EXPECT_EQ(described_roots(*database(), *now, "linker").value(), now->root.pem() + root.pem());
  EXPECT_EQ(described_roots(*database(), *now, "portal").value(), now->root.pem());
}

TEST_P(Restored, AFileThatIsNoBackupLeavesNothing) {
  lose();
  reopen();
  ASSERT_OK(replace_file(backup, "no backup at all", 0600));
  EXPECT_ERROR(installation->restore_organisation({"aoba", backup}), "backup.not_ours");
  EXPECT_ERROR(installation->restore_organisation({"aoba", backup + ".none"}), "restore.no_file");
  EXPECT_EQ(remains(), "");
  EXPECT_EQ(keys_set_aside(), 0u);
}

TEST_P(Restored, AnErasureListThatCannotBeReadStopsItBeforeAnythingIsThere) {
  lose();
  reopen();
  ASSERT_OK(replace_file(installation->erasure_list("aoba"), "no line of ours\n", 0600));
  EXPECT_ERROR(installation->restore_organisation({"aoba", backup}), "erase.bad_list");
  EXPECT_ERROR(installation->store().organisation("aoba"), "org.unknown");
  fs::remove(installation->erasure_list("aoba"));
  ASSERT_OK(installation->restore_organisation({"aoba", backup}));
  EXPECT_TRUE(installation->verify("aoba", {})->clean());
}

// Also an older one than the newest kept checkpoint, and a copy of a copy.
TEST_P(Restored, GoesOnFromARestoredOne) {
  erase_and_lose();
  reopen();
  ASSERT_OK(installation->restore_organisation({"aoba", backup}));
  fs::remove(backup);
  ASSERT_OK(database()->backup_to(backup));
  lose();
  reopen();
  ASSERT_OK(installation->restore_organisation({"aoba", backup}));
  auto report = installation->verify("aoba", {});
  ASSERT_OK(report);
  EXPECT_TRUE(report->clean());
  EXPECT_TRUE(report->origin.starts_with("example.jp/aoba/3-")) << report->origin;
}

}  // namespace
}  // namespace musubi::app
