// Key files on disk, and files of other secrets. Written once, never over another; read only where nobody else could.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace musubi::crypto {

// The caller wipes what it gets. Errors: crypto.key_missing, crypto.key_exposed, crypto.key_unreadable.
Result<std::string> read_key_file(const std::string& path);

// Errors: crypto.key_exists, crypto.key_unwritable.
Result<void> create_key_file(const std::string& path, std::string_view pem);

}  // namespace musubi::crypto
