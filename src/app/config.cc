#include "app/config.h"

#include <charconv>
#include <cstdlib>

namespace musubi::app {

Result<Listen> parse_listen(std::string_view text) {
  Listen listen;
  auto colon = text.rfind(':');
  std::string_view port = colon == text.npos ? text : text.substr(colon + 1);
  std::string_view host = colon == text.npos ? "" : text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  unsigned number = 0;
  auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (port.empty() || error != std::errc() || end != port.data() + port.size() || number > 65535)
    return Error{Code::kInvalid,
                 "config.listen",
                 {"待ち受け先「" + std::string(text) + "」が読めません。127.0.0.1:8080 のように書いてください。",
                  "The address \"" + std::string(text) + "\" cannot be read. Write it as 127.0.0.1:8080."},
                 {}};
  if (!host.empty()) listen.address = host == "localhost" ? "127.0.0.1" : std::string(host);
  listen.port = std::uint16_t(number);
  return listen;
}

Result<std::string> parse_base_url(std::string_view text) {
  std::string_view url = text;
  while (url.ends_with('/')) url.remove_suffix(1);
  bool scheme = url.starts_with("https://") || url.starts_with("http://");
  std::string_view host = scheme ? url.substr(url.find("//") + 2) : "";
  if (host.empty() || host.find_first_of("/?#@ \"<>") != host.npos)
    return Error{Code::kInvalid,
                 "config.base_url",
                 {"--base-url「" + std::string(text) + "」が読めません。https://musubi.example のように、パスなしで書いてください。",
                  "The base URL \"" + std::string(text) + "\" cannot be read. Write it as https://musubi.example, without a path."},
                 {}};
  return std::string(url);
}

Language terminal_language() {
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"})
    if (const char* value = std::getenv(name); value && *value)
      return std::string_view(value).starts_with("ja") ? Language::ja : Language::en;
  return Language::en;
}

}  // namespace musubi::app
