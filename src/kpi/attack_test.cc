// Every indicator of the binary over one town, side by side: what the public sees of several must not tell what none shows.
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>

#include "base/check.h"
#include "kpi/definitions.h"
#include "kpi/disclosure.h"
#include "kpi/hidden.h"
#include "kpi/report.h"
#include "kpi/stock.h"
#include "kpi/taken.h"
#include "kpi/test_indicators.h"
#include "kpi/test_past.h"
#include "text/csv.h"

namespace musubi::kpi {
namespace {

class NoPast : public Past {
 public:
  Result<std::optional<OpenPair>> open_pair(const std::string&, std::string_view) override { return std::optional<OpenPair>(); }
  Result<bool> began_before(const Series&, std::string_view, std::uint64_t) override { return false; }
};

// Shown counts by the figure they belong to: "whole", "month 24000", "part procedure=move-in"; each with its indicator.
using Counts = std::map<std::string, std::map<std::string, std::int64_t>>;

// Persons who file, are served or wait, and some who sign in; cases in the order of a real office, decided or not.
class Town {
 public:
  explicit Town(unsigned seed) : random_(seed) {
    for (const auto& one : embedded_indicators())
      if (one.persons) indicators_.push_back(one);
    std::set<std::string> known;
    for (const auto& one : indicators_)
      if (known.insert(one.formula.id()).second) gatherer_.add(one.formula, 0, UINT64_MAX, {});
  }

  void day() {
    now_us_ += 86'400'000'000 * std::int64_t(1 + random_() % 3);
    for (unsigned i = random_() % 6; i > 0; --i) file();
    for (auto one = open_.begin(); one != open_.end();) one = random_() % 3 == 0 ? decide(one) : std::next(one);
    if (random_() % 2) see("identity.resident_signed_in", "r", "{}");
  }
  Counts published(bool rounded) const {
    CellsBySeries cells;
    for (const auto& stock : gatherer_.stocks()) merge(cells, stock->released());
    Counts out;
    for (const auto& one : indicators_) {
      Computed shown = figures_of(one, pools_of(one, cells, {Time{kFirst}, Time{now_us_}}));
      hide_small_cells(shown);
      if (rounded) round_counts(shown);
      enter(out["whole"], one, shown.whole);
      for (const auto& [month, figure] : shown.months) enter(out["month " + std::to_string(month)], one, figure);
      for (const auto& [year, figure] : shown.years) enter(out["year " + std::to_string(year)], one, figure);
      for (const auto& [part, figure] : shown.parts) enter(out["part " + one.formula.of.by[0] + "=" + part], one, figure);
    }
    return out;
  }

 private:
  struct Case {
    std::string stream, procedure;
    bool claimed = false;
  };
  using Place = std::vector<Case>::iterator;

