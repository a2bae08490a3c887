// Changing an entry of the register by hand: the form, what changes, the entry itself. And the decisions that wait for one.
// Nothing of a person stands in an address: what was typed travels from page to page in the form.

#include <algorithm>

#include "identity/entry.h"
#include "identity/page_parts.h"
#include "identity/posts.h"
#include "web/messages/identity.h"

namespace musubi::identity {

namespace t = web::messages;

namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

text::Date today_of(const Ask& ask) { return text::jst_date(ask.context.clock.now()); }
std::string say(const Ask& ask, const Text& text) { return web::pick(text, ask.request.language); }

Error duty_needed() {
  return {
      Code::kForbidden,
      "identity.duty_needed",
      {"住民の記載を変えられるのは、その任務のある職に就いている人だけです。管理者が「職」のページで定めます。",
       "Only those who hold a post with that duty can change entries of the register. An administrator sets it on the page of posts."},
      {}};
}

Result<void> need_duty(const Ask& ask) {
  if (TRY(may_enter(ask))) return {};
  return duty_needed();
}

Result<CaseGround> cases_of(const Ask& ask) {
  return ask.context.cases ? ask.context.cases(ask.organisation) : Result<CaseGround>(CaseGround{});
}

std::string get(const Pairs& pairs, std::string_view name) {
  for (const auto& [key, value] : pairs)
    if (key == name) return value;
  return {};
}

// --- The form, from an entry and back. Names are those that faults have, with '-' for a further '/'. ---

Pairs typed_from(const Resident& person, text::Date day) {
  Pairs out{{"name-family", person.name.family},
            {"name-given", person.name.given},
            {"name-family_kana", person.name.family_kana},
            {"name-given_kana", person.name.given_kana},
            {"name-former_family", person.name.former_family.value_or("")},
            {"sex", std::string(sex_word(person.sex))},
            {"address-postal_code", person.address.postal_code},
            {"address-prefecture", person.address.prefecture},
            {"address-municipality", person.address.municipality},
            {"address-street", person.address.street},
            {"address-building", person.address.building},
            {"relation", person.relation},
            {"where", "same"},
            {"insurance", person.insurance},
            {"child_allowance", person.child_allowance ? "yes" : "no"}};
  auto add = [&](std::string name, text::Date date) {
    out.emplace_back(name + "-year", std::to_string(date.year));
    out.emplace_back(name + "-month", std::to_string(date.month));
    out.emplace_back(name + "-day", std::to_string(date.day));
  };
  add("birth_date", person.birth_date);
  add("since", person.since);
  add("day", day);
  return out;
}

text::Date date_in(const Pairs& pairs, std::string_view name) {
  auto read = text::parse_date(web::date_parameter(pairs, name));
  if (!read.ok()) read = text::read_date(web::date_parameter(pairs, name));
  return read.ok() ? *read : text::Date{0, 0, 0};  // no real day: refused where it is judged
}

ByHand read_typed(const Pairs& pairs, const std::string& code) {
  ByHand out;
  Resident& person = out.after;
  person.code = code;
  person.name = {
      get(pairs, "name-family"), get(pairs, "name-given"), get(pairs, "name-family_kana"), get(pairs, "name-given_kana"), {}};
  if (auto former = get(pairs, "name-former_family"); !former.empty()) person.name.former_family = former;
  person.birth_date = date_in(pairs, "birth_date");
  person.sex = sex_from(get(pairs, "sex")).value_or(Sex::kNotStated);
  person.address = {get(pairs, "address-postal_code"), get(pairs, "address-prefecture"), get(pairs, "address-municipality"),
                    get(pairs, "address-street"), get(pairs, "address-building")};
  std::string where = get(pairs, "where");
  person.household = where == "new" ? std::string(kOwnHousehold) : where == "other" ? get(pairs, "household") : "";
  if (where == "other" && person.household.empty()) person.household = "?";  // nothing typed: no household is called that
  person.relation = get(pairs, "relation");
  person.since = date_in(pairs, "since");
  person.insurance = get(pairs, "insurance");
  person.child_allowance = get(pairs, "child_allowance") == "yes";
  out.day = date_in(pairs, "day");
  out.reason = get(pairs, "reason");
  out.case_id = get(pairs, "case");
  out.seen = get(pairs, "seen");
  return out;
}

class EntryForm {
 public:
  EntryForm(const Ask& ask, const Pairs& typed) : ask_(ask), typed_(typed) {}

