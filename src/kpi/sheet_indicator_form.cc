// The form of an indicator as such: name, goal, reasons, rows with targets. Part of sheet_part_form.h.
#include "http/problem.h"
#include "kpi/duty_pages.h"
#include "kpi/plan_form.h"
#include "kpi/plan_form_lines.h"
#include "kpi/sheet_check.h"
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
  RowsOver<Line> rows = {};
};

const std::vector<Line>& own_lines(const SheetIndicator& one) { return one.lines; }

SheetIndicator read_one(const json::object& part) {
  std::vector<Fault> unread;
  return read_sheet_indicator(part, "", unread);
}

Result<Desk> desk_of(const RouteContext& context, const Request& request) {
  const bool fresh = request.path_text().ends_with("/new-indicator");
  Desk out{TRY(part_desk_of(context, request, {PartKind::kIndicator, fresh ? "" : request.parameter("number")})), {}, {}};
  out.known = TRY(out.part.asked.database->read([](db::Reader& reader) { return definitions(reader); }));
  const Sheet& sheet = out.part.state->sheet;
  if (!fresh) {
    out.one = *out.part.state->indicator(out.part.key.number);
    out.rows.shown = out.one.lines;
    return out;
  }
  out.one.number = TRY(next_number(out.part));
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
  line_fields(form, out, kRows, desk.rows, desk.known, l);
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
  PostedLines lines = read_lines(form, kRows, desk.rows, desk.known, desk.part.asked.language);
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
  PartOver<SheetIndicator> over;
  if (!desk.part.fresh()) {
    auto at = [&](std::int64_t revision) { return desk.part.asked.sheets().part_at(desk.part.sheet(), desk.part.key, revision); };
    over = TRY(part_over(posted_over(data), at, read_one));
    desk.rows = rows_over(over, desk.one, own_lines);
    desk.one = over.part;
    desk.part.over = over.form;
  }
  Posted posted = read_posted(desk, form);
  const PartKey key{PartKind::kIndicator, posted.one.number};
  auto refuse = [&](const std::vector<Fault>& raced) -> Result<Response> {
    auto where = [&](std::string_view pointer) { return field_of(posted, pointer); };
    tell_at_fields(form, TRY(preview_part(desk.part, key, to_json(posted.one))), where);
    if (form.faults.empty()) tell_at_fields(form, raced, [](std::string_view) { return std::string(); });
    return draw(context, request, desk, form, {}, 422);
  };
  if (!form.faults.empty()) return refuse({});
  auto done = save_part(context, request, desk.part, key, to_json(posted.one));
  if (done.ok() || done.error().name == "sheet.nothing_new")
    return http::redirect(desk.part.asked.urls.indicator(desk.part.sheet(), key.number));
  const Error& error = done.error();
  if (error.name == "sheet.faults") return refuse(error.faults);
  if (error.name != "sheet.conflict") return error;
  desk = TRY(desk_of(context, request));
  desk.one = read_one(over.mine_over(to_json(posted.one), to_json(desk.one)));
  desk.rows.shown = desk.one.lines;
  desk.part.over = over.form.again(desk.part.over.base);
  FollowUpForm again(nullptr, l);
  return draw(context, request, desk, again,
              trouble_notice(conflict_in_words(desk.part.state->sheet, key, error, l), request.target, l), 409);
}

}  // namespace musubi::kpi
