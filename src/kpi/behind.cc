#include "kpi/behind.h"

#include <algorithm>

#include "kpi/gather.h"

namespace musubi::kpi {
namespace {

bool wanted(const FigureRef& figure, const Formula& formula, int month, const std::string& part) {
  if (figure.month && *figure.month != month) return false;
  if (figure.year && *figure.year != fiscal_year_of(month)) return false;
  return !figure.part || *figure.part == shown_part(formula, part).first;
}

}  // namespace

Result<Behind> records_behind(db::Reader& reader, const Indicator& indicator, const FigureRef& figure, std::uint64_t until, Time now,
                              std::size_t offset, std::size_t limit) {
  const Formula& formula = indicator.formula;
  Side side = formula.to && !figure.top ? kTo : kOf;
  bool open_too = formula.kind == FormulaKind::kPercentile && formula.open != OpenPairs::kLeftOut;
  Behind out;
  ByText<BehindRow> open;  // by stream
  TRY(scan_formula(reader, formula, until, [&](const SeenHead& head, Side seen, int month, const std::string& part, int n) {
    if (seen == kOpen && open_too) {
      if (n < 0)
        open.erase(std::string(head.stream));
      else if (wanted(figure, formula, month_of(now), part))
        open.emplace(head.stream, BehindRow{head.index, std::string(head.type), std::string(head.stream), head.at, true});
      return;
    }
    if (seen != side || !wanted(figure, formula, month, part)) return;
    if (out.total >= offset && out.rows.size() < limit)
      out.rows.push_back({head.index, std::string(head.type), std::string(head.stream), head.at, false});
    ++out.total;
  }));
  std::vector<BehindRow> last;
  for (auto& [stream, row] : open) last.push_back(std::move(row));
  std::sort(last.begin(), last.end(), [](const auto& a, const auto& b) { return a.index < b.index; });
  for (auto& row : last) {
    if (out.total >= offset && out.rows.size() < limit) out.rows.push_back(std::move(row));
    ++out.total;
  }
  return out;
}

}  // namespace musubi::kpi
