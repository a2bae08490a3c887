// The small grammar that HTTP fields share (RFC 9110 5.6): tokens, lists, parameters. Of this module only.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace musubi::http {

bool is_token(std::string_view text);
std::string_view trim(std::string_view text);  // spaces and tabs

// The elements of a comma-separated list, trimmed, without empty ones; quoted strings stay whole. At most `limit`.
std::vector<std::string_view> list_elements(std::string_view text, char separator = ',', std::size_t limit = 64);

// The value of parameter `name` in "type/subtype; name=value", unquoted; empty when absent.
std::string field_parameter(std::string_view field, std::string_view name);

// "q=0.75" -> 750. Anything malformed counts as 0, so that a broken element is not chosen.
int weight_of(std::string_view element);

// Does an If-None-Match field name this entity tag (weak comparison, RFC 9110 13.1.2)? `tag` with its quotes. A tag
// that this server marked "-gz" for its compressed form counts as the same.
bool matches_etag(std::string_view if_none_match, std::string_view tag);

// Does Accept-Encoding allow gzip (RFC 9110 12.5.3)? An absent field does not.
bool accepts_gzip(std::string_view accept_encoding);

}  // namespace musubi::http
