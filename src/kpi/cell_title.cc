#include "kpi/cell_title.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "kpi/sheet_words.h"
#include "web/messages/grounds.h"
#include "web/messages/kpi.h"
#include "web/messages/logic.h"
#include "web/messages/plan_form.h"
#include "web/messages/plan_lines.h"
#include "web/messages/programme.h"
#include "web/messages/sheet.h"

namespace musubi::kpi {
namespace {

namespace t = web::messages;
using web::Language;

using Title = std::string_view (*)(Language);
constexpr std::pair<std::string_view, Title> kTitles[] = {{"activity", t::sheet_activity_indicator},
                                                          {"actual", t::sheet_actual},
                                                          {"amounts", t::sheet_budget},
                                                          {"baseline", t::kpi_baseline},
                                                          {"budget", t::sheet_budget},
                                                          {"cabinet_policies", t::sheet_cabinet},
                                                          {"causal_link", t::sheet_causal_link},
                                                          {"computed", t::plan_lines_computed},
                                                          {"direction", t::plan_lines_direction},
                                                          {"doubt", t::sheet_doubt},
                                                          {"effect_kpi", t::kpi_effect},
                                                          {"experts", t::sheet_experts},
                                                          {"factor", t::sheet_factor},
                                                          {"fate", t::sheet_fate},
                                                          {"fate_note", t::sheet_note},
                                                          {"field", t::kpi_field},
                                                          {"fields", t::plan_fields},
                                                          {"final", t::plan_lines_final},
                                                          {"first_year", t::plan_first_year},
                                                          {"gathering", t::plan_lines_gathering},
                                                          {"goal", t::sheet_goal},
                                                          {"goals", t::sheet_goal},
                                                          {"grounds", t::sheet_grounds},
                                                          {"indicators", t::sheet_indicators},
                                                          {"judgement", t::sheet_judgement},
                                                          {"kind", t::sheet_kind},
                                                          {"last_year", t::plan_last_year},
                                                          {"law_article", t::kpi_law},
                                                          {"laws", t::grounds_laws},
                                                          {"links", t::logic_links},
                                                          {"locator", t::kpi_locator},
                                                          {"logic", t::sheet_logic},
                                                          {"mark", t::sheet_mark},
                                                          {"mark_reason", t::sheet_why},
                                                          {"material", t::sheet_material},
                                                          {"measures", t::kpi_measures},
                                                          {"milestones", t::kpi_milestones},
                                                          {"nature", t::plan_lines_nature},
                                                          {"next", t::sheet_next},
                                                          {"nodes", t::logic_elements},
                                                          {"origin", t::kpi_how_computed},
                                                          {"outcome", t::sheet_outcome},
                                                          {"override_reason", t::sheet_override},
                                                          {"owner", t::grounds_owner},
                                                          {"owners", t::grounds_owners},
                                                          {"period", t::plan_period},
                                                          {"primary", t::plan_lines_primary},
                                                          {"progress_kpi", t::kpi_progress},
                                                          {"provisional", t::sheet_provisional},
                                                          {"publisher", t::plan_publisher},
                                                          {"qualitative", t::logic_qualitative},
                                                          {"reason", t::sheet_reason},
                                                          {"review_numbers", t::programme_numbers},
                                                          {"revised", t::sheet_revised},
                                                          {"scale", t::sheet_scale},
                                                          {"section", t::kpi_section},
                                                          {"sections", t::plan_sections},
                                                          {"serves", t::plan_serves},
                                                          {"serves_plan", t::plan_serves},
                                                          {"stage", t::logic_stage},
                                                          {"stance", t::sheet_stance},
                                                          {"start_year", t::sheet_start},
                                                          {"step", t::sheet_step},
                                                          {"summary", t::plan_summary},
                                                          {"systems", t::kpi_systems},
                                                          {"target", t::kpi_target},
                                                          {"target_basis", t::sheet_basis},
                                                          {"title", t::plan_cell_title},
                                                          {"unit", t::kpi_figure_unit},
                                                          {"version", t::plan_version}};
// Only hold what has a name, or are parts of one value; "()" is a row without a name.
constexpr std::string_view kPassed[] = {"lines", "yearly", "source", "number", "value", "text", "ja", "en", "money", "()"};
// Lists whose elements may have a place instead of a name.
constexpr std::string_view kPlaces[] = {"lines", "milestones", "systems", "serves", "laws", "owners", "cabinet_policies", "measures"};

template <std::size_t n>
bool in(const std::string_view (&all)[n], std::string_view one) {
  return std::find(std::begin(all), std::end(all), one) != std::end(all);
}

std::string step_title(std::string_view step, std::string_view around, Language l) {
  const bool digits = !step.empty() && step.size() <= 4 && step.find_first_not_of("0123456789") == step.npos;
  const int number = digits ? std::stoi(std::string(step)) : 0;
  if (digits && in(kPlaces, around)) return std::to_string(number + 1);
  if (digits && (around == "yearly" || around == "review_numbers")) return year_words(number, l);
  const auto* named = std::find_if(std::begin(kTitles), std::end(kTitles), [&](const auto& one) { return one.first == step; });
  return std::string(named == std::end(kTitles) ? step : named->second(l));
}

}  // namespace

std::string cell_title(std::string_view cell, Language l) {
  std::string out;
  std::string_view rest = cell, around;
  while (!rest.empty()) {
    const std::string_view step = rest.substr(0, rest.find('/'));
    rest.remove_prefix(std::min(rest.size(), step.size() + 1));
    if (!in(kPassed, step)) out += (out.empty() ? "" : " ") + step_title(step, around, l);
    around = step;
  }
  return out.empty() ? std::string(cell) : out;
}

}  // namespace musubi::kpi
