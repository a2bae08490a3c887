// Which procedures organisations take on line is entered in the background, as permits come, end and go.
#include <gtest/gtest.h>

#include "app/demo_world.h"
#include "app/services.h"
#include "evidence/record.h"
#include "exchange/member.h"
#include "procedures/offers.h"
#include "support/store_fixture.h"

namespace musubi::app {
namespace {

class OffersTest : public testing::StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    Config config;
    config.data = folder.path() + "/data";
    config.postgres = postgres();
    auto opened = Installation::open(config, Opening::kServe, &clock_);
    ASSERT_OK(opened);
    installation_ = std::move(*opened);
    for (auto [id, kind] : {std::pair{"aoba", "municipality"}, {"minato", "municipality"}, {"nation", "nation"}})
      ASSERT_OK(installation_->create_organisation({id, {kind, {id, id}}, std::string("example.jp/") + id, "管理者"}));
    services_ = std::make_unique<Services>(*installation_, clock_, nullptr, [] { return std::string("http://127.0.0.1:8080"); });
  }
  void TearDown() override {
    services_.reset();
    installation_.reset();
    StoreTest::TearDown();
  }
  db::Database& town(const std::string& id) { return *installation_->store().organisation(id).value(); }
  // Portals may file with municipalities from today on.
  void permit(const std::string& id, std::optional<text::Date> until = {}) {
    auto permits = demo_permits(text::jst_date(clock_.now()));
    std::erase_if(permits, [](const exchange::Permit& one) { return one.id != "demo.filing.municipality"; });
    ASSERT_EQ(permits.size(), 1u);
    permits[0].until = until;
    ASSERT_OK(town(id).write([&](db::Transaction& tx) { return exchange::enter_permits(tx, permits, "operator"); }));
  }
  // The server's background, so long after it looked last that it looks again.
  void pass() {
    clock_.advance_us(Services::kOffersLooked_us);
    services_->publish_due();
  }
  std::size_t records(const std::string& id, const char* type) {
    return town(id).read([&](db::Reader& reader) { return evidence::read_records(reader, 0, 1000, type); }).value().size();
  }
  std::size_t published(const std::string& id) { return records(id, "procedures.published"); }
  std::size_t closed(const std::string& id) { return records(id, "procedures.closed"); }

  ManualClock clock_{parse_rfc3339("2026-11-01T09:00:00+09:00").value()};
  std::unique_ptr<Installation> installation_;
  std::unique_ptr<Services> services_;
};

TEST_P(OffersTest, EnteredOnceAPermitLetsAPortalFile) {
  const std::size_t all = procedures::procedures_for("municipality").size();
  ASSERT_GT(all, 0u);
  pass();
  EXPECT_EQ(published("aoba"), 0u) << "nobody may file yet";
  permit("aoba");
  permit("nation");
  services_->publish_due();
  EXPECT_EQ(published("aoba"), 0u) << "it has only just looked";
  pass();
  EXPECT_EQ(published("aoba"), all);
  EXPECT_EQ(published("minato"), 0u) << "no permit there";
  EXPECT_EQ(published("nation"), 0u) << "the permit is of another kind";
  pass();
  EXPECT_EQ(published("aoba"), all) << "once";
  ASSERT_OK(
      town("aoba").write([](db::Transaction& tx) { return exchange::withdraw_permit(tx, "demo.filing.municipality", "operator"); }));
  pass();
  EXPECT_EQ(closed("aoba"), all);
  permit("aoba");
  pass();
  EXPECT_EQ(published("aoba"), 2 * all) << "open again";
  EXPECT_TRUE(installation_->verify("aoba", {})->clean());
}

TEST_P(OffersTest, ClosedAfterThePermitsLastDay) {
  permit("aoba", text::Date{2026, 11, 2});
  clock_.set(parse_rfc3339("2026-11-02T23:40:00+09:00").value());
  pass();
  const std::size_t open = published("aoba");
  EXPECT_GT(open, 0u) << "the last day is one of them";
  EXPECT_EQ(closed("aoba"), 0u);
  pass();
  EXPECT_EQ(closed("aoba"), open) << "midnight in Japan";
}

INSTANTIATE_TEST_SUITE_P(Both, OffersTest, ::testing::ValuesIn(testing::back_ends()), testing::back_end_name);

}  // namespace
}  // namespace musubi::app
