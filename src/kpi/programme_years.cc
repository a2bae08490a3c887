#include "kpi/programme_years.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <tuple>

#include "text/normalise.h"

namespace musubi::kpi {
namespace {

using NumberKey = std::tuple<std::string, int, std::string>;  // publisher, fiscal year, review number

std::string plain(std::string_view words) { return text::search_form(text::collapse_spaces(words)); }

std::vector<ProgrammeEntry> entries_of(const std::vector<SharedSheet>& sheets) {
  std::vector<ProgrammeEntry> out;
  for (const auto& state : sheets)
    for (const auto& one : state->sheet.programmes) out.push_back({state, &one});
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
    const auto &x = a.state->sheet.header, &y = b.state->sheet.header;
    return std::pair(x.fiscal_year, x.id) < std::pair(y.fiscal_year, y.id);
  });
  return out;
}

NumberKey key_of(const ProgrammeEntry& entry, int year, const std::string& number) {
  return {plain(entry.state->sheet.header.source_publisher.ja), year, plain(number)};
}

class Groups {
 public:
  explicit Groups(std::size_t n) : parent_(n) { std::iota(parent_.begin(), parent_.end(), std::size_t(0)); }
  std::size_t root(std::size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void join(std::size_t a, std::size_t b) {  // the earlier one leads
    a = root(a), b = root(b);
    parent_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<std::size_t> parent_;
};

// What would overflow is left out, and not counted among what is known.
bool add(std::int64_t& sum, std::int64_t more) {
  std::int64_t out = 0;
  if (__builtin_add_overflow(sum, more, &out)) return false;
  sum = out;
  return true;
}

std::optional<std::int64_t> in_yen(std::int64_t amount, std::optional<std::int64_t> unit) {
  if (!unit || amount > kMaxYen / *unit || amount < -kMaxYen / *unit) return std::nullopt;
  return amount * *unit;
}

void add_amounts(ProgrammeAcross& across, const ProgrammeEntry& entry) {
  auto unit = yen_in_unit(entry.state->sheet.header);
  for (const auto& amount : entry.programme->amounts) {
    auto yen = in_yen(amount.amount, unit);
    if (!yen) {
      across.unknown_unit = true;
      continue;
    }
    auto& year = across.years[amount.fiscal_year];
    auto [at, is_new] = year.yen.emplace(amount.kind, *yen);
    if (is_new || at->second == *yen) continue;
    year.disagree = true;
    at->second = *yen;  // entries come oldest first
  }
}

// Two sheets of one policy print the same year, and not every programme of theirs is known to be the same: what the newest sheet
// prints counts, nothing twice. As with what is printed for the policy, totals and what was spent each have a newest sheet.
class Newest {
 public:
  explicit Newest(const std::vector<SharedSheet>& sheets) {
    for (const auto& state : sheets) {
      const auto& h = state->sheet.header;
      for (const auto& programme : state->sheet.programmes)
        each(h, programme, [&](Key key) {
          auto [at, is_new] = sheet_of_.try_emplace(std::move(key), state.get());
          if (!is_new && at->second->sheet.header.fiscal_year < h.fiscal_year) at->second = state.get();
        });
    }
  }
  // Years of which the newest sheet prints an amount of this programme, with kTotal or kExecuted.
  std::set<std::pair<int, AmountKind>> printed_of(const ProgrammeAcross& across) const {
    std::set<std::pair<int, AmountKind>> out;
    for (const auto& entry : across.entries)
      each(entry.state->sheet.header, *entry.programme, [&](const Key& key) {
        if (sheet_of_.at(key) == entry.state.get()) out.emplace(std::get<2>(key), std::get<3>(key));
      });
    return out;
  }

 private:
  using Key = std::tuple<std::string, std::string, int, AmountKind>;  // publisher, policy, fiscal year

  template <class F>
  static void each(const SheetHeader& h, const Programme& programme, F what) {
    auto unit = yen_in_unit(h);
    for (const auto& amount : programme.amounts) {
      bool is_total = amount.kind == AmountKind::kTotal || amount.kind == AmountKind::kInitial;  // without (a) no total is computed
      if ((!is_total && amount.kind != AmountKind::kExecuted) || !in_yen(amount.amount, unit)) continue;
      what(Key{plain(h.source_publisher.ja), h.policy_number, amount.fiscal_year,
               is_total ? AmountKind::kTotal : AmountKind::kExecuted});
    }
  }
  std::map<Key, const SheetState*> sheet_of_;
};

void add_numbers(ProgrammeAcross& across, const ProgrammeEntry& entry) {
  for (const auto& [year, number] : entry.programme->review_numbers) {
    std::string& known = across.review_numbers[year];
    if (known.empty())
      known = number;
    else if (("/" + known + "/").find("/" + number + "/") == std::string::npos)
      known += "/" + number;
  }
}

}  // namespace

std::optional<std::int64_t> yen_in_unit(const SheetHeader& header) {
  for (auto [words, yen] : {std::pair{"円", std::int64_t(1)}, {"千円", 1000}, {"百万円", 1'000'000}, {"億円", 100'000'000}})
    if (header.money_unit.ja == words) return yen;
  return std::nullopt;
}

std::optional<std::int64_t> ProgrammeYear::of(AmountKind kind) const {
  auto found = yen.find(kind);
  return found == yen.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::int64_t> ProgrammeYear::computed_total() const {
  auto initial = of(AmountKind::kInitial);
  if (!initial) return std::nullopt;
  return *initial + of(AmountKind::kSupplementary).value_or(0) + of(AmountKind::kCarryOver).value_or(0);
}

std::optional<std::int64_t> ProgrammeYear::total() const {
  auto printed = of(AmountKind::kTotal);
  return printed ? printed : computed_total();
}

std::vector<ProgrammeAcross> programmes_across(const std::vector<SharedSheet>& sheets) {
  auto entries = entries_of(sheets);
  std::map<NumberKey, std::vector<std::size_t>> by_number;
  for (std::size_t i = 0; i < entries.size(); ++i)
    for (const auto& [year, number] : entries[i].programme->review_numbers) by_number[key_of(entries[i], year, number)].push_back(i);
  Groups groups(entries.size());
  for (const auto& [key, all] : by_number) {
    std::set<const SheetState*> on;
    for (auto i : all) on.insert(entries[i].state.get());
    if (on.size() != all.size()) continue;  // stands twice on one sheet: which of the two it is cannot be told
    for (auto i : all) groups.join(all[0], i);
  }
  std::map<std::size_t, ProgrammeAcross> joined;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    auto& across = joined[groups.root(i)];
    add_amounts(across, entries[i]);
    add_numbers(across, entries[i]);
    across.entries.push_back(std::move(entries[i]));
  }
  std::vector<ProgrammeAcross> out;
  for (auto& [unused, across] : joined) out.push_back(std::move(across));
  return out;
}

std::map<int, ProgrammeSums> programme_sums(const std::vector<SharedSheet>& sheets, const std::vector<ProgrammeAcross>& all) {
  std::map<int, ProgrammeSums> out;
  Newest newest(sheets);
  for (const auto& across : all) {
    auto printed = newest.printed_of(across);
    for (const auto& [year, amounts] : across.years) {
      auto& sums = out[year];
      if (auto total = amounts.total(); total && printed.contains({year, AmountKind::kTotal}))
        sums.with_total += add(sums.total, *total);
      if (auto executed = amounts.of(AmountKind::kExecuted); executed && printed.contains({year, AmountKind::kExecuted}))
        sums.with_executed += add(sums.executed, *executed);
    }
  }
  std::map<std::tuple<std::string, std::string, int, AmountKind>, std::pair<int, std::int64_t>> printed;  // with the sheet's year
  for (const auto& state : sheets) {
    const auto& h = state->sheet.header;
    auto unit = yen_in_unit(h);
    if (!unit || state->sheet.programmes.empty()) continue;
    for (const auto& one : h.budget) {
      if ((one.kind != AmountKind::kTotal && one.kind != AmountKind::kExecuted) || one.amount > kMaxYen / *unit ||
          one.amount < -kMaxYen / *unit)
        continue;
      auto [at, is_new] = printed.try_emplace({plain(h.source_publisher.ja), h.policy_number, one.fiscal_year, one.kind},
                                              h.fiscal_year, one.amount * *unit);
      if (!is_new && at->second.first < h.fiscal_year) at->second = {h.fiscal_year, one.amount * *unit};
    }
  }
  for (const auto& [key, amount] : printed) {
    auto& sums = out[std::get<2>(key)];
    auto& into = std::get<3>(key) == AmountKind::kTotal ? sums.policy_total : sums.policy_executed;
    if (!into) into = 0;
    add(*into, amount.second);
  }
  return out;
}

}  // namespace musubi::kpi
