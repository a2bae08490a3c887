// The records behind a figure, for officers: exactly those that it counts.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "db/database.h"
#include "kpi/computed.h"
#include "kpi/stock.h"

namespace musubi::kpi {

// Which figure of an indicator; nothing set: the whole. Of a ratio what it is divided by, or with `top` what is divided.
struct FigureRef {
  std::optional<int> month, year;
  std::optional<std::string> part;
  bool top = false;
};

struct BehindRow {
  std::uint64_t index = 0;
  std::string type, stream;
  Time at;
  bool open = false;  // begins a pair that has not ended
};
struct Behind {
  std::vector<BehindRow> rows;  // of this page, in the order of the log; open pairs last
  std::size_t total = 0;        // what the figure says
};

// One pass over the first `until` records of the log, as the figure stood at `now`. Errors: those of the database.
Result<Behind> records_behind(db::Reader& reader, const Indicator& indicator, const FigureRef& figure, std::uint64_t until, Time now,
                              std::size_t offset, std::size_t limit);

}  // namespace musubi::kpi
