// Inclusion and consistency proofs of a fixed tree: of all bytes only the genuine proof is accepted. Two bytes choose sizes, the
// third what is proved; the rest is XORed onto the genuine proof, cut or lengthened to its own length.
#include <cstdint>

#include "base/check.h"
#include "evidence/merkle.h"

namespace {

using namespace musubi;
using evidence::Digest;

constexpr std::uint64_t kLeaves = 67;

const std::vector<Digest>& leaves() {
  static const std::vector<Digest> all = [] {
    std::vector<Digest> out;
    for (std::uint64_t i = 0; i < kLeaves; ++i) out.push_back(evidence::leaf_hash(std::to_string(i)));
    return out;
  }();
  return all;
}

Result<Digest> node(int height, std::uint64_t index) {
  if (height == 0) return leaves()[index];
  auto left = TRY(node(height - 1, index * 2));
  auto right = TRY(node(height - 1, index * 2 + 1));
  return evidence::node_hash(left, right);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const std::uint64_t to = 1 + data[0] % kLeaves, from = data[1] % (to + 1);
  const bool consistency = data[2] & 1, longer = data[2] & 2;
  if (!consistency && from == to) return 0;
  const auto genuine = (consistency ? evidence::consistency_proof(from, to, node) : evidence::inclusion_proof(from, to, node)).value();
  auto proof = genuine;
  std::size_t at = 3;
  for (auto& hash : proof)
    for (auto& byte : hash)
      if (at < size) byte ^= data[at++];
  if (longer) proof.resize(data[2] >> 2);
  const auto root = evidence::root(to, node).value();
  const bool accepted = consistency ? evidence::verify_consistency(from, to, evidence::root(from, node).value(), root, proof)
                                    : evidence::verify_inclusion(from, to, leaves()[from], proof, root);
  CHECK(accepted == (proof == genuine));
  return 0;
}
