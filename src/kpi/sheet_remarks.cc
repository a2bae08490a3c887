#include "kpi/sheet_remarks.h"

#include <algorithm>

#include "kpi/sheet_pages.h"
#include "kpi/sheet_words.h"
#include "web/messages/remark.h"
#include "web/messages/sheet.h"

namespace musubi::kpi {
namespace {

namespace t = web::messages;
using web::Language;

std::string str(std::string_view text) { return std::string(text); }

using Title = std::string_view (*)(Language);
constexpr std::pair<std::string_view, Title> kRules[] = {{"target_is_mean", t::remark_target_is_mean},
                                                         {"text_copied", t::remark_text_copied},
                                                         {"output_as_outcome", t::remark_output_as_outcome},
                                                         {"only_survey", t::remark_only_survey},
                                                         {"baseline_missing", t::remark_baseline_missing},
                                                         {"finding_not_followed", t::remark_finding_not_followed},
                                                         {"sums_differ", t::remark_sums_differ},
                                                         {"typed_not_computed", t::remark_typed_not_computed},
                                                         {"mark_missing", t::remark_mark_missing},
                                                         {"mark_unexplained", t::remark_mark_unexplained},
                                                         {"judgement_unexplained", t::remark_judgement_unexplained}};

// "indicator/3/lines/0/final" parted into the part and the cell of it.
std::pair<PartKey, std::string> parted(std::string_view where) {
  auto next = [&] {
    auto end = std::min(where.find('/'), where.size());
    std::string word(where.substr(0, end));
    where.remove_prefix(std::min(end + 1, where.size()));
    return word;
  };
  PartKey key{part_from(next()).value_or(PartKind::kHeader), ""};
  if (key.kind != PartKind::kHeader) key.number = next();
  return {std::move(key), std::string(where)};
}

// How near the cell is to the one that is meant: the same, one of those in it, one that it is in; 0 neither.
int nearness(const std::string& cell, const std::string& meant) {
  if (cell == meant) return 3;
  if (cell.starts_with(meant + "/")) return 2;
  return meant.starts_with(cell + "/") ? 1 : 0;
}

}  // namespace

std::string rule_title(std::string_view rule, Language l) {
  for (const auto& [id, title] : kRules)
    if (id == rule) return str(title(l));
  return str(rule);
}

std::string place_words(const SheetLayout& layout, std::string_view where, Language l) {
  if (where.empty()) return str(t::remark_whole(l));
  auto [key, meant] = parted(where);
  if (meant.starts_with("measures/")) return t::remark_measure(l, {part_title(key, l)});
  if (key.kind == PartKind::kHeader && meant == "money") return str(t::sheet_budget(l));
  const SheetField* nearest = nullptr;
  int best = 0;
  for (const auto& field : layout.fields) {
    int near = meant.empty() || !(field.place.part == key) ? 0 : nearness(field.place.path, meant);
    if (near > best) nearest = &field, best = near;
  }
  if (nearest) return web::pick(nearest->place.what, l);
  if (key.kind == PartKind::kHeader && meant.starts_with("judgement")) return str(t::sheet_judgement(l));
  return part_title(key, l);
}

Result<web::Table> remarks_table(const Sheet& sheet, const std::vector<Remark>& remarks, const std::string& target, Language l) {
  web::TableShape shape{"remarks",
                        str(t::sheet_remarks(l)),
                        {{"place", str(t::sheet_place(l))}, {"rule", str(t::sheet_rule(l))}, {"remark", str(t::sheet_remarks(l))}}};
  const SheetLayout layout = layout_of(sheet);
  std::vector<web::Row> rows;
  for (const auto& one : remarks)
    rows.push_back({{one.where, place_words(layout, one.where, l)}, {one.rule, rule_title(one.rule, l)}, {web::pick(one.message, l)}});
  auto query = TRY(web::read_query(shape, target));
  return web::arrange(std::move(shape), std::move(query), std::move(rows));
}

}  // namespace musubi::kpi
