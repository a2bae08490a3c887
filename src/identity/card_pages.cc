// Residents at the card: pages and doors of the way described in card_signing.h.

#include "base/encoding.h"
#include "crypto/hash.h"
#include "identity/challenges.h"
#include "identity/page_parts.h"
#include "identity/resident_sessions.h"
#include "identity/rules.h"
#include "web/messages/identity.h"

namespace musubi::identity {

namespace t = web::messages;

namespace {

constexpr std::int64_t kTryCookie_s = 900;

std::string try_name(const Ask& ask) { return "musubi_" + ask.organisation + "_try"; }

std::string try_cookie(const Ask& ask, const std::string& token) {
  std::string line = try_name(ask) + "=" + token + "; Path=/" + ask.organisation +
                     "/card; HttpOnly; SameSite=Lax; Max-Age=" + std::to_string(token.empty() ? 0 : kTryCookie_s);
  return ask.secure() ? line + "; Secure" : line;
}

std::string digest_of(std::string_view token) { return std::string(crypto::bytes(crypto::sha256(token))); }

std::string home_of(const Ask& ask) { return ask.at("/my"); }

// Only these pages may send a form elsewhere, and only to the agent.
http::Response respond_to_agent(const Ask& ask, const web::Page& page) {
  auto response = respond(ask, page);
  response.header(
      "Content-Security-Policy",
      "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
      "form-action 'self' " +
          ask.context.cards.agent + "; frame-ancestors 'none'; base-uri 'none'");
  return response;
}

web::Markup agent_help(const Ask& ask) {
  web::Html html;
  html.raw("<p>").text(ask.say(t::identity_next_comes_the_card)).raw(" <code>musubi card serve</code></p>");
  return html.take();
}

web::Form agent_form(const Ask& ask, const std::string& challenge, std::string submit) {
  web::Form form;
  form.action = ask.context.cards.agent + "/request";
  form.submit = std::move(submit);
  form.fields.push_back({web::Input::kHidden, "challenge", "", "", {challenge}});
  return form;
}

Result<Challenge> new_challenge(const Ask& ask, CardPurpose purpose, std::string handle) {
  auto own = TRY(ask.database->read([](db::Reader& reader) { return organisation(reader); }));
  Challenge out;
  out.organisation = ask.organisation;
  out.title = own ? own->title : Text{ask.organisation, ask.organisation};
  out.purpose = purpose;
  out.handle = std::move(handle);
  out.return_address = ask.context.base_url() + ask.at("/card/return");
  out.expires_at = Time{ask.context.clock.now().us + kChallengeValid_us};
  return out;
}

Error no_cards() {
  return {Code::kNotFound,
          "identity.no_cards",
          {"この組織ではカードを使えません。ポータルからサインインしてください。", "Cards are not used here. Sign in at the portal."},
          {}};
}

Result<std::string> signed_challenge(const Ask& ask, const Challenge& challenge) {
  auto key = TRY(ask.context.cards.challenge_key(ask.organisation));
  return sign_challenge(challenge, *key.signer, key.certificate);
}

// Where after signing in: what the page asked for, if it is a page of this organisation.
std::string wanted(const Ask& ask, std::string_view path) {
  return is_return_path(path, ask.organisation) ? std::string(path) : home_of(ask);
}

Result<http::Response> sign_in_page(const Ask& ask) {
  if (ask.context.cards.agent.empty()) return no_cards();
  auto out = page(ask, ask.say(t::card_sign_in_title));
  out.lead = ask.say(t::identity_have_your_card_ready);
  web::Form form;
  form.action = ask.at("/sign-in/card");
  form.submit = ask.say(t::identity_use_my_card);
  form.fields.push_back({web::Input::kHidden, "return", "", "", {wanted(ask, ask.request.query.get("return", ""))}});
  web::Html main;
  if (resident(ask.request))
    main.markup(web::notice(ask.say(t::identity_you_are_signed_in), web::link(ask.say(t::identity_go_to_your_page), home_of(ask)),
                            web::Tone::kInfo));
  main.markup(web::form(form, ask.request.language)).markup(agent_help(ask));
  main.markup(web::details(ask.say(t::identity_no_card_a_lost), web::paragraph(ask.say(t::identity_at_the_counter_of))));
  out.main = main.take();
  return respond(ask, out);
}

Result<http::Response> begin_sign_in(const Ask& ask) {
  if (ask.context.cards.agent.empty()) return no_cards();
  auto posted = TRY(ask.request.form());
  auto challenge = TRY(new_challenge(ask, CardPurpose::kSignIn, new_handle()));
  std::string jws = TRY(signed_challenge(ask, challenge)), token = to_base64url(crypto::random_bytes(32));
  KeptChallenge kept{challenge.handle,
                     CardPurpose::kSignIn,
                     digest_of(token),
                     challenge_digest(jws),
                     sign_in_content(wanted(ask, posted.get("return", ""))),
                     "open",
                     {},
                     {},
                     challenge.expires_at};
  Time now = ask.context.clock.now();
  TRY(ask.database->write([&](db::Transaction& tx) { return keep_challenge(tx, kept, now); }));
  auto out = page(ask, ask.say(t::identity_go_on_to_your));
  out.target = ask.at("/sign-in/card");
  out.lead = ask.say(t::identity_press_the_button_you);
  web::Html main;
  main.markup(web::form(agent_form(ask, jws, ask.say(t::identity_open_the_cards_page)), ask.request.language)).markup(agent_help(ask));
  out.main = main.take();
  auto response = respond_to_agent(ask, out);
  response.headers.add("Set-Cookie", try_cookie(ask, token));
  return response;
}

// What went wrong at the card, with a way on. Not an error page: the person is in the middle of something.
http::Response refused(const Ask& ask, const Error& error, const std::string& again) {
  auto out = page(ask, ask.say(t::identity_that_did_not_work));
  out.target = ask.at("/sign-in/card");
  web::Html main;
  main.markup(web::notice(web::pick(error.message, ask.request.language), web::link(ask.say(t::identity_start_again), again),
                          web::Tone::kError));
  main.raw("<p>").text(error.name).raw("</p>");
  out.main = main.take();
  return respond(ask, out, http::status_of(error));
}

// The one door for answers. It needs no cookie: browsers send none with a form from another site.
Result<http::Response> take_return(const Ask& ask) {
  if (ask.context.cards.agent.empty()) return no_cards();
  auto posted = TRY(ask.request.form());
  Time now = ask.context.clock.now();
  std::string handle(posted.get("cancelled", "")), code = new_handle();
  auto taken = [&]() -> Result<void> {
    if (!handle.empty()) return ask.database->write([&](db::Transaction& tx) { return take_cancellation(tx, handle, now); });
    std::string jws(posted.get("answer", ""));
    auto issuers = TRY(ask.context.cards.issuers(ask.organisation));
    auto answer = TRY(check_answer(jws, issuers, now));
    handle = TRY(ask.database->write([&](db::Transaction& tx) { return take_answer(tx, answer, jws, code, now); }));
    return {};
  }();
  if (!taken.ok()) return refused(ask, taken.error(), ask.at("/sign-in/card"));
  // Only this browser learns the code: whoever began elsewhere knows the handle, and must get nothing by it.
  auto response = http::redirect(ask.at("/card/" + http::percent_encode(handle) + "?code=" + code));
  response.cache("no-store");
  return response;
}

Error other_browser(const Ask& ask) {
  std::string url = ask.context.base_url();
  return {Code::kForbidden,
          "identity.other_browser",
          {"サインインを始めたのとは別のブラウザーかアドレスです。" + url + " を開き、このブラウザーで最初からやり直してください。",
           "This is not the browser or address that began. Open " + url + " in this browser and start again."},
          {}};
}

Error cancelled_card() {
  return {Code::kConflict, "identity.card_cancelled", {"カードの画面で中止しました。", "You cancelled on the card's page."}, {}};
}

Error not_answered() {
  return {Code::kNotFound,
          "identity.challenge_unknown",
          {"このカードの操作は終わっているか、時間が過ぎています。最初からやり直してください。",
           "This exchange with the card is over, or its time has passed. Start again."},
          {}};
}

// Asks the linker whose card it was. Outside transactions: it may take seconds.
Result<std::string> person_of(const Ask& ask, const KeptChallenge& kept) {
  auto answer = TRY(read_answer(*kept.answer));
  auto status = TRY(ask.context.cards.resolve(ask.organisation, answer.certificate));
  TRY(check_card(status.state));
  return status.code;
}

Result<http::Response> open_session(const Ask& ask, const KeptChallenge& kept) {
  auto token = ask.request.cookies.get(try_name(ask));
  if (!token || !crypto::equal_constant_time(digest_of(*token), kept.session)) return other_browser(ask);
  if (kept.state == "cancelled") return cancelled_card();
  if (kept.state != "answered") return not_answered();
  if (!brought(kept, ask.request.query.get("code", ""))) return other_browser(ask);
  std::string code = TRY(person_of(ask, kept));
  Time now = ask.context.clock.now();
  auto session = TRY(ask.database->write([&](db::Transaction& tx) -> Result<std::string> {
    auto again = TRY(find_challenge(tx, kept.handle));
    if (!again || again->state != "answered") return not_answered();  // two tabs: one opens
    TRY(drop_challenge(tx, kept.handle));
    return open_resident_session(tx, code, now);
  }));
  auto response = http::redirect(sign_in_return(kept));
  response.headers.add("Set-Cookie", resident_cookie(ask.organisation, session, ask.secure()));
  response.headers.add("Set-Cookie", try_cookie(ask, ""));
  response.cache("no-store");
  return response;
}

std::string with_parameter(const std::string& path, const char* name, const std::string& value) {
  return path + (path.find('?') == path.npos ? "?" : "&") + name + "=" + value;
}

Error other_person() {
  return {Code::kForbidden,
          "identity.card_other_person",
          {"サインインしている人のカードではありません。ご自分のカードで署名してください。",
           "This is not the card of the person who is signed in. Sign with your own."},
          {}};
}

Result<http::Response> finish_signing(const Ask& ask, const KeptChallenge& kept) {
  auto* session = resident(ask.request);
  if (!session || session->digest != kept.session) return other_browser(ask);
  auto signing = TRY(signing_of(kept));
  if (kept.state == "cancelled") return http::redirect(with_parameter(signing.return_path, "cancelled", kept.handle));
  if (kept.state != "answered" && kept.state != "signed") return not_answered();
  if (kept.state == "answered") {
    if (!brought(kept, ask.request.query.get("code", ""))) return other_browser(ask);
    if (TRY(person_of(ask, kept)) != session->code) return other_person();
    TRY(ask.database->write([&](db::Transaction& tx) { return set_state(tx, kept.handle, "signed"); }));
  }
  auto response = http::redirect(with_parameter(signing.return_path, "signed", kept.handle));
  response.cache("no-store");
  return response;
}

Result<http::Response> after_return(const Ask& ask) {
  const std::string& handle = ask.request.parameter("handle");
  auto kept = TRY(ask.database->read([&](db::Reader& reader) { return find_challenge(reader, handle); }));
  if (!kept) return refused(ask, not_answered(), ask.at("/sign-in/card"));
  bool signs = kept->purpose == CardPurpose::kSign;
  auto response = signs ? finish_signing(ask, *kept) : open_session(ask, *kept);
  if (response.ok()) return response;
  return refused(ask, response.error(), signs ? signing_path(ask.organisation, handle) : ask.at("/sign-in/card"));
}

Result<http::Response> signing_page(const Ask& ask) {
  if (ask.context.cards.agent.empty()) return no_cards();
  const std::string& handle = ask.request.parameter("handle");
  auto kept = TRY(ask.database->read([&](db::Reader& reader) { return find_challenge(reader, handle); }));
  if (!kept || kept->purpose != CardPurpose::kSign || kept->session != resident(ask.request)->digest) return not_answered();
  auto signing = TRY(signing_of(*kept));
  if (kept->state == "signed") return http::redirect(with_parameter(signing.return_path, "signed", handle));
  auto challenge = TRY(new_challenge(ask, CardPurpose::kSign, handle));
  challenge.what = signing.title;
  challenge.lines = signing.lines;
  challenge.payload = signing.payload;
  std::string jws = shown_challenge(*kept, ask.context.clock.now());
  if (jws.empty()) {
    std::string made = TRY(signed_challenge(ask, challenge));
    TRY(ask.database->write([&](db::Transaction& tx) -> Result<void> {
      auto again = TRY(find_challenge(tx, handle));
      if (!again) return not_answered();
      jws = shown_challenge(*again, ask.context.clock.now());  // another window was first
      if (!jws.empty()) return {};
      jws = made;
      return set_challenge(tx, *again, made, challenge.expires_at);
    }));
  }
  auto out = page(ask, ask.say(t::identity_sign_with_your_card));
  out.lead = ask.say(t::identity_have_your_pin_for);
  web::Html main;
  main.raw("<h2>").text(web::pick(signing.title, ask.request.language)).raw("</h2><ul>");
  for (const auto& line : signing.lines) main.raw("<li>").text(web::pick(line, ask.request.language)).raw("</li>");
  main.raw("</ul>").markup(web::form(agent_form(ask, jws, ask.say(t::identity_sign_on_the_cards)), ask.request.language));
  main.raw("<p>")
      .markup(web::link(ask.say(t::identity_go_back_without_signing), signing.return_path))
      .raw("</p>")
      .markup(agent_help(ask));
  out.main = main.take();
  return respond_to_agent(ask, out);
}

web::Form end_form(const Ask& ask, const char* to, std::string words, std::string handle) {
  web::Form form;
  form.action = ask.at(to);
  form.submit = std::move(words);
  form.csrf = csrf_token(ask.request);
  if (!handle.empty()) form.fields.push_back({web::Input::kHidden, "session", "", "", {std::move(handle)}});
  return form;
}

Result<http::Response> show_sessions(const Ask& ask) {
  const ResidentSession& own = *resident(ask.request);
  const auto language = ask.request.language;
  Time now = ask.context.clock.now();
  auto all = TRY(ask.database->read([&](db::Reader& reader) { return resident_sessions_of(reader, own.code, now); }));
  auto out = page(ask, ask.say(t::identity_where_you_are_signed_in));
  out.lead = ask.say(t::identity_if_you_do_not_recognise);
  web::Html main;
  for (const auto& session : all) {
    bool this_one = session.digest == own.digest;
    std::vector<web::SummaryRow> rows = {{ask.say(t::identity_signed_in), web::time_element(session.created_at, language)},
                                         {ask.say(t::identity_last_used), web::time_element(session.last_seen_at, language)}};
    main.raw("<section><h2>")
        .text((this_one ? ask.say(t::identity_this_browser) : ask.say(t::identity_another_browser)) + " " +
              session.handle().substr(0, 6))
        .raw("</h2>")
        .markup(web::summary_list(rows, language))
        .markup(web::form(this_one ? end_form(ask, "/my/sign-out", ask.say(t::identity_sign_out), "")
                                   : end_form(ask, "/my/sessions", ask.say(t::identity_sign_that_browser_out), session.handle()),
                          language))
        .raw("</section>");
  }
  main.raw("<section><h2>")
      .text(ask.say(t::identity_end_them_all))
      .raw("</h2>")
      .markup(web::form(end_form(ask, "/my/sessions", ask.say(t::identity_sign_out_everywhere), ""), language))
      .raw("</section>");
  out.main = main.take();
  out.json = out.csv = true;
  return respond(ask, out);
}

Result<web::Table> own_sessions(const Ask& ask) {
  const ResidentSession& own = *resident(ask.request);
  std::vector<ListedSession> all;
  for (const auto& one :
       TRY(ask.database->read([&](db::Reader& reader) { return resident_sessions_of(reader, own.code, ask.context.clock.now()); })))
    all.push_back({one.handle(), one.digest == own.digest, one.created_at, one.last_seen_at});
  return sessions_table(ask, all);
}

Result<http::Response> end(const Ask& ask, const std::string& handle) {
  const ResidentSession& own = *resident(ask.request);
  bool this_one = handle.empty() || handle == own.handle();
  TRY(ask.database->write([&](db::Transaction& tx) { return end_resident_sessions(tx, own.code, handle); }));
  auto response = http::redirect(ask.at(this_one ? "/sign-in" : "/my/sessions"));
  if (this_one) response.headers.add("Set-Cookie", resident_cookie(ask.organisation, "", ask.secure()));
  response.cache("no-store");
  return response;
}

Result<http::Response> end_sessions(const Ask& ask) { return end(ask, std::string(TRY(ask.request.form()).get("session", ""))); }
Result<http::Response> leave(const Ask& ask) { return end(ask, resident(ask.request)->handle()); }

}  // namespace

std::vector<http::Route> card_routes(const RouteContext& context) {
  using http::Access;
  using http::Method;
  auto to = [&](Answer answer) { return answers(context, answer); };
  constexpr std::string_view form = "application/x-www-form-urlencoded";
  std::vector<http::Route> routes = {
      {Method::get, "/{org}/sign-in/card", Access::kPublic, to(sign_in_page), "カードでサインイン", "Sign in by card"},
      {Method::post,
       "/{org}/sign-in/card",
       Access::kPublic,
       to(begin_sign_in),
       "カードへの依頼を作る",
       "Make a challenge for the card",
       {{}, {}, form, {}, {}, {}, {200}}},
      {Method::post,
       "/{org}/card/return",
       Access::kPublic,
       to(take_return),
       "カードの応答を受け取る",
       "Take the card's answer",
       {{}, {}, form}},
      {Method::get,
       "/{org}/card/{handle}",
       Access::kPublic,
       to(after_return),
       "カードの操作のあと",
       "After the card has answered",
       {.statuses = {200, 303}}},
      {Method::get,
       "/{org}/card/sign/{handle}",
       Access::kResident,
       to(signing_page),
       "カードで署名する",
       "What is to be signed by card",
       {.statuses = {200, 303}}},
      {Method::get, "/{org}/my/sessions", Access::kResident, to(show_sessions), "自分のサインインの一覧（住民）",
       "A resident's own sessions"},
      {Method::get,
       "/{org}/my/sessions.json",
       Access::kResident,
       to(as_json<own_sessions>),
       "自分のサインインの一覧（住民、データ）",
       "A resident's own sessions as data",
       {{}, {"application/json"}}},
      {Method::get,
       "/{org}/my/sessions.csv",
       Access::kResident,
       to(as_csv<own_sessions>),
       "自分のサインインの一覧（住民、CSV）",
       "A resident's own sessions as CSV",
       {{}, {"text/csv"}}},
      {Method::post,
       "/{org}/my/sessions",
       Access::kResident,
       to(end_sessions),
       "自分のサインインを終える（住民）",
       "End one or all of a resident's sessions",
       {{}, {}, form}},
      {Method::post,
       "/{org}/my/sign-out",
       Access::kResident,
       to(leave),
       "サインアウトする（住民）",
       "Sign out as a resident",
       {{}, {}, form}},
  };
  routes[2].body_limit = 256 << 10;
  return routes;
}

}  // namespace musubi::identity
