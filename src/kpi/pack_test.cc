#include "kpi/pack.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/file.h"
#include "kpi/json.h"
#include "kpi/line_rules.h"
#include "kpi/rules.h"
#include "kpi/test_plan.h"

namespace musubi::kpi {
namespace {

std::string basic_plan() { return read_file(MUSUBI_SOURCE_DIR "/packs/japan/basic-plan-2019/plan.json", kMaxPackBytes).value(); }

// The small pack with one member replaced (or removed, where `value` is empty).
std::string altered(const std::string& pointer, const std::string& value) {
  json::value pack = pack_of(small_plan());
  std::size_t slash = pointer.rfind('/');
  std::string last = pointer.substr(slash + 1);
  boost::system::error_code ec;
  json::value* parent = slash == 0 ? &pack : pack.find_pointer(pointer.substr(0, slash), ec);
  EXPECT_TRUE(parent) << pointer;
  if (auto* object = parent->if_object()) {
    if (value.empty())
      object->erase(last);
    else
      (*object)[last] = json::parse(value);
  } else {
    auto& array = parent->get_array();
    std::size_t at = std::stoul(last);
    if (at < array.size())
      array[at] = json::parse(value);
    else
      array.push_back(json::parse(value));
  }
  return pretty_json(pack);
}

struct Case {
  const char* pointer;
  const char* value;
  const char* where;  // of the one fault that is expected
};

const Case kCases[] = {
    {"/musubi_pack", "2", "/musubi_pack"},
    {"/musubi_pack", "", "/musubi_pack"},
    {"/kind", "\"sheet\"", "/kind"},
    {"/kind", "", "/kind"},
    {"/id", "\"noperiod\"", "/id"},
    {"/id", "\"Japan.Plan\"", "/id"},
    {"/id", "", "/id"},
    {"/version", "\"2019-02-30\"", "/version"},
    {"/version", "\"2019/06/14\"", "/version"},
    {"/title/en", "", "/title/en"},
    {"/title/ja", "\"  　\"", "/title/ja"},
    {"/summary", "\"one language\"", "/summary"},
    {"/source/date", "\"2019-13-01\"", "/source/date"},
    {"/source", "", "/source"},
    {"/surprise", "1", "/surprise"},
    {"/fields", "[]", "/fields"},
    {"/fields/2", "{\"id\": \"Energy_Use\", \"title\": {\"ja\": \"電力\", \"en\": \"Energy\"}}", "/fields/2/id"},
    {"/sections/2", "{\"id\": \"0\", \"title\": {\"ja\": \"節\", \"en\": \"Section\"}}", "/sections/2/id"},
    {"/sections/2", "{\"id\": \"1\", \"title\": {\"ja\": \"節\", \"en\": \"Section\"}}", "/sections/2/id"},
    {"/measures", "[]", "/measures"},
    {"/measures", "", "/measures"},
    {"/measures", "{}", "/measures"},
    {"/measures/0/number", "\"1.1\"", "/measures/0/number"},
    {"/measures/0/number", "\"2-9\"", "/measures/0/number"},
    {"/measures/1/number", "\"1-1\"", "/measures/1/number"},
    {"/measures/0/number", "7", "/measures/0/number"},
    {"/measures/0/field", "\"sports\"", "/measures/0/field"},
    // What could not be read may be what others name.
    {"/measures/0/section", "7", "/measures/0/section"},
    {"/sections/0/id", "7", "/sections/0/id"},
    {"/fields/0/id", "7", "/fields/0/id"},
    {"/measures/0/title", "", "/measures/0/title"},
    {"/measures/0/title/en", "\"a\\u0000b\"", "/measures/0/title/en"},
    {"/measures/0/colour", "\"red\"", "/measures/0/colour"},
    {"/measures/0/progress_kpi", "", "/measures/0/progress_kpi"},
    {"/measures/0/progress_kpi", "[]", "/measures/0/progress_kpi"},
    {"/measures/0/progress_kpi/status", "\"maybe\"", "/measures/0/progress_kpi/status"},
    {"/measures/0/progress_kpi", "{\"status\": \"set\"}", "/measures/0/progress_kpi/text"},
    {"/measures/0/progress_kpi/due", "{\"ja\": \"来年\", \"en\": \"next year\"}", "/measures/0/progress_kpi/due"},
    {"/measures/0/effect_kpi", "{\"status\": \"none\", \"text\": {\"ja\": \"あ\", \"en\": \"a\"}}", "/measures/0/effect_kpi/text"},
    {"/measures/0/target/value", "\"100\"", "/measures/0/target/value"},
    {"/measures/0/target/unit", "", "/measures/0/target/value"},
    {"/measures/0/target/value", "", "/measures/0/target/unit"},
    {"/measures/0/target/fiscal_year", "1899", "/measures/0/target/fiscal_year"},
    {"/measures/0/target/fiscal_year", "99999999999", "/measures/0/target/fiscal_year"},
    {"/measures/0/target/fiscal_year", "2020.5", "/measures/0/target/fiscal_year"},
    {"/measures/0/target/role", "\"wish\"", "/measures/0/target/role"},
    {"/measures/0/milestones", "", "/measures/0/milestones"},
    {"/measures/0/milestones/0/by", "\"summer\"", "/measures/0/milestones/0/by"},
    {"/measures/0/milestones/0/by", "\"2019-02-29\"", "/measures/0/milestones/0/by"},
    {"/measures/0/milestones/1", "{\"text\": {\"ja\": \"開始\", \"en\": \"Begin\"}, \"by\": \"FY2019\"}", "/measures/0/milestones/1"},
    {"/measures/0/systems", "[\"e-gov\", \"e-gov\"]", "/measures/0/systems/1"},
    {"/measures/0/systems", "[3]", "/measures/0/systems/0"},
    {"/measures/0/source", "", "/measures/0/source"},
    {"/measures/0/source/locator/ja", "\"\"", "/measures/0/source/locator/ja"},
    {"/measures/0/doubt", "{\"ja\": \"a\"}", "/measures/0/doubt/en"},
};

TEST(Pack, EachFaultIsFoundOnceAtItsPlace) {
  ASSERT_TRUE(check_pack(pretty_json(pack_of(small_plan()))).clean());
  for (const Case& one : kCases) {
    auto plan = read_plan(altered(one.pointer, one.value));
    ASSERT_FALSE(plan.ok()) << one.pointer << " " << one.value;
    EXPECT_EQ(plan.error().name, "pack.faults");
    ASSERT_EQ(plan.error().faults.size(), 1u) << one.pointer << " " << one.value << " also " << plan.error().faults[1].where
                                              << plan.error().faults[1].message.en;
    const Fault& fault = plan.error().faults[0];
    EXPECT_EQ(fault.where, one.where) << one.pointer << " " << one.value;
    EXPECT_FALSE(fault.message.ja.empty());
    EXPECT_FALSE(fault.message.en.empty());
  }
}

TEST(Pack, AllFaultsAtOnceByLine) {
  std::string text = R"({
  "musubi_pack": 1,
  "kind": "plan",
  "id": "aoba.plan",
  "version": "2024-02-30",
  "title": {"ja": "計画", "en": "Plan"},
  "summary": {"ja": "要約", "en": "Summary"},
  "source": {"title": {"ja": "計画", "en": "Plan"}, "publisher": {"ja": "町", "en": "Town"}, "date": "2024-04-01"},
  "fields": [{"id": "town", "title": {"ja": "町", "en": "Town"}}],
  "sections": [{"id": "1", "title": {"ja": "節", "en": "Section"}}],
  "measures": [
    {
      "number": "2-1",
      "section": "1",
      "field": "sea",
      "title": {"ja": "施策"},
      "progress_kpi": {"status": "none", "text": {"ja": "あ", "en": "a"}},
      "effect_kpi": {"status": "set", "text": {"ja": "い", "en": "b"}, "due": {"ja": "後", "en": "later"}},
      "systems": [],
      "source": {"locator": {"ja": "頁", "en": "page"}},
      "note": "?"
    }
  ]
})";
  auto check = check_pack(text);
  std::vector<std::pair<std::size_t, std::string>> found;
  for (const auto& fault : check.faults) found.emplace_back(fault.line, fault.pointer);
  std::vector<std::pair<std::size_t, std::string>> expected = {
      {5, "/version"},
      {12, "/measures/0/milestones"},  // missing: the line where its measure begins
      {13, "/measures/0/number"},
      {15, "/measures/0/field"},
      {16, "/measures/0/title/en"},
      {17, "/measures/0/progress_kpi/text"},
      {18, "/measures/0/effect_kpi/due"},
      {21, "/measures/0/note"},
  };
  EXPECT_EQ(found, expected);
  EXPECT_EQ(check.total, expected.size());
}

