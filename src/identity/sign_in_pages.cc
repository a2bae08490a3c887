// Sign-in by one-time link. Opening a link shows a button only, so that previews of mail and chat programs do not use
// it up; the token stands in no log and, with no referrer, in no other site's.

#include "identity/page_parts.h"
#include "identity/rules.h"

namespace musubi::identity {
namespace {

std::string command(const Ask& ask) { return "musubi org link " + ask.organisation; }

web::Markup how_to(const Ask& ask) {
  web::Html html;
  html.raw("<ol><li>")
      .text(ask.say("管理者に頼む：担当者の一覧から、あなたのためのリンクを発行できます。",
                    "Ask an administrator: they can make a link for you from the list of officers."))
      .raw("</li><li>")
      .text(ask.say("サーバーを操作できる方は、次のコマンドを実行してください：", "If you can reach the server, run: "))
      .raw("<code>").text(command(ask)).raw("</code></li></ol>");
  return html.take();
}

// What the shell must not show on a page whose address is a secret.
web::Page token_page(const Ask& ask, std::string title) {
  auto out = page(ask, std::move(title));
  out.target = ask.at("/sign-in");  // links to other languages must not carry the token
  return out;
}

Result<http::Response> about(const Ask& ask) {
  auto out = page(ask, ask.say("サインイン", "Sign in"));
  out.lead = ask.say("パスワードはありません。24 時間有効で一度だけ使えるリンクでサインインします。",
                     "There is no password. You sign in with a link that works once, within 24 hours.");
  web::Html main;
  if (!ask.context.cards.agent.empty()) {
    out.lead = ask.say("パスワードはありません。住民の方はカードで、職員は一度だけ使えるリンクでサインインします。",
                       "There is no password. Residents sign in with their card, officers with a link that works once.");
    main.raw("<h2>").text(ask.say("住民の方", "Residents")).raw("</h2><p>")
        .markup(web::link(ask.say("カードでサインイン", "Sign in with your card"), ask.at("/sign-in/card"))).raw("</p>");
  }
  main.raw("<h2>").text(ask.context.cards.agent.empty() ? ask.say("リンクを受け取るには", "How to get a link") : ask.say("職員：リンクを受け取るには", "Officers: how to get a link"))
      .raw("</h2>").markup(how_to(ask));
  if (caller(ask.request))
    main.markup(web::notice(ask.say("サインイン済みです", "You are signed in"),
                            web::link(ask.say("担当者のページへ", "Go to your office page"), ask.at("/office")),
                            web::Tone::kInfo));
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
  main.raw("<h2>").text(ask.say("新しいリンクを受け取るには", "How to get a new link")).raw("</h2>").markup(how_to(ask));
  out.main = main.take();
  return respond(ask, out, status);
}

Result<http::Response> useless(const Ask& ask, LinkState state) {
  if (state == LinkState::kUsed)
    return useless(ask, ask.say("使用済みのリンクです", "This link was used already"),
                   ask.say("リンクは一度だけ使えます。心当たりがなければ、管理者に知らせてください。",
                           "A link works once. If it was not you who used it, tell an administrator."), 410);
  if (state == LinkState::kExpired)
    return useless(ask, ask.say("期限切れのリンクです", "This link has expired"),
                   ask.say("リンクの有効期間は 24 時間です。", "A link is good for 24 hours."), 410);
  return useless(ask, ask.say("無効なリンクです", "This link is not known here"),
                 ask.say("リンクの全体を写したか確認してください。", "Check that the whole link was copied."), 404);
}

Result<http::Response> show(const Ask& ask) {
  const std::string& token = ask.request.parameter("token");
  Time now = ask.context.clock.now();
  auto state = TRY(ask.database->read([&](db::Reader& reader) { return link_state(reader, token, now); }));
  if (state != LinkState::kGood) return useless(ask, state);
  auto out = token_page(ask, ask.say("サインイン", "Sign in"));
  out.lead = ask.say("ボタンを押すとサインインします。リンクはその時点で使用済みになります。",
                     "Press the button to sign in. The link is used up then.");
  web::Form form;
  form.action = ask.at("/sign-in/" + token);
  form.submit = ask.say("サインインする", "Sign in");
  out.main = web::form(form, ask.request.language);
  return respond(ask, out);
}

Result<http::Response> use(const Ask& ask) {
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
  html.raw("<section><h2>").text(ask.say("未使用のサインイン用リンク", "Sign-in links not used yet")).raw("</h2>");
  if (links.empty()) html.markup(web::paragraph(ask.say("ありません。", "There are none.")));
  for (const auto& link : links) {
    std::vector<web::SummaryRow> rows = {
        {ask.say("あなたのリンクの番号", "Number among your links"), web::escaped(std::to_string(link.number))},
        {ask.say("発行した者", "Made by"), web::escaped(link.made_by == "operator" ? ask.say("運用者（サーバー上で）", "the operator, on the server") : link.made_by)},
        {ask.say("発行した時刻", "Made"), web::time_element(link.made_at, ask.request.language)},
        {ask.say("期限", "Good until"), web::time_element(link.expires_at, ask.request.language)}};
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
  auto out = page(ask, ask.say("サインインの状況", "Where you are signed in"));
  out.lead = ask.say("覚えのないものがあれば、サインアウトさせて管理者に知らせてください。",
                     "If you do not recognise one, sign it out and tell an administrator.");
  out.breadcrumbs = {{ask.say("担当者のページ", "Office"), ask.at("/office")}};
  web::Html main;
  for (const auto& session : all) {
    bool this_one = session.digest == own.digest;
    std::vector<web::SummaryRow> rows = {
        {ask.say("サインインした時刻", "Signed in"), web::time_element(session.created_at, ask.request.language)},
        {ask.say("最後に使われた時刻", "Last used"), web::time_element(session.last_seen_at, ask.request.language)}};
    main.raw("<section><h2>").text((this_one ? ask.say("このブラウザー", "This browser") : ask.say("別のブラウザー", "Another browser")) +
                                   " " + session.handle().substr(0, 6))
        .raw("</h2>").markup(web::summary_list(rows, ask.request.language))
        .markup(web::form(this_one ? sign_out_form(ask, ask.at("/sign-out"), ask.say("サインアウトする", "Sign out"), "")
                                   : sign_out_form(ask, ask.at("/sessions"), ask.say("このブラウザーをサインアウトさせる", "Sign that browser out"), session.handle()),
                          ask.request.language))
        .raw("</section>");
  }
  main.markup(open_links_section(ask, links));
  main.raw("<section><h2>").text(ask.say("すべて終了する", "End them all")).raw("</h2>")
      .markup(web::form(sign_out_form(ask, ask.at("/sessions"), ask.say("すべてのブラウザーからサインアウトする", "Sign out everywhere"), ""),
                        ask.request.language)).raw("</section>");
  out.main = main.take();
  return respond(ask, out);
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
      {Method::get, "/{org}/sign-in/{token}", Access::kPublic, to(show), "一度だけ使えるリンクの確認", "A one-time link, before it is used"},
      {Method::post, "/{org}/sign-in/{token}", Access::kPublic, to(use), "リンクでサインインする", "Sign in with a one-time link", {{}, {}, form}},
      {Method::get, "/{org}/sessions", Access::kSignedIn, to(show_sessions), "自分のサインインの一覧", "Your own sessions"},
      {Method::post, "/{org}/sessions", Access::kSignedIn, to(end_sessions), "自分のサインインを終える", "End one or all of your sessions", {{}, {}, form}},
      {Method::post, "/{org}/sign-out", Access::kSignedIn, to(leave), "サインアウトする", "Sign out", {{}, {}, form}},
  };
}

}  // namespace musubi::identity
