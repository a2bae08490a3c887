#include "base/printable.h"

#include <algorithm>

#include "base/encoding.h"

namespace musubi {
namespace {

// Length of the well-formed character at the beginning; 0: there is none.
std::size_t character(std::string_view bytes) {
  for (std::size_t length = 1; length <= std::min<std::size_t>(4, bytes.size()); ++length)
    if (is_utf8(bytes.substr(0, length))) return length;
  return 0;
}

}  // namespace

std::string printable(std::string_view bytes) {
  if (is_utf8(bytes)) return std::string(bytes);
  std::string out;
  while (!bytes.empty()) {
    auto length = character(bytes);
    out += length > 0 ? bytes.substr(0, length) : std::string_view("\xEF\xBF\xBD");
    bytes.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

}  // namespace musubi
