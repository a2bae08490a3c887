#include "kpi/gather.h"

#include <algorithm>
#include <set>

#include "evidence/record.h"
#include "kpi/definitions.h"
#include "kpi/disclosure.h"
#include "kpi/hidden.h"
#include "kpi/stock.h"

namespace musubi::kpi {
namespace {

// Records that a formula may lie behind without one that concerns it: each page reads them again, and each position kept is a write.
constexpr std::uint64_t kLag = 100;
constexpr std::string_view kHeldSuffix = ".held";
constexpr std::size_t kEarlierAtMost = 1000;  // records of one stream and type that are looked at for an earlier start

std::map<std::string, Formula> formulas_of(const std::vector<Indicator>& indicators) {
  std::map<std::string, Formula> all;
  for (const auto& indicator : indicators) all.emplace(indicator.formula.id(), indicator.formula);
  return all;
}

bool in_log(std::int64_t position, std::uint64_t size) { return position > 0 && std::uint64_t(position) <= size; }

// Up to where the formula was gathered. 0: nothing that is stored of it may be built upon, be it that nothing was gathered or that
// the position is one that no gathering leaves behind (a new record would never be reached).
Result<std::uint64_t> position_of(db::Reader& reader, const std::string& formula, std::uint64_t size) {
  auto rows = TRY(reader.query("SELECT position FROM kpi_series WHERE series = $1", {formula}));
  return rows.empty() || !in_log(rows[0].integer(0), size) ? 0 : std::uint64_t(rows[0].integer(0));
}

Result<CellsBySeries> stored(db::Reader& reader, const std::string& formula, bool held) {
  CellsBySeries out;
  for (auto side : kSideNames) {
    std::string series = formula + std::string(side);
    const db::Value parameters[] = {series + std::string(held ? kHeldSuffix : "")};
    Cells cells;
    TRY(reader.scan("SELECT month, part, bucket, n, total FROM kpi_cell WHERE series = $1", parameters,
                    [&](const db::Row& row) -> Result<void> {
                      cells[{int(row.integer(0)), row.text(1), row.integer(2)}] = {row.integer(3), row.integer(4)};
                      return {};
                    }));
    if (!cells.empty()) out[series] = std::move(cells);
  }
  return out;
}

class StoredPast : public Past {
 public:
  explicit StoredPast(db::Reader& reader) : reader_(reader) {}

  Result<std::optional<OpenPair>> open_pair(const std::string& formula, std::string_view stream) override {
    auto rows =
        TRY(reader_.query("SELECT since, part FROM kpi_pair WHERE formula = $1 AND stream = $2", {formula, std::string(stream)}));
    if (rows.empty()) return std::optional<OpenPair>();
    return std::optional(OpenPair{rows[0].integer(0), rows[0].text(1)});
  }
  Result<bool> began_before(const Series& series, std::string_view stream, std::uint64_t counter) override {
    for (const auto& head : TRY(evidence::read_stream_heads(reader_, stream, series.type, counter, kEarlierAtMost)))
      if (meets(head.head, series.conditions)) return true;
    return false;
  }

