#include "kpi/process_json.h"

#include "kpi/computed.h"
#include "text/csv.h"

namespace musubi::kpi {
namespace {

json::object to_json(const Waiting& waiting) {
  if (waiting.n == 0) return {{"n", 0}};
  return {{"n", waiting.n}, {"median_s", waiting.median_s}, {"p90_s", waiting.p90_s}, {"total_s", waiting.total_s}};
}

json::array path_json(const std::string& words) {
  json::array out;
  for (const auto& event : read_path(words)) {
    json::object one{{"activity", event.activity}};
    if (!event.outcome.empty()) one["outcome"] = event.outcome;
    out.push_back(std::move(one));
  }
  return out;
}

json::array steps_json(const Flow& flow) {
  json::array out;
  for (const auto& step : flow.steps) {
    json::object outcomes;
    for (const auto& [outcome, n] : step.outcomes) outcomes[outcome] = n;
    out.push_back({{"step", step.step},
                   {"cases", step.cases},
                   {"waiting", to_json(step.waiting)},
                   {"again", step.again},
                   {"back", step.back},
                   {"outcomes", std::move(outcomes)}});
  }
  return out;
}

// What comes back is often rare, and rare ways are not shown: of the rest alone it would say nothing.
json::value reworked_json(const Flow& flow, std::int64_t reworked) {
  return flow.left_out ? json::value(nullptr) : json::value(reworked);
}

}  // namespace

json::object flow_summary_json(const Flow& flow) {
  return {{"procedure", flow.procedure},         {"cases", flow.cases},       {"all_cases", flow.known},
          {"all_cases_at_least", flow.left_out}, {"closed", flow.closed},     {"reworked", reworked_json(flow, flow.reworked)},
          {"left_out", flow.left_out},           {"lead", to_json(flow.lead)}};
}

json::array months_json(const Flow& flow) {
  json::array months;
  for (const auto& month : flow.months)
    months.push_back({{"month", month_name(month.month)},
                      {"begun", month.begun},
                      {"closed", month.closed},
                      {"reworked", reworked_json(flow, month.reworked)},
                      {"lead", to_json(month.lead)}});
  return months;
}

json::object flow_json(const Flow& flow) {
  json::object out = flow_summary_json(flow);
  json::array activities, edges, variants;
  for (const auto& node : flow.nodes)
    activities.push_back({{"activity", node.activity}, {"n", node.n}, {"cases", node.cases}, {"waiting", to_json(node.waiting)}});
  for (const auto& edge : flow.edges)
    edges.push_back({{"from", edge.from}, {"to", edge.to}, {"n", edge.n}, {"cases", edge.cases}, {"waiting", to_json(edge.waiting)}});
  for (const auto& variant : flow.variants)
    variants.push_back({{"path", path_json(variant.words)},
                        {"cases", variant.cases},
                        {"closed", variant.closed},
                        {"reworked", variant.reworked},
                        {"lead", to_json(variant.lead)}});
  out["steps"] = steps_json(flow);
  out["activities"] = std::move(activities);
  out["edges"] = std::move(edges);
  out["variants"] = std::move(variants);
  out["months"] = months_json(flow);
  return out;
}

std::string flows_csv(const std::vector<Flow>& flows, bool whole) {
  text::CsvWriter rows;
  rows.row({"procedure", "kind", "from", "to", "n", "cases", "median_s", "p90_s", "total_s"});
  auto row = [&](const Flow& flow, const char* kind, std::string from, std::string to, std::int64_t n, std::int64_t cases,
                 const Waiting& waiting) {
    auto time = [&](std::int64_t seconds) { return waiting.n == 0 ? std::string() : std::to_string(seconds); };
    rows.row({flow.procedure, kind, std::move(from), std::move(to), std::to_string(n), std::to_string(cases), time(waiting.median_s),
              time(waiting.p90_s), time(waiting.total_s)});
  };
  for (const auto& flow : flows) {
    row(flow, "case", "", "", flow.closed, flow.cases, flow.lead);
    if (flow.left_out) row(flow, "all_cases_at_least", "", "", flow.known, flow.known, {});
    for (const auto& one : flow.months) row(flow, "month", month_name(one.month), "", one.closed, one.begun, one.lead);
    if (!whole) continue;
    for (const auto& one : flow.steps) row(flow, "step", one.step, "", one.waiting.n, one.cases, one.waiting);
    for (const auto& one : flow.nodes) row(flow, "activity", one.activity, "", one.n, one.cases, one.waiting);
    for (const auto& one : flow.edges) row(flow, "edge", one.from, one.to, one.n, one.cases, one.waiting);
    for (const auto& one : flow.variants) row(flow, "variant", one.words, "", one.cases, one.cases, one.lead);
  }
  return rows.take();
}

}  // namespace musubi::kpi
