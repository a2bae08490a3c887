#include "kpi/with_rules.h"

#include <set>
#include <string>
#include <utility>

namespace musubi::kpi {

std::string parent_of(const std::string& pointer) {
  std::size_t slash = pointer.rfind('/');
  return slash == std::string::npos ? "" : pointer.substr(0, slash);
}

namespace {

// Whether something was already said at this place, around it or within it.
class Said {
 public:
  explicit Said(const std::vector<Fault>& faults) {
    for (const auto& fault : faults) places_.insert(fault.where);
  }
  bool covers(const std::string& where) const {
    // What could not be read says nothing about its neighbours: a KPI's status about its texts, a value about its unit.
    std::string around = parent_of(where);
    if (places_.contains(around + "/status")) return true;
    if (where == around + "/unit" && places_.contains(around + "/value")) return true;
    if (where == around + "/value" && places_.contains(around + "/unit")) return true;
    for (std::string place = where;; place = parent_of(place)) {
      if (places_.contains(place)) return true;
      if (place.empty()) break;
    }
    auto within = places_.lower_bound(where + "/");
    return within != places_.end() && within->starts_with(where + "/");
  }

 private:
  std::set<std::string> places_;
};

}  // namespace

std::vector<Fault> with_rules(std::vector<Fault> unread, std::vector<Fault> ruled) {
  const Said said(unread);
  std::set<std::pair<std::string, std::string>> told;
  for (auto& one : ruled)
    if (!said.covers(one.where) && told.emplace(one.where, one.message.ja).second) unread.push_back(std::move(one));
  return unread;
}

}  // namespace musubi::kpi
