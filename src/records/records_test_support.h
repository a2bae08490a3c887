// An office with officers at its posts, on both back ends, with its keys, for the tests of records. Posts are a table of
// names here; what goes out is kept in `sent`.
#pragma once

#include <map>
#include <memory>
#include <set>

#include "base/clock.h"
#include "embedded/evidence_schema.h"
#include "embedded/records_schema.h"
#include "evidence/log.h"
#include "records/records.h"
#include "records/rules.h"
#include "records/test_filing.h"
#include "support/store_fixture.h"

namespace musubi::records {

class RecordsTest : public musubi::testing::StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    auto made = trust::create_keys(folder.path() + "/keys", "example.jp/aoba", "aoba", clock.now());
    ASSERT_OK(made);
    keys_ = std::make_shared<const trust::OrganisationKeys>(std::move(*made));
    const db::ModuleSchema modules[] = {{"evidence", embedded::evidence_schema()}, {"records", embedded::records_schema()}};
    auto schema = db::read_schema(modules);
    ASSERT_OK(schema);
    auto with_log = options(std::move(*schema));
    with_log.make_listener = [this](db::Database& database, db::Reader& reader) -> Result<std::unique_ptr<db::CommitListener>> {
      return std::unique_ptr<db::CommitListener>(TRY(evidence::Log::load(database, reader, keys_->log_keys(), clock)));
    };
    open(std::move(with_log));
    if (HasFatalFailure()) return;
    auto created = store->create("aoba");
    ASSERT_OK(created);
    database = *created;
    ASSERT_OK(database->write([&](db::Transaction& tx) {
      return evidence::Log::of(tx).open_log(tx, {"example.jp/aoba", {}, {}}, "operator");
    }));
  }
  void TearDown() override {
    database.reset();
    StoreTest::TearDown();
  }

  Office office() {
    Office office;
    office.organisation = "aoba";
    office.title = {"青葉町", "Aoba Town"};
    office.clock = &clock;
    office.posts_of = [this](db::Reader&, const std::string& officer, text::Date) -> Result<std::vector<std::string>> {
      return posts[officer];
    };
    office.holders_of = [this](db::Reader&, const std::string& post, text::Date) -> Result<std::vector<std::string>> {
      std::vector<std::string> out;
      for (const auto& [officer, held] : posts)
        if (holds(held, post)) out.push_back(officer);
      return out;
    };
    office.post_title = [](db::Reader&, const std::string& post) {
      return post == "desk"    ? Text{"住民係", "Residents' desk"}
             : post == "chief" ? Text{"住民係長", "Chief of residents"}
                               : Text{"住民課長", "Director of residents"};
    };
    office.post = [this](db::Transaction&, const Outgoing& out) -> Result<void> {
      sent.push_back(out);
      return {};
    };
    office.effects = &effects;
    office.keys = keys_;
    office.base_url = "http://127.0.0.1:8081";
    return office;
  }
  Cases cases() { return Cases(*database, office()); }
  Case opened(const Filing& filing) {
    auto done = database->write([&](db::Transaction& tx) { return open_case(tx, office(), filing, "portal"); });
    EXPECT_TRUE(done.ok()) << (done.ok() ? "" : done.error().message.en);
    return done.ok() ? *done : Case{};
  }
  Case opened(const std::string& reference) { return opened(test_filing(reference)); }
  static Act act(const Case& c, std::string officer) { return {c.id, c.version, std::move(officer)}; }
  Case now(const std::string& id) {
    return database->read([&](db::Reader& reader) -> Result<Case> { return TRY(find_case(reader, id)).value_or(Case{}); }).value();
  }
  // The case as it stands before the director.
  Case at_director(const std::string& reference) {
    Case c = opened(reference);
    c = cases().pass_check(act(c, "officer-desk"), "").value();
    return cases().judge(act(c, "officer-chief"), Cases::Judgement::kGrant, "問題ありません").value();
  }
  std::vector<Event> events(const std::string& id) {
    return database->read([&](db::Reader& reader) { return history(reader, id); }).value();
  }
  void expect_clean() {
    evidence::VerifyOptions options;
    options.derived.push_back([](db::Reader& reader) { return verify_derived(reader); });
    auto report = evidence::verify(*database, options);
    ASSERT_OK(report);
    for (const auto& finding : report->findings) ADD_FAILURE() << finding.kind << " " << finding.where << " " << finding.message.en;
  }
  const trust::OrganisationKeys& keys() const { return *keys_; }

  ManualClock clock{parse_rfc3339("2026-11-16T10:00:00+09:00").value()};
  std::map<std::string, std::vector<std::string>> posts{{"officer-desk", {"desk"}},
                                                        {"officer-desk2", {"desk"}},
                                                        {"officer-chief", {"chief"}},
                                                        {"officer-director", {"director"}},
                                                        {"officer-guest", {}}};
  Effects effects;
  std::vector<Outgoing> sent;
  std::shared_ptr<db::Database> database;

 private:
  std::shared_ptr<const trust::OrganisationKeys> keys_;
};

#define RECORDS_ON_BOTH(Fixture) \
  INSTANTIATE_TEST_SUITE_P(Both, Fixture, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name)

}  // namespace musubi::records
