// Pairs of all formulas that wait for their end, by stream: one look for a head however many formulas ask of it, for a case is open in
// several at once and the table is larger than any cache.
//
// Owner: a Gatherer, one thread. Memory: an entry for each stream with a pair that is open, or was ended by a pass that began in the
// middle of the log.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "kpi/part_names.h"

namespace musubi::kpi {

class PairTable {
 public:
  enum class State : std::uint8_t { kUnknown, kOpen, kEnded };
  struct Pair {
    std::int64_t since_us = 0;
    std::uint32_t part = 0;
    State state = State::kUnknown;
  };

  std::size_t add_formula() { return formulas_++; }
  // The stream that the calls below are about, until the next one; the view must live as long.
  void look_at(std::string_view stream) {
    stream_ = stream;
    looked_ = false;
  }
  Pair get(std::size_t formula) {
    look();
    return !found_ || formula >= found_->pairs.size() ? Pair{} : found_->pairs[formula];
  }
  void set(std::size_t formula, Pair pair);  // kUnknown takes it out
  template <class F>
  void each(std::size_t formula, F&& see) const {
    for (const auto& one : entries_)
      if (formula < one.pairs.size() && one.pairs[formula].state != State::kUnknown) see(one.stream, one.pairs[formula]);
  }

 private:
  struct Entry {
    std::string stream;
    std::vector<Pair> pairs;  // by formula
    std::size_t known = 0;    // of them; 0: free, for the next stream that begins, as many begin as end
  };
  void look() {
    if (looked_) return;
    auto at = by_stream_.find(stream_);
    found_ = at == by_stream_.end() ? nullptr : at->second;
    looked_ = true;
  }
  void enter();

  std::size_t formulas_ = 0;
  std::deque<Entry> entries_;  // stay where they are
  ByView<Entry*> by_stream_;   // those that are not free
  std::vector<Entry*> free_;
  Entry* found_ = nullptr;
  std::string_view stream_;
  bool looked_ = false;
};

}  // namespace musubi::kpi
