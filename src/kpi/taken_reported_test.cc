// A nation takes what its towns reported into its own sheets and follow-ups: the figure of the indicator's page, as of a day that is over.
#include <algorithm>
#include <atomic>
#include <future>
#include <optional>
#include <thread>

#include "base/encoding.h"
#include "crypto/hash.h"
#include "kpi/at_once.h"
#include "kpi/counted_test_support.h"
#include "kpi/pack.h"
#include "kpi/pages_test_support.h"
#include "kpi/report.h"
#include "kpi/taken.h"
#include "kpi/taken_view.h"
#include "kpi/test_follow_up.h"
#include "kpi/test_indicators.h"
#include "kpi/test_sheet.h"
#include "text/csv.h"

namespace musubi::kpi {
namespace {

constexpr const char *kSheet = "aoba.sheet-2023", *kCounted = "decisions", *kDay = "2024-04-10";
constexpr const char *kEdit = "/aoba/office/sheets/aoba.sheet-2023/indicators/1/edit",
                     *kEntry = "/aoba/office/plans/aoba.data-plan/measures/1-1/follow-up/2024-Q1/edit";
constexpr std::string_view kNoFacts[] = {"x"};
const evidence::RecordType kLater{"records.later", 1, evidence::Visibility::kOfficers, "x", "x", kNoFacts};

std::string sha256(std::string_view text) { return to_hex(crypto::bytes(crypto::sha256(text))); }

// Cases that towns decided, of April 2024; the sheet and the plan of this organisation have a row of their number.
class TakenReportedTest : public KpiPagesTest {
 protected:
  void SetUp() override {
    KpiPagesTest::SetUp();
    if (HasFatalFailure()) return;
    context_->posts = [](const std::string&) { return std::vector<PostWords>{{"lead", {"計画係", "Planning desk"}}}; };
    context_->posts_of = [](const std::string&, const std::string&) { return std::vector<std::string>{"lead"}; };
    context_->is_administrator = [](const http::Request&) { return false; };
    auto made = make_report(*database, clock.now());
    ASSERT_OK(made);
    report_ = *made;
    Sheet sheet = small_sheet();
    sheet.header.fiscal_year = 2024;
    sheet.indicators[0].lines[0].unit = find_indicator(kCounted)->unit;
    sheet.indicators[0].lines[0].computed = kCounted;
    ASSERT_OK(sheets().import_sheet(sheet, "officer-aaaaaa"));
  }
  void plan() {
    PlanDocument plan = small_plan();
    Line line;
    line.title = Text{"決定", "Decisions"};
    line.kind = IndicatorKind::kProgress;
    line.unit = find_indicator(kCounted)->unit;
    line.yearly[2024].target = SheetValue{40};
    line.computed = kCounted;
    plan.measures[0].target.reset();
    plan.measures[0].progress.lines = {line};
    sign(import(plan).edition);
    ASSERT_OK(follow_ups().set_schedule(kPlan, small_schedule(), 0, administrator()));
  }
  // What the town tells; the town's own definition is another one where `same` is false.
  std::string reports(const std::string& town, std::int64_t n, bool same = true) {
    clock.advance_us(1'000'000);
    json::object report = report_;
    report["at"] = clock.now().rfc3339();
    report["size"] = n;
    auto& series = report["series"].as_object();
    const std::string id = find_indicator(kCounted)->formula.id();
    if (same)
      series[id + ".of"] = json::array{json::array{12 * 2024 + 3, "grant", 0, n, n}};
    else
      series.erase(id);
    auto kept = keep_report(*database, town, {"町 " + town, "Town " + town}, report, "service");
    EXPECT_TRUE(kept.ok() && *kept) << town;
    return canonical_json(report);
  }
  // A record of the next day: the one before is over.
  void next_day(const char* time = "2024-04-11T09:00:00+09:00") {
    clock.set(at(time));
    ASSERT_OK(database->write([&](db::Transaction& tx) {
      return evidence::append(tx, {kLater, "records/later", "service", {}, {{"x", 1}}});
    }));
  }
  http::Response take(const std::string& value) {
    const auto state = draft();
    const std::int64_t base = state->part({PartKind::kIndicator, "1"})->revision;
    web::Parameters fields = {{"base", std::to_string(base)}, {"mark", "reached"}, {"fate", "kept"}, {"v-computed", kCounted}};
    for (const auto& [year, values] : state->indicator("1")->lines[0].yearly)
      if (values.actual)
        fields.emplace_back("v-" + std::to_string(year) + "-number", canonical_json(json::value(*values.actual->number)));
    fields = with(fields, "v-2024-take", value);
    return post(kEdit, fields);
  }
  http::Response type_over(const std::string& value, const std::string& why = "") {
    const std::int64_t base = draft()->part({PartKind::kIndicator, "1"})->revision;
    web::Parameters fields = {
        {"base", std::to_string(base)}, {"mark", "reached"}, {"fate", "kept"}, {"v-computed", kCounted}, {"v-2024-number", value}};
    if (!why.empty()) fields.emplace_back("v-2024-why-ja", why), fields.emplace_back("v-2024-why-en", "no report came");
    return post(kEdit, fields);
  }
  http::Response take_in_entry(const std::string& value) {
    return post(kEntry,
                {{"base", "0"}, {"facts-ja", "事実"}, {"facts-en", "Facts"}, {"light", "on_track"}, {"line-progress-take", value}});
  }
  SharedSheet draft() { return sheets().state(kSheet, View{.drafts = true}).value(); }
  YearValues values() {
    const Line line = draft()->indicator("1")->lines[0];
    auto found = line.yearly.find(2024);
    return found == line.yearly.end() ? YearValues{} : found->second;
  }
  json::object data(const std::string& target) { return parse_json(get(target)).value().as_object(); }
  // Places of faults of a copy of the sheet whose origin is another one.
  std::vector<std::string> places_of(const std::function<void(Origin&)>& change, std::optional<double> number = {}) {
    Sheet copy = draft()->sheet;
    copy.header.id = "aoba.sheet-copy";
    YearValues& year = copy.indicators[0].lines[0].yearly.at(2024);
    if (number) year.actual->number = number;
    change(*year.origin);
    auto done = sheets().preview(copy);
    std::vector<std::string> out;
    if (!done.ok())
      for (const auto& fault : done.error().faults) {
        EXPECT_FALSE(fault.message.ja.empty() || fault.message.en.empty());
        out.push_back(fault.where);
      }
    return out;
  }
  void damage(const char* town) {
    ASSERT_OK(database->write([&](db::Transaction& tx) -> Result<void> {
      TRY(tx.put("kpi_report", {{"organisation", town},
                                {"title_ja", "町"},
                                {"title_en", town},
                                {"size", std::int64_t(1)},
                                {"at", std::int64_t(1)},
                                {"content", "{\"series\":[]}"}}));
      TRY(evidence::append(tx, {kLater, "records/later", "service", {}, {{"x", 2}}}));
      return {};
    }));
  }

