// Lines of an erasure list, which somebody may have edited: read or refused, never fatal; what is read is written back and read the same.
#include <cstdint>

#include "base/check.h"
#include "evidence/erasure_list.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace musubi::evidence;
  auto line = parse_erasure_line({reinterpret_cast<const char*>(data), size});
  if (!line) return 0;
  auto again = parse_erasure_line(line->text());
  CHECK(again && again->ground == line->ground && again->bodies.size() == line->bodies.size());
  for (std::size_t i = 0; i < line->bodies.size(); ++i)
    CHECK(again->bodies[i].index == line->bodies[i].index && again->bodies[i].commitment == line->bodies[i].commitment);
  return 0;
}
