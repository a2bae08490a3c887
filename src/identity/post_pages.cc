// The office's page of units, posts and who holds them. An administrator sets all of it up here: a unit, posts in it, who
// holds them from when, and until when. Each form posts to an address of its own; faults show on the same page.

#include "identity/post_pages.h"

#include <algorithm>

#include "identity/page_parts.h"
#include "identity/posts.h"
#include "web/date_boxes.h"
#include "web/messages/identity.h"
#include "web/table.h"

namespace musubi::identity {

namespace t = web::messages;

namespace {

struct Posting {
  std::vector<Unit> units;
  std::vector<Post> posts;
  std::vector<Officer> officers;
  std::vector<Holding> holdings;
  std::vector<std::string> look_posts, register_posts;  // with the duty to look into the register, to change entries of it
};

enum class Part { kAssign, kUnit, kPost, kEnd, kDuty };
struct Refused {  // the form that was sent, with its faults
  Part part;
  web::Form form;
};

std::string say(const Ask& ask, const Text& text) { return web::pick(text, ask.request.language); }
text::Date today_of(const Ask& ask) { return text::jst_date(ask.context.clock.now()); }
bool holds_on(const Holding& holding, text::Date day) { return holding.from <= day && (!holding.until || *holding.until >= day); }
bool contains(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}
std::string key_of(const Holding& holding) { return holding.post + "/" + holding.officer + "/" + text::iso_date(holding.from); }

Result<Posting> posting(const Ask& ask) {
  return ask.database->read([&](db::Reader& reader) -> Result<Posting> {
    auto today = today_of(ask);
    auto all_units = TRY(units(reader, today));
    auto all_posts = TRY(posts(reader, today));
    auto all_officers = TRY(officers(reader));
    auto all_holdings = TRY(holdings(reader));
    auto looking = TRY(posts_with(reader, kLookDuty));
    auto changing = TRY(posts_with(reader, kRegisterDuty));
    return Posting{std::move(all_units),    std::move(all_posts), std::move(all_officers),
                   std::move(all_holdings), std::move(looking),   std::move(changing)};
  });
}

std::string post_title(const Ask& ask, const Posting& all, const std::string& id) {
  for (const auto& known : all.posts)
    if (known.id == id) return say(ask, known.title);
  return id;
}
std::string officer_name(const Posting& all, const std::string& code) {
  for (const auto& known : all.officers)
    if (known.code == code) return known.name.value_or(code);
  return code;
}

web::Table holdings_table(const Ask& ask, const Posting& all, web::TableQuery query) {
  web::TableShape shape;
  shape.id = "holdings";
  shape.caption = ask.say(t::identity_posts_and_who_holds);
  shape.columns = {{"post", ask.say(t::identity_post), web::Kind::kText, true},
                   {"officer", ask.say(t::identity_officer), web::Kind::kText, true},
                   {"kind", ask.say(t::identity_kind), web::Kind::kTag, true},
                   {"from", ask.say(t::identity_from), web::Kind::kDate, true},
                   {"until", ask.say(t::identity_until), web::Kind::kDate, true}};
  auto kind_title = [&](HoldingKind kind) {
    return kind == HoldingKind::kRegular  ? ask.say(t::identity_regular)
           : kind == HoldingKind::kActing ? ask.say(t::identity_acting)
                                          : ask.say(t::identity_concurrent);
  };
  std::vector<web::Row> rows;
  for (const auto& each : all.holdings) {
    bool now = holds_on(each, today_of(ask));
    rows.push_back(
        {{each.post, post_title(ask, all, each.post)},
         {each.officer, officer_name(all, each.officer)},
         {std::string(holding_kind_word(each.kind)), kind_title(each.kind), {}, now ? web::Tone::kSuccess : web::Tone::kPlain},
         {text::iso_date(each.from)},
         {each.until ? text::iso_date(*each.until) : ""}});
  }
  auto table = web::arrange(std::move(shape), std::move(query), std::move(rows));
  table.empty_text = ask.say(t::identity_nobody_holds);
  return table;
}

// Every unit with its posts, also those that nobody holds.
web::Markup units_list(const Ask& ask, const Posting& all) {
  web::Html out;
  out.raw("<h2>").text(ask.say(t::identity_units_and_posts)).raw("</h2>");
  if (all.units.empty() || all.posts.empty()) {
    out.raw("<p>")
        .text(!is_administrator(ask.request) ? ask.say(t::identity_ask_administrator)
              : all.units.empty()            ? ask.say(t::identity_no_unit)
                                             : ask.say(t::identity_no_post))
        .raw("</p>");
  }
  if (all.units.empty()) return out.take();
  out.raw("<ul>");
  for (const auto& unit : all.units) {
    out.raw("<li>").text(say(ask, unit.title) + " (" + unit.id + ")").raw("<ul>");
    for (const auto& post : all.posts) {
      if (post.unit != unit.id) continue;
      std::string who;
      for (const auto& each : all.holdings)
        if (each.post == post.id && holds_on(each, today_of(ask))) who += (who.empty() ? "" : ", ") + officer_name(all, each.officer);
      out.raw("<li>").text(say(ask, post.title) + " (" + post.id + ") " + (who.empty() ? ask.say(t::identity_vacant) : who));
      if (contains(all.register_posts, post.id))
        out.raw(" ").markup(web::tag(ask.say(t::identity_register_duty), web::Tone::kInfo));
      else if (contains(all.look_posts, post.id))
        out.raw(" ").markup(web::tag(ask.say(t::identity_look_duty), web::Tone::kInfo));
      out.raw("</li>");
    }
    out.raw("</ul></li>");
  }
  return out.raw("</ul>").take();
}

web::Form form_to(const Ask& ask, const char* below, std::string submit) {
  web::Form form;
  form.action = ask.at(below);
  form.csrf = csrf_token(ask.request);
  form.submit = std::move(submit);
  return form;
}

web::Form assignment_form(const Ask& ask, const Posting& all) {
  auto form = form_to(ask, "/office/posts", ask.say(t::identity_assign));
  web::Field post{web::Input::kSelect, "post", ask.say(t::identity_post)},
      officer{web::Input::kSelect, "officer", ask.say(t::identity_officer)},
      kind{web::Input::kRadios, "kind", ask.say(t::identity_kind)}, from{web::Input::kDate, "from", ask.say(t::identity_first_day)},
      until{web::Input::kDate, "until", ask.say(t::identity_last_day)};
  for (const auto& each : all.posts) post.options.push_back({each.id, say(ask, each.title)});
  for (const auto& each : all.officers)
    if (each.active) officer.options.push_back({each.code, each.name.value_or(each.code)});
  kind.options = {{"regular", ask.say(t::identity_regular)},
                  {"acting", ask.say(t::identity_acting)},
                  {"concurrent", ask.say(t::identity_concurrent)}};
  kind.values = {"regular"};
  until.required = false;
  form.fields = {std::move(post), std::move(officer), std::move(kind), std::move(from), std::move(until)};
  return form;
}

// Forms of one page need names of their own: the field's name stands behind "unit_", "post_" or "end_".
web::Form making_form(const Ask& ask, const Posting& all, Part part) {
  bool unit = part == Part::kUnit;
  std::string before = unit ? "unit_" : "post_";
  auto form = form_to(ask, unit ? "/office/posts/unit" : "/office/posts/post",
                      unit ? ask.say(t::identity_new_unit) : ask.say(t::identity_new_post));
  web::Field id{web::Input::kText, before + "id", ask.say(t::identity_id), ask.say(t::identity_id_hint)},
      ja{web::Input::kText, before + "title_ja", ask.say(t::identity_title_ja)},
      en{web::Input::kText, before + "title_en", ask.say(t::identity_title_en)},
      from{web::Input::kDate, before + "from", ask.say(t::identity_first_day)},
      in{web::Input::kSelect, before + (unit ? "parent" : "unit"), unit ? ask.say(t::identity_unit_above) : ask.say(t::identity_unit)};
  id.width = 20;
  from.values = {text::iso_date(today_of(ask))};
  in.required = !unit;
  for (const auto& each : all.units) in.options.push_back({each.id, say(ask, each.title)});
  form.fields = {std::move(id), std::move(ja), std::move(en)};
  if (!unit || !all.units.empty()) form.fields.push_back(std::move(in));
  form.fields.push_back(std::move(from));
  return form;
}

web::Form ending_form(const Ask& ask, const Posting& all) {
  auto form = form_to(ask, "/office/posts/end", ask.say(t::identity_end_holding));
  web::Field holding{web::Input::kSelect, "end_holding", ask.say(t::identity_posts_and_who_holds)},
      until{web::Input::kDate, "end_until", ask.say(t::identity_last_day)};
  for (const auto& each : all.holdings)
    if (!each.until || *each.until >= today_of(ask))
      holding.options.push_back(
          {key_of(each), post_title(ask, all, each.post) + " " + officer_name(all, each.officer) + " " + text::iso_date(each.from)});
  form.fields = {std::move(holding), std::move(until)};
  return form;
}

web::Form duty_form(const Ask& ask, const Posting& all) {
  auto form = form_to(ask, "/office/posts/duty", ask.say(t::identity_register_duty_set));
  form.secondary = true;
  web::Field post{web::Input::kSelect, "duty_post", ask.say(t::identity_post), ask.say(t::identity_register_duty_lead)},
      may{web::Input::kRadios, "duty_may", ask.say(t::identity_register_duties)};
  for (const auto& each : all.posts) post.options.push_back({each.id, say(ask, each.title)});
  may.options = {{"nothing", ask.say(t::identity_register_duty_none)},
                 {"look", ask.say(t::identity_look_duty)},
                 {"register", ask.say(t::identity_register_duty)}};
  may.values = {"nothing"};
  form.fields = {std::move(post), std::move(may)};
  return form;
}

web::Form form_of(const Ask& ask, const Posting& all, Part part) {
  if (part == Part::kDuty) return duty_form(ask, all);
  return part == Part::kAssign ? assignment_form(ask, all) : part == Part::kEnd ? ending_form(ask, all) : making_form(ask, all, part);
}

// In the order of a new office's way, each when what it needs is there.
void add_forms(const Ask& ask, const Posting& all, const Refused* refused, web::Html& main) {
  auto add = [&](Part part, const char* id, const std::string& heading) {
    main.raw("<h2").attribute("id", id).raw(">").text(heading).raw("</h2>").markup(
        web::form(refused && refused->part == part ? refused->form : form_of(ask, all, part), ask.request.language));
  };
  if (!all.posts.empty()) add(Part::kAssign, "assign", ask.say(t::identity_assign_a_post));
  bool open = false;
  for (const auto& each : all.holdings) open = open || !each.until || *each.until >= today_of(ask);
  if (open) add(Part::kEnd, "end", ask.say(t::identity_end_holding));
  if (!all.posts.empty()) add(Part::kDuty, "duty", ask.say(t::identity_register_duties));
  if (!all.units.empty()) add(Part::kPost, "new-post", ask.say(t::identity_new_post));
  add(Part::kUnit, "new-unit", ask.say(t::identity_new_unit));
}

Result<http::Response> posts_with(const Ask& ask, const Refused* refused, int status) {
  auto all = TRY(posting(ask));
  auto query = TRY(web::read_query(holdings_table(ask, {}, {}).shape, ask.request.target));
  auto out = page(ask, ask.say(t::identity_posts));
  out.breadcrumbs = {{ask.say(t::identity_office), ask.at("/office")}};
  out.lead = ask.say(t::identity_work_goes_to_posts);
  web::Html main;
  main.markup(web::table(holdings_table(ask, all, query), ask.request.target, ask.request.language)).markup(units_list(ask, all));
  if (is_administrator(ask.request)) add_forms(ask, all, refused, main);
  out.has_errors = refused != nullptr;
  out.main = main.take();
  out.json = out.csv = true;
  return respond(ask, out, status);
}

Result<http::Response> posts_page(const Ask& ask) { return posts_with(ask, nullptr, 200); }

Result<web::Table> posts_table(const Ask& ask) {
  auto query = TRY(web::read_query(holdings_table(ask, {}, {}).shape, ask.request.target));
  return holdings_table(ask, TRY(posting(ask)), query);
}

// What a form sent: days with their faults, everything else as typed.
class Sent {
 public:
  Sent(const Ask& ask, std::string before) : ask_(ask), before_(std::move(before)) {}
  Result<void> read() {
    pairs_ = TRY(ask_.request.form()).pairs();
    return {};
  }
  std::string get(std::string_view name) const {
    for (const auto& [key, value] : pairs_)
      if (key == before_ + std::string(name)) return value;
    return {};
  }
  // A day that cannot be read is a fault, and 1970-01-01 until then, so that the other faults are found in the same pass.
  std::optional<text::Date> day(std::string_view name, bool required) {
    std::string typed = web::date_parameter(pairs_, before_ + std::string(name));
    if (typed.empty() && !required) return std::nullopt;
    auto read = web::read_boxes(typed);
    if (read.ok()) return *read;
    faults_.push_back({std::string(name), read.error().message});
    return required ? std::optional(text::Date{}) : std::nullopt;
  }
  void fault(std::string where, Text message) { faults_.push_back({std::move(where), std::move(message)}); }

