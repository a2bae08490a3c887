// Every indicator of the binary over one town, side by side: what the public sees of several must not tell what none shows.
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>

#include "base/check.h"
#include "kpi/disclosure.h"
#include "kpi/stock.h"
#include "kpi/test_indicators.h"

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

}  // namespace
}  // namespace musubi::kpi
