// A file that was embedded in the binary at build time (cmake/module.cmake).
#pragma once

#include <string_view>

namespace musubi::embedded {

struct File {
  std::string_view path;   // relative to the embedded folder, '/' between parts
  std::string_view bytes;  // as on disk when the binary was built
};

}  // namespace musubi::embedded
