#include "identity/access.h"

#include <memory>

#include "base/encoding.h"
#include "crypto/hash.h"
#include "identity/rules.h"

namespace musubi::identity {
namespace {

using http::Access;
using http::Method;

constexpr std::int64_t kTouchEvery_us = 5LL * 60 * 1'000'000;
using SessionPointer = std::shared_ptr<const Session>;

std::string cookie_name(const std::string& organisation) { return "musubi_" + organisation; }
std::string return_name(const std::string& organisation) { return "musubi_" + organisation + "_return"; }

Result<SessionPointer> session_of(db::Store& store, Clock& clock, const http::Request& request,
                                  const std::string& organisation) {
  auto token = request.cookies.get(cookie_name(organisation));
  if (!token || token->size() != 43) return SessionPointer();
  auto database = TRY(store.organisation(organisation));
  Time now = clock.now();
  auto found = TRY(database->read([&](db::Reader& reader) { return session(reader, *token, now); }));
  if (!found) return SessionPointer();
  if (now.us - found->last_seen_at.us > kTouchEvery_us && !database->refusing()) {
    // Only the idle time depends on it: a failure here must not turn anybody away.
    [[maybe_unused]] auto touched = database->write([&](db::Transaction& tx) { return touch(tx, *found, now); });
  }
  return std::make_shared<const Session>(std::move(*found));
}

Error sign_in_needed() {
  return {Code::kUnauthenticated, "identity.sign_in_needed",
          {"サインインしてください。管理者にサインイン用リンクを依頼するか、サーバーで musubi org link を実行します。",
           "Please sign in. Ask an administrator for a sign-in link, or run `musubi org link` on the server."}, {}};
}

Error not_allowed(Access access) {
  bool administrator = access == Access::kAdministrator;
  return {Code::kForbidden, "identity.not_allowed",
          {administrator ? "この操作は管理者だけが行えます。管理者に依頼してください。"
                         : "この操作は担当者だけが行えます。管理者に任命を依頼してください。",
           administrator ? "Only an administrator may do this. Ask one." : "Only an officer may do this. Ask an administrator to appoint you."},
          {}};
}

Error forged() {
  return {Code::kForbidden, "identity.csrf",
          {"このフォームは古いか、別のサイトから送られました。ページを読み込み直して、もう一度送信してください。",
           "This form is out of date or came from another site. Load the page again and send it once more."}, {}};
}

bool changes(Method method) {
  return method != Method::get && method != Method::head && method != Method::options;
}

bool is_genuine(const Session& session, const http::Request& request) {
  if (auto header = request.headers.get("X-CSRF-Token"); !header.empty()) return csrf_matches(session.csrf, header);
  auto form = request.form();
  return form.ok() && csrf_matches(session.csrf, form->get("csrf", ""));
}

bool may(const Session& session, Access access) {
  return access != Access::kAdministrator || session.officer.role == Role::kAdministrator;
}

}  // namespace

http::Authoriser authoriser(db::Store& store, Clock& clock) {
  return [&store, &clock](const http::Route& route, http::Request& request) -> Result<void> {
    auto organisation = request.parameters.find("org");
    SessionPointer found;
    if (organisation != request.parameters.end()) {
      auto session = session_of(store, clock, request, organisation->second);
      if (session.ok()) found = std::move(*session);
      else if (route.access != Access::kPublic) return session.error();
    }
    if (found) request.session = found;
    if (route.access == Access::kPublic) return {};
    if (!found) return sign_in_needed();
    if (!may(*found, route.access)) return not_allowed(route.access);
    if (changes(request.method) && !is_genuine(*found, request)) return forged();
    return {};
  };
}

const Session* caller(const http::Request& request) {
  auto* found = std::any_cast<SessionPointer>(&request.session);
  return found ? found->get() : nullptr;
}

bool is_officer(const http::Request& request) { return caller(request) != nullptr; }

bool is_administrator(const http::Request& request) {
  auto* session = caller(request);
  return session && session->officer.role == Role::kAdministrator;
}

std::string actor(const http::Request& request) {
  CHECK(caller(request));
  return caller(request)->officer.code;
}

std::string csrf_token(const http::Request& request) {
  auto* session = caller(request);
  return session ? mask_csrf(session->csrf, crypto::random_bytes(32)) : std::string();
}

std::vector<web::Link> account_links(const http::Request& request, const std::string& organisation) {
  bool ja = request.language == http::Language::ja;
  auto* session = caller(request);
  if (!session) return {{ja ? "担当者サインイン" : "Officers: sign in", "/" + organisation + "/sign-in"}};
  return {{session->officer.name.value_or(session->officer.code), "/" + organisation + "/office"},
          {ja ? "サインアウト" : "Sign out", "/" + organisation + "/sessions"}};
}

std::optional<http::Response> to_sign_in(const Error& error, const http::Request& request) {
  auto organisation = request.parameters.find("org");
  if (error.name != "identity.sign_in_needed" || organisation == request.parameters.end()) return std::nullopt;
  std::string to = "/" + organisation->second + "/sign-in";
  bool goes_back = request.method == Method::get && is_return_path(request.target, organisation->second);
  if (goes_back) to += "?return=" + http::percent_encode(request.target);
  auto response = http::redirect(to);
  response.cache("no-store");
  return response;
}

std::string session_cookie(const std::string& organisation, const std::string& token, bool secure) {
  std::string line = cookie_name(organisation) + "=" + token + "; Path=/" + organisation + "; HttpOnly; SameSite=Lax";
  line += "; Max-Age=" + std::to_string(token.empty() ? 0 : kSessionMost_us / 1'000'000);
  return secure ? line + "; Secure" : line;
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
