// For the tests of this module: a folder that goes away, keys in it, programs run.
#pragma once

#include <stdlib.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "base/file.h"
#include "crypto/signer.h"

namespace musubi::crypto {

class TestFolder {
 public:
  TestFolder() {
    char name[] = "/tmp/musubi_crypto_XXXXXX";
    CHECK(::mkdtemp(name) != nullptr);
    path_ = name;
  }
  ~TestFolder() { std::filesystem::remove_all(path_); }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  void put(const std::string& name, std::string_view bytes) const { CHECK(replace_file(*this / name, bytes, 0600).ok()); }
  std::string get(const std::string& name) const { return read_file(*this / name, 1 << 20).value(); }
  std::shared_ptr<const Signer> key(const std::string& name, Algorithm algorithm) const {
    return std::shared_ptr<const Signer>(create_signer(*this / name, algorithm).value());
  }
  // Runs a shell command inside the folder; its output goes to the file "out". True when it ends with 0.
  bool run(const std::string& command) const {
    return std::system(("cd " + path_ + " && { " + command + "; } >out 2>&1").c_str()) == 0;
  }

 private:
  std::string path_;
};

}  // namespace musubi::crypto
