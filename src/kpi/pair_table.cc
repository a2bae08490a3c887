#include "kpi/pair_table.h"

namespace musubi::kpi {

void PairTable::set(std::size_t formula, Pair pair) {
  look();
  if (!found_) {
    if (pair.state == State::kUnknown) return;
    enter();
  }
  if (found_->pairs.size() <= formula) found_->pairs.resize(formulas_);
  Pair& kept = found_->pairs[formula];
  found_->known += std::size_t(pair.state != State::kUnknown);
  found_->known -= std::size_t(kept.state != State::kUnknown);
  kept = pair;
  if (found_->known > 0) return;
  by_stream_.erase(found_->stream);
  free_.push_back(found_);  // every pair of it is unknown
  found_ = nullptr;
}

void PairTable::enter() {
  if (free_.empty()) {
    found_ = &entries_.emplace_back();
  } else {
    found_ = free_.back();
    free_.pop_back();
  }
  found_->stream.assign(stream_);
  by_stream_.emplace(found_->stream, found_);
}

}  // namespace musubi::kpi
