#include "web/date_boxes.h"

#include <algorithm>
#include <iterator>

namespace musubi::web {
namespace {

struct Box {
  std::string_view typed;
  Text title;
};

// The choice of era stands before the year; alone it is none.
bool is_empty(std::string_view typed) {
  return typed.empty() || std::find(std::begin(kBoxEras), std::end(kBoxEras), typed) != std::end(kBoxEras);
}

Text malformed(std::string_view joined) {
  const auto first = joined.find('-'), second = first == joined.npos ? first : joined.find('-', first + 1);
  if (second != joined.npos) {
    const Box boxes[] = {{joined.substr(0, first), {"年", "the year"}},
                         {joined.substr(first + 1, second - first - 1), {"月", "the month"}},
                         {joined.substr(second + 1), {"日", "the day"}}};
    Text empty;
    for (const Box& box : boxes) {
      if (!is_empty(box.typed)) continue;
      empty.ja += (empty.ja.empty() ? "" : "・") + box.title.ja;
      empty.en += (empty.en.empty() ? "" : " and ") + box.title.en;
    }
    if (!empty.ja.empty()) return {empty.ja + "も入力してください。", "Enter " + empty.en + " as well."};
  }
  return {"年・月・日を、それぞれ数字で入力してください。元号のない年は、2019 のように4桁です。",
          "Enter year, month and day in numbers; a year without an era has four digits, such as 2019."};
}

}  // namespace

Result<text::Date> read_boxes(std::string_view joined) {
  auto read = text::read_date(joined);
  if (read.ok() || read.error().name != "date.malformed") return read;
  return Error{Code::kInvalid, "date.malformed", malformed(joined), {}};
}

}  // namespace musubi::web
