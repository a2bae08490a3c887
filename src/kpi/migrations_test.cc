// A store of schema 008 that holds data, opened by the present code: what migrations 009 to 013 make of it, on both back ends.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/encoding.h"
#include "crypto/hash.h"
#include "crypto/note.h"
#include "embedded/evidence_schema.h"
#include "embedded/kpi_schema.h"
#include "evidence/log.h"
#include "evidence/verify.h"
#include "kpi/gather.h"
#include "kpi/json.h"
#include "kpi/judgement.h"
#include "kpi/kpi.h"
#include "kpi/report.h"
#include "kpi/reported.h"
#include "kpi/scales.h"
#include "kpi/sheet_named.h"
#include "kpi/sheet_rules.h"
#include "kpi/sheet_state.h"
#include "kpi/sheet_store.h"
#include "kpi/sheets.h"
#include "kpi/store.h"
#include "kpi/test_sheet.h"
#include "kpi/trace.h"
#include "support/store_fixture.h"

namespace musubi::kpi {
namespace {

constexpr std::string_view kOpenedFacts[] = {"procedure"}, kDecidedFacts[] = {"procedure", "outcome"};
const evidence::RecordType kOpened{"records.case_opened", 1, evidence::Visibility::kOfficers, "x", "x", kOpenedFacts};
const evidence::RecordType kDecided{"records.decided", 1, evidence::Visibility::kOfficers, "x", "x", kDecidedFacts};
constexpr int kFirstNew = 9;  // migration

class StoreOfBefore : public testing::StoreTest {
 protected:
  void open_with(int before) {
    database.reset();
    store.reset();
    const db::ModuleSchema modules[] = {{"evidence", embedded::evidence_schema()}, {"kpi", embedded::kpi_schema()}};
    auto schema = db::read_schema(modules);
    ASSERT_OK(schema);
    std::erase_if(schema->migrations, [&](const db::Migration& one) { return one.module == "kpi" && one.number >= before; });
    auto with_log = options(std::move(*schema));
    with_log.make_listener = [this](db::Database& one, db::Reader& reader) -> Result<std::unique_ptr<db::CommitListener>> {
      return std::unique_ptr<db::CommitListener>(TRY(evidence::Log::load(one, reader, evidence::LogKeys{{signer}}, clock)));
    };
    open(std::move(with_log));
  }
  void SetUp() override {
    testing::StoreTest::SetUp();
    if (HasFatalFailure()) return;
    auto key = crypto::create_signer(folder.path() + "/log.pem", crypto::Algorithm::kEd25519);
    ASSERT_OK(key);
    auto note_signer = crypto::NoteSigner::create("example.org/aoba", std::shared_ptr<const crypto::Signer>(std::move(*key)));
    ASSERT_OK(note_signer);
    signer = std::make_shared<crypto::NoteSigner>(std::move(*note_signer));
    open_with(kFirstNew);
    if (HasFatalFailure()) return;
    auto created = store->create("aoba");
    ASSERT_OK(created);
    database = *created;
    ASSERT_OK(database->write([&](db::Transaction& tx) {
      return evidence::Log::of(tx).open_log(tx, {"example.org/aoba", {}, {}}, "test-officer");
    }));
  }
  void upgrade() {
    open_with(1000);
    if (HasFatalFailure()) return;
    auto opened = store->organisation("aoba");
    ASSERT_OK(opened);
    database = *opened;
  }

