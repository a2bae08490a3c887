// The boxes of an input kDate, read as a day; faults in words of the boxes.
#pragma once

#include <string_view>

#include "base/result.h"
#include "text/dates.h"

namespace musubi::web {

inline constexpr std::string_view kBoxEras[] = {"令和", "平成", "昭和", "大正", "明治"};

// `joined` is what date_parameter returned, perhaps with 年, 月 and 日 in it. Errors: those of text::read_date; date.malformed names the
// boxes that are empty, or says what belongs in them.
Result<text::Date> read_boxes(std::string_view joined);

}  // namespace musubi::web
