#include "evidence/erase.h"

#include <filesystem>
#include <fstream>

#include "base/file.h"
#include "evidence/log_test_support.h"
#include "evidence/receipt.h"

namespace musubi::evidence {
namespace {

class EraseTest : public LogTest {
 protected:
  void SetUp() override {
    LogTest::SetUp();
    if (HasFatalFailure()) return;
    list = folder.path() + "/erasures";
    for (int i = 0; i < 5; ++i) ASSERT_OK(do_act("r" + std::to_string(i), "secret-of-resident-" + std::to_string(i)));
  }
  ErasureOrder order(std::vector<std::uint64_t> indexes) { return {std::move(indexes), "retention-ended", "officer-9", {}}; }
  Record record(std::uint64_t index) {
    return database->read([&](db::Reader& reader) { return find_record(reader, index); }).value().value();
  }
  // Which files under the data folder hold these bytes.
  std::string found_in(const std::string& bytes) {
    std::string out;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path() + "/data")) {
      if (!entry.is_regular_file()) continue;
      std::ifstream file(entry.path(), std::ios::binary);
      std::string text((std::istreambuf_iterator<char>(file)), {});
      if (text.find(bytes) != text.npos) out += entry.path().string() + " ";
    }
    return out;
  }
  // The row of the act holds the text, too: the module that owns it removes it in the same transaction.
  EraseRows without_row(std::string id) {
    return [id](db::Transaction& tx, std::span<const std::uint64_t>) -> Result<std::vector<std::string>> {
      TRY(tx.remove("town_act", {id}));
      return std::vector<std::string>{"town_act"};
    };
  }
  std::string list;
};
INSTANTIATE_TEST_SUITE_P(Both, EraseTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

TEST_P(EraseTest, BodyAndSaltAreGoneAndProofsStay) {
  auto before = record(2);
  auto receipt = log().receipt(2).value();
  std::string salt = *before.body_salt;
  if (!on_postgres()) {
    EXPECT_NE(found_in("secret-of-resident-1"), "");
    EXPECT_NE(found_in(salt), "");
  }
  auto erasing = order({2});
  erasing.rows = without_row("r1");
  auto done = erase(*database, erasing, list);
  ASSERT_OK(done);
  auto after = record(2);
  EXPECT_FALSE(after.body || after.body_salt);
  EXPECT_TRUE(after.had_body());
  EXPECT_EQ(after.entry(), before.entry());
  EXPECT_EQ(after.manifest, before.manifest);
  auto keys = musubi::testing::published_keys(*database);
  EXPECT_TRUE(verify_receipt(*parse_receipt(receipt), keys).ok());
  EXPECT_TRUE(verify_receipt(*parse_receipt(*log().receipt(2)), keys).ok());
  auto report = verified();
  EXPECT_TRUE(report.clean());
  EXPECT_EQ(report.erased, 1u);
  EXPECT_EQ(report.bodies, 6u);  // opening, four acts, the erasure itself
  auto erased = record(done->index);
  EXPECT_EQ(erased.type, "evidence.erased");
  EXPECT_EQ(erased.at, clock.now());
  if (!on_postgres()) {
    EXPECT_EQ(found_in("secret-of-resident-1"), "");
    EXPECT_EQ(found_in(salt), "");
    EXPECT_NE(found_in("secret-of-resident-2"), "");
    ASSERT_OK(database->backup_to(folder.path() + "/data/backup.db"));
    EXPECT_EQ(found_in("secret-of-resident-1"), "");
    EXPECT_EQ(found_in(salt), "");
  }
  // Once more: nothing more to erase, nothing breaks.
  ASSERT_OK(erase(*database, order({2}), list));
  expect_clean();
}

TEST_P(EraseTest, FaultsAreToldAllAtOnceAndNothingGoes) {
  ASSERT_OK(do_act("none", ""));
  auto bad = order({1, 77, 0, 6});
  bad.ground = "request of Hanako Yuki";
  bad.actor = "";
  auto refused = erase(*database, bad, list);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().name, "erase.refused");
  std::vector<std::string> where;
  for (const auto& fault : refused.error().faults) where.push_back(fault.where);
  EXPECT_EQ(where, (std::vector<std::string>{"actor", "ground", "record 77", "record 0", "record 6"}));
  EXPECT_ERROR(erase(*database, order({}), list), "erase.refused");
  EXPECT_TRUE(record(1).body.has_value());
  EXPECT_FALSE(file_exists(list));
  EXPECT_ERROR(erase(*database, order({1}), folder.path() + "/no/such/folder/list"), "erase.list_unwritable");
  EXPECT_TRUE(record(1).body.has_value());
  expect_clean();
}

TEST_P(EraseTest, ARestoredBackupIsErasedAgain) {
  std::string backup = folder.path() + "/backup.db";
  ASSERT_OK(database->backup_to(backup));
  ASSERT_OK(do_act("later", "secret-after-the-backup"));
  ASSERT_OK(erase(*database, order({1, 3}), list));
  ASSERT_OK(erase(*database, order({6}), list));
  std::ofstream(list, std::ios::app) << "{\"bodies\":[{\"ind";  // a crash while the next order was written
  close();
  auto elsewhere = options(musubi::testing::town_schema(), "elsewhere");
  LogKeys keys{{signer}};
  musubi::testing::add_town_log(elsewhere, keys, clock);
  open(elsewhere);
  ASSERT_OK(store->restore("village", backup));
  database = store->organisation("village").value();
  EXPECT_TRUE(record(1).body.has_value());
  // Record 6 of the restored log is another one: it must not go.
  ASSERT_OK(do_act("other", "a body of its own"));
  auto count = apply_erasure_list(*database, list, "restore");
  ASSERT_OK(count);
  EXPECT_EQ(*count, 2u);
  EXPECT_FALSE(record(1).body || record(3).body);
  EXPECT_TRUE(record(2).body && record(6).body);
  EXPECT_EQ(apply_erasure_list(*database, list, "restore").value(), 0u);
  expect_clean();
  // The next order begins on a line of its own.
  ASSERT_OK(erase(*database, order({4}), list));
  EXPECT_EQ(apply_erasure_list(*database, list, "restore").value(), 0u);
  EXPECT_EQ(apply_erasure_list(*database, folder.path() + "/none", "restore").value(), 0u);
  std::ofstream(list, std::ios::app) << "not a line of ours\n";
  EXPECT_ERROR(apply_erasure_list(*database, list, "restore"), "erase.bad_list");
}

// The order stands in the list before the bodies go: a crash between the two is made good.
TEST_P(EraseTest, AnOrderCutShortIsCarriedOut) {
  ASSERT_OK(database->backup_to(folder.path() + "/backup.db"));
  auto failing = order({2});
  std::string at_the_crash = folder.path() + "/at-the-crash";
  failing.rows = [&](db::Transaction&, std::span<const std::uint64_t>) -> Result<std::vector<std::string>> {
    std::filesystem::copy_file(list, at_the_crash);
    return Error{Code::kIo, "test.refused", {"", ""}, {}};
  };
  EXPECT_ERROR(erase(*database, failing, list), "test.refused");
  EXPECT_TRUE(record(2).body.has_value());
  // A write that was refused takes its line with it: a later restore does not erase what no order erased.
  EXPECT_EQ(read_file(list, 1000).value(), "");
  EXPECT_EQ(apply_erasure_list(*database, list, "recovery").value(), 0u);
  EXPECT_EQ(apply_erasure_list(*database, at_the_crash, "recovery").value(), 1u);
  EXPECT_FALSE(record(2).body.has_value());
  expect_clean();
}

}  // namespace
}  // namespace musubi::evidence