  // Nothing is kept while there is a fault: those of the form and those of `change` are shown together.
  template <class Change>
  Result<http::Response> keep(Part part, Change&& change) {
    std::vector<Fault> all;
    auto done = ask_.database->write([&](db::Transaction& tx) -> Result<void> {
      all = faults_;
      Result<void> changed = change(tx);
      if (!changed.ok()) {
        if (changed.error().faults.empty()) return changed.error();
        for (const auto& fault : changed.error().faults) all.push_back(fault);
      }
      if (!all.empty())
        return Error{Code::kInvalid, "identity.bad_post", {"職の情報を直してください。", "Correct what describes the post."}, {}};
      return {};
    });
    if (done.ok()) return http::redirect(ask_.at("/office/posts"));
    if (all.empty()) return done.error();
    return refuse(part, std::move(all));
  }

 private:
  Result<http::Response> refuse(Part part, std::vector<Fault> all) {
    Refused refused{part, form_of(ask_, TRY(posting(ask_)), part)};
    for (auto& field : refused.form.fields) {
      field.values = {field.input == web::Input::kDate ? web::date_parameter(pairs_, field.name) : std::string()};
      if (field.input == web::Input::kDate) continue;
      for (const auto& [key, value] : pairs_)
        if (key == field.name) field.values = {value};
    }
    for (auto& fault : all) fault.where = before_ + fault.where;
    web::apply_faults(refused.form, all, ask_.request.language);
    return posts_with(ask_, &refused, 422);
  }

