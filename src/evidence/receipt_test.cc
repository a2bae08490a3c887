#include "evidence/receipt.h"

#include "base/encoding.h"
#include "evidence/log_test_support.h"
#include "evidence/tile_path.h"

namespace musubi::evidence {
namespace {

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  auto at = text.find(from);
  EXPECT_NE(at, text.npos) << from;
  return at == text.npos ? text : text.replace(at, from.size(), to);
}

class ReceiptTest : public LogTest {
 protected:
  void SetUp() override {
    LogTest::SetUp();
    if (HasFatalFailure()) return;
    for (int i = 0; i < 6; ++i) ASSERT_OK(do_act("r" + std::to_string(i), i == 2 ? "" : "text", "town/s"));
    good = log().receipt(4).value();
    keys = musubi::testing::published_keys(*database);
  }
  json::object bundle(std::uint64_t index) {
    auto record = database->read([&](db::Reader& reader) { return find_record(reader, index); }).value().value();
    std::string key = signer->verifier_key();
    return record_bundle(record, log().receipt(index).value(), {&key, 1});
  }
  std::vector<std::string> faults(const json::value& value) {
    std::vector<std::string> out;
    for (const auto& fault : verify_bundle(value, keys)) out.push_back(fault.where);
    return out;
  }

  std::string good;
  std::vector<crypto::NoteVerifier> keys;
};
INSTANTIATE_TEST_SUITE_P(Both, ReceiptTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

TEST_P(ReceiptTest, MalformedOnesAreRefusedWithTheirLine) {
  std::string hash = to_base64(std::string(32, 'h')) + "\n", many;
  for (int i = 0; i < 64; ++i) many += hash;
  auto rest = good.substr(good.find("\n\n"));
  struct Case {
    std::string text, line;
  };
  std::string head = "c2sp.org/tlog-proof@v1\n";
  std::vector<Case> cases = {{"", "1"},
                             {"c2sp.org/tlog-proof@v2\nindex 1\n\nx", "1"},
                             {"c2sp.org/tlog-proof@v1", "1"},
                             {head, "2"},
                             {head + "extra ====\nindex 1\n\nx", "2"},
                             {head + "extra QQ==\n", "3"},
                             {head + "extra QQ==\nindex 01\n\nx", "3"},
                             {head + "index -1\n\nx", "2"},
                             {head + "index 1 \n\nx", "2"},
                             {head + "index\n\nx", "2"},
                             {head + "index 99999999999999999999\n\nx", "2"},
                             {head + "index 1\nQQ==\n\nx", "3"},
                             {head + "index 1\n" + hash + hash, "5"},
                             {head + "index 1\n" + many + "\nx", "66"},
                             {head + "index 1\n" + hash + "\n", "5"},
                             {head + "Index 1\n\nx", "2"}};
  for (const auto& c : cases) {
    auto parsed = parse_receipt(c.text);
    ASSERT_FALSE(parsed.ok()) << c.text;
    EXPECT_EQ(parsed.error().name, "receipt.malformed") << c.text;
    ASSERT_EQ(parsed.error().faults.size(), 1u);
    EXPECT_EQ(parsed.error().faults[0].where, c.line) << c.text;
  }
  EXPECT_ERROR(parse_receipt(std::string(kReceiptLimit + 1, 'x')), "receipt.too_large");
}

TEST(Receipts, EveryWrongLineIsTold) {
  std::string hash = to_base64(std::string(32, 'h')) + "\n", many;
  for (int i = 0; i < 70; ++i) many += hash;
  auto lines = [](const std::string& text) {
    std::vector<std::string> out;
    auto parsed = parse_receipt("c2sp.org/tlog-proof@v1\n" + text);
    if (!parsed.ok())
      for (const auto& fault : parsed.error().faults) out.push_back(fault.where);
    return out;
  };
  using Lines = std::vector<std::string>;
  EXPECT_EQ(lines("extra ====\nindex -1\nQQ==\n" + hash + "?\n"), (Lines{"2", "3", "4", "6", "7"}));
  EXPECT_EQ(lines("extra ====\nindex 1\nQQ==\n\n"), (Lines{"2", "4", "6"}));
  EXPECT_EQ(lines("index one\n" + many + "\nx"), (Lines{"2", "66"}));
  EXPECT_EQ(lines("index 1\n" + hash + "\nx"), Lines{});
}

// Any change of one byte: the receipt cannot be read or does not verify.
TEST_P(ReceiptTest, EveryFlippedByteIsNoticed) {
  ASSERT_TRUE(verify_receipt(*parse_receipt(good), keys).ok());
  for (std::size_t i = 0; i < good.size(); ++i)
    for (char bit : {1, 32}) {
      std::string bad = good;
      bad[i] = char(bad[i] ^ bit);
      auto parsed = parse_receipt(bad);
      EXPECT_FALSE(parsed.ok() && verify_receipt(*parsed, keys).ok()) << i;
    }
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto parsed = parse_receipt(good.substr(0, i));
    EXPECT_FALSE(parsed.ok() && verify_receipt(*parsed, keys).ok()) << i;
  }
}

TEST_P(ReceiptTest, ForgeriesAreTold) {
  auto receipt = parse_receipt(good).value();
  auto other = musubi::testing::town_signer(folder.path() + "/other.pem");
  std::vector<crypto::NoteVerifier> others{crypto::NoteVerifier::parse(other->verifier_key()).value()};
  EXPECT_ERROR(verify_receipt(receipt, others), "receipt.unknown_key");
  EXPECT_ERROR(verify_receipt(receipt, {}), "receipt.unknown_key");
  auto forged = receipt;
  forged.checkpoint = replaced(forged.checkpoint, "\n7\n", "\n8\n");
  EXPECT_ERROR(verify_receipt(forged, keys), "receipt.bad_signature");
  forged = receipt;
  forged.index = 3;
  EXPECT_ERROR(verify_receipt(forged, keys), "receipt.not_included");
  forged.index = 7;
  EXPECT_ERROR(verify_receipt(forged, keys), "receipt.not_included");
  forged = receipt;
  (*forged.extra)[40] ^= 1;
  EXPECT_ERROR(verify_receipt(forged, keys), "receipt.not_included");
  forged.extra->pop_back();
  EXPECT_ERROR(verify_receipt(forged, keys), "receipt.no_entry");
  forged.extra.reset();
  EXPECT_ERROR(verify_receipt(forged, keys), "receipt.no_entry");
  forged = receipt;
  forged.index = 3;
  forged.checkpoint = replaced(forged.checkpoint, "\n7\n", "\n8\n");
  auto both = verify_receipt(forged, keys);
  EXPECT_ERROR(both, "receipt.bad_signature");
  ASSERT_EQ(both.error().faults.size(), 2u);
  EXPECT_EQ(both.error().faults[0].where, "receipt.bad_signature");
  EXPECT_EQ(both.error().faults[1].where, "receipt.not_included");
  forged.extra.reset();
  both = verify_receipt(forged, others);
  ASSERT_EQ(both.error().faults.size(), 2u);
  EXPECT_EQ(both.error().faults[0].where, "receipt.unknown_key");
  EXPECT_EQ(both.error().faults[1].where, "receipt.no_entry");
  forged = receipt;
  forged.proof.pop_back();
  EXPECT_ERROR(verify_receipt(forged, keys), "receipt.not_included");
  forged = receipt;
  forged.checkpoint.pop_back();
  EXPECT_ERROR(verify_receipt(forged, keys), "crypto.note_malformed");
}

TEST_P(ReceiptTest, BundlesHoldTogether) {
  EXPECT_EQ(faults(bundle(4)), std::vector<std::string>{});
  EXPECT_EQ(faults(bundle(3)), std::vector<std::string>{});  // a record without a body
  EXPECT_EQ(bundle(3).at("body_state"), "none");
  auto withheld = bundle(4);
  withheld.erase("body");
  withheld.erase("body_salt");
  withheld["body_state"] = "withheld";
  EXPECT_EQ(faults(withheld), std::vector<std::string>{});

  struct Case {
    std::string key;
    json::value value;
    std::string where;
  };
  auto entry = bundle(5);
  std::vector<Case> cases = {{"musubi_record", 2, "/musubi_record"},
                             {"musubi_record", "1", "/musubi_record"},
                             {"index", "5", "/index"},
                             {"index", 4, "/index"},
                             {"head", entry.at("head"), "/head"},
                             {"head_salt", entry.at("head_salt"), "/head"},
                             {"body", entry.at("body"), "/body"},
                             {"body", json::object{}, "/body"},
                             {"body", nullptr, "/body"},
                             {"body_salt", entry.at("body_salt"), "/body"},
                             {"body_salt", 1, "/body"},
                             {"body_commitment", entry.at("body_commitment"), "/head"},
                             {"body_state", "withheld", "/body_state"},
                             {"body_state", "none", "/body_state"},
                             {"manifest", entry.at("manifest"), "/manifest"},
                             {"manifest", 1, "/manifest"},
                             {"receipt", "x", "/receipt"},
                             {"receipt", entry.at("receipt"), "/index"},
                             {"head", 1, ""},
                             {"head_salt", "!", ""},
                             {"body_commitment", "QQ==", ""}};
  for (const auto& c : cases) {
    auto bad = bundle(4);
    bad[c.key] = c.value;
    auto found = faults(bad);
    EXPECT_TRUE(std::count(found.begin(), found.end(), c.where)) << c.key << " " << json::serialize(c.value);
  }
  auto twice = bundle(4);
  twice["receipt"] = "c2sp.org/tlog-proof@v1\nextra ====\nindex -1\n\nx";
  EXPECT_EQ(faults(twice), (std::vector<std::string>{"/receipt", "/receipt"}));
  for (const char* key :
       {"musubi_record", "index", "head", "head_salt", "body_commitment", "manifest", "receipt", "body_salt", "body_state"}) {
    auto bad = bundle(4);
    bad.erase(key);
    EXPECT_FALSE(faults(bad).empty()) << key;
  }
  auto without = bundle(4);  // a manifest may be kept back, said so; what is there is held against its digest all the same
  without["manifest_state"] = "withheld";
  EXPECT_TRUE(faults(without).empty());
  without["manifest"] = entry.at("manifest");
  EXPECT_FALSE(faults(without).empty());
  without.erase("manifest");
  EXPECT_TRUE(faults(without).empty());
  without["manifest_state"] = "present";
  EXPECT_FALSE(faults(without).empty());
  for (json::value other : {json::value(1), json::value(json::array{}), json::value(nullptr), json::value(json::object{})})
    EXPECT_EQ(faults(other), std::vector<std::string>{""});
}

TEST(Checkpoints, AreReadStrictly) {
  std::string root = to_base64(std::string(32, 'r'));
  auto good = parse_checkpoint("example.jp/log\n12\n" + root + "\n");
  ASSERT_TRUE(good.ok());
  EXPECT_EQ(good->size, 12u);
  EXPECT_EQ(good->body(), "example.jp/log\n12\n" + root + "\n");
  EXPECT_TRUE(parse_checkpoint("o\n0\n" + root + "\nextension one\nanother\n").ok());
  EXPECT_TRUE(parse_checkpoint("o\n9223372036854775807\n" + root + "\n").ok());
  std::string long_one = "o\n1\n" + root + "\n";
  for (int i = 0; i < 200; ++i) long_one += "x\n";
  for (std::string bad :
       {std::string(), std::string("\n"), "o\n1\n" + root, "\n1\n" + root + "\n", "o\n01\n" + root + "\n", "o\n-1\n" + root + "\n",
        "o\n+1\n" + root + "\n", "o\n\n" + root + "\n", "o\n1 \n" + root + "\n", "o\n9223372036854775808\n" + root + "\n",
        "o\n99999999999999999999\n" + root + "\n", "o\n1\n" + root.substr(4) + "\n", "o\n1\n" + root.substr(0, 43) + "\n",
        "o\n1\n" + root + " \n", "o\n1\n" + root + "\n\n", "o\n1\n" + root + "\nx\n\n", std::string("o\n1\n"), long_one})
    EXPECT_FALSE(parse_checkpoint(bad).ok()) << bad.substr(0, 80);
}

TEST(TilePaths, AreReadStrictly) {
  struct Case {
    const char* text;
    int level;
    std::uint64_t number;
    int width;
  };
  for (const auto& c : {Case{"0/000", 0, 0, 256}, Case{"3/067", 3, 67, 256}, Case{"entries/x001/x234/067", -1, 1234067, 256},
                        Case{"0/x001/067.p/1", 0, 1067, 1}, Case{"1/000.p/255", 1, 0, 255}, Case{"7/999", 7, 999, 256},
                        Case{"0/x999/x999/x999/x999/999", 0, 999'999'999'999'999, 256}}) {
    auto tile = parse_tile_path(c.text);
    ASSERT_TRUE(tile.has_value()) << c.text;
    EXPECT_EQ(tile->level, c.level) << c.text;
    EXPECT_EQ(tile->number, c.number) << c.text;
    EXPECT_EQ(tile->width, c.width) << c.text;
    EXPECT_EQ(format_tile_path(*tile), c.text);
  }
  for (const char* bad : {"",
                          "/",
                          "0",
                          "0/",
                          "0/0",
                          "0/00",
                          "0/0000",
                          "0/x000/000",
                          "0/x001",
                          "0/x001/",
                          "0/x001/x002",
                          "0/001/002",
                          "0/x01/002",
                          "8/000",
                          "-1/000",
                          "00/000",
                          "a/000",
                          "Entries/000",
                          "entries",
                          "entries/",
                          "0/000.p/0",
                          "0/000.p/256",
                          "0/000.p/01",
                          "0/000.p/",
                          "0/000.p",
                          "0/000.p/1/",
                          "0/000/",
                          "0//000",
                          "0/000.p/1.p/1",
                          "0/+01",
                          "0/x001/000.p/x",
                          " 0/000",
                          "0/x001/x001/x001/x001/x001/001",
                          "0/x1/001"})
    EXPECT_FALSE(parse_tile_path(bad).has_value()) << bad;
}

}  // namespace
}  // namespace musubi::evidence
