// Paths of tiles and entry bundles as C2SP tlog-tiles writes them, after `tile/`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace musubi::evidence {

// "0/x001/067.p/12" as in tlog-tiles: level, number, width. `entries` instead of a level gives level -1.
struct TilePath {
  int level = 0;
  std::uint64_t number = 0;
  int width = 256;
};
std::optional<TilePath> parse_tile_path(std::string_view path);
std::string format_tile_path(const TilePath& tile);

}  // namespace musubi::evidence
