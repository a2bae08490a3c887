#include "kpi/plan_targets.h"

#include <algorithm>

#include "evidence/record.h"
#include "kpi/follow_up_json.h"
#include "kpi/json.h"
#include "kpi/pack.h"
#include "kpi/pages_test_support.h"
#include "kpi/rules.h"
#include "kpi/sheet_json.h"
#include "kpi/test_follow_up.h"
#include "kpi/test_sheet.h"
#include "text/csv.h"

namespace musubi::kpi {
namespace {

constexpr std::string_view kOpenedFacts[] = {"procedure", "online", "fields", "fetched"};
const evidence::RecordType kOpened{"records.case_opened", 1, evidence::Visibility::kOfficers, "x", "x", kOpenedFacts};
constexpr const char* kRate = "online-use-rate";
constexpr const char* kTargets = "/aoba/plans/aoba.data-plan/targets";
constexpr const char* kForm = "/aoba/office/plans/aoba.data-plan/measures/1-1/edit";
const text::Date kToday{2026, 5, 1};  // fiscal 2025 is over

Line rate() {
  Line line;
  line.title = Text{"届出の割合", "Share of filings"};
  line.kind = IndicatorKind::kProgress;
  line.unit = Text{"%", "%"};
  line.baseline = SheetValue{12};
  line.baseline_year = 2023;
  line.yearly[2024].target = SheetValue{40, Bound::kAtLeast};
  line.yearly[2025].target = SheetValue{60};
  line.final_target = SheetValue{80};
  line.final_year = 2026;
  line.computed = kRate;
  line.primary = true;
  return line;
}
Line days() {
  Line line;
  line.sub = "2";
  line.title = Text{"待つ日数", "Days of waiting"};
  line.kind = IndicatorKind::kProgress;
  line.direction = Direction::kDown;
  line.unit = Text{"日", "days"};
  line.yearly[2024].target = SheetValue{10};
  return line;
}
PlanDocument plan_with_rows() {
  PlanDocument plan = small_plan();
  plan.measures[0].target.reset();
  plan.measures[0].progress.lines = {rate(), days()};
  return plan;
}
FollowUps::Told told(Period period, std::map<std::string, YearValues> lines) {
  FollowUps::Told out;
  out.entry = {.number = "1-1", .period = period};
  out.entry.lines = std::move(lines);
  out.revision.record = 7;
  return out;
}
YearValues actual(double number) { return {{}, SheetValue{number}, {}, false, false, {}, {}}; }
std::string results(const std::vector<TargetRow>& rows) {
  std::string out;
  for (const auto& one : rows)
    out += one.key + (one.fiscal_year ? "/" + std::to_string(*one.fiscal_year) : "") + (one.final ? "!" : "") + "=" +
           std::string(kTargetResults[std::size_t(one.result)]) + " ";
  return out;
}
std::vector<std::string> places(const PlanDocument& plan) {
  std::vector<std::string> out;
  auto read = read_plan(canonical_json(pack_of(plan)));
  if (read.ok()) return out;
  for (const auto& fault : read.error().faults) {
    out.push_back(fault.where);
    EXPECT_FALSE(fault.message.ja.empty() || fault.message.en.empty()) << fault.where;
  }
  return out;
}

TEST(PlanRows, AreReadAndWrittenAndLeaveOldEditionsAlone) {
  PlanDocument plan = plan_with_rows();
  auto read = read_plan(canonical_json(pack_of(plan)));
  ASSERT_OK(read);
  EXPECT_EQ(*read, plan);
  EXPECT_TRUE(plan.measures[0].has_target());
  std::string old = canonical_json(to_json(small_plan().measures[0]));
  EXPECT_EQ(old.find("lines"), old.npos);
  std::string entry = canonical_json(to_json(small_follow_up()));
  EXPECT_EQ(entry.find("lines"), entry.npos);
  auto changed = changes(small_plan().measures[0], plan.measures[0]);
  EXPECT_TRUE(std::any_of(changed.begin(), changed.end(), [](const Change& one) {
    return one.member == "progress_kpi/lines/0/yearly/2025/target/number" && one.after == "60";
  }));
}

TEST(PlanRows, EveryFaultAtItsPlace) {
  using Places = std::vector<std::string>;
  const std::string at = "/measures/0/progress_kpi/lines";
  PlanDocument plan = plan_with_rows();
  auto& lines = plan.measures[0].progress.lines;
  lines[0].kind = IndicatorKind::kEffect;
  lines[0].final_year.reset();
  lines[0].not_set_due = Text{"来年", "next year"};
  lines[1].sub = "";
  lines[1].unit.reset();
  lines[1].title.reset();
  lines[1].yearly[2024].actual = SheetValue{};
  lines[1].computed = "x";
  lines[1].nature = Nature::kQualitative;
  EXPECT_EQ(places(plan), (Places{at + "/0/not_set_due", at + "/1/sub", at + "/1/yearly/2024/actual", at + "/1/computed",
                                  at + "/0/kind", at + "/0/final_year", at + "/1/title", at + "/1/unit"}));
  plan = plan_with_rows();
  plan.measures[0].progress.lines[0].yearly[2024].typed_reason = Text{"あ", "a"};
  plan.measures[1].effect.lines = {days()};
  EXPECT_EQ(places(plan), (Places{at + "/0/yearly/2024", "/measures/1/effect_kpi/lines", "/measures/1/effect_kpi/lines/0/kind"}));
  plan = plan_with_rows();
  plan.measures[0].progress.lines[1].yearly[1800].target = SheetValue{1};
  EXPECT_EQ(places(plan), (Places{at + "/1/yearly/1800"}));
  plan = plan_with_rows();
  for (int i = 0; i < 60; ++i) {
    plan.measures[0].progress.lines.push_back(days());
    plan.measures[0].progress.lines.back().sub = "n" + std::to_string(i);
  }
  ASSERT_FALSE(places(plan).empty()) << "at most 50 rows";
  auto with_primary = parse_json(canonical_json(to_json(rate()))).value();
  std::vector<Fault> of_sheet, of_measure;
  read_line(with_primary, "", of_sheet);
  EXPECT_EQ(read_line(with_primary, "", of_measure, true), rate());
  EXPECT_EQ(of_sheet.size(), 1u) << "a sheet says it of the indicator";
  EXPECT_TRUE(of_measure.empty());
}

TEST(PlanTargets, HeldAgainstWhatWasToldWithTheDirectionOfTheRow) {
  Measure measure = plan_with_rows().measures[0];
  EXPECT_EQ(results(target_rows(measure, {}, kToday)),
            "progress/2024=no_actual progress/2025=no_actual progress/2026!=not_due progress.2/2024=no_actual ");
  auto rows = target_rows(
      measure,
      {told({2024, 1}, {{"progress", actual(30)}}), told({2024, 0}, {{"progress", actual(40)}, {"progress.2", actual(11)}}),
       told({2025, 0}, {{"progress", actual(59.9)}}), told({2026, 1}, {{"progress", actual(90)}})},
      kToday);
  EXPECT_EQ(results(rows), "progress/2024=reached progress/2025=missed progress/2026!=not_due progress.2/2024=missed ")
      << "the newest period of a year counts; fewer days are better; a year that runs is not judged";
  auto first_half = target_rows(measure, {told({2024, 2}, {{"progress", actual(30)}})}, kToday);
  EXPECT_EQ(first_half[0].result, TargetResult::kNoActual) << "half a year misses no target";
  EXPECT_EQ(first_half[0].told.actual->number, 30) << "but it is shown";
  auto provisional = actual(39);
  provisional.provisional = true;
  EXPECT_EQ(target_rows(measure, {told({2024, 0}, {{"progress", provisional}})}, kToday)[0].result, TargetResult::kNoActual);
  EXPECT_EQ(target_rows(measure, {told({2024, 4}, {{"progress", actual(39)}})}, kToday)[0].result, TargetResult::kMissed);
  EXPECT_EQ(rows[0].period, (Period{2024, 0}));
  EXPECT_EQ(rows[0].record, 7);
  EXPECT_EQ(rows[2].told.actual->number, 90);
  measure.progress.lines[1].yearly[2024].actual = SheetValue{9};
  measure.progress.lines[1].yearly[2023].actual = SheetValue{20};
  EXPECT_EQ(
      results(target_rows(measure, {}, kToday)),
      "progress/2024=no_actual progress/2025=no_actual progress/2026!=not_due progress.2/2023=only_actual progress.2/2024=reached ")
      << "what the plan itself prints";
}

TEST(PlanTargets, FinalTargetsGatherTheYears) {
  Measure measure = plan_with_rows().measures[0];
  Line& line = measure.progress.lines[0];
  measure.progress.lines.pop_back();
  line.yearly.clear();
  line.final_target = SheetValue{100};
  line.final_year = 2025;
  line.gathering = Gathering::kSum;
  std::vector<FollowUps::Told> all = {told({2024, 0}, {{"progress", actual(45)}}), told({2025, 0}, {{"progress", actual(55)}})};
  EXPECT_EQ(results(target_rows(measure, all, kToday)), "progress/2024=only_actual progress/2025!=reached ");
  line.gathering = Gathering::kMean;
  auto rows = target_rows(measure, all, kToday);
  EXPECT_EQ(results(rows), "progress/2024=only_actual progress/2025!=missed ");
  EXPECT_EQ(rows[1].told.actual->number, 50);
  line.gathering = Gathering::kLast;
  all.pop_back();
  EXPECT_EQ(results(target_rows(measure, all, kToday)), "progress/2024=only_actual progress/2025!=no_actual ")
      << "an older year is not the one that was promised";
}

TEST(PlanTargets, WithoutTargetsAndInWords) {
  PlanDocument plan = small_plan();
  EXPECT_EQ(results(target_rows(plan.measures[0], {}, kToday)), "/2025=in_words ");
  EXPECT_EQ(results(target_rows(plan.measures[0], {}, {2025, 5, 1})), "/2025=not_due ");
  EXPECT_EQ(results(target_rows(plan.measures[1], {}, kToday)), "=no_target ");
  Line line = days();
  line.yearly.clear();
  line.not_set_due = Text{"2027年度", "fiscal 2027"};
  plan.measures[0].progress.lines = {line};
  plan.measures[0].target.reset();
  EXPECT_EQ(results(target_rows(plan.measures[0], {}, kToday)), "progress.2=no_target ");
  EXPECT_FALSE(plan.measures[0].has_target()) << "not yet set is none";
}

class PlanTargetsTest : public KpiPagesTest {
 protected:
  void SetUp() override {
    KpiPagesTest::SetUp();
    if (HasFatalFailure()) return;
    context_->posts = [](const std::string&) { return std::vector<PostWords>{{"lead", {"計画係", "Planning desk"}}}; };
    context_->posts_of = [](const std::string&, const std::string&) { return std::vector<std::string>{"lead"}; };
    context_->is_administrator = [](const http::Request&) { return false; };
  }
  void begin() {
    sign(import(plan_with_rows()).edition);
    ASSERT_OK(follow_ups().set_schedule(kPlan, small_schedule(), 0, administrator()));
  }
  json::object data(const std::string& target) { return parse_json(get(target)).value().as_object(); }
  void opened(int online, int paper) {
    for (int i = 0; i < online + paper; ++i)
      ASSERT_OK(database->write([&](db::Transaction& tx) {
        return evidence::append(tx, {kOpened,
                                     "records/case/" + std::to_string(++n_),
                                     "service",
                                     {},
                                     {{"procedure", "move-in"}, {"online", i < online}, {"fields", 10}, {"fetched", 0}}});
      }));
  }
  static std::string entry_url(const char* period) {
    return "/aoba/office/plans/aoba.data-plan/measures/1-1/follow-up/" + std::string(period) + "/edit";
  }
  static web::Parameters entry(const web::Parameters& more) {
    web::Parameters all = {{"base", "0"}, {"facts-ja", "事実"}, {"facts-en", "Facts"}, {"light", "on_track"}};
    for (const auto& [name, value] : more) {
      std::erase_if(all, [&](auto& one) { return one.first == name; });
      all.emplace_back(name, value);
    }
    return all;
  }
  std::map<std::string, YearValues> lines(Period period) {
    return follow_ups().entry(kPlan, {"1-1", period}, View{.drafts = true}).value().back().entry.lines;
  }
  void publish(Period period, std::int64_t revision = 1) {
    ASSERT_OK(follow_ups().sign_off(kPlan, {"1-1", period}, revision, lead("officer-bbbbbb")));
    ASSERT_OK(follow_ups().publish(kPlan, follow_ups().state(kPlan, View{.drafts = true}).value().cutoff, lead("officer-bbbbbb")));
  }

