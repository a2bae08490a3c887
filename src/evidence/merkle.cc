#include "evidence/merkle.h"

#include <bit>
#include <cstring>

#include "base/check.h"

namespace musubi::evidence {
namespace {

std::uint64_t largest_power_below(std::uint64_t n) { return std::bit_floor(n - 1); }  // n >= 2

// Root of the leaves [begin, end), begin being a multiple of the power of two that covers the range.
Result<Digest> range_hash(std::uint64_t begin, std::uint64_t end, const NodeSource& nodes) {
  std::uint64_t n = end - begin;
  if (std::has_single_bit(n)) return nodes(std::countr_zero(n), begin >> std::countr_zero(n));
  std::uint64_t k = largest_power_below(n);
  Digest left = TRY(range_hash(begin, begin + k, nodes));
  Digest right = TRY(range_hash(begin + k, end, nodes));
  return node_hash(left, right);
}

// RFC 9162 2.1.4.1 SUBPROOF(m, D[begin:end], whole).
Result<void> subproof(std::uint64_t m, std::uint64_t begin, std::uint64_t end, bool whole, const NodeSource& nodes,
                      std::vector<Digest>& out) {
  std::uint64_t n = end - begin;
  if (m == n) {
    if (!whole) out.push_back(TRY(range_hash(begin, end, nodes)));
    return {};
  }
  std::uint64_t k = largest_power_below(n);
  if (m <= k) {
    TRY(subproof(m, begin, begin + k, whole, nodes, out));
    out.push_back(TRY(range_hash(begin + k, end, nodes)));
  } else {
    TRY(subproof(m - k, begin + k, end, false, nodes, out));
    out.push_back(TRY(range_hash(begin, begin + k, nodes)));
  }
  return {};
}

}  // namespace

Digest leaf_hash(std::string_view entry) {
  crypto::Sha256 hash;
  hash.update(std::string_view("\x00", 1));
  hash.update(entry);
  return hash.finish();
}

Digest node_hash(const Digest& left, const Digest& right) {
  char input[65] = {'\x01'};
  std::memcpy(input + 1, left.data(), left.size());
  std::memcpy(input + 33, right.data(), right.size());
  return crypto::sha256({input, sizeof input});
}

Digest empty_root() { return crypto::sha256(""); }

Result<Digest> root(std::uint64_t size, const NodeSource& nodes) {
  if (size == 0) return empty_root();
  return range_hash(0, size, nodes);
}

Result<std::vector<Digest>> inclusion_proof(std::uint64_t index, std::uint64_t size, const NodeSource& nodes) {
  CHECK(index < size);
  std::vector<Digest> downwards;
  std::uint64_t begin = 0, end = size;
  while (end - begin > 1) {
    std::uint64_t k = largest_power_below(end - begin);
    if (index < begin + k) {
      downwards.push_back(TRY(range_hash(begin + k, end, nodes)));
      end = begin + k;
    } else {
      downwards.push_back(TRY(range_hash(begin, begin + k, nodes)));
      begin += k;
    }
  }
  return std::vector<Digest>(downwards.rbegin(), downwards.rend());
}

Result<std::vector<Digest>> consistency_proof(std::uint64_t from, std::uint64_t to, const NodeSource& nodes) {
  CHECK(from <= to);
  std::vector<Digest> out;
  if (from == 0 || from == to) return out;
  TRY(subproof(from, 0, to, true, nodes, out));
  return out;
}

bool verify_inclusion(std::uint64_t index, std::uint64_t size, const Digest& leaf, const std::vector<Digest>& proof,
                      const Digest& root) {
  if (index >= size) return false;
  std::uint64_t fn = index, sn = size - 1;
  Digest r = leaf;
  for (const Digest& p : proof) {
    if (sn == 0) return false;
    if ((fn & 1) || fn == sn) {
      r = node_hash(p, r);
      while (!(fn & 1) && fn != 0) fn >>= 1, sn >>= 1;
    } else {
      r = node_hash(r, p);
    }
    fn >>= 1;
    sn >>= 1;
  }
  return sn == 0 && r == root;
}

bool verify_consistency(std::uint64_t from, std::uint64_t to, const Digest& from_root, const Digest& to_root,
                        const std::vector<Digest>& proof) {
  if (from > to) return false;
  if (from == to) return proof.empty() && from_root == to_root;
  if (from == 0) return proof.empty() && from_root == empty_root();
  if (proof.empty()) return false;
  std::size_t next = 0;
  Digest first = std::has_single_bit(from) ? from_root : proof[next++];
  std::uint64_t fn = from - 1, sn = to - 1;
  while (fn & 1) fn >>= 1, sn >>= 1;
  Digest fr = first, sr = first;
  for (; next < proof.size(); ++next) {
    if (sn == 0) return false;
    if ((fn & 1) || fn == sn) {
      fr = node_hash(proof[next], fr);
      sr = node_hash(proof[next], sr);
      while (!(fn & 1) && fn != 0) fn >>= 1, sn >>= 1;
    } else {
      sr = node_hash(sr, proof[next]);
    }
    fn >>= 1;
    sn >>= 1;
  }
  return fr == from_root && sr == to_root && sn == 0;
}

void Tile::push(const Digest& hash) {
  CHECK(width() < kWidth);
  rows_[0].push_back(hash);
  for (int h = 0; h < 8 && rows_[h].size() % 2 == 0; ++h)
    rows_[h + 1].push_back(node_hash(rows_[h][rows_[h].size() - 2], rows_[h].back()));
}

const Digest& Tile::at(int height, std::size_t i) const {
  CHECK(height >= 0 && height <= 8 && i < rows_[height].size());
  return rows_[height][i];
}

void Tile::truncate(int width) {
  for (int h = 0; h <= 8; ++h)
    if (rows_[h].size() > std::size_t(width >> h)) rows_[h].resize(std::size_t(width >> h));
}

std::string KeptTile::encode(const Tile& full) {
  CHECK(full.full());
  std::string out;
  out.reserve(kBytes);
  for (std::size_t i = 0; i < Tile::kWidth; ++i) out += crypto::bytes(full.at(0, i));
  for (std::size_t i = 0; i < Tile::kWidth / 16; ++i) out += crypto::bytes(full.at(4, i));
  return out;
}

KeptTile::KeptTile(std::string bytes) : bytes_(std::move(bytes)) { CHECK(bytes_.size() == kBytes); }

Digest KeptTile::at(int height, std::size_t i) const {
  CHECK(height >= 0 && height <= 8 && i < std::size_t(Tile::kWidth >> height));
  if (height == 0 || height == 4)
    return crypto::digest_from(
        std::string_view(bytes_).substr(((height ? std::size_t(Tile::kWidth) : 0) + i) * kHashBytes, kHashBytes));
  return node_hash(at(height - 1, 2 * i), at(height - 1, 2 * i + 1));
}

}  // namespace musubi::evidence
