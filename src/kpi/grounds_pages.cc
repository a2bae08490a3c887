#include "kpi/grounds_pages.h"

#include <charconv>

#include "http/problem.h"
#include "kpi/duty_pages.h"
#include "kpi/sheet_json.h"
#include "kpi/sheet_pages.h"
#include "kpi/sheet_state.h"
#include "kpi/sheet_words.h"
#include "text/normalise.h"
#include "web/form.h"
#include "web/messages/grounds.h"
#include "web/messages/sheet.h"
#include "web/messages/sheet_measure.h"

namespace musubi::kpi {
namespace {

namespace t = web::messages;
using http::Request;
using http::Response;
using web::Html;
using web::Language;
using web::Tone;

std::string str(std::string_view text) { return std::string(text); }

// Lines of cells parted by "|", of either width; empty lines are left out.
std::vector<std::vector<std::string>> lines_in(std::string_view typed) {
  std::vector<std::vector<std::string>> out;
  std::vector<std::string> cells(1);
  auto end_line = [&] {
    bool any = false;
    for (auto& cell : cells) {
      cell = str(text::trim(cell));
      any = any || !cell.empty();
    }
    if (any) out.push_back(cells);
    cells.assign(1, "");
  };
  for (std::size_t at = 0; at < typed.size(); ++at) {
    if (typed[at] == '\n') {
      end_line();
    } else if (typed[at] == '|') {
      cells.emplace_back();
    } else if (typed.substr(at, 3) == "｜") {
      cells.emplace_back();
      at += 2;
    } else if (typed[at] != '\r') {
      cells.back() += typed[at];
    }
  }
  end_line();
  return out;
}

struct Typed {
  std::vector<Text> owners;
  std::vector<Law> laws;
  std::vector<PlanMeasure> measures;
  std::vector<Fault> faults;  // at "owners", "laws" and "measures", each with its line
};

Fault bad_line(const char* field, std::size_t line, const Text& what) {
  std::string n = std::to_string(line + 1);
  return {field, {n + "行目：" + what.ja, "Line " + n + ": " + what.en}};
}

Typed read_typed(const http::Form& posted, bool one_owner) {
  Typed out;
  auto all = lines_in(posted.get("owners", ""));
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].size() == 2 && !all[i][0].empty() && !all[i][1].empty())
      out.owners.push_back({all[i][0], all[i][1]});
    else
      out.faults.push_back(bad_line("owners", i, {"「日本語 | English」の形で書いてください。", "Write it as Japanese | English."}));
  }
  if (one_owner && all.size() > 1)
    out.faults.push_back({"owners", {"達成手段を担当する職は一つです。", "One post answers for a programme."}});
  all = lines_in(posted.get("laws", ""));
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& cells = all[i];
    if (cells.size() < 2 || cells.size() > 3 || cells[0].empty() || cells[1].empty())
      out.faults.push_back(
          bad_line("laws", i, {"「題名 | Title | 法令 ID」の形で書いてください。", "Write it as Japanese | English | law id."}));
    else
      out.laws.push_back({{cells[0], cells[1]}, cells.size() == 3 ? cells[2] : ""});
  }
  all = lines_in(posted.get("measures", ""));
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].size() == 2 && !all[i][0].empty() && !all[i][1].empty())
      out.measures.push_back({all[i][0], all[i][1]});
    else
      out.faults.push_back(bad_line(
          "measures", i, {"「計画の id | 施策の番号」の形で書いてください。", "Write it as id of the plan | number of the measure."}));
  }
  return out;
}

struct Desk {
  SheetAsked asked;
  SharedSheet state;
  PartKey key;
  std::vector<Text> owners;
  std::vector<Law> laws;
  std::vector<PlanMeasure> measures;
};

