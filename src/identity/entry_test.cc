// Entries made by hand: what follows from them, two officers at once, undoing, and the pages on which all of it happens.

#include "identity/entry.h"

#include <gtest/gtest.h>

#include "evidence/erase.h"
#include "evidence/verify.h"
#include "identity/access.h"
#include "identity/pages.h"
#include "identity/posts.h"
#include "identity/test_forms.h"
#include "identity/test_office.h"

namespace musubi::identity {
namespace {

using http::Method;

class Entries : public Office {
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
    context->cases = [this](const std::string&) -> Result<CaseGround> {
      return CaseGround{
          [this](db::Reader&, const std::string& id) -> Result<std::optional<GroundCase>> {
            if (id != "2026-000007") return std::optional<GroundCase>();
            return std::optional(GroundCase{{"訂正の請求", "Correction"},
                                            {people[0].code},
                                            {{{"正しい内容", "Wanted"}, {"結城 華子", "結城 華子"}}},
                                            case_erased});
          },
          [this](db::Transaction&, const std::string& id, bool entered, const std::string& why, const std::string&) -> Result<void> {
            settled.push_back(id + (entered ? " entered" : " " + why));
            return {};
          }};
    };
    router.set_authoriser(authoriser(*store, clock));
    router.add(sign_in_routes(*context));
    router.add(register_routes(*context));
    Resident head;
    head.name = {"結城", "花子", "ユウキ", "ハナコ", {}};
    head.birth_date = {1988, 5, 6};
    head.address = {"100-0901", "結県", "青葉町", "桜丘一丁目2番3号", ""};
    head.since = {2020, 4, 1};
    Resident child = head, other = head;
    child.name.given = "蓮";
    child.name.given_kana = "レン";
    child.birth_date = {2019, 7, 8};
    child.relation = "child";
    other.name = {"田中", "一郎", "タナカ", "イチロウ", {}};
    people = write([&](db::Transaction& tx) { return enter_residents(tx, {head, child, other}, "operator"); }).value();
    clerk = write([&](db::Transaction& tx) -> Result<Officer> {
              auto made = TRY(appoint(tx, "佐藤", Role::kOfficer, "operator", clock.now()));
              TRY(put_unit(tx, {"residents", {"住民課", "Residents"}, "", {2020, 4, 1}, {}}, "operator"));
              TRY(put_post(tx, {"desk", "residents", {"窓口係", "Desk"}, {2020, 4, 1}, {}}, "operator"));
              TRY(assign_post(tx, {"desk", made.code, {2020, 4, 1}, {}, HoldingKind::kRegular}, "operator"));
              TRY(set_duty(tx, "desk", kRegisterDuty, true, "operator"));
              return made;
            }).value();
  }
  Resident get(const std::string& code) {
    return *database->read([&](db::Reader& reader) { return resident(reader, code); }).value();
  }
  ByHand of(const Resident& person) { return {person, today, "ex_officio", "", entry_mark(get(person.code))}; }
  Result<EntryPlan> enter(const ByHand& entry) {
    return write([&](db::Transaction& tx) { return enter_by_hand(tx, entry, today, clerk.code); });
  }
  void expect_clean() {
    auto report = evidence::verify(*database, {});
    ASSERT_OK(report);
    EXPECT_TRUE(report->clean()) << report->findings[0].where << ": " << report->findings[0].message.en;
  }
  std::uint64_t records() {
    return database->read([](db::Reader& reader) { return evidence::record_count(reader); }).value();
  }

  http::Response ask(Method method, const std::string& target, const std::string& token, const std::string& body = {}) {
    http::Request request;
    request.method = method;
    request.target = target;
    request.id = "01";
    request.headers.add("Cookie", "musubi_aoba=" + token);
    if (method == Method::post) request.headers.add("Content-Type", "application/x-www-form-urlencoded");
    request.body = body;
    EXPECT_TRUE(http::parse_target(request).ok());
    return router.dispatch(request);
  }
  // The n-th form of a page as a browser sends it: hidden fields, and what was typed.
  static std::string sent(const std::string& page, int n, const std::vector<std::pair<std::string, std::string>>& typed) {
    std::string out;
    auto add = [&](const std::string& name, const std::string& value) {
      out += (out.empty() ? "" : "&") + http::percent_encode(name) + "=" + http::percent_encode(value);
    };
    for (const auto& [name, value] : form_on(page, n).fields) add(name, value);
    for (const auto& [name, value] : typed) add(name, value);
    return out;
  }
  std::vector<std::pair<std::string, std::string>> typed_of(const Resident& person) {
    auto date = [](std::vector<std::pair<std::string, std::string>>& out, const std::string& name, text::Date day) {
      for (auto [part, value] : {std::pair{"-year", day.year}, {"-month", day.month}, {"-day", day.day}})
        out.emplace_back(name + part, std::to_string(value));
    };
    std::vector<std::pair<std::string, std::string>> out{{"name-family", person.name.family},
                                                         {"name-given", person.name.given},
                                                         {"name-family_kana", person.name.family_kana},
                                                         {"name-given_kana", person.name.given_kana},
                                                         {"name-former_family", ""},
                                                         {"sex", "not_stated"},
                                                         {"address-postal_code", person.address.postal_code},
                                                         {"address-prefecture", person.address.prefecture},
                                                         {"address-municipality", person.address.municipality},
                                                         {"address-street", person.address.street},
                                                         {"address-building", ""},
                                                         {"where", "same"},
                                                         {"household", ""},
                                                         {"relation", person.relation},
                                                         {"insurance", person.insurance},
                                                         {"child_allowance", "no"}};
    date(out, "birth_date", person.birth_date);
    date(out, "since", person.since);
    date(out, "day", today);
    return out;
  }

