// Number formats of cells (ISO/IEC 29500-1 18.8.30) and day numbers (18.17.4), as far as they tell dates from numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "document/workbook.h"

namespace musubi::document {

// The code of a built-in format; those that depend on the language as in Japan (27 to 36, 50 to 58). "" for General and unknown.
std::string_view built_in_format(std::uint32_t number);

// Days of the calendar of 1900 (with its 29 February) or of 1904; nothing for that day, before the first, after 9999.
std::optional<DateTime> date_of_serial(double serial, bool from_1904);

// In the calendar of 1900; nothing before 1900 and after 9999 and for days that do not exist.
std::optional<double> serial_of_date(const DateTime& date);

}  // namespace musubi::document
