// The tree as it grows leaf by leaf, keeping only its right edge: for checks that walk a whole log in bounded memory.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "evidence/merkle.h"
#include "evidence/view.h"

namespace musubi::evidence {

class RollingTree {
 public:
  using Place = std::pair<std::int64_t, std::int64_t>;  // level (from 1) and index of a full tile's root

  void push(const Digest& leaf) {
    push_at(0, leaf);
    ++size_;
  }
  std::uint64_t size() const { return size_; }

  Digest root_now() const {
    auto nodes = [this](int height, std::uint64_t index) -> Result<Digest> {
      NodePlace place = place_of(height, index);
      const Edge& edge = edges_[std::size_t(place.level)];
      const Tile& tile = place.number == edge.number ? edge.tile : edge.before;
      return tile.at(place.height, place.index);
    };
    return root(size_, nodes).value();
  }

  // The tiles that filled up since the last call.
  struct Node {
    Digest root;
    std::string tile;  // as KeptTile keeps it
  };
  std::map<Place, Node> take_nodes() { return std::exchange(nodes_, {}); }

  // Hashes of the unfinished tile of a level, from the left; empty when there is none.
  std::string partial(int level) const {
    std::string out;
    if (std::size_t(level) >= edges_.size()) return out;
    const Tile& tile = edges_[std::size_t(level)].tile;
    for (int i = 0; i < tile.width(); ++i) out += crypto::bytes(tile.at(0, std::size_t(i)));
    return out;
  }

 private:
  struct Edge {
    std::uint64_t number = 0;
    Tile tile, before;
  };

  void push_at(std::size_t level, const Digest& hash) {
    if (edges_.size() <= level) edges_.resize(level + 1);
    Edge& edge = edges_[level];
    edge.tile.push(hash);
    if (!edge.tile.full()) return;
    Digest top = edge.tile.at(8, 0);
    nodes_[{std::int64_t(level + 1), std::int64_t(edge.number)}] = {top, KeptTile::encode(edge.tile)};
    edge.before = std::exchange(edge.tile, Tile());
    ++edge.number;
    push_at(level + 1, top);
  }

  std::uint64_t size_ = 0;
  std::vector<Edge> edges_;
  std::map<Place, Node> nodes_;
};

}  // namespace musubi::evidence
