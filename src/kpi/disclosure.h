// Which figures the public may not see, so that none of them tells of a person, alone or by difference from the others.
//
// Small is a figure of one to four records, and a ratio with one to four records on either side of it. Hidden are the small
// ones; and in each line whose sum is shown (the months of a fiscal year, all months, all years, all parts, the parts that
// share the value of one attribute) as many more, smallest first, that at least two are hidden and that together they are not
// small. A hidden fiscal year hides its months. A whole that is small hides all.
//
// Lines are those of one indicator. Others count the same persons by other conditions (those decided, those filed, those still
// open), and own definitions may count them in any way: no hiding within one indicator sees to their differences. So what is
// shown is rounded to fives, counts and sums as well as both sides of a ratio: a difference is then none or at least five, and
// within two on either side of it nobody knows.
#pragma once

#include "kpi/computed.h"

namespace musubi::kpi {

bool is_small(const Figure& figure);
void hide_small_cells(Computed& computed);
std::int64_t to_fives(std::int64_t n);  // to the nearest multiple
void round_counts(Computed& computed);  // after hiding: what is not small stays at least kSmallCell

// One indicator of several organisations, of which each publishes its own. What is shown for all together stands on what each
// of them shows, and on what they hide only where that is of two or more and together not small. Keeps sums alone, however many
// organisations there are.
class Together {
 public:
  explicit Together(const Indicator& indicator) : indicator_(indicator) {}

  Computed add(const Pools& pools);  // of one organisation; its figures as it shows them
  Computed computed() const;

 private:
  struct Shared {  // what the organisations have of one figure
    Pool shown, hidden;
    Figure mass;  // records of what is hidden, as far as they can be added up
    std::size_t hiding = 0, showing = 0;
  };
  static void put(Shared& into, const Pool& pool, const Figure* shown, const Figure& raw);
  static std::optional<Pool> pool_of(const Shared& shared);  // as much as may be shown for all
  template <class Key>
  static void put_line(std::map<Key, Shared>& into, const std::map<Key, Pool>& pools, const std::vector<std::pair<Key, Figure>>& shown,
                       const std::vector<std::pair<Key, Figure>>& raw);

  const Indicator& indicator_;
  Span span_;
  bool any_ = false;  // somebody has records
  Shared whole_;
  std::map<int, Shared> months_, years_;
  std::map<std::string, Shared> parts_;
};

}  // namespace musubi::kpi
