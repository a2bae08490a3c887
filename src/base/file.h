// Files and folders, with limits and with durable replacement.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace musubi {

// Errors: file.unreadable, file.too_large.
Result<std::string> read_file(const std::string& path, std::size_t limit_bytes);

// Writes beside, syncs, renames, syncs the folder: after a crash the old or the new content stands, never a mixture.
// `mode` as in chmod, e.g. 0600. Errors: file.unwritable.
Result<void> replace_file(const std::string& path, std::string_view bytes, unsigned mode);

// Creates the folder and its parents (mode 0700) where missing. Errors: file.unwritable.
Result<void> make_folder(const std::string& path);

// The names in it survive a crash from here on. Errors: file.unwritable.
Result<void> sync_folder(const std::string& path);

bool file_exists(const std::string& path);

}  // namespace musubi
