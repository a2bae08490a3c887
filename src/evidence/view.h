// The committed tree as readers see it: an immutable snapshot, swapped by the writer after each commit. Private to the
// module.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "evidence/log.h"

namespace musubi::evidence {

// The right edge of the tree on one level of tiles (level 0 = leaves).
struct TileEdge {
  std::uint64_t number = 0;  // of `current`
  std::shared_ptr<Tile> current = std::make_shared<Tile>();
  std::shared_ptr<const Tile> previous;  // the full tile before it, null when number is 0 or it was not seen yet
};

struct Log::View {
  std::uint64_t size = 0;
  std::string note;
  struct Edge {
    std::uint64_t number = 0;
    std::shared_ptr<const Tile> current;
    std::shared_ptr<const Tile> previous;
  };
  std::vector<Edge> edges;

  // The tile if it lies at the right edge, else null.
  std::shared_ptr<const Tile> edge_tile(int level, std::uint64_t number) const {
    if (std::size_t(level) >= edges.size()) return nullptr;
    const Edge& edge = edges[std::size_t(level)];
    if (number == edge.number) return edge.current;
    if (number + 1 == edge.number) return edge.previous;
    return nullptr;
  }
};

// What is to be signed when the commit that led to it is durable.
struct Log::Unsigned final : db::CommitListener::State {
  std::string origin;
  std::shared_ptr<View> view;
  std::vector<std::shared_ptr<crypto::NoteSigner>> signers;
};

// What the writer has in hand: the edge of the tree, and what the open batch adds to it.
struct Log::Pending {
  bool loaded = false;        // false: reload before the next batch (another process wrote, or a batch was rolled back)
  std::uint64_t size = 0;     // committed leaves
  Time last_at;               // of the newest record: time never runs backwards within a log
  bool tree_touched = false;  // `edges` holds leaves of the open batch
  std::vector<TileEdge> edges;
  std::unordered_map<std::string, std::uint64_t> counters;  // newest counter by stream

  // Of the open batch.
  std::vector<Digest> leaves;
  std::vector<std::pair<std::string, std::optional<std::uint64_t>>> counter_undo;
  std::string manifest;  // lines of rows changed since the last append of this closure
  std::string new_origin;
  std::vector<std::shared_ptr<crypto::NoteSigner>> new_signers;
  std::vector<std::string> retired_keys;
  // Where the open closure began.
  std::size_t closure_leaves = 0, closure_undo = 0, closure_new_signers = 0, closure_retired = 0;
  Time closure_last_at, batch_last_at;
  std::string closure_new_origin;
};

// The unfinished tile (level, number) with its `width` hashes, from the records or the roots of the tiles below it; and a
// full one, which is kept as one row. Error: evidence.no_tile when rows are missing.
Result<std::shared_ptr<Tile>> read_tile(db::Reader& reader, int level, std::uint64_t number, int width);
Result<KeptTile> read_full_tile(db::Reader& reader, int level, std::uint64_t number);

// Complete subtrees of the committed tree: from the right edge in memory, else from the tables (each tile read once).
NodeSource nodes_of(std::shared_ptr<const Log::View> view, db::Reader& reader);

Error damaged(Text what);  // evidence.damaged, with what to do

// tiles.number of the node (height, index) and where it stands in that tile.
struct NodePlace {
  int level;
  std::uint64_t number;
  int height;  // within the tile, 0..7
  std::size_t index;
};
NodePlace place_of(int height, std::uint64_t index);

}  // namespace musubi::evidence
