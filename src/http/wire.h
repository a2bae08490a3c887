// HTTP/1.1 messages of known length as bytes (RFC 9112), for the exchange listener and its client: one head, then a body of
// Content-Length. Strict: no transfer codings, no obsolete folding, no bare line feeds, one Content-Length. Private to the module.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/headers.h"

namespace musubi::http::wire {

inline constexpr std::size_t kHeadLimit = 32 << 10;
inline constexpr std::size_t kFieldsAtMost = 100;

struct Head {
  std::string method, target;  // of a request
  int status = 0;              // of an answer
  Headers headers;
  std::size_t length = 0;  // of the body
  bool keep_alive = true;
};

// Where the head ends, with its empty line; nothing while it is incomplete.
std::optional<std::size_t> head_size(std::string_view bytes);
// `bytes`: the head with its empty line. Nothing when it is not well-formed.
std::optional<Head> parse_request(std::string_view bytes);
std::optional<Head> parse_answer(std::string_view bytes);

// Head and body. Content-Length and Connection are set here.
std::string write_request(std::string_view method, std::string_view target, std::string_view host, const Headers& headers,
                          std::string_view body);
std::string write_answer(int status, const Headers& headers, std::string_view body, bool close);

}  // namespace musubi::http::wire
