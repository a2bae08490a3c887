// CHECK stops the process on a bug of ours, in release builds too. Never for input, files, peers or configuration.
#pragma once

namespace musubi {

[[noreturn]] void check_failed(const char* file, int line, const char* what);

}  // namespace musubi

#define CHECK(condition)                                                      \
  do {                                                                        \
    if (!(condition)) ::musubi::check_failed(__FILE__, __LINE__, #condition); \
  } while (false)
