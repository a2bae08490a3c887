// Parts of a URL that pages build and read: percent-encoding (RFC 3986) and query strings as forms send them.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace musubi::web {

using Parameters = std::vector<std::pair<std::string, std::string>>;  // decoded, in their order

std::string encode_component(std::string_view text);  // all but unreserved characters
std::string decode_component(std::string_view text);  // + is a space; a broken % stays as it is

// Reads "a=1&b=2", with or without "?" or a path before it; at most 64 parameters, the rest is ignored.
Parameters query_parameters(std::string_view target);
std::string query_string(const Parameters& parameters);  // "?a=1&b=2", "" when there are none

std::string_view path_of(std::string_view target);  // up to "?" or "#"

// `target` with `name` set to `value` (replaced where present, else added); an empty value removes it.
std::string with_parameter(std::string_view target, std::string_view name, std::string_view value);

}  // namespace musubi::web
