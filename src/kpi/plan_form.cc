#include "kpi/plan_form.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include "http/problem.h"
#include "kpi/form_over.h"
#include "kpi/json.h"
#include "kpi/pages.h"
#include "text/normalise.h"
#include "text/numbers.h"
#include "web/messages/follow_up.h"
#include "web/messages/kpi.h"
#include "web/messages/plan_copy.h"
#include "web/messages/plan_form.h"

namespace musubi::kpi {
namespace {

namespace t = web::messages;
using http::Request;
using http::Response;
using web::Html;
using web::Input;
using web::Language;
using web::Markup;

std::string str(std::string_view text) { return std::string(text); }
constexpr std::size_t kNewRows = 3;

std::string new_url(const Asked& asked) { return asked.urls.plans() + "/new"; }

// ---- The heading: fields and back ----

// A section or field with both its titles in one group; "section-2", "section-new1".
web::Field title_field(FollowUpForm& form, const std::string& name, const std::string& label, const Text& now, Language l) {
  web::Field group{Input::kParts, name, label};
  group.required = false;
  group.parts.push_back(form.field(Input::kText, name + "-ja", t::follow_words_ja(l, {label}), now.ja));
  group.parts.push_back(form.field(Input::kText, name + "-en", t::follow_words_en(l, {label}), now.en));
  return group;
}

// The ids of its rows, since others may take some away before it is saved.
template <class T>
web::Field ids_field(const std::string& kind, const std::vector<T>& all) {
  std::string ids;
  for (const auto& one : all) ids += (ids.empty() ? "" : " ") + one.id;
  return hidden_field(kind + "-ids", ids);
}

std::string known_plans(const PlanHeader& header) {
  std::string out;
  for (const auto& plan : embedded_plans())
    if (plan.header.id != header.id && plan.header.serves_plan.empty()) out += (out.empty() ? "" : ", ") + plan.header.id;
  return out;
}

void rows_fields(FollowUpForm& form, web::Form& out, const PlanHeader& h, Language l) {
  const std::string colon = l == Language::ja ? "：" : ": ";
  out.fields.push_back(ids_field("section", h.sections));
  out.fields.push_back(ids_field("field", h.fields));
  for (std::size_t i = 0; i < h.sections.size(); ++i)
    out.fields.push_back(
        title_field(form, "section-" + h.sections[i].id, t::plan_section_n(l, {h.sections[i].id}), h.sections[i].title, l));
  for (std::size_t i = 1; i <= kNewRows; ++i)
    out.fields.push_back(title_field(form, "section-new" + std::to_string(i), str(t::plan_section_new(l)), {}, l));
  out.fields.back().hint = str(t::plan_sections(l)) + colon + str(t::plan_rows_hint(l));
  for (const auto& field : h.fields)
    out.fields.push_back(title_field(form, "field-" + field.id, t::plan_field_n(l, {web::pick(field.title, l)}), field.title, l));
  for (std::size_t i = 1; i <= kNewRows; ++i)
    out.fields.push_back(title_field(form, "field-new" + std::to_string(i), str(t::plan_field_new(l)), {}, l));
  out.fields.back().hint = str(t::plan_fields(l)) + colon + str(t::plan_rows_hint(l));
}

// Of a plan that is not there yet, which chooses its id: over.base is 0.
web::Form heading_form(const RouteContext& context, const Request& request, const Asked& asked, const PlanHeader& h,
                       const FormOver& over, FollowUpForm& form) {
  Language l = asked.language;
  const bool fresh = over.base == 0;
  std::string back = fresh ? asked.urls.plans() : asked.urls.plan(h.id);
  web::Form out{fresh ? new_url(asked) : back + "/edit",
                {},
                str(t::plan_save(l)),
                context.csrf_token(request),
                "post",
                {str(t::kpi_cancel(l)), back}};
  put_over(out.fields, over);
  if (fresh) {
    out.fields.push_back(form.field(Input::kText, "id", t::plan_id(l), h.id, true));
    out.fields.back().hint = t::plan_id_hint(l);
  }
  auto words = [&](const char* name, std::string_view title, const Text& now) {
    form.words(out.fields, name, t::follow_words_ja(l, {title}), t::follow_words_en(l, {title}), now, true);
  };
  words("title", t::plan_title(l), h.title);
  short_words(out);
  words("summary", t::plan_summary(l), h.summary);
  words("publisher", t::plan_publisher(l), h.source_publisher);
  short_words(out);
  out.fields.push_back(form.field(Input::kText, "version", t::plan_version(l), h.version, true));
  for (auto [name, title, year] :
       {std::tuple{"first_year", t::plan_first_year(l), h.first_year}, {"last_year", t::plan_last_year(l), h.last_year}}) {
    out.fields.push_back(form.field(Input::kText, name, title, year ? std::to_string(*year) : ""));
    out.fields.back().hint = t::plan_year_hint(l);
  }
  out.fields.push_back(form.field(Input::kText, "serves_plan", t::plan_serves(l), h.serves_plan));
  out.fields.back().hint = str(t::plan_serves_hint(l)) + " " + known_plans(h);
  rows_fields(form, out, h, l);
  for (const auto& fault : form.faults)
    if (fault.where.empty()) out.errors.push_back(web::pick(fault.message, l));
  return out;
}

// A name for a new field out of its English title: "Daily life" is "daily-life".
std::string slug(const std::string& title, const std::vector<PlanField>& others) {
  std::string id;
  for (char c : title) {
    if (c >= 'A' && c <= 'Z') c = char(c - 'A' + 'a');
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
      id += c;
    else if (!id.empty() && id.back() != '-')
      id += '-';
  }
  id = id.substr(0, 40);
  while (!id.empty() && id.back() == '-') id.pop_back();
  if (id.empty()) id = "field";
  auto taken = [&](const std::string& name) {
    return std::any_of(others.begin(), others.end(), [&](const PlanField& one) { return one.id == name; });
  };
  std::string out = id;
  for (int n = 2; taken(out); ++n) out = id + "-" + std::to_string(n);
  return out;
}

// Those that were emptied are gone; `rows` names the form's row of each that stays.
template <class T, class MakeId>
void read_rows(FollowUpForm& form, const std::string& kind, std::vector<T>& all, std::vector<std::string>& rows, MakeId make_id) {
  std::vector<T> kept;
  auto empty = [&](const std::string& name) {
    return text::trim(form.value(name + "-ja")).empty() && text::trim(form.value(name + "-en")).empty();
  };
  for (auto& one : all) {
    std::string name = kind + "-" + one.id;
    if (empty(name)) continue;
    if (auto title = form.words(name)) one.title = *title;
    kept.push_back(std::move(one));
    rows.push_back(name);
  }
  for (std::size_t i = 1; i <= kNewRows; ++i) {
    std::string name = kind + "-new" + std::to_string(i);
    if (empty(name)) continue;
    Text title = form.words(name).value_or(Text{});
    T one{make_id(title, kept), title};
    kept.push_back(std::move(one));
    rows.push_back(name);
  }
  all = std::move(kept);
}

bool section_id(std::string_view id) { return valid_number(std::string(id) + "-1"); }
bool field_id(std::string_view id) { return valid_plan_id("a." + std::string(id)) && id.find('.') == id.npos; }

// Rows that the form has and that revision does not: as they stood when the officer began, or added by this one, under a name that
// `could_be` given to it.
template <class T>
void keep_rows(const FollowUpForm& form, const std::string& kind, std::vector<T>& all, const RowsOver<T>& rows,
               bool (*could_be)(std::string_view)) {
  std::set<std::string> there;
  for (const T& one : all) there.insert(one.id);
  std::vector<std::string> ids = typed_words(form.value(kind + "-ids"));
  if (ids.size() > kMaxListed) ids.resize(kMaxListed);
  for (const auto& id : ids) {
    const T* stood = rows.named(id);
    if ((!stood && !could_be(id)) || !there.insert(id).second) continue;
    all.push_back(stood ? *stood : T{id, {}});
  }
}

std::optional<int> read_year_field(FollowUpForm& form, const char* name) {
  std::string typed(text::trim(form.value(name)));
  if (typed.empty()) return std::nullopt;
  auto year = text::read_fiscal_year(typed);
  if (year.ok()) return *year;
  form.faults.push_back({name, year.error().message});
  return std::nullopt;
}

struct PostedHeading {
  PlanHeader header;
  std::vector<std::string> sections, fields;  // rows of the form, in the order of the header's
};

// What stands in the form, laid over the revision that it was drawn from. Where the plan is its own source, its title and day
// are the source's too. `now`: the draft, whose names of sections and fields are in use.
PostedHeading read_heading(FollowUpForm& form, PlanHeader h, const PlanHeader& now, bool fresh) {
  PostedHeading out;
  bool own_source = fresh || (h.source_title == h.title && h.source_date == h.version);
  if (fresh) h.id = text::trim(form.value("id"));
  h.title = form.words("title").value_or(Text{});
  h.summary = form.words("summary").value_or(Text{});
  h.source_publisher = form.words("publisher").value_or(Text{});
  std::string typed(text::trim(form.value("version")));
  auto day = text::read_date(typed);
  h.version = day.ok() ? text::iso_date(*day) : typed;
  if (own_source) {
    h.source_title = h.title;
    h.source_date = h.version;
  }
  h.first_year = read_year_field(form, "first_year");
  h.last_year = read_year_field(form, "last_year");
  h.serves_plan = text::trim(form.value("serves_plan"));
  long last = 0;
  for (const auto* sections : {&std::as_const(h).sections, &now.sections})
    for (const auto& one : *sections)
      if (section_id(one.id)) last = std::max(last, std::strtol(one.id.c_str(), nullptr, 10));
  std::vector<PlanField> theirs;  // fields that somebody else added meanwhile
  for (const auto& one : now.fields)
    if (std::none_of(h.fields.begin(), h.fields.end(), [&](const PlanField& other) { return other.id == one.id; }))
      theirs.push_back(one);
  read_rows(form, "section", h.sections, out.sections,
            [&](const Text&, const std::vector<Section>&) { return std::to_string(++last); });
  read_rows(form, "field", h.fields, out.fields, [&](const Text& title, std::vector<PlanField> kept) {
    kept.insert(kept.end(), theirs.begin(), theirs.end());
    return slug(title.en, kept);
  });
  out.header = std::move(h);
  return out;
}

// "/sections/1/title/ja" stands at the form's row of that section.
std::string heading_field(const PostedHeading& posted, std::string_view where) {
  for (auto [start, rows, first] : {std::tuple{std::string_view("/sections"), &posted.sections, "section-new1"},
                                    {std::string_view("/fields"), &posted.fields, "field-new1"}}) {
    if (!where.starts_with(start)) continue;
    std::size_t at = 0;
    if (where == start) return std::string(first) + "-ja";
    std::from_chars(where.data() + start.size() + 1, where.data() + where.size(), at);
    return at < rows->size() ? (*rows)[at] + (where.ends_with("/en") ? "-en" : "-ja") : "";
  }
  for (auto [pointer, field] : {std::pair{"/id", "id"},
                                {"/version", "version"},
                                {"/period/first_year", "first_year"},
                                {"/period/last_year", "last_year"},
                                {"/serves_plan", "serves_plan"}})
    if (where == pointer) return field;
  for (auto [pointer, field] : {std::pair{"/title", "title"}, {"/summary", "summary"}, {"/source/publisher", "publisher"}})
    if (where.starts_with(pointer)) return str(field) + (where.ends_with("/en") ? "-en" : "-ja");
  return where.starts_with("/source") ? "title-ja" : "";
}

// What the rules say of the heading, beside what could not be read.
void tell_rules(FollowUpForm& form, const PostedHeading& read) {
  auto faults = faults_of(PlanDocument{read.header, {}});
  std::erase_if(faults, [](const Fault& one) { return one.where == "/measures"; });
  tell_at_fields(form, faults, [&](std::string_view pointer) { return heading_field(read, pointer); });
}

// ---- Pages ----

PlanHeader blank(const RouteContext& context) {
  PlanHeader out;
  out.version = text::iso_date(text::jst_date(context.clock.now()));
  return out;
}

Response draw_new(const RouteContext& context, const Request& request, const Asked& asked, FollowUpForm& form, int status) {
  Language l = asked.language;
  return draw_plan_form(context, request, asked, nullptr, str(t::plan_new(l)), str(t::plan_new_lead(l)),
                        heading_form(context, request, asked, blank(context), {}, form), {}, status);
}

Response draw_heading(const RouteContext& context, const Request& request, const PlanDesk& desk, const PlanHeader& drawn,
                      const FormOver& over, FollowUpForm& form, Markup above, int status) {
  Language l = desk.asked.language;
  return draw_plan_form(context, request, desk.asked, &desk.heading, str(t::plan_head_edit(l)), str(t::plan_head_lead(l)),
                        heading_form(context, request, desk.asked, drawn, over, form), std::move(above), status);
}

Result<Response> begin_page(const RouteContext& context, Request& request) {
  Asked asked = TRY(read_asked(context, request, true));
  FollowUpForm form(nullptr, asked.language);
  return draw_new(context, request, asked, form, 200);
}

Result<Response> begin_post(const RouteContext& context, Request& request) {
  Asked asked = TRY(read_asked(context, request, true));
  http::Form posted = TRY(request.form());
  FollowUpForm form(&posted, asked.language);
  PostedHeading read = read_heading(form, {}, {}, true);
  if (!form.faults.empty()) {
    tell_rules(form, read);
    return draw_new(context, request, asked, form, 422);
  }
  auto done = PlanDraft(*asked.database).begin(read.header, context.actor(request));
  if (done.ok()) return http::redirect(asked.urls.plan(read.header.id));
  if (done.error().code != Code::kInvalid && done.error().code != Code::kConflict) return done.error();
  tell_at_fields(form, done.error().faults, [&](std::string_view pointer) { return heading_field(read, pointer); });
  return draw_new(context, request, asked, form, http::status_of(done.error()));
}

Result<Response> heading_page(const RouteContext& context, Request& request) {
  PlanDesk desk = TRY(plan_desk_of(context, request));
  FollowUpForm form(nullptr, desk.asked.language);
  return draw_heading(context, request, desk, desk.heading.header, {desk.heading.revision}, form, {}, 200);
}

PlanHeader read_one(const json::object& part) {
  std::vector<Fault> unread;
  return read_header(part, unread);
}

Result<Response> heading_post(const RouteContext& context, Request& request) {
  PlanDesk desk = TRY(plan_desk_of(context, request));
  Language l = desk.asked.language;
  http::Form posted = TRY(request.form());
  PlanDraft draft(*desk.asked.database);
  auto over = TRY(part_over(
      posted_over(posted), [&](std::int64_t revision) { return draft.part_at(desk.id(), "", revision); }, read_one));
  FollowUpForm form(&posted, l);
  const PlanHeader& now = desk.heading.header;
  PlanHeader drawn = over.part;
  keep_rows(form, "section", drawn.sections, rows_over(over, now, [](const PlanHeader& h) -> auto& { return h.sections; }),
            section_id);
  keep_rows(form, "field", drawn.fields, rows_over(over, now, [](const PlanHeader& h) -> auto& { return h.fields; }), field_id);
  PostedHeading read = read_heading(form, drawn, now, false);
  auto refuse = [&] { return draw_heading(context, request, desk, drawn, over.form, form, {}, 422); };
  if (!form.faults.empty()) {
    tell_rules(form, read);
    return refuse();
  }
  auto done = draft.edit(desk.id(), {"", over.form.base, to_json(read.header)}, context.actor(request));
  if (done.ok() || done.error().name == "plan.nothing_new") return http::redirect(desk.plan_url());
  const Error& error = done.error();
  if (error.name == "plan.faults") {
    tell_at_fields(form, error.faults, [&](std::string_view pointer) { return heading_field(read, pointer); });
    return refuse();
  }
  if (error.name != "plan.conflict") return error;
  desk.heading = TRY(draft.heading(desk.id()));
  PlanHeader merged = read_one(over.mine_over(to_json(read.header), to_json(desk.heading.header)));
  FollowUpForm fresh(nullptr, l);
  return draw_heading(context, request, desk, merged, over.form.again(desk.heading.revision), fresh,
                      trouble_notice(conflict_in_words(error, l), request.target, l), 409);
}

Result<Response> discard_post(const RouteContext& context, Request& request) {
  PlanDesk desk = TRY(plan_desk_of(context, request));
  http::Form posted = TRY(request.form());
  auto done = PlanDraft(*desk.asked.database).discard(desk.id(), posted.get("edition", ""), context.actor(request));
  if (!done.ok() && done.error().name != "plan.nothing_new") return done.error();
  return http::redirect(desk.plan_url());
}

web::Form act_form(const RouteContext& context, const Request& request, std::string action, std::vector<web::Field> fields,
                   std::string_view submit) {
  web::Form form{std::move(action), std::move(fields), str(submit), context.csrf_token(request)};
  form.secondary = true;
  return form;
}

}  // namespace

void short_words(web::Form& form) {
  for (std::size_t i = 1; i <= 2; ++i)
    if (web::Field& field = form.fields[form.fields.size() - i]; field.values[0].find('\n') == std::string::npos)
      field.input = Input::kText;  // which would drop line feeds
}

web::Field hidden_field(std::string name, std::string value) { return {Input::kHidden, std::move(name), "", "", {std::move(value)}}; }

std::int64_t posted_integer(const http::Form& posted, std::string_view name) {
  std::int64_t out = 0;
  std::string_view typed = posted.get(name, "");
  std::from_chars(typed.data(), typed.data() + typed.size(), out);
  return out;
}

Result<PlanDesk> plan_desk_of(const RouteContext& context, const Request& request) {
  PlanDesk out;
  out.asked = TRY(read_asked(context, request, true));
  out.heading = TRY(PlanDraft(*out.asked.database).heading(request.parameter("plan")));
  return out;
}

http::Response draw_plan_form(const RouteContext& context, const Request& request, const Asked& asked, const PlanHeading* heading,
                              std::string title, std::string lead, web::Form form, Markup above, int status) {
  web::Page page = new_page(asked, request, std::move(title));
  if (heading) page.breadcrumbs.push_back({web::pick(heading->header.title, asked.language), asked.urls.plan(heading->header.id)});
  page.lead = std::move(lead);
  page.has_errors = status != 200;
  page.main = Html().markup(above).markup(web::form(form, asked.language)).take();
  return answer(context, request, page, status);
}

Markup plan_form_links(const RouteContext& context, const Request& request, const Asked& asked, const PlanState& state) {
  if (!asked.urls.office || asked.view.as_of) return {};
  Language l = asked.language;
  std::string self = asked.urls.plan(state.header.id);
  Html html;
  html.raw("<p>")
      .markup(web::link(t::plan_head_edit(l), self + "/edit"))
      .raw(" · ")
      .markup(web::link(t::plan_measure_add(l), self + "/measures/new"))
      .raw(" · ")
      .markup(web::link(t::plan_copy(l), self + "/copy"))
      .raw("</p>\n");
  if (state.sign_off && state.has_drafts())
    html.markup(web::details(
        t::plan_discard(l),
        Html()
            .markup(web::paragraph(t::plan_discard_hint(l)))
            .markup(web::form(
                act_form(context, request, self + "/discard", {hidden_field("edition", state.edition)}, t::plan_discard(l)), l))
            .take()));
  return html.take();
}

namespace {
Markup folded_act(const RouteContext& context, const Request& request, std::string action, std::int64_t revision,
                  std::string_view title, std::string_view hint, Language l) {
  web::Form form = act_form(context, request, std::move(action), {hidden_field("revision", std::to_string(revision))}, title);
  return web::details(title, Html().markup(web::paragraph(hint)).markup(web::form(form, l)).take());
}
}  // namespace

Markup measure_form_links(const RouteContext& context, const Request& request, const Asked& asked, const MeasureView& view) {
  if (!asked.urls.office || asked.view.as_of) return {};
  Language l = asked.language;
  std::string self = asked.urls.measure(view.header.id, view.entry.number);
  Html html;
  html.raw("<p>").markup(web::link(t::plan_measure_edit(l), self + "/edit"));
  if (!view.header.serves_plan.empty()) html.raw(" · ").markup(web::link(t::plan_links(l), self + "/serves"));
  html.raw("</p>\n");
  if (view.entry.draft && view.entry.revision > 1)
    html.markup(
        folded_act(context, request, self + "/undo", view.entry.revision, t::plan_measure_undo(l), t::plan_measure_undo_hint(l), l));
  html.markup(folded_act(context, request, self + "/remove", view.entry.revision, t::plan_measure_remove(l),
                         t::plan_measure_remove_hint(l), l));
  return html.take();
}

Markup measure_undo_form(const RouteContext& context, const Request& request, const Asked& asked, const std::string& plan,
                         const std::string& number, const Revision& newest) {
  if (!asked.urls.office || asked.view.as_of || !newest.draft || newest.revision == 1) return {};
  Language l = asked.language;
  return folded_act(context, request, asked.urls.measure(plan, number) + "/undo", newest.revision, t::plan_measure_undo(l),
                    t::plan_measure_undo_hint(l), l);
}

std::vector<http::Route> plan_form_routes(const RouteContext& context) {
  std::vector<http::Route> out;
  auto get = [&](std::string_view pattern, auto handler, std::string_view ja, std::string_view en,
                 std::vector<http::Parameter> query = {}) {
    http::RouteDocs docs{std::move(query), {}};
    out.push_back({http::Method::get, pattern, http::Access::kOfficer,
                   [handler, &context](Request& request) { return handler(context, request); }, ja, en, std::move(docs)});
  };
  auto post = [&](std::string_view pattern, auto handler, std::string_view ja, std::string_view en) {
    http::RouteDocs docs;
    docs.request_type = "application/x-www-form-urlencoded";
    out.push_back({http::Method::post, pattern, http::Access::kOfficer,
                   [handler, &context](Request& request) { return handler(context, request); }, ja, en, docs, false, 256 << 10});
  };
  get("/{org}/office/plans/new", begin_page, "計画を様式で作る欄", "Form for a new plan");
  post("/{org}/office/plans/new", begin_post, "計画の下書きを作る", "Begins a plan's draft");
  get("/{org}/office/plans/{plan}/edit", heading_page, "見出し・節・分野の欄", "Form for heading, sections and fields");
  post("/{org}/office/plans/{plan}/edit", heading_post, "見出し・節・分野を保存する", "Saves heading, sections and fields");
  post("/{org}/office/plans/{plan}/discard", discard_post, "下書きを前回確定した内容に戻す",
       "Puts the draft back to what was signed off last");
  get("/{org}/office/plans/{plan}/measures/new", measure_form_page, "施策を加える欄", "Form for a new measure");
  post("/{org}/office/plans/{plan}/measures/new", measure_form_post, "施策を加える", "Adds a measure");
  get("/{org}/office/plans/{plan}/measures/{number}/edit", measure_form_page, "施策を書き換える欄", "Form for a measure");
  post("/{org}/office/plans/{plan}/measures/{number}/edit", measure_form_post, "施策を書き換える", "Saves a measure");
  get("/{org}/office/plans/{plan}/measures/{number}/serves", measure_links_page, "施策が支える国の施策を選ぶ欄",
      "Form for the national measures that a measure serves", {{"q", "string", "探す言葉", "words to find"}});
  post("/{org}/office/plans/{plan}/measures/{number}/serves", measure_links_post, "施策が支える国の施策を保存する",
       "Saves the national measures that a measure serves");
  post("/{org}/office/plans/{plan}/measures/{number}/remove", measure_remove_post, "施策を下書きから外す", "Takes a measure out");
  post("/{org}/office/plans/{plan}/measures/{number}/undo", measure_undo_post, "施策の最後の変更を取り消す",
       "Undoes the last change of a measure");
  return out;
}

}  // namespace musubi::kpi
