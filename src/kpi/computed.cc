#include "kpi/computed.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "evidence/record.h"
#include "text/dates.h"

namespace musubi::kpi {
namespace {

constexpr std::size_t kBatch = 1000;
constexpr std::size_t kPartBytes = 120;

const json::value* fact_of(const json::object& facts, std::string_view name) {
  return name.empty() ? nullptr : facts.if_contains(name);
}

bool meets(const json::object& facts, const Condition& condition) {
  const json::value* value = fact_of(facts, condition.fact);
  if (!value) return false;
  if (const bool* wanted = std::get_if<bool>(&condition.value)) return value->is_bool() && value->get_bool() == *wanted;
  if (const auto* wanted = std::get_if<std::int64_t>(&condition.value)) return value->is_int64() && value->get_int64() == *wanted;
  return value->is_string() && value->get_string() == std::get<std::string>(condition.value);
}

std::string part_of(const json::value* value) {
  if (!value) return "";
  if (value->is_string()) return std::string(value->get_string()).substr(0, kPartBytes);
  return json::serialize(*value).substr(0, kPartBytes);
}

// Whole minutes up to ten hours, then whole hours: what people read, and few different values.
std::int64_t bucket_of(std::int64_t ms) {
  std::int64_t minutes = std::max<std::int64_t>(ms, 0) / 60'000;
  return minutes < 600 ? minutes : minutes / 60 * 60;
}

// "2026-11"; the month of the record itself where the fact is no month.
int month_in(const json::value* value, Time at) {
  if (value && value->is_string())
    if (auto day = text::parse_date(std::string(value->get_string()) + "-01"); day.ok()) return day->year * 12 + day->month - 1;
  return month_of(at);
}

// One record into the cells of a series. Records whose fact is missing or no number are not counted.
void fold(const Series& series, const json::object& facts, Time at, Cells& cells) {
  for (const auto& condition : series.conditions)
    if (!meets(facts, condition)) return;
  std::int64_t amount = 0;
  if (!series.fact.empty()) {
    const json::value* value = fact_of(facts, series.fact);
    if (!value || !value->is_int64()) return;
    amount = value->get_int64();
  }
  Cell& cell = cells[{month_in(fact_of(facts, series.month_fact), at), part_of(fact_of(facts, series.by)), series.spread ? bucket_of(amount) : 0}];
  ++cell.n;
  if (!series.spread) cell.total += amount;
}

// The records of the series' type with indexes in [from, until), in order.
Result<std::uint64_t> fold_records(db::Reader& reader, const Series& series, std::uint64_t from, std::uint64_t until,
                                   std::size_t most, Cells& cells) {
  std::size_t seen = 0;
  while (from < until && seen < most) {
    auto heads = TRY(evidence::read_heads(reader, from, std::min(kBatch, most - seen), series.type));
    for (const auto& head : heads) {
      if (head.index >= until) return until;
      auto value = parse_json(head.head);
      if (!value.ok() || !value->is_object()) continue;  // verify names a damaged head by itself
      const json::value* facts = value->get_object().if_contains("facts");
      fold(series, facts && facts->is_object() ? facts->get_object() : json::object(), head.at, cells);
    }
    if (heads.size() < std::min(kBatch, most - seen)) return until;
    seen += heads.size();
    from = heads.back().index + 1;
  }
  return from;
}

Result<Cells> stored_cells(db::Reader& reader, const std::string& series) {
  Cells cells;
  auto each = [&](const db::Row& row) -> Result<void> {
    cells[{int(row.integer(0)), row.text(1), row.integer(2)}] = {row.integer(3), row.integer(4)};
    return {};
  };
  const db::Value parameters[] = {series};
  TRY(reader.scan("SELECT month, part, bucket, n, total FROM kpi_cell WHERE series = $1", parameters, each));
  return cells;
}

Result<std::uint64_t> position_of(db::Reader& reader, const std::string& series) {
  auto rows = TRY(reader.query("SELECT position FROM kpi_series WHERE series = $1", {series}));
  return rows.empty() ? 0 : std::uint64_t(rows[0].integer(0));
}

Result<void> add_cells(db::Transaction& tx, const std::string& series, const Cells& cells, std::uint64_t position) {
  for (const auto& [key, cell] : cells)
    TRY(tx.execute("INSERT INTO kpi_cell (series, month, part, bucket, n, total) VALUES ($1, $2, $3, $4, $5, $6) "
                   "ON CONFLICT (series, month, part, bucket) DO UPDATE SET n = kpi_cell.n + excluded.n, "
                   "total = kpi_cell.total + excluded.total",
                   {series, std::int64_t(key.month), key.part, key.bucket, cell.n, cell.total}));
  TRY(tx.execute("INSERT INTO kpi_series (series, position) VALUES ($1, $2) "
                 "ON CONFLICT (series) DO UPDATE SET position = excluded.position",
                 {series, std::int64_t(position)}));
  return {};
}

std::map<std::string, Series> series_of(const std::vector<Indicator>& indicators) {
  std::map<std::string, Series> all;
  for (const auto& indicator : indicators)
    for (auto& series : indicator.formula.series()) all.emplace(series.id(), series);
  return all;
}

void add(Cells& into, const Cells& from) {
  for (const auto& [key, cell] : from) {
    into[key].n += cell.n;
    into[key].total += cell.total;
  }
}

// Of the cells that pass: count, sum, different parts, or the spread.
struct Pool {
  std::int64_t n = 0, total = 0;
  std::set<std::string> parts;
  std::map<std::int64_t, std::int64_t> spread;
};

template <class F>
Pool pool_of(const CellsBySeries& cells, const Series& series, F&& passes) {
  Pool pool;
  auto found = cells.find(series.id());
  if (found == cells.end()) return pool;
  for (const auto& [key, cell] : found->second) {
    if (!passes(key)) continue;
    pool.n += cell.n;
    pool.total += cell.total;
    pool.parts.insert(key.part);
    pool.spread[key.bucket] += cell.n;
  }
  return pool;
}

// Nearest rank: the smallest value that `percentile` of 100 do not exceed. In hours.
std::optional<double> percentile_of(const Pool& pool, int percentile) {
  if (pool.n == 0) return std::nullopt;
  std::int64_t rank = (pool.n * percentile + 99) / 100, seen = 0;
  for (const auto& [minutes, n] : pool.spread)
    if ((seen += n) >= rank) return double(minutes) / 60.0;
  return std::nullopt;
}

std::int64_t amount(const Pool& pool, const Series& series) { return series.fact.empty() ? pool.n : pool.total; }

template <class F>
Figure figure_of(const Formula& formula, const CellsBySeries& cells, Span span, F&& passes) {
  Pool of = pool_of(cells, formula.of, passes);
  Figure figure{std::nullopt, of.n};
  switch (formula.kind) {
    case FormulaKind::kCount: figure.value = double(of.n); break;
    case FormulaKind::kSum: figure.value = double(of.total); break;
    case FormulaKind::kDistinct: figure.value = double(of.parts.size()); break;
    case FormulaKind::kPercentile: figure.value = percentile_of(of, formula.percentile); break;
    case FormulaKind::kRatio: {
      Pool to = pool_of(cells, *formula.to, passes);
      figure.n = to.n;
      if (std::int64_t whole = amount(to, *formula.to); whole > 0)
        figure.value = 100.0 * double(amount(of, formula.of)) / double(whole);
      break;
    }
    case FormulaKind::kUptime: {
      std::int64_t ms = (span.until.us - span.from.us) / 1000;
      if (ms > 0) figure.value = std::max(0.0, 100.0 * (1.0 - double(of.total) / double(ms)));
      break;
    }
  }
  if (figure.n == 0 && formula.kind != FormulaKind::kUptime) figure.value.reset();
  return figure;
}

// Hides small cells; and where that hides one only, which the sum of the others would give away, the next smallest too.
template <class Key>
void suppress(std::vector<std::pair<Key, Figure>>& figures) {
  std::size_t hidden = 0;
  for (auto& [key, figure] : figures)
    if (figure.n > 0 && figure.n < kSmallCell) figure.suppressed = true, ++hidden;
  if (hidden == 1) {
    Figure* next = nullptr;
    for (auto& [key, figure] : figures)
      if (!figure.suppressed && figure.n > 0 && (!next || figure.n < next->n)) next = &figure;
    if (next) next->suppressed = true;
  }
  for (auto& [key, figure] : figures)
    if (figure.suppressed) figure = {std::nullopt, 0, true};
}

}  // namespace

Time month_start(int month) {
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02d-01T00:00:00+09:00", month / 12, month % 12 + 1);
  return parse_rfc3339(text).value();
}

int month_of(Time time) {
  text::Date date = text::jst_date(time);
  return date.year * 12 + date.month - 1;
}

std::string month_name(int month) {
  char text[16];
  std::snprintf(text, sizeof text, "%04d-%02d", month / 12, month % 12 + 1);
  return text;
}

void merge(CellsBySeries& into, const CellsBySeries& from) {
  for (const auto& [series, cells] : from) add(into[series], cells);
}

Computed compute(const Indicator& indicator, const CellsBySeries& cells, Span span) {
  const Formula& formula = indicator.formula;
  Computed out{&indicator};
  out.whole = figure_of(formula, cells, span, [](const CellKey&) { return true; });
  std::set<int> months;
  std::set<std::string> parts;
  for (const auto& series : formula.series())
    if (auto found = cells.find(series.id()); found != cells.end())
      for (const auto& [key, cell] : found->second) months.insert(key.month), parts.insert(key.part);
  if (formula.kind == FormulaKind::kUptime && span.until > span.from && span.from.us > 0)
    for (int month = month_of(span.from); month <= month_of(span.until); ++month) months.insert(month);
  for (int month : months) {
    Span within{std::max(span.from, month_start(month)), std::min(span.until, month_start(month + 1))};
    out.months.push_back({month, figure_of(formula, cells, within, [&](const CellKey& key) { return key.month == month; })});
  }
  if (!formula.of.by.empty())
    for (const auto& part : parts)
      out.parts.push_back({part, figure_of(formula, cells, span, [&](const CellKey& key) { return key.part == part; })});
  if (indicator.persons) {
    if (out.whole.n > 0 && out.whole.n < kSmallCell) {
      out.whole = {std::nullopt, 0, true};
      out.months.clear();
      out.parts.clear();
    }
    suppress(out.months);
    suppress(out.parts);
  }
  return out;
}

Result<Gathered> Indicators::gather(const std::vector<Indicator>& indicators) {
  return database_.read([&](db::Reader& reader) -> Result<Gathered> {
    Gathered out;
    out.size = TRY(evidence::record_count(reader));
    if (auto first = TRY(evidence::read_heads(reader, 0, 1)); !first.empty()) out.first = first[0].at;
    for (const auto& [id, series] : series_of(indicators)) {
      Cells cells = TRY(stored_cells(reader, id));
      TRY(fold_records(reader, series, TRY(position_of(reader, id)), out.size, SIZE_MAX, cells));
      out.cells[id] = std::move(cells);
    }
    return out;
  });
}

Result<bool> Indicators::catch_up(const std::vector<Indicator>& indicators, std::size_t most) {
  // Looked at outside the write: an organisation at rest writes nothing.
  struct Step {
    Cells cells;
    std::uint64_t from = 0, to = 0;
  };
  std::map<std::string, Step> steps;
  std::uint64_t size = 0;
  TRY(database_.read([&](db::Reader& reader) -> Result<void> {
    size = TRY(evidence::record_count(reader));
    for (const auto& [id, series] : series_of(indicators)) {
      Step step;
      step.from = TRY(position_of(reader, id));
      step.to = TRY(fold_records(reader, series, step.from, size, most, step.cells));
      if (!step.cells.empty() || step.to > step.from + kBatch) steps.emplace(id, std::move(step));
    }
    return {};
  }));
  bool more = false;
  if (steps.empty()) return more;
  TRY(database_.write([&](db::Transaction& tx) -> Result<void> {
    for (const auto& [id, step] : steps)
      if (TRY(position_of(tx, id)) == step.from) TRY(add_cells(tx, id, step.cells, step.to));  // else another got there first
    return {};
  }));
  for (const auto& [id, step] : steps) more = more || step.to < size;
  return more;
}

Result<std::vector<evidence::Finding>> Indicators::verify_derived(db::Reader& reader) {
  std::vector<evidence::Finding> findings;
  auto known = series_of(embedded_indicators());
  auto rows = TRY(reader.query("SELECT series, position FROM kpi_series ORDER BY series LIMIT 1000"));
  for (const auto& row : rows) {
    auto series = known.find(row.text(0));
    if (series == known.end()) continue;  // of a definition that is no longer there
    Cells expected;
    TRY(fold_records(reader, series->second, 0, std::uint64_t(row.integer(1)), SIZE_MAX, expected));
    if (expected != TRY(stored_cells(reader, row.text(0))))
      findings.push_back({"derived", "table kpi_cell series " + row.text(0),
                          {"指標の集計が記録の内容と合いません。", "The cells of the series do not agree with the records."}});
  }
  return findings;
}

Result<void> Indicators::forget(db::Transaction& tx) {
  TRY(tx.execute("DELETE FROM kpi_cell"));
  TRY(tx.execute("DELETE FROM kpi_series"));
  return {};
}

}  // namespace musubi::kpi