  static void enter(std::map<std::string, std::int64_t>& out, const Indicator& one, const Figure& figure) {
    if (figure.suppressed) return;
    out[one.id + " n"] = figure.n;
    if (!figure.value) return;
    if (one.formula.kind == FormulaKind::kSum) out[one.id + " sum"] = std::llround(*figure.value);
    if (figure.top < 0) return;
    out[one.id + " top"] = std::llround(*figure.value * double(figure.n) / 100);  // as a reader of the page would have it
    out[one.id + " rest"] = figure.n - out[one.id + " top"];
  }
  void see(const char* type, const std::string& stream, const std::string& facts) {
    std::string head = R"({"actor":"x","at":"","facts":)" + facts + "}";
    auto seen = gatherer_.see({next_++, ++counters_[stream], stream, type, head, Time{now_us_}});
    CHECK(seen.ok());
  }
  void file() {
    static const char* kProcedures[] = {"move-in", "move-in", "move-out", "insurance", "allowance", "water"};
    Case one{"case/" + std::to_string(next_), kProcedures[random_() % 6]};
    std::string procedure = R"("procedure":")" + one.procedure + "\"";
    see("procedures.submitted", "basket" + one.stream, R"({"event":"moving","filings":)" + std::to_string(1 + random_() % 4) + "}");
    see("procedures.filed", "filing" + one.stream, "{" + procedure + "}");
    if (random_() % 8) see("procedures.delivered", "filing" + one.stream, "{" + procedure + "}");
    see("records.case_opened", one.stream,
        "{" + procedure + R"(,"online":)" + (random_() % 4 ? "true" : "false") + R"(,"fields":10,"fetched":6})");
    open_.push_back(std::move(one));
  }
  Place decide(Place one) {
    std::string procedure = R"("procedure":")" + one->procedure + "\"";
    if (!one->claimed) {
      see("records.claimed", one->stream, "{" + procedure + "}");
      one->claimed = true;
      return std::next(one);
    }
    see("records.decided", one->stream,
        "{" + procedure + R"(,"ms":86400000,"outcome":")" + (random_() % 9 ? "grant" : "refuse") + "\"}");
    return open_.erase(one);
  }

  static constexpr std::int64_t kFirst = 1'712'707'200'000'000;
  std::mt19937 random_;
  std::vector<Indicator> indicators_;
  NoPast past_;
  Gatherer gatherer_{past_};
  std::map<std::string, std::uint64_t> counters_;
  std::vector<Case> open_;
  std::int64_t now_us_ = kFirst;
  std::uint64_t next_ = 0;
};

bool few(std::int64_t n) { return n != 0 && std::abs(n) < kSmallCell; }

// How many differences of two shown counts are of one to four: of two indicators at one figure, whichever contains the other,
// and of one indicator at two times.
std::size_t small_differences(const Counts& shown, const Counts& before) {
  std::size_t found = 0;
  for (const auto& [figure, counts] : shown) {
    for (auto a = counts.begin(); a != counts.end(); ++a)
      for (auto b = std::next(a); b != counts.end(); ++b) found += few(a->second - b->second);
    auto then = before.find(figure);
    if (then == before.end()) continue;
    for (const auto& [what, n] : counts)
      if (auto old = then->second.find(what); old != then->second.end()) found += few(n - old->second);
  }
  return found;
}

TEST(Attack, NoTwoIndicatorsOfATownTellOfAFew) {
  std::size_t unrounded = 0, parts_of_procedures = 0;
  for (unsigned seed = 0; seed < 3; ++seed) {
    Town town(seed);
    Counts before, bare_before;
    for (int day = 0; day < 100; ++day) {
      town.day();
      Counts shown = town.published(true), bare = town.published(false);
      EXPECT_EQ(small_differences(shown, before), 0u) << "seed " << seed << " day " << day;
      for (const auto& [figure, counts] : shown)
        for (const auto& [what, n] : counts) {
          EXPECT_EQ(n % kSmallCell, 0) << figure << " " << what;
          if (what.ends_with(" n")) { EXPECT_TRUE(n == 0 || n >= kSmallCell) << figure << " " << what; }
          parts_of_procedures += figure.starts_with("part procedure=");
        }
      unrounded += small_differences(bare, bare_before);
      before = std::move(shown);
      bare_before = std::move(bare);
    }
  }
  EXPECT_GT(unrounded, 200u) << "the attack finds something where counts are not rounded";
  EXPECT_GT(parts_of_procedures, 200u) << "not everything is hidden";
}

// ---- Definitions that said at first that they count no acts of persons ----