  const text::Date today{2027, 1, 15};  // of the clock
  std::unique_ptr<RouteContext> context;
  http::Router router;
  std::vector<Resident> people;
  evidence::Record settlement() {
    auto all = database->read([](db::Reader& r) { return evidence::read_records(r, 0, 1000, "identity.entry_settled"); }).value();
    EXPECT_EQ(all.size(), 1u);
    return all.empty() ? evidence::Record{} : all.back();
  }

  std::vector<std::string> settled;
  bool case_erased = false;
  Officer clerk;
};
INSTANTIATE_TEST_SUITE_P(Both, Entries, ::testing::ValuesIn(testing::back_ends()), testing::back_end_name);

TEST_P(Entries, AnEntryIsMadeWithItsRecordAndUndoneByAnother) {
  ASSERT_EQ(text::jst_date(clock.now()), today);
  Resident wanted = people[0];
  wanted.name.given_kana = "ハナゴ";
  wanted.insurance = "national";
  auto entry = of(wanted);
  entry.reason = "correction";
  EXPECT_ERROR(enter(entry), "identity.bad_resident");  // a granted request has a number
  entry.case_id = "2026-000007";
  ASSERT_OK(enter(entry));
  EXPECT_EQ(get(wanted.code).name.given_kana, "ハナゴ");
  auto before = records();
  auto again = enter(entry);
  ASSERT_OK(again);
  EXPECT_FALSE(again->own.any()) << "the same post twice is one entry";
  EXPECT_EQ(records(), before);
  auto events = database->read([&](db::Reader& reader) { return entry_history(reader, wanted.code); }).value();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].reason, "correction");
  EXPECT_EQ(events[0].case_id, "2026-000007");
  EXPECT_EQ(events[0].actor, clerk.code);
  ASSERT_TRUE(events[1].state);
  auto undo = of(*events[1].state);
  undo.reason = "undo";
  ASSERT_OK(enter(undo));
  EXPECT_EQ(get(wanted.code), people[0]);
  EXPECT_EQ(database->read([&](db::Reader& reader) { return entry_history(reader, wanted.code); }).value().size(), 3u);
  expect_clean();
}

TEST_P(Entries, OfTwoOfficersOneIsToldWhatHappened) {
  Resident first = people[0], second = people[0];
  first.insurance = "national";
  second.insurance = "employee";
  auto late = of(second);
  ASSERT_OK(enter(of(first)));
  auto before = records();
  EXPECT_ERROR(enter(late), "identity.entry_changed");
  EXPECT_EQ(records(), before);
  EXPECT_EQ(get(first.code).insurance, "national");
}

TEST_P(Entries, EveryFaultIsSaidAtOnce) {
  auto entry = of(people[0]);
  entry.after.name.family = "";
  entry.after.birth_date = {2026, 2, 30};
  entry.after.address.postal_code = "1";
  entry.after.relation = "child";
  entry.after.insurance = "?";
  entry.day = {2027, 1, 16};
  entry.reason = "because";
  auto refused = enter(entry);
  EXPECT_ERROR(refused, "identity.bad_resident");
  for (const char* where : {"/name/family", "/birth_date", "/address/postal_code", "/relation", "/insurance", "/day", "/reason"})
    EXPECT_TRUE(std::any_of(refused.error().faults.begin(), refused.error().faults.end(), [&](const Fault& fault) {
      return fault.where == where;
    })) << where;
  EXPECT_ERROR(enter(of(people[0])), "identity.bad_resident");  // nothing changes
}

