#include "kpi/sheet_part_form.h"

#include <algorithm>
#include <charconv>

#include "kpi/duty_pages.h"
#include "kpi/plan_form.h"
#include "kpi/sheet_cell.h"
#include "kpi/sheet_check.h"
#include "kpi/sheet_head_form.h"
#include "kpi/sheet_json.h"
#include "kpi/sheet_state.h"
#include "kpi/sheet_words.h"
#include "web/messages/head.h"
#include "web/messages/part.h"
#include "web/messages/sheet.h"

namespace musubi::kpi {
namespace {

namespace t = web::messages;
using http::Request;
using http::Response;
using web::Html;
using web::Language;
using web::Markup;

std::string str(std::string_view text) { return std::string(text); }

std::string amount_name(int year, AmountKind kind) { return year_name(year) + "-" + str(word_of(kAmountKinds, kind)); }

std::string acts_url(const SheetAsked& asked, const std::string& sheet, const PartKey& key) {
  return asked.urls.sheet(sheet) + (key.kind == PartKind::kIndicator ? "/indicators/" : "/programmes/") + key.number;
}

web::Form act_form(const RouteContext& context, const Request& request, std::string action, std::int64_t revision,
                   std::string_view submit) {
  web::Form form{std::move(action), {hidden_field("revision", std::to_string(revision))}, str(submit), context.csrf_token(request)};
  form.secondary = true;
  return form;
}

Markup folded(const RouteContext& context, const Request& request, const PartDesk& desk, const char* act, std::string_view title,
              std::string_view hint) {
  Language l = desk.asked.language;
  web::Form form = act_form(context, request, acts_url(desk.asked, desk.sheet(), desk.key) + act, desk.over.base, title);
  return web::details(title, Html().markup(web::paragraph(hint)).markup(web::form(form, l)).take());
}

std::string title_of(const PartDesk& desk) {
  Language l = desk.asked.language;
  const bool indicator = desk.key.kind == PartKind::kIndicator;
  if (desk.fresh()) return str(indicator ? t::part_indicator_add(l) : t::part_programme_add(l));
  return indicator ? t::part_indicator_change_title(l, {desk.key.number}) : t::part_programme_change_title(l, {desk.key.number});
}

// As it would be without the part.
Sheet without(Sheet sheet, const PartKey& key) {
  auto is = [&](const auto& one) { return one.number == key.number; };
  if (key.kind == PartKind::kIndicator)
    std::erase_if(sheet.indicators, is);
  else
    std::erase_if(sheet.programmes, is);
  return sheet;
}

Result<Response> act_on(const RouteContext& context, Request& request, PartKind kind, bool undo) {
  SheetAsked asked = TRY(read_sheet_asked(context, request, true));
  http::Form posted = TRY(request.form());
  const std::string& id = request.parameter("sheet");
  PartKey key{kind, request.parameter("number")};
  Sheets sheets = asked.sheets(TRY(drafting_mandate(context, request)));
  std::int64_t revision = posted_integer(posted, "revision");
  auto done =
      undo ? sheets.undo(id, key, revision, context.actor(request)) : sheets.take_out(id, key, revision, context.actor(request));
  if (done.ok()) return http::redirect(asked.urls.sheet(id));
  if (done.error().name != "sheet.faults") return done.error();
  auto state = TRY(sheets.state(id, View{.drafts = true}));
  Error refused = done.error();
  refused.faults = faults_in_words(undo ? state->sheet : without(state->sheet, key), key, std::move(refused.faults));
  return refused;
}

}  // namespace

std::string PartDesk::part_url() const {
  if (fresh()) return asked.urls.sheet(sheet());
  return key.kind == PartKind::kIndicator ? asked.urls.indicator(sheet(), key.number) : asked.urls.programmes(sheet());
}

std::string PartDesk::form_url() const {
  const bool indicator = key.kind == PartKind::kIndicator;
  if (fresh()) return asked.urls.sheet(sheet()) + (indicator ? "/new-indicator" : "/new-programme");
  return acts_url(asked, sheet(), key) + (indicator ? "/rows" : "/edit");
}

Result<PartDesk> part_desk_of(const RouteContext& context, const Request& request, PartKey key) {
  PartDesk out{TRY(read_sheet_asked(context, request, true)), nullptr, std::move(key)};
  const std::string& id = request.parameter("sheet");
  out.state = TRY(out.asked.sheets().state(id, View{.drafts = true}));
  if (out.key.number.empty()) return out;
  const SheetPart* part = out.state->part(out.key);
  if (!part) return unknown_part(id, out.key);
  out.over.base = part->revision;
  return out;
}

Result<std::string> next_number(const PartDesk& desk) {
  const auto taken =
      TRY(desk.asked.database->read([&](db::Reader& reader) { return numbers_had(reader, desk.sheet(), desk.key.kind); }));
  long last = 0;
  for (const auto& one : taken) {
    long n = 0;
    std::from_chars(one.data(), one.data() + one.size(), n);
    last = std::max(last, n);
  }
  std::string next = std::to_string(last + 1);
  for (long n = 1; !valid_part_number(next) || std::find(taken.begin(), taken.end(), next) != taken.end(); ++n)
    next = std::to_string(n);
  return next;
}

Result<SheetEdit> save_part(const RouteContext& context, const Request& request, const PartDesk& desk, const PartKey& key,
                            const json::object& part) {
  Sheets sheets = desk.asked.sheets(TRY(drafting_mandate(context, request)));
  return desk.fresh() ? sheets.add(desk.sheet(), key, part, context.actor(request))
                      : sheets.edit(desk.sheet(), key, desk.over.base, part, context.actor(request));
}

Result<std::vector<Fault>> preview_part(const PartDesk& desk, const PartKey& key, const json::object& part) {
  return desk.asked.database->read([&](db::Reader& reader) {
    return faults_of_part(reader, desk.sheet(), {key, desk.over.base, part});
  });
}

Response draw_part(const RouteContext& context, const Request& request, const PartDesk& desk, FollowUpForm& form,
                   std::vector<web::Field> fields, Markup above, int status) {
  Language l = desk.asked.language;
  web::Form out{desk.form_url(),
                {},
                str(desk.fresh() ? t::part_add(l) : t::part_save(l)),
                context.csrf_token(request),
                "post",
                {str(t::sheet_cancel(l)), desk.part_url()}};
  put_over(out.fields, desk.over);
  for (auto& one : fields) out.fields.push_back(std::move(one));
  for (const auto& fault : form.faults)
    if (fault.where.empty()) out.errors.push_back(web::pick(fault.message, l));
  web::Page page = new_sheet_page(desk.asked, request, title_of(desk), &desk.state->sheet.header);
  if (desk.fresh()) page.lead = desk.key.kind == PartKind::kIndicator ? t::part_indicator_lead(l) : t::part_programme_lead(l);
  page.has_errors = status != 200;
  Html main;
  main.markup(above).markup(web::form(out, l));
  if (!desk.fresh()) {
    const SheetPart* part = desk.state->part(desk.key);
    if (part && part->draft) main.markup(folded(context, request, desk, "/undo", t::part_undo(l), t::part_undo_hint(l)));
    main.markup(folded(context, request, desk, "/remove", t::part_remove(l), t::part_remove_hint(l)));
  }
  page.main = main.take();
  return answer(context, request, page, status);
}

std::string year_name(int year) { return "y" + std::to_string(year); }

web::Field money_field(FollowUpForm& form, int year, const std::vector<Amount>& amounts, const Text& unit, Language l) {
  const std::string words = year_words(year, l);
  web::Field group{web::Input::kParts, year_name(year), t::part_money(l, {words}), t::part_money_hint(l, {web::pick(unit, l)})};
  group.required = false;
  for (std::size_t i = 0; i < kAmountKinds.size(); ++i) {
    std::string now;
    for (const auto& one : amounts)
      if (one.fiscal_year == year && one.kind == AmountKind(i)) now = std::to_string(one.amount);
    group.parts.push_back(form.field(web::Input::kText, amount_name(year, AmountKind(i)),
                                     words + " " + str(amount_title(AmountKind(i), l)), std::move(now)));
  }
  return group;
}

void read_money(FollowUpForm& form, int year, const Text& unit, std::vector<Amount>& amounts) {
  for (std::size_t i = 0; i < kAmountKinds.size(); ++i) {
    const AmountKind kind = AmountKind(i);
    const std::string name = amount_name(year, kind);
    auto amount = read_amount(Shown{form.value(name)}, unit);
    if (!amount.ok()) {
      form.faults.push_back({name, amount.error().message});
      continue;
    }
    auto is = [&](const Amount& other) { return other.fiscal_year == year && other.kind == kind; };
    auto found = std::find_if(amounts.begin(), amounts.end(), is);
    if (!*amount)
      std::erase_if(amounts, is);
    else if (found != amounts.end())
      found->amount = **amount;
    else
      amounts.push_back({year, kind, **amount});
  }
}

std::string money_name(const std::vector<Amount>& amounts, std::string_view at) {
  std::size_t i = 0;
  std::from_chars(at.data(), at.data() + at.size(), i);
  return i < amounts.size() ? amount_name(amounts[i].fiscal_year, amounts[i].kind) : "";
}

Result<Markup> part_links(const RouteContext& context, const Request& request, const SheetAsked& asked, const SheetState& state) {
  if (!asked.urls.office || asked.view.as_of) return Markup{};
  Language l = asked.language;
  const std::string& id = state.sheet.header.id;
  Html html;
  html.raw("<p>")
      .markup(web::link(t::head_change(l), asked.urls.sheet(id) + "/edit"))
      .raw(" · ")
      .markup(web::link(t::part_indicator_add(l), asked.urls.sheet(id) + "/new-indicator"))
      .raw(" · ")
      .markup(web::link(t::part_programme_add(l), asked.urls.sheet(id) + "/new-programme"))
      .raw("</p>\n");
  if (state.withdrawn.empty()) return html.take();
  Html forms;
  for (const auto& key : state.withdrawn) {
    if (key.kind == PartKind::kHeader) continue;
    auto history = TRY(asked.sheets().history(id, key, View{.drafts = true}));
    forms.markup(web::form(
        act_form(context, request, acts_url(asked, id, key) + "/undo", history[0].revision, t::part_put_back(l, {part_title(key, l)})),
        l));
  }
  return html.markup(web::details(t::part_withdrawn(l), forms.take())).take();
}

Markup programme_links(const SheetAsked& asked, const SheetState& state) {
  if (!asked.urls.office || asked.view.as_of) return {};
  Language l = asked.language;
  const std::string& id = state.sheet.header.id;
  Html html;
  html.raw("<ul>\n");
  for (const auto& one : state.sheet.programmes)
    html.raw("<li>")
        .markup(web::link(t::part_programme_change(l, {.number = one.number, .title = web::pick(one.title, l)}),
                          acts_url(asked, id, {PartKind::kProgramme, one.number}) + "/edit"))
        .raw("</li>\n");
  return html.raw("<li>")
      .markup(web::link(t::part_programme_add(l), asked.urls.sheet(id) + "/new-programme"))
      .raw("</li>\n</ul>\n")
      .take();
}

std::vector<http::Route> sheet_part_routes(const RouteContext& context) {
  std::vector<http::Route> out;
  auto get = [&](std::string_view pattern, auto handler, std::string_view ja, std::string_view en) {
    out.push_back({http::Method::get,
                   pattern,
                   http::Access::kOfficer,
                   [handler, &context](Request& request) { return handler(context, request); },
                   ja,
                   en,
                   {}});
  };
  auto post = [&](std::string_view pattern, auto handler, std::string_view ja, std::string_view en) {
    http::RouteDocs docs;
    docs.request_type = "application/x-www-form-urlencoded";
    out.push_back({http::Method::post, pattern, http::Access::kOfficer,
                   drafting(context, [handler, &context](Request& request) { return handler(context, request); }), ja, en, docs, false,
                   512 << 10});
  };
  auto act = [](PartKind kind, bool undo) {
    return [kind, undo](const RouteContext& c, Request& r) { return act_on(c, r, kind, undo); };
  };
  get("/{org}/office/sheets/{sheet}/new-indicator", indicator_form_page, "測定指標を加える欄", "Form for a new indicator");
  post("/{org}/office/sheets/{sheet}/new-indicator", indicator_form_post, "測定指標を下書きに加える",
       "Adds an indicator to the draft");
  get("/{org}/office/sheets/{sheet}/indicators/{number}/rows", indicator_form_page, "測定指標の名前・値の行・目標の欄",
      "Form for name, rows and targets of an indicator");
  post("/{org}/office/sheets/{sheet}/indicators/{number}/rows", indicator_form_post, "測定指標の名前・値の行・目標を保存する",
       "Saves name, rows and targets of an indicator");
  post("/{org}/office/sheets/{sheet}/indicators/{number}/remove", act(PartKind::kIndicator, false), "測定指標を下書きから外す",
       "Takes an indicator off the draft");
  post("/{org}/office/sheets/{sheet}/indicators/{number}/undo", act(PartKind::kIndicator, true), "測定指標の最後の変更を取り消す",
       "Undoes the last change of an indicator");
  get("/{org}/office/sheets/{sheet}/new-programme", programme_form_page, "達成手段を加える欄", "Form for a new programme");
  post("/{org}/office/sheets/{sheet}/new-programme", programme_form_post, "達成手段を下書きに加える", "Adds a programme to the draft");
  get("/{org}/office/sheets/{sheet}/programmes/{number}/edit", programme_form_page, "達成手段の欄", "Form for a programme");
  post("/{org}/office/sheets/{sheet}/programmes/{number}/edit", programme_form_post, "達成手段を保存する", "Saves a programme");
  post("/{org}/office/sheets/{sheet}/programmes/{number}/remove", act(PartKind::kProgramme, false), "達成手段を下書きから外す",
       "Takes a programme off the draft");
  post("/{org}/office/sheets/{sheet}/programmes/{number}/undo", act(PartKind::kProgramme, true), "達成手段の最後の変更を取り消す",
       "Undoes the last change of a programme");
  get("/{org}/office/sheets/new", head_form_page, "新しい表を始める欄", "Form for the first sheet of a policy");
  post("/{org}/office/sheets/new", head_form_post, "新しい表の下書きを始める", "Begins a sheet's draft");
  get("/{org}/office/sheets/{sheet}/edit", head_form_page, "表の見出し・施策目標・予算の欄", "Form for heading, goals and budget");
  post("/{org}/office/sheets/{sheet}/edit", head_form_post, "表の見出し・施策目標・予算を保存する", "Saves heading, goals and budget");
  return out;
}

}  // namespace musubi::kpi
