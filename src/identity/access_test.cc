// Every route of identity: who may use it, who is refused, and what a forged post meets.

#include "identity/access.h"

#include <gtest/gtest.h>

#include "identity/pages.h"
#include "identity/posts.h"
#include "identity/residents.h"
#include "identity/test_office.h"

namespace musubi::identity {
namespace {

using http::Access;
using http::Method;

class Doors : public Office {
 protected:
  void SetUp() override {
    Office::SetUp();
    if (HasFatalFailure()) return;
    context = std::make_unique<RouteContext>(RouteContext{*store,
                                                          clock,
                                                          [] { return std::string("https://aoba.example"); },
                                                          [](const http::Request&, const std::string&) {
                                                            return web::Site{{"青葉町", "Aoba Town"}};
                                                          },
                                                          {},
                                                          {}});
    router.set_authoriser(authoriser(*store, clock));
    router.add(sign_in_routes(*context));
    router.add(office_routes(*context));
    router.add(card_routes(*context));
    router.add(register_routes(*context));
    router.add(card_office_routes(*context));
    officer = write([&](db::Transaction& tx) { return appoint(tx, "佐藤", Role::kOfficer, "operator", clock.now()); }).value();
  }

  http::Response ask(Method method, const std::string& target, const std::string& token = {}, const std::string& body = {},
                     const char* cookie = "musubi_aoba=", const char* site = "") {
    http::Request request;
    if (*site) request.headers.add("Sec-Fetch-Site", site);
    request.method = method;
    request.target = target;
    request.id = "01";
    if (!token.empty()) request.headers.add("Cookie", cookie + token);
    if (method == Method::post) request.headers.add("Content-Type", "application/x-www-form-urlencoded");
    request.body = body;
    EXPECT_TRUE(http::parse_target(request).ok());
    return router.dispatch(request);
  }
  std::string csrf(const std::string& page_target, const std::string& token) {
    std::string page = ask(Method::get, page_target, token).body;
    auto at = page.find("name=\"csrf\" value=\"");
    return at == page.npos ? "" : page.substr(at + 19, page.find('"', at + 19) - at - 19);
  }

  Resident hanako() {
    Resident one;
    one.name = {"結城", "花子", "ユウキ", "ハナコ", {}};
    one.birth_date = {1988, 5, 6};
    one.address = {"100-0901", "結県", "青葉町", "桜丘一丁目2番3号", ""};
    one.since = {2020, 4, 1};
    return write([&](db::Transaction& tx) { return enter_resident(tx, one, "operator"); }).value();
  }
  void make_desk(std::optional<text::Date> until = {}) {
    ASSERT_OK(write([&](db::Transaction& tx) -> Result<void> {
      TRY(put_unit(tx, {"residents", {"住民課", "Residents"}, "", {2020, 4, 1}, {}}, "operator"));
      return put_post(tx, {"desk", "residents", {"窓口係", "Front desk"}, {2020, 4, 1}, until}, "operator");
    }));
  }

