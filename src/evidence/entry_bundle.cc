#include "evidence/entry_bundle.h"

#include <cstdint>

namespace musubi::evidence {

EntryBundle read_entry_bundle(std::string_view bytes, int width) {
  EntryBundle out{{}, bytes};
  for (int i = 0; i < width && out.rest.size() >= 2; ++i) {
    std::size_t length = std::size_t(std::uint8_t(out.rest[0])) << 8 | std::uint8_t(out.rest[1]);
    if (out.rest.size() < 2 + length) break;
    out.entries.push_back(out.rest.substr(2, length));
    out.rest.remove_prefix(2 + length);
  }
  return out;
}

}  // namespace musubi::evidence
