// Lines of the erasure list, which is kept outside backups: one JSON object an order (docs/formats/record.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace musubi::evidence {

inline constexpr std::size_t kErasureListLimit = 64 << 20;  // bytes

struct ErasedBody {
  std::uint64_t index = 0;
  std::string commitment;  // of the body: tells the record from another of the same number after a restore
};

struct ErasureLine {
  std::vector<ErasedBody> bodies;
  std::string ground;

  std::string text() const;  // with its newline
};
// nullopt: not such a line.
std::optional<ErasureLine> parse_erasure_line(std::string_view text);

}  // namespace musubi::evidence
