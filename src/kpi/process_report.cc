#include "kpi/process_report.h"

#include <algorithm>
#include <set>

#include "kpi/cells.h"
#include "kpi/stock.h"

namespace musubi::kpi {
namespace {

constexpr std::int64_t kCasesAtMost = std::int64_t(1) << 40, kSecondsAtMost = std::int64_t(1) << 40;

std::optional<ProcessMonth> read_row(const json::value& value) {
  const auto* row = value.if_array();
  if (!row || row->size() != 6 || !(*row)[0].is_string()) return std::nullopt;
  std::int64_t numbers[5] = {};
  for (std::size_t i = 0; i < 5; ++i) {
    if (i == 2 && (*row)[3].is_null()) continue;
    const auto* number = (*row)[i + 1].if_int64();
    if (!number || *number < 0) return std::nullopt;
    numbers[i] = *number;
  }
  ProcessMonth out{
      std::string((*row)[0].get_string()), int(std::min<std::int64_t>(numbers[0], INT32_MAX)), numbers[1], {}, numbers[3], numbers[4]};
  if (!(*row)[3].is_null()) out.reworked = numbers[2];
  bool good = !out.procedure.empty() && out.procedure.size() <= 120 && out.month >= 12 * 1900 && out.month <= 12 * 3000 &&
              out.cases >= kSmallCell && out.cases <= kCasesAtMost && out.reworked.value_or(0) <= out.cases &&
              out.median_s <= out.p90_s && out.p90_s <= kSecondsAtMost;
  return good ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace

std::vector<ProcessMonth> process_months(const std::vector<Flow>& flows) {
  std::vector<ProcessMonth> out;
  for (const auto& flow : flows)
    for (const auto& month : flow.months)
      out.push_back({flow.procedure, month.month, month.closed, flow.left_out ? std::nullopt : std::optional(month.reworked),
                     month.lead.median_s, month.lead.p90_s});
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.month > b.month; });
  return out;
}

json::array to_json(const std::vector<ProcessMonth>& months) {
  json::array out;
  for (const auto& one : months)
    out.push_back(json::array{one.procedure, one.month, one.cases, one.reworked ? json::value(*one.reworked) : json::value(nullptr),
                              one.median_s, one.p90_s});
  return out;
}

std::vector<ProcessMonth> read_process_months(ObjectReader& report, std::vector<Fault>& faults) {
  std::vector<ProcessMonth> out;
  std::set<std::pair<std::string, int>> known;
  report.array("processes", false, kReportedProcessMonths, [&](const json::value& value, std::string where) {
    auto row = read_row(value);
    if (row && known.emplace(row->procedure, row->month).second)
      out.push_back(std::move(*row));
    else
      faults.push_back(
          {std::move(where), row ? Text{"同じ手続と月がもう一度あります。", "This procedure and month are there twice."}
                                 : Text{"手続の月ごとの数値として読めません。", "These are no figures of a procedure's month."}});
  });
  return out;
}

}  // namespace musubi::kpi
