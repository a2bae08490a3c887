// What the manifests of a log say last of each evidenced row, in little memory. For verify.cc alone.
#pragma once

#include <array>
#include <cstring>
#include <string>
#include <string_view>
#include <unordered_map>

#include "crypto/hash.h"
#include "evidence/merkle.h"

namespace musubi::evidence {

// Names an evidenced row in little memory: 16 bytes of a hash.
struct RowName {
  std::array<char, 16> bytes;
  bool operator==(const RowName&) const = default;
};
struct RowNameHash {
  std::size_t operator()(const RowName& name) const {
    std::size_t hash;
    std::memcpy(&hash, name.bytes.data(), sizeof hash);
    return hash;
  }
};

struct Expected {
  Digest digest{};
  std::uint64_t record = 0;
  bool put = false;
  bool seen = false;
};

using ExpectedRows = std::unordered_map<RowName, Expected, RowNameHash>;

inline RowName row_name(std::string_view table, std::string_view key) {
  std::string name(table);
  name.push_back('\0');
  name += key;
  RowName out;
  std::memcpy(out.bytes.data(), crypto::sha256(name).data(), out.bytes.size());
  return out;
}

}  // namespace musubi::evidence
