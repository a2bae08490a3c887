#include "kpi/computed.h"

#include <algorithm>
#include <cmath>

#include "kpi/disclosure.h"
#include "kpi/stock.h"

namespace musubi::kpi {
namespace {

const Cells* cells_of(const CellsBySeries& all, const std::string& id, Side side) {
  auto found = all.find(id + std::string(kSideNames[side]));
  return found == all.end() ? nullptr : &found->second;
}

template <class F>
void each_pool(Pools& pools, const Formula& formula, int month, const std::string& part, F&& add) {
  add(pools.whole);
  add(pools.months[month]);
  add(pools.years[fiscal_year_of(month)]);
  if (!formula.of.by.empty()) add(pools.parts[part]);
}

// Nearest rank: the smallest value that `percentile` of 100 do not exceed. In hours, or in seconds.
void set_percentile(Figure& figure, const Pool& pool, const Formula& formula) {
  auto spread = pool.spread;
  std::int64_t longest = 0;
  for (const auto& [bucket, n] : pool.open) {
    if (formula.open == OpenPairs::kSoFar) spread[bucket] += n;
    if (formula.open == OpenPairs::kLongest) longest += n;
  }
  figure.n = longest;
  for (const auto& [bucket, n] : spread) figure.n += n;
  if (figure.n <= 0) return;
  figure.why = Why::kStillOpen;
  std::int64_t rank = (figure.n * formula.percentile + 99) / 100, seen = 0;
  for (const auto& [bucket, n] : spread)
    if ((seen += n) >= rank) {
      figure.value = formula.of.in_seconds ? double(bucket) : double(bucket) / 60.0;
      return;
    }
}

void set_ratio(Figure& figure, const Pool& pool, const Formula& formula) {
  std::int64_t top = formula.of.fact.empty() ? pool.n : pool.total, whole = formula.to->fact.empty() ? pool.to_n : pool.to_total;
  figure.n = pool.to_n;
  if (formula.of.fact.empty() && formula.to->fact.empty()) figure.top = top;
  if (whole != 0)
    figure.value = 100.0 * double(top) / double(whole);
  else if (pool.n > 0 || pool.to_n > 0)
    figure.why = Why::kNothingToDivideBy;
}

Figure figure_of(const Formula& formula, const Pool& pool, Span span) {
  Figure figure;
  figure.n = pool.n;
  switch (formula.kind) {
    case FormulaKind::kCount:
      if (pool.n > 0) figure.value = double(pool.n);
      break;
    case FormulaKind::kSum:
      if (pool.n > 0) figure.value = double(pool.total);
      break;
    case FormulaKind::kDistinct:
      if (pool.n > 0) figure.value = double(pool.values.size());
      break;
    case FormulaKind::kPercentile: set_percentile(figure, pool, formula); break;
    case FormulaKind::kRatio: set_ratio(figure, pool, formula); break;
    case FormulaKind::kUptime: {
      std::int64_t ms = (span.until.us - span.from.us) / 1000;
      if (ms > 0)
        figure.value = std::clamp(100.0 * (1.0 - double(pool.total) / double(ms)), 0.0, 100.0);
      else
        figure.why = Why::kNoTime;
      break;
    }
  }
  if (figure.value) figure.why = Why::kHasValue;
  return figure;
}

Time year_start(int year) { return month_start(year * 12 + 3); }

}  // namespace

std::string_view why_word(Why why) {
  switch (why) {
    case Why::kHasValue: return "";
    case Why::kNoRecords: return "no_records";
    case Why::kNothingToDivideBy: return "nothing_to_divide_by";
    case Why::kSuppressed: return "suppressed";
    case Why::kStillOpen: return "still_open";
    case Why::kNoneOrFew: return "none_or_few";
    case Why::kNoTime: break;
  }
  return "no_time";
}

void Pool::add(const Pool& other) {
  n += other.n;
  total += other.total;
  to_n += other.to_n;
  to_total += other.to_total;
  values.insert(other.values.begin(), other.values.end());
  for (const auto& [bucket, count] : other.spread) spread[bucket] += count;
  for (const auto& [bucket, count] : other.open) open[bucket] += count;
}

Pools pools_of(const Indicator& indicator, const CellsBySeries& cells, Span span) {
  const Formula& formula = indicator.formula;
  const std::string id = formula.id();
  Pools pools;
  pools.span = span;
  if (const Cells* of = cells_of(cells, id, kOf))
    for (const auto& [key, cell] : *of) {
      auto [part, value] = shown_part(formula, key.part);
      each_pool(pools, formula, key.month, part, [&](Pool& pool) {
        pool.n += cell.n;
        pool.total += cell.total;
        if (formula.kind == FormulaKind::kDistinct) pool.values.insert(value);
        if (formula.kind == FormulaKind::kPercentile) pool.spread[key.bucket] += cell.n;
      });
    }
  if (const Cells* to = cells_of(cells, id, kTo))
    for (const auto& [key, cell] : *to)
      each_pool(pools, formula, key.month, key.part, [&](Pool& pool) {
        pool.to_n += cell.n;
        pool.to_total += cell.total;
      });
  const Cells* open = cells_of(cells, id, kOpen);
  if (open && formula.kind == FormulaKind::kPercentile && formula.open != OpenPairs::kLeftOut)
    for (const auto& [key, cell] : *open)
      each_pool(pools, formula, month_of(span.until), key.part, [&](Pool& pool) {
        pool.open[bucket_of((span.until.us - key.bucket * kHour_us) / 1000, formula.of.in_seconds)] += cell.n;
      });
  if (formula.kind == FormulaKind::kUptime && span.until > span.from && span.from.us > 0)
    for (int month = month_of(span.from); month <= month_of(span.until); ++month)
      pools.months[month], pools.years[fiscal_year_of(month)];
  return pools;
}

Computed figures_of(const Indicator& indicator, const Pools& pools) {
  const Formula& formula = indicator.formula;
  Computed out{&indicator};
  out.whole = figure_of(formula, pools.whole, pools.span);
  auto within = [&](Time from, Time until) { return Span{std::max(pools.span.from, from), std::min(pools.span.until, until)}; };
  for (const auto& [month, pool] : pools.months)
    out.months.emplace_back(month, figure_of(formula, pool, within(month_start(month), month_start(month + 1))));
  for (const auto& [year, pool] : pools.years)
    out.years.emplace_back(year, figure_of(formula, pool, within(year_start(year), year_start(year + 1))));
  for (const auto& [part, pool] : pools.parts) out.parts.emplace_back(part, figure_of(formula, pool, pools.span));
  return out;
}

Figure figure_of_months(const Indicator& indicator, const Pools& pools, int first_month, int months) {
  Pool sum;
  for (auto it = pools.months.lower_bound(first_month); it != pools.months.end() && it->first < first_month + months; ++it)
    sum.add(it->second);
  return figure_of(
      indicator.formula, sum,
      {std::max(pools.span.from, month_start(first_month)), std::min(pools.span.until, month_start(first_month + months))});
}

Computed compute(const Indicator& indicator, const CellsBySeries& cells, Span span, Eyes eyes) {
  Computed out = figures_of(indicator, pools_of(indicator, cells, span));
  if (indicator.persons && eyes == Eyes::kPublic) hide_small_cells(out), round_counts(out);
  return out;
}

std::pair<std::string, std::string> shown_part(const Formula& formula, const std::string& part) {
  if (formula.kind != FormulaKind::kDistinct) return {part, ""};
  if (formula.of.values_of.empty()) return {part, part};
  auto cut = part.rfind(kPartSeparator);
  return cut == part.npos ? std::pair{std::string(), part} : std::pair{part.substr(0, cut), part.substr(cut + 1)};
}

std::vector<std::string> split_part(std::string_view part) {
  std::vector<std::string> out;
  while (true) {
    auto cut = part.find(kPartSeparator);
    out.emplace_back(part.substr(0, cut));
    if (cut == part.npos) return out;
    part.remove_prefix(cut + 1);
  }
}

}  // namespace musubi::kpi