  const Ask& ask_;
  std::string before_;
  std::vector<std::pair<std::string, std::string>> pairs_;
  std::vector<Fault> faults_;
};

Result<http::Response> post_assignment(const Ask& ask) {
  Sent sent(ask, "");
  TRY(sent.read());
  Holding holding{sent.get("post"), sent.get("officer"), *sent.day("from", true), sent.day("until", false),
                  holding_kind_from(sent.get("kind")).value_or(HoldingKind::kRegular)};
  std::string who = actor(ask.request);
  return sent.keep(Part::kAssign, [&](db::Transaction& tx) { return assign_post(tx, holding, who); });
}

Result<http::Response> post_unit(const Ask& ask) {
  Sent sent(ask, "unit_");
  TRY(sent.read());
  Unit unit{sent.get("id"), {sent.get("title_ja"), sent.get("title_en")}, sent.get("parent"), *sent.day("from", true), {}};
  std::string who = actor(ask.request);
  return sent.keep(Part::kUnit, [&](db::Transaction& tx) { return make_unit(tx, unit, who); });
}

Result<http::Response> post_post(const Ask& ask) {
  Sent sent(ask, "post_");
  TRY(sent.read());
  Post post{sent.get("id"), sent.get("unit"), {sent.get("title_ja"), sent.get("title_en")}, *sent.day("from", true), {}};
  std::string who = actor(ask.request);
  return sent.keep(Part::kPost, [&](db::Transaction& tx) { return make_post(tx, post, who); });
}

Result<http::Response> post_duty(const Ask& ask) {
  Sent sent(ask, "duty_");
  TRY(sent.read());
  std::string post = sent.get("post"), may = sent.get("may"), who = actor(ask.request);
  return sent.keep(Part::kDuty, [&](db::Transaction& tx) { return set_register_duty(tx, post, may == "nothing" ? "" : may, who); });
}

Result<http::Response> post_end(const Ask& ask) {
  Sent sent(ask, "end_");
  TRY(sent.read());
  auto until = *sent.day("until", true);
  std::string chosen = sent.get("holding"), who = actor(ask.request);
  std::optional<Holding> holding;
  for (const auto& each : TRY(posting(ask)).holdings)
    if (key_of(each) == chosen) holding = each;
  if (!holding) sent.fault("holding", t::identity_choose_holding());
  return sent.keep(Part::kEnd, [&](db::Transaction& tx) -> Result<void> {
    if (!holding) return {};
    return end_holding(tx, holding->post, holding->officer, holding->from, until, who);
  });
}

}  // namespace

std::vector<http::Route> post_routes(const RouteContext& context) {
  using http::Access;
  using http::Method;
  auto to = [&](Answer answer) { return answers(context, answer); };
  constexpr std::string_view form = "application/x-www-form-urlencoded";
  return {
      {Method::get, "/{org}/office/posts", Access::kOfficer, to(posts_page), "課、職と在職者", "Units, posts and who holds them"},
      {Method::get,
       "/{org}/office/posts.json",
       Access::kOfficer,
       to(as_json<posts_table>),
       "職と在職者（データ）",
       "Posts as data",
       {{}, {"application/json"}}},
      {Method::get,
       "/{org}/office/posts.csv",
       Access::kOfficer,
       to(as_csv<posts_table>),
       "職と在職者（CSV）",
       "Posts as CSV",
       {{}, {"text/csv"}}},
      {Method::post,
       "/{org}/office/posts",
       Access::kAdministrator,
       to(post_assignment),
       "職に就ける",
       "Assign a post",
       {{}, {}, form}},
      {Method::post, "/{org}/office/posts/unit", Access::kAdministrator, to(post_unit), "課を作る", "Make a unit", {{}, {}, form}},
      {Method::post, "/{org}/office/posts/post", Access::kAdministrator, to(post_post), "職を作る", "Make a post", {{}, {}, form}},
      {Method::post,
       "/{org}/office/posts/duty",
       Access::kAdministrator,
       to(post_duty),
       "住民の記載を見る任務・変える任務を定める",
       "Set the duty to look into the register or to change it",
       {{}, {}, form}},
      {Method::post, "/{org}/office/posts/end", Access::kAdministrator, to(post_end), "在職を終える", "End a holding", {{}, {}, form}},
  };
}

}  // namespace musubi::identity
