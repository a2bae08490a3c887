// read_csv never crashes, and what it accepts survives writing and reading again.
#include <cstdint>

#include "base/check.h"
#include "text/csv.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace musubi::text;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto table = read_csv(text, {.bytes = 1 << 16, .rows = 1000, .columns = 100});
  if (!table.ok()) return 0;
  CsvWriter writer, spreadsheet(kSpreadsheet);
  for (const auto& row : table->rows) {
    writer.row(row);
    spreadsheet.row(row);
  }
  const auto again = read_csv(writer.take());
  CHECK(again.ok());
  CHECK(again->rows == table->rows);
  CHECK(read_csv(spreadsheet.take()).ok());
  return 0;
}
