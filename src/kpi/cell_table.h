// Amounts by packed key: open addressing in one block, because every head of a log of ten million goes through it several times.
#pragma once

#include <cstdint>
#include <vector>

namespace musubi::kpi {

class CellTable {
 public:
  struct Entry {
    std::uint64_t key = kFree;
    std::int64_t n = 0, total = 0;
  };

  void add(std::uint64_t key, std::int64_t n, std::int64_t total) {
    if ((used_ + 1) * 2 > entries_.size()) grow();
    Entry& entry = find(key);
    if (entry.key == kFree) entry.key = key, ++used_;
    entry.n += n;
    entry.total += total;
  }
  template <class F>
  void each(F&& see) const {
    for (const auto& entry : entries_)
      if (entry.key != kFree) see(entry);
  }

 private:
  static constexpr std::uint64_t kFree = UINT64_MAX;  // no key: months end long before

  Entry& find(std::uint64_t key) {
    std::size_t at = std::size_t(key * 0x9E3779B97F4A7C15u >> shift_);
    while (entries_[at].key != kFree && entries_[at].key != key) at = (at + 1) & (entries_.size() - 1);
    return entries_[at];
  }
  void grow() {
    std::vector<Entry> old(entries_.empty() ? 16 : entries_.size() * 2);
    old.swap(entries_);
    shift_ = 64;
    for (std::size_t size = entries_.size(); size > 1; size /= 2) --shift_;
    for (const auto& entry : old)
      if (entry.key != kFree) find(entry.key) = entry;
  }

  std::vector<Entry> entries_;
  std::size_t used_ = 0;
  int shift_ = 64;
};

}  // namespace musubi::kpi
