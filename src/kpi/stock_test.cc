// The language of indicators against SQL written by hand, however the log is cut into passes; and what heads say.
#include "kpi/stock.h"

#include <algorithm>
#include <random>

#include "base/json.h"
#include "kpi/behind.h"
#include "kpi/definitions.h"
#include "kpi/gather.h"
#include "kpi/kpi_test_support.h"
#include "kpi/test_indicators.h"

namespace musubi::kpi {
namespace {

TEST(HeadFacts, AreThoseThatAParserOfJsonFinds) {
  const std::vector<std::string> names = {"a", "b", "c", "d", "missing"};
  for (std::string facts :
       {R"({})", R"({"a":1})", R"({"a":-5,"b":true,"c":"x","d":null})", R"({"a":"quote \" and \\","z":{"a":[1,{"b":"}"}]},"b":false})",
        R"({"a":9007199254740992,"c":"転入\n","d":1.5})", R"({"a":[1,2],"b":{"a":2},"c":""})"}) {
    std::string head = R"({"actor":"officer-\"facts\":{","at":"2024-04-10T00:00:00.000000Z","facts":)" + facts +
                       R"(,"manifest":"","n":1,"stream":"s","type":"t.x","v":1})";
    std::vector<FactSlot> slots(names.size());
    ASSERT_TRUE(read_facts(head, names, slots)) << head;
    auto parsed = json::parse(head).at("facts").as_object();
    for (std::size_t i = 0; i < names.size(); ++i) {
      const json::value* value = parsed.if_contains(names[i]);
      using Kind = FactSlot::Kind;
      bool same = !value               ? slots[i].kind == Kind::kNone
                  : value->is_int64()  ? slots[i].kind == Kind::kInteger && slots[i].integer == value->get_int64()
                  : value->is_bool()   ? slots[i].kind == Kind::kBoolean && slots[i].integer == value->get_bool()
                  : value->is_string() ? same_text(slots[i], value->get_string())
                                       : slots[i].kind == Kind::kOther;
      EXPECT_TRUE(same) << names[i] << " in " << head;
    }
  }
  std::vector<FactSlot> slots(names.size());
  for (std::string_view bad : {"", "{", "{}", R"({"facts":)", R"({"facts":{"a":1)", R"({"facts":{"a":}})",
                               R"({"type":"t","facts":{}})", "[]", R"({"facts":{"a")"})
    EXPECT_FALSE(read_facts(bad, names, slots)) << bad;
}

TEST(HeadFacts, PartsAreWholeCharactersWithoutControl) {
  std::string long_text;
  for (int i = 0; i < 50; ++i) long_text += "転";
  FactSlot slot{FactSlot::Kind::kText, 0, long_text};
  std::string part;
  append_part(part, slot);
  EXPECT_EQ(part, long_text.substr(0, 120));
  slot.text = R"(a\u001fb\u0000)";
  part.clear();
  append_part(part, slot);
  EXPECT_EQ(part, "a b ");
}

// The pure fold, fed by hand.
class NoPast : public Past {
 public:
  Result<std::optional<OpenPair>> open_pair(const std::string&, std::string_view) override { return std::optional<OpenPair>(); }
  Result<bool> began_before(const Series&, std::string_view, std::uint64_t) override { return began; }
  bool began = false;
};

struct Fed {
  explicit Fed(std::string_view formula)
      : indicator(test_indicator(formula)), stock(gatherer.add(indicator.formula, 0, UINT64_MAX, {})) {}
  void see(const char* type, const char* stream, std::int64_t minute, std::uint64_t counter = 1, std::string facts = "{}") {
    std::string head = R"({"actor":"x","at":"","facts":)" + facts + "}";
    ASSERT_OK(gatherer.see({next++, counter, stream, type, head, Time{base + minute * 60'000'000}}));
  }
  Figure whole(std::int64_t minute = 0) {
    CellsBySeries all = stock.released();
    merge(all, stock.held());
    return compute(indicator, all, {Time{base}, Time{base + minute * 60'000'000}}, Eyes::kOfficers).whole;
  }
  static constexpr std::int64_t base = 1'712'707'200'000'000;  // 2024-04-10T00:00:00Z
  Indicator indicator;
  NoPast past;
  Gatherer gatherer{past};
  Stock& stock;
  std::uint64_t next = 0;
};

constexpr const char* kFirstPair =
    R"({"kind":"median","from":{"records":"t.start"},"until":{"records":"t.end","where":{"outcome":"granted"}},"open":"left_out"})";

