// The stamper's thread and the URLs of the stamps, over a real log with a clock of the test's own.

#include "trust/stamper.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>

#include "crypto/hash.h"
#include "crypto/tsp.h"
#include "embedded/evidence_schema.h"
#include "embedded/trust_schema.h"
#include "evidence/checkpoints.h"
#include "evidence/log.h"
#include "evidence/verify.h"
#include "http/router.h"
#include "support/log_world.h"
#include "support/store_fixture.h"
#include "trust/certificates.h"
#include "trust/routes.h"

namespace musubi::trust {
namespace {

using namespace std::chrono_literals;

class Stamps : public testing::StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    keys = std::make_shared<OrganisationKeys>(create_keys(folder.path() + "/keys", "example.jp/aoba", "aoba", clock.now()).value());
    const db::ModuleSchema modules[] = {{"evidence", embedded::evidence_schema()}, {"trust", embedded::trust_schema()}};
    auto with = options(*db::read_schema(modules));
    with.make_listener = [this](db::Database& made, db::Reader& reader) -> Result<std::unique_ptr<db::CommitListener>> {
      return std::unique_ptr<db::CommitListener>(TRY(evidence::Log::load(made, reader, keys->log_keys(), clock)));
    };
    open(std::move(with));
    if (HasFatalFailure()) return;
    database = store->create("aoba").value();
    ASSERT_OK(database->write([&](db::Transaction& tx) -> Result<evidence::Appended> {
      TRY(evidence::Log::of(tx).open_log(tx, {"example.jp/aoba", {}, {}}, "operator"));
      return publish_certificates(tx, *keys, clock.now(), "operator");
    }));
  }
  void TearDown() override {
    database.reset();
    StoreTest::TearDown();
  }

  Stamper::Options stamping() {
    Stamper::Options options;
    options.open_databases = [this] { return store->opened(); };
    options.keys = [this](const std::string&) -> Result<std::shared_ptr<const OrganisationKeys>> {
      if (++asked == 1 && first_asked) first_asked->set_value();
      if (broken) return Error{Code::kIo, "trust.keys_missing", {"鍵がない", "no keys"}, {}};
      return std::shared_ptr<const OrganisationKeys>(keys);
    };
    return options;
  }
  void act() {
    ASSERT_OK(database->write([](db::Transaction& tx) { return musubi::testing::leaf(tx); }));
  }
  std::optional<evidence::KeptCheckpoint> newest(bool stamped) {
    return database
        ->read([&](db::Reader& reader) { return stamped ? evidence::newest_stamped(reader) : evidence::newest_checkpoint(reader); })
        .value();
  }
  http::Response get(const std::string& target) {
    http::Router router;
    add_routes(router, *store);
    http::Request request;
    request.target = target;
    request.id = "01";
    EXPECT_TRUE(http::parse_target(request).ok());
    return router.dispatch(request);
  }

