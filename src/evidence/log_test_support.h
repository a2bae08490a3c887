// For the tests of this module: a town with a log on both back ends.
#pragma once

#include <gtest/gtest.h>

#include "evidence/verify.h"
#include "support/log_world.h"
#include "support/store_fixture.h"

namespace musubi::evidence {

using musubi::testing::act;
using musubi::testing::kTownOrigin;
using musubi::testing::leaf;

class LogTest : public musubi::testing::StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    if (HasFatalFailure()) return;
    signer = musubi::testing::town_signer(folder.path() + "/log.pem");
    reopen();
  }
  void TearDown() override {
    database.reset();
    StoreTest::TearDown();
  }

  void close() {
    database.reset();
    store.reset();
  }
  void reopen() { reopen_with({{signer}}); }
  void reopen_with(LogKeys keys) {
    close();
    auto opened = options(musubi::testing::town_schema());
    musubi::testing::add_town_log(opened, keys, clock);
    open(std::move(opened));
    if (HasFatalFailure()) return;
    auto town = musubi::testing::open_town(*store);
    ASSERT_OK(town);
    database = *town;
  }
  // Without a listener, as `musubi verify` opens a damaged store: nothing is signed.
  void open_for_verify() {
    close();
    open(options(musubi::testing::town_schema()));
    auto town = store->organisation("town");
    ASSERT_OK(town);
    database = *town;
  }

  Log& log() { return Log::of(*database); }
  // `count` cheap records in writes of at most 5,000.
  void add_leaves(std::uint64_t count) {
    for (std::uint64_t done = 0; done < count;) {
      std::uint64_t now = std::min<std::uint64_t>(count - done, 5000);
      auto written = database->write([&](db::Transaction& tx) -> Result<void> {
        for (std::uint64_t i = 0; i < now; ++i) TRY(leaf(tx));
        return {};
      });
      ASSERT_OK(written);
      done += now;
    }
  }
  Result<Appended> do_act(const std::string& id, const std::string& text, const std::string& stream = "town/acts") {
    return database->write([&](db::Transaction& tx) { return act(tx, id, text, stream); });
  }
  std::vector<Digest> leaf_hashes() {
    auto rows = database->read([](db::Reader& reader) { return reader.query("SELECT leaf_hash FROM evidence_record ORDER BY idx"); });
    std::vector<Digest> out;
    for (const auto& row : rows.value()) out.push_back(crypto::digest_from(row.blob(0)));
    return out;
  }
  VerifyReport verified(VerifyOptions options = {}) {
    auto report = verify(*database, options);
    EXPECT_TRUE(report.ok()) << report.error().name << ": " << report.error().message.en;
    return report.ok() ? *report : VerifyReport{};
  }
  void expect_clean(VerifyOptions options = {}) {
    for (const auto& finding : verified(options).findings)
      ADD_FAILURE() << finding.kind << " " << finding.where << ": " << finding.message.en;
  }

  std::shared_ptr<crypto::NoteSigner> signer;
  ManualClock clock{Time{1'700'000'000'000'000}};
  std::shared_ptr<db::Database> database;
};

// RFC 9162 2.1.1 as it stands there, quadratic and slow: the judge of the tree that the log keeps.
inline Digest tree_hash(std::span<const Digest> leaves) {
  if (leaves.empty()) return crypto::sha256("");
  if (leaves.size() == 1) return leaves[0];
  std::size_t k = 1;
  while (k * 2 < leaves.size()) k *= 2;
  std::string input("\x01");
  input += crypto::bytes(tree_hash(leaves.subspan(0, k)));
  input += crypto::bytes(tree_hash(leaves.subspan(k)));
  return crypto::sha256(input);
}

}  // namespace musubi::evidence