TEST(Pack, WhatIsNoJsonHasItsLine) {
  auto check = check_pack("{\n  \"id\": \"a.b\",\n  oops\n}");
  ASSERT_EQ(check.faults.size(), 1u);
  EXPECT_EQ(check.faults[0].line, 3u);
  check = check_pack("{\n  \"id\": \"a.b\",\n  \"id\": \"a.c\"\n}");
  ASSERT_EQ(check.faults.size(), 1u);
  EXPECT_EQ(check.faults[0].line, 3u);
  EXPECT_EQ(check_pack("[1]").total, 1u);
  EXPECT_EQ(check_pack("").total, 1u);
  EXPECT_EQ(check_pack("\xff").total, 1u);
}

TEST(Pack, LimitsAreFaults) {
  PlanDocument plan = small_plan();
  plan.measures[0].title.ja = std::string(kMaxTextBytes + 1, 'a');
  EXPECT_EQ(check_pack(pretty_json(pack_of(plan))).faults.at(0).pointer, "/measures/0/title/ja");

  plan = small_plan();
  Measure one = plan.measures[0];
  plan.measures.clear();
  for (std::size_t i = 1; i <= kMaxMeasures + 1; ++i) {
    one.number = "1-" + std::to_string(i);
    one.milestones.clear();
    plan.measures.push_back(one);
  }
  auto check = check_pack(canonical_json(pack_of(plan)));
  ASSERT_EQ(check.total, 1u);
  EXPECT_EQ(check.faults[0].pointer, "/measures");
  plan.measures.pop_back();
  EXPECT_TRUE(check_pack(canonical_json(pack_of(plan))).clean());

  EXPECT_EQ(read_plan(std::string(kMaxPackBytes + 1, ' ')).error().code, Code::kTooLarge);
}

