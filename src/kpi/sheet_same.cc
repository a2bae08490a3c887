#include "kpi/sheet_same.h"

#include <algorithm>
#include <charconv>

#include "http/problem.h"
#include "kpi/duty_pages.h"
#include "kpi/pages.h"
#include "kpi/sheet_json.h"
#include "kpi/sheet_pages.h"
#include "kpi/sheet_state.h"
#include "kpi/sheet_words.h"
#include "kpi/sheet_years.h"
#include "text/normalise.h"
#include "web/form.h"
#include "web/messages/across.h"
#include "web/messages/same.h"
#include "web/messages/sheet.h"

namespace musubi::kpi {
namespace {

namespace t = web::messages;
using http::Request;
using http::Response;
using web::Html;
using web::Kind;
using web::Language;
using web::Markup;
using web::Tone;

std::string str(std::string_view text) { return std::string(text); }

struct Desk {
  SheetAsked asked;
  SharedSheet state;
  const SheetIndicator* one = nullptr;
  std::int64_t revision = 0;
  std::vector<SharedSheet> sheets;  // all, with their drafts
  SameIndicator likes;

  const std::string& sheet() const { return state->sheet.header.id; }
  PartKey key() const { return {PartKind::kIndicator, one->number}; }
  std::string self() const { return asked.urls.indicator(sheet(), one->number) + "/same"; }
  bool is_this(const Placed& other) const { return other.state->sheet.header.id == sheet() && other.indicator->number == one->number; }
  std::string own_place() const { return place_id(sheet(), one->number); }
};

Result<Desk> desk_of(const RouteContext& context, const Request& request) {
  Desk out;
  out.asked = TRY(read_sheet_asked(context, request, true));
  out.asked.view = View{.drafts = true};
  const std::string &id = request.parameter("sheet"), &number = request.parameter("number");
  out.state = TRY(out.asked.sheets().state(id, out.asked.view));
  out.one = out.state->indicator(number);
  if (!out.one) return unknown_part(id, {PartKind::kIndicator, number});
  out.revision = out.state->part(out.key())->revision;
  out.sheets = TRY(out.asked.sheets().list(out.asked.view));
  out.likes = likes_of(out.sheets, id, number);
  return out;
}

// Indicators of other sheets, "sheet/number": those of the same name first, then sheets of the same policy, newest first.
std::vector<web::Option> others(const Desk& desk) {
  Language l = desk.asked.language;
  const auto& mine = desk.state->sheet.header;
  auto near = [&](const SharedSheet& state, const SheetIndicator& one) {
    if (text::search_form(one.title.ja) == text::search_form(desk.one->title.ja)) return 0;
    return state->sheet.header.policy_title == mine.policy_title ? 1 : 2;
  };
  std::vector<std::pair<std::pair<int, int>, web::Option>> all;
  for (const auto& state : desk.sheets) {
    const auto& h = state->sheet.header;
    if (h.id == mine.id) continue;
    for (const auto& one : state->sheet.indicators)
      all.push_back({{near(state, one), -h.fiscal_year},
                     {h.id + "/" + one.number,
                      sheet_title(h, l) + (l == Language::ja ? "：" : ": ") + one.number + " " + web::pick(one.title, l)}});
  }
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<web::Option> out;
  for (auto& one : all) out.push_back(std::move(one.second));
  return out;
}

Markup likes_table(const Desk& desk, const std::string& target) {
  Language l = desk.asked.language;
  web::Table table = plain_table("likes", t::same_likes(l),
                                 {{"sheet", str(t::sheet_sheet(l)), Kind::kLink},
                                  {"indicator", str(t::sheet_indicator(l))},
                                  {"joined", str(t::across_joined(l)), Kind::kTag}});
  bool mine_by_name =
      std::any_of(desk.likes.begin(), desk.likes.end(), [&](const Placed& one) { return one.by_name && desk.is_this(one); });
  for (const auto& one : desk.likes) {
    const auto& h = one.state->sheet.header;
    if (desk.is_this(one)) continue;
    if (table.rows.size() == web::kMaxPerPage) break;
    bool by_name = one.by_name || mine_by_name;
    table.rows.push_back({{h.id, sheet_title(h, l), desk.asked.urls.indicator(h.id, one.indicator->number)},
                          {one.indicator->number + " " + web::pick(one.indicator->title, l)},
                          {by_name ? "name" : "id", str(by_name ? t::across_by_name(l) : t::across_by_id(l)), "",
                           by_name ? Tone::kPlain : Tone::kInfo}});
  }
  table.total = table.rows.size();
  table.empty_text = t::same_likes_none(l);
  return web::table(table, target, l);
}

web::Form act_form(const RouteContext& context, const Request& request, const Desk& desk, const char* act, std::string_view submit) {
  auto hidden = [](std::string name, std::string value) {
    return web::Field{web::Input::kHidden, std::move(name), "", "", {std::move(value)}};
  };
  return {desk.self(), {hidden("act", act), hidden("base", std::to_string(desk.revision))}, str(submit), context.csrf_token(request)};
}

struct Refused {
  std::string other;  // what was chosen
  const Error* error = nullptr;
};

Markup forms(const RouteContext& context, const Request& request, const Desk& desk, const Refused& refused) {
  Language l = desk.asked.language;
  Html html;
  web::Form state = act_form(context, request, desk, "state", t::same_state(l));
  web::Field choice{web::Input::kSelect, "other", str(t::same_other(l)), str(t::same_other_hint(l)), {refused.other}};
  choice.options = others(desk);
  if (refused.error)
    for (const auto& fault : refused.error->faults)
      if (fault.where == "other") choice.errors.push_back(web::pick(fault.message, l));
  if (!choice.options.empty()) {
    state.fields.push_back(std::move(choice));
    html.raw("<h2>").text(t::same_state(l)).raw("</h2>\n").markup(web::form(state, l));
  }
  bool likes_by_name = std::any_of(desk.likes.begin(), desk.likes.end(),
                                   [&](const Placed& one) { return one.by_name && one.state->sheet.header.id != desk.sheet(); });
  if (desk.one->id.empty() && likes_by_name) {
    web::Form apart = act_form(context, request, desk, "apart", t::same_apart(l));
    apart.secondary = true;
    html.raw("<h2>").text(t::same_apart(l)).raw("</h2>\n").markup(web::paragraph(t::same_apart_hint(l))).markup(web::form(apart, l));
  }
  if (!desk.one->id.empty()) {
    web::Form undo = act_form(context, request, desk, "undo", t::same_undo(l));
    undo.secondary = true;
    html.raw("<h2>").text(t::same_undo(l)).raw("</h2>\n").markup(web::paragraph(t::same_undo_hint(l))).markup(web::form(undo, l));
  }
  return html.take();
}

http::Response draw(const RouteContext& context, const Request& request, const Desk& desk, const Refused& refused = {}) {
  Language l = desk.asked.language;
  web::Page page = new_sheet_page(desk.asked, request, t::same_title(l, {desk.one->number, web::pick(desk.one->title, l)}),
                                  &desk.state->sheet.header);
  page.lead = t::same_lead(l);
  page.has_errors = refused.error;
  Html main;
  if (refused.error) {
    Html list;
    for (const auto& fault : refused.error->faults)
      if (fault.where != "other") list.raw("<p>").text(fault.where + " " + web::pick(fault.message, l)).raw("</p>\n");
    main.markup(web::notice(web::pick(refused.error->message, l), list.take(), Tone::kError));
  }
  std::string_view now = desk.one->id.empty()               ? t::same_none(l)
                         : desk.one->id == desk.own_place() ? t::same_is_apart(l)
                                                            : std::string_view();
  web::SummaryRow row{str(t::same_id(l)), now.empty() ? code_text(desk.one->id) : web::escaped(now)};
  main.markup(web::summary_list({&row, 1}, l))
      .markup(likes_table(desk, request.target))
      .markup(forms(context, request, desk, refused));
  page.main = main.take();
  return answer(context, request, page, refused.error ? http::status_of(*refused.error) : 200);
}

// What the indicator is to state. Errors: sheet.faults where the other one is not there.
Result<std::string> wanted_id(const Desk& desk, std::string_view act, const std::string& other) {
  if (act == "undo") return std::string();
  if (act == "apart") return desk.own_place();
  auto slash = other.rfind('/');
  if (slash != other.npos && other.substr(0, slash) != desk.sheet())
    if (auto likes = likes_of(desk.sheets, other.substr(0, slash), other.substr(slash + 1)); !likes.empty()) return id_of(likes);
  return Error{Code::kInvalid,
               "sheet.faults",
               {"表に誤りが 1 件あります。すべて直してから、もう一度行ってください。",
                "The sheet has 1 fault(s). Correct them all and try again."},
               {{"other", {"一覧から選んでください。", "Choose one of the list."}}}};
}

Result<Response> same_page(const RouteContext& context, Request& request) {
  return draw(context, request, TRY(desk_of(context, request)));
}

Result<Response> same_post(const RouteContext& context, Request& request) {
  Desk desk = TRY(desk_of(context, request));
  http::Form posted = TRY(request.form());
  Refused refused{str(posted.get("other", ""))};
  std::int64_t base = 0;
  std::string_view typed = posted.get("base", "");
  std::from_chars(typed.data(), typed.data() + typed.size(), base);
  auto id = wanted_id(desk, posted.get("act", ""), refused.other);
  if (!id.ok()) {
    refused.error = &id.error();
    return draw(context, request, desk, refused);
  }
  std::vector<Fault> unread;
  SheetIndicator edited = read_sheet_indicator(TRY(desk.asked.sheets().part_at(desk.sheet(), desk.key(), base)), "", unread);
  edited.id = *id;
  auto done = desk.asked.sheets(TRY(drafting_mandate(context, request)))
                  .edit(desk.sheet(), desk.key(), base, to_json(edited), context.actor(request));
  if (done.ok() || done.error().name == "sheet.nothing_new") return http::redirect(desk.self());
  if (done.error().code != Code::kInvalid && done.error().code != Code::kConflict) return done.error();
  refused.error = &done.error();
  return draw(context, request, TRY(desk_of(context, request)), refused);
}

}  // namespace

std::vector<http::Route> sheet_same_routes(const RouteContext& context) {
  std::vector<http::Route> out;
  http::RouteDocs docs;
  auto get = [&](std::string_view pattern, auto handler, std::string_view ja, std::string_view en) {
    out.push_back({http::Method::get, pattern, http::Access::kOfficer,
                   [handler, &context](Request& request) { return handler(context, request); }, ja, en, docs});
  };
  auto post = [&](std::string_view pattern, auto handler, std::string_view ja, std::string_view en) {
    http::RouteDocs posted;
    posted.request_type = "application/x-www-form-urlencoded";
    out.push_back({http::Method::post, pattern, http::Access::kOfficer,
                   [handler, &context](Request& request) { return handler(context, request); }, ja, en, posted, false, 64 << 10});
  };
  get("/{org}/office/sheets/{sheet}/indicators/{number}/same", same_page, "ほかの年度のどの測定指標と同じかを示す欄",
      "Which indicator of another year's sheet it is, with the forms that state it");
  post("/{org}/office/sheets/{sheet}/indicators/{number}/same", same_post, "同じ測定指標であると定め、取り消す",
       "States which indicator it is, and takes it back");
  out.back().handler = drafting(context, std::move(out.back().handler));
  return out;
}

}  // namespace musubi::kpi
