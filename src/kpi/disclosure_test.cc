// An attacker with every published table at hand, who adds and subtracts.
#include "kpi/disclosure.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "kpi/stock.h"
#include "kpi/test_indicators.h"

namespace musubi::kpi {
namespace {

struct Truth {
  std::int64_t n = 0, top = 0;
};

// What the difference between a shown sum and the shown ones under it tells.
void expect_safe(const std::vector<std::pair<Truth, bool>>& line, const std::string& what) {  // bool: hidden
  Truth hidden;
  int count = 0;
  for (const auto& [truth, is_hidden] : line)
    if (is_hidden && truth.n > 0) hidden.n += truth.n, hidden.top += truth.top, ++count;
  if (count == 0) return;
  EXPECT_GE(count, 2) << what;
  EXPECT_GE(hidden.n, kSmallCell) << what;
  EXPECT_TRUE(hidden.top == 0 || hidden.top >= kSmallCell) << what << " " << hidden.top;
  EXPECT_TRUE(hidden.n == hidden.top || hidden.n - hidden.top >= kSmallCell) << what;
}

class Attack {
 public:
  explicit Attack(unsigned seed) : random_(seed) {}

  CellsBySeries random_cells(const Indicator& indicator, int records) {
    CellsBySeries cells;
    const std::string id = indicator.formula.id();
    for (int i = 0; i < records; ++i) {
      CellKey key{24'000 + int(random_() % 30),
                  std::string(1, char('a' + random_() % 3)) + kPartSeparator + std::string(1, char('x' + random_() % 3))};
      ++cells[id + (indicator.formula.to ? ".to" : ".of")][key].n;
      if (indicator.formula.to && random_() % 3 == 0) ++cells[id + ".of"][key].n;
    }
    return cells;
  }
  std::mt19937& random() { return random_; }

