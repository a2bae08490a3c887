#include "identity/card_agent.h"

#include "base/encoding.h"
#include "crypto/hash.h"
#include "identity/card.h"
#include "identity/card_message.h"
#include "web/form.h"
#include "web/messages/identity.h"
#include "web/respond.h"
#include "web/static_files.h"
#include "web/template.h"

namespace musubi::identity {

namespace t = web::messages;

struct AgentAsk {  // one request, taken apart
  const CardAgent& agent;
  http::Request& request;

  const std::string& folder() const { return agent.folder_; }
  Time now() const { return agent.clock_.now(); }
  std::string token(std::string_view challenge) const { return agent.form_token(challenge); }
  std::string say(std::string_view (*message)(web::Language)) const { return std::string(message(request.language)); }
};

namespace {

constexpr std::size_t kBody = 512 << 10;

struct AgentPage {
  std::string title, lead;
  web::Markup main;
  bool has_errors = false;
};

// `away`: the origin that a form of this page goes to.
http::Response respond(const AgentAsk& ask, AgentPage page, int status = 200, const std::string& away = {}) {
  std::string mark = page.has_errors ? ask.say(t::card_errors_mark) : "";
  json::object view{{"language", std::string(web::language_tag(ask.request.language))},
                    {"document_title", mark + page.title + " · " + ask.say(t::card_agent)},
                    {"stylesheet", web::static_path("musubi.css")},
                    {"icon", web::static_path("icon.svg")},
                    {"title", page.title},
                    {"lead", page.lead},
                    {"main", web::trusted(std::move(page.main))}};
  auto response = http::html(web::render("card", ask.request.language, view).html, status);
  response.header("Content-Language", web::language_tag(ask.request.language))
      .cache("no-store")
      .header("Referrer-Policy", "no-referrer");
  response.header("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'" +
                                                 (away.empty() ? std::string() : " " + away) +
                                                 "; frame-ancestors 'none'; base-uri 'none'");
  response.compress = false;
  return response;
}

http::Response refused(const AgentAsk& ask, const Error& error) {
  AgentPage page{ask.say(t::card_refused), "", {}};
  page.main = web::notice(web::pick(error.message, ask.request.language), web::paragraph(error.name), web::Tone::kError);
  return respond(ask, std::move(page), http::status_of(error));
}

// "http://localhost:8080" of the return address; check_challenge has judged its form.
std::string origin_of(const std::string& address) { return address.substr(0, address.find('/', address.find("//") + 2)); }

std::string day_of(Time time, web::Language language) { return web::pick(text::long_date(text::jst_date(time)), language); }

// Before it is used up, so that a reload of the page does no harm.
web::Form back_form(const Challenge& challenge, const char* field, const std::string& value, std::string submit) {
  web::Form form;
  form.action = challenge.return_address;
  form.submit = std::move(submit);
  form.fields.push_back({web::Input::kHidden, field, "", "", {value}});
  return form;
}

web::Form pin_form(const AgentAsk& ask, const Challenge& challenge, const std::string& jws, const std::vector<SoftCard>& cards,
                   std::string chosen) {
  bool signs = challenge.purpose == CardPurpose::kSign;
  web::Form form;
  form.action = "/pin";
  form.submit = (signs ? ask.say(t::card_sign) : ask.say(t::card_sign_in));
  form.fields.push_back({web::Input::kHidden, "challenge", "", "", {jws}});
  form.fields.push_back({web::Input::kHidden, "token", "", "", {ask.token(jws)}});
  web::Field which{web::Input::kRadios, "card", ask.say(t::card_which)};
  for (const auto& card : cards) {
    int left = signs ? card.signing_tries : card.login_tries;
    std::string state = left > 0 ? t::card_tries(ask.request.language, {.left = left}) : ask.say(t::card_is_locked);
    which.options.push_back({card.id, card.label, card.id + " · " + state});
  }
  if (chosen.empty() && cards.size() == 1) chosen = cards[0].id;
  which.values = {std::move(chosen)};
  web::Field pin{web::Input::kPassword, "pin", (signs ? ask.say(t::card_signing_pin) : ask.say(t::card_login_pin)),
                 (signs ? ask.say(t::card_signing_pin_hint) : ask.say(t::card_login_pin_hint))};
  pin.autocomplete = "off";
  pin.width = signs ? 16 : 4;
  form.fields.push_back(std::move(which));
  form.fields.push_back(std::move(pin));
  return form;
}

Result<http::Response> pin_page(const AgentAsk& ask, const Challenge& challenge, const std::vector<SoftCard>& cards, web::Form form,
                                int status) {
  const auto language = ask.request.language;
  bool signs = challenge.purpose == CardPurpose::kSign;
  std::string asks =
      t::card_asks(language, {.address = origin_of(challenge.return_address), .organisation = web::pick(challenge.title, language)});
  AgentPage page{(signs ? ask.say(t::card_sign_title) : ask.say(t::card_sign_in_title)), std::move(asks), {}, web::has_errors(form)};
  web::Html main;
  if (signs) {
    main.raw("<h2>").text(web::pick(challenge.what, language)).raw("</h2><ul>");
    for (const auto& line : challenge.lines) main.raw("<li>").text(web::pick(line, language)).raw("</li>");
    main.raw("</ul>");
  }
  if (cards.empty())
    main.markup(web::notice(ask.say(t::card_none), web::paragraph(ask.folder()), web::Tone::kWarning));
  else
    main.markup(web::form(form, language));
  web::Form back = back_form(challenge, "cancelled", challenge.handle, ask.say(t::card_cancel));
  back.secondary = true;
  main.raw("<h2>").text(ask.say(t::card_not_now)).raw("</h2>").markup(web::form(back, language));
  page.main = main.take();
  return respond(ask, std::move(page), status, origin_of(challenge.return_address));
}

struct Posted {
  std::string jws;
  Challenge challenge;
  std::vector<SoftCard> cards;
};

Result<Posted> take(const AgentAsk& ask, const http::Form& form) {
  std::string jws(form.get("challenge", ""));
  auto roots = TRY(trusted_roots(ask.folder()));
  auto challenge = TRY(check_challenge(jws, roots, ask.now()));
  return Posted{std::move(jws), std::move(challenge), TRY(cards_in(ask.folder()))};
}

Result<http::Response> take_request(const AgentAsk& ask) {
  auto posted = TRY(take(ask, TRY(ask.request.form())));
  return pin_page(ask, posted.challenge, posted.cards, pin_form(ask, posted.challenge, posted.jws, posted.cards, ""), 200);
}

Error foreign_form() {
  return {Code::kForbidden,
          "card.foreign_form",
          {"この入力は、カードの画面から送られたものではありません。元のページからやり直してください。",
           "This did not come from the card's own page. Start again from the page that sent you here."},
          {}};
}

Result<std::string> answer_of(const AgentAsk& ask, const Posted& posted, const SoftCard& card, std::string_view pin) {
  bool signs = posted.challenge.purpose == CardPurpose::kSign;
  auto key = TRY(open_card(card.path, signs ? CardKey::kSigning : CardKey::kLogin, pin));
  return sign_answer(posted.challenge, posted.jws, *key, signs ? card.signing : card.login, ask.now());
}

Result<http::Response> take_pin(const AgentAsk& ask) {
  auto form = TRY(ask.request.form());
  auto posted = TRY(take(ask, form));
  if (!crypto::equal_constant_time(form.get("token", ""), ask.token(posted.jws))) return foreign_form();
  std::string chosen(form.get("card", "")), pin(form.get("pin", ""));
  const SoftCard* card = nullptr;
  for (const auto& each : posted.cards)
    if (each.id == chosen) card = &each;
  std::vector<Fault> faults;
  if (!card) faults.push_back({"card", t::card_choose()});
  if (pin.empty())
    faults.push_back({"pin", t::card_enter_pin()});
  else  // what cannot be a PIN is a slip of the finger and costs no try
    for (auto& fault : check_pins(posted.challenge.purpose == CardPurpose::kSign ? Pins{"0000", pin} : Pins{pin, "000000"}))
      faults.push_back({"pin", std::move(fault.message)});
  if (faults.empty()) {
    auto answer = answer_of(ask, posted, *card, pin);
    if (answer.ok()) {
      AgentPage page{
          ask.say(t::card_done),
          t::card_done_lead(ask.request.language, {.organisation = web::pick(posted.challenge.title, ask.request.language)}),
          {}};
      page.main = web::form(back_form(posted.challenge, "answer", *answer, ask.say(t::card_go_back)), ask.request.language);
      return respond(ask, std::move(page), 200, origin_of(posted.challenge.return_address));
    }
    faults.push_back({"pin", answer.error().message});
    posted.cards = TRY(cards_in(ask.folder()));  // the counter has moved
  }
  auto again = pin_form(ask, posted.challenge, posted.jws, posted.cards, chosen);
  web::apply_faults(again, faults, ask.request.language);
  return pin_page(ask, posted.challenge, posted.cards, std::move(again), 422);
}

Result<http::Response> list(const AgentAsk& ask) {
  const auto language = ask.request.language;
  AgentPage page{ask.say(t::card_list), ask.say(t::card_list_lead), {}};
  auto cards = TRY(cards_in(ask.folder()));
  web::Html main;
  if (cards.empty()) main.markup(web::notice(ask.say(t::card_none), web::paragraph(ask.folder()), web::Tone::kWarning));
  for (const auto& card : cards) {
    auto tries = [&](int left) {
      return left > 0 ? web::escaped(t::card_tries(language, {.left = left}))
                      : web::tag(ask.say(t::card_is_locked), web::Tone::kError);
    };
    std::vector<web::SummaryRow> rows = {{ask.say(t::card_number), web::escaped(card.id)},
                                         {ask.say(t::card_expires), web::escaped(day_of(card.login.not_after(), language))},
                                         {ask.say(t::card_login_pin), tries(card.login_tries)},
                                         {ask.say(t::card_signing_pin), tries(card.signing_tries)}};
    main.raw("<section><h2>").text(card.label).raw("</h2>").markup(web::summary_list(rows, language)).raw("</section>");
  }
  main.markup(web::details(ask.say(t::card_locked_help), web::paragraph(ask.say(t::card_locked_help_text))));
  page.main = main.take();
  return respond(ask, std::move(page));
}

Result<http::Response> file(const AgentAsk& ask) { return web::respond_static(ask.request); }

// A site whose name was made to point at this machine sends its own name as Host (DNS rebinding).
bool is_for_us(const http::Request& request) {
  auto host = request.headers.get("Host");
  auto name = host.substr(0, host.starts_with('[') ? host.find(']') + 1 : host.find(':'));
  return name == "127.0.0.1" || name == "localhost" || name == "[::1]";
}

}  // namespace

std::string CardAgent::form_token(std::string_view challenge) const {
  return to_base64url(crypto::bytes(crypto::hmac_sha256(secret_, challenge)));
}

http::Handler CardAgent::answers(Result<http::Response> (*answer)(const AgentAsk&)) {
  return [this, answer](http::Request& request) -> Result<http::Response> {
    AgentAsk ask{*this, request};
    if (!is_for_us(request)) return refused(ask, foreign_form());
    auto response = answer(ask);
    return response.ok() ? std::move(response) : Result<http::Response>(refused(ask, response.error()));
  };
}

CardAgent::CardAgent(std::string folder, Clock& clock) : folder_(std::move(folder)), clock_(clock), secret_(crypto::random_bytes(32)) {
  using http::Access;
  using http::Method;
  constexpr std::string_view form = "application/x-www-form-urlencoded";
  router_.add({Method::get, "/", Access::kPublic, answers(list), "カードの一覧", "The cards"});
  router_.add({Method::post,
               "/request",
               Access::kPublic,
               answers(take_request),
               "カードへの依頼",
               "A challenge to the card",
               {{}, {}, form},
               false,
               kBody});
  router_.add({Method::post, "/pin", Access::kPublic, answers(take_pin), "暗証番号の確認", "The PIN", {{}, {}, form}, false, kBody});
  router_.add({Method::get, "/static/{file}", Access::kPublic, answers(file), "画面が使うファイル", "Files that pages use"});
}

}  // namespace musubi::identity