  std::unique_ptr<RouteContext> context;
  http::Router router;
  Officer officer;
};
INSTANTIATE_TEST_SUITE_P(Both, Doors, ::testing::ValuesIn(testing::back_ends()), testing::back_end_name);

std::string target_of(std::string_view pattern, const std::string& officer) {
  std::string target(pattern);
  for (auto [name, value] : {std::pair<std::string, std::string>{"{org}", "aoba"},
                             {"{officer}", officer},
                             {"{token}", std::string(43, 'a')},
                             {"{handle}", std::string(32, 'a')},
                             {"{code}", std::string(26, 'a')},
                             {"{card}", "card-0000000000"},
                             {"{case}", "2026-000001"}})
    if (auto at = target.find(name); at != target.npos) target.replace(at, name.size(), value);
  return target;
}

TEST_P(Doors, EveryRouteRefusesWhomItMust) {
  std::string plain = signed_in(officer.code);
  int walked = 0;
  for (const auto& route : router.routes()) {
    if (route->access == Access::kPublic || route->access == Access::kResident) continue;
    std::string target = target_of(route->pattern, officer.code);
    EXPECT_EQ(ask(route->method, target).status, 401) << target;
    EXPECT_EQ(ask(route->method, target, std::string(43, 'z')).status, 401) << target;
    if (route->access == Access::kAdministrator) { EXPECT_EQ(ask(route->method, target, plain).status, 403) << target; }
    if (route->method == Method::post) {
      std::string administrators = signed_in(administrator.code);
      EXPECT_EQ(ask(route->method, target, administrators).status, 403) << target << " without a token";
      EXPECT_EQ(ask(route->method, target, administrators, "csrf=" + csrf("/aoba/sessions", plain)).status, 403)
          << target << " with another's token";
    }
    ++walked;
  }
  EXPECT_GE(walked, 18);
}

TEST_P(Doors, RoutesForResidentsTakeResidentsOnly) {
  std::string officers = signed_in(administrator.code);
  std::string code(26, 'b'),
      residents = write([&](db::Transaction& tx) { return open_resident_session(tx, code, clock.now()); }).value();
  int walked = 0;
  for (const auto& route : router.routes()) {
    std::string target = target_of(route->pattern, officer.code);
    if (route->access != Access::kResident) {
      if (route->access != Access::kPublic) {
        EXPECT_EQ(ask(route->method, target, residents, {}, "musubi_aoba_card=").status, 401) << target << " is for officers";
      }
      continue;
    }
    EXPECT_EQ(ask(route->method, target).status, 401) << target;
    EXPECT_EQ(ask(route->method, target, officers).status, 401) << target << " is not for officers";
    EXPECT_EQ(ask(route->method, target, residents).status, 401) << target << ": a token in the other cookie";
    if (route->method == Method::post) {
      EXPECT_EQ(ask(route->method, target, residents, {}, "musubi_aoba_card=").status, 403) << target << " without a token";
    }
    ++walked;
  }
  EXPECT_GE(walked, 4);
}

// An officer who is also a resident: two cookies, and on each route the right one acts.
TEST_P(Doors, OfficerAndResidentSideBySide) {
  std::string officers = signed_in(administrator.code), code(26, 'b');
  std::string residents = write([&](db::Transaction& tx) { return open_resident_session(tx, code, clock.now()); }).value();
  std::string acted;
  for (auto [pattern, access] : {std::pair{"/{org}/as/resident", Access::kResident}, {"/{org}/as/officer", Access::kOfficer}})
    router.add({Method::get, pattern, access,
                [&](http::Request& request) -> Result<http::Response> {
                  acted = actor(request);
                  EXPECT_TRUE(resident(request) && caller(request));
                  return http::text("");
                },
                "試験", "test"});
  std::string both = officers + "; musubi_aoba_card=" + residents;
  EXPECT_EQ(ask(Method::get, "/aoba/as/resident", both).status, 200);
  EXPECT_EQ(acted, code);
  EXPECT_EQ(ask(Method::get, "/aoba/as/officer", both).status, 200);
  EXPECT_EQ(acted, administrator.code);
}

TEST_P(Doors, LookingAtResidentsIsARecordFirst) {
  std::string token = signed_in(administrator.code);
  Resident entered = hanako();
  make_desk();
  ASSERT_OK(write([&](db::Transaction& tx) -> Result<void> {
    TRY(assign_post(tx, {"desk", administrator.code, {2020, 4, 1}, {}, HoldingKind::kRegular}, "operator"));
    return set_register_duty(tx, "desk", kLookDuty, "operator");
  }));
  auto reads = [&] {
    return database->read([](db::Reader& reader) { return evidence::read_records(reader, 0, 100, "identity.resident_read"); })
        .value()
        .size();
  };
  auto search = [&](const std::string& words) {
    auto sent = ask(Method::post, "/aoba/office/residents", token, "csrf=" + csrf("/aoba/sessions", token) + "&q=" + words);
    EXPECT_EQ(sent.status, 303);
    return std::string(sent.headers.get("Location"));
  };
  std::string found = search("%E8%8A%B1%E5%AD%90");
  auto page = ask(Method::get, found, token);
  EXPECT_EQ(page.status, 200);
  EXPECT_NE(page.body.find("結城 花子"), std::string::npos);
  EXPECT_EQ(reads(), 1u);
  EXPECT_EQ(ask(Method::get, found, signed_in(administrator.code)).status, 422) << "of another session";
  EXPECT_EQ(ask(Method::get, search("%E5%B1%B1%E7%94%B0"), token).status, 200);
  EXPECT_EQ(reads(), 1u) << "nobody was found, nobody was read";
  auto entry = ask(Method::get, "/aoba/office/residents/" + entered.code, token);
  EXPECT_EQ(entry.status, 200);
  EXPECT_NE(entry.body.find("桜丘一丁目2番3号"), std::string::npos);
  EXPECT_EQ(reads(), 2u);
  for (const char* list :
       {"/aoba/office/residents", "/aoba/office/residents?state=all", "/aoba/office/residents.json", "/aoba/office/residents.csv"}) {
    auto nobody = ask(Method::get, list, token);
    EXPECT_EQ(nobody.status, 200) << list;
    EXPECT_EQ(nobody.body.find("ハナコ"), std::string::npos) << list << ": nobody is listed who was not looked for";
  }
  EXPECT_EQ(reads(), 2u);
  EXPECT_EQ(ask(Method::get, "/aoba/office/residents/" + std::string(26, 'a'), token).status, 404);
}

TEST_P(Doors, WhoMovedOutIsFoundUnderEverybody) {
  std::string token = signed_in(administrator.code);
  Resident gone = hanako();
  make_desk();
  ASSERT_OK(write([&](db::Transaction& tx) -> Result<void> {
    TRY(assign_post(tx, {"desk", administrator.code, {2020, 4, 1}, {}, HoldingKind::kRegular}, "operator"));
    TRY(set_register_duty(tx, "desk", kLookDuty, "operator"));
    return move_out(tx, std::vector{gone.code}, {2026, 11, 1}, gone.address, "operator");
  }));
  auto search = [&](const std::string& state) {
    auto sent = ask(Method::post, "/aoba/office/residents", token,
                    "csrf=" + csrf("/aoba/sessions", token) + "&state=" + state + "&q=%E8%8A%B1%E5%AD%90");
    return ask(Method::get, std::string(sent.headers.get("Location")), token).body;
  };
  std::string here = search("");
  EXPECT_NE(here.find("<option value=\"\" selected>今住んでいる人</option>"), std::string::npos);
  EXPECT_EQ(here.find("すべて</option>"), std::string::npos) << "no choice says all and means some";
  EXPECT_EQ(here.find("結城 花子"), std::string::npos);
  EXPECT_NE(here.find("今住んでいる人だけを探しました。"), std::string::npos) << "what was searched, and what else can be";
  for (const char* state : {"all", "moved_out"}) EXPECT_NE(search(state).find("結城 花子"), std::string::npos) << state;
  std::string dead = search("dead");
  EXPECT_EQ(dead.find("結城 花子"), std::string::npos);
  EXPECT_EQ(dead.find("今住んでいる人だけを"), std::string::npos);
}

// Who may look into the register is decided anew at each request, by duty, post and day; a refusal says nothing of anybody.
TEST_P(Doors, TheRegisterIsClosedUnlessAPostOpensIt) {
  context->office = {{{"住民", "Residents"}, "/office/residents"}, {{"職", "Posts"}, "/office/posts"}};
  Resident one = hanako();
  make_desk();
  auto today = text::jst_date(clock.now());
  auto yesterday = text::jst_date(Time{clock.now().us - 24LL * 3600 * 1'000'000});
  auto set = [&](auto&& change) { ASSERT_OK(write(change)); };
  auto duty = [&](std::string_view word) {
    set([&](db::Transaction& tx) { return set_register_duty(tx, "desk", word, "operator"); });
  };
  auto hold = [&](std::optional<text::Date> until) {
    set([&](db::Transaction& tx) {
      return assign_post(tx, {"desk", officer.code, {2020, 4, 1}, until, HoldingKind::kRegular}, "operator");
    });
  };
  auto looks = [&] {
    return database->read([](db::Reader& reader) { return evidence::read_records(reader, 0, 500, "identity.resident_read"); })
        .value()
        .size();
  };
  auto doors = [&](const std::string& who, int wanted, const char* why) {
    std::string token = signed_in(who);
    auto before = looks();
    for (const std::string& target : {std::string("/aoba/office/residents"), std::string("/aoba/office/residents?state=all"),
                                      std::string("/aoba/office/residents?state=present"), std::string("/aoba/office/residents.json"),
                                      std::string("/aoba/office/residents.csv"), "/aoba/office/residents/" + one.code}) {
      auto answer = ask(Method::get, target, token);
      EXPECT_EQ(answer.status, wanted) << why << ": " << target;
      if (wanted != 403) continue;
      EXPECT_EQ(answer.body.find("結城"), std::string::npos) << why << ": " << target;
      EXPECT_NE(answer.body.find("identity.look_duty_needed"), std::string::npos) << answer.body;
    }
    auto nobody = ask(Method::get, "/aoba/office/residents/" + std::string(26, 'a'), token);
    EXPECT_EQ(nobody.status, wanted == 403 ? 403 : 404) << why << ": whether somebody is there is not told either";
    auto search =
        ask(Method::post, "/aoba/office/residents", token, "csrf=" + csrf("/aoba/sessions", token) + "&q=%E8%8A%B1%E5%AD%90");
    EXPECT_EQ(search.status, wanted == 403 ? 403 : 303) << why;
    bool linked = ask(Method::get, "/aoba/office", token).body.find("/aoba/office/residents\"") != std::string::npos;
    EXPECT_EQ(linked, wanted == 200) << why << ": the way there on the start page";
    EXPECT_EQ(looks(), before + (wanted == 200 ? 1 : 0)) << why;
  };
  doors(officer.code, 403, "an officer without a post");
  doors(administrator.code, 403, "an administrator without a post");
  hold({});
  doors(officer.code, 403, "a post without a duty");
  duty(kLookDuty);
  doors(officer.code, 200, "the duty to look");
  doors(administrator.code, 403, "another officer's post");
  EXPECT_EQ(ask(Method::get, "/aoba/office/residents/" + one.code + "/change", signed_in(officer.code)).status, 403)
      << "to look is not to change";
  duty(kRegisterDuty);
  doors(officer.code, 200, "who may change an entry may look");
  EXPECT_EQ(ask(Method::get, "/aoba/office/residents/" + one.code + "/change", signed_in(officer.code)).status, 200);
  duty("");
  doors(officer.code, 403, "the duty was taken away");
  duty(kLookDuty);
  hold(yesterday);
  doors(officer.code, 403, "the holding ended yesterday");
  hold(today);
  doors(officer.code, 200, "its last day counts");
  make_desk(yesterday);
  hold({});
  doors(officer.code, 403, "the post itself ended yesterday");
  make_desk();
  doors(officer.code, 200, "the post goes on");
  std::string token = signed_in(officer.code);
  set([&](db::Transaction& tx) { return change_officer(tx, officer.code, Role::kOfficer, false, administrator.code); });
  EXPECT_EQ(ask(Method::get, "/aoba/office/residents", token).status, 401) << "a deactivated officer";
}

TEST_P(Doors, ARefusalAtTheRegisterSaysWhoMay) {
  make_desk();
  std::string token = signed_in(officer.code);
  std::string none = ask(Method::get, "/aoba/office/residents", token).body;
  EXPECT_NE(none.find("今その任務がある職：なし"), std::string::npos) << none;
  ASSERT_OK(write([&](db::Transaction& tx) { return set_register_duty(tx, "desk", kRegisterDuty, "operator"); }));
  std::string refused = ask(Method::get, "/aoba/office/residents", token).body;
  for (const char* part : {"今その任務がある職：窓口係。", "管理者に頼んでください", "/aoba/office/posts"})
    EXPECT_NE(refused.find(part), std::string::npos) << part << refused;
}

TEST_P(Doors, PostsAreAssignedOnThePage) {
  ASSERT_OK(write([&](db::Transaction& tx) -> Result<void> {
    TRY(put_unit(tx, {"residents", {"住民課", "Residents"}, "", {2020, 4, 1}, {}}, "operator"));
    return put_post(tx, {"chief", "residents", {"課長", "Chief"}, {2020, 4, 1}, {}}, "operator");
  }));
  std::string token = signed_in(administrator.code),
              form = "csrf=" + csrf("/aoba/office/posts", token) + "&post=chief&kind=regular&officer=" + officer.code;
  auto refused = ask(Method::post, "/aoba/office/posts", token,
                     form + "&from-year=2026&from-month=2&from-day=30" + "&until-year=x&until-month=1&until-day=1");
  EXPECT_EQ(refused.status, 422);
  for (const char* words : {"2026-2-30 という日はありません", "年・月・日を、それぞれ数字で入力してください"})
    EXPECT_NE(refused.body.find(words), std::string::npos) << words << ": in words of the boxes";
  EXPECT_EQ(refused.body.find("の形で入力"), std::string::npos);
  EXPECT_EQ(ask(Method::post, "/aoba/office/posts", token, form + "&from-year=2026&from-month=4&from-day=1").status, 303);
  EXPECT_NE(ask(Method::get, "/aoba/office/posts", token).body.find("佐藤"), std::string::npos);
}

// A new office, from nothing to somebody who holds a post and leaves it again.
TEST_P(Doors, AnOfficeIsSetUpOnThePage) {
  const std::string page = "/aoba/office/posts", token = signed_in(administrator.code);
  auto from = [&](const std::string& before) {
    return "&" + before + "from-year=2026&" + before + "from-month=4&" + before + "from-day=1";
  };
  auto send = [&](const std::string& below, const std::string& form) {
    return ask(Method::post, page + below, token, "csrf=" + csrf(page, token) + "&" + form);
  };
  auto shown = [&] { return ask(Method::get, page, token).body; };
  auto records = [&] { return database->read([](db::Reader& reader) { return evidence::record_count(reader); }).value(); };
  EXPECT_NE(shown().find("まず課を作り"), std::string::npos) << "an empty office says what to do";
  auto before = records();
  auto refused = send("/unit", "unit_id=X&unit_title_ja=&unit_title_en=&unit_from-year=2026&unit_from-month=2&unit_from-day=30");
  EXPECT_EQ(refused.status, 422);
  for (const char* field : {"field-unit_id", "field-unit_title_ja", "field-unit_title_en", "field-unit_from"})
    EXPECT_NE(refused.body.find("#" + std::string(field)), std::string::npos) << field << ": all faults at once";
  EXPECT_EQ(records(), before) << "nothing is kept of a refused form";
  EXPECT_EQ(
      send("/unit", "unit_id=residents&unit_title_ja=%E4%BD%8F%E6%B0%91%E8%AA%B2&unit_title_en=Residents" + from("unit_")).status,
      303);
  EXPECT_EQ(send("/unit", "unit_id=residents&unit_title_ja=x&unit_title_en=x" + from("unit_")).status, 422)
      << "an id is not taken twice";
  EXPECT_EQ(
      send("/unit",
           "unit_id=later&unit_title_ja=%E4%BD%8F%E6%B0%91&unit_title_en=Later&unit_from-year=2099&unit_from-month=4&unit_from-day=1")
          .status,
      303);
  EXPECT_EQ(send("/unit", "unit_id=later&unit_title_ja=x&unit_title_en=x" + from("unit_")).status, 422)
      << "nor that of a unit that begins later";
  EXPECT_NE(shown().find("住民課"), std::string::npos);
  EXPECT_EQ(send("/post", "post_id=desk&post_unit=nowhere&post_title_ja=x&post_title_en=x" + from("post_")).status, 422);
  EXPECT_EQ(
      send("/post", "post_id=desk&post_unit=residents&post_title_ja=%E7%AA%93%E5%8F%A3&post_title_en=Desk" + from("post_")).status,
      303);
  EXPECT_EQ(send("/post", "post_id=desk&post_unit=residents&post_title_ja=x&post_title_en=x" + from("post_")).status, 422)
      << "nor is a post's";
  EXPECT_NE(shown().find("今日は在職者なし"), std::string::npos);
  EXPECT_EQ(send("", "post=desk&kind=regular&officer=" + officer.code + from("")).status, 303);
  std::string holding = "end_holding=desk%2F" + officer.code + "%2F2026-04-01&end_until-month=3&end_until-day=31&end_until-year=";
  EXPECT_EQ(send("/end", holding + "2025").status, 422) << "before its first day";
  EXPECT_EQ(send("/end", "end_holding=none&end_until-month=3&end_until-day=31&end_until-year=2030").status, 422);
  EXPECT_EQ(send("/end", holding + "2030").status, 303);
  auto all = database->read([](db::Reader& reader) { return holdings(reader); }).value();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].until, (text::Date{2030, 3, 31}));
  EXPECT_EQ(records(), before + 5) << "two units, a post, an assignment, its end";
  auto odd = send("/duty", "duty_post=nowhere&duty_may=everything");
  EXPECT_EQ(odd.status, 422);
  for (const char* field : {"field-duty_post", "field-duty_may"})
    EXPECT_NE(odd.body.find("#" + std::string(field)), std::string::npos) << field << ": all faults at once";
  auto bearing = [&](std::string_view duty) {
    return database->read([&](db::Reader& reader) { return posts_with(reader, duty); }).value();
  };
  using Posts = std::vector<std::string>;
  EXPECT_EQ(send("/duty", "duty_post=desk&duty_may=look").status, 303);
  EXPECT_EQ(bearing(kLookDuty), Posts{"desk"});
  EXPECT_EQ(bearing(kRegisterDuty), Posts{});
  EXPECT_EQ(send("/duty", "duty_post=desk&duty_may=register").status, 303);
  EXPECT_EQ(bearing(kLookDuty), Posts{"desk"}) << "to change is to look, too";
  EXPECT_EQ(bearing(kRegisterDuty), Posts{"desk"});
  EXPECT_EQ(send("/duty", "duty_post=desk&duty_may=nothing").status, 303);
  EXPECT_EQ(bearing(kLookDuty), Posts{});
  std::string officers = signed_in(officer.code);
  EXPECT_EQ(ask(Method::get, page, officers).body.find("new-unit"), std::string::npos) << "officers look only";
}

