#include "kpi/log_root.h"

#include <algorithm>
#include <vector>

#include "evidence/log.h"

namespace musubi::kpi {
namespace {

constexpr int kTileHeight = 8;

crypto::Digest digest_at(const std::string& hashes, std::size_t i) {
  crypto::Digest out;
  std::copy_n(hashes.begin() + std::ptrdiff_t(i * out.size()), out.size(), out.begin());
  return out;
}

// A complete subtree out of the tile in which it lies, as any reader of the tiles would have it.
Result<crypto::Digest> node(evidence::Log& log, int height, std::uint64_t index) {
  const int level = height / kTileHeight, within = height % kTileHeight;
  const std::uint64_t first = index << within;
  const auto width = std::size_t(first % evidence::Tile::kWidth) + (std::size_t(1) << within);
  std::string hashes = TRY(log.tile(level, first / evidence::Tile::kWidth, int(width)));
  std::vector<crypto::Digest> row;
  for (std::size_t i = first % evidence::Tile::kWidth; i < width; ++i) row.push_back(digest_at(hashes, i));
  for (; row.size() > 1; row.resize(row.size() / 2))
    for (std::size_t i = 0; i < row.size() / 2; ++i) row[i] = evidence::node_hash(row[2 * i], row[2 * i + 1]);
  return row[0];
}

}  // namespace

Result<std::optional<crypto::Digest>> root_at(db::Database& database, std::uint64_t size) {
  evidence::Log& log = evidence::Log::of(database);
  if (size > log.size()) return std::optional<crypto::Digest>();
  auto found = TRY(evidence::root(size, [&](int height, std::uint64_t index) { return node(log, height, index); }));
  return std::optional(found);
}

}  // namespace musubi::kpi
