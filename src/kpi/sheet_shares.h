// What of other organisations stands beside the own rows where not everything fits: one organisation, whatever it reports, takes the place
// neither of the own rows nor of another organisation's. Pure.
#pragma once

#include <map>
#include <set>
#include <string>

#include "kpi/sheet_years.h"

namespace musubi::kpi {

// Of the rows of one table. Asked once for each row, the most wanted of an organisation first.
class Shares {
 public:
  explicit Shares(const SameIndicator& all);

  bool take(const Placed& one);                       // whether its next row is shown
  std::size_t each() const { return each_; }          // rows that another organisation may have
  std::size_t all() const { return all_; }            // rows there are
  std::size_t left_out() const { return left_out_; }  // of these, rows of others that are not shown
  std::size_t own() const { return own_; }            // own rows that are shown: at most 1,000
  std::size_t own_left_out() const { return own_left_out_; }

 private:
  std::size_t each_ = 0, all_ = 0, own_ = 0, others_ = 0, left_out_ = 0, own_left_out_ = 0;
  std::map<std::string, std::size_t> taken_;  // by organisation
};

// The years of an axis: all own ones, and those of others that lie within ten years of them; without an own one the newest of others.
std::set<int> years_together(std::set<int> own, const std::set<int>& others);

}  // namespace musubi::kpi
