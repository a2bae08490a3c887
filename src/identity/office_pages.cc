// The officer's home, and the administrator's pages of officers.

#include "identity/page_parts.h"
#include "text/dates.h"
#include "web/messages/identity.h"
#include "web/table.h"

namespace musubi::identity {

namespace t = web::messages;

namespace {

Result<web::Markup> rights(const Ask& ask) {
  web::Html html;
  html.raw("<ul>");
  bool looks = TRY(may_look(ask));
  for (const auto& link : ask.context.office)
    if (looks || link.href != "/office/residents")
      html.raw("<li>").markup(web::link(web::pick(link.title, ask.request.language), ask.at(link.href))).raw("</li>");
  html.raw("<li>").markup(web::link(ask.say(t::identity_where_you_are_signed), ask.at("/sessions"))).raw("</li>");
  auto linker =
      ask.context.cards.linker ? ask.context.cards.linker(ask.organisation) : Result<std::optional<Linker>>(std::optional<Linker>());
  if (is_administrator(ask.request) && linker.ok() && *linker)
    html.raw("<li>").markup(web::link(ask.say(t::identity_cards), ask.at("/office/cards"))).raw("</li>");
  if (is_administrator(ask.request))
    html.raw("<li>").markup(web::link(ask.say(t::identity_appoint_and_change_officers), ask.at("/office/officers"))).raw("</li>");
  html.raw("</ul>");
  return html.take();
}

Result<http::Response> home(const Ask& ask) {
  const Session& session = *caller(ask.request);
  auto organisation = TRY(ask.database->read([](db::Reader& reader) { return identity::organisation(reader); }));
  auto out = page(ask, ask.say(t::identity_your_office));
  const auto language = ask.request.language;
  std::vector<web::SummaryRow> who = {
      {ask.say(t::identity_name), web::escaped(session.officer.name.value_or(ask.say(t::identity_erased)))},
      {ask.say(t::identity_officer_code), web::escaped(session.officer.code)},
      {ask.say(t::identity_role), web::escaped(web::pick(role_title(session.officer.role), language))},
      {ask.say(t::identity_organisation), web::escaped(organisation ? web::pick(organisation->title, language) : ask.organisation)},
      {ask.say(t::identity_signed_in), web::time_element(session.created_at, language)}};
  web::Html main;
  if (ask.context.reminders) main.markup(TRY(ask.context.reminders(ask.request, ask.organisation)));
  main.raw("<h2>").text(ask.say(t::identity_what_you_can_do)).raw("</h2>").markup(TRY(rights(ask)));
  main.raw("<h2>").text(ask.say(t::identity_you)).raw("</h2>").markup(web::summary_list(who, language));
  main.markup(web::paragraph(ask.say(t::identity_your_name_never_enters)));
  out.main = main.take();
  return respond(ask, out);
}

web::Table officers_table(const Ask& ask, const std::vector<Officer>& all, web::TableQuery query) {
  web::TableShape shape;
  shape.id = "officers";
  shape.caption = ask.say(t::identity_officers);
  shape.columns = {{"officer", ask.say(t::identity_code), web::Kind::kLink, true},
                   {"name", ask.say(t::identity_name), web::Kind::kText, true},
                   {"role", ask.say(t::identity_role), web::Kind::kTag, true},
                   {"active", ask.say(t::identity_state), web::Kind::kTag, true},
                   {"appointed_at", ask.say(t::identity_appointed), web::Kind::kDate, true}};
  std::vector<web::Row> rows;
  for (const auto& officer : all)
    rows.push_back({{officer.code, {}, ask.at("/office/officers/" + officer.code)},
                    {officer.name.value_or("")},
                    {std::string(role_word(officer.role)), web::pick(role_title(officer.role), ask.request.language)},
                    {officer.active ? "active" : "inactive",
                     officer.active ? ask.say(t::identity_active) : ask.say(t::identity_deactivated),
                     {},
                     officer.active ? web::Tone::kSuccess : web::Tone::kPlain},
                    {text::iso_date(text::jst_date(officer.appointed_at))}});
  return web::arrange(std::move(shape), std::move(query), std::move(rows));
}

std::vector<web::Option> role_options(const Ask& ask) {
  return {{"officer", ask.say(t::identity_planning_officer), ask.say(t::identity_imports_and_signs_off)},
          {"administrator", ask.say(t::identity_administrator), ask.say(t::identity_the_same_and_appoints)}};
}

web::Form appointment_form(const Ask& ask, std::string name, std::string role) {
  web::Form form;
  form.action = ask.at("/office/officers");
  form.csrf = csrf_token(ask.request);
  form.submit = ask.say(t::identity_appoint_and_make_a);
  web::Field who{web::Input::kText, "name", ask.say(t::identity_name), ask.say(t::identity_shown_inside_the_organisation)};
  if (!name.empty()) who.values = {std::move(name)};
  who.autocomplete = "off";
  who.width = 30;
  web::Field what{web::Input::kRadios, "role", ask.say(t::identity_role)};
  what.values = {std::move(role)};
  what.options = role_options(ask);
  form.fields = {std::move(who), std::move(what)};
  return form;
}

Result<http::Response> list_page(const Ask& ask, web::Form form, int status) {
  auto all = TRY(ask.database->read([](db::Reader& reader) { return officers(reader); }));
  auto shape = officers_table(ask, {}, {}).shape;
  auto query = TRY(web::read_query(shape, ask.request.target));
  auto out = page(ask, ask.say(t::identity_officers));
  out.breadcrumbs = {{ask.say(t::identity_office), ask.at("/office")}};
  out.has_errors = web::has_errors(form);
  web::Html main;
  main.markup(web::table(officers_table(ask, all, query), ask.request.target, ask.request.language));
  main.raw("<h2 id=\"appoint\">").text(ask.say(t::identity_appoint)).raw("</h2>").markup(web::form(form, ask.request.language));
  out.main = main.take();
  out.json = out.csv = true;
  out.commands = {{"musubi", "musubi org officers " + ask.organisation}};
  return respond(ask, out, status);
}

Result<http::Response> list(const Ask& ask) { return list_page(ask, appointment_form(ask, "", "officer"), 200); }

Result<web::Table> asked_table(const Ask& ask) {
  auto all = TRY(ask.database->read([](db::Reader& reader) { return officers(reader); }));
  return officers_table(ask, all, TRY(web::read_query(officers_table(ask, {}, {}).shape, ask.request.target)));
}

// The only place where a link's address is shown; it is kept nowhere.
Result<http::Response> link_page(const Ask& ask, const Officer& officer, const std::string& token, int status) {
  auto out = page(ask, ask.say(t::identity_sign_in_link));
  out.target = ask.at("/office/officers");
  out.breadcrumbs = {{ask.say(t::identity_office), ask.at("/office")}, {ask.say(t::identity_officers), ask.at("/office/officers")}};
  out.lead = ask.say(t::identity_this_link_is_shown);
  std::vector<web::SummaryRow> rows = {{ask.say(t::identity_officer_code), web::escaped(officer.code)},
                                       {ask.say(t::identity_name), web::escaped(officer.name.value_or(""))}};
  web::Html main;
  main.markup(web::summary_list(rows, ask.request.language))
      .raw("<p><code>")
      .text(link_address(ask.context.base_url(), ask.organisation, token))
      .raw("</code></p>");
  main.markup(web::paragraph("")).markup(web::link(ask.say(t::identity_back_to_the_officers), ask.at("/office/officers")));
  out.main = main.take();
  return respond(ask, out, status);
}

Result<http::Response> post_appointment(const Ask& ask) {
  auto posted = TRY(ask.request.form());
  std::string name(posted.get("name", "")), word(posted.get("role", "")), who = actor(ask.request);
  Time now = ask.context.clock.now();
  auto role = role_from(word);
  std::string token;
  auto appointed = ask.database->write([&](db::Transaction& tx) -> Result<Officer> {
    auto officer = TRY(appoint(tx, name, role.value_or(Role::kOfficer), who, now));
    token = TRY(make_link(tx, officer.code, now, who));
    return officer;
  });
  if (appointed.ok()) return link_page(ask, *appointed, token, 201);
  if (appointed.error().faults.empty()) return appointed.error();
  auto form = appointment_form(ask, name, role ? word : "officer");
  web::apply_faults(form, appointed.error().faults, ask.request.language);
  return list_page(ask, std::move(form), 422);
}

Result<Officer> officer_in_path(const Ask& ask) {
  const std::string& code = ask.request.parameter("officer");
  auto found = TRY(ask.database->read([&](db::Reader& reader) { return find_officer(reader, code); }));
  if (found) return *found;
  return Error{Code::kNotFound,
               "identity.unknown_officer",
               {"担当者 " + code + " は登録されていません。一覧から選んでください。",
                "There is no officer " + code + ". Choose one from the list."},
               {}};
}

Result<http::Response> show_officer(const Ask& ask) {
  auto officer = TRY(officer_in_path(ask));
  auto out = page(ask, officer.name.value_or(officer.code));
  out.breadcrumbs = {{ask.say(t::identity_office), ask.at("/office")}, {ask.say(t::identity_officers), ask.at("/office/officers")}};
  web::Form change;
  change.action = ask.at("/office/officers/" + officer.code);
  change.csrf = csrf_token(ask.request);
  change.submit = ask.say(t::identity_change);
  web::Field role{web::Input::kRadios, "role", ask.say(t::identity_role)};
  role.values = {std::string(role_word(officer.role))};
  role.options = role_options(ask);
  web::Field state{web::Input::kRadios, "state", ask.say(t::identity_state)};
  state.values = {officer.active ? "active" : "inactive"};
  state.options = {{"active", ask.say(t::identity_active)},
                   {"inactive", ask.say(t::identity_deactivated), ask.say(t::identity_ends_all_their_sessions)}};
  change.fields = {std::move(role), std::move(state)};
  web::Form link;
  link.action = ask.at("/office/officers/" + officer.code + "/link");
  link.csrf = change.csrf;
  link.submit = ask.say(t::identity_make_a_sign_in);
  web::Html main;
  main.markup(web::paragraph(officer.code)).markup(web::form(change, ask.request.language));
  if (officer.active) main.raw("<h2>").text(ask.say(t::identity_link)).raw("</h2>").markup(web::form(link, ask.request.language));
  out.main = main.take();
  return respond(ask, out);
}

Result<http::Response> post_change(const Ask& ask) {
  auto officer = TRY(officer_in_path(ask));
  auto posted = TRY(ask.request.form());
  auto role = role_from(posted.get("role", "")).value_or(officer.role);
  bool active = posted.get("state", officer.active ? "active" : "inactive") == "active";
  std::string who = actor(ask.request);
  TRY(ask.database->write([&](db::Transaction& tx) { return change_officer(tx, officer.code, role, active, who); }));
  return http::redirect(ask.at("/office/officers"));
}

Result<http::Response> post_link(const Ask& ask) {
  auto officer = TRY(officer_in_path(ask));
  Time now = ask.context.clock.now();
  std::string who = actor(ask.request);
  auto token = TRY(ask.database->write([&](db::Transaction& tx) { return make_link(tx, officer.code, now, who); }));
  return link_page(ask, officer, token, 201);
}

}  // namespace

std::vector<http::Route> office_routes(const RouteContext& context) {
  using http::Access;
  using http::Method;
  auto to = [&](Answer answer) { return answers(context, answer); };
  constexpr std::string_view form = "application/x-www-form-urlencoded";
  return {
      {Method::get, "/{org}/office", Access::kSignedIn, to(home), "担当者のページ", "The officer's home"},
      {Method::get, "/{org}/office/officers", Access::kAdministrator, to(list), "担当者の一覧と任命", "Officers, and appointing one"},
      {Method::get,
       "/{org}/office/officers.json",
       Access::kAdministrator,
       to(as_json<asked_table>),
       "担当者の一覧（データ）",
       "Officers as data",
       {{}, {"application/json"}}},
      {Method::get,
       "/{org}/office/officers.csv",
       Access::kAdministrator,
       to(as_csv<asked_table>),
       "担当者の一覧（CSV）",
       "Officers as CSV",
       {{}, {"text/csv"}}},
      {Method::post,
       "/{org}/office/officers",
       Access::kAdministrator,
       to(post_appointment),
       "担当者を任命する",
       "Appoint an officer",
       {{}, {}, form, {}, {}, {}, {201}}},
      {Method::get, "/{org}/office/officers/{officer}", Access::kAdministrator, to(show_officer), "担当者の変更",
       "One officer, and changing them"},
      {Method::post,
       "/{org}/office/officers/{officer}",
       Access::kAdministrator,
       to(post_change),
       "役割と状態を変える",
       "Change role and activity",
       {{}, {}, form}},
      {Method::post,
       "/{org}/office/officers/{officer}/link",
       Access::kAdministrator,
       to(post_link),
       "サインイン用リンクを発行する",
       "Make a one-time link for an officer",
       {{}, {}, form, {}, {}, {}, {201}}},
  };
}

}  // namespace musubi::identity
