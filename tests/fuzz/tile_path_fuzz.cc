// Tile paths (C2SP tlog-tiles) from a URL: read strictly, and written back the same.
// sources: src/evidence/tile_path.cc src/base/check.cc
#include "base/check.h"
#include "evidence/tile_path.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace musubi;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto tile = evidence::parse_tile_path(text);
  if (tile) CHECK(evidence::format_tile_path(*tile) == text);
  return 0;
}
