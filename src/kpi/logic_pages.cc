#include "kpi/logic_pages.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "http/problem.h"
#include "kpi/day.h"
#include "kpi/duty_pages.h"
#include "kpi/follow_up_view.h"
#include "kpi/logic_model.h"
#include "kpi/sheet_json.h"
#include "kpi/sheet_words.h"
#include "text/csv.h"
#include "web/messages/follow_up.h"
#include "web/messages/logic.h"
#include "web/messages/sheet.h"
#include "web/respond.h"
#include "web/url.h"

namespace musubi::kpi {
namespace {

namespace t = web::messages;
using http::Access;
using http::Method;
using http::Request;
using http::Response;
using web::Html;
using web::Language;
using web::Markup;

std::string str(std::string_view text) { return std::string(text); }
const PartKey kHeader{PartKind::kHeader, ""};

// ---- What was posted ----

struct Act {
  std::string name;  // "" = none
  std::int64_t base = 0;
};

Act act_of(const http::Form& posted) {
  Act out{str(posted.get("act", ""))};
  std::string_view typed = posted.get("base", "");
  std::from_chars(typed.data(), typed.data() + typed.size(), out.base);
  return out;
}

std::size_t number_of(std::string_view id) {
  std::size_t n = 0;
  if (id.starts_with("n")) std::from_chars(id.data() + 1, id.data() + id.size(), n);
  return std::min<std::size_t>(n, 1'000'000'000);
}

// The last number that an element ever had: an id that was taken out never comes back, for an open form may still name it.
Result<std::size_t> last_number(Sheets sheets, const std::string& sheet, const SheetHeader& now) {
  constexpr std::string_view kNodes = "logic/nodes/";
  std::size_t last = now.nodes.size();
  for (const auto& node : now.nodes) last = std::max(last, number_of(node.id));
  for (const auto& revision : TRY(sheets.history(sheet, kHeader, View{true, {}})))
    for (const auto& change : revision.changes)
      if (change.member.starts_with(kNodes)) last = std::max(last, number_of(std::string_view(change.member).substr(kNodes.size())));
  return last;
}

// An element that the act names and that is another one by now: the officer did not mean what stands there. What is gone is told by
// the rules of a sheet.
std::optional<Error> meanwhile(const SheetHeader& before, const SheetHeader& now, const Act& act, const FollowUpForm& form) {
  std::vector<std::string> named;
  if (act.name == "add_link")
    named = {form.value("from"), form.value("to")};
  else if (act.name == "remove_node")
    named = {form.value("remove_node")};
  std::vector<Fault> faults;
  auto find = [](const SheetHeader& h, const std::string& id) {
    return std::find_if(h.nodes.begin(), h.nodes.end(), [&](const LogicNode& one) { return one.id == id; });
  };
  for (const auto& id : named) {
    auto was = find(before, id), is = find(now, id);
    if (is == now.nodes.end() || (was != before.nodes.end() && *was == *is)) continue;
    bool known = was != before.nodes.end();
    faults.push_back({"logic/nodes/" + id,
                      {"今は「" + is->title.ja + "」です" + (known ? "（前は「" + was->title.ja + "」）。" : "。"),
                       "It is \"" + is->title.en + "\" now" + (known ? ", and was \"" + was->title.en + "\"." : ".")}});
  }
  if (faults.empty()) return std::nullopt;
  return Error{Code::kConflict,
               "sheet.conflict",
               {"選んだ要素を、ほかの人が先に変えました。何も保存していません。",
                "Somebody else has changed the element that you chose. Nothing was saved."},
               std::move(faults)};
}

SheetHeader after_act(SheetHeader h, std::size_t last, const Act& act, FollowUpForm& form) {
  if (act.name == "add_node") {
    auto title = form.words("title");
    auto stage = from_word<Stage>(kStages, form.value("stage"));
    if (!stage) form.faults.push_back({"stage", {"一覧から選んでください。", "Choose one of the list."}});
    h.nodes.push_back({"n" + std::to_string(last + 1), stage.value_or(Stage::kActivity), title.value_or(Text{}),
                       typed_words(form.value("indicators")), form.words("qualitative")});
  } else if (act.name == "edit_node") {
    auto title = form.words("new_title"), qualitative = form.words("new_qualitative");
    auto stage = from_word<Stage>(kStages, form.value("new_stage"));
    if (!stage) form.faults.push_back({"new_stage", {"一覧から選んでください。", "Choose one of the list."}});
    auto found = std::find_if(h.nodes.begin(), h.nodes.end(), [&](const LogicNode& one) { return one.id == form.value("element"); });
    if (found == h.nodes.end())
      form.faults.push_back({"", {"この要素はもうありません。", "This element is no longer there."}});
    else
      *found = {found->id, stage.value_or(found->stage), title.value_or(Text{}), typed_words(form.value("new_indicators")),
                qualitative};
  } else if (act.name == "add_link") {
    auto reason = form.words("reason");
    LogicLink link{form.value("from"), form.value("to"), reason.value_or(Text{})};
    for (const auto& one : h.links)
      if (one.from == link.from && one.to == link.to)
        form.faults.push_back({"to", {"このつながりはもうあります。", "This link is there already."}});
    h.links.push_back(std::move(link));
  } else if (act.name == "remove_link") {
    std::string which = form.value("remove_link");
    std::erase_if(h.links, [&](const LogicLink& one) { return one.from + ">" + one.to == which; });
  } else if (act.name == "remove_node") {
    std::string id = form.value("remove_node");
    std::erase_if(h.nodes, [&](const LogicNode& one) { return one.id == id; });
    std::erase_if(h.links, [&](const LogicLink& one) { return one.from == id || one.to == id; });
  } else if (act.name == "no_stages") {
    h.no_stages = form.words("no_stages");
  }
  return h;
}

// "/logic/nodes/3/title/ja" is told at the field "title-ja", in the form that changes an element at "new_title-ja".
std::vector<Fault> at_fields(std::vector<Fault> faults, const Act& act) {
  for (auto& fault : faults) {
    if (!fault.where.starts_with("/logic/")) continue;
    std::string last = fault.where.substr(fault.where.rfind('/') + 1), before = fault.where.substr(0, fault.where.rfind('/'));
    std::string name = before.substr(before.rfind('/') + 1);
    fault.where = last == "ja" || last == "en" ? name + "-" + last
                  : name == "indicators"       ? name
                  : last == "qualitative"      ? "qualitative-ja"
                  : last == "no_stages"        ? "no_stages-ja"
                                               : last;
    if (act.name == "edit_node") fault.where = "new_" + fault.where;
  }
  return faults;
}

// ---- Forms ----

class Forms {
 public:
  Forms(const RouteContext& context, const Request& request, const SheetAsked& asked, const SheetState& state,
        const http::Form* posted, const Error* trouble, const SheetHeader* merged)
      : asked_(asked),
        element_(posted ? str(posted->get("element", "")) : str(request.query.get("element", ""))),
        merged_(merged),
        h_(state.sheet.header),
        l_(asked.language),
        posted_(posted),
        csrf_(context.csrf_token(request)),
        base_(state.part(kHeader)->revision) {
    if (posted) act_ = act_of(*posted);
    if (trouble && trouble->code == Code::kInvalid) faults_ = at_fields(trouble->faults, act_);
    for (const auto& node : h_.nodes)
      nodes_.push_back({node.id, str(stage_title(node.stage, l_)) + (l_ == Language::ja ? "：" : ": ") + web::pick(node.title, l_)});
    for (const auto& link : h_.links)
      links_.push_back({link.from + ">" + link.to, element_title(h_, link.from, l_) + " → " + element_title(h_, link.to, l_)});
  }

  Markup draw() {
    Html html;
    html.markup(edit_node()).markup(add_node());
    if (nodes_.size() > 1) html.markup(add_link());
    if (!links_.empty()) html.markup(remove("remove_link", t::logic_remove_link(l_), links_, {}));
    if (!nodes_.empty()) html.markup(remove("remove_node", t::logic_remove_node(l_), nodes_, t::logic_remove_node_hint(l_)));
    return html.markup(no_stages()).take();
  }

 private:
  FollowUpForm posted_to(const char* name) {
    bool mine = act_.name == name;
    FollowUpForm out(mine ? posted_ : nullptr, l_);
    if (mine) out.faults = faults_;
    return out;
  }
  web::Form begin(const char* name, std::string_view submit) {
    auto hidden = [](std::string key, std::string value) {
      return web::Field{web::Input::kHidden, std::move(key), "", "", {std::move(value)}};
    };
    web::Form out{
        asked_.urls.sheet(h_.id) + "/logic", {hidden("base", std::to_string(base_)), hidden("act", name)}, str(submit), csrf_};
    return out;
  }
  // Faults that belong to no field stand above the form; a form that came back stands open.
  Markup finish(const char* name, web::Form form, std::string_view title) {
    if (act_.name != name) return web::details(title, web::form(form, l_));
    for (const auto& fault : faults_)
      if (std::none_of(form.fields.begin(), form.fields.end(), [&](const auto& field) { return field.name == fault.where; }))
        form.errors.push_back(web::pick(fault.message, l_));
    return Html().raw("<h3>").text(title).raw("</h3>\n").markup(web::form(form, l_)).take();
  }
  static web::Field choice(FollowUpForm& form, const char* name, std::string_view label, std::vector<web::Option> options) {
    web::Field out = form.field(web::Input::kSelect, name, label, "", true);
    out.options = std::move(options);
    return out;
  }
  void words(FollowUpForm& form, web::Form& out, const char* name, std::string_view title, const std::optional<Text>& now,
             bool required) {
    form.words(out.fields, name, t::follow_words_ja(l_, {title}), t::follow_words_en(l_, {title}), now, required);
  }

  // Of one element: that of the address, or the one that was posted. Nothing where there is none of that name.
  const LogicNode* chosen() const {
    for (const auto* h : {merged_, &h_})
      if (h)
        for (const auto& node : h->nodes)
          if (node.id == element_) return &node;
    return nullptr;
  }

  // Every element leads to a form of its own: names stay, so links do.
  Markup edit_node() {
    if (nodes_.empty()) return {};
    Html list;
    list.raw("<ul>\n");
    for (const auto& one : nodes_)
      list.raw("<li>")
          .markup(web::link(one.title, asked_.urls.sheet(h_.id) + "/logic?element=" + web::encode_component(one.value)))
          .raw("</li>\n");
    Html html;
    html.markup(web::details(t::logic_edit_node(l_), list.raw("</ul>\n").take()));
    const LogicNode* node = chosen();
    if (act_.name != "edit_node" && !node) return html.take();
    FollowUpForm form(merged_ ? nullptr : posted_, l_);
    form.faults = faults_;
    web::Form out = begin("edit_node", t::logic_save_node(l_));
    out.fields.push_back({web::Input::kHidden, "element", "", "", {element_}});
    out.cancel = {str(t::sheet_cancel(l_)), asked_.urls.sheet(h_.id) + "/logic"};
    std::string numbers;
    if (node)
      for (const auto& number : node->indicators) numbers += (numbers.empty() ? "" : " ") + number;
    element_fields(form, out, "new_", node, numbers);
    if (act_.name != "edit_node")
      return html.raw("<h3>").text(t::logic_edit_node(l_)).raw("</h3>\n").markup(web::form(out, l_)).take();
    return html.markup(finish("edit_node", std::move(out), t::logic_edit_node(l_))).take();
  }

  void element_fields(FollowUpForm& form, web::Form& out, const std::string& prefix, const LogicNode* now,
                      const std::string& numbers) {
    std::vector<web::Option> stages;
    for (std::size_t i = 0; i < kStages.size(); ++i) stages.push_back({str(kStages[i]), str(stage_title(Stage(i), l_))});
    web::Field stage =
        form.field(web::Input::kSelect, prefix + "stage", t::logic_stage(l_), now ? str(word_of(kStages, now->stage)) : "", true);
    stage.options = std::move(stages);
    out.fields.push_back(std::move(stage));
    words(form, out, (prefix + "title").c_str(), t::logic_element(l_), now ? std::optional(now->title) : std::nullopt, true);
    out.fields.push_back(form.field(web::Input::kText, prefix + "indicators", t::sheet_indicators(l_), numbers));
    out.fields.back().hint = t::logic_indicators_hint(l_);
    words(form, out, (prefix + "qualitative").c_str(), t::logic_qualitative(l_), now ? now->qualitative : std::nullopt, false);
    out.fields[out.fields.size() - 2].hint = t::logic_qualitative_hint(l_);
  }

  Markup add_node() {
    FollowUpForm form = posted_to("add_node");
    web::Form out = begin("add_node", t::logic_add_node(l_));
    element_fields(form, out, "", nullptr, "");
    return finish("add_node", std::move(out), t::logic_add_node(l_));
  }

  Markup add_link() {
    FollowUpForm form = posted_to("add_link");
    web::Form out = begin("add_link", t::logic_add_link(l_));
    out.fields.push_back(choice(form, "from", t::sheet_logic_from(l_), nodes_));
    out.fields.push_back(choice(form, "to", t::sheet_logic_to(l_), nodes_));
    words(form, out, "reason", t::sheet_why(l_), std::nullopt, true);
    return finish("add_link", std::move(out), t::logic_add_link(l_));
  }

  Markup remove(const char* name, std::string_view title, const std::vector<web::Option>& options, std::string_view hint) {
    FollowUpForm form = posted_to(name);
    web::Form out = begin(name, title);
    out.secondary = true;
    out.fields.push_back(choice(form, name, title, options));
    out.fields.back().hint = str(hint);
    return finish(name, std::move(out), title);
  }

  Markup no_stages() {
    FollowUpForm form = posted_to("no_stages");
    web::Form out = begin("no_stages", t::logic_save_reason(l_));
    words(form, out, "no_stages", t::logic_no_stages(l_), h_.no_stages, false);
    return finish("no_stages", std::move(out), t::logic_no_stages(l_));
  }

  const SheetAsked& asked_;
  std::string element_;        // that is to be changed; "" = none
  const SheetHeader* merged_;  // what both of two officers made of it, where a change of an element met another one
  const SheetHeader& h_;
  Language l_;
  const http::Form* posted_;
  std::string csrf_;
  std::int64_t base_;
  Act act_;
  std::vector<Fault> faults_;
  std::vector<web::Option> nodes_, links_;
};

// ---- Pages and data ----

Markup conflict_notice(const Error& error, Language l) {
  Html list;
  list.raw("<ul>\n");
  for (const auto& fault : error.faults) list.raw("<li>").text(fault.where + ": " + web::pick(fault.message, l)).raw("</li>\n");
  return web::notice(web::pick(error.message, l), list.raw("</ul>\n").markup(web::paragraph(t::logic_again(l))).take(),
                     web::Tone::kError);
}

Result<Response> draw_page(const RouteContext& context, Request& request, bool office, const http::Form* posted, const Error* trouble,
                           const SheetHeader* merged = nullptr) {
  SheetAsked asked = TRY(read_sheet_asked(context, request, office));
  Language l = asked.language;
  auto state = TRY(asked.sheets().state(request.parameter("sheet"), asked.view));
  const auto& h = state->sheet.header;
  web::Page page = new_sheet_page(asked, request, str(t::sheet_logic(l)), &h);
  page.lead = t::logic_lead(l);
  page.json = page.csv = !trouble;
  page.has_errors = trouble;
  Html main;
  if (trouble && trouble->code == Code::kConflict) main.markup(conflict_notice(*trouble, l));
  if (h.nodes.empty()) main.markup(web::paragraph(t::logic_none(l)));
  main.markup(logic_markup(*state, asked));
  if (office && state->part(kHeader))
    main.raw("<h2>")
        .text(t::logic_change(l))
        .raw("</h2>\n")
        .markup(web::paragraph(t::logic_change_lead(l)))
        .markup(Forms(context, request, asked, *state, posted, trouble, merged).draw());
  page.main = main.take();
  return answer_of_day(context, request, asked, std::move(page), trouble ? http::status_of(*trouble) : 200);
}

Result<Response> logic_page(const RouteContext& context, Request& request, bool office) {
  return draw_page(context, request, office, nullptr, nullptr);
}

Result<Response> logic_post(const RouteContext& context, Request& request) {
  SheetAsked asked = TRY(read_sheet_asked(context, request, true));
  http::Form posted = TRY(request.form());
  const std::string& id = request.parameter("sheet");
  Act act = act_of(posted);
  auto state = TRY(asked.sheets().state(id, View{.drafts = true}));
  std::vector<Fault> unread;
  json::object base = TRY(asked.sheets().part_at(id, kHeader, act.base));
  SheetHeader before = read_sheet_header(base, unread);
  FollowUpForm form(&posted, asked.language);
  if (auto conflict = meanwhile(before, state->sheet.header, act, form)) return draw_page(context, request, true, &posted, &*conflict);
  std::size_t last = act.name == "add_node" ? TRY(last_number(asked.sheets(), id, state->sheet.header)) : 0;
  SheetHeader edited = after_act(before, last, act, form);
  if (!form.faults.empty()) {
    Error refused{Code::kInvalid, "sheet.faults", {"入力に誤りがあります。", "Something that was entered is wrong."}, form.faults};
    return draw_page(context, request, true, &posted, &refused);
  }
  auto done =
      asked.sheets(TRY(drafting_mandate(context, request))).edit(id, kHeader, act.base, to_json(edited), context.actor(request));
  if (done.ok() || done.error().name == "sheet.nothing_new") return http::redirect(asked.urls.sheet(id) + "/logic");
  if (done.error().code != Code::kInvalid && done.error().code != Code::kConflict) return done.error();
  if (done.error().name != "sheet.conflict" || act.name != "edit_node")
    return draw_page(context, request, true, &posted, &done.error());
  // Cells in conflict hold this officer's words, the others what both made of them.
  auto now = TRY(asked.sheets().state(id, View{.drafts = true}));
  SheetHeader merged = read_sheet_header(merge_cells(base, to_json(edited), to_json(now->sheet.header)).part, unread);
  return draw_page(context, request, true, &posted, &done.error(), &merged);
}

Result<Response> logic_data(const RouteContext& context, Request& request, bool office) {
  SheetAsked asked = TRY(read_sheet_asked(context, request, office));
  auto state = TRY(asked.sheets().state(request.parameter("sheet"), asked.view));
  json::object header = to_json(state->sheet.header), out{{"sheet", state->sheet.header.id}, {"edition", state->edition}};
  const json::value* logic = header.if_contains("logic");
  out["logic"] = logic ? *logic : json::value(json::object{{"nodes", json::array()}, {"links", json::array()}});
  return data_of_day(std::move(out), asked.view);
}

Result<Response> logic_csv(const RouteContext& context, Request& request, bool office) {
  SheetAsked asked = TRY(read_sheet_asked(context, request, office));
  auto state = TRY(asked.sheets().state(request.parameter("sheet"), asked.view));
  const auto& h = state->sheet.header;
  text::CsvWriter csv({.byte_order_mark = request.query.get("spreadsheet", "") == "1", .guard_formulas = true});
  csv.row({"sheet", "from", "from_stage", "from_ja", "from_en", "to", "to_stage", "to_ja", "to_en", "reason_ja", "reason_en"});
  auto add = [&](std::vector<std::string>& row, const std::string& id) {
    for (const auto& node : h.nodes)
      if (node.id == id) return void(row.insert(row.end(), {id, str(word_of(kStages, node.stage)), node.title.ja, node.title.en}));
    row.insert(row.end(), {id, "", "", ""});
  };
  for (const auto& link : h.links) {
    std::vector<std::string> row = {h.id};
    add(row, link.from);
    add(row, link.to);
    row.insert(row.end(), {link.reason.ja, link.reason.en});
    csv.row(row);
  }
  return http::csv(csv.take(), h.id + "-logic.csv").etag_of_body().cache("no-cache");
}

template <class F>
http::Route get(const RouteContext& context, bool office, std::string_view pattern, F handler, std::string_view ja,
                std::string_view en, std::string_view type) {
  http::RouteDocs docs{{{"as_of", "string", "この日の終わり（日本時間）の時点。例: 2019-06-14",
                         "as known at the end of this day, Japan time; 2019-06-14"}},
                       {}};
  if (!type.empty()) docs.responses = {type};
  return {Method::get,
          pattern,
          office ? Access::kOfficer : Access::kPublic,
          [handler, &context, office](Request& request) { return handler(context, request, office); },
          ja,
          en,
          std::move(docs)};
}

}  // namespace

std::vector<http::Route> logic_routes(const RouteContext& context) {
  return {get(context, false, "/{org}/sheets/{sheet}/logic", logic_page, "一つの表のロジックモデル", "Logic model of a sheet", ""),
          get(context, false, "/{org}/sheets/{sheet}/logic.json", logic_data, "ロジックモデル（JSON）", "Logic model as JSON",
              http::kJson),
          get(context, false, "/{org}/sheets/{sheet}/logic.csv", logic_csv, "ロジックモデルのつながり（CSV）",
              "Links of a logic model as CSV", "text/csv")};
}

std::vector<http::Route> logic_office_routes(const RouteContext& context) {
  http::RouteDocs docs;
  docs.request_type = "application/x-www-form-urlencoded";
  return {get(context, true, "/{org}/office/sheets/{sheet}/logic", logic_page, "ロジックモデルの下書きと、変える欄",
              "Logic model's draft, with the forms that change it", ""),
          get(context, true, "/{org}/office/sheets/{sheet}/logic.json", logic_data, "ロジックモデルの下書き（JSON）",
              "Logic model's draft as JSON", http::kJson),
          get(context, true, "/{org}/office/sheets/{sheet}/logic.csv", logic_csv, "ロジックモデルの下書き（CSV）",
              "Logic model's draft as CSV", "text/csv"),
          {Method::post, "/{org}/office/sheets/{sheet}/logic", Access::kOfficer,
           drafting(context, [&context](Request& request) { return logic_post(context, request); }),
           "要素やつながりを加え、書き換え、外す", "Adds, changes and takes out elements and links", docs, false, 64 << 10}};
}

}  // namespace musubi::kpi
