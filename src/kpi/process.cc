#include "kpi/process.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <tuple>

#include "kpi/stock.h"

namespace musubi::kpi {
namespace {

using Samples = std::vector<std::int64_t>;

// Everything of a flow while its groups are added.
class Sum {
 public:
  void add(int month, const std::string& words, std::int64_t cases, const Samples& seconds) {
    const Path path = read_path(words);
    if (path.empty() || seconds.size() != path.size() * std::size_t(cases)) return;
    const bool is_closed = closed(path), is_reworked = reworked(path);
    count_path(path, cases, is_closed);
    for (std::int64_t row = 0; row < cases; ++row) add_times(path, seconds.data() + std::size_t(row) * path.size());
    add_leads(path, month, words, cases, seconds, is_closed, is_reworked);
  }

  Flow take(const std::string& procedure) && {
    Flow flow = std::move(flow_);
    flow.procedure = procedure;
    flow.lead = waiting_of(std::move(lead_));
    for (auto& [activity, node] : nodes_) {
      node.node.activity = activity;
      node.node.waiting = waiting_of(std::move(node.samples));
      node.node.place /= double(std::max<std::int64_t>(1, node.node.cases));
      flow.nodes.push_back(std::move(node.node));
    }
    for (auto& [ends, edge] : edges_) {
      edge.edge.from = ends.first;
      edge.edge.to = ends.second;
      edge.edge.waiting = waiting_of(std::move(edge.samples));
      flow.edges.push_back(std::move(edge.edge));
    }
    for (auto& [id, step] : steps_) {
      step.step.step = id;
      step.step.waiting = waiting_of(std::move(step.samples));
      flow.steps.push_back(std::move(step.step));
    }
    for (auto& [words, variant] : variants_) {
      variant.variant.words = words;
      variant.variant.lead = waiting_of(std::move(variant.samples));
      flow.variants.push_back(std::move(variant.variant));
    }
    for (auto& [number, month] : months_) {
      month.month.month = number;
      month.month.lead = waiting_of(std::move(month.samples));
      flow.months.push_back(std::move(month.month));
    }
    sort(flow);
    return flow;
  }

 private:
  struct NodeSum {
    FlowNode node;
    Samples samples;
  };
  struct EdgeSum {
    FlowEdge edge;
    Samples samples;
  };
  struct StepSum {
    FlowStep step;
    Samples samples;
  };
  struct VariantSum {
    Variant variant;
    Samples samples;
  };
  struct MonthSum {
    FlowMonth month;
    Samples samples;
  };

  // The map is ordered by name, so that a stable sort makes one order of all.
  static void sort(Flow& flow) {
    std::stable_sort(flow.nodes.begin(), flow.nodes.end(), [](auto& a, auto& b) { return a.place < b.place; });
    std::stable_sort(flow.edges.begin(), flow.edges.end(), [](auto& a, auto& b) { return a.n > b.n; });
    std::stable_sort(flow.steps.begin(), flow.steps.end(), [](auto& a, auto& b) { return a.waiting.total_s > b.waiting.total_s; });
    std::stable_sort(flow.variants.begin(), flow.variants.end(), [](auto& a, auto& b) { return a.cases > b.cases; });
  }

  void count_path(const Path& path, std::int64_t cases, bool is_closed) {
    std::map<std::string, std::size_t> first;
    std::set<std::pair<std::string, std::string>> ways;
    std::map<std::string, std::int64_t> done;
    auto way = [&](const std::string& from, const std::string& to) {
      auto& edge = edges_[{from, to}].edge;
      edge.n += cases;
      if (ways.emplace(from, to).second) edge.cases += cases;
    };
    way("", path.front().activity);
    for (std::size_t i = 0; i < path.size(); ++i) {
      nodes_[path[i].activity].node.n += cases;
      first.try_emplace(path[i].activity, i);
      if (i > 0) way(path[i - 1].activity, path[i].activity);
      if (type_of_activity(path[i].activity) != "step_done") continue;
      FlowStep& step = steps_[std::string(step_of(path[i].activity))].step;
      step.outcomes[path[i].outcome] += cases;
      if (goes_back(path[i])) step.back += cases;
      if (++done[std::string(step_of(path[i].activity))] > 1) step.again += cases;
    }
    if (is_closed) way(path.back().activity, "");
    for (const auto& [activity, at] : first) {
      FlowNode& node = nodes_[activity].node;
      node.cases += cases;
      node.place += double(at) * double(cases);
    }
    for (const auto& [step, n] : done) steps_[step].step.cases += cases;
  }

  void add_times(const Path& path, const std::int64_t* seconds) {
    std::int64_t step_since = seconds[0];
    for (std::size_t i = 0; i < path.size(); ++i) {
      if (i > 0) {
        const std::int64_t waited = seconds[i] - seconds[i - 1];
        nodes_[path[i].activity].samples.push_back(waited);
        edges_[{path[i - 1].activity, path[i].activity}].samples.push_back(waited);
      }
      if (type_of_activity(path[i].activity) != "step_done") continue;
      steps_[std::string(step_of(path[i].activity))].samples.push_back(seconds[i] - step_since);
      step_since = seconds[i];
    }
  }

