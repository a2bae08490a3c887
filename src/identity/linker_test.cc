#include "identity/linker.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encoding.h"
#include "evidence/verify.h"
#include "identity/card_issue.h"
#include "identity/residents.h"
#include "identity/test_cards.h"
#include "identity/test_office.h"

namespace musubi::identity {
namespace {

class Links : public Office {
 protected:
  std::string person() {
    return write([&](db::Transaction& tx) { return linker.add_person(tx, "operator"); }).value();
  }
  std::string code(const std::string& person, const std::string& organisation) {
    return write([&](db::Transaction& tx) { return linker.code_for(tx, person, organisation, "sign-in", "operator"); }).value();
  }
  Card ordered(const std::string& person) {
    Time until{clock.now().us + 5LL * 365 * 86'400'000'000};
    return write([&](db::Transaction& tx) { return linker.order_card(tx, person, until, "operator", clock.now()); }).value();
  }
  std::vector<evidence::Record> records(const char* type) {
    return database->read([&](db::Reader& reader) { return evidence::read_records(reader, 0, 100, type); }).value();
  }
  Linker linker{std::string(32, 's')};
};
INSTANTIATE_TEST_SUITE_P(Both, Links, ::testing::ValuesIn(testing::back_ends()), testing::back_end_name);

TEST_P(Links, AnOrderOfACardIsToldAllItsFaultsAtOnce) {
  auto many = [](const char* letter, int count) {
    std::string out;
    while (count-- > 0) out += letter;
    return out;
  };
  auto faults = [&](std::string label, Pins pins) {
    auto done = issue_soft_card(*database, linker, folder.path() + "/nowhere",
                                {"", std::move(label), std::move(pins), folder.path() + "/x.card"}, "operator", clock.now());
    EXPECT_FALSE(done.ok());
    if (done.ok() || done.error().name != "identity.bad_card") return std::size_t(0);
    for (const auto& fault : done.error().faults) EXPECT_FALSE(fault.message.ja.empty() || fault.message.en.empty());
    return done.error().faults.size();
  };
  for (std::string label : {many("\U00020BB7", 61), many("葛\U000E0100", 31), std::string("花\u202E子"),
                            std::string("\xED\xA0\x81\xED\xB0\x80"), std::string("　 ")}) {
    EXPECT_EQ(faults(label, {"12a4", "short"}), 3u) << label;
    EXPECT_EQ(faults(label, {"1234", "hanako2026"}), 1u) << label;
  }
  // Sixty characters are sixty, however many bytes: here only the keys are missing.
  EXPECT_EQ(faults(many("\U00020BB7", 60), {"1234", "hanako2026"}), 0u);
  EXPECT_EQ(faults(many("葛\U000E0100", 30), {"1234", "hanako2026"}), 0u);
  EXPECT_TRUE(records("identity.card_changed").empty()) << "nothing was ordered";
}

TEST_P(Links, ACodePerOrganisationAndItsRecord) {
  std::string hanako = person(), taro = person();
  std::string at_aoba = code(hanako, "aoba"), at_minato = code(hanako, "minato");
  EXPECT_TRUE(is_person_code(at_aoba));
  EXPECT_NE(at_aoba, at_minato);
  EXPECT_NE(at_aoba, code(taro, "aoba"));
  EXPECT_EQ(code(hanako, "aoba"), at_aoba) << "the same for ever";
  EXPECT_EQ(records("identity.code_mapped").size(), 3u) << "a record for each mapping, once";
  auto whose = [&](const char* organisation, const std::string& of) {
    return database->read([&](db::Reader& reader) { return linker.person_of(reader, organisation, of); }).value();
  };
  EXPECT_EQ(whose("aoba", at_aoba), hanako);
  EXPECT_FALSE(whose("minato", at_aoba)) << "a code means nothing elsewhere";
  EXPECT_ERROR(write([&](db::Transaction& tx) { return linker.code_for(tx, "nobody", "aoba", "sign-in", "operator"); }),
               "identity.unknown_person");
}

// Whoever steals the linker's database cannot find anybody's code in it: neither in rows nor in heads.
TEST_P(Links, NoCodeStandsInTheLinkersTables) {
  std::string hanako = person(), at_aoba = code(hanako, "aoba");
  auto issuer = CardIssuer(folder.path());
  auto card = ordered(hanako);
  auto made = issuer.make(card.id, "花子", clock.now());
  ASSERT_OK(write([&](db::Transaction& tx) { return linker.issue_card(tx, card.id, made.certificates, "operator"); }));
  for (const char* table : {"identity_person", "identity_mapping", "identity_card"}) {
    auto rows = database->read([&](db::Reader& reader) { return reader.query(std::string("SELECT * FROM ") + table); }).value();
    EXPECT_FALSE(rows.empty()) << table;
    for (const auto& row : rows)
      for (std::size_t i = 0; i < row.size(); ++i)
        if (auto* text = std::get_if<std::string>(&row.at(i))) {
          EXPECT_EQ(text->find(at_aoba), std::string::npos) << table;
          EXPECT_EQ(text->find(made.certificates.login.serial_hex()), std::string::npos) << table;
          EXPECT_EQ(text->find(to_hex(crypto::bytes(made.certificates.login.fingerprint()))), std::string::npos) << table;
        }
  }
  for (const char* type : {"identity.code_mapped", "identity.card_changed", "identity.person_added"})
    for (const auto& record : records(type)) EXPECT_EQ(record.head.find(at_aoba), std::string::npos) << type;
}

TEST_P(Links, CardsLiveAndDie) {
  auto issuer = CardIssuer(folder.path());
  auto card = ordered(person());
  auto made = issuer.make(card.id, "花子", clock.now()), other = issuer.make("card-unknown", "?", clock.now());
  auto resolve = [&](const crypto::Certificate& certificate) {
    return database->read([&](db::Reader& reader) { return linker.resolve(reader, certificate, clock.now()); });
  };
  auto change = [&](CardState state) {
    return write([&](db::Transaction& tx) { return linker.change_card(tx, card.id, state, "operator"); });
  };
  EXPECT_ERROR(resolve(made.certificates.login), "identity.unknown_card");
  ASSERT_OK(write([&](db::Transaction& tx) { return linker.issue_card(tx, card.id, made.certificates, "operator"); }));
  EXPECT_ERROR(write([&](db::Transaction& tx) { return linker.issue_card(tx, card.id, made.certificates, "operator"); }),
               "identity.card_step");
  EXPECT_EQ(resolve(made.certificates.login)->state, CardState::kActive);
  EXPECT_EQ(resolve(made.certificates.signing)->person, card.person);
  EXPECT_ERROR(resolve(other.certificates.login), "identity.unknown_card");
  ASSERT_OK(change(CardState::kSuspended));
  EXPECT_EQ(check_card(resolve(made.certificates.login)->state).error().name, "identity.card_suspended");
  ASSERT_OK(change(CardState::kActive));
  ASSERT_OK(change(CardState::kLost));
  EXPECT_EQ(check_card(resolve(made.certificates.login)->state).error().name, "identity.card_lost");
  EXPECT_ERROR(change(CardState::kActive), "identity.card_step");
  EXPECT_ERROR(write([&](db::Transaction& tx) { return linker.change_card(tx, "card-zzzzzzzzzz", CardState::kLost, "operator"); }),
               "identity.unknown_card");
  auto report = evidence::verify(*database, {});
  ASSERT_OK(report);
  EXPECT_TRUE(report->clean());
}

TEST_P(Links, CardsRunOut) {
  auto issuer = CardIssuer(folder.path());
  auto card = ordered(person());
  auto made = issuer.make(card.id, "花子", clock.now());
  ASSERT_OK(write([&](db::Transaction& tx) { return linker.issue_card(tx, card.id, made.certificates, "operator"); }));
  clock.advance_us(6LL * 365 * 86'400'000'000);
  auto late = database->read([&](db::Reader& reader) { return linker.resolve(reader, made.certificates.login, clock.now()); });
  ASSERT_OK(late);
  EXPECT_EQ(check_card(late->state).error().name, "identity.card_expired");
}

TEST(CardStates, EachRefusalSaysWhatToDo) {
  using enum CardState;
  EXPECT_TRUE(check_card(kActive).ok());
  for (auto state : {kOrdered, kIssued, kSuspended, kLost, kExpired, kReturned, kRevoked}) {
    auto refused = check_card(state);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, Code::kForbidden);
    EXPECT_FALSE(refused.error().message.ja.empty() || refused.error().message.en.empty());
    EXPECT_EQ(card_state_from(card_state_word(state)), state);
  }
}

TEST_P(Links, ItsSecretIsMadeOnceAndNeverAgain) {
  auto begin = [&] { return database->read([&](db::Reader& reader) { return Linker::begin(reader, folder.path()); }); };
  std::string path = folder.path() + "/linker.secret";
  EXPECT_ERROR(Linker::open(folder.path()), "identity.linker_secret");
  auto one = begin(), two = begin();
  ASSERT_TRUE(one.ok() && two.ok());
  EXPECT_EQ(one->unlock_code("card-x"), two->unlock_code("card-x"));
  EXPECT_EQ(one->unlock_code("card-x").size(), 12u);
  EXPECT_NE(one->unlock_code("card-x"), one->unlock_code("card-y"));
  EXPECT_EQ(Linker::open(folder.path())->unlock_code("card-x"), one->unlock_code("card-x"));
  ::chmod(path.c_str(), 0644);
  EXPECT_ERROR(Linker::open(folder.path()), "crypto.key_exposed");
  // Once somebody is known, a lost secret is named, not replaced.
  ASSERT_OK(write([&](db::Transaction& tx) { return one->add_person(tx, "operator"); }));
  ASSERT_EQ(::unlink(path.c_str()), 0);
  for (int i = 0; i < 2; ++i) EXPECT_ERROR(begin(), "identity.linker_secret");
  EXPECT_NE(::access(path.c_str(), F_OK), 0);
}

}  // namespace
}  // namespace musubi::identity
