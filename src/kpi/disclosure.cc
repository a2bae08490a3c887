#include "kpi/disclosure.h"

#include "kpi/stock.h"

namespace musubi::kpi {
namespace {

using Line = std::vector<Figure*>;

bool few(std::int64_t n) { return n > 0 && n < kSmallCell; }

// A figure's records as far as they can be added up.
struct Mass {
  std::int64_t n = 0, top = -1;
  void add(const Figure& figure) {
    n += figure.n;
    if (figure.top >= 0) top = std::max<std::int64_t>(top, 0) + figure.top;
  }
  bool small() const { return few(n) || (top >= 0 && (few(top) || few(n - top))); }
};

bool counts(const Figure& figure) { return figure.n > 0 || figure.top > 0; }

// Returns whether one more had to be hidden.
bool hide_one_more(const Line& line) {
  Mass hidden;
  std::size_t count = 0;
  Figure* next = nullptr;
  for (Figure* figure : line) {
    if (!counts(*figure)) continue;
    if (figure->suppressed)
      hidden.add(*figure), ++count;
    else if (!next || figure->n < next->n)
      next = figure;
  }
  if (count == 0 || (count > 1 && !hidden.small()) || !next) return false;
  return next->suppressed = true;
}

std::vector<Line> lines_of_parts(Computed& computed) {
  std::vector<Line> lines(1);
  std::map<std::pair<std::size_t, std::string>, Line> by_value;
  for (auto& [part, figure] : computed.parts) {
    lines[0].push_back(&figure);
    auto values = split_part(part);
    if (values.size() > 1)
      for (std::size_t i = 0; i < values.size(); ++i) by_value[{i, values[i]}].push_back(&figure);
  }
  for (auto& [value, line] : by_value) lines.push_back(std::move(line));
  return lines;
}

std::vector<Line> lines_of_time(Computed& computed) {
  std::vector<Line> lines(2);
  std::map<int, Line> by_year;
  for (auto& [month, figure] : computed.months) {
    lines[0].push_back(&figure);
    by_year[fiscal_year_of(month)].push_back(&figure);
  }
  for (auto& [year, figure] : computed.years) lines[1].push_back(&figure);
  for (auto& [year, line] : by_year) lines.push_back(std::move(line));
  return lines;
}

bool hide_months_of_hidden_years(Computed& computed) {
  bool changed = false;
  for (const auto& [year, whole] : computed.years) {
    if (!whole.suppressed) continue;
    for (auto& [month, figure] : computed.months)
      if (fiscal_year_of(month) == year && counts(figure) && !figure.suppressed) changed = figure.suppressed = true;
  }
  return changed;
}

void mark_small(auto& figures) {
  for (auto& [key, figure] : figures)
    if (is_small(figure)) figure.suppressed = true;
}

void blank(Figure& figure) {
  if (figure.suppressed) figure = {std::nullopt, 0, -1, true, Why::kSuppressed};
}

// Of what the organisations have, as much as may be shown for all.
template <class Find>
std::optional<Pool> shared_pool(std::size_t organisations, Find&& find) {
  Pool shown, hidden;
  Mass mass;
  std::size_t hiding = 0, showing = 0;
  for (std::size_t i = 0; i < organisations; ++i) {
    auto [pool, figure, raw] = find(i);
    if (!pool) continue;
    if (!figure || figure->suppressed) {
      hidden.add(*pool), mass.add(*raw), ++hiding;
    } else {
      shown.add(*pool), ++showing;
    }
  }
  bool together = hiding > 1 && !mass.small();
  if (together) shown.add(hidden);
  if (showing == 0 && !together) return std::nullopt;
  return shown;
}

template <class Key>
const Figure* find_figure(const std::vector<std::pair<Key, Figure>>& all, const Key& key) {
  for (const auto& [one, figure] : all)
    if (one == key) return &figure;
  return nullptr;
}

struct Member {
  const Pools* pools;
  Computed raw, shown;
};
struct Found {
  const Pool* pool = nullptr;
  const Figure* shown = nullptr;
  const Figure* raw = nullptr;
};

template <class Key>
void share(const std::vector<Member>& members, std::map<Key, Pool> Pools::*pools,
           std::vector<std::pair<Key, Figure>> Computed::*figures, std::map<Key, Pool>& out) {
  std::set<Key> keys;
  for (const auto& member : members)
    for (const auto& [key, pool] : member.pools->*pools) keys.insert(key);
  for (const auto& key : keys) {
    auto pool = shared_pool(members.size(), [&](std::size_t i) {
      auto found = (members[i].pools->*pools).find(key);
      if (found == (members[i].pools->*pools).end()) return Found{};
      return Found{&found->second, find_figure(members[i].shown.*figures, key), find_figure(members[i].raw.*figures, key)};
    });
    if (pool) out[key] = std::move(*pool);
  }
}

void round_figure(const Formula& formula, Figure& figure) {
  figure.n = to_fives(figure.n);
  if (figure.top >= 0) figure.top = to_fives(figure.top);
  if (!figure.value) return;
  if (formula.kind == FormulaKind::kCount || formula.kind == FormulaKind::kSum)
    figure.value = double(to_fives(std::int64_t(*figure.value)));
  if (figure.top >= 0 && figure.n > 0) figure.value = 100.0 * double(figure.top) / double(figure.n);
}

}  // namespace

std::int64_t to_fives(std::int64_t n) { return n < 0 ? -to_fives(-n) : (n + kSmallCell / 2) / kSmallCell * kSmallCell; }

bool is_small(const Figure& figure) {
  Mass mass;
  mass.add(figure);
  return mass.small();
}

void hide_small_cells(Computed& computed) {
  if (is_small(computed.whole)) {
    computed.whole.suppressed = true;
    blank(computed.whole);
    computed.months.clear();
    computed.years.clear();
    computed.parts.clear();
    return;
  }
  mark_small(computed.months);
  mark_small(computed.years);
  mark_small(computed.parts);
  auto lines = lines_of_time(computed);
  for (auto& line : lines_of_parts(computed)) lines.push_back(std::move(line));
  for (bool changed = true; changed;) {
    changed = hide_months_of_hidden_years(computed);
    for (const auto& line : lines)
      while (hide_one_more(line)) changed = true;
  }
  for (auto& [month, figure] : computed.months) blank(figure);
  for (auto& [year, figure] : computed.years) blank(figure);
  for (auto& [part, figure] : computed.parts) blank(figure);
}

void round_counts(Computed& computed) {
  const Formula& formula = computed.indicator->formula;
  computed.rounded_to = kSmallCell;
  round_figure(formula, computed.whole);
  for (auto& [month, figure] : computed.months) round_figure(formula, figure);
  for (auto& [year, figure] : computed.years) round_figure(formula, figure);
  for (auto& [part, figure] : computed.parts) round_figure(formula, figure);
}

Computed figures_together(const Indicator& indicator, const std::vector<Pools>& organisations) {
  std::vector<Member> members;
  Pools out;
  for (const auto& pools : organisations) {
    Member member{&pools, figures_of(indicator, pools), {}};
    member.shown = member.raw;
    if (indicator.persons) hide_small_cells(member.shown);
    members.push_back(std::move(member));
    out.span.until.us += pools.span.until.us - pools.span.from.us;
  }
  auto whole = shared_pool(members.size(), [&](std::size_t i) {
    return Found{&members[i].pools->whole, &members[i].shown.whole, &members[i].raw.whole};
  });
  if (!whole) {
    bool any = false;
    for (const auto& member : members) any = any || counts(member.raw.whole);
    Computed none{&indicator};
    if (any) none.whole = {std::nullopt, 0, -1, true, Why::kSuppressed};
    return none;
  }
  out.whole = std::move(*whole);
  share(members, &Pools::months, &Computed::months, out.months);
  share(members, &Pools::years, &Computed::years, out.years);
  share(members, &Pools::parts, &Computed::parts, out.parts);
  Computed computed = figures_of(indicator, out);
  if (indicator.formula.kind == FormulaKind::kUptime)
    computed.months.clear(), computed.years.clear();  // of many clocks: only the whole is exact
  return computed;
}

}  // namespace musubi::kpi
