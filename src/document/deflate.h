// Bytes made smaller for keeping, and back: the zlib format (RFC 1950). Pure functions.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace musubi::document {

std::string deflated(std::string_view bytes);
// Nothing where these are no such bytes, or more than `at_most` come out of them.
std::optional<std::string> inflated(std::string_view bytes, std::size_t at_most);

}  // namespace musubi::document
