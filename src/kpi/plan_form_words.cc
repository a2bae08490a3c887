// What stands above a form of a plan, in words. Part of plan_form.h.
#include "kpi/plan_form.h"

#include "kpi/cell_title.h"
#include "kpi/sheet_pages.h"
#include "web/messages/follow_up.h"
#include "web/messages/kpi.h"

namespace musubi::kpi {
namespace {

namespace t = web::messages;
using web::Html;
using web::Language;
using web::Markup;
using web::Tone;

std::string str(std::string_view text) { return std::string(text); }

}  // namespace

Error conflict_in_words(Error error, Language l) {
  for (auto& fault : error.faults) fault.where = cell_title(fault.where, l);
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
