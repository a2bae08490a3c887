#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace musubi {

void check_failed(const char* file, int line, const char* what) {
  std::fprintf(stderr, "{\"level\":\"fatal\",\"event\":\"check.failed\",\"file\":\"%s\",\"line\":%d,\"check\":\"%s\"}\n", file, line,
               what);
  std::abort();
}

}  // namespace musubi