TEST(Pack, ManyFaultsCostOneWalk) {
  PlanDocument plan = small_plan();
  Measure one = plan.measures[0];
  plan.measures.clear();
  for (std::size_t i = 1; i <= 2000; ++i) {
    one.number = "2-" + std::to_string(i);  // each belongs to section 1
    plan.measures.push_back(one);
  }
  auto check = check_pack(pretty_json(pack_of(plan)));
  EXPECT_EQ(check.total, 2000u);
  EXPECT_EQ(check.faults.size(), kShownFaults);
  EXPECT_LT(check.faults.front().line, check.faults.back().line);
}

TEST(Pack, LinesAgreeWithTheSlowWalkOfBase) {
  std::string text = basic_plan();
  std::vector<std::string> pointers = {
      "/id",           "/title/en", "/measures/0/number", "/measures/77/title/ja", "/measures/158/source/locator/en",
      "/measures/158", "/fields/3", "/sections/11/id"};
  auto lines = lines_of(text, pointers);
  for (std::size_t i = 0; i < pointers.size(); ++i) EXPECT_EQ(lines[i], line_of(text, pointers[i])) << pointers[i];
}

TEST(Pack, TheBasicPlanOf2019) {
  auto plan = read_plan(basic_plan());
  ASSERT_TRUE(plan.ok()) << plan.error().faults[0].where << plan.error().faults[0].message.en;
  EXPECT_EQ(plan->measures.size(), 159u);
  std::vector<Entry> entries;
  for (const auto& measure : plan->measures) entries.push_back(entry_of(measure));
  Counts counts = count(entries);
  // The counts that packs/japan/basic-plan-2019/README.md prints.
  std::size_t progress_set = 0, effect_set = 0, progress_none = 0, effect_none = 0;
  for (const auto& entry : entries) {
    progress_set += entry.progress == KpiStatus::kSet;
    effect_set += entry.effect == KpiStatus::kSet;
    progress_none += entry.progress == KpiStatus::kNone;
    effect_none += entry.effect == KpiStatus::kNone;
  }
  EXPECT_EQ(progress_set, 145u);
  EXPECT_EQ(counts.by_status[Status::kProgressNotSet], 10u);
  EXPECT_EQ(progress_none, 4u);
  EXPECT_EQ(effect_set, 131u);
  EXPECT_EQ(counts.by_status[Status::kEffectNotSet], 25u);
  EXPECT_EQ(effect_none, 3u);
  EXPECT_EQ(counts.by_status[Status::kTarget], 59u);
  EXPECT_EQ(counts.by_status[Status::kNoTarget], 100u);
  EXPECT_EQ(counts.by_field["cross-sector"], 76u);
  EXPECT_EQ(counts.by_section["8"], 28u);
}

