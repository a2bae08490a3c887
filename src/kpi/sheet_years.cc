#include "kpi/sheet_years.h"

#include <algorithm>
#include <set>

#include "text/normalise.h"

namespace musubi::kpi {
namespace {

std::string name_of(const SheetHeader& h, const SheetIndicator& one) {
  return text::search_form(text::collapse_spaces(h.source_publisher.ja)) + "\n" +
         text::search_form(text::collapse_spaces(one.title.ja));
}

bool same_words(const std::optional<Text>& a, const std::optional<Text>& b) {
  if (!a || !b) return !a && !b;
  return text::search_form(text::collapse_spaces(a->ja)) == text::search_form(text::collapse_spaces(b->ja));
}

void in_order(SameIndicator& all) {
  std::stable_sort(all.begin(), all.end(), [](const Placed& a, const Placed& b) {
    const auto &x = a.state->sheet.header, &y = b.state->sheet.header;
    return std::pair(x.fiscal_year, x.id) < std::pair(y.fiscal_year, y.id);
  });
}

}  // namespace

std::vector<SameIndicator> same_indicators(const std::vector<SharedSheet>& sheets, std::size_t least) {
  std::map<std::string, SameIndicator> by_name;
  for (const auto& state : sheets)
    for (const auto& one : state->sheet.indicators) by_name[name_of(state->sheet.header, one)].push_back({state, &one});
  std::vector<SameIndicator> out;
  for (auto& [unused, all] : by_name) {
    std::set<std::string> on;
    for (const auto& one : all) on.insert(one.state->sheet.header.id);
    if (on.size() < least) continue;
    in_order(all);
    out.push_back(std::move(all));
  }
  return out;
}

SameIndicator likes_of(const std::vector<SharedSheet>& sheets, std::string_view sheet, std::string_view number) {
  std::string name;
  for (const auto& state : sheets)
    if (state->sheet.header.id == sheet)
      if (const auto* one = state->indicator(number)) name = name_of(state->sheet.header, *one);
  SameIndicator out;
  if (name.empty()) return out;
  for (const auto& state : sheets)
    for (const auto& one : state->sheet.indicators)
      if (name_of(state->sheet.header, one) == name) out.push_back({state, &one});
  in_order(out);
  return out;
}

std::vector<Differs> differences(const SheetIndicator& one, const SheetIndicator& other) {
  std::set<Differs> out;
  bool same_rows = one.lines.size() == other.lines.size();
  for (std::size_t i = 0; same_rows && i < one.lines.size(); ++i) {
    const Line &a = one.lines[i], &b = other.lines[i];
    same_rows = a.sub == b.sub && same_words(a.title, b.title);
    if (!same_words(a.unit, b.unit)) out.insert(Differs::kUnit);
    if (a.kind != b.kind) out.insert(Differs::kKind);
    if (a.nature != b.nature) out.insert(Differs::kNature);
    if (a.direction != b.direction) out.insert(Differs::kDirection);
    if (a.gathering != b.gathering) out.insert(Differs::kGathering);
  }
  if (!same_rows) return {Differs::kRows};
  return {out.begin(), out.end()};
}

}  // namespace musubi::kpi
