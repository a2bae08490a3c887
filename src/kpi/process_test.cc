#include "kpi/process.h"

#include <map>
#include <numeric>
#include <random>

#include "kpi/computed.h"
#include "kpi/kpi_test_support.h"

namespace musubi::kpi {
namespace {

constexpr std::string_view kFacts[] = {"procedure", "step", "outcome", "ms"};
const evidence::RecordType kOpened{"records.case_opened", 1, evidence::Visibility::kOfficers, "x", "x", kFacts};
const evidence::RecordType kDone{"records.step_done", 1, evidence::Visibility::kOfficers, "x", "x", kFacts};
const evidence::RecordType kDecided{"records.decided", 1, evidence::Visibility::kOfficers, "x", "x", kFacts};
const evidence::RecordType kNotice{"records.notice_issued", 1, evidence::Visibility::kOfficers, "x", "x", kFacts};
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
  for (const char* sql :
       {"UPDATE kpi_trace SET seconds = '0 1 2'", "UPDATE kpi_trace SET since = since + 1", "UPDATE kpi_trace SET ended = ended + 1",
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

TEST_P(ProcessTest, EverybodySeesWholeFivesOfAGroup) {
  int n = 0;
  for (int i = 0; i < 9; ++i) straight(++n, 10 + i);
  for (int i = 0; i < 7; ++i) open_case(++n), decide(n);
  for (int i = 0; i < 3; ++i) open_case(++n), step(n, "check", "returned", 5), decide(n);
  for (int i = 0; i < 4; ++i) open_case(++n);
  Flow all = flow(Audience::kEverybody);
  EXPECT_EQ(all.cases, 10) << "five of nine, five of seven, none of three";
  EXPECT_TRUE(all.left_out);
  EXPECT_EQ(all.reworked, 0);
  ASSERT_TRUE(edge(all, "case_opened", "decided"));
  EXPECT_EQ(edge(all, "case_opened", "decided")->n, 5);
  ASSERT_TRUE(edge(all, "case_opened", "step_done:check"));
  EXPECT_EQ(edge(all, "case_opened", "step_done:check")->waiting, (Waiting{5, 720, 840, 3600})) << "those that ended first";
  EXPECT_EQ(all.known, 20) << "of 23";
  EXPECT_EQ(flow(Audience::kOfficers).cases, 23);
  EXPECT_EQ(flow(Audience::kOfficers).known, 23);
  EXPECT_FALSE(flow(Audience::kOfficers).left_out);
}

TEST_P(ProcessTest, AFewCasesOfAProcedureAreNoProcedureForEverybody) {
  for (int n = 0; n < 4; ++n) straight(n, 10);
  Discovery everybody(Audience::kEverybody), officers(Audience::kOfficers);
  for (const auto& trace : traces()) everybody.add(trace), officers.add(trace);
  EXPECT_TRUE(everybody.flows().empty());
  EXPECT_EQ(officers.flows().size(), 1u);
}

TEST_P(ProcessTest, NoDifferenceOfTwoPeriodsIsAboutFewCases) {
  int n = 0;
  auto month = [&](const char* day, int cases) {
    clock.set(at(day));
    for (int i = 0; i < cases; ++i) straight(++n, 10);
  };
  month("2024-05-05T09:00:00+09:00", 9);
  month("2024-06-05T09:00:00+09:00", 4);
  const int may = 2024 * 12 + 4;
  EXPECT_EQ(flow(Audience::kEverybody, {"", may, may}).cases, 5);
  EXPECT_EQ(flow(Audience::kEverybody, {"", may, may + 1}).cases, 5);
  EXPECT_EQ(flow(Audience::kEverybody, {"", may, may + 1}).known, 5) << "nine and four, each month rounded down by itself";
  EXPECT_EQ(flow(Audience::kOfficers, {"", may, may + 1}).cases, 13);
  EXPECT_EQ(flow(Audience::kOfficers, {"move-in", may + 1, may + 1}).cases, 4);
  EXPECT_EQ(flow(Audience::kOfficers, {"other", {}, {}}).cases, 0);
  ASSERT_OK(Traces(*database).catch_up());
  EXPECT_EQ(flow(Audience::kOfficers, {"move-in", may + 1, {}}).cases, 4);
}

// Everything that everybody may see of a look, month by month: ways with their cases and times, and what is known in all.
using Look = std::map<std::string, std::vector<std::int64_t>>;
Look look_of(const std::vector<Trace>& traces) {
  std::map<int, Discovery> months;
  for (const auto& trace : traces) months.try_emplace(trace.month, Audience::kEverybody).first->second.add(trace);
  Look out;
  for (const auto& [month, discovery] : months)
    for (const auto& flow : discovery.flows()) {
      const std::string in = std::to_string(month) + " " + flow.procedure;
      out[in] = {flow.known};
      for (const auto& one : flow.variants) out[in + " way " + one.words] = {one.cases, one.lead.median_s, one.lead.total_s};
      for (const auto& one : flow.edges)
        out[in + " edge " + one.from + ">" + one.to] = {one.n, one.waiting.n, one.waiting.median_s, one.waiting.total_s};
      for (const auto& one : flow.steps)
        out[in + " step " + one.step] = {one.waiting.n, one.again, one.back, one.waiting.p90_s, one.waiting.total_s};
    }
  return out;
}

// Cases that begin, go their ways, end and are written to after their end, one record at a time, and a look after each record.
TEST_P(ProcessTest, TwoLooksNeverTellOfAFewCases) {
  std::mt19937 random(7);
  std::vector<std::vector<int>> waiting(60);  // what is still to come of each case
  for (auto& one : waiting) one = random() % 3 ? std::vector<int>{0, 1, 3, 4} : std::vector<int>{0, 2, 1, 3};
  std::vector<Look> looks;
  std::vector<std::size_t> open(waiting.size());
  std::iota(open.begin(), open.end(), 0);
  std::size_t reach = 12;
  while (!open.empty()) {
    const std::size_t at = random() % std::min(reach, open.size()), n = open[at];
    const int next = waiting[n].front();
    waiting[n].erase(waiting[n].begin());
    clock.advance_us(kMinute_us * (1 + random() % 600));
    if (next == 0) open_case(int(n));
    if (next == 1) step(int(n), "check", "passed", 1);
    if (next == 2) step(int(n), "check", "sent_back", 1);
    if (next == 3) decide(int(n));
    if (next == 4) happens(kNotice, stream(int(n)), {});
    if (waiting[n].empty()) open.erase(open.begin() + std::ptrdiff_t(at));
    looks.push_back(look_of(traces()));
    if (looks.size() % 50 == 0) ASSERT_OK(Traces(*database).catch_up());
  }
  std::int64_t shown = 0;
  for (std::size_t i = 1; i < looks.size(); ++i)
    for (const auto& [what, figures] : looks[i]) {
      EXPECT_EQ(figures[0] % 5, 0) << what;
      auto before = looks[i - 1].find(what);
      const std::int64_t came = figures[0] - (before == looks[i - 1].end() ? 0 : before->second[0]);
      EXPECT_TRUE(came == 0 || came >= 5) << what << " " << came;
      shown += came;
      if (came > 0) continue;
      EXPECT_EQ(figures, before->second) << what << ": nothing of it moves where fewer than five came";
    }
  EXPECT_GT(shown, 100);
  for (std::size_t i = 0; i + 1 < looks.size(); ++i)
    for (const auto& [what, figures] : looks[i]) EXPECT_TRUE(looks[i + 1].contains(what)) << what << ": nothing is taken back";
  // A past day is a look at the first records: the same, whatever the tables hold.
  const std::uint64_t first = 1;  // the record that opened the log
  for (int round = 0; round < 2; ++round) {
    for (std::size_t i = 0; i < looks.size(); i += 17)
      EXPECT_EQ(look_of(traces({"", {}, {}, first + i + 1})), looks[i]) << i << " round " << round;
    while (*Traces(*database).catch_up()) {}
  }
  EXPECT_TRUE(findings().empty());
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
