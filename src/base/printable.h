// Text on its way out that may hold bytes of a damaged file: what is no UTF-8 is replaced, so that terminals and JSON readers can take it.
#pragma once

#include <string>
#include <string_view>

namespace musubi {

// Each byte that belongs to no well-formed character (RFC 3629) becomes U+FFFD; everything else stays.
std::string printable(std::string_view bytes);

}  // namespace musubi
