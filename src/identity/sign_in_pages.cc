// Sign-in by one-time link. Opening a link shows a button only, so that previews of mail and chat programs do not use
// it up; the token stands in no log and, with no referrer, in no other site's.

#include "identity/page_parts.h"
#include "identity/rules.h"
#include "web/messages/identity.h"

namespace musubi::identity {

namespace t = web::messages;

namespace {

std::string command(const Ask& ask) { return "musubi org link " + ask.organisation; }

web::Markup how_to(const Ask& ask) {
  web::Html html;
  html.raw("<ol><li>")
      .text(ask.say(t::identity_ask_an_administrator_they))
      .raw("</li><li>")
      .text(ask.say(t::identity_if_you_can_reach))
      .raw("<code>")
      .text(command(ask))
      .raw("</code></li></ol>");
  return html.take();
}

// What the shell must not show on a page whose address is a secret.
web::Page token_page(const Ask& ask, std::string title) {
  auto out = page(ask, std::move(title));
  out.target = ask.at("/sign-in");  // links to other languages must not carry the token
  return out;
}

Result<http::Response> about(const Ask& ask) {
  auto out = page(ask, ask.say(t::identity_sign_in));
  out.lead = ask.say(t::identity_there_is_no_password);
  web::Html main;
  if (!ask.context.cards.agent.empty()) {
    out.lead = ask.say(t::identity_there_is_no_password_residents);
    main.raw("<h2>")
        .text(ask.say(t::identity_residents))
        .raw("</h2><p>")
        .markup(web::link(ask.say(t::card_sign_in_title), ask.at("/sign-in/card")))
        .raw("</p>");
  }
  main.raw("<h2>")
      .text(ask.context.cards.agent.empty() ? ask.say(t::identity_how_to_get_a) : ask.say(t::identity_officers_how_to_get))
      .raw("</h2>")
      .markup(how_to(ask));
  if (caller(ask.request))
    main.markup(web::notice(ask.say(t::identity_you_are_signed_in),
                            web::link(ask.say(t::identity_go_to_your_office), ask.at("/office")), web::Tone::kInfo));
  out.main = main.take();
  auto response = respond(ask, out);
  if (auto back = ask.request.query.get("return"); back && is_return_path(*back, ask.organisation))
    response.headers.add("Set-Cookie", return_cookie(ask.organisation, std::string(*back), ask.secure()));
  return response;
}

Result<http::Response> useless(const Ask& ask, std::string title, std::string lead, int status) {
  auto out = token_page(ask, std::move(title));
  out.lead = std::move(lead);
  web::Html main;
  main.raw("<h2>").text(ask.say(t::identity_how_to_get_a_new)).raw("</h2>").markup(how_to(ask));
  out.main = main.take();
  return respond(ask, out, status);
}

Result<http::Response> useless(const Ask& ask, LinkState state) {
  if (state == LinkState::kUsed)
    return useless(ask, ask.say(t::identity_this_link_was_used), ask.say(t::identity_a_link_works_once), 410);
  if (state == LinkState::kExpired)
    return useless(ask, ask.say(t::identity_this_link_has_expired), ask.say(t::identity_a_link_is_good), 410);
  return useless(ask, ask.say(t::identity_this_link_is_not), ask.say(t::identity_check_that_the_whole), 404);
}

Result<http::Response> show(const Ask& ask) {
  const std::string& token = ask.request.parameter("token");
  Time now = ask.context.clock.now();
  auto state = TRY(ask.database->read([&](db::Reader& reader) { return link_state(reader, token, now); }));
  if (state != LinkState::kGood) return useless(ask, state);
  auto out = token_page(ask, ask.say(t::identity_sign_in));
  out.lead = ask.say(t::identity_press_the_button_to);
  web::Form form;
  form.action = ask.at("/sign-in/" + token);
  form.submit = ask.say(t::card_sign_in);
  out.main = web::form(form, ask.request.language);
  return respond(ask, out);
}

// Nobody is signed in, so there is no token to ask for: but a form of another site would sign this browser in as somebody else.
Error other_site() {
  return {Code::kForbidden,
          "identity.csrf",
          {"このサインインは別のサイトから送られました。受け取ったリンクを、このブラウザーで直接開いてください。",
           "This sign-in was sent by another site. Open the link that you were given in this browser yourself."},
          {}};
}

Result<http::Response> use(const Ask& ask) {
  if (ask.request.headers.get("Sec-Fetch-Site") == "cross-site") return other_site();
  const std::string& token = ask.request.parameter("token");
  Time now = ask.context.clock.now();
  auto signed_in = ask.database->write([&](db::Transaction& tx) { return sign_in(tx, token, now); });
  if (!signed_in.ok()) {
    const std::string& name = signed_in.error().name;
    if (name == "identity.link_used") return useless(ask, LinkState::kUsed);
    if (name == "identity.link_expired") return useless(ask, LinkState::kExpired);
    if (name == "identity.link_unknown") return useless(ask, LinkState::kUnknown);
    return signed_in.error();
  }
  if (ask.context.signed_in) ask.context.signed_in(ask.organisation);
  auto response = http::redirect(return_path(ask.request, ask.organisation));
  response.headers.add("Set-Cookie", session_cookie(ask.organisation, signed_in->token, ask.secure()));
  response.headers.add("Set-Cookie", return_cookie(ask.organisation, "", ask.secure()));
  response.cache("no-store").header("Referrer-Policy", "no-referrer");
  return response;
}

Result<http::Response> leave(const Ask& ask) {
  std::string code = actor(ask.request), handle = caller(ask.request)->handle();
  TRY(ask.database->write([&](db::Transaction& tx) { return sign_out(tx, code, handle, code); }));
  auto response = http::redirect(ask.at("/sign-in"));
  response.headers.add("Set-Cookie", session_cookie(ask.organisation, "", ask.secure()));
  response.cache("no-store");
  return response;
}

web::Form sign_out_form(const Ask& ask, std::string action, std::string words, std::string handle) {
  web::Form form;
  form.action = std::move(action);
  form.submit = std::move(words);
  form.csrf = csrf_token(ask.request);
  if (!handle.empty()) form.fields.push_back({web::Input::kHidden, "session", "", "", {std::move(handle)}});
  return form;
}

// A link that somebody else made lets them in under this officer's code: the officer sees who, and may ask.
web::Markup open_links_section(const Ask& ask, const std::vector<OpenLink>& links) {
  web::Html html;
  html.raw("<section><h2>").text(ask.say(t::identity_sign_in_links_not)).raw("</h2>");
  if (links.empty()) html.markup(web::paragraph(ask.say(t::identity_there_are_none)));
  for (const auto& link : links) {
    std::vector<web::SummaryRow> rows = {
        {ask.say(t::identity_number_among_your_links), web::escaped(std::to_string(link.number))},
        {ask.say(t::identity_made_by),
         web::escaped(link.made_by == "operator" ? ask.say(t::identity_the_operator_on_the) : link.made_by)},
        {ask.say(t::identity_made), web::time_element(link.made_at, ask.request.language)},
        {ask.say(t::identity_good_until), web::time_element(link.expires_at, ask.request.language)}};
    html.markup(web::summary_list(rows, ask.request.language));
  }
  return html.raw("</section>").take();
}

Result<http::Response> show_sessions(const Ask& ask) {
  const Session& own = *caller(ask.request);
  Time now = ask.context.clock.now();
  std::vector<OpenLink> links;
  auto all = TRY(ask.database->read([&](db::Reader& reader) -> Result<std::vector<Session>> {
    links = TRY(open_links(reader, own.officer.code, now));
    return sessions_of(reader, own.officer.code, now);
  }));
  auto out = page(ask, ask.say(t::identity_where_you_are_signed_in));
  out.lead = ask.say(t::identity_if_you_do_not);
  out.breadcrumbs = {{ask.say(t::identity_office), ask.at("/office")}};
  web::Html main;
  for (const auto& session : all) {
    bool this_one = session.digest == own.digest;
    std::vector<web::SummaryRow> rows = {
        {ask.say(t::identity_signed_in), web::time_element(session.created_at, ask.request.language)},
        {ask.say(t::identity_last_used), web::time_element(session.last_seen_at, ask.request.language)}};
    main.raw("<section><h2>")
        .text((this_one ? ask.say(t::identity_this_browser) : ask.say(t::identity_another_browser)) + " " +
              session.handle().substr(0, 6))
        .raw("</h2>")
        .markup(web::summary_list(rows, ask.request.language))
        .markup(web::form(this_one
                              ? sign_out_form(ask, ask.at("/sign-out"), ask.say(t::identity_sign_out), "")
                              : sign_out_form(ask, ask.at("/sessions"), ask.say(t::identity_sign_that_browser_out), session.handle()),
                          ask.request.language))
        .raw("</section>");
  }
  main.markup(open_links_section(ask, links));
  main.raw("<section><h2>")
      .text(ask.say(t::identity_end_them_all))
      .raw("</h2>")
      .markup(web::form(sign_out_form(ask, ask.at("/sessions"), ask.say(t::identity_sign_out_everywhere), ""), ask.request.language))
      .raw("</section>");
  out.main = main.take();
  out.json = out.csv = true;
  return respond(ask, out);
}

Result<web::Table> own_sessions(const Ask& ask) {
  const Session& own = *caller(ask.request);
  Time now = ask.context.clock.now();
  return ask.database->read([&](db::Reader& reader) -> Result<web::Table> {
    std::vector<ListedSession> all;
    for (const auto& one : TRY(sessions_of(reader, own.officer.code, now)))
      all.push_back({one.handle(), one.digest == own.digest, one.created_at, one.last_seen_at});
    return sessions_table(ask, all, TRY(open_links(reader, own.officer.code, now)));
  });
}

Result<http::Response> end_sessions(const Ask& ask) {
  std::string code = actor(ask.request);
  auto form = TRY(ask.request.form());
  std::string handle(form.get("session", ""));
  TRY(ask.database->write([&](db::Transaction& tx) { return sign_out(tx, code, handle, code); }));
  bool own = handle.empty() || handle == caller(ask.request)->handle();
  auto response = http::redirect(ask.at(own ? "/sign-in" : "/sessions"));
  if (own) response.headers.add("Set-Cookie", session_cookie(ask.organisation, "", ask.secure()));
  response.cache("no-store");
  return response;
}

}  // namespace

std::vector<http::Route> sign_in_routes(const RouteContext& context) {
  using http::Access;
  using http::Method;
  auto to = [&](Answer answer) { return answers(context, answer); };
  constexpr std::string_view form = "application/x-www-form-urlencoded";
  return {
      {Method::get, "/{org}/sign-in", Access::kPublic, to(about), "サインインの方法", "How to sign in"},
      {Method::get, "/{org}/sign-in/{token}", Access::kPublic, to(show), "一度だけ使えるリンクの確認",
       "A one-time link, before it is used"},
      {Method::post,
       "/{org}/sign-in/{token}",
       Access::kPublic,
       to(use),
       "リンクでサインインする",
       "Sign in with a one-time link",
       {{}, {}, form}},
      {Method::get, "/{org}/sessions", Access::kSignedIn, to(show_sessions), "自分のサインインの一覧", "Your own sessions"},
      {Method::get,
       "/{org}/sessions.json",
       Access::kSignedIn,
       to(as_json<own_sessions>),
       "自分のサインインの一覧（データ）",
       "Your own sessions and open links as data",
       {{}, {"application/json"}}},
      {Method::get,
       "/{org}/sessions.csv",
       Access::kSignedIn,
       to(as_csv<own_sessions>),
       "自分のサインインの一覧（CSV）",
       "Your own sessions and open links as CSV",
       {{}, {"text/csv"}}},
      {Method::post,
       "/{org}/sessions",
       Access::kSignedIn,
       to(end_sessions),
       "自分のサインインを終える",
       "End one or all of your sessions",
       {{}, {}, form}},
      {Method::post, "/{org}/sign-out", Access::kSignedIn, to(leave), "サインアウトする", "Sign out", {{}, {}, form}},
  };
}

}  // namespace musubi::identity
