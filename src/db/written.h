// What the writes of one thread appended to the logs, so that the answer to the request that made them can carry a receipt.
#pragma once

#include <string>
#include <vector>

#include "db/transaction.h"

namespace musubi::db {

// While one lives, it notes each write of its thread that appended leaves, in the order of the writes. One inside another
// takes what is written while it lives; the outer one goes on when it ends.
class Written {
 public:
  struct Act {
    std::string organisation;
    LeafRange leaves;  // at least one
  };

  Written();
  ~Written();
  Written(const Written&) = delete;
  Written& operator=(const Written&) = delete;

  static Written* of_this_thread();  // null where none lives
  void add(Act act) { acts_.push_back(std::move(act)); }
  const std::vector<Act>& acts() const { return acts_; }

 private:
  Written* outer_;
  std::vector<Act> acts_;
};

}  // namespace musubi::db