// `asked_for` names the part: a programme, an indicator, or neither.
Result<Desk> desk_of(const RouteContext& context, const Request& request, const http::Query& asked_for) {
  std::string_view programme = asked_for.get("programme", ""), indicator = asked_for.get("indicator", "");
  SheetAsked asked = TRY(read_sheet_asked(context, request, true));
  const std::string& id = request.parameter("sheet");
  auto state = TRY(asked.sheets().state(id, View{.drafts = true}));
  Desk out{std::move(asked), std::move(state), {PartKind::kHeader, ""}, {}, {}, {}};
  if (!indicator.empty()) {
    out.key = {PartKind::kIndicator, str(indicator)};
    const SheetIndicator* one = out.state->indicator(indicator);
    if (!one) return unknown_part(id, out.key);
    out.measures = one->measures;
    return out;
  }
  if (programme.empty()) {
    out.owners = out.state->sheet.header.owners;
    out.laws = out.state->sheet.header.laws;
    return out;
  }
  out.key = {PartKind::kProgramme, str(programme)};
  for (const auto& one : out.state->sheet.programmes) {
    if (one.number != programme) continue;
    if (one.owner) out.owners = {*one.owner};
    out.laws = one.laws;
    out.measures = one.measures;
    return out;
  }
  return unknown_part(id, out.key);
}

struct Shown {
  std::string owners, laws, measures;
};

web::Form grounds_form(const RouteContext& context, const Request& request, const Desk& desk, const Shown& shown, std::int64_t base) {
  Language l = desk.asked.language;
  std::string self = desk.asked.urls.sheet(desk.state->sheet.header.id);
  auto area = [&](const char* name, std::string_view label, std::string_view hint, std::string value) {
    web::Field field{web::Input::kTextarea, name, str(label), str(hint), {std::move(value)}};
    field.required = false;
    return field;
  };
  web::Form form{self + "/grounds",
                 {{web::Input::kHidden, "base", "", "", {std::to_string(base)}}},
                 str(t::sheet_edit_submit(l)),
                 context.csrf_token(request),
                 "post",
                 {str(t::sheet_cancel(l)), self}};
  bool header = desk.key.kind == PartKind::kHeader, indicator = desk.key.kind == PartKind::kIndicator;
  if (!header) form.fields.push_back({web::Input::kHidden, str(part_word(desk.key.kind)), "", "", {desk.key.number}});
  if (!indicator) {
    form.fields.push_back(area("owners", t::grounds_owners(l), t::grounds_owners_hint(l), shown.owners));
    form.fields.push_back(area("laws", t::grounds_laws(l), t::grounds_laws_hint(l), shown.laws));
  }
  if (!header) form.fields.push_back(area("measures", t::sheet_measure_list(l), t::sheet_measure_hint(l), shown.measures));
  return form;
}

Result<Response> draw(const RouteContext& context, Request& request, const Desk& desk, web::Form form, const Error* error,
                      int status) {
  Language l = desk.asked.language;
  const auto& h = desk.state->sheet.header;
  std::string part = desk.key.kind == PartKind::kHeader ? sheet_title(h, l) : part_title(desk.key, l);
  web::Page page = new_sheet_page(desk.asked, request, t::grounds_title(l, {part}), &h);
  page.has_errors = status != 200;
  Html main;
  if (error) main.markup(web::notice(web::pick(error->message, l), {}, Tone::kError));
  if (desk.key.kind == PartKind::kHeader && !desk.state->sheet.programmes.empty()) {
    main.raw("<ul>\n");
    for (const auto& one : desk.state->sheet.programmes)
      main.raw("<li>")
          .markup(web::link("(" + one.number + ") " + web::pick(one.title, l),
                            desk.asked.urls.sheet(h.id) + "/grounds?programme=" + one.number))
          .raw("</li>\n");
    main.raw("</ul>\n");
  }
  page.main = main.markup(web::form(form, l)).take();
  return answer(context, request, page, status);
}

