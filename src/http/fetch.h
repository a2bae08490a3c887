// A small blocking client: one request over plain HTTP/1.1, for commands that look at a server from outside. No TLS, no
// redirects, no compression; behind TLS, use a local end of it (`stunnel`, `ssh -L`).
#pragma once

#include <string>

#include "base/result.h"
#include "http/headers.h"

namespace musubi::http {

struct FetchRequest {
  std::string url;
  std::string method = "GET";
  Headers headers = {};  // besides Host, User-Agent, Connection and Content-Length
  std::string body = {};
};

struct Fetched {
  int status = 0;
  Headers headers;
  std::string body;
};

// Whether fetch could ask there. Errors: http.fetch_url.
Result<void> check_url(const std::string& url);

// Errors: http.fetch_url (not http://host[:port]/...), http.fetch_failed (no connection, time-out of 30 s, an answer that
// cannot be read), http.fetch_too_large.
Result<Fetched> fetch(const FetchRequest& request, std::size_t limit_bytes = 16 << 20);
inline Result<Fetched> fetch(const std::string& url, std::size_t limit_bytes = 16 << 20) {
  return fetch(FetchRequest{url}, limit_bytes);
}

}  // namespace musubi::http
