#include "evidence/merkle.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "evidence/view.h"

namespace musubi::evidence {
namespace {

// The eight leaves of the test tree used by the transparency-log implementations (RFC 6962 style vectors).
std::vector<std::string> leaves() {
  std::vector<std::string> out;
  for (auto hex : {"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"})
    out.push_back(*from_hex(hex));
  return out;
}

NodeSource over(const std::vector<Digest>& hashes) {
  return [&hashes](int height, std::uint64_t index) -> Result<Digest> {
    std::function<Digest(std::uint64_t, std::uint64_t)> whole = [&](std::uint64_t begin, std::uint64_t n) -> Digest {
      if (n == 1) return hashes[begin];
      return node_hash(whole(begin, n / 2), whole(begin + n / 2, n / 2));
    };
    CHECK((index + 1) << height <= hashes.size());
    return whole(index << height, std::uint64_t(1) << height);
  };
}

std::vector<Digest> many(std::size_t n) {
  std::vector<Digest> out;
  for (std::size_t i = 0; i < n; ++i) out.push_back(leaf_hash("leaf " + std::to_string(i)));
  return out;
}

std::string hex(const Digest& digest) { return to_hex(crypto::bytes(digest)); }

TEST(Merkle, RootsOfThePublishedTree) {
  std::vector<Digest> hashes;
  for (auto& leaf : leaves()) hashes.push_back(leaf_hash(leaf));
  const char* roots[] = {"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                         "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                         "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                         "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                         "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                         "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                         "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                         "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                         "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  for (std::size_t n = 0; n <= 8; ++n) EXPECT_EQ(hex(root(n, over(hashes)).value()), roots[n]) << n;
}

TEST(Merkle, EveryInclusionProofHoldsAndNoOther) {
  auto hashes = many(70);
  auto nodes = over(hashes);
  for (std::uint64_t size = 1; size <= hashes.size(); ++size) {
    Digest top = root(size, nodes).value();
    for (std::uint64_t i = 0; i < size; ++i) {
      auto proof = inclusion_proof(i, size, nodes).value();
      ASSERT_TRUE(verify_inclusion(i, size, hashes[i], proof, top)) << i << " of " << size;
      EXPECT_FALSE(verify_inclusion(i, size, hashes[(i + 1) % hashes.size()], proof, top));
      EXPECT_FALSE(verify_inclusion(i + 1, size, hashes[i], proof, top));
      if (!proof.empty()) {
        auto longer = proof, shorter = proof, bent = proof;
        longer.push_back(top);
        shorter.pop_back();
        bent[0][0] ^= 1;
        for (auto& wrong : {longer, shorter, bent}) EXPECT_FALSE(verify_inclusion(i, size, hashes[i], wrong, top));
      }
    }
  }
}

TEST(Merkle, EveryConsistencyProofHoldsAndNoOther) {
  auto hashes = many(40);
  auto nodes = over(hashes);
  for (std::uint64_t to = 0; to <= hashes.size(); ++to)
    for (std::uint64_t from = 0; from <= to; ++from) {
      Digest a = root(from, nodes).value(), b = root(to, nodes).value();
      auto proof = consistency_proof(from, to, nodes).value();
      ASSERT_TRUE(verify_consistency(from, to, a, b, proof)) << from << " " << to;
      Digest other = a;
      other[5] ^= 4;
      EXPECT_FALSE(verify_consistency(from, to, other, b, proof)) << from << " " << to;
      if (proof.empty()) continue;
      auto bent = proof;
      bent.back()[31] ^= 1;
      EXPECT_FALSE(verify_consistency(from, to, a, b, bent));
      bent = proof;
      bent.push_back(a);
      EXPECT_FALSE(verify_consistency(from, to, a, b, bent));
    }
}

TEST(Merkle, TilesKeepCompleteSubtreesAndForgetUndone) {
  auto hashes = many(256);
  auto nodes = over(hashes);
  Tile tile;
  for (auto& hash : hashes) tile.push(hash);
  EXPECT_TRUE(tile.full());
  for (int h = 0; h <= 8; ++h)
    for (std::uint64_t i = 0; i < 256u >> h; ++i) ASSERT_EQ(tile.at(h, i), nodes(h, i).value());
  tile.truncate(37);
  EXPECT_EQ(tile.width(), 37);
  for (std::size_t i = 37; i < 256; ++i) tile.push(hashes[i]);
  EXPECT_EQ(tile.at(8, 0), nodes(8, 0).value());
}

TEST(Merkle, AKeptTileGivesEveryNodeOfTheTile) {
  Tile tile;
  for (int i = 0; i < Tile::kWidth; ++i) tile.push(leaf_hash("leaf " + std::to_string(i)));
  KeptTile kept(KeptTile::encode(tile));
  for (int height = 0; height <= 8; ++height)
    for (std::size_t i = 0; i < std::size_t(Tile::kWidth >> height); ++i)
      EXPECT_EQ(kept.at(height, i), tile.at(height, i)) << height << " " << i;
  EXPECT_EQ(kept.hashes(2), std::string(crypto::bytes(tile.at(0, 0))) + std::string(crypto::bytes(tile.at(0, 1))));
}

TEST(Merkle, PlacesOfNodesInTiles) {
  auto place = place_of(0, 300);
  EXPECT_EQ(place.level, 0);
  EXPECT_EQ(place.number, 1u);
  EXPECT_EQ(place.index, 44u);
  place = place_of(11, 40);  // 2048 leaves each: level 1 tile, height 3
  EXPECT_EQ(place.level, 1);
  EXPECT_EQ(place.height, 3);
  EXPECT_EQ(place.number, 1u);
  EXPECT_EQ(place.index, 8u);
}

}  // namespace
}  // namespace musubi::evidence