 private:
  json::object report_;
};
INSTANTIATE_TEST_SUITE_P(Both, TakenReportedTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

TEST_P(TakenReportedTest, IsTheFigureOfThePageAndWhatItStandsOnIsNamed) {
  std::map<std::string, std::string> told;
  told["minato"] = reports("minato", 13);
  told["aoi"] = reports("aoi", 7);
  told["aoi"] = reports("aoi", 24);
  told["mori"] = reports("mori", 90, false);
  EXPECT_EQ(get(kEdit).find("v-2024-take"), std::string::npos) << "the day is not over";
  next_day();
  const json::object page = data("/aoba/kpi/decisions.json?as_of=2024-04-10");
  const json::value& year = page.at("fiscal_years").at(0);
  EXPECT_EQ(year.at("value").to_number<double>(), 35) << "13 and 24, in fives";
  expect_in(get(kEdit), {"name=\"v-2024-take\" value=\"35\"", "2024-04-10 の終わりまでの報告（3 組織のうち 2 組織）から計算した 35",
                         "/aoba/office/kpi/decisions?as_of=2024-04-10"});
  reports("minato", 99);  // of today: no matter
  ASSERT_EQ(take("35").status, 303);
  const YearValues taken = values();
  ASSERT_TRUE(taken.actual && taken.origin && taken.origin->reported);
  const Origin& origin = *taken.origin;
  EXPECT_EQ(taken.actual->number, year.at("value").to_number<double>());
  EXPECT_TRUE(taken.provisional) << "the year runs";
  EXPECT_EQ(origin.n, year.at("n").as_int64());
  EXPECT_EQ(origin.at, Time{at("2024-04-11T00:00:00+09:00").us - 1});
  EXPECT_EQ(origin.definition, definition_digest(*find_indicator(kCounted)));
  // The digest, of the reports themselves and of what the page says of them.
  json::array all, shown;
  for (const auto& [town, content] : told) all.push_back(json::array{town, sha256(content)});
  for (const auto& one : page.at("stands_on").at("reports").as_array())
    shown.push_back(json::array{one.at("organisation"), one.at("digest")});
  EXPECT_EQ(*origin.reported, (OfReports{2, 3, sha256(canonical_json(all))}));
  EXPECT_EQ(origin.reported->digest, sha256(canonical_json(shown)));
  expect_in(get("/aoba/office/sheets/aoba.sheet-2023"),
            {"2024-04-10 の終わりまでの報告（3 組織のうち 2 組織）から計算", "/aoba/office/kpi/decisions?as_of=2024-04-10"});
  expect_in(get("/aoba/office/sheets/aoba.sheet-2023/indicators/1"), {origin.reported->digest.c_str()});
  EXPECT_NE(get("/aoba/office/sheets/aoba.sheet-2023.csv").find(",2,3," + origin.reported->digest), std::string::npos);
  EXPECT_NE(get("/aoba/office/sheets/aoba.sheet-2023.json").find(origin.reported->digest), std::string::npos);
  publish_sheet();
  expect_in(get("/aoba/sheets/aoba.sheet-2023"), {"/aoba/kpi/decisions?as_of=2024-04-10"});
  expect_clean();
}

TEST_P(TakenReportedTest, ComputesAgainFromTheReportsOfItsDayAlone) {
  reports("minato", 13);
  reports("aoi", 24);
  next_day();
  ASSERT_EQ(take("35").status, 303);
  reports("minato", 400);
  next_day("2024-05-02T09:00:00+09:00");
  reports("aoi", 500);
  const YearValues taken = values();
  EXPECT_EQ(places_of([](Origin&) {}), std::vector<std::string>{});
  const std::string place = "/indicators/0/lines/0/yearly/2024/origin";
  using Places = std::vector<std::string>;
  EXPECT_EQ(places_of([](Origin&) {}, 40), Places{place});
  EXPECT_EQ(places_of([](Origin& one) { one.n = 40; }), Places{place});
  EXPECT_EQ(places_of([](Origin& one) { one.reported->digest = std::string(64, 'a'); }), Places{place + "/reported"});
  EXPECT_EQ(places_of([](Origin& one) { one.reported->organisations = 1; }), Places{place + "/reported"});
  EXPECT_EQ(places_of([](Origin& one) { one.records += 1; }), Places{place + "/at"});
  EXPECT_EQ(places_of([](Origin& one) { one.at.us -= 1; }), Places{place + "/at"});
  EXPECT_EQ(places_of([](Origin& one) { one.at.us += 86'400'000'000; }), Places{place + "/at"}) << "another day had more records";
  auto of_today = [&](Origin& one) {
    one.at = Time{end_of_day_jst(text::jst_date(clock.now())).us - 1};
    one.records = database->read([](db::Reader& reader) { return evidence::record_count(reader); }).value();
  };
  EXPECT_EQ(places_of(of_today), Places{place + "/at"}) << "a day that is not over";
  EXPECT_EQ(places_of([](Origin& one) { one.reported.reset(); }), Places{place}) << "the own log says something else";
  EXPECT_EQ(values(), taken);
  expect_clean();
}

TEST_P(TakenReportedTest, AFollowUpTakesItToo) {
  plan();
  reports("minato", 13);
  reports("aoi", 24);
  next_day();
  expect_in(get(kEntry), {"name=\"line-progress-take\" value=\"35\"", "（2 組織のうち 2 組織）"});
  EXPECT_EQ(take_in_entry("30").status, 422) << "another figure";
  auto saved = take_in_entry("35");
  ASSERT_EQ(saved.status, 303) << saved.bytes();
  const FollowUpKey key{"1-1", {2024, 1}};
  const auto told = follow_ups().entry(kPlan, key, View{.drafts = true}).value().back().entry.lines.at("progress");
  ASSERT_TRUE(told.origin && told.origin->reported);
  EXPECT_EQ(told.origin->reported->of, 2);
  expect_in(get("/aoba/office/plans/aoba.data-plan/measures/1-1/follow-up"), {"（2 組織のうち 2 組織）から計算"});
  ASSERT_OK(follow_ups().sign_off(kPlan, key, 1, lead("officer-bbbbbb")));
  ASSERT_OK(follow_ups().publish(kPlan, follow_ups().state(kPlan, View{.drafts = true}).value().cutoff, lead("officer-bbbbbb")));
  expect_in(get("/aoba/plans/aoba.data-plan/measures/1-1"), {"/aoba/kpi/decisions?as_of=2024-04-10"});
  auto csv = text::read_csv(get("/aoba/plans/aoba.data-plan/targets.csv"));
  ASSERT_OK(csv);
  EXPECT_EQ(csv->rows[0].size(), csv->rows[1].size());
  EXPECT_EQ(csv->rows[0].back(), "reports");
  EXPECT_EQ(csv->rows[1].back(), told.origin->reported->digest);
  expect_clean();
}

TEST_P(TakenReportedTest, WhatIsHiddenOnThePageIsNotOnOffer) {
  reports("minato", 3);
  reports("aoi", 4, false);
  next_day();
  EXPECT_TRUE(data("/aoba/kpi/decisions.json?as_of=2024-04-10").at("fiscal_years").as_array().empty());
  const std::string page = get(kEdit);
  EXPECT_EQ(page.find("v-2024-take"), page.npos);
  expect_in(page, {"なし、または少ないため非表示"});
  EXPECT_EQ(take("3").status, 422);
  EXPECT_EQ(take("5").status, 422);
  EXPECT_FALSE(values().actual);
  // Of two towns, each with too few: together as the page has it. Beside one that shows its own, the few of another are not added.
  reports("mori", 4);
  next_day("2024-04-12T09:00:00+09:00");
  EXPECT_EQ(data("/aoba/kpi/decisions.json?as_of=2024-04-11").at("fiscal_years").at(0).at("value").to_number<double>(), 5);
  expect_in(get(kEdit), {"name=\"v-2024-take\" value=\"5\""});
  reports("mori", 40);
  next_day("2024-04-13T09:00:00+09:00");
  expect_in(get(kEdit), {"name=\"v-2024-take\" value=\"40\""});
}

TEST_P(TakenReportedTest, AReportThatNobodyCanReadLeavesNothingToTakeAndSaysSo) {
  plan();
  auto pack = read_indicators(pack_text({definition_text("own-count", R"({"kind":"count","records":"records.later"})", false)}));
  ASSERT_OK(pack);
  ASSERT_OK(Definitions(*database).import_pack(*pack, {}, "officer-aaaaaa"));
  reports("minato", 13);
  reports("aoi", 24);
  next_day();
  ASSERT_EQ(take("35").status, 303);
  const YearValues taken = values();
  damage("aoi");
  next_day("2024-04-12T09:00:00+09:00");
  for (const char* page : {kEdit, kEntry}) {
    const std::string form = get(page);
    expect_in(form, {"ほかの組織の報告から計算した値は、いま使えません", "この日の値は示せません"});
    EXPECT_EQ(form.find("-take\""), form.npos) << page;
  }
  for (const auto& refused : {take("35"), take_in_entry("35")}) {
    EXPECT_EQ(refused.status, 422);
    EXPECT_TRUE(says(refused, "この日の値は示せません"));
  }
  EXPECT_EQ(values(), taken) << "what was taken stands";
  EXPECT_TRUE(follow_ups().entry(kPlan, {"1-1", {2024, 1}}, View{.drafts = true}).value().empty()) << "nothing of it is kept";
  EXPECT_EQ(places_of([](Origin&) {}), std::vector<std::string>{"/indicators/0/lines/0/yearly/2024/origin/reported"});
  auto offers = Offers::read(database, {kCounted, "own-count"}, clock.now());
  ASSERT_OK(offers);
  EXPECT_FALSE(offers->of(kCounted, {2024, 0}));
  EXPECT_EQ(offers->of("own-count", {2024, 0})->number, 3) << "the own log does not depend on the towns";
  EXPECT_EQ(type_over("36").status, 422) << "a figure computes, though not now: another one says why";
  EXPECT_TRUE(says(type_over("36"), std::string(reason_needed(true).ja)));
  EXPECT_EQ(values(), taken);
  EXPECT_EQ(type_over("36", "報告が届かないため").status, 303);
  EXPECT_EQ(values().typed_reason->ja, "報告が届かないため");
  EXPECT_EQ(type_over("36").status, 303);
  EXPECT_EQ(values().typed_reason->ja, "報告が届かないため") << "a form without a field for it leaves it";
  const Line row = draft()->indicator("1")->lines[0];
  EXPECT_TRUE(offers->is_missing(row, 2024));
  EXPECT_TRUE(offers->is_missing(row, 2015)) << "before the own log began; others may have reported it";
  EXPECT_FALSE(offers->is_missing(row, 2025)) << "a year to come";
  Line other = row;
  other.unit = Text{"人", "people"};
  EXPECT_FALSE(offers->is_missing(other, 2024)) << "nothing of that unit is ever on offer";
  EXPECT_EQ(sheets()
                .undo(kSheet, {PartKind::kIndicator, "1"}, draft()->part({PartKind::kIndicator, "1"})->revision, "officer-aaaaaa")
                .error()
                .name,
            "sheet.faults")
      << "what does not compute again is not put back";
}

// A write that refuses for another reason reads no reports for that.
TEST_P(TakenReportedTest, WhatWasAnsweredBeforeAFaultIsNotAskedAgain) {
  plan();
  reports("minato", 13);
  reports("aoi", 24);
  next_day();
  ASSERT_EQ(take("35").status, 303);
  const auto taken = taken_in(draft()->sheet, nullptr);
  ASSERT_EQ(taken.size(), 1u);
  auto looked = looked_at(*database, [&](db::Reader& reader, Recomputed& out) -> Result<void> {
    TRY(out.faults_of(reader, taken));
    return Error{Code::kInvalid, "sheet.faults", {}, {}};
  });
  ASSERT_OK(looked);
  damage("aoi");
  next_day("2024-04-12T09:00:00+09:00");
  auto faults = [&](Recomputed& asked) {
    return database->read([&](db::Reader& reader) { return asked.faults_of(reader, taken); }).value().size();
  };
  Recomputed anew;
  EXPECT_EQ(faults(*looked), 0u);
  EXPECT_EQ(faults(anew), 1u);
}

TEST_P(TakenReportedTest, AnActAsksForSoManyDaysAtMost) {
  reports("minato", 13);
  reports("aoi", 24);
  next_day();
  ASSERT_EQ(take("35").status, 303);
  std::vector<Taken> all(kReportedDaysAtOnce + 3, taken_in(draft()->sheet, nullptr).at(0));
  for (std::size_t i = 0; i < all.size(); ++i) {  // of days before there were records
    all[i].where = "/row/" + std::to_string(i);
    all[i].origin.at.us -= std::int64_t(i + 60) * 86'400'000'000;
    all[i].origin.records = 0;
  }
  Recomputed anew;
  auto faults = database->read([&](db::Reader& reader) { return anew.faults_of(reader, all); });
  ASSERT_OK(faults);
  EXPECT_EQ(std::count_if(faults->begin(), faults->end(), [](const Fault& fault) { return fault.where.ends_with("/at"); }), 3);
}

TEST(AtOnce, AdmitsSoManyAndFreesTheirPlaces) {
  std::atomic<int> count = 0;
  std::optional<AtOnce> first, second;
  first.emplace(count, 1);
  second.emplace(count, 1);
  EXPECT_TRUE(first->admitted());
  EXPECT_FALSE(second->admitted());
  second.reset();
  first.reset();
  EXPECT_TRUE(AtOnce(count, 1).admitted());
  EXPECT_EQ(count, 0);
}

// Where too many ask for days that are not at hand, the form says so instead of waiting.
TEST_P(TakenReportedTest, WhereTheSumIsNotReadyTheOffersSayWhy) {
  class Halting final : public Forwarding {
   public:
    Halting(db::Database& inner, std::shared_future<void> until) : Forwarding(inner), until_(std::move(until)) {}

   private:
    Result<void> read_erased(std::function<Result<void>(db::Reader&)> closure) override {
      static thread_local int questions = 0;  // which definitions, which day, and the reports
      if (questions++ > 1) until_.wait_for(std::chrono::seconds(30));
      return Forwarding::read_erased(std::move(closure));
    }
    std::shared_future<void> until_;
  };
  reports("minato", 13);
  next_day();
  std::promise<void> answer;
  const std::shared_ptr<db::Database> slow = std::make_shared<Halting>(*database, answer.get_future().share());
  std::atomic<int> missing = 0, offered = 0;
  std::vector<std::jthread> askers;
  for (int i = 0; i < kPastAtOnce + 2; ++i)
    askers.emplace_back([&] {
      auto offers = Offers::read(slow, {kCounted}, clock.now());
      if (!offers.ok()) return;
      if (offers->of(kCounted, {2024, 0})) ++offered;
      if (offers->missing() && offers->missing()->name == "kpi.busy" && ++missing == 2) answer.set_value();
    });
  askers.clear();
  EXPECT_EQ(missing, 2);
  EXPECT_EQ(offered, kPastAtOnce);
}

TEST(Origin, AnOlderOneReadsAndKeepsItsBytes) {
  const std::string old = R"({"at":"2024-04-10T00:00:00.000000Z","definition":")" + std::string(64, 'a') +
                          R"(","indicator":"decisions","n":20,"period":"2024","records":31})";
  std::vector<Fault> faults;
  const Origin origin = read_origin(parse_json(old).value(), "/origin", faults);
  EXPECT_TRUE(faults.empty());
  EXPECT_FALSE(origin.reported);
  EXPECT_EQ(canonical_json(to_json(origin)), old);
  Origin reported = origin;
  reported.reported = OfReports{2, 3, std::string(64, 'b')};
  EXPECT_EQ(read_origin(to_json(reported), "/origin", faults), reported);
  EXPECT_TRUE(faults.empty());
  json::object bad = to_json(reported);
  bad["reported"] = json::object{{"organisations", 0}, {"digest", "short"}, {"more", 1}};
  read_origin(bad, "/origin", faults);
  std::set<std::string> places;
  for (const auto& fault : faults) places.insert(fault.where);
  EXPECT_EQ(places, (std::set<std::string>{"/origin/reported/digest", "/origin/reported/more", "/origin/reported/of",
                                           "/origin/reported/organisations"}));
}

}  // namespace
}  // namespace musubi::kpi
