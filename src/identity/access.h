// Who is calling: the session cookies of officers and of residents, the access rules of the route tables, the check
// against forged posts. One browser may hold both cookies; on a route for residents the resident acts, elsewhere the
// officer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "db/store.h"
#include "http/router.h"
#include "identity/identity.h"
#include "web/page.h"

namespace musubi::identity {

// A resident who signed in by card. The code is all that the session knows of them.
struct ResidentSession {
  std::string digest;  // SHA-256 of the cookie's token
  std::string code;    // own person code in this organisation
  Time created_at;
  Time last_seen_at;
  std::string csrf;  // secret, 32 bytes

  std::string handle() const;  // 16 hex digits, for pages
};

// For Router::set_authoriser. Reads the cookie of the organisation in the path; also on public routes, so that pages
// can greet. Signed-in requests that change something must bring the token: form field `csrf` or header X-CSRF-Token.
// Errors: identity.sign_in_needed, identity.card_needed (401), identity.not_allowed (403), identity.csrf (403), those of
// the store. Both outlive the router.
http::Authoriser authoriser(db::Store& store, Clock& clock);

// The caller's session in the organisation of the path, or nullptr.
const Session* caller(const http::Request& request);
// The same of a resident; never nullptr behind Access::kResident.
const ResidentSession* resident(const http::Request& request);
bool is_officer(const http::Request& request);
bool is_administrator(const http::Request& request);
// The code of who acts, for records: the resident's behind Access::kResident, else the officer's. Only behind an access
// level above public (CHECK).
std::string actor(const http::Request& request);
// A fresh token for this page's forms, of who acts; empty when nobody is signed in.
std::string csrf_token(const http::Request& request);
// For a form on a public page that posts to a route for residents.
std::string resident_csrf_token(const http::Request& request);

// For the header of pages: "sign in", or the officer's own links.
std::vector<web::Link> account_links(const http::Request& request, const std::string& organisation);

// A browser that must sign in is led there and back: the redirect, or nothing where an error page is right.
std::optional<http::Response> to_sign_in(const Error& error, const http::Request& request);

// Set-Cookie lines; the resident's is `musubi_ORG_card`. Path=/ORG, HttpOnly, SameSite=Lax; an empty value deletes.
std::string session_cookie(const std::string& organisation, const std::string& token, bool secure);
std::string resident_cookie(const std::string& organisation, const std::string& token, bool secure);
std::string return_cookie(const std::string& organisation, const std::string& path, bool secure);
// The path that the cookie asks for; the officer's home when there is none or it is not of this organisation.
std::string return_path(const http::Request& request, const std::string& organisation);

}  // namespace musubi::identity