// Which targets of the basic plan have rows, and why the others stand in words: what its README prints.
TEST(Pack, TheTargetsOfTheBasicPlan) {
  auto plan = read_plan(basic_plan());
  ASSERT_TRUE(plan.ok());
  enum class Why { kNoYear, kNotSet, kNoNumber };
  const std::map<std::string, Why> words = {{"4-2", Why::kNoYear},    {"8-25", Why::kNoYear},   {"9-2", Why::kNoYear},
                                            {"9-10", Why::kNoYear},   {"9-14", Why::kNoYear},   {"12-4", Why::kNoYear},
                                            {"9-9", Why::kNotSet},    {"5-4", Why::kNoNumber},  {"9-3", Why::kNoNumber},
                                            {"9-12", Why::kNoNumber}, {"9-15", Why::kNoNumber}, {"10-4", Why::kNoNumber}};
  std::size_t measures = 0, progress = 0, effect = 0, numbers = 0, final = 0, with_baseline = 0, plain = 0;
  for (const auto& measure : plan->measures) {
    auto rows = rows_of(measure);
    SCOPED_TRACE(measure.number);
    if (!measure.has_target() || words.contains(measure.number)) {
      EXPECT_TRUE(rows.empty());
      continue;
    }
    EXPECT_FALSE(rows.empty());
    measures += 1;
    bool same = !measure.target->value;
    for (const auto& row : rows) {
      const Line& line = *row.line;
      const SheetValue& target = line.final_target ? *line.final_target : *line.yearly.begin()->second.target;
      const int year = line.final_target ? *line.final_year : line.yearly.begin()->first;
      (row.effect ? effect : progress) += 1;
      numbers += target.number.has_value();
      final += line.final_target.has_value();
      with_baseline += line.baseline.has_value();
      EXPECT_EQ(line.yearly.size() + line.final_target.has_value(), 1u);
      EXPECT_EQ(line.computed, "");  // no indicator of the binary counts the same
      EXPECT_EQ(year, measure.target->fiscal_year.value_or(year));
      same = same || (target.number == measure.target->value && line.unit == measure.target->unit);
    }
    EXPECT_TRUE(same);  // the number and unit of the words
    plain += measure.target->value.has_value();
  }
  EXPECT_EQ(measures, 47u);
  EXPECT_EQ(plain, 32u);
  EXPECT_EQ(progress, 36u);
  EXPECT_EQ(effect, 35u);
  EXPECT_EQ(numbers, 69u);
  EXPECT_EQ(final, 39u);
  EXPECT_EQ(with_baseline, 9u);
  for (const auto& [number, why] : words) {
    SCOPED_TRACE(number);
    auto at = std::find_if(plan->measures.begin(), plan->measures.end(), [&](const auto& one) { return one.number == number; });
    ASSERT_NE(at, plan->measures.end());
    ASSERT_TRUE(at->has_target());
    const bool set = at->progress.status == KpiStatus::kSet || at->effect.status == KpiStatus::kSet;
    EXPECT_EQ(set, why != Why::kNotSet);
    EXPECT_FALSE(why == Why::kNoYear && at->target->fiscal_year);
    EXPECT_TRUE(why != Why::kNoNumber || (at->target->fiscal_year && !at->target->value));
  }
}

TEST(Pack, RoundTripsThroughItsWireForm) {
  auto plan = read_plan(basic_plan());
  ASSERT_TRUE(plan.ok());
  auto again = read_plan(canonical_json(pack_of(*plan)));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(*plan, *again);
  for (const auto& measure : plan->measures) EXPECT_EQ(stored_measure(canonical_json(to_json(measure))).value(), measure);
  EXPECT_EQ(stored_header(canonical_json(to_json(plan->header))).value(), plan->header);
}

}  // namespace
}  // namespace musubi::kpi