// How many cases were filed: 13 on the 11th, 3 on the 12th. Every fifth is released.
class CorrectedTest : public PastTest {
 protected:
  void define(const std::string& id, bool persons, int fields = 10) {
    auto pack = read_indicators(pack_text({definition_text(
        id,
        R"({"kind":"count","records":"records.case_opened","where":{"fields":)" + std::to_string(fields) + R"(},"by":"procedure"})",
        persons, R"(,"measures":[{"plan":"aoba.data-plan","number":"1-1"}])")}));
    ASSERT_OK(pack);
    ASSERT_OK(Definitions(*database).import_pack(*pack, {}, "officer-aaaaaa"));
  }
  void erase(const std::string& id, std::int64_t revision) {
    auto history = Definitions(*database).history(id);
    ASSERT_OK(history);
    for (const auto& one : *history)
      if (one.revision == revision)
        ASSERT_OK(database->write([&](db::Transaction& tx) -> Result<void> {
          const std::uint64_t records[] = {std::uint64_t(one.record)};
          TRY(Plans::erase_rows(tx, records));
          TRY(evidence::append(tx, {definition_record_types()[2], "test/erased", "operator"}));
          return {};
        }));
  }
  // Counts that the public sees of the indicator, wherever they stand.
  std::multiset<std::int64_t> counts(const std::string& id, const std::string& day) {
    std::multiset<std::int64_t> out;
    const std::string query = day.empty() ? "" : "?as_of=" + day;
    auto see = [&](const json::object& figure) {
      if (const auto* n = figure.if_contains("n")) out.insert(n->to_number<std::int64_t>());
      if (const auto* value = figure.if_contains("value"); value && value->is_number()) out.insert(value->to_number<std::int64_t>());
    };
    auto see_all = [&](const json::object& one) {
      see(one);
      for (const char* rows : {"months", "fiscal_years", "parts"})
        for (const auto& row : one.at(rows).as_array()) see(row.as_object());
    };
    see_all(json_of("/aoba/kpi/" + id + ".json" + query));
    const json::object list = json_of("/aoba/kpi.json" + query);
    for (const auto& one : list.at("indicators").as_array())
      if (std::string_view(one.at("id").as_string()) == id) see_all(one.as_object());
    for (const std::string& target : {"/aoba/kpi/" + id + ".csv" + query, "/aoba/kpi.csv" + query}) {
      const auto rows = text::read_csv(get(target).bytes()).value().rows;
      for (const auto& row : rows)
        if (row[0] == id)
          for (std::size_t at : {4, 5})
            if (!row[at].empty()) out.insert(std::stoll(row[at]));
    }
    for (const std::string& page :
         {"/aoba/kpi/" + id + query, "/aoba/kpi/" + id + "/organisations" + query, "/aoba/kpi/" + id + "/organisations.csv" + query}) {
      std::string shown(get(page).bytes());
      for (int exact : {13, 16})
        for (const std::string& words : {">" + std::to_string(exact) + " n<", ">" + std::to_string(exact) + "<",
                                         "," + std::to_string(exact) + ",", " " + std::to_string(exact) + " records"})
          if (shown.find(words) != shown.npos) out.insert(exact);
    }
    return out;
  }
  static bool exact(const std::multiset<std::int64_t>& all) {
    return std::any_of(all.begin(), all.end(), [](std::int64_t n) { return n % kSmallCell != 0; });
  }
};

