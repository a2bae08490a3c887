#include "kpi/process.h"

#include "kpi/computed.h"
#include "kpi/kpi_test_support.h"

namespace musubi::kpi {
namespace {

constexpr std::string_view kFacts[] = {"procedure", "step", "outcome", "ms"};
const evidence::RecordType kOpened{"records.case_opened", 1, evidence::Visibility::kOfficers, "x", "x", kFacts};
const evidence::RecordType kDone{"records.step_done", 1, evidence::Visibility::kOfficers, "x", "x", kFacts};
const evidence::RecordType kDecided{"records.decided", 1, evidence::Visibility::kOfficers, "x", "x", kFacts};
const evidence::RecordType kElsewhere{"records.case_read", 1, evidence::Visibility::kOfficers, "x", "x", kFacts};

constexpr std::int64_t kMinute_us = 60'000'000;

class ProcessTest : public KpiTest {
 protected:
  void happens(const evidence::RecordType& type, const std::string& stream, json::object facts) {
    facts["procedure"] = procedure;
    auto done = database->write([&](db::Transaction& tx) {
      return evidence::append(tx, {type, stream, "officer-aaaaaa", {}, facts});
    });
    ASSERT_OK(done);
  }
  std::string stream(int n) { return "records/case/2024-" + std::to_string(100000 + n); }
  void open_case(int n) { happens(kOpened, stream(n), {}); }
  void step(int n, const char* id, const char* outcome, int minutes) {
    clock.advance_us(minutes * kMinute_us);
    happens(kDone, stream(n), {{"step", id}, {"outcome", outcome}});
  }
  void decide(int n) { happens(kDecided, stream(n), {{"outcome", "grant"}}); }
  void straight(int n, int minutes) {
    open_case(n);
    step(n, "check", "passed", minutes);
    decide(n);
  }
  std::vector<Trace> traces(const TraceQuery& query = {}) {
    std::vector<Trace> out;
    auto size = Traces(*database).each(query, true, [&](const Trace& trace) -> Result<void> {
      out.push_back(trace);
      return {};
    });
    EXPECT_TRUE(size.ok());
    return out;
  }
  Flow flow(Audience audience, const TraceQuery& query = {}) {
    Discovery discovery(audience);
    for (const auto& trace : traces(query)) discovery.add(trace);
    auto flows = discovery.flows();
    return flows.empty() ? Flow{} : flows[0];
  }
  std::vector<evidence::Finding> findings() {
    auto found = database->read([](db::Reader& reader) { return Traces::verify_derived(reader); });
    EXPECT_TRUE(found.ok());
    return found.ok() ? *found : std::vector<evidence::Finding>{};
  }
  const FlowEdge* edge(const Flow& flow, std::string_view from, std::string_view to) {
    for (const auto& one : flow.edges)
      if (one.from == from && one.to == to) return &one;
    return nullptr;
  }
  std::string procedure = "move-in";
};

TEST_P(ProcessTest, TheSameBeforeAndAfterGatheringHoweverSmallTheSteps) {
  for (int n = 0; n < 3; ++n) open_case(n);
  happens(kElsewhere, "records/read/2024-100000", {});
  for (int n = 0; n < 3; ++n) step(n, "check", n == 1 ? "returned" : "passed", 10);
  auto before = traces();
  ASSERT_EQ(before.size(), 3u);
  EXPECT_EQ(before[1].words, "case_opened step_done:check=returned");
  EXPECT_EQ(before[1].seconds, (std::vector<std::int64_t>{0, 1200}));
  while (*Traces(*database).catch_up(2)) {}
  EXPECT_EQ(traces(), before);
  EXPECT_TRUE(findings().empty());
  decide(2);  // one case moves on: the others stay as gathered
  auto after = traces();
  EXPECT_EQ(after[2].words, "case_opened step_done:check=passed decided=grant");
  EXPECT_EQ(after[0], before[0]);
  ASSERT_OK(Traces(*database).catch_up(2));
  EXPECT_EQ(traces(), after);
  EXPECT_TRUE(findings().empty());
  ASSERT_OK(database->write([](db::Transaction& tx) { return Traces::forget(tx); }));
  EXPECT_EQ(traces(), after);
}

TEST_P(ProcessTest, WhatWasTamperedWithIsNamed) {
  straight(1, 5);
  ASSERT_OK(Traces(*database).catch_up());
  EXPECT_TRUE(findings().empty());
  for (const char* sql : {"UPDATE kpi_trace SET seconds = '0 1 2'", "UPDATE kpi_trace SET since = since + 1",
                          "UPDATE kpi_path SET words = 'decided'", "DELETE FROM kpi_trace"}) {
    ASSERT_OK(database->write([&](db::Transaction& tx) -> Result<void> {
      TRY(tx.execute(sql));
      return {};
    }));
    EXPECT_FALSE(findings().empty()) << sql;
  }
}

TEST_P(ProcessTest, APositionThatNoGatheringLeftIsNamedAndNotBuiltUpon) {
  straight(1, 5);
  open_case(2);
  for (const char* sql : {"UPDATE kpi_trace_position SET position = position + 1000", "UPDATE kpi_trace_position SET position = -1",
                          "UPDATE kpi_trace_position SET id = 2", "DELETE FROM kpi_trace_position",
                          "INSERT INTO kpi_trace_position (id, position) VALUES (2, 1)"}) {
    SCOPED_TRACE(sql);
    ASSERT_OK(Traces(*database).catch_up());
    EXPECT_TRUE(findings().empty());
    auto before = traces();
    ASSERT_OK(database->write([&](db::Transaction& tx) -> Result<void> {
      TRY(tx.execute(sql));
      return {};
    }));
    ASSERT_EQ(findings().size(), 1u);
    EXPECT_EQ(findings()[0].where, "table kpi_trace_position");
    EXPECT_EQ(traces(), before);
    step(2, "check", "returned", 3);
    auto after = traces();
    ASSERT_EQ(after.size(), 2u);
    EXPECT_EQ(after[0], before[0]);
    EXPECT_EQ(after[1].words, before[1].words + " step_done:check=returned") << "the new record is counted, once";
    ASSERT_OK(Traces(*database).catch_up());
    EXPECT_TRUE(findings().empty()) << "gathering anew mends it";
    EXPECT_EQ(traces(), after);
  }
}

TEST_P(ProcessTest, EdgesStepsAndReworkAreCounted) {
  straight(1, 60);
  straight(2, 120);
  open_case(3);
  step(3, "check", "sent_back", 30);
  step(3, "applicant", "answered", 90);
  step(3, "check", "passed", 30);
  decide(3);
  Flow all = flow(Audience::kOfficers);
  EXPECT_EQ(all.cases, 3);
  EXPECT_EQ(all.closed, 3);
  EXPECT_EQ(all.reworked, 1);
  EXPECT_FALSE(all.left_out);
  ASSERT_TRUE(edge(all, "", "case_opened"));
  EXPECT_EQ(edge(all, "", "case_opened")->n, 3);
  EXPECT_EQ(edge(all, "case_opened", "step_done:check")->waiting, (Waiting{3, 3600, 7200, 1800 + 3600 + 7200}));
  EXPECT_EQ(edge(all, "decided", "")->n, 3);
  EXPECT_EQ(edge(all, "step_done:applicant", "step_done:check")->cases, 1);
  ASSERT_EQ(all.steps.size(), 2u);
  EXPECT_EQ(all.steps[0].step, "check");  // the bottleneck comes first
  EXPECT_EQ(all.steps[0].back, 1);
  EXPECT_EQ(all.steps[0].again, 1);
  EXPECT_EQ(all.steps[0].outcomes.at("passed"), 3);
  ASSERT_EQ(all.variants.size(), 2u);
  EXPECT_EQ(all.variants[0].cases, 2);
  EXPECT_TRUE(all.variants[1].reworked);
  EXPECT_EQ(all.lead.median_s, 7200);
}

TEST_P(ProcessTest, EverybodySeesGroupsOfFiveAndMoreOnly) {
  int n = 0;
  for (int i = 0; i < 9; ++i) straight(++n, 10);
  for (int i = 0; i < 7; ++i) open_case(++n), decide(n);
  for (int i = 0; i < 3; ++i) open_case(++n), step(n, "check", "returned", 5), decide(n);  // too few: hidden, and with them the seven
  open_case(++n);                                                                          // still open
  Flow all = flow(Audience::kEverybody);
  EXPECT_EQ(all.cases, 9);
  EXPECT_TRUE(all.left_out);
  EXPECT_EQ(all.reworked, 0);
  EXPECT_FALSE(edge(all, "case_opened", "decided"));
  for (const auto& one : all.edges) EXPECT_EQ(one.n, 9) << one.from << " " << one.to;
  EXPECT_EQ(all.known, 20);
  EXPECT_FALSE(all.more);
  EXPECT_EQ(flow(Audience::kOfficers).cases, 20);
}

TEST_P(ProcessTest, NoDifferenceOfTwoPeriodsIsAboutFewCases) {
  int n = 0;
  auto month = [&](const char* day, int cases) {
    clock.set(at(day));
    for (int i = 0; i < cases; ++i) straight(++n, 10);
  };
  month("2024-05-05T09:00:00+09:00", 6);
  month("2024-06-05T09:00:00+09:00", 2);
  const int may = 2024 * 12 + 4;
  EXPECT_EQ(flow(Audience::kEverybody, {"", may, may}).cases, 6);
  EXPECT_EQ(flow(Audience::kEverybody, {"", may, may + 1}).cases, 6);
  EXPECT_EQ(flow(Audience::kEverybody, {"", may, may + 1}).known, 6) << "the two of June are not told";
  EXPECT_TRUE(flow(Audience::kEverybody, {"", may, may + 1}).more);
  EXPECT_EQ(flow(Audience::kOfficers, {"", may, may + 1}).cases, 8);
  EXPECT_EQ(flow(Audience::kOfficers, {"move-in", may + 1, may + 1}).cases, 2);
  EXPECT_EQ(flow(Audience::kOfficers, {"other", {}, {}}).cases, 0);
  ASSERT_OK(Traces(*database).catch_up());
  EXPECT_EQ(flow(Audience::kOfficers, {"move-in", may + 1, {}}).cases, 2);
}

TEST_P(ProcessTest, AnEndlessCaseStaysSmall) {
  open_case(1);
  ASSERT_OK(database->write([&](db::Transaction& tx) -> Result<void> {
    for (std::size_t i = 0; i < kEventsAtMost + 20; ++i)
      TRY(evidence::append(
          tx, {kDone, stream(1), "officer-aaaaaa", {}, {{"procedure", procedure}, {"step", "a b=c:d"}, {"outcome", "x y"}}}));
    return {};
  }));
  auto all = traces();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].seconds.size(), kEventsAtMost + 1);
  EXPECT_EQ(read_path(all[0].words).size(), kEventsAtMost + 1);
  EXPECT_EQ(read_path(all[0].words)[1], (PathEvent{"step_done:a_b_c_d", "x_y"}));
  EXPECT_EQ(read_path(all[0].words).back().activity, "more");
  ASSERT_OK(Traces(*database).catch_up());
  EXPECT_EQ(traces(), all);
}

TEST(Waiting, NearestRank) {
  std::vector<std::int64_t> seconds;
  for (int i = 100; i > 0; --i) seconds.push_back(i);
  EXPECT_EQ(waiting_of(seconds), (Waiting{100, 50, 90, 5050}));
  EXPECT_EQ(waiting_of({7}), (Waiting{1, 7, 7, 7}));
  EXPECT_EQ(waiting_of({}), Waiting{});
}

INSTANTIATE_TEST_SUITE_P(Both, ProcessTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

}  // namespace
}  // namespace musubi::kpi