  void add_leads(const Path& path, int number, const std::string& words, std::int64_t cases, const Samples& seconds, bool is_closed,
                 bool is_reworked) {
    VariantSum& variant = variants_[words];
    MonthSum& month = months_[number];
    variant.variant.cases += cases;
    variant.variant.closed = is_closed;
    variant.variant.reworked = is_reworked;
    month.month.begun += cases;
    flow_.cases += cases;
    if (is_reworked) flow_.reworked += cases, month.month.reworked += cases;
    if (!is_closed) return;
    flow_.closed += cases;
    month.month.closed += cases;
    const std::size_t end = std::size_t(std::find_if(path.begin(), path.end(), ends_case) - path.begin());
    for (std::int64_t row = 0; row < cases; ++row) {
      const std::int64_t lead = seconds[std::size_t(row) * path.size() + end];
      for (Samples* samples : {&lead_, &variant.samples, &month.samples}) samples->push_back(lead);
    }
  }

  Flow flow_;
  Samples lead_;
  std::map<std::string, NodeSum> nodes_;
  std::map<std::pair<std::string, std::string>, EdgeSum> edges_;
  std::map<std::string, StepSum> steps_;
  std::map<std::string, VariantSum> variants_;
  std::map<int, MonthSum> months_;
};

// As spreads are kept in computed.h: whole minutes up to ten hours, then whole hours.
void coarsen(Waiting& waiting) {
  for (std::int64_t* one : {&waiting.median_s, &waiting.p90_s, &waiting.total_s}) *one -= *one % (*one < 36'000 ? 60 : 3600);
}

void coarsen(Flow& flow) {
  coarsen(flow.lead);
  for (auto& one : flow.nodes) coarsen(one.waiting);
  for (auto& one : flow.edges) coarsen(one.waiting);
  for (auto& one : flow.steps) coarsen(one.waiting);
  for (auto& one : flow.variants) coarsen(one.lead);
  for (auto& one : flow.months) coarsen(one.lead);
}

std::int64_t whole_fives(std::int64_t n) { return n - n % kSmallCell; }

}  // namespace

Waiting waiting_of(Samples seconds) {
  Waiting out;
  out.n = std::int64_t(seconds.size());
  if (seconds.empty()) return out;
  auto rank = [&](std::int64_t percentile) {
    auto at = seconds.begin() + (out.n * percentile + 99) / 100 - 1;
    std::nth_element(seconds.begin(), at, seconds.end());
    return *at;
  };
  out.median_s = rank(50);
  out.p90_s = rank(90);
  for (auto one : seconds) out.total_s += one;
  return out;
}

bool closed(const Path& path) { return std::any_of(path.begin(), path.end(), ends_case); }

bool reworked(const Path& path) {
  std::set<std::string_view> done;
  for (const auto& event : path) {
    if (goes_back(event)) return true;
    if (type_of_activity(event.activity) == "step_done" && !done.insert(event.activity).second) return true;
  }
  return false;
}

bool passes(const Path& path, std::string_view from, std::string_view to) {
  if (path.empty()) return false;
  if (from.empty()) return path.front().activity == to;
  if (to.empty()) return closed(path) && path.back().activity == from;
  for (std::size_t i = 1; i < path.size(); ++i)
    if (path[i - 1].activity == from && path[i].activity == to) return true;
  return false;
}

void Discovery::add(const Trace& trace) {
  Cases& cases = procedures_[trace.procedure];
  ++cases.begun[trace.month];
  std::string_view words = trace.words;
  std::size_t events = trace.seconds.size();
  if (audience_ == Audience::kEverybody) {
    if (trace.ended < 0) return;                 // moves on, and would show who moved
    std::tie(words, events) = until_end(words);  // a notice or a message after it would take the case out of its group again
    if (events == 0 || events > trace.seconds.size()) return;  // damaged: verify names it
  }
  Group& group = cases.groups[{trace.month, std::string(words)}];
  group.ended.push_back(trace.ended);
  group.seconds.insert(group.seconds.end(), trace.seconds.begin(), trace.seconds.begin() + std::ptrdiff_t(events));
}

// Their seconds. Records of the log have an order that nothing changes, so the first five stay the first five.
Samples Discovery::Group::first_ended(std::size_t cases) const {
  const std::size_t events = seconds.size() / ended.size();
  std::vector<std::size_t> order(ended.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return ended[a] < ended[b]; });
  Samples out;
  for (std::size_t i = 0; i < cases; ++i) {
    auto row = seconds.begin() + std::ptrdiff_t(order[i] * events);
    out.insert(out.end(), row, row + std::ptrdiff_t(events));
  }
  return out;
}

Flow Discovery::flow_of(const std::string& procedure, const Cases& cases) const {
  const bool everybody = audience_ == Audience::kEverybody;
  Sum sum;
  for (const auto& [key, group] : cases.groups) {
    const auto all = std::int64_t(group.ended.size()), shown = whole_fives(all);
    if (!everybody)
      sum.add(key.first, key.second, all, group.seconds);
    else if (shown > 0)
      sum.add(key.first, key.second, shown, group.first_ended(std::size_t(shown)));
  }
  Flow flow = std::move(sum).take(procedure);
  if (everybody) coarsen(flow);
  flow.left_out = everybody;
  for (const auto& [month, begun] : cases.begun) flow.known += everybody ? whole_fives(begun) : begun;
  return flow;
}

std::vector<Flow> Discovery::flows() const {
  std::vector<Flow> out;
  for (const auto& [procedure, cases] : procedures_)
    if (Flow flow = flow_of(procedure, cases); flow.known > 0) out.push_back(std::move(flow));
  return out;
}

}  // namespace musubi::kpi
