// read_residents_file never crashes; what it accepts stands in households of one head each, the head first.
#include <cstdint>

#include "base/check.h"
#include "identity/residents_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace musubi::identity;
  const auto read = read_residents_file(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!read.ok()) {
    CHECK(!read.error().message.ja.empty() && !read.error().message.en.empty());
    return 0;
  }
  CHECK(!read->empty() && read->front().person.relation == "head");
  for (const auto& each : *read) CHECK(each.line > 1);
  return 0;
}
