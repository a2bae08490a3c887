// At what pace a nation asks its towns for their figures, in the background: a town that says something new soon, one that says
// nothing ever later, and one that does not answer holds nobody up.
#include <gtest/gtest.h>

#include <map>

#include "app/demo_world.h"
#include "app/services.h"
#include "evidence/record.h"
#include "exchange/member.h"
#include "kpi/kpi.h"
#include "kpi/test_plan.h"
#include "support/store_fixture.h"

namespace musubi::app {
namespace {

constexpr std::int64_t kMinute_us = 60'000'000;

// Of a town elsewhere that lets every deadline pass.
class Silence final : public exchange::Transport {
 public:
  explicit Silence(ManualClock& clock) : clock_(clock) {}
  Result<exchange::Carried> carry(const std::string&, const exchange::Member&, const exchange::Message&,
                                  std::int64_t deadline_ms) override {
    clock_.advance_us(deadline_ms * 1000);
    return Error{Code::kUnavailable, "exchange.peer_slow", {"返事がありません。", "There was no answer."}, {}};
  }

 private:
  ManualClock& clock_;
};

class CollectTest : public testing::StoreTest {
 protected:
  void SetUp() override {
    testing::StoreTest::SetUp();
    if (HasFatalFailure()) return;
    open(here_, "/here",
         {{"nation", "nation"}, {"aoba", "municipality"}, {"busy", "municipality"}, {"zao", "municipality"}, {"desk", "portal"}});
    open(elsewhere_, "/elsewhere", {{"mute", "municipality"}});
    if (HasFatalFailure()) return;
    services_ = std::make_unique<Services>(*here_, clock_, &silence_, [] { return std::string("http://127.0.0.1:8080"); });
    Services away(*elsewhere_, clock_, nullptr, [] { return std::string("http://127.0.0.1:8081"); });
    nation_ = here_->store().organisation("nation").value();
    for (const char* id : {"nation", "aoba", "busy", "zao", "desk"}) {
      auto permits = demo_permits(text::jst_date(clock_.now()));
      ASSERT_OK(here_->store().organisation(id).value()->write(
          [&](db::Transaction& tx) { return exchange::enter_permits(tx, permits, "operator"); }));
    }
    for (const char* id : {"aoba", "busy", "zao", "desk"}) introduce(id, services_->describe(id, "https://127.0.0.1:8"));
    introduce("mute", away.describe("mute", "https://127.0.0.1:9"));
  }
  void TearDown() override {
    nation_.reset();
    services_.reset();
    here_.reset();
    elsewhere_.reset();
    testing::StoreTest::TearDown();
  }
  // What is here stands on the back end of the test, what is elsewhere has files.
  void open(std::unique_ptr<Installation>& into, const std::string& at,
            const std::vector<std::pair<std::string, std::string>>& organisations) {
    Config config;
    config.data = this->folder.path() + at;
    if (&into == &here_) config.postgres = postgres();
    auto opened = Installation::open(config, Opening::kServe, &clock_);
    ASSERT_OK(opened);
    into = std::move(*opened);
    for (const auto& [id, kind] : organisations)
      ASSERT_OK(into->create_organisation({id, {kind, {id, id}}, "example.jp/" + id, "管理者"}));
  }
  void introduce(const std::string& id, Result<exchange::Member> member) {
    ASSERT_OK(member);
    ASSERT_OK(nation_->write([&](db::Transaction& tx) { return exchange::enter_member(tx, *member, "operator"); }));
    if (id == "mute") return;
    auto self = services_->describe("nation", "https://127.0.0.1:8");
    ASSERT_OK(self);
    ASSERT_OK(here_->store().organisation(id).value()->write(
        [&](db::Transaction& tx) { return exchange::enter_member(tx, *self, "operator"); }));
  }
  // A local plan of the busy town is signed off: its next report is another one.
  void something_new() {
    kpi::PlanDocument plan = kpi::small_plan();
    plan.header.id = "busy.plan";
    plan.header.title.en += std::to_string(++editions_);
    plan.header.serves_plan = "japan.basic-plan-2019";
    auto database = here_->store().organisation("busy").value();
    auto imported = kpi::Plans(*database).import_plan(plan, "officer-aaaaaa");
    ASSERT_OK(imported);
    ASSERT_OK(kpi::Plans(*database).sign_off(plan.header.id, "officer-bbbbbb", imported->edition));
  }
  int asked(const std::string& town) {
    auto records = nation_->read([](db::Reader& reader) { return evidence::read_records(reader, 0, 10'000, "exchange.asked"); });
    EXPECT_TRUE(records.ok());
    int n = 0;
    for (const auto& one : *records) n += one.head.find("\"" + town + "\"") != std::string::npos;
    return n;
  }
  // Time passes: the server's background looks several times, a round each.
  void pass(int minutes) {
    Time until{clock_.now().us + minutes * kMinute_us};
    for (int round = 0; round < 6; ++round) services_->collect_due();
    if (clock_.now() < until) clock_.set(until);
  }

  ManualClock clock_{parse_rfc3339("2026-11-01T09:00:00+09:00").value()};
  Silence silence_{clock_};
  std::unique_ptr<Installation> here_, elsewhere_;
  std::unique_ptr<Services> services_;
  std::shared_ptr<db::Database> nation_;
  int editions_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Both, CollectTest, ::testing::ValuesIn(testing::back_ends()), testing::back_end_name);

TEST_P(CollectTest, EveryTownAtItsOwnPaceAndASilentOneHoldsNobodyUp) {
  const auto towns = {"aoba", "busy", "desk", "mute", "zao"};
  pass(1);
  for (const char* town : towns) EXPECT_EQ(asked(town), 1) << town << ": at once";
  auto kept = nation_->read([](db::Reader& reader) { return evidence::read_records(reader, 0, 100, "kpi.reported"); });
  ASSERT_OK(kept);
  EXPECT_EQ(kept->size(), 4u) << "the portal and those behind the silent one, too";
  for (int i = 1; i < 4 * 60; ++i) {
    if (i % 8 == 0) something_new();
    pass(1);
  }
  // After 0, 1, 3, 7, 15, 31 and 63 minutes, then every hour: twice the time of before while nothing new comes.
  for (const char* town : {"aoba", "desk", "zao", "mute"}) {
    EXPECT_GE(asked(town), 8) << town;
    EXPECT_LE(asked(town), 10) << town;
  }
  EXPECT_GE(asked("busy"), 60) << "something new every eight minutes: every one, two or four minutes";
  EXPECT_LE(asked("busy"), 120);
  std::map<std::string, int> before;
  for (const char* town : {"aoba", "mute", "zao"}) before[town] = asked(town);
  for (int i = 0; i < 2 * 48; ++i) pass(30);
  for (const char* town : {"aoba", "mute", "zao"}) {
    EXPECT_GE(asked(town) - before[town], 28) << town << ": in two days, about once an hour";
    EXPECT_LE(asked(town) - before[town], 49) << town;
  }
}

}  // namespace
}  // namespace musubi::app
