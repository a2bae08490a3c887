#include "web/url.h"

#include <algorithm>

namespace musubi::web {
namespace {

constexpr std::size_t kMaxParameters = 64;

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string encode_component(std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (char c : text) {
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
        std::string_view("-._~").find(c) != std::string_view::npos) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    (out += '%') += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

std::string decode_component(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0) {
      out += static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2]));
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::string_view path_of(std::string_view target) { return target.substr(0, target.find_first_of("?#")); }

Parameters query_parameters(std::string_view target) {
  Parameters parameters;
  std::string_view rest = target.substr(0, target.find('#'));
  const auto mark = rest.find('?');
  if (mark != std::string_view::npos)
    rest.remove_prefix(mark + 1);
  else if (rest.find('=') == std::string_view::npos || rest.starts_with('/'))
    return parameters;
  while (!rest.empty() && parameters.size() < kMaxParameters) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    parameters.emplace_back(decode_component(pair.substr(0, equals)),
                            equals == std::string_view::npos ? "" : decode_component(pair.substr(equals + 1)));
  }
  return parameters;
}

std::string query_string(const Parameters& parameters) {
  std::string out;
  for (const auto& [name, value] : parameters)
    out += (out.empty() ? "?" : "&") + encode_component(name) + "=" + encode_component(value);
  return out;
}

std::string with_parameter(std::string_view target, std::string_view name, std::string_view value) {
  Parameters parameters = query_parameters(target);
  const auto same = [&](const auto& pair) { return pair.first == name; };
  const auto at = std::find_if(parameters.begin(), parameters.end(), same);
  if (value.empty())
    std::erase_if(parameters, same);
  else if (at != parameters.end())
    at->second = value;
  else
    parameters.emplace_back(name, value);
  return std::string(path_of(target)) + query_string(parameters);
}

}  // namespace musubi::web