  // As the code of then wrote them: rows and records in one transaction.
  void put_sheet(const Sheet& sheet) {
    ASSERT_OK(database->write([&](db::Transaction& tx) -> Result<void> {
      for (const auto& [key, content] : parts_of(sheet)) {
        const std::string part(part_word(key.kind));
        TRY(store::put_part(tx, sheet.header.id, {key, EntryKind::kEntered, 1, 0, {}, part_digest(content), canonical_json(content)}));
        auto appended =
            TRY(evidence::append(tx, {.type = sheet_record_types()[0],
                                      .stream = part_stream(sheet.header.id, key),
                                      .actor = "officer-aaaaaa",
                                      .facts = {{"sheet", sheet.header.id}, {"part", part}, {"number", key.number}, {"revision", 1}},
                                      .body = content}));
        auto record = TRY(evidence::find_record(tx, appended.index));
        TRY(store::add_sheet_known(tx, {std::int64_t(appended.index), sheet.header.id, part, key.number, 1, record->at}));
      }
      return {};
    }));
  }
  std::int64_t put_scale(const Scale& scale, std::int64_t revision) {
    const std::string content = canonical_json(pack_of(scale)), digest = to_hex(crypto::bytes(crypto::sha256(content)));
    auto done = database->write([&](db::Transaction& tx) -> Result<std::int64_t> {
      TRY(tx.put("kpi_scale", {{"id", store::row_id("kpi_scale", scale.id, "", revision)},
                               {"scale", scale.id},
                               {"revision", revision},
                               {"digest", digest},
                               {"content", content}}));
      return std::int64_t(TRY(evidence::append(tx, {scale_record_types()[revision > 1],
                                                    "kpi/scale/" + scale.id,
                                                    "officer-aaaaaa",
                                                    {},
                                                    {{"scale", scale.id}, {"revision", revision}, {"digest", digest}},
                                                    json::object{}}))
                              .index);
    });
    EXPECT_TRUE(done.ok()) << (done.ok() ? "" : done.error().message.en);
    return done.ok() ? *done : -1;
  }
  json::object report_of(std::int64_t size) {
    json::array cells;
    cells.push_back(json::array{24291, "", 0, size, 0});  // month, part, bucket, how many, sum
    json::object series{{"x.of", std::move(cells)}};
    return {{"size", size}, {"first", "2024-04-01T00:00:00Z"}, {"at", clock.now().rfc3339()}, {"series", std::move(series)}};
  }
  void put_report(const json::object& report) {
    const std::string content = canonical_json(report);
    ASSERT_OK(database->write([&](db::Transaction& tx) -> Result<void> {
      TRY(tx.put("kpi_report", {{"organisation", "minato"},
                                {"title_ja", "港町"},
                                {"title_en", "Minato"},
                                {"size", report.at("size").as_int64()},
                                {"at", clock.now().us},
                                {"content", content}}));
      TRY(evidence::append(tx, {report_record_types()[0],
                                "kpi/report/minato",
                                "service",
                                {},
                                {{"organisation", "minato"},
                                 {"size", report.at("size").as_int64()},
                                 {"digest", to_hex(crypto::bytes(crypto::sha256(content)))}}}));
      return {};
    }));
  }
  std::int64_t put_case() {
    auto done = database->write([&](db::Transaction& tx) -> Result<std::int64_t> {
      TRY(evidence::append(tx, {kOpened, "records/case/1", "service", {}, {{"procedure", "move-in"}}}));
      auto end =
          TRY(evidence::append(tx, {kDecided, "records/case/1", "service", {}, {{"procedure", "move-in"}, {"outcome", "grant"}}}));
      TRY(
          tx.execute("INSERT INTO kpi_trace (stream, procedure_id, month, since, record, path, seconds) "
                     "VALUES ('records/case/1', 'move-in', 24291, $1, $2, 'p', '0 0')",
                     {clock.now().us, std::int64_t(end.index)}));
      TRY(tx.execute("INSERT INTO kpi_trace_position (id, position) VALUES (1, $1)", {std::int64_t(end.index) + 1}));
      return std::int64_t(end.index);
    });
    EXPECT_TRUE(done.ok()) << (done.ok() ? "" : done.error().message.en);
    return done.ok() ? *done : -1;
  }
  void put_series_of_a_definition_that_is_gone() {
    ASSERT_OK(database->write([](db::Transaction& tx) -> Result<void> {
      TRY(tx.execute("INSERT INTO kpi_series (series, position) VALUES ('0123abcd', 2)"));
      TRY(tx.execute("INSERT INTO kpi_cell (series, month, part, bucket, n, total) VALUES ('0123abcd', 24291, '', 0, 1, 0)"));
      TRY(tx.execute("INSERT INTO kpi_pair (formula, stream, since, part) VALUES ('0123abcd', 'records/case/1', 1, '')"));
      return {};
    }));
  }
  std::int64_t number(const std::string& sql) {
    auto rows = database->read([&](db::Reader& reader) { return reader.query(sql); });
    EXPECT_TRUE(rows.ok() && rows->size() == 1) << sql;
    return rows.ok() && rows->size() == 1 ? (*rows)[0].integer(0) : -1;
  }
  void expect_clean() {
    evidence::VerifyOptions with;
    with.derived.push_back([](db::Reader& reader) { return Plans::verify_derived(reader); });
    with.derived.push_back([](db::Reader& reader) { return Sheets::verify_derived(reader); });
    with.derived.push_back([](db::Reader& reader) { return Traces::verify_derived(reader); });
    with.derived.push_back([](db::Reader& reader) { return Indicators::verify_derived(reader); });
    auto report = evidence::verify(*database, with);
    ASSERT_OK(report);
    for (const auto& finding : report->findings) ADD_FAILURE() << finding.kind << " " << finding.where << " " << finding.message.en;
  }

