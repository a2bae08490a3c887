#include "kpi/sheets.h"

#include "evidence/erase.h"
#include "kpi/kpi_test_support.h"
#include "kpi/sheet_check.h"
#include "kpi/sheet_json.h"
#include "kpi/sheet_pack.h"
#include "kpi/sheet_state.h"
#include "kpi/test_sheet.h"

namespace musubi::kpi {
namespace {

constexpr const char* kSheet = "aoba.sheet-2023";
const PartKey kFirst{PartKind::kIndicator, "1"};
const PartKey kThird{PartKind::kIndicator, "3"};
const View kDrafts{.drafts = true};

class SheetsTest : public KpiTest {
 protected:
  SheetImport enter(const Sheet& sheet) {
    auto outcome = sheets().import_sheet(sheet, "officer-aaaaaa");
    EXPECT_TRUE(outcome.ok()) << (outcome.ok() ? "" : outcome.error().message.en);
    return outcome.ok() ? *outcome : SheetImport{};
  }
  RouteEntry step(RouteStep what, const char* actor, const char* remark = "") {
    auto done = sheets().take_step(kSheet, what, actor, sheets().state(kSheet, kDrafts).value()->edition, remark);
    EXPECT_TRUE(done.ok()) << (done.ok() ? "" : done.error().message.en);
    return done.ok() ? *done : RouteEntry{};
  }
  RouteEntry publish() {
    step(RouteStep::kReviewed, "officer-aaaaaa");
    step(RouteStep::kApproved, "officer-bbbbbb");
    return step(RouteStep::kPublished, "officer-bbbbbb");
  }
  json::object part(const PartKey& key) { return parts_of(sheets().state(kSheet, kDrafts).value()->sheet)[key]; }
  static json::object with_actual(json::object part, const char* year, double value) {
    auto& yearly = part["lines"].as_array()[0].as_object()["yearly"].as_object();
    if (!yearly.contains(year)) yearly[year] = json::object();
    yearly[year].as_object()["actual"] = json::object{{"number", value}};
    return part;
  }
};

TEST_P(SheetsTest, ImportingTwiceChangesNothing) {
  auto first = enter(small_sheet());
  EXPECT_EQ(first.entered.size(), 7u) << "header, four indicators, two programmes";
  EXPECT_EQ(first.records.size(), 7u);
  EXPECT_EQ(first.edition, edition_of(small_sheet()));
  auto size = evidence::Log::of(*database).size();
  auto second = enter(small_sheet());
  EXPECT_FALSE(second.changed());
  EXPECT_EQ(second.unchanged, 7u);
  EXPECT_EQ(evidence::Log::of(*database).size(), size);
  Sheet other = small_sheet();
  other.indicators.erase(other.indicators.begin() + 3);
  other.indicators[0].lines[0].yearly[2023].actual->number = 35;
  EXPECT_ERROR(sheets().import_sheet(other, "officer-aaaaaa", "another edition"), "sheet.changed_meanwhile");
  auto preview = sheets().preview(other);
  ASSERT_OK(preview);
  auto third = enter(other);
  EXPECT_EQ(third.revised, std::vector<PartKey>{kFirst});
  EXPECT_EQ(third.withdrawn, (std::vector<PartKey>{{PartKind::kIndicator, "4"}}));
  EXPECT_EQ(preview->edition, third.edition);
  auto read = sheets().state(kSheet, kDrafts);
  ASSERT_OK(read);
  EXPECT_EQ((*read)->sheet, other);
  enter(small_sheet());
  EXPECT_EQ(sheets().history(kSheet, PartKey{PartKind::kIndicator, "4"}, kDrafts).value().size(), 3u) << "entered, withdrawn, entered";
  other.indicators.clear();
  EXPECT_ERROR(sheets().import_sheet(other, "officer-aaaaaa"), "sheet.faults");
  expect_clean();
}

TEST_P(SheetsTest, TheSeedsSheetsComeBackAsTheyWere) {
  for (const Sheet& sheet : embedded_sheets()) {
    enter(sheet);
    auto state = sheets().state(sheet.header.id, kDrafts);
    ASSERT_OK(state);
    EXPECT_EQ((*state)->sheet, sheet) << sheet.header.id;
    EXPECT_EQ((*state)->edition, edition_of(sheet));
  }
  EXPECT_EQ(sheets().list(kDrafts).value().size(), 3u);
  EXPECT_EQ(sheets().list(kDrafts).value()[0]->sheet.header.fiscal_year, 2018) << "newest first";
  EXPECT_TRUE(sheets().list({}).value().empty()) << "nothing is public yet";
  expect_clean();
}

TEST_P(SheetsTest, FromDraftToThePublic) {
  enter(small_sheet());
  EXPECT_ERROR(sheets().state(kSheet, {}), "sheet.not_published");
  EXPECT_ERROR(sheets().state("aoba.other", {}), "sheet.unknown");
  std::string edition = edition_of(small_sheet());
  auto take = [&](RouteStep what, const char* actor, const char* remark = "") {
    return sheets().take_step(kSheet, what, actor, edition, remark);
  };
  EXPECT_ERROR(take(RouteStep::kApproved, "officer-bbbbbb"), "sheet.wrong_step");
  EXPECT_ERROR(take(RouteStep::kPublished, "officer-bbbbbb"), "sheet.wrong_step");
  EXPECT_ERROR(sheets().take_step(kSheet, RouteStep::kReviewed, "officer-aaaaaa", "old", ""), "sheet.changed_meanwhile");
  ASSERT_OK(take(RouteStep::kReviewed, "officer-aaaaaa"));
  EXPECT_ERROR(take(RouteStep::kReviewed, "officer-aaaaaa"), "sheet.wrong_step");
  EXPECT_ERROR(take(RouteStep::kApproved, "officer-aaaaaa"), "sheet.same_officer");
  EXPECT_ERROR(take(RouteStep::kReturned, "officer-bbbbbb"), "sheet.remark_missing");
  ASSERT_OK(take(RouteStep::kReturned, "officer-bbbbbb", "指標3を確かめる"));
  EXPECT_ERROR(take(RouteStep::kApproved, "officer-bbbbbb"), "sheet.wrong_step");
  ASSERT_OK(take(RouteStep::kReviewed, "officer-aaaaaa"));
  ASSERT_OK(take(RouteStep::kApproved, "officer-bbbbbb"));
  EXPECT_EQ(sheets().state(kSheet, kDrafts).value()->route.size(), 4u);
  auto done = take(RouteStep::kPublished, "officer-cccccc");
  ASSERT_OK(done);
  auto open = sheets().state(kSheet, {});
  ASSERT_OK(open);
  EXPECT_EQ((*open)->sheet, small_sheet());
  EXPECT_EQ((*open)->publication->record, done->record);
  EXPECT_FALSE((*open)->has_drafts());
  ASSERT_EQ((*open)->route.size(), 5u) << "the whole way of what is public";
  EXPECT_EQ((*open)->route[1].remark, "指標3を確かめる");
  EXPECT_EQ((*open)->route[3].actor, "officer-bbbbbb");
  EXPECT_EQ(sheets().state(kSheet, kDrafts).value()->route.size(), 5u);
  EXPECT_ERROR(take(RouteStep::kReviewed, "officer-aaaaaa"), "sheet.nothing_new");
  auto record = database->read([&](db::Reader& reader) { return evidence::find_record(reader, std::uint64_t(done->record)); });
  ASSERT_OK(record);
  EXPECT_NE((*record)->head.find("\"reached\":2"), std::string::npos) << (*record)->head;
  expect_clean();
}

TEST_P(SheetsTest, AChangeUnderReviewStartsTheWayAgain) {
  enter(small_sheet());
  step(RouteStep::kReviewed, "officer-aaaaaa");
  auto before = sheets().state(kSheet, kDrafts).value();
  ASSERT_OK(sheets().edit(kSheet, kFirst, 1, with_actual(part(kFirst), "2023", 36), "officer-aaaaaa"));
  EXPECT_ERROR(sheets().take_step(kSheet, RouteStep::kApproved, "officer-bbbbbb", before->edition, ""), "sheet.changed_meanwhile");
  auto after = sheets().state(kSheet, kDrafts).value();
  EXPECT_TRUE(after->route.empty());
  EXPECT_ERROR(sheets().take_step(kSheet, RouteStep::kApproved, "officer-bbbbbb", after->edition, ""), "sheet.wrong_step");
}

TEST_P(SheetsTest, TwoAnalystsEditingTheSameIndicator) {
  enter(small_sheet());
  json::object base = part(kThird);
  auto mine = with_actual(base, "2024", 17), theirs = with_actual(base, "2023", 6);
  auto first = sheets().edit(kSheet, kThird, 1, theirs, "officer-bbbbbb");
  ASSERT_OK(first);
  EXPECT_FALSE(first->merged);
  EXPECT_EQ(first->revision, 2);
  ASSERT_EQ(first->changes.size(), 1u);
  EXPECT_EQ(first->changes[0].member, "lines/0/yearly/2023/actual");
  auto second = sheets().edit(kSheet, kThird, 1, mine, "officer-aaaaaa");  // another cell: both stay
  ASSERT_OK(second);
  EXPECT_TRUE(second->merged);
  ASSERT_EQ(second->changes.size(), 1u);
  EXPECT_EQ(second->changes[0].member, "lines/0/yearly/2024/actual");
  auto line = sheets().state(kSheet, kDrafts).value()->indicator("3")->lines[0];
  EXPECT_EQ(line.yearly[2023].actual->number, 6);
  EXPECT_EQ(line.yearly[2024].actual->number, 17);
  auto size = evidence::Log::of(*database).size();
  auto clash = sheets().edit(kSheet, kThird, 1, with_actual(base, "2023", 9), "officer-aaaaaa");
  EXPECT_ERROR(clash, "sheet.conflict");
  ASSERT_EQ(clash.error().faults.size(), 1u);
  EXPECT_EQ(clash.error().faults[0].where, "lines/0/yearly/2023/actual");
  EXPECT_NE(clash.error().faults[0].message.en.find("theirs: \"6\", yours: \"9\", before: \"4\""), std::string::npos)
      << clash.error().faults[0].message.en;
  EXPECT_EQ(evidence::Log::of(*database).size(), size) << "nothing half-merged";
  EXPECT_ERROR(sheets().edit(kSheet, kThird, 3, part(kThird), "officer-aaaaaa"), "sheet.nothing_new");
  json::object wrong = part(kThird);
  wrong["goal"] = "sea";
  EXPECT_ERROR(sheets().edit(kSheet, kThird, 3, wrong, "officer-aaaaaa"), "sheet.faults");
  wrong = part(kThird);
  wrong["number"] = "9";
  EXPECT_ERROR(sheets().edit(kSheet, kThird, 3, wrong, "officer-aaaaaa"), "sheet.faults");
  EXPECT_ERROR(sheets().edit(kSheet, PartKey{PartKind::kIndicator, "8"}, 1, wrong, "officer-aaaaaa"), "sheet.unknown_part");
  expect_clean();
}

TEST_P(SheetsTest, AsKnownOnADay) {
  enter(small_sheet());
  publish();
  std::string first = sheets().state(kSheet, {}).value()->edition;
  clock.set(at("2024-05-02T09:00:00+09:00"));
  ASSERT_OK(sheets().edit(kSheet, kFirst, 1, with_actual(part(kFirst), "2023", 36), "officer-aaaaaa"));
  EXPECT_EQ(sheets().state(kSheet, {}).value()->edition, first) << "a draft is not public";
  EXPECT_EQ(sheets().history(kSheet, kFirst, {}).value().size(), 1u);
  EXPECT_EQ(sheets().history(kSheet, kFirst, kDrafts).value()[0].changes.size(), 1u);
  EXPECT_EQ(sheets().history(kSheet, kFirst, kDrafts).value()[0].actor, "officer-aaaaaa");
  publish();
  EXPECT_NE(sheets().state(kSheet, {}).value()->edition, first);
  View may_first{.as_of = text::Date{2024, 5, 1}};
  EXPECT_EQ(sheets().state(kSheet, may_first).value()->edition, first);
  EXPECT_EQ(sheets().state(kSheet, may_first).value()->indicator("1")->lines[0].yearly.at(2023).actual->number, 33);
  EXPECT_EQ(sheets().list(may_first).value().size(), 1u);
  EXPECT_ERROR(sheets().state(kSheet, View{.as_of = text::Date{2024, 4, 9}}), "sheet.not_published");
  EXPECT_EQ(sheets().state(kSheet, View{.drafts = true, .as_of = text::Date{2024, 5, 1}}).value()->edition, first);
}

// Nobody is asked to publish again what is public.
TEST_P(SheetsTest, WhatIsUndoneIsNoDraft) {
  enter(small_sheet());
  publish();
  const PartKey fourth{PartKind::kIndicator, "4"}, fifth{PartKind::kIndicator, "5"};
  auto now = [&] { return sheets().state(kSheet, kDrafts).value(); };
  auto is_published = [&] {
    EXPECT_FALSE(now()->has_drafts());
    EXPECT_EQ(now()->edition, sheets().state(kSheet, {}).value()->edition);
    std::vector<RouteStep> way;  // that of the publication: who reviewed and approved it is told of what is public
    const auto known = now();
    for (const auto& one : known->route) way.push_back(one.step);
    EXPECT_EQ(way, (std::vector<RouteStep>{RouteStep::kReviewed, RouteStep::kApproved, RouteStep::kPublished}));
    EXPECT_ERROR(sheets().take_step(kSheet, RouteStep::kReviewed, "officer-aaaaaa", now()->edition, ""), "sheet.nothing_new");
  };
  ASSERT_OK(sheets().edit(kSheet, kFirst, 1, with_actual(part(kFirst), "2023", 36), "officer-aaaaaa"));
  EXPECT_TRUE(now()->has_drafts());
  EXPECT_TRUE(now()->part(kFirst)->draft);
  ASSERT_OK(sheets().undo(kSheet, kFirst, 2, "officer-aaaaaa"));
  EXPECT_FALSE(now()->part(kFirst)->draft);
  is_published();
  json::object fresh = part(fourth);
  fresh["number"] = "5";
  ASSERT_OK(sheets().add(kSheet, fifth, fresh, "officer-aaaaaa"));
  EXPECT_TRUE(now()->part(fifth)->draft);
  ASSERT_OK(sheets().undo(kSheet, fifth, 1, "officer-aaaaaa"));
  EXPECT_EQ(now()->withdrawn, std::vector<PartKey>{fifth}) << "it can be put back";
  is_published();
  ASSERT_OK(sheets().take_out(kSheet, fourth, 1, "officer-aaaaaa"));
  EXPECT_TRUE(now()->has_drafts()) << "it was public";
  ASSERT_OK(sheets().undo(kSheet, fourth, 2, "officer-aaaaaa"));
  is_published();
  ASSERT_OK(sheets().edit(kSheet, kFirst, 3, with_actual(part(kFirst), "2023", 36), "officer-aaaaaa"));
  step(RouteStep::kReviewed, "officer-aaaaaa");
  ASSERT_OK(sheets().edit(kSheet, kThird, 1, with_actual(part(kThird), "2023", 6), "officer-aaaaaa"));
  ASSERT_OK(sheets().undo(kSheet, kThird, 2, "officer-aaaaaa"));
  EXPECT_TRUE(now()->route.empty()) << "it was changed after the review";
  step(RouteStep::kReviewed, "officer-aaaaaa");
  EXPECT_EQ(now()->route.size(), 1u);
  fresh["number"] = "6";
  const PartKey sixth{PartKind::kIndicator, "6"};
  ASSERT_OK(sheets().add(kSheet, sixth, fresh, "officer-aaaaaa"));
  ASSERT_OK(sheets().undo(kSheet, sixth, 1, "officer-aaaaaa"));
  EXPECT_TRUE(now()->route.empty()) << "it was added and taken out after the review";
  std::set<std::string> drafts;
  auto state = now();
  for (const auto& one : state->parts)
    if (one.draft) drafts.insert(one.key.number);
  EXPECT_EQ(drafts, std::set<std::string>{"1"});
  publish();
  EXPECT_FALSE(now()->has_drafts());
  expect_clean();
}

TEST_P(SheetsTest, TheSheetBeforeIsTheOneThatIsMostAlike) {
  Sheet now = small_sheet();
  now.indicators[0].id = "aoba.share";
  now.indicators[1].id = "aoba.waiting";
  now.header.policy_title = {"くらしの手続の見直し", "Everyday procedures"};
  auto before = [&](const char* id, int year, const char* title, std::vector<std::string> ids) {
    Sheet sheet = small_sheet();
    sheet.header.id = id;
    sheet.header.fiscal_year = year;
    sheet.header.policy_title.ja = title;
    for (std::size_t i = 0; i < ids.size(); ++i) sheet.indicators[i].id = ids[i];
    enter(sheet);
    auto found = database->read([&](db::Reader& reader) { return previous_sheet(reader, now); });
    return found.ok() && *found ? (*found)->sheet.header.id : "";
  };
  EXPECT_EQ(before("aoba.a-older", 2021, "くらしの手続の見直し", {"aoba.share", "aoba.waiting"}), "aoba.a-older");
  EXPECT_EQ(before("aoba.b-one-id", 2022, "別の施策", {"aoba.share"}), "aoba.b-one-id") << "the newest year first";
  EXPECT_EQ(before("aoba.c-other", 2022, "別のこと", {}), "aoba.b-one-id");
  EXPECT_EQ(before("aoba.d-like", 2022, "くらしの手続きの見直し", {"aoba.share"}), "aoba.d-like") << "as many ids, a nearer name";
  EXPECT_EQ(before("aoba.e-two-ids", 2022, "別の施策", {"aoba.share", "aoba.waiting"}), "aoba.e-two-ids");
  EXPECT_EQ(before("aoba.f-title", 2022, "くらしの手続の見直し", {}), "aoba.f-title");
  EXPECT_EQ(before("aoba.g-two-ids", 2022, "別の施策", {"aoba.share", "aoba.waiting"}), "aoba.f-title");
}

TEST_P(SheetsTest, TwoFaultsAtOnePlaceAreToldAtOnce) {
  enter(small_sheet());
  SheetIndicator one = small_sheet().indicators[0];
  one.title.ja = "\r";
  auto faults = database->read([&](db::Reader& reader) { return faults_of_part(reader, kSheet, {kFirst, 1, to_json(one)}); });
  ASSERT_OK(faults);
  ASSERT_EQ(faults->size(), 2u);
  EXPECT_EQ((*faults)[0].where, "/title/ja");
  EXPECT_EQ((*faults)[1].where, "/title/ja");
  EXPECT_NE((*faults)[0].message, (*faults)[1].message);
}

TEST_P(SheetsTest, RemarksNeedAnAnswer) {
  Sheet sheet = small_sheet();
  sheet.indicators[1].factor.reset();
  enter(sheet);
  std::string edition = edition_of(sheet);
  auto refused = sheets().take_step(kSheet, RouteStep::kReviewed, "officer-aaaaaa", edition, "");
  EXPECT_ERROR(refused, "sheet.remarks_open");
  ASSERT_EQ(refused.error().faults.size(), 1u);
  EXPECT_EQ(refused.error().faults[0].where, "indicator/2/factor");
  EXPECT_EQ(sheets().remarks(kSheet).value().size(), 1u);
  ASSERT_OK(sheets().take_step(kSheet, RouteStep::kReviewed, "officer-aaaaaa", edition, "理由は調査中"));
}

TEST_P(SheetsTest, WhatIsPublicOfTheRecords) {
  enter(small_sheet());
  auto published = [&] {
    return database
        ->read([&](db::Reader& reader) -> Result<std::size_t> {
          auto records = TRY(evidence::read_records(reader, 0, 100));
          return TRY(Sheets::published(reader, records)).size();
        })
        .value();
  };
  EXPECT_EQ(published(), 0u);
  publish();
  EXPECT_EQ(published(), 9u) << "seven parts, the review and the approval";
  ASSERT_OK(sheets().edit(kSheet, kFirst, 1, with_actual(part(kFirst), "2023", 36), "officer-aaaaaa"));
  EXPECT_EQ(published(), 9u);
}

TEST_P(SheetsTest, ErasureLeavesFiguresAndEditions) {
  Sheet sheet = small_sheet();
  sheet.indicators[1].factor = Text{"係長の病気", "illness of the head"};
  auto entered = enter(sheet);
  publish();
  auto before = sheets().state(kSheet, {}).value();
  std::uint64_t record = std::uint64_t(before->part({PartKind::kIndicator, "2"})->record);
  auto erased =
      evidence::erase(*database,
                      {{record},
                       "request",
                       "officer-dddddd",
                       [](db::Transaction& tx, std::span<const std::uint64_t> records) { return Sheets::erase_rows(tx, records); }},
                      folder.path() + "/erased");
  ASSERT_OK(erased);
  auto after = sheets().state(kSheet, {});
  ASSERT_OK(after);
  EXPECT_EQ((*after)->edition, before->edition);
  EXPECT_EQ((*after)->indicator("2")->factor->en, "(erased)");
  EXPECT_EQ((*after)->indicator("2")->mark, Mark::kNear);
  EXPECT_EQ((*after)->indicator("2")->lines[0].yearly.at(2023).actual->number, 18);
  EXPECT_EQ((*after)->indicator("1")->title.en, "Share on line");
  expect_clean();
}

TEST_P(SheetsTest, WordsThatWereErasedAndTypedAgainArePublished) {
  enter(small_sheet());
  publish();
  evidence::ErasureOrder order{{}, "mistake", "officer-dddddd", Sheets::erase_rows};
  for (const PartKey& key : {PartKey{PartKind::kIndicator, "2"}, kFirst})
    order.indexes.push_back(std::uint64_t(sheets().state(kSheet, {}).value()->part(key)->record));
  ASSERT_OK(evidence::erase(*database, order, folder.path() + "/erased"));
  auto state = [&](const View& view) { return sheets().state(kSheet, view).value(); };
  EXPECT_FALSE(state(kDrafts)->has_drafts());
  const std::string edition = state({})->edition;
  ASSERT_OK(sheets().edit(kSheet, kFirst, 1, to_json(small_sheet().indicators[0]), "officer-aaaaaa"));
  EXPECT_TRUE(state(kDrafts)->has_drafts());
  EXPECT_TRUE(state(kDrafts)->part(kFirst)->draft);
  EXPECT_FALSE(state(kDrafts)->part(kThird)->draft);
  auto again = enter(small_sheet());
  EXPECT_EQ(again.revised, (std::vector<PartKey>{{PartKind::kIndicator, "2"}})) << "by a pack as well";
  EXPECT_EQ(state({})->indicator("1")->title.en, "(erased)");
  publish();
  EXPECT_EQ(state({})->sheet, small_sheet());
  EXPECT_EQ(state({})->edition, edition) << "the same words";
  EXPECT_FALSE(state(kDrafts)->has_drafts());
  expect_clean();
}

TEST_P(SheetsTest, DerivedRowsAreComparedAndMadeAnew) {
  enter(small_sheet());
  publish();
  ASSERT_OK(database->write([](db::Transaction& tx) { return tx.execute("UPDATE kpi_sheet_record SET number = '9' WHERE idx = 2"); }));
  auto findings = database->read([](db::Reader& reader) { return Sheets::verify_derived(reader); });
  ASSERT_OK(findings);
  EXPECT_EQ(findings->size(), 1u);
  auto rebuilt = database->write([](db::Transaction& tx) { return Sheets::rebuild_derived(tx); });
  ASSERT_OK(rebuilt);
  EXPECT_EQ(*rebuilt, 10u);
  expect_clean();
}

INSTANTIATE_TEST_SUITE_P(Both, SheetsTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

}  // namespace
}  // namespace musubi::kpi
