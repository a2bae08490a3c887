// What `verify --online` fetches from a server that may be anybody's: the head of the log, its keys, bundles of entries and tiles. A
// report comes or an error, and nothing is fatal.
#include <cstdint>
#include <map>

#include "base/check.h"
#include "evidence/entry_bundle.h"
#include "evidence/online.h"

// The input is "PATH\n", two bytes of length and so many bytes, again and again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace musubi;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  std::map<std::string, std::string, std::less<>> served;
  while (!rest.empty()) {
    auto end = rest.find('\n');
    if (end == rest.npos || rest.size() < end + 3) break;
    std::string path(rest.substr(0, end));
    std::size_t length = std::size_t(std::uint8_t(rest[end + 1])) << 8 | std::uint8_t(rest[end + 2]);
    rest.remove_prefix(end + 3);
    length = std::min(length, rest.size());
    served[path] = rest.substr(0, length);
    rest.remove_prefix(length);
  }
  for (const auto& [path, bytes] : served)
    for (int width : {1, 256}) {
      auto bundle = evidence::read_entry_bundle(bytes, width);
      std::size_t whole = bundle.rest.size();
      for (auto entry : bundle.entries) whole += 2 + entry.size();
      CHECK(whole == bytes.size() && int(bundle.entries.size()) <= width);
    }
  auto fetch = [&](const std::string& path) -> Result<std::string> {
    auto found = served.find(path);
    if (found == served.end()) return Error{Code::kNotFound, "http.fetch_failed", {"なし", "nothing"}, {}};
    return found->second;
  };
  auto report = evidence::verify_online(fetch, {});
  if (!report.ok()) CHECK(!report.error().message.ja.empty() && !report.error().message.en.empty());
  return 0;
}