TEST(Pairs, FirstStartToTheFirstEndThatMeetsItsConditions) {
  Fed fed(kFirstPair);
  fed.see("t.end", "a", 0, 1, R"({"outcome":"granted"})");  // before any start
  fed.see("t.start", "a", 10, 2);
  fed.see("t.start", "a", 20, 3);
  fed.see("t.end", "a", 30, 4, R"({"outcome":"refused"})");
  fed.see("t.end", "b", 35, 1, R"({"outcome":"granted"})");
  fed.see("t.end", "a", 70, 5, R"({"outcome":"granted"})");
  fed.past.began = true;
  fed.see("t.start", "a", 80, 6);
  fed.see("t.end", "a", 500, 7, R"({"outcome":"granted"})");
  EXPECT_EQ(fed.whole().n, 1);
  EXPECT_DOUBLE_EQ(*fed.whole().value, 1.0);
  EXPECT_TRUE(fed.stock.pairs().empty());
}

TEST(Pairs, EachStartWithTheNextEnd) {
  Fed fed(R"({"kind":"median","from":{"records":"t.start"},"until":{"records":"t.end"},"pairs":"each","open":"left_out"})");
  for (int i = 0; i < 3; ++i) {
    fed.see("t.start", "a", i * 1000, 1);
    fed.see("t.start", "a", i * 1000 + 30, 2);
    fed.see("t.end", "a", i * 1000 + 60, 3);
  }
  EXPECT_EQ(fed.whole().n, 3);
  EXPECT_DOUBLE_EQ(*fed.whole().value, 1.0);
}

TEST(Pairs, OneRecordMayEndAPairAndBeginTheNext) {
  Fed fed(R"({"kind":"median","from":{"records":"t.tick"},"until":{"records":"t.tick"},"pairs":"each","open":"left_out"})");
  for (int i = 0; i < 5; ++i) fed.see("t.tick", "a", i * 120, std::uint64_t(i + 1));
  EXPECT_EQ(fed.whole().n, 4);
  EXPECT_DOUBLE_EQ(*fed.whole().value, 2.0);
}

TEST(Pairs, OpenOnesCountAsTheDefinitionSays) {
  for (auto [open, n, value] : {std::tuple{"left_out", 2, 1.0}, {"so_far", 5, 10.0}, {"longest", 5, -1.0}}) {
    Fed fed(std::string(R"({"kind":"percentile","percentile":50,"from":{"records":"t.start"},"until":{"records":"t.end"},"open":")") +
            open + "\"}");
    for (const char* stream : {"a", "b", "c", "d", "e"}) fed.see("t.start", stream, 0);
    for (const char* stream : {"a", "b"}) fed.see("t.end", stream, 60, 2);
    Figure figure = fed.whole(600);
    EXPECT_EQ(figure.n, n) << open;
    EXPECT_DOUBLE_EQ(figure.value.value_or(-1), value) << open;
    EXPECT_EQ(figure.why, value < 0 ? Why::kStillOpen : Why::kHasValue) << open;
  }
}

TEST(Pairs, AClockThatGoesBackMakesNoNegativeTime) {
  Fed fed(kFirstPair);
  fed.see("t.start", "a", 100);
  fed.see("t.end", "a", 40, 2, R"({"outcome":"granted"})");
  EXPECT_DOUBLE_EQ(fed.whole().value.value_or(-1), 0.0);
}

