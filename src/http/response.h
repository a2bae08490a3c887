// A response as handlers make it. The server adds Date, Content-Length, security headers, X-Request-Id, compression and
// conditional answers.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/json.h"
#include "http/headers.h"

namespace musubi::http {

struct Response {
  int status = 200;
  Headers headers;
  std::string body;
  std::shared_ptr<const std::string> shared_body;  // when set, sent instead of `body`: cached bytes, never copied
  std::shared_ptr<const std::string> gzip_body;    // the same content, gzip: sent as it is where the client accepts it
  bool compress = true;                            // false: never gzip (a secret beside reflected input, BREACH)

  std::string_view bytes() const { return shared_body ? std::string_view(*shared_body) : std::string_view(body); }

  Response& header(std::string_view name, std::string_view value) {
    headers.set(name, value);
    return *this;
  }
  // Strong validator without quotes, [A-Za-z0-9._:-]. GET and HEAD with If-None-Match are answered 304 by the server.
  Response& etag(std::string_view value);
  Response& etag_of_body();  // FNV-1a 128 over the body: a cache key, not a proof
  Response& cache(std::string_view cache_control) { return header("Cache-Control", cache_control); }
  // HttpOnly, Path=/, SameSite=Lax; `max_age_s` 0 deletes, negative is a session cookie. Name and value are CHECKed to
  // be cookie-octets (RFC 6265 4.1.1). `secure` wherever the public address is https.
  Response& cookie(std::string_view name, std::string_view value, std::int64_t max_age_s, bool secure);
};

inline constexpr std::string_view kHtml = "text/html; charset=utf-8";
inline constexpr std::string_view kText = "text/plain; charset=utf-8";
inline constexpr std::string_view kCsv = "text/csv; charset=utf-8; header=present";
inline constexpr std::string_view kJson = "application/json";
inline constexpr std::string_view kProblem = "application/problem+json";

Response html(std::string body, int status = 200);
Response text(std::string body, int status = 200);
Response json(const json::value& value, int status = 200);
Response json(std::string serialized, int status = 200);
// `filename` without path, shown by the browser; written as RFC 6266 has it. Bytes as given (a BOM is the caller's).
Response csv(std::string body, std::string_view filename = {});
Response bytes(std::string body, std::string_view content_type);
Response shared(std::shared_ptr<const std::string> body, std::string_view content_type);
// 303 See Other by default. `location` is a path on this host or an absolute http(s) address; characters that may not
// stand in a URI are percent-encoded, CR, LF and NUL too, and "//host" becomes "/host".
Response redirect(std::string_view location, int status = 303);
Response not_modified();
Response no_content();

// 32 hex digits of FNV-1a 128.
std::string fnv128(std::string_view bytes);

}  // namespace musubi::http
