// A served log held against itself and against the data: each way in which it may differ is named.
#include "evidence/online.h"

#include <algorithm>
#include <map>

#include "evidence/log_test_support.h"
#include "evidence/tile_path.h"

namespace musubi::evidence {
namespace {

class OnlineTest : public LogTest {
 protected:
  void SetUp() override {
    LogTest::SetUp();
    if (HasFatalFailure()) return;
    add_leaves(300);
    ASSERT_OK(log().keep_checkpoint());
    ASSERT_OK(do_act("a", "text"));
  }
  // The public files of a log as a server gives them.
  static Fetch served(db::Database& of) {
    return [&of](const std::string& path) -> Result<std::string> {
      Log& log = Log::of(of);
      if (path == "checkpoint") return log.checkpoint();
      if (path == "keys") return keys_of(of);
      auto tile = parse_tile_path(path.substr(path.find('/') + 1));
      CHECK(tile);
      return tile->level < 0 ? log.entries(tile->number, tile->width) : log.tile(tile->level, tile->number, tile->width);
    };
  }
  static Result<std::string> keys_of(db::Database& of) {
    std::string out;
    for (const auto& row : TRY(of.read([](db::Reader& reader) { return reader.query("SELECT verifier_key FROM evidence_key"); })))
      out += row.text(0) + "\n";
    return out;
  }
  static Fetch altered(Fetch fetch, std::string which) {
    return [fetch = std::move(fetch), which = std::move(which)](const std::string& path) -> Result<std::string> {
      auto bytes = TRY(fetch(path));
      if (path == which) bytes[bytes.size() / 2 + (bytes.size() > 9 ? 9 : 0)] ^= 1;  // within an entry, not its length
      return bytes;
    };
  }
  // A town of the same name in another store, with `count` records, and its own or the same key.
  struct Other {
    std::unique_ptr<db::Store> store;
    std::shared_ptr<db::Database> database;
  };
  Other other(const std::string& name, std::shared_ptr<crypto::NoteSigner> key, int count) {
    Other out;
    auto with = options(musubi::testing::town_schema(), name);
    with.postgres.clear();
    musubi::testing::add_town_log(with, {{std::move(key)}}, clock);
    out.store = db::Store::open(std::move(with)).value();
    out.database = musubi::testing::open_town(*out.store).value();
    for (int i = 0; i < count; ++i) EXPECT_TRUE(out.database->write([&](db::Transaction& tx) { return leaf(tx); }).ok());
    return out;
  }
  std::vector<std::string> findings(const Fetch& fetch) {
    auto against = against_data(*database);
    EXPECT_TRUE(against.ok());
    auto report = verify_online(fetch, *against);
    EXPECT_TRUE(report.ok()) << report.error().message.en;
    std::vector<std::string> out;
    if (report.ok())
      for (const auto& one : report->findings) out.push_back(one.kind + " " + one.where);
    return out;
  }
  void expect_named(const std::vector<std::string>& found, const std::string& expected) {
    std::string all;
    for (const auto& one : found) all += "\n  " + one;
    EXPECT_TRUE(std::count(found.begin(), found.end(), expected)) << expected << " is not named, but" << all;
  }
};
INSTANTIATE_TEST_SUITE_P(Both, OnlineTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

TEST_P(OnlineTest, TheDataAsItIsServed) {
  auto against = against_data(*database);
  ASSERT_OK(against);
  EXPECT_EQ(against->keys->size(), 1u);
  EXPECT_FALSE(against->previous_note.empty());
  EXPECT_EQ(against->origin, kTownOrigin);
  EXPECT_EQ(findings(served(*database)), std::vector<std::string>{});
}

TEST_P(OnlineTest, AnotherLogOfTheSameName) {
  auto key = musubi::testing::town_signer(folder.path() + "/other.pem");
  expect_named(findings(served(*other("longer", key, 400).database)), "checkpoint checkpoint");
  expect_named(findings(served(*other("shorter", key, 20).database)), "checkpoint checkpoint");
}

// Its own keys, its own origin, records of its own: what the data has at that size tells, whichever is ahead.
TEST_P(OnlineTest, AForkWithTheSameKeys) {
  auto ahead = other("ahead", signer, 400), behind = other("behind", signer, 20);
  auto size = log().size(), fewer = Log::of(*behind.database).size();
  expect_named(findings(served(*ahead.database)), "checkpoint data, size " + std::to_string(size));
  expect_named(findings(served(*behind.database)), "checkpoint data, size " + std::to_string(fewer));
  expect_named(findings(served(*behind.database)), "checkpoint checkpoint held from earlier");
}

TEST_P(OnlineTest, AServerAheadOfTheDataReadBefore) {
  auto against = against_data(*database);
  ASSERT_OK(against);
  auto read_before = against->data(UINT64_MAX);
  ASSERT_OK(read_before);
  against->data = [&](std::uint64_t) { return read_before; };
  ASSERT_OK(do_act("b", "more"));
  auto report = verify_online(served(*database), *against);
  ASSERT_OK(report);
  EXPECT_TRUE(report->clean());
  EXPECT_GT(report->size, read_before->size);
}

TEST_P(OnlineTest, AServerBehindTheDataHasNotTheKeysOfLater) {
  std::map<std::string, std::string> earlier;
  Fetch keeping = [as_is = served(*database), &earlier](const std::string& path) -> Result<std::string> {
    return earlier[path] = TRY(as_is(path));
  };
  EXPECT_EQ(findings(keeping), std::vector<std::string>{});
  Fetch behind = [&](const std::string& path) -> Result<std::string> { return earlier.at(path); };
  auto second = musubi::testing::town_signer(folder.path() + "/second.pem");
  ASSERT_OK(database->write([&](db::Transaction& tx) { return log().announce_key(tx, second, "admin"); }));
  EXPECT_EQ(findings(behind), std::vector<std::string>{});
  ASSERT_OK(database->write([&](db::Transaction& tx) { return log().retire_key(tx, signer->key_id(), "admin"); }));
  EXPECT_EQ(findings(behind), std::vector<std::string>{}) << "its key was good until then";
  EXPECT_EQ(findings(served(*database)), std::vector<std::string>{});
  for (const char* path : {"keys", "checkpoint"}) {
    Fetch stale = [&, as_is = served(*database)](const std::string& asked) -> Result<std::string> {
      if (asked != path) return as_is(asked);
      if (asked == "keys") return earlier.at("keys");
      return signer->sign_note(TRY(crypto::parse_note(TRY(as_is(asked)))).text);
    };
    expect_named(findings(stale), path == std::string("keys") ? "key keys" : "checkpoint checkpoint");
  }
}

// Its checkpoints are signed with a key of the data all the same: whoever takes the keys from the server must meet those of the data.
TEST_P(OnlineTest, OtherKeysThanThoseOfTheData) {
  std::string own = keys_of(*database).value(),
              stranger = musubi::testing::town_signer(folder.path() + "/other.pem")->verifier_key() + "\n";
  for (const auto& [serves, clean] : {std::pair{own, true}, {stranger, false}, {own + stranger, false}, {"", false}}) {
    Fetch fetch = [as_is = served(*database), &serves = serves](const std::string& path) -> Result<std::string> {
      return path == "keys" ? Result<std::string>(serves) : as_is(path);
    };
    if (clean)
      EXPECT_EQ(findings(fetch), std::vector<std::string>{});
    else
      expect_named(findings(fetch), "key keys");
  }
}

TEST_P(OnlineTest, AlteredTilesAndBundles) {
  std::string width = std::to_string(log().size() % 256);
  for (std::string tile : {"tile/0/000", "tile/1/000.p/1"}) {
    expect_named(findings(altered(served(*database), tile)), "node " + tile);
  }
  expect_named(findings(altered(served(*database), "tile/0/001.p/" + width)), "node tile/0/001.p/" + width);
  expect_named(findings(altered(served(*database), "tile/entries/000")), "checkpoint data, size " + std::to_string(log().size()));
  expect_named(findings(altered(served(*database), "tile/entries/000")), "node tile/0/000");
}

}  // namespace
}  // namespace musubi::evidence
