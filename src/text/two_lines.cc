#include "text/two_lines.h"

namespace musubi::text {
namespace {

std::size_t bytes_of(unsigned char first) { return first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4; }

std::size_t width_of(std::string_view text) {
  std::size_t out = 0;
  for (unsigned char byte : text) out += (byte & 0xC0) == 0x80 ? 0 : byte < 0xE0 ? 1 : 2;
  return out;
}

void cut(std::string& line) {
  while (!line.empty() && (static_cast<unsigned char>(line.back()) & 0xC0) == 0x80) line.pop_back();
  if (!line.empty()) line.pop_back();
  line += "…";
}

}  // namespace

std::vector<std::string> two_lines(std::string_view text, std::size_t width_at_most) {
  while (text.ends_with(' ')) text.remove_suffix(1);
  const std::size_t all = width_of(text);
  const bool halves = all > width_at_most && all <= 2 * width_at_most && text.find(' ') == text.npos;
  const std::size_t first_at_most = halves ? (all + 3) / 4 * 2 : width_at_most;
  std::vector<std::string> lines(1);
  std::size_t width = 0, behind_space = 0;  // of the line that is being filled
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view point = text.substr(at, bytes_of(static_cast<unsigned char>(text[at])));
    if (width + width_of(point) > (lines.size() == 1 ? first_at_most : width_at_most)) {
      if (lines.size() == 2) {
        cut(lines.back());
        return lines;
      }
      std::string word =
          behind_space > 0 && point.size() == 1 && point != " " ? lines.back().substr(behind_space) : "";  // goes on in the next line
      lines.back().resize(lines.back().size() - word.size());
      width = width_of(word);
      lines.push_back(std::move(word));
      behind_space = 0;
    }
    at += point.size();
    if (point == " " && lines.back().empty()) continue;
    lines.back() += point;
    width += width_of(point);
    if (point == " ") behind_space = lines.back().size();
  }
  return lines;
}

}  // namespace musubi::text
