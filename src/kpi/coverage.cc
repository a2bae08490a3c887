#include "kpi/coverage.h"

#include <algorithm>
#include <unordered_map>

namespace musubi::kpi {

Coverage cover(const PlanDocument& plan, const std::vector<SharedTold>& reports) {
  Coverage out;
  std::unordered_map<std::string_view, std::size_t> row_of;
  for (const auto& measure : plan.measures) {
    row_of.emplace(measure.number, out.rows.size());
    out.rows.push_back({&measure, {}});
  }
  for (const auto& report : reports)
    for (const auto& local : report->plans) {
      if (local.serves_plan != plan.header.id) continue;
      out.plans.emplace_back(report.get(), &local);
      for (const auto& measure : local.measures) {
        LocalMeasure one{report.get(), &local, &measure};
        if (measure.serves.empty()) out.unlinked.push_back(one);
        for (const auto& number : measure.serves) {
          auto found = row_of.find(number);
          if (found == row_of.end())
            out.unknown.emplace_back(number, one);
          else
            out.rows[found->second].served_by.push_back(one);
        }
      }
    }
  out.covered = std::size_t(std::count_if(out.rows.begin(), out.rows.end(), [](const auto& row) { return !row.served_by.empty(); }));
  return out;
}

}  // namespace musubi::kpi
