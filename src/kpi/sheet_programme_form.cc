// The form of a programme: name, indicators it serves, budget and review numbers by year. Part of sheet_part_form.h.
#include <algorithm>
#include <set>

#include "http/problem.h"
#include "kpi/duty_pages.h"
#include "kpi/plan_form.h"
#include "kpi/sheet_check.h"
#include "kpi/sheet_json.h"
#include "kpi/sheet_part_form.h"
#include "kpi/sheet_words.h"
#include "text/dates.h"
#include "text/normalise.h"
#include "web/messages/follow_up.h"
#include "web/messages/part.h"

namespace musubi::kpi {
namespace {

namespace t = web::messages;
using http::Request;
using http::Response;
using web::Input;
using web::Language;
using web::Markup;

std::string str(std::string_view text) { return std::string(text); }

struct Words {
  const char* name;
  std::string_view (*label)(Language);
  std::optional<Text> Programme::*member;
};
const Words kWords[] = {{"outcome", t::part_outcome, &Programme::outcome},
                        {"activity", t::part_activity, &Programme::activity},
                        {"contribution", t::part_contribution, &Programme::contribution}};

struct Desk {
  PartDesk part;
  Programme one;
  std::set<int> years;  // that the form has fields for
};

void add_years(const Programme& one, std::set<int>& years) {
  for (const auto& amount : one.amounts) years.insert(amount.fiscal_year);
  for (const auto& [year, number] : one.review_numbers) years.insert(year);
}

// `before`: as it was when the officer began; others may have taken years away that this one has written in.
void set_years(Desk& desk, const std::vector<Programme>& before = {}) {
  const SheetHeader& h = desk.part.state->sheet.header;
  desk.years = {h.fiscal_year - 1, h.fiscal_year, h.fiscal_year + 1};
  add_years(desk.one, desk.years);
  for (const auto& one : before) add_years(one, desk.years);
}

Programme read_one(const json::object& part) {
  std::vector<Fault> unread;
  return read_programme(part, "", unread);
}

Result<Desk> desk_of(const RouteContext& context, const Request& request) {
  const bool fresh = request.path_text().ends_with("/new-programme");
  Desk out{TRY(part_desk_of(context, request, {PartKind::kProgramme, fresh ? "" : request.parameter("number")})), {}, {}};
  for (const auto& one : out.part.state->sheet.programmes)
    if (one.number == out.part.key.number) out.one = one;
  if (fresh) out.one.number = TRY(next_number(out.part));
  set_years(out);
  return out;
}

web::Field year_field(const Desk& desk, FollowUpForm& form, int year, Language l) {
  web::Field group = money_field(form, year, desk.one.amounts, desk.part.state->sheet.header.money_unit, l);
  auto number = desk.one.review_numbers.find(year);
  group.parts.push_back(form.field(Input::kText, year_name(year) + "-review", year_words(year, l) + " " + str(t::part_review(l)),
                                   number == desk.one.review_numbers.end() ? "" : number->second));
  return group;
}

std::vector<web::Field> fields_of(const Desk& desk, FollowUpForm& form, const http::Form* posted) {
  Language l = desk.part.asked.language;
  const Programme& one = desk.one;
  std::vector<web::Field> out;
  if (desk.part.fresh()) {
    out.push_back(form.field(Input::kText, "number", t::part_number(l), one.number, true));
    out.back().hint = t::part_number_hint(l);
  }
  auto words = [&](const char* name, std::string_view label, const std::optional<Text>& now, bool required) {
    form.words(out, name, t::follow_words_ja(l, {label}), t::follow_words_en(l, {label}), now, required);
  };
  words("title", t::part_title(l), one.title == Text{} ? std::nullopt : std::optional(one.title), true);
  out.push_back(form.field(Input::kText, "start", t::part_start(l), one.start_year ? std::to_string(*one.start_year) : ""));
  out.back().hint = t::part_year_hint(l);
  web::Field serves = form.field(Input::kCheckboxes, "indicators", t::part_serves(l), "");
  serves.values = one.indicators;
  if (posted) {
    serves.values.clear();
    for (auto number : posted->all("indicators")) serves.values.emplace_back(number);
  }
  for (const auto& indicator : desk.part.state->sheet.indicators)
    serves.options.push_back({indicator.number, indicator.number + " " + web::pick(indicator.title, l)});
  out.push_back(std::move(serves));
  for (int year : desk.years) out.push_back(year_field(desk, form, year, l));
  for (const auto& text : kWords) words(text.name, text.label(l), one.*(text.member), false);
  return out;
}

void read_year(const Desk& desk, FollowUpForm& form, int year, Programme& one) {
  read_money(form, year, desk.part.state->sheet.header.money_unit, one.amounts);
  std::string number = text::half_width_digits(text::trim(form.value(year_name(year) + "-review")));
  if (number.empty())
    one.review_numbers.erase(year);
  else
    one.review_numbers[year] = std::move(number);
}

// Laid over the programme as it was in the revision that the form was drawn from: owner, laws and measures stay.
Programme read_posted(const Desk& desk, FollowUpForm& form, const http::Form& posted) {
  Programme one = desk.one;
  if (desk.part.fresh()) {
    one.number = text::trim(form.value("number"));
    one.locator = {"達成手段(" + one.number + ")", "programme (" + one.number + ")"};
  }
  one.title = form.words("title").value_or(Text{});
  one.start_year.reset();
  if (std::string typed(text::trim(form.value("start"))); !typed.empty()) {
    auto year = text::read_fiscal_year(typed);
    if (year.ok())
      one.start_year = *year;
    else
      form.faults.push_back({"start", year.error().message});
  }
  one.indicators.clear();
  for (auto number : posted.all("indicators")) one.indicators.emplace_back(number);
  for (int year : desk.years) read_year(desk, form, year, one);
  for (const auto& text : kWords) one.*(text.member) = form.words(text.name);
  return one;
}

std::string field_of(const Programme& one, std::string_view where) {
  const char* end = where.ends_with("/en") ? "-en" : "-ja";
  if (where.starts_with("/title")) return std::string("title") + end;
  for (const auto& text : kWords)
    if (where.starts_with("/" + std::string(text.name))) return text.name + std::string(end);
  if (where.starts_with("/indicators")) return "indicators";
  if (where.starts_with("/review_numbers/")) return "y" + std::string(where.substr(16)) + "-review";
  if (where.starts_with("/amounts/")) return money_name(one.amounts, where.substr(9));
  return where == "/number" ? "number" : where == "/start_year" ? "start" : "";
}

Response draw(const RouteContext& context, const Request& request, const Desk& desk, FollowUpForm& form, const http::Form* posted,
              Markup above, int status) {
  return draw_part(context, request, desk.part, form, fields_of(desk, form, posted), std::move(above), status);
}

}  // namespace

Result<Response> programme_form_page(const RouteContext& context, Request& request) {
  Desk desk = TRY(desk_of(context, request));
  FollowUpForm form(nullptr, desk.part.asked.language);
  return draw(context, request, desk, form, nullptr, {}, 200);
}

Result<Response> programme_form_post(const RouteContext& context, Request& request) {
  Desk desk = TRY(desk_of(context, request));
  Language l = desk.part.asked.language;
  http::Form data = TRY(request.form());
  FollowUpForm form(&data, l);
  PartOver<Programme> over;
  if (!desk.part.fresh()) {
    auto at = [&](std::int64_t revision) { return desk.part.asked.sheets().part_at(desk.part.sheet(), desk.part.key, revision); };
    over = TRY(part_over(posted_over(data), at, read_one));
    desk.one = over.part;
    desk.part.over = over.form;
    set_years(desk, over.before);
  }
  Programme posted = read_posted(desk, form, data);
  const PartKey key{PartKind::kProgramme, posted.number};
  auto refuse = [&](const std::vector<Fault>& raced) -> Result<Response> {
    auto where = [&](std::string_view pointer) { return field_of(posted, pointer); };
    tell_at_fields(form, TRY(preview_part(desk.part, key, to_json(posted))), where);
    if (form.faults.empty()) tell_at_fields(form, raced, [](std::string_view) { return std::string(); });
    return draw(context, request, desk, form, &data, {}, 422);
  };
  if (!form.faults.empty()) return refuse({});
  auto done = save_part(context, request, desk.part, key, to_json(posted));
  if (done.ok() || done.error().name == "sheet.nothing_new") return http::redirect(desk.part.asked.urls.programmes(desk.part.sheet()));
  const Error& error = done.error();
  if (error.name == "sheet.faults") return refuse(error.faults);
  if (error.name != "sheet.conflict") return error;
  desk = TRY(desk_of(context, request));
  desk.one = read_one(over.mine_over(to_json(posted), to_json(desk.one)));
  desk.part.over = over.form.again(desk.part.over.base);
  set_years(desk);
  FollowUpForm again(nullptr, l);
  return draw(context, request, desk, again, nullptr,
              trouble_notice(conflict_in_words(desk.part.state->sheet, key, error, l), request.target, l), 409);
}

}  // namespace musubi::kpi