  web::Form form(const std::string& code, const std::string& mark, bool due) {
    form_.action = ask_.at("/office/residents/" + code + "/change");
    form_.submit = ask_.say(t::identity_check_entry);
    form_.csrf = csrf_token(ask_.request);
    form_.cancel = {ask_.say(t::identity_cancel), ask_.at("/office/residents/" + code)};
    form_.fields = {{web::Input::kHidden, "step", "", "", {"check"}}, {web::Input::kHidden, "seen", "", "", {mark}}};
    parts("name", ask_.say(t::identity_name),
          {{"family", t::identity_family_name},
           {"given", t::identity_given_name},
           {"family_kana", t::identity_family_kana},
           {"given_kana", t::identity_given_kana},
           {"former_family", t::identity_former_family}});
    date("birth_date", t::identity_date_of_birth).eras = true;
    choose(web::Input::kRadios, "sex", t::identity_sex,
           {{"female", ask_.say(t::identity_female)},
            {"male", ask_.say(t::identity_male)},
            {"not_stated", ask_.say(t::identity_not_stated)}});
    parts("address", ask_.say(t::identity_address),
          {{"postal_code", t::identity_postal_code},
           {"prefecture", t::identity_prefecture},
           {"municipality", t::identity_municipality},
           {"street", t::identity_street},
           {"building", t::identity_building}});
    household();
    date("since", t::identity_living_here_since);
    std::vector<web::Option> kinds;
    for (const char* word : {"national", "employee", "elderly", "none"}) kinds.push_back({word, say(ask_, *insurance_title(word))});
    choose(web::Input::kSelect, "insurance", t::identity_health_insurance, std::move(kinds));
    choose(web::Input::kRadios, "child_allowance", t::identity_child_allowance,
           {{"yes", ask_.say(t::identity_receives_it)}, {"no", ask_.say(t::identity_none)}});
    date("day", t::identity_holds_from).hint = ask_.say(t::identity_holds_from_hint);
    std::vector<web::Option> reasons;
    for (const auto& one : entry_reasons()) reasons.push_back({std::string(one.word), say(ask_, one.title), say(ask_, one.basis)});
    choose(web::Input::kRadios, "reason", t::identity_entry_reason, std::move(reasons));
    web::Field& ground = text("case", t::identity_ground_case);
    ground.hint = ask_.say(t::identity_ground_case_hint);
    ground.width = 14;
    ground.required = false;
    if (due) {
      choose(web::Input::kCheckboxes, "settles", t::identity_register_work, {{"yes", ask_.say(t::identity_settles_case)}}).required =
          false;
    }
    return std::move(form_);
  }

 private:
  using Message = std::string_view (*)(web::Language);
  web::Field& add(web::Input input, const char* name, Message label) {
    form_.fields.push_back({input, name, ask_.say(label), "", {get(typed_, name)}});
    return form_.fields.back();
  }
  web::Field& text(const char* name, Message label) { return add(web::Input::kText, name, label); }
  web::Field& date(const char* name, Message label) {
    auto& field = add(web::Input::kDate, name, label);
    field.values = {web::date_parameter(typed_, name)};
    return field;
  }
  web::Field& choose(web::Input input, const char* name, Message label, std::vector<web::Option> options) {
    auto& field = add(input, name, label);
    field.options = std::move(options);
    return field;
  }
  void parts(const std::string& name, std::string label, std::vector<std::pair<std::string, Message>> all) {
    web::Field out{web::Input::kParts, name, std::move(label)};
    for (const auto& [part, title] : all) {
      out.parts.push_back({web::Input::kText, name + "-" + part, ask_.say(title), "", {get(typed_, name + "-" + part)}});
      out.parts.back().required = part != "former_family" && part != "building" && part != "given" && part != "given_kana";
      if (part == "postal_code") out.parts.back().width = 10;
    }
    form_.fields.push_back(std::move(out));
  }
  void household() {
    choose(web::Input::kRadios, "where", t::identity_household,
           {{"same", ask_.say(t::identity_same_household)},
            {"new", ask_.say(t::identity_own_household)},
            {"other", ask_.say(t::identity_other_household)}});
    web::Field& code = text("household", t::identity_household_code);
    code.hint = ask_.say(t::identity_household_code_hint);
    code.required = false;
    code.width = 20;
    std::vector<web::Option> relations;
    for (const char* word : {"head", "spouse", "child", "parent", "grandchild", "sibling", "other"})
      relations.push_back({word, say(ask_, *relation_title(word))});
    choose(web::Input::kSelect, "relation", t::identity_relation_to_the_head, std::move(relations));
  }

