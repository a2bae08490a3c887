// Organisations: made once, opened on demand, closed when many are open, migrated, kept from a second process.
#include "db/store.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <thread>

#include "db/db_test_support.h"
#include "db/storage_check.h"
#include "support/raw_sql.h"

namespace musubi::db {
namespace {

class OrganisationsTest : public testing::StoreTest {};

std::size_t open_files() {
  std::size_t n = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++n;
  return n;
}

unsigned mode_of(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 ? info.st_mode & 07777 : 0;
}

TEST_P(OrganisationsTest, CreateListOpenAndUnknown) {
  open(options(town_schema()));
  EXPECT_ERROR(store->create("Aoba"), "org.bad_id");
  EXPECT_ERROR(store->create("a"), "org.bad_id");
  EXPECT_ERROR(store->create("../x"), "org.bad_id");
  EXPECT_ERROR(store->organisation("aoba"), "org.unknown");
  ASSERT_OK(store->create("aoba-city"));
  ASSERT_OK(store->create("midori"));
  EXPECT_ERROR(store->create("midori"), "org.exists");
  auto ids = store->organisations();
  ASSERT_OK(ids);
  EXPECT_EQ(*ids, (std::vector<std::string>{"aoba-city", "midori"}));
  auto db = *store->organisation("aoba-city");
  EXPECT_EQ(db->organisation(), "aoba-city");
  ASSERT_OK(db->write([](Transaction& tx) { return note(tx, 1); }));
  EXPECT_EQ(count(*db), 1);
  EXPECT_EQ(count(**store->organisation("midori")), 0);
  db.reset();
  open(options(town_schema()));
  EXPECT_EQ(count(**store->organisation("aoba-city")), 1);
}

TEST_P(OrganisationsTest, FilesArePrivateWhateverTheUmask) {
  mode_t before = umask(0);
  open(options(town_schema()));
  auto made = store->create("aoba");
  ASSERT_OK(made);
  ASSERT_OK((*made)->write([](Transaction& tx) { return note(tx, 1); }));
  umask(before);
  std::string data = folder.path() + "/data";
  EXPECT_EQ(mode_of(data), 0700u);
  EXPECT_EQ(mode_of(data + "/lock"), 0600u);
  if (on_postgres()) return;
  EXPECT_EQ(mode_of(data + "/aoba"), 0700u);
  for (const char* end : {"", "-wal", "-shm"}) EXPECT_EQ(mode_of(data + "/aoba/musubi.db" + end), 0600u) << end;
}

TEST_P(OrganisationsTest, ASecondProcessIsKeptOut) {
  open(options(town_schema()));
  auto again = Store::open(options(town_schema()));
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().name, "db.locked");
  EXPECT_NE(again.error().message.en.find(std::to_string(getpid())), std::string::npos);
  store.reset();
  ASSERT_OK(Store::open(options(town_schema())));

