#include "evidence/log.h"

#include <algorithm>
#include <atomic>
#include <random>
#include <thread>

#include "base/encoding.h"
#include "evidence/log_test_support.h"
#include "evidence/receipt.h"

namespace musubi::evidence {
namespace {

class LogBothTest : public LogTest {};
INSTANTIATE_TEST_SUITE_P(Both, LogBothTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

void expect_receipt(Log& log, std::uint64_t index, std::span<const crypto::NoteVerifier> keys) {
  auto text = log.receipt(index);
  ASSERT_TRUE(text.ok()) << index << " " << text.error().name;
  auto receipt = parse_receipt(*text);
  ASSERT_TRUE(receipt.ok()) << receipt.error().message.en;
  EXPECT_EQ(format_receipt(*receipt), *text);
  auto verdict = verify_receipt(*receipt, keys);
  ASSERT_TRUE(verdict.ok()) << index << " " << verdict.error().name;
  EXPECT_EQ(verdict->index, index);
  EXPECT_EQ(verdict->size, log.size());
  EXPECT_EQ(verdict->origin, kTownOrigin);
}

Checkpoint checkpoint_of(const std::string& note) { return parse_checkpoint(crypto::parse_note(note)->text).value(); }

TEST_P(LogBothTest, OpensWithASignedCheckpoint) {
  EXPECT_EQ(log().origin(), kTownOrigin);
  EXPECT_EQ(log().size(), 1u);
  auto keys = musubi::testing::published_keys(*database);
  ASSERT_EQ(keys.size(), 1u);
  EXPECT_TRUE(crypto::verify_note(*crypto::parse_note(log().checkpoint()), keys).ok());
  expect_receipt(log(), 0, keys);
  EXPECT_ERROR(log().receipt(1), "evidence.not_yet");
  expect_clean();
}

TEST_P(LogBothTest, EveryReceiptVerifiesAcrossTheFirstTile) {
  auto keys = musubi::testing::published_keys(*database);
  for (std::uint64_t size : {2, 3, 4, 5, 8, 255, 256, 257, 300, 511, 512, 513, 520}) {
    add_leaves(size - log().size());
    ASSERT_EQ(log().size(), size);
    for (std::uint64_t i = 0; i < size; ++i) expect_receipt(log(), i, keys);
    EXPECT_EQ(checkpoint_of(log().checkpoint()).root, tree_hash(leaf_hashes())) << size;
  }
  expect_clean();
}

TEST_P(LogBothTest, ReceiptsVerifyAcrossTheSecondLevel) {
  auto keys = musubi::testing::published_keys(*database);
  for (std::uint64_t size : {65'535, 65'536, 65'537, 65'800}) {
    add_leaves(size - log().size());
    for (std::uint64_t i = 0; i < size; i += i < 600 || i + 600 > size ? 7 : 811) expect_receipt(log(), i, keys);
    for (std::uint64_t i : {std::uint64_t(255), std::uint64_t(256), std::uint64_t(65'279), std::uint64_t(65'534), size - 1})
      expect_receipt(log(), i, keys);
  }
  EXPECT_EQ(checkpoint_of(log().checkpoint()).root, tree_hash(leaf_hashes()));
  auto before = log().checkpoint();
  reopen();
  EXPECT_EQ(log().checkpoint(), before);
  for (std::uint64_t i : {0, 255, 256, 65'535, 65'536, 65'799}) expect_receipt(log(), i, keys);
  auto report = verified();
  EXPECT_TRUE(report.clean());
  EXPECT_EQ(report.records, 65'800u);
  EXPECT_EQ(report.root, to_base64(crypto::bytes(checkpoint_of(before).root)));
}

TEST_P(LogBothTest, ConsistencyHoldsBetweenAllKeptSizes) {
  std::vector<Checkpoint> kept;
  for (std::uint64_t step : {0, 1, 1, 5, 100, 147, 1, 1, 300, 400}) {
    add_leaves(step);
    ASSERT_OK(log().keep_checkpoint());
    kept.push_back(checkpoint_of(log().checkpoint()));
  }
  for (const auto& a : kept)
    for (const auto& b : kept) {
      auto proof = log().consistency(a.size, b.size);
      if (a.size > b.size) {
        EXPECT_ERROR(proof, "evidence.bad_range");
        continue;
      }
      ASSERT_OK(proof);
      EXPECT_TRUE(verify_consistency(a.size, b.size, a.root, b.root, *proof)) << a.size << " " << b.size;
    }
  EXPECT_ERROR(log().consistency(0, log().size() + 1), "evidence.bad_range");
  auto again = log().keep_checkpoint();
  ASSERT_OK(again);
  EXPECT_FALSE(*again);
  EXPECT_EQ(verified().checkpoints, kept.size());
  expect_clean();
}

TEST_P(LogBothTest, TilesAndEntriesAreWhatTheTablesSay) {
  add_leaves(699);
  auto leaves = leaf_hashes();
  ASSERT_EQ(leaves.size(), 700u);
  for (auto [n, width] : {std::pair{0, 256}, {1, 256}, {2, 188}, {2, 1}, {0, 17}, {1, 255}}) {
    std::string expected;
    for (int i = 0; i < width; ++i) expected += crypto::bytes(leaves[std::size_t(n * 256 + i)]);
    EXPECT_EQ(log().tile(0, std::uint64_t(n), width).value(), expected) << n << " " << width;
    auto entries = log().entries(std::uint64_t(n), width).value();
    ASSERT_EQ(entries.size(), std::size_t(width) * 67);
    for (int i = 0; i < width; ++i) {
      EXPECT_EQ(entries.substr(std::size_t(i) * 67, 2), std::string("\0A", 2));
      EXPECT_EQ(leaf_hash(std::string_view(entries).substr(std::size_t(i) * 67 + 2, 65)), leaves[std::size_t(n * 256 + i)]);
    }
  }
  std::string upper;
  for (std::size_t n : {0, 1}) upper += crypto::bytes(tree_hash(std::span(leaves).subspan(n * 256, 256)));
  EXPECT_EQ(log().tile(1, 0, 2).value(), upper);
  struct Case {
    int level;
    std::uint64_t n;
    int width;
  };
  for (auto c : {Case{0, 2, 189}, Case{0, 3, 1}, Case{1, 0, 3}, Case{1, 1, 1}, Case{2, 0, 1}, Case{-1, 0, 1}, Case{8, 0, 1},
                 Case{0, 0, 0}, Case{0, 0, 257}, Case{0, ~std::uint64_t(0), 1}})
    EXPECT_ERROR(log().tile(c.level, c.n, c.width), "evidence.no_tile");
  for (auto c : {Case{0, 2, 189}, Case{0, 3, 1}, Case{0, 0, 0}, Case{0, 0, 257}, Case{0, ~std::uint64_t(0), 256}})
    EXPECT_ERROR(log().entries(c.n, c.width), "evidence.no_tile");
}

TEST_P(LogBothTest, AnUndoneClosureLeavesNoGap) {
  ASSERT_OK(do_act("a", "first"));
  auto refused = database->write([](db::Transaction& tx) -> Result<Appended> {
    TRY(act(tx, "b", "second"));
    TRY(act(tx, "c", "third", "town/other"));
    return Error{Code::kConflict, "test.refused", {"", ""}, {}};
  });
  EXPECT_ERROR(refused, "test.refused");
  auto next = do_act("d", "fourth");
  ASSERT_OK(next);
  EXPECT_EQ(next->index, 2u);
  EXPECT_EQ(next->counter, 2u);
  auto other = do_act("e", "fifth", "town/other");
  ASSERT_OK(other);
  EXPECT_EQ(other->counter, 1u);
  expect_clean();
}

TEST_P(LogBothTest, UndoneClosuresAmongConcurrentWritersLeaveNoGap) {
  constexpr int kThreads = 16, kEach = 40;
  std::atomic<int> kept{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        std::string id = std::to_string(t) + "-" + std::to_string(i), stream = "town/s" + std::to_string(i % 3);
        auto done = database->write([&](db::Transaction& tx) -> Result<Appended> {
          auto appended = TRY(act(tx, id, "text " + id, stream));
          if ((t + i) % 4 == 0) return Error{Code::kConflict, "test.refused", {"", ""}, {}};
          if ((t + i) % 4 == 1) return act(tx, id + "+", "more", "town/only-" + id);
          return appended;
        });
        EXPECT_EQ(done.ok(), (t + i) % 4 != 0);
        if (!done.ok()) continue;
        kept += (t + i) % 4 == 1 ? 2 : 1;
        EXPECT_TRUE(log().receipt(done->index).ok());
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(log().size(), 1u + std::uint64_t(kept));
  EXPECT_EQ(checkpoint_of(log().checkpoint()).root, tree_hash(leaf_hashes()));
  expect_clean();
}

TEST_P(LogBothTest, ABatchOfRefusalsKeepsTheTree) {
  add_leaves(300);
  auto before = log().checkpoint();
  for (int i = 0; i < 3; ++i) {
    auto refused = database->write([](db::Transaction& tx) -> Result<Appended> {
      TRY(act(tx, "x", "y"));
      return Error{Code::kConflict, "test.refused", {"", ""}, {}};
    });
    EXPECT_ERROR(refused, "test.refused");
  }
  EXPECT_EQ(log().checkpoint(), before);
  auto next = do_act("a", "b");
  ASSERT_OK(next);
  EXPECT_EQ(next->index, 301u);
  EXPECT_EQ(next->counter, 1u);
  expect_clean();
}

TEST_P(LogBothTest, RowsWithoutRecordAreRefused) {
  auto refused = database->write([](db::Transaction& tx) -> Result<void> {
    return tx.put(
        "town_act",
        {{"id", std::string("a")}, {"name", db::Value()}, {"amount", db::Value()}, {"weight", db::Value()}, {"seal", db::Value()}});
  });
  EXPECT_ERROR(refused, "evidence.rows_without_record");
  auto after = database->write([](db::Transaction& tx) -> Result<void> {
    TRY(act(tx, "b", "text"));
    return tx.remove("town_act", {std::string("b")});  // after the record: not in any manifest
  });
  EXPECT_ERROR(after, "evidence.rows_without_record");
  auto rows = database->read([](db::Reader& reader) { return reader.query("SELECT id FROM town_act"); });
  EXPECT_TRUE(rows->empty());
  EXPECT_EQ(log().size(), 1u);
  // Removing what is not there changes nothing and needs no record.
  ASSERT_OK(database->write([](db::Transaction& tx) { return tx.remove("town_act", {std::string("none")}); }));
  expect_clean();
}

TEST_P(LogBothTest, ReplacedAndRemovedRowsVerify) {
  ASSERT_OK(do_act("a", "first"));
  ASSERT_OK(do_act("a", "second"));
  ASSERT_OK(do_act("b", ""));
  auto removed = database->write([](db::Transaction& tx) -> Result<Appended> {
    TRY(tx.remove("town_act", {std::string("a")}));
    return leaf(tx);
  });
  ASSERT_OK(removed);
  auto report = verified();
  EXPECT_TRUE(report.clean());
  EXPECT_EQ(report.rows, 3u);  // b, the log, its key
  EXPECT_EQ(report.bodies, 3u);
}

TEST_P(LogBothTest, TimeNeverRunsBackwards) {
  ASSERT_OK(do_act("a", "x"));
  clock.advance_us(-3'600'000'000);
  ASSERT_OK(do_act("b", "x"));
  reopen();
  ASSERT_OK(do_act("c", "x"));
  clock.advance_us(3'600'000'005);
  ASSERT_OK(do_act("d", "x"));
  auto records = database->read([](db::Reader& reader) { return read_records(reader, 1, 10); }).value();
  ASSERT_EQ(records.size(), 4u);
  EXPECT_EQ(records[0].at, records[1].at);
  EXPECT_EQ(records[0].at, records[2].at);
  EXPECT_EQ(records[3].at.us, records[0].at.us + 5);
  expect_clean();
}

TEST_P(LogBothTest, ReopeningGoesOnWithTheSameNote) {
  for (int round = 0; round < 4; ++round) {
    add_leaves(round == 0 ? 254 : 1);
    auto before = log().checkpoint();
    reopen();
    EXPECT_EQ(log().checkpoint(), before);
    EXPECT_EQ(log().origin(), kTownOrigin);
  }
  auto next = do_act("a", "b");
  ASSERT_OK(next);
  EXPECT_EQ(next->index, 258u);
  expect_clean();
}

TEST_P(LogBothTest, ALogWithoutItsKeyDoesNotOpen) {
  auto other = musubi::testing::town_signer(folder.path() + "/other.pem");
  close();
  auto opened = options(musubi::testing::town_schema());
  musubi::testing::add_town_log(opened, {{other}}, clock);
  open(std::move(opened));
  EXPECT_ERROR(store->organisation("town"), "evidence.key_missing");
}

// What was signed must never be signed again with fewer or other leaves.
TEST_P(LogBothTest, AForkIsNeverSigned) {
  add_leaves(10);
  auto signed_size = log().size();
  ASSERT_OK(log().keep_checkpoint());
  open_for_verify();
  ASSERT_OK(database->write([](db::Transaction& tx) { return tx.execute("DELETE FROM evidence_record WHERE idx = 10"); }));
  reopen();
  EXPECT_EQ(log().checkpoint(), "");
  EXPECT_ERROR(do_act("a", "b"), "evidence.damaged");
  EXPECT_TRUE(database->read([](db::Reader& reader) { return find_record(reader, 3); }).value().has_value());
  EXPECT_FALSE(verified().clean());
  open_for_verify();
  ASSERT_OK(database->write(
      [&](db::Transaction& tx) { return tx.execute("UPDATE evidence_checkpoint SET size = $1", {std::int64_t(signed_size - 5)}); }));
  reopen();  // its root is not that of the shorter log either
  EXPECT_ERROR(do_act("a", "b"), "evidence.damaged");
}

}  // namespace
}  // namespace musubi::evidence
