// Figures of all that report are computed once for each state of their reports, and shown page by page.
#include "kpi/reported.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <thread>

#include "kpi/indicator_view.h"
#include "kpi/pages_test_support.h"
#include "kpi/report.h"

namespace musubi::kpi {
namespace {

// Whoever computes waits until something else happened: each thread's first question is which day it is.
class Halting final : public Forwarding {
 public:
  Halting(db::Database& inner, std::shared_future<void> until) : Forwarding(inner), until_(std::move(until)) {}
  static void lets_this_thread_go_on() { questions = -1000; }

 private:
  Result<void> read_erased(std::function<Result<void>(db::Reader&)> closure) override {
    if (questions++ > 0) until_.wait_for(std::chrono::seconds(30));
    return Forwarding::read_erased(std::move(closure));
  }

  static inline thread_local int questions = 0;
  std::shared_future<void> until_;
};

class ReportedTest : public KpiPagesTest {
 protected:
  void SetUp() override {
    KpiPagesTest::SetUp();
    if (HasFatalFailure()) return;
    auto made = make_report(*database, clock.now());
    ASSERT_OK(made);
    report_ = *made;
  }
  // A town with so many records of something that no person is behind.
  void reports(const std::string& town, std::int64_t n) {
    clock.advance_us(1'000'000);
    report_["at"] = clock.now().rfc3339();
    const Indicator& asked = *find_indicator("api-uses");
    report_["series"].as_object()[asked.formula.id() + ".of"] = json::array{json::array{12 * 2024 + 3, "api", 0, n, n}};
    report_["size"] = n;
    auto kept = keep_report(*database, town, {"町 " + town, "Town " + town}, report_, "service");
    ASSERT_OK(kept);
  }
  void put(const std::string& series, std::int64_t bucket, std::int64_t n) {
    report_["series"].as_object()[series] = json::array{json::array{12 * 2024 + 3, "jp.moving.move-in", bucket, n, n}};
  }
  // Takes the series of a formula out of the reports to come; how many these were.
  std::size_t without(const std::string& formula) {
    auto& series = report_["series"].as_object();
    return series.erase(formula + ".of") + series.erase(formula + ".open") + series.erase(formula);
  }
  void report_all(std::size_t towns) {
    for (std::size_t i = 0; i < towns; ++i) reports("town-" + std::to_string(100 + i), std::int64_t(10 * i + 10));
  }
  SharedReported now(std::optional<text::Date> day = std::nullopt, const std::shared_ptr<db::Database>& of = nullptr) {
    auto value = reported(of ? of : database, day, clock.now());
    EXPECT_TRUE(value.ok());
    return value.ok() ? *value : nullptr;
  }
  static double asked(const SharedReported& value) { return value->indicators.at("api-uses").together.whole.value.value_or(-1); }

