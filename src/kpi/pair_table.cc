#include "kpi/pair_table.h"

namespace musubi::kpi {

void PairTable::set(std::size_t formula, Pair pair) {
  look();
  if (found_ == streams_.end()) {
    if (pair.state == State::kUnknown) return;
    enter();
  }
  Stream& stream = found_->second;
  if (stream.pairs.size() <= formula) stream.pairs.resize(formulas_);
  Pair& kept = stream.pairs[formula];
  stream.known += std::size_t(pair.state != State::kUnknown);
  stream.known -= std::size_t(kept.state != State::kUnknown);
  kept = pair;
  if (stream.known > 0) return;
  spare_ = streams_.extract(found_);
  found_ = streams_.end();
}

void PairTable::enter() {
  if (spare_.empty()) {
    found_ = streams_.try_emplace(std::string(stream_)).first;
    return;
  }
  spare_.key().assign(stream_);  // every pair of it is unknown
  found_ = streams_.insert(std::move(spare_)).position;
}

}  // namespace musubi::kpi
