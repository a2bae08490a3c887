#include "kpi/sheet_head_form.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "http/problem.h"
#include "kpi/duty_pages.h"
#include "kpi/plan_form.h"
#include "kpi/plan_form_lines.h"
#include "kpi/sheet_check.h"
#include "kpi/sheet_json.h"
#include "kpi/sheet_pack.h"
#include "kpi/sheet_part_form.h"
#include "kpi/sheet_words.h"
#include "text/dates.h"
#include "text/normalise.h"
#include "web/messages/follow_up.h"
#include "web/messages/head.h"
#include "web/messages/part.h"
#include "web/messages/sheet.h"

namespace musubi::kpi {
namespace {

namespace t = web::messages;
using http::Request;
using http::Response;
using web::Input;
using web::Language;
using web::Markup;

std::string str(std::string_view text) { return std::string(text); }
const std::string kRows(kSheetRows);
constexpr std::size_t kMoreGoals = 2;

struct Words {
  const char *name, *pointer;
  std::string_view (*label)(Language);
  Text SheetHeader::*member;
};
const Words kWords[] = {{"printed", "/printed_number", t::head_printed, &SheetHeader::printed_number},
                        {"policy", "/policy/title", t::head_policy, &SheetHeader::policy_title},
                        {"field", "/policy/field", t::head_field, &SheetHeader::field},
                        {"office", "/office", t::head_office, &SheetHeader::office},
                        {"author", "/author_post", t::head_author, &SheetHeader::author_post},
                        {"publisher", "/source/publisher", t::head_publisher, &SheetHeader::source_publisher},
                        {"unit", "/money/unit", t::head_unit, &SheetHeader::money_unit}};

struct Desk {
  SheetAsked asked;
  SheetHeader header;
  FormOver over = {};  // base 0: new
  std::vector<Indicator> known = {};
  RowsOver<Goal> goals = {};
  std::set<int> years = {};  // that the form has fields for
  bool fresh() const { return over.base == 0; }
  std::string back() const { return fresh() ? asked.urls.sheets() : asked.urls.sheet(header.id); }
};

const std::vector<Goal>& goals_of(const SheetHeader& header) { return header.goals; }

// `before`: as it was when the officer began; others may have taken years away that this one has written in.
void set_years(Desk& desk, const std::vector<SheetHeader>& before = {}) {
  const SheetHeader& h = desk.header;
  desk.years = {h.fiscal_year - 1, h.fiscal_year, h.fiscal_year + 1};
  for (const auto& one : h.budget) desk.years.insert(one.fiscal_year);
  for (const auto& header : before)
    for (const auto& one : header.budget) desk.years.insert(one.fiscal_year);
}

SheetHeader read_one(const json::object& part) {
  std::vector<Fault> unread;
  return read_sheet_header(part, unread);
}

Result<Desk> desk_of(const RouteContext& context, const Request& request) {
  Desk out{TRY(read_sheet_asked(context, request, true)), {}};
  if (request.path_text().ends_with("/sheets/new")) {
    out.known = TRY(out.asked.database->read([](db::Reader& reader) { return definitions(reader); }));
    const text::Date today = text::jst_date(context.clock.now());
    out.header.fiscal_year = text::fiscal_year(today) - 1;
    out.header.month = text::iso_date(today).substr(0, 7);
    out.header.money_unit = {"千円", "thousand yen"};
    out.header.source_publisher = context.site(request, out.asked.urls.org).organisation;
    return out;
  }
  auto state = TRY(out.asked.sheets().state(request.parameter("sheet"), View{.drafts = true}));
  out.header = state->sheet.header;
  out.over.base = state->part({PartKind::kHeader, ""})->revision;
  out.goals.shown = out.header.goals;
  set_years(out);
  return out;
}

// ---- Fields ----

std::string goal_name(std::size_t i) { return "goal" + std::to_string(i + 1); }

bool goal_written(const FollowUpForm& form, std::size_t i) {
  return !text::trim(form.value(goal_name(i) + "-ja") + form.value(goal_name(i) + "-en")).empty();
}

std::optional<Text> maybe(const Text& text) { return text == Text{} ? std::nullopt : std::optional(text); }

std::vector<web::Field> fields_of(const Desk& desk, FollowUpForm& form) {
  Language l = desk.asked.language;
  const SheetHeader& h = desk.header;
  std::vector<web::Field> out;
  auto text = [&](const char* name, std::string_view label, std::string now, std::string_view hint = {}) {
    out.push_back(form.field(Input::kText, name, label, std::move(now), true));
    out.back().hint = hint;
  };
  auto words = [&](const std::string& name, std::string_view label, const std::optional<Text>& now, bool required) {
    form.words(out, name, t::follow_words_ja(l, {label}), t::follow_words_en(l, {label}), now, required);
    for (std::size_t i = 1; i <= 2; ++i) out[out.size() - i].rows = 1;
  };
  if (desk.fresh()) {
    text("id", t::head_id(l), h.id, t::head_id_hint(l));
    out.push_back(form.field(Input::kSelect, "form", t::sheet_form(l), str(word_of(kForms, h.form)), true));
    for (auto one : {SheetForm::kEvaluation, SheetForm::kPreAnalysis})
      out.back().options.push_back({str(word_of(kForms, one)), str(form_title(one, l))});
    text("year", t::head_year(l), std::to_string(h.fiscal_year), t::part_year_hint(l));
  }
  text("month", t::head_month(l), h.month, t::head_month_hint(l));
  text("policy_number", t::head_policy_number(l), h.policy_number);
  for (const auto& one : kWords) words(one.name, one.label(l), maybe(h.*(one.member)), true);
  words("outcome", t::head_outcome(l), h.outcome, false);
  const std::size_t goals =
      rows_drawn(form, desk.goals, kMoreGoals, kMaxListed, goal_name, [&](std::size_t i) { return goal_written(form, i); });
  for (std::size_t i = 0; i < goals; ++i) {
    auto at = row_at(form, goal_name(i), i, desk.goals);
    put_name(out, goal_name(i), at);
    words(goal_name(i), t::head_goal_n(l, {std::int64_t(i + 1)}), at.row ? std::optional(at.row->title) : std::nullopt, false);
  }
  out.back().hint = t::head_goals_hint(l);
  if (!desk.fresh()) {
    for (int year : desk.years) out.push_back(money_field(form, year, h.budget, h.money_unit, l));
    return out;
  }
  words("title", t::head_indicator(l), std::nullopt, true);
  line_fields(form, out, kRows, RowsOver<Line>{}, desk.known, l);
  return out;
}

// ---- Back from the form ----

struct Posted {
  Sheet sheet;                           // with its first indicator, where it is new
  std::vector<std::size_t> goals, rows;  // the form's row of each
};

// Each laid over the goal that it names; one that was emptied is taken out.
void read_goals(const Desk& desk, FollowUpForm& form, Posted& out) {
  std::vector<Goal>& goals = out.sheet.header.goals;
  if (rows_unnamed(form, desk.goals, kMaxListed, goal_name)) {
    form.faults.push_back({goal_name(0) + "-ja", open_anew()});
    return;
  }
  goals.clear();
  std::size_t last = 0;
  auto number = [&](const std::string& id) {
    if (id.starts_with("g")) last = std::max(last, std::size_t(std::strtoul(id.c_str() + 1, nullptr, 10)));
  };
  for (const auto& id : desk.goals.keys()) number(id);
  for (std::size_t i = 0; i < kMaxListed; ++i) number(form.value(goal_name(i) + "-name"));
  for (std::size_t i = 0; i < kMaxListed; ++i) {
    if (!goal_written(form, i)) continue;
    auto at = row_at(form, goal_name(i), i, desk.goals);
    Goal goal = at.row ? *at.row : Goal{at.key ? *at.key : "g" + std::to_string(++last), {}, {}, {}};
    if (auto title = form.words(goal_name(i))) goal.title = *title;
    goals.push_back(std::move(goal));
    out.goals.push_back(i);
  }
}

void read_first(const Desk& desk, FollowUpForm& form, Posted& out) {
  SheetHeader& h = out.sheet.header;
  h.id = text::trim(form.value("id"));
  h.form = from_word<SheetForm>(kForms, form.value("form")).value_or(SheetForm::kEvaluation);
  auto year = text::read_fiscal_year(text::trim(form.value("year")));
  if (year.ok())
    h.fiscal_year = *year;
  else
    form.faults.push_back({"year", year.error().message});
  h.source_title = h.policy_title;
  h.locator = {"様式で書いた", "written by form"};
  SheetIndicator one;
  one.number = "1";
  one.goal = h.goals.empty() ? "" : h.goals[0].id;
  one.title = form.words("title").value_or(Text{});
  one.locator = {"測定指標1", "indicator 1"};
  PostedLines lines = read_lines(form, kRows, RowsOver<Line>{}, desk.known, desk.asked.language);
  one.lines = std::move(lines.lines);
  out.rows = std::move(lines.rows);
  out.sheet.indicators = {std::move(one)};
}

Posted read_posted(const Desk& desk, FollowUpForm& form) {
  Posted out{{desk.header, {}, {}}, {}, {}};
  SheetHeader& h = out.sheet.header;
  h.month = text::trim(form.value("month"));
  h.policy_number = text::trim(form.value("policy_number"));
  for (const auto& one : kWords) h.*(one.member) = form.words(one.name).value_or(Text{});
  h.outcome = form.words("outcome");
  read_goals(desk, form, out);
  if (desk.fresh())
    read_first(desk, form, out);
  else
    for (int year : desk.years) read_money(form, year, h.money_unit, h.budget);
  return out;
}

std::string field_of(const Posted& posted, std::string_view where) {
  const char* end = where.ends_with("/en") ? "-en" : "-ja";
  constexpr std::string_view kGoals = "/goals/", kLines = "/indicators/0/lines", kBudget = "/money/budget/";
  if (where == "/goals") return goal_name(0) + end;
  if (where.starts_with(kGoals)) {
    std::size_t at = 0;
    std::from_chars(where.data() + kGoals.size(), where.data() + where.size(), at);
    return at < posted.goals.size() ? goal_name(posted.goals[at]) + end : "";
  }
  if (where.starts_with(kLines)) {
    std::string field = line_field(kRows, posted.rows, where.substr(kLines.size()));
    return field == kRows ? kRows + "-row0" : field;
  }
  if (where.starts_with(kBudget)) return money_name(posted.sheet.header.budget, where.substr(kBudget.size()));
  if (where.starts_with("/indicators/0/title")) return std::string("title") + end;
  for (const auto& one : kWords)
    if (where.starts_with(one.pointer)) return one.name + std::string(end);
  if (where.starts_with("/outcome")) return std::string("outcome") + end;
  return where == "/id"              ? "id"
         : where == "/fiscal_year"   ? "year"
         : where == "/month"         ? "month"
         : where == "/policy/number" ? "policy_number"
                                     : "";
}

// Of a new sheet with its first indicator.
std::vector<Fault> rules_of_new(const Posted& posted) {
  auto read = read_sheet(canonical_json(pack_of(posted.sheet)));
  std::vector<Fault> all = faults_of(posted.sheet);
  if (!read.ok()) all.insert(all.end(), read.error().faults.begin(), read.error().faults.end());
  std::erase_if(all, [](const Fault& one) {
    return one.where == "/indicators" || one.where == "/indicators/0/goal" || one.where.starts_with("/source/title");
  });
  return all;
}

// ---- Pages ----

Response draw(const RouteContext& context, const Request& request, const Desk& desk, FollowUpForm& form, Markup above, int status) {
  Language l = desk.asked.language;
  web::Form out{desk.fresh() ? desk.asked.urls.sheets() + "/new" : desk.back() + "/edit",
                {},
                str(desk.fresh() ? t::head_begin(l) : t::part_save(l)),
                context.csrf_token(request),
                "post",
                {str(t::sheet_cancel(l)), desk.back()}};
  put_over(out.fields, desk.over);
  for (auto& one : fields_of(desk, form)) out.fields.push_back(std::move(one));
  for (const auto& fault : form.faults)
    if (fault.where.empty()) out.errors.push_back(web::pick(fault.message, l));
  web::Page page = new_sheet_page(desk.asked, request, str(desk.fresh() ? t::head_new(l) : t::head_change(l)),
                                  desk.fresh() ? nullptr : &desk.header);
  if (desk.fresh()) page.lead = t::head_new_lead(l);
  page.has_errors = status != 200;
  page.main = web::Html().markup(above).markup(web::form(out, l)).take();
  return answer(context, request, page, status);
}

Result<Response> refuse(const RouteContext& context, const Request& request, const Desk& desk, const Posted& posted,
                        FollowUpForm& form, const std::vector<Fault>& faults, int status) {
  tell_at_fields(form, faults, [&](std::string_view pointer) { return field_of(posted, pointer); });
  return draw(context, request, desk, form, {}, status);
}

Result<Response> begin(const RouteContext& context, Request& request, const Desk& desk, const Posted& posted, FollowUpForm& form) {
  const Sheet& sheet = posted.sheet;
  auto done = desk.asked.sheets(TRY(drafting_mandate(context, request))).import_sheet(sheet, context.actor(request), "");
  if (done.ok()) return http::redirect(desk.asked.urls.sheet(sheet.header.id));
  if (done.error().name == "sheet.changed_meanwhile")
    return refuse(context, request, desk, posted, form,
                  {{"/id", {"この id の表はもうあります。", "A sheet of this id is there already."}}}, http::status_of(done.error()));
  if (done.error().name != "sheet.faults") return done.error();
  return refuse(context, request, desk, posted, form, done.error().faults, 422);
}

}  // namespace

Result<Response> head_form_page(const RouteContext& context, Request& request) {
  Desk desk = TRY(desk_of(context, request));
  FollowUpForm form(nullptr, desk.asked.language);
  return draw(context, request, desk, form, {}, 200);
}

namespace {

Result<Response> change(const RouteContext& context, Request& request, Desk desk, const http::Form& data, FollowUpForm& form) {
  const std::string id = desk.header.id;
  const PartKey key{PartKind::kHeader, ""};
  Sheets sheets = desk.asked.sheets(TRY(drafting_mandate(context, request)));
  auto over = TRY(part_over(
      posted_over(data), [&](std::int64_t revision) { return sheets.part_at(id, key, revision); }, read_one));
  desk.goals = rows_over(over, desk.header, goals_of);
  desk.header = over.part;
  desk.over = over.form;
  set_years(desk, over.before);
  Posted posted = read_posted(desk, form);
  const json::object edited = to_json(posted.sheet.header);
  auto told = [&](const std::vector<Fault>& raced) -> Result<Response> {
    auto faults = TRY(desk.asked.database->read([&](db::Reader& reader) {
      return faults_of_part(reader, id, {key, desk.over.base, edited});
    }));
    return refuse(context, request, desk, posted, form, form.faults.empty() && faults.empty() ? raced : faults, 422);
  };
  if (!form.faults.empty()) return told({});
  auto done = sheets.edit(id, key, desk.over.base, edited, context.actor(request));
  if (done.ok() || done.error().name == "sheet.nothing_new") return http::redirect(desk.back());
  const Error& error = done.error();
  if (error.name == "sheet.faults") return told(error.faults);
  if (error.name != "sheet.conflict") return error;
  desk = TRY(desk_of(context, request));
  desk.header = read_one(over.mine_over(edited, to_json(desk.header)));
  desk.goals.shown = desk.header.goals;
  desk.over = over.form.again(desk.over.base);
  set_years(desk);
  FollowUpForm again(nullptr, desk.asked.language);
  return draw(
      context, request, desk, again,
      trouble_notice(conflict_in_words({desk.header, {}, {}}, key, error, desk.asked.language), request.target, desk.asked.language),
      409);
}

}  // namespace

Result<Response> head_form_post(const RouteContext& context, Request& request) {
  Desk desk = TRY(desk_of(context, request));
  http::Form data = TRY(request.form());
  FollowUpForm form(&data, desk.asked.language);
  if (!desk.fresh()) return change(context, request, std::move(desk), data, form);
  Posted posted = read_posted(desk, form);
  if (auto rules = rules_of_new(posted); !form.faults.empty() || !rules.empty())
    return refuse(context, request, desk, posted, form, rules, 422);
  return begin(context, request, desk, posted, form);
}

}  // namespace musubi::kpi
