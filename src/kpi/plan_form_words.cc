// What stands above a form of a plan, in words. Part of plan_form.h.
#include <algorithm>
#include <utility>

#include "kpi/plan_form.h"
#include "kpi/sheet_pages.h"
#include "web/messages/follow_up.h"
#include "web/messages/kpi.h"
#include "web/messages/plan_form.h"
#include "web/messages/plan_lines.h"

namespace musubi::kpi {
namespace {

namespace t = web::messages;
using web::Html;
using web::Language;
using web::Markup;
using web::Tone;

std::string str(std::string_view text) { return std::string(text); }

// "progress_kpi/lines/(2)/yearly/2024/target", a cell of a heading or measure, as the forms call it; what has no name there stays as it is.
std::string cell_in_words(std::string_view cell, Language l) {
  using Title = std::string_view (*)(Language);
  static constexpr std::pair<std::string_view, Title> kNames[] = {{"title", t::plan_cell_title},
                                                                  {"progress_kpi", t::kpi_progress},
                                                                  {"effect_kpi", t::kpi_effect},
                                                                  {"target", t::kpi_target},
                                                                  {"baseline", t::kpi_baseline},
                                                                  {"milestones", t::kpi_milestones},
                                                                  {"systems", t::kpi_systems},
                                                                  {"locator", t::kpi_locator},
                                                                  {"section", t::kpi_section},
                                                                  {"sections", t::plan_sections},
                                                                  {"field", t::kpi_field},
                                                                  {"fields", t::plan_fields},
                                                                  {"serves", t::plan_serves},
                                                                  {"serves_plan", t::plan_serves},
                                                                  {"period", t::plan_period},
                                                                  {"version", t::plan_version},
                                                                  {"first_year", t::plan_first_year},
                                                                  {"last_year", t::plan_last_year},
                                                                  {"summary", t::plan_summary},
                                                                  {"publisher", t::plan_publisher},
                                                                  {"final", t::plan_lines_final},
                                                                  {"gathering", t::plan_lines_gathering},
                                                                  {"direction", t::plan_lines_direction},
                                                                  {"computed", t::plan_lines_computed},
                                                                  {"primary", t::plan_lines_primary}};
  std::string out;
  while (!cell.empty()) {
    const std::string_view step = cell.substr(0, cell.find('/'));
    cell.remove_prefix(std::min(cell.size(), step.size() + 1));
    if (step == "lines" || step == "yearly" || step == "source") continue;
    const auto* name = std::find_if(std::begin(kNames), std::end(kNames), [&](const auto& one) { return one.first == step; });
    out += (out.empty() ? "" : " ") + str(name == std::end(kNames) ? step : name->second(l));
  }
  return out;
}

}  // namespace

Error conflict_in_words(Error error, Language l) {
  for (auto& fault : error.faults) fault.where = cell_in_words(fault.where, l);
  return error;
}

Markup trouble_notice(const Error& error, const std::string& target, Language l) {
  Html html;
  if (!error.faults.empty()) {
    web::Table table =
        plain_table("conflicts", t::follow_conflict(l), {{"cell", str(t::kpi_member(l))}, {"values", str(t::follow_values(l))}});
    for (const auto& fault : error.faults)
      if (table.rows.size() < web::kMaxPerPage) table.rows.push_back({{fault.where}, {web::pick(fault.message, l)}});
    table.total = table.rows.size();
    html.markup(web::table(table, target, l)).markup(web::paragraph(t::follow_keep_mine(l)));
  }
  return web::notice(web::pick(error.message, l), html.take(), Tone::kError);
}

}  // namespace musubi::kpi