  const Ask& ask_;
  const Pairs& typed_;
  web::Form form_;
};

// "/name/family" is the field "name-family".
std::vector<Fault> at_fields(std::vector<Fault> faults) {
  for (auto& fault : faults)
    for (std::size_t i = 1; i < fault.where.size(); ++i)
      if (fault.where[i] == '/') fault.where[i] = '-';
  return faults;
}

// Lines that differ, as before and after.
web::Table differences(const Ask& ask, const EntryChange& change, std::string id, std::string before, std::string after) {
  web::Table table;
  table.shape = {std::move(id),
                 name_of(ask, change.before),
                 {{"item", ask.say(t::identity_what)}, {"before", std::move(before)}, {"after", std::move(after)}}};
  auto was = entry_lines(ask, change.before), is = entry_lines(ask, change.after);
  for (std::size_t i = 0; i < std::min(was.size(), is.size()); ++i)
    if (was[i].second != is[i].second) table.rows.push_back({{was[i].first}, {was[i].second}, {is[i].second}});
  table.total = table.rows.size();
  table.query.per_page = web::kMaxPerPage;
  return table;
}

struct Drawn {
  Resident person;  // as it stands now
  Pairs typed;
  bool due = false;
  std::string mark = {};  // of the entry that what was typed was written over; empty: of the one that stands
};

Result<http::Response> draw_form(const Ask& ask, const Drawn& drawn, const std::vector<Fault>& faults, const Error* changed,
                                 int status) {
  auto out = page(ask, ask.say(t::identity_change_entry));
  std::string at = ask.at("/office/residents/" + drawn.person.code);
  out.breadcrumbs = {{ask.say(t::identity_office), ask.at("/office")},
                     {ask.say(t::identity_register_residents), ask.at("/office/residents")},
                     {name_of(ask, drawn.person), at}};
  out.lead = ask.say(t::identity_entry_lead);
  auto form =
      EntryForm(ask, drawn.typed).form(drawn.person.code, drawn.mark.empty() ? entry_mark(drawn.person) : drawn.mark, drawn.due);
  web::apply_faults(form, at_fields(faults), ask.request.language);
  web::Html main;
  if (changed) {
    EntryChange change{drawn.person, read_typed(drawn.typed, drawn.person.code).after};
    if (change.after.household.empty()) change.after.household = drawn.person.household;
    change.after.state = drawn.person.state;
    web::Html body;
    body.markup(web::table(differences(ask, change, "meanwhile", ask.say(t::identity_entry_before), ask.say(t::identity_entry_typed)),
                           at, ask.request.language));
    main.raw("<div role=\"alert\">").markup(web::notice(say(ask, changed->message), body.take(), web::Tone::kError)).raw("</div>");
  }
  out.has_errors = changed || web::has_errors(form);
  out.main = main.markup(web::form(form, ask.request.language)).take();
  return respond(ask, out, status);
}

// The person with the household, after a record of the look.
Result<Resident> opened(const Ask& ask) {
  const std::string& code = ask.request.parameter("code");
  std::vector<std::string> codes;
  auto person = TRY(ask.database->read([&](db::Reader& reader) -> Result<std::optional<Resident>> {
    auto found = TRY(resident(reader, code));
    if (!found) return found;
    for (const auto& one : TRY(household_of(reader, code))) codes.push_back(one.code);
    return found;
  }));
  if (!person || person->erased || person->state != ResidentState::kPresent)
    return Error{Code::kNotFound,
                 "identity.entry_closed",
                 {"この人の記載は閉じられているか、ありません。変えられるのは、今この町に住んでいる人の記載だけです。",
                  "There is no open entry of this person. Only entries of those who live here now can be changed."},
                 {}};
  TRY(note_look(ask, codes, "entry", ""));
  return std::move(*person);
}

Result<bool> waits(const Ask& ask, const std::string& case_id) {
  return ask.database->read([&](db::Reader& reader) -> Result<bool> {
    auto found = TRY(due(reader, case_id));
    return found && found->outcome.empty();
  });
}

Error not_last() {
  return {
      Code::kConflict,
      "identity.entry_changed",
      {"取り消せるのは、手で入れた最後の記載だけです。それより前の記載が誤っていたときは、「記載を変える」から正しい内容を入力してくだ"
       "さい。",
       "Only the last entry can be undone, if it was made by hand. If an earlier one was wrong, change the entry to what is right."},
      {}};
}

Result<http::Response> change_page(const Ask& ask) {
  TRY(need_duty(ask));
  Drawn drawn{TRY(opened(ask)), {}, false};
  Resident shown = drawn.person;
  std::string undo(ask.request.query.get("undo", "")), ground(ask.request.query.get("case", ""));
  if (!undo.empty()) {  // as it was before that entry; where somebody lives and with whom is undone on purpose only
    auto events = TRY(ask.database->read([&](db::Reader& reader) { return entry_history(reader, shown.code, 1000); }));
    auto last = undoable(events);
    if (!last.entry || std::to_string(last.entry->counter) != undo) return not_last();
    std::string household = shown.household;
    shown = *last.before->state;
    shown.household = household;
  }
  drawn.typed = typed_from(shown, today_of(ask));
  if (!undo.empty()) drawn.typed.emplace_back("reason", "undo");
  if (!ground.empty()) {
    drawn.due = TRY(waits(ask, ground));
    drawn.typed.emplace_back("case", ground);
    if (drawn.due) {
      drawn.typed.emplace_back("reason", "correction");
      drawn.typed.emplace_back("settles", "yes");
    }
  }
  return draw_form(ask, drawn, {}, nullptr, 200);
}

// Whether the case is there and about the person, or about somebody of their household.
Result<void> check_ground(db::Reader& reader, const CaseGround& cases, const ByHand& entry, std::vector<Fault>& faults) {
  if (entry.case_id.empty()) return {};
  auto found = cases.find ? TRY(cases.find(reader, entry.case_id)) : std::optional<GroundCase>();
  if (!found) {
    faults.push_back(
        {"/case", {"この番号の案件はありません。番号を確かめてください。", "There is no case of that number. Check the number."}});
    return {};
  }
  std::vector<std::string> near{entry.after.code};
  for (const auto& one : TRY(household_of(reader, entry.after.code))) near.push_back(one.code);
  for (const auto& person : found->persons)
    if (std::find(near.begin(), near.end(), person) != near.end()) return {};
  faults.push_back(
      {"/case",
       {"その案件は、この人にも同じ世帯の人にも関わりがありません。", "That case is about neither this person nor their household."}});
  return {};
}

// Every fault at once: those of the entry and of the ground.
Result<EntryPlan> planned(db::Reader& reader, const CaseGround& cases, const ByHand& entry, text::Date today) {
  std::vector<Fault> faults;
  TRY(check_ground(reader, cases, entry, faults));
  auto plan = plan_entry(reader, entry, today);
  if (!plan.ok() && plan.error().name != "identity.bad_resident") return plan;
  if (plan.ok() && faults.empty()) return plan;
  if (!plan.ok())
    for (const auto& fault : plan.error().faults) faults.push_back(fault);
  return Error{Code::kInvalid,
               "identity.bad_resident",
               {"住民の記載を直してください。", "Correct the entry of the resident."},
               std::move(faults)};
}

Result<http::Response> draw_check(const Ask& ask, const Resident& person, const Pairs& typed, const EntryPlan& plan) {
  const auto language = ask.request.language;
  auto out = page(ask, ask.say(t::identity_check_entry_title));
  std::string at = ask.at("/office/residents/" + person.code);
  out.breadcrumbs = {{ask.say(t::identity_office), ask.at("/office")},
                     {ask.say(t::identity_register_residents), ask.at("/office/residents")},
                     {name_of(ask, person), at}};
  ByHand entry = read_typed(typed, person.code);
  const auto* reason = entry_reason(entry.reason);
  web::Html main;
  main.markup(web::table(differences(ask, plan.own, "changes", ask.say(t::identity_entry_before), ask.say(t::identity_entry_after)),
                         at, language));
  if (!plan.others.empty()) main.raw("<h2>").text(ask.say(t::identity_others_change)).raw("</h2>");
  for (std::size_t i = 0; i < plan.others.size(); ++i)
    main.markup(web::table(differences(ask, plan.others[i], "changes-" + std::to_string(i + 1), ask.say(t::identity_entry_before),
                                       ask.say(t::identity_entry_after)),
                           at, language));
  std::vector<web::SummaryRow> rows = {
      {ask.say(t::identity_holds_from), web::date_element(entry.day, language)},
      {ask.say(t::identity_entry_reason), web::escaped(reason ? say(ask, reason->title) + " — " + say(ask, reason->basis) : "")}};
  if (!entry.case_id.empty())
    rows.push_back({ask.say(t::identity_ground_case), web::link(entry.case_id, ask.at("/office/cases/" + entry.case_id))});
  if (!entry.case_id.empty() && get(typed, "settles") == "yes")
    rows.push_back({ask.say(t::identity_register_work), web::escaped(ask.say(t::identity_settles_case))});
  main.markup(web::summary_list(rows, language));
  web::Form form;
  form.action = at + "/change";
  form.csrf = csrf_token(ask.request);
  form.submit = ask.say(t::identity_enter_entry);
  for (const auto& [name, value] : typed)
    if (name != "csrf" && name != "step") form.fields.push_back({web::Input::kHidden, name, "", "", {value}});
  web::Form back = form;
  form.fields.push_back({web::Input::kHidden, "step", "", "", {"enter"}});
  back.fields.push_back({web::Input::kHidden, "step", "", "", {"correct"}});
  back.submit = ask.say(t::identity_correct_entry);
  back.secondary = true;
  out.main = main.markup(web::form(form, language)).markup(web::form(back, language)).take();
  return respond(ask, out);
}

// The entry with its records, and with it the decision that waited for it: one transaction.
Result<EntryPlan> enter(const Ask& ask, const CaseGround& cases, const ByHand& entry, bool settles) {
  std::string who = actor(ask.request);
  text::Date today = today_of(ask);
  Time now = ask.context.clock.now();
  return ask.database->write([&](db::Transaction& tx) -> Result<EntryPlan> {
    TRY(planned(tx, cases, entry, today));
    auto plan = TRY(enter_by_hand(tx, entry, today, who));
    if (!plan.own.any() || !settles || entry.case_id.empty()) return plan;
    auto waiting = TRY(due(tx, entry.case_id));
    if (!waiting || !waiting->outcome.empty()) return plan;
    TRY(settle_due(tx, entry.case_id, "entered", "", now, who));
    if (cases.settled) TRY(cases.settled(tx, entry.case_id, true, "", who));
    return plan;
  });
}

Result<http::Response> change_post(const Ask& ask) {
  TRY(need_duty(ask));
  Pairs typed = TRY(ask.request.form()).pairs();
  auto cases = TRY(cases_of(ask));
  Drawn drawn{TRY(opened(ask)), typed, false};
  ByHand entry = read_typed(typed, drawn.person.code);
  drawn.due = !entry.case_id.empty() && TRY(waits(ask, entry.case_id));
  drawn.mark = entry.seen;  // who corrects what they typed has not seen what changed meanwhile
  std::string step = get(typed, "step");
  if (step == "correct") return draw_form(ask, drawn, {}, nullptr, 200);
  auto plan = step == "enter" ? enter(ask, cases, entry, get(typed, "settles") == "yes")
                              : ask.database->read([&](db::Reader& reader) { return planned(reader, cases, entry, today_of(ask)); });
  if (!plan.ok() && plan.error().name == "identity.entry_changed") {
    drawn.mark.clear();  // now they see it
    return draw_form(ask, drawn, {}, &plan.error(), 409);
  }
  if (!plan.ok() && plan.error().name == "identity.bad_resident") return draw_form(ask, drawn, plan.error().faults, nullptr, 422);
  if (!plan.ok()) return plan.error();
  if (step == "enter")
    return http::redirect(ask.at("/office/residents/" + drawn.person.code) + (plan->own.any() ? "?entered=1" : "?entered=0"));
  return draw_check(ask, drawn.person, typed, *plan);
}

}  // namespace