TEST_P(Entries, HouseholdsKeepOneHead) {
  Resident child = people[1];
  child.relation = "head";
  auto plan = enter(of(child));
  ASSERT_OK(plan);
  ASSERT_EQ(plan->others.size(), 1u);
  EXPECT_EQ(get(people[0].code).relation, "parent");
  child = get(people[1].code);
  child.household = std::string(kOwnHousehold);
  ASSERT_OK(enter(of(child)));
  EXPECT_NE(get(child.code).household, people[0].household);
  EXPECT_EQ(get(people[0].code).relation, "head") << "whoever is left gets a head";
  Resident joins = get(people[0].code);
  joins.household = people[2].household;
  joins.relation = "other";
  ASSERT_OK(enter(of(joins)));
  EXPECT_EQ(database->read([&](db::Reader& reader) { return household_of(reader, people[2].code); }).value().size(), 2u);
  joins = get(people[0].code);
  joins.household = "household-aaaaaaaa";
  auto refused = enter(of(joins));
  EXPECT_ERROR(refused, "identity.bad_resident");
  EXPECT_EQ(refused.error().faults[0].where, "/household");
  expect_clean();
}

TEST_P(Entries, AnAddressIsWrittenAnewOrFollowsTheOneBefore) {
  auto addresses = [&] { return database->read([&](db::Reader& reader) { return address_history(reader, people[0].code); }).value(); };
  auto entry = of(people[0]);
  entry.after.address.street = "桜丘一丁目2番4号";
  entry.day = {2020, 3, 31};
  EXPECT_ERROR(enter(entry), "identity.bad_resident");  // before the present one began
  entry.day = {2020, 4, 1};
  ASSERT_OK(enter(entry));
  ASSERT_EQ(addresses().size(), 1u) << "it was wrong from the beginning";
  EXPECT_EQ(addresses()[0].address.street, "桜丘一丁目2番4号");
  entry = of(get(people[0].code));
  entry.after.address.street = "若葉台5番";
  ASSERT_OK(enter(entry));
  ASSERT_EQ(addresses().size(), 2u);
  EXPECT_EQ(addresses()[0].until, today);
  EXPECT_FALSE(addresses()[1].until);
}

TEST_P(Entries, ADecisionWaitsOnceAndIsSettledOnce) {
  auto open = [&] {
    return write(
        [&](db::Transaction& tx) { return open_due(tx, "2026-000007", people[0].code, "person.household", clock.now(), "officer"); });
  };
  ASSERT_OK(open());
  ASSERT_OK(open());
  EXPECT_EQ(database->read([](db::Reader& reader) { return count_dues(reader); }).value(), 1);
  auto settle = [&] {
    return write([&](db::Transaction& tx) { return settle_due(tx, "2026-000007", "entered", "", clock.now(), clerk.code); });
  };
  ASSERT_OK(settle());
  EXPECT_ERROR(settle(), "identity.not_due");
  EXPECT_TRUE(database->read([](db::Reader& reader) { return open_dues(reader); }).value().empty());
  expect_clean();
}

