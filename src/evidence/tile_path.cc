#include "evidence/tile_path.h"

namespace musubi::evidence {
namespace {

// Decimal without leading zeros, at most `digits` of them.
std::optional<int> number(std::string_view text, std::size_t digits) {
  if (text.empty() || text.size() > digits || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  int value = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

// One group of three digits; all but the last of a number are written with x before them.
std::optional<int> group(std::string_view digits) {
  if (digits.size() != 3) return std::nullopt;
  int value = 0;
  for (char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

}  // namespace

std::optional<TilePath> parse_tile_path(std::string_view path) {
  TilePath tile;
  auto slash = path.find('/');
  if (slash == path.npos) return std::nullopt;
  std::string_view level = path.substr(0, slash);
  path.remove_prefix(slash + 1);
  if (level == "entries") {
    tile.level = -1;
  } else {
    auto value = number(level, 1);
    if (!value || *value > 7) return std::nullopt;
    tile.level = int(*value);
  }
  if (auto partial = path.find(".p/"); partial != path.npos) {
    auto width = number(path.substr(partial + 3), 3);
    if (!width || *width < 1 || *width > 255) return std::nullopt;
    tile.width = int(*width);
    path = path.substr(0, partial);
  }
  bool first = true;
  for (int groups = 0; groups < 5; ++groups, first = false) {
    bool more = path.starts_with('x');
    auto end = path.find('/');
    if (more != (end != path.npos)) return std::nullopt;
    auto value = group(more ? path.substr(1, end - 1) : path);
    if (!value || (first && more && *value == 0)) return std::nullopt;
    tile.number = tile.number * 1000 + std::uint64_t(*value);
    if (!more) return tile;
    path.remove_prefix(end + 1);
  }
  return std::nullopt;
}

std::string format_tile_path(const TilePath& tile) {
  std::string digits;
  std::uint64_t n = tile.number;
  for (bool last = true; last || n > 0; last = false, n /= 1000) {
    std::string three = std::to_string(n % 1000);
    three.insert(0, 3 - three.size(), '0');
    digits = (last ? "" : "x") + three + (last ? "" : "/") + digits;
  }
  std::string out = (tile.level < 0 ? "entries" : std::to_string(tile.level)) + "/" + digits;
  return tile.width < 256 ? out + ".p/" + std::to_string(tile.width) : out;
}

}  // namespace musubi::evidence