  ManualClock clock{parse_rfc3339("2024-04-10T09:00:00+09:00").value()};
  std::shared_ptr<db::Database> database;
  std::shared_ptr<crypto::NoteSigner> signer;
};
INSTANTIATE_TEST_SUITE_P(Both, StoreOfBefore, ::testing::ValuesIn(testing::back_ends()), testing::back_end_name);

TEST_P(StoreOfBefore, IsTakenOverWhole) {
  Sheet sheet = small_sheet();
  sheet.programmes[0].measures = {{"japan.far-plan", "1-1"}};
  put_sheet(sheet);
  Scale scale = *find_scale("japan.five-steps");
  scale.id = "aoba.own-steps";
  const std::int64_t first = put_scale(scale, 1);
  scale.title.ja += "改";
  const std::int64_t second = put_scale(scale, 2);
  put_report(report_of(5));
  const std::int64_t decided = put_case();
  put_series_of_a_definition_that_is_gone();
  if (HasFatalFailure()) return;
  const text::Date day = text::jst_date(clock.now());
  upgrade();
  if (HasFatalFailure()) return;
  expect_clean();  // 013: no series of a definition that is gone

  // 009: the report that stood is set aside when the next one comes.
  EXPECT_EQ(number("SELECT count(*) FROM kpi_report_past"), 0);
  clock.advance_us(2 * 86'400'000'000);
  auto kept = keep_report(*database, "minato", {"港町", "Minato"}, report_of(9), "service");
  ASSERT_OK(kept);
  EXPECT_TRUE(*kept);
  auto size_on = [&](std::optional<text::Date> when) {
    auto all = reported(database, when, clock.now());
    EXPECT_TRUE(all.ok() && (*all)->reporters.size() == 1);
    return all.ok() && (*all)->reporters.size() == 1 ? (*all)->reporters[0].size : 0;
  };
  EXPECT_EQ(size_on(day), 5u);

  // 010: cases are gathered anew, now with the record that ended them.
  EXPECT_EQ(number("SELECT count(*) FROM kpi_trace") + number("SELECT count(*) FROM kpi_trace_position"), 0);
  ASSERT_OK(Traces(*database).catch_up());
  EXPECT_EQ(number("SELECT ended FROM kpi_trace"), decided);

  // 011: sheets are found at once, and read less once they are taken over.
  auto naming = [&] {
    auto all = Sheets(*database).naming("japan.far-plan", "1-1", View{.drafts = true});
    return all.ok() ? all->size() : 0;
  };
  EXPECT_EQ(naming(), 1u);
  EXPECT_EQ(number("SELECT count(*) FROM kpi_sheet_measure"), 0);
  int steps = 1;
  while (catch_up_named(*database, 3).value()) ++steps;
  EXPECT_EQ(steps, 3) << "a header, four indicators, two programmes";
  EXPECT_EQ(number("SELECT count(*) FROM kpi_sheet_measure"), 1);
  EXPECT_EQ(naming(), 1u);

  // 012: scales keep the records that hold them.
  EXPECT_EQ(number("SELECT idx FROM kpi_scale_record WHERE revision = 1"), first);
  EXPECT_EQ(number("SELECT idx FROM kpi_scale_record WHERE revision = 2"), second);
  auto scales = database->read([&](db::Reader& reader) { return all_scales(reader, std::nullopt); });
  ASSERT_OK(scales);
  EXPECT_EQ(scales->back().title, scale.title);
  expect_clean();
}

}  // namespace
}  // namespace musubi::kpi
