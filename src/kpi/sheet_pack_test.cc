#include "kpi/sheet_pack.h"

#include <gtest/gtest.h>

#include "kpi/sheet_json.h"
#include "kpi/sheet_rules.h"
#include "kpi/test_sheet.h"
#include "support/store_fixture.h"

namespace musubi::kpi {
namespace {

// The small pack with one member replaced (or removed, where `value` is empty).
std::string altered(const std::string& pointer, const std::string& value) {
  json::value pack = pack_of(small_sheet());
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
    {"/kind", "\"plan\"", "/kind"},
    {"/id", "\"noperiod\"", "/id"},
    {"/form", "\"letter\"", "/form"},
    {"/fiscal_year", "1850", "/fiscal_year"},
    {"/fiscal_year", "", "/fiscal_year"},
    {"/month", "\"2024-13\"", "/month"},
    {"/month", "\"2024\"", "/month"},
    {"/surprise", "1", "/surprise"},
    {"/goals/2", R"({"id": "online", "title": {"ja": "再", "en": "again"}})", "/goals/2/id"},
    {"/money/budget/1/kind", "\"initial\"", "/money/budget/1"},
    {"/money/budget/0/amount", "1.5", "/money/budget/0/amount"},
    {"/money/budget/0/amount", "9000000000000000", "/money/budget/0/amount"},
    {"/money/unit/ja", "\" \"", "/money/unit/ja"},
    {"/stance", R"({"category": "Ⅰ", "title": {"ja": "増", "en": "more"}, "notes": [{"ja": "a"}]})", "/stance/notes/0/en"},
    {"/indicators/0/goal", "\"sea\"", "/indicators/0/goal"},
    {"/indicators/3/number", "\"1\"", "/indicators/3/number"},
    {"/indicators/3/number", "\"4/5\"", "/indicators/3/number"},
    {"/indicators/0/lines", "[]", "/indicators/0/lines"},
    {"/indicators/0/mark", "\"イ\"", "/indicators/0/mark"},
    {"/indicators/0/fate", "\"replaced\"", "/indicators/0/fate_note"},
    {"/indicators/0/lines/0/yearly/23", "{}", "/indicators/0/lines/0/yearly/23"},
    {"/indicators/0/lines/0/yearly/2024", R"({"target": {}})", "/indicators/0/lines/0/yearly/2024/target"},
    {"/indicators/0/lines/0/yearly/2023/actual/number", "\"33\"", "/indicators/0/lines/0/yearly/2023/actual/number"},
    {"/indicators/0/lines/0/not_set_due", R"({"ja": "後", "en": "later"})", "/indicators/0/lines/0/not_set_due"},
    {"/indicators/0/lines/0/gathering", "\"most\"", "/indicators/0/lines/0/gathering"},
    {"/indicators/0/title/en", "\"a\\u0000b\"", "/indicators/0/title/en"},
    {"/programmes/0/indicators/1", "\"9\"", "/programmes/0/indicators/1"},
    {"/programmes/1/number", "\"1\"", "/programmes/1/number"},
    {"/programmes/0/review_numbers", "[]", "/programmes/0/review_numbers"},
    // What could not be read may be what others name.
    {"/indicators/0/number", "7", "/indicators/0/number"},
    {"/goals/0/id", "7", "/goals/0/id"},
    {"/goals/0", "\"1\"", "/goals/0"},
    {"/goals", "{}", "/goals"},
};

TEST(SheetPack, EachFaultIsFoundOnceAtItsPlace) {
  ASSERT_TRUE(check_sheet_pack(pretty_json(pack_of(small_sheet()))).clean());
  for (const Case& one : kCases) {
    auto sheet = read_sheet(altered(one.pointer, one.value));
    ASSERT_FALSE(sheet.ok()) << one.pointer << " " << one.value;
    ASSERT_EQ(sheet.error().faults.size(), 1u) << one.pointer << " " << one.value << " also " << sheet.error().faults[1].where;
    EXPECT_EQ(sheet.error().faults[0].where, one.where) << one.value;
    EXPECT_FALSE(sheet.error().faults[0].message.ja.empty());
    EXPECT_FALSE(sheet.error().faults[0].message.en.empty());
  }
}

TEST(SheetPack, WhatCannotBeReadHidesNoRule) {
  json::value pack = pack_of(small_sheet());
  pack.as_object()["surprise"] = 1;
  pack.at("indicators").at(3).as_object()["number"] = "1";
  pack.at("programmes").at(0).at("indicators") = json::array{7, "1", "9"};
  auto sheet = read_sheet(pretty_json(pack));
  ASSERT_FALSE(sheet.ok());
  std::set<std::string> where;
  for (const auto& fault : sheet.error().faults) where.insert(fault.where);
  EXPECT_EQ(where,
            (std::set<std::string>{"/surprise", "/indicators/3/number", "/programmes/0/indicators/0", "/programmes/0/indicators/2"}))
      << "at the places that they have in the pack";
}

TEST(SheetPack, APreAnalysisSheetHasNoMarks) {
  Sheet sheet = small_sheet();
  sheet.header.form = SheetForm::kPreAnalysis;
  std::vector<std::string> places;
  for (const auto& fault : faults_of(sheet)) places.push_back(fault.where);
  EXPECT_EQ(places, (std::vector<std::string>{"/judgement", "/indicators/0/mark", "/indicators/1/mark", "/indicators/2/mark",
                                              "/indicators/3/mark"}));
}

TEST(SheetPack, ALogicModelRunsForward) {
  Sheet sheet = small_sheet();
  auto& h = sheet.header;
  h.nodes = {{"a", Stage::kActivity, {"活動", "activity"}, {}},
             {"b", Stage::kOutput, {"産出", "output"}, {"4"}},
             {"c", Stage::kOutput, {"産出2", "output 2"}, {}},
             {"d", Stage::kLong, {"成果", "outcome"}, {"1"}}};
  h.links = {{"a", "b", {"よって", "thus"}}, {"b", "c", {"よって", "thus"}}, {"c", "d", {"よって", "thus"}}};
  EXPECT_TRUE(faults_of(sheet).empty());
  EXPECT_EQ(read_sheet(pretty_json(pack_of(sheet))).value(), sheet);
  json::value nameless = pack_of(sheet);
  nameless.at("logic").at("nodes").at(1).as_object()["id"] = 7;
  const auto unread = read_sheet(pretty_json(nameless));
  ASSERT_FALSE(unread.ok());
  ASSERT_EQ(unread.error().faults.size(), 1u) << "a link may name what could not be read: " << unread.error().faults[1].where;
  h.links.push_back({"c", "b", {"戻る", "back"}});
  ASSERT_EQ(faults_of(sheet).size(), 1u);
  EXPECT_EQ(faults_of(sheet)[0].where, "/logic/links") << "a circle";
  EXPECT_NE(faults_of(sheet)[0].message.ja.find("産出（b） → 産出2（c） → 産出（b）"), std::string::npos)
      << faults_of(sheet)[0].message.ja;
  EXPECT_NE(faults_of(sheet)[0].message.en.find("output (b) → output 2 (c) → output (b)"), std::string::npos);
  h.links.back() = {"d", "a", {"戻る", "back"}};
  EXPECT_EQ(faults_of(sheet)[0].where, "/logic/links/3") << "back to an earlier stage";
  h.links.back() = {"d", "x", {"先", "on"}};
  EXPECT_EQ(faults_of(sheet)[0].where, "/logic/links/3/to");
  h.links.back() = {"a", "a", {"自分", "itself"}};
  EXPECT_NE(faults_of(sheet)[0].message.en.find("activity (a) → activity (a)"), std::string::npos);
  h.links.pop_back();
  h.nodes[3].qualitative = Text{"数えられない", "It cannot be counted"};
  h.no_stages = Text{"一段で足りる", "One stage is enough"};
  EXPECT_TRUE(faults_of(sheet).empty());
  EXPECT_EQ(read_sheet(pretty_json(pack_of(sheet))).value(), sheet);
  h.nodes[0].qualitative = h.nodes[3].qualitative;
  h.nodes.push_back({"e", Stage::kShort, {"成果2", "outcome 2"}, {}});
  ASSERT_EQ(faults_of(sheet).size(), 2u);
  EXPECT_EQ(faults_of(sheet)[0].where, "/logic/nodes/0/qualitative");
  EXPECT_EQ(faults_of(sheet)[1].where, "/logic/no_stages");
}

TEST(SheetPack, WritingAndReadingAgainChangesNothing) {
  for (const Sheet& sheet : embedded_sheets()) {
    auto again = read_sheet(canonical_json(pack_of(sheet)));
    ASSERT_OK(again);
    EXPECT_EQ(*again, sheet);
    EXPECT_EQ(edition_of(*again), edition_of(sheet));
    auto parts = sheet_of(parts_of(sheet));
    ASSERT_OK(parts);
    EXPECT_EQ(*parts, sheet) << "parts are in the order of the document";
  }
  Sheet other = small_sheet();
  other.indicators[0].lines[0].yearly[2023].actual->number = 34;
  EXPECT_NE(edition_of(other), edition_of(small_sheet()));
}

const Sheet& embedded(std::string_view id) {
  for (const Sheet& sheet : embedded_sheets())
    if (sheet.header.id == id) return sheet;
  static const Sheet none;
  ADD_FAILURE() << id;
  return none;
}

TEST(SheetPack, TheThreeSheetsAreWhole) {
  ASSERT_EQ(embedded_sheets().size(), 3u);
  const Sheet& evaluation = embedded("japan.soumu.31-10");
  EXPECT_EQ(evaluation.indicators.size(), 34u);
  std::map<Mark, int> marks;
  std::map<Fate, int> fates;
  std::string primary;
  for (const auto& one : evaluation.indicators) {
    ++marks[one.mark.value()];
    ++fates[one.fate.value()];
    if (one.primary) primary += one.number + " ";
  }
  EXPECT_EQ(marks, (std::map<Mark, int>{{Mark::kReached, 19}, {Mark::kNear, 4}, {Mark::kNotDue, 11}}));
  EXPECT_EQ(fates, (std::map<Fate, int>{{Fate::kKept, 3},
                                        {Fate::kDroppedReached, 17},
                                        {Fate::kMovedToProgramme, 5},
                                        {Fate::kDroppedNotSettable, 8},
                                        {Fate::kReplaced, 1}}));
  EXPECT_EQ(primary, "1 2 3 4 12 19 21 ");
  const Sheet& before = embedded("japan.soumu.29-8");
  EXPECT_EQ(before.indicators.size(), 10u);
  EXPECT_EQ(before.programmes.size(), 23u);
  EXPECT_EQ(before.programmes[22].review_numbers.at(2017), "新29-0004");
  EXPECT_EQ(embedded("japan.soumu.24-15").indicators.size(), 4u);
  for (const Sheet& sheet : embedded_sheets()) {  // every figure can be found in its document
    EXPECT_FALSE(sheet.header.locator.ja.empty());
    for (const auto& one : sheet.indicators) EXPECT_FALSE(one.locator.ja.empty()) << one.number;
  }
}

TEST(SheetPack, SumsReconcileOrAreListed) {
  std::vector<std::string> broken;
  std::size_t checked = 0;
  for (const Sheet& sheet : embedded_sheets())
    for (const auto& sum : check_sums(sheet)) {
      ++checked;
      if (!sum.reconciles())
        broken.push_back(sheet.header.id + " " + std::to_string(sum.fiscal_year) + " " + std::string(word_of(kAmountKinds, sum.kind)) +
                         " " + std::to_string(sum.printed) + " against " + std::to_string(sum.computed));
    }
  EXPECT_EQ(checked, 11u);
  // The programmes of the pre-analysis sheet never add up to the policy; both figures stand as they are printed.
  EXPECT_EQ(broken, (std::vector<std::string>{
                        "japan.soumu.29-8 2015 total 115528 against 130573", "japan.soumu.29-8 2015 executed 105222 against 120892",
                        "japan.soumu.29-8 2016 total 92480 against 86921", "japan.soumu.29-8 2016 executed 77120 against 54463",
                        "japan.soumu.29-8 2017 total 46550 against 66191"}));
}

}  // namespace
}  // namespace musubi::kpi