TEST_P(Entries, PagesLeadFromADecisionToTheEntry) {
  ASSERT_OK(write(
      [&](db::Transaction& tx) { return open_due(tx, "2026-000007", people[0].code, "person.household", clock.now(), "officer"); }));
  std::string token = signed_in(clerk.code), administrators = signed_in(administrator.code);
  std::string change = "/aoba/office/residents/" + people[0].code + "/change";
  for (const std::string& target :
       {change, std::string("/aoba/office/register-work"), std::string("/aoba/office/register-work.json"),
        std::string("/aoba/office/register-work.csv"), std::string("/aoba/office/register-work/2026-000007")})
    EXPECT_EQ(ask(Method::get, target, administrators).status, 403) << target << ": an administrator without the duty";
  EXPECT_NE(ask(Method::get, "/aoba/office/register-work", token).body.find("2026-000007"), std::string::npos);
  EXPECT_EQ(parse_json(ask(Method::get, "/aoba/office/register-work.json", token).body).value().at("rows").at(0).at("item"),
            json::value("person.household"));
  EXPECT_NE(ask(Method::get, "/aoba/office/register-work.csv", token).body.find("\r\n2026-000007,person.household,"),
            std::string::npos);
  auto due_page = ask(Method::get, "/aoba/office/register-work/2026-000007", token);
  EXPECT_NE(due_page.body.find("結城 華子"), std::string::npos) << "what was asked for stands beside the way to enter it";
  auto form = ask(Method::get, change + "?case=2026-000007", token);
  ASSERT_EQ(form.status, 200) << form.body;
  EXPECT_EQ(form.headers.get("Cache-Control"), "no-store");
  Resident wanted = people[0];
  wanted.name.given = "華子";
  auto typed = typed_of(wanted);
  typed.insert(typed.end(), {{"reason", "correction"}, {"case", "2026-999999"}, {"settles", "yes"}});
  auto bad = ask(Method::post, change, token, sent(form.body, 0, typed));
  EXPECT_EQ(bad.status, 422);
  EXPECT_NE(bad.body.find("#field-case"), std::string::npos);
  for (auto& [name, value] : typed)
    if (name == "case") value = "2026-000007";
  auto before = records();
  auto check = ask(Method::post, change, token, sent(form.body, 0, typed));
  ASSERT_EQ(check.status, 200) << check.body;
  EXPECT_NE(check.body.find("結城 華子"), std::string::npos);
  EXPECT_EQ(records(), before + 1) << "looking is a record, checking enters nothing";
  auto done = ask(Method::post, change, token, sent(check.body, 0, {}));
  EXPECT_EQ(done.status, 303) << done.body;
  EXPECT_EQ(get(people[0].code).name.given, "華子");
  EXPECT_EQ(settled, std::vector<std::string>{"2026-000007 entered"});
  EXPECT_EQ(ask(Method::post, change, token, sent(check.body, 0, {})).status, 303) << "pressed twice";
  EXPECT_EQ(settled.size(), 1u);
  auto entry = ask(Method::get, "/aoba/office/residents/" + people[0].code + "?entered=1", token);
  EXPECT_NE(entry.body.find("change?undo=2"), std::string::npos);
  auto undo = ask(Method::get, change + "?undo=2", token);
  EXPECT_NE(undo.body.find("value=\"花子\""), std::string::npos) << "as it was before";
  Resident later = people[0];
  later.insurance = "elderly";
  auto stale = typed_of(later);
  stale.emplace_back("reason", "ex_officio");
  auto conflict = ask(Method::post, change, token, sent(form.body, 0, stale));
  EXPECT_EQ(conflict.status, 409) << "what was seen is not what stands there";
  EXPECT_NE(conflict.body.find("華子"), std::string::npos) << "what it says now";
  expect_clean();
}

TEST_P(Entries, WhoCorrectsWhatTheyTypedMeetsAChangeInBetween) {
  std::string token = signed_in(clerk.code), change = "/aoba/office/residents/" + people[0].code + "/change";
  auto form = ask(Method::get, change, token);
  Resident wanted = people[0];
  wanted.name.given = "華子";
  auto typed = typed_of(wanted);
  typed.emplace_back("reason", "ex_officio");
  auto check = ask(Method::post, change, token, sent(form.body, 0, typed));
  ASSERT_EQ(check.status, 200) << check.body;
  auto entry = of(people[0]);
  entry.after.insurance = "elderly";
  ASSERT_OK(enter(entry));
  auto again = ask(Method::post, change, token, sent(check.body, 1, {}));
  ASSERT_EQ(again.status, 200) << again.body;
  auto conflict = ask(Method::post, change, token, sent(again.body, 0, typed));
  EXPECT_EQ(conflict.status, 409) << "the values typed are older than the change";
  EXPECT_EQ(get(people[0].code).insurance, "elderly");
  EXPECT_EQ(ask(Method::post, change, token, sent(conflict.body, 0, typed)).status, 200) << "now they saw both";
}

TEST_P(Entries, ADayThatCannotBeReadIsNoOtherDay) {
  std::string token = signed_in(clerk.code), change = "/aoba/office/residents/" + people[0].code + "/change";
  auto form = ask(Method::get, change, token);
  for (std::string day : {"birth_date", "since", "day"}) {
    auto typed = typed_of(people[0]);
    typed.emplace_back("reason", "ex_officio");
    for (auto& [name, value] : typed)
      if (name == day + "-month") value = "xx";
    auto refused = ask(Method::post, change, token, sent(form.body, 0, typed));
    EXPECT_EQ(refused.status, 422) << day;
    EXPECT_NE(refused.body.find("#field-" + day), std::string::npos) << day;
    EXPECT_NE(refused.body.find("value=\"xx\""), std::string::npos) << day << ": what was typed comes back";
  }
}