TEST_P(Doors, EveryPageAnswersItsReader) {
  std::string token = signed_in(administrator.code);
  for (const char* target : {"/aoba/office", "/aoba/sessions", "/aoba/office/officers", "/aoba/office/officers.json"}) {
    auto response = ask(Method::get, target, token);
    EXPECT_EQ(response.status, 200) << target << " " << response.body;
    EXPECT_EQ(response.headers.get("Cache-Control"), "no-store") << target;
  }
  EXPECT_EQ(ask(Method::get, "/aoba/office/officers/" + officer.code, token).status, 200);
  EXPECT_EQ(ask(Method::get, "/aoba/office/officers/officer-zzzzzz", token).status, 404);
}

TEST_P(Doors, ALinkIsShownThenUsed) {
  std::string address = "/aoba/sign-in/" + link(administrator.code);
  for (int i = 0; i < 2; ++i) {  // looking does not use it up
    auto shown = ask(Method::get, address);
    EXPECT_EQ(shown.status, 200);
    EXPECT_EQ(shown.headers.get("Referrer-Policy"), "no-referrer");
  }
  EXPECT_EQ(ask(Method::post, address, {}, {}, "musubi_aoba=", "cross-site").status, 403)
      << "nobody is signed in by another site's form";
  auto used = ask(Method::post, address, {}, {}, "musubi_aoba=", "same-origin");
  EXPECT_EQ(used.status, 303);
  EXPECT_EQ(used.headers.get("Location"), "/aoba/office");
  std::string cookie(used.headers.get("Set-Cookie"));
  for (const char* part : {"musubi_aoba=", "HttpOnly", "SameSite=Lax", "Path=/aoba", "Secure"})
    EXPECT_NE(cookie.find(part), cookie.npos) << cookie;
  std::string token = cookie.substr(12, 43);
  EXPECT_EQ(ask(Method::get, "/aoba/office", token).status, 200);
  auto again = ask(Method::post, address);
  EXPECT_EQ(again.status, 410);
  EXPECT_NE(again.body.find("サーバーを止めてから"), again.body.npos) << "the command is refused beside a server";
  EXPECT_NE(again.body.find("musubi org link aoba"), again.body.npos);
  EXPECT_EQ(ask(Method::get, "/aoba/sign-in/" + std::string(43, 'a')).status, 404);
}

