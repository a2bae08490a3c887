// Entry bundles as C2SP tlog-tiles serves them: two bytes of length, most significant first, and the entry, one after another.
#pragma once

#include <string_view>
#include <vector>

namespace musubi::evidence {

struct EntryBundle {
  std::vector<std::string_view> entries;  // into the bytes that were read
  std::string_view rest;                  // behind the last entry: nothing, where the bundle is as it must be
};
// At most `width` entries; fewer where the bytes end too early, and then `rest` is what the cut entry left.
EntryBundle read_entry_bundle(std::string_view bytes, int width);

}  // namespace musubi::evidence
