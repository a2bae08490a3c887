// The Merkle tree of RFC 6962 2.1 / RFC 9162 2.1 over SHA-256: hashes, inclusion and consistency proofs. Pure
// functions over a NodeSource, so that the same code runs on the log's memory, on its tables and on fetched tiles.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/hash.h"

namespace musubi::evidence {

using crypto::Digest;

Digest leaf_hash(std::string_view entry);                   // H(0x00 || entry)
Digest node_hash(const Digest& left, const Digest& right);  // H(0x01 || left || right)
Digest empty_root();                                        // H("")

// The hash of the complete subtree of 2^height leaves whose first leaf is index * 2^height.
using NodeSource = std::function<Result<Digest>(int height, std::uint64_t index)>;

Result<Digest> root(std::uint64_t size, const NodeSource& nodes);
// Hashes from the leaf upwards (RFC 9162 2.1.3.1). index < size.
Result<std::vector<Digest>> inclusion_proof(std::uint64_t index, std::uint64_t size, const NodeSource& nodes);
// RFC 9162 2.1.4.1; empty when from is 0 or equal to `to`. from <= to.
Result<std::vector<Digest>> consistency_proof(std::uint64_t from, std::uint64_t to, const NodeSource& nodes);

// RFC 9162 2.1.3.2 and 2.1.4.2.
bool verify_inclusion(std::uint64_t index, std::uint64_t size, const Digest& leaf, const std::vector<Digest>& proof,
                      const Digest& root);
bool verify_consistency(std::uint64_t from, std::uint64_t to, const Digest& from_root, const Digest& to_root,
                        const std::vector<Digest>& proof);

// One tile of 8 levels: up to 256 hashes and the hashes of the complete subtrees above them.
class Tile {
 public:
  static constexpr int kWidth = 256;

  int width() const { return int(rows_[0].size()); }
  bool full() const { return width() == kWidth; }
  void push(const Digest& hash);                      // width() < 256
  const Digest& at(int height, std::size_t i) const;  // height 0..8; the subtree must be complete (CHECK)
  void truncate(int width);                           // forgets what lies beyond: undo of pushes

 private:
  std::vector<Digest> rows_[9];
};

// A full tile as it is kept: its 256 hashes and behind them one over each 16, so that any node of it is at most 15 hashes
// of work away, whatever the size of the log.
class KeptTile {
 public:
  static constexpr std::size_t kHashBytes = 32, kBytes = (Tile::kWidth + Tile::kWidth / 16) * kHashBytes;

  static std::string encode(const Tile& full);  // CHECK: full
  explicit KeptTile(std::string bytes);         // CHECK: kBytes
  Digest at(int height, std::size_t i) const;   // height 0..8
  std::string_view hashes(int width = Tile::kWidth) const {
    return std::string_view(bytes_).substr(0, std::size_t(width) * kHashBytes);
  }

 private:
  std::string bytes_;
};

}  // namespace musubi::evidence