 private:
  json::object report_;
};
INSTANTIATE_TEST_SUITE_P(Both, ReportedTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

TEST_P(ReportedTest, WhatStandsIsSharedUntilSomebodyReports) {
  EXPECT_TRUE(now()->reporters.empty());
  report_all(2);
  const auto first = now();
  EXPECT_EQ(asked(first), 30);
  EXPECT_EQ(first->indicators.at("api-uses").each.at(1).whole.value, 20);
  EXPECT_EQ(now(), first) << "the very same";
  const text::Date day = text::jst_date(clock.now());
  clock.advance_us(2 * 86'400'000'000);
  const auto past = now(day);
  EXPECT_EQ(asked(past), 30);
  reports("town-100", 90);
  EXPECT_EQ(asked(now()), 110);
  EXPECT_EQ(now(day), past) << "a day that is over stays";
  for (int more = 0; more < int(kPastDaysKept); ++more) now(text::jst_date(Time{clock.now().us - (2 + more) * 86'400'000'000 * 3}));
  EXPECT_NE(now(day), past) << "no more than a few stay in memory";
  EXPECT_EQ(asked(now(day)), 30);
  EXPECT_EQ(asked(now(text::jst_date(clock.now()))), 110) << "today is what is known now";
}

TEST_P(ReportedTest, AnotherStoreOfThatNameIsReadAnew) {
  report_all(1);
  const auto first = now();
  const std::shared_ptr<db::Database> another = std::make_shared<Forwarding>(*database);
  const auto second = now(std::nullopt, another);
  EXPECT_NE(second, first);
  EXPECT_EQ(now(std::nullopt, another), second);
  EXPECT_EQ(now(), first);
}

TEST_P(ReportedTest, ManyAreComputedInTheBackgroundOnceAMinute) {
  report_all(kAlwaysFresh);
  double sum = asked(now());
  reports("town-100", 1010);
  EXPECT_EQ(asked(now()), sum + 1000) << "few: at once";
  reports("town-999", 7);
  const auto many = now();
  EXPECT_EQ(asked(many), sum + 1007);
  reports("town-100", 10);
  EXPECT_EQ(now(), many) << "more: nobody waits";
  ASSERT_OK(keep_reported(database, clock.now()));
  const auto kept = now();
  EXPECT_EQ(asked(kept), sum + 7);
  reports("town-100", 20);
  clock.advance_us(kFresh_us - 2'000'000);
  ASSERT_OK(keep_reported(database, clock.now()));
  EXPECT_EQ(now(), kept) << "within the minute what was computed";
  clock.advance_us(1'000'000);
  ASSERT_OK(keep_reported(database, clock.now()));
  EXPECT_EQ(asked(now()), sum + 17);
}

TEST_P(ReportedTest, ManyStandNoLongerThanAWhileWhereNothingRenewsThem) {
  report_all(kAlwaysFresh + 1);
  const auto many = now();
  reports("town-100", 1010);
  clock.advance_us(kManyStand_us - 2'000'000);
  EXPECT_EQ(now(), many);
  clock.advance_us(1'000'000);
  EXPECT_EQ(asked(now()), asked(many) + 1000);
}

TEST_P(ReportedTest, FewAreNotComputedBeforeSomebodyAsks) {
  report_all(1);
  const auto one = now();
  reports("town-200", 5);
  ASSERT_OK(keep_reported(database, clock.now()));
  EXPECT_EQ(asked(now()), asked(one) + 5);
}

TEST_P(ReportedTest, AComputationEndsWhereTheServerStops) {
  report_all(kAlwaysFresh + 1);
  const auto before = now();
  reports("town-100", 1010);
  std::stop_source stopping;
  stopping.request_stop();
  ASSERT_OK(keep_reported(database, clock.now(), stopping.get_token()));
  EXPECT_EQ(now(), before);
  clock.advance_us(kFresh_us);
  ASSERT_OK(keep_reported(database, clock.now()));
  EXPECT_EQ(asked(now()), asked(before) + 1000);
}

TEST_P(ReportedTest, FewWaitForPastDays) {
  report_all(1);
  const text::Date day = text::jst_date(clock.now());
  clock.advance_us(2 * 86'400'000'000);
  std::promise<void> answer;
  std::shared_future<void> answered = answer.get_future().share();
  std::atomic<int> busy = 0, told = 0;
  const std::shared_ptr<db::Database> slow = std::make_shared<Halting>(*database, answered);
  std::vector<std::jthread> askers;
  for (int i = 0; i < kPastAtOnce + 3; ++i)
    askers.emplace_back([&] {
      auto value = reported(slow, day, clock.now());
      if (value.ok())
        ++told;
      else if (value.error().name == "kpi.busy" && ++busy == 3)
        answer.set_value();
    });
  askers.clear();
  EXPECT_EQ(busy, 3);
  EXPECT_EQ(told, kPastAtOnce);
  EXPECT_EQ(asked(now(day, slow)), 10);
}

// Who asks for other days keeps nobody from it.
TEST_P(ReportedTest, TheLastDayThatIsOverHasItsOwnTurn) {
  report_all(1);
  const text::Date earlier = text::jst_date(clock.now());
  clock.advance_us(86'400'000'000);
  reports("town-100", 20);
  const text::Date last = text::jst_date(clock.now());
  clock.advance_us(86'400'000'000);
  reports("town-100", 30);
  std::promise<void> answer;
  const std::shared_ptr<db::Database> slow = std::make_shared<Halting>(*database, answer.get_future().share());
  std::atomic<int> told = 0;
  std::vector<std::jthread> askers;
  for (int i = 0; i < kPastAtOnce; ++i) askers.emplace_back([&] { told += reported(slow, earlier, clock.now()).ok() ? 1 : 0; });
  auto value = std::async(std::launch::async, [&] {
    Halting::lets_this_thread_go_on();
    return asked(now(last, slow));
  });
  EXPECT_EQ(value.get(), 20);
  EXPECT_EQ(told, 0);
  answer.set_value();
  askers.clear();
  EXPECT_EQ(told, kPastAtOnce);
}

TEST_P(ReportedTest, TheLastDayThatIsOverIsComputedBeforeSomebodyAsks) {
  class Counting final : public Forwarding {
   public:
    using Forwarding::Forwarding;
    int reads = 0;

   private:
    Result<void> read_erased(std::function<Result<void>(db::Reader&)> closure) override {
      ++reads;
      return Forwarding::read_erased(std::move(closure));
    }
  };
  report_all(kAlwaysFresh + 1);
  const text::Date last = text::jst_date(clock.now());
  const double sum = asked(now());
  clock.advance_us(86'400'000'000);
  reports("town-100", 1010);
  const auto counting = std::make_shared<Counting>(*database);
  ASSERT_OK(keep_reported(counting, clock.now()));
  counting->reads = 0;
  EXPECT_EQ(asked(now(last, counting)), sum);
  EXPECT_EQ(counting->reads, 1) << "when the newest record was written, and no report";
}

TEST_P(ReportedTest, AnEmptySeriesOfPersonsIsNoneOrTooFew) {
  reports("minato", 10);
  const std::string of_persons = "card-sign-ins", of_things = "apis-published";
  ASSERT_TRUE(find_indicator(of_persons)->persons && !find_indicator(of_things)->persons);
  for (const std::string end : {"", "/organisations"}) {
    const auto page = send(http::Method::get, "/aoba/kpi/" + of_persons + end, {}, web::Language::en);
    EXPECT_TRUE(says(page, "None, or too few to show")) << end;
    EXPECT_FALSE(says(page, "No such records yet")) << end;
    EXPECT_NE(get("/aoba/kpi/" + of_persons + end).find("なし、または少ないため非表示"), std::string::npos) << end;
    EXPECT_TRUE(says(send(http::Method::get, "/aoba/kpi/" + of_things + end, {}, web::Language::en), "No such records yet")) << end;
  }
  const json::value data = json::parse(get("/aoba/kpi/" + of_persons + ".json"));
  EXPECT_EQ(data.at("why"), "none_or_few");
  EXPECT_EQ(data.at("organisations").at(0).at("why"), "none_or_few");
  EXPECT_FALSE(data.at("organisations").at(0).as_object().contains("n"));
}

// Its definition says so, and it is so.
TEST_P(ReportedTest, TheQuestionsOfANationCountAmongTheAnswersOfATown) {
  static constexpr std::string_view kFacts[] = {"asking", "service", "procedure", "outcome", "items", "ms"};
  static const evidence::RecordType kAnswered{"exchange.answered", 1, evidence::Visibility::kOfficers, "x", "x", kFacts};
  for (int i = 0; i < 15; ++i)
    ASSERT_OK(database->write([&](db::Transaction& tx) {
      return evidence::append(tx, {kAnswered,
                                   "exchange/answered/nation",
                                   "exchange",
                                   {},
                                   {{"service", i < 5 ? "residence" : "indicators"}, {"outcome", "ok"}}});
    }));
  EXPECT_EQ(json::parse(get("/aoba/kpi/exchanges-answered.json")).at("value"), 15);
  const auto page = send(http::Method::get, "/aoba/kpi/exchanges-answered", {}, web::Language::en);
  EXPECT_TRUE(says(page, "Each of the questions by which a nation regularly asks it for its figures counts as well."));
  EXPECT_NE(get("/aoba/kpi/exchanges-answered").find("国がこの組織に指標の値を定期に尋ねる照会も、一回を一件と数える。"),
            std::string::npos);
}

TEST_P(ReportedTest, OfRecordsThatNothingWritesThereAreNone) {
  const evidence::RecordType signed_in{"identity.resident_signed_in", 1, evidence::Visibility::kOfficers, "x", "x", {}};
  const KnownTypes written = {{std::string(signed_in.name), &signed_in}};
  context_->record_types = &written;
  reports("minato", 10);
  ASSERT_TRUE(find_indicator("mandates-used")->persons);
  for (const std::string end : {"", "/organisations"}) {
    const auto page = send(http::Method::get, "/aoba/kpi/mandates-used" + end, {}, web::Language::en);
    EXPECT_TRUE(says(page, "No such records yet")) << end;
    EXPECT_FALSE(says(page, "None, or too few to show")) << end;
    EXPECT_TRUE(says(send(http::Method::get, "/aoba/kpi/card-sign-ins" + end, {}, web::Language::en), "None, or too few to show"))
        << end;
  }
  EXPECT_EQ(json::parse(get("/aoba/kpi/mandates-used.json")).at("why"), "no_records");
}

TEST_P(ReportedTest, OfRecordsThatANewerProgramReportsOthersMayHaveAFew) {
  const KnownTypes written;
  context_->record_types = &written;
  reports("mori", 10);
  const json::value before = json::parse(get("/aoba/kpi/mandates-used.json"));
  EXPECT_EQ(before.at("organisations").at(0).at("why"), "no_records");
  put(find_indicator("mandates-used")->formula.id() + ".of", 0, 20);
  reports("minato", 10);
  const json::value data = json::parse(get("/aoba/kpi/mandates-used.json"));
  EXPECT_EQ(data.at("value"), 20);
  EXPECT_EQ(data.at("organisations").at(0).at("value"), 20);
  EXPECT_EQ(data.at("organisations").at(1).at("why"), "none_or_few");
  const auto page = send(http::Method::get, "/aoba/kpi/mandates-used/organisations", {}, web::Language::en);
  EXPECT_TRUE(says(page, "None, or too few to show"));
  EXPECT_FALSE(says(page, "No such records yet"));
}

TEST_P(ReportedTest, ChartsAndListsReadAsTheTables) {
  const std::string share = find_indicator("online-use-rate")->formula.id(),
                    wait = find_indicator("hours-to-decision-median")->formula.id();
  put(share + ".of", 0, 140);
  put(share + ".to", 0, 300);
  put(wait + ".of", 22, 400);
  reports("minato", 10);
  reports("mori", 10);
  const std::string page = get("/aoba/kpi/online-use-rate/organisations"), list = get("/aoba/kpi");
  EXPECT_NE(page.find("46.7"), page.npos);
  EXPECT_EQ(page.find("46.66"), page.npos);
  EXPECT_NE(list.find(">分<"), list.npos) << "the unit stands in its column";
  EXPECT_EQ(list.find("22 分"), list.npos);
}

TEST_P(ReportedTest, AReportOfBeforeAnIndicatorWasDefinedIsRead) {
  const std::string later = find_indicator("cards-put-into-use")->formula.id();
  ASSERT_GT(without(later), 0u);
  reports("minato", 10);
  const auto all = now();
  EXPECT_FALSE(all->left_out);
  EXPECT_EQ(asked(all), 10);
  EXPECT_TRUE(all->indicators.at("cards-changed").each.at(0).same);
  EXPECT_FALSE(all->indicators.at("cards-put-into-use").each.at(0).same);
  EXPECT_FALSE(all->indicators.at("cards-put-into-use").together.whole.value);
}

TEST_P(ReportedTest, ManyOrganisationsAreShownAPageAtATime) {
  report_all(kReportersShown);
  std::string page = get("/aoba/kpi/api-uses");
  EXPECT_NE(page.find("町 town-149"), page.npos) << "so many are named";
  reports("town-999", 7);
  clock.advance_us(kFresh_us);
  page = get("/aoba/kpi/api-uses");
  EXPECT_EQ(page.find("町 town-149"), page.npos);
  EXPECT_NE(page.find("51組織"), page.npos);
  EXPECT_NE(page.find("/aoba/kpi/api-uses/organisations\""), page.npos);
  auto rows = [&](const std::string& query) {
    const std::string table = get("/aoba/kpi/api-uses/organisations" + query);
    std::vector<std::string> out;
    for (std::size_t at = table.find("町 town-"); at != table.npos; at = table.find("町 town-", at + 1)) {
      std::string town = table.substr(at + std::string_view("町 town-").size(), 3);
      if (std::find(out.begin(), out.end(), town) == out.end()) out.push_back(town);
    }
    return out;
  };
  EXPECT_EQ(rows("").size(), 50u);
  EXPECT_EQ(rows("?page=2"), std::vector<std::string>{"999"});
  EXPECT_EQ(rows("?sort=-n&per_page=2"), (std::vector<std::string>{"149", "148"}));
  EXPECT_EQ(rows("?sort=n&per_page=1"), std::vector<std::string>{"999"});
  EXPECT_EQ(rows("?q=town-12").size(), 10u);
  get("/aoba/kpi/api-uses/organisations?sort=odd", 422);
  get("/aoba/kpi/api-uses/organisations?asof=2024-04-01", 422);
  EXPECT_EQ(json::parse(get("/aoba/kpi/api-uses/organisations.json")).at("organisations").as_array().size(), 51u);
}

}  // namespace
}  // namespace musubi::kpi