  ManualClock clock{Time{1'800'000'000'000'000}};
  std::shared_ptr<OrganisationKeys> keys;
  std::shared_ptr<db::Database> database;
  std::atomic<int> asked{0};
  std::atomic<bool> broken{false};
  std::promise<void>* first_asked = nullptr;
};
INSTANTIATE_TEST_SUITE_P(Both, Stamps, ::testing::ValuesIn(testing::back_ends()), testing::back_end_name);

TEST_P(Stamps, TheThreadStartsStampsAndStopsAtOnce) {
  std::promise<void> reached;
  auto when = reached.get_future();
  first_asked = &reached;
  Stamper stamper(stamping(), clock);
  stamper.start();
  ASSERT_EQ(when.wait_for(60s), std::future_status::ready);
  auto before = std::chrono::steady_clock::now();
  stamper.stop();
  EXPECT_LT(std::chrono::steady_clock::now() - before, 20s) << "it must not wait for a round of stamping";
  ASSERT_TRUE(newest(true));
  EXPECT_EQ(newest(true)->size, 2u);
  stamper.stop();  // once more does nothing
  act();
  EXPECT_EQ(newest(false)->size, 2u) << "nobody keeps checkpoints any more";
}

TEST_P(Stamps, StoppingKeepsWhatIsNew) {
  Stamper stamper(stamping(), clock);
  stamper.start();
  act();
  stamper.stop();
  EXPECT_EQ(newest(false)->size, 3u);
}

TEST_P(Stamps, NoMoreThanOneInTheInterval) {
  Stamper stamper(stamping(), clock);
  stamper.poll(true);
  EXPECT_EQ(asked, 1);
  act();
  stamper.poll();
  EXPECT_EQ(asked, 1) << "kept, not stamped";
  EXPECT_EQ(newest(false)->size, 3u);
  EXPECT_EQ(newest(true)->size, 2u);
  stamper.poll(true);
  EXPECT_EQ(asked, 2);
  EXPECT_EQ(newest(true)->size, 3u);
  stamper.poll(true);
  EXPECT_EQ(asked, 2) << "nothing new";
}

TEST_P(Stamps, AJumpOfTheClockLeavesOneRoundOut) {
  Stamper stamper(stamping(), clock);
  stamper.poll();
  EXPECT_EQ(asked, 1);
  act();
  clock.advance_us(3600LL * 1'000'000);
  stamper.poll();
  EXPECT_EQ(asked, 1) << "the clock jumped an hour";
  stamper.poll();
  EXPECT_EQ(asked, 2);
  EXPECT_EQ(newest(true)->size, 3u);
}

TEST_P(Stamps, WithoutKeysEverythingElseGoesOn) {
  broken = true;
  Stamper stamper(stamping(), clock);
  for (int i = 0; i < 3; ++i) {
    act();
    stamper.poll(true);
  }
  EXPECT_EQ(newest(false)->size, 5u) << "checkpoints are kept";
  EXPECT_FALSE(newest(true));
  EXPECT_EQ(get("/aoba/log/stamps/newest.json").status, 404);
  broken = false;
  stamper.poll(true);
  ASSERT_TRUE(newest(true)) << "what was missed is caught up";
  EXPECT_EQ(newest(true)->size, 5u);
  auto report = evidence::verify(*database, {});
  ASSERT_OK(report);
  EXPECT_TRUE(report->clean());
}

TEST_P(Stamps, AreServedWithWhatTheyStampAndWhoStamped) {
  Stamper stamper(stamping(), clock);
  stamper.poll(true);
  auto answer = get("/aoba/log/stamps/newest.json");
  ASSERT_EQ(answer.status, 200);
  auto parsed = parse_json(answer.body);
  ASSERT_OK(parsed);
  EXPECT_EQ(parsed->at("size").as_string(), "2");
  auto note = get(std::string(parsed->at("note").as_string()));
  EXPECT_EQ(note.status, 200);
  EXPECT_EQ(note.body, newest(true)->note);
  auto stamp = get(std::string(parsed->at("stamp").as_string()));
  EXPECT_EQ(stamp.status, 200);
  auto token = crypto::token_of(stamp.body);
  ASSERT_OK(token);
  auto pem = get(std::string(parsed->at("certificates").as_string()));
  EXPECT_EQ(pem.status, 200);
  auto chain = crypto::parse_pem_chain(pem.body);
  ASSERT_OK(chain);
  ASSERT_EQ(chain->size(), 2u);
  auto info = crypto::verify_token(*token, {crypto::sha256(note.body), {}, {(*chain)[1]}, {}});
  ASSERT_OK(info);
  EXPECT_EQ(info->gen_time.us, clock.now().us);
}

TEST_P(Stamps, OtherSizesAreNotThere) {
  Stamper stamper(stamping(), clock);
  stamper.poll(true);
  for (const char* size : {"0", "1", "3", "99999999999999999999999", "-2", "x", "2x"})
    for (const char* end : {".tsr", ".note"}) EXPECT_EQ(get("/aoba/log/stamps/" + std::string(size) + end).status, 404) << size << end;
  EXPECT_EQ(get("/nowhere/log/tsa.pem").status, 404);
}

}  // namespace
}  // namespace musubi::trust
