#include "kpi/follow_up_figures.h"

#include "kpi/plan_targets.h"
#include "kpi/sheet_cell.h"
#include "kpi/sheet_words.h"
#include "kpi/taken_view.h"
#include "text/normalise.h"
#include "web/messages/follow_up_figures.h"
#include "web/messages/taken.h"

namespace musubi::kpi {
namespace {

namespace t = web::messages;
using web::Input;
using web::Language;

std::string str(std::string_view text) { return std::string(text); }
std::string name_of(const std::string& key) { return "line-" + key; }

// Of the year as a whole: while it runs, the figure is provisional.
std::optional<Offer> offer_to(const Offers& offers, const Line& line, Period period) {
  if (line.computed.empty()) return std::nullopt;
  auto offer = offers.of(line.computed, Period{period.fiscal_year, 0});
  return offer && measures_in(offer->indicator, line.unit) ? offer : std::nullopt;
}

std::string shown(const YearValues& values, Language l) {
  YearValues plain{{}, values.actual, values.latest_known_year};
  return actual_words(plain, l);
}

std::string targets_of(const Line& line, int year, Language l) {
  std::string out;
  if (auto found = line.yearly.find(year); found != line.yearly.end() && found->second.target)
    out = t::follow_figures_target(l, {value_words(found->second.target, l)});
  if (line.final_target)
    out += (out.empty() ? "" : " ") +
           t::follow_figures_final(l, {value_words(line.final_target, l), line.final_year ? year_words(*line.final_year, l) : ""});
  return out.empty() ? str(t::follow_figures_no_target(l)) : out;
}

std::optional<SheetValue> read_words(FollowUpForm& form, const std::string& name) {
  auto words = form.words(name);
  return words ? std::optional(SheetValue{.number = {}, .text = std::move(*words)}) : std::nullopt;
}

// What was typed as the actual of a row of figures; what the form showed stays as it was.
void read_number(FollowUpForm& form, const std::string& name, const Line& line, const YearValues& before, YearValues& now,
                 Language l) {
  const std::string typed(text::trim(form.value(name + "-figure")));
  if (typed == text::trim(shown(before, l))) return;
  now.actual.reset();
  now.latest_known_year.reset();
  if (typed.empty()) return;
  auto read = read_figure(Shown{typed}, CellFigure{}, line, l);
  if (!read.ok()) return form.faults.push_back({name + "-figure", read.error().message});
  if (!read->value) return;
  if (!read->value->number || read->value->text)
    return form.faults.push_back(
        {name + "-figure",
         {"実績を数で書いてください。測れないときは空にして、事実の欄に理由を書きます。",
          "Write the actual as a number. Where it cannot be measured, leave it empty and say why among the facts."}});
  now.actual = read->value;
  now.latest_known_year = read->latest_known_year;
  now.provisional = read->provisional;
  now.revised = read->revised;
}

// Nothing where no actual is told.
std::optional<YearValues> read_row(FollowUpForm& form, const std::string& name, const Line& line, const YearValues& before,
                                   const Offers& offers, int fiscal_year, const std::optional<Offer>& offer, Language l) {
  if (const std::string ticked = form.value(name + "-take"); !ticked.empty()) {
    YearValues taken;
    if (still_offered(offer, ticked))
      take(*offer, taken);
    else
      form.faults.push_back({name + "-take", why_not_offered(offers, line, fiscal_year)});
    return taken;
  }
  YearValues now = before;
  now.provisional = now.revised = false;
  if (line.nature == Nature::kNumeric)
    read_number(form, name, line, before, now, l);
  else
    now.actual = read_words(form, name);
  if (!now.actual) return std::nullopt;
  const bool same = now.actual == before.actual;
  now.provisional = now.provisional || form.value(name + "-provisional") == "true";
  now.revised = now.revised || form.value(name + "-revised") == "true";
  if (!same || now.revised) now.origin.reset();
  read_reason(form, name, now, same, offers, line, fiscal_year, offer);
  return now;
}

}  // namespace

Result<Offers> offers_to(const std::shared_ptr<db::Database>& database, const Measure& measure, Time now) {
  std::set<std::string> named;
  for (const auto& row : rows_of(measure))
    if (!row.line->computed.empty()) named.insert(row.line->computed);
  return Offers::read(database, named, now);
}

std::vector<Offer> offers_in(const Offers& offers, const Measure& measure, Period period) {
  std::vector<Offer> out;
  for (const auto& row : rows_of(measure))
    if (auto offer = offer_to(offers, *row.line, period)) out.push_back(std::move(*offer));
  return out;
}

void figure_fields(FollowUpForm& form, std::vector<web::Field>& out, const Measure& measure, Period period, const ToldLines& now,
                   const Offers& offers, Language l) {
  for (const auto& row : rows_of(measure)) {
    const Line& line = *row.line;
    const std::string name = name_of(row.key), title = row_title(row.key, &line, l), year = year_words(period.fiscal_year, l);
    auto found = now.find(row.key);
    const YearValues stands = found == now.end() ? YearValues{} : found->second;
    web::Field group{Input::kParts, name, t::follow_figures_of(l, {title, year}), targets_of(line, period.fiscal_year, l)};
    group.required = false;
    for (const auto& fault : form.faults)
      if (fault.where == name) group.errors.push_back(web::pick(fault.message, l));
    if (line.nature == Nature::kNumeric) {
      group.parts.push_back(form.field(Input::kText, name + "-figure", t::follow_figures_actual(l), shown(stands, l)));
      group.parts.back().width = 12;
    } else {
      form.words(group.parts, name, t::follow_figures_ja(l), t::follow_figures_en(l),
                 stands.actual ? stands.actual->text : std::nullopt);
    }
    group.parts.push_back(
        form.box(name + "-provisional", t::follow_figures_provisional(l), t::follow_figures_yes(l), stands.provisional));
    group.parts.push_back(form.box(name + "-revised", t::follow_figures_revised(l), t::follow_figures_yes(l), stands.revised));
    out.push_back(std::move(group));
    auto offer = offer_to(offers, line, period);
    if (!asks_why(offers, line, period.fiscal_year, offer)) continue;
    if (offer)
      out.push_back(take_field(*offer, form.field(Input::kCheckboxes, name + "-take", title + " " + str(t::taken_offers(l)), ""), l));
    form.words(out, name + "-why", t::taken_why_ja(l, {title}), t::taken_why_en(l, {title}), stands.typed_reason);
  }
}

ToldLines read_figures(FollowUpForm& form, const Measure& measure, Period period, const ToldLines& before, const Offers& offers,
                       Language l) {
  ToldLines out;
  for (const auto& [key, values] : before)
    if (!row_of(measure, key)) out[key] = values;  // of a row that the plan no longer has: said then
  for (const auto& row : rows_of(measure)) {
    auto found = before.find(row.key);
    auto read = read_row(form, name_of(row.key), *row.line, found == before.end() ? YearValues{} : found->second, offers,
                         period.fiscal_year, offer_to(offers, *row.line, period), l);
    if (read) out[row.key] = std::move(*read);
  }
  return out;
}

std::string figure_field(const std::string& where, const Measure& measure) {
  constexpr std::string_view kLines = "lines/";
  if (!where.starts_with(kLines)) return where;
  std::string key = where.substr(kLines.size());
  key = key.substr(0, key.find('/'));
  return row_of(measure, key) ? name_of(key) : "";
}

}  // namespace musubi::kpi
