// The process as it is lived: discovered from the order of records in the streams of cases, not from any model. Pure functions
// on traces: what follows what and how often, how long each step and each way took, what comes back, where the time goes.
//
// What everybody sees stands on groups of closed cases: those begun in the same month with the same path up to their end. A group
// never loses a case, and gains cases in the order in which they ended; it is shown by whole fives (kSmallCell), the first that
// ended. So each figure is a sum over fives, and two looks, whenever they are, and two past days, differ by none or at least five
// cases of a group. How many cases there are in all is rounded down to fives, month by month: of what is not shown nobody can tell
// whether it is none or four. Officers see every case.
#pragma once

#include <map>
#include <optional>
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
  bool left_out = false;      // as everybody sees it: cases may be missing
  std::int64_t known = 0;     // cases shown and not shown; where some may be missing at least so many
  Waiting lead;
  std::vector<FlowNode> nodes;    // by place
  std::vector<FlowEdge> edges;    // by count, most first
  std::vector<FlowStep> steps;    // by total waiting, most first: the bottlenecks
  std::vector<Variant> variants;  // by cases, most first
  std::vector<FlowMonth> months;  // ascending
};

enum class Audience { kEverybody, kOfficers };

// Takes traces one by one; then `flows()`, one a procedure, by procedure; for everybody those of five cases and more.
class Discovery {
 public:
  explicit Discovery(Audience audience) : audience_(audience) {}
  void add(const Trace& trace);
  std::vector<Flow> flows() const;

 private:
  struct Group {                        // same procedure, path and month
    std::vector<std::int64_t> ended;    // of each case the record that ended it
    std::vector<std::int64_t> seconds;  // a row a case, of as many as the path has events
    std::vector<std::int64_t> first_ended(std::size_t cases) const;
  };
  struct Cases {
    std::map<std::pair<int, std::string>, Group> groups;  // by month and words
    std::map<int, std::int64_t> begun;                    // by month, shown or not
  };
  Flow flow_of(const std::string& procedure, const Cases& cases) const;

  Audience audience_;
  std::map<std::string, Cases> procedures_;
};

// "case_opened" and "decided" stand one after the other in the path. from "" and to "" as in FlowEdge.
bool passes(const Path& path, std::string_view from, std::string_view to);
bool reworked(const Path& path);
bool closed(const Path& path);

}  // namespace musubi::kpi