 private:
  db::Reader& reader_;
};

Result<void> pass(db::Reader& reader, Gatherer& gatherer, std::uint64_t from, std::uint64_t until) {
  if (from >= until || gatherer.stocks().empty()) return {};
  return evidence::scan_heads(reader, from, until, {}, [&](const evidence::HeadView& head) {
    return gatherer.see({head.index, head.counter, head.stream, head.type, head.head, head.at});
  });
}

// Every formula that may stand in the tables: of today's definitions and of all revisions there were. That of a definition that
// was withdrawn stays as it was gathered.
Result<std::map<std::string, Formula>> known_formulas(db::Reader& reader) {
  auto known = formulas_of(TRY(definitions(reader)));
  for (const auto& row : TRY(reader.query("SELECT content FROM kpi_definition WHERE content IS NOT NULL")))
    if (auto read = read_indicator_text(row.text(0)); read.ok()) known.emplace(read->formula.id(), read->formula);
  return known;
}

Result<void> forget_formula(db::Transaction& tx, const std::string& formula) {
  for (auto side : kSideNames)
    for (auto end : {std::string_view(), kHeldSuffix})
      TRY(tx.execute("DELETE FROM kpi_cell WHERE series = $1", {formula + std::string(side) + std::string(end)}));
  TRY(tx.execute("DELETE FROM kpi_pair WHERE formula = $1", {formula}));
  TRY(tx.execute("DELETE FROM kpi_series WHERE series = $1", {formula}));
  return {};
}

// Series whose position is beyond the log, and those that no definition asks for (a newer program may have other definitions).
Result<std::vector<std::string>> strays(db::Reader& reader, const std::vector<Indicator>& indicators) {
  std::uint64_t size = TRY(evidence::record_count(reader));
  auto known = TRY(known_formulas(reader));
  known.merge(formulas_of(indicators));
  std::vector<std::string> out;
  for (const auto& row : TRY(reader.query("SELECT series, position FROM kpi_series ORDER BY series")))
    if (!known.contains(row.text(0)) || !in_log(row.integer(1), size)) out.push_back(row.text(0));
  return out;
}

Result<void> drop_strays(db::Database& database, const std::vector<Indicator>& indicators) {
  auto seen = TRY(database.read([&](db::Reader& reader) { return strays(reader, indicators); }));
  if (seen.empty()) return {};
  return database.write([&](db::Transaction& tx) -> Result<void> {
    for (const auto& formula : TRY(strays(tx, indicators))) TRY(forget_formula(tx, formula));
    return {};
  });
}

Result<void> put_cells(db::Transaction& tx, const std::string& series, const Cells& cells) {
  for (const auto& [key, cell] : cells)
    TRY(
        tx.execute("INSERT INTO kpi_cell (series, month, part, bucket, n, total) VALUES ($1, $2, $3, $4, $5, $6) "
                   "ON CONFLICT (series, month, part, bucket) DO UPDATE SET n = kpi_cell.n + excluded.n, "
                   "total = kpi_cell.total + excluded.total",
                   {series, std::int64_t(key.month), key.part, key.bucket, cell.n, cell.total}));
  return {};
}

Result<void> keep(db::Transaction& tx, const Stock& stock, std::uint64_t position) {
  if (stock.from() == 0) TRY(forget_formula(tx, stock.id()));  // cells that lost their position would count twice
  for (auto side : kSideNames)
    TRY(tx.execute("DELETE FROM kpi_cell WHERE series = $1", {stock.id() + std::string(side) + std::string(kHeldSuffix)}));
  for (const auto& [series, cells] : stock.released()) TRY(put_cells(tx, series, cells));
  for (const auto& [series, cells] : stock.held()) TRY(put_cells(tx, series + std::string(kHeldSuffix), cells));
  if (stock.formula().of.until)
    TRY(tx.execute("DELETE FROM kpi_cell WHERE series = $1 AND n = 0", {stock.id() + std::string(kSideNames[kOpen])}));
  for (const auto& [stream, pair] : stock.pairs()) {
    TRY(tx.execute("DELETE FROM kpi_pair WHERE formula = $1 AND stream = $2", {stock.id(), stream}));
    if (pair)
      TRY(tx.execute("INSERT INTO kpi_pair (formula, stream, since, part) VALUES ($1, $2, $3, $4)",
                     {stock.id(), stream, pair->since_us, pair->part}));
  }
  TRY(
      tx.execute("INSERT INTO kpi_series (series, position) VALUES ($1, $2) "
                 "ON CONFLICT (series) DO UPDATE SET position = excluded.position",
                 {stock.id(), std::int64_t(position)}));
  return {};
}

Result<bool> pairs_agree(db::Reader& reader, const Stock& stock) {
  std::size_t rows = 0;
  bool agree = true;
  const auto pairs = stock.pairs();
  const db::Value parameters[] = {stock.id()};
  TRY(reader.scan("SELECT stream, since, part FROM kpi_pair WHERE formula = $1", parameters, [&](const db::Row& row) -> Result<void> {
    auto found = pairs.find(row.text(0));
    agree = agree && found != pairs.end() && found->second == OpenPair{row.integer(1), row.text(2)};
    ++rows;
    return {};
  }));
  return agree && rows == pairs.size();
}

// Table and series of rows that belong to no listed series; a series of cells is a formula, a side of it, and perhaps "held".
Result<std::set<std::pair<std::string, std::string>>> unlisted(db::Reader& reader, const std::set<std::string>& listed) {
  std::set<std::string> cells;
  for (const auto& formula : listed)
    for (auto side : kSideNames)
      for (auto end : {std::string_view(), kHeldSuffix}) cells.insert(formula + std::string(side) + std::string(end));
  std::set<std::pair<std::string, std::string>> out;
  for (const auto& row : TRY(reader.query("SELECT DISTINCT series FROM kpi_cell")))
    if (!cells.contains(row.text(0))) out.emplace("kpi_cell", row.text(0));
  for (const auto& row : TRY(reader.query("SELECT DISTINCT formula FROM kpi_pair")))
    if (!listed.contains(row.text(0))) out.emplace("kpi_pair", row.text(0));
  return out;
}

}  // namespace

CellsBySeries Gathered::all() const {
  CellsBySeries out = released;
  merge(out, held);
  return out;
}

Span Gathered::span(Time now) const { return {size > 0 ? first : now, now}; }

bool Gathered::hides(const Indicator& indicator) const {
  return indicator.persons || (!hidden.empty() && hidden.contains(definition_digest(indicator)));
}

Computed Gathered::figures(const Indicator& indicator, Time now, Eyes eyes) const {
  if (hides(indicator) && eyes == Eyes::kPublic) {
    Computed out = figures_of(indicator, pools_of(indicator, released, span(now)));
    hide_small_cells(out);
    round_counts(out);
    bool waiting = held.contains(indicator.formula.id() + std::string(kSideNames[indicator.formula.to ? kTo : kOf]));
    if (out.whole.why == Why::kNoRecords && waiting) out.whole = {std::nullopt, 0, -1, true, Why::kSuppressed};
    return out;
  }
  CellsBySeries cells;
  for (auto side : kSideNames)
    for (const auto* from : {&released, &held})
      if (auto found = from->find(indicator.formula.id() + std::string(side)); found != from->end())
        merge(cells[found->first], found->second);
  return compute(indicator, cells, span(now), eyes);
}

Figure Gathered::figure_in(const Indicator& indicator, int first_month, int months, Time now) const {
  const Computed shown = figures(indicator, now);
  const CellsBySeries everything = all();
  const Span all_time = span(now);
  const bool hides_small = hides(indicator);
  Figure out;
  bool hidden = false;
  if (months == 12) {
    for (const auto& [year, figure] : shown.years)
      if (year == fiscal_year_of(first_month)) out = figure;
  } else {
    out = figure_of_months(indicator, pools_of(indicator, hides_small ? released : everything, all_time), first_month, months);
    if (hides_small) {
      hidden = shown.whole.suppressed || is_small(out);
      for (const auto& [year, figure] : shown.years) hidden = hidden || (year == fiscal_year_of(first_month) && figure.suppressed);
      for (const auto& [month, figure] : shown.months)
        hidden = hidden || (month >= first_month && month < first_month + months && figure.suppressed);
      Computed rounded{&indicator, out};
      round_counts(rounded);
      out = rounded.whole;
    }
  }
  // Records that are not released yet are some, though nothing of them is told.
  if (!out.value && hides_small)
    hidden = hidden || figure_of_months(indicator, pools_of(indicator, everything, all_time), first_month, months).n > 0;
  return hidden ? Figure{std::nullopt, 0, -1, true, Why::kSuppressed} : out;
}

Result<void> scan_formula(db::Reader& reader, const Formula& formula, std::uint64_t until, Gatherer::Watch watch) {
  StoredPast past(reader);
  Gatherer gatherer(past);
  gatherer.add(formula, 0, until, {});
  gatherer.watch(std::move(watch));
  return pass(reader, gatherer, 0, until);
}

Result<std::uint64_t> Indicators::records_before(db::Reader& reader, Time time) {
  std::uint64_t least = 0, most = TRY(evidence::record_count(reader));
  while (least < most) {
    const std::uint64_t middle = least + (most - least) / 2;
    auto head = TRY(evidence::read_heads(reader, middle, 1));
    if (!head.empty() && head[0].at < time)
      least = middle + 1;
    else
      most = middle;
  }
  return least;
}

Result<Gathered> Indicators::gather(db::Reader& reader, const std::vector<Indicator>& indicators) {
  return gather(reader, indicators, TRY(evidence::record_count(reader)));
}

Result<Gathered> Indicators::gather(db::Reader& reader, const std::vector<Indicator>& indicators, std::uint64_t until) {
  Gathered out;
  out.size = until;
  out.hidden = TRY(hidden_since(reader, indicators));
  if (auto first = TRY(evidence::read_heads(reader, 0, 1)); until > 0 && !first.empty()) out.first = first[0].at;
  StoredPast past(reader);
  Gatherer gatherer(past);
  std::uint64_t from = out.size;
  for (const auto& [id, formula] : formulas_of(indicators)) {
    std::uint64_t position = TRY(position_of(reader, id, out.size));
    gatherer.add(formula, position, out.size, position ? TRY(stored(reader, id, true)) : CellsBySeries());
    if (position) merge(out.released, TRY(stored(reader, id, false)));
    from = std::min(from, position);
  }
  TRY(pass(reader, gatherer, from, out.size));
  for (const auto& stock : gatherer.stocks()) {
    merge(out.released, stock->released());
    merge(out.held, stock->held());
  }
  return out;
}

Result<Gathered> Indicators::gather(const std::vector<Indicator>& indicators) {
  return database_.read([&](db::Reader& reader) { return gather(reader, indicators); });
}

Result<bool> Indicators::catch_up(const std::vector<Indicator>& indicators, std::size_t most) {
  TRY(drop_strays(database_, indicators));
  // Looked at outside the write: an organisation at rest writes nothing.
  std::uint64_t size = 0, until = 0;
  std::unique_ptr<Gatherer> gatherer;
  std::unique_ptr<StoredPast> past;
  TRY(database_.read([&](db::Reader& reader) -> Result<void> {
    size = TRY(evidence::record_count(reader));
    past = std::make_unique<StoredPast>(reader);
    gatherer = std::make_unique<Gatherer>(*past);
    std::map<std::string, std::uint64_t> positions;
    std::uint64_t from = size;
    auto formulas = formulas_of(indicators);
    for (const auto& [id, formula] : formulas) from = std::min(from, positions[id] = TRY(position_of(reader, id, size)));
    until = std::min<std::uint64_t>(size, from + most);
    for (const auto& [id, formula] : formulas)
      if (auto at = positions[id]; at < until) gatherer->add(formula, at, until, at ? TRY(stored(reader, id, true)) : CellsBySeries());
    return pass(reader, *gatherer, from, until);
  }));
  std::vector<const Stock*> moved;
  for (const auto& stock : gatherer->stocks())
    if (stock->touched() || until > stock->from() + kLag || until < size) moved.push_back(stock.get());
  if (moved.empty()) return until < size;
  TRY(database_.write([&](db::Transaction& tx) -> Result<void> {
    std::uint64_t now = TRY(evidence::record_count(tx));
    for (const Stock* stock : moved)
      if (TRY(position_of(tx, stock->id(), now)) == stock->from()) TRY(keep(tx, *stock, until));  // else another got there first
    return {};
  }));
  return until < size;
}

// A formula whose series is missing whole, cells and pairs as well, is none: it is one that nothing concerned yet, or whose
// definition came after the last gathering, and readers count it from the first record on.
Result<std::vector<evidence::Finding>> Indicators::verify_derived(db::Reader& reader) {
  std::vector<evidence::Finding> findings;
  auto found = [&](std::string where, Text message) { findings.push_back({"derived", std::move(where), std::move(message)}); };
  auto known = TRY(known_formulas(reader));
  std::uint64_t size = TRY(evidence::record_count(reader)), until = 0;
  StoredPast past(reader);
  Gatherer gatherer(past);
  std::set<std::string> listed;
  for (const auto& row : TRY(reader.query("SELECT series, position FROM kpi_series ORDER BY series"))) {
    listed.insert(row.text(0));
    auto formula = known.find(row.text(0));
    if (formula == known.end()) {
      found("table kpi_series series " + row.text(0),
            {"どの指標の定義にもない集計です。次の集計で取り除かれます。",
             "No definition of an indicator asks for this series. The next gathering removes it."});
    } else if (!in_log(row.integer(1), size)) {
      found("table kpi_series series " + row.text(0),
            {"集計の位置が記録の件数と合いません。", "The position of the series is not within the records."});
    } else {
      gatherer.add(formula->second, 0, std::uint64_t(row.integer(1)), {});
      until = std::max(until, std::uint64_t(row.integer(1)));
    }
  }
  for (const auto& [table, series] : TRY(unlisted(reader, listed)))
    found("table " + table + " series " + series,
          {"集計の位置がどこにもない行です。", "The rows belong to no series whose position is kept."});
  TRY(pass(reader, gatherer, 0, until));
  for (const auto& stock : gatherer.stocks()) {
    bool agree =
        stock->released() == TRY(stored(reader, stock->id(), false)) && stock->held() == TRY(stored(reader, stock->id(), true));
    if (!agree)
      found("table kpi_cell series " + stock->id(),
            {"指標の集計が記録の内容と合いません。", "The cells of the series do not agree with the records."});
    if (!TRY(pairs_agree(reader, *stock)))
      found("table kpi_pair series " + stock->id(),
            {"指標の、終わりを待つ組が記録の内容と合いません。", "The open pairs of the series do not agree with the records."});
  }
  return findings;
}

Result<void> Indicators::forget(db::Transaction& tx) {
  TRY(tx.execute("DELETE FROM kpi_cell"));
  TRY(tx.execute("DELETE FROM kpi_pair"));
  TRY(tx.execute("DELETE FROM kpi_series"));
  return {};
}

}  // namespace musubi::kpi