  int n_ = 0;
};

TEST_P(PlanTargetsTest, TakenTypedPublishedAndFound) {
  begin();
  opened(15, 5);
  const std::string edit = entry_url("2024-Q1");
  expect_in(get(edit), {"この年度の目標：40以上", "最終目標：80（2026年度）", "name=\"line-progress-take\" value=\"75\"",
                        "20 件の記録から計算した", "name=\"line-progress.2-figure\""});
  auto refused = post(edit, entry({{"line-progress-figure", "△たくさん"}, {"line-progress.2-figure", "5人"}}));
  EXPECT_EQ(refused.status, 422);
  expect_in(refused.bytes(), {"id=\"error-line-progress-figure\"", "id=\"error-line-progress.2-figure\""});
  auto why = post(edit, entry({{"line-progress-figure", "７０"}}));
  EXPECT_EQ(why.status, 422);
  expect_in(why.bytes(), {"それを使うか、使わない理由"});
  auto moved = post(edit, entry({{"line-progress-take", "74"}}));
  EXPECT_EQ(moved.status, 422);
  auto saved =
      post(edit, entry({{"line-progress-take", "75"}, {"line-progress.2-figure", "１２"}, {"line-progress.2-provisional", "true"}}));
  ASSERT_EQ(saved.status, 303) << saved.bytes();
  auto stands = lines({2024, 1});
  ASSERT_TRUE(stands["progress"].origin);
  EXPECT_EQ(stands["progress"].origin->n, 20);
  EXPECT_EQ(stands["progress"].origin->period, "2024");
  EXPECT_TRUE(stands["progress"].provisional) << "the year runs";
  EXPECT_EQ(stands["progress.2"].actual->number, 12);
  EXPECT_TRUE(stands["progress.2"].provisional);
  EXPECT_EQ(data(std::string(kTargets) + ".json")["results"].as_object()["no_actual"], 0);
  EXPECT_EQ(get(std::string(kTargets) + ".csv").find("online-use-rate"), std::string::npos) << "not published yet";
  publish({2024, 1});
  // The year is over: what was promised for it is judged, once the year's own figures are told.
  clock.set(at("2025-04-10T09:00:00+09:00"));
  EXPECT_EQ(data(std::string(kTargets) + ".json?status=no_actual")["total"], 2) << "three months are not the year";
  expect_in(get(std::string(kTargets) + "?status=missed"), {"実績は、まだ一つも報告されていません", "目標 2 件のどれにも"});
  EXPECT_EQ(get(kTargets).find("/aoba/sheets/targets"), std::string::npos) << "no sheets";
  ASSERT_OK(sheets().import_sheet(small_sheet(), "officer-aaaaaa"));
  publish_sheet();
  expect_in(get(kTargets), {"/aoba/sheets/targets?status=missed", "未達成のもの：1 件"});
  EXPECT_EQ(data(std::string(kTargets) + ".json?status=missed&as_of=2999-12-31")["total"], 0) << "a day to come is no day";
  saved = post(entry_url("2024-Q4"), entry({{"line-progress-take", "75"}, {"line-progress.2-figure", "１２"}}));
  ASSERT_EQ(saved.status, 303) << saved.bytes();
  publish({2024, 4});
  EXPECT_EQ(get(kTargets).find("まだ一つも"), std::string::npos) << "both years were told";
  auto missed = data(std::string(kTargets) + ".json?status=missed");
  EXPECT_EQ(missed["due"], 2);
  EXPECT_EQ(missed["judged"], 2);
  EXPECT_EQ(missed["total"], 1);
  EXPECT_EQ(missed["targets"].as_array()[0].as_object()["row"], "progress.2");
  EXPECT_EQ(data(std::string(kTargets) + ".json?status=reached")["total"], 1);
  EXPECT_EQ(data(std::string(kTargets) + ".json?status=missed&as_of=2024-04-20")["total"], 0) << "it was not due on that day";
  expect_in(get("/aoba/plans/aoba.data-plan"), {"/targets?status=missed", "80 %（2026年度）"});
  expect_in(get(std::string(kTargets) + "?status=missed"), {"未達成", "待つ日数", "12", "/measures/1-1/follow-up#p-2024-Q4"});
  get(std::string(kTargets) + "?status=lost", 422);
  expect_in(get("/aoba/plans/aoba.data-plan/measures/1-1"),
            {"届出の割合", "40以上", "75", "20 件の記録から計算", "主な指標", "12（2023年度）"});
  auto csv = text::read_csv(get(std::string(kTargets) + ".csv"));
  ASSERT_OK(csv);
  EXPECT_EQ(csv->rows.size(), 7u) << "a head, four targets, two measures without";
  expect_in(get(std::string(kTargets) + ".csv?status=reached"), {",reached,2024-Q4,", ",online-use-rate,20,", "第10条,Article 10"});
  expect_in(get("/aoba/plans/aoba.data-plan/measures/1-1.csv"), {"law_article_ja", "Article 10"});
  auto measure = data("/aoba/plans/aoba.data-plan/measures/1-1.json");
  EXPECT_EQ(measure["law_article"].as_object()["en"], "Article 10");
  EXPECT_EQ(measure["progress_kpi"].as_object()["lines"].as_array().size(), 2u);
  expect_clean();
}

TEST_P(PlanTargetsTest, SortedByTheAddress) {
  begin();
  auto numbers = [&](const std::string& query) {
    const json::object answer = data(kTargets + (".json" + query));
    std::vector<double> out;
    for (const auto& one : answer.at("targets").as_array()) {
      const auto* target = one.as_object().if_contains("target");
      const auto* number = target ? target->as_object().if_contains("number") : nullptr;
      out.push_back(number ? number->to_number<double>() : -1);
    }
    return out;
  };
  auto plain = numbers(""), up = numbers("?sort=target"), down = numbers("?sort=-target");
  EXPECT_EQ(up.size(), plain.size());
  EXPECT_TRUE(std::is_permutation(up.begin(), up.end(), plain.begin(), plain.end()));
  EXPECT_NE(up, plain);
  std::erase(up, -1);
  std::erase(down, -1);
  ASSERT_GT(up.size(), 1u);
  EXPECT_TRUE(std::is_sorted(up.begin(), up.end()));
  EXPECT_TRUE(std::is_sorted(down.rbegin(), down.rend()));
  EXPECT_EQ(numbers("?sort=measure"), plain) << "the plan's order";
  EXPECT_EQ(numbers("?sort=target&per_page=1&page=2"), std::vector<double>{up[1]});
  auto csv = text::read_csv(get(std::string(kTargets) + ".csv?sort=-target"));
  ASSERT_OK(csv);
  const auto& head = csv->rows[0];
  const auto column = std::size_t(std::find(head.begin(), head.end(), "target") - head.begin());
  ASSERT_LT(column, head.size());
  for (std::size_t i = 0; i < down.size(); ++i) EXPECT_EQ(std::stod(csv->rows.at(i + 1)[column]), down[i]);
  expect_in(get(std::string(kTargets) + "?sort=-target&status=no_target"), {"aria-sort=\"descending\""});
  get(std::string(kTargets) + "?sort=odd", 422);
  EXPECT_EQ(get("/aoba/plans/aoba.data-plan/measures/1-1").find("?sort="), std::string::npos) << "one measure's rows";
}

TEST_P(PlanTargetsTest, OfficersSeeTheDraftAndWhatIsNotPublished) {
  const std::string office = "/aoba/office/plans/aoba.data-plan/targets";
  PlanDocument draft = plan_with_rows();
  import(draft);
  get(kTargets, 404);
  expect_in(get("/aoba/office/plans/aoba.data-plan"), {"/aoba/office/plans/aoba.data-plan/targets?status=missed"});
  EXPECT_EQ(data(office + ".json")["total"], 6) << "before the first sign-off";
  begin();
  draft.measures[0].progress.lines[1].yearly[2025].target = SheetValue{8};
  import(draft);
  ASSERT_EQ(post(entry_url("2024-Q1"), entry({{"line-progress.2-figure", "11"}})).status, 303);
  EXPECT_EQ(data(std::string(kTargets) + ".json")["total"], 6);
  EXPECT_EQ(get(kTargets).find("下書き"), std::string::npos);
  auto all = data(office + ".json?sort=-state");
  EXPECT_EQ(all["total"], 7);
  auto& first = all["targets"].as_array()[0].as_object();
  EXPECT_EQ(first["measure"], "1-1");
  EXPECT_EQ(first["draft"], true);
  EXPECT_EQ(all["targets"].as_array().back().as_object()["draft"], false);
  EXPECT_EQ(first["links"].as_object()["measure"], "/aoba/office/plans/aoba.data-plan/measures/1-1");
  expect_in(get(office),
            {"下書きの計画の目標", "11", "/aoba/office/plans/aoba.data-plan/measures/1-1/follow-up#p-2024-Q1", "下書き", "確定済み"});
  EXPECT_EQ(get(kTargets).find("/follow-up#p-2024-Q1"), std::string::npos) << "not published";
  EXPECT_EQ(text::read_csv(get(office + ".csv"))->rows.size(), 8u);
}

TEST_P(PlanTargetsTest, WhatDoesNotComputeAgainOrHasNoRowIsRefused) {
  begin();
  opened(15, 5);
  ASSERT_EQ(post(entry_url("2024-Q1"), entry({{"line-progress-take", "75"}})).status, 303);
  FollowUp lie{.number = "1-1", .period = {2024, 1}, .facts = {"事実", "Facts"}, .light = Light::kOnTrack};
  lie.lines = lines({2024, 1});
  lie.lines["progress"].actual->number = 99;
  lie.lines["effect.9"] = actual(1);
  lie.lines["progress.2"] = {};
  auto done = follow_ups().enter(kPlan, lie, 1, lead("officer-aaaaaa"), clock.now());
  ASSERT_FALSE(done.ok());
  std::string places;
  for (const auto& fault : done.error().faults) places += fault.where + " ";
  EXPECT_EQ(places, "lines/effect.9 lines/progress lines/progress.2 ");
  // The log moved on: what was taken stands when other things are edited, and typing instead of it wants a reason.
  opened(20, 0);
  web::Parameters again =
      entry({{"base", "1"}, {"facts-en", "More facts"}, {"line-progress-figure", "75"}, {"line-progress-provisional", "true"}});
  ASSERT_EQ(post(entry_url("2024-Q1"), again).status, 303);
  EXPECT_TRUE(lines({2024, 1})["progress"].origin);
  again = entry({{"base", "2"},
                 {"line-progress-figure", "74"},
                 {"line-progress-why-ja", "数え直した"},
                 {"line-progress-why-en", "Counted anew"},
                 {"line-progress-revised", "true"}});
  auto typed = post(entry_url("2024-Q1"), again);
  ASSERT_EQ(typed.status, 303) << typed.bytes();
  EXPECT_FALSE(lines({2024, 1})["progress"].origin);
  EXPECT_EQ(lines({2024, 1})["progress"].typed_reason->en, "Counted anew");
  EXPECT_TRUE(lines({2024, 1})["progress"].revised);
  expect_in(get("/aoba/office/plans/aoba.data-plan/measures/1-1/follow-up"), {"届出の割合", "74（改定）", "数え直した"});
  expect_clean();
}

TEST_P(PlanTargetsTest, RowsByForm) {
  sign(import(small_plan()).edition);
  web::Parameters fields = {{"base", "1"},
                            {"field", "life"},
                            {"title-ja", "引越し手続のオンライン化"},
                            {"title-en", "Moving house on line"},
                            {"progress-status", "set"},
                            {"progress-ja", "割合"},
                            {"progress-en", "Share"},
                            {"effect-status", "none"},
                            {"locator-ja", "施策1-1"},
                            {"locator-en", "measure 1-1"},
                            {"progress-row0-ja", "割合"},
                            {"progress-row0-en", "Share"},
                            {"progress-row0-unit-ja", "%"},
                            {"progress-row0-unit-en", "%"},
                            {"progress-row0-computed", kRate},
                            {"progress-row0-primary", "true"},
                            {"progress-row0-baseline", "△１．５"},
                            {"progress-row0-baseline_year", "平成31年度"},
                            {"progress-row0-yearly", "令和６年度　４０以上\r\n2025: 60\r\n"},
                            {"progress-row0-final", "約８０"},
                            {"progress-row0-final_year", "令和8年度"}};
  auto set = [&](const std::string& name, const std::string& value) {
    std::erase_if(fields, [&](auto& one) { return one.first == name; });
    fields.emplace_back(name, value);
  };
  expect_in(get(kForm), {"name=\"progress-row0-yearly\"", "name=\"effect-row0-yearly\"", "online-use-rate"});
  auto good = fields;
  set("progress-row0-yearly", "いつか 40\n2025 たくさん\n2026\n2027 5\n2027 6");
  set("progress-row0-unit-ja", "件");
  set("progress-row0-final_year", "");
  auto refused = post(kForm, fields);
  EXPECT_EQ(refused.status, 422);
  expect_in(refused.bytes(), {"1行目：", "2行目：数値の行です", "3行目：年度の後に", "5行目：同じ年度", "指標の単位は「%」です",
                              "最終目標の年度を書いて", "id=\"error-progress-row0-final_year\"", "いつか 40"});
  fields = good;
  auto saved = post(kForm, fields);
  ASSERT_EQ(saved.status, 303) << saved.bytes();
  auto now = [&] { return plans().measure(kPlan, "1-1", View{.drafts = true}).value().measure; };
  ASSERT_EQ(now().progress.lines.size(), 1u);
  Line line = now().progress.lines[0];
  EXPECT_EQ(line.baseline, SheetValue{-1.5});
  EXPECT_EQ(line.baseline_year, 2019);
  EXPECT_EQ(line.yearly[2024].target, (SheetValue{40, Bound::kAtLeast}));
  EXPECT_EQ(line.yearly[2025].target, SheetValue{60});
  EXPECT_EQ(line.final_target, (SheetValue{80, Bound::kAbout}));
  EXPECT_EQ(line.final_year, 2026);
  EXPECT_EQ(line.computed, kRate);
  EXPECT_TRUE(line.primary);
  expect_in(get(kForm), {"2024 40以上\n2025 60", "name=\"progress-row1-ja\"", "value=\"online-use-rate\" selected"});
  // What the form showed comes back unchanged; a row more, in words; then the first one is taken out.
  set("base", "2");
  set("progress-row0-name", "");
  set("progress-row0-baseline", "-1.5");
  set("progress-row1-ja", "条例");
  set("progress-row1-en", "Ordinance");
  set("progress-row1-nature", "qualitative");
  set("progress-row1-yearly", "2025 定める / It is made");
  auto more = post(kForm, fields);
  ASSERT_EQ(more.status, 303) << more.bytes();
  ASSERT_EQ(now().progress.lines.size(), 2u);
  EXPECT_EQ(now().progress.lines[0], line);
  EXPECT_EQ(now().progress.lines[1].sub, "2");
  EXPECT_EQ(now().progress.lines[1].yearly.at(2025).target->text, (Text{"定める", "It is made"}));
  std::erase_if(fields, [](auto& one) { return one.first.starts_with("progress-row0-"); });
  set("base", "3");
  set("progress-row0-name", "");
  set("progress-row1-name", "2");
  ASSERT_EQ(post(kForm, fields).status, 303);
  ASSERT_EQ(now().progress.lines.size(), 1u);
  EXPECT_EQ(now().progress.lines[0].sub, "2");
  auto comparison = data("/aoba/office/plans/aoba.data-plan/compare.json");
  EXPECT_NE(canonical_json(comparison).find("progress_kpi/lines/0/yearly/2025/target/text/en"), std::string::npos);
  // A row whose texts are all elsewhere is not taken out by a form that shows it empty.
  auto silent = plans().document(kPlan, View{.drafts = true}).value();
  Line milestone;
  milestone.kind = IndicatorKind::kProgress;
  milestone.nature = Nature::kMilestone;
  milestone.yearly[2025].actual = SheetValue{.number = {}, .text = Text{"定めた", "It was made"}};
  silent.measures[0].progress.lines = {milestone};
  import(silent);
  std::erase_if(fields, [](auto& one) { return one.first.starts_with("progress-row"); });
  set("base", "5");
  set("progress-row0-name", "");
  set("title-ja", "引越し手続をオンラインで");
  auto kept = post(kForm, fields);
  ASSERT_EQ(kept.status, 303) << kept.bytes();
  ASSERT_EQ(now().progress.lines.size(), 1u);
  EXPECT_EQ(now().progress.lines[0].yearly.at(2025).actual->text->en, "It was made");
  expect_clean();
}

INSTANTIATE_TEST_SUITE_P(Both, PlanTargetsTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

}  // namespace
}  // namespace musubi::kpi
