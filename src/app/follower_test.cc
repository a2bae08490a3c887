#include "app/follower.h"

#include <gtest/gtest.h>

#include "app/installation.h"
#include "base/file.h"
#include "kpi/follow_ups.h"
#include "kpi/kpi.h"
#include "kpi/sheet_json.h"
#include "kpi/sheets.h"
#include "kpi/test_follow_up.h"
#include "kpi/test_sheet.h"
#include "support/store_fixture.h"

namespace musubi::app {
namespace {

TEST(Heartbeat, AGapSinceTheLastBeatIsAnInterruption) {
  musubi::testing::TemporaryFolder folder;
  ManualClock clock{parse_rfc3339("2026-11-21T00:00:00Z").value()};
  Time stopped = clock.now();
  {
    Heartbeat first(folder.path(), clock);
    EXPECT_TRUE(first.interruptions().empty());
  }
  clock.advance_us(14'000'000);
  {
    Heartbeat soon(folder.path(), clock);
    EXPECT_TRUE(soon.interruptions().empty());
  }
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

class FollowerTest : public testing::StoreTest {};
INSTANTIATE_TEST_SUITE_P(Both, FollowerTest, ::testing::ValuesIn(testing::back_ends()), testing::back_end_name);

TEST_P(FollowerTest, RemindsInEveryOrganisationAlsoInThoseThatNobodyOpened) {
  Config config;
  config.postgres = postgres();
  config.data = folder.path() + "/data";
  ManualClock clock{parse_rfc3339("2024-04-20T09:00:00+09:00").value()};
  auto opened = Installation::open(config, Opening::kServe, &clock);
  ASSERT_OK(opened);
  auto& store = (*opened)->store();
  for (const char* id : {"aoba", "minato"}) {
    ASSERT_OK((*opened)->create_organisation({id, {"municipality", {"町", "Town"}}, std::string("example.jp/") + id, "管理者"}));
    auto town = store.organisation(id).value();
    auto imported = kpi::Plans(*town).import_plan(kpi::small_plan(), "officer-aaaaaa");
    ASSERT_OK(imported);
    ASSERT_OK(kpi::Plans(*town).sign_off(kpi::kPlan, "officer-bbbbbb", imported->edition));
    ASSERT_OK(kpi::FollowUps(*town).set_schedule(kpi::kPlan, kpi::small_schedule(), 0, kpi::administrator()));
    ASSERT_OK(kpi::FollowUps(*town).assign(kpi::kPlan, {"1-1"}, "desk", kpi::administrator()));
  }
  std::vector<std::string> looked;
  Follower follower({folder.path(), [] { return std::vector<std::shared_ptr<db::Database>>(); }, [&] { return store.organisations(); },
                     [&](const std::string& id) {
                       looked.push_back(id);
                       return store.organisation(id);
                     }},
                    clock);
  auto reminded = [&](const char* id) { return kpi::FollowUps(*store.organisation(id).value()).reminders({"desk"}).value().size(); };
  for (int round = 0; round < 4; ++round) follower.poll();
  EXPECT_EQ(looked, (std::vector<std::string>{"aoba", "minato"})) << "each once a day, one a round";
  EXPECT_EQ(reminded("aoba") + reminded("minato"), 0u) << "nothing is due yet";
  clock.set(parse_rfc3339("2024-07-16T09:00:00+09:00").value());
  for (int round = 0; round < 4; ++round) follower.poll();
  EXPECT_EQ(looked.size(), 4u);
  EXPECT_EQ(reminded("aoba"), 1u);
  EXPECT_EQ(reminded("minato"), 1u);
}

// As after an upgrade, in an organisation whose officers write nothing.
TEST_P(FollowerTest, TakesOverWhichMeasuresSheetsNameInSteps) {
  Config config;
  config.postgres = postgres();
  config.data = folder.path() + "/data";
  ManualClock clock{parse_rfc3339("2024-04-20T09:00:00+09:00").value()};
  auto opened = Installation::open(config, Opening::kServe, &clock);
  ASSERT_OK(opened);
  auto& store = (*opened)->store();
  ASSERT_OK((*opened)->create_organisation({"aoba", {"municipality", {"町", "Town"}}, "example.jp/aoba", "管理者"}));
  auto town = store.organisation("aoba").value();
  constexpr int kSheets = 80;  // of seven parts
  for (int i = 0; i < kSheets; ++i) {
    kpi::Sheet sheet = kpi::small_sheet();
    sheet.header.id = "aoba.sheet-" + std::to_string(i);
    sheet.programmes[0].measures = {{"japan.far-plan", "1-1"}};
    ASSERT_OK(kpi::Sheets(*town).import_sheet(sheet, "officer-aaaaaa"));
  }
  ASSERT_OK(town->write([](db::Transaction& tx) -> Result<void> {
    TRY(tx.execute("DELETE FROM kpi_sheet_measure"));
    TRY(tx.execute("DELETE FROM kpi_sheet_measure_position"));
    return {};
  }));
  auto taken_over = [&] {
    return town->read([](db::Reader& reader) { return reader.query("SELECT count(*) FROM kpi_sheet_measure"); }).value()[0].integer(0);
  };
  kpi::Programme revised = kpi::small_sheet().programmes[0];
  ASSERT_OK(kpi::Sheets(*town).edit("aoba.sheet-0", {kpi::PartKind::kProgramme, "1"}, 1, kpi::to_json(revised), "officer-aaaaaa"));
  EXPECT_EQ(taken_over(), 0) << "no act is held up by what was there before";
  Follower follower({folder.path(), [&] { return std::vector{town}; }}, clock);
  follower.poll();
  EXPECT_GT(taken_over(), 0);
  EXPECT_LT(taken_over(), kSheets) << "one step a round";
  follower.poll();
  EXPECT_EQ(taken_over(), kSheets);
}

TEST(Follower, AnOrganisationThatFailedIsLookedAtAgainOnTheSameDay) {
  testing::TemporaryFolder folder;
  Config config;
  config.data = folder.path() + "/data";
  ManualClock clock{parse_rfc3339("2024-04-20T09:00:00+09:00").value()};
  auto opened = Installation::open(config, Opening::kServe, &clock);
  ASSERT_OK(opened);
  auto& store = (*opened)->store();
  for (const char* id : {"aoba", "minato"})
    ASSERT_OK((*opened)->create_organisation({id, {"municipality", {"町", "Town"}}, std::string("example.jp/") + id, "管理者"}));
  std::vector<std::string> looked;
  int failures = 2;
  Follower follower({folder.path(), [] { return std::vector<std::shared_ptr<db::Database>>(); }, [&] { return store.organisations(); },
                     [&](const std::string& id) -> Result<std::shared_ptr<db::Database>> {
                       looked.push_back(id);
                       if (id == "aoba" && failures-- > 0)
                         return Error{Code::kUnavailable, "db.away", {"開けません。", "It cannot be opened."}, {}};
                       return store.organisation(id);
                     }},
                    clock);
  for (int round = 0; round < 8; ++round) follower.poll();
  EXPECT_EQ(looked, (std::vector<std::string>{"aoba", "minato", "aoba", "aoba"})) << "after all others, until it is well";
  looked.clear();
  failures = 100;
  clock.set(parse_rfc3339("2024-04-21T09:00:00+09:00").value());
  for (int round = 0; round < 12; ++round) follower.poll();
  EXPECT_EQ(looked, (std::vector<std::string>{"aoba", "minato", "aoba", "aoba", "aoba"})) << "three times, then not before tomorrow";
}

}  // namespace
}  // namespace musubi::app
