#include "kpi/sheet_figures_form.h"

#include <algorithm>
#include <set>

#include "kpi/definitions.h"
#include "kpi/form_over.h"
#include "kpi/sheet_cell.h"
#include "kpi/sheet_words.h"
#include "kpi/taken_view.h"
#include "text/dates.h"
#include "text/normalise.h"
#include "text/numbers.h"
#include "web/messages/follow_up_figures.h"
#include "web/messages/sheet.h"
#include "web/messages/taken.h"

namespace musubi::kpi {
namespace {

namespace t = web::messages;
using web::Language;

std::string str(std::string_view text) { return std::string(text); }

// By the row's own name, since others may add rows or take some away before the form is saved. Not "l": so began the names by place of
// an earlier version, of which "l1" was the second row.
std::string row_name(const Line& line) { return "v" + line.sub; }
std::string cell_name(const Line& line, int year) { return row_name(line) + "-" + std::to_string(year); }

std::vector<int> years_to_enter(const SheetState& state, const Line& line) {
  std::vector<int> years = years_of(state.sheet);
  for (int year : {state.sheet.header.fiscal_year}) years.push_back(year);
  for (const auto& [year, values] : line.yearly) years.push_back(year);  // also of a row that the draft does not have any more
  if (line.final_year && *line.final_year <= state.sheet.header.fiscal_year) years.push_back(*line.final_year);
  std::sort(years.begin(), years.end());
  years.erase(std::unique(years.begin(), years.end()), years.end());
  return years;
}

// And those that the form was drawn with, when a row that others took away since still had them.
std::vector<int> years_to_enter(const FollowUpForm& entry, const SheetState& state, const Line& line) {
  std::vector<int> years = years_to_enter(state, line);
  std::vector<std::string> drawn = typed_words(entry.value("years"));
  if (drawn.size() > kMaxListed) drawn.resize(kMaxListed);
  for (const auto& one : drawn)
    if (auto year = text::read_fiscal_year(one); year.ok() && *year >= kFirstYear && *year <= kLastYear) years.push_back(*year);
  std::sort(years.begin(), years.end());
  years.erase(std::unique(years.begin(), years.end()), years.end());
  return years;
}

web::Field actual_field(FollowUpForm& entry, const Line& line, int year, Language l) {
  std::string what = (line.sub.empty() ? "" : "(" + line.sub + ") ") + year_words(year, l) + " " + str(t::sheet_actual(l)),
              name = cell_name(line, year);
  auto found = line.yearly.find(year);
  const std::optional<SheetValue> now = found == line.yearly.end() ? std::nullopt : found->second.actual;
  web::Field group{web::Input::kParts, name, what};
  if (found != line.yearly.end() && found->second.target)
    group.hint = str(t::sheet_target(l)) + (l == Language::ja ? "：" : ": ") + value_words(found->second.target, l);
  group.required = false;
  group.parts.push_back(entry.field(web::Input::kText, name + "-number", t::sheet_edit_number(l, {what}),
                                    now && now->number ? number_text(*now->number) : ""));
  group.parts.push_back(
      entry.field(web::Input::kText, name + "-ja", t::sheet_edit_ja(l, {what}), now && now->text ? now->text->ja : ""));
  group.parts.push_back(
      entry.field(web::Input::kText, name + "-en", t::sheet_edit_en(l, {what}), now && now->text ? now->text->en : ""));
  const YearValues none, &stands = found == line.yearly.end() ? none : found->second;
  group.parts.push_back(
      entry.box(name + "-provisional", t::follow_figures_provisional(l), t::follow_figures_yes(l), stands.provisional));
  group.parts.push_back(entry.box(name + "-revised", t::follow_figures_revised(l), t::follow_figures_yes(l), stands.revised));
  return group;
}

void computed_field(FollowUpForm& entry, std::vector<web::Field>& out, const Line& line, const Computable& computable, Language l) {
  web::Field field = entry.field(web::Input::kSelect, row_name(line) + "-computed",
                                 (line.sub.empty() ? "" : "(" + line.sub + ") ") + str(t::taken_by(l)), line.computed);
  field.options.push_back({"", str(t::sheet_none_option(l))});
  bool there = line.computed.empty();
  for (const auto& one : computable.known) {
    if (!measures_in(one, line.unit) && one.id != line.computed) continue;
    there = there || one.id == line.computed;
    field.options.push_back({one.id, web::pick(one.title, l)});
  }
  if (!there) field.options.push_back({line.computed, line.computed});
  if (field.options.size() > 1) out.push_back(std::move(field));
}

void taken_fields(FollowUpForm& entry, std::vector<web::Field>& out, const Line& line, int year, const Computable& computable,
                  Language l) {
  auto offer = computable.at(line, year);
  if (!asks_why(computable.offers, line, year, offer)) return;
  const std::string name = cell_name(line, year), period = year_words(year, l);
  if (offer)
    out.push_back(
        take_field(*offer, entry.field(web::Input::kCheckboxes, name + "-take", period + " " + str(t::taken_offers(l)), ""), l));
  auto found = line.yearly.find(year);
  entry.words(out, name + "-why", t::taken_why_ja(l, {period}), t::taken_why_en(l, {period}),
              found == line.yearly.end() ? std::nullopt : found->second.typed_reason);
}

// "１，０４６", "△5", "97.4%". The unit is that of the row: another one, or a scale, is refused rather than multiplied or passed over.
void read_cell(const std::string& typed, const Line& line, std::string where, SheetValue& value, std::vector<Fault>& faults) {
  auto number = text::read_number(typed);
  if (!number.ok())
    faults.push_back({std::move(where), number.error().message});
  else if (auto fault = unit_fault_in_form(*number, line.unit.value_or(Text{})))
    faults.push_back({std::move(where), std::move(*fault)});
  else
    value.number = number->value;
}

// Where the actual of a year came from, once it was read: taken as it is offered, kept as it was, or typed, with a reason.
void settle_origin(Line& line, int year, const YearValues& before, const Computable& computable, const std::string& name,
                   FollowUpForm& entry) {
  const auto offer = computable.at(line, year);
  if (const std::string ticked = entry.value(name + "-take", ""); !ticked.empty()) {
    if (!still_offered(offer, ticked)) return entry.faults.push_back({name + "-take", why_not_offered(computable.offers, line, year)});
    take(*offer, line.yearly[year]);
    return;
  }
  auto found = line.yearly.find(year);
  if (found == line.yearly.end()) return;
  YearValues& now = found->second;
  const bool same = now.actual == before.actual;
  if (!same) now.origin.reset();
  read_reason(entry, name, now, same, computable.offers, line, year, offer);
}

// Another indicator: what the former one computed is a typed figure from now on.
void choose_indicator(Line& line, const FollowUpForm& entry) {
  const std::string name = row_name(line) + "-computed";
  if (!entry.has(name) || entry.value(name, "") == line.computed) return;
  line.computed = entry.value(name, "");
  for (auto& [year, values] : line.yearly)
    if (values.origin && values.origin->indicator != line.computed) values.origin.reset();
}

bool in_form(const FollowUpForm& entry, const std::string& cell) {
  return entry.has(cell + "-number") || entry.has(cell + "-ja") || entry.has(cell + "-en") || entry.has(cell + "-take");
}
bool in_form(const FollowUpForm& entry, const Line& line, const SheetState& state) {
  auto years = years_to_enter(entry, state, line);
  return std::any_of(years.begin(), years.end(), [&](int year) { return in_form(entry, cell_name(line, year)); });
}

// The actual of one year. Nothing is kept of one that is taken away.
void read_year(FollowUpForm& entry, Line& line, int year, const std::string& name) {
  YearValues& now = line.yearly[year];
  const std::optional<SheetValue> before = now.actual;
  SheetValue value = before.value_or(SheetValue{});
  value.number.reset();
  if (std::string typed = entry.value(name + "-number"); !text::trim(typed).empty())
    read_cell(typed, line, name + "-number", value, entry.faults);
  value.text = entry.words(name);
  if (value.number || value.text) {
    now.actual = value;
    now.provisional = entry.value(name + "-provisional") == "true";
    now.revised = entry.value(name + "-revised") == "true";
    if (now.actual != before) now.latest_known_year.reset();
  } else {
    YearValues nothing;
    nothing.target = std::move(now.target);
    now = std::move(nothing);
  }
  if (now == YearValues{}) line.yearly.erase(year);
}

}  // namespace

std::optional<Offer> Computable::at(const Line& line, int year) const {
  return line.computed.empty() ? std::nullopt : offers.of(line.computed, Period{year, 0});
}

Result<Computable> computable_of(const std::shared_ptr<db::Database>& database, const SheetIndicator& one, Time now) {
  Computable out;
  out.known = TRY(database->read([](db::Reader& reader) { return definitions(reader); }));
  std::set<std::string> named;
  for (const auto& line : one.lines)
    if (!line.computed.empty()) named.insert(line.computed);
  out.offers = TRY(Offers::read(database, named, now));
  return out;
}

std::vector<Offer> offers_in(const Computable& computable, const SheetState& state, const SheetIndicator& one) {
  std::vector<Offer> out;
  for (const auto& line : one.lines)
    for (int year : years_to_enter(state, line))
      if (auto offer = computable.at(line, year)) out.push_back(std::move(*offer));
  return out;
}

void sheet_figure_fields(FollowUpForm& entry, std::vector<web::Field>& out, const SheetState& state, const SheetIndicator& one,
                         const Computable& computable, Language l) {
  std::set<int> drawn;
  for (const Line& line : one.lines) {
    for (int year : years_to_enter(entry, state, line)) {
      drawn.insert(year);
      out.push_back(actual_field(entry, line, year, l));
      taken_fields(entry, out, line, year, computable, l);
    }
    if (line.nature == Nature::kNumeric) computed_field(entry, out, line, computable, l);
  }
  std::string years;
  for (int year : drawn) years += (years.empty() ? "" : " ") + std::to_string(year);
  out.push_back({web::Input::kHidden, "years", "", "", {years}});
}

void read_sheet_figures(FollowUpForm& entry, SheetIndicator& one, const std::vector<Line>& earlier, const SheetState& state,
                        const Computable& computable) {
  for (const Line& line : earlier)
    if (in_form(entry, line, state)) one.lines.push_back(line);
  if (!one.lines.empty() &&
      std::none_of(one.lines.begin(), one.lines.end(), [&](const Line& line) { return in_form(entry, line, state); }))
    entry.faults.push_back({cell_name(one.lines[0], state.sheet.header.fiscal_year) + "-number", open_anew()});
  for (Line& line : one.lines) {
    for (int year : years_to_enter(entry, state, line)) {
      const std::string name = cell_name(line, year);
      if (!in_form(entry, name)) continue;
      auto stood = line.yearly.find(year);
      const YearValues before = stood == line.yearly.end() ? YearValues{} : stood->second;
      read_year(entry, line, year, name);
      settle_origin(line, year, before, computable, name, entry);
    }
    choose_indicator(line, entry);
  }
}

}  // namespace musubi::kpi
