// Definitions that an organisation makes: checked, saved, revised, withdrawn, erased.
#include "kpi/definitions.h"

#include "evidence/erase.h"
#include "kpi/gather.h"
#include "kpi/kpi_test_support.h"
#include "kpi/test_indicators.h"

namespace musubi::kpi {
namespace {

constexpr std::string_view kFacts[] = {"procedure", "outcome", "ms"};
const evidence::RecordType kDecided{"records.decided", 1, evidence::Visibility::kOfficers, "x", "x", kFacts};
const KnownTypes kKnown = {{"records.decided", &kDecided}};

IndicatorPack pack_of(std::initializer_list<std::string> definitions) {
  auto read = read_indicators(pack_text(definitions));
  CHECK(read.ok());
  return std::move(read).value();
}
const std::string kCount = definition_text("own-count", R"({"kind":"count","records":"records.decided","by":"outcome"})");

class DefinitionsTest : public KpiTest {
 protected:
  Definitions own() { return Definitions(*database); }
  std::vector<Definition> saved() {
    auto all = database->read([](db::Reader& reader) { return own_definitions(reader); });
    EXPECT_TRUE(all.ok());
    return all.ok() ? *all : std::vector<Definition>();
  }
};

TEST_P(DefinitionsTest, SavedRevisedAndWithdrawnAsRecords) {
  auto first = own().import_pack(pack_of({kCount}), kKnown, "officer-aaaaaa");
  ASSERT_OK(first);
  EXPECT_EQ(first->defined, std::vector<std::string>{"own-count"});
  auto again = own().import_pack(pack_of({kCount}), kKnown, "officer-aaaaaa");
  ASSERT_OK(again);
  EXPECT_FALSE(again->changed());
  auto revised = own().import_pack(pack_of({definition_text("own-count", R"({"kind":"count","records":"records.decided"})")}), kKnown,
                                   "officer-bbbbbb");
  ASSERT_OK(revised);
  EXPECT_EQ(revised->revised.size(), 1u);
  ASSERT_EQ(saved().size(), 1u);
  EXPECT_EQ(saved()[0].revision, 2);
  EXPECT_TRUE(saved()[0].indicator.formula.of.by.empty());
  EXPECT_FALSE(own().withdraw("own-count", "officer-aaaaaa", 1).ok()) << "revised since it was looked at";
  ASSERT_OK(own().withdraw("own-count", "officer-aaaaaa", 2));
  EXPECT_TRUE(saved().empty());
  EXPECT_EQ(own().withdraw("own-count", "officer-aaaaaa", 3).error().name, "kpi.unknown_indicator");
  auto back = own().import_pack(pack_of({kCount}), kKnown, "officer-aaaaaa");
  ASSERT_OK(back);
  EXPECT_EQ(back->defined.size(), 1u);
  auto history = own().history("own-count");
  ASSERT_OK(history);
  ASSERT_EQ(history->size(), 4u);
  EXPECT_EQ((*history)[0].kind, EntryKind::kEntered);
  EXPECT_EQ((*history)[1].kind, EntryKind::kWithdrawn);
  EXPECT_EQ((*history)[2].actor, "officer-bbbbbb");
  expect_clean();
}

TEST_P(DefinitionsTest, RefusedWithEveryFault) {
  auto pack = pack_of(
      {definition_text("availability", R"({"kind":"count","records":"records.decided"})"),
       definition_text(
           "b",
           R"({"kind":"ratio","of":{"records":"records.decided","where":{"colour":1}},"to":{"records":"records.decided","fact":"size"},"by":["outcome","shape"]})"),
       definition_text("c", R"({"kind":"count","records":"moon.landed","by":"crater"})")});
  auto done = own().import_pack(pack, kKnown, "officer-aaaaaa");
  ASSERT_FALSE(done.ok());
  std::set<std::string> where;
  for (const auto& fault : done.error().faults) where.insert(fault.where);
  EXPECT_EQ(where, (std::set<std::string>{"/indicators/0/id", "/indicators/1/formula/of", "/indicators/1/formula/to",
                                          "/indicators/1/formula/by"}));
  EXPECT_EQ(reading_of(pack, kKnown).unwritten, std::vector<std::string>{"moon.landed"});
  EXPECT_TRUE(saved().empty());
}

TEST_P(DefinitionsTest, TwoOfficersAtOnce) {
  auto seen = own().preview(pack_of({kCount}), kKnown);
  ASSERT_OK(seen);
  ASSERT_OK(own().import_pack(pack_of({definition_text("other", R"({"kind":"count","records":"records.decided"})")}), kKnown,
                              "officer-bbbbbb"));
  auto done = own().import_pack(pack_of({kCount}), kKnown, "officer-aaaaaa", seen->standing);
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().name, "kpi.definitions_changed");
  EXPECT_EQ(saved().size(), 1u);
}

TEST_P(DefinitionsTest, RecordsThatNobodyWritesYetAreLegal) {
  ASSERT_OK(own().import_pack(pack_of({definition_text("own-moon", R"({"kind":"count","records":"moon.landed"})")}), kKnown,
                              "officer-aaaaaa"));
  auto all = database->read([](db::Reader& reader) { return definitions(reader); });
  ASSERT_OK(all);
  auto gathered = Indicators(*database).gather(*all);
  ASSERT_OK(gathered);
  EXPECT_EQ(gathered->figures(*find_indicator(*all, "own-moon"), clock.now()).whole.why, Why::kNoRecords);
}

// A module was taken out of the program: what it recorded stays in the log, and counts.
TEST_P(DefinitionsTest, RecordsOfATypeThatIsGoneAreCounted) {
  const evidence::RecordType gone{"records.gone", 1, evidence::Visibility::kOfficers, "x", "x", kFacts};
  ASSERT_OK(database->write([&](db::Transaction& tx) -> Result<void> {
    for (int i = 0; i < 3; ++i)
      TRY(evidence::append(tx,
                           {gone, "records/gone/" + std::to_string(i), "officer-aaaaaa", "", {{"outcome", "grant"}}, json::object{}}));
    return {};
  }));
  auto pack = pack_of({definition_text("own-gone", R"({"kind":"count","records":"records.gone","by":"outcome"})", "false")});
  EXPECT_EQ(reading_of(pack, kKnown).unwritten, std::vector<std::string>{"records.gone"});
  ASSERT_OK(own().import_pack(pack, kKnown, "officer-aaaaaa"));
  auto all = database->read([](db::Reader& reader) { return definitions(reader); });
  ASSERT_OK(all);
  auto gathered = Indicators(*database).gather(*all);
  ASSERT_OK(gathered);
  EXPECT_EQ(gathered->figures(*find_indicator(*all, "own-gone"), clock.now(), Eyes::kOfficers).whole.value, 3);
  expect_clean();
}

TEST_P(DefinitionsTest, AnErasedDefinitionIsGoneAndFiguresOfOthersStay) {
  ASSERT_OK(own().import_pack(pack_of({kCount}), kKnown, "officer-aaaaaa"));
  auto history = own().history("own-count");
  ASSERT_OK(history);
  std::uint64_t index = std::uint64_t((*history)[0].record);
  auto touched = database->write([&](db::Transaction& tx) -> Result<std::vector<std::string>> {
    std::uint64_t records[] = {index};
    auto tables = TRY(Plans::erase_rows(tx, records));
    TRY(evidence::append(tx, {definition_record_types()[2], "test/erased", "operator"}));
    return tables;
  });
  ASSERT_OK(touched);
  EXPECT_EQ(std::count(touched->begin(), touched->end(), "kpi_definition"), 1);
  EXPECT_TRUE(saved().empty());
}

INSTANTIATE_TEST_SUITE_P(Both, DefinitionsTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

std::set<std::string> faults_in(const std::string& formula) {
  auto read = read_indicator_text(definition_text("t", formula));
  std::set<std::string> where;
  if (!read.ok())
    for (const auto& fault : read.error().faults) {
      where.insert(fault.where);
      EXPECT_FALSE(fault.message.ja.empty() || fault.message.en.empty());
    }
  return where;
}

TEST(Definition, WhatCannotBeReadHidesNoRule) {
  const std::string text = pack_text({definition_text("availability", R"({"kind":"count","records":"records.decided","surplus":1})"),
                                      definition_text("b", R"({"kind":"sum","records":"records.decided","fact":"size"})")});
  auto places = [&](bool own) {
    std::set<std::string> where;
    const auto read = read_indicators(text, kKnown, own);
    for (const auto& fault : read.error().faults) where.insert(fault.where);
    return where;
  };
  using Places = std::set<std::string>;
  EXPECT_EQ(places(true), (Places{"/indicators/0/id", "/indicators/0/formula/surplus", "/indicators/1/formula"}));
  EXPECT_EQ(places(false), (Places{"/indicators/0/formula/surplus", "/indicators/1/formula"}));
}

TEST(Definition, EveryFaultHasItsPlace) {
  using Places = std::set<std::string>;
  EXPECT_EQ(faults_in(R"({"kind":"count","records":"t.x"})"), Places{});
  EXPECT_EQ(faults_in(R"({"kind":"mean","records":"t.x"})"), Places{"/formula/kind"});
  EXPECT_EQ(faults_in(R"({"kind":"median","from":{"records":"t.a"},"open":"left_out"})"), Places{"/formula/until"});
  EXPECT_EQ(
      faults_in(R"({"kind":"median","from":{"records":"t.a","fact":"ms"},"until":{"records":"t.b"},"open":"maybe","pairs":"all"})"),
      (Places{"/formula/from", "/formula/open", "/formula/pairs"}));
  EXPECT_EQ(faults_in(R"({"kind":"median","from":{"records":"t.a"},"until":{"records":"t.b"}})"), Places{"/formula/open"})
      << "how open ones count must be said";
  EXPECT_EQ(faults_in(R"({"kind":"sum","from":{"records":"t.a"},"until":{"records":"t.b"},"records":"t.x","fact":"a"})"),
            (Places{"/formula/from", "/formula/until"}));
  EXPECT_EQ(faults_in(R"({"kind":"count","records":"t.x","by":["a","a","b","c"]})"), (Places{"/formula/by", "/formula/by/1"}));
  EXPECT_EQ(faults_in(R"({"kind":"count","records":"t.x","by":[1,"B"]})"), (Places{"/formula/by/0", "/formula/by/1"}));
  EXPECT_EQ(faults_in(R"({"kind":"distinct","records":"t.x","by":["a","b"]})"), Places{"/formula/values_of"});
  EXPECT_EQ(faults_in(R"({"kind":"percentile","records":"t.x","fact":"ms","percentile":0})"), Places{"/formula/percentile"});
  EXPECT_EQ(faults_in(R"({"kind":"percentile","records":"t.x","fact":"ms","percentile":90,"in":"days"})"), Places{"/formula/in"});
  EXPECT_EQ(faults_in(R"({"kind":"count","records":"t.x","in":"seconds"})"), Places{"/formula/in"});
}

TEST(Definition, WritesBackWhatItRead) {
  for (const auto& indicator : embedded_indicators()) {
    auto again = read_indicator_text(canonical_json(to_json(indicator)));
    ASSERT_TRUE(again.ok()) << indicator.id << again.error().faults[0].where;
    EXPECT_EQ(canonical_json(to_json(*again)), canonical_json(to_json(indicator)));
    EXPECT_EQ(again->formula.id(), indicator.formula.id());
  }
}

}  // namespace
}  // namespace musubi::kpi