 private:
  std::mt19937 random_;
};

const Indicator& ratio() {
  static const Indicator one = test_indicator(
      R"({"kind":"ratio","of":{"records":"t.x","where":{"online":true}},"to":{"records":"t.x"},"by":["procedure","outcome"]})");
  return one;
}

template <class Key>
std::map<Key, std::pair<Truth, bool>> laid_side_by_side(const std::vector<std::pair<Key, Figure>>& raw,
                                                        const std::vector<std::pair<Key, Figure>>& shown) {
  std::map<Key, std::pair<Truth, bool>> out;
  for (const auto& [key, figure] : raw) out[key] = {{figure.n, figure.top}, true};
  for (const auto& [key, figure] : shown)
    if (!figure.suppressed) {
      EXPECT_FALSE(is_small(figure)) << "a small cell is shown";
      out[key].second = false;
    } else {
      EXPECT_TRUE(!figure.value && figure.n == 0 && figure.top == -1 && figure.why == Why::kSuppressed);
    }
  return out;
}

std::vector<std::pair<Truth, bool>> values(const auto& map, auto&& wanted) {
  std::vector<std::pair<Truth, bool>> out;
  for (const auto& [key, one] : map)
    if (wanted(key)) out.push_back(one);
  return out;
}

TEST(Disclosure, NoSumGivesAwayASmallCell) {
  int shown_wholes = 0, shown_parts = 0;
  for (unsigned seed = 0; seed < 300; ++seed) {
    Attack attack(seed);
    auto cells = attack.random_cells(ratio(), 3 + int(seed % 300));
    Computed raw = compute(ratio(), cells, {}, Eyes::kOfficers), shown = compute(ratio(), cells, {});
    if (shown.whole.suppressed) {
      EXPECT_TRUE(shown.months.empty() && shown.years.empty() && shown.parts.empty());
      continue;
    }
    ++shown_wholes;
    auto all = [](const auto&) { return true; };
    auto months = laid_side_by_side(raw.months, shown.months);
    auto years = laid_side_by_side(raw.years, shown.years);
    auto parts = laid_side_by_side(raw.parts, shown.parts);
    std::string where = "seed " + std::to_string(seed);
    expect_safe(values(months, all), where + " months against the whole");
    expect_safe(values(years, all), where + " years against the whole");
    expect_safe(values(parts, all), where + " parts against the whole");
    for (const auto& [year, one] : years) {
      auto of_year = values(months, [&](int month) { return fiscal_year_of(month) == year; });
      if (!one.second) expect_safe(of_year, where + " months against their year");
      for (const auto& [truth, hidden] : of_year)
        EXPECT_TRUE(!one.second || hidden || truth.n == 0) << where << " a hidden year could be added up";
    }
    for (std::size_t i : {0u, 1u})
      for (char value : {'a', 'b', 'c', 'x', 'y', 'z'}) {
        auto line = values(parts, [&](const std::string& part) { return split_part(part)[i] == std::string(1, value); });
        bool any_shown = std::any_of(line.begin(), line.end(), [](const auto& one) { return !one.second; });
        if (any_shown) expect_safe(line, where + " parts of one attribute");  // else the difference is a sum that is hidden itself
      }
    for (const auto& [part, one] : parts) shown_parts += !one.second;
  }
  EXPECT_GT(shown_wholes, 200);
  EXPECT_GT(shown_parts, 200) << "not everything is hidden";
}

TEST(Disclosure, AllOrganisationsLessTheOthersIsNotTheHiddenOne) {
  int compared = 0;
  for (unsigned seed = 0; seed < 200; ++seed) {
    Attack attack(seed);
    std::vector<Pools> towns;
    std::vector<Computed> raw, shown;
    for (int town = 0; town < 3; ++town) {
      auto cells = attack.random_cells(ratio(), int(attack.random()() % (town == 0 ? 8 : 90)));
      towns.push_back(pools_of(ratio(), cells, {}));
      raw.push_back(compute(ratio(), cells, {}, Eyes::kOfficers));
      shown.push_back(compute(ratio(), cells, {}));
    }
    Together sum(ratio());
    for (const auto& town : towns) sum.add(town);
    Computed together = sum.computed();
    auto check = [&](const Figure& sum, auto&& find) {
      if (!sum.value) return;
      Truth hidden{sum.n, sum.top};
      int hiding = 0;
      for (std::size_t i = 0; i < towns.size(); ++i) {
        auto [truth, visible] = find(i);
        if (visible)
          hidden.n -= truth.n, hidden.top -= truth.top;
        else
          hiding += truth.n > 0;
      }
      ++compared;
      if (hidden.n == 0) return;  // what they hide is not in it
      EXPECT_GE(hiding, 2) << seed;
      EXPECT_TRUE(hidden.n >= kSmallCell && (hidden.top == 0 || hidden.top >= kSmallCell) &&
                  (hidden.n == hidden.top || hidden.n - hidden.top >= kSmallCell))
          << seed;
    };
    check(together.whole, [&](std::size_t i) {
      return std::pair{Truth{raw[i].whole.n, raw[i].whole.top}, !shown[i].whole.suppressed};
    });
    auto each = [&](auto Computed::*figures) {
      for (const auto& [key, sum] : together.*figures)
        check(sum, [&, &key = key](std::size_t i) {
          Truth truth;
          bool visible = false;
          for (const auto& [one, figure] : raw[i].*figures)
            if (one == key) truth = {figure.n, figure.top};
          for (const auto& [one, figure] : shown[i].*figures)
            if (one == key) visible = !figure.suppressed;
          return std::pair{truth, visible};
        });
    };
    each(&Computed::months);
    each(&Computed::years);
    each(&Computed::parts);
  }
  EXPECT_GT(compared, 1000);
}

TEST(Disclosure, ARatioWithFewOnEitherSideIsHidden) {
  for (auto [n, top, hidden] :
       {std::tuple{20, 1, true}, {20, 19, true}, {20, 0, false}, {20, 20, false}, {20, 5, false}, {4, 0, true}, {9, 5, true}}) {
    Figure figure;
    figure.n = n;
    figure.top = top;
    EXPECT_EQ(is_small(figure), hidden) << n << " " << top;
  }
}

TEST(Disclosure, FiguresThatAreNotOfPersonsAreShown) {
  auto indicator = test_indicator(R"({"kind":"count","records":"t.x","by":"outcome"})", false);
  CellsBySeries cells{{indicator.formula.id() + ".of", {{{24'000, "ok", 0}, {2, 0}}}}};
  auto computed = compute(indicator, cells, {});
  EXPECT_EQ(computed.whole.n, 2);
  EXPECT_EQ(computed.parts.size(), 1u);
}

}  // namespace
}  // namespace musubi::kpi
