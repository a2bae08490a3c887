#include "identity/residents.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "evidence/erase.h"
#include "evidence/verify.h"
#include "identity/resident_store.h"
#include "identity/test_office.h"
#include "identity/verify.h"
#include "support/raw_sql.h"

namespace musubi::identity {
namespace {

const Address kSakura{"100-0901", "結県", "青葉町", "桜丘一丁目2番3号", "青葉ハイツ101"};
const Address kMinato{"100-0902", "結県", "みなと町", "港南三丁目4番5号", ""};

Resident person(std::string family, std::string given, std::string family_kana, std::string given_kana, text::Date born,
                std::string relation = "head") {
  Resident out;
  out.name = {std::move(family), std::move(given), std::move(family_kana), std::move(given_kana), {}};
  out.birth_date = born;
  out.address = kSakura;
  out.relation = std::move(relation);
  out.since = std::max(text::Date{2020, 4, 1}, out.birth_date);
  return out;
}

class Register : public Office {
 protected:
  std::vector<Resident> enter(std::vector<Resident> persons) {
    auto done = write([&](db::Transaction& tx) { return enter_residents(tx, persons, administrator.code); });
    EXPECT_TRUE(done.ok()) << (done.ok()
                                   ? ""
                                   : done.error().message.en + (done.error().faults.empty() ? "" : done.error().faults[0].where));
    return done.ok() ? *done : std::vector<Resident>();
  }
  // A family of four: parents and two children.
  std::vector<Resident> family() {
    return enter({person("結城", "花子", "ユウキ", "ハナコ", {1988, 5, 6}),
                  person("結城", "太郎", "ユウキ", "タロウ", {1986, 1, 2}, "spouse"),
                  person("結城", "さくら", "ユウキ", "サクラ", {2021, 3, 4}, "child"),
                  person("結城", "蓮", "ユウキ", "レン", {2022, 7, 8}, "child")});
  }
  Resident get(const std::string& code) {
    return *database->read([&](db::Reader& reader) { return resident(reader, code); }).value();
  }
  std::vector<Resident> home(const std::string& code) {
    return database->read([&](db::Reader& reader) { return household_of(reader, code); }).value();
  }
  ResidentPage find(const std::string& text, std::optional<ResidentState> state = ResidentState::kPresent) {
    return database->read([&](db::Reader& reader) { return search_residents(reader, {text, state}); }).value();
  }
  void expect_clean() {
    auto report = evidence::verify(*database, {});
    ASSERT_OK(report);
    EXPECT_TRUE(report->clean()) << report->findings[0].where << ": " << report->findings[0].message.en;
  }
};
INSTANTIATE_TEST_SUITE_P(Both, Register, ::testing::ValuesIn(testing::back_ends()), testing::back_end_name);

TEST_P(Register, AFamilyEntersTogether) {
  auto people = family();
  ASSERT_EQ(people.size(), 4u);
  for (const auto& each : people) {
    EXPECT_TRUE(is_person_code(each.code)) << each.code;
    EXPECT_EQ(each.household, people[0].household);
    EXPECT_EQ(get(each.code), each);
  }
  auto members = home(people[3].code);
  ASSERT_EQ(members.size(), 4u);
  EXPECT_EQ(members[0].code, people[0].code);
  EXPECT_EQ(members[1].code, people[1].code);
  EXPECT_EQ(members[3].code, people[3].code);
  auto records =
      database->read([](db::Reader& reader) { return evidence::read_records(reader, 0, 100, "identity.resident_entered"); }).value();
  ASSERT_EQ(records.size(), 4u);
  EXPECT_EQ(records[0].head.find("結城"), std::string::npos) << "a name stands in a head";
  EXPECT_NE(records[0].body->find("結城"), std::string::npos);
  expect_clean();
}

TEST_P(Register, FindsByNameKanaAndAddress) {
  auto people = family();
  auto other = person("田中", "一郎", "タナカ", "イチロウ", {1950, 1, 1});
  other.name.former_family = "鈴木";
  enter({other});
  for (const char* query :
       {"結城", "花子", "結城花子", "結城 花子", "ハナコ", "はなこ", "ﾊﾅｺ", "ゆうき はなこ", people[0].code.c_str()})
    EXPECT_GE(find(query).total, 1u) << query;
  EXPECT_EQ(find("花子").residents[0].code, people[0].code);
  EXPECT_EQ(find("さくら").total, 1u);
  EXPECT_EQ(find("結城").total, 4u);
  EXPECT_EQ(find("鈴木").total, 1u) << "the former name";
  EXPECT_EQ(find("桜丘").total, 5u);
  EXPECT_EQ(find("存在しない").total, 0u);
  EXPECT_EQ(find("結城", ResidentState::kMovedOut).total, 0u);
  EXPECT_EQ(find("").total, 5u);
  EXPECT_EQ(find("").residents[0].name.family_kana, "タナカ") << "sorted by kana";
}

TEST_P(Register, VerifySaysWhomFullTextDoesNotFind) {
  auto people = family();
  enter({person(std::string("龍龍龍龍龍龍龍龍龍龍龍龍龍龍龍龍龍龍龍龍龍龍龍龍龍龍龍龍龍龍龍龍龍龍龍龍龍龍龍龍"), "花子", "リュウ",
                "ハナコ", {1990, 1, 1})});
  auto findings = [&] { return database->read([](db::Reader& reader) { return verify_derived(reader); }).value(); };
  EXPECT_TRUE(findings().empty());
  ASSERT_OK(write([](db::Transaction& tx) -> Result<void> {
    TRY(tx.index_text("identity_resident_search", 2, std::vector<std::string>{"別人"}));
    return {};
  }));
  ASSERT_EQ(findings().size(), 1u);
  EXPECT_EQ(findings()[0].where, "fulltext identity_resident_search row 2");
  auto words = store::indexed_words(get(people[1].code));
  words.push_back("別人");  // found, and by a word too many
  ASSERT_OK(write([&](db::Transaction& tx) -> Result<void> {
    TRY(tx.index_text("identity_resident_search", 2, words));
    return {};
  }));
  ASSERT_EQ(findings().size(), 1u);
  EXPECT_EQ(findings()[0].where, "fulltext identity_resident_search row 2 (words)");
}

// Whoever can take away an index can give two rows one number.
TEST_P(Register, TwoResidentsOfOneNumberAreNamed) {
  auto people = family();
  for (const std::string& sql : {std::string("DROP INDEX identity_resident_number"),
                                 "UPDATE identity_resident SET number = 1 WHERE code = '" + people[1].code + "'"})
    on_postgres() ? testing::raw_postgres(postgres(), "musubi_aoba", sql)
                  : testing::raw_sql(folder.path() + "/data/aoba/musubi.db", sql);
  evidence::VerifyOptions options;
  options.derived.push_back([](db::Reader& reader) { return verify_derived(reader); });
  auto report = evidence::verify(*database, options);
  ASSERT_OK(report);
  std::vector<std::string> named;
  for (const auto& one : report->findings) named.push_back(one.kind + " " + one.where);
  auto has = [&](const std::string& start) {
    return std::any_of(named.begin(), named.end(), [&](const auto& one) { return one.starts_with(start); });
  };
  EXPECT_TRUE(has("schema index identity_resident_number"));
  EXPECT_TRUE(has("row table identity_resident key [\"" + people[1].code + "\"]"));
  EXPECT_TRUE(has("derived fulltext identity_resident_search row 2")) << "kept of nobody now";
}

TEST_P(Register, KeepsVariantCharacters) {
  std::string ivs = "辻\xF3\xA0\x84\x80";  // U+8FBB U+E0100, a glyph of one dot
  std::string compatibility = "神";        // U+FA19, which NFC would exchange for U+795E
  auto entered = enter({person(ivs, compatibility, "ツジ", "ジン", {1970, 1, 1})});
  EXPECT_EQ(get(entered[0].code).name.family, ivs);
  EXPECT_EQ(get(entered[0].code).name.given, compatibility);
  EXPECT_EQ(find("辻").total, 1u) << "search looks past the variant";
  EXPECT_EQ(find("神").total, 1u);
}

TEST_P(Register, TellsAllFaultsAtOnce) {
  auto bad = person("", std::string(200, 'x'), "あおば", "ﾊﾅｺ", {2021, 2, 30}, "cousin");
  bad.address.postal_code = "1000901";
  bad.address.street = "";
  bad.since = {2022, 1, 1};
  bad.insurance = "gold";
  bad.name.former_family = "a\x01";
  auto done = write([&](db::Transaction& tx) {
    return enter_residents(tx, {person("結城", "花子", "ユウキ", "ハナコ", {1988, 5, 6}), bad}, "operator");
  });
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().name, "identity.bad_resident");
  std::vector<std::string> at;
  for (const auto& fault : done.error().faults) {
    at.push_back(fault.where);
    EXPECT_FALSE(fault.message.ja.empty() || fault.message.en.empty()) << fault.where;
  }
  EXPECT_EQ(at, (std::vector<std::string>{"/1/name/family", "/1/name/given", "/1/name/family_kana", "/1/name/given_kana",
                                          "/1/name/former_family", "/1/address/postal_code", "/1/address/street", "/1/birth_date",
                                          "/1/relation", "/1/insurance"}));
  EXPECT_EQ(find("").total, 0u) << "nothing of the call remains";
}

TEST_P(Register, LengthCountsCharactersNotBytes) {
  std::string sixty, kana;
  for (int i = 0; i < 60; ++i) {
    sixty += "龍";
    kana += "ア";
  }
  ASSERT_OK(write([&](db::Transaction& tx) { return enter_residents(tx, {person(sixty, "", kana, "", {1990, 1, 1})}, "operator"); }));
  EXPECT_ERROR(write([&](db::Transaction& tx) {
                 return enter_residents(tx, {person(sixty + "龍", "", kana, "", {1990, 1, 1})}, "operator");
               }),
               "identity.bad_resident");
}

TEST_P(Register, MovesOutAndTheEldestBecomesHead) {
  auto people = family();
  std::vector<std::string> two = {people[0].code, people[2].code};
  ASSERT_OK(write([&](db::Transaction& tx) { return move_out(tx, two, {2026, 11, 30}, kMinato, administrator.code); }));
  EXPECT_EQ(get(people[0].code).state, ResidentState::kMovedOut);
  EXPECT_EQ(*get(people[0].code).moved_to, kMinato);
  auto stay = home(people[1].code);
  ASSERT_EQ(stay.size(), 2u);
  EXPECT_EQ(stay[0].code, people[1].code);
  EXPECT_EQ(stay[0].relation, "head");
  EXPECT_EQ(home(people[0].code).size(), 2u) << "those who left together";
  EXPECT_EQ(find("結城").total, 2u);
  EXPECT_EQ(find("結城", std::nullopt).total, 4u);
  auto history = database->read([&](db::Reader& reader) { return address_history(reader, people[0].code); }).value();
  ASSERT_EQ(history.size(), 1u);
  EXPECT_EQ(history[0].until, (text::Date{2026, 11, 30}));
  EXPECT_ERROR(write([&](db::Transaction& tx) {
                 return move_out(tx, two, {2026, 12, 1}, kMinato, "operator");
               }),
               "identity.not_present");
  std::vector<std::string> nobody = {new_person_code()};
  EXPECT_ERROR(write([&](db::Transaction& tx) {
                 return move_out(tx, nobody, {2026, 12, 1}, kMinato, "operator");
               }),
               "identity.unknown_resident");
  expect_clean();
}

TEST_P(Register, MovesInAndComesBack) {
  auto one = person("港", "海", "ミナト", "ウミ", {1999, 9, 9});
  auto two = person("港", "空", "ミナト", "ソラ", {2019, 1, 1}, "child");
  one.code = new_person_code();
  auto came = write([&](db::Transaction& tx) {
    return move_in(tx, {{one, two}, {2026, 4, 1}, kMinato, kSakura, ""}, administrator.code);
  });
  ASSERT_OK(came);
  EXPECT_EQ(get(one.code).since, (text::Date{2026, 4, 1}));
  EXPECT_EQ(*get(one.code).moved_from, kMinato);
  EXPECT_EQ(home(one.code).size(), 2u);
  EXPECT_ERROR(write([&](db::Transaction& tx) {
                 return move_in(tx, {{one}, {2026, 5, 1}, kMinato, kSakura, ""}, "operator");
               }),
               "identity.lives_here");
  EXPECT_ERROR(write([&](db::Transaction& tx) {
                 return move_in(tx, {{two}, {2026, 5, 1}, kMinato, kSakura, new_person_code()}, "operator");
               }),
               "identity.unknown_household");
  std::vector<std::string> codes = {one.code};
  ASSERT_OK(write([&](db::Transaction& tx) { return move_out(tx, codes, {2026, 6, 1}, kMinato, "operator"); }));
  ASSERT_OK(write([&](db::Transaction& tx) { return move_in(tx, {{one}, {2026, 7, 1}, kMinato, kSakura, ""}, "operator"); }));
  EXPECT_EQ(get(one.code).state, ResidentState::kPresent);
  EXPECT_FALSE(get(one.code).left_on);
  EXPECT_EQ(find("ウミ").total, 1u);
  expect_clean();
}

TEST_P(Register, ChangesLeaveTheHistory) {
  auto people = family();
  Address next = kSakura;
  next.street = "桜丘二丁目9番9号";
  ResidentChange change;
  change.address = next;
  change.insurance = "national";
  change.day = {2026, 2, 3};
  change.reason = "decision";
  auto done = write([&](db::Transaction& tx) { return change_resident(tx, people[0].code, change, administrator.code); });
  ASSERT_OK(done);
  EXPECT_EQ(get(people[0].code).insurance, "national");
  auto history = database->read([&](db::Reader& reader) { return address_history(reader, people[0].code); }).value();
  ASSERT_EQ(history.size(), 2u);
  EXPECT_EQ(history[0].until, change.day);
  EXPECT_EQ(history[1].address.street, next.street);
  EXPECT_FALSE(history[1].until);
  change.name = PersonName{"", "花子", "ユウキ", "ハナコ", {}};
  EXPECT_ERROR(write([&](db::Transaction& tx) { return change_resident(tx, people[0].code, change, "operator"); }),
               "identity.bad_resident");
  ASSERT_OK(write([&](db::Transaction& tx) { return record_death(tx, people[1].code, {2026, 3, 3}, "operator"); }));
  EXPECT_EQ(home(people[0].code).size(), 3u);
}

TEST_P(Register, ErasureTakesTheDataAndLeavesTheProofs) {
  auto people = family();
  auto records =
      database->read([](db::Reader& reader) { return evidence::read_records(reader, 0, 100, "identity.resident_entered"); }).value();
  evidence::ErasureOrder order{{records[0].index}, "request", "operator", {}};
  order.rows = erase_rows;
  ASSERT_OK(evidence::erase(*database, order, folder.path() + "/erasures.jsonl"));
  EXPECT_TRUE(get(people[0].code).erased);
  EXPECT_EQ(get(people[0].code).name.family, "");
  EXPECT_EQ(find("花子").total, 0u);
  EXPECT_EQ(find("結城").total, 3u);
  EXPECT_TRUE(database->read([&](db::Reader& reader) { return address_history(reader, people[0].code); }).value().empty());
  expect_clean();
}

TEST_P(Register, AReadIsARecord) {
  auto people = family();
  std::vector<std::string> codes = {people[0].code};
  ASSERT_OK(write([&](db::Transaction& tx) { return note_read(tx, codes, "entry", "", administrator.code); }));
  auto records =
      database->read([](db::Reader& reader) { return evidence::read_records(reader, 0, 100, "identity.resident_read"); }).value();
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].head.find(people[0].code), std::string::npos) << "whose data were read is no business of the head";
  EXPECT_NE(records[0].body->find(people[0].code), std::string::npos);
}

