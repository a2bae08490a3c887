// What a box of a drawing says, parted into at most two lines.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace musubi::text {

// `width_at_most`: of a line, in Latin letters; a Japanese one takes the room of two. Parted at a space where there is one, else
// anywhere, as Japanese is, into two lines of about one length. What does not fit ends with "…". `text` is valid UTF-8.
std::vector<std::string> two_lines(std::string_view text, std::size_t width_at_most);

}  // namespace musubi::text
