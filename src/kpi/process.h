// The process as it is lived: discovered from the order of records in the streams of cases, not from any model. Pure functions
// on traces: what follows what and how often, how long each step and each way took, what comes back, where the time goes.
//
// What everybody sees stands on groups of closed cases: those with the same path, begun in the same month. A group smaller
// than kSmallCell is left out, and where the groups left out of a month are together smaller than that, the next smallest
// too. Each figure is then a sum over whole groups, so that no figure and no difference of two is about fewer than kSmallCell
// cases. Officers see every case.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "kpi/trace.h"

namespace musubi::kpi {

// Of times in seconds; nearest rank, as in computed.h.
struct Waiting {
  std::int64_t n = 0, median_s = 0, p90_s = 0, total_s = 0;
  bool operator==(const Waiting&) const = default;
};
Waiting waiting_of(std::vector<std::int64_t> seconds);

struct FlowNode {
  std::string activity;
  std::int64_t n = 0;      // how often
  std::int64_t cases = 0;  // in how many cases
  Waiting waiting;         // since the event before
  double place = 0;        // mean position of its first occurrence: what comes earlier is drawn higher
};

struct FlowEdge {
  std::string from, to;  // activities; from "" = the case begins, to "" = the closed case ends
  std::int64_t n = 0, cases = 0;
  Waiting waiting;  // none where it begins or ends
};

// A step of the route: from its beginning (or the end of the one before) to step_done, waiting and work together.
struct FlowStep {
  std::string step;
  Waiting waiting;
  std::int64_t cases = 0;
  std::int64_t again = 0;  // times beyond the first of a case
  std::int64_t back = 0;   // times it ended by a return or by sending back
  std::map<std::string, std::int64_t> outcomes;
};

struct Variant {
  std::string words;
  std::int64_t cases = 0;
  bool closed = false, reworked = false;
  Waiting lead;  // closed cases: from the first record to the decision
};

struct FlowMonth {
  int month = 0;  // in which the cases began
  std::int64_t begun = 0, closed = 0, reworked = 0;
  Waiting lead;
};

struct Flow {
  std::string procedure;
  std::int64_t cases = 0, closed = 0;
  std::int64_t reworked = 0;  // cases in which a step was done twice, or something went back
  bool left_out = false;      // there are groups that are not shown
  std::int64_t known = 0;     // cases shown and not shown, of months whose hidden ones are none or kSmallCell and more
  bool more = false;          // there are months with fewer hidden cases than that; they are not in `known`
  Waiting lead;
  std::vector<FlowNode> nodes;    // by place
  std::vector<FlowEdge> edges;    // by count, most first
  std::vector<FlowStep> steps;    // by total waiting, most first: the bottlenecks
  std::vector<Variant> variants;  // by cases, most first
  std::vector<FlowMonth> months;  // ascending
};

enum class Audience { kEverybody, kOfficers };

// Takes traces one by one; then `flows()`, one a procedure, by procedure.
class Discovery {
 public:
  explicit Discovery(Audience audience) : audience_(audience) {}
  void add(const Trace& trace);
  std::vector<Flow> flows() const;

 private:
  struct Group {  // same procedure, path and month
    std::int64_t cases = 0;
    std::vector<std::int64_t> seconds;  // `cases` rows of as many as the path has events
  };
  using Groups = std::map<std::pair<int, std::string>, Group>;  // month, words
  Flow flow_of(const std::string& procedure, const Groups& groups) const;
  static void count_known(const Groups& groups, const std::set<const Group*>& hidden, Flow& flow);

  Audience audience_;
  std::map<std::string, Groups> procedures_;
};

// "case_opened" and "decided" stand one after the other in the path. from "" and to "" as in FlowEdge.
bool passes(const Path& path, std::string_view from, std::string_view to);
bool reworked(const Path& path);
bool closed(const Path& path);

}  // namespace musubi::kpi