TEST_P(Register, FiveThousandEnterInBatches) {
  std::size_t entered = 0;
  for (int batch = 0; batch < 10; ++batch) {
    std::vector<Resident> persons;
    for (int i = 0; i < 500; ++i)
      persons.push_back(person("町民" + std::to_string(batch), std::to_string(i), "チョウミン", "イチ", {1980, 1, 1},
                               i % 3 == 0 ? "head" : "child"));
    entered += enter(std::move(persons)).size();
  }
  EXPECT_EQ(entered, 5000u);
  auto last = database->read([](db::Reader& reader) {
                        return search_residents(reader, {"", ResidentState::kPresent, 100, 50});
                      })
                  .value();
  EXPECT_EQ(last.total, 5000u);
  EXPECT_EQ(last.residents.size(), 50u);
}

TEST(PersonCode, IsBase32) {
  EXPECT_EQ(person_code(std::string(16, '\0')), std::string(26, 'a'));
  EXPECT_EQ(person_code(std::string(16, '\xff')), "77777777777777777777777774");
  EXPECT_EQ(person_code("foobarfoobarfoob"), "mzxw6ytbojtg633cmfzgm33pmi");  // base32 of coreutils, lower case
  EXPECT_FALSE(is_person_code("mzxw6ytbojtg633cmfzgm33pm1"));
}

}  // namespace
}  // namespace musubi::identity