json::object edited_part(const PartKey& key, const json::object& part, Typed& typed) {
  std::vector<Fault> unread;
  if (key.kind == PartKind::kHeader) {
    SheetHeader header = read_sheet_header(part, unread);
    header.owners = std::move(typed.owners);
    header.laws = std::move(typed.laws);
    return to_json(header);
  }
  if (key.kind == PartKind::kIndicator) {
    SheetIndicator indicator = read_sheet_indicator(part, "", unread);
    indicator.measures = std::move(typed.measures);
    return to_json(indicator);
  }
  Programme programme = read_programme(part, "", unread);
  programme.owner = typed.owners.empty() ? std::nullopt : std::optional(typed.owners[0]);
  programme.laws = std::move(typed.laws);
  programme.measures = std::move(typed.measures);
  return to_json(programme);
}

Result<Response> grounds_page(const RouteContext& context, Request& request) {
  Desk desk = TRY(desk_of(context, request, request.query));
  Shown shown;
  for (const auto& one : desk.owners) shown.owners += one.ja + " | " + one.en + "\n";
  for (const auto& one : desk.measures) shown.measures += one.plan + " | " + one.number + "\n";
  for (const auto& one : desk.laws) shown.laws += one.title.ja + " | " + one.title.en + (one.id.empty() ? "" : " | " + one.id) + "\n";
  const SheetPart* part = desk.state->part(desk.key);
  return draw(context, request, desk, grounds_form(context, request, desk, shown, part ? part->revision : 0), nullptr, 200);
}

Result<Response> grounds_post(const RouteContext& context, Request& request) {
  http::Form posted = TRY(request.form());
  Desk desk = TRY(desk_of(context, request, posted));
  const std::string& id = request.parameter("sheet");
  std::int64_t base = 0;
  std::string_view text = posted.get("base", "");
  std::from_chars(text.data(), text.data() + text.size(), base);
  Typed typed = read_typed(posted, desk.key.kind == PartKind::kProgramme);
  Shown shown{str(posted.get("owners", "")), str(posted.get("laws", "")), str(posted.get("measures", ""))};
  web::Form form = grounds_form(context, request, desk, shown, base);
  if (!typed.faults.empty()) {
    web::apply_faults(form, typed.faults, desk.asked.language);
    return draw(context, request, desk, std::move(form), nullptr, 422);
  }
  json::object part = TRY(desk.asked.sheets().part_at(id, desk.key, base));
  json::object edited = edited_part(desk.key, part, typed);
  auto done = desk.asked.sheets(TRY(drafting_mandate(context, request))).edit(id, desk.key, base, edited, context.actor(request));
  if (done.ok() || done.error().name == "sheet.nothing_new")
    return http::redirect(desk.key.kind == PartKind::kHeader      ? desk.asked.urls.sheet(id)
                          : desk.key.kind == PartKind::kIndicator ? desk.asked.urls.indicator(id, desk.key.number)
                                                                  : desk.asked.urls.programmes(id));
  if (done.error().code != Code::kInvalid && done.error().code != Code::kConflict) return done.error();
  std::vector<Fault> faults;
  for (auto fault : done.error().faults) {
    fault.where = fault.where.find("laws") != std::string::npos    ? "laws"
                  : fault.where.find("owner") != std::string::npos ? "owners"
                                                                   : "";
    faults.push_back(std::move(fault));
  }
  web::apply_faults(form, faults, desk.asked.language);
  return draw(context, request, desk, std::move(form), &done.error(), http::status_of(done.error()));
}

}  // namespace

std::vector<http::Route> grounds_routes(const RouteContext& context) {
  using http::Method;
  http::RouteDocs page{{{"programme", "string", "達成手段の番号", "number of a programme"},
                        {"indicator", "string", "測定指標の番号", "number of an indicator"}},
                       {}};
  http::RouteDocs form;
  form.request_type = "application/x-www-form-urlencoded";
  return {{Method::get, "/{org}/office/sheets/{sheet}/grounds", http::Access::kOfficer,
           [&](Request& r) { return grounds_page(context, r); }, "担当する職と関係法令の欄", "Form for owners and laws", page},
          {Method::post, "/{org}/office/sheets/{sheet}/grounds", http::Access::kOfficer,
           drafting(context, [&](Request& r) { return grounds_post(context, r); }), "担当する職と関係法令を保存する",
           "Saves owners and laws", form, false, 128 << 10}};
}

}  // namespace musubi::kpi
