// Names looked up millions of times: parts as small numbers, and tables by text.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace musubi::kpi {

struct TextHash {  // looks up by view without making a string
  using is_transparent = void;
  using is_avalanching = void;
  std::size_t operator()(std::string_view text) const;
};
template <class T>  // T moves when the map grows
using ByText = boost::unordered_flat_map<std::string, T, TextHash, std::equal_to<>>;
template <class T>  // of texts that are kept elsewhere
using ByView = boost::unordered_flat_map<std::string_view, T, TextHash, std::equal_to<>>;

// The parts of all formulas, each once; id 0 is the part without a name.
class PartNames {
 public:
  PartNames() { id(""); }
  std::uint32_t id(std::string_view part);
  const std::string& name(std::uint32_t id) const { return names_[id]; }

 private:
  std::deque<std::string> names_;
  ByView<std::uint32_t> ids_;
};

}  // namespace musubi::kpi
