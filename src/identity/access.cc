#include "identity/access.h"

#include <memory>

#include "base/encoding.h"
#include "crypto/hash.h"
#include "identity/resident_sessions.h"
#include "identity/rules.h"
#include "web/messages/identity.h"

namespace musubi::identity {

namespace t = web::messages;

namespace {

using http::Access;
using http::Method;

constexpr std::int64_t kTouchEvery_us = 5LL * 60 * 1'000'000;
using SessionPointer = std::shared_ptr<const Session>;
using ResidentPointer = std::shared_ptr<const ResidentSession>;

struct Callers {  // what Request::session holds
  SessionPointer officer;
  ResidentPointer resident;
  bool resident_acts = false;
};

std::string cookie_name(const std::string& organisation) { return "musubi_" + organisation; }
std::string resident_name(const std::string& organisation) { return "musubi_" + organisation + "_card"; }
std::string return_name(const std::string& organisation) { return "musubi_" + organisation + "_return"; }

// The live session of a cookie, found with `find`; now and then its last use is noted with `note`.
template <class T, class Find, class Note>
Result<std::shared_ptr<const T>> session_of(db::Store& store, Clock& clock, const http::Request& request,
                                            const std::string& organisation, const std::string& cookie, Find find, Note note) {
  auto token = request.cookies.get(cookie);
  if (!token || token->size() != 43) return std::shared_ptr<const T>();
  auto database = TRY(store.organisation(organisation));
  Time now = clock.now();
  auto found = TRY(database->read([&](db::Reader& reader) { return find(reader, *token, now); }));
  if (!found) return std::shared_ptr<const T>();
  if (now.us - found->last_seen_at.us > kTouchEvery_us && !database->refusing()) {
    // Only the idle time depends on it: a failure here must not turn anybody away.
    [[maybe_unused]] auto touched = database->write([&](db::Transaction& tx) { return note(tx, *found, now); });
  }
  return std::make_shared<const T>(std::move(*found));
}

Result<SessionPointer> officer_of(db::Store& store, Clock& clock, const http::Request& request, const std::string& organisation) {
  return session_of<Session>(
      store, clock, request, organisation, cookie_name(organisation),
      [](db::Reader& reader, std::string_view token, Time now) { return session(reader, token, now); },
      [](db::Transaction& tx, const Session& session, Time now) { return touch(tx, session, now); });
}

Result<ResidentPointer> resident_of(db::Store& store, Clock& clock, const http::Request& request, const std::string& organisation) {
  return session_of<ResidentSession>(
      store, clock, request, organisation, resident_name(organisation),
      [](db::Reader& reader, std::string_view token, Time now) { return find_resident_session(reader, token, now); },
      [](db::Transaction& tx, const ResidentSession& session, Time now) { return touch_resident_session(tx, session, now); });
}

Error sign_in_needed() {
  return {Code::kUnauthenticated,
          "identity.sign_in_needed",
          {"サインインしてください。管理者にサインイン用リンクを依頼するか、サーバーを止めて musubi org link を実行します。",
           "Please sign in. Ask an administrator for a sign-in link, or stop the server and run `musubi org link`."},
          {}};
}

Error card_needed() {
  return {Code::kUnauthenticated, "identity.card_needed", {"カードでサインインしてください。", "Please sign in with your card."}, {}};
}

Error not_allowed(Access access) {
  bool administrator = access == Access::kAdministrator;
  return {Code::kForbidden,
          "identity.not_allowed",
          {administrator ? "この操作は管理者だけが行えます。管理者に依頼してください。"
                         : "この操作は担当者だけが行えます。管理者に任命を依頼してください。",
           administrator ? "Only an administrator may do this. Ask one."
                         : "Only an officer may do this. Ask an administrator to appoint you."},
          {}};
}

Error forged() {
  return {Code::kForbidden,
          "identity.csrf",
          {"このフォームは古いか、別のサイトから送られました。ページを読み込み直して、もう一度送信してください。",
           "This form is out of date or came from another site. Load the page again and send it once more."},
          {}};
}

bool changes(Method method) { return method != Method::get && method != Method::head && method != Method::options; }

bool is_genuine(const std::string& secret, const http::Request& request) {
  if (auto header = request.headers.get("X-CSRF-Token"); !header.empty()) return csrf_matches(secret, header);
  auto form = request.form();
  return form.ok() && csrf_matches(secret, form->get("csrf", ""));
}

bool may(const Session& session, Access access) {
  return access != Access::kAdministrator || session.officer.role == Role::kAdministrator;
}

bool resident_acts(const http::Request& request) {
  auto* found = std::any_cast<Callers>(&request.session);
  return found && found->resident_acts && found->resident;
}

}  // namespace

http::Authoriser authoriser(db::Store& store, Clock& clock) {
  return [&store, &clock](const http::Route& route, http::Request& request) -> Result<void> {
    auto organisation = request.parameters.find("org");
    bool for_resident = route.access == Access::kResident;
    Callers callers;
    callers.resident_acts = for_resident;
    if (organisation != request.parameters.end()) {
      auto officer = officer_of(store, clock, request, organisation->second);
      auto resident = resident_of(store, clock, request, organisation->second);
      if (officer.ok())
        callers.officer = std::move(*officer);
      else if (route.access != Access::kPublic && !for_resident)
        return officer.error();
      if (resident.ok())
        callers.resident = std::move(*resident);
      else if (for_resident)
        return resident.error();
    }
    request.session = callers;
    if (route.access == Access::kPublic) return {};
    if (for_resident ? !callers.resident : !callers.officer) return for_resident ? card_needed() : sign_in_needed();
    if (!for_resident && !may(*callers.officer, route.access)) return not_allowed(route.access);
    const std::string& secret = for_resident ? callers.resident->csrf : callers.officer->csrf;
    if (changes(request.method) && !is_genuine(secret, request)) return forged();
    return {};
  };
}

std::string ResidentSession::handle() const { return to_hex(digest).substr(0, 16); }

const Session* caller(const http::Request& request) {
  auto* found = std::any_cast<Callers>(&request.session);
  return found ? found->officer.get() : nullptr;
}

const ResidentSession* resident(const http::Request& request) {
  auto* found = std::any_cast<Callers>(&request.session);
  return found ? found->resident.get() : nullptr;
}

bool is_officer(const http::Request& request) { return caller(request) != nullptr; }

bool is_administrator(const http::Request& request) {
  auto* session = caller(request);
  return session && session->officer.role == Role::kAdministrator;
}

std::string actor(const http::Request& request) {
  if (resident_acts(request)) return resident(request)->code;
  CHECK(caller(request));
  return caller(request)->officer.code;
}

std::string csrf_token(const http::Request& request) {
  if (resident_acts(request) || !caller(request)) return resident_csrf_token(request);
  return mask_csrf(caller(request)->csrf, crypto::random_bytes(32));
}

std::string resident_csrf_token(const http::Request& request) {
  auto* session = resident(request);
  return session ? mask_csrf(session->csrf, crypto::random_bytes(32)) : std::string();
}

std::vector<web::Link> account_links(const http::Request& request, const std::string& organisation) {
  const auto l = request.language;
  std::string base = "/" + organisation;
  std::vector<web::Link> links;
  auto add = [&](std::string_view title, const char* path) { links.push_back({std::string(title), base + path}); };
  if (resident(request)) {
    add(t::identity_account_my_page(l), "/my");
    add(t::identity_account_sign_out(l), "/my/sessions");
  }
  if (auto* session = caller(request)) {
    add(session->officer.name.value_or(session->officer.code), "/office");
    add(resident(request) ? t::identity_account_officer_sign_out(l) : t::identity_account_sign_out(l), "/sessions");
  }
  if (links.empty()) add(t::identity_account_sign_in(l), "/sign-in");
  return links;
}

std::optional<http::Response> to_sign_in(const Error& error, const http::Request& request) {
  auto organisation = request.parameters.find("org");
  bool by_card = error.name == "identity.card_needed";
  if ((error.name != "identity.sign_in_needed" && !by_card) || organisation == request.parameters.end()) return std::nullopt;
  std::string to = "/" + organisation->second + (by_card ? "/sign-in/card" : "/sign-in");
  bool goes_back = request.method == Method::get && is_return_path(request.target, organisation->second);
  if (goes_back) to += "?return=" + http::percent_encode(request.target);
  auto response = http::redirect(to);
  response.cache("no-store");
  return response;
}

namespace {

std::string cookie_line(const std::string& name, const std::string& organisation, const std::string& token, bool secure) {
  std::string line = name + "=" + token + "; Path=/" + organisation + "; HttpOnly; SameSite=Lax";
  line += "; Max-Age=" + std::to_string(token.empty() ? 0 : kSessionMost_us / 1'000'000);
  return secure ? line + "; Secure" : line;
}

}  // namespace

std::string session_cookie(const std::string& organisation, const std::string& token, bool secure) {
  return cookie_line(cookie_name(organisation), organisation, token, secure);
}

std::string resident_cookie(const std::string& organisation, const std::string& token, bool secure) {
  return cookie_line(resident_name(organisation), organisation, token, secure);
}

std::string return_cookie(const std::string& organisation, const std::string& path, bool secure) {
  std::string line = return_name(organisation) + "=" + to_base64url(path) + "; Path=/" + organisation +
                     "/sign-in; HttpOnly; SameSite=Lax; Max-Age=" + (path.empty() ? "0" : "1800");
  return secure ? line + "; Secure" : line;
}

std::string return_path(const http::Request& request, const std::string& organisation) {
  std::string home = "/" + organisation + "/office";
  auto cookie = request.cookies.get(return_name(organisation));
  auto path = cookie ? from_base64url(*cookie) : std::nullopt;
  return path && is_return_path(*path, organisation) ? *path : home;
}

}  // namespace musubi::identity
