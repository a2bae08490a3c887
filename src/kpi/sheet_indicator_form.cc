// The form of an indicator as such: name, goal, reasons, rows with targets. Part of sheet_part_form.h.
#include "http/problem.h"
#include "kpi/duty_pages.h"
#include "kpi/plan_form.h"
#include "kpi/plan_form_lines.h"
#include "kpi/sheet_json.h"
#include "kpi/sheet_part_form.h"
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
const std::string kRows(kSheetRows);

struct Reasons {
  const char *name, *pointer;
  std::string_view (*label)(Language);
  std::optional<Text> SheetIndicator::*member;
};
const Reasons kReasons[] = {{"reason", "/reason", t::part_reason, &SheetIndicator::reason},
                            {"causal", "/causal_link", t::part_causal, &SheetIndicator::causal_link},
                            {"basis", "/target_basis", t::part_basis, &SheetIndicator::target_basis}};

struct Desk {
  PartDesk part;
  SheetIndicator one;
  std::vector<Indicator> known;  // that may compute actuals
};

Result<Desk> desk_of(const RouteContext& context, const Request& request) {
  const bool fresh = request.path_text().ends_with("/new-indicator");
  Desk out{TRY(part_desk_of(context, request, {PartKind::kIndicator, fresh ? "" : request.parameter("number")})), {}, {}};
  out.known = TRY(out.part.asked.database->read([](db::Reader& reader) { return definitions(reader); }));
  const Sheet& sheet = out.part.state->sheet;
  if (!fresh) {
    out.one = *out.part.state->indicator(out.part.key.number);
    return out;
  }
  std::vector<std::string> taken;
  for (const auto& one : sheet.indicators) taken.push_back(one.number);
  for (const auto& key : out.part.state->withdrawn)
    if (key.kind == PartKind::kIndicator) taken.push_back(key.number);
  out.one.number = next_number(taken);
  if (!sheet.header.goals.empty()) out.one.goal = sheet.header.goals[0].id;
  return out;
}

std::vector<web::Field> fields_of(const Desk& desk, FollowUpForm& form) {
  Language l = desk.part.asked.language;
  const SheetIndicator& one = desk.one;
  std::vector<web::Field> out;
  if (desk.part.fresh()) {
    out.push_back(form.field(Input::kText, "number", t::part_number(l), one.number, true));
    out.back().hint = t::part_number_hint(l);
  }
  out.push_back(form.field(Input::kSelect, "goal", t::part_goal(l), one.goal, true));
  for (const auto& goal : desk.part.state->sheet.header.goals) out.back().options.push_back({goal.id, web::pick(goal.title, l)});
  auto words = [&](const char* name, std::string_view label, const std::optional<Text>& now, bool required) {
    form.words(out, name, t::follow_words_ja(l, {label}), t::follow_words_en(l, {label}), now, required);
  };
  words("title", t::part_title(l), one.title == Text{} ? std::nullopt : std::optional(one.title), true);
  out.push_back(form.field(Input::kCheckboxes, "primary", t::part_primary(l), one.primary ? "true" : ""));
  out.back().options = {{"true", str(t::part_primary_yes(l))}};
  line_fields(form, out, kRows, one.lines, desk.known, l);
  for (const auto& reason : kReasons) words(reason.name, reason.label(l), one.*(reason.member), false);
  return out;
}

struct Posted {
  SheetIndicator one;
  std::vector<std::size_t> rows;  // the form's row of each
};

// Laid over the indicator as it was in the revision that the form was drawn from: actuals, marks and the rest stay.
Posted read_posted(const Desk& desk, FollowUpForm& form) {
  Posted out{desk.one, {}};
  SheetIndicator& one = out.one;
  if (desk.part.fresh()) {
    one.number = text::trim(form.value("number"));
    one.locator = {"測定指標" + one.number, "indicator " + one.number};
  }
  one.goal = form.value("goal");
  one.title = form.words("title").value_or(Text{});
  one.primary = form.value("primary") == "true";
  for (const auto& reason : kReasons) one.*(reason.member) = form.words(reason.name);
  PostedLines lines = read_lines(form, kRows, one.lines, desk.known, desk.part.asked.language);
  one.lines = std::move(lines.lines);
  out.rows = std::move(lines.rows);
  return out;
}

std::string field_of(const Posted& posted, std::string_view where) {
  const char* end = where.ends_with("/en") ? "-en" : "-ja";
  if (where == "/lines") return kRows + "-row0";
  if (where.starts_with("/lines/")) {
    std::string field = line_field(kRows, posted.rows, where.substr(std::string_view("/lines").size()));
    return field == kRows ? kRows + "-row0" : field;
  }
  for (const auto& reason : kReasons)
    if (where.starts_with(reason.pointer)) return reason.name + std::string(end);
  if (where.starts_with("/title")) return std::string("title") + end;
  return where == "/number" ? "number" : where == "/goal" ? "goal" : "";
}

Response draw(const RouteContext& context, const Request& request, const Desk& desk, FollowUpForm& form, Markup above, int status) {
  return draw_part(context, request, desk.part, form, fields_of(desk, form), std::move(above), status);
}

}  // namespace

Result<Response> indicator_form_page(const RouteContext& context, Request& request) {
  Desk desk = TRY(desk_of(context, request));
  FollowUpForm form(nullptr, desk.part.asked.language);
  return draw(context, request, desk, form, {}, 200);
}

Result<Response> indicator_form_post(const RouteContext& context, Request& request) {
  Desk desk = TRY(desk_of(context, request));
  Language l = desk.part.asked.language;
  http::Form data = TRY(request.form());
  FollowUpForm form(&data, l);
  json::object base_part;
  std::vector<Fault> unread;
  if (!desk.part.fresh()) {
    desk.part.base = posted_integer(data, "base");
    base_part = TRY(desk.part.asked.sheets().part_at(desk.part.sheet(), desk.part.key, desk.part.base));
    desk.one = read_sheet_indicator(base_part, "", unread);
  }
  Posted posted = read_posted(desk, form);
  auto where = [&](std::string_view pointer) { return field_of(posted, pointer); };
  if (!form.faults.empty()) {  // together with what the rules say
    tell_at_fields(form, rules_of(desk.part, posted.one), where);
    return draw(context, request, desk, form, {}, 422);
  }
  Sheets sheets = desk.part.asked.sheets(TRY(drafting_mandate(context, request)));
  PartKey key{PartKind::kIndicator, posted.one.number};
  auto done = desk.part.fresh() ? sheets.add(desk.part.sheet(), key, to_json(posted.one), context.actor(request))
                                : sheets.edit(desk.part.sheet(), key, desk.part.base, to_json(posted.one), context.actor(request));
  if (done.ok() || done.error().name == "sheet.nothing_new")
    return http::redirect(desk.part.asked.urls.indicator(desk.part.sheet(), key.number));
  const Error& error = done.error();
  if (error.name == "sheet.faults") {
    tell_at_fields(form, desk.part.fresh() ? error.faults : rules_of(desk.part, posted.one), where);
    if (form.faults.empty()) tell_at_fields(form, error.faults, [](std::string_view) { return std::string(); });
    return draw(context, request, desk, form, {}, 422);
  }
  if (error.name != "sheet.conflict") return error;
  // Cells in conflict hold this officer's values, the others what both made of them.
  desk = TRY(desk_of(context, request));
  desk.one = read_sheet_indicator(merge_cells(base_part, to_json(posted.one), to_json(desk.one)).part, "", unread);
  FollowUpForm again(nullptr, l);
  return draw(context, request, desk, again, trouble_notice(error, request.target, l), 409);
}

}  // namespace musubi::kpi