namespace {

Result<bool> has(const Ask& ask, std::string_view duty) {
  std::string who = actor(ask.request);
  text::Date today = today_of(ask);
  return ask.database->read([&](db::Reader& reader) { return has_duty(reader, who, duty, today); });
}

}  // namespace

Result<bool> may_look(const Ask& ask) { return has(ask, kLookDuty); }
Result<bool> may_enter(const Ask& ask) { return has(ask, kRegisterDuty); }

std::vector<http::Route> entry_routes(const RouteContext& context) {
  using http::Access;
  using http::Method;
  auto to = [&](Answer answer) { return answers(context, answer); };
  constexpr std::string_view form = "application/x-www-form-urlencoded";
  std::vector<http::Route> routes = {
      {Method::get,
       "/{org}/office/residents/{code}/change",
       Access::kOfficer,
       to(change_page),
       "住民の記載を手で変える",
       "Change an entry of the register by hand",
       {{{"case", "string", "もとになる案件の番号", "number of the case that it rests on"},
         {"undo", "integer", "取り消す記載の番号", "number of the entry to undo"}},
        {}}},
      {Method::post,
       "/{org}/office/residents/{code}/change",
       Access::kOfficer,
       to(change_post),
       "記載の変更を確かめ、記載する",
       "Check what changes, and enter it",
       {{}, {}, form, {}, {}, {}, {200, 303}}},
  };
  for (auto& route : due_routes(context)) routes.push_back(std::move(route));
  return routes;
}

}  // namespace musubi::identity
