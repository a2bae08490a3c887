// Commands around receipts, keys and files: what is wrong is told at once, by file and line.

#include "app/commands_test_support.h"
#include "base/file.h"

namespace musubi::app {
namespace {

class ReceiptCommands : public Commands {};
INSTANTIATE_TEST_SUITE_P(Both, ReceiptCommands, ::testing::ValuesIn(testing::back_ends()), testing::back_end_name);

TEST_P(ReceiptCommands, AReceiptIsPrintedAndHoldsOffLine) {
  expect_good({"org", "create", "aoba", "--title-ja", "青葉町", "--title-en", "Aoba Town"}, "/aoba/sign-in/");
  const std::string receipt = folder.path() + "/receipt.txt", bundle = folder.path() + "/bundle.json",
                    keys = folder.path() + "/keys.txt";
  auto got = run({"receipt", "get", "aoba", "1"});
  ASSERT_EQ(got.code, 0) << got.out;
  EXPECT_TRUE(got.out.starts_with("c2sp.org/tlog-proof@v1\n")) << got.out;
  ASSERT_OK(replace_file(receipt, got.out, 0600));
  auto list = run({"org", "key", "list", "aoba"});
  ASSERT_OK(replace_file(keys, list.out.substr(list.out.rfind(' ') + 1), 0600));
  expect_good({"receipt", "verify", receipt, "--key", keys}, "record 1, covered by the checkpoint of size");
  EXPECT_EQ(run({"receipt", "verify", receipt}).code, 2) << "a key is needed";
  auto unread = run({"receipt", "verify", folder.path() + "/none", "--key", "bad", "--record", folder.path() + "/none-either"});
  EXPECT_EQ(unread.code, 2) << unread.out;
  for (std::string where : {"  " + folder.path() + "/none: ", std::string("  --key: "), std::string("  --record: ")})
    EXPECT_NE(unread.out.find(where), unread.out.npos) << unread.out;
  auto trust = run({"verify", "aoba", "--key", "bad", "--checkpoint", folder.path() + "/none"});
  for (const char* where : {"  --key: ", "  --checkpoint: "}) EXPECT_NE(trust.out.find(where), trust.out.npos) << trust.out;
  auto with_record = run({"receipt", "get", "aoba", "1", "--bundle"});
  ASSERT_EQ(with_record.code, 0) << with_record.out;
  ASSERT_OK(replace_file(bundle, with_record.out, 0600));
  expect_good({"receipt", "verify", receipt, "--record", bundle, "--key", keys}, "Good receipt");
  auto other = run({"receipt", "get", "aoba", "2"});
  ASSERT_OK(replace_file(receipt, other.out, 0600));
  auto odd = run({"receipt", "verify", receipt, "--record", bundle, "--key", keys});
  EXPECT_EQ(odd.code, 1) << odd.out;
  EXPECT_NE(odd.out.find("of different records"), std::string::npos) << odd.out;
  std::string altered = got.out, broken = with_record.out;
  altered.insert(altered.find('\n', altered.find("\n\n") + 2) + 1, "1");  // the size of the checkpoint
  altered.replace(altered.find("\nindex 1\n"), 9, "\nindex 0\n");
  broken.replace(broken.find("\"present\""), 9, "\"absent\"");
  ASSERT_OK(replace_file(receipt, altered, 0600));
  ASSERT_OK(replace_file(bundle, broken, 0600));
  auto all = run({"receipt", "verify", receipt, "--record", bundle, "--key", keys});
  EXPECT_EQ(all.code, 1) << all.out;
  for (const char* said :
       {"The signature of the checkpoint is wrong", "The record is not in the log", "of different records", "/body_state: "})
    EXPECT_NE(all.out.find(said), std::string::npos) << said << ": " << all.out;
  for (const char* number : {"first", "-1", "1.0", ""}) EXPECT_EQ(run({"receipt", "get", "aoba", number}).code, 2) << number;
  for (const std::vector<std::string>& nothing :
       {std::vector<std::string>{"receipt", "get", "aoba", "999"}, {"receipt", "get", "nowhere", "1"}})
    EXPECT_EQ(run(nothing).code, 1) << nothing[2] << nothing[3];
}

TEST_P(ReceiptCommands, AReceiptThatCannotBeReadIsToldByFileAndLine) {
  if (on_postgres()) GTEST_SKIP() << "no store is touched";
  const std::string receipt = folder.path() + "/receipt.txt";
  ASSERT_OK(replace_file(receipt, "c2sp.org/tlog-proof@v1\nextra ====\nindex -1\n\nx", 0600));
  auto bad = run({"receipt", "verify", receipt});
  EXPECT_EQ(bad.code, 1) << bad.out;
  for (std::string line : {receipt + ":2: extra is not base64.\n", receipt + ":3: the line \"index NUMBER\" is needed here.\n"}) {
    auto at = bad.out.find(line);
    EXPECT_NE(at, bad.out.npos) << bad.out;
    EXPECT_EQ(bad.out.find(line, at + 1), bad.out.npos) << "once: " << bad.out;
  }
}

TEST_P(ReceiptCommands, AFileAndAnOrganisationThatAreNotThereAreToldTogether) {
  if (on_postgres()) GTEST_SKIP() << "found wrong before the store is asked";
  expect_good({"org", "create", "aoba", "--title-ja", "青葉町", "--title-en", "Aoba Town"}, "/aoba/sign-in/");
  const std::string none = folder.path() + "/none/file", unknown = "There is no organisation \"nope\"";
  for (const std::vector<std::string>& words : {std::vector<std::string>{"pack", "import"},
                                                {"residents", "import"},
                                                {"exchange", "permit", "import"},
                                                {"exchange", "member", "import"},
                                                {"backup"}}) {
    for (const auto& [id, both] : {std::pair{"nope", true}, {"aoba", false}}) {
      auto call = words;
      call.insert(call.end(), {id, none});
      auto ended = run(call);
      EXPECT_EQ(ended.code, both ? 2 : 3) << ended.out;
      EXPECT_NE(ended.out.find(none + " cannot be "), ended.out.npos) << ended.out;
      EXPECT_EQ(ended.out.find(unknown) != ended.out.npos, both) << ended.out;
    }
  }
  EXPECT_EQ(run({"backup", "aoba", none}).out.find("Try again"), std::string::npos);
  ASSERT_OK(replace_file(pack, "{\"musubi_pack\": \"plan\"", 0600));
  auto faulty = run({"pack", "import", "nope", pack});
  EXPECT_NE(faulty.out.find(pack + ":1: "), faulty.out.npos) << faulty.out;
  EXPECT_NE(faulty.out.find(unknown), faulty.out.npos) << faulty.out;
}

TEST_P(ReceiptCommands, AnOldKeyIsRetiredAndItsReceiptsStillHold) {
  expect_good({"org", "create", "aoba", "--title-ja", "青葉町", "--title-en", "Aoba Town"}, "/aoba/sign-in/");
  const std::string receipt = folder.path() + "/receipt.txt", keys = folder.path() + "/keys.txt";
  auto before = run({"org", "key", "list", "aoba"});
  const std::string id = before.out.substr(0, before.out.find(' '));
  ASSERT_OK(replace_file(keys, before.out.substr(before.out.rfind(' ') + 1), 0600));
  ASSERT_OK(replace_file(receipt, run({"receipt", "get", "aoba", "1"}).out, 0600));
  auto last = run({"org", "key", "retire", "aoba", id});
  EXPECT_EQ(last.code, 1);
  EXPECT_NE(last.out.find("The last key cannot be retired"), std::string::npos) << last.out;
  expect_good({"org", "key", "rotate", "aoba"}, "org key retire aoba KEY-ID");
  auto unknown = run({"org", "key", "retire", "aoba", "00000000"});
  EXPECT_EQ(unknown.code, 1);
  EXPECT_NE(unknown.out.find("No active key has the id 00000000"), std::string::npos) << unknown.out;
  expect_good({"org", "key", "retire", "aoba", id}, "Key " + id + " is retired. Its verifier key stays published.");
  auto after = run({"org", "key", "list", "aoba"});
  EXPECT_NE(after.out.find(id + "  retired"), std::string::npos) << after.out;
  EXPECT_NE(after.out.find("  active"), std::string::npos) << after.out;
  EXPECT_EQ(run({"org", "key", "retire", "aoba", id}).code, 1) << "it is retired already";
  expect_good({"receipt", "verify", receipt, "--key", keys}, "record 1");
  ASSERT_OK(replace_file(receipt, run({"receipt", "get", "aoba", "1"}).out, 0600));
  EXPECT_EQ(run({"receipt", "verify", receipt, "--key", keys}).code, 1) << "what is signed now is signed by the new key alone";
  expect_good({"verify"}, "everything fits");
}

}  // namespace
}  // namespace musubi::app
