#include "kpi/kpi.h"

#include "base/file.h"
#include "evidence/erase.h"
#include "evidence/record.h"
#include "kpi/kpi_test_support.h"
#include "kpi/store.h"

namespace musubi::kpi {
namespace {

constexpr const char* kPlan = "aoba.data-plan";

PlanDocument revised_plan() {
  PlanDocument plan = small_plan();
  plan.measures[1].effect = {KpiStatus::kSet, Text{"満足度", "Satisfaction"}, std::nullopt};
  plan.measures.pop_back();
  Measure added = plan.measures[0];
  added.number = "1-3";
  added.title = {"証明書の電子交付", "Certificates issued on line"};
  plan.measures.push_back(added);
  return plan;
}

PlanDocument basic_plan() {
  return read_plan(read_file(MUSUBI_SOURCE_DIR "/packs/japan/basic-plan-2019/plan.json", kMaxPackBytes).value()).value();
}

std::string numbers(const std::vector<Entry>& entries) {
  std::string out;
  for (const auto& entry : entries) out += entry.number + " ";
  return out;
}

TEST_P(KpiTest, ImportingTwiceChangesNothing) {
  auto first = import(small_plan());
  EXPECT_TRUE(first.changed());
  EXPECT_EQ(first.entered.size(), 3u);
  EXPECT_EQ(first.records.size(), 4u) << "the plan and three measures";
  EXPECT_EQ(first.edition, edition_of(small_plan()));
  auto size = evidence::Log::of(*database).size();
  auto second = import(small_plan());
  EXPECT_FALSE(second.changed());
  EXPECT_EQ(second.unchanged, 3u);
  EXPECT_TRUE(second.records.empty());
  EXPECT_EQ(second.edition, first.edition);
  EXPECT_EQ(evidence::Log::of(*database).size(), size);
  expect_clean();
}

TEST_P(KpiTest, OneRecordForEachChange) {
  import(small_plan());
  auto preview = plans().preview(revised_plan());
  ASSERT_OK(preview);
  auto outcome = import(revised_plan());
  EXPECT_EQ(preview->edition, outcome.edition);
  EXPECT_EQ(preview->revised, outcome.revised);
  EXPECT_EQ(outcome.entered, std::vector<std::string>{"1-3"});
  EXPECT_EQ(outcome.revised, std::vector<std::string>{"1-2"});
  EXPECT_EQ(outcome.withdrawn, std::vector<std::string>{"2-1"});
  EXPECT_EQ(outcome.unchanged, 1u);
  EXPECT_FALSE(outcome.header_changed);
  auto stream =
      database->read([](db::Reader& reader) { return evidence::read_stream(reader, "kpi/plan/aoba.data-plan/measure/1-2", 1, 10); });
  ASSERT_OK(stream);
  ASSERT_EQ(stream->size(), 2u);
  EXPECT_EQ((*stream)[0].type, "kpi.measure_entered");
  EXPECT_EQ((*stream)[1].type, "kpi.measure_revised");
  EXPECT_NE((*stream)[1].head.find("\"effect_status\":\"set\""), std::string::npos);
  auto withdrawn = database->read([](db::Reader& reader) { return evidence::read_records(reader, 0, 10, "kpi.measure_withdrawn"); });
  ASSERT_OK(withdrawn);
  EXPECT_EQ(withdrawn->size(), 1u);
  import(small_plan());  // the withdrawn measure comes back as a further revision
  auto history = plans().history(kPlan, "2-1", View{.drafts = true});
  ASSERT_OK(history);
  ASSERT_EQ(history->size(), 3u);
  EXPECT_EQ((*history)[0].kind, EntryKind::kEntered);
  EXPECT_EQ((*history)[1].kind, EntryKind::kWithdrawn);
  expect_clean();
}

TEST_P(KpiTest, ImportRefusals) {
  PlanDocument plan = small_plan();
  plan.header.id = "no";
  EXPECT_ERROR(plans().import_plan(plan, "officer-aaaaaa"), "plan.bad_id");
  plan = small_plan();
  plan.measures[2].number = "1-1";
  EXPECT_ERROR(plans().import_plan(plan, "officer-aaaaaa"), "plan.unusable");
  auto first = import(small_plan());
  EXPECT_ERROR(plans().import_plan(revised_plan(), "officer-aaaaaa", "another edition"), "plan.changed_meanwhile");
  EXPECT_TRUE(plans().import_plan(revised_plan(), "officer-aaaaaa", first.edition).ok());
}

TEST_P(KpiTest, OnlyWhatIsSignedOffIsPublic) {
  auto first = import(small_plan());
  EXPECT_ERROR(plans().state(kPlan, {}), "plan.not_signed_off");
  EXPECT_TRUE(plans().list({}).value().empty());
  EXPECT_EQ(plans().list({.drafts = true}).value().size(), 1u);
  EXPECT_ERROR(plans().state("aoba.other", {}), "plan.unknown");
  SignOff done = sign(first.edition);
  EXPECT_EQ(plans().state(kPlan, {}).value().edition, first.edition);

  import(revised_plan());
  auto open = plans().state(kPlan, {});
  ASSERT_OK(open);
  EXPECT_EQ(numbers(open->entries), "1-1 1-2 2-1 ");
  EXPECT_FALSE(open->has_drafts());
  EXPECT_EQ(open->sign_off->record, done.record);
  auto draft = plans().state(kPlan, {.drafts = true});
  ASSERT_OK(draft);
  EXPECT_EQ(numbers(draft->entries), "1-1 1-2 1-3 ");
  EXPECT_EQ(draft->withdrawn, std::vector<std::string>{"2-1"});
  EXPECT_FALSE(draft->entries[0].draft);
  EXPECT_TRUE(draft->entries[1].draft);
  EXPECT_ERROR(plans().measure(kPlan, "1-3", {}), "plan.unknown_measure");
  EXPECT_EQ(plans().history(kPlan, "1-2", {}).value().size(), 1u) << "the public sees no draft revision";
  EXPECT_EQ(plans().history(kPlan, "1-2", {.drafts = true}).value().size(), 2u);
}

TEST_P(KpiTest, RecordsOfADraftArePublishedByTheSignOff) {
  auto published = [&] {
    return database
        ->read([](db::Reader& reader) -> Result<std::size_t> {
          auto records = TRY(evidence::read_records(reader, 0, 100));
          std::erase_if(records,
                        [](const auto& record) { return !record.type.starts_with("kpi.") || record.type == "kpi.plan_signed_off"; });
          return TRY(Plans::published(reader, records)).size();
        })
        .value();
  };
  auto first = import(small_plan());
  EXPECT_EQ(published(), 0u);
  SignOff done = sign(first.edition);
  EXPECT_EQ(published(), 4u) << "header and three measures";
  auto later = import(revised_plan());
  EXPECT_EQ(published(), 4u);
  auto bodies = database->read([&](db::Reader& reader) -> Result<std::size_t> {
    return TRY(Plans::published(reader, TRY(evidence::read_records(reader, std::uint64_t(done.record) + 1, 100)))).size();
  });
  EXPECT_EQ(bodies.value(), 0u);
  sign(later.edition);
  EXPECT_EQ(published(), 7u);
}

TEST_P(KpiTest, AnErasureReachesEveryRow) {
  auto begun = small_plan();
  Line row;
  row.title = Text{"消える行の名", "Name of a row"};
  row.unit = Text{"消える単位", "unit"};
  row.kind = IndicatorKind::kProgress;
  row.nature = Nature::kQualitative;
  row.yearly[2025].target = SheetValue{.number = {}, .text = Text{"消える目標", "a target"}};
  row.not_set_due = Text{"消える期日", "a day"};
  begun.measures[0].progress.lines = {row};
  auto first = import(begun);
  sign(first.edition);
  auto after = revised_plan();
  after.measures[0].progress.lines = {row};
  auto later = import(after);  // withdraws 2-1, whose row takes over the title
  sign(later.edition);
  ASSERT_OK(database->write([&](db::Transaction& tx) { return store::keep_upload(tx, "a pack with 避難所データ", clock.now()); }));
  EXPECT_EQ(plans().state(kPlan, {}).value().edition, later.edition);  // now it is kept in memory
  evidence::ErasureOrder order{{}, "request", "operator", Plans::erase_rows};
  for (auto index : first.records) order.indexes.push_back(std::uint64_t(index));
  ASSERT_OK(evidence::erase(*database, order, folder.path() + "/erasures"));
  expect_clean();
  for (const char* word : {"避難所", "引越し"})
    EXPECT_TRUE(database->read([&](db::Reader& reader) { return store::search(reader, word); })->empty()) << word;
  auto held = database
                  ->read([](db::Reader& reader) -> Result<std::string> {
                    std::string all;
                    for (const auto& row : TRY(reader.query("SELECT title_ja, content FROM kpi_measure")))
                      all += row.text(0) + row.maybe_text(1).value_or("");
                    for (const auto& row : TRY(reader.query("SELECT content FROM kpi_plan"))) all += row.text(0);
                    for (const auto& row : TRY(reader.query("SELECT content FROM kpi_upload"))) all += row.text(0);
                    return all;
                  })
                  .value();
  for (const char* word : {"避難所", "引越し", "町の計画です", "Shelter", "消える", "Name of a row"})
    EXPECT_EQ(held.find(word), held.npos) << word;
  auto now = plans().state(kPlan, {}).value();
  EXPECT_EQ(now.edition, later.edition) << "what was signed off stays what it is";
  EXPECT_EQ(now.header.title.en, "(erased)");
  EXPECT_EQ(now.entries[0].title.en, "(erased)");
  EXPECT_EQ(plans().measure(kPlan, "1-1", {})->measure.title.en, "(erased)");
  EXPECT_EQ(plans().measure(kPlan, "1-2", {})->measure.title, revised_plan().measures[1].title)
      << "a revision of its own, not ordered";
}

TEST_P(KpiTest, WordsThatWereErasedAndTypedAgainAreSignedOff) {
  auto first = import(small_plan());
  sign(first.edition);
  evidence::ErasureOrder order{{}, "mistake", "operator", Plans::erase_rows};
  for (auto index : first.records) order.indexes.push_back(std::uint64_t(index));
  ASSERT_OK(evidence::erase(*database, order, folder.path() + "/erasures"));
  auto draft = [&] { return plans().state(kPlan, View{.drafts = true}).value(); };
  EXPECT_FALSE(draft().has_drafts());
  auto again = import(small_plan());
  EXPECT_TRUE(again.header_changed);
  EXPECT_EQ(again.revised, (std::vector<std::string>{"1-1", "1-2", "2-1"}));
  EXPECT_FALSE(import(small_plan()).changed());
  EXPECT_TRUE(draft().has_drafts() && draft().entries[0].draft);
  EXPECT_EQ(plans().measure(kPlan, "1-1", {})->measure.title.en, "(erased)");
  sign(draft().edition);
  EXPECT_EQ(plans().document(kPlan, {}).value(), small_plan());
  EXPECT_FALSE(draft().has_drafts());
  expect_clean();
}

TEST_P(KpiTest, SignOffRules) {
  EXPECT_ERROR(plans().sign_off(kPlan, "officer-bbbbbb", "x"), "plan.unknown");
  auto first = import(small_plan());
  EXPECT_ERROR(plans().sign_off(kPlan, "officer-bbbbbb", "x"), "plan.changed_meanwhile");
  auto later = import(revised_plan());
  EXPECT_ERROR(plans().sign_off(kPlan, "officer-bbbbbb", first.edition), "plan.changed_meanwhile");
  SignOff done = sign(later.edition);
  EXPECT_ERROR(plans().sign_off(kPlan, "officer-bbbbbb", later.edition), "plan.nothing_new");

  auto record = database->read([&](db::Reader& reader) { return evidence::find_record(reader, std::uint64_t(done.record)); });
  ASSERT_OK(record);
  ASSERT_TRUE(*record);
  auto body = parse_json(*(*record)->body);
  ASSERT_OK(body);
  EXPECT_EQ(body->at("edition").as_string(), later.edition);
  ASSERT_EQ(body->at("measures").as_array().size(), 3u);
  const auto& one = body->at("measures").as_array()[1];
  EXPECT_EQ(one.at("number").as_string(), "1-2");
  EXPECT_EQ(one.at("digest").as_string(), measure_digest(revised_plan().measures[1]));
  auto entry =
      database->read([&](db::Reader& reader) { return evidence::find_record(reader, std::uint64_t(one.at("record").as_int64())); });
  ASSERT_OK(entry);
  EXPECT_EQ((*entry)->type, "kpi.measure_revised");

  PlanDocument faulty = revised_plan();
  faulty.measures[0].target->unit.reset();
  faulty.measures[1].field = "sports";
  auto draft = import(faulty);
  auto refused = plans().sign_off(kPlan, "officer-bbbbbb", draft.edition);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().name, "plan.faults_open");
  EXPECT_EQ(refused.error().faults.size(), 2u);
  EXPECT_EQ(plans().state(kPlan, {}).value().edition, later.edition);
  expect_clean();
}

TEST_P(KpiTest, AsKnownOnAnyDay) {
  clock.set(at("2024-04-10T23:59:59+09:00"));
  sign(import(small_plan()).edition);
  clock.set(at("2024-06-01T00:00:00+09:00"));
  auto second = import(revised_plan());
  clock.set(at("2024-06-03T10:00:00+09:00"));
  sign(second.edition);
  auto on = [](int month, int day, bool drafts = false) { return View{.drafts = drafts, .as_of = text::Date{2024, month, day}}; };
  EXPECT_ERROR(plans().state(kPlan, on(4, 9)), "plan.not_signed_off");
  EXPECT_EQ(plans().state(kPlan, on(4, 10)).value().edition, edition_of(small_plan()));
  EXPECT_EQ(plans().state(kPlan, on(6, 2)).value().edition, edition_of(small_plan())) << "imported, not yet signed off";
  EXPECT_EQ(plans().state(kPlan, on(5, 31, true)).value().edition, edition_of(small_plan()));
  EXPECT_EQ(plans().state(kPlan, on(6, 1, true)).value().edition, second.edition);
  EXPECT_EQ(plans().state(kPlan, on(6, 3)).value().edition, second.edition);
  EXPECT_EQ(plans().document(kPlan, on(4, 10)).value(), small_plan());
  EXPECT_EQ(plans().measure(kPlan, "2-1", on(4, 10)).value().measure, small_plan().measures[2]);
  EXPECT_ERROR(plans().measure(kPlan, "2-1", on(6, 3)), "plan.unknown_measure");
  EXPECT_TRUE(plans().list(on(4, 9)).value().empty());
}

TEST_P(KpiTest, HistoryNamesWhatChanged) {
  import(small_plan());
  clock.advance_us(60'000'000);
  sign(import(revised_plan()).edition);
  auto history = plans().history(kPlan, "1-2", {});
  ASSERT_OK(history);
  ASSERT_EQ(history->size(), 2u);
  const Revision& newest = (*history)[0];
  EXPECT_EQ(newest.revision, 2);
  EXPECT_EQ(newest.actor, "officer-aaaaaa");
  EXPECT_EQ(newest.at.us, clock.now().us);
  EXPECT_EQ(newest.changes, changes(small_plan().measures[1], revised_plan().measures[1]));
  EXPECT_TRUE((*history)[1].changes.empty());
  auto record = database->read([&](db::Reader& reader) { return evidence::find_record(reader, std::uint64_t(newest.record)); });
  EXPECT_EQ((*record.value()).type, "kpi.measure_revised");
  EXPECT_ERROR(plans().history(kPlan, "9-9", {}), "plan.unknown_measure");
}

TEST_P(KpiTest, SearchFindsTwoCharacterWordsInEveryTitle) {
  PlanDocument plan = basic_plan();
  auto outcome = plans().import_plan(plan, "officer-aaaaaa");
  ASSERT_OK(outcome);
  ASSERT_OK(plans().sign_off(plan.header.id, "officer-bbbbbb", outcome->edition));
  for (const char* word : {"法人", "防災", "農業", "医療", "観光", "オープンデータ", "手続", "AI", "マイナンバーカード"}) {
    auto found = plans().find(plan.header.id, {}, PlanQuery{.text = word, .limit = 0});
    ASSERT_OK(found);
    std::set<std::string> got;
    for (const auto& entry : found->entries) got.insert(entry.number);
    EXPECT_FALSE(got.empty()) << word;
    for (const auto& measure : plan.measures) {
      if (measure.title.ja.find(word) == std::string::npos || word[0] == 'A') continue;  // Latin words count whole
      EXPECT_TRUE(got.contains(measure.number)) << word << " " << measure.number << " " << measure.title.ja;
    }
  }
  auto none = plans().find(plan.header.id, {}, PlanQuery{.text = "存在しない言葉"});
  EXPECT_EQ(none.value().total, 0u);
  auto page = plans().find(plan.header.id, {}, PlanQuery{.statuses = {Status::kNoTarget}, .offset = 50, .limit = 50});
  EXPECT_EQ(page.value().total, 100u);
  EXPECT_EQ(page.value().entries.size(), 50u);
  EXPECT_EQ(plans().document(plan.header.id, {}).value(), plan);
  expect_clean();
}

TEST_P(KpiTest, DerivedTablesAreComparedAndRebuilt) {
  sign(import(small_plan()).edition);
  import(revised_plan());
  ASSERT_OK(database->write([](db::Transaction& tx) -> Result<void> {
    TRY(tx.execute("UPDATE kpi_record SET at = at + 1 WHERE number = '1-1'"));
    TRY(tx.execute("DELETE FROM kpi_record WHERE number = '1-3'"));
    auto rows = TRY(tx.query("SELECT idx FROM kpi_record WHERE number = '1-2' ORDER BY idx LIMIT 1"));
    return tx.unindex_text(store::kSearch, rows[0].integer(0));
  }));
  auto findings = database->read([](db::Reader& reader) { return Plans::verify_derived(reader); });
  ASSERT_OK(findings);
  EXPECT_EQ(findings->size(), 3u);
  for (const auto& finding : *findings) EXPECT_EQ(finding.kind, "derived");
  auto rebuilt = database->write([](db::Transaction& tx) { return Plans::rebuild_derived(tx); });
  ASSERT_OK(rebuilt);
  EXPECT_EQ(*rebuilt, 8u);
  expect_clean();
}

TEST_P(KpiTest, UploadsAreFewAndShortLived) {
  auto keep = [&](const std::string& content, Time now) {
    return database->write([&](db::Transaction& tx) { return store::keep_upload(tx, content, now); }).value();
  };
  auto find = [&](const std::string& id) {
    return database->read([&](db::Reader& reader) { return store::upload(reader, id, clock.now()); }).value();
  };
  std::string first = keep("one", clock.now());
  EXPECT_EQ(find(first), "one");
  EXPECT_EQ(keep("one", clock.now()), first);
  for (int i = 0; i < 25; ++i) keep("pack " + std::to_string(i), Time{clock.now().us + 1 + i});
  EXPECT_FALSE(find(first));
  clock.advance_us(store::kUploadLife_us + 1000);
  EXPECT_FALSE(find(keep("old", Time{clock.now().us - store::kUploadLife_us - 1})));
  EXPECT_TRUE(find(keep("young", Time{clock.now().us - store::kUploadLife_us + 1})));
  std::string last = keep("last", Time{clock.now().us + 100});
  keep("tomorrow", Time{clock.now().us + 101 + store::kUploadLife_us});
  EXPECT_FALSE(find(last));
}

INSTANTIATE_TEST_SUITE_P(Both, KpiTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

}  // namespace
}  // namespace musubi::kpi
