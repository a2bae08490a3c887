#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/file.h"
#include "crypto/tsp.h"
#include "support/store_fixture.h"
#include "trust/keys.h"
#include "trust/stamper.h"

namespace musubi::trust {
namespace {

class Keys : public ::testing::Test {
 protected:
  Result<OrganisationKeys> create() { return create_keys(path, "example.jp/aoba", "aoba", clock.now()); }

  testing::TemporaryFolder folder;
  std::string path = folder.path() + "/aoba/keys";
  SystemClock clock;
};

TEST_F(Keys, AreMadeOnceAndLoadedAgain) {
  auto made = create();
  ASSERT_OK(made);
  auto loaded = load_keys(path);
  ASSERT_OK(loaded);
  EXPECT_EQ(loaded->origin, "example.jp/aoba");
  EXPECT_EQ(loaded->log[0]->verifier_key(), made->log[0]->verifier_key());
  EXPECT_ERROR(create(), "trust.keys_exist");
  auto files = key_files(path);
  ASSERT_OK(files);
  for (const auto& file : *files) EXPECT_EQ(file.mode, 0600u) << file.name;
}

TEST_F(Keys, AnAttemptCutShortIsTakenUp) {
  ASSERT_OK(create());
  std::string before = load_keys(path)->log[0]->verifier_key();
  ASSERT_EQ(::unlink((path + "/origin").c_str()), 0);  // the last file made
  EXPECT_ERROR(load_keys(path), "trust.keys_missing");
  auto again = create();
  ASSERT_OK(again);
  EXPECT_EQ(again->log[0]->verifier_key(), before);
}

TEST_F(Keys, MessagesAndSealsHaveKeysAlsoInOlderFolders) {
  auto made = create();
  ASSERT_OK(made);
  EXPECT_EQ(made->message.dns_names(), std::vector<std::string>{"aoba.musubi.internal"});
  EXPECT_EQ(made->message.public_key(), made->message_key->public_key());
  std::vector<crypto::Certificate> roots = {made->root};
  EXPECT_TRUE(crypto::check_chain(made->message, {}, roots, clock.now(), crypto::Purpose::kMessage).ok());
  EXPECT_EQ(load_keys(path)->message.der(), made->message.der());
  for (const char* name : {"message.crt", "message.pem", "seal.pem"}) ASSERT_EQ(::unlink((path + "/" + name).c_str()), 0);
  auto later = load_keys(path);
  ASSERT_OK(later);
  EXPECT_NE(later->message.der(), made->message.der());
  EXPECT_TRUE(crypto::check_chain(later->message, {}, roots, clock.now(), crypto::Purpose::kMessage).ok());
  EXPECT_EQ(crypto::open_jwe(*later->seal_key, crypto::seal_jwe(later->seal_key->public_key(), {}, "符号").value()).value(), "符号");
  ASSERT_EQ(::unlink((path + "/message.crt").c_str()), 0);
  ASSERT_EQ(::rename((path + "/root.pem").c_str(), (folder.path() + "/root.pem").c_str()), 0);
  EXPECT_ERROR(load_keys(path), "trust.keys_missing");
}

TEST_F(Keys, MissingOrExposedFilesAreRefused) {
  EXPECT_ERROR(load_keys(path), "trust.keys_missing");
  ASSERT_OK(create());
  ASSERT_EQ(::chmod((path + "/log-1.pem").c_str(), 0644), 0);
  EXPECT_ERROR(load_keys(path), "crypto.key_exposed");
  EXPECT_ERROR(create_keys(folder.path() + "/x/keys", "has space", "x", clock.now()), "evidence.bad_origin");
}

TEST_F(Keys, LogKeysAreAddedAndShelved) {
  ASSERT_OK(create());
  auto second = add_log_key(path);
  ASSERT_OK(second);
  auto both = load_keys(path);
  ASSERT_OK(both);
  ASSERT_EQ(both->log.size(), 2u);
  EXPECT_EQ(both->log[0]->key_id(), (*second)->key_id()) << "the newest comes first";
  ASSERT_OK(shelve_log_key(path, both->log[1]->key_id()));
  EXPECT_EQ(load_keys(path)->log.size(), 1u);
  auto third = add_log_key(path);  // takes a number of its own, not that of the shelved one
  ASSERT_OK(third);
  EXPECT_TRUE(file_exists(path + "/log-3.pem"));
}

TEST_F(Keys, StampsAreJudgedByTheOwnRoot) {
  auto keys = create();
  ASSERT_OK(keys);
  std::string note = "example.jp/aoba\n1\nroot\n";
  Time now = clock.now();
  auto token = stamp_note(*keys, note, now, std::nullopt);
  ASSERT_OK(token);
  crypto::TokenCheck check{crypto::sha256(note), {}, {keys->root}, {}};
  auto info = crypto::verify_token(*token, check);
  ASSERT_OK(info);
  EXPECT_EQ(info->gen_time.us, now.us);
  check.digest = crypto::sha256("another note");
  EXPECT_ERROR(crypto::verify_token(*token, check), "crypto.tsp_imprint");
}

TEST_F(Keys, NoStampGoesBackInTime) {
  auto keys = create();
  ASSERT_OK(keys);
  Time now = clock.now();
  EXPECT_ERROR(stamp_note(*keys, "note\n", now, Time{now.us + 1}), "trust.clock_backwards");
  ASSERT_OK(stamp_note(*keys, "note\n", now, now));
}

TEST(Origin, NamesNoHostAndIsNew) {
  EXPECT_TRUE(default_origin("aoba").starts_with("musubi/aoba/"));
  EXPECT_NE(default_origin("aoba"), default_origin("aoba"));
}

}  // namespace
}  // namespace musubi::trust