TEST_P(Entries, OnlyTheLastEntryIsUndone) {
  std::string token = signed_in(clerk.code), at = "/aoba/office/residents/" + people[0].code;
  auto link = [&](int n) {
    return ask(Method::get, at, token).body.find("change?undo=" + std::to_string(n) + "\"") != std::string::npos;
  };
  EXPECT_FALSE(link(1)) << "the first one is no entry by hand";
  for (const char* kind : {"elderly", "employee"}) {
    auto entry = of(get(people[0].code));
    entry.after.insurance = kind;
    ASSERT_OK(enter(entry));
  }
  EXPECT_FALSE(link(2));
  EXPECT_TRUE(link(3));
  EXPECT_EQ(ask(Method::get, at + "/change?undo=2", token).status, 409) << "it would revert the last one, too";
  EXPECT_EQ(ask(Method::get, at + "/change?undo=3", token).status, 200);
}

TEST_P(Entries, ALookAtADecisionIsOnRecordAlsoWithoutAnEntry) {
  std::string stranger = new_person_code();
  ASSERT_OK(write([&](db::Transaction& tx) { return open_due(tx, "2026-000007", stranger, "other", clock.now(), "officer"); }));
  std::string token = signed_in(clerk.code);
  auto before = records();
  EXPECT_EQ(ask(Method::get, "/aoba/office/register-work/2026-000007", token).status, 200);
  EXPECT_EQ(records(), before + 1);
  auto looks =
      database->read([](db::Reader& reader) { return evidence::read_records(reader, 0, 1000, "identity.resident_read"); }).value();
  ASSERT_FALSE(looks.empty());
  EXPECT_NE(looks.back().body.value_or("").find(stranger), std::string::npos);
}

TEST_P(Entries, ADecisionIsSettledWithoutAnEntryForAReason) {
  ASSERT_OK(write(
      [&](db::Transaction& tx) { return open_due(tx, "2026-000007", people[0].code, "person.household", clock.now(), "officer"); }));
  std::string token = signed_in(clerk.code), page = "/aoba/office/register-work/2026-000007";
  auto shown = ask(Method::get, page, token);
  EXPECT_EQ(ask(Method::post, page, token, sent(shown.body, 0, {{"why", ""}})).status, 422);
  EXPECT_EQ(ask(Method::post, page, token, sent(shown.body, 0, {{"why", "もう直っています"}})).status, 303);
  EXPECT_EQ(settled, std::vector<std::string>{"2026-000007 もう直っています"});
  EXPECT_EQ(ask(Method::post, page, token, sent(shown.body, 0, {{"why", "もう一度"}})).status, 409);
  EXPECT_NE(ask(Method::get, page, token).body.find("処理済み"), std::string::npos);
  EXPECT_NE(settlement().body.value_or("").find("もう直っています"), std::string::npos);
}

// Between the form and its sending the case, or the person's own entry, is erased on order.
TEST_P(Entries, NothingIsWrittenAboutWhatWasErased) {
  const std::string words = "花子さんの分は直っています";
  auto open = [&] {
    return write(
        [&](db::Transaction& tx) { return open_due(tx, "2026-000007", people[0].code, "person.household", clock.now(), "officer"); });
  };
  ASSERT_OK(open());
  std::string token = signed_in(clerk.code), page = "/aoba/office/register-work/2026-000007";
  auto shown = ask(Method::get, page, token);
  case_erased = true;
  EXPECT_EQ(ask(Method::post, page, token, sent(shown.body, 0, {{"why", words}})).status, 303);
  EXPECT_EQ(settled, std::vector<std::string>{"2026-000007 "});
  EXPECT_FALSE(settlement().had_body()) << settlement().body.value_or("");
  EXPECT_NE(settlement().head.find("unneeded"), std::string::npos) << "that it was settled, and how, is on record";
  expect_clean();
}

TEST_P(Entries, NothingIsWrittenAboutAPersonWhoWasErased) {
  ASSERT_OK(write(
      [&](db::Transaction& tx) { return open_due(tx, "2026-000007", people[0].code, "person.household", clock.now(), "officer"); }));
  evidence::ErasureOrder order;
  order.ground = "request";
  order.actor = "operator";
  auto entered =
      database->read([](db::Reader& reader) { return evidence::read_records(reader, 0, 1000, "identity.resident_entered"); }).value();
  for (const auto& record : entered)
    if (record.stream.ends_with(people[0].code)) order.indexes.push_back(record.index);
  ASSERT_FALSE(order.indexes.empty());
  order.rows = erase_rows;
  ASSERT_OK(evidence::erase(*database, order, folder.path() + "/erasures.jsonl"));
  ASSERT_TRUE(get(people[0].code).erased);
  ASSERT_OK(write([&](db::Transaction& tx) {
    return settle_due(tx, "2026-000007", "unneeded", "花子さんの分は直っています", clock.now(), clerk.code);
  }));
  EXPECT_FALSE(settlement().had_body()) << settlement().body.value_or("");
  expect_clean();
}

}  // namespace
}  // namespace musubi::identity
