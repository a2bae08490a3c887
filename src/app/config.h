// What a command is told: by option, else by environment (MUSUBI_DATA, MUSUBI_LISTEN, MUSUBI_BASE_URL, MUSUBI_POSTGRES,
// MUSUBI_CARD_AGENT, MUSUBI_EXCHANGE_LISTEN), else by default. Secrets come from the environment only: arguments can be seen by every user of the machine.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "http/request.h"

namespace musubi::app {

using http::Language;

inline constexpr const char* kVersion = MUSUBI_VERSION;

struct Listen {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8080;
};
// "127.0.0.1:8080", "[::1]:80", ":8080", "8080". Errors: config.listen.
Result<Listen> parse_listen(std::string_view text);

// "https://musubi.example" without a path. Errors: config.base_url.
Result<std::string> parse_base_url(std::string_view text);

struct Config {
  std::string data = "./musubi-data";
  Listen listen;
  std::string base_url;                              // empty: what the server bound
  std::string postgres;                              // empty: SQLite
  std::optional<Listen> exchange_listen;             // TLS for organisations elsewhere; none: nobody from outside
  std::string card_agent = "http://127.0.0.1:8090";  // where residents' browsers find the card agent; empty: no cards
  Language language = Language::en;
};

// Of the terminal: ja when LC_ALL, LC_MESSAGES or LANG (the first that is set) begins with "ja".
Language terminal_language();

}  // namespace musubi::app
