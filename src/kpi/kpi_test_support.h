// An organisation with a log of its own, on both back ends, for the tests of kpi.
#pragma once

#include <functional>
#include <utility>

#include "base/clock.h"
#include "crypto/note.h"
#include "db/database.h"
#include "embedded/evidence_schema.h"
#include "embedded/kpi_schema.h"
#include "evidence/log.h"
#include "kpi/follow_ups.h"
#include "kpi/kpi.h"
#include "kpi/sheets.h"
#include "kpi/test_plan.h"
#include "support/store_fixture.h"

namespace musubi::kpi {

using musubi::testing::BackEnd;

// Another database's, to be watched on the way.
class Forwarding : public db::Database {
 public:
  explicit Forwarding(db::Database& inner) : inner_(inner) {}
  const std::string& organisation() const override { return inner_.organisation(); }
  db::CommitListener* listener() override { return inner_.listener(); }
  const db::Schema& schema() const override { return inner_.schema(); }
  bool refusing() const override { return inner_.refusing(); }
  Result<void> backup_to(const std::string& path) override { return inner_.backup_to(path); }
  Result<void> scrub(std::span<const std::string> tables) override { return inner_.scrub(tables); }

 protected:
  Result<void> write_erased(std::function<Result<void>(db::Transaction&)> closure) override { return inner_.write(closure); }
  Result<void> read_erased(std::function<Result<void>(db::Reader&)> closure) override { return inner_.read(closure); }

  db::Database& inner_;
};

// Something happens once, between an act's last look and its write.
class Between final : public Forwarding {
 public:
  Between(db::Database& inner, std::function<void()> happens) : Forwarding(inner), happens_(std::move(happens)) {}

 private:
  Result<void> write_erased(std::function<Result<void>(db::Transaction&)> closure) override {
    if (auto happens = std::exchange(happens_, nullptr)) happens();
    return Forwarding::write_erased(std::move(closure));
  }

  std::function<void()> happens_;
};

class KpiTest : public musubi::testing::StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    auto signer = crypto::create_signer(folder.path() + "/log.pem", crypto::Algorithm::kEd25519);
    ASSERT_OK(signer);
    auto note_signer = crypto::NoteSigner::create("example.org/aoba", std::shared_ptr<const crypto::Signer>(std::move(*signer)));
    ASSERT_OK(note_signer);
    log_signer_ = std::make_shared<crypto::NoteSigner>(std::move(*note_signer));
    const db::ModuleSchema modules[] = {{"evidence", embedded::evidence_schema()}, {"kpi", embedded::kpi_schema()}};
    auto schema = db::read_schema(modules);
    ASSERT_OK(schema);
    auto with_log = options(std::move(*schema));
    with_log.make_listener = [this](db::Database& database, db::Reader& reader) -> Result<std::unique_ptr<db::CommitListener>> {
      return std::unique_ptr<db::CommitListener>(TRY(evidence::Log::load(database, reader, evidence::LogKeys{{log_signer_}}, clock)));
    };
    open(std::move(with_log));
    if (HasFatalFailure()) return;
    auto created = store->create("aoba");
    ASSERT_OK(created);
    database = *created;
    ASSERT_OK(database->write([&](db::Transaction& tx) {
      return evidence::Log::of(tx).open_log(tx, {"example.org/aoba", {}, {}}, "test-officer");
    }));
  }
  void TearDown() override {
    database.reset();
    StoreTest::TearDown();
  }

  Plans plans() { return Plans(*database); }
  Sheets sheets() { return Sheets(*database); }
  FollowUps follow_ups() { return FollowUps(*database); }
  static Time at(const char* text) { return parse_rfc3339(text).value(); }

  ImportOutcome import(const PlanDocument& document) {
    auto outcome = plans().import_plan(document, "officer-aaaaaa");
    EXPECT_TRUE(outcome.ok()) << (outcome.ok() ? "" : outcome.error().message.en);
    return outcome.ok() ? *outcome : ImportOutcome{};
  }
  SignOff sign(const std::string& edition) {
    auto done = plans().sign_off("aoba.data-plan", "officer-bbbbbb", edition);
    EXPECT_TRUE(done.ok()) << (done.ok() ? "" : done.error().message.en);
    return done.ok() ? *done : SignOff{};
  }
  // The draft of the sheet, by two officers.
  void publish_sheet(const std::string& sheet = "aoba.sheet-2023") {
    auto state = sheets().state(sheet, View{.drafts = true});
    ASSERT_OK(state);
    for (auto [step, actor] : {std::pair{RouteStep::kReviewed, "officer-aaaaaa"},
                               {RouteStep::kApproved, "officer-bbbbbb"},
                               {RouteStep::kPublished, "officer-bbbbbb"}})
      ASSERT_OK(sheets().take_step(sheet, step, actor, (*state)->edition, "理由がある"));
  }
  void expect_clean() {
    evidence::VerifyOptions options;
    options.derived.push_back([](db::Reader& reader) { return Plans::verify_derived(reader); });
    options.derived.push_back([](db::Reader& reader) { return Sheets::verify_derived(reader); });
    options.derived.push_back([](db::Reader& reader) { return FollowUps::verify_derived(reader); });
    auto report = evidence::verify(*database, options);
    ASSERT_OK(report);
    for (const auto& finding : report->findings) ADD_FAILURE() << finding.kind << " " << finding.where << " " << finding.message.en;
  }

  ManualClock clock{parse_rfc3339("2024-04-10T09:00:00+09:00").value()};
  std::shared_ptr<db::Database> database;

 private:
  std::shared_ptr<crypto::NoteSigner> log_signer_;
};

}  // namespace musubi::kpi
