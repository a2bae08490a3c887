// The officer's home, and the administrator's pages of officers.

#include "identity/page_parts.h"
#include "web/table.h"

namespace musubi::identity {
namespace {

web::Markup rights(const Ask& ask) {
  web::Html html;
  html.raw("<ul>");
  for (const auto& link : ask.context.office)
    html.raw("<li>").markup(web::link(web::pick(link.title, ask.request.language), ask.at(link.href))).raw("</li>");
  html.raw("<li>").markup(web::link(ask.say("サインインの状況と、サインアウト", "Where you are signed in, and signing out"), ask.at("/sessions"))).raw("</li>");
  if (is_administrator(ask.request))
    html.raw("<li>").markup(web::link(ask.say("担当者を任命・変更する", "Appoint and change officers"), ask.at("/office/officers"))).raw("</li>");
  html.raw("</ul>");
  return html.take();
}

Result<http::Response> home(const Ask& ask) {
  const Session& session = *caller(ask.request);
  auto organisation = TRY(ask.database->read([](db::Reader& reader) { return identity::organisation(reader); }));
  auto out = page(ask, ask.say("担当者のページ", "Your office"));
  const auto language = ask.request.language;
  std::vector<web::SummaryRow> who = {
      {ask.say("氏名", "Name"), web::escaped(session.officer.name.value_or(ask.say("（消去済み）", "(erased)")))},
      {ask.say("担当者コード", "Officer code"), web::escaped(session.officer.code)},
      {ask.say("役割", "Role"), web::escaped(web::pick(role_title(session.officer.role), language))},
      {ask.say("組織", "Organisation"), web::escaped(organisation ? web::pick(organisation->title, language) : ask.organisation)},
      {ask.say("サインインした時刻", "Signed in"), web::time_element(session.created_at, language)}};
  web::Html main;
  main.raw("<h2>").text(ask.say("できること", "What you can do")).raw("</h2>").markup(rights(ask));
  main.raw("<h2>").text(ask.say("あなた", "You")).raw("</h2>").markup(web::summary_list(who, language));
  main.markup(web::paragraph(ask.say("公開のログには氏名は現れません。記録に残るのは担当者コードです。",
                                     "Your name never enters the public log. Records bear your officer code.")));
  out.main = main.take();
  return respond(ask, out);
}

web::Table officers_table(const Ask& ask, const std::vector<Officer>& all, web::TableQuery query) {
  web::TableShape shape;
  shape.id = "officers";
  shape.caption = ask.say("担当者", "Officers");
  shape.columns = {{"officer", ask.say("コード", "Code"), web::Kind::kLink, true},
                   {"name", ask.say("氏名", "Name"), web::Kind::kText, true},
                   {"role", ask.say("役割", "Role"), web::Kind::kTag, true},
                   {"active", ask.say("状態", "State"), web::Kind::kTag, true},
                   {"appointed_at", ask.say("任命日", "Appointed"), web::Kind::kDate, true}};
  std::vector<web::Row> rows;
  for (const auto& officer : all)
    rows.push_back({{officer.code, {}, ask.at("/office/officers/" + officer.code)},
                    {officer.name.value_or("")},
                    {std::string(role_word(officer.role)), web::pick(role_title(officer.role), ask.request.language)},
                    {officer.active ? "active" : "inactive", officer.active ? ask.say("在任", "Active") : ask.say("停止", "Deactivated"),
                     {}, officer.active ? web::Tone::kSuccess : web::Tone::kPlain},
                    {officer.appointed_at.rfc3339().substr(0, 10)}});
  return web::arrange(std::move(shape), std::move(query), std::move(rows));
}

std::vector<web::Option> role_options(const Ask& ask) {
  return {{"officer", ask.say("計画担当者", "Planning officer"), ask.say("計画の取り込みと承認", "Imports and signs off plans")},
          {"administrator", ask.say("管理者", "Administrator"), ask.say("上に加えて、担当者の任命", "The same, and appoints officers")}};
}

web::Form appointment_form(const Ask& ask, std::string name, std::string role) {
  web::Form form;
  form.action = ask.at("/office/officers");
  form.csrf = csrf_token(ask.request);
  form.submit = ask.say("任命してリンクを発行する", "Appoint and make a link");
  web::Field who{web::Input::kText, "name", ask.say("氏名", "Name"),
                 ask.say("組織の中だけで表示され、後から消去できます。", "Shown inside the organisation only, and can be erased later.")};
  if (!name.empty()) who.values = {std::move(name)};
  who.autocomplete = "off";
  who.width = 30;
  web::Field what{web::Input::kRadios, "role", ask.say("役割", "Role")};
  what.values = {std::move(role)};
  what.options = role_options(ask);
  form.fields = {std::move(who), std::move(what)};
  return form;
}

Result<http::Response> list_page(const Ask& ask, web::Form form, int status) {
  auto all = TRY(ask.database->read([](db::Reader& reader) { return officers(reader); }));
  auto shape = officers_table(ask, {}, {}).shape;
  auto query = TRY(web::read_query(shape, ask.request.target));
  auto out = page(ask, ask.say("担当者", "Officers"));
  out.breadcrumbs = {{ask.say("担当者のページ", "Office"), ask.at("/office")}};
  out.has_errors = web::has_errors(form);
  web::Html main;
  main.markup(web::table(officers_table(ask, all, query), ask.request.target, ask.request.language));
  main.raw("<h2 id=\"appoint\">").text(ask.say("任命する", "Appoint")).raw("</h2>").markup(web::form(form, ask.request.language));
  out.main = main.take();
  out.json = true;
  out.commands = {{"musubi", "musubi org officers " + ask.organisation}};
  return respond(ask, out, status);
}

Result<http::Response> list(const Ask& ask) { return list_page(ask, appointment_form(ask, "", "officer"), 200); }

Result<http::Response> list_json(const Ask& ask) {
  auto all = TRY(ask.database->read([](db::Reader& reader) { return officers(reader); }));
  auto query = TRY(web::read_query(officers_table(ask, {}, {}).shape, ask.request.target));
  auto response = web::respond_json(officers_table(ask, all, query));
  response.cache("no-store");
  return response;
}

// The only place where a link's address is shown; it is kept nowhere.
Result<http::Response> link_page(const Ask& ask, const Officer& officer, const std::string& token, int status) {
  auto out = page(ask, ask.say("サインイン用リンク", "Sign-in link"));
  out.target = ask.at("/office/officers");
  out.breadcrumbs = {{ask.say("担当者のページ", "Office"), ask.at("/office")}, {ask.say("担当者", "Officers"), ask.at("/office/officers")}};
  out.lead = ask.say("このリンクは今だけ表示されます。本人に安全な方法で渡してください。一度だけ、24 時間以内に使えます。",
                     "This link is shown now and never again. Hand it over safely. It works once, within 24 hours.");
  std::vector<web::SummaryRow> rows = {{ask.say("担当者コード", "Officer code"), web::escaped(officer.code)},
                                       {ask.say("氏名", "Name"), web::escaped(officer.name.value_or(""))}};
  web::Html main;
  main.markup(web::summary_list(rows, ask.request.language)).raw("<p><code>")
      .text(link_address(ask.context.base_url(), ask.organisation, token)).raw("</code></p>");
  main.markup(web::paragraph("")).markup(web::link(ask.say("担当者の一覧に戻る", "Back to the officers"), ask.at("/office/officers")));
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
  return Error{Code::kNotFound, "identity.unknown_officer",
               {"担当者 " + code + " は登録されていません。一覧から選んでください。",
                "There is no officer " + code + ". Choose one from the list."}, {}};
}

Result<http::Response> show_officer(const Ask& ask) {
  auto officer = TRY(officer_in_path(ask));
  auto out = page(ask, officer.name.value_or(officer.code));
  out.breadcrumbs = {{ask.say("担当者のページ", "Office"), ask.at("/office")}, {ask.say("担当者", "Officers"), ask.at("/office/officers")}};
  web::Form change;
  change.action = ask.at("/office/officers/" + officer.code);
  change.csrf = csrf_token(ask.request);
  change.submit = ask.say("変更する", "Change");
  web::Field role{web::Input::kRadios, "role", ask.say("役割", "Role")};
  role.values = {std::string(role_word(officer.role))};
  role.options = role_options(ask);
  web::Field state{web::Input::kRadios, "state", ask.say("状態", "State")};
  state.values = {officer.active ? "active" : "inactive"};
  state.options = {{"active", ask.say("在任", "Active")},
                   {"inactive", ask.say("停止", "Deactivated"), ask.say("すべてのサインインも終了します。", "Ends all their sessions as well.")}};
  change.fields = {std::move(role), std::move(state)};
  web::Form link;
  link.action = ask.at("/office/officers/" + officer.code + "/link");
  link.csrf = change.csrf;
  link.submit = ask.say("サインイン用リンクを発行する", "Make a sign-in link");
  web::Html main;
  main.markup(web::paragraph(officer.code)).markup(web::form(change, ask.request.language));
  if (officer.active)
    main.raw("<h2>").text(ask.say("リンク", "Link")).raw("</h2>").markup(web::form(link, ask.request.language));
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
      {Method::get, "/{org}/office/officers.json", Access::kAdministrator, to(list_json), "担当者の一覧（データ）", "Officers as data", {{}, {"application/json"}}},
      {Method::post, "/{org}/office/officers", Access::kAdministrator, to(post_appointment), "担当者を任命する", "Appoint an officer", {{}, {}, form}},
      {Method::get, "/{org}/office/officers/{officer}", Access::kAdministrator, to(show_officer), "担当者の変更", "One officer, and changing them"},
      {Method::post, "/{org}/office/officers/{officer}", Access::kAdministrator, to(post_change), "役割と状態を変える", "Change role and activity", {{}, {}, form}},
      {Method::post, "/{org}/office/officers/{officer}/link", Access::kAdministrator, to(post_link), "サインイン用リンクを発行する", "Make a one-time link for an officer", {{}, {}, form}},
  };
}

}  // namespace musubi::identity