TEST_P(Doors, ADayIsTheDayInJapan) {
  clock.set(Time{1'800'028'800'000'000});  // 2027-01-15T16:00:00Z
  std::string token = signed_in(administrator.code), form = "csrf=" + csrf("/aoba/office/officers", token);
  EXPECT_EQ(ask(Method::post, "/aoba/office/officers", token, form + "&name=Hanako&role=officer").status, 201);
  EXPECT_NE(ask(Method::get, "/aoba/office/officers.json", token).body.find("2027-01-16"), std::string::npos);
}

TEST_P(Doors, AnAdministratorAppointsChangesAndCannotLeaveAlone) {
  std::string token = signed_in(administrator.code), form = "csrf=" + csrf("/aoba/office/officers", token);
  auto appointed = ask(Method::post, "/aoba/office/officers", token, form + "&name=Hanako&role=officer");
  EXPECT_EQ(appointed.status, 201) << appointed.body;
  EXPECT_NE(appointed.body.find("https://aoba.example/aoba/sign-in/"), appointed.body.npos);
  EXPECT_EQ(ask(Method::post, "/aoba/office/officers", token, form + "&name=&role=officer").status, 422);
  EXPECT_EQ(ask(Method::post, "/aoba/office/officers/" + officer.code + "/link", token, form).status, 201);
  EXPECT_EQ(ask(Method::post, "/aoba/office/officers/" + officer.code, token, form + "&role=officer&state=inactive").status, 303);
  EXPECT_EQ(ask(Method::post, "/aoba/office/officers/" + administrator.code, token, form + "&role=officer&state=active").status, 409);
}

TEST_P(Doors, AnOfficerSeesWhoMadeALinkForThem) {
  std::string token = signed_in(administrator.code), words = "運用者（サーバー上で）";
  EXPECT_EQ(ask(Method::get, "/aoba/sessions", token).body.find(words), std::string::npos);
  ASSERT_OK(write([&](db::Transaction& tx) { return make_link(tx, administrator.code, clock.now(), "operator"); }));
  EXPECT_NE(ask(Method::get, "/aoba/sessions", token).body.find(words), std::string::npos);
}

TEST_P(Doors, OwnSignInsAsData) {
  std::string token = signed_in(administrator.code);
  signed_in(administrator.code);
  ASSERT_OK(write([&](db::Transaction& tx) { return make_link(tx, administrator.code, clock.now(), "operator"); }));
  auto all = ask(Method::get, "/aoba/sessions.json", token);
  EXPECT_EQ(all.status, 200);
  EXPECT_EQ(all.headers.get("Cache-Control"), "no-store");
  auto rows = parse_json(all.body).value().as_object()["rows"].as_array();
  ASSERT_EQ(rows.size(), 3u) << "two sign-ins and an open link, of nobody else";
  EXPECT_EQ(std::count_if(rows.begin(), rows.end(), [](auto& row) { return row.at("this_browser") == "true"; }), 1);
  EXPECT_EQ(rows[2].at("kind"), "link");
  EXPECT_EQ(rows[2].at("made_by"), "operator");
  EXPECT_EQ(all.body.find(token), std::string::npos);
  EXPECT_TRUE(
      ask(Method::get, "/aoba/sessions.csv", token).body.starts_with("kind,id,this_browser,begun,last_used,good_until,made_by\r\n"));
  std::string resident =
      write([&](db::Transaction& tx) { return open_resident_session(tx, std::string(26, 'b'), clock.now()); }).value();
  auto own = ask(Method::get, "/aoba/my/sessions.json", resident, {}, "musubi_aoba_card=");
  EXPECT_EQ(own.status, 200);
  EXPECT_EQ(parse_json(own.body).value().at("rows").as_array().size(), 1u);
  EXPECT_EQ(ask(Method::get, "/aoba/my/sessions.csv", resident, {}, "musubi_aoba_card=").status, 200);
}

TEST_P(Doors, SigningOutEndsIt) {
  std::string one = signed_in(administrator.code), two = signed_in(administrator.code);
  EXPECT_EQ(ask(Method::post, "/aoba/sign-out", one, "csrf=" + csrf("/aoba/sessions", one)).status, 303);
  EXPECT_EQ(ask(Method::get, "/aoba/office", one).status, 401);
  EXPECT_EQ(ask(Method::get, "/aoba/office", two).status, 200);
  EXPECT_EQ(ask(Method::post, "/aoba/sessions", two, "csrf=" + csrf("/aoba/sessions", two)).status, 303);
  EXPECT_EQ(ask(Method::get, "/aoba/office", two).status, 401);
}

TEST(AccessRedirect, LeadsToSignInAndBack) {
  http::Request request;
  request.parameters["org"] = "aoba";
  request.target = "/aoba/office/plans?x=1";
  Error needed{Code::kUnauthenticated, "identity.sign_in_needed", {}, {}};
  auto away = to_sign_in(needed, request);
  ASSERT_TRUE(away);
  EXPECT_EQ(away->headers.get("Location"), "/aoba/sign-in?return=%2Faoba%2Foffice%2Fplans%3Fx%3D1");
  EXPECT_FALSE(to_sign_in({Code::kForbidden, "identity.not_allowed", {}, {}}, request));
}

}  // namespace
}  // namespace musubi::identity
