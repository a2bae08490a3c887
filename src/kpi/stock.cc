#include "kpi/stock.h"

#include <algorithm>
#include <cstring>

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

// Eight bytes at a time; names of streams and parts are our own, so speed comes before resistance to made-up ones.
std::size_t TextHash::operator()(std::string_view text) const {
  std::uint64_t hash = text.size() * 0x9E3779B97F4A7C15u;
  auto mix = [&](std::uint64_t word) {
    hash = (hash ^ word) * 0xFF51AFD7ED558CCDu;
    hash ^= hash >> 32;
  };
  std::uint64_t word = 0;
  for (; text.size() >= 8; text.remove_prefix(8)) {
    std::memcpy(&word, text.data(), 8);
    mix(word);
  }
  word = 0;
  std::memcpy(&word, text.data(), text.size());
  mix(word);
  return hash;
}

std::uint32_t PartNames::id(std::string_view part) {
  auto found = ids_.find(part);
  if (found != ids_.end()) return found->second;
  if (names_.size() > kPartsAtMost) return 0;
  const auto id = std::uint32_t(names_.size());
  ids_.emplace(names_.emplace_back(part), id);
  return id;
}

Stock::Stock(Formula formula, std::uint64_t from, std::uint64_t until, const CellsBySeries& held, PartNames& parts, PairTable& pairs)
    : formula_(std::move(formula)), id_(formula_.id()), from_(from), until_(until), parts_(parts), pairs_(pairs) {
  if (formula_.of.until) slot_ = pairs_.add_formula();
  for (Side side : {kOf, kTo, kOpen}) {
    auto found = held.find(id_ + std::string(kSideNames[side]));
    if (found == held.end()) continue;
    for (const auto& [key, cell] : found->second) count(side, key.month, parts_.id(key.part), key.bucket, {cell.n, cell.total});
  }
  touched_ = false;
}

void Stock::count(Side side, int month, std::uint32_t part, std::int64_t bucket, Amounts amounts) {
  std::uint64_t key = std::uint64_t(month) << 48 | std::uint64_t(part) << 28 | (std::uint64_t(bucket) & kBucketMask);
  held_.push_back({side, key, amounts});
  touched_ = true;
  if (side != (formula_.to ? kTo : kOf)) return;
  held_records_ += amounts.n;
  if (held_records_ >= kSmallCell) release();
}

void Stock::release() {
  for (const auto& one : held_) cells_[one.side].add(one.key, one.amounts.n, one.amounts.total);
  held_.clear();
  held_records_ = 0;
}

CellKey Stock::key_of(std::uint64_t packed) const {
  return {int(packed >> 48), parts_.name(packed >> 28 & kPartsAtMost), std::int64_t(packed & kBucketMask)};
}

