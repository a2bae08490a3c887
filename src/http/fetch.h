// A small blocking client: one GET over plain HTTP/1.1, for commands that look at a server from outside. No TLS, no
// redirects, no compression; behind TLS, use a local end of it (`stunnel`, `ssh -L`).
#pragma once

#include <string>

#include "base/result.h"

namespace musubi::http {

struct Fetched {
  int status = 0;
  std::string body;
};

// Errors: http.fetch_url (not http://host[:port]/...), http.fetch_failed (no connection, time-out of 30 s, an answer that
// cannot be read), http.fetch_too_large.
Result<Fetched> fetch(const std::string& url, std::size_t limit_bytes = 16 << 20);

}  // namespace musubi::http
