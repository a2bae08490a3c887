#include "identity/rules.h"

#include <gtest/gtest.h>

namespace musubi::identity {
namespace {

constexpr std::int64_t kHour_us = 3600LL * 1'000'000;

TEST(Rules, OfficerCodesHaveTheirForm) {
  EXPECT_EQ(officer_code(std::string(6, '\0')), "officer-aaaaaa");
  EXPECT_TRUE(is_officer_code(officer_code("\x01\x7f\xff\x20\x10\x05")));
  for (const char* bad : {"officer-", "officer-7k3m9", "officer-7k3m9qq", "officer-7k3m1q", "officer-7K3M9Q", "clerk-7k3m9q", ""})
    EXPECT_FALSE(is_officer_code(bad)) << bad;
}

TEST(Rules, SessionsEndByIdlenessAndByAge) {
  struct Case {
    std::int64_t created_h, seen_h, now_h;
    bool lives;
  };
  for (auto c : {Case{0, 0, 11, true}, Case{0, 0, 12, false}, Case{0, 160, 167, true}, Case{0, 167, 168, false}})
    EXPECT_EQ(session_lives(Time{c.created_h * kHour_us}, Time{c.seen_h * kHour_us}, Time{c.now_h * kHour_us}), c.lives)
        << c.created_h << " " << c.seen_h << " " << c.now_h;
}

TEST(Rules, AnAdministratorAlwaysRemains) {
  std::vector<Officer> two = {{"a", "A", Role::kAdministrator, true, {}}, {"b", "B", Role::kOfficer, true, {}}};
  EXPECT_FALSE(keeps_administrator(two, "a", Role::kOfficer, true));
  EXPECT_FALSE(keeps_administrator(two, "a", Role::kAdministrator, false));
  EXPECT_TRUE(keeps_administrator(two, "b", Role::kOfficer, false));
  two[1].role = Role::kAdministrator;
  EXPECT_TRUE(keeps_administrator(two, "a", Role::kOfficer, true));
  two[1].active = false;
  EXPECT_FALSE(keeps_administrator(two, "a", Role::kOfficer, true));
}

TEST(Rules, CsrfTokensAreMaskedAndBound) {
  std::string secret(32, 's'), other(32, 'o');
  std::string first = mask_csrf(secret, std::string(32, 'a')), second = mask_csrf(secret, std::string(32, 'b'));
  EXPECT_NE(first, second);
  EXPECT_TRUE(csrf_matches(secret, first));
  EXPECT_TRUE(csrf_matches(secret, second));
  EXPECT_FALSE(csrf_matches(other, first));
  EXPECT_FALSE(csrf_matches(secret, ""));
  EXPECT_FALSE(csrf_matches(secret, first.substr(1)));
  EXPECT_FALSE(csrf_matches(secret, "not base64 at all"));
}

TEST(Rules, ReturnPathsStayInside) {
  for (const char* good : {"/nation/office", "/nation/plans?sort=-number", "/nation/log/records/1"})
    EXPECT_TRUE(is_return_path(good, "nation")) << good;
  for (const char* bad :
       {"", "/", "/nation", "/other/office", "//evil.example/nation/", "/nation//evil", "/nation/../other", "https://evil.example/",
        "/nation/\\evil", "/nation/sign-in", "/nation/sign-out", "/nation/a b", "/nation/\r\nX: y"})
    EXPECT_FALSE(is_return_path(bad, "nation")) << bad;
}

TEST(Rules, NamesAndOrganisationsAreChecked) {
  EXPECT_TRUE(check_name("計画 花子").empty());
  for (auto bad : {std::string(), std::string("  "), std::string("a\nb"), std::string("\xff"), std::string(201, 'x')})
    EXPECT_EQ(check_name(bad).size(), 1u);
  std::string longest;
  for (int i = 0; i < 200; ++i) longest += "龍";
  EXPECT_TRUE(check_name(longest).empty()) << "characters are counted, not bytes";
  EXPECT_EQ(check_name(longest + "龍")[0].message.en, "Use at most 200 characters (there are 201).");
  EXPECT_EQ(check_name(longest + "龍")[0].message.ja, "200文字までにしてください（今は201文字です）。");
  EXPECT_TRUE(check_organisation({"nation", {"国", "Nation"}}).empty());
  EXPECT_EQ(check_organisation({"kingdom", {"", ""}}).size(), 3u);
}

}  // namespace
}  // namespace musubi::identity
