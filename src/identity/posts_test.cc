#include "identity/posts.h"

#include <gtest/gtest.h>

#include "evidence/verify.h"
#include "identity/test_office.h"

namespace musubi::identity {
namespace {

class Posts : public Office {
 protected:
  void SetUp() override {
    Office::SetUp();
    if (HasFatalFailure()) return;
    sato = appointed("佐藤");
    suzuki = appointed("鈴木");
    ASSERT_OK(write([&](db::Transaction& tx) -> Result<void> {
      TRY(put_unit(tx, {"residents", {"住民課", "Residents' Division"}, "", {2020, 4, 1}, {}}, "operator"));
      TRY(put_post(tx, {"chief", "residents", {"住民課長", "Chief"}, {2020, 4, 1}, {}}, "operator"));
      return put_post(tx, {"clerk", "residents", {"住民課係員", "Clerk"}, {2020, 4, 1}, text::Date{2030, 3, 31}}, "operator");
    }));
  }
  std::string appointed(const char* name) {
    return write([&](db::Transaction& tx) { return appoint(tx, name, Role::kOfficer, "operator", clock.now()); }).value().code;
  }
  auto assign(Holding holding) {
    return write([&](db::Transaction& tx) { return assign_post(tx, holding, administrator.code); });
  }
  std::vector<std::string> held(const std::string& officer, text::Date day) {
    return database->read([&](db::Reader& reader) { return posts_of(reader, officer, day); }).value();
  }
  std::vector<std::string> holders(const std::string& post, text::Date day) {
    return database->read([&](db::Reader& reader) { return holders_of(reader, post, day); }).value();
  }
  using Words = std::vector<std::string>;
  std::string sato, suzuki;
};
INSTANTIATE_TEST_SUITE_P(Both, Posts, ::testing::ValuesIn(testing::back_ends()), testing::back_end_name);

TEST_P(Posts, AnyDayCanBeAsked) {
  ASSERT_OK(assign({"chief", sato, {2024, 4, 1}, text::Date{2026, 3, 31}}));
  ASSERT_OK(assign({"chief", suzuki, {2026, 4, 1}, {}}));  // a transfer entered ahead
  ASSERT_OK(assign({"clerk", sato, {2025, 1, 1}, {}, HoldingKind::kConcurrent}));
  EXPECT_EQ(holders("chief", {2024, 3, 31}), Words{});
  EXPECT_EQ(holders("chief", {2026, 3, 31}), Words{sato});
  EXPECT_EQ(holders("chief", {2026, 4, 1}), Words{suzuki});
  EXPECT_EQ(held(sato, {2025, 6, 1}), (Words{"chief", "clerk"}));
  EXPECT_EQ(held(sato, {2026, 6, 1}), Words{"clerk"});
  EXPECT_EQ(held(sato, {2031, 1, 1}), Words{}) << "the post itself has ended";
}

TEST_P(Posts, RegularStandsBeforeActing) {
  ASSERT_OK(assign({"chief", suzuki, {2024, 1, 1}, {}, HoldingKind::kActing}));
  ASSERT_OK(assign({"chief", sato, {2025, 1, 1}, {}}));
  EXPECT_EQ(holders("chief", {2025, 1, 1}), (Words{sato, suzuki}));
}

TEST_P(Posts, WhatBeginsLaterIsNotReplacedByWhatIsNew) {
  const Unit later{"welfare", {"福祉課", "Welfare Division"}, "", {2099, 4, 1}, {}};
  ASSERT_OK(write([&](db::Transaction& tx) { return make_unit(tx, later, "operator"); }));
  auto again = write([&](db::Transaction& tx) {
    return make_unit(tx, {"welfare", {"税務課", "Tax Division"}, "", {2020, 4, 1}, {}}, "operator");
  });
  ASSERT_FALSE(again.ok());
  ASSERT_EQ(again.error().faults.size(), 1u);
  EXPECT_EQ(again.error().faults[0].where, "id");
  EXPECT_EQ(database->read([](db::Reader& reader) { return find_unit(reader, "welfare"); }).value()->title.en, "Welfare Division");
  ASSERT_OK(write([&](db::Transaction& tx) {
    return make_post(tx, {"adviser", "welfare", {"相談員", "Adviser"}, {2099, 4, 1}, {}}, "operator");
  }));
  auto both = write([&](db::Transaction& tx) {
    return make_post(tx, {"adviser", "nowhere", {"", "Clerk"}, {2020, 4, 1}, {}}, "operator");
  });
  ASSERT_FALSE(both.ok());
  EXPECT_EQ(both.error().faults.size(), 3u) << "the id, the name, the unit, all at once";
  ASSERT_OK(write([&](db::Transaction& tx) {
    return put_unit(tx, {"welfare", {"福祉局", "Welfare Bureau"}, "", {2099, 4, 1}, {}}, "operator");
  }));
  EXPECT_EQ(database->read([](db::Reader& reader) { return find_unit(reader, "welfare"); }).value()->title.en, "Welfare Bureau")
      << "a correction";
}

TEST_P(Posts, EndsAndDeactivation) {
  ASSERT_OK(assign({"chief", sato, {2024, 4, 1}, {}}));
  ASSERT_OK(write([&](db::Transaction& tx) {
    return end_holding(tx, "chief", sato, {2024, 4, 1}, {2025, 3, 31}, administrator.code);
  }));
  EXPECT_EQ(holders("chief", {2025, 4, 1}), Words{});
  EXPECT_EQ(holders("chief", {2025, 3, 31}), Words{sato});
  EXPECT_ERROR(write([&](db::Transaction& tx) {
                 return end_holding(tx, "chief", sato, {2023, 4, 1}, {2025, 3, 31}, "operator");
               }),
               "identity.no_holding");
  EXPECT_ERROR(write([&](db::Transaction& tx) {
                 return end_holding(tx, "chief", sato, {2024, 4, 1}, {2024, 3, 31}, "operator");
               }),
               "identity.bad_post");
  ASSERT_OK(assign({"clerk", suzuki, {2024, 4, 1}, {}}));
  ASSERT_OK(write([&](db::Transaction& tx) { return change_officer(tx, suzuki, Role::kOfficer, false, administrator.code); }));
  EXPECT_EQ(holders("clerk", {2025, 1, 1}), Words{}) << "a deactivated officer acts for nobody";
  EXPECT_EQ(held(suzuki, {2025, 1, 1}), Words{});
  auto report = evidence::verify(*database, {});
  ASSERT_OK(report);
  EXPECT_TRUE(report->clean());
}

TEST_P(Posts, AllFaultsAtOnce) {
  auto bad = write([&](db::Transaction& tx) {
    return put_post(tx, {"X", "nowhere", {"", ""}, {2025, 13, 1}, text::Date{2020, 1, 1}}, "operator");
  });
  ASSERT_FALSE(bad.ok());
  EXPECT_EQ(bad.error().name, "identity.bad_post");
  EXPECT_EQ(bad.error().faults.size(), 6u);
  auto nobody = assign({"nothing", "officer-zzzzzz", {2025, 1, 1}, text::Date{2024, 1, 1}});
  ASSERT_FALSE(nobody.ok());
  EXPECT_EQ(nobody.error().faults.size(), 3u);
  EXPECT_EQ(nobody.error().faults[1].message.en, "There is no post \"nothing\". The posts are: chief, clerk.");
  EXPECT_EQ(nobody.error().faults[1].message.ja, "「nothing」という職はありません。今ある職：chief、clerk。");
  EXPECT_EQ(nobody.error().faults[2].message.en, "No officer in office has the code \"officer-zzzzzz\".");
  auto unchosen = assign({"", "", {2025, 1, 1}, {}});
  ASSERT_FALSE(unchosen.ok());
  ASSERT_EQ(unchosen.error().faults.size(), 2u);
  EXPECT_EQ(unchosen.error().faults[0].message.en, "Choose a post.");
  EXPECT_EQ(unchosen.error().faults[1].message.en, "Choose an officer in office.");
  auto duty = write([&](db::Transaction& tx) { return set_register_duty(tx, "nothing", "sweep", "operator"); });
  ASSERT_FALSE(duty.ok());
  ASSERT_EQ(duty.error().faults.size(), 2u);
  EXPECT_EQ(duty.error().faults[0].message.en, "There is no post \"nothing\". The posts are: chief, clerk.");
  EXPECT_EQ(duty.error().faults[1].message.en, "There is no duty \"sweep\". The duties are: look, register.");
  EXPECT_ERROR(write([&](db::Transaction& tx) {
                 return put_unit(tx, {"a1", {"課", "Unit"}, "a1", {2025, 1, 1}, {}}, "operator");
               }),
               "identity.bad_post");
}

}  // namespace
}  // namespace musubi::identity
