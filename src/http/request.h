// A request as handlers see it: plain data, decoded and checked once, owned by the connection until it is answered.
#pragma once

#include <any>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/form.h"
#include "http/headers.h"

namespace musubi::http {

enum class Method { get, head, post, put, patch, delete_, options };
std::string_view method_name(Method method);  // "GET"
std::optional<Method> method_from(std::string_view name);

enum class Language { ja, en };
inline std::string_view language_tag(Language language) { return language == Language::ja ? "ja" : "en"; }
inline const std::string& in_language(const Text& text, Language language) { return language == Language::ja ? text.ja : text.en; }

struct Request {
  Method method = Method::get;
  std::string target;                                          // as sent; may hold personal data: never logged
  std::vector<std::string> path;                               // segments, percent-decoded, UTF-8, none empty, "." or ".."
  bool trailing_slash = false;                                 // "/a/" (the router answers 308 to "/a")
  std::map<std::string, std::string, std::less<>> parameters;  // of the route pattern; "{name...}" joined by "/"
  Query query;
  Headers headers;
  Query cookies;
  std::string body;
  std::string id;                    // 26 letters and digits, also in X-Request-Id
  std::string peer;                  // address of the other end, without port: never logged
  Language language = Language::ja;  // ?lang=, then the cookie `lang`, then Accept-Language
  std::any session;                  // set by the Authoriser; only `identity` looks inside

  // A path parameter; the name must stand in the route's pattern (CHECK).
  const std::string& parameter(std::string_view name) const;
  // Path and query as sent, without host: "/a/b?x=1".
  std::string_view path_text() const;  // "/a/b", still percent-encoded

  // True when the path ends in ".json", or Accept ranks application/json (or */*+json) above text/html.
  bool wants_json() const;
  // True when Accept names text/html and does not rank JSON above it, as browsers do.
  bool wants_html() const;

  // The posted form: application/x-www-form-urlencoded or multipart/form-data. Errors: http.form_type (another
  // Content-Type), http.form_malformed, http.form_too_large.
  Result<Form> form() const;
};

// Fills path, trailing_slash and query from `target` (RFC 9112 3.2: origin, absolute and asterisk form), then cookies
// and language from the headers. Errors: http.target_malformed (bad escape, "..", "//", encoded slash, control
// characters, not UTF-8), http.query_malformed, http.query_too_long.
Result<void> parse_target(Request& request);

// "ja" and "en" by the q-values of Accept-Language (RFC 9110 12.5.4); ja when neither is wanted, or both equally and
// ja stands first.
Language accept_language(std::string_view header);

// The weight that an Accept header gives to a media type, 0 to 1000 (RFC 9110 12.5.1); the most specific range counts.
// `named` tells whether a range with that very type was present.
int accept_weight(std::string_view header, std::string_view media_type, bool* named = nullptr);

}  // namespace musubi::http
