#include "identity/card.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <thread>

#include "base/file.h"
#include "identity/test_cards.h"
#include "support/store_fixture.h"

namespace musubi::identity {
namespace {

using testing::TemporaryFolder;

class SoftCards : public ::testing::Test {
 protected:
  void SetUp() override {
    made = std::make_unique<CardIssuer>(folder.path());
    path = made->card("card-hanako", "花子のカード", kNow);
  }
  static constexpr Time kNow{1'800'000'000'000'000};
  TemporaryFolder folder;
  std::unique_ptr<CardIssuer> made;
  std::string path;
};

TEST_F(SoftCards, IsAFileOfItsOwnerAndHoldsNoPlainKey) {
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_EQ(read_file(path, 100'000)->find("PRIVATE KEY"), std::string::npos);
  auto card = load_card(path);
  ASSERT_TRUE(card.ok());
  EXPECT_EQ(card->label, "花子のカード");
  EXPECT_EQ(card->login_tries, 3);
  EXPECT_EQ(card->signing_tries, 5);
  auto chain = [&](const crypto::Certificate& leaf, crypto::Purpose purpose) {
    return crypto::check_chain(leaf, {}, std::span(&made->root.value(), 1), kNow, purpose).ok();
  };
  EXPECT_TRUE(chain(card->login, crypto::Purpose::kLogin));
  EXPECT_FALSE(chain(card->login, crypto::Purpose::kSigning)) << "the login key signs no documents";
  EXPECT_TRUE(chain(card->signing, crypto::Purpose::kSigning));
  EXPECT_EQ(card->login.subject().find("花子"), std::string::npos) << "a certificate names nobody";
}

TEST_F(SoftCards, ALabelKeepsEveryWayToWriteANameAndTheSubjectHoldsNone) {
  int number = 0;
  for (std::string label : {"\U00020BB7野 葛\U000E0100城", "\uFA19田 神\uFA11", "髙橋"}) {
    auto card = load_card(made->card("card-" + std::to_string(++number), label, kNow));
    ASSERT_TRUE(card.ok()) << label;
    EXPECT_EQ(card->label, label);
    for (const auto* certificate : {&card->login, &card->signing})
      for (unsigned char byte : certificate->subject()) ASSERT_TRUE(byte >= 0x20 && byte < 0x7F) << certificate->subject();
  }
}

TEST_F(SoftCards, OpensWithThePinOfEachKey) {
  auto key = open_card(path, CardKey::kLogin, "1234");
  ASSERT_TRUE(key.ok()) << key.error().message.en;
  EXPECT_EQ((*key)->public_key(), load_card(path)->login.public_key());
  EXPECT_TRUE(open_card(path, CardKey::kSigning, "hanako2026").ok());
  EXPECT_EQ(open_card(path, CardKey::kSigning, "1234").error().name, "card.pin_wrong");
}

TEST_F(SoftCards, ThreeWrongPinsLockUntilTheOfficeUnlocks) {
  EXPECT_EQ(open_card(path, CardKey::kLogin, "0000").error().name, "card.pin_wrong");
  EXPECT_EQ(load_card(path)->login_tries, 2);
  EXPECT_EQ(open_card(path, CardKey::kLogin, "0000").error().name, "card.pin_wrong");
  EXPECT_EQ(open_card(path, CardKey::kLogin, "0000").error().name, "card.locked");
  EXPECT_EQ(open_card(path, CardKey::kLogin, "1234").error().name, "card.locked") << "the right PIN comes too late";
  EXPECT_TRUE(open_card(path, CardKey::kSigning, "hanako2026").ok()) << "the other key has its own counter";
  EXPECT_EQ(unlock_card(path, "000000000000").error().name, "card.unlock_wrong");
  EXPECT_TRUE(unlock_card(path, made->linker.unlock_code("card-hanako")).ok());
  EXPECT_TRUE(open_card(path, CardKey::kLogin, "1234").ok());
}

TEST_F(SoftCards, WhatIsNoUnlockCodeCostsNoTry) {
  for (const char* typed : {"", "12345", "1234567890123", "12345678901a", "１２３４５６７８９０１２"})
    EXPECT_EQ(unlock_card(path, typed).error().name, "card.unlock_malformed") << typed;
  EXPECT_EQ(load_card(path)->unlock_tries, kUnlockTries);
  EXPECT_EQ(unlock_card(path, "000000000000").error().name, "card.unlock_wrong");
  EXPECT_EQ(load_card(path)->unlock_tries, kUnlockTries - 1);
}

TEST_F(SoftCards, ARightPinGivesAllTriesBack) {
  EXPECT_FALSE(open_card(path, CardKey::kLogin, "0000").ok());
  EXPECT_FALSE(open_card(path, CardKey::kLogin, std::string(100, '0')).ok());
  EXPECT_TRUE(open_card(path, CardKey::kLogin, "1234").ok());
  EXPECT_EQ(load_card(path)->login_tries, 3);
}

// The counter must stand on disk before the PIN is looked at: without a place to write it, nothing is checked.
TEST_F(SoftCards, NoCheckWithoutADurableCounter) {
  std::string before = *read_file(path, 100'000);
  std::string beside = folder.path() + "/no/such.card";
  EXPECT_FALSE(open_card(beside, CardKey::kLogin, "1234").ok());
  EXPECT_EQ(*read_file(path, 100'000), before);
}

TEST_F(SoftCards, TriesMadeAtTheSameTimeAreCountedOneByOne) {
  std::atomic<int> wrong = 0, locked = 0;
  std::vector<std::thread> agents;
  for (int i = 0; i < 8; ++i)
    agents.emplace_back([&, i] {
      auto opened = open_card(path, CardKey::kLogin, "900" + std::to_string(i));
      if (!opened.ok()) ++(opened.error().name == "card.pin_wrong" ? wrong : locked);
    });
  for (auto& agent : agents) agent.join();
  EXPECT_EQ(wrong, 2) << "the third locks it";
  EXPECT_EQ(locked, 6);
  EXPECT_EQ(load_card(path)->login_tries, 0);
  EXPECT_EQ(open_card(path, CardKey::kLogin, "1234").error().name, "card.locked");
}

TEST_F(SoftCards, WrongPinsAreRefusedTogetherWhenIssued) {
  auto bad = check_pins({"12a4", "short"});
  ASSERT_EQ(bad.size(), 2u);
  for (const auto& fault : bad) EXPECT_FALSE(fault.message.ja.empty() || fault.message.en.empty());
  EXPECT_EQ(check_pins({"12345", "あいうえおか"}).size(), 2u);
  EXPECT_TRUE(check_pins({"0000", "abcdef1234567890"}).empty());
  EXPECT_EQ(make_card("c", "l", {"1", "2"}, "u", *made->key, *made->root, kNow, kNow).error().faults.size(), 2u);
  EXPECT_EQ(save_card(path, {"{}", {*made->root, *made->root}}).error().name, "card.exists");
}

TEST_F(SoftCards, DamagedFilesAreLeftOut) {
  ASSERT_TRUE(replace_file(folder.path() + "/broken.card", "{\"format\":\"musubi-soft-card\"}", 0600).ok());
  ASSERT_TRUE(replace_file(folder.path() + "/other.card", "not json", 0600).ok());
  EXPECT_EQ(load_card(folder.path() + "/broken.card").error().name, "card.unreadable");
  EXPECT_EQ(cards_in(folder.path())->size(), 1u);
}

TEST_F(SoftCards, TrustGrowsOnce) {
  EXPECT_TRUE(trusted_roots(folder.path())->empty());
  ASSERT_TRUE(trust_root(folder.path(), *made->root).ok());
  ASSERT_TRUE(trust_root(folder.path(), *made->root).ok());
  EXPECT_EQ(trusted_roots(folder.path())->size(), 1u);
}

}  // namespace
}  // namespace musubi::identity
