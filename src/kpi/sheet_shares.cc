#include "kpi/sheet_shares.h"

#include <algorithm>

#include "kpi/sheet_organisations.h"

namespace musubi::kpi {
namespace {

constexpr std::size_t kOwnRows = 1000, kOthersRows = 200, kRowsOfEach = 24;
constexpr int kYearsAround = 10;

}  // namespace

Shares::Shares(const SameIndicator& all) {
  std::set<std::string> others;
  for (const auto& one : all)
    if (one.other) others.insert(one.other->organisation);
  each_ = std::clamp<std::size_t>(kOthersRows / std::max<std::size_t>(others.size(), 1), 1, kRowsOfEach);
}

bool Shares::take(const Placed& one) {
  ++all_;
  if (!one.other) {
    const bool shown = own_ < kOwnRows;
    ++(shown ? own_ : own_left_out_);
    return shown;
  }
  std::size_t& taken = taken_[one.other->organisation];
  const bool shown = others_ < kOthersRows && taken < each_;
  ++(shown ? others_ : left_out_);
  taken += shown;
  return shown;
}

std::set<int> years_together(std::set<int> own, const std::set<int>& others) {
  if (others.empty()) return own;
  const int first = own.empty() ? *others.rbegin() - 2 * kYearsAround : *own.begin() - kYearsAround,
            last = own.empty() ? *others.rbegin() : *own.rbegin() + kYearsAround;
  own.insert(others.lower_bound(first), others.upper_bound(last));
  return own;
}

}  // namespace musubi::kpi
