// What Excel would not open, or would open as something else: found before a byte is written. Pure.
#pragma once

#include <vector>

#include "base/result.h"
#include "document/workbook.h"

namespace musubi::document {

// At most 100; `where` as in cell_name(), the sheet's name, or "names/…", "properties/…", "sheets".
std::vector<Fault> unwritable(const Workbook& workbook);

// Characters as Excel counts them in its limits; nothing where the text is not UTF-8 or holds what XML 1.0 cannot carry
// (control characters but tab, line feed and carriage return; U+FFFE, U+FFFF).
std::optional<std::size_t> characters(std::string_view text);

}  // namespace musubi::document
