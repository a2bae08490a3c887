// The life of a log's keys and names: opened once, keys announced and retired, restored under a new origin.
#include "base/encoding.h"
#include "evidence/erase.h"
#include "evidence/log_test_support.h"
#include "evidence/receipt.h"

namespace musubi::evidence {
namespace {

class KeysTest : public LogTest {
 protected:
  std::shared_ptr<crypto::NoteSigner> another(const std::string& file, const std::string& name = kTownOrigin) {
    return musubi::testing::town_signer(folder.path() + "/" + file + ".pem", name);
  }
  static std::string id_of(const crypto::NoteSigner& signer) {
    std::string key = signer.verifier_key();
    return key.substr(signer.name().size() + 1, 8);
  }
  std::size_t lines() { return crypto::parse_note(log().checkpoint())->signatures.size(); }
  bool signed_by(const crypto::NoteSigner& key) {
    std::vector<crypto::NoteVerifier> keys{crypto::NoteVerifier::parse(key.verifier_key()).value()};
    return crypto::verify_note(*crypto::parse_note(log().checkpoint()), keys).ok();
  }
  Result<Appended> announce(std::shared_ptr<crypto::NoteSigner> key) {
    return database->write([&](db::Transaction& tx) { return Log::of(tx).announce_key(tx, key, "admin"); });
  }
  Result<Appended> retire(const std::string& id) {
    return database->write([&](db::Transaction& tx) { return Log::of(tx).retire_key(tx, id, "admin"); });
  }
  Result<Appended> open_again(Log::Origin origin) {
    return database->write([&](db::Transaction& tx) { return Log::of(tx).open_log(tx, origin, "admin"); });
  }
  Checkpoint now() { return parse_checkpoint(crypto::parse_note(log().checkpoint())->text).value(); }
};
INSTANTIATE_TEST_SUITE_P(Both, KeysTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

TEST_P(KeysTest, RotateWithoutAnchoringAnew) {
  ASSERT_OK(do_act("a", "text"));
  ASSERT_OK(log().keep_checkpoint());
  auto old_receipt = log().receipt(1).value();
  auto second = another("second");
  ASSERT_OK(announce(second));
  EXPECT_EQ(lines(), 2u);
  EXPECT_TRUE(signed_by(*signer) && signed_by(*second));
  ASSERT_OK(log().keep_checkpoint());
  EXPECT_ERROR(announce(second), "evidence.key_known");
  EXPECT_ERROR(announce(another("third", "example.jp/elsewhere")), "evidence.bad_origin");
  EXPECT_ERROR(retire("00000000"), "evidence.unknown_key");
  ASSERT_OK(retire(id_of(*signer)));
  EXPECT_EQ(lines(), 1u);
  EXPECT_TRUE(signed_by(*second));
  EXPECT_ERROR(retire(id_of(*signer)), "evidence.unknown_key");
  EXPECT_ERROR(retire(id_of(*second)), "evidence.last_key");
  EXPECT_ERROR(announce(signer), "evidence.key_known");
  ASSERT_OK(log().keep_checkpoint());
  reopen_with({{second, signer}});  // both files lie there: the retired one signs nothing
  EXPECT_EQ(lines(), 1u);
  EXPECT_TRUE(signed_by(*second));
  auto keys = musubi::testing::published_keys(*database);
  EXPECT_EQ(keys.size(), 2u);
  EXPECT_TRUE(verify_receipt(*parse_receipt(old_receipt), keys).ok());
  expect_clean();
  // A reader who trusts only one of the keys: notes that it did not sign are named.
  VerifyOptions only_old;
  only_old.trusted = {crypto::NoteVerifier::parse(signer->verifier_key()).value()};
  auto report = verified(only_old);
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].where, "checkpoint 4");
}

TEST_P(KeysTest, AnnouncedAndRetiredInOneClosure) {
  auto second = another("second");
  auto done = database->write([&](db::Transaction& tx) -> Result<Appended> {
    TRY(Log::of(tx).announce_key(tx, second, "admin"));
    return Log::of(tx).retire_key(tx, id_of(*signer), "admin");
  });
  ASSERT_OK(done);
  EXPECT_EQ(lines(), 1u);
  EXPECT_TRUE(signed_by(*second));
  ASSERT_OK(log().keep_checkpoint());
  expect_clean();
}

TEST_P(KeysTest, AnUndoneAnnouncementSignsNothing) {
  auto second = another("second");
  auto undone = database->write([&](db::Transaction& tx) -> Result<Appended> {
    TRY(Log::of(tx).announce_key(tx, second, "admin"));
    TRY(Log::of(tx).retire_key(tx, id_of(*signer), "admin"));
    return Error{Code::kConflict, "test.refused", {"", ""}, {}};
  });
  EXPECT_ERROR(undone, "test.refused");
  ASSERT_OK(do_act("a", "text"));
  EXPECT_EQ(lines(), 1u);
  EXPECT_TRUE(signed_by(*signer));
  ASSERT_OK(announce(second));
  EXPECT_EQ(lines(), 2u);
  expect_clean();
}

TEST_P(KeysTest, ALogIsOpenedOnceUnderAName) {
  ASSERT_OK(do_act("a", "text"));
  auto successor = another("successor", "example.jp/town/2");
  EXPECT_ERROR(open_again({kTownOrigin, {}, {}}), "evidence.already_open");
  EXPECT_ERROR(open_again({"example.jp/town/2", {}, {successor}}), "evidence.already_open");
  EXPECT_ERROR(open_again({kTownOrigin, now(), {signer}}), "evidence.already_open");
  EXPECT_ERROR(open_again({"two words", now(), {successor}}), "evidence.bad_origin");
  EXPECT_ERROR(open_again({"example.jp/town/3", now(), {successor}}), "evidence.bad_origin");
  EXPECT_ERROR(open_again({"example.jp/town/2", now(), {}}), "evidence.key_missing");
  auto wrong = now();
  wrong.root[0] ^= 1;
  EXPECT_ERROR(open_again({"example.jp/town/2", wrong, {successor}}), "evidence.previous_differs");
  wrong = now();
  wrong.size = INT64_MAX;
  EXPECT_ERROR(open_again({"example.jp/town/2", wrong, {successor}}), "evidence.previous_differs");
  EXPECT_EQ(log().size(), 2u);
  EXPECT_TRUE(signed_by(*signer));
  ASSERT_OK(do_act("b", "text"));
  expect_clean();
}

TEST_P(KeysTest, ARestoredLogGoesOnUnderANewName) {
  for (int i = 0; i < 300; ++i) ASSERT_OK(do_act("r" + std::to_string(i), "text"));
  ASSERT_OK(log().keep_checkpoint());
  auto old_receipt = log().receipt(17).value();
  std::string backup = folder.path() + "/backup.db";
  ASSERT_OK(database->backup_to(backup));
  ASSERT_OK(do_act("lost", "after the backup"));
  auto previous = now();
  close();
  // Elsewhere, without the old keys.
  auto successor = another("successor", "example.jp/town/2");
  auto elsewhere = options(musubi::testing::town_schema(), "elsewhere");
  LogKeys none;
  none.restoring = true;
  musubi::testing::add_town_log(elsewhere, none, clock);
  open(elsewhere);
  ASSERT_OK(store->restore("village", backup));
  auto village = store->organisation("village");
  ASSERT_OK(village);
  database = *village;
  EXPECT_EQ(log().checkpoint(), "");
  auto opened = open_again({"example.jp/town/2", previous, {successor}});
  ASSERT_OK(opened);
  EXPECT_EQ(opened->index, 301u);
  EXPECT_EQ(log().origin(), "example.jp/town/2");
  ASSERT_OK(do_act("new", "text"));
  ASSERT_OK(log().keep_checkpoint());
  EXPECT_TRUE(signed_by(*successor));
  EXPECT_FALSE(signed_by(*signer));
  auto body = database->read([&](db::Reader& reader) { return find_record(reader, 301); }).value()->body.value();
  EXPECT_NE(body.find("\"previous\":{\"origin\":\"example.jp/town/1\",\"root\":\"" + to_base64(crypto::bytes(previous.root)) +
                      "\",\"size\":302}"),
            body.npos);
  auto keys = musubi::testing::published_keys(*database);
  EXPECT_EQ(keys.size(), 2u);
  EXPECT_TRUE(verify_receipt(*parse_receipt(old_receipt), keys).ok());
  EXPECT_TRUE(verify_receipt(*parse_receipt(*log().receipt(17)), keys).ok());
  auto report = verified();
  EXPECT_TRUE(report.clean());
  EXPECT_EQ(report.origin, "example.jp/town/2");
  EXPECT_EQ(report.checkpoints, 2u);
  LogKeys both{{successor, signer}};
  database.reset();
  store.reset();
  auto again = options(musubi::testing::town_schema(), "elsewhere");
  musubi::testing::add_town_log(again, both, clock);
  open(again);
  database = store->organisation("village").value();
  EXPECT_EQ(lines(), 1u);
  EXPECT_TRUE(signed_by(*successor));
  // The state at the last checkpoint anyone saw differs from the restored one: a reader who holds it is told.
  VerifyOptions held;
  held.newest_note = log().checkpoint();
  expect_clean(held);
}

// One key may not speak for another log, even when a reader trusts both.
TEST_P(KeysTest, AKeySpeaksForItsOwnLogOnly) {
  ASSERT_OK(do_act("a", "text"));
  auto receipt = parse_receipt(*log().receipt(1)).value();
  auto foreign = another("foreign", "example.jp/elsewhere");
  std::string text = crypto::parse_note(receipt.checkpoint)->text;
  receipt.checkpoint = text + "\n" + foreign->sign(text).value() + "\n";
  std::vector<crypto::NoteVerifier> trusted{crypto::NoteVerifier::parse(signer->verifier_key()).value(),
                                            crypto::NoteVerifier::parse(foreign->verifier_key()).value()};
  EXPECT_ERROR(verify_receipt(receipt, trusted), "receipt.unknown_key");
}

}  // namespace
}  // namespace musubi::evidence