TEST_P(CorrectedTest, AskingForTheDayBeforeBringsNothingBack) {
  clock.set(at("2024-04-11T09:00:00+09:00"));
  auto outcome = import(small_plan());
  sign(outcome.edition);
  for (const char* id : {"own-fine", "own-revised", "own-withdrawn", "own-erased", "own-again", "own-said-again"}) define(id, false);
  define("own-loosened", true);
  const Indicator first = database->read([](db::Reader& reader) { return definitions(reader); }).value().back();
  filed("2024-04-11T10:00:00+09:00", 13);
  filed("2024-04-12T10:00:00+09:00", 3);
  for (const char* day : {"2024-04-11", "2024-04-12", ""})
    EXPECT_TRUE(exact(counts("own-revised", day))) << "the test sees it " << day;
  clock.set(at("2024-04-13T10:00:00+09:00"));
  define("own-revised", true);
  define("own-erased", true);
  erase("own-erased", 2);
  define("own-loosened", false);
  for (const char* id : {"own-withdrawn", "own-again", "own-said-again"})
    ASSERT_OK(Definitions(*database).withdraw(id, "officer-bbbbbb", 1));
  clock.set(at("2024-04-14T10:00:00+09:00"));
  define("own-again", false, 7);
  define("own-said-again", false);
  for (int round = 0; round < 2; ++round) {
    for (const char* id : {"own-revised", "own-withdrawn", "own-erased", "own-loosened"})
      for (const char* day : {"2024-04-11", "2024-04-12"}) {
        const auto seen = counts(id, day);
        EXPECT_FALSE(exact(seen)) << id << day;
        EXPECT_TRUE(seen.contains(day == std::string("2024-04-11") ? 10 : 15)) << "what was released is told " << id << day;
        EXPECT_EQ(json_of("/aoba/kpi/" + std::string(id) + ".json?as_of=" + day).at("small_cells"), "suppressed");
        EXPECT_EQ(json_of("/aoba/office/kpi/" + std::string(id) + ".json?as_of=" + day).at("n"),
                  day == std::string("2024-04-11") ? 13 : 16)
            << "officers see every figure";
      }
    for (const char* id : {"own-revised", "own-loosened"}) EXPECT_FALSE(exact(counts(id, ""))) << id;
    EXPECT_FALSE(exact(counts("own-again", "2024-04-12"))) << "withdrawn since, and another one now";
    EXPECT_EQ(json_of("/aoba/kpi/own-again.json").at("small_cells"), "shown") << "officers say anew that it counts no persons";
    for (const char* day : {"2024-04-12", ""}) EXPECT_TRUE(exact(counts("own-said-again", day))) << "the very same is back " << day;
    for (const char* day : {"2024-04-11", "2024-04-12", ""}) EXPECT_TRUE(exact(counts("own-fine", day))) << day;
    while (*Indicators(*database).catch_up(database->read([](db::Reader& reader) { return definitions(reader); }).value())) {}
  }
  std::string measure(get("/aoba/plans/aoba.data-plan/measures/1-1").bytes());
  auto live = [&](const std::string& id) {
    auto at = measure.rfind("<strong>", measure.find("/aoba/kpi/" + id + "\""));
    return measure.substr(at, measure.find("</strong>", at) - at);
  };
  EXPECT_EQ(live("own-fine"), "<strong>16 n");
  EXPECT_EQ(live("own-loosened"), "<strong>15 n");
  const json::object report = make_report(*database, clock.now()).value();
  EXPECT_FALSE(report.at("series").as_object().contains(first.formula.id())) << "own definitions are not reported";
}

// What sheets and follow-ups take, also by a pack that names the definition of then.
TEST_P(CorrectedTest, NothingTakesWhatIsHiddenSince) {
  clock.set(at("2024-04-11T09:00:00+09:00"));
  define("own-revised", false);
  const Indicator then = database->read([](db::Reader& reader) { return definitions(reader); }).value().back();
  filed("2024-04-11T10:00:00+09:00", 13);
  const Period year{2024, 0};
  auto offer = [&] {
    auto offers = Offers::read(database, {"own-revised"}, clock.now());
    return offers.value().of("own-revised", year).value();
  };
  const Offer exact = offer();
  EXPECT_EQ(exact.number, 13);
  auto computes_again = [&] {
    auto again = database->read([&](db::Reader& reader) {
      return Recomputed().faults_of(reader, {{"x", exact.origin, exact.number}});
    });
    return again.value().empty();
  };
  EXPECT_TRUE(computes_again());
  clock.set(at("2024-04-13T10:00:00+09:00"));
  define("own-revised", true);
  EXPECT_EQ(offer().number, 10);
  EXPECT_FALSE(computes_again());
  auto hidden = database->read([&](db::Reader& reader) { return hidden_since(reader, {then}); });
  ASSERT_OK(hidden);
  EXPECT_EQ(*hidden, std::set<std::string>{definition_digest(then)});
}

INSTANTIATE_TEST_SUITE_P(Both, CorrectedTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

}  // namespace
}  // namespace musubi::kpi
