// Who is calling: the session cookie, the access rules of the route tables, the check against forged posts.
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

// For Router::set_authoriser. Reads the cookie of the organisation in the path; also on public routes, so that pages
// can greet. Signed-in requests that change something must bring the token: form field `csrf` or header X-CSRF-Token.
// Errors: identity.sign_in_needed (401), identity.not_allowed (403), identity.csrf (403), those of the store. Both
// outlive the router.
http::Authoriser authoriser(db::Store& store, Clock& clock);

// The caller's session in the organisation of the path, or nullptr.
const Session* caller(const http::Request& request);
bool is_officer(const http::Request& request);
bool is_administrator(const http::Request& request);
// The officer's code, for records. Only behind an access level above public (CHECK).
std::string actor(const http::Request& request);
// A fresh token for this page's forms; empty when nobody is signed in.
std::string csrf_token(const http::Request& request);

// For the header of pages: "sign in", or the officer's own links.
std::vector<web::Link> account_links(const http::Request& request, const std::string& organisation);

// A browser that must sign in is led there and back: the redirect, or nothing where an error page is right.
std::optional<http::Response> to_sign_in(const Error& error, const http::Request& request);

// Set-Cookie lines. Path=/ORG, HttpOnly, SameSite=Lax; an empty value deletes.
std::string session_cookie(const std::string& organisation, const std::string& token, bool secure);
std::string return_cookie(const std::string& organisation, const std::string& path, bool secure);
// The path that the cookie asks for; the officer's home when there is none or it is not of this organisation.
std::string return_path(const http::Request& request, const std::string& organisation);

}  // namespace musubi::identity