CellsBySeries Stock::released() const {
  CellsBySeries out;
  for (Side side : {kOf, kTo, kOpen}) {
    Cells cells;
    cells_[side].each([&](const CellTable::Entry& entry) {
      if (entry.n != 0 || entry.total != 0) cells[key_of(entry.key)] = {entry.n, entry.total};
    });
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

std::map<std::string, std::optional<OpenPair>> Stock::pairs() const {
  std::map<std::string, std::optional<OpenPair>> out;
  if (!formula_.of.until) return out;
  pairs_.each(slot_, [&](const std::string& stream, const PairTable::Pair& pair) {
    out[stream] =
        pair.state == PairTable::State::kOpen ? std::optional(OpenPair{pair.since_us, parts_.name(pair.part)}) : std::nullopt;
  });
  return out;
}

Result<PairTable::Pair> Stock::open_pair(std::string_view stream, Past& past) {
  auto pair = pairs_.get(slot_);
  if (pair.state == PairTable::State::kOpen) return pair;
  if (pair.state == PairTable::State::kEnded || from_ == 0) return PairTable::Pair{};
  auto stored = TRY(past.open_pair(id_, stream));
  return stored ? PairTable::Pair{stored->since_us, parts_.id(stored->part), PairTable::State::kOpen} : PairTable::Pair{};
}

std::size_t Gatherer::TypePlan::slot(const std::string& name) {
  auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return std::size_t(found - names.begin());
  names.push_back(name);
  slots.resize(names.size());
  return names.size() - 1;
}

std::size_t Gatherer::TypePlan::group(std::vector<std::size_t> of) {
  for (std::size_t i = 0; i < groups.size(); ++i)
    if (groups[i].slots == of) return i;
  groups.push_back({std::move(of), std::nullopt});
  return groups.size() - 1;
}

Stock& Gatherer::add(Formula formula, std::uint64_t from, std::uint64_t until, const CellsBySeries& held) {
  stocks_.push_back(std::make_unique<Stock>(std::move(formula), from, until, held, parts_, pairs_));
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
  last_ = nullptr;
  Use use{&stock, role, &series, {}};
  for (const auto& condition : role == Role::kEnd ? series.until->conditions : series.conditions)
    use.conditions.emplace_back(plan.slot(condition.fact), &condition.value);
  std::vector<std::size_t> parts;
  for (const auto& name : series.by) parts.push_back(plan.slot(name));
  if (!series.values_of.empty()) parts.push_back(plan.slot(series.values_of));
  use.group = plan.group(std::move(parts));
  if (!series.fact.empty()) use.fact = plan.slot(series.fact);
  if (!series.month_fact.empty()) use.month = plan.slot(series.month_fact);
  plan.uses.push_back(std::move(use));
}

Result<void> Gatherer::see(const SeenHead& head) {
  if (!last_ || last_->first != head.type) {
    auto found = plans_.find(head.type);
    if (found == plans_.end()) return {};
    last_ = &*found;
  }
  TypePlan& plan = last_->second;
  if (!read_facts(head.head, plan.names, plan.slots)) return {};  // verify names a damaged head by itself
  for (auto& group : plan.groups) group.id.reset();
  pairs_.look_at(head.stream);
  for (const auto& use : plan.uses) {
    if (!use.stock->wants(head.index)) continue;
    bool all = true;
    for (const auto& [slot, wanted] : use.conditions) all = all && holds(plan.slots[slot], *wanted);
    if (!all) continue;
    if (use.role == Role::kEnd)
      TRY(end_pair(use, plan, head));
    else if (use.role == Role::kStart)
      TRY(start_pair(use, plan, head));
    else
      count_record(use, plan, head);
  }
  return {};
}

std::uint32_t Gatherer::part_of(const Use& use, TypePlan& plan) {
  PartGroup& group = plan.groups[use.group];
  if (group.id) return *group.id;
  part_.clear();
  for (std::size_t i = 0; i < group.slots.size(); ++i) {
    if (i > 0) part_ += kPartSeparator;
    append_part(part_, plan.slots[group.slots[i]]);
  }
  return *(group.id = parts_.id(part_));
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

void Gatherer::count(Stock& stock, const SeenHead& head, Side side, int month, std::uint32_t part, std::int64_t bucket,
                     Stock::Amounts amounts) {
  stock.count(side, month, part, bucket, amounts);
  if (watch_) watch_(head, side, month, parts_.name(part), int(amounts.n));
}

// Records whose fact is missing or no number are not counted.
void Gatherer::count_record(const Use& use, TypePlan& plan, const SeenHead& head) {
  std::int64_t amount = 0;
  if (use.fact != SIZE_MAX) {
    const FactSlot& slot = plan.slots[use.fact];
    if (slot.kind != FactSlot::Kind::kInteger || slot.integer > kLargestFact || slot.integer < -kLargestFact) return;
    amount = slot.integer;
  }
  bool spread = use.series->spread;
  count(*use.stock, head, use.role == Role::kTo ? kTo : kOf, month(use, plan, head.at), part_of(use, plan),
        spread ? bucket_of(amount, use.series->in_seconds) : 0, {1, spread ? 0 : amount});
}

Result<void> Gatherer::end_pair(const Use& use, TypePlan& plan, const SeenHead& head) {
  Stock& stock = *use.stock;
  const auto open = TRY(stock.open_pair(head.stream, past_));
  if (open.state != PairTable::State::kOpen) return {};
  std::uint32_t part = part_of(use, plan);
  if (part != open.part) part = parts_.id(joined(parts_.name(part), parts_.name(open.part)));
  count(stock, head, kOpen, 0, open.part, open.since_us / kHour_us, {-1, 0});
  count(stock, head, kOf, month(use, plan, head.at), part, bucket_of((head.at.us - open.since_us) / 1000, use.series->in_seconds),
        {1, 0});
  pairs_.set(stock.slot_, {0, 0, stock.from() > 0 ? PairTable::State::kEnded : PairTable::State::kUnknown});
  return {};
}

Result<void> Gatherer::start_pair(const Use& use, TypePlan& plan, const SeenHead& head) {
  Stock& stock = *use.stock;
  if (TRY(stock.open_pair(head.stream, past_)).state == PairTable::State::kOpen) return {};
  bool first = use.series->until->pairs == Pairs::kFirst;
  if (first && head.counter > 1 && TRY(past_.began_before(*use.series, head.stream, head.counter))) return {};
  std::uint32_t part = part_of(use, plan);
  pairs_.set(stock.slot_, {head.at.us, part, PairTable::State::kOpen});
  count(stock, head, kOpen, 0, part, head.at.us / kHour_us, {1, 0});
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
