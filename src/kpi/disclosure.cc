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

void Together::put(Shared& into, const Pool& pool, const Figure* shown, const Figure& raw) {
  if (shown && !shown->suppressed) {
    into.shown.add(pool), ++into.showing;
    return;
  }
  into.hidden.add(pool), ++into.hiding;
  Mass mass{into.mass.n, into.mass.top};
  mass.add(raw);
  into.mass.n = mass.n, into.mass.top = mass.top;
}

std::optional<Pool> Together::pool_of(const Shared& shared) {
  const bool together = shared.hiding > 1 && !is_small(shared.mass);
  if (shared.showing == 0 && !together) return std::nullopt;
  Pool out = shared.shown;
  if (together) out.add(shared.hidden);
  return out;
}

// `raw` has a figure for each pool, in their order; `shown` too, or none where the whole is hidden.
template <class Key>
void Together::put_line(std::map<Key, Shared>& into, const std::map<Key, Pool>& pools,
                        const std::vector<std::pair<Key, Figure>>& shown, const std::vector<std::pair<Key, Figure>>& raw) {
  std::size_t at = 0;
  for (const auto& [key, pool] : pools) {
    put(into[key], pool, shown.empty() ? nullptr : &shown[at].second, raw[at].second);
    ++at;
  }
}

Computed Together::add(const Pools& pools) {
  const Computed raw = figures_of(indicator_, pools);
  Computed shown = raw;
  if (indicator_.persons) hide_small_cells(shown);
  span_.until.us += pools.span.until.us - pools.span.from.us;
  any_ = any_ || counts(raw.whole);
  put(whole_, pools.whole, &shown.whole, raw.whole);
  put_line(months_, pools.months, shown.months, raw.months);
  put_line(years_, pools.years, shown.years, raw.years);
  put_line(parts_, pools.parts, shown.parts, raw.parts);
  return shown;
}

Computed Together::computed() const {
  auto whole = pool_of(whole_);
  if (!whole) {
    Computed none{&indicator_};
    if (any_) none.whole = {std::nullopt, 0, -1, true, Why::kSuppressed};
    return none;
  }
  Pools out;
  out.span = span_;
  out.whole = std::move(*whole);
  auto share = [](const auto& line, auto& into) {
    for (const auto& [key, shared] : line)
      if (auto pool = pool_of(shared)) into[key] = std::move(*pool);
  };
  share(months_, out.months);
  share(years_, out.years);
  share(parts_, out.parts);
  Computed computed = figures_of(indicator_, out);
  if (indicator_.formula.kind == FormulaKind::kUptime)
    computed.months.clear(), computed.years.clear();  // of many clocks: only the whole is exact
  return computed;
}

}  // namespace musubi::kpi
