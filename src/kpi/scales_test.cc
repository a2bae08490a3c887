// Scales that an organisation makes: read, saved, revised, withdrawn, erased; sheets keep the rules that they were judged by.
#include "kpi/scales.h"

#include "kpi/json.h"
#include "kpi/pages_test_support.h"
#include "kpi/scale_pages.h"
#include "kpi/sheet_json.h"
#include "kpi/sheet_routes.h"
#include "kpi/store.h"
#include "kpi/test_sheet.h"

namespace musubi::kpi {
namespace {

constexpr const char* kId = "aoba.two-steps";

Scale two_steps(double near = 0.5) {
  Scale scale;
  scale.id = kId;
  scale.title = {"青葉の二段階", "Two steps of Aoba"};
  scale.source = {"青葉町の要綱", "Rules of Aoba Town"};
  scale.first_year = 2020;
  scale.marks.near = near;
  scale.steps = {{"good", {"よい", "Good"}}, {"poor", {"よくない", "Poor"}}};
  scale.rules = {{"good", Mark::kNear, {}, false, false, {"遠いものがない。", "Nothing is far."}},
                 {"poor", {}, {}, false, false, {"遠いものがある。", "Something is far."}}};
  return scale;
}
std::string text_of(const Scale& scale) { return canonical_json(pack_of(scale)); }

TEST(ScalePack, WritesBackWhatItReadAndNamesEveryFault) {
  for (const auto& scale : embedded_scales()) EXPECT_EQ(text_of(read_scale(text_of(scale)).value()), text_of(scale)) << scale.id;
  EXPECT_EQ(text_of(read_scale(text_of(two_steps())).value()), text_of(two_steps()));
  Scale bad = two_steps();
  bad.id = "aoba";
  bad.last_year = 2019;
  bad.steps.push_back(bad.steps[0]);
  bad.rules[1].step = "splendid";
  auto read = read_scale(text_of(bad));
  ASSERT_FALSE(read.ok());
  std::set<std::string> where;
  for (const auto& fault : read.error().faults) where.insert(fault.where);
  EXPECT_EQ(where, (std::set<std::string>{"/id", "/last_year", "/steps/2/id", "/rules/1/step"}));
  json::value surplus = pack_of(bad);
  surplus.as_object()["surplus"] = 1;
  surplus.at("steps").as_array()[0] = "good";
  where.clear();
  const auto mixed = read_scale(canonical_json(surplus));
  for (const auto& fault : mixed.error().faults) where.insert(fault.where);
  EXPECT_EQ(where, (std::set<std::string>{"/id", "/last_year", "/surplus", "/steps/0"})) << "rules may name the step that is no step";
}

class ScalesTest : public KpiPagesTest {
 protected:
  Scales scales() { return Scales(*database); }
  std::int64_t save(const Scale& scale) {
    auto done = scales().import_scale(scale, "officer-aaaaaa");
    EXPECT_TRUE(done.ok()) << (done.ok() ? "" : done.error().message.en);
    return done.ok() ? done->before + 1 : 0;
  }
  static Sheet judged(std::optional<std::int64_t> revision) {
    Sheet sheet = small_sheet();
    sheet.header.judgement = Judgement{kId, "good", {"よい。", "Good."}, {}, revision};
    return sheet;
  }
  double near_of(const View& view) {
    auto state = sheets().state("aoba.sheet-2023", view);
    EXPECT_TRUE(state.ok());
    return state.ok() ? mark_rules((*state)->sheet).near : 0;
  }
};

TEST_P(ScalesTest, SavedRevisedAndWithdrawnAsRecords) {
  EXPECT_EQ(save(two_steps()), 1);
  EXPECT_FALSE(scales().import_scale(two_steps(), "officer-aaaaaa")->changed);
  EXPECT_EQ(save(two_steps(0.6)), 2);
  EXPECT_EQ(scales().find(kId)->marks.near, 0.6);
  EXPECT_EQ(scales().find(kId, 1)->marks.near, 0.5);
  EXPECT_EQ(scales().find(kId, 3).error().name, "scale.unknown");
  EXPECT_EQ(scales().import_scale(two_steps(0.7), "officer-aaaaaa", 1).error().name, "scale.changed") << "looked at the first";
  EXPECT_EQ(scales().withdraw(kId, "officer-aaaaaa", 1).error().name, "scale.changed");
  ASSERT_OK(scales().withdraw(kId, "officer-aaaaaa", 2));
  EXPECT_EQ(scales().list()->size(), embedded_scales().size());
  EXPECT_EQ(scales().withdraw(kId, "officer-aaaaaa", 3).error().name, "scale.unknown");
  Scale taken = two_steps();
  taken.id = "japan.five-steps";
  EXPECT_EQ(scales().import_scale(taken, "officer-aaaaaa").error().name, "scale.of_binary");
  EXPECT_EQ(scales().withdraw("japan.five-steps", "officer-aaaaaa", 0).error().name, "scale.of_binary");
  auto history = scales().history(kId);
  ASSERT_OK(history);
  ASSERT_EQ(history->size(), 3u);
  EXPECT_EQ((*history)[0].kind, EntryKind::kWithdrawn);
  EXPECT_EQ((*history)[2].actor, "officer-aaaaaa");
  expect_clean();
}

TEST_P(ScalesTest, ASheetKeepsTheRulesItWasJudgedBy) {
  save(two_steps());
  ASSERT_OK(sheets().import_sheet(judged(1), "officer-aaaaaa"));
  EXPECT_EQ(near_of(View{.drafts = true}), 0.5);
  ASSERT_NO_FATAL_FAILURE(publish_sheet());
  save(two_steps(0.6));
  ASSERT_OK(scales().withdraw(kId, "officer-aaaaaa", 2));
  EXPECT_EQ(near_of(View{}), 0.5);
  EXPECT_EQ(near_of(View{.drafts = true}), 0.5);
  auto state = sheets().state("aoba.sheet-2023", View{}).value();
  EXPECT_EQ(scale_of(state->sheet)->revision, 1);
  EXPECT_EQ(draft_judgement(state->sheet, *scale_of(state->sheet))->step, "good") << "the third is not due";
  EXPECT_EQ(judged_by(small_sheet())->id, "japan.five-steps");
  expect_clean();
}

TEST_P(ScalesTest, WithoutARevisionTheRulesAreThoseOfTheDay) {
  save(two_steps());
  ASSERT_OK(sheets().import_sheet(judged({}), "officer-aaaaaa"));
  save(two_steps(0.6));
  EXPECT_EQ(near_of(View{.drafts = true}), 0.5) << "the newest when the header was saved";
  Sheet open = small_sheet();
  open.header.judgement.reset();
  ASSERT_OK(sheets().import_sheet(open, "officer-aaaaaa"));
  EXPECT_EQ(near_of(View{.drafts = true}), 0.6) << "not judged yet: the scale of its fiscal year";
  ASSERT_NO_FATAL_FAILURE(publish_sheet());
  clock.advance_us(48 * 3600 * 1000000LL);
  save(two_steps(0.7));
  EXPECT_EQ(near_of(View{.drafts = true}), 0.7);
  EXPECT_EQ(near_of(View{.drafts = true, .as_of = text::parse_date("2024-04-10").value()}), 0.6);
  EXPECT_EQ(near_of(View{}), 0.6) << "as it was published";
  EXPECT_EQ(scales().list(text::parse_date("2024-04-10").value())->back().marks.near, 0.6);
  ASSERT_OK(scales().withdraw(kId, "officer-aaaaaa", 3));
  EXPECT_EQ(near_of(View{.drafts = true}), 0.8) << "that of the binary";
}

TEST_P(ScalesTest, ASheetNamesNoScaleRevisionOrStepThatIsNotThere) {
  save(two_steps());
  save(two_steps(0.6));
  auto refused = [&](const std::string& scale, const std::string& step, std::optional<std::int64_t> revision) {
    Sheet sheet = small_sheet();
    sheet.header.judgement = Judgement{scale, step, {"よい。", "Good."}, {}, revision};
    auto done = sheets().import_sheet(sheet, "officer-aaaaaa");
    EXPECT_FALSE(done.ok());
    std::string where;
    if (!done.ok())
      for (const auto& fault : done.error().faults) where += fault.where + " ";
    return where;
  };
  EXPECT_EQ(refused(kId, "good", 3), "/judgement/scale_revision ");
  EXPECT_EQ(refused("aoba.no-steps", "good", {}), "/judgement/scale ");
  EXPECT_EQ(refused("aoba.no-steps", "good", 1), "/judgement/scale ");
  EXPECT_EQ(refused(kId, "splendid", 2), "/judgement/step ");
  EXPECT_EQ(refused("japan.five-steps", "good", {}), "/judgement/step ");
  EXPECT_EQ(refused("japan.five-steps", "considerable", 1), "/judgement/scale_revision ");
  ASSERT_OK(sheets().import_sheet(judged(1), "officer-aaaaaa"));
  auto edited = sheets().edit("aoba.sheet-2023", {PartKind::kHeader, ""}, 1, to_json(judged(3).header), "officer-aaaaaa");
  ASSERT_FALSE(edited.ok());
  EXPECT_EQ(edited.error().name, "sheet.faults");
  ASSERT_OK(sheets().import_sheet(judged({}), "officer-aaaaaa"));
  ASSERT_OK(scales().withdraw(kId, "officer-aaaaaa", 2));
  Sheet stood = judged({});
  stood.header.outcome = Text{"直した。", "Mended."};
  ASSERT_OK(sheets().import_sheet(stood, "officer-aaaaaa"));  // what it named before may stay
  stood.header.id = "aoba.sheet-other";
  EXPECT_FALSE(sheets().import_sheet(stood, "officer-aaaaaa").ok()) << "withdrawn, and newly named";
}

TEST_P(ScalesTest, WhichRecordHoldsARevisionIsComparedAndMadeAnew) {
  save(two_steps());
  save(two_steps(0.6));
  ASSERT_OK(scales().withdraw(kId, "officer-aaaaaa", 2));
  expect_clean();
  for (const char* sql :
       {"DELETE FROM kpi_scale_record WHERE revision = 2", "UPDATE kpi_scale_record SET at = at + 1 WHERE revision = 3",
        "UPDATE kpi_scale_record SET idx = idx + 1000 WHERE revision = 1"}) {
    ASSERT_OK(database->write([&](db::Transaction& tx) { return tx.execute(sql); }));
    auto findings = database->read([](db::Reader& reader) { return Sheets::verify_derived(reader); });
    ASSERT_OK(findings);
    EXPECT_FALSE(findings->empty()) << sql;
    ASSERT_OK(database->write([](db::Transaction& tx) { return Sheets::rebuild_derived(tx); }));
    expect_clean();
  }
}

TEST_P(ScalesTest, ARevisionThatCameLaterIsNotTheOneNamed) {
  save(two_steps());
  save(two_steps(0.6));
  std::int64_t second = scales().history(kId)->at(0).record;
  auto read_at = [&](std::int64_t header) {
    return database->read([&](db::Reader& reader) { return own_scale_for(reader, judged(2).header, {header}); }).value();
  };
  EXPECT_FALSE(read_at(second)) << "the header stood before the revision did";
  ASSERT_TRUE(read_at(second + 1));
  EXPECT_EQ(read_at(second + 1)->marks.near, 0.6);
}

TEST_P(ScalesTest, TheNewestOfManyRevisionsIsRead) {
  constexpr std::int64_t kMany = 1002;
  ASSERT_OK(database->write([&](db::Transaction& tx) -> Result<void> {
    for (std::int64_t i = 1; i <= kMany; ++i) {
      Scale scale = two_steps(i == kMany ? 0.6 : 0.5);
      TRY(tx.put("kpi_scale", {{"id", store::row_id("kpi_scale", kId, "", i)},
                               {"scale", kId},
                               {"revision", i},
                               {"digest", std::to_string(i)},
                               {"content", text_of(scale)}}));
      TRY(evidence::append(tx, {scale_record_types()[i == 1 ? 0 : 1],
                                std::string("kpi/scale/") + kId,
                                "officer-aaaaaa",
                                {},
                                {{"scale", kId}, {"revision", i}, {"digest", std::to_string(i)}},
                                pack_of(scale)}));
    }
    return rebuild_scale_records(tx);
  }));
  ASSERT_OK(sheets().import_sheet(judged({}), "officer-aaaaaa"));
  EXPECT_EQ(near_of(View{.drafts = true}), 0.6);
  EXPECT_EQ(scales().list(text::parse_date("2024-04-10").value())->back().marks.near, 0.6);
  EXPECT_EQ(scales().history(kId)->at(0).revision, kMany);
  EXPECT_EQ(scales().find(kId)->revision, kMany);
}

TEST_P(ScalesTest, AnErasedScaleKeepsItsRulesAndLosesItsTexts) {
  save(two_steps());
  ASSERT_OK(sheets().import_sheet(judged(1), "officer-aaaaaa"));
  ASSERT_NO_FATAL_FAILURE(publish_sheet());
  EXPECT_EQ(near_of(View{}), 0.5) << "and is kept in memory";
  std::uint64_t index = std::uint64_t(scales().history(kId)->at(0).record);
  std::uint64_t header = std::uint64_t(sheets().state("aoba.sheet-2023", View{}).value()->part({PartKind::kHeader, ""})->record);
  auto touched = database->write([&](db::Transaction& tx) -> Result<std::vector<std::string>> {
    std::uint64_t records[] = {index, header};
    auto tables = TRY(Plans::erase_rows(tx, records));
    TRY(Sheets::erase_rows(tx, records));
    TRY(evidence::append(tx, {scale_record_types()[2], "test/erased", "operator"}));
    return tables;
  });
  ASSERT_OK(touched);
  EXPECT_EQ(*touched, (std::vector<std::string>{"kpi_scale", "kpi_sheet_step", "kpi_upload"}));
  for (const View& view : {View{}, View{.drafts = true}}) {
    auto state = sheets().state("aoba.sheet-2023", view).value();
    const Scale* scale = scale_of(state->sheet);
    ASSERT_TRUE(scale);
    EXPECT_EQ(text_of(*scale).find("青葉"), std::string::npos);
    EXPECT_EQ(scale->title.en, "(erased)");
    EXPECT_EQ(scale->marks.near, 0.5);
    EXPECT_EQ(draft_judgement(state->sheet, *scale)->step, "good");
  }
  EXPECT_EQ(scales().list()->size(), embedded_scales().size() + 1) << "not withdrawn";
  expect_clean();
  // The same text again brings the texts back, as a new revision; who was judged by the old one is not given new words.
  EXPECT_TRUE(scales().preview(two_steps())->changed);
  EXPECT_EQ(save(two_steps()), 2);
  EXPECT_EQ(scales().find(kId)->title.en, "Two steps of Aoba");
  EXPECT_EQ(scale_of(sheets().state("aoba.sheet-2023", View{}).value()->sheet)->title.en, "(erased)");
  EXPECT_FALSE(scales().import_scale(two_steps(), "officer-aaaaaa")->changed) << "once";
  expect_clean();
  ASSERT_OK(scales().withdraw(kId, "officer-aaaaaa", 2));
}

// The salt of the publication is what the state in memory goes by: without a new one the page would go on with the old texts.
TEST_P(ScalesTest, APublishedSheetIsReadAnewWhenItsScaleIsErased) {
  save(two_steps());
  Sheet open = small_sheet();
  open.header.judgement.reset();
  ASSERT_OK(sheets().import_sheet(open, "officer-aaaaaa"));
  ASSERT_NO_FATAL_FAILURE(publish_sheet());
  EXPECT_EQ(scale_of(sheets().state("aoba.sheet-2023", View{}).value()->sheet)->title.en, "Two steps of Aoba");
  std::uint64_t records[] = {std::uint64_t(scales().history(kId)->at(0).record)};
  ASSERT_OK(database->write([&](db::Transaction& tx) -> Result<void> {
    TRY(Plans::erase_rows(tx, records));
    TRY(evidence::append(tx, {scale_record_types()[2], "test/erased", "operator"}));
    return {};
  }));
  EXPECT_EQ(scale_of(sheets().state("aoba.sheet-2023", View{}).value()->sheet)->title.en, "(erased)");
}

class ScalePagesTest : public ScalesTest {
 protected:
  static std::string hidden_value(const std::string& page, const std::string& name) {
    std::string start = "name=\"" + name + "\" value=\"";
    auto at = page.find(start);
    return at == page.npos ? "" : page.substr(at + start.size(), page.find('"', at + start.size()) - at - start.size());
  }
};

TEST_P(ScalePagesTest, CheckedSavedReadAndWithdrawn) {
  const std::string office = "/aoba/office/sheets/scales", open = "/aoba/sheets/scales";
  Scale bad = two_steps();
  bad.rules[0].step = "splendid";
  auto refused = send(http::Method::post, office, {{"text", pretty_json(pack_of(bad))}});
  EXPECT_EQ(refused.status, 422);
  EXPECT_NE(refused.bytes().find("/rules/0/step"), std::string_view::npos);
  bad = two_steps();
  bad.id = "japan.letters";
  EXPECT_EQ(send(http::Method::post, office, {{"text", text_of(bad)}}).status, 422) << "ids of the binary are taken";
  EXPECT_EQ(send(http::Method::post, office, {{"text", ""}}).status, 422);
  std::string page(send(http::Method::post, office, {{"text", text_of(two_steps())}}).bytes());
  EXPECT_NE(page.find("すべての指標が「ロ 目標に近い」以上"), page.npos) << page;
  auto saved = send(http::Method::post, office + "/import",
                    {{"upload", hidden_value(page, "upload")}, {"before", hidden_value(page, "before")}});
  EXPECT_EQ(saved.status, 303) << saved.bytes();
  EXPECT_NE(get(open).find(kId), std::string::npos);
  EXPECT_NE(get(open + ".json").find("\"aoba.two-steps\""), std::string::npos);
  EXPECT_NE(get(open + "/" + kId).find("50%"), std::string::npos);
  save(two_steps(0.6));
  EXPECT_NE(get(open + "/" + kId).find("60%"), std::string::npos);
  EXPECT_NE(get(open + "/" + kId + "?revision=1").find("50%"), std::string::npos);
  EXPECT_EQ(send(http::Method::get, open + "/" + kId + "?revision=x").status, 404);
  EXPECT_EQ(send(http::Method::get, open + "/" + kId + "?as_of=2020-01-01").status, 404);
  EXPECT_NE(get(open + "/" + kId + ".json").find("\"revisions\""), std::string::npos);
  EXPECT_NE(get(open + "/japan.five-steps").find("120%"), std::string::npos);
  EXPECT_NE(get(office + "?revise=" + kId).find("aoba.two-steps"), std::string::npos);
  EXPECT_EQ(send(http::Method::post, office + "/" + kId + "/withdraw", {{"revision", "1"}}).status, 409);
  EXPECT_EQ(send(http::Method::post, office + "/" + kId + "/withdraw", {{"revision", "2"}}).status, 303);
  EXPECT_EQ(get(office).find(kId), std::string::npos);
}

TEST_P(ScalePagesTest, AnOfficerJudgesByTheScaleOfTheTown) {
  save(two_steps());
  Sheet sheet = small_sheet();
  sheet.header.judgement.reset();
  ASSERT_OK(sheets().import_sheet(sheet, "officer-aaaaaa"));
  const std::string target = "/aoba/office/sheets/aoba.sheet-2023/judgement";
  std::string page = get(target);
  EXPECT_NE(page.find("<option value=\"good\" selected>"), page.npos);
  EXPECT_NE(page.find("?scale=japan.five-steps"), page.npos) << "others may be chosen";
  EXPECT_NE(get(target + "?scale=japan.five-steps").find("<option value=\"considerable\" selected>"), std::string::npos);
  save(two_steps(0.6));  // while the form is open
  web::Parameters fields = {{"base", "1"},           {"step", "good"},         {"scale", hidden_value(page, "scale")},
                            {"scale_revision", "1"}, {"grounds-ja", "よい。"}, {"grounds-en", "Good."}};
  EXPECT_EQ(send(http::Method::post, target, fields).status, 303);
  auto header = sheets().state("aoba.sheet-2023", View{.drafts = true}).value()->sheet.header;
  ASSERT_TRUE(header.judgement);
  EXPECT_EQ(header.judgement->scale, kId);
  EXPECT_EQ(header.judgement->scale_revision, 1) << "what the officer saw";
  EXPECT_NE(get(target).find("?scale=aoba.two-steps"), std::string::npos) << "the newer revision is offered";
  EXPECT_NE(get("/aoba/office/sheets/aoba.sheet-2023").find("/scales/aoba.two-steps?revision=1"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Both, ScalesTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);
INSTANTIATE_TEST_SUITE_P(Both, ScalePagesTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

}  // namespace
}  // namespace musubi::kpi