  int ready[2], go[2];
  ASSERT_EQ(pipe(ready), 0);
  ASSERT_EQ(pipe(go), 0);
  auto with = options(town_schema());
  pid_t child = fork();
  if (child == 0) {
    auto other = Store::open(with);
    char c = other.ok() ? 'y' : 'n';
    if (write(ready[1], &c, 1) != 1 || read(go[0], &c, 1) != 1) _exit(1);
    _exit(0);  // dies without closing
  }
  char c = 0;
  ASSERT_EQ(read(ready[0], &c, 1), 1);
  EXPECT_EQ(c, 'y');
  EXPECT_ERROR(Store::open(with), "db.locked");
  ASSERT_EQ(write(go[1], &c, 1), 1);
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_OK(Store::open(with));
}

TEST_P(OrganisationsTest, ThreeHundredOrganisationsWithFewOpen) {
  auto with = options(town_schema());
  with.open_limit = 20;
  open(std::move(with));
  constexpr int kMany = 300;
  for (int i = 0; i < kMany; ++i) {
    auto made = store->create("org-" + std::to_string(i));
    ASSERT_OK(made);
    ASSERT_OK((*made)->write([&](Transaction& tx) { return note(tx, i); }));
  }
  auto kept = *store->organisation("org-0");
  for (int i = 0; i < kMany; i += 7) {
    auto db = store->organisation("org-" + std::to_string(i));
    ASSERT_OK(db);
    EXPECT_EQ(count(**db), 1);
  }
  EXPECT_LT(open_files(), 200u);
  ASSERT_OK(kept->write([](Transaction& tx) { return note(tx, 1'000'000); }));
  EXPECT_EQ(kept, *store->organisation("org-0"));  // in use: never opened twice
  EXPECT_EQ(store->organisations()->size(), std::size_t(kMany));
}

TEST_P(OrganisationsTest, ManyThreadsOpenTheSameOrganisationOnce) {
  auto with = options(town_schema());
  with.open_limit = 2;
  open(std::move(with));
  for (int i = 0; i < 6; ++i) ASSERT_OK(store->create("org-" + std::to_string(i)));
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 25; ++i) {
        auto db = store->organisation("org-" + std::to_string((t + i) % 6));
        if (!db.ok() || !(*db)->write([&](Transaction& tx) { return note(tx, t * 1000 + i); }).ok()) ++wrong;
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  std::int64_t all = 0;
  for (int i = 0; i < 6; ++i) all += count(**store->organisation("org-" + std::to_string(i)));
  EXPECT_EQ(all, 8 * 25);
}

constexpr const char* kSecond =
    "-- @working\nCREATE TABLE town_extra (id INTEGER NOT NULL PRIMARY KEY, t TEXT);\nINSERT INTO town_extra (id, t) VALUES (1, "
    "'x');\n";

TEST_P(OrganisationsTest, MigrationsAreAppliedOnceWhenOpened) {
  open(options(town_schema()));
  ASSERT_OK((*store->create("aoba"))->write([](Transaction& tx) { return note(tx, 5); }));
  auto grown = testing::schema_of({{"town", "001_init.sql", kTownSchema}, {"town", "002_extra.sql", kSecond}});
  for (int i = 0; i < 2; ++i) {
    open(options(grown));
    auto db = store->organisation("aoba");
    ASSERT_OK(db);
    EXPECT_EQ(count(**db, "town_extra"), 1);
    EXPECT_EQ(count(**db), 1);
  }
  open(options(town_schema()));
  auto older = store->organisation("aoba");
  ASSERT_FALSE(older.ok());
  EXPECT_EQ(older.error().name, "db.newer");
  EXPECT_NE(older.error().message.en.find("town 2 extra"), std::string::npos);
}

TEST_P(OrganisationsTest, AChangedMigrationIsRefused) {
  open(options(town_schema()));
  ASSERT_OK(store->create("aoba"));
  std::string changed = kTownSchema;
  changed.replace(changed.find("ratio REAL"), 10, "ratio TEXT");
  open(options(testing::schema_of({{"town", "001_init.sql", changed}})));
  EXPECT_ERROR(store->organisation("aoba"), "db.corrupt");
  open(options(testing::schema_of({{"town", "001_init.sql", std::string("-- another comment\n") + kTownSchema}})));
  EXPECT_TRUE(store->organisation("aoba").ok());
}

TEST_P(OrganisationsTest, AFailingMigrationLeavesNothing) {
  open(options(town_schema()));
  ASSERT_OK((*store->create("aoba"))->write([](Transaction& tx) { return note(tx, 5); }));
  auto bad = testing::schema_of({{"town", "001_init.sql", kTownSchema},
                                 {"town", "002_extra.sql", std::string(kSecond) + "INSERT INTO town_extra (id) VALUES (1);\n"}});
  open(options(bad));
  EXPECT_FALSE(store->organisation("aoba").ok());
  EXPECT_FALSE(store->create("midori").ok());
  open(options(town_schema()));
  ASSERT_OK(store->organisation("aoba"));
  EXPECT_EQ(store->organisations()->size(), 1u);
}

TEST_P(OrganisationsTest, ALogThatIsLongerThanItsBoundIsMovedByTheCheckpointThread) {
  if (on_postgres()) GTEST_SKIP() << "SQLite's log";
  open(options(town_schema()));
  auto db = *store->create("aoba");
  std::string body(1'000'000, 'x');
  for (int i = 0; i < 110; ++i) ASSERT_OK(db->write([&](Transaction& tx) { return note(tx, i, body); }));
  std::string file = folder.path() + "/data/aoba/musubi.db";
  auto moved = [&] { return std::filesystem::file_size(file) > 60'000'000 && std::filesystem::file_size(file + "-wal") < 90'000'000; };
  // The thread works beside the writers: each further commit asks it again, on a busy machine very often.
  const auto enough = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  for (int i = 110; !moved() && std::chrono::steady_clock::now() < enough; ++i)
    ASSERT_OK(db->write([&](Transaction& tx) { return note(tx, i, "x"); }));
  EXPECT_TRUE(moved());
}

TEST_P(OrganisationsTest, DamageIsToldAsDamage) {
  if (on_postgres()) GTEST_SKIP() << "files of SQLite";
  open(options(town_schema()));
  ASSERT_OK(store->create("aoba"));
  store.reset();
  std::ofstream(folder.path() + "/data/aoba/musubi.db", std::ios::binary) << std::string(8192, 'z');
  open(options(town_schema()));
  EXPECT_ERROR(store->organisation("aoba"), "db.corrupt");
}

TEST_P(OrganisationsTest, AReadThatThrowsGivesItsReaderBack) {
  auto few = options(town_schema());
  few.readers_per_database = 1;
  open(few);
  auto town = store->create("aoba").value();
  struct Thrown {};
  for (int i = 0; i < 40; ++i)  // more than any pool holds
    EXPECT_THROW(static_cast<void>(town->read([&](Reader& reader) -> Result<int> {
                                         static_cast<void>(reader.query("SELECT count(*) FROM town_note").ok());
                                         throw Thrown();
                                       })
                                       .ok()),
                 Thrown);
  EXPECT_EQ(count(*town), 0);
  ASSERT_OK(town->write([](Transaction& tx) { return note(tx, 1); }));
  EXPECT_EQ(count(*town), 1) << "the snapshot of the one that threw is gone";
}

TEST_P(OrganisationsTest, ReadOnlyMigratesAndWritesNothing) {
  open(options(town_schema()));
  ASSERT_OK(store->create("aoba"));
  auto beside = options(town_schema());
  beside.read_only = true;
  {
    auto reading = Store::open(beside);
    ASSERT_OK(reading);
    auto town = (*reading)->organisation("aoba");
    ASSERT_OK(town);
    EXPECT_EQ(count(**town), 0);
    if (on_postgres()) {
      auto written = (*town)->read([](Reader& reader) { return reader.query("DELETE FROM town_note RETURNING id"); });
      EXPECT_ERROR(written, "db.failed");
    }
  }
  beside.schema = testing::schema_of({{"town", "001_init.sql", kTownSchema},
                                      {"town", "002_more.sql", "-- @working\nCREATE TABLE town_more (id INTEGER PRIMARY KEY);"}});
  {
    auto newer = Store::open(beside);
    ASSERT_OK(newer);
    EXPECT_ERROR((*newer)->organisation("aoba"), "db.older");
  }
  auto old = options(town_schema());
  store.reset();
  open(old);
  ASSERT_OK(store->organisation("aoba"));
}

// Whoever migrated it would begin a second history under its name, or fail with words that send him round in circles.
TEST_P(OrganisationsTest, AnOrganisationThatLostItsMigrationsIsDamaged) {
  const auto grown = testing::schema_of({{"town", "001_init.sql", kTownSchema},
                                         {"town", "002_extra.sql", kSecond},
                                         {"town", "003_more.sql", "ALTER TABLE town_extra ADD COLUMN u TEXT;\n"},
                                         {"ward", "001_init.sql", "-- @working\nCREATE TABLE ward_a (id INTEGER PRIMARY KEY);\n"}});
  const std::vector<std::pair<const char*, std::vector<std::string>>> cases = {
      {"emptied", {}},
      {"table-gone", {"DROP TABLE db_migration"}},
      {"rows-gone", {"DELETE FROM db_migration"}},
      {"one-gone", {"DELETE FROM db_migration WHERE module = 'town' AND number = 2"}},
      {"last-gone", {"DELETE FROM db_migration WHERE module = 'town' AND number = 3"}},
      {"only-gone", {"DELETE FROM db_migration WHERE module = 'ward'"}},
      {"renamed", {"UPDATE db_migration SET module = 'warc' WHERE module = 'ward'"}},
      {"renumbered", {"UPDATE db_migration SET number = 7 WHERE module = 'town' AND number = 3"}}};
  open(options(grown));
  for (const auto& [id, changes] : cases) {
    ASSERT_OK((*store->create(id))->write([](Transaction& tx) { return note(tx, 1); }));
  }
  store.reset();
  for (const auto& [id, changes] : cases) {
    std::string file = folder.path() + "/data/" + id + "/musubi.db", schema = std::string("musubi_") + id;
    std::replace(schema.begin(), schema.end(), '-', '_');
    for (const auto& sql : changes) on_postgres() ? testing::raw_postgres(postgres(), schema, sql) : testing::raw_sql(file, sql);
    if (!changes.empty()) continue;
    if (!on_postgres()) {
      std::ofstream(file, std::ios::trunc);
      continue;
    }
    run_on_postgres("DROP SCHEMA musubi_emptied CASCADE");
    run_on_postgres("CREATE SCHEMA musubi_emptied");
  }
  for (bool read_only : {true, false, true}) {
    store.reset();
    auto with = options(grown);
    with.read_only = read_only;
    open(std::move(with));
    for (const auto& [id, changes] : cases) {
      SCOPED_TRACE(std::string(id) + (read_only ? ", read only" : ""));
      EXPECT_ERROR(store->organisation(id), "db.corrupt");
    }
  }
}

// What a later migration drops or renames, and one after it makes again, is there before them: no damage.
TEST_P(OrganisationsTest, AMigrationMayMakeAgainWhatWasDropped) {
  const std::string kept = "-- @working\nCREATE TABLE town_kept (id INTEGER PRIMARY KEY, a TEXT, b TEXT);\n",
                    index = "CREATE INDEX town_kept_a ON town_kept (a);\n";
  const std::vector<testing::SchemaFile> all = {{"town", "001_init.sql", kTownSchema},
                                                {"town", "002_kept.sql", kept + index},
                                                {"town", "003_anew.sql", "DROP TABLE town_kept;\n" + kept + index},
                                                {"town", "004_index.sql", "DROP INDEX town_kept_a;\n" + index},
                                                {"town", "005_gone.sql", "DROP TABLE town_kept;\n"},
                                                {"town", "006_back.sql", kept + index}};
  auto until = [&](std::size_t n) { return options(testing::schema_of({all.begin(), all.begin() + std::ptrdiff_t(n)})); };
  open(until(2));
  ASSERT_OK(store->create("whole"));
  ASSERT_OK(store->create("lost"));
  store.reset();
  const std::string lose = "DELETE FROM db_migration WHERE module = 'town' AND number = 2";
  on_postgres() ? testing::raw_postgres(postgres(), "musubi_lost", lose)
                : testing::raw_sql(folder.path() + "/data/lost/musubi.db", lose);
  open(until(all.size()));
  auto town = store->organisation("whole");
  ASSERT_OK(town);
  EXPECT_EQ(count(**town, "town_kept"), 0);
  EXPECT_ERROR(store->organisation("lost"), "db.corrupt");  // what it lost stands before what drops
}

// What could not be read at all is told to whoever runs this, and marked: it is no word for visitors.
TEST_P(OrganisationsTest, WhatKeepsAnOrganisationClosedIsMarked) {
  open(options(town_schema()));
  ASSERT_OK(store->create("aoba"));
  store.reset();
  const std::string lose = "DELETE FROM db_migration";
  on_postgres() ? testing::raw_postgres(postgres(), "musubi_aoba", lose)
                : testing::raw_sql(folder.path() + "/data/aoba/musubi.db", lose);
  open(options(town_schema()));
  auto closed = store->organisation("aoba");
  ASSERT_FALSE(closed.ok());
  EXPECT_TRUE(kept_closed(closed.error()));
  auto unknown = store->organisation("none");
  ASSERT_FALSE(unknown.ok());
  EXPECT_FALSE(kept_closed(unknown.error()));
  EXPECT_EQ(store->unopened(), std::vector<std::string>{"aoba"});
}

TEST_P(OrganisationsTest, ADamagedBackupIsNoDamagedDatabase) {
  const std::string kept = folder.path() + "/backup.db";
  open(options(town_schema()));
  ASSERT_OK((*store->create("town"))->backup_to(kept));
  for (const char* change : {"UPDATE db_migration SET checksum = '0' WHERE module = 'town'",
                             "DELETE FROM db_migration WHERE module = 'town'", "DROP TABLE db_migration"}) {
    const std::string damaged = folder.path() + "/damaged.db";
    std::filesystem::copy_file(kept, damaged, std::filesystem::copy_options::overwrite_existing);
    testing::raw_sql(damaged, change);
    EXPECT_ERROR(store->restore("again", damaged), "backup.not_ours");
  }
  testing::raw_sql(kept, "INSERT INTO db_migration (module, number, name, checksum) VALUES ('town', 2, 'later', '0')");
  EXPECT_ERROR(store->restore("again", kept), "db.newer");
}

TEST_P(OrganisationsTest, ABackupWithoutTheRowOfTheHeadIsRestored) {
  const std::string kept = folder.path() + "/backup.db";
  open(options(town_schema()));
  ASSERT_OK((*store->create("town"))->backup_to(kept));
  testing::raw_sql(kept, "DELETE FROM db_head");
  ASSERT_OK(store->restore("again", kept));
  auto town = store->organisation("again");
  ASSERT_OK(town);
  ASSERT_OK((*town)->write([](Transaction& tx) { return note(tx, 1); }));
}

TEST_P(OrganisationsTest, WithoutItsHeadNothingIsWritten) {
  open(options(town_schema()));
  auto town = *store->create("town");
  const char* change = "DELETE FROM db_head";
  on_postgres() ? testing::raw_postgres(postgres(), "musubi_town", change)
                : testing::raw_sql(folder.path() + "/data/town/musubi.db", change);
  auto faults = town->read([&](Reader& reader) { return check_schema(reader, town->schema()); });
  ASSERT_OK(faults);
  ASSERT_EQ(faults->size(), 1u);
  EXPECT_EQ(faults->front().where, "table db_head");
  auto written = town->write([](Transaction& tx) { return note(tx, 1); });
  EXPECT_EQ(written.ok(), !on_postgres()) << "SQLite needs no row to lock";
  if (!on_postgres()) return;
  EXPECT_NE(written.error().message.en.find("db_head has lost its row"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Both, OrganisationsTest, ::testing::ValuesIn(testing::back_ends()), testing::back_end_name);

TEST_P(OrganisationsTest, ABackupThatCannotBeWrittenIsNoFaultOfTheDatabase) {
  open(options(town_schema()));
  auto town = store->create("town");
  ASSERT_OK(town);
  const std::string kept = folder.path() + "/backup.db";
  EXPECT_ERROR((*town)->backup_to(folder.path() + "/none/backup.db"), "file.unwritable");
  ASSERT_OK((*town)->backup_to(kept));
  EXPECT_ERROR((*town)->backup_to(kept), "file.exists");
  EXPECT_ERROR((*town)->backup_to(kept + "/backup.db"), "file.unwritable");
}

}  // namespace
}  // namespace musubi::db
