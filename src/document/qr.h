// QR codes (ISO/IEC 18004) as SVG: one path, black on white with the quiet zone of four modules, no style attributes.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace musubi::document {

inline constexpr std::size_t kQrBytes = 1000;

// `name` is what a screen reader says instead of the picture. Level M: 15 % of the marks may be lost. Errors:
// document.qr_too_long (empty, or more than kQrBytes).
Result<std::string> qr_svg(std::string_view text, std::string_view name);

}  // namespace musubi::document
