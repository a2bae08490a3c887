// Names looked up millions of times: parts as small numbers, and tables by text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace musubi::kpi {

struct TextHash {  // looks up by view without making a string
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const;
};
template <class T>
using ByText = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;

// The parts of all formulas, each once; id 0 is the part without a name.
class PartNames {
 public:
  PartNames() { id(""); }
  std::uint32_t id(std::string_view part);
  const std::string& name(std::uint32_t id) const { return *names_[id]; }

 private:
  ByText<std::uint32_t> ids_;
  std::vector<const std::string*> names_;
};

}  // namespace musubi::kpi
