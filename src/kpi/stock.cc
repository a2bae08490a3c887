#include "kpi/stock.h"

#include <algorithm>
#include <set>

#include "base/check.h"
#include "text/dates.h"

namespace musubi::kpi {
namespace {

// month 16 bits, part 20, bucket 28.
constexpr std::uint32_t kPartsAtMost = (1u << 20) - 1;  // beyond, parts are counted without a name
constexpr std::uint64_t kBucketMask = (std::uint64_t(1) << 28) - 1;

bool holds(const FactSlot& slot, const FactValue& wanted) {
  if (const bool* flag = std::get_if<bool>(&wanted)) return slot.kind == FactSlot::Kind::kBoolean && slot.integer == *flag;
  if (const auto* number = std::get_if<std::int64_t>(&wanted)) return slot.kind == FactSlot::Kind::kInteger && slot.integer == *number;
  return same_text(slot, std::get<std::string>(wanted));
}

// "2026-11"; nothing where it is no month.
std::optional<int> named_month(const FactSlot& slot) {
  if (slot.kind != FactSlot::Kind::kText || slot.text.size() != 7) return std::nullopt;
  auto day = text::parse_date(std::string(slot.text) + "-01");
  if (!day.ok()) return std::nullopt;
  return day->year * 12 + day->month - 1;
}

// Where the end of a pair does not say, the start does.
std::string joined(std::string_view end, const std::string& start) {
  std::string out;
  std::string_view other = start;
  while (true) {
    auto cut = end.find(kPartSeparator), other_cut = other.find(kPartSeparator);
    std::string_view one = end.substr(0, cut);
    out += one.empty() ? other.substr(0, other_cut) : one;
    if (cut == end.npos) return out;
    out += kPartSeparator;
    end.remove_prefix(cut + 1);
    other = other_cut == other.npos ? std::string_view() : other.substr(other_cut + 1);
  }
}

}  // namespace

Stock::Stock(Formula formula, std::uint64_t from, std::uint64_t until, const CellsBySeries& held)
    : formula_(std::move(formula)), id_(formula_.id()), from_(from), until_(until) {
  for (Side side : {kOf, kTo, kOpen}) {
    auto found = held.find(id_ + std::string(kSideNames[side]));
    if (found == held.end()) continue;
    for (const auto& [key, cell] : found->second) count(side, key.month, key.part, key.bucket, {cell.n, cell.total});
  }
  touched_ = false;
}

void Stock::count(Side side, int month, const std::string& part, std::int64_t bucket, Amounts amounts) {
  auto [at, fresh] = part_ids_.emplace(part, std::uint32_t(parts_.size()));
  if (fresh) {
    if (parts_.size() >= kPartsAtMost) {
      part_ids_.erase(at);
      return count(side, month, *parts_.front(), bucket, amounts);
    }
    parts_.push_back(&at->first);
  }
  std::uint64_t key = std::uint64_t(month) << 48 | std::uint64_t(at->second) << 28 | (std::uint64_t(bucket) & kBucketMask);
  held_.push_back({side, key, amounts});
  touched_ = true;
  if (side != (formula_.to ? kTo : kOf)) return;
  held_records_ += amounts.n;
  if (held_records_ >= kSmallCell) release();
}

void Stock::release() {
  for (const auto& one : held_) {
    Amounts& cell = cells_[one.side][one.key];
    cell.n += one.amounts.n;
    cell.total += one.amounts.total;
  }
  held_.clear();
  held_records_ = 0;
}

CellKey Stock::key_of(std::uint64_t packed) const {
  return {int(packed >> 48), *parts_[packed >> 28 & kPartsAtMost], std::int64_t(packed & kBucketMask)};
}

CellsBySeries Stock::released() const {
  CellsBySeries out;
  for (Side side : {kOf, kTo, kOpen}) {
    Cells cells;
    for (const auto& [key, amounts] : cells_[side])
      if (amounts.n != 0 || amounts.total != 0) cells[key_of(key)] = {amounts.n, amounts.total};
    if (!cells.empty()) out[id_ + std::string(kSideNames[side])] = std::move(cells);
  }
  return out;
}

CellsBySeries Stock::held() const {
  CellsBySeries out;
  for (const auto& one : held_)
    merge(out[id_ + std::string(kSideNames[one.side])], Cells{{key_of(one.key), {one.amounts.n, one.amounts.total}}});
  std::erase_if(out, [](const auto& one) { return one.second.empty(); });
  return out;
}

Result<std::optional<OpenPair>> Stock::open_pair(std::string_view stream, Past& past) {
  auto found = pairs_.find(stream);
  if (found != pairs_.end()) return found->second;
  if (from_ == 0) return std::optional<OpenPair>();
  return past.open_pair(id_, stream);
}

std::size_t Gatherer::TypePlan::slot(const std::string& name) {
  auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return std::size_t(found - names.begin());
  names.push_back(name);
  slots.resize(names.size());
  return names.size() - 1;
}

Stock& Gatherer::add(Formula formula, std::uint64_t from, std::uint64_t until, const CellsBySeries& held) {
  stocks_.push_back(std::make_unique<Stock>(std::move(formula), from, until, held));
  Stock& stock = *stocks_.back();
  const Formula& kept = stock.formula();
  if (kept.of.until) {
    plan(stock, kept.of, Role::kEnd);  // before the start: one record may end a pair and begin the next
    plan(stock, kept.of, Role::kStart);
  } else {
    plan(stock, kept.of, Role::kOf);
  }
  if (kept.to) plan(stock, *kept.to, Role::kTo);
  return stock;
}

void Gatherer::plan(Stock& stock, const Series& series, Role role) {
  TypePlan& plan = plans_[role == Role::kEnd ? series.until->type : series.type];
  Use use{&stock, role, &series, {}, {}};
  for (const auto& condition : role == Role::kEnd ? series.until->conditions : series.conditions)
    use.conditions.emplace_back(plan.slot(condition.fact), &condition.value);
  for (const auto& name : series.by) use.parts.push_back(plan.slot(name));
  if (!series.values_of.empty()) use.parts.push_back(plan.slot(series.values_of));
  if (!series.fact.empty()) use.fact = plan.slot(series.fact);
  if (!series.month_fact.empty()) use.month = plan.slot(series.month_fact);
  plan.uses.push_back(std::move(use));
}

std::vector<std::string> Gatherer::types() const {
  std::vector<std::string> out;
  for (const auto& [type, plan] : plans_) out.push_back(type);
  std::sort(out.begin(), out.end());
  return out;
}

Result<void> Gatherer::see(const SeenHead& head) {
  if (!last_ || last_->first != head.type) {
    auto found = plans_.find(head.type);
    if (found == plans_.end()) return {};
    last_ = &*found;
  }
  TypePlan& plan = const_cast<TypePlan&>(last_->second);
  if (!read_facts(head.head, plan.names, plan.slots)) return {};  // verify names a damaged head by itself
  for (const auto& use : plan.uses) {
    if (!use.stock->wants(head.index)) continue;
    bool all = true;
    for (const auto& [slot, wanted] : use.conditions) all = all && holds(plan.slots[slot], *wanted);
    if (all) TRY(apply(use, plan, head));
  }
  return {};
}

void Gatherer::write_part(const Use& use, const TypePlan& plan) {
  part_.clear();
  for (std::size_t i = 0; i < use.parts.size(); ++i) {
    if (i > 0) part_ += kPartSeparator;
    append_part(part_, plan.slots[use.parts[i]]);
  }
}

int Gatherer::month(const Use& use, const TypePlan& plan, Time at) {
  if (use.month != SIZE_MAX)
    if (auto named = named_month(plan.slots[use.month])) return *named;
  if (at.us < month_from_us_ || at.us >= month_until_us_) {
    month_ = month_of(at);
    month_from_us_ = month_start(month_).us;
    month_until_us_ = month_start(month_ + 1).us;
  }
  return month_;
}

void Gatherer::count(Stock& stock, const SeenHead& head, Side side, int month, const std::string& part, std::int64_t bucket, Stock::Amounts amounts) {
  stock.count(side, month, part, bucket, amounts);
  if (watch_) watch_(head, side, month, part, int(amounts.n));
}

// Records whose fact is missing or no number are not counted.
Result<void> Gatherer::apply(const Use& use, const TypePlan& plan, const SeenHead& head) {
  if (use.role == Role::kEnd) return end_pair(use, plan, head);
  if (use.role == Role::kStart) return start_pair(use, plan, head);
  std::int64_t amount = 0;
  if (use.fact != SIZE_MAX) {
    const FactSlot& slot = plan.slots[use.fact];
    if (slot.kind != FactSlot::Kind::kInteger || slot.integer > kLargestFact || slot.integer < -kLargestFact) return {};
    amount = slot.integer;
  }
  write_part(use, plan);
  bool spread = use.series->spread;
  count(*use.stock, head, use.role == Role::kTo ? kTo : kOf, month(use, plan, head.at), part_, spread ? bucket_of(amount) : 0, {1, spread ? 0 : amount});
  return {};
}

Result<void> Gatherer::end_pair(const Use& use, const TypePlan& plan, const SeenHead& head) {
  Stock& stock = *use.stock;
  auto open = TRY(stock.open_pair(head.stream, past_));
  if (!open) return {};
  write_part(use, plan);
  count(stock, head, kOpen, 0, open->part, open->since_us / kHour_us, {-1, 0});
  count(stock, head, kOf, month(use, plan, head.at), joined(part_, open->part), bucket_of((head.at.us - open->since_us) / 1000), {1, 0});
  auto kept = stock.pairs_.find(head.stream);
  if (stock.from() > 0) stock.pairs_[std::string(head.stream)] = std::nullopt;
  else if (kept != stock.pairs_.end()) stock.pairs_.erase(kept);
  return {};
}

Result<void> Gatherer::start_pair(const Use& use, const TypePlan& plan, const SeenHead& head) {
  Stock& stock = *use.stock;
  if (TRY(stock.open_pair(head.stream, past_))) return {};
  bool first = use.series->until->pairs == Pairs::kFirst;
  if (first && head.counter > 1 && TRY(past_.began_before(*use.series, head.stream, head.counter))) return {};
  write_part(use, plan);
  stock.pairs_[std::string(head.stream)] = OpenPair{head.at.us, part_};
  count(stock, head, kOpen, 0, part_, head.at.us / kHour_us, {1, 0});
  return {};
}

bool meets(std::string_view head, const std::vector<Condition>& conditions) {
  std::vector<std::string> names;
  for (const auto& condition : conditions) names.push_back(condition.fact);
  std::vector<FactSlot> slots(names.size());
  if (!read_facts(head, names, slots)) return false;
  for (std::size_t i = 0; i < slots.size(); ++i)
    if (!holds(slots[i], conditions[i].value)) return false;
  return true;
}

}  // namespace musubi::kpi