// A second that was begun counts, so that what takes milliseconds does not read as nothing.
TEST(Figures, TimesInSeconds) {
  EXPECT_EQ(bucket_of(0, true), 1);
  EXPECT_EQ(bucket_of(-5, true), 1);
  EXPECT_EQ(bucket_of(1'000, true), 1);
  EXPECT_EQ(bucket_of(1'001, true), 2);
  EXPECT_EQ(bucket_of(599'000, true), 599);
  EXPECT_EQ(bucket_of(659'000, true), 600) << "whole minutes from ten on";
  EXPECT_EQ(bucket_of(std::int64_t(36'000) * 1'000 + 3'599'000, true), 36'000) << "whole hours from ten on";
  EXPECT_LT(bucket_of(INT64_MAX, true), std::int64_t(1) << 28) << "what a cell can hold";
  for (auto [in, value] : {std::pair{"", 0.0}, {R"("in":"hours",)", 0.0}, {R"("in":"seconds",)", 3.0}}) {
    Fed fed(std::string(R"({"kind":"percentile","percentile":90,)") + in + R"("records":"t.x","fact":"ms"})");
    for (int i = 0; i < 9; ++i) fed.see("t.x", "s", 0, 1, R"({"ms":2500})");
    fed.see("t.x", "s", 0, 1, R"({"ms":90000})");
    EXPECT_EQ(*fed.whole().value, value) << in;
  }
  Fed pairs(R"({"kind":"median","in":"seconds","from":{"records":"t.start"},"until":{"records":"t.end"},"open":"so_far"})");
  for (const char* stream : {"a", "b", "c"}) pairs.see("t.start", stream, 0);
  pairs.see("t.end", "a", 2, 2);
  EXPECT_EQ(*pairs.whole(2).value, 120.0);
  EXPECT_EQ(*pairs.whole(60).value, 3600.0) << "those that are open, so far";
}

TEST(Figures, NothingToDivideByIsNoValueAndSaysSo) {
  Fed fed(R"({"kind":"ratio","of":{"records":"t.x","fact":"a"},"to":{"records":"t.x","fact":"b"}})");
  EXPECT_EQ(fed.whole().why, Why::kNoRecords);
  fed.see("t.x", "s", 0, 1, R"({"a":1,"b":0})");
  EXPECT_FALSE(fed.whole().value);
  EXPECT_EQ(fed.whole().why, Why::kNothingToDivideBy);
  fed.see("t.x", "s", 0, 1, R"({"a":1,"b":4})");
  EXPECT_DOUBLE_EQ(*fed.whole().value, 50.0);
}

TEST(Figures, FactsThatAreNoNumbersOrOutOfBoundsAreNotCounted) {
  Fed fed(R"({"kind":"sum","records":"t.x","fact":"a"})");
  for (const char* facts : {R"({"a":"5"})", R"({"a":1.5})", R"({})", R"({"a":9007199254740991})", R"({"a":null})"})
    fed.see("t.x", "s", 0, 1, facts);
  EXPECT_EQ(fed.whole().why, Why::kNoRecords);
  fed.see("t.x", "s", 0, 1, R"({"a":-7})");
  EXPECT_DOUBLE_EQ(*fed.whole().value, -7.0);
}

class LanguageTest : public KpiTest {
 protected:
  bool sqlite() const { return GetParam() == BackEnd::kSqlite; }
  std::string fact(const std::string& row, const std::string& name) const {
    if (sqlite()) return "json_extract(CAST(" + row + ".head AS TEXT), '$.facts." + name + "')";
    return "(convert_from(" + row + ".head, 'UTF8')::json -> 'facts' ->> '" + name + "')";
  }
  std::string number(const std::string& row, const std::string& name) const { return "CAST(" + fact(row, name) + " AS BIGINT)"; }
  std::string is_true(const std::string& row, const std::string& name) const {
    return fact(row, name) + (sqlite() ? " = 1" : " = 'true'");
  }
  std::int64_t sql(const std::string& text) {
    auto rows = database->read([&](db::Reader& reader) { return reader.query(text); });
    EXPECT_TRUE(rows.ok()) << (rows.ok() ? "" : rows.error().message.en) << text;
    return rows.ok() && !rows->empty() && !(*rows)[0].is_null(0) ? (*rows)[0].integer(0) : 0;
  }
  // Pairs by hand: minutes of each, ascending.
  std::vector<std::int64_t> minutes_of_first_pairs() {
    auto rows = database->read([&](db::Reader& reader) {
      return reader.query(
          "SELECT a.at, b.at FROM (SELECT stream, min(idx) AS i FROM evidence_record WHERE type = 't.start' GROUP BY stream) s "
          "JOIN evidence_record a ON a.idx = s.i JOIN evidence_record b ON b.idx = (SELECT min(e.idx) FROM evidence_record e "
          "WHERE e.stream = s.stream AND e.type = 't.end' AND e.idx > s.i AND " +
          fact("e", "outcome") + " = 'granted')");
    });
    EXPECT_TRUE(rows.ok());
    std::vector<std::int64_t> out;
    for (const auto& row : *rows) out.push_back(bucket_of((row.integer(1) - row.integer(0)) / 1000));
    std::sort(out.begin(), out.end());
    return out;
  }
  void random_records(std::mt19937& random, int count) {
    auto pick = [&](int n) { return int(random() % std::uint32_t(n)); };
    const char* procedures[] = {"move-in", "water", "転入", "a \"b\"", ""};
    for (int i = 0; i < count; ++i) {
      clock.set(Time{clock.now().us + (pick(20) == 0 ? -3'600'000'000 : std::int64_t(pick(400)) * 60'000'000)});
      std::string stream = "t/" + std::to_string(pick(40));
      const char* procedure = procedures[pick(5)];
      int kind = pick(4);
      auto done = database->write([&](db::Transaction& tx) -> Result<evidence::Appended> {
        if (kind == 0)
          return evidence::append(
              tx, {kStart, stream, "x", {}, {{"procedure", procedure}, {"online", pick(2) == 0}, {"amount", pick(100) - 20}}});
        if (kind == 1)
          return evidence::append(
              tx, {kEnd, stream, "x", {}, {{"outcome", pick(3) ? "granted" : "refused"}, {"ms", pick(1000) * 100'000}}});
        if (kind == 2) return evidence::append(tx, {kTick, stream, "x", {}, {{"month", "2024-05"}, {"ms", pick(1000)}}});
        return evidence::append(tx, {kOther, stream, "x"});
      });
      ASSERT_OK(done);
    }
  }
  void compare_with_sql(const std::vector<Indicator>& all) {
    auto gathered = Indicators(*database).gather(all);
    ASSERT_OK(gathered);
    auto figure = [&](const char* id) { return gathered->figures(*find_indicator(all, id), clock.now(), Eyes::kOfficers); };
    EXPECT_EQ(figure("t-count").whole.n,
              sql("SELECT count(*) FROM evidence_record r WHERE r.type = 't.start' AND " + is_true("r", "online")));
    EXPECT_EQ(figure("t-sum").whole.value.value_or(0), double(sql("SELECT CAST(sum(" + number("r", "amount") +
                                                                  ") AS BIGINT) FROM evidence_record r WHERE r.type = 't.start'")));
    EXPECT_EQ(figure("t-distinct").whole.value.value_or(0),
              double(sql("SELECT count(DISTINCT " + fact("r", "procedure") + ") FROM evidence_record r WHERE r.type = 't.start'")));
    std::int64_t starts = sql("SELECT count(*) FROM evidence_record WHERE type = 't.start'");
    if (starts > 0) {
      EXPECT_DOUBLE_EQ(
          *figure("t-ratio").whole.value,
          100.0 * double(sql("SELECT count(*) FROM evidence_record r WHERE r.type = 't.start' AND " + is_true("r", "online"))) /
              double(starts));
    }
    auto minutes = minutes_of_first_pairs();
    Computed median = figure("t-pair");
    EXPECT_EQ(median.whole.n, std::int64_t(minutes.size()));
    if (!minutes.empty()) { EXPECT_DOUBLE_EQ(*median.whole.value, double(minutes[(minutes.size() + 1) / 2 - 1]) / 60.0); }
    std::int64_t in_parts = 0, in_months = 0, in_years = 0;
    for (const auto& [part, one] : figure("t-two").parts) in_parts += one.n;
    for (const auto& [month, one] : figure("t-two").months) in_months += one.n;
    for (const auto& [year, one] : figure("t-two").years) in_years += one.n;
    EXPECT_EQ(in_parts, starts);
    EXPECT_EQ(in_months, starts);
    EXPECT_EQ(in_years, starts);
    EXPECT_EQ(figure("t-unwritten").whole.why, Why::kNoRecords);
  }

  static constexpr std::string_view kStartFacts[] = {"procedure", "online", "amount"}, kEndFacts[] = {"outcome", "ms"},
                                    kTickFacts[] = {"month", "ms"};
  const evidence::RecordType kStart{"t.start", 1, evidence::Visibility::kOfficers, "x", "x", kStartFacts};
  const evidence::RecordType kEnd{"t.end", 1, evidence::Visibility::kOfficers, "x", "x", kEndFacts};
  const evidence::RecordType kTick{"t.tick", 1, evidence::Visibility::kOfficers, "x", "x", kTickFacts};
  const evidence::RecordType kOther{"t.other", 1, evidence::Visibility::kOfficers, "x", "x", {}};
};

TEST_P(LanguageTest, StepByStepIsFromZeroIsSqlByHand) {
  auto pack = read_indicators(kTestPack);
  ASSERT_OK(pack);
  ASSERT_OK(Definitions(*database).import_pack(*pack, {}, "officer-aaaaaa"));
  for (unsigned seed : {1u, 2u}) {
    std::mt19937 random(seed);
    for (int cut = 0; cut < 5; ++cut) {
      random_records(random, 1 + int(random() % 60));
      auto all = database->read([](db::Reader& reader) { return definitions(reader); });
      ASSERT_OK(all);
      compare_with_sql(*all);
      ASSERT_OK(Indicators(*database).catch_up(*all, 1 + random() % 40));
      compare_with_sql(*all);
      auto findings = database->read([](db::Reader& reader) { return Indicators::verify_derived(reader); });
      ASSERT_OK(findings);
      EXPECT_TRUE(findings->empty()) << "seed " << seed << " cut " << cut << " " << (*findings)[0].where;
    }
  }
  auto all = database->read([](db::Reader& reader) { return definitions(reader); });
  while (*Indicators(*database).catch_up(*all, 50)) {}
  auto step_by_step = Indicators(*database).gather(*all);
  ASSERT_OK(database->write([](db::Transaction& tx) { return Indicators::forget(tx); }));
  auto from_zero = Indicators(*database).gather(*all);
  ASSERT_TRUE(step_by_step.ok() && from_zero.ok());
  EXPECT_EQ(step_by_step->released, from_zero->released);
  EXPECT_EQ(step_by_step->held, from_zero->held);
}

// What somebody changes in the tables is named, misleads nobody who reads figures where the position no longer holds, and is
// mended by gathering anew.
TEST_P(LanguageTest, APositionThatNoGatheringLeftIsNamedAndNotBuiltUpon) {
  auto pack = read_indicators(kTestPack);
  ASSERT_OK(pack);
  ASSERT_OK(Definitions(*database).import_pack(*pack, {}, "officer-aaaaaa"));
  std::mt19937 random(5);
  random_records(random, 120);
  auto all = database->read([](db::Reader& reader) { return definitions(reader); });
  ASSERT_OK(all);
  auto count = find_indicator(*all, "t-count")->formula.id(), pair = find_indicator(*all, "t-pair")->formula.id();
  auto findings = [&] {
    auto found = database->read([](db::Reader& reader) { return Indicators::verify_derived(reader); });
    EXPECT_TRUE(found.ok());
    std::vector<std::string> out;
    if (found.ok())
      for (const auto& one : *found) out.push_back(one.where);
    return out;
  };
  auto change = [&](const std::vector<std::string>& statements) {
    ASSERT_OK(database->write([&](db::Transaction& tx) -> Result<void> {
      for (const auto& statement : statements) TRY(tx.execute(statement));
      return {};
    }));
  };
  struct Case {
    std::vector<std::string> statements;
    std::string named;    // the start of a finding
    bool figures = true;  // they stay right all the same
    bool mended = true;   // by the next gathering
  };
  const std::string where = " WHERE series = '" + count + "'";
  const std::vector<Case> cases = {
      {{"UPDATE kpi_cell SET n = n + 5", "UPDATE kpi_series SET series = series || 'x'"}, "table kpi_cell series "},
      {{"UPDATE kpi_series SET series = 'other'" + where}, "table kpi_series series other"},
      {{"DELETE FROM kpi_series"}, "table kpi_cell series "},
      {{"DELETE FROM kpi_series" + where}, "table kpi_cell series " + count + ".of"},
      {{"UPDATE kpi_series SET position = position + 1000000"}, "table kpi_series series " + count},
      {{"UPDATE kpi_series SET position = -1" + where}, "table kpi_series series " + count},
      {{"UPDATE kpi_series SET position = 0" + where}, "table kpi_series series " + count},
      {{"INSERT INTO kpi_series (series, position) VALUES ('added', 3)"}, "table kpi_series series added"},
      {{"INSERT INTO kpi_cell (series, month, part, bucket, n, total) VALUES ('" + count + ".on', 24288, '', 0, 1, 0)"},
       "table kpi_cell series " + count + ".on",
       true,
       false},
      {{"INSERT INTO kpi_pair (formula, stream, since, part) VALUES ('added', 't/1', 0, '')"},
       "table kpi_pair series added",
       true,
       false},
      {{"UPDATE kpi_pair SET formula = 'added' WHERE formula = '" + pair + "'"}, "table kpi_pair series added", false, false},
      {{"UPDATE kpi_pair SET since = since + 1 WHERE formula = '" + pair + "'"}, "table kpi_pair series " + pair, false, false},
      {{"UPDATE kpi_cell SET n = n + 5 WHERE series LIKE '" + count + "%'"}, "table kpi_cell series " + count, false, false},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.statements.back());
    while (*Indicators(*database).catch_up(*all)) {}
    EXPECT_EQ(findings(), std::vector<std::string>{});
    change(one.statements);
    auto found = findings();
    EXPECT_TRUE(std::any_of(found.begin(), found.end(), [&](const auto& where) { return where.starts_with(one.named); }));
    if (one.figures) compare_with_sql(*all);
    random_records(random, 10);
    if (one.figures) compare_with_sql(*all);
    if (one.mended) {
      ASSERT_OK(Indicators(*database).catch_up(*all));
      EXPECT_EQ(findings(), std::vector<std::string>{});
      compare_with_sql(*all);
    }
    ASSERT_OK(database->write([](db::Transaction& tx) { return Indicators::forget(tx); }));
    EXPECT_EQ(findings(), std::vector<std::string>{}) << "as before the first gathering";
    compare_with_sql(*all);
  }
}

TEST_P(LanguageTest, TheSeriesOfAWithdrawnDefinitionStillFits) {
  auto pack = read_indicators(kTestPack);
  ASSERT_OK(pack);
  ASSERT_OK(Definitions(*database).import_pack(*pack, {}, "officer-aaaaaa"));
  std::mt19937 random(6);
  random_records(random, 60);
  ASSERT_OK(Indicators(*database).catch_up(pack->indicators));
  ASSERT_OK(Definitions(*database).withdraw("t-count", "officer-aaaaaa", 1));
  auto findings = database->read([](db::Reader& reader) { return Indicators::verify_derived(reader); });
  ASSERT_OK(findings);
  EXPECT_TRUE(findings->empty()) << (*findings)[0].where;
}

TEST_P(LanguageTest, TheRecordsBehindAFigureAreAsManyAsItSays) {
  auto pack = read_indicators(kTestPack);
  ASSERT_OK(pack);
  std::mt19937 random(7);
  random_records(random, 150);
  auto gathered = Indicators(*database).gather(pack->indicators);
  ASSERT_OK(gathered);
  std::size_t looked = 0;
  for (const auto& indicator : pack->indicators) {
    Computed computed = gathered->figures(indicator, clock.now(), Eyes::kOfficers);
    auto expect = [&](const FigureRef& ref, const Figure& figure) {
      auto behind = database->read(
          [&](db::Reader& reader) { return records_behind(reader, indicator, ref, gathered->size, clock.now(), 0, 1000); });
      ASSERT_OK(behind);
      EXPECT_EQ(std::int64_t(behind->total), figure.n) << indicator.id;
      EXPECT_EQ(behind->rows.size(), behind->total) << indicator.id;
      auto paged = database->read(
          [&](db::Reader& reader) { return records_behind(reader, indicator, ref, gathered->size, clock.now(), 1, 2); });
      ASSERT_OK(paged);
      if (behind->total > 2) { EXPECT_EQ(paged->rows[1].index, behind->rows[2].index); }
      ++looked;
    };
    expect({}, computed.whole);
    for (const auto& [month, figure] : computed.months) expect({.month = month}, figure);
    for (const auto& [year, figure] : computed.years) expect({.year = year}, figure);
    for (const auto& [part, figure] : computed.parts) expect({.part = part}, figure);
  }
  EXPECT_GT(looked, 20u);
}

TEST_P(LanguageTest, WhatThePublicSeesMovesByAtLeastFiveRecords) {
  auto pack = read_indicators(kTestPack);
  ASSERT_OK(pack);
  std::map<std::string, std::int64_t> before;
  std::mt19937 random(3);
  for (int i = 0; i < 60; ++i) {
    random_records(random, 1);
    if (i % 7 == 0) ASSERT_OK(Indicators(*database).catch_up(pack->indicators));
    auto gathered = Indicators(*database).gather(pack->indicators);
    ASSERT_OK(gathered);
    for (const auto& indicator : pack->indicators) {
      if (!indicator.persons) continue;
      auto shown = gathered->figures(indicator, clock.now()).whole;
      std::int64_t moved = shown.n - before[indicator.id];
      EXPECT_TRUE(moved == 0 || moved >= kSmallCell) << indicator.id << " " << moved;
      before[indicator.id] = shown.n;
    }
  }
  EXPECT_GE(before["t-two"], 10);
}

INSTANTIATE_TEST_SUITE_P(Both, LanguageTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

}  // namespace
}  // namespace musubi::kpi
